"""The shapes of a layer's arrays, checked in one line: `@shapes({"W": "D_in D_out"},
x="... D_in")`."""

import functools
import inspect

import numpy as np

from byhand.validate import describe, require


def expect(params=None, params_like=None, **arrays):
    """Raise unless every array has the shape that its letters say,
    and equal letters mean equal sizes.

    Arguments:
        params: a dict of parameters, or None.
        params_like: a dict from names in `params` to letters, such as {"W": "D H", "b": "H"}.
        arrays: name=(array, letters); letters that start with "..." allow any axes before the named
            ones, the same for all such arrays.

    Returns a dict from letter to size. Raises TypeError for anything but float arrays of one dtype,
    ValueError for a shape that does not fit; the message names the argument,
    its shape and the expected one. Values are not looked at.
    """
    sizes, origin = {}, {}
    for name, (array, letters) in arrays.items():
        _expect_one(name, array, letters, sizes, origin)
    if params_like:
        require(params, *params_like)
        for key, letters in params_like.items():
            _expect_one(f'params["{key}"]', params[key], letters, sizes, origin)
    return sizes


def shapes(params=None, **letters):
    """Check a layer's arrays before it runs, so that its body is nothing but its equations.

        @shapes({"W": "D_in D_out", "b": "D_out"}, x="... D_in")
        def linear(params, x): ...

    Arguments: as in `expect`: letters for the entries of the argument `params`,
    and for other arguments. The decorated layer raises what `expect` raises.
    """

    def decorate(layer):
        names = tuple(inspect.signature(layer).parameters)

        @functools.wraps(layer)
        def checked(*args, **options):
            given = dict(zip(names, args, strict=False)) | options
            arrays = {name: (given[name], axes) for name, axes in letters.items() if name in given}
            expect(given.get("params"), params, **arrays)
            return layer(*args, **options)

        return checked

    return decorate


def _expect_one(name, array, letters, sizes, origin):
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
        raise TypeError(f"{name}: expected a NumPy array of floats, got {describe(array)}")
    # mixed dtypes would silently become float64
    first = origin.setdefault("dtype", (name, array.dtype))
    if array.dtype != first[1]:
        raise TypeError(f"{name}: expected {first[1]} like {first[0]}, got {describe(array)}")
    axes = letters.split()
    free = axes[:1] == ["..."]
    axes = axes[free:]
    if free:  # the axes before the named ones are the same for all arrays that have some
        front = array.shape[: max(array.ndim - len(axes), 0)]
        model, wanted = origin.setdefault("...", (name, front))
        if front != wanted:
            said = f"expected the axes {wanted} of {model} before the last {len(axes)}"
            said += f", got {array.shape}"
            raise ValueError(f"{name}: {said}")
    shape = (
        array.shape[array.ndim - len(axes) :] if free and array.ndim >= len(axes) else array.shape
    )
    if len(shape) != len(axes):
        raise ValueError(f"{name}: expected shape {_written(letters)}, got {array.shape}")
    for letter, size in zip(axes, shape, strict=True):
        if sizes.setdefault(letter, size) != size:
            why = f"{letter} = {sizes[letter]} from {origin[letter]}"
            raise ValueError(
                f"{name}: expected shape {_written(letters)} with {why}, got {array.shape}"
            )
        origin.setdefault(letter, name)


def _written(letters):
    axes = letters.split()
    return f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"
