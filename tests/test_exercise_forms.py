"""Exercises answered on the page: the script's verdict is the checker's, word for word."""

import sys

import numpy as np
import pytest
from byhand.exercises.checker import registry
from byhand.exercises.checker.judge_value import judge_value
from byhand.exercises.checker.values import leaves
from conftest import ROOT

sys.path.append(str(ROOT / "_ext"))

import exercise_forms  # noqa: E402

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("forms")]
NAMES = [name for name in registry.all_names() if exercise_forms.answers_here(name)]


@pytest.fixture(scope="module")
def judge(browser):
    """judge(data, numbers) of _static/exercises.js, as [outcome, sentence]."""
    tab = browser.new_page()
    tab.add_script_tag(path=ROOT / "_static" / "exercises.js")
    yield lambda data, yours: tab.evaluate("([d, y]) => byhandJudge(d, y)", [data, yours])
    tab.close()


@pytest.fixture(autouse=True)
def no_progress(monkeypatch):
    monkeypatch.setenv("BYHAND_PROGRESS", "off")


def answers(exercise):
    """Right, known and odd answers: the value, slips, signs, roundings, near misses, one of two."""
    right = exercise.reference()
    parts = [np.asarray(a, float) for a in leaves(right, names=exercise.outputs).values()]

    def made(change):
        found = [change(part) for part in parts]
        return tuple(found) if isinstance(right, tuple) else found[0]

    changes = [
        lambda a: a,
        lambda a: -a,
        lambda a: a * (1 + 1e-12),
        lambda a: a * 1.01,
        lambda a: np.round(a, 1),
        lambda a: a + 1,
        lambda a: a * 0,
        lambda a: np.where(np.arange(a.size).reshape(a.shape) == 0, a + 3, a),
    ]
    found = [made(change) for change in changes]
    return found + [exercise_forms.formula_of(exercise.name, m.id)() for m in exercise.mistakes]


@pytest.mark.parametrize("name", NAMES)
def test_the_page_says_what_the_checker_says(judge, name):
    exercise, _ = registry.find(name)
    data = exercise_forms.exported(exercise)
    for answer in answers(exercise):
        result = judge_value(exercise, answer, 0)
        said = leaves(answer, exercise.reference(), exercise.outputs)
        yours = {key: exercise_forms.listed(a) for key, a in said.items()}
        outcome, sentence = judge(data, yours)
        assert outcome == result.outcome, (answer, result.message, sentence)
        told = " ".join(result.message.split())
        start = sentence.split("; index")[0].rstrip(".")
        assert start in told, (answer, told, sentence)


def test_half_of_the_exercises_that_ask_for_numbers_are_answered_here():
    values = [name for name in registry.all_names() if registry.find(name)[0].is_value]
    assert len(NAMES) >= len(values) - 1


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("3", [3]),
        ("1/4", [0.25]),
        ("[1, -2; 3]", [1, -2, 3]),
        ("2e-4 0,5", [2e-4, 0, 5]),
        ("x", None),
    ],
)
def test_what_is_typed_is_read(browser, site, serve, typed, read):
    tab = browser.new_page()
    tab.goto(f"{serve(site)}/chapters/10_lstm.html")
    form = tab.locator("form.exercise").first
    form.locator("input").fill(typed)
    form.locator("button").click()
    said = form.locator("output").inner_text()
    assert ("cannot be read" in said) == (read is None)
    tab.close()


def test_progress_is_kept_in_the_browser(browser, site, serve):
    context = browser.new_context()
    tab = context.new_page()
    address = f"{serve(site)}/chapters/10_lstm.html"
    tab.goto(address)
    tab.locator("form.exercise input").first.fill("2480")
    tab.keyboard.press("Enter")
    assert tab.locator("form.exercise output").first.inner_text().startswith("Passed.")
    tab.goto(address)
    assert tab.locator("form.exercise[data-solved]").count() == 1
    context.close()
