"""Max and average pooling, forward and backward,
on whole shifted images at once."""

import functools
from typing import NamedTuple

import numpy as np

from byhand.conv import as_padding, crop, output_size, pad
from byhand.shapes import shapes
from byhand.validate import as_count, checked


class PoolCache(NamedTuple):
    """What the backward pass needs: the padded input, the output,
    and the geometry."""

    x_pad: np.ndarray  # (N, C, H + 2 padding, W + 2 padding)
    y: np.ndarray  # (N, C, OH, OW)
    k: int
    stride: int
    padding: int


def window_fits(x, k=2, stride=None, padding=0):
    """The stride, k if none is given; raise for windows that do not fit."""
    k, padding = as_count("k", k), as_padding("padding", padding)
    stride = k if stride is None else as_count("stride", stride)
    if 2 * padding > k:
        raise ValueError(
            f"padding: expected at most half the window, {k // 2}, got "
            f"{padding}"
        )
    return {"k": k, "stride": stride}


@checked(window_fits)
@shapes(x="N C H W")
def max_pool(x, k=2, stride=None, padding=0):
    """The largest pixel of every k x k window.

    Arguments:
        x: (N, C, H, W).
        k: window size; stride: step between windows, default k.
        padding: pixels of -infinity around the image (0 would win over
        negative pixels); at most k // 2.

    Returns y (N, C, OH, OW), cache. Raises TypeError or ValueError if a shape
    does not fit.
    """
    x_pad = pad(x, padding, -np.inf)
    y = functools.reduce(np.maximum, views(x_pad, k, stride))
    return y, PoolCache(x_pad, y, k, stride, padding)


def max_pool_backward(dy, cache):
    """Gradient of `max_pool`: to the first largest pixel of each window in
    reading order, as torch does.

    Arguments: dy (N, C, OH, OW). Returns dx (N, C, H, W).
    """
    x_pad, y, k, stride, padding = cache
    dx_pad = np.zeros_like(x_pad)
    # windows whose largest pixel has not been met yet
    waiting = np.ones(y.shape, bool)
    pairs = zip(views(x_pad, k, stride), views(dx_pad, k, stride), strict=True)
    for view, dview in pairs:
        first = (view == y) & waiting
        dview += dy * first
        waiting &= ~first
    return crop(dx_pad, padding)


@checked(window_fits)
@shapes(x="N C H W")
def average_pool(x, k=2, stride=None):
    """The mean of every k x k window.

    Arguments: x: (N, C, H, W). k: window size; stride:
    step between windows, default k. Returns y (N, C, OH, OW), cache. Raises
    TypeError or ValueError if a shape does not fit.
    """
    y = sum(views(x, k, stride)) / k**2
    return y, PoolCache(x, y, k, stride, 0)


def average_pool_backward(dy, cache):
    """Gradient of `average_pool`: dy / k^2 to every pixel of the window.
    Returns dx (N, C, H, W)."""
    x, _, k, stride, _ = cache
    dx, each = np.zeros_like(x), dy / k**2
    for dview in views(dx, k, stride):
        dview += each
    return dx


def views(x_pad, k, stride):
    """For each of the k x k places in a window:
    that pixel of all windows at once, (N, C, OH, OW)."""
    OH, OW = (output_size(size, k, stride) for size in x_pad.shape[2:])
    for u, v in np.ndindex(k, k):
        yield x_pad[
            :, :, u : u + stride * OH : stride, v : v + stride * OW : stride
        ]
