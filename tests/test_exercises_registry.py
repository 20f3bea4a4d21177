"""Every registered exercise: right answers pass over 200 seeds ($SEEDS names another number),
planted mistakes are rejected and named."""

import inspect
import os

import numpy as np
import pytest
from byhand.exercises.checker import registry, sandbox
from byhand.exercises.checker.compare import unlike
from byhand.exercises.checker.declare import REGISTRY, formula_of
from byhand.exercises.checker.judge import judge
from byhand.exercises.checker.judge_value import judge_value
from byhand.exercises.checker.runs import default_seed, fresh, prepare
from byhand.exercises.checker.values import leaves
from exercise_mutants import mutants
from exercise_table import plant, table

NAMES = registry.all_names()
FUNCTIONS = [name for name in NAMES if not REGISTRY[name].is_value]
SEEDS = int(os.environ.get("SEEDS", "200"))
EXACT = [name for name in FUNCTIONS if REGISTRY[name].exact]


@pytest.fixture(autouse=True)
def no_progress(monkeypatch):
    monkeypatch.setenv("BYHAND_PROGRESS", "off")
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def verdict(name, answer, seed=None):
    exercise = REGISTRY[name]
    seed = default_seed(name) if seed is None else seed
    return (judge_value if exercise.is_value else judge)(exercise, answer, seed)


@pytest.mark.parametrize("name", NAMES)
def test_declaration_is_complete(name):
    exercise = REGISTRY[name]
    assert len(exercise.variants) >= 2 and len(exercise.mistakes) >= 3 and len(exercise.hints) == 3
    ids = [m.id for m in exercise.mistakes]
    assert len(set(ids)) == len(ids)
    for mistake in exercise.mistakes:
        assert formula_of(name, mistake.id) is not None, (
            f"{mistake.id}: a fragment is not found exactly once"
        )
        assert mistake.sentence.rstrip().endswith((".", ")")), mistake.sentence
    if not exercise.is_value:
        assert exercise.task.startswith(
            f"{exercise.reference.__name__}({', '.join(exercise.parameters)})"
        )
        assert 10 <= len(prepare(exercise, 0)) <= 40 or not exercise.exact


@pytest.mark.parametrize("name", NAMES)
def test_right_answers_pass_the_whole_check(name):
    exercise = REGISTRY[name]
    for seed in (None, 1):
        for answer in (exercise.reference, *exercise.variants):
            result = verdict(name, answer() if exercise.is_value else answer, seed)
            assert result.outcome == "passed", result.message


@pytest.mark.slow
@pytest.mark.parametrize("name", EXACT)
def test_no_false_rejection_over_many_seeds(name):
    exercise = REGISTRY[name]
    for seed in range(SEEDS):
        for run in prepare(exercise, seed):
            for answer in exercise.variants:
                with np.errstate(all="ignore"):
                    output = leaves(answer(*fresh(run.case.args)), run.value, exercise.outputs)
                assert not unlike(run.right, output, exercise.tolerance), (seed, run.number)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in EXACT])
def test_no_false_rejection_of_sampled_answers(name):
    exercise = REGISTRY[name]
    for seed in range(SEEDS):
        for answer in (exercise.reference, *exercise.variants):
            result = verdict(name, answer, seed)
            assert result.outcome == "passed", result.message


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_planted_mistakes_are_rejected_and_none_is_named_as_another(name):
    for seed in (None, 11):
        found = plant(name, seed)
        assert all(outcome == "not yet" for _, outcome, _ in found), found
        assert all(named in (None, planted) for planted, _, named in found), found


@pytest.mark.slow
def test_nine_of_ten_planted_mistakes_are_named():
    lines = table(NAMES[::3])  # a third of them tells the share
    *_, planted, rejected, named, other = lines[-1].split()
    print("\n".join(lines))
    assert planted == rejected and other == "0"
    assert int(named) >= 0.9 * int(planted) and int(planted) > 200


@pytest.mark.parametrize("name", NAMES)
def test_stub_is_not_attempted(name):
    exercise = REGISTRY[name]
    arguments = "" if exercise.is_value else ", ".join(exercise.parameters)
    for body in (
        "...",
        "pass",
        "return None",
        "raise NotImplementedError",
        "return ...",
        "return ____",
    ):
        space = {}
        exec(f"def stub({arguments}):\n    {body}", space)
        answer = ... if exercise.is_value else space["stub"]
        assert verdict(name, answer).outcome == "not attempted"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_solution_as_shown_passes(name):
    space = {"np": np}
    exec(REGISTRY[name].source, space)  # nothing but NumPy is needed to run what the reader sees
    assert verdict(name, space[REGISTRY[name].reference.__name__]).outcome == "passed"


@pytest.mark.slow
@pytest.mark.parametrize("name", EXACT)
def test_every_operator_mutant_is_rejected_or_listed(name):
    exercise, survivors = REGISTRY[name], set()
    runs = prepare(exercise, default_seed(name))
    for mutant, source in mutants(exercise.source):
        space = dict(exercise.reference.__globals__)
        exec(compile(source, mutant, "exec"), space)
        answer = space[exercise.reference.__name__]
        if not any(map(lambda run, answer=answer: rejects(exercise, answer, run), runs)):
            if judge(exercise, answer, default_seed(name)).outcome == "passed":
                survivors.add(mutant)
    assert survivors <= set(exercise.equivalent), survivors - set(exercise.equivalent)
    assert set(exercise.equivalent) <= survivors, "listed as equivalent, but rejected"


def rejects(exercise, answer, run):
    def output():
        return leaves(answer(*fresh(run.case.args)), run.value, exercise.outputs)

    with sandbox.quiet():
        status, found = sandbox.run(output, 0.5)
    return status != "ok" or bool(unlike(run.right, found, exercise.tolerance))


def altered(change):
    """A wrong answer made from the right one, for any exercise: `change(value, args, calls)`."""

    def make(reference):
        calls = []

        def answer(*args):
            calls.append(1)
            return change(reference(*args), args, calls)

        answer.__signature__ = inspect.signature(reference)
        return answer

    return make


def each(change):
    """Apply `change` to every array of a value."""

    def walk(value):
        if isinstance(value, tuple):
            return tuple(map(walk, value))
        if isinstance(value, dict):
            return {key: walk(item) for key, item in value.items()}
        return change(np.asarray(value))

    return lambda value, args, calls: walk(value)


def edit(value, args, calls):
    for arg in args:
        if isinstance(arg, np.ndarray) and arg.size and arg.dtype.kind in "fi":
            arg.flat[0] += 1
    return value


GENERIC = {
    "negated": each(lambda a: ~a if a.dtype.kind == "b" else -a),
    "transposed": each(lambda a: a.T),
    "integers": each(lambda a: a.astype(int)),
    "half precision": each(lambda a: a.astype(np.float16) if a.dtype.kind == "f" else -a - 1),
    "an axis more": each(lambda a: a[..., None]),
    "doubled": each(lambda a: a * 2 if a.dtype.kind != "b" else ~a),
    "shifted by one": each(lambda a: a + 1 if a.dtype.kind != "b" else ~a),
    "edits its input": edit,
    "depends on the call": lambda value, args, calls: each(lambda a: a * len(calls))(
        value, args, calls
    ),
    "outputs swapped": lambda value, args, calls: value[::-1] if isinstance(value, tuple) else None,
    "first output only": lambda value, args, calls: value[0] if isinstance(value, tuple) else None,
    "returns nothing": lambda value, args, calls: print(value),
    "shortened": each(lambda a: a[:-1] if a.ndim else a * 0.5),
    "as text": lambda value, args, calls: str(value),
    "complex": each(lambda a: a + 0.1j),
}


@pytest.mark.parametrize("kind", GENERIC)
def test_generic_wrong_answers(kind):
    for name in EXACT:
        exercise = REGISTRY[name]
        answer = altered(GENERIC[kind])(exercise.reference)
        runs = prepare(exercise, default_seed(name))
        if kind != "edits its input" and not any(differs(exercise, answer, run) for run in runs):
            continue  # a single number has no transpose, whole numbers are their own integer part
        if kind == "edits its input" and not any(
            isinstance(arg, np.ndarray) and arg.dtype.kind in "fi"
            for run in runs
            for arg in run.case.args
        ):
            continue
        result = verdict(name, answer)
        assert result.outcome == "not yet", (name, result.message)
        assert "Traceback" not in result.message and len(result.message.splitlines()) < 25
        # then it must be the very same function
        if result.mistake in {m.id for m in exercise.mistakes}:
            formula = formula_of(name, result.mistake)
            again = altered(GENERIC[kind])(exercise.reference)
            assert all(alike(exercise, formula, again, run) for run in runs), (
                name,
                kind,
                result.mistake,
            )


def differs(exercise, answer, run):
    try:
        with sandbox.quiet():
            found = leaves(answer(*fresh(run.case.args)), run.value, exercise.outputs)
    except Exception:
        return True
    return bool(unlike(run.right, found, exercise.tolerance))


def alike(exercise, one, other, run):
    with sandbox.quiet():
        a, b = (leaves(f(*fresh(run.case.args)), run.value, exercise.outputs) for f in (one, other))
        kinds = all(a[k].shape == b[k].shape for k in a)
        return kinds and all(
            np.allclose(a[k].astype(float), b[k].astype(float), equal_nan=True) for k in a
        )


def in_single(value):
    if isinstance(value, np.ndarray) and value.dtype == np.float64:
        return value.astype(np.float32)
    return (
        {key: in_single(item) for key, item in value.items()} if isinstance(value, dict) else value
    )


# differences of a small step need float64: float32 inside `gradcheck` is a wrong answer
@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "mlp.gradcheck"])
def test_float32_is_a_right_answer(name):
    exercise = REGISTRY[name]
    for seed in (None, 5, 6, 7):
        for answer in (exercise.reference, *exercise.variants):

            def single(*args, answer=answer):
                return answer(*map(in_single, args))

            single.__signature__ = inspect.signature(exercise.reference)
            result = verdict(name, single, seed)
            assert result.outcome == "passed", result.message
