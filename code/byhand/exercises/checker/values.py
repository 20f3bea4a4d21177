"""Read whatever an answer returns as named arrays; write arrays so that a person can read them."""

import inspect
import numbers

import numpy as np

BIGGEST = 10**6  # elements; no exercise comes near


class Unreadable(Exception):
    """The answer's value does not fit the task; the text is a sentence for the reader."""


class Unfinished(Exception):
    """The answer still holds the stub's `...`."""


def refuse_lazy(value):
    """Raise Unreadable for a generator or coroutine, closed first:
    a dropped coroutine would warn."""
    if inspect.isgenerator(value) or inspect.iscoroutine(value):
        value.close()
        if value.__name__ == "<genexpr>":
            raise Unreadable(
                "Your answer is a generator expression, not yet computed: write [...] for (...)."
            )
        raise Unreadable(
            "Your function holds a `yield` or is `async`, so calling it computes nothing; use "
            "`return`."
        )


def leaves(value, like=None, names=()):
    """Flatten a value to {name: array}. A tuple is several outputs, a dict named ones,
    all else one array.

    `like` is the reference's value: it says which structure is wanted;
    None reads the value as it is.
    """
    refuse_lazy(value)
    like = value if like is None else like
    if isinstance(like, tuple):
        parts = _parts(value, like, names)
        found = {}
        for k, (part, wanted) in enumerate(zip(parts, like, strict=True)):
            name = names[k] if names else f"output {k + 1}"
            for inner, array in leaves(part, wanted).items():
                found[_join(name, inner)] = array
        return found
    if isinstance(like, dict):
        return _entries(value, like)
    return {"": to_array(value, like)}


def structured(value, like, names=()):
    """Like `leaves`, but keeping the reference's structure: a tuple or dict of arrays,
    or one array."""
    if isinstance(like, tuple):
        return tuple(
            structured(p, w) for p, w in zip(_parts(value, like, names), like, strict=True)
        )
    if isinstance(like, dict):
        _entries(value, like)
        return {key: to_array(value[key], like[key]) for key in like}
    return to_array(value, like)


def _join(name, inner):
    return f"{name}{inner}" if inner.startswith("[") else name


def _parts(value, like, names):
    count = len(like)
    wanted = f"{count} outputs" + (f" ({', '.join(names)})" if names else "")
    if value is ...:
        raise Unfinished
    if value is None:
        raise Unreadable(f"Your function returns None; the task asks for {wanted}.")
    if isinstance(value, dict) or not hasattr(value, "__len__") or getattr(value, "ndim", 1) == 0:
        raise Unreadable(f"Your function returns one {kind_of(value)}; the task asks for {wanted}.")
    alone = hasattr(value, "shape")
    if len(value) != count or (alone and any(np.shape(value)[1:] != np.shape(w) for w in like)):
        came = f"one array of shape {tuple(value.shape)}" if alone else f"{len(value)} outputs"
        raise Unreadable(f"Your function returns {came}; the task asks for {wanted}.")
    return list(value)


def _entries(value, like):
    if value is ...:
        raise Unfinished
    if not isinstance(value, dict):
        raise Unreadable(
            f"A dict with the keys {_listed(like)} is expected here, yours is one {kind_of(value)}."
        )
    missing = [key for key in like if key not in value]
    if missing:
        raise Unreadable(
            f"Your dict has no entry {_listed(missing)}; the task asks for {_listed(like)}."
        )
    return {f"[{key!r}]": to_array(value[key], like[key]) for key in like}


def _listed(keys):
    return ", ".join(repr(key) for key in keys)


def to_array(value, like=None):
    """A fresh NumPy array of numbers, booleans or text from an array, number,
    nested list or torch tensor."""
    if value is ...:
        raise Unfinished
    if value is None:
        raise Unreadable("Your function returns None: is the `return` missing?")
    refuse_lazy(value)
    if isinstance(value, tuple) and not isinstance(like, list | tuple) and np.ndim(like) == 0:
        raise Unreadable(
            f"Your function returns a tuple of {len(value)}; the task asks for one number."
        )
    array = _as_array(_plain(value))
    if array.dtype.kind == "U" and np.asarray(like).dtype.kind != "U":
        raise Unreadable(
            f"Your output holds text, {_nested(array)[:60]}; the task asks for numbers."
        )
    if array.dtype.kind not in "biufcU":
        raise Unreadable(
            f"Your output is a {kind_of(value)} that does not hold numbers (dtype {array.dtype})."
        )
    if array.size > BIGGEST:
        raise Unreadable(
            f"Your output has the shape {array.shape}: far more numbers than the task asks for."
        )
    return np.array(array)


def _as_array(value):
    """An array of whatever holds numbers: Fraction and Decimal too;
    rows of unlike length are refused."""
    try:
        array = np.asarray(value)
    except ValueError:
        kind = (
            f"a {kind_of(value)} of {len(value)}"
            if isinstance(value, list | tuple)
            else kind_of(value)
        )
        raise Unreadable(
            f"Your output, {kind}, is no single array: its parts differ in shape."
        ) from None
    if array.dtype.kind == "O" and all(isinstance(item, numbers.Number) for item in array.flat):
        return array.astype(float)
    return array


def _plain(value):
    """Torch tensors, also inside lists, as NumPy arrays; torch itself is never imported."""
    if hasattr(value, "detach") and hasattr(value, "cpu"):
        tensor = value.detach().cpu()
        return tensor.numpy() if "bfloat16" not in str(tensor.dtype) else tensor.float().numpy()
    if isinstance(value, list | tuple):
        if any(item is ... for item in value):
            raise Unfinished
        return [_plain(item) for item in value]
    return value


def kind_of(value):
    """Name a value's type in words a beginner knows."""
    known = {
        "ndarray": "array",
        "function": "function",
        "NoneType": "None",
        "str": "text",
        "type": "class",
    }
    name = type(value).__name__
    return known.get(name, "number" if name in ("int", "float", "float64", "bool") else name)


def number(x, digits=4):
    """One number in at most four significant digits, or as many as asked for."""
    if isinstance(x, bool | np.bool_):
        return str(bool(x))
    if isinstance(x, complex | np.complexfloating):
        return f"{x:.{digits}g}"
    if isinstance(x, str):
        return repr(str(x))
    text = f"{float(x):.{digits}g}"
    return "0" if text == "-0" else text


def brief(value, room=120):
    """A value in one short line; a large array by its shape and first numbers."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {brief(item, room)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple):
        return "(" + ", ".join(brief(item, room) for item in value) + ")"
    if value is None or isinstance(value, str | bool):
        return repr(value)
    if callable(value):
        return getattr(value, "__doc__", None) or "a function"
    if isinstance(value, np.random.Generator):
        return "a Generator"
    array = np.asarray(value)
    if array.dtype.kind not in "biufcU":
        return kind_of(value)
    text = _nested(array)
    if len(text) <= room:
        return text
    first = ", ".join(number(x) for x in array.ravel()[:4])
    return f"{array.shape} array starting {first}, ..."


def _nested(array):
    if array.ndim == 0:
        return number(array.item())
    if array.size > 200:
        return "x" * 999
    return "[" + ", ".join(_nested(item) for item in array) + "]"
