"""Exercises of chapter 7: convolution and its backward pass. Pooling is in `pooling`."""

import numpy as np

from byhand.exercises.checker.declare import exercise, special
from byhand.exercises.topics.cases import normal


def conv_cases(rng):
    yield (
        np.array([[[[1.0, 2.0], [3.0, 4.0]]]]),
        np.array([[[[1.0, 0.0], [0.0, -1.0]]]]),
        np.array([0.5]),
        1,
        0,
    )
    yield special(
        "a kernel that is not square",
        np.array([[[[1.0, 2.0, 4.0], [0.0, 3.0, 5.0]]]]),
        np.array([[[[1.0, 0.5, 2.0], [-1.0, 3.0, 1.0]]]]),
        np.array([1.0]),
        1,
        0,
    )
    yield special(
        "padding 1",
        np.array([[[[1.0, 2.0, 4.0]]]]),
        np.array([[[[1.0, -1.0]]]]),
        np.array([0.0]),
        1,
        1,
    )
    sizes = [
        (1, 1, 4, 3, 1, 2, 2, 1, 0),
        (1, 2, 4, 5, 3, 2, 3, 1, 0),
        (2, 1, 5, 4, 2, 3, 2, 1, 1),
        (1, 1, 5, 7, 2, 3, 3, 2, 0),
    ]
    sizes += [
        (2, 3, 5, 6, 4, 3, 2, 2, 1),
        (3, 2, 4, 6, 1, 2, 3, 2, 1),
        (2, 3, 6, 4, 2, 3, 3, 1, 2),
        (2, 1, 7, 5, 3, 2, 2, 3, 1),
    ]
    for N, C, H, W, F, KH, KW, stride, pad in sizes * 2:
        yield normal(rng, N, C, H, W), normal(rng, F, C, KH, KW), normal(rng, F), stride, pad


def conv_by_loop(x, w, b, stride, pad):
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape

    def at(n, c, i, j):
        return x[n, c, i, j] if 0 <= i < H and 0 <= j < W else 0.0

    def one(n, f, r, s):
        window = [(c, i, j) for c in range(C) for i in range(KH) for j in range(KW)]
        return b[f] + sum(
            w[f, c, i, j] * at(n, c, r * stride + i - pad, s * stride + j - pad)
            for c, i, j in window
        )

    rows, columns = (H + 2 * pad - KH) // stride + 1, (W + 2 * pad - KW) // stride + 1
    return [
        [[[one(n, f, r, s) for s in range(columns)] for r in range(rows)] for f in range(F)]
        for n in range(N)
    ]


def conv_by_windows(x, w, b, stride, pad):
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, w.shape[2:], axis=(2, 3))[
        :, :, ::stride, ::stride
    ]
    return np.einsum("nchwij,fcij->nfhw", windows, w) + b[:, None, None]


@exercise(
    "cnn.conv2d",
    trains="convolution from its sum",
    task="""
    conv2d(x, w, b, stride, pad) -> y (N, F, OH, OW): convolution as in deep learning, with the
    kernel not flipped. x (N, C, H, W), w (F, C, KH, KW), b (F,); kernels need not be square. pad
    zeros are added on all four sides; windows that do not fit entirely are left out (OH and OW as
    in exercise 2).
    """,
    shapes={"x": "N C H W", "w": "F C KH KW"},
    cases=conv_cases,
    variants=(conv_by_loop, conv_by_windows),
    hints=(
        "Each output number is a dot product of the kernel with one window of x, plus the "
        "filter's bias.",
        "y[n,f,r,s] = b[f] + sum over c,i,j of w[f,c,i,j] x[n,c, r stride + i, s stride + j], x "
        "padded.",
        "x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))\n"
        "for r, s in np.ndindex(OH, OW):\n"
        "    window = x[:, :, r * stride : ..., s * stride : ...]\n"
        "    y[:, :, r, s] = np.einsum('ncij,fcij->nf', ..., ...) + ...",
    ),
    mistakes=r"""
    square_rows | KH, KW = w.shape[2:] -> KH = KW = w.shape[2] ;; np.einsum("ncij,fcij->nf", window,
        w) -> np.tensordot(window, w[..., :KW], ((1, 2, 3), (1, 2, 3))) |
        Your code takes kernels for square, KH x KH; they have KH rows and KW columns.
    square_columns | KH, KW = w.shape[2:] -> KH = KW = w.shape[3] ;; np.einsum("ncij,fcij->nf",
        window, w) -> np.tensordot(window, w[:, :, :KH], ((1, 2, 3), (1, 2, 3))) |
        Your code takes kernels for square, KW x KW; they have KH rows and KW columns.
    flipped | window, w) -> window, w[:, :, ::-1, ::-1]) | Your kernel is flipped, as in
        mathematics; deep learning's convolution is a cross-correlation.
    kernel_transposed | "ncij,fcij->nf" -> "ncij,fcji->nf" |
        Your kernel is transposed: its axis i goes with the rows of x, j with the columns.
    no_bias | ` + b` -> `` | The bias is missing.
    no_padding | ((0, 0), (0, 0), (pad, pad), (pad, pad)) -> ((0, 0), (0, 0), (0, 0), (0, 0)) |
        The padding is missing.
    one_side | ((0, 0), (0, 0), (pad, pad), (pad, pad)) -> ((0, 0), (0, 0), (pad, 0), (pad, 0)) |
        You pad before each axis only; zeros go on both sides.
    edge | (pad, pad), (pad, pad)) -> (pad, pad), (pad, pad)), mode="edge" |
        You pad by repeating the border; the task pads with zeros.
    no_plus_one | OH = (x.shape[2] - KH) // stride + 1 -> OH = (x.shape[2] - KH) // stride ;; OW =
        (x.shape[3] - KW) // stride + 1 -> OW = (x.shape[3] - KW) // stride |
        The output is one too small on each axis: (H + 2 pad - KH) // stride + 1.
    no_stride | OH = (x.shape[2] - KH) // stride + 1 -> stride = 1\n    OH = (x.shape[2] - KH) //
        stride + 1 | The stride is ignored: each window lies stride places behind the one before it.
    stride_in_size_only | top, left = r * stride, s * stride -> top, left = r, s |
        The output has the right size, but your windows lie 1 place apart, not stride places.
    swapped_axes | `    return y` -> `    return y.swapaxes(2, 3)` |
        Rows and columns are exchanged in the output.
    first_channel | "ncij,fcij->nf" -> "nij,fij->nf" ;; window, w) -> window[:, 0], w[:, 0]) |
        Only the first channel is read; sum over all of them.
    channel_mean | window, w) -> window, w / w.shape[1]) |
        You average over the channels; they add up.
    bias_per_element | ` + b` -> ` + b * w[0].size` |
        The bias is added for every element of the kernel; it is added once.
    minus_bias | ` + b` -> ` - b` | The bias is added, not taken away.
    window_mean | window, w) + b -> window, w) / w[0].size + b | You take the mean over the window;
        its products are added up.
    all_before | ((0, 0), (0, 0), (pad, pad), (pad, pad)) -> ((0, 0), (0, 0), (2 * pad, 0), (2 *
        pad, 0)) | You put 2 pad zeros before each axis and none behind; pad zeros go on all four
        sides.
    input_transposed | `    x = np.pad(` -> `    x = x.swapaxes(2, 3)\n    x = np.pad(` | Height and
        width of x are exchanged: axis 2 holds the rows, axis 3 the columns.
    """,
)
def conv2d(x, w, b, stride, pad):
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    KH, KW = w.shape[2:]
    OH = (x.shape[2] - KH) // stride + 1
    OW = (x.shape[3] - KW) // stride + 1
    y = np.zeros((len(x), len(w), OH, OW))
    for r in range(OH):
        for s in range(OW):
            top, left = r * stride, s * stride
            window = x[:, :, top : top + KH, left : left + KW]
            y[:, :, r, s] = np.einsum("ncij,fcij->nf", window, w) + b
    return y


def conv_backward_cases(rng):
    for item in conv_cases(rng):
        x, w, b, stride, pad = getattr(item, "args", item)
        yield normal(rng, *np.shape(conv2d(x, w, b, stride, pad))), x, w, stride, pad


def conv_backward_by_loop(dy, x, w, stride, pad):
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(len(w))
    for n, f, r, s in np.ndindex(dy.shape):
        db[f] += dy[n, f, r, s]
        for c, i, j in np.ndindex(w.shape[1:]):
            row, column = r * stride + i - pad, s * stride + j - pad
            if 0 <= row < x.shape[2] and 0 <= column < x.shape[3]:
                dw[f, c, i, j] += dy[n, f, r, s] * x[n, c, row, column]
                dx[n, c, row, column] += dy[n, f, r, s] * w[f, c, i, j]
    return dx, dw, db


def conv_backward_by_taps(dy, x, w, stride, pad):
    N, C, H, W = x.shape
    OH, OW = dy.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for i, j in np.ndindex(w.shape[2:]):  # one tap of the kernel meets a strided picture
        rows, columns = slice(i, i + OH * stride, stride), slice(j, j + OW * stride, stride)
        part = padded[:, :, rows, columns][:, :, :OH, :OW]
        dw[:, :, i, j] = np.einsum("nfhw,nchw->fc", dy, part)
        dpadded[:, :, rows, columns][:, :, :OH, :OW] += np.einsum(
            "nfhw,fc->nchw", dy, w[:, :, i, j]
        )
    return [dpadded[:, :, pad : pad + H, pad : pad + W], dw, dy.sum(axis=(0, 2, 3))]


@exercise(
    "cnn.conv2d_backward",
    trains="the backward pass of convolution",
    kind="derive and code",
    task="""
    conv2d_backward(dy, x, w, stride, pad) -> (dx, dw, db): the gradients of conv2d of the
    exercise before. dy (N, F, OH, OW) is the gradient of its output; dx like x (N, C, H, W),
    without the padding; dw like w (F, C, KH, KW); db (F,).
    """,
    shapes={"x": "N C H W", "w": "F C KH KW"},
    outputs=("dx", "dw", "db"),
    cases=conv_backward_cases,
    variants=(conv_backward_by_loop, conv_backward_by_taps),
    hints=(
        "Every window gave one output: its gradient goes back to the window through the kernel, "
        "and to the kernel through the window.",
        "For each r, s: dw += dy[.., r, s] times window;  dwindow += dy[.., r, s] times w;  db "
        "= sum of dy over N, OH, OW.",
        "for r, s in np.ndindex(dy.shape[2:]):\n"
        "    window = (slice(None), slice(None), slice(top, top + KH), slice(left, left + KW))\n"
        "    dw += np.einsum('nf,ncij->fcij', dy[:, :, r, s], x[window])\n"
        "    dx[window] += np.einsum('nf,fcij->ncij', ...)",
    ),
    mistakes=r"""
    dw_first | dw += np.einsum("nf,ncij->fcij", d, x[window]) -> dw += np.einsum("nf,ncij->fcij",
        d[:1], x[window][:1]) | dw takes the first example only; it is a sum over the batch.
    dw_mean | return dx[ -> dw = dw / len(x)\n    return dx[ |
        dw is averaged over the batch; gradients of a shared kernel add up.
    db_over_n | dy.sum(axis=(0, 2, 3)) -> dy.sum(axis=0) |
        db is summed over the batch only; every position shares the bias: sum over N, OH and OW.
    db_mean | dy.sum(axis=(0, 2, 3)) -> dy.mean(axis=(0, 2, 3)) |
        db is averaged; it is a sum over N, OH and OW.
    db_over_all | dy.sum(axis=(0, 2, 3)) -> dy.sum(axis=(0, 2, 3)) * 0 + dy.sum() |
        db is summed over the filters too; each filter has its own bias.
    overwritten | dx[window] += -> dx[window] = |
        Windows overlap: their gradients add up in dx (+=), they must not overwrite each other (=).
    dw_overwritten | dw += np -> dw = np |
        dw keeps only the last position; it adds up over all of them (+=).
    no_stride | top, left = r * stride, s * stride -> top, left = r, s |
        The stride is ignored: the window of each output lies stride places behind the one before
        it.
    dx_flipped | np.einsum("nf,fcij->ncij", d, w) -> np.einsum("nf,fcij->ncij", d, w[:, :, ::-1,
        ::-1]) |
        The kernel is flipped in dx; going back along the same products needs no flip in this form.
    padding_kept | dx[:, :, pad : pad + H, pad : pad + W] -> dx |
        dx still holds the padding; cut it off, so that dx has the shape of x.
    dw_flipped | return dx[ -> dw = dw[:, :, ::-1, ::-1]\n    return dx[ |
        dw is flipped along both kernel axes.
    cut_at_end | dx[:, :, pad : pad + H, pad : pad + W] -> dx[:, :, :H, :W] |
        The padding is cut off at the end only; it lies on both sides.
    dw_last | dw += np.einsum("nf,ncij->fcij", d, x[window]) -> dw += np.einsum("nf,ncij->fcij",
        d[-1:], x[window][-1:]) | dw takes the last example only; it is a sum over the batch.
    last_filter | dx[window] += np.einsum("nf,fcij->ncij", d, w) -> dx[window] =
        np.einsum("nf,fcij->ncij", d[:, -1:], w[-1:]) | Every window and every filter adds to dx
        (+=); yours overwrite each other (=), so each place keeps what was written there last.
    """,
)
def conv2d_backward(dy, x, w, stride, pad):
    H, W = x.shape[2:]
    KH, KW = w.shape[2:]
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for r, s in np.ndindex(dy.shape[2:]):
        top, left = r * stride, s * stride
        window = (slice(None), slice(None), slice(top, top + KH), slice(left, left + KW))
        d = dy[:, :, r, s]
        dw += np.einsum("nf,ncij->fcij", d, x[window])
        dx[window] += np.einsum("nf,fcij->ncij", d, w)
    return dx[:, :, pad : pad + H, pad : pad + W], dw, dy.sum(axis=(0, 2, 3))


def size_cases(rng):
    yield 5, 3, 1, 0
    for _ in range(24):
        k = int(rng.integers(1, 6))
        yield int(rng.integers(k, 30)), k, int(rng.integers(1, 5)), int(rng.integers(0, 4))


@exercise(
    "cnn.output_size",
    trains="the size of the output, with stride and padding",
    task="""
    output_size(H, K, stride, pad) -> whole number: how many windows of width K fit along an axis
    of length H with pad zeros on both sides.
    """,
    cases=size_cases,
    variants=(
        lambda H, K, stride, pad: len(range(0, H + 2 * pad - K + 1, stride)),
        lambda H, K, stride, pad: sum(
            1
            for start in range(-pad, H + pad)
            if (start + pad) % stride == 0 and start + K <= H + pad
        ),
    ),
    hints=(
        "The first window always fits. How many more steps of length stride can it take?",
        "Beyond its first place the window has H + 2 pad - K more places to move to; it "
        "takes each stride-th.",
        "room = H + 2 * pad - K\nreturn room // ... + ...",
    ),
    mistakes="""
    no_plus_one | ` // stride + 1` -> ` // stride` | The first window itself is not counted: + 1.
    pad_once | 2 * pad -> pad | The padding is on both sides: 2 pad.
    no_pad | ` + 2 * pad` -> `` | The padding is left out.
    fraction | // -> / | A window that does not fit entirely does not count: use //.
    plus_before | (H + 2 * pad - K) // stride + 1 -> (H + 2 * pad - K + 1) // stride |
        + 1 comes after the division by the stride.
    no_stride | ` // stride` -> `` | The stride is left out.
    ceil | (H + 2 * pad - K) // stride -> -(-(H + 2 * pad - K) // stride) |
        You round up; windows that do not fit entirely are left out.
    """,
)
def output_size(H, K, stride, pad):
    return (H + 2 * pad - K) // stride + 1


@exercise(
    "cnn.parameters",
    trains="counting a convolution's weights",
    task="""
    How many numbers does a convolution layer learn that turns 3 channels into 8 with kernels of 5
    x 5 and a bias for each output channel? The picture has 32 x 32 points.
    """,
    variants=(lambda: 608.0, lambda: np.int64(608)),
    why="""
    Each of the 8 output channels has a kernel of 3 * 5 * 5 = 75 weights and one bias: 8 * 76 =
    608. The size of the picture plays no part.
    """,
    hints=(
        "Does the size of the picture matter?",
        "Each output channel has one kernel over all input channels, and one bias.",
        "8 * (3 * ... + ...)",
    ),
    mistakes="""
    no_bias | = 600 | 600 leaves out the 8 biases.
    no_channels | = 208 | 208 gives each output channel a kernel over one channel; it covers all 3.
    one_bias | = 601 | 601 counts one bias; each output channel has its own.
    bias_per_pair | = 624 |
        624 counts a bias for each pair of channels; there is one for each output channel.
    dense | = 3 * 32 * 32 * 8 * 32 * 32 + 8 * 32 * 32 | That is the count of a dense layer from and
        to the picture; a kernel is shared by all positions.
    each_place | = 608 * 32 * 32 | You count the kernels once for each of the 32 x 32 places; all
        places share them.
    one_filter | = 83 | 83 counts one filter, 3 x 5 x 5 weights, for all 8 output channels; each has
        its own.
    input_biases | = 603 | 603 counts a bias for each of the 3 input channels; the output channels
        have them.
    """,
)
def parameters():
    return 608
