"""Exercises of chapter 8: residual blocks, batch normalisation,
counting what deep networks learn."""

import numpy as np

from byhand.exercises.checker.declare import Property, exercise
from byhand.exercises.topics.cases import near, normal


def block_cases(rng):
    yield np.array([[[[1.0, -2.0]]]]), np.array([[1.0]]), np.array([[2.0]])
    for N, C, H, W, F in [(1, 2, 1, 3, 3), (2, 3, 4, 2, 5), (3, 2, 2, 3, 4), (2, 4, 3, 2, 3)] * 5:
        yield normal(rng, N, C, H, W), normal(rng, F, C), normal(rng, C, F)


def block_by_loop(x, W1, W2):
    out = np.zeros(x.shape)
    for n, i, j in np.ndindex(x.shape[0], *x.shape[2:]):
        pixel = x[n, :, i, j]
        out[n, :, i, j] = [max(v, 0.0) for v in pixel + W2 @ [max(u, 0.0) for u in W1 @ pixel]]
    return out


def block_channels_last(x, W1, W2):
    last = np.moveaxis(x, 1, -1)
    y = np.maximum(np.maximum(last @ W1.T, 0) @ W2.T + last, 0)
    return np.moveaxis(y, -1, 1)


@exercise(
    "deep_cnns.basic_block",
    trains="a residual block, and its shapes",
    task="""
    basic_block(x, W1, W2) -> y like x (N, C, H, W): a residual block with 1 x 1 convolutions,
    without biases and norms. W1 (F, C), W2 (C, F) act on the channels. y = relu( W2 relu(W1 x) +
    x ): the sum comes before the last ReLU.
    """,
    shapes={"x": "N C H W", "W1": "F C"},
    cases=block_cases,
    variants=(block_by_loop, block_channels_last),
    hints=(
        "The skip carries x around both convolutions; then one ReLU for the sum.",
        "h = relu(W1 x);  y = relu(W2 h + x).",
        "h = np.maximum(0, np.einsum('fc,nchw->nfhw', W1, x))\n"
        "return np.maximum(0, np.einsum(..., W2, h) + ...)",
    ),
    mistakes="""
    relu_before_sum | np.maximum(0, np.einsum("cf,nfhw->nchw", W2, h) + x) -> np.maximum(0,
        np.einsum("cf,nfhw->nchw", W2, h)) + x |
        You add x after the last ReLU: relu(f) + x. Here the sum goes through the ReLU.
    no_skip | , h) + x -> , h) | The skip is missing: + x.
    no_last_relu | np.maximum(0, np.einsum("cf,nfhw->nchw", W2, h) + x) ->
        np.einsum("cf,nfhw->nchw", W2, h) + x | The last ReLU is missing.
    no_inner_relu | np.maximum(0, np.einsum("fc,nchw->nfhw", W1, x)) -> np.einsum("fc,nchw->nfhw",
        W1, x) | The ReLU between the two convolutions is missing: they would be one linear map.
    relu_skip | , h) + x -> , h) + np.maximum(0, x) | The skip carries x itself, not relu(x).
    minus | , h) + x -> , h) - x | x is added, not taken away.
    product | , h) + x -> , h) * x | x is added; you multiply.
    input_only | np.einsum("cf,nfhw->nchw", W2, h) + x -> x |
        You return relu(x): the two convolutions are missing.
    relu_each | np.maximum(0, np.einsum("cf,nfhw->nchw", W2, h) + x) -> np.maximum(0,
        np.einsum("cf,nfhw->nchw", W2, h)) + np.maximum(0, x) | You put a ReLU on each part and then
        add; the sum goes through one ReLU, and the skip carries x itself.
    """,
)
def basic_block(x, W1, W2):
    h = np.maximum(0, np.einsum("fc,nchw->nfhw", W1, x))
    return np.maximum(0, np.einsum("cf,nfhw->nchw", W2, h) + x)


def projection_cases(rng):
    yield (
        np.array([[[[1.0, -2.0], [3.0, 4.0]]]]),
        np.array([[1.0]]),
        np.array([[2.0], [1.0]]),
        np.array([[0.5], [-1.0]]),
        2,
    )
    for N, C, H, W, F, K, stride in [
        (1, 2, 4, 3, 3, 5, 2),
        (2, 3, 4, 6, 5, 4, 2),
        (3, 2, 6, 3, 4, 3, 3),
        (2, 4, 3, 5, 3, 5, 2),
    ] * 5:
        yield (
            normal(rng, N, C, H, W),
            normal(rng, F, C),
            normal(rng, K, F),
            normal(rng, K, C),
            stride,
        )


def projection_by_loop(x, W1, W2, Ws, stride):
    rows, columns = range(0, x.shape[2], stride), range(0, x.shape[3], stride)
    out = np.zeros((len(x), len(W2), len(rows), len(columns)))
    for n in range(len(x)):
        for a, i in enumerate(rows):
            for b, j in enumerate(columns):
                pixel = x[n, :, i, j]
                out[n, :, a, b] = np.clip(W2 @ np.clip(W1 @ pixel, 0, None) + Ws @ pixel, 0, None)
    return out


def projection_channels_last(x, W1, W2, Ws, stride):
    last = np.moveaxis(x, 1, -1)[:, ::stride, ::stride]
    return np.moveaxis(np.maximum(np.maximum(last @ W1.T, 0) @ W2.T + last @ Ws.T, 0), -1, 1)


@exercise(
    "deep_cnns.projection_block",
    trains="a skip where the shape changes",
    task="""
    projection_block(x, W1, W2, Ws, stride) -> y (N, K, OH, OW): a residual block that changes the
    shape, with 1 x 1 convolutions. The first convolution W1 (F, C) and the shortcut Ws (K, C)
    read every stride-th row and column of x (N, C, H, W), from the first on; W2 (K, F). y = relu(
    W2 relu(W1 x') + Ws x' ), x' the thinned x.
    """,
    shapes={"x": "N C H W", "W1": "F C", "W2": "K F"},
    cases=projection_cases,
    variants=(projection_by_loop, projection_channels_last),
    hints=(
        "Both paths must arrive with the same shape: the same stride, the same number of channels.",
        "x' = x[:, :, ::stride, ::stride];  y = relu(W2 relu(W1 x') + Ws x').",
        "x = x[:, :, ::stride, ...]\n"
        "h = np.maximum(0, ...)\n"
        "return np.maximum(0, ... + np.einsum('kc,nchw->nkhw', Ws, x))",
    ),
    mistakes="""
    no_stride | x[:, :, ::stride, ::stride] -> x | The stride is missing in both paths.
    rows_only | ::stride, ::stride -> ::stride, : |
        The stride is applied to the rows only; columns are thinned too.
    last_points | ::stride, ::stride -> stride - 1 :: stride, stride - 1 :: stride | You start the
        thinning at the stride's last point; the task starts at the first row and column.
    no_shortcut | ` + np.einsum("kc,nchw->nkhw", Ws, x)` -> `` | The shortcut Ws x' is missing.
    no_inner_relu | np.maximum(0, np.einsum("fc,nchw->nfhw", W1, x)) -> np.einsum("fc,nchw->nfhw",
        W1, x) | The ReLU between the two convolutions is missing.
    no_last_relu | `return np.maximum(0, ` -> `return np.maximum(-np.inf, ` |
        The last ReLU is missing.
    relu_before_sum | W2, h) + np.einsum("kc,nchw->nkhw", Ws, x)) -> W2, h)) +
        np.einsum("kc,nchw->nkhw", Ws, x) |
        The shortcut is added after the last ReLU; the sum goes through it.
    relu_shortcut | np.einsum("kc,nchw->nkhw", Ws, x) -> np.maximum(0, np.einsum("kc,nchw->nkhw",
        Ws, x)) | The shortcut is a projection only, without a ReLU of its own.
    corner | x[:, :, ::stride, ::stride] -> x[:, :, : -(-x.shape[2] // stride), : -(-x.shape[3] //
        stride)] | You cut out the upper left corner; x' takes every stride-th row and column.
    last_of_each | x[:, :, ::stride, ::stride] -> x[:, :, np.minimum(np.arange(0, x.shape[2],
        stride) + stride - 1, x.shape[2] - 1)][:, :, :, np.minimum(np.arange(0, x.shape[3], stride)
        + stride - 1, x.shape[3] - 1)] | You take the last row and column of each step; the thinning
        starts with the first.
    """,
)
def projection_block(x, W1, W2, Ws, stride):
    x = x[:, :, ::stride, ::stride]
    h = np.maximum(0, np.einsum("fc,nchw->nfhw", W1, x))
    return np.maximum(0, np.einsum("kf,nfhw->nkhw", W2, h) + np.einsum("kc,nchw->nkhw", Ws, x))


def norm_cases(rng):
    yield np.array([[[[1.0]]], [[[3.0]]]]), np.array([2.0]), np.array([1.0]), 0.5
    for N, C, H, W in [(2, 3, 4, 5), (3, 2, 1, 4), (4, 3, 2, 1), (3, 4, 2, 5)] * 5:
        yield (
            normal(rng, N, C, H, W) + normal(rng, C, 1, 1),
            normal(rng, C),
            normal(rng, C),
            float(rng.uniform(0.05, 0.5)),
        )


def norm_by_loop(x, gamma, beta, eps):
    out = np.zeros(x.shape)
    for c in range(x.shape[1]):
        numbers = [float(v) for v in x[:, c].ravel()]
        mean = sum(numbers) / len(numbers)
        variance = sum((v - mean) ** 2 for v in numbers) / len(numbers)
        out[:, c] = gamma[c] * (x[:, c] - mean) / (variance + eps) ** 0.5 + beta[c]
    return out


def norm_flat(x, gamma, beta, eps):
    flat = x.swapaxes(0, 1).reshape(x.shape[1], -1)
    spread = np.sqrt((flat**2).mean(axis=1) - flat.mean(axis=1) ** 2 + eps)
    y = (flat - flat.mean(axis=1)[:, None]) * (gamma / spread)[:, None] + beta[:, None]
    return y.reshape(x.swapaxes(0, 1).shape).swapaxes(0, 1)


@exercise(
    "deep_cnns.batch_norm",
    trains="batch normalisation over the right axes",
    kind="derive and code",
    task="""
    batch_norm(x, gamma, beta, eps) -> y like x (N, C, H, W): batch normalisation in training.
    Mean and variance (divided by the number, not by one less) of each channel over the batch and
    all positions; eps is added to the variance; gamma and beta (C,).
    """,
    shapes={"x": "N C H W"},
    cases=norm_cases,
    variants=(norm_by_loop, norm_flat),
    properties=(
        Property(
            "the mean of each channel of y is its beta",
            lambda f, x, gamma, beta, eps: near(f(x, gamma, beta, eps).mean(axis=(0, 2, 3)), beta),
        ),
    ),
    hints=(
        "One mean for each channel: which axes are summed over?",
        "mean, variance over N, H, W;  y = gamma (x - mean) / sqrt(variance + eps) + beta.",
        "mean = x.mean(axis=..., keepdims=True)\n"
        "variance = ...\n"
        "return gamma[:, None, None] * ... + beta[:, None, None]",
    ),
    mistakes="""
    over_batch_only | axes = (0, 2, 3) -> axes = (0,) |
        You average over the batch only; every position of a channel belongs to the same statistics.
    over_positions_only | axes = (0, 2, 3) -> axes = (2, 3) | You average over positions only (that
        is instance normalisation); the batch belongs in as well.
    over_channels | axes = (0, 2, 3) -> axes = (1, 2, 3) | You average over the channels too (that
        is layer normalisation); each channel has its own mean.
    over_all | axes = (0, 2, 3) -> axes = (0, 1, 2, 3) |
        One mean for the entire array; each channel has its own.
    no_eps | variance + eps -> variance | eps is missing.
    eps_outside | np.sqrt(variance + eps) -> (np.sqrt(variance) + eps) |
        eps stands inside the square root.
    no_root | np.sqrt(variance + eps) -> (variance + eps) |
        The square root is missing: divide by the standard deviation.
    unbiased | x.var(axis=axes, keepdims=True) -> x.var(axis=axes, keepdims=True, ddof=1) |
        You divide the variance by one less than the number; here it is divided by the number.
    no_mean | (x - mean) -> x | The mean is not taken away.
    no_gamma | `gamma[:, None, None] * ` -> `` | gamma is missing.
    no_beta | ` + beta[:, None, None]` -> `` | beta is missing.
    swapped | `gamma[:, None, None] * ` -> `beta[:, None, None] * ` ;; + beta[:, None, None] -> +
        gamma[:, None, None] | gamma and beta are exchanged.
    """,
)
def batch_norm(x, gamma, beta, eps):
    axes = (0, 2, 3)
    mean = x.mean(axis=axes, keepdims=True)
    variance = x.var(axis=axes, keepdims=True)
    return gamma[:, None, None] * (x - mean) / np.sqrt(variance + eps) + beta[:, None, None]


@exercise(
    "deep_cnns.stacked_kernels",
    trains="why three small kernels replace a large one",
    task="""
    VGG replaces one 7 x 7 convolution by three 3 x 3 convolutions with the same field of view,
    all with C channels in and out and no biases. How many weights has the stack, divided by how
    many the single one has? Two digits after the point.
    """,
    tolerance=0.006,
    variants=(lambda: 27 / 49, lambda: np.float64(0.55)),
    why="""
    Three kernels of 9 C^2 weights against one of 49 C^2: 27 / 49 = 0.55.
    """,
    hints=(
        "C drops out of the quotient.",
        "A k x k convolution with C channels in and out has k^2 C^2 weights.",
        "... * 9 / ...",
    ),
    mistakes="""
    one_kernel | = 9 / 49 | 9/49 = 0.18 counts one of the three convolutions.
    inverted | = 49 / 27 | 49/27 = 1.81 is the quotient turned over.
    sides | = 9 / 7 | 9/7 compares the sides of the kernels; weights are counted by area.
    five | = 27 / 25 | 27/25 compares with one 5 x 5, which two 3 x 3 replace.
    sides_of_one | = 3 / 7 | 3/7 = 0.43 compares the sides of one kernel each; weights are counted
        by area, for three layers.
    """,
)
def stacked_kernels():
    return 27 / 49
