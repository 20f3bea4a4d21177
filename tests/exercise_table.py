"""Planted against named: every known mistake of every exercise is handed in,
and the verdicts are counted."""

from byhand.exercises.checker import registry
from byhand.exercises.checker.declare import REGISTRY, formula_of
from byhand.exercises.checker.judge import judge
from byhand.exercises.checker.judge_value import judge_value
from byhand.exercises.checker.runs import default_seed


def plant(name, seed=None):
    """Hand in each known mistake of one exercise; returns a list of (id, outcome,
    mistake named)."""
    exercise = REGISTRY[name]
    seed = default_seed(name) if seed is None else seed
    found = []
    for mistake in exercise.mistakes:
        answer = formula_of(name, mistake.id)
        judged = (
            judge_value(exercise, answer(), seed)
            if exercise.is_value
            else judge(exercise, answer, seed)
        )
        found.append((mistake.id, judged.outcome, judged.mistake))
    return found


def table(names=None):
    """Lines of the table: exercise, planted, rejected, named rightly, named as another.

    names: the exercises that stand in it, all of them if None.
    """
    lines = [f"{'exercise':<42}{'planted':>8}{'rejected':>9}{'named':>6}{'as another':>11}"]
    total = [0, 0, 0, 0]
    for name in names or registry.all_names():
        found = plant(name)
        row = [
            len(found),
            sum(o == "not yet" for _, o, _ in found),
            sum(i == m for i, _, m in found),
        ]
        row.append(sum(m is not None and m != i for i, _, m in found))
        total = [a + b for a, b in zip(total, row, strict=True)]
        lines.append(_row(name, row))
    return [*lines, _row(f"all {len(lines) - 1} exercises", total)]


def _row(name, row):
    return f"{name:<42}{row[0]:>8}{row[1]:>9}{row[2]:>6}{row[3]:>11}"
