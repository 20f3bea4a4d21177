"""Prove the book: lint, code, chapters, site, pages in a browser, planted failures.

python tools/test.py              everything
python tools/test.py --quick      lint and code only
python tools/test.py --lint       lint only
python tools/test.py --other-cpu  the chapters, run as other kinds of CPU would compute them
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import namedtuple

from suite import OTHER_CPUS, ROOT, cell_environment, find_browser, nbval_command

Result = namedtuple("Result", "ok passed failed skipped first", defaults=[0, 0, 0, ""])
COLOUR = re.compile(r"(?:\x1b|#x1B)\[[0-9;]*m")
EMPTY_WORDS = ("Notebook cell execution failed",)
PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
# Built and looked at in stages of their own.
PAGE_TESTS = ["tests/test_site.py", "tests/test_browser.py"]
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
    """The files that people read, apart from notebooks: those hold pictures, and in them chance words."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True)
    names = listed.stdout.splitlines() or ["code", "tests", "tools", "front", "README.md"]
    skipped = (".ipynb", ".svg", ".woff", "requirements-lock.txt")
    return [
        n for n in names if not n.startswith("assets/") and not n.endswith(skipped) and (ROOT / n).exists()
    ]


def notebook_texts(folder):
    """Write what each notebook says to a text file of the same name; return the files."""
    files = []
    for path in notebooks():
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        files.append(folder / f"{path.name}.txt")
        files[-1].write_text("\n\n".join("".join(cell["source"]) for cell in cells), encoding="utf-8")
    return files


def run_pytest(command, environment=None):
    """Run pytest, its output going to the screen; return the counts and the first failure."""
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.xml"
        code = subprocess.run([*command, "--junitxml", report], cwd=ROOT, env=environment).returncode
        return read_report(report, code)


def read_report(report, code):
    """Turn pytest's XML report and exit status into a Result."""
    if not report.exists():
        return Result(ok=False, failed=1, first=f"pytest stopped with status {code}")
    suite = ElementTree.parse(report).getroot().find("testsuite")
    total, failures, errors, skipped = (
        int(suite.get(key)) for key in ("tests", "failures", "errors", "skipped")
    )
    failed = failures + errors
    first = ""
    for case in suite.iter("testcase"):
        broken = case.find("failure") if case.find("failure") is not None else case.find("error")
        if broken is not None:
            first = describe(case, broken)
            break
    if code and not failed:  # nothing collected, or an internal error
        failed, first = 1, f"pytest stopped with status {code}"
    return Result(code == 0, total - failures - errors - skipped, failed, skipped, first)


def describe(case, broken):
    """Name a failed test, and what it said first."""
    text = COLOUR.sub("", broken.get("message") or "") + "\n" + COLOUR.sub("", broken.text or "")
    lines = [line.strip() for line in text.splitlines()]
    said = next((line for line in lines if line and line not in EMPTY_WORDS), "")
    return f"{case.get('classname', '').replace('.', '/')}: {case.get('name')}: {said}"[:300]


def unit_tests():
    ignored = [f"--ignore={name}" for name in PAGE_TESTS + PLANTED_TESTS]
    return run_pytest([*PYTEST, "tests", "-m", "not browser", *ignored])


def notebooks():
    return [path for path in [ROOT / "index.ipynb", *sorted((ROOT / "chapters").glob("*.ipynb"))]]


def chapters(settings=None):
    return run_pytest(nbval_command(notebooks()), {**cell_environment(), **(settings or {})})


def site():
    return run_commands([[sys.executable, "tools/build.py", "--all"]])


def page_tests():
    """Pages, in a browser where there is one; in CI there must be one."""
    tests = list(PAGE_TESTS)
    if find_browser() is None and not os.environ.get("CI"):
        print("No browser was found, so the pages are not tested in one: 'make browser' installs one.")
        tests = PAGE_TESTS[:1]
    environment = {**os.environ, "BOOK_SITE": str(ROOT / "_build" / "html")}
    return run_pytest([*PYTEST, *tests], environment)


def planted():
    return run_pytest([*PYTEST, *PLANTED_TESTS])


def stages(options):
    """The stages to run: [(title, function)]."""
    if options.lint:
        return [("Lint", lint)]
    if options.quick:
        return [("Lint", lint), ("Code", unit_tests)]
    if options.other_cpu:
        return [
            (f"Chapters on a {name}", lambda settings=settings: chapters(settings))
            for name, settings in OTHER_CPUS.items()
        ]
    return [
        ("Lint", lint),
        ("Code", unit_tests),
        ("Chapters", chapters),
        ("Site", site),
        ("Pages", page_tests),
        ("Planted failures", planted),
    ]


def run_stage(title, function):
    """Run one stage under a header; say how long it took and what failed first."""
    print(f"\n== {title} ==", flush=True)
    started = time.time()
    result = function()
    seconds = time.time() - started
    print(f"-- {title}: {'ok' if result.ok else 'FAILED'}, {seconds:.0f} s", flush=True)
    if not result.ok:
        print(f"   first failure: {result.first}", flush=True)
    return result, seconds


def main():
    parser = argparse.ArgumentParser(description="Prove the book.")
    parser.add_argument("--quick", action="store_true", help="lint and code only")
    parser.add_argument("--lint", action="store_true", help="lint only")
    parser.add_argument("--other-cpu", action="store_true", help="chapters as other CPUs would compute them")
    outcomes = [(title, *run_stage(title, function)) for title, function in stages(parser.parse_args())]
    print_summary(outcomes)
    return 0 if all(result.ok for _, result, _ in outcomes) else 1


def print_summary(outcomes):
    """A table of the stages, and the counts as the last line."""
    print(f"\n{'stage':<28} {'':<8} {'passed':>7} {'failed':>7} {'skipped':>8} {'time':>7}")
    for title, result, seconds in outcomes:
        word = "ok" if result.ok else "FAILED"
        counts = f"{result.passed:>7} {result.failed:>7} {result.skipped:>8}"
        print(f"{title:<28} {word:<8} {counts} {seconds:>5.0f} s")
    results = [result for _, result, _ in outcomes]
    # A stage that is one command counts as one check, so that a broken site cannot hide behind "0 failed".
    failed = sum(result.failed or (not result.ok) for result in results)
    passed, skipped = (sum(getattr(result, key) for result in results) for key in ("passed", "skipped"))
    print(f"\n{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))


if __name__ == "__main__":
    sys.exit(main())
