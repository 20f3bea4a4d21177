"""Clear errors for bad arguments: which one, what came, what was expected."""

import functools
import inspect

import numpy as np


def describe(value):
    """Say in a few words what `value` is: its type,
    and its shape and dtype where it has them."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    text = repr(value)
    text = text if len(text) <= 60 else text[:57] + "..."
    return f"{type(value).__name__} {text}"


def as_array(name, value, shape=None, kinds="fiu"):
    """Return `value` as a NumPy array, or say plainly why it is not one.

    Arguments:
        name: the argument's name, for the message.
        value: an array or nested list of numbers.
        shape: the expected shape, one entry per axis;
            an entry None or "B" (any letter) accepts any size (the same letter
            must mean the same size each time). None for the whole shape
            accepts every shape.
        kinds: accepted NumPy dtype kinds; the default takes floats and
        integers.

    Raises TypeError for the wrong kind of value,
    ValueError for the wrong shape or for NaN and infinity.
    """
    try:
        array = np.asarray(value)
    except (ValueError, TypeError) as error:
        raise TypeError(
            f"{name}: expected an array of numbers, got {describe(value)}"
        ) from error
    if array.dtype.kind not in kinds:
        raise TypeError(
            f"{name}: expected an array of numbers, got {describe(value)}"
        )
    if shape is not None and not _fits(array.shape, shape):
        wanted = (
            "("
            + ", ".join("any" if s is None else str(s) for s in shape)
            + ("," if len(shape) == 1 else "")
            + ")"
        )
        raise ValueError(f"{name}: expected shape {wanted}, got {array.shape}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(
            f"{name}: expected finite numbers, got NaN or infinity in an array "
            "of shape "
            f"{array.shape}"
        )
    return array


def _fits(actual, wanted):
    if len(actual) != len(wanted):
        return False
    sizes = {}
    for size, want in zip(actual, wanted, strict=True):
        expected = (
            sizes.setdefault(want, size) if isinstance(want, str) else want
        )
        if expected is not None and expected != size:
            return False
    return True


def as_count(name, value, least=1):
    """Return `value` as an int of at least `least`;
    raise TypeError or ValueError naming the argument."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(
            f"{name}: expected a whole number, got {describe(value)}"
        )
    if value < least:
        raise ValueError(f"{name}: expected at least {least}, got {value}")
    return int(value)


def as_rng(name, value):
    """Return `value` if it is a NumPy Generator;
    raise TypeError otherwise (a seed alone is not one)."""
    if not isinstance(value, np.random.Generator):
        raise TypeError(
            f"{name}: expected a generator such as np.random.default_rng(0), "
            f"got {describe(value)}"
        )
    return value


def as_choice(name, value, choices):
    """Return `value` if it is one of `choices`;
    raise ValueError naming the argument otherwise."""
    if value not in choices:
        raise ValueError(
            f"{name}: expected one of {', '.join(map(repr, choices))}, got "
            f"{describe(value)}"
        )
    return value


def one_of(*choices):
    """Return the check that a value is one of `choices`, for `checked`."""
    return functools.partial(as_choice, choices=choices)


def as_floats(name, value):
    """Return `value` as an array of floats: float arrays as they are,
    whole numbers and lists as float64."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return value
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"{name}: expected numbers, got {describe(value)}"
        ) from error
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{name}: expected numbers, got {describe(value)}")
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def as_mask(name, value):
    """Return `value` as an array of booleans;
    raise TypeError naming the argument otherwise."""
    mask = np.asarray(value)
    if mask.dtype != bool:
        raise TypeError(
            f"{name}: expected booleans, True = may look or counts, got "
            f"{describe(mask)}; "
            "see masks.as_boolean"
        )
    return mask


def as_labels(name, value, shape, classes):
    """Return whole-number labels of a given shape, all in 0 .. classes - 1,
    or raise naming the argument."""
    array = np.asarray(value)
    if array.dtype.kind not in "iu":
        raise TypeError(
            f"{name}: expected whole numbers, got {describe(value)}"
        )
    if array.shape != tuple(shape):
        raise ValueError(
            f"{name}: expected shape {tuple(shape)}, got {array.shape}"
        )
    if array.size and not (0 <= array.min() and array.max() < classes):
        raise ValueError(
            f"{name}: expected labels from 0 to {classes - 1}, got "
            f"{array.min()} to {array.max()}"
        )
    return array


def checked(rule=None, **converters):
    """Check a function's arguments before it runs,
    so that its body is nothing but its equations.

        @checked(z=as_floats)           @checked(same_shape)
        def sigmoid(z): ...             def mse(y, t): ...

    Arguments: rule: a function of the same arguments, by name, that raises,
    and returns a dict of those that it replaces, or None. converters:
    for single arguments, functions of name and value such as `as_count`; they
    come first. Defaults are not checked.
    """

    def decorate(function):
        parameters = inspect.signature(function).parameters
        needed = {
            name for name, p in parameters.items() if p.default is p.empty
        }

        @functools.wraps(function)
        def run(*args, **options):
            given = dict(zip(parameters, args, strict=False)) | options
            known = needed <= given.keys() <= parameters.keys()
            if not known or len(given) != len(args) + len(options):
                # Python itself says what is wrong
                return function(*args, **options)
            if options:
                given = {
                    name: given[name] for name in parameters if name in given
                }
            for name, convert in converters.items():
                if name in given:
                    given[name] = convert(name, given[name])
            if rule is not None:
                given |= rule(**given) or {}
            return function(**given)

        return run

    return decorate


def require(params, *names):
    """Raise TypeError unless params is a dict,
    ValueError if one of `names` is missing from it."""
    if not isinstance(params, dict):
        raise TypeError(
            f"params: expected a dict of arrays, got {describe(params)}"
        )
    missing = [name for name in names if name not in params]
    if missing:
        raise ValueError(
            f"params: expected the names {', '.join(names)}, got "
            f"{listed(params)}"
        )


def listed(params):
    """The first names of a dict of parameters, for a message."""
    names = sorted(params)
    return (
        ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
    ) or "an empty dict"
