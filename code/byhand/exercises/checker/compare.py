"""The one comparator: shape, then kind of dtype, then finiteness,
then values. It never broadcasts."""

from typing import NamedTuple

import numpy as np

KINDS = {
    "b": "booleans (True/False)",
    "i": "numbers",
    "u": "numbers",
    "f": "numbers",
    "c": "complex",
    "U": "text",
}
ENOUGH = 3  # cases on which a mistake must show
NAMING = 1e-7  # relative: how near a mistake's formula must come to the answer
SINGLE = 1e-4  # relative tolerance for float32 arithmetic, which is a right way to answer


class Difference(NamedTuple):
    """How one output differs from the right one."""

    kind: str  # "shape", "dtype", "finite" or "value"
    sentence: str
    error: float = float("nan")  # the largest, where it is a matter of values
    index: tuple = ()


def difference(right, yours, tolerance=1e-7, like_nan=False):
    """Return None if `yours` equals `right`, else a Difference. `like_nan` lets NaN equal NaN."""
    if yours.shape != right.shape:
        return Difference("shape", f"has shape {yours.shape}, expected {right.shape}")
    if KINDS[yours.dtype.kind] != KINDS[right.dtype.kind]:
        return Difference(
            "dtype", f"holds {KINDS[yours.dtype.kind]}, expected {KINDS[right.dtype.kind]}"
        )
    if right.dtype.kind in "bU":
        return _unequal(right, yours)
    finite = np.isfinite(right)
    odd = np.isfinite(yours) != finite
    same_odd = (
        (yours == right) | (np.isnan(yours) & np.isnan(right)) if like_nan else yours == right
    )
    odd |= ~finite & ~same_odd
    if odd.any():
        index = first(odd)
        return Difference(
            "finite",
            f"is {yours[index]} at index {show(index)}, expected {right[index]:.4g}",
            index=index,
        )
    if right.size == 0:
        return None
    wider = complex if right.dtype.kind == "c" else float
    # what may stand where 0 is right
    nothing = 1e-5 if tolerance >= SINGLE else max(1e-11, 1e-4 * tolerance)
    right, yours = (
        np.where(finite, right, 0).astype(wider),
        np.where(finite, yours, 0).astype(wider),
    )
    return _far(right, yours, tolerance, nothing)


def _far(right, yours, tolerance, nothing):
    scale = max(1.0, float(np.max(np.abs(right))))
    gap = np.abs(yours - right)
    wide = gap > tolerance * np.abs(right) + nothing * scale
    if not wide.any():
        return None
    index = np.unravel_index(int(np.argmax(gap)), gap.shape)
    error = float(gap[index])
    return Difference(
        "value",
        f"is off by {error:.3g} at index {show(index)}",
        error,
        tuple(int(i) for i in index),
    )


def _unequal(right, yours):
    unequal = right != yours
    if not unequal.any():
        return None
    index = first(unequal)
    share = f"{int(unequal.sum())} of {unequal.size}"
    return Difference(
        "value", f"differs in {share} entries, first at index {show(index)}", 1.0, index
    )


def allowed(array, tolerance):
    """The tolerance for an output: float32 arithmetic is a right answer, with 7 digits."""
    single = array.dtype.kind in "fc" and array.dtype.itemsize == (
        4 if array.dtype.kind == "f" else 8
    )
    return max(tolerance, SINGLE) if single else tolerance


def unlike(right, yours, tolerance=1e-7):
    """Compare two {name: array}; return {name: Difference} for the outputs that differ."""
    found = {
        name: difference(right[name], yours[name], allowed(yours[name], tolerance))
        for name in right
    }
    return {name: gap for name, gap in found.items() if gap is not None}


def same(one, other, tolerance=1e-7):
    """True if two {name: array} agree, NaN in the same places included;
    the kind of dtype is left aside."""
    if one.keys() != other.keys():
        return False
    for name in one:
        a, b = one[name], other[name]
        if a.dtype.kind == "b" and b.dtype.kind in "iuf":
            a = a.astype(float)
        elif b.dtype.kind == "b" and a.dtype.kind in "iuf":
            b = b.astype(float)
        if (
            difference(a, b, max(allowed(a, tolerance), allowed(b, tolerance)), like_nan=True)
            is not None
        ):
            return False
    return True


def first(flags):
    """Index of the first True."""
    return tuple(int(i) for i in np.argwhere(flags)[0])


def show(index):
    """An index as a reader writes it: [0, 2]; () is the only number of a scalar."""
    return "[" + ", ".join(str(int(i)) for i in index) + "]"
