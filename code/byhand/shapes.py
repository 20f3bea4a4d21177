"""Check the shapes of a layer's arrays in one line, cheaply: `expect(x=(x, "B T D"), h_0=(h_0, "B H"))`."""

import numpy as np

from byhand.params import require
from byhand.validate import describe


def expect(params=None, params_like=None, **arrays):
    """Raise unless every array has the shape that its letters say, and equal letters mean equal sizes.

    Arguments:
        params: a dict of parameters, or None.
        params_like: a dict from names in `params` to letters, such as {"W": "D H", "b": "H"}.
        arrays: name=(array, letters); letters that start with "..." allow any axes before the named ones.

    Returns a dict from letter to size. Raises TypeError for anything but float arrays of one dtype,
    ValueError for a shape that does not fit; the message names the argument, its shape and the expected
    one. Values are not looked at.
    """
    sizes, origin = {}, {}
    for name, (array, letters) in arrays.items():
        _expect_one(name, array, letters, sizes, origin)
    if params_like:
        require(params, *params_like)
        for key, letters in params_like.items():
            _expect_one(f'params["{key}"]', params[key], letters, sizes, origin)
    return sizes


def _expect_one(name, array, letters, sizes, origin):
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
        raise TypeError(f"{name}: expected a NumPy array of floats, got {describe(array)}")
    first = origin.setdefault("dtype", (name, array.dtype))  # mixed dtypes would silently become float64
    if array.dtype != first[1]:
        raise TypeError(f"{name}: expected {first[1]} like {first[0]}, got {describe(array)}")
    axes = letters.split()
    free = axes[:1] == ["..."]
    axes = axes[free:]
    shape = array.shape[array.ndim - len(axes) :] if free and array.ndim >= len(axes) else array.shape
    if len(shape) != len(axes):
        raise ValueError(f"{name}: expected shape {_written(letters)}, got {array.shape}")
    for letter, size in zip(axes, shape, strict=True):
        if sizes.setdefault(letter, size) != size:
            why = f"{letter} = {sizes[letter]} from {origin[letter]}"
            raise ValueError(f"{name}: expected shape {_written(letters)} with {why}, got {array.shape}")
        origin.setdefault(letter, name)


def _written(letters):
    axes = letters.split()
    return f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"


def as_floats(name, value):
    """Return `value` as an array of floats: float arrays as they are, whole numbers and lists as float64."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return value
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name}: expected numbers, got {describe(value)}") from error
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{name}: expected numbers, got {describe(value)}")
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def as_labels(name, value, shape, classes):
    """Return whole-number labels of a given shape, all in 0 .. classes - 1, or raise naming the argument."""
    array = np.asarray(value)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name}: expected whole numbers, got {describe(value)}")
    if array.shape != tuple(shape):
        raise ValueError(f"{name}: expected shape {tuple(shape)}, got {array.shape}")
    if array.size and not (0 <= array.min() and array.max() < classes):
        raise ValueError(
            f"{name}: expected labels from 0 to {classes - 1}, got {array.min()} to {array.max()}"
        )
    return array
