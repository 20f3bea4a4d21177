"""What can be said for certain about a wrong answer that no known mistake explains."""

import time

import numpy as np

from byhand.exercises.checker import probes, sandbox
from byhand.exercises.checker.compare import ENOUGH, same
from byhand.exercises.checker.runs import call, fresh, size
from byhand.exercises.checker.values import structured


def sizes_of(exercise, case):
    """The letters of the declared shapes with their sizes in this case: {"B": 2, "D": 3}."""
    found = {}
    for parameter, arg in zip(exercise.parameters, case.args, strict=True):
        letters = exercise.shapes.get(parameter, "").split()
        shape = np.shape(arg) if isinstance(arg, np.ndarray) else ()
        if len(letters) == len(shape):
            found.update(zip(letters, shape, strict=True))
    return found


def gather(exercise, answer, runs, until):
    """At most four sentences, each a fact, and the id of the first
    generic mistake among them (or None)."""
    readable = [run for run in runs if run.status == "ok"]
    wrong = [name for name in runs[0].right if any(name in run.wrong for run in readable)]
    said, id = [], None
    for name in wrong[:3]:
        found = about_output(exercise, readable, name)
        if found:
            id = id or found[0]
            said.append(found[1])
    if not said:
        said += _not_finite(runs, wrong) + _pattern(exercise, runs)
        ignored = [] if len(wrong) == 0 else ignores(exercise, answer, readable, until)
        id = id or (f"ignores:{ignored[0]}" if ignored else None)
        said += [
            f"Changing `{name}` changes the right answer, but not yours, in the cases tried."
            for name in ignored[:2]
        ]
        failing = [run for run in runs if not run.passed]
        if not any(gap.kind == "shape" for gap in (failing[0].wrong or {}).values()):
            said += broken(exercise, answer, failing[:ENOUGH], until)[:1]
    right = [name for name in runs[0].right if name and name not in wrong]
    if right and wrong and readable:
        said.insert(0, f"Right: {_listed(right)}. Wrong: {_listed(wrong)}.")
    return said[:4], id


def _not_finite(runs, wrong):
    """NaN or infinity where a number is right, with the number of cases;
    they hide what else is wrong."""
    bad = [run for run in runs if any(gap.kind == "finite" for gap in (run.wrong or {}).values())]
    if not bad:
        return []
    gap = next(gap for gap in bad[0].wrong.values() if gap.kind == "finite")
    return [
        f"In {len(bad)} of {len(runs)} cases your output {gap.sentence} (case {bad[0].number})."
    ]


def _listed(names):
    return ", ".join(names)


def your(name):
    """What the reader's output is called."""
    return f"Your output {name}" if name else "Your output"


def about_output(exercise, runs, name):
    """(id, sentence) for one wrong output, the same explanation on all cases;
    None if there is none."""
    you = your(name)
    return _what_it_is(exercise, runs, name, you) or _how_far_it_is(exercise, runs, name, you)


def _what_it_is(exercise, runs, name, you):
    found = probes.trivial(exercise, runs, name)
    if found:
        return found[0], f"{you} is {found[1]}."
    found = probes.transformed(runs, name)
    if found:
        return found[0], f"{you} is {found[1]}, on all {len(runs)} cases."
    values = f"{you} has the right values, but as"
    if probes.right_but_boolean(runs, name):
        return "booleans", f"{values} True and False; the task asks for numbers: .astype(float)."
    if probes.right_but_numbers(runs, name):
        return "not_booleans", f"{values} numbers; the task asks for True and False: .astype(bool)."
    return None


def _how_far_it_is(exercise, runs, name, you):
    times = probes.ratio(runs, name, [sizes_of(exercise, run.case) for run in runs])
    if times:
        return "factor", f"{you} is {times}, on all cases."
    step = probes.step_ratio(runs, name, exercise.parameters)
    if step:
        change = f"The change of {name} (new minus old)"
        return "factor", f"{change} is the right one times {step:.4g}, on all cases."
    added = probes.offset(runs, name)
    if added is not None:
        return "offset", f"{you} is the right one plus {added:.4g}, on all cases."
    return None


def _pattern(exercise, runs):
    """Which cases are right: the labelled special ones, those of size 1, none but the first."""
    bad = sorted((run for run in runs if not run.passed), key=size)
    said = []
    shapes = {
        (gap.kind, gap.sentence, name)
        for run in bad[:1]
        if run.wrong
        for name, gap in run.wrong.items()
    }
    for kind, sentence, name in sorted(shapes):
        if kind == "shape":
            said.append(f"{your(name)} {sentence} in case {bad[0].number}." + _broadcast(bad[0]))
    if len(bad) == len(runs):
        return said
    labels = [run.case.label for run in bad if run.case.label]
    if len(labels) == len(bad):
        said.append(
            "Right on all random cases; wrong on the special ones: "
            f"{'; '.join(dict.fromkeys(labels))}."
        )
        return said
    said.append(
        f"Right on {len(runs) - len(bad)} of {len(runs)} cases." + _only_size_one(exercise, runs)
    )
    return said


def _broadcast(run):
    for name in run.wrong:
        n, shape = run.right[name].size, run.yours[name].shape
        if run.right[name].ndim == 1 and shape == (n, n) and n > 1:
            return f" A column ({n}, 1) and a row ({n},) combine to ({n}, {n}) in NumPy."
    return ""


def _only_size_one(exercise, runs):
    for letter in sizes_of(exercise, runs[-1].case):
        ones = [run for run in runs if sizes_of(exercise, run.case).get(letter) == 1]
        others = [run for run in runs if sizes_of(exercise, run.case).get(letter, 1) != 1]
        if ones and others:
            if all(r.passed for r in ones) and not any(r.passed for r in others):
                return f" They are the cases with {letter} = 1."
            if all(r.passed for r in others) and not any(r.passed for r in ones):
                return f" The wrong ones are those with {letter} = 1."
    return ""


def ignores(exercise, answer, runs, until):
    """Arguments that can be changed without changing the reader's output,
    though the right one changes."""
    found = []
    plain = [run for run in runs if not run.case.label and _finite(run)][-2 * ENOUGH :]
    if not plain:
        return []
    for place, parameter in enumerate(exercise.parameters):
        keys = (
            [None]
            if not isinstance(plain[0].case.args[place], dict)
            else list(plain[0].case.args[place])
        )
        for key in keys:
            if _is_ignored(exercise, answer, plain, place, key, until):
                found.append(parameter if key is None else f"{parameter}['{key}']")
    return found


def _finite(run):
    return all(np.isfinite(a).all() for a in run.yours.values() if a.dtype.kind in "fc")


def _is_ignored(exercise, answer, runs, place, key, until):
    shown, rng = 0, np.random.default_rng(0)
    for run in [*runs, *runs]:  # two random changes of each
        args = fresh(run.case.args)
        moved = _moved(args[place] if key is None else args[place][key], rng)
        if moved is None:
            return False
        if key is None:
            args = args[:place] + (moved,) + args[place + 1 :]
        else:
            args[place][key] = moved
        with sandbox.quiet():
            status, right, _ = call(exercise, exercise.reference, fresh(args), run.value, until)
            if status != "ok" or same(right, run.right, 1e-9):
                continue
            status, yours, _ = call(exercise, answer, args, run.value, until)
        if status != "ok" or not same(yours, run.yours, 1e-12):
            return False
        shown += 1
    return shown >= ENOUGH


def _moved(value, rng):
    """Another value of the same kind; None for what cannot be moved safely (labels,
    sizes, functions)."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "b":
            return ~value
        if value.dtype.kind != "f":
            return None
        # unlike for each number, so that no order survives
        factor = rng.uniform(0.3, 1.7, value.shape)
        return (
            value * factor if (value >= 0).all() else value * factor + rng.normal(size=value.shape)
        )
    return value * 0.75 + 0.05 if isinstance(value, float) else None


def broken(exercise, answer, runs, until):
    """Sentences for the declared properties that the answer breaks on one of `runs`,
    time-outs apart."""
    said = []
    for item in exercise.properties:
        if any(not _holds(exercise, answer, item, run, until) for run in runs):
            said.append(f"It must hold that {item.says}; with your function it does not.")
    return said


def _holds(exercise, answer, item, run, until):
    def ask(*args):
        return structured(answer(*args), run.value, exercise.outputs)

    with sandbox.quiet():
        status, held = sandbox.run(
            lambda: bool(item.holds(ask, *fresh(run.case.args))), until - time.monotonic()
        )
    return status == "slow" or (status == "ok" and held)  # time that ran out says nothing
