"""Exercises of chapter 13: scores and reading. Kernel regression,
key-value memory and pointers are in `kernels`."""
# ruff: noqa: E501 - one mistake a line

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, slip, special
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
    task="scaled_dot_product(Q, K, V) -> (output, weights). Q (B, T, d) queries, K (B, S, d) keys, V (B, S, dv) values; "
    "weights (B, T, S) = softmax over the keys of Q K^T / sqrt(d); output (B, T, dv) = weights V. Scores may be large.",
    shapes={"Q": "B T d", "K": "B S d", "V": "B S dv"},
    outputs=("output", "weights"),
    cases=qkv_cases,
    variants=(attend_by_loop, attend_by_einsum),
    properties=(
        Property("each query's weights sum to 1", lambda f, Q, K, V: near(f(Q, K, V)[1].sum(axis=-1), 1)),
        Property("permuting keys and values together changes no output", keys_permuted),
    ),
    helpers=(softmax,),
    hints=(
        "Three steps: compare each query with each key, turn each query's scores into shares, mix the values by them.",
        "scores = Q K^T / sqrt(d), (B, T, S);  weights = softmax over s;  output = weights V.",
        "scores = Q @ K.swapaxes(...) / np.sqrt(...)\nweights = softmax(scores, axis=...)\nreturn weights @ V, weights",
    ),
    mistakes=(
        slip("no_scale", "You seem to have left out 1/sqrt(d): your output equals softmax(Q K^T) V.", " / np.sqrt(K.shape[-1])", ""),
        slip("divided_by_d", "You divide the scores by d; it is its square root, sqrt(d).", "np.sqrt(K.shape[-1])", "K.shape[-1]"),
        slip("times_scale", "You multiply the scores by sqrt(d); they are divided by it.", "/ np.sqrt", "* np.sqrt"),
        slip("sqrt_S", "You divide by sqrt(S), the number of keys; d is the last axis of K (and of Q): K.shape[-1].", "np.sqrt(K.shape[-1])", "np.sqrt(K.shape[1])"),
        slip("sqrt_T", "You divide by sqrt(T), the number of queries; it is sqrt(d), the width of queries and keys.", "np.sqrt(K.shape[-1])", "np.sqrt(Q.shape[1])"),
        slip("sqrt_dv", "You divide by sqrt(dv), the width of the values; it is sqrt(d), that of queries and keys.", "np.sqrt(K.shape[-1])", "np.sqrt(V.shape[-1])"),
        slip("sqrt_B", "You divide by sqrt(B), the batch size; d is the last axis: K.shape[-1].", "np.sqrt(K.shape[-1])", "np.sqrt(K.shape[0])"),
        slip("over_queries", "Your softmax runs over the queries; each query shares its attention among the keys, the last axis of the scores.", "axis=-1)\n    return weights", "axis=-2)\n    return weights"),
        slip("over_batch", "Your softmax runs over the batch (axis 0); it runs over the keys, the last axis.", "axis=-1)\n    return weights", "axis=0)\n    return weights"),
        slip("no_softmax", "The softmax is missing: you mix the values by the raw scores.", "softmax(scores, axis=-1)\n", "scores\n"),
        slip("scaled_after", "You divide the weights by sqrt(d) after the softmax; the scores are divided before it.", " / np.sqrt(K.shape[-1])", "", "softmax(scores, axis=-1)\n", "softmax(scores, axis=-1) / np.sqrt(K.shape[-1])\n"),
        slip("weights_are_scores", "Your output is right, but the second output holds the scores; the weights are asked for.", "V, weights", "V, scores"),
        slip("negative", "The scores have the wrong sign: a query then looks away from its key.", "= Q @ K", "= -Q @ K"),
        slip("exp_without_max", "e^score overflows for large scores: take each row's maximum away before the exponential.", "np.exp(z - z.max(axis=axis, keepdims=True))", "np.exp(z)"),
        slip("one_max", "You take one maximum over all scores away; a row far below it underflows to 0/0. Each row needs its own.", "z.max(axis=axis, keepdims=True)", "z.max()"),
        slip("one_sum", "You divide by one sum over all weights; each query has its own sum.", "e.sum(axis=axis, keepdims=True)", "e.sum()"),
        slip("max_of_each",
            "You take one maximum for each sequence away; a query far below it underflows to "
            "0/0. Each query needs its own.", "z.max(axis=axis, keepdims=True)",
            "z.max(axis=(1, 2), keepdims=True)"),
        slip("mean_shift",
            "The mean taken away does not guard against overflow; take each row's maximum " "away.",
            "z.max(axis=axis, keepdims=True)", "z.mean(axis=axis, keepdims=True)"),
        slip("output_scaled", "You divide the output by sqrt(d) too; only the scores are divided.",
            "return weights @ V, weights", "return weights @ V / np.sqrt(K.shape[-1]), weights"),
    ),
    equivalent={
        "-1 -> 1": "the default axis of softmax is not used: the call names it",
        "1 -> 2": "the default axis of softmax is not used: the call names it",
    },
)  # fmt: skip
def scaled_dot_product(Q, K, V):
    scores = Q @ K.swapaxes(-1, -2) / np.sqrt(K.shape[-1])
    weights = softmax(scores, axis=-1)
    return weights @ V, weights


def additive_cases(rng):
    yield (
        np.array([1.0]),
        np.array([[1.0], [0.0]]),
        np.array([[1.0]]),
        np.array([[1.0]]),
        np.array([2.0]),
    )
    for S, dq, dk, h in [(1, 2, 3, 4), (2, 1, 2, 3), (3, 2, 4, 5), (4, 3, 2, 6), (5, 4, 3, 2)] + [
        (6, 5, 4, 3),
        (3, 4, 2, 5),
        (5, 3, 6, 4),
    ] * 4:
        yield (
            normal(rng, dq),
            normal(rng, S, dk),
            normal(rng, h, dq, scale=0.8),
            normal(rng, h, dk, scale=0.8),
            normal(rng, h),
        )


def additive_by_loop(q, K, W, U, v):
    scores = [sum(float(v[i]) * np.tanh(W[i] @ q + U[i] @ k) for i in range(len(v))) for k in K]
    e = [np.exp(s - max(scores)) for s in scores]
    return [s for s in scores], [x / sum(e) for x in e]


def additive_by_einsum(q, K, W, U, v):
    scores = np.einsum(
        "h,sh->s", v, np.tanh(np.einsum("hq,q->h", W, q) + np.einsum("hk,sk->sh", U, K))
    )
    return scores, np.exp(scores) / np.exp(scores).sum()


@exercise(
    "attention.additive",
    task="additive(q, K, W, U, v) -> (scores, weights), both (S,): Bahdanau's score of one query q (dq,) against the keys "
    "K (S, dk), score_s = v^T tanh(W q + U k_s) with W (h, dq), U (h, dk), v (h,); weights = softmax of the scores.",
    shapes={"q": "dq", "K": "S dk", "v": "h"},
    outputs=("scores", "weights"),
    cases=additive_cases,
    variants=(additive_by_loop, additive_by_einsum),
    helpers=(softmax,),
    hints=(
        "Query and key are first brought to the same width h, then added, bent by tanh, and v makes one number of it.",
        "hidden_s = tanh(W q + U k_s), (h,);  score_s = v . hidden_s;  weights = softmax(scores).",
        "hidden = np.tanh(W @ q + K @ U.T)   # (S, h)\nscores = hidden @ ...\nreturn scores, softmax(scores)",
    ),
    mistakes=(
        slip("no_tanh", "The tanh is missing; without it the query's share is the same for every key and drops out of the weights.", "np.tanh(W @ q + K @ U.T)", "(W @ q + K @ U.T)"),
        slip("sum_for_v", "You sum the hidden units; they are weighted by v: v^T tanh(...).", "hidden @ v", "hidden.sum(axis=-1)"),
        slip("no_query", "The query is missing: tanh(W q + U k).", "W @ q + K @ U.T", "K @ U.T"),
        slip("no_key", "The keys are missing: tanh(W q + U k); all your scores are equal.", "W @ q + K @ U.T", "W @ q + 0 * K @ U.T"),
        slip("product", "You multiply W q and U k; additive attention adds them.", "W @ q + K @ U.T", "W @ q * (K @ U.T)"),
        slip("minus", "W q and U k are added, not subtracted.", "W @ q + K", "W @ q - K"),
        slip("tanh_each", "tanh is applied once, to the sum: tanh(W q + U k), not tanh(W q) + tanh(U k).", "np.tanh(W @ q + K @ U.T)", "np.tanh(W @ q) + np.tanh(K @ U.T)"),
        slip("tan", "np.tan is the tangent; the hyperbolic tangent np.tanh is meant.", "np.tanh", "np.tan"),
        slip("sigmoid", "You use the sigmoid; additive attention uses tanh.", "np.tanh(W @ q + K @ U.T)", "1 / (1 + np.exp(-(W @ q + K @ U.T)))"),
        slip("scaled", "Additive scores are not divided by sqrt(h).", "hidden @ v", "hidden @ v / np.sqrt(len(v))"),
        slip("weights_twice", "The first output holds weights; the scores before the softmax are asked for.", "return scores,", "return softmax(scores),"),
        slip("softmax_in", "Softmax is applied twice to get the weights.", "return scores, softmax(scores)", "return scores, softmax(softmax(scores))"),
        slip("no_softmax", "The weights are the scores themselves; the softmax is missing.", "return scores, softmax(scores)", "return scores, scores"),
        slip("exchanged", "The weights and the scores are exchanged: the scores come first.",
            "return scores, softmax(scores)", "return softmax(scores), scores"),
        slip("absolute", "The hidden units keep their signs: v^T tanh(...), not v^T |tanh(...)|.",
            "hidden @ v", "np.abs(hidden) @ v"),
        slip("mean_for_v", "You average the hidden units; they are weighted by v and summed.",
            "hidden @ v", "hidden.mean(axis=-1)"),
        slip("divided", "The scores are v^T tanh(...), a sum, not a mean over the hidden units.",
            "hidden @ v", "hidden @ v / len(v)"),
    ),
    equivalent=UNSHIFTED,
)  # fmt: skip
def additive(q, K, W, U, v):
    hidden = np.tanh(W @ q + K @ U.T)
    scores = hidden @ v
    return scores, softmax(scores)
