"""The transfer exercise of chapter 7: transposed convolution, forward and backward."""

import numpy as np

from byhand.exercises.checker.declare import exercise
from byhand.exercises.topics.cases import normal


def transposed_cases(rng):
    yield (
        np.array([[[[1.0, 2.0]]]]),
        np.array([[[[1.0, -1.0], [3.0, 2.0]]]]),
        1,
        np.array([[[[1.0, 0.0, 2.0], [0.0, -1.0, 1.0]]]]),
    )
    for N, C, O, h, w, k, stride in [
        (1, 1, 1, 2, 3, 2, 1),
        (2, 1, 3, 3, 2, 3, 1),
        (1, 2, 3, 2, 3, 2, 2),
        (2, 3, 2, 3, 4, 3, 2),
        (3, 2, 1, 2, 1, 2, 3),
        (2, 3, 4, 4, 3, 4, 2),
    ] * 3:
        height, width = (h - 1) * stride + k, (w - 1) * stride + k
        yield (
            normal(rng, N, C, h, w),
            normal(rng, C, O, k, k),
            stride,
            normal(rng, N, O, height, width),
        )


def transposed_by_loop(x, w, stride, dy):
    y, dx, dw = np.zeros(dy.shape), np.zeros(x.shape), np.zeros(w.shape)
    for n, c, i, j in np.ndindex(x.shape):
        for o, u, v in np.ndindex(w.shape[1:]):
            row, column = i * stride + u, j * stride + v
            y[n, o, row, column] += x[n, c, i, j] * w[c, o, u, v]
            dx[n, c, i, j] += dy[n, o, row, column] * w[c, o, u, v]
            dw[c, o, u, v] += dy[n, o, row, column] * x[n, c, i, j]
    return y, dx, dw


def transposed_by_windows(x, w, stride, dy):
    k = w.shape[2]
    windows = np.lib.stride_tricks.sliding_window_view(dy, (k, k), axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]  # (N, O, h, w, k, k)
    y = np.zeros(dy.shape)
    h, width = x.shape[2:]
    for u, v in np.ndindex(k, k):
        part = np.einsum("ncij,co->noij", x, w[:, :, u, v])
        y[:, :, u : u + stride * h : stride, v : v + stride * width : stride] += part
    dx = np.einsum("noijuv,couv->ncij", windows, w)
    return [y, dx, np.einsum("noijuv,ncij->couv", windows, x)]


@exercise(
    "cnn.transposed",
    trains="a new layer forward and backward: the one that enlarges",
    kind="transfer",
    task="""
    transposed(x, w, stride, dy) -> (y, dx, dw): a transposed convolution and its gradients. x (N,
    C, h, w), w (C, O, k, k), no bias, no padding. Forward: each number x[n, c, i, j] adds x[n, c,
    i, j] * w[c, o] to the k x k window of y[n, o] that begins at row i * stride and column j *
    stride; what is added at the same place adds up. y has (h - 1) * stride + k rows, and columns
    likewise. dy (N, O, rows of y, columns of y) is the gradient of y; return y, and the gradients
    dx like x and dw like w.
    """,
    shapes={"x": "N C H W", "w": "C O K K"},
    outputs=("y", "dx", "dw"),
    cases=transposed_cases,
    variants=(transposed_by_loop, transposed_by_windows),
    why="""
    The forward pass is the way back of an ordinary convolution, (7.8) with a stride, and so the way
    back, dx, is an ordinary convolution of dy. That is where the name comes from: the matrix of the
    layer is the transpose of a convolution's matrix.
    """,
    hints=(
        "One number of x and one window of y belong together, forward and backward.",
        "window of y += x[n,c,i,j] w[c,o];  dx[n,c,i,j] = sum over o,u,v of dy's window times w;  "
        "dw[c,o] += x[n,c,i,j] times dy's window.",
        "for i, j in np.ndindex(x.shape[2:]):\n"
        "    top, left = i * stride, ...\n"
        "    window = np.s_[:, :, top : top + k, left : left + k]\n"
        "    y[window] += np.einsum('nc,couv->nouv', ..., w)\n"
        "    dx[:, :, i, j] = np.einsum(..., dy[window], w)\n"
        "    dw += np.einsum(..., dy[window], ...)",
    ),
    mistakes=r"""
    no_stride | top, left = i * stride, j * stride -> top, left = i, j |
        The stride is ignored: the stamp of x[.., i, j] begins at row i * stride, column j * stride.
    overwritten | y[window] += -> y[window] = |
        Overlapping stamps add up in y (+=); yours overwrite each other (=).
    overwritten_by_channel | y[window] += np.einsum("nc,couv->nouv", d, w) -> y[window] =
        np.einsum("nc,couv->nouv", d[:, -1:], w[-1:]) | All stamps on a place add up in y, from
        every channel and every position (+=); yours overwrite each other (=).
    flipped | y[window] += np.einsum("nc,couv->nouv", d, w) -> y[window] +=
        np.einsum("nc,couv->nouv", d, w[:, :, ::-1, ::-1]) |
        Your stamp is turned by 180 degrees in y; it is laid down as it is.
    dx_flipped | np.einsum("nouv,couv->nc", dy[window], w) -> np.einsum("nouv,couv->nc",
        dy[window], w[:, :, ::-1, ::-1]) | The kernel is turned in dx. Here the way back is the
        plain sliding sum, and nothing is turned.
    dw_overwritten | dw += np -> dw = np |
        dw keeps the last position only; the stamp was used at all of them (+=).
    dw_last | dw += np.einsum("nouv,nc->couv", dy[window], d) -> dw = np.einsum("nouv,nc->couv",
        dy[window][-1:], d[-1:]) | dw keeps the last example and position only: the stamp was used
        at all of them, and what comes back adds up (+=).
    dx_last_output | np.einsum("nouv,couv->nc", dy[window], w) -> np.einsum("nouv,couv->nc",
        dy[window][:, -1:], w[:, -1:]) | dx keeps the last output channel only: each number of x
        went into all of them, and what comes back adds up (+=).
    all_overwritten | y[window] += np.einsum("nc,couv->nouv", d, w) -> y[window] =
        np.einsum("nc,couv->nouv", d[:, -1:], w[-1:]) ;; np.einsum("nouv,couv->nc", dy[window], w)
        -> np.einsum("nouv,couv->nc", dy[window][:, -1:], w[:, -1:]) ;; dw +=
        np.einsum("nouv,nc->couv", dy[window], d) -> dw = np.einsum("nouv,nc->couv",
        dy[window][-1:], d[-1:]) | All three sums are overwritten (=) where they must add up (+=):
        y, dx and dw keep what was written last.
    dw_mean | return y, dx, dw -> return y, dx, dw / len(x) |
        dw is averaged over the batch; gradients of a shared weight add up.
    dw_flipped | return y, dx, dw -> return y, dx, dw[:, :, ::-1, ::-1] |
        dw is turned along both kernel axes.
    dw_first | dw += np.einsum("nouv,nc->couv", dy[window], d) -> dw +=
        np.einsum("nouv,nc->couv", dy[window][:1], d[:1]) |
        dw takes the first example only; it is a sum over the batch.
    """,
    equivalent={"2 -> 3": "kernels are square"},
)
def transposed(x, w, stride, dy):
    k = w.shape[2]
    y, dx, dw = np.zeros(dy.shape), np.zeros(x.shape), np.zeros(w.shape)
    for i, j in np.ndindex(x.shape[2:]):
        top, left = i * stride, j * stride
        window = np.s_[:, :, top : top + k, left : left + k]
        d = x[:, :, i, j]
        y[window] += np.einsum("nc,couv->nouv", d, w)
        dx[:, :, i, j] = np.einsum("nouv,couv->nc", dy[window], w)
        dw += np.einsum("nouv,nc->couv", dy[window], d)
    return y, dx, dw
