"""Wrong and right answers to the exercises of chapter 18, written from the task texts."""

import numpy as np

from attacks.table import right, values, wrong

KERNEL, UNPATCH, EMBED = (
    "vision_transformer.from_kernel",
    "vision_transformer.unpatch",
    "vision_transformer.embed_backward",
)
LOSS, HIDE = "vision_transformer.normalised_loss", "vision_transformer.hide"


@right(KERNEL)
def kernel_einsum(K):
    D, C, p, q = K.shape
    return np.einsum("dcij->ijcd", K).reshape(p * q * C, D)


@wrong(KERNEL, "order", "channel")
def kernel_channels_first(K):
    return K.reshape(K.shape[0], -1).T


@wrong(KERNEL, "transpose", "transposed")
def kernel_rows(K):
    return np.stack([k.transpose(1, 2, 0).flatten() for k in K])


@wrong(KERNEL, "order", "column by column")
def kernel_swapped(K):
    return np.moveaxis(K, 0, 3).transpose(2, 1, 0, 3).reshape(-1, len(K))


@right(UNPATCH)
def unpatch_by_fill(flat, size, C):
    B, M, d = flat.shape
    p = int(np.sqrt(d // C))
    out = np.empty((B, C, size[0], size[1]))
    m = 0
    for top in range(0, size[0], p):
        for left in range(0, size[1], p):
            out[:, :, top : top + p, left : left + p] = flat[:, m].reshape(B, C, p, p)
            m += 1
    return out


@wrong(UNPATCH, "forgotten", "reshape alone")
def unpatch_reshape(flat, size, C):
    return flat.reshape(len(flat), C, *size)


@wrong(UNPATCH, "order", "channels")
def unpatch_channels_last(flat, size, C):
    B, _, d = flat.shape
    p = round((d / C) ** 0.5)
    x = flat.reshape(B, size[0] // p, size[1] // p, p, p, C)
    return x.transpose(0, 5, 1, 3, 2, 4).reshape(B, C, *size)


@right(EMBED)
def embed_by_tensordot(g, W, dx, hidden):
    first, rest = dx[:, 0], dx[:, 1:]
    seen = rest * (1 - hidden[..., None])
    gone = rest * hidden[..., None]
    dW = np.tensordot(g, seen, axes=([0, 1], [0, 1]))
    return dW, gone.sum(axis=(0, 1)), first.sum(axis=0), np.einsum("bmd,id->bmi", seen, W)


@wrong(EMBED, "forgotten", "hidden patches")
def embed_ignores_mask(g, W, dx, hidden):
    rest = dx[:, 1:]
    dW = np.einsum("bmi,bmd->id", g, rest)
    return dW, rest[hidden].sum(axis=0), dx[:, 0].sum(axis=0), rest @ W.T


@wrong(EMBED, "factor", "shares add up|one vector")
def embed_means(g, W, dx, hidden):
    rest = np.where(hidden[..., None], 0, dx[:, 1:])
    gap = dx[:, 1:][hidden].mean(axis=0)
    return np.einsum("bmi,bmd->id", g, rest), gap, dx[:, 0].mean(axis=0), rest @ W.T


@right(LOSS)
def loss_masked_rows(y, g, hidden):
    mean, var = g.mean(-1), g.var(-1)
    t = (g - mean[..., None]) / (var[..., None] + 1e-6) ** 0.5
    n = np.count_nonzero(hidden) * g.shape[-1]
    d = np.where(hidden[..., None], y - t, 0)
    return np.sum(d * d) / n, d * (2 / n)


@wrong(LOSS, "factor", "hidden")
def loss_over_everything(y, g, hidden):
    t = (g - g.mean(-1, keepdims=True)) / np.sqrt(g.var(-1, keepdims=True) + 1e-6)
    return np.mean((y - t) ** 2), 2 * (y - t) / y.size


@wrong(LOSS, "misread", "raw")
def loss_of_raw_patches(y, g, hidden):
    d = np.where(hidden[..., None], y - g, 0)
    n = hidden.sum() * g.shape[-1]
    return (d**2).sum() / n, 2 * d / n


@wrong(LOSS, "factor", "factor 2")
def loss_without_two(y, g, hidden):
    loss, d = loss_masked_rows(y, g, hidden)
    return loss, d / 2


@right(HIDE)
def hide_scatter(scores, n):
    out = np.zeros(scores.shape, bool)
    np.put_along_axis(out, np.argpartition(scores, n - 1, axis=1)[:, :n], True, axis=1)
    return out


@wrong(HIDE, "misread", "argsort")
def hide_one_argsort(scores, n):
    return np.argsort(scores, axis=-1) < n


@wrong(HIDE, "sign", "largest")
def hide_the_largest(scores, n):
    return np.argsort(np.argsort(-scores, axis=1), axis=1) < n


@wrong(HIDE, "misread", "one limit")
def hide_below_one_limit(scores, n):
    return scores <= np.sort(scores.ravel())[n * len(scores) - 1]


@wrong(HIDE, "misread", "absolute")
def hide_the_nearest_to_zero(scores, n):
    return np.argsort(np.argsort(np.abs(scores), axis=1), axis=1) < n


values(
    "vision_transformer.tokens",
    (96, "forgotten", "class token"),
    (6144 // 8 + 1, "misread", "once"),
)
values(
    "vision_transformer.parameters",
    (2778, "forgotten", "16 are missing"),
    (2762, "forgotten", "last norm"),
    (2730, "forgotten", "64 are missing"),
    (2698, "forgotten", "norms"),
)
values("vision_transformer.slip", (2, "misread", "a set"), (5, "misread", "looked"))
