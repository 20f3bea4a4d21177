"""Write the pages at the book's end that are made from data: corrections, glossary, references, experiments.

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


def stale():
    """The names of the pages that have to be written anew, with their text."""
    found = {}
    for name, page in PAGES.items():
        text, path = page(), ROOT / "back" / f"{name}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            found[name] = text
    return found


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit status 1 if a page is old")
    options = parser.parse_args(arguments)
    found = stale()
    for name, text in found.items():
        if options.check:
            print(f"back/{name}.md is not what its data give: make pages")
        else:
            (ROOT / "back" / f"{name}.md").write_text(text, encoding="utf-8", newline="\n")
            print(f"back/{name}.md written")
    return int(options.check and bool(found))


if __name__ == "__main__":
    sys.exit(main())
