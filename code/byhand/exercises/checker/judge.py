"""Is there an answer, does it run, is it right, does it behave, which mistake is it?"""

import dis
import inspect
import time

from byhand.exercises.checker import facts, report, sandbox
from byhand.exercises.checker.compare import SINGLE, difference
from byhand.exercises.checker.diagnose import named
from byhand.exercises.checker.runs import SECONDS, answer_all, prepare, repeats, size

NEXT_HINT = 'Next: exercises.hint("{}", 1)'
STILL = {"RESUME", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "POP_TOP", "NOP", "CACHE"}


def judge(exercise, answer, seed):
    """Judge a function against an exercise; returns a Result."""
    problem = not_a_function(exercise, answer)
    if problem:
        return problem
    runs = prepare(exercise, seed)
    planned = len(runs)
    runs = answer_all(exercise, answer, runs)
    rounded = forgive_rounding(runs)
    first = min((run for run in runs if not run.passed), key=size, default=None)
    if runs[0].status == "unfinished" or (not runs[0].passed and is_stub(answer, runs[0])):
        return nothing_yet(exercise, "your function still returns `...` or nothing")
    if runs[-1].status in ("slow", "chatty", "unfinished"):
        return stopped(exercise, runs[-1], planned, seed)
    with sandbox.quiet():
        if first is None:
            return behaves(exercise, answer, runs, seed) or passed(exercise, runs, seed, rounded)
        return failed(exercise, answer, runs, first, seed)


def not_a_function(exercise, answer):
    """A Result for what cannot be called with the task's arguments; None if it can."""
    if answer is None or answer is ...:
        return nothing_yet(exercise, "there is no answer yet")
    signature = f"{exercise.reference.__name__}({', '.join(exercise.parameters)})"
    if isinstance(answer, type):
        return not_yet(exercise, [f"You passed the class {answer.__name__}; pass a function {signature}."])
    if not callable(answer):
        kind = type(answer).__name__
        lines = [
            f"You passed a value ({kind}), not a function.",
            "Pass the function itself, without brackets after its name.",
        ]
        return not_yet(exercise, lines)
    try:
        inspect.signature(answer).bind(*exercise.parameters)
    except TypeError:
        yours = list(inspect.signature(answer).parameters)
        text = f"Your function takes {_count(len(yours))} ({', '.join(yours) or 'none'})"
        return not_yet(
            exercise, [f"{text}; the task gives it {_count(len(exercise.parameters))}: {signature}."]
        )
    except Exception:  # no signature to be had (built-in functions): the first call decides
        return None
    return None


def forgive_rounding(runs):
    """Accept float64 outputs that are right to float32's precision on every case; True if there were any."""
    forgiven = [
        name for name in runs[0].right if all(run.status == "ok" and close(run, name) for run in runs)
    ]
    found = False
    for run in runs:
        for name in forgiven:
            found |= run.wrong.pop(name, None) is not None
    return found


def close(run, name):
    """True if this output is right, or right to about seven digits."""
    return name not in run.wrong or difference(run.right[name], run.yours[name], SINGLE) is None


def _count(n):
    return f"{n} argument" + ("" if n == 1 else "s")


def is_stub(answer, run):
    """True if the function has no body yet: only `...`, `pass`, NotImplementedError or a blank `____`."""
    if run.status == "raised" and "ellipsis" in run.sentence:
        return True  # a line that computes with a `...` not filled in yet
    if run.status == "raised":
        return (
            "NotImplementedError" in run.sentence.partition(":")[0]
            or "name '____' is not defined" in run.sentence
        )
    code = getattr(answer, "__code__", None)
    if code is None or not all(c is None or c is ... or isinstance(c, str) for c in code.co_consts):
        return False
    return run.status == "unreadable" and {i.opname for i in dis.get_instructions(code)} <= STILL


def nothing_yet(exercise, why):
    """The Result of an untouched exercise."""
    return report.result(
        exercise.name, "not attempted", [f"Not attempted yet: {why}.", NEXT_HINT.format(exercise.name)]
    )


def not_yet(exercise, lines, mistake=None, place=""):
    """A Result that says what is wrong, and where help is."""
    return report.result(exercise.name, "not yet", [*lines, NEXT_HINT.format(exercise.name)], mistake, place)


def stopped(exercise, run, planned, seed):
    """The run ended early: out of time, too much output, or unfinished on a later case."""
    sentence = run.sentence or "On this case your function still returns `...`."
    where = f"case {run.number} of {planned}, seed {seed}"
    return not_yet(exercise, [sentence, *report.smallest(exercise, run)], f"{run.status}", where)


def behaves(exercise, answer, runs, seed):
    """All values are right: does it leave its arguments alone, repeat itself, and keep the properties?"""
    for run in runs:
        where = report.place(runs, run, seed)
        if run.changed:
            line = f"Your values are right, but your function changes its argument `{run.changed}` in place"
            line += ": work on a copy."
            return not_yet(exercise, [line, *report.smallest(exercise, run)], "edits_input", where)
        if exercise.exact and not repeats(run):
            return not_yet(exercise, [_forgets(run), *report.smallest(exercise, run)], "hidden_state", where)
    broken = facts.broken(exercise, answer, runs, time.monotonic() + SECONDS)
    if not broken:
        return None
    return explained(exercise, runs, runs[0], seed) or not_yet(
        exercise, broken[:3], "property", f"seed {seed}"
    )


def _forgets(run):
    return (
        "Called twice with the same arguments, your function gives two different answers: something survives "
        "from one call to the next (a global, a default argument, random numbers)."
    )


def failed(exercise, answer, runs, first, seed):
    """A case is wrong: hidden state first (it spoils a diagnosis), then named mistakes, then facts."""
    where = report.place(runs, first, seed)
    tail = report.smallest(exercise, first) + report.printed(first)
    if any(run.status == "ok" and not repeats(run) for run in runs):
        return not_yet(exercise, [_forgets(first), *tail], "hidden_state", where)
    known = explained(exercise, runs, first, seed)
    if known:
        return known
    if first.status == "raised" or first.status == "unreadable":
        same = sum(run.status == first.status for run in runs)
        count = f"(On {same} of {len(runs)} cases.)" if same < len(runs) else ""
        return not_yet(exercise, [first.sentence, *([count] if count else []), *tail], first.status, where)
    try:
        said, id = facts.gather(exercise, answer, runs, time.monotonic() + SECONDS / 2)
    except Exception:  # the verdict stands, whatever the search for facts met
        said, id = [], None
    if not said:
        name, gap = next(iter(first.wrong.items()))
        wrong = sum(not run.passed for run in runs)
        said = [f"Your {name or 'output'} {gap.sentence}; {wrong} of {len(runs)} cases are wrong."]
    return not_yet(exercise, [*said, *_edit(runs), *tail], id, where)


def _edit(runs):
    changed = next((run.changed for run in runs if run.changed), "")
    return [f"Also: your function changes its argument `{changed}` in place."] if changed else []


def explained(exercise, runs, first, seed):
    """A Result that names the mistake, or two that fit; None if none reproduces the answer."""
    found = named(exercise, runs)
    if not found:
        return None
    fits = f"(Your output equals this mistake's on all {len(runs)} cases.)"
    if len(found) > 1:
        lines = ["Either of these gives exactly your output:", *(f"- {m.sentence}" for (m,) in found)]
    elif len(found[0]) == 2:
        lines = [
            "Two things at once:",
            *(f"- {m.sentence}" for m in found[0]),
            fits.replace("this mistake's", "theirs"),
        ]
    else:
        lines = [f"{found[0][0].sentence} {fits}"]
    see = next((m.see for pair in found for m in pair if m.see), "")
    lines += [f'Read again: "{see}" in the chapter.'] if see else []
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
        ["Your numbers have about 7 digits, as a step ran in float32; that is enough here."]
        if rounded
        else []
    )
    return report.result(exercise.name, "passed", lines, None, f"{len(runs)} cases, seed {seed}")
