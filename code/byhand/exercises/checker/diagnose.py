"""Name a mistake: only if its formula reproduces the answer on every case, wrong or right."""

import itertools

import numpy as np

from byhand.exercises.checker import probes, sandbox
from byhand.exercises.checker.compare import ENOUGH, NAMING, same
from byhand.exercises.checker.declare import STEPS, formula_of
from byhand.exercises.checker.runs import SECONDS, fresh
from byhand.exercises.checker.values import leaves

PAIR = 0.3  # seconds for one evaluation: two slips together may loop for ever


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


def is_quotient(exercise, runs):
    """True if the output is a difference quotient of small steps where a derivative is asked."""
    steps = (m.id for m in exercise.mistakes if m.smalls is STEPS)
    return any(reproduces(exercise, (id,), runs) for id in steps)


def reproduces(exercise, ids, runs):
    """True if the mistakes `ids`, made together, give the output on every case,
    and show on enough. A small number of the reader's own choice may be any of SMALLS."""
    smalls = max((m.smalls for m in exercise.mistakes if m.id in ids), key=len)
    made = (formula_of(exercise.name, *ids, small=small) for small in smalls)
    fits = _explains if len(smalls) > 1 else _equals
    return any(_gives(exercise, formula, runs, fits, len(ids)) for formula in made)


def _gives(exercise, formula, runs, fits, count):
    """True if `formula` gives the output on every case, and differs from the right one on enough;
    `count` is the number of mistakes in it, `fits` says (it agrees, it shows) for one case."""
    if formula is None:
        return False
    shown, order = 0, sorted(runs, key=lambda run: run.passed)  # the failing cases decide soonest
    for run in order:
        output = evaluate(exercise, formula, run, seconds=SECONDS if count == 1 else PAIR)
        if output is None or run.status != "ok":
            if output is None and run.status in ("raised", "unreadable"):
                continue  # neither gives an answer here: no evidence either way
            return False
        agrees, shows = fits(exercise, run, output)
        if not agrees:
            return False
        finite = [np.isfinite(a).any() for a in run.yours.values() if a.dtype.kind in "fc"]
        # two slips that meet in NaN say little
        shown += shows and (count == 1 or any(finite) or not finite)
    return shown >= min(ENOUGH, len(runs))


def _equals(exercise, run, output):
    """A formula's output is the reader's, and not the right one."""
    near = max(NAMING, exercise.tolerance)
    return same(run.yours, output, near), not same(output, run.right, near)


def _explains(exercise, run, output):
    """A formula with a small number is the reader's but for rounding, and explains all but a
    hundredth of the error: a quotient of small differences has rounding errors of its own."""
    shows = False
    for name, right in run.right.items():
        yours, made = run.yours[name], output[name]
        if right.dtype.kind != "f" or yours.dtype != float or yours.shape != right.shape:
            return _equals(exercise, run, output)
        if made.shape != yours.shape or (np.isfinite(made) != np.isfinite(yours)).any():
            return False, False
        where = np.isfinite(yours) & np.isfinite(right)
        left = np.abs(yours - made).max(initial=0, where=where)
        error = np.abs(yours - right).max(initial=0, where=where)
        if left > max(0.01 * error, 1e-9 * np.abs(right).max(initial=1, where=where)):
            return False, False
        shows |= bool(run.wrong) and left <= 0.01 * error
    return True, shows


def evaluate(exercise, formula, run, change=fresh, seconds=PAIR):
    """A formula's output on one case as {name: array}; None if it raises or fits no array."""

    def work():
        with np.errstate(all="ignore"):
            return leaves(formula(*change(run.case.args)), run.value, exercise.outputs)

    status, found = sandbox.run(work, seconds)
    return found if status == "ok" else None
