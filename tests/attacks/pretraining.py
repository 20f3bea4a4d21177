"""Wrong and right answers to the exercises of chapter 17, written from the task texts."""

import numpy as np

from attacks.table import right, values, wrong

CBOW, JOIN, GAPS = "pretraining.cbow", "pretraining.join", "pretraining.gaps"
LOSS, NUCLEUS = "pretraining.masked_loss", "pretraining.nucleus"


def sig(x):
    x = np.asarray(x, float)
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + small), small / (1 + small))


@right(CBOW)
def cbow_einsum(V, u, U):
    v = np.einsum("md->d", V) / V.shape[0]
    right_error, errors = sig(v @ u) - 1, sig(np.einsum("kd,d->k", U, v))
    dv = right_error * u + np.einsum("k,kd->d", errors, U)
    return (
        np.repeat(dv[None] / V.shape[0], V.shape[0], axis=0),
        right_error * v,
        np.outer(errors, v),
    )


@wrong(CBOW, "factor", "mean|times too large")
def cbow_full_to_each(V, u, U):
    v = V.mean(axis=0)
    dv = (sig(u @ v) - 1) * u + sig(U @ v) @ U
    return np.array([dv for _ in V]), (sig(u @ v) - 1) * v, np.outer(sig(U @ v), v)


@wrong(CBOW, "forgotten", "sigma - 1|push")
def cbow_no_target(V, u, U):
    v = V.mean(axis=0)
    e = sig(np.concatenate([[u @ v], U @ v]))
    dv = e @ np.vstack([u, U]) / len(V)
    return dv + 0 * V, e[0] * v, np.outer(e[1:], v)


@wrong(CBOW, "misread", "sum over|not a mean")
def cbow_mean_of_negatives(V, u, U):
    v = V.mean(axis=0)
    e, ek = sig(u @ v) - 1, sig(U @ v) / len(U)
    return 0 * V + (e * u + sig(U @ v) @ U) / len(V), e * v, ek[:, None] * v


@right(JOIN)
def join_with_iterator(tokens, pair, new):
    out, rest = [], list(tokens)
    while rest:
        if len(rest) > 1 and (rest[0], rest[1]) == tuple(pair):
            out.append(new)
            rest = rest[2:]
        else:
            out.append(rest.pop(0))
    return out


@wrong(JOIN, "forgotten", "first occurrence")
def join_first_only(tokens, pair, new):
    for i in range(len(tokens) - 1):
        if (tokens[i], tokens[i + 1]) == pair:
            return tokens[:i] + [new] + tokens[i + 2 :]
    return list(tokens)


@wrong(JOIN, "shift", "second")
def join_and_keep(tokens, pair, new):
    out = []
    for i, token in enumerate(tokens):
        out.append(new if tokens[i : i + 2] == list(pair) else token)
    return out


@right(GAPS)
def gaps_flat(tokens, u, fate, anything, gap):
    asked = (tokens > 0) * (u < 0.15) > 0
    read = np.array(tokens)
    read[asked & (fate < 0.8)] = gap
    swap = asked & ~(fate < 0.9)
    read[swap] = anything[swap]
    return read, asked


@wrong(GAPS, "forgotten", "padding")
def gaps_in_padding(tokens, u, fate, anything, gap):
    asked = u < 0.15
    read = np.where(asked & (fate < 0.8), gap, np.where(asked & (fate >= 0.9), anything, tokens))
    return read, asked


@wrong(GAPS, "misread", "all chosen|unchanged")
def gaps_asked_where_changed(tokens, u, fate, anything, gap):
    asked = (u < 0.15) & (tokens > 0)
    read = np.where(asked & (fate < 0.8), gap, np.where(asked & (fate >= 0.9), anything, tokens))
    return read, read != tokens


@wrong(GAPS, "misread", "every asked place|tenth")
def gaps_hide_all(tokens, u, fate, anything, gap):
    asked = (u < 0.15) & (tokens > 0)
    return np.where(asked, gap, tokens), asked


@right(LOSS)
def loss_shifted(logits, words, asked):
    z = logits - logits.max(axis=2, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(axis=2, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=2, keepdims=True))
    n = np.count_nonzero(asked)
    picked = np.take_along_axis(log_p, words[:, :, None], axis=2)[:, :, 0]
    d = p - (np.arange(logits.shape[2]) == words[:, :, None])
    return -picked[asked].sum() / n, np.where(asked[:, :, None], d / n, 0)


@wrong(LOSS, "factor", "all places|asked")
def loss_over_all_places(logits, words, asked):
    loss, d = loss_shifted(logits, words, asked)
    return loss * asked.mean(), d * asked.mean()


@wrong(LOSS, "factor", "sum over|mean")
def loss_summed(logits, words, asked):
    loss, d = loss_shifted(logits, words, asked)
    return loss * asked.sum(), d * asked.sum()


@right(NUCLEUS)
def nucleus_growing(p, share):
    for n in range(1, len(p) + 1):
        best = np.argpartition(-p, n - 1)[:n]
        if p[best].sum() >= share - 1e-15 or n == len(p):
            out = np.zeros(len(p))
            out[best] = p[best] / p[best].sum()
            return out


@wrong(NUCLEUS, "shift", "drop|reached")
def nucleus_stops_early(p, share):
    order = np.argsort(p)[::-1]
    best = order[np.cumsum(p[order]) < share]
    out = np.zeros(len(p))
    out[best] = p[best]
    return out / out.sum()


@wrong(NUCLEUS, "forgotten", "sum to 1|scaled")
def nucleus_unscaled(p, share):
    return np.array([q if p[p > q].sum() < share else 0.0 for q in p])


@wrong(LOSS, "misread", "not 0 where nothing was asked|asked")
def loss_gradient_at_every_place(logits, words, asked):
    loss, _ = loss_shifted(logits, words, asked)
    everywhere = np.ones_like(asked)
    d = loss_shifted(logits, words, everywhere)[1] * asked.size / asked.sum()
    return loss, d


@wrong(LOSS, "factor", "gradient that of the sum|divide")
def loss_gradient_summed(logits, words, asked):
    loss, d = loss_shifted(logits, words, asked)
    return loss, d * asked.sum()


@wrong(JOIN, "forgotten", "last token")
def join_stops_early(tokens, pair, new):
    out, i = [], 0
    while i < len(tokens) - 1:
        if tokens[i] == pair[0] and tokens[i + 1] == pair[1]:
            out, i = [*out, new], i + 2
        else:
            out, i = [*out, tokens[i]], i + 1
    return out


values(
    "pretraining.where_it_rests",
    (np.log(8), "forgotten", "K = 4"),
    (2 / 3, "misread", "sigma"),
    (1.0, "convention", "base 2"),
    (2, "forgotten", "logarithm"),
    (np.log(80 / 800), "misread", "10,000"),
)
values("pretraining.bits", (5, "forgotten", "piece"), (20, "order", "shared out"))
values(
    "pretraining.parameters",
    (60640, "misread", "pooler"),
    (59008, "forgotten", "biases"),
    (91584, "misread", "second time"),
)
values("pretraining.slip", (4, "misread", "June 2018"), (6, "misread", "tokens differ"))
