"""Exercises that ask for a number, several numbers or a choice: the same outcomes,
the same care."""

import contextlib

import numpy as np

from byhand.exercises.checker import report, sandbox
from byhand.exercises.checker.compare import same, show, unlike
from byhand.exercises.checker.declare import formula_of
from byhand.exercises.checker.judge import not_yet, nothing_yet
from byhand.exercises.checker.runs import prepare
from byhand.exercises.checker.values import Unfinished, Unreadable, leaves, structured


def judge_value(exercise, answer, seed):
    """Judge a value; a wrong one is named if it is the value that a known slip gives."""
    if answer is None or answer is ...:
        return nothing_yet(exercise, "there is no answer yet")
    if callable(answer) and not hasattr(answer, "detach"):
        return not_yet(
            exercise,
            [
                "This exercise asks for a value; you passed a function. Call it, and pass what it "
                "returns."
            ],
        )
    run = prepare(exercise, seed)[0]
    with sandbox.quiet():
        status, value = sandbox.run(lambda: _read(exercise, answer, run), 1.0)
        if status == "ok":
            return _verdict(exercise, run, *value)
    if status == "raised" and isinstance(value, Unfinished):
        return nothing_yet(exercise, "your answer still holds `...`")
    sentence = (
        str(value) if isinstance(value, Unreadable) else "Your answer cannot be read as numbers."
    )
    for old, new in (
        ("Your function returns", "Your answer is"),
        (": is the `return` missing?", "."),
    ):
        sentence = sentence.replace(old, new).replace("Your output", "Your answer")
    return not_yet(exercise, [sentence])


def _read(exercise, answer, run):
    answer = _plain(answer, run.value)
    found = leaves(answer, run.value, exercise.outputs)
    for name, array in found.items():  # True and False are good numbers 1 and 0 here
        if array.dtype.kind == "b" and run.right[name].dtype.kind in "iuf":
            found[name] = array.astype(int)
    return found, structured(answer, run.value, exercise.outputs)


def _plain(answer, like):
    """Numbers from text, alone or in a list; one number from a list or array of one element."""
    if isinstance(answer, str):
        answer = answer.strip().lower()
        with contextlib.suppress(ValueError):
            return answer if isinstance(like, str) else float(answer)
    if isinstance(like, str | int | float | np.generic) and np.size(answer) == 1:
        alone = answer[0] if isinstance(answer, list | tuple) else answer
        return _plain(alone, like) if alone is not answer else np.reshape(answer, ())[()]
    if isinstance(answer, list | tuple):
        return type(answer)(
            [_plain(item, 0.0) if isinstance(item, str) else item for item in answer]
        )
    return answer


def _verdict(exercise, run, yours, value):
    if exercise.accept is not None:
        if not _same_shapes(yours, run.right):
            return not_yet(exercise, [_shapes(yours, run.right)])
        found = exercise.accept(value)
        if found is None:
            return _passed(exercise)
        id, case = found
        said = next((m.sentence for m in exercise.mistakes if m.id == id), case)
        return not_yet(exercise, [said], id)
    run.wrong = unlike(run.right, yours, exercise.tolerance)
    if not run.wrong:
        return _passed(exercise)
    for mistake in exercise.mistakes:
        made = leaves(formula_of(exercise.name, mistake.id)(), run.value, exercise.outputs)
        if same(made, yours, exercise.tolerance) or _in_digits(made, yours, exercise.tolerance):
            return not_yet(exercise, [mistake.sentence], mistake.id)
    return not_yet(exercise, [_fact(run, yours, exercise)])


def _in_digits(made, yours, tolerance):
    """True if `yours` is a mistake's value in two or three digits, and digits are asked for."""
    if tolerance < 1e-4 or not same(made, yours, 0.03):
        return False
    return any(all((np.round(made[n], k) == yours[n]).all() for n in made) for k in (2, 3))


def _same_shapes(yours, right):
    return all(
        yours[name].shape == right[name].shape and yours[name].dtype.kind in "biuf"
        for name in right
    )


def _shapes(yours, right):
    name = next(
        n for n in right if yours[n].shape != right[n].shape or yours[n].dtype.kind not in "biuf"
    )
    came, wanted = yours[name].shape, right[name].shape
    return f"{name or 'Your answer'} has shape {came}, expected numbers of shape {wanted}."


def _fact(run, yours, exercise):
    name, gap = next(iter(run.wrong.items()))
    you, a, b = (name or "Your answer"), run.right[name], yours[name]
    if gap.kind in ("shape", "dtype"):
        return f"{you} {gap.sentence}."
    if a.dtype.kind in "iuf" and a.any() and np.allclose(b, -a, rtol=1e-6):
        return f"{you} is right but for the sign."
    rounds = range(bool((a == b).any()), 6)  # to a whole number: no part may be right anyway
    digits = next((n for n in rounds if a.dtype.kind == "f" and (np.round(a, n) == b).all()), None)
    if digits is not None and b.any():
        return (
            f"{you} is right, but rounded to {digits} digits after the point: more are asked for."
        )
    if a.dtype.kind == "f" and np.allclose(a, b, rtol=0.02):
        said = "is close, but not to the digits that the task asks for: was it rounded on the way?"
        return f"{you} {said}"
    right = [n for n in run.right if n not in run.wrong]
    if a.size > 1:
        fine = int(np.isclose(a, b, rtol=exercise.tolerance).sum()) or "none"
        return f"{you} is right at {fine} of {a.size} places; index {show(gap.index)} is not."
    return f"{you} is not the right value." + (f" Right: {', '.join(right)}." if right else "")


def _passed(exercise):
    return report.result(
        exercise.name, "passed", [f"That is the right answer. {exercise.why}".rstrip()]
    )
