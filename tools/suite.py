"""What the tools and the tests share: where things are, how cells are run, where a browser is."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import namedtuple

ROOT = pathlib.Path(__file__).resolve().parents[1]
RUNS = ROOT / "_build" / "runs"  # what the last runs of the notebooks took
Result = namedtuple("Result", "ok passed failed skipped first", defaults=[0, 0, 0, ""])
COLOUR = re.compile(r"(?:\x1b|#x1B)\[[0-9;]*m")
EMPTY_WORDS = ("Notebook cell execution failed",)
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
)


def cell_environment():
    """The environment variables under which every cell of the book is run:
    `make chapter` sets the same.

    Here, in the tests, cells run without a network too.
    """
    settings = {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "default"}
    settings |= {"BYHAND_PROGRESS": "off", "BYHAND_BAR": "0"}  # no file of solved exercises, no bar
    settings |= {"BYHAND_CHECK_FIGURES": "1"}  # a figure whose words lie on each other fails
    return {**os.environ, **settings, **offline()}


def offline():
    """Environment variables that block the network: in Python by a hook,
    in git and curl by settings. Code is taken from this working tree."""
    nowhere = "http://127.0.0.1:9"
    return {
        "PYTHONPATH": os.pathsep.join(
            str(ROOT / name) for name in ("tools/offline", "tools/comparison", "code")
        ),
        "GIT_ALLOW_PROTOCOL": "file",
        **{
            name: nowhere
            for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        },
        **{name: "localhost,127.0.0.1" for name in ("no_proxy", "NO_PROXY")},
    }


def share(files, parts, day=None):
    """Today's share of a list, where all would take too long:
    each file has its turn once in `parts` days."""
    day = int(time.time() // 86400) if day is None else day
    return [file for k, file in enumerate(files) if k % parts == day % parts]


def nbval_command(notebooks, cell_timeout=300, workers=2):
    """The command that runs notebooks from a fresh kernel and compares
    their outputs with the stored ones.

    A page-sized cell takes seconds; one that runs for five minutes hangs.
    `loadscope` keeps a notebook's cells on one worker. Every text output counts; numbers are
    compared as tools/comparison/bands.py says.
    """
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "nbval_numbers",
        "--nbval",
        "--nbval-current-env",
    ]
    command += [
        "--nbval-cell-timeout",
        str(cell_timeout),
        "-p",
        "no:cacheprovider",
        "--timeout",
        "0",
    ]
    if workers > 1:
        command += ["-n", str(workers), "--dist", "loadscope", "--no-loadscope-reorder"]
    return [*command, *map(str, longest_first(notebooks))]


def longest_first(notebooks):
    """The notebooks, those that took long when last recorded first: no worker idles at the end."""
    record = ROOT / "back" / "tested.json"
    known = json.loads(record.read_text(encoding="utf-8"))["runs"] if record.exists() else {}
    took = {stem: entry["seconds"] for stem, entry in known.get("pinned", {}).items()}
    return sorted(notebooks, key=lambda path: -took.get(pathlib.Path(path).stem, 60))


def find_browser():
    """The path of a Chromium: $CHROMIUM, then PATH, then Playwright's own download;
    None if there is none."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    for name in BROWSERS:
        if shutil.which(name):
            return shutil.which(name)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if os.path.exists(own) else None


def notebooks():
    """Every notebook of the book: the landing page, then the chapters in order."""
    return [ROOT / "index.ipynb", *sorted((ROOT / "chapters").glob("*.ipynb"))]


def run_pytest(command, environment=None, run=None):
    """Run pytest, its output going to the screen; return the counts and the first failure.

    run: the name under which to keep each notebook's cells and seconds, for `make record`.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.xml"
        code = subprocess.run(
            [*command, "--junitxml", report], cwd=ROOT, env=environment
        ).returncode
        if run and report.exists():
            keep_run(run, report)
        return read_report(report, code)


def keep_run(run, report):
    """Write what a run of notebooks took to _build/runs: {notebook: {cells, failed, seconds}}."""
    found = {}
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        stem = case.get("classname", "").removesuffix(".ipynb").rsplit(".", 1)[-1]
        entry = found.setdefault(stem, {"cells": 0, "failed": 0, "seconds": 0.0})
        entry["cells"] += 1
        entry["failed"] += case.find("failure") is not None or case.find("error") is not None
        entry["seconds"] = round(entry["seconds"] + float(case.get("time", 0)), 2)
    RUNS.mkdir(parents=True, exist_ok=True)
    about = {"date": time.strftime("%Y-%m-%d", time.gmtime()), "notebooks": found}
    (RUNS / f"{run}.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


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
    place = case.get("classname", "").replace(".", "/").replace("/ipynb", ".ipynb")
    return f"{place}: {case.get('name')}: {said}"[:300]


def run_stages(stages):
    """Run [(title, function)] one after the other; return the exit status."""
    outcomes = [(title, *run_stage(title, function)) for title, function in stages]
    print_summary(outcomes)
    return 0 if all(result.ok for _, result, _ in outcomes) else 1


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


def print_summary(outcomes):
    """A table of the stages, and the counts as the last line."""
    print(f"\n{'stage':<28} {'':<8} {'passed':>7} {'failed':>7} {'skipped':>8} {'time':>7}")
    for title, result, seconds in outcomes:
        word = "ok" if result.ok else "FAILED"
        counts = f"{result.passed:>7} {result.failed:>7} {result.skipped:>8}"
        print(f"{title:<28} {word:<8} {counts} {seconds:>5.0f} s")
    results = [result for _, result, _ in outcomes]
    # A stage that is one command counts as one check, so that a broken site cannot hide behind "0
    # failed".
    failed = sum(result.failed or (not result.ok) for result in results)
    passed, skipped = (
        sum(getattr(result, key) for result in results) for key in ("passed", "skipped")
    )
    print(f"\n{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))


class Progress:
    """One line that is rewritten on a terminal; elsewhere nothing, so that logs stay short."""

    def __init__(self):
        self.live = sys.stdout.isatty()
        self.started = time.time()

    def show(self, text):
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            line = f"  {text}  {time.time() - self.started:.0f} s"
            print("\r" + line[:width].ljust(width), end="\r", flush=True)

    def clear(self):
        if self.live:
            print("\r" + " " * (shutil.get_terminal_size().columns - 1), end="\r", flush=True)
