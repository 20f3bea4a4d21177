"""Two-dimensional convolution, forward and backward: naive loops, and one matrix product per image.

"Convolution" here is cross-correlation, as in every deep-learning library:
the kernel is not flipped.
"""

from typing import NamedTuple

import numpy as np

from byhand.shapes import expect
from byhand.validate import as_count, as_rng

CHUNK = 1 << 20  # bytes of columns made at a time, so that they stay in the processor's cache


class ConvCache(NamedTuple):
    """What the backward pass needs."""

    params: dict
    x_pad: np.ndarray  # (N, C, H + 2 padding, W + 2 padding)
    stride: int
    padding: int


def output_size(size, kernel, stride=1, padding=0):
    """Return how many places a kernel has along one axis:
    (size + 2 padding - kernel) // stride + 1.

    Raises ValueError if the kernel is larger than the padded input.
    """
    if size + 2 * padding < kernel:
        raise ValueError(
            f"x: expected at least {kernel - 2 * padding} pixels along each axis, got {size}"
        )
    return (size + 2 * padding - kernel) // stride + 1


def conv2d_loops(params, x, stride=1, padding=0):
    """The definition, one output number at a time; arguments and returns as in `conv2d`."""
    x_pad, (OH, OW) = _prepare(params, x, stride, padding)
    W, b = params["W"], params["b"]
    O, _, kH, kW = W.shape
    y = np.empty((len(x), O, OH, OW), x.dtype)
    for n, o, i, j in np.ndindex(y.shape):
        # (C, kH, kW)
        window = x_pad[n, :, i * stride : i * stride + kH, j * stride : j * stride + kW]
        y[n, o, i, j] = np.sum(window * W[o]) + b[o]
    return y, ConvCache(params, x_pad, stride, padding)


def conv2d_loops_backward(dy, cache):
    """Each output number sends its gradient to its window and its kernel;
    as in `conv2d_backward`."""
    params, x_pad, stride, padding = cache
    W = params["W"]
    _, _, kH, kW = W.shape
    dW, dx_pad = np.zeros_like(W), np.zeros_like(x_pad)
    for n, o, i, j in np.ndindex(dy.shape):
        place = (
            n,
            slice(None),
            slice(i * stride, i * stride + kH),
            slice(j * stride, j * stride + kW),
        )
        # a shared weight collects from every place it was used
        dW[o] += dy[n, o, i, j] * x_pad[place]
        dx_pad[place] += dy[n, o, i, j] * W[o]  # a pixel collects from every window it is in
    return {"W": dW, "b": dy.sum(axis=(0, 2, 3))}, _unpad(dx_pad, padding)


def conv2d(params, x, stride=1, padding=0):
    """y[n,o,i,j] = b[o] + sum over c,u,v of x[n, c, i stride + u, j stride + v] W[o,c,u,v].

    Arguments:
        params: W (O, C, kH, kW), b (O,).
        x: (N, C, H, W).
        stride, padding: whole numbers, the same along both axes.

    Returns y (N, O, OH, OW), cache. Raises TypeError or ValueError if a shape does not fit.
    """
    x_pad, (OH, OW) = _prepare(params, x, stride, padding)
    O, _, kH, kW = params["W"].shape
    W = params["W"].reshape(O, -1)  # (O, C kH kW)
    y = np.empty((len(x), O, OH * OW), x.dtype)
    for some, columns in _chunks(x_pad, kH, kW, OH, OW):
        im2col(columns, x_pad[some], stride)
        np.matmul(W, _flat(columns), out=y[some])
        y[some] += params["b"][:, None]
    return y.reshape(len(x), O, OH, OW), ConvCache(params, x_pad, stride, padding)


def conv2d_backward(dy, cache):
    """Gradients of `conv2d`: with y = W columns,
    dW = sum over images of dy columns^T and dcolumns = W^T dy.

    Arguments: dy (N, O, OH, OW). Returns grads with W and b, dx (N, C, H, W).
    """
    params, x_pad, stride, padding = cache
    N, O, OH, OW = dy.shape
    _, _, kH, kW = params["W"].shape
    W = params["W"].reshape(O, -1)  # (O, C kH kW)
    dy = np.ascontiguousarray(dy).reshape(N, O, OH * OW)
    dW, dx_pad = np.zeros_like(W), np.zeros_like(x_pad)
    for some, columns in _chunks(x_pad, kH, kW, OH, OW):
        im2col(columns, x_pad[some], stride)  # made again: cheaper than keeping them
        dW += np.matmul(dy[some], _flat(columns).swapaxes(1, 2)).sum(axis=0)
        np.matmul(W.T, dy[some], out=_flat(columns))  # now they hold dcolumns
        col2im(dx_pad[some], columns, stride)
    grads = {"W": dW.reshape(params["W"].shape), "b": dy.sum(axis=(0, 2))}
    return grads, _unpad(dx_pad, padding)


def im2col(columns, x_pad, stride):
    """im2col: one column of C kH kW numbers for each output place; columns (n, C, kH, kW,
    OH, OW)."""
    kH, kW, OH, OW = columns.shape[2:]
    for u, v in np.ndindex(kH, kW):  # all places at once, for one pixel of the kernel
        columns[:, :, u, v] = x_pad[
            :, :, u : u + stride * OH : stride, v : v + stride * OW : stride
        ]


def col2im(dx_pad, dcolumns, stride):
    """The way back of `im2col`: a pixel is in several columns, and their gradients add up."""
    kH, kW, OH, OW = dcolumns.shape[2:]
    for u, v in np.ndindex(kH, kW):
        dx_pad[:, :, u : u + stride * OH : stride, v : v + stride * OW : stride] += dcolumns[
            :, :, u, v
        ]


def _flat(columns):
    """View columns as matrices, (n, C kH kW, OH OW)."""
    n, C, kH, kW, OH, OW = columns.shape
    return columns.reshape(n, C * kH * kW, OH * OW)


def _chunks(x_pad, kH, kW, OH, OW):
    """Yield a few images at a time, as a slice, and room for their columns:
    the same memory each time."""
    N, C = x_pad.shape[:2]
    size = max(1, CHUNK // max(C * kH * kW * OH * OW * x_pad.itemsize, 1))
    room = np.empty((min(size, N), C, kH, kW, OH, OW), x_pad.dtype)
    for start in range(0, N, size):
        yield slice(start, start + size), room[: N - start]


def _prepare(params, x, stride, padding):
    stride, padding = as_count("stride", stride), as_count("padding", padding, least=0)
    sizes = expect(params, {"W": "O C kH kW", "b": "O"}, x=(x, "N C H W"))
    out = [output_size(sizes[axis], sizes["k" + axis], stride, padding) for axis in "HW"]
    return np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding))), out


def _unpad(x_pad, padding):
    return x_pad[:, :, padding : x_pad.shape[2] - padding, padding : x_pad.shape[3] - padding]


def init_conv(rng, C, O, k, dtype=np.float64):
    """Draw W (O, C, k, k) with standard deviation sqrt(2 / (C k k)) (He et al. 2015);
    b (O,) is 0."""
    as_rng("rng", rng)
    C, O, k = as_count("C", C), as_count("O", O), as_count("k", k)
    W = (2 / (C * k * k)) ** 0.5 * rng.standard_normal((O, C, k, k))
    return {"W": W.astype(dtype), "b": np.zeros(O, dtype)}
