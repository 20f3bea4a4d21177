"""Wrong answers of chapters 7 and 8: pooling, residual blocks, batch normalisation."""

import numpy as np

from attacks.table import wrong

D = "deep_cnns."


def windows(x, k, stride, take):
    N, C, H, W = x.shape
    y = np.zeros((N, C, (H - k) // stride + 1, (W - k) // stride + 1))
    for i, j in np.ndindex(y.shape[2:]):
        part = x[:, :, i * stride : i * stride + k, j * stride : j * stride + k]
        y[:, :, i, j] = take(part)
    return y


@wrong("cnn.max_pool", "misread", "mean|average")
def average_pooled(x, k, stride):
    return windows(x, k, stride, lambda part: part.mean(axis=(2, 3)))


@wrong("cnn.max_pool", "forgotten", "stride")
def side_by_side(x, k, stride):
    return windows(x, k, k, lambda part: part.max(axis=(2, 3)))


@wrong("cnn.max_pool", "axis", "channel")
def over_channels(x, k, stride):
    return windows(x, k, stride, lambda part: part.max(axis=(1, 2, 3))[:, None])


@wrong("cnn.max_pool", "misread", "absolute|size|negative|sign")
def largest_size(x, k, stride):
    return windows(x, k, stride, lambda part: np.abs(part).max(axis=(2, 3)))


@wrong("cnn.max_pool", "misread", "fit|left out|last window|round")
def last_window_cut(x, k, stride):
    N, C, H, W = x.shape
    rows = [
        [x[:, :, i : i + k, j : j + k].max(axis=(2, 3)) for j in range(0, W, stride)]
        for i in range(0, H, stride)
    ]
    return np.array(rows).transpose(2, 3, 0, 1)


@wrong("cnn.mean_pool_backward", "forgotten", r"k\^2|k \* k|k k|1/k|divi")
def mean_not_divided(dy, k):
    return dy.repeat(k, axis=2).repeat(k, axis=3)


@wrong("cnn.mean_pool_backward", "misread", r"k\^2|k \* k|k k|1/k|by k")
def divided_by_k(dy, k):
    return dy.repeat(k, axis=2).repeat(k, axis=3) / k


@wrong("cnn.mean_pool_backward", "misread", "tile|repeat|window|side by side|next to")
def tiled(dy, k):
    return np.tile(dy, (1, 1, k, k)) / k**2


@wrong("cnn.mean_pool_backward", "misread", "corner|first|one place|each|whole window")
def to_the_corner(dy, k):
    N, C, H, W = dy.shape
    dx = np.zeros((N, C, H * k, W * k))
    dx[:, :, ::k, ::k] = dy
    return dx


def back(dy, x, k, choose):
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dy.shape):
        part = np.s_[n, c, i * k : i * k + k, j * k : j * k + k]
        dx[part] = choose(x[part]) * dy[n, c, i, j]
    return dx


def one_place(window, place):
    out = np.zeros(window.size)
    out[place] = 1
    return out.reshape(window.shape)


@wrong("cnn.max_pool_backward", "misread", "tie|first")
def to_all_ties(dy, x, k):
    return back(dy, x, k, lambda window: (window == window.max()) * 1.0)


@wrong("cnn.max_pool_backward", "misread", "tie|share|first|split")
def ties_share(dy, x, k):
    return back(dy, x, k, lambda window: (window == window.max()) / (window == window.max()).sum())


@wrong("cnn.max_pool_backward", "misread", "tie|last|first")
def to_the_last(dy, x, k):
    return back(dy, x, k, lambda u: one_place(u, u.size - 1 - u.ravel()[::-1].argmax()))


@wrong("cnn.max_pool_backward", "transpose", "column|row by row")
def column_by_column(dy, x, k):
    return back(dy, x, k, lambda u: one_place(u.T, u.T.argmax()).T)


@wrong("cnn.max_pool_backward", "misread", "average|mean|only the|largest")
def spread_evenly(dy, x, k):
    return back(dy, x, k, lambda window: np.ones(window.shape) / window.size)


@wrong("cnn.max_pool_backward", "factor", "maximum itself|times|input|multipl")
def times_the_maximum(dy, x, k):
    return back(dy, x, k, lambda u: one_place(u, u.argmax()) * u)


def mix(W, x):
    return np.einsum("fc,nchw->nfhw", W, x)


def relu(x):
    return np.maximum(0, x)


@wrong(D + "basic_block", "order", "before|after|last ReLU|outer|sum")
def relu_before_sum(x, W1, W2):
    return relu(mix(W2, relu(mix(W1, x)))) + x


@wrong(D + "basic_block", "forgotten", "inner|first ReLU|between|ReLU")
def no_inner_relu(x, W1, W2):
    return relu(mix(W2, mix(W1, x)) + x)


@wrong(D + "basic_block", "forgotten", "last|outer|ReLU")
def no_outer_relu(x, W1, W2):
    return mix(W2, relu(mix(W1, x))) + x


@wrong(D + "basic_block", "forgotten", "skip|shortcut")
def no_skip(x, W1, W2):
    return relu(mix(W2, relu(mix(W1, x))))


@wrong(D + "basic_block", "misread", "skip|shortcut|ReLU")
def relu_on_skip(x, W1, W2):
    return relu(mix(W2, relu(mix(W1, x)))) + relu(x)


@wrong(D + "projection_block", "forgotten", "shortcut|skip|Ws")
def no_shortcut(x, W1, W2, Ws, stride):
    x = x[:, :, ::stride, ::stride]
    return relu(mix(W2, relu(mix(W1, x))))


@wrong(D + "projection_block", "shift", "first|start|offset|from the")
def thinned_from_the_second(x, W1, W2, Ws, stride):
    n = -(-x.shape[2] // stride), -(-x.shape[3] // stride)
    rows = np.minimum(np.arange(n[0]) * stride + stride - 1, x.shape[2] - 1)
    columns = np.minimum(np.arange(n[1]) * stride + stride - 1, x.shape[3] - 1)
    x = x[:, :, rows][:, :, :, columns]
    return relu(mix(W2, relu(mix(W1, x))) + mix(Ws, x))


@wrong(D + "projection_block", "order", "before|after|last ReLU|outer|sum")
def projection_relu_before_sum(x, W1, W2, Ws, stride):
    x = x[:, :, ::stride, ::stride]
    return relu(mix(W2, relu(mix(W1, x)))) + mix(Ws, x)


@wrong(D + "projection_block", "misread", "first rows|corner|every|left upper|stride|cut")
def corner_for_thinned(x, W1, W2, Ws, stride):
    x = x[:, :, : -(-x.shape[2] // stride), : -(-x.shape[3] // stride)]
    return relu(mix(W2, relu(mix(W1, x))) + mix(Ws, x))


@wrong(D + "projection_block", "forgotten", "stride|thin")
def projection_without_stride(x, W1, W2, Ws, stride):
    return relu(mix(W2, relu(mix(W1, x))) + mix(Ws, x))


def normed(x, gamma, beta, eps, axes=(0, 2, 3), ddof=0, scale=None):
    mean, var = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True, ddof=ddof)
    scale = np.sqrt(var + eps) if scale is None else scale(var)
    return gamma[:, None, None] * (x - mean) / scale + beta[:, None, None]


@wrong(D + "batch_norm", "axis", "each example|layer norm|batch|example")
def norm_of_each_example(x, gamma, beta, eps):
    return normed(x, gamma, beta, eps, axes=(1, 2, 3))


@wrong(D + "batch_norm", "axis", "position|batch alone|each pixel|axis|axes")
def over_the_batch_only(x, gamma, beta, eps):
    return normed(x, gamma, beta, eps, axes=0)


@wrong(D + "batch_norm", "axis", "batch|instance|each example|picture|image")
def instance_norm(x, gamma, beta, eps):
    return normed(x, gamma, beta, eps, axes=(2, 3))


@wrong(D + "batch_norm", "forgotten", "root|sqrt")
def batch_norm_no_root(x, gamma, beta, eps):
    return normed(x, gamma, beta, eps, scale=lambda var: var + eps)


@wrong(D + "batch_norm", "misread", "eps|outside|inside|root")
def batch_norm_eps_outside(x, gamma, beta, eps):
    return normed(x, gamma, beta, eps, scale=lambda var: np.sqrt(var) + eps)


@wrong(D + "batch_norm", "order", "gamma|beta|exchang|swap")
def batch_norm_exchanged(x, gamma, beta, eps):
    return normed(x, beta, gamma, eps)


@wrong(D + "batch_norm", "convention", "one less|n - 1|by the number|ddof|unbiased")
def batch_norm_unbiased(x, gamma, beta, eps):
    n = x.size // x.shape[1]
    return normed(x, gamma, beta, eps, scale=lambda v: np.sqrt(v * n / max(n - 1, 1) + eps))
