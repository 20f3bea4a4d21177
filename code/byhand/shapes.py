"""The shapes of a layer's arrays, checked in one line: `@shapes({"W":
"D_in D_out"}, x="... D_in")`."""

import functools
import inspect
import re

import numpy as np

from byhand.validate import describe, require


def expect(params=None, params_like=None, **arrays):
    """Raise unless every array has the shape that its letters say,
    and equal letters mean equal sizes.

    Arguments:
        params: a dict of parameters, or None.
        params_like: a dict from names in `params` to letters, such as {"W":
        "D H", "b": "H"}.
        arrays: name=(array, letters); letters that start with "..." allow any
            axes before the named ones, the same for all such arrays;
            "B C | N C H W" allows either; an axis "4H" is four times as long as
            the axis H of the same array.

    Returns a dict from letter to size. Raises TypeError for anything but float
    arrays of one dtype, ValueError for a shape that does not fit;
    the message names the argument, its shape and the expected one. Values are
    not looked at.
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
    """Check a layer's arrays before it runs,
    so that its body is nothing but its equations.

        @shapes({"W": "D_in D_out", "b": "D_out"}, x="... D_in")
        def linear(params, x): ...

    Arguments: as in `expect`: letters for the entries of the argument `params`
    (or a function that takes the layer's arguments by name and returns them),
    and for other arguments. The decorated layer raises what `expect` raises.
    """

    def decorate(layer):
        names = tuple(inspect.signature(layer).parameters)

        @functools.wraps(layer)
        def checked(*args, **options):
            given = dict(zip(names, args, strict=False)) | options
            arrays = {
                name: (given[name], axes)
                for name, axes in letters.items()
                if name in given
            }
            letters_of = params(**given) if callable(params) else params
            expect(given.get("params"), letters_of, **arrays)
            return layer(*args, **options)

        return checked

    return decorate


def _expect_one(name, array, letters, sizes, origin):
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
        raise TypeError(
            f"{name}: expected a NumPy array of floats, got {describe(array)}"
        )
    # mixed dtypes would silently become float64
    first = origin.setdefault("dtype", (name, array.dtype))
    if array.dtype != first[1]:
        raise TypeError(
            f"{name}: expected {first[1]} like {first[0]}, got "
            f"{describe(array)}"
        )
    free, axes = _axes(letters, array.ndim)
    front = array.ndim - len(axes)
    if free and front >= 0:
        _expect_front(name, array.shape, front, origin)
    if front < 0 or (front > 0 and not free):
        raise ValueError(
            f"{name}: expected shape {_written(free, axes)}, got {array.shape}"
        )
    shape = dict(zip(axes, array.shape[front:], strict=True))
    for letter, size in zip(axes, array.shape[front:], strict=True):
        if sizes.setdefault(letter, size) != size:
            why = f"{letter} = {sizes[letter]} from {origin[letter]}"
            raise ValueError(
                f"{name}: expected shape {_written(free, axes)} with {why}, "
                f"got {array.shape}"
            )
        origin.setdefault(letter, name)
        times, base = re.fullmatch(r"(\d*)(.*)", letter).groups()
        if times and base in shape and size != int(times) * shape[base]:
            raise ValueError(
                f"{name}: expected shape {_written(free, axes)}, got "
                f"{array.shape}"
            )


def _axes(letters, ndim):
    """Whether axes before the named ones are free, and the named ones;
    of several alternatives the one with `ndim` axes, or the first."""
    choices = [choice.split() for choice in letters.split("|")]
    axes = next(
        (choice for choice in choices if len(choice) == ndim), choices[0]
    )
    return (True, axes[1:]) if axes[:1] == ["..."] else (False, axes)


def _expect_front(name, shape, count, origin):
    """The axes before the named ones are the same for all arrays that
    have some."""
    model, wanted = origin.setdefault("...", (name, shape[:count]))
    if shape[:count] != wanted:
        last = len(shape) - count
        said = f"expected the axes {wanted} of {model} before the last {last}"
        raise ValueError(f"{name}: {said}, got {shape}")


def _written(free, axes):
    axes = ["...", *axes] if free else axes
    return f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"
