"""CONTRIBUTING's steps for a new exercise, followed literally."""

import importlib.util
import re

import pytest
import test_exercises_registry as held
from byhand.exercises.checker.declare import REGISTRY
from suite import ROOT

NAME = "masks.window"


@pytest.fixture
def lines():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.split("## Add an exercise")[1].split("\n## ")[0]
    return re.search(r"```python\n(.*?)```", section, re.S)[1].splitlines()


@pytest.fixture
def declared(lines, tmp_path, monkeypatch):
    monkeypatch.setenv("BYHAND_PROGRESS", "off")
    file = tmp_path / "window.py"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    spec = importlib.util.spec_from_file_location("window", file)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    yield NAME
    del REGISTRY[NAME]


def test_an_exercise_is_declared_in_few_short_lines(lines):
    code = [line for line in lines if line.strip() and not line.startswith(("import ", "from "))]
    assert len(code) <= 20 and max(map(len, lines)) <= 100


def test_the_declared_exercise_holds_all_that_the_book_asks_of_one(declared):
    held.test_declaration_is_complete(declared)
    held.test_right_answers_pass_the_whole_check(declared)
    held.test_planted_mistakes_are_rejected_and_none_is_named_as_another(declared)
    held.test_stub_is_not_attempted(declared)
    held.test_solution_as_shown_passes(declared)
    held.test_every_operator_mutant_is_rejected_or_listed(declared)
