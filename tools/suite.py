"""What the tools and the tests share: where things are, how cells are run, where a browser is."""

import os
import pathlib
import shutil
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
)
# How other kinds of CPU would compute: without and with wide vector instructions.
OTHER_CPUS = {
    "plain CPU": {
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_CBWR": "COMPATIBLE",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "OPENBLAS_CORETYPE": "Sandybridge",
    },
    "AVX2 CPU": {"ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"},
}


def cell_environment():
    """The environment variables under which every cell of the book is run: `make chapter` sets the same."""
    settings = {"OMP_NUM_THREADS": "1", "BYHAND_PROGRESS": "0", "PYTHONWARNINGS": "default"}
    return {**os.environ, **settings}


def nbval_command(notebooks, cell_timeout=120, workers=2):
    """The command that runs notebooks from a fresh kernel and compares their outputs with the stored ones.

    A page-sized cell takes seconds; one that runs for two minutes hangs. `loadscope` keeps a notebook's
    cells on one worker. Strict: every text output counts.
    """
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env"]
    command += ["--nbval-cell-timeout", str(cell_timeout), "-p", "no:cacheprovider", "--timeout", "0"]
    if workers > 1:
        command += ["-n", str(workers), "--dist", "loadscope"]
    return [*command, *map(str, notebooks)]


def find_browser():
    """The path of a Chromium: $CHROMIUM, then PATH, then Playwright's own download; None if there is none."""
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
