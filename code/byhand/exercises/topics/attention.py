"""Exercises of chapter 13: scores and reading. Kernel regression,
key-value memory and pointers are in `kernels`."""

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, special
from byhand.exercises.topics.cases import UNSHIFTED, near, normal, softmax, whole


def qkv(rng, B, T, S, d, dv):
    return normal(rng, B, T, d), normal(rng, B, S, d), normal(rng, B, S, dv)


def qkv_cases(rng):
    yield np.array([[[1.0, 0.0]]]), np.array([[[1.0, 0.0], [0.0, 1.0]]]), np.array([[[1.0], [0.0]]])
    yield special(
        "two equal keys",
        np.array([[[1.0, 2.0]]]),
        np.array([[[1.0, 1.0], [1.0, 1.0]]]),
        np.array([[[4.0], [0.0]]]),
    )
    for sizes in [
        (1, 1, 3, 2, 1),
        (1, 2, 3, 4, 2),
        (2, 1, 4, 3, 5),
        (2, 3, 5, 7, 4),
        (3, 2, 4, 5, 6),
        (2, 4, 3, 6, 5),
    ]:
        yield qkv(rng, *sizes)
    for _ in range(12):
        B, T, S, d, dv = rng.permutation([2, 3, 4, 5, 7])
        yield qkv(rng, B, T, S, d, dv)
    for _ in range(3):
        Q, K, V = (
            whole(rng, 2, 3, 4, low=-1, high=1),
            whole(rng, 2, 5, 4, low=-1, high=1),
            normal(rng, 2, 5, 6),
        )
        # so that a large score is there for certain
        Q[:, :, 0], K[:, 0] = 2.0, (1.0, 0.0, 0.0, 0.0)
        yield special("large scores", 720 * Q, K, V)
        yield special(
            "large scores, far apart in the batch", Q * np.array([1.0, 1500.0])[:, None, None], K, V
        )
        far = 800.0 * Q * np.array([0.0, 1.0, -1.0])[:, None]
        yield special("scores of 0, 800 and -800 in one sequence", far, K, V)


def attend_by_loop(Q, K, V):
    B, T, d = Q.shape
    outputs, weights = np.zeros((B, T, V.shape[2])), np.zeros((B, T, K.shape[1]))
    for b in range(B):
        for t in range(T):
            scores = [float(np.dot(Q[b, t], k)) / d**0.5 for k in K[b]]
            e = [np.exp(s - max(scores)) for s in scores]
            for s in range(len(e)):
                weights[b, t, s] = e[s] / sum(e)
                outputs[b, t] += weights[b, t, s] * V[b, s]
    return outputs, weights


def attend_by_einsum(Q, K, V):
    scores = np.einsum("btd,bsd->bts", Q, K) * Q.shape[-1] ** -0.5
    weights = np.exp(scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True))
    return [np.einsum("bts,bsv->btv", weights, V), weights]


def keys_permuted(f, Q, K, V):
    order = np.arange(K.shape[1])[::-1]
    return near(f(Q, K[:, order], V[:, order])[0], f(Q, K, V)[0])


@exercise(
    "attention.scaled_dot_product",
    trains="attention for a batch",
    kind="diagnose",
    task="""
    scaled_dot_product(Q, K, V) -> (output, weights). Q (B, T, d) queries, K (B, S, d) keys, V (B,
    S, dv) values; weights (B, T, S) = softmax over the keys of Q K^T / sqrt(d); output (B, T, dv)
    = weights V. Scores may be large.
    """,
    shapes={"Q": "B T d", "K": "B S d", "V": "B S dv"},
    outputs=("output", "weights"),
    cases=qkv_cases,
    variants=(attend_by_loop, attend_by_einsum),
    properties=(
        Property(
            "each query's weights sum to 1", lambda f, Q, K, V: near(f(Q, K, V)[1].sum(axis=-1), 1)
        ),
        Property("permuting keys and values together changes no output", keys_permuted),
    ),
    helpers=(softmax,),
    hints=(
        "Three steps: compare each query with each key, turn each query's scores into shares, "
        "mix the values by them.",
        "scores = Q K^T / sqrt(d), (B, T, S);  weights = softmax over s;  output = weights V.",
        "scores = Q @ K.swapaxes(...) / np.sqrt(...)\n"
        "weights = softmax(scores, axis=...)\n"
        "return ..., weights",
    ),
    mistakes=r"""
    no_scale | ` / np.sqrt(K.shape[-1])` -> `` |
        You seem to have left out 1/sqrt(d): your output equals softmax(Q K^T) V.
    divided_by_d | np.sqrt(K.shape[-1]) -> K.shape[-1] |
        You divide the scores by d; it is its square root, sqrt(d).
    times_scale | / np.sqrt -> * np.sqrt |
        You multiply the scores by sqrt(d); they are divided by it.
    sqrt_S | np.sqrt(K.shape[-1]) -> np.sqrt(K.shape[1]) |
        You divide by sqrt(S), the number of keys; d is the last axis of K (and of Q): K.shape[-1].
    sqrt_T | np.sqrt(K.shape[-1]) -> np.sqrt(Q.shape[1]) |
        You divide by sqrt(T), the number of queries; it is sqrt(d), the width of queries and keys.
    sqrt_dv | np.sqrt(K.shape[-1]) -> np.sqrt(V.shape[-1]) |
        You divide by sqrt(dv), the width of the values; it is sqrt(d), that of queries and keys.
    sqrt_B | np.sqrt(K.shape[-1]) -> np.sqrt(K.shape[0]) |
        You divide by sqrt(B), the batch size; d is the last axis: K.shape[-1].
    over_queries | axis=-1)\n    return weights -> axis=-2)\n    return weights | Your softmax runs
        over the queries; each query shares its attention among the keys, the last axis of the
        scores.
    over_batch | axis=-1)\n    return weights -> axis=0)\n    return weights |
        Your softmax runs over the batch (axis 0); it runs over the keys, the last axis.
    no_softmax | `softmax(scores, axis=-1)\n` -> `scores\n` |
        The softmax is missing: you mix the values by the raw scores.
    scaled_after | ` / np.sqrt(K.shape[-1])` -> `` ;; `softmax(scores, axis=-1)\n` ->
        `softmax(scores, axis=-1) / np.sqrt(K.shape[-1])\n` |
        You divide the weights by sqrt(d) after the softmax; the scores are divided before it.
    weights_are_scores | V, weights -> V, scores |
        Your output is right, but the second output holds the scores; the weights are asked for.
    negative | `= Q @ K` -> `= -Q @ K` |
        The scores have the wrong sign: a query then looks away from its key.
    exp_without_max | np.exp(z - z.max(axis=axis, keepdims=True)) -> np.exp(z) |
        e^score overflows for large scores: take each row's maximum away before the exponential.
    one_max | z.max(axis=axis, keepdims=True) -> z.max() | You take one maximum over all scores
        away; a row far below it underflows to 0/0. Each row needs its own.
    one_sum | e.sum(axis=axis, keepdims=True) -> e.sum() |
        You divide by one sum over all weights; each query has its own sum.
    max_of_each | z.max(axis=axis, keepdims=True) -> z.max(axis=(1, 2), keepdims=True) | You take
        one maximum for each sequence away; a query far below it underflows to 0/0. Each query needs
        its own.
    mean_shift | z.max(axis=axis, keepdims=True) -> z.mean(axis=axis, keepdims=True) |
        The mean taken away does not guard against overflow; take each row's maximum away.
    output_scaled | return weights @ V, weights -> return weights @ V / np.sqrt(K.shape[-1]),
        weights | You divide the output by sqrt(d) too; only the scores are divided.
    by_eight | np.sqrt(K.shape[-1]) -> 8 | You divide by the constant 8, which is sqrt(d) for d = 64
        only; d is the last axis of K: K.shape[-1].
    small_sum | e / e.sum(axis=axis, keepdims=True) -> e / (e.sum(axis=axis, keepdims=True) + SMALL)
        | You add a small constant to the softmax's sum, so the weights no longer sum to 1. With the
        maximum taken away the sum is at least 1: nothing has to be added.
    """,
    equivalent={
        "-1 -> 1": "the default axis of softmax is not used: the call names it",
        "1 -> 2": "the default axis of softmax is not used: the call names it",
    },
)
def scaled_dot_product(Q, K, V):
    scores = Q @ K.swapaxes(-1, -2) / np.sqrt(K.shape[-1])
    weights = softmax(scores, axis=-1)
    return weights @ V, weights


def concat_cases(rng):
    yield np.array([1.0]), np.array([[1.0], [0.0]]), np.array([[1.0, 1.0]]), np.array([2.0])
    for S, dq, dk, h in [(1, 2, 3, 4), (2, 1, 2, 3), (3, 2, 4, 5), (4, 3, 2, 6), (5, 4, 3, 2)] + [
        (6, 5, 4, 3),
        (3, 4, 2, 5),
        (5, 3, 6, 4),
        (4, 3, 3, 5),
    ] * 4:
        yield (
            normal(rng, dq),
            normal(rng, S, dk),
            normal(rng, h, dq + dk, scale=0.8),
            normal(rng, h),
        )


def concat_by_loop(q, K, W, w):
    scores = []
    for k in K:
        both = [*q, *k]
        hidden = [np.tanh(sum(a * b for a, b in zip(row, both, strict=True))) for row in W]
        scores.append(sum(float(a) * b for a, b in zip(w, hidden, strict=True)))
    e = [np.exp(s - max(scores)) for s in scores]
    return scores, [x / sum(e) for x in e]


def concat_written_out(q, K, W, w):
    pairs = np.column_stack([np.tile(q, (len(K), 1)), K])
    scores = np.tanh(pairs @ W.T) @ w
    return scores, np.exp(scores) / np.exp(scores).sum()


@exercise(
    "attention.additive",
    trains="the additive score in another form",
    task="""
    concat(q, K, W, w) -> (scores, weights), both (S,): the score that Luong et al. call concat. One
    query q (dq,) and each key k_s, a row of K (S, dk), are put one behind the other, first the
    query: score_s = w . tanh(W [q; k_s]) with W (h, dq + dk), w (h,); weights = softmax of the
    scores.
    """,
    shapes={"q": "dq", "K": "S dk", "w": "h"},
    outputs=("scores", "weights"),
    cases=concat_cases,
    variants=(concat_by_loop, concat_written_out),
    helpers=(softmax,),
    hints=(
        "A product with [q; k] is a sum of two products: which columns of W meet the query?",
        "W [q; k_s] = W_1 q + W_2 k_s, where W_1 has the first dq columns of W.",
        "W_1, W_2 = W[:, :...], W[:, ...:]\n"
        "hidden = np.tanh(W_1 @ q + ...)   # (S, h)\n"
        "scores = hidden @ ...\n"
        "return scores, softmax(scores)",
    ),
    mistakes="""
    no_tanh | np.tanh(W_1 @ q + K @ W_2.T) -> (W_1 @ q + K @ W_2.T) | The tanh is missing; without
        it the query's share is the same for every key and drops out of the weights.
    key_first | W_1, W_2 = W[:, :dq], W[:, dq:] -> W_1, W_2 = W[:, K.shape[1]:], W[:, :K.shape[1]]
        | You put the key first; the query stands first, so the first dq columns of W belong to it.
    sum_for_v | hidden @ w -> hidden.sum(axis=-1) |
        You sum the hidden units; they are weighted by w: w . tanh(...).
    no_query | W_1 @ q + K @ W_2.T -> K @ W_2.T |
        The query is missing: W [q; k_s] has its part, too.
    no_key | W_1 @ q + K @ W_2.T -> W_1 @ q + 0 * K @ W_2.T |
        The keys are missing: tanh(W [q; k_s]); all your scores are equal.
    product | W_1 @ q + K @ W_2.T -> W_1 @ q * (K @ W_2.T) | You multiply the query's part and the
        key's; a product with [q; k] adds them.
    minus | W_1 @ q + K -> W_1 @ q - K | The query's part and the key's are added, not subtracted.
    tanh_each | np.tanh(W_1 @ q + K @ W_2.T) -> np.tanh(W_1 @ q) + np.tanh(K @ W_2.T) |
        tanh is applied once, to the sum of both parts, not to each part.
    tan | np.tanh -> np.tan | np.tan is the tangent; the hyperbolic tangent np.tanh is meant.
    sigmoid | np.tanh(W_1 @ q + K @ W_2.T) -> 1 / (1 + np.exp(-(W_1 @ q + K @ W_2.T))) |
        You use the sigmoid; the additive score uses tanh.
    scaled | hidden @ w -> hidden @ w / np.sqrt(len(w)) |
        Additive scores are not divided by sqrt(h).
    weights_twice | return scores, -> return softmax(scores), |
        The first output holds weights; the scores before the softmax are asked for.
    softmax_in | return scores, softmax(scores) -> return scores, softmax(softmax(scores)) |
        Softmax is applied twice to get the weights.
    no_softmax | return scores, softmax(scores) -> return scores, scores |
        The weights are the scores themselves; the softmax is missing.
    exchanged | return scores, softmax(scores) -> return softmax(scores), scores |
        The weights and the scores are exchanged: the scores come first.
    absolute | hidden @ w -> np.abs(hidden) @ w |
        The hidden units keep their signs: w . tanh(...), not w . |tanh(...)|.
    mean_for_v | hidden @ w -> hidden.mean(axis=-1) |
        You average the hidden units; they are weighted by w and summed.
    divided | hidden @ w -> hidden @ w / len(w) |
        The scores are w . tanh(...), a sum, not a mean over the hidden units.
    tanh_of_score | np.tanh(W_1 @ q + K @ W_2.T) -> (W_1 @ q + K @ W_2.T) ;; hidden @ w ->
        np.tanh(hidden @ w) | The tanh belongs inside, before w: w . tanh(W [q; k_s]), not
        tanh(w . W [q; k_s]).
    small_sum | e / e.sum(axis=axis, keepdims=True) -> e / (e.sum(axis=axis, keepdims=True) + SMALL)
        | You add a small constant to the softmax's sum, so the weights no longer sum to 1. With the
        maximum taken away the sum is at least 1: nothing has to be added.
    """,
    equivalent=UNSHIFTED,
)
def concat(q, K, W, w):
    dq = len(q)
    W_1, W_2 = W[:, :dq], W[:, dq:]
    hidden = np.tanh(W_1 @ q + K @ W_2.T)
    scores = hidden @ w
    return scores, softmax(scores)
