"""Parameters are flat dicts with dotted names such as "encoder.0.W_q";
these functions take parts of them."""

from byhand.validate import describe, listed


def take(params, prefix):
    """Return the part of `params` whose names begin with `prefix` and a dot,
    without that beginning.

    Raises TypeError unless params is a dict, ValueError if no name begins so.
    """
    if not isinstance(params, dict):
        raise TypeError(
            f"params: expected a dict of arrays, got {describe(params)}"
        )
    part = {
        name[len(prefix) + 1 :]: value
        for name, value in params.items()
        if name.startswith(prefix + ".")
    }
    if not part:
        raise ValueError(
            f"params: expected names that begin with {prefix + '.'!r}, got "
            f"{listed(params)}"
        )
    return part


def put(prefix, part):
    """Return `part` with `prefix` and a dot before every name:
    the way back from `take`."""
    return {f"{prefix}.{name}": value for name, value in part.items()}


def depth(params):
    """Return how many layers the parameters "0.W", "0.b", "1.W", ... belong to.

    Raises TypeError unless params is a dict.
    """
    if not isinstance(params, dict):
        raise TypeError(
            f"params: expected a dict of arrays, got {describe(params)}"
        )
    return len({name.partition(".")[0] for name in params})


def count(params):
    """Return how many numbers the parameters hold in all."""
    return sum(value.size for value in params.values())
