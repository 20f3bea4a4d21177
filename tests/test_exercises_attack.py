"""Independent answers, wrong and right (tests/attacks): none accepted, none misnamed, none refused;
and what the review found in the engine itself."""

import collections
import decimal
import fractions
import functools
import os
import re
import subprocess
import sys
import time

import numpy as np
import pytest
from attacks import KEPT, KINDS, RIGHT, WRONG, explanation, grade
from attacks.table import soft
from byhand import exercises
from byhand.exercises.checker import sandbox
from byhand.exercises.checker.declare import REGISTRY
from byhand.exercises.checker.runs import prepare, size

NAME = "activations_and_losses.softmax"
NAMED = 0.97  # at least this share of all wrong answers
GENERIC = """
Right on 9 of 21 cases. They are the cases with N = 1. 20 of 21 cases are wrong.
Right: db. Wrong: dx. It must hold that; with your function it does not. Line 2 is true:
Right on all random cases; wrong on the special ones. Your output is off by 0.35 at index [0, 2].
In 3 of 9 cases your output is nan at index [0], expected 0.3. Your answer is not the right value.
Your output has shape (1, 3), expected (1, 2). Your answer is right at 1 of 2 places; index [0] is.
(Checked: this mistake gives your results on all 21 cases.)
"""


@pytest.fixture(autouse=True)
def no_progress(monkeypatch):
    monkeypatch.setenv("BYHAND_PROGRESS", "off")
    KEPT.clear()


@functools.cache
def graded(number):
    """(grade, text) of one wrong answer: accepted, problem, misnamed, facts or named."""
    planted = WRONG[number]
    KEPT.clear()
    result = exercises.check(planted.exercise, planted.answer)
    known = {m.id for m in REGISTRY[planted.exercise].mistakes}
    return grade(planted, result, known), explanation(result)


@pytest.mark.slow
@pytest.mark.parametrize(
    "number", range(len(WRONG)), ids=lambda k: f"{WRONG[k].exercise}-{WRONG[k].title}"
)
def test_a_wrong_answer_is_rejected_and_not_misnamed(number):
    planted = WRONG[number]
    found, text = graded(number)
    fine = ("named",) if planted.says.startswith("^") else ("named", "facts")
    assert found in fine, f"{found}: {text}"


@pytest.mark.slow
def test_almost_all_are_named():
    count = collections.Counter(graded(number)[0] for number in range(len(WRONG)))
    assert count["named"] >= NAMED * len(WRONG), count
    assert count["facts"] < 0.03 * len(WRONG), count


@pytest.mark.parametrize("planted", RIGHT, ids=lambda p: f"{p.exercise}-{p.title}")
def test_a_right_answer_in_other_words_passes(planted):
    result = exercises.check(planted.exercise, planted.answer)
    assert result.outcome == "passed", result.message


def test_every_exercise_is_attacked():
    wrong = collections.Counter(planted.exercise for planted in WRONG)
    right = {planted.exercise for planted in RIGHT}
    for name in exercises.names():
        assert wrong[name] >= 2, name
        assert name in right or REGISTRY[name].is_value, name
    assert {planted.kind for planted in WRONG} == set(KINDS)


def test_a_pattern_is_found_in_no_generic_sentence():
    loose = {p.says for p in WRONG if p.says and re.search(p.says, GENERIC, re.IGNORECASE)}
    assert not loose


@pytest.mark.parametrize("value", ["x", [1, "a"], np.array(["x"]), [["a"]], "1, 2"])
def test_text_is_the_learners_answer(value):
    for name in (NAME, "neuron.perceptron_step"):
        result = exercises.check(name, lambda *a: value) if name == NAME else exercises.check(
            name, lambda w, b, x, y: (value, value)
        )  # fmt: skip
        assert result.outcome == "not yet" and "text" in result.message, result.message
    for name in ("lstm.parameters", "rnn.memory", "mlp.worked_delta"):
        assert exercises.check(name, value).outcome == "not yet"


@pytest.mark.parametrize("value", ["0.001", "1e-3", "+0.001", [0.001], np.array([[0.001]]), 1e-3])
def test_one_number_in_any_dress(value):
    assert exercises.check("optimisation.first_adam_step", value).outcome == "passed"


@pytest.mark.parametrize("kind", [fractions.Fraction, decimal.Decimal])
def test_exact_numbers_are_numbers(kind):
    assert exercises.check("masks.leak", kind("0.5")).outcome == "passed"
    assert exercises.check("rnn.memory", [kind(4), kind(12), kind(32)]).outcome == "passed"
    assert exercises.check(
        NAME, lambda z: [[kind(float(v)) for v in row] for row in soft(z)]
    ).message


def test_values_say_what_is_right():
    assert "2 of 3 places" in exercises.check("rnn.memory", [4, 12, 33]).message
    assert "none of 3 places" in exercises.check("rnn.memory", [5, 17, 33]).message
    assert (
        "rounded to 2 digits" in exercises.check("activations_and_losses.kl_by_hand", 0.14).message
    )
    assert "text" in exercises.check("lstm.parameters", "two thousand").message


def test_a_negative_kl_has_two_explanations():
    message = exercises.check("activations_and_losses.kl_by_hand", -0.144).message
    assert "upside down" in message and "or a minus" in message


def test_the_smallest_case_of_a_mask_has_something_later():
    run = min(prepare(REGISTRY["masks.debug"], 0), key=size)
    assert run.case.args[0].shape[1] > 1


def test_an_import_is_not_the_answers_time(tmp_path, monkeypatch):
    (tmp_path / "slow_library_of_the_tests.py").write_text("import time\ntime.sleep(2.5)\n")
    monkeypatch.syspath_prepend(tmp_path)

    def answer(z):
        import slow_library_of_the_tests  # noqa: F401

        return soft(z)

    assert exercises.check(NAME, answer).outcome == "passed"


def test_a_slow_right_answer_passes():
    result = exercises.check(NAME, lambda z: time.sleep(0.07) or soft(z))
    assert result.outcome == "passed", result.message


@pytest.mark.parametrize("error", ["StdinNotImplementedError", "MyNotImplementedError"])
def test_another_error_is_an_attempt(error):
    kind = type(error, (Exception,), {})

    def answer(z):
        raise kind("raw_input was called")

    assert exercises.check(NAME, answer).outcome == "not yet"
    assert exercises.check(NAME, lambda z: z[..., ..., 0]).outcome == "not yet"


def test_the_commonest_failure_is_reported_first():
    def answer(f, w, h):
        return np.array([0.0] * len(w)) + h

    message = exercises.check("mlp.gradcheck", answer).message
    assert not message.splitlines()[1].startswith("Your function raised"), message
    assert "Also, in case" in message and "unsized" in message


def test_no_signature_no_problem():
    class Odd:
        @property
        def __signature__(self):
            raise TypeError("no")

        def __call__(self, z):
            return soft(z)

    assert exercises.check(NAME, Odd()).outcome == "passed"
    for work in (exercises.check, exercises.hint, exercises.solution, exercises.task):
        assert "name in quotes" in str(work()).replace("\n    ", " ")


def test_the_difference_is_seen():
    def nearly(z):
        p = soft(z)
        p[0, 0] += 3e-6
        return p

    message = exercises.check(NAME, nearly).message
    right, yours = message.split("expected ")[1].split("   yours ")
    assert right.split()[0] != yours.split()[0]


def test_several_outputs_are_not_unpacked_from_one_array():
    name = "attention.scaled_dot_product"
    message = exercises.check(name, lambda Q, K, V: np.stack([Q, Q])[:, 0]).message
    assert "one array of shape" in message
    assert "differ in shape" in exercises.check(NAME, lambda z: (z, z[0])).message
    assert "generator expression" in exercises.check(NAME, lambda z: (row for row in z)).message
    both = exercises.check(
        "activations_and_losses.tanh", lambda z: np.array([np.tanh(z), 1 - np.tanh(z) ** 2])
    )
    assert both.outcome == "passed"


def test_empty_memory_is_marked_and_put_back():
    before = np.empty, np.empty_like
    with sandbox.quiet():
        assert np.empty(2)[0] == np.empty_like(np.zeros(2))[1] == sandbox.UNWRITTEN
        assert np.empty(2, int).dtype == int
    assert (np.empty, np.empty_like) == before
    assert "np.empty" in exercises.check(NAME, lambda z: np.empty(z.shape)).message


# Progress: the verdict stands, whatever the file is


@pytest.mark.parametrize(
    "chosen",
    [
        "~nobody-of-that-name/x",
        "x" * 5000,
        "/dev/zero",
        "/dev/null/x",
        "fifo",
        "huge",
        "/proc/self/mem",
    ],
)
def test_odd_progress_files(chosen, tmp_path, monkeypatch):
    if chosen == "fifo":
        os.mkfifo(tmp_path / "fifo")
        chosen = tmp_path / "fifo"
    elif chosen == "huge":
        chosen = tmp_path / "huge"
        with open(chosen, "wb") as stream:
            stream.truncate(3 * 10**9)
    monkeypatch.setenv("BYHAND_PROGRESS", str(chosen))
    started = time.monotonic()
    result = exercises.check(NAME, soft)
    assert result.outcome == "passed" and "could not be saved" in result.message
    assert "0 of" in str(exercises.progress()) and time.monotonic() - started < 3


def test_a_count_of_infinity_and_many_backups(tmp_path, monkeypatch):
    file = tmp_path / "p.json"
    file.write_text('{"exercises": {"a": {"passed": true, "tries": 1e400}}}')
    (tmp_path / "p.json.bak").write_text("older")
    monkeypatch.setenv("BYHAND_PROGRESS", str(file))
    assert "was damaged" in exercises.check(NAME, soft).message
    assert "1e400" in (tmp_path / "p.json.bak").read_text()


def test_a_link_stays_a_link(tmp_path, monkeypatch):
    (tmp_path / "link.json").symlink_to(tmp_path / "real.json")
    monkeypatch.setenv("BYHAND_PROGRESS", str(tmp_path / "link.json"))
    assert exercises.check(NAME, soft).outcome == "passed"
    assert (tmp_path / "link.json").is_symlink() and (tmp_path / "real.json").is_file()


def test_a_deleted_working_folder(tmp_path):
    code = (
        "import os, numpy as np; from byhand import exercises; os.mkdir('gone'); os.chdir('gone'); "
        "os.rmdir('../gone'); os.environ.pop('BYHAND_PROGRESS', None); "
        "print(exercises.check('lstm.parameters', 2480)); print(exercises.progress())"
    )
    path = os.pathsep.join(p for p in sys.path if p)
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert "PASSED" in out.stdout and "could not be saved" in out.stdout, out.stdout + out.stderr
