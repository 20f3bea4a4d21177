"""Facts about a wrong answer that hold on every case: transposed, negated,
a constant ratio. Never a guess.

A probe turns the right output into a wrong one. It is reported only if
that reproduces the reader's output on all cases and differs from the right one on three or more.
"""

import itertools

import numpy as np

from byhand.exercises.checker.compare import ENOUGH, allowed, difference
from byhand.exercises.checker.sandbox import UNWRITTEN


def _swapped_axes(a):
    return np.swapaxes(a, -1, -2) if a.ndim >= 2 else a


def _number(a):
    return a.dtype.kind in "iuf"


PROBES = (
    (
        "negated",
        "the right one with the sign changed",
        lambda a: -a if _number(a) else ~a if a.dtype.kind == "b" else a,
    ),
    ("transposed", "the transpose of the right one", _swapped_axes),
    (
        "truncated",
        "the right one with the digits after the point cut off",
        lambda a: np.trunc(a) if _number(a) else a,
    ),
    (
        "rounded",
        "the right one rounded to whole numbers",
        lambda a: np.round(a) if _number(a) else a,
    ),
    *(
        (
            "rounded",
            f"the right one rounded to {n} digits after the point",
            lambda a, n=n: np.round(a, n) if a.dtype.kind == "f" else a,
        )
        for n in range(2, 7)
    ),
    ("squeezed", "the right one without its axes of length 1", np.squeeze),
    ("extra_axis", "the right one with one more axis at the end", lambda a: a[..., None]),
    ("extra_axis", "the right one with one more axis in front", lambda a: a[None]),
    (
        "axes_exchanged",
        "the right one with its first two axes exchanged",
        lambda a: a.swapaxes(0, 1) if a.ndim > 2 else a,
    ),
    ("reversed", "the right one in reverse order (axis 0)", lambda a: a[::-1] if a.ndim else a),
    ("flattened", "the right one, flattened", lambda a: a.ravel()),
    (
        "off_by_one",
        "the right one without its last entry (axis 0)",
        lambda a: a[:-1] if a.ndim else a,
    ),
    (
        "off_by_one",
        "the right one without its first entry (axis 0)",
        lambda a: a[1:] if a.ndim else a,
    ),
    (
        "first_only",
        "the first entry of the right one alone (axis 0)",
        lambda a: a[0] if a.ndim and len(a) else a,
    ),
    (
        "repeated",
        "the first row of the right one, repeated",
        lambda a: a * 0 + a[:1] if a.ndim and len(a) and _number(a) else a,
    ),
    (
        "summed",
        "the sum of the right one over axis 0",
        lambda a: a.sum(axis=0) if a.ndim and _number(a) else a,
    ),
    ("absolute", "the right one without its signs", lambda a: np.abs(a) if _number(a) else a),
)


def transformed(runs, name):
    """(id, sentence) of the first probe that explains output `name` on every case, or None."""
    for id, sentence, change in PROBES:
        if explains(runs, name, lambda run, change=change: change(run.right[name])):
            return id, sentence
    return None


def trivial(exercise, runs, name):
    """(id, phrase) if output `name` is wrong and no computed thing: one number, NaN,
    an argument; or None."""
    bad = [run for run in runs if name in run.wrong]
    if not bad:
        return None
    held = [run.yours[name] for run in bad]
    if all(
        a.dtype.kind == "f" and (np.abs(a) == np.asarray(UNWRITTEN, a.dtype)).any() for a in held
    ):
        return "unwritten", "memory from np.empty that nothing has written, in part or whole"
    if all(a.size and a.dtype.kind in "fc" and np.isnan(a).all() for a in held):
        return "nan", "NaN everywhere" if any(a.size > 1 for a in held) else "NaN"
    numbers = np.concatenate([run.yours[name].ravel() for run in runs])
    if len(bad) >= ENOUGH and numbers.size >= 2 * ENOUGH and (numbers == numbers[0]).all():
        return "constant_output", f"{numbers[0]:.4g} everywhere"
    argument = handed_back(runs, name, exercise.parameters)
    if argument:
        return "unchanged_input", f"the argument `{argument}`, unchanged"
    other = exchanged(runs, name)
    return ("swapped_outputs", f"what {other} should be") if other else None


def explains(runs, name, candidate):
    """True if `candidate(run)` is the reader's output `name` on all cases,
    and wrong on enough of them."""
    shown = 0
    for run in runs:
        made, yours, right = np.asarray(candidate(run)), run.yours[name], run.right[name]
        if made.dtype.kind != yours.dtype.kind and "b" not in (made.dtype.kind, yours.dtype.kind):
            made = (
                made.astype(yours.dtype)
                if made.dtype.kind in "iu" and yours.dtype.kind == "f"
                else made
            )
        if difference(made, yours, allowed(yours, 1e-7), like_nan=True) is not None:
            return False
        shown += difference(made, right, 1e-7) is not None
    return shown >= min(ENOUGH, len(runs))


def exchanged(runs, name):
    """Name of another output that the reader returned in this one's place, or None."""
    for other in runs[0].right:
        if other != name and explains(runs, name, lambda run, other=other: run.right[other]):
            return other
    return None


def handed_back(runs, name, parameters):
    """Name of an argument that the reader returned unchanged, or None."""
    for place, parameter in enumerate(parameters):
        if not isinstance(runs[-1].case.args[place], np.ndarray | float):
            continue
        if explains(runs, name, lambda run, place=place: run.case.args[place]):
            return parameter
    return None


def ratio(runs, name, sizes):
    """A phrase if yours / right is one number in each case and a simple
    form of the sizes in all, else ""."""
    found = [_constant_ratio(run.right[name], run.yours[name]) for run in runs]
    known = [
        (value, size)
        for value, size in zip(found, sizes, strict=True)
        if value is not None and value == value
    ]
    if len(known) < ENOUGH or any(value is None for value in found):
        return ""
    if all(abs(value - 1) < 1e-4 for value, _ in known):
        return ""
    if len({round(value, 6) for value, _ in known}) == 1:
        return f"the right one times {known[0][0]:.4g}"
    for text, form, letters in _forms(known[0][1]):
        fits = all(abs(value / form(size) - 1) < 1e-6 for value, size in known)
        telling = [(value, size) for value, size in known if abs(form(size) - 1) > 1e-6]
        if fits and len(telling) >= ENOUGH:
            value, size = telling[0]
            where = ", ".join(f"{letter}={size[letter]}" for letter in letters)
            return f"the right one times {text}" + (
                f" ({value:.4g} where {where})" if where else ""
            )
    return ""


def step_ratio(runs, name, parameters):
    """For an output that updates the argument of the same name: yours / right of the changes,
    if constant."""
    if name not in parameters:
        return 0.0
    old = [np.asarray(run.case.args[parameters.index(name)]) for run in runs]
    pairs = list(zip(runs, old, strict=True))
    if any(
        r.yours[name].shape != a.shape or r.yours[name].dtype.kind not in "if" for r, a in pairs
    ):
        return 0.0
    found = [_constant_ratio(r.right[name] - a, r.yours[name] - a) for r, a in pairs]
    known = {round(value, 6) for value in found if value is not None and value == value}
    enough = sum(value == value for value in found if value is not None) >= ENOUGH
    return known.pop() if len(known) == 1 and enough and None not in found else 0.0


def _constant_ratio(right, yours):
    """The constant c with yours = c * right; NaN where right is 0 throughout;
    None if there is none."""
    if right.shape != yours.shape or not (_number(right) and _number(yours)) or not right.size:
        return None
    if not (np.isfinite(right).all() and np.isfinite(yours).all()):
        return None
    place = np.unravel_index(np.argmax(np.abs(right)), right.shape)
    if right[place] == 0:
        return float("nan") if not yours.any() else None
    value = float(yours[place] / right[place])
    return (
        value if np.allclose(yours, value * right, rtol=1e-6, atol=1e-12) and value != 0 else None
    )


def _forms(size):
    """(text, function of the sizes, letters it uses) for the simple forms
    that a forgotten factor takes."""
    for n in size:
        yield n, lambda s, n=n: s[n], (n,)
        yield f"1/{n}", lambda s, n=n: 1 / s[n], (n,)
        yield f"sqrt({n})", lambda s, n=n: np.sqrt(s[n]), (n,)
        yield f"1/sqrt({n})", lambda s, n=n: 1 / np.sqrt(s[n]), (n,)
        yield f"-1/{n}", lambda s, n=n: -1 / s[n], (n,)
        yield f"2/{n}", lambda s, n=n: 2 / s[n], (n,)
        yield f"{n}/2", lambda s, n=n: s[n] / 2, (n,)
        yield f"{n}/({n}-1)", lambda s, n=n: s[n] / max(s[n] - 1, 1e-9), (n,)
    for n, m in itertools.combinations(size, 2):
        yield f"1/({n} {m})", lambda s, n=n, m=m: 1 / (s[n] * s[m]), (n, m)
        yield f"{n} {m}", lambda s, n=n, m=m: s[n] * s[m], (n, m)


def offset(runs, name):
    """The constant that was added to the right output, the same on every case;
    None if there is none."""
    gaps = []
    for run in runs:
        right, yours = run.right[name], run.yours[name]
        if right.shape != yours.shape or not (_number(right) and _number(yours)) or not right.size:
            return None
        gaps.append(np.asarray(yours - right, dtype=float).ravel())
    gaps = np.concatenate(gaps)
    steady = np.isfinite(gaps).all() and np.ptp(gaps) < 1e-9 and abs(gaps[0]) > 1e-6
    return float(gaps[0]) if steady and len(runs) >= ENOUGH else None


def right_but_boolean(runs, name):
    """True if the answer is right but for its dtype: booleans where numbers are wanted."""
    return all(
        _as(float, run, name) for run in runs if run.yours[name].dtype.kind == "b"
    ) and _mixed(runs, name, "b")


def right_but_numbers(runs, name):
    """True if the answer is right but for its dtype: 0 and 1 where booleans are wanted."""
    return all(_as(bool, run, name) for run in runs) and all(
        run.right[name].dtype.kind == "b" for run in runs
    )


def _as(kind, run, name):
    yours = run.yours[name]
    kept = kind is not bool or (yours.dtype.kind in "iuf" and np.isin(yours, (0, 1)).all())
    return kept and difference(run.right[name].astype(kind), yours.astype(kind)) is None


def _mixed(runs, name, kind):
    return all(
        run.yours[name].dtype.kind == kind and run.right[name].dtype.kind in "iuf" for run in runs
    )
