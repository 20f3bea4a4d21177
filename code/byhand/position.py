"""Where a token stands: sinusoids, learned positions, rotary positions."""

from typing import NamedTuple

import numpy as np

from byhand.shapes import shapes
from byhand.validate import as_count, as_rng, checked


def as_even(name, value):
    """Return `value` as an even whole number of at least 2,
    or raise naming the argument."""
    if as_count(name, value, least=2) % 2:
        raise ValueError(
            f"{name}: expected an even width, since sines and cosines come in "
            f"pairs, got {value}"
        )
    return int(value)


@checked(T=as_count, D=as_even)
def sinusoids(T, D, dtype=np.float64, base=10000):
    """Position codes: P[t, 2i] = sin(t / base^(2i/D)) and P[t,
    2i+1] = cos(t / base^(2i/D)), t = 0, 1, ...

    Returns P (T, D), sines and cosines interleaved. Raises ValueError for
    an odd D.
    """
    # (T, D/2)
    angles = np.arange(T)[:, None] * float(base) ** (-np.arange(0, D, 2) / D)
    P = np.empty((T, D))
    P[:, 0::2], P[:, 1::2] = np.sin(angles), np.cos(angles)
    return P.astype(dtype)


class RotaryCache(NamedTuple):
    """Cosine and sine of every angle (T, K/2)."""

    cos: np.ndarray
    sin: np.ndarray


def even_width(x, **_):
    """Raise unless the last axis of x has an even width."""
    as_even("x", x.shape[-1])


@shapes(x="... T K")
@checked(even_width)
def rotary(x, base=10000):
    """Turn the pair (x_i, x_(i + K/2)) at place t by the angle
    t base^(-2i/K) (Su et al. 2021).

    Arguments: x: queries or keys (..., T, K), K even. After it the
    product of a query and a key depends on the places by their distance
    only. Returns out like x, cache. Raises TypeError or ValueError.
    """
    T, K = x.shape[-2:]
    angle = np.arange(T)[:, None] * float(base) ** (-np.arange(0, K, 2) / K)
    cos, sin = np.cos(angle).astype(x.dtype), np.sin(angle).astype(x.dtype)
    return turned(x, cos, sin), RotaryCache(cos, sin)


def rotary_backward(dout, cache):
    """The same pairs, turned back. Arguments: dout (..., T, K).
    Returns dx like dout."""
    return turned(dout, cache.cos, -cache.sin)


def turned(x, cos, sin):
    """Both halves of the last axis as the coordinates of points, turned."""
    first, second = np.split(x, 2, axis=-1)
    both = first * cos - second * sin, first * sin + second * cos
    return np.concatenate(both, axis=-1)


class PositionCache(NamedTuple):
    """The table of positions and how many were used."""

    P: np.ndarray


def enough_places(params, x):
    """Raise if the sequences are longer than the table of positions."""
    T_max, T = len(params["P"]), x.shape[1]
    if T > T_max:
        raise ValueError(
            f"x: expected at most {T_max} places, as many as params has, got "
            f"{T}"
        )


@shapes({"P": "T_max D"}, x="B T D")
@checked(enough_places)
def learned_positions(params, x):
    """Add a learned vector for each place: out = x + P[:T],
    the same for every sequence of the batch.

    Arguments: params: P (T_max, D). x: (B, T, D), T <= T_max.
    Returns out (B, T, D), cache. Raises TypeError or ValueError if a
    shape does not fit.
    """
    return x + params["P"][: x.shape[1]], PositionCache(params["P"])


def learned_positions_backward(dout, cache):
    """Arguments: dout (B, T, D). Returns grads with P (T_max, D),
    zero beyond T, and dx (B, T, D)."""
    dP = np.zeros_like(cache.P)
    dP[: dout.shape[1]] = dout.sum(axis=0)
    return {"P": dP}, dout


def init_positions(rng, T_max, D, dtype=np.float64):
    """Draw the table P (T_max, D), standard deviation 0.02 as in BERT and
    GPT-2."""
    as_rng("rng", rng)
    T_max, D = as_count("T_max", T_max), as_count("D", D)
    return {"P": (0.02 * rng.standard_normal((T_max, D))).astype(dtype)}
