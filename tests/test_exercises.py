"""The checker's engine: whatever it is given it answers in sentences, in time,
and the same each time."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from byhand import exercises
from byhand.exercises.checker import api, facts, registry, sandbox
from byhand.exercises.checker.compare import difference
from byhand.exercises.checker.declare import REGISTRY, Property
from byhand.exercises.checker.runs import prepare
from byhand.exercises.checker.values import Unreadable, brief, to_array

NAME = "attention.scaled_dot_product"


@pytest.fixture(autouse=True)
def no_progress(monkeypatch):
    monkeypatch.setenv("BYHAND_PROGRESS", "off")


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def right(Q, K, V):
    weights = softmax(Q @ K.swapaxes(1, 2) / np.sqrt(Q.shape[-1]))
    return weights @ V, weights


def unscaled(Q, K, V):
    weights = softmax(Q @ K.swapaxes(1, 2))
    return weights @ V, weights


def test_message_names_the_mistake_and_shows_the_smallest_case():
    result = exercises.check(NAME, unscaled)
    assert (result.outcome, result.mistake, str(result)) == ("not yet", "no_scale", result.message)
    lines = result.message.splitlines()
    assert lines[0].startswith(f"NOT YET  {NAME}  (case 1 of ") and "seed" in lines[0]
    assert "left out 1/sqrt(d)" in lines[1]
    assert any("Smallest case" in line and "Q=[[[1, 0]]]" in line for line in lines)
    assert any("expected [[[0.6698]]]   yours [[[0.7311]]]" in line for line in lines)
    assert lines[-1] == f'Next: exercises.hint("{NAME}", 1)'
    assert len(lines) < 15 and max(map(len, lines)) <= 100


def test_same_text_for_the_same_seed():
    assert exercises.check(NAME, unscaled).message == exercises.check(NAME, unscaled).message
    assert (
        exercises.check(NAME, unscaled, seed=3).message
        == exercises.check(NAME, unscaled, seed=3).message
    )
    assert "seed 3" in exercises.check(NAME, unscaled, seed=3).message


def test_html_holds_the_text_and_is_escaped():
    result = exercises.check(NAME, lambda Q, K, V: ("<b>", 1))
    assert "<b>" in result.message
    assert "&lt;b&gt;" in result._repr_html_() and "<b>" not in result._repr_html_()
    assert "NOT YET" in result._repr_html_()


def test_two_mistakes_together_are_both_said():
    def answer(Q, K, V):
        weights = softmax(Q @ K.swapaxes(1, 2) / np.sqrt(V.shape[-1]))
        return weights @ V, Q @ K.swapaxes(1, 2) / np.sqrt(V.shape[-1])

    result = exercises.check(NAME, answer)
    assert result.mistake == "sqrt_dv+weights_are_scores" and "Two things at once" in result.message


# Right answers, written in odd ways


def with_torch(Q, K, V):
    import torch

    Q, K, V = (torch.tensor(a, requires_grad=True) for a in (Q, K, V))
    weights = torch.softmax(Q @ K.transpose(1, 2) / Q.shape[-1] ** 0.5, dim=-1)
    return weights @ V, weights


ODD = {
    "lists": lambda Q, K, V: [a.tolist() for a in right(Q, K, V)],
    "float32": lambda Q, K, V: [a.astype(np.float32) for a in right(Q, K, V)],
    "float32 inputs": lambda Q, K, V: right(
        Q.astype(np.float32), K.astype(np.float32), V.astype(np.float32)
    ),
    "torch with gradient": with_torch,
    "torch float32 detached": lambda Q, K, V: [t.detach().float() for t in with_torch(Q, K, V)],
    "lambda and partial": __import__("functools").partial(lambda scale, Q, K, V: right(Q, K, V), 2),
    "star arguments": lambda *args: right(*args),
    "defaults": lambda Q, K, V, mask=None: right(Q, K, V),
    "read-only views": lambda Q, K, V: [np.broadcast_to(a, a.shape) for a in right(Q, K, V)],
    "Fortran order": lambda Q, K, V: [np.asfortranarray(a) for a in right(Q, K, V)],
    "prints a little": lambda Q, K, V: print("shape", Q.shape) or right(Q, K, V),
    "warns": lambda Q, K, V: [a + 0 * np.log(np.zeros(1) + 0.0).clip(0) for a in right(Q, K, V)],
    "lists of numpy numbers": lambda Q, K, V: tuple(
        [list(map(list, m)) for m in a] for a in right(Q, K, V)
    ),
}


@pytest.mark.parametrize("kind", ODD)
def test_right_answers_written_in_odd_ways_pass(kind):
    if "torch" in kind:
        pytest.importorskip("torch")
    result = exercises.check(NAME, ODD[kind])
    assert result.outcome == "passed", result.message


def test_a_callable_object_passes():
    class Attention:
        def __call__(self, Q, K, V):
            return right(Q, K, V)

    assert exercises.check(NAME, Attention()).outcome == "passed"


# Bad input: one screen, no traceback, in time


class BadEq:
    def __eq__(self, other):
        raise RuntimeError("eq")

    __hash__ = None


class BadArray:
    def __array__(self, *args, **options):
        raise RuntimeError("array")


class BadText(Exception):
    def __str__(self):
        raise RuntimeError("text")


class BadRepr:
    def __repr__(self):
        raise RuntimeError("repr")


def raiser(error):
    def answer(Q, K, V):
        raise error

    return answer


def recursive(Q, K, V):
    return recursive(Q, K, V)


def endless(Q, K, V):
    while True:
        pass


GO_ON = [True]  # so that a loop that was given up does not take time from the tests that follow


def stubborn(Q, K, V):
    while GO_ON[0]:
        try:
            while GO_ON[0]:
                pass
        except:  # noqa: E722 - that is the point
            pass


def sleeper(Q, K, V):
    time.sleep(3600)


def generator(Q, K, V):
    yield Q


async def coroutine(Q, K, V):
    return Q


def talker(Q, K, V):
    for k in range(10_000):
        print("line", k)
    return right(Q, K, V)


def reseeds(Q, K, V):
    np.random.seed(0)  # noqa: NPY002
    return unscaled(Q, K, V)


def edits(Q, K, V):
    answer = right(Q, K, V)
    Q.ravel()[:] = 0
    return answer


COUNT = []


def counts(Q, K, V):
    COUNT.append(1)
    output, weights = right(Q, K, V)
    return output + len(COUNT), weights


BAD = {
    "a list": [1, 2],
    "a number": 3.5,
    "an array": np.zeros(3),
    "a string": "right",
    "a class": dict,
    "a module": np,
    "an odd object": BadEq(),
    "an object without text": BadRepr(),
    "no arguments": lambda: 0,
    "one argument": lambda Q: Q,
    "keyword only": lambda *, Q, K, V: 0,
    "too many": lambda a, b, c, d: 0,
    "a built-in": len,
    "a ufunc": np.add,
    "returns a scalar": lambda Q, K, V: 0,
    "returns an empty list": lambda Q, K, V: [],
    "returns empty arrays": lambda Q, K, V: (np.zeros(0), np.zeros(0)),
    "wrong rank": lambda Q, K, V: (Q[0], V[0]),
    "object dtype": lambda Q, K, V: (np.array([None, 1]), np.array([{}])),
    "complex": lambda Q, K, V: tuple(a + 1j for a in right(Q, K, V)),
    "booleans": lambda Q, K, V: tuple(a > 0 for a in right(Q, K, V)),
    "NaN": lambda Q, K, V: tuple(a * np.nan for a in right(Q, K, V)),
    "infinity": lambda Q, K, V: tuple(a * np.inf for a in right(Q, K, V)),
    "text": lambda Q, K, V: ("a", "b"),
    "ragged": lambda Q, K, V: ([[1, 2], [3]], [1]),
    "sets": lambda Q, K, V: ({1}, {2}),
    "itself": lambda Q, K, V: (right, right),
    "bad array": lambda Q, K, V: (BadArray(), BadArray()),
    "bad eq": lambda Q, K, V: (BadEq(), BadEq()),
    "bad repr": lambda Q, K, V: (BadRepr(), BadRepr()),
    "huge": lambda Q, K, V: (np.broadcast_to(1.0, (10**6, 10**6)), V),
    "ellipsis later": lambda Q, K, V: right(Q, K, V) if Q.size < 3 else ...,
    "none later": lambda Q, K, V: right(Q, K, V) if Q.size < 3 else None,
    "generator": generator,
    "coroutine": coroutine,
    "raises": raiser(ValueError("no")),
    "raises without text": raiser(BadText()),
    "SystemExit": raiser(SystemExit(3)),
    "KeyboardInterrupt": raiser(KeyboardInterrupt()),
    "GeneratorExit": raiser(GeneratorExit()),
    "MemoryError": raiser(MemoryError()),
    "StopIteration": raiser(StopIteration()),
    "calls itself": recursive,
    "prints 10000 lines": talker,
    "reseeds": reseeds,
    "edits through a view": edits,
    "hidden state": counts,
    "calls the checker": lambda Q, K, V: exercises.check(NAME, unscaled),
    "exits for good": lambda Q, K, V: sys.exit(),
    "closes output": lambda Q, K, V: sys.stdout.close(),
}


@pytest.mark.timeout(60)  # a few seconds, however busy the machine is; never for ever
@pytest.mark.parametrize("kind", BAD)
def test_bad_input_gets_a_sentence(kind):
    result = exercises.check(NAME, BAD[kind])
    assert result.outcome == "not yet", result.message
    assert "Traceback" not in result.message and len(result.message.splitlines()) <= 16
    assert "0x" not in result.message
    assert max(map(len, result.message.splitlines())) <= 100


@pytest.mark.timeout(60)
@pytest.mark.parametrize("loop", [endless, stubborn, sleeper])
@pytest.mark.parametrize("where", ["main", "thread"])
def test_endless_loops_are_stopped(loop, where):
    found, GO_ON[0] = [], True
    if where == "main":
        found.append(exercises.check(NAME, loop))
    else:
        thread = threading.Thread(
            target=lambda: found.append(exercises.check(NAME, loop)), daemon=True
        )
        thread.start()
        thread.join(50)
    GO_ON[0] = False
    assert found[0].outcome == "not yet" and "had not finished" in found[0].message


def test_an_alarm_in_a_destructor_is_not_reported():
    """The first alarm rings in a `__del__`, where no exception gets out: the next one ends it."""

    class Slow:
        def __del__(self):
            until = time.monotonic() + 0.2
            while time.monotonic() < until:
                pass

    def work():
        while True:
            Slow()

    hook = sys.unraisablehook
    assert sandbox.run(work, 0.1) == ("slow", None)
    assert sys.unraisablehook is hook


def test_alarm_and_handler_are_put_back():
    def handler(*_):
        rang.append(1)

    rang, before = [], signal.getsignal(signal.SIGALRM)
    left, interval = signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.4)
    try:
        exercises.check(NAME, right)
        assert signal.getsignal(signal.SIGALRM) is handler
        time.sleep(0.5)
        assert rang == [1]
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, left, interval)


def test_global_state_is_put_back():
    np.random.seed(7)  # noqa: NPY002
    expected = np.random.get_state()[1].copy()  # noqa: NPY002
    errors = np.geterr()
    exercises.check(NAME, reseeds)
    assert (np.random.get_state()[1] == expected).all()  # noqa: NPY002
    assert np.geterr() == errors and sys.stdout.writable()


def test_what_was_printed_is_captured_and_shortened(capsys):
    result = exercises.check(NAME, lambda Q, K, V: print("\n".join("abcdef")) or unscaled(Q, K, V))
    assert "Your function printed: a | b | c ..." in result.message
    assert capsys.readouterr().out == ""
    assert "10000 lines" in exercises.check(NAME, talker).message


def test_the_line_that_raised_is_quoted():
    def answer(Q, K, V):
        return Q.nothing

    message = exercises.check(NAME, answer).message
    assert "AttributeError" in message and "at your line:  return Q.nothing" in message


@pytest.mark.parametrize(
    "name", [None, 3, "", "x", "attention", NAME + "s", "neuron.perceptron", ["a"], "a" * 500]
)
def test_unknown_names_get_a_sentence(name):
    for page in (exercises.check(name, right), exercises.hint(name, 1), exercises.solution(name)):
        assert "Traceback" not in str(page) and len(str(page)) < 300
    assert exercises.check(name, right).outcome == "not yet"


def test_the_nearest_name_is_suggested():
    assert (
        f'Did you mean "{NAME}"?' in exercises.check("attention.scaled_dot_prodct", right).message
    )


@pytest.mark.parametrize("seed", ["1", -1, 2.5, BadEq()])
def test_a_bad_seed_gets_a_sentence(seed):
    assert "seed" in exercises.check(NAME, right, seed=seed).message


def test_not_attempted():
    def stub(Q, K, V): ...

    result = exercises.check(NAME, stub)
    assert result.outcome == "not attempted" and "Not attempted yet" in result.message
    assert exercises.check(NAME).outcome == exercises.check(NAME, ...).outcome == "not attempted"


def test_an_internal_failure_is_a_checker_problem(monkeypatch):
    monkeypatch.setattr(api, "judge", lambda *args: 1 / 0)
    result = exercises.check(NAME, right)
    assert result.outcome == "checker problem" and "paste this line" in result.message
    assert "ZeroDivisionError" in result.message and "not to blame" in result.message


# Hints, solutions, names


def test_hints_and_solution():
    assert "Hint 1 of 3" in str(exercises.hint(NAME)) and "Hint 3 of 3" in str(
        exercises.hint(NAME, 3)
    )
    assert "exercises.solution" in str(exercises.hint(NAME, 3))
    assert "hints 1 to 3" in str(exercises.hint(NAME, 4)) and "hints 1 to 3" in str(
        exercises.hint(NAME, "x")
    )
    assert (
        "def scaled_dot_product" in str(exercises.solution(NAME))
        and "<pre" in exercises.hint(NAME, 1)._repr_html_()
    )


def test_names_are_in_the_order_of_the_book():
    names = exercises.names()
    assert NAME in names and len(names) == len(set(names)) >= 60
    chapters = [name.partition(".")[0] for name in names]
    assert list(dict.fromkeys(chapters)) == list(registry.CHAPTERS)


def test_time_that_ran_out_breaks_no_property():
    """A right but slow answer must not be told that something fails to hold with it."""
    exercise = REGISTRY[NAME]
    item = Property("the answer comes", lambda answer, *args: time.sleep(0.5) or True)
    run = prepare(exercise, 1)[0]
    assert facts._holds(exercise, exercise.reference, item, run, time.monotonic() + 0.05)
    wrong = Property("never", lambda answer, *args: False)
    assert not facts._holds(exercise, exercise.reference, wrong, run, time.monotonic() + 1)


def test_import_brings_no_slow_library():
    code = (
        "import sys; from byhand import exercises; exercises.names(); "
        "assert not {'torch', 'scipy', 'matplotlib', 'IPython'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# The comparator


@pytest.mark.parametrize(
    ("right_one", "yours", "kind"),
    [
        (np.zeros(3), np.zeros((3, 1)), "shape"),
        (np.zeros((1, 3)), np.zeros(3), "shape"),
        (np.ones(2), np.ones(2, bool), "dtype"),
        (np.ones(2, bool), np.ones(2), "dtype"),
        (np.ones(2), np.ones(2) + 0j, "dtype"),
        (np.ones(2), np.array(["1", "1"]), "dtype"),
        (np.array([1.0, 2.0]), np.array([1.0, np.nan]), "finite"),
        (np.array([1.0, np.inf]), np.array([1.0, -np.inf]), "finite"),
        (np.array([1.0, np.nan]), np.array([1.0, np.nan]), "finite"),
        (np.array([0.0, 1.0]), np.array([1e-9, 1.0]), "value"),
        (np.array([1.0]), np.array([1.0 + 1e-6]), "value"),
        (np.array([True, False]), np.array([True, True]), "value"),
        (np.array([1.0]), np.array([1.01], np.float32), "value"),
        (np.array([1.0]), np.array([1.001], np.float16), "value"),
    ],
)
def test_comparator_sees_the_difference(right_one, yours, kind):
    found = difference(right_one, yours)
    assert found is not None and found.kind == kind


@pytest.mark.parametrize(
    ("right_one", "yours"),
    [
        (np.array([1.0, -2.0]), np.array([1, -2])),
        (np.array([1, 2]), np.array([1.0, 2.0])),
        (np.array([1.0, np.inf]), np.array([1.0, np.inf])),
        (np.array([1 / 3]), np.array([1 / 3 + 1e-12])),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (np.array(2.0), np.array(2.0)),
    ],
)
def test_comparator_accepts(right_one, yours):
    assert difference(right_one, yours) is None


def test_the_largest_error_and_its_index_are_reported():
    found = difference(np.zeros((2, 3)), np.array([[0, 0, 0.1], [0, -5.0, 0]]))
    assert found.index == (1, 1) and found.error == 5.0 and "[1, 1]" in found.sentence


def test_values_are_read_and_written():
    assert (
        brief(np.eye(2)) == "[[1, 0], [0, 1]]"
        and brief(-0.0) == "0"
        and brief(np.zeros((9, 9))).startswith("(9, 9) array")
    )
    with pytest.raises(Unreadable):
        to_array(object())


# Generic facts, where no known mistake fits


def facts_about(change):
    return exercises.check(NAME, lambda Q, K, V: change(*right(Q, K, V), Q, K, V)).message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda o, w, Q, K, V: (-o, w), "the right one with the sign changed"),
        (lambda o, w, Q, K, V: (o.swapaxes(1, 2), w), "the transpose of the right one"),
        (lambda o, w, Q, K, V: (o / np.sqrt(V.shape[2]), w), "the right one times 1/sqrt(dv)"),
        (lambda o, w, Q, K, V: (3 * o, w), "the right one times 3"),
        (lambda o, w, Q, K, V: (o + 2, w), "the right one plus 2"),
        (lambda o, w, Q, K, V: (w, o), "is what weights should be"),
        (lambda o, w, Q, K, V: (Q, w), "is the argument `Q`, unchanged"),
        (lambda o, w, Q, K, V: (o.squeeze(), w), "without its axes of length 1"),
        (lambda o, w, Q, K, V: (o[:1], w), "They are the cases with B = 1."),
        (lambda o, w, Q, K, V: (o, w > 0.5), "holds booleans (True/False)"),
        (lambda o, w, Q, K, V: o, "the task asks for 2 outputs (output, weights)"),
        (lambda o, w, Q, K, V: (o, None), "is the `return` missing?"),
    ],
)
def test_facts(change, words):
    assert words in facts_about(change).replace("\n    ", " ")


def test_an_ignored_argument_is_a_fact():
    def answer(x, gamma, beta, eps):
        y = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + eps)
        return gamma**2 * y

    message = exercises.check("transformer.layer_norm", answer).message
    assert "Changing `beta` changes the right answer, but not yours" in message


def test_a_column_against_a_row_is_a_fact():
    message = exercises.check(
        "neuron.batch", lambda X, w, b: (X @ w[:, None] + b > 0) * (X @ w + b > 0) * 1.0
    ).message
    assert "Your output has shape (1, 1), expected (1,)" in message


def test_constant_answer_is_not_named_as_a_mistake():
    result = exercises.check("activations_and_losses.softmax", lambda z: np.full(z.shape, 0.5))
    assert result.outcome == "not yet" and "Your output is 0.5 everywhere" in result.message
    declared = {m.id for m in REGISTRY["activations_and_losses.softmax"].mistakes}
    assert result.mistake and result.mistake not in declared


# Values and choices


def test_value_exercises():
    name = "rnn.memory"
    for answer in ([4, 12, 32], np.array([4.0, 12, 32]), (4, 12, 32)):
        assert exercises.check(name, answer).outcome == "passed"
    assert exercises.check(name, [8, 20, 44]).mistake == "other_order"
    assert exercises.check(name, [1, 2, 3]).mistake is None
    for answer in (None, ..., [..., 1, 2]):
        assert exercises.check(name, answer).outcome == "not attempted"
    for answer in (
        "x",
        lambda: 3,
        {},
        BadArray(),
        BadEq(),
        [1, 2],
        np.zeros((3, 1)),
        1j,
        float("nan"),
        object,
    ):
        result = exercises.check(name, answer)
        assert result.outcome == "not yet" and len(result.message.splitlines()) <= 4, result.message


# Progress


def test_progress_file(tmp_path, monkeypatch):
    file = tmp_path / "p.json"
    monkeypatch.setenv("BYHAND_PROGRESS", str(file))
    exercises.check(NAME, unscaled)
    assert f"[~] {NAME}" in str(exercises.progress())
    exercises.check(NAME, right)
    exercises.check(NAME, unscaled)
    assert f"[x] {NAME}" in str(exercises.progress("attention"))
    assert json.loads(file.read_text())["exercises"][NAME] == {"passed": True, "tries": 3}
    assert not list(tmp_path.glob("*.tmp"))
    file.unlink()
    assert "attention: 0 of" in str(exercises.progress())


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"exercises": 3}', "\x00\xff", '{"exercises": {"a": 1}}', "9" * 5000]
)
def test_a_damaged_progress_file_is_kept_aside(text, tmp_path, monkeypatch):
    file = tmp_path / "p.json"
    file.write_bytes(text.encode("latin-1"))
    monkeypatch.setenv("BYHAND_PROGRESS", str(file))
    result = exercises.check(NAME, right)
    assert result.outcome == "passed" and "was damaged; it is kept as p.json.bak" in result.message
    assert (tmp_path / "p.json.bak").read_bytes() == text.encode("latin-1")
    assert json.loads(file.read_text())["exercises"][NAME]["passed"] is True


def test_progress_that_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setenv("BYHAND_PROGRESS", str(tmp_path / "missing" / "p.json"))
    result = exercises.check(NAME, right)
    assert result.outcome == "passed" and "could not be saved" in result.message
    monkeypatch.setenv("BYHAND_PROGRESS", str(tmp_path))  # a folder
    assert exercises.check(NAME, right).outcome == "passed" and "0 of" in str(exercises.progress())


def test_progress_off_shows_the_untouched_state(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exercises.check(NAME, right)
    assert "attention: 0 of" in str(exercises.progress())
    assert NAME in str(exercises.progress("attention"))
    assert "[x]" not in str(exercises.progress("attention"))
    assert not list(pathlib.Path(tmp_path).iterdir())
    assert "no chapter" in str(exercises.progress("x"))


def test_sandbox_runs_without_signals(monkeypatch):
    monkeypatch.delattr(signal, "setitimer")
    assert exercises.check(NAME, right).outcome == "passed"
    assert "had not finished" in exercises.check(NAME, endless).message
    assert sandbox.run(lambda: 3, 1.0) == ("ok", 3)


def test_environment_is_off_here():
    assert os.environ["BYHAND_PROGRESS"] == "off"


def test_a_solved_exercise_stands_in_for_the_layer(capsys):
    reference = registry.find("mlp.backward")[0].reference

    def mine(X, a, p, y, W2):
        return reference(X, a, p, y, W2)

    assert exercises.use("mlp.backward", mine) is mine
    assert exercises.use("mlp.backward", lambda X, a, p, y, W2: None) is reference
    assert exercises.use("mlp.backward", ...) is reference
    assert exercises.use("mlp.parameters", 3) is None and exercises.use("mlp.nothing", mine) is None
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(": ")[2][:8] for line in said[:3]] == [
        "your own",
        "the book",
        "the book",
    ]
