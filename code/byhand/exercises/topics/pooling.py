"""Exercises of chapter 7, second half: pooling and its backward pass."""

import numpy as np

from byhand.exercises.checker.declare import exercise, special
from byhand.exercises.topics.cases import normal, whole


def pool_cases(rng):
    yield np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), 2, 2
    yield special(
        "negative numbers only",
        np.array([[[[-3.0, -1.0, -2.0, -5.0], [-4.0, -2.0, -1.0, -3.0]]]]),
        2,
        2,
    )
    yield special("numbers around -1e6", np.array([[[[-1e6, -2e6], [-4e6, -3e6]]]]), 2, 1)
    for N, C, H, W, k, stride in [
        (1, 1, 4, 6, 2, 2),
        (2, 3, 6, 4, 2, 2),
        (1, 2, 5, 7, 3, 2),
        (3, 1, 7, 5, 2, 3),
        (2, 1, 5, 4, 3, 1),
        (2, 3, 7, 9, 3, 3),
    ] * 3:
        yield normal(rng, N, C, H, W) - 1, k, stride


def pool_by_loop(best):
    def pooled(x, k, stride):
        N, C, H, W = x.shape
        rows, columns = range(0, H - k + 1, stride), range(0, W - k + 1, stride)
        return [
            [
                [
                    [
                        best([float(v) for v in x[n, c, r : r + k, s : s + k].ravel()])
                        for s in columns
                    ]
                    for r in rows
                ]
                for c in range(C)
            ]
            for n in range(N)
        ]

    return pooled


def windows(x, k, stride):
    return np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(2, 3))[
        :, :, ::stride, ::stride
    ]


@exercise(
    "cnn.max_pool",
    trains="windows and strides",
    kind="derive and code",
    task="""
    max_pool(x, k, stride) -> y (N, C, OH, OW): the largest number of each k x k window. x (N, C,
    H, W), no padding; windows that do not fit entirely are left out.
    """,
    shapes={"x": "N C H W"},
    cases=pool_cases,
    variants=(pool_by_loop(max), lambda x, k, stride: windows(x, k, stride).max(axis=(-1, -2))),
    hints=(
        "Go over the windows as in a convolution; take the maximum over the window's two axes.",
        "y[n,c,r,s] = max over i,j < k of x[n,c, r stride + i, s stride + j].",
        "y[:, :, r, s] = x[:, :, r * stride : ..., s * stride : ...].max(axis=...)",
    ),
    mistakes=r"""
    zero_start | .max(axis=(2, 3)) -> .max(axis=(2, 3), initial=0.0) | Your maximum starts from 0
        (or the picture is padded with 0), so negative windows come out as 0.
    stride_one | `    OH` -> `    stride = 1\n    OH` |
        The stride is taken as 1; windows start at r * stride.
    stride_k | `    OH` -> `    stride = k\n    OH` |
        The stride is taken as k; here it is an argument of its own.
    mean | .max(axis=(2, 3)) -> .mean(axis=(2, 3)) | You take the mean; the maximum is asked for.
    min | .max(axis=(2, 3)) -> .min(axis=(2, 3)) | You take the minimum.
    no_plus_one | (x.shape[2] - k) // stride + 1 -> (x.shape[2] - k) // stride ;; (x.shape[3] - k)
        // stride + 1 -> (x.shape[3] - k) // stride |
        The last window is missing on each axis: (H - k) // stride + 1.
    over_channels | .max(axis=(2, 3)) -> .max(axis=(1, 2, 3))[:, None] |
        Your maximum runs over the channels too; each channel is pooled on its own.
    absolute | x[:, :, r -> np.abs(x)[:, :, r | You take the largest absolute value.
    exchanged | `    return y` -> `    return y.swapaxes(2, 3)` |
        Rows and columns are exchanged in the output.
    sum | .max(axis=(2, 3)) -> .sum(axis=(2, 3)) | You add up; the maximum is asked for.
    first | window.max(axis=(2, 3)) -> window[:, :, 0, 0] |
        You take the first number of each window; the largest is asked for.
    one_axis | window.max(axis=(2, 3)) -> window.max(axis=2)[:, :, 0] |
        The maximum runs over both axes of the window.
    no_stride_columns | r * stride : r * stride + k, s * stride : s * stride + k -> r : r + k, s : s
        + k | Windows start at r * stride and s * stride.
    k_is_two | r * stride : r * stride + k, s * stride : s * stride + k -> r * stride : r * stride +
        2, s * stride : s * stride + 2 | Your window is always 2 x 2; its width k is an argument.
    cut_windows | (x.shape[2] - k) // stride + 1, (x.shape[3] - k) // stride + 1 -> -(-x.shape[2] //
        stride), -(-x.shape[3] // stride) | You also pool windows that stick out over the border;
        those that do not fit entirely are left out.
    """,
)
def max_pool(x, k, stride):
    OH, OW = (x.shape[2] - k) // stride + 1, (x.shape[3] - k) // stride + 1
    y = np.zeros((*x.shape[:2], OH, OW))
    for r, s in np.ndindex(OH, OW):
        window = x[:, :, r * stride : r * stride + k, s * stride : s * stride + k]
        y[:, :, r, s] = window.max(axis=(2, 3))
    return y


def mean_backward_cases(rng):
    yield np.array([[[[4.0]]]]), 2
    for N, C, H, W, k in [
        (1, 1, 2, 3, 2),
        (2, 3, 1, 2, 2),
        (1, 2, 2, 1, 3),
        (3, 1, 2, 3, 3),
        (2, 2, 3, 1, 4),
    ] * 4:
        yield normal(rng, N, C, H, W), k


@exercise(
    "cnn.mean_pool_backward",
    trains="a gradient shared out evenly",
    kind="derive and code",
    task="""
    mean_pool_backward(dy, k) -> dx (N, C, k OH, k OW): the gradient of average pooling with
    windows k x k side by side (stride k). dy (N, C, OH, OW).
    """,
    shapes={"dy": "N C OH OW"},
    cases=mean_backward_cases,
    variants=(
        lambda dy, k: np.kron(dy, np.full((1, 1, k, k), 1 / k**2)),
        lambda dy, k: [
            [
                [
                    [float(row[s // k]) / k**2 for s in range(len(row) * k)]
                    for row in np.repeat(plane, k, axis=0)
                ]
                for plane in image
            ]
            for image in dy
        ],
    ),
    hints=(
        "Each number of the window had the same share in the mean.",
        "dx = dy / k^2, for every number of the window.",
        "return dy.repeat(k, axis=2).repeat(k, axis=3) / ...",
    ),
    mistakes="""
    no_division | ` / k**2` -> `` |
        Each of the k x k numbers receives 1/k^2 of the gradient; the division is missing.
    by_k | k**2 -> k | A window has k x k numbers: divide by k^2, not by k.
    tiled | dy.repeat(k, axis=2).repeat(k, axis=3) -> np.tile(dy, (1, 1, k, k)) | You lay copies of
        dy side by side (tile); each number must be repeated within its own window (repeat).
    rows_only | .repeat(k, axis=3) -> `` | You repeat along the rows only; both axes grow by k.
    first_only | dy.repeat(k, axis=2).repeat(k, axis=3) / k**2 -> np.kron(dy, np.eye(1, k *
        k).reshape(1, 1, k, k)) |
        Only the first number of each window receives a gradient; all have the same share.
    times | / k**2 -> * k**2 | You multiply by k^2; the mean divides by it.
    columns_only | .repeat(k, axis=2) -> `` |
        You repeat along the columns only; both axes grow by k.
    by_two_k | k**2 -> (2 * k) | A window has k x k numbers: divide by k^2, not by 2 k.
    root | k**2 -> np.sqrt(k) |
        You divide by the root of the number of windows; each window has k x k numbers.
    """,
)
def mean_pool_backward(dy, k):
    return dy.repeat(k, axis=2).repeat(k, axis=3) / k**2


def max_backward_cases(rng):
    yield np.array([[[[5.0]]]]), np.array([[[[1.0, 2.0], [4.0, 3.0]]]]), 2
    yield special("a tie", np.array([[[[5.0]]]]), np.array([[[[1.0, 4.0], [4.0, 3.0]]]]), 2)
    for N, C, OH, OW, k in [(1, 1, 2, 3, 2), (2, 3, 1, 2, 2), (1, 2, 2, 1, 3), (3, 1, 2, 3, 2)] * 3:
        yield normal(rng, N, C, OH, OW), normal(rng, N, C, k * OH, k * OW), k
    for N, C, OH, OW, k in [(1, 1, 2, 3, 2), (2, 3, 1, 2, 3), (1, 2, 2, 1, 2), (3, 1, 2, 3, 2)] * 2:
        yield special(
            "ties", normal(rng, N, C, OH, OW), whole(rng, N, C, k * OH, k * OW, low=-1, high=1), k
        )


def max_backward_by_loop(dy, x, k):
    dx = np.zeros(x.shape)
    for n, c, r, s in np.ndindex(dy.shape):
        best = (r * k, s * k)
        for i in range(r * k, r * k + k):
            for j in range(s * k, s * k + k):
                if x[n, c, i, j] > x[n, c, best[0], best[1]]:
                    best = (i, j)
        dx[n, c, best[0], best[1]] = dy[n, c, r, s]
    return dx


def max_backward_reshaped(dy, x, k):
    N, C, OH, OW = dy.shape
    cells = x.reshape(N, C, OH, k, OW, k).transpose(0, 1, 2, 4, 3, 5).reshape(N, C, OH, OW, k * k)
    hot = np.arange(k * k) == cells.argmax(axis=-1)[..., None]
    out = (hot * dy[..., None]).reshape(N, C, OH, OW, k, k)
    return out.transpose(0, 1, 2, 4, 3, 5).reshape(x.shape)


@exercise(
    "cnn.max_pool_backward",
    trains="a gradient that only the winners get",
    kind="derive and code",
    task="""
    max_pool_backward(dy, x, k) -> dx like x: the gradient of max pooling with windows k x k side
    by side (stride k). dy (N, C, OH, OW), x (N, C, k OH, k OW) the input of the forward pass. In
    a tie the first maximum of the window (row by row) receives all.
    """,
    shapes={"x": "N C H W"},
    cases=max_backward_cases,
    variants=(max_backward_by_loop, max_backward_reshaped),
    hints=(
        "Only the number that won decided the output; it receives the entire gradient, the "
        "others none.",
        "dx = dy at the position of the window's first maximum, 0 elsewhere.",
        "i, j = np.unravel_index(window.argmax(), (k, k))\ndx[n, c, r * k + i, s * k + j] = ...",
    ),
    mistakes=r"""
    all_ties | `        i, j = np.unravel_index(window.argmax(), (k, k))\n        dx[n, c, r * k +
        i, s * k + j] = dy[n, c, r, s]` -> `        dx[n, c, r * k : r * k + k, s * k : s * k + k] =
        dy[n, c, r, s] * (window == window.max())` |
        In a tie you give the gradient to every maximum; the first one receives it.
    last_tie | window.argmax() -> window.size - 1 - window.ravel()[::-1].argmax() |
        In a tie you take the last maximum; the first one is asked for.
    shared_ties | `        i, j = np.unravel_index(window.argmax(), (k, k))\n        dx[n, c, r * k
        + i, s * k + j] = dy[n, c, r, s]` -> `        hot = window == window.max()\n        dx[n, c,
        r * k : r * k + k, s * k : s * k + k] = dy[n, c, r, s] * hot / hot.sum()` |
        In a tie you share the gradient; the first maximum receives all of it.
    everywhere | `        i, j = np.unravel_index(window.argmax(), (k, k))\n        dx[n, c, r * k +
        i, s * k + j] = dy[n, c, r, s]` -> `        dx[n, c, r * k : r * k + k, s * k : s * k + k] =
        dy[n, c, r, s]` | The gradient goes to the whole window; only the maximum receives it.
    mean | `        i, j = np.unravel_index(window.argmax(), (k, k))\n        dx[n, c, r * k + i, s
        * k + j] = dy[n, c, r, s]` -> `        dx[n, c, r * k : r * k + k, s * k : s * k + k] =
        dy[n, c, r, s] / k**2` |
        That is the gradient of average pooling; in max pooling the maximum receives all.
    times_value | `= dy[n, c, r, s]` -> `= dy[n, c, r, s] * window.max()` |
        The gradient is not multiplied by the maximum itself.
    constant | `= dy[n, c, r, s]` -> `= 1.0` |
        The gradient that arrives, dy, is missing: you write 1.
    swapped | i, j = np.unravel -> j, i = np.unravel | Row and column of the maximum are exchanged.
    argmin | argmax -> argmin | You look for the minimum.
    input_for_gradient | `= dy[n, c, r, s]` -> `= window.max()` |
        The gradient that arrives is passed on, not the number x.
    divided | `= dy[n, c, r, s]` -> `= dy[n, c, r, s] / k**2` |
        The maximum receives the whole gradient, not a k^2-th of it.
    first_of_window | window.argmax() -> 0 |
        The gradient goes to the window's maximum, not to its first number.
    by_columns | np.unravel_index(window.argmax(), (k, k)) -> np.unravel_index(window.T.argmax(),
        (k, k))[::-1] | In a tie you search column by column; the first maximum is meant row by row.
    """,
)
def max_pool_backward(dy, x, k):
    dx = np.zeros(x.shape)
    for n, c, r, s in np.ndindex(dy.shape):
        window = x[n, c, r * k : r * k + k, s * k : s * k + k]
        i, j = np.unravel_index(window.argmax(), (k, k))
        dx[n, c, r * k + i, s * k + j] = dy[n, c, r, s]
    return dx
