"""Answers of chapter 7: convolutions, the sizes of their outputs, transposed convolution."""

import math

import numpy as np

from attacks.table import planted, right, wrong


def slide(x, w, b, stride, pad, flip=False, start=None, take=np.sum):
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    w = w[:, :, ::-1, ::-1] if flip else w
    y = np.zeros((N, F, (H + 2 * pad - KH) // stride + 1, (W + 2 * pad - KW) // stride + 1))
    for n, f, i, j in np.ndindex(y.shape):
        r, c = (i * stride, j * stride) if start is None else start(i, j)
        y[n, f, i, j] = take(x[n, :, r : r + KH, c : c + KW] * w[f]) + b[f]
    return y


@wrong("cnn.conv2d", "convention", "flip|turned|cross-corr")
def kernel_flipped(x, w, b, stride, pad):
    return slide(x, w, b, stride, pad, flip=True)


@wrong("cnn.conv2d", "forgotten", r"bias|\bb\b")
def conv_without_bias(x, w, b, stride, pad):
    return slide(x, w, 0 * b, stride, pad)


@wrong("cnn.conv2d", "forgotten", "stride|step")
def stride_only_in_size(x, w, b, stride, pad):
    return slide(x, w, b, stride, pad, start=lambda i, j: (i, j))


@wrong("cnn.conv2d", "misread", "mean|average|sum|divi")
def conv_mean(x, w, b, stride, pad):
    return slide(x, w, b, stride, pad, take=np.mean)


@wrong("cnn.conv2d", "forgotten", "pad|zeros")
def padding_on_one_side(x, w, b, stride, pad):
    x = np.pad(x, ((0, 0), (0, 0), (2 * pad, 0), (2 * pad, 0)))
    return slide(x, w, b, stride, 0)


@wrong("cnn.conv2d", "misread", "channel")
def first_channel_only(x, w, b, stride, pad):
    return slide(x[:, :1], w[:, :1], b, stride, pad)


@wrong("cnn.conv2d", "transpose", "transpos|row|column|height|width|exchang|H and W|axes")
def rows_and_columns_exchanged(x, w, b, stride, pad):
    return slide(x.swapaxes(2, 3), w, b, stride, pad)


@wrong("cnn.conv2d", "misread", "edge|pad|zero")
def edge_repeated(x, w, b, stride, pad):
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="edge")
    return slide(x, w, b, stride, 0)


def spread(dy, x, w, stride, pad, put="add", crop=True, flip=False):
    KH, KW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros(xp.shape), np.zeros(w.shape)
    used = w[:, :, ::-1, ::-1] if flip else w
    for n, f, i, j in np.ndindex(dy.shape):
        r, c = i * stride, j * stride
        part = np.s_[n, :, r : r + KH, c : c + KW]
        dw[f] += dy[n, f, i, j] * xp[part]
        dxp[part] = (dxp[part] if put == "add" else 0) + dy[n, f, i, j] * used[f]
    H, W = x.shape[2:]
    dx = dxp[:, :, pad : pad + H, pad : pad + W] if crop else dxp
    return dx, dw, dy.sum(axis=(0, 2, 3))


@wrong("cnn.conv2d_backward", "forgotten", "written there last")
def dx_overwritten(dy, x, w, stride, pad):
    return spread(dy, x, w, stride, pad, put="set")


@wrong("cnn.conv2d_backward", "forgotten", "pad|cut|crop")
def dx_with_padding(dy, x, w, stride, pad):
    return spread(dy, x, w, stride, pad, crop=False)


@wrong("cnn.conv2d_backward", "convention", "flip|turn")
def dx_with_flipped_kernel(dy, x, w, stride, pad):
    return spread(dy, x, w, stride, pad, flip=True)


@wrong("cnn.conv2d_backward", "misread", "mean|averag|times 1/N")
def dw_averaged(dy, x, w, stride, pad):
    dx, dw, db = spread(dy, x, w, stride, pad)
    return dx, dw / len(x), db / len(x)


@wrong("cnn.conv2d_backward", "misread", "mean|sum")
def db_averaged(dy, x, w, stride, pad):
    dx, dw, db = spread(dy, x, w, stride, pad)
    return dx, dw, dy.mean(axis=(0, 2, 3))


@wrong("cnn.conv2d_backward", "forgotten", "last|first|example|batch")
def dw_of_last_example(dy, x, w, stride, pad):
    dx, _, db = spread(dy, x, w, stride, pad)
    return dx, spread(dy[-1:], x[-1:], w, stride, pad)[1], db


@wrong("cnn.output_size", "forgotten", r"\+ 1|plus 1|one too|one more|one less|first window")
def size_without_one(H, K, stride, pad):
    return (H + 2 * pad - K) // stride


@wrong("cnn.output_size", "misread", "both sides|2 pad|twice|two")
def pad_once(H, K, stride, pad):
    return (H + pad - K) // stride + 1


@wrong("cnn.output_size", "misread", "round|fit|ceil|up|part")
def size_rounded_up(H, K, stride, pad):
    return math.ceil((H + 2 * pad - K) / stride) + 1


@wrong("cnn.output_size", "misread", "whole|fraction|//|float|integer")
def size_as_fraction(H, K, stride, pad):
    return (H + 2 * pad - K) / stride + 1


@wrong("cnn.output_size", "misread", "bracket|before|after|\\+ 1|stride")
def one_inside(H, K, stride, pad):
    return (H + 2 * pad - K + 1) // stride


DRAW = "cnn.transposed"


def stamped(x, w, stride, dy, turned=False, add=True, step=None):
    """y, stamp by stamp; dx and dw as those of the convolution of dy with w."""
    k, step = w.shape[2], stride if step is None else step
    stamp = w[:, :, ::-1, ::-1] if turned else w
    y = np.zeros(dy.shape)
    for i, j in np.ndindex(x.shape[2:]):
        place = np.s_[:, :, i * step : i * step + k, j * step : j * step + k]
        part = np.tensordot(x[:, :, i, j], stamp, axes=1)
        y[place] = y[place] + part if add else part
    dx = slide(dy, w, np.zeros(len(w)), stride, 0)
    return y, dx, spread(x, dy, w, stride, 0)[1]


@right(DRAW)
def zeros_between_then_slide(x, w, stride, dy):
    N, C, h, wide = x.shape
    k, O = w.shape[2], w.shape[1]
    apart = np.zeros((N, C, (h - 1) * stride + 1, (wide - 1) * stride + 1))
    apart[:, :, ::stride, ::stride] = x
    y = slide(apart, w.swapaxes(0, 1), np.zeros(O), 1, k - 1, flip=True)
    return y, *stamped(x, w, stride, dy)[1:]


@wrong(DRAW, "forgotten", "stride")
def stamps_side_by_side(x, w, stride, dy):
    return stamped(x, w, stride, dy, step=1)


@wrong(DRAW, "forgotten", r"\+=|overwrite|add up in y")
def later_stamps_cover(x, w, stride, dy):
    return stamped(x, w, stride, dy, add=False)


@wrong(DRAW, "convention", "turned")
def stamp_turned(x, w, stride, dy):
    return stamped(x, w, stride, dy, turned=True)


@wrong(DRAW, "factor", "averag")
def stamp_gradient_averaged(x, w, stride, dy):
    y, dx, dw = stamped(x, w, stride, dy)
    return y, dx, dw / x.shape[0]


def entry_by_entry(x, w, stride, dy, overwritten):
    """Every sum as a loop over single numbers; those named in `overwritten` have = for +=."""
    k, sums = w.shape[2], {"y": np.zeros(dy.shape), "dx": 0 * x, "dw": 0 * w}

    def put(name, place, value):
        old = 0 if name in overwritten else sums[name][place]
        sums[name][place] = old + value

    for n, c, i, j, o in np.ndindex(*x.shape, w.shape[1]):
        place = (n, o, slice(i * stride, i * stride + k), slice(j * stride, j * stride + k))
        put("y", place, x[n, c, i, j] * w[c, o])
        put("dx", (n, c, i, j), (dy[place] * w[c, o]).sum())
        put("dw", (c, o), x[n, c, i, j] * dy[place])
    return sums["y"], sums["dx"], sums["dw"]


planted(
    "forgotten",
    (DRAW, "overwritten_by_channel", lambda *a: entry_by_entry(*a, {"y"})),
    (DRAW, "dx_last_output", lambda *a: entry_by_entry(*a, {"dx"})),
    (DRAW, "dw_last", lambda *a: entry_by_entry(*a, {"dw"})),
    (DRAW, r"overwritten_by_channel\+dw_last", lambda *a: entry_by_entry(*a, {"y", "dw"})),
    (DRAW, "all_overwritten", lambda *a: entry_by_entry(*a, {"y", "dx", "dw"})),
)


def kernel_square(x, w, b, stride, pad, axis):
    """The sum for kernels of K x K, with K from one of their axes."""
    K = w.shape[axis]
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    sizes = [(n - K) // stride + 1 for n in x.shape[2:]]
    y = np.zeros((len(x), len(w), *sizes)) + b[:, None, None]
    for n, f, r, s in np.ndindex(y.shape):
        for c, i, j in np.ndindex(x.shape[1], K, K):
            y[n, f, r, s] += w[f, c, i, j] * x[n, c, r * stride + i, s * stride + j]
    return y


planted(
    "axis",
    ("cnn.conv2d", "square_rows", lambda *a: kernel_square(*a, axis=2)),
    ("cnn.conv2d", "square_columns", lambda *a: kernel_square(*a, axis=3)),
)
