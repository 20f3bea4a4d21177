"""Is there an answer, does it run, is it right, does it behave, which mistake is it?"""

import dis
import inspect
import time
from collections import Counter

import numpy as np

from byhand.exercises.checker import facts, report, sandbox
from byhand.exercises.checker.compare import difference
from byhand.exercises.checker.diagnose import evaluate, is_quotient, named
from byhand.exercises.checker.runs import SECONDS, answer_all, prepare, repeats, single, size

NEXT_HINT = 'Next: exercises.hint("{}", 1)'
ROUNDED = 2e-5  # at most: no solution errs more in float32
STILL = {"RESUME", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "POP_TOP", "NOP", "CACHE"}


def judge(exercise, answer, seed):
    """Judge a function against an exercise; returns a Result."""
    problem = not_a_function(exercise, answer)
    if problem:
        return problem
    runs = prepare(exercise, seed)
    planned = len(runs)
    runs = answer_all(exercise, answer, runs)
    rounded = forgive_rounding(exercise, runs)
    first = first_wrong(runs)
    if runs[0].status == "unfinished" or (not runs[0].passed and is_stub(answer, runs[0])):
        return nothing_yet(exercise, "your function still returns `...` or nothing")
    if runs[-1].status in ("slow", "chatty", "unfinished"):
        return stopped(exercise, runs[-1], planned, seed)
    with sandbox.quiet():
        if first is None:
            return behaves(exercise, answer, runs, seed) or passed(exercise, runs, seed, rounded)
        return failed(exercise, answer, runs, first, seed)


def first_wrong(runs):
    """The smallest failing case of the commonest kind (wrong values, raised, ...);
    None if all are right."""
    failing = sorted((run for run in runs if not run.passed), key=size)
    kinds = Counter(run.status for run in failing)
    return next((run for run in failing if kinds[run.status] == max(kinds.values())), None)


def not_a_function(exercise, answer):
    """A Result for what cannot be called with the task's arguments; None if it can."""
    if answer is None or answer is ...:
        return nothing_yet(exercise, "there is no answer yet")
    signature = f"{exercise.reference.__name__}({', '.join(exercise.parameters)})"
    if isinstance(answer, type):
        return not_yet(
            exercise, [f"You passed the class {answer.__name__}; pass a function {signature}."]
        )
    if not callable(answer):
        kind = type(answer).__name__
        lines = [
            f"You passed a value ({kind}), not a function.",
            "Pass the function itself, without brackets after its name.",
        ]
        return not_yet(exercise, lines)
    status, wanted = sandbox.run(lambda: inspect.signature(answer), 1.0)
    if status != "ok":  # no signature to be had (built-in functions): the first call decides
        return None
    try:
        wanted.bind(*exercise.parameters)
    except TypeError:
        yours = list(wanted.parameters)
        text = f"Your function takes {_count(len(yours))} ({', '.join(yours) or 'none'})"
        return not_yet(
            exercise,
            [f"{text}; the task gives it {_count(len(exercise.parameters))}: {signature}."],
        )
    return None


def forgive_rounding(exercise, runs):
    """Accept float64 outputs as near as the solution in float32; True if there were any."""
    if not all(run.status == "ok" for run in runs) or not any(run.wrong for run in runs):
        return False
    if is_quotient(exercise, runs):
        return False
    noise = {name: max(_in_float32(exercise, run, name) for run in runs) for name in runs[0].right}
    for name in noise:
        exact = max(_gap(run, run.yours[name], name) for run in runs) < 1e-12
        if exact and noise[name] > 1e-9:
            return False  # this output was not computed in float32, so the others were not
    found = False
    for name in noise:
        wrong = [run for run in runs if name in run.wrong]
        if wrong and all(
            _gap(run, run.yours[name], name) <= _limit(run, noise[name]) for run in wrong
        ):
            found = True
            for run in wrong:
                del run.wrong[name]
    return found


def _limit(run, noise):
    """The error that float32 explains: as in the solution itself,
    or as the size of the arguments brings."""
    sizes = [
        np.abs(a).max(initial=1.0, where=np.isfinite(a)) for a in run.case.args if _is_float(a)
    ]
    return min(ROUNDED, max(5e-7, 8 * noise, 1.2e-7 * max(sizes, default=1.0)))


def _is_float(arg):
    return isinstance(arg, np.ndarray) and arg.dtype.kind == "f"


def _gap(run, yours, name):
    """The largest error, relative to the largest number or 1;
    infinite where shapes or infinities differ."""
    right = run.right[name]
    if difference(right, yours, 1.0) is not None:
        return np.inf
    right, yours = np.where(np.isfinite(right), (right, yours), 0)
    return np.abs(yours - right).max(initial=0) / np.abs(right).max(initial=1.0)


def _in_float32(exercise, run, name):
    """How far the solution itself is off when its arguments are float32."""
    found = evaluate(exercise, exercise.reference, run, single, SECONDS)
    return 0.0 if found is None else _gap(run, found[name].astype(float), name)


def _count(n):
    return f"{n} argument" + ("" if n == 1 else "s")


def is_stub(answer, run):
    """True if the function has no body yet: only `...`, `pass`,
    NotImplementedError or a blank `____`."""
    if run.status == "raised":  # `'ellipsis'`: a line computes with a `...` not filled in yet
        blank = "'ellipsis'" in run.sentence or "name '____' is not defined" in run.sentence
        return blank or run.sentence.startswith("Your function raised NotImplementedError:")
    code = getattr(answer, "__code__", None)
    if code is None or not all(c is None or c is ... or isinstance(c, str) for c in code.co_consts):
        return False
    return run.status == "unreadable" and {i.opname for i in dis.get_instructions(code)} <= STILL


def nothing_yet(exercise, why):
    """The Result of an untouched exercise."""
    return report.result(
        exercise.name,
        "not attempted",
        [f"Not attempted yet: {why}.", NEXT_HINT.format(exercise.name)],
    )


def not_yet(exercise, lines, mistake=None, place=""):
    """A Result that says what is wrong, and where help is."""
    return report.result(
        exercise.name, "not yet", [*lines, NEXT_HINT.format(exercise.name)], mistake, place
    )


def stopped(exercise, run, planned, seed):
    """The run ended early: out of time, too much output, or unfinished on a later case."""
    sentence = run.sentence or "On this case your function still returns `...`."
    where = f"case {run.number} of {planned}, seed {seed}"
    return not_yet(exercise, [sentence, *report.smallest(exercise, run)], f"{run.status}", where)


def behaves(exercise, answer, runs, seed):
    """All values are right: does it leave its arguments alone, repeat itself,
    and keep the properties?"""
    for run in runs:
        where = report.place(runs, run, seed)
        if run.changed:
            line = "Your values are right, but your function changes its argument "
            line += f"`{run.changed}` in place: work on a copy."
            return not_yet(exercise, [line, *report.smallest(exercise, run)], "edits_input", where)
        if run.shared or (exercise.exact and not repeats(run)):
            sentence, id = _forgets(run)
            return not_yet(exercise, [sentence, *report.smallest(exercise, run)], id, where)
    broken = facts.broken(exercise, answer, runs, time.monotonic() + SECONDS)
    if not broken:
        return None
    return explained(exercise, runs, runs[0], seed) or not_yet(
        exercise, broken[:3], "property", f"seed {seed}"
    )


def _forgets(run):
    if run.shared:
        return (
            "Your function hands out one and the same array for different cases: what it returned "
            "first "
            "changes later, or comes back. Make a new array in each call.",
            "shared_output",
        )
    return (
        "Called twice with the same arguments, your function gives two different answers: "
        "something survives "
        "from one call to the next (a global, a default argument, random numbers).",
        "hidden_state",
    )


def failed(exercise, answer, runs, first, seed):
    """A case is wrong: hidden state first (it spoils a diagnosis), then named mistakes,
    then facts."""
    where = report.place(runs, first, seed)
    tail = report.smallest(exercise, first) + report.printed(first)
    forgetful = next((run for run in runs if run.status == "ok" and not repeats(run)), None)
    if forgetful:
        sentence, id = _forgets(forgetful)
        return not_yet(exercise, [sentence, *tail], id, where)
    known = explained(exercise, runs, first, seed)
    if known:
        return known
    if first.status != "ok":
        return not_yet(
            exercise, [first.sentence, *_others(runs, first), *tail], first.status, where
        )
    try:
        said, id = facts.gather(exercise, answer, runs, time.monotonic() + SECONDS / 2)
    except Exception:  # the verdict stands, whatever the search for facts met
        said, id = [], None
    if not said:
        name, gap = next(iter(first.wrong.items()))
        wrong = sum(not run.passed for run in runs)
        said = [f"{facts.your(name)} {gap.sentence}; {wrong} of {len(runs)} cases are wrong."]
    return not_yet(exercise, [*said, *_others(runs, first), *_edit(runs), *tail], id, where)


def _others(runs, first):
    """What else goes wrong, less often: the first sentence of another kind."""
    count = sum(run.status == first.status and not run.passed for run in runs)
    said = (
        [f"(On {count} of {len(runs)} cases.)"]
        if first.status != "ok" and count < len(runs)
        else []
    )
    other = [run for run in runs if run.status not in ("ok", first.status)]
    return said + [f"Also, in case {run.number}: {run.sentence}" for run in other[:1]]


def _edit(runs):
    changed = next((run.changed for run in runs if run.changed), "")
    return [f"Also: your function changes its argument `{changed}` in place."] if changed else []


def explained(exercise, runs, first, seed):
    """A Result that names the mistake, or two that fit; None if none reproduces the answer."""
    found = named(exercise, runs)
    if not found:
        return None
    fits = f"(Checked: this mistake gives your results on all {len(runs)} cases.)"
    if len(found) > 1:
        lines = [
            "Either of these gives exactly your output:",
            *(f"- {m.sentence}" for (m,) in found),
        ]
    elif len(found[0]) == 2:
        lines = [
            "Two things at once:",
            *(f"- {m.sentence}" for m in found[0]),
            fits.replace("this mistake gives", "both together give"),
        ]
    else:
        lines = [f"{found[0][0].sentence} {fits}"]
    id = "+".join(m.id for m in found[0])
    tail = report.smallest(exercise, first) + _edit(runs) + report.printed(first)
    return not_yet(exercise, lines + tail, id, report.place(runs, first, seed))


def passed(exercise, runs, seed, rounded):
    """The Result of a right answer: what was verified."""
    labels = list(dict.fromkeys(run.case.label for run in runs if run.case.label))
    said = f"Right on all {len(runs)} cases" + (
        f", the special ones included ({'; '.join(labels)})" if labels else ""
    )
    said += ". Same answer when called twice; arguments left as they were."
    lines = [said, *(f"Holds too: {item.says}." for item in exercise.properties[:3])]
    lines += (
        ["Your numbers agree to the digits that float32 has, not to those of float64; enough here."]
        if rounded
        else []
    )
    lines += [exercise.why] if exercise.why else []
    return report.result(exercise.name, "passed", lines, None, f"{len(runs)} cases, seed {seed}")
