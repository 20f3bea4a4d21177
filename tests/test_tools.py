"""The tools behind `make`: what they write, and what they say when something is missing."""

import json
import re
import shutil
import socket
import subprocess
import sys
import types

import bench
import build
import card
import environment
import nbformat
import pytest
import suite
from bench_cases import CASES
from chapter import METADATA
from conftest import ROOT


def test_bench_runs_at_a_tiny_size(capsys):
    assert bench.main(["--tiny"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2 + len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bench_cases_are_right(case):
    """Both sides have the same outputs, and float32 is as near to float64 as float32 can be."""
    ratio, error = bench.measure(case, tiny=True)
    assert ratio > 0
    assert error < 1e-5


def test_the_logo_is_as_drawn():
    assert (card.STATIC / "logo.svg").read_text(encoding="utf-8") == card.svg(), "tools/card.py"


def test_lock_keeps_versions_alone():
    frozen = (
        "torch==2.13.0+cpu\nnumpy==2.4.6\n-e git+https://x/y#egg=byhand\n"
        "scipy @ file:///some/where/scipy-1.17.1-cp311-cp311-linux_x86_64.whl#sha256=0\n# byhand: "
        "editable\n"
        "argon2-cffi-bindings==26.2.0\nargon2-cffi==25.1.0\n"
    )
    assert environment.lock_lines(frozen) == [
        "argon2-cffi==25.1.0",
        "argon2-cffi-bindings==26.2.0",
        "numpy==2.4.6",
        "scipy==1.17.1",
        "torch==2.13.0",
    ]


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on "
            "device",
            "disk is full",
        ),
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError(...)'\n"
            "ERROR: No matching distribution found for numpy==2.4.6",
            "cannot be reached",
        ),
        ("ERROR: No matching distribution found for numpy==9.9", "no package for numpy==9.9"),
        ("PermissionError: [Errno 13] Permission denied: '/x'", "cannot be written"),
        ("something new", "pip stopped with: something new"),
    ],
)
def test_pip_failures_become_a_sentence(log, words):
    assert words in environment.reason(log)


def test_old_python_is_named(monkeypatch):
    monkeypatch.setattr(environment, "OLDEST", (99, 0))
    assert "Python 3.11 or newer is needed" in environment.missing_in_python()


def test_missing_venv_module_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    assert "comes without its venv module" in environment.missing_in_python()


def test_half_installed_packages_are_forgotten(tmp_path):
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    for name, files in {"whole": ["METADATA", "RECORD"], "half": ["METADATA"]}.items():
        (packages / f"{name}-1.0.dist-info").mkdir(parents=True)
        for file in files:
            (packages / f"{name}-1.0.dist-info" / file).touch()
    (packages / "~umpy").mkdir()
    environment.remove_half_installed(tmp_path)
    assert [path.name for path in packages.iterdir()] == ["whole-1.0.dist-info"]


def test_a_taken_port_is_stepped_over(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with build.make_server(tmp_path, port) as server:
            assert server.server_address[1] > port


def test_serving_without_a_site_says_so(tmp_path):
    with pytest.raises(SystemExit, match="make book"):
        build.serve(tmp_path, 0)


def test_a_failed_test_is_named(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite tests="3" failures="1" errors="0" skipped="1">'
        '<testcase classname="chapters.01_x.ipynb" name="Cell 2"><failure '
        'message="one&#10;two"/></testcase>'
        "</testsuite></testsuites>"
    )
    result = suite.read_report(report, code=1)
    assert result == suite.Result(False, 1, 1, 1, "chapters/01_x.ipynb: Cell 2: one")
    assert suite.read_report(tmp_path / "none.xml", code=4).failed == 1


def test_no_browser_is_said_and_fails_in_ci(monkeypatch):
    """Without a browser the fixture skips, naming the cure; in CI it fails."""
    import conftest

    monkeypatch.setattr(suite, "find_browser", lambda: None)
    start = conftest.browser.__wrapped__ if hasattr(conftest.browser, "__wrapped__") else None
    start = start or conftest.browser._get_wrapped_function()
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="make browser"):
        next(start())
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="make browser"):
        next(start())


def test_the_named_browser_is_taken(monkeypatch):
    monkeypatch.setenv("CHROMIUM", sys.executable)
    assert suite.find_browser() == sys.executable
    monkeypatch.setenv("CHROMIUM", "no-such-browser")
    assert suite.find_browser() is None


def test_the_address_is_rewritten_everywhere(tmp_path):
    """`make url` in a copy of the book leaves the old address nowhere."""
    import chapter

    skipped = shutil.ignore_patterns(".*", "_build", "__pycache__", "assets", "text", "*.egg-info")
    shutil.copytree(ROOT, tmp_path / "book", ignore=skipped)
    new = "https://github.com/someone/another-name"
    command = [sys.executable, "tools/chapter.py", "url", new]
    done = subprocess.run(command, cwd=tmp_path / "book", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    files = [
        p
        for p in (tmp_path / "book").rglob("*")
        if p.suffix in {".md", ".yml", ".ipynb", ".cff", ".py"}
    ]
    old = chapter.book_url()
    left = [
        p.relative_to(tmp_path / "book").as_posix()
        for p in files
        if old in (text := p.read_text(encoding="utf-8")) or chapter.pages_url(old) in text
    ]
    assert left == []


def test_bad_address_is_named(tmp_path):
    command = [sys.executable, "tools/chapter.py", "url", "example.org"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0
    assert "expected https://github.com/OWNER/REPO" in done.stderr


def test_make_help_lists_every_target():
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True)
    listed = re.findall(r"^  make ([a-z-]+)", done.stdout, re.M)
    targets = re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert listed == targets
    assert all(len(line) <= 100 for line in done.stdout.splitlines())


def test_cells_run_with_one_thread_and_no_bar():
    settings = types.SimpleNamespace(**suite.cell_environment())
    assert settings.OMP_NUM_THREADS == "1"
    assert settings.BYHAND_BAR == "0"


BLOCKED = "the network is blocked while the book is tested"
REACH_OUT = """
import socket, subprocess, urllib.request

def tried(action):
    try:
        return action()
    except OSError as error:
        return str(error)

print(tried(lambda: socket.create_connection(("192.0.2.1", 80), timeout=2)))
print(tried(lambda: socket.getaddrinfo("example.org", 80)))
print(tried(lambda: urllib.request.urlopen("http://example.org", timeout=2)))
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname()).close()
git = ["git", "ls-remote", "https://example.org/a/b"]
print(subprocess.run(git, capture_output=True, text=True).stderr.strip())
print("this computer can be reached")
"""


def test_cells_cannot_reach_the_network():
    """In the environment of the tests nothing leaves this computer;
    the computer itself can be reached."""
    command = [sys.executable, "-c", REACH_OUT]
    done = subprocess.run(
        command, env=suite.cell_environment(), capture_output=True, text=True, timeout=60
    )
    address, name, page, git, last = done.stdout.splitlines()
    assert BLOCKED in address and BLOCKED in name, done.stdout + done.stderr
    assert "refused" in page or BLOCKED in page
    assert "not allowed" in git
    assert last == "this computer can be reached"


@pytest.mark.slow
def test_a_chapter_that_needs_the_network_fails(tmp_path):
    """Under the very command of the chapters stage: a cell that looks up a name fails,
    and says why."""
    reach = 'import socket\nprint(len(socket.getaddrinfo("example.org", 80)) > 0)'
    output = nbformat.v4.new_output("stream", name="stdout", text="True\n")
    cell = nbformat.v4.new_code_cell(reach, execution_count=1, outputs=[output])
    nbformat.write(
        nbformat.v4.new_notebook(cells=[cell], metadata=METADATA), tmp_path / "reach.ipynb"
    )
    command = suite.nbval_command([tmp_path / "reach.ipynb"], workers=1)
    done = subprocess.run(
        command, cwd=ROOT, env=suite.cell_environment(), capture_output=True, text=True
    )
    assert done.returncode != 0
    assert BLOCKED in done.stdout


@pytest.mark.parametrize("parts", [1, 4, 8])
def test_every_chapter_has_its_turn(parts):
    files = suite.notebooks()
    turns = [file for day in range(100, 100 + parts) for file in suite.share(files, parts, day)]
    assert sorted(turns) == sorted(files)


def test_a_run_leaves_its_cells_and_seconds(tmp_path, monkeypatch):
    monkeypatch.setattr(suite, "RUNS", tmp_path / "runs")
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite tests="2" failures="1" errors="0" skipped="0">'
        '<testcase classname="chapters.01_x.ipynb" name="Cell 0" time="1.5"/>'
        '<testcase classname="chapters.01_x.ipynb" name="Cell 1" time="0.25"><failure/></testcase>'
        "</testsuite></testsuites>"
    )
    suite.keep_run("pinned", report)
    kept = json.loads((tmp_path / "runs" / "pinned.json").read_text())
    assert kept["notebooks"] == {"01_x": {"cells": 2, "failed": 1, "seconds": 1.75}}
