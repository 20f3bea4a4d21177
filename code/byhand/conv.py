"""Two-dimensional convolution, forward and backward,
as one matrix product per image.

"Convolution" here is cross-correlation, as in every deep-learning library:
the kernel is not flipped.
"""

from typing import NamedTuple

import numpy as np

from byhand.shapes import shapes
from byhand.validate import as_count, as_rng, checked

CHUNK = (
    1 << 20
)  # bytes of columns made at a time, so that they stay in the processor's cache


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
            f"x: expected at least {kernel - 2 * padding} pixels along each "
            f"axis, got {size}"
        )
    return (size + 2 * padding - kernel) // stride + 1


def as_padding(name, value):
    """Return `value` as a whole number of at least 0,
    or raise naming the argument."""
    return as_count(name, value, least=0)


def pad(x, padding, value=0):
    """Add `padding` pixels of `value` on all four sides of every map."""
    if padding == 0:
        return x
    sides = ((0, 0), (0, 0), (padding, padding), (padding, padding))
    return np.pad(x, sides, constant_values=value)


def crop(x_pad, padding):
    """The way back of `pad`."""
    return x_pad[
        :,
        :,
        padding : x_pad.shape[2] - padding,
        padding : x_pad.shape[3] - padding,
    ]


@checked(stride=as_count, padding=as_padding)
@shapes({"W": "O C kH kW", "b": "O"}, x="N C H W")
def conv2d(params, x, stride=1, padding=0):
    """y[n,o,i,j] = b[o] + sum over c,u,v of x[n, c, i stride + u,
    j stride + v] W[o,c,u,v].

    Arguments:
        params: W (O, C, kH, kW), b (O,).
        x: (N, C, H, W).
        stride, padding: whole numbers, the same along both axes.

    Returns y (N, O, OH, OW), cache. Raises TypeError or ValueError if a shape
    does not fit.
    """
    O, _, kH, kW = params["W"].shape
    x_pad = pad(x, padding)
    OH = output_size(x.shape[2], kH, stride, padding)
    OW = output_size(x.shape[3], kW, stride, padding)
    W, columns = params["W"].reshape(O, -1), im2col(x_pad, kH, kW, stride)
    y = W @ columns + params["b"][:, None]  # (N, O, OH OW)
    return y.reshape(len(x), O, OH, OW), ConvCache(
        params, x_pad, stride, padding
    )


def conv2d_backward(dy, cache):
    """Gradients of `conv2d`: with y = W columns,
    dW = sum over images of dy columns^T and dcolumns = W^T dy.

    Arguments: dy (N, O, OH, OW). Returns grads with W and b, dx (N, C, H, W).
    """
    params, x_pad, stride, padding = cache
    O, _, kH, kW = params["W"].shape
    W, columns = params["W"].reshape(O, -1), im2col(x_pad, kH, kW, stride)
    dy = dy.reshape(len(dy), O, -1)  # (N, O, OH OW)
    dW = (dy @ columns.mT).sum(axis=0)  # (O, C kH kW)
    grads = {"W": dW.reshape(params["W"].shape), "b": dy.sum(axis=(0, 2))}
    dx_pad = col2im(W.T @ dy, x_pad.shape, kH, kW, stride)
    return grads, crop(dx_pad, padding)


def im2col(x_pad, kH, kW, stride, out=None):
    """The windows as columns: (N, C kH kW, OH OW),
    one column for each output place."""
    N, C, H, W = x_pad.shape
    OH, OW = output_size(H, kH, stride), output_size(W, kW, stride)
    columns = (
        np.empty((N, C, kH, kW, OH, OW), x_pad.dtype)
        if out is None
        else out[:N]
    )
    # all places at once, for one pixel of the kernel
    for u, v in np.ndindex(kH, kW):
        places = np.s_[
            :, :, u : u + stride * OH : stride, v : v + stride * OW : stride
        ]
        columns[:, :, u, v] = x_pad[places]
    return columns.reshape(N, C * kH * kW, OH * OW)


def col2im(dcolumns, shape, kH, kW, stride):
    """The way back of `im2col`: a pixel is in several columns,
    and their gradients add up."""
    N, C, H, W = shape
    OH, OW = output_size(H, kH, stride), output_size(W, kW, stride)
    dcolumns, dx_pad = (
        dcolumns.reshape(N, C, kH, kW, OH, OW),
        np.zeros(shape, dcolumns.dtype),
    )
    for u, v in np.ndindex(kH, kW):
        places = np.s_[
            :, :, u : u + stride * OH : stride, v : v + stride * OW : stride
        ]
        dx_pad[places] += dcolumns[:, :, u, v]
    return dx_pad


def chunks(x_pad, kH, kW, stride):
    """Yield a few images at a time, as a slice, and their columns:
    the same memory each time."""
    N, C, H, W = x_pad.shape
    OH, OW = output_size(H, kH, stride), output_size(W, kW, stride)
    size = max(1, CHUNK // max(C * kH * kW * OH * OW * x_pad.itemsize, 1))
    room = np.empty((min(size, N), C, kH, kW, OH, OW), x_pad.dtype)
    for start in range(0, N, size):
        some = slice(start, start + size)
        yield some, im2col(x_pad[some], kH, kW, stride, out=room)


@checked(stride=as_count, padding=as_padding)
@shapes({"W": "O C kH kW", "b": "O"}, x="N C H W")
def conv2d_by_chunks(params, x, stride=1, padding=0):
    """The fast form of `conv2d`: a few images at a time,
    so that their columns stay in the processor's cache. Same results,
    same cache."""
    O, _, kH, kW = params["W"].shape
    OH = output_size(x.shape[2], kH, stride, padding)
    OW = output_size(x.shape[3], kW, stride, padding)
    x_pad, W = pad(x, padding), params["W"].reshape(O, -1)
    y = np.empty((len(x), O, OH * OW), x.dtype)
    for some, columns in chunks(x_pad, kH, kW, stride):
        np.matmul(W, columns, out=y[some])
        y[some] += params["b"][:, None]
    return y.reshape(len(x), O, OH, OW), ConvCache(
        params, x_pad, stride, padding
    )


def conv2d_by_chunks_backward(dy, cache):
    """Arguments and returns as in `conv2d_backward`."""
    params, x_pad, stride, padding = cache
    O, _, kH, kW = params["W"].shape
    W, dy = (
        params["W"].reshape(O, -1),
        np.ascontiguousarray(dy).reshape(len(dy), O, -1),
    )
    dW, dx_pad = np.zeros_like(W), np.empty_like(x_pad)
    for some, columns in chunks(x_pad, kH, kW, stride):
        dW += (dy[some] @ columns.mT).sum(axis=0)
        # in the place of the columns
        dcolumns = np.matmul(W.T, dy[some], out=columns)
        dx_pad[some] = col2im(dcolumns, x_pad[some].shape, kH, kW, stride)
    grads = {"W": dW.reshape(params["W"].shape), "b": dy.sum(axis=(0, 2))}
    return grads, crop(dx_pad, padding)


def init_conv(rng, C, O, k, dtype=np.float64):
    """Draw W (O, C, k, k) with standard deviation sqrt(2 / (C k k)) (He
    et al. 2015); b (O,) is 0."""
    as_rng("rng", rng)
    C, O, k = as_count("C", C), as_count("O", O), as_count("k", k)
    W = (2 / (C * k * k)) ** 0.5 * rng.standard_normal((O, C, k, k))
    return {"W": W.astype(dtype), "b": np.zeros(O, dtype)}
