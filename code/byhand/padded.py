"""Padded sequences of different lengths: turn each around within its length,
read its last state."""

from typing import NamedTuple

import numpy as np

from byhand.shapes import shapes
from byhand.validate import checked, describe


def lengths_fit(lengths, x=None, h=None):
    """The lengths as whole numbers, one from 1 to T for each sequence of x or
    h; or raise."""
    B, T, _ = (h if x is None else x).shape
    lengths = np.asarray(lengths)
    if lengths.dtype.kind not in "iu":
        raise TypeError(
            f"lengths: expected whole numbers, got {describe(lengths)}"
        )
    if lengths.shape != (B,):
        raise ValueError(
            f"lengths: expected shape ({B},), one length per sequence, got "
            f"{lengths.shape}"
        )
    if lengths.min() < 1 or lengths.max() > T:
        raise ValueError(
            f"lengths: expected lengths from 1 to {T}, got {lengths.min()} to "
            f"{lengths.max()}"
        )
    return {"lengths": lengths}


class PaddedCache(NamedTuple):
    """Which row of x each output row came from, and x's shape."""

    places: np.ndarray
    shape: tuple


@shapes(x="B T D")
@checked(lengths_fit)
def reverse_padded(x, lengths):
    """Turn every sequence around within its own length;
    the padding stays where it is, at the end.

    Arguments: x: (B, T, D). lengths: whole numbers (B,), 1 .. T.
    Returns out (B, T, D), cache. The way back is the same function. Raises
    TypeError or ValueError.
    """
    B, T, _ = x.shape
    t, lengths = np.arange(T), lengths[:, None]  # (T,), (B, 1)
    places = np.where(t < lengths, lengths - 1 - t, t)  # (B, T)
    return x[np.arange(B)[:, None], places], PaddedCache(places, x.shape)


def reverse_padded_backward(dout, cache):
    """Turning around twice is doing nothing,
    so dx is dout turned around. Returns dx (B, T, D)."""
    return dout[np.arange(len(dout))[:, None], cache.places]


@shapes(h="B T H")
@checked(lengths_fit)
def last_states(h, lengths):
    """Read each sequence's state at its own last place:
    out[b] = h[b, lengths[b] - 1].

    Arguments: h: (B, T, H). lengths: whole numbers (B,), 1 .. T.
    Returns out (B, H), cache. Raises TypeError or ValueError.
    """
    return h[np.arange(len(h)), lengths - 1], PaddedCache(lengths - 1, h.shape)


def last_states_backward(dout, cache):
    """Arguments: dout (B, H). Returns dh (B, T, H),
    zero except at the last places."""
    dh = np.zeros(cache.shape, dout.dtype)
    dh[np.arange(len(dout)), cache.places] = dout
    return dh
