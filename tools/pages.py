"""Write the pages at the book's end that are made from data and from the chapters.

python tools/pages.py          write them into back/
python tools/pages.py --check  say which of them are not what the data and the chapters give
"""

import argparse
import sys

import pages_bench
import pages_corrections
import pages_exercises
import pages_experiments
import pages_failures
import pages_glossary
import pages_references
import pages_tested
from suite import ROOT

PAGES = {
    "bench": pages_bench.page,
    "exercises": pages_exercises.page,
    "how_this_book_is_tested": pages_tested.page,
    "corrections": pages_corrections.page,
    "experiments": pages_experiments.page,
    "failures": pages_failures.page,
    "glossary": pages_glossary.page,
    "references": pages_references.page,
}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit status 1 if a page is old"
    )
    options = parser.parse_args(arguments)
    status = 0
    for name, page in PAGES.items():
        path = ROOT / "back" / f"{name}.md"
        try:
            text = page()
        except ValueError as error:  # the data name what a chapter does not have
            print(f"back/{name}.md cannot be made: {error}")
            status = 1
            continue
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if options.check:
            print(f"back/{name}.md is not what its data give: make pages")
            status = 1
        else:
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"back/{name}.md written")
    return status


if __name__ == "__main__":
    sys.exit(main())
