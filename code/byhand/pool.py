"""Max and average pooling, forward and backward: naive loops, and whole shifted images at once."""

from typing import NamedTuple

import numpy as np

from byhand.conv import output_size
from byhand.shapes import expect
from byhand.validate import as_count


class PoolCache(NamedTuple):
    """What the backward pass needs: the padded input, the output, and the geometry."""

    x_pad: np.ndarray  # (N, C, H + 2 padding, W + 2 padding)
    y: np.ndarray  # (N, C, OH, OW)
    k: int
    stride: int
    padding: int


def max_pool_loops(x, k=2, stride=None, padding=0):
    """The definition, one window at a time; arguments and returns as in `max_pool`."""
    x_pad, y, stride = _prepare(x, k, stride, padding, -np.inf)
    for n, c, i, j in np.ndindex(y.shape):
        y[n, c, i, j] = x_pad[n, c, i * stride : i * stride + k, j * stride : j * stride + k].max()
    return y, PoolCache(x_pad, y, k, stride, padding)


def max_pool_loops_backward(dy, cache):
    """The first largest pixel of each window gets the gradient; as in `max_pool_backward`."""
    x_pad, _, k, stride, padding = cache
    dx_pad = np.zeros_like(x_pad)
    for n, c, i, j in np.ndindex(dy.shape):
        window = x_pad[n, c, i * stride : i * stride + k, j * stride : j * stride + k]
        u, v = divmod(int(window.argmax()), k)
        dx_pad[n, c, i * stride + u, j * stride + v] += dy[n, c, i, j]
    return _unpad(dx_pad, padding)


def max_pool(x, k=2, stride=None, padding=0):
    """The largest pixel of every k x k window.

    Arguments:
        x: (N, C, H, W).
        k: window size; stride: step between windows, default k.
        padding: pixels of -infinity around the image (0 would win over negative pixels);
        at most k // 2.

    Returns y (N, C, OH, OW), cache. Raises TypeError or ValueError if a shape does not fit.
    """
    x_pad, y, stride = _prepare(x, k, stride, padding, -np.inf)
    seen = list(views(x_pad, y.shape, k, stride))
    np.copyto(y, seen[0])
    for view in seen[1:]:
        np.maximum(y, view, out=y)
    return y, PoolCache(x_pad, y, k, stride, padding)


def max_pool_backward(dy, cache):
    """Gradient of `max_pool`: to the first largest pixel of each window in reading order,
    as torch does.

    Arguments: dy (N, C, OH, OW). Returns dx (N, C, H, W).
    """
    x_pad, y, k, stride, padding = cache
    dx_pad = np.zeros_like(x_pad)
    open_ = np.ones(y.shape, bool)  # windows whose largest pixel has not been met yet
    pairs = zip(views(x_pad, y.shape, k, stride), views(dx_pad, y.shape, k, stride), strict=True)
    for view, dview in pairs:
        first = (view == y) & open_
        dview += dy * first
        open_ &= ~first
    return _unpad(dx_pad, padding)


def average_pool_loops(x, k=2, stride=None):
    """The definition, one window at a time; arguments and returns as in `average_pool`."""
    x_pad, y, stride = _prepare(x, k, stride, 0, 0)
    for n, c, i, j in np.ndindex(y.shape):
        y[n, c, i, j] = x_pad[n, c, i * stride : i * stride + k, j * stride : j * stride + k].mean()
    return y, PoolCache(x_pad, y, k, stride, 0)


def average_pool_loops_backward(dy, cache):
    """Every pixel of a window gets dy / k^2; as in `average_pool_backward`."""
    x_pad, _, k, stride, _ = cache
    dx = np.zeros_like(x_pad)
    for n, c, i, j in np.ndindex(dy.shape):
        dx[n, c, i * stride : i * stride + k, j * stride : j * stride + k] += dy[n, c, i, j] / k**2
    return dx


def average_pool(x, k=2, stride=None):
    """The mean of every k x k window.

    Arguments: x: (N, C, H, W). k: window size; stride: step between windows, default k.
    Returns y (N, C, OH, OW), cache. Raises TypeError or ValueError if a shape does not fit.
    """
    x_pad, y, stride = _prepare(x, k, stride, 0, 0)
    np.copyto(y, sum(views(x_pad, y.shape, k, stride)) / k**2)
    return y, PoolCache(x_pad, y, k, stride, 0)


def average_pool_backward(dy, cache):
    """Gradient of `average_pool`: dy / k^2 to every pixel of the window. Returns dx (N, C,
    H, W)."""
    x_pad, y, k, stride, _ = cache
    dx, share = np.zeros_like(x_pad), dy / k**2
    for dview in views(dx, y.shape, k, stride):
        dview += share
    return dx


def views(x_pad, shape, k, stride):
    """For each of the k x k places in a window: that pixel of all windows at once, (N, C,
    OH, OW)."""
    OH, OW = shape[2:]
    for u, v in np.ndindex(k, k):
        yield x_pad[:, :, u : u + stride * OH : stride, v : v + stride * OW : stride]


def _prepare(x, k, stride, padding, fill):
    k, padding = as_count("k", k), as_count("padding", padding, least=0)
    stride = k if stride is None else as_count("stride", stride)
    if 2 * padding > k:
        raise ValueError(f"padding: expected at most half the window, {k // 2}, got {padding}")
    N, C, H, W = expect(x=(x, "N C H W")).values()
    y = np.empty(
        (N, C, output_size(H, k, stride, padding), output_size(W, k, stride, padding)), x.dtype
    )
    if padding:
        x = np.pad(
            x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), constant_values=fill
        )
    return x, y, stride


def _unpad(x_pad, padding):
    return x_pad[:, :, padding : x_pad.shape[2] - padding, padding : x_pad.shape[3] - padding]
