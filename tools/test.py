"""Prove the book: lint, code, chapters, site, pages in a browser, planted failures.

python tools/test.py              everything
python tools/test.py --quick      lint and code only
python tools/test.py --lint       lint only
python tools/test.py --other-cpu  the chapters, run as other kinds of CPU would compute them; with
                                  --share 8 an eighth of them, another one each day
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from roundings import OTHER_CPUS
from suite import (
    ROOT,
    Result,
    cell_environment,
    find_browser,
    nbval_command,
    notebooks,
    run_pytest,
    run_stages,
    share,
)

PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--durations=12"]
TWO_WORKERS = ["-n", "2", "--dist", "loadgroup"]  # a group of tests stays together
# Built and looked at in stages of their own.
PAGE_TESTS = ["tests/test_site.py", "tests/test_browser.py", "tests/test_reading.py"]
PLANTED_TESTS = ["tests/test_planted.py"]


def run_commands(commands):
    """Run commands one after the other; the first that fails is named."""
    first = ""
    for command in commands:
        if subprocess.run(command, cwd=ROOT).returncode and not first:
            first = " ".join(map(str, command[1:] if command[0] == sys.executable else command))
    return Result(ok=not first, first=first)


def lint():
    ruff = [sys.executable, "-m", "ruff"]
    with tempfile.TemporaryDirectory() as folder:
        texts = notebook_texts(pathlib.Path(folder))
        return run_commands(
            [
                [*ruff, "check", "--quiet", "."],
                [*ruff, "format", "--quiet", "--check", "--exclude", "*.ipynb", "."],
                [sys.executable, "-m", "codespell_lib", *readable_files(), *texts],
            ]
        )


def readable_files():
    """The files that people read, apart from notebooks: those hold pictures,
    and in them chance words."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True)
    names = listed.stdout.splitlines() or ["code", "tests", "tools", "front", "README.md"]
    skipped = (".ipynb", ".svg", ".woff", "requirements-lock.txt")
    return [
        n
        for n in names
        if not n.startswith(("assets/", "tests/attacks/"))
        and not n.endswith(skipped)
        and (ROOT / n).exists()
    ]


def notebook_texts(folder):
    """Write what each notebook says to a text file of the same name; return the files."""
    files = []
    for path in notebooks():
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        files.append(folder / f"{path.name}.txt")
        files[-1].write_text(
            "\n\n".join("".join(cell["source"]) for cell in cells), encoding="utf-8"
        )
    return files


def unit_tests(marks="not browser"):
    ignored = [f"--ignore={name}" for name in PAGE_TESTS + PLANTED_TESTS]
    return run_pytest([*PYTEST, "tests", "-m", marks, *ignored, *TWO_WORKERS], on_the_site())


def on_the_site():
    """Environment variables that name the site which `Site` has built."""
    built = ROOT / "_build" / "html"
    return {**os.environ, **({"BOOK_SITE": str(built)} if built.exists() else {})}


def quick_tests():
    """The tests of the code that take less than a minute together."""
    return unit_tests("not browser and not slow")


def chapters(settings=None, run="pinned", parts=1):
    """All notebooks under nbval, or today's share of them, without a network."""
    files = share(notebooks(), parts)
    if parts > 1:
        print("Today's share: " + ", ".join(path.stem for path in files), flush=True)
    return run_pytest(nbval_command(files), {**cell_environment(), **(settings or {})}, run)


def site():
    """The whole site: a part of it would leave the terms of the others without their places."""
    return run_commands([[sys.executable, "tools/build.py", "--all"]])


def page_tests():
    """Pages, in a browser where there is one; in CI there must be one."""
    tests = list(PAGE_TESTS)
    if find_browser() is None and not os.environ.get("CI"):
        print(
            "No browser was found, so the pages are not tested in one: 'make browser' installs one."
        )
        tests = [*PAGE_TESTS[:1], PAGE_TESTS[2], "-m", "not browser"]
    return run_pytest([*PYTEST, *tests, *TWO_WORKERS], on_the_site())


def planted():
    return run_pytest([*PYTEST, *PLANTED_TESTS, *TWO_WORKERS], on_the_site())


def stages(options):
    """The stages to run: [(title, function)]."""
    if options.lint:
        return [("Lint", lint)]
    if options.quick:
        return [("Lint", lint), ("Code", quick_tests)]
    if options.other_cpu:
        return [
            (f"Chapters on a {name}", lambda s=settings, n=name: chapters(s, n, options.share))
            for name, settings in OTHER_CPUS.items()
        ]
    return [
        ("Lint", lint),
        ("Site", site),
        ("Code", unit_tests),
        ("Chapters", chapters),
        ("Pages", page_tests),
        ("Planted failures", planted),
    ]


def main():
    parser = argparse.ArgumentParser(description="Prove the book.")
    parser.add_argument("--quick", action="store_true", help="lint and code only")
    parser.add_argument("--lint", action="store_true", help="lint only")
    parser.add_argument(
        "--other-cpu", action="store_true", help="chapters as other CPUs would compute them"
    )
    parser.add_argument(
        "--share", type=int, default=1, help="of --other-cpu, only each n-th chapter, by day"
    )
    return run_stages(stages(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
