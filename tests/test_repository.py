"""The repository itself: sizes, pins, names, and Python's own module `code`."""

import ast
import pathlib
import re
import subprocess

import pytest
from conftest import ROOT

LONGEST_MODULE = 250  # lines of 80 columns
# a chapter's exercises with every known mistake: declarations, not shown on a page
LONGEST_EXERCISES = 550
LONGEST_FUNCTION = 40
# Larger than the limits, with the reason: {"file" or "file:function": reason}.
LONG_MODULES = {"byhand/data/dates.py": "a data set with its rules, a table of formats"}
LONG_FUNCTIONS = {
    "byhand/check.py:check_gradients": "one report of all gradients",
    "byhand/plots/attention.py:draw_map": "a picture, part by part",
    "byhand/plots/attention.py:draw_query": "a picture, part by part",
    "byhand/data/dates.py:split_dates": "its parts, one after the other",
    "byhand/exercises/topics/attention.py:qkv_cases": "a table of cases, one a line",
    "byhand/exercises/topics/optimisation.py:adam_cases": "a table of cases, one a line",
}

MODULES = sorted((ROOT / "code").rglob("*.py"))
# Folders of the machines on which the book was written, which must not get into it.
PLACES = re.compile(r"(?<![\w.])/(?:work|root|opt/(?:wheels|pypi))/(?!\*)")
TEXT = {".py", ".md", ".yml", ".yaml", ".toml", ".txt", ".in", ".cff", ".css", ".js", ".ipynb", ""}


def tracked():
    """The files that git knows, as paths; without git, all files outside hidden folders."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0 and listed.stdout:
        files = (ROOT / name for name in listed.stdout.splitlines())
    else:
        files = (
            path for path in ROOT.rglob("*") if not re.search(r"/(\.venv|_build|\.git)", str(path))
        )
    return [path for path in files if path.is_file()]


def short(path):
    return path.relative_to(ROOT).as_posix()


def code_lines(node, source):
    """Lines of code in a function: no docstring, no comments, no blank lines."""
    body = node.body
    docstring = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    skipped = range(body[0].lineno, body[0].end_lineno + 1) if docstring else ()
    lines = source.splitlines()
    numbers = (n for n in range(node.lineno, node.end_lineno + 1) if n not in skipped)
    return sum(
        bool(lines[n - 1].strip()) and not lines[n - 1].strip().startswith("#") for n in numbers
    )


def test_standard_library_code_is_importable():
    import code

    assert code.InteractiveConsole
    assert not pathlib.Path(code.__file__).is_relative_to(ROOT)


@pytest.mark.parametrize("name", ["__init__.py", "conftest.py"])
def test_nothing_shadows_the_module_code(name):
    assert not (ROOT / "code" / name).exists()


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_sizes(path):
    source = path.read_text(encoding="utf-8")
    name = path.relative_to(ROOT / "code").as_posix()
    lines = len(source.splitlines())
    limit = LONGEST_EXERCISES if "exercises" in path.parts else LONGEST_MODULE
    assert lines <= limit or name in LONG_MODULES, f"{name}: {lines} lines"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            count = code_lines(node, source)
            key = f"{name}:{node.name}"
            assert count <= LONGEST_FUNCTION or key in LONG_FUNCTIONS, (
                f"{key}: {count} lines of code"
            )


def test_lock_pins_everything_exactly():
    lines = (ROOT / "requirements-lock.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    bad = [line for line in pins if not re.fullmatch(r"[\w.\-]+==[\w.!]+", line)]
    assert not bad
    assert pins == sorted(pins, key=lambda line: line.partition("==")[0].lower())


def test_lock_covers_what_is_asked_for():
    locked = {
        re.split("==", line)[0].lower().replace("_", "-")
        for line in (ROOT / "requirements-lock.txt").read_text(encoding="utf-8").splitlines()
    }
    for file in ("requirements.txt", "requirements-dev.in"):
        for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                assert re.split("[=<>~!]", line)[0].strip().lower() in locked, f"{file}: {line}"


def test_no_places_of_the_writers_machine():
    found = []
    for path in tracked():
        if path.suffix in TEXT and not short(path).startswith("assets/"):
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [f"{short(path)}: {m[0]}" for m in PLACES.finditer(text)]
    assert not found, "\n".join(found)


def test_every_makefile_target_is_explained():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z][\w-]*):", text, re.M)
    explained = re.findall(r"^([a-z][\w-]*):.*## ", text, re.M)
    assert targets == explained
    phony = re.search(r"^\.PHONY: (.*)$", text, re.M)[1].split()
    assert sorted(phony) == sorted(set(targets))
