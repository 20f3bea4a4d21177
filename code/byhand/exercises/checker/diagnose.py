"""Name a mistake: only if its formula reproduces the answer on every case, wrong or right."""

import itertools

import numpy as np

from byhand.exercises.checker import probes, sandbox
from byhand.exercises.checker.compare import ENOUGH, same
from byhand.exercises.checker.declare import formula_of
from byhand.exercises.checker.runs import fresh
from byhand.exercises.checker.values import leaves


def named(exercise, runs):
    """The mistakes that explain the answer: a list of tuples of Mistake, one tuple per explanation.

    First each mistake alone; if none fits, pairs made together,
    unless the output is a trivial one (zeros, an argument, NaN, exchanged outputs). Empty if
    nothing fits: then nothing is named.
    """
    single = [(m,) for m in exercise.mistakes if reproduces(exercise, (m.id,), runs)]
    if single:
        return single
    readable = [run for run in runs if run.status == "ok"]
    if any(probes.trivial(exercise, readable, name) for run in readable[-1:] for name in run.right):
        return []
    pairs = itertools.combinations([m for m in exercise.mistakes if m.edits], 2)
    found = [pair for pair in pairs if reproduces(exercise, tuple(m.id for m in pair), runs)]
    return found if len(found) == 1 else []


def reproduces(exercise, ids, runs):
    """True if the mistakes `ids`, made together, give the output on every case,
    and show on enough."""
    formula = formula_of(exercise.name, *ids)
    if formula is None:
        return False
    shown, order = 0, sorted(runs, key=lambda run: run.passed)  # the failing cases decide soonest
    for run in order:
        output = evaluate(exercise, formula, run)
        if output is None or run.status != "ok":
            if output is None and run.status in ("raised", "unreadable"):
                continue  # neither gives an answer here: no evidence either way
            return False
        if not same(run.yours, output, exercise.tolerance):
            return False
        finite = [np.isfinite(a).any() for a in run.yours.values() if a.dtype.kind in "fc"]
        # two slips that meet in NaN say little
        telling = len(ids) == 1 or any(finite) or not finite
        shown += telling and not same(output, run.right, exercise.tolerance)
    return shown >= min(ENOUGH, len(runs))


def evaluate(exercise, formula, run, change=fresh):
    """A formula's output on one case as {name: array}; None if it raises or fits no array."""

    def work():
        with np.errstate(all="ignore"):
            return leaves(formula(*change(run.case.args)), run.value, exercise.outputs)

    status, found = sandbox.run(work, 0.3)  # two slips together may loop for ever
    return found if status == "ok" else None
