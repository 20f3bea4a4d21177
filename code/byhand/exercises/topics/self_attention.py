"""Exercises of chapter 14: self-attention, several heads, positions."""
# ruff: noqa: E501 - one mistake a line

import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, slip, special
from byhand.exercises.topics.cases import near, normal, softmax

WEIGHTS = ("W_q", "W_k", "W_v")
BIASES = ("b_q", "b_k", "b_v")
KEY_BIAS = "a key bias adds one number to all scores of a query, and softmax takes it out again"


def layer_cases(rng):
    for B, T, D, d, dv in [
        (1, 2, 1, 1, 1),
        (1, 3, 2, 4, 3),
        (2, 1, 3, 4, 5),
        (2, 3, 4, 5, 6),
        (3, 4, 2, 5, 3),
        (2, 5, 3, 4, 6),
        (4, 2, 5, 3, 2),
    ] * 4:
        params = {
            "W_q": normal(rng, D, d, scale=0.8),
            "b_q": normal(rng, d),
            "W_k": normal(rng, D, d, scale=0.8),
            "b_k": normal(rng, d),
        }
        yield normal(rng, B, T, D), {**params, "W_v": normal(rng, D, dv), "b_v": normal(rng, dv)}
    for T in (3, 4, 5):
        X = np.arange(T).reshape(1, T, 1) * np.array([1.0, -1.0]).reshape(2, 1, 1)
        ones, none = np.ones((1, 4)), np.zeros(4)
        params = {"W_q": 500.0 * ones, "b_q": none, "W_k": ones, "b_k": none + 1.0}
        yield special(
            "scores of 0 and 1000", X, {**params, "W_v": normal(rng, 1, 3), "b_v": normal(rng, 3)}
        )


def layer_by_loop(X, params):
    out = []
    for x in X:
        q, k, v = (x @ params[w] + params[b] for w, b in zip(WEIGHTS, BIASES, strict=True))
        rows = []
        for query in q:
            scores = [float(query @ key) / math.sqrt(len(key)) for key in k]
            e = [math.exp(score - max(scores)) for score in scores]
            rows.append(sum(w / sum(e) * value for w, value in zip(e, v, strict=True)))
        out.append(rows)
    return out


def layer_by_einsum(X, params):
    X1 = np.concatenate([X, np.ones((*X.shape[:2], 1))], axis=2)
    Q, K, V = (
        np.einsum("btd,de->bte", X1, np.vstack([params[w], params[b]]))
        for w, b in zip(WEIGHTS, BIASES, strict=True)
    )
    return np.einsum(
        "bts,bsv->btv", softmax(np.einsum("btd,bsd->bts", Q, K) * Q.shape[2] ** -0.5), V
    )


def permutes(f, X, params):
    order = np.arange(X.shape[1])[::-1]
    return near(f(X[:, order], params), f(X, params)[:, order])


@exercise(
    "self_attention.layer",
    task='layer(X, params) -> (B, T, dv): one head of self-attention with biases. X (B, T, D); params is a dict with "W_q", "W_k" (D, d), "W_v" '
    '(D, dv) and "b_q", "b_k" (d,), "b_v" (dv,). Q = X W_q + b_q and so on; output = softmax(Q K^T / sqrt(d)) V, the softmax over keys.',
    shapes={"X": "B T D"},
    cases=layer_cases,
    variants=(layer_by_loop, layer_by_einsum),
    properties=(Property("permuting the tokens permutes the outputs in the same way", permutes),),
    helpers=(softmax,),
    hints=("Query, key and value are three views of the same tokens.", "Q = X W_q + b_q, K = X W_k + b_k, V = X W_v + b_v;  output = softmax(Q K^T / sqrt(d)) V.", "Q = X @ params['W_q'] + params['b_q']\n...\nreturn softmax(Q @ K.swapaxes(1, 2) / ...) @ V"),
    mistakes=(
        slip("no_scale", "1/sqrt(d) is missing.", " / np.sqrt(K.shape[-1])", ""),
        slip("sqrt_D", "You divide by sqrt(D), the width of X; it is sqrt(d), that of the keys.", "np.sqrt(K.shape[-1])", "np.sqrt(X.shape[-1])"),
        slip("sqrt_T", "You divide by sqrt(T), the number of tokens; it is sqrt(d), the width of the keys.", "np.sqrt(K.shape[-1])", "np.sqrt(K.shape[1])"),
        slip("divided_by_d", "You divide by d; it is its square root.", "np.sqrt(K.shape[-1])", "K.shape[-1]"),
        slip("no_b_q", "b_q is missing.", ' + params["b_q"]', ""),
        slip("no_b_v", "b_v is missing.", ' + params["b_v"]', ""),
        slip("no_biases", "All biases are missing.", ' + params["b_q"]', "", ' + params["b_k"]', "", ' + params["b_v"]', ""),
        slip("across_batch", "Your tokens attend to those of other sequences: each sequence attends within itself.", "    return softmax(Q @ K.swapaxes(1, 2) / np.sqrt(K.shape[-1])) @ V", "    Q, K, V = (a.reshape(-1, a.shape[-1]) for a in (Q, K, V))\n    return (softmax(Q @ K.T / np.sqrt(K.shape[-1])) @ V).reshape(*X.shape[:2], -1)"),
        slip("over_queries", "Your softmax runs over the queries; it runs over the keys, the last axis.", "np.sqrt(K.shape[-1]))", "np.sqrt(K.shape[-1]), axis=1)"),
        slip("keys_as_queries", "The queries come from W_q, not from W_k.", 'Q = X @ params["W_q"] + params["b_q"]', 'Q = X @ params["W_k"] + params["b_k"]'),
        slip("queries_as_keys", "The keys come from W_k, not from W_q.", 'K = X @ params["W_k"] + params["b_k"]', 'K = X @ params["W_q"] + params["b_q"]'),
        slip("swapped", "Queries and keys are exchanged.", 'Q = X @ params["W_q"] + params["b_q"]', 'Q = X @ params["W_k"] + params["b_k"]', 'K = X @ params["W_k"] + params["b_k"]', 'K = X @ params["W_q"] + params["b_q"]'),
        slip("no_values", "The values are X W_v + b_v; you mix the tokens X themselves.", ") @ V", ") @ X"),
        slip("no_softmax", "The softmax is missing.", "softmax(Q", "(Q"),
        slip("uniform", "All tokens get the same weight: the scores play no part.", "softmax(Q", "softmax(0 * Q"),
        slip("overflow",
            "e^score overflows for large scores: take each row's maximum away before the "
            "exponential.", "np.exp(z - z.max(axis=axis, keepdims=True))", "np.exp(z)"),
        slip("one_max",
            "You take one maximum over all scores away; a row far below it underflows to 0/0."
            " Each row needs its own.", "z.max(axis=axis, keepdims=True)", "z.max()"),
        slip("scaled_weights", "You divide after the softmax; the scores are divided before it.",
            "softmax(Q @ K.swapaxes(1, 2) / np.sqrt(K.shape[-1]))",
            "softmax(Q @ K.swapaxes(1, 2)) / np.sqrt(K.shape[-1])"),
        slip("times_scale", "You multiply by sqrt(d); the scores are divided by it.", "/ np.sqrt",
            "* np.sqrt"),
        slip("minus_scores", "The scores have the wrong sign.", "softmax(Q", "softmax(-Q"),
        slip("causal", "There is no causal mask here: every token sees all others.",
            "softmax(Q @ K.swapaxes(1, 2) / np.sqrt(K.shape[-1]))",
            "softmax(np.where(np.tri(X.shape[1]) > 0, Q @ K.swapaxes(1, 2) / np.sqrt(K.shape[-1]), -1e30))"),
    ),
    equivalent={
        "X @ params['W_k'] + params['b_k'] -> X @ params['W_k'] - params['b_k']": KEY_BIAS,
        "X @ params['W_k'] + params['b_k'] -> X @ params['W_k']": KEY_BIAS,
    },
)  # fmt: skip
def layer(X, params):
    Q = X @ params["W_q"] + params["b_q"]
    K = X @ params["W_k"] + params["b_k"]
    V = X @ params["W_v"] + params["b_v"]
    return softmax(Q @ K.swapaxes(1, 2) / np.sqrt(K.shape[-1])) @ V


def split_cases(rng):
    yield np.arange(8.0).reshape(1, 2, 4), 2
    for B, T, K, N in [(1, 3, 2, 2), (2, 3, 4, 2), (3, 2, 2, 5), (2, 5, 3, 4), (4, 3, 2, 3)] * 4:
        yield normal(rng, B, T, N * K), N


@exercise(
    "self_attention.split_heads",
    task="split_heads(x, N) -> (B, N, T, K): cut the last axis of x (B, T, D) into N heads of width K = D / N. Head n of token t holds the "
    "columns n K to (n + 1) K - 1 of that token.",
    shapes={"x": "B T D"},
    cases=split_cases,
    variants=(
        lambda x, N: np.stack(np.split(x, N, axis=2), axis=1),
        lambda x, N: [[[[float(v) for v in token[n * (len(token) // N) : (n + 1) * (len(token) // N)]] for token in row] for n in range(N)] for row in x],
    ),
    hints=("Cutting the last axis is a reshape; bringing the heads before the time is a change of axes. It takes both.", "(B, T, D) -> (B, T, N, K) -> (B, N, T, K).", "B, T, D = x.shape\nreturn x.reshape(B, T, N, D // N)...."),
    mistakes=(
        slip("reshape_only", "A reshape alone mixes time and heads: cut the last axis first, (B, T, N, K), then exchange axes 1 and 2.", "x.reshape(B, T, N, D // N).swapaxes(1, 2)", "x.reshape(B, N, T, D // N)"),
        slip("no_swap", "The heads are cut, but time still comes before them: exchange axes 1 and 2.", ".swapaxes(1, 2)", ""),
        slip("interleaved", "Your heads take every N-th column; each head holds K neighbouring ones.", "x.reshape(B, T, N, D // N).swapaxes(1, 2)", "x.reshape(B, T, D // N, N).transpose(0, 3, 1, 2)"),
        slip("width_first", "N and K are exchanged: the number of heads is N.", "x.reshape(B, T, N, D // N).swapaxes(1, 2)", "x.reshape(B, T, D // N, N).swapaxes(1, 2)"),
        slip("batch_moved", "The batch must stay the first axis.", ".swapaxes(1, 2)", ".transpose(2, 0, 1, 3)"),
        slip("transposed_head", "Within a head the last two axes are exchanged: (T, K).", ".swapaxes(1, 2)", ".transpose(0, 2, 3, 1)"),
    ),
)  # fmt: skip
def split_heads(x, N):
    B, T, D = x.shape
    return x.reshape(B, T, N, D // N).swapaxes(1, 2)


def merge_cases(rng):
    yield np.arange(8.0).reshape(1, 2, 2, 2)
    for B, T, K, N in [(1, 3, 2, 2), (2, 3, 4, 2), (3, 2, 2, 5), (2, 5, 3, 4), (4, 3, 2, 3)] * 4:
        yield normal(rng, B, N, T, K)


@exercise(
    "self_attention.merge_heads",
    task="merge_heads(x) -> (B, T, D): put the heads of x (B, N, T, K) side by side again, D = N K, head 0 first. The inverse of split_heads.",
    shapes={"x": "B N T K"},
    cases=lambda rng: ((x,) for x in merge_cases(rng)),
    variants=(
        lambda x: np.concatenate([x[:, n] for n in range(x.shape[1])], axis=2),
        lambda x: [[[float(v) for head in heads for v in head[t]] for t in range(x.shape[2])] for heads in x],
    ),
    hints=("First bring the time back before the heads, then make one axis of the last two.", "(B, N, T, K) -> (B, T, N, K) -> (B, T, N K).", "B, N, T, K = x.shape\nreturn x.swapaxes(...).reshape(...)"),
    mistakes=(
        slip("reshape_only", "A reshape alone mixes heads and time: exchange axes 1 and 2 first.", "x.swapaxes(1, 2).reshape", "x.reshape"),
        slip("interleaved", "The heads' columns are interleaved; each head's columns stay together.", "x.swapaxes(1, 2)", "x.transpose(0, 2, 3, 1)"),
        slip("sum", "You add up the heads; they are put side by side.", "x.swapaxes(1, 2).reshape(B, T, N * K)", "x.sum(axis=1)"),
        slip("mean", "You average the heads; they are put side by side.", "x.swapaxes(1, 2).reshape(B, T, N * K)", "x.mean(axis=1)"),
        slip("first_head", "Only the first head is kept.", "x.swapaxes(1, 2).reshape(B, T, N * K)", "x[:, 0]"),
        slip("reversed", "The heads are in reverse order.", "x.swapaxes(1, 2)", "x[:, ::-1].swapaxes(1, 2)"),
        slip("time_merged", "You merged the heads into the time axis.", "x.swapaxes(1, 2).reshape(B, T, N * K)", "x.reshape(B, N * T, K)"),
    ),
)  # fmt: skip
def merge_heads(x):
    B, N, T, K = x.shape
    return x.swapaxes(1, 2).reshape(B, T, N * K)


def multi_cases(rng):
    for B, T, N, K in [
        (1, 2, 2, 1),
        (1, 3, 2, 2),
        (2, 3, 2, 4),
        (3, 4, 5, 2),
        (2, 5, 4, 3),
        (4, 3, 3, 2),
    ] * 3:
        D = N * K
        yield (
            normal(rng, B, T, D),
            {name: normal(rng, D, D, scale=0.7) for name in ("W_q", "W_k", "W_v", "W_o")},
            N,
        )
    for T in (3, 4, 5):
        X = np.arange(T).reshape(T, 1) * np.array([1.0, 0.0, -1.0, 0.0])
        params = {"W_q": 800.0 * np.eye(4), "W_k": np.eye(4), "W_v": np.eye(4) + 1.0}
        large = np.stack([X, -X[::-1]]), {**params, "W_o": np.eye(4)[::-1] + 0.5}, 4
        yield special("scores of 0 and 800", *large)


def multi_by_loop(X, params, N):
    K = X.shape[2] // N
    heads = []
    for n in range(N):
        part = slice(n * K, (n + 1) * K)
        Q, Ks, V = (X @ params[w][:, part] for w in WEIGHTS)
        heads.append(softmax(Q @ Ks.swapaxes(1, 2) / math.sqrt(K)) @ V)
    return np.concatenate(heads, axis=2) @ params["W_o"]


def multi_by_einsum(X, params, N):
    D = X.shape[2]
    Q, K, V = (np.einsum("btd,dnk->bntk", X, params[w].reshape(D, N, D // N)) for w in WEIGHTS)
    weights = softmax(np.einsum("bntk,bnsk->bnts", Q, K) / (D // N) ** 0.5)
    return np.einsum("bnts,bnsk,nkd->btd", weights, V, params["W_o"].reshape(N, D // N, D))


@exercise(
    "self_attention.multi_head",
    task='multi_head(X, params, N) -> (B, T, D): self-attention with N heads, no biases. X (B, T, D); params has "W_q", "W_k", "W_v", "W_o", all '
    "(D, D). Head n uses the columns n K to (n + 1) K - 1 of X W_q, X W_k, X W_v, with K = D / N; each head attends on its own, scores "
    "divided by sqrt(K); the heads' outputs, side by side, are multiplied by W_o.",
    shapes={"X": "B T D"},
    cases=multi_cases,
    variants=(multi_by_loop, multi_by_einsum),
    helpers=(softmax, split_heads, merge_heads),
    hints=("Project once, cut into heads, attend in all heads at once, join, project again.", "head_n = softmax(Q_n K_n^T / sqrt(K)) V_n;  output = [head_0, ..., head_(N-1)] W_o.", "Q, K, V = (split_heads(X @ params[w], N) for w in ('W_q', 'W_k', 'W_v'))\nheads = softmax(... / np.sqrt(...)) @ V\nreturn merge_heads(heads) @ ..."),
    mistakes=(
        slip("sqrt_model", "You divide by sqrt(D); each head has the width K = D / N: sqrt(K).", "np.sqrt(K.shape[-1])", "np.sqrt(X.shape[-1])"),
        slip("no_scale", "1/sqrt(K) is missing.", " / np.sqrt(K.shape[-1])", ""),
        slip("no_output", "The last projection W_o is missing.", ' @ params["W_o"]', ""),
        slip("split_by_reshape", "The heads are cut by a reshape alone, which mixes time and heads: (B, T, N, K) first, then exchange axes.", "x.reshape(B, T, N, D // N).swapaxes(1, 2)", "x.reshape(B, N, T, D // N)"),
        slip("merge_by_reshape", "The heads are joined by a reshape alone, which mixes heads and time: exchange axes first.", "x.swapaxes(1, 2).reshape(B, T, N * K)", "x.reshape(B, T, N * K)"),
        slip("both_by_reshape", "Heads are cut and joined by reshapes alone: time and heads are mixed.", "x.reshape(B, T, N, D // N).swapaxes(1, 2)", "x.reshape(B, N, T, D // N)", "x.swapaxes(1, 2).reshape(B, T, N * K)", "x.reshape(B, T, N * K)"),
        slip("one_head", "There is one head of width D: N plays no part.", "    Q, K, V =", "    N = 1\n    Q, K, V ="),
        slip("one_projection", "All three projections use W_q; queries, keys and values each have their own.", '("W_q", "W_k", "W_v")', '("W_q", "W_q", "W_q")'),
        slip("shared_key_value", "Keys and values share W_k; the values have W_v.", '("W_q", "W_k", "W_v")', '("W_q", "W_k", "W_k")'),
        slip("over_queries", "Your softmax runs over the queries; it runs over the keys.", "np.sqrt(K.shape[-1]))", "np.sqrt(K.shape[-1]), axis=-2)"),
        slip("over_heads", "Your softmax runs over the heads; it runs over the keys.", "np.sqrt(K.shape[-1]))", "np.sqrt(K.shape[-1]), axis=1)"),
        slip("no_softmax", "The softmax is missing.", "softmax(Q", "(Q"),
        slip("first_output_transposed", "W_o is transposed.", '@ params["W_o"]', '@ params["W_o"].T'),
        slip("sqrt_T", "You divide by sqrt(T), the number of tokens; it is sqrt(K), the width of a head.", "np.sqrt(K.shape[-1])", "np.sqrt(K.shape[-2])"),
        slip("overflow",
            "e^score overflows for large scores: take each row's maximum away before the "
            "exponential.", "np.exp(z - z.max(axis=axis, keepdims=True))", "np.exp(z)"),
        slip("one_max",
            "You take one maximum over all scores away; a row far below it underflows to 0/0."
            " Each row needs its own.", "z.max(axis=axis, keepdims=True)", "z.max()"),
        slip("cut_only",
            "X is cut into parts but not projected: queries, keys and values are X W_q, X "
            "W_k, X W_v.", "split_heads(X @ params[w], N)", "split_heads(X, N)"),
        slip("divided_by_K", "You divide by K; it is its square root.", "np.sqrt(K.shape[-1])",
            "K.shape[-1]"),
        slip("no_values", "The values are projected too: X W_v, not X.", ") @ V\n",
            ") @ split_heads(X, N)\n"),
        slip("times_scale", "You multiply by sqrt(K); the scores are divided by it.", "/ np.sqrt",
            "* np.sqrt"),
        slip("scaled_weights", "You divide after the softmax; the scores are divided before it.",
            "softmax(Q @ K.swapaxes(-1, -2) / np.sqrt(K.shape[-1]))",
            "softmax(Q @ K.swapaxes(-1, -2)) / np.sqrt(K.shape[-1])"),
        slip("mean_of_heads", "The heads are put side by side, not averaged.",
            "return merge_heads(heads) @",
            "return merge_heads(0 * heads + heads.mean(axis=1, keepdims=True)) @"),
        slip("head_first",
            "Your heads take every N-th column; each head holds K neighbouring ones.",
            "x.reshape(B, T, N, D // N).swapaxes(1, 2)",
            "x.reshape(B, T, D // N, N).transpose(0, 3, 1, 2)"),
    ),
    equivalent={"-2 -> 2": "axis 2 of four is axis -2"},
)  # fmt: skip
def multi_head(X, params, N):
    Q, K, V = (split_heads(X @ params[w], N) for w in ("W_q", "W_k", "W_v"))
    heads = softmax(Q @ K.swapaxes(-1, -2) / np.sqrt(K.shape[-1])) @ V
    return merge_heads(heads) @ params["W_o"]


def sizes(rng):
    yield 2, 2
    for T in (1, 3, 5, 4, 7):
        for D in (4, 6, 10):
            yield T, D
    yield special("many positions", 40, 8)


def sinusoids_by_loop(T, D):
    return [
        [
            math.sin(t / 10000 ** (k / D)) if k % 2 == 0 else math.cos(t / 10000 ** ((k - 1) / D))
            for k in range(D)
        ]
        for t in range(T)
    ]


def sinusoids_complex(T, D):
    turn = np.exp(1j * np.arange(T)[:, None] * np.exp(-np.log(1e4) * np.arange(0, D, 2) / D))
    return np.stack([turn.imag, turn.real], axis=2).reshape(T, D)


@exercise(
    "self_attention.sinusoids",
    task="sinusoids(T, D) -> P (T, D), D even: P[t, 2i] = sin(t / 10000^(2i/D)) and P[t, 2i+1] = cos(t / 10000^(2i/D)), t = 0, 1, ...; sines and "
    "cosines take turns along the row.",
    cases=sizes,
    variants=(sinusoids_by_loop, sinusoids_complex),
    properties=(Property("each pair has sin^2 + cos^2 = 1", lambda f, T, D: near(f(T, D)[:, 0::2] ** 2 + f(T, D)[:, 1::2] ** 2, 1)),),
    hints=("Each pair of columns is the hand of a clock; the clocks go slower from left to right.", "angle[t, i] = t / 10000^(2i/D);  P[:, 0::2] = sin, P[:, 1::2] = cos.", "angles = np.arange(T)[:, None] / 10000 ** (np.arange(0, D, 2) / D)\nP = np.zeros((T, D))\nP[:, 0::2] = ...\nP[:, 1::2] = ...\nreturn P"),
    mistakes=(
        slip("from_one", "Your positions start at 1; the first token has t = 0.", "np.arange(T)[:, None]", "np.arange(1, T + 1)[:, None]"),
        slip("i_for_2i", "The exponent is 2i / D; you use i / D.", "np.arange(0, D, 2) / D", "np.arange(D // 2) / D"),
        slip("d_minus_one", "The exponent is 2i / D, not 2i / (D - 1).", "np.arange(0, D, 2) / D", "np.arange(0, D, 2) / (D - 1)"),
        slip("half_minus_one", "That is the exponent i / (D/2 - 1) of another program; here it is 2i / D.", "np.arange(0, D, 2) / D", "np.arange(D // 2) / max(D // 2 - 1, 1)"),
        slip("integer", "Integer division makes all exponents 0: every pair turns at the same speed.", "np.arange(0, D, 2) / D", "np.arange(0, D, 2) // D"),
        slip("swapped", "Sine and cosine are exchanged: even columns hold the sine.", "P[:, 0::2] = np.sin", "P[:, 0::2] = np.cos", "P[:, 1::2] = np.cos", "P[:, 1::2] = np.sin"),
        slip("halves", "A different convention: all sines come first, then all cosines; the task has them take turns.", "P[:, 0::2] = ", "P[:, : D // 2] = ", "P[:, 1::2] = ", "P[:, D // 2 :] = "),
        slip("own_exponent", "Sine and cosine of a pair share one angle, 2i / D; your cosine takes an exponent of its own.", "P[:, 1::2] = np.cos(angles)", "P[:, 1::2] = np.cos(np.arange(T)[:, None] / 10000 ** (np.arange(1, D, 2) / D))"),
        slip("multiplied", "t is divided by 10000^(2i/D), not multiplied.", "[:, None] / 10000", "[:, None] * 10000.0"),
        slip("base_1000", "The base is 10000.", "10000", "1000"),
        slip("all_sine", "Odd columns hold the cosine.", "np.cos(angles)", "np.sin(angles)"),
        slip("degrees", "The angle is in radians; no factor 2 pi or pi/180.", "np.arange(T)[:, None]", "2 * np.pi * np.arange(T)[:, None]"),
        slip("halved", "The exponent is 2i / D with i from 0 to D/2 - 1; yours runs twice as fast.",
            "np.arange(0, D, 2) / D", "2 * np.arange(0, D, 2) / D"),
        slip("no_power", "10000 is raised to the power 2i / D, not multiplied by it.",
            "10000 ** (np.arange(0, D, 2) / D)", "(10000 * np.arange(0, D, 2) / D + 1)"),
        slip("all_cosine", "Even columns hold the sine.", "np.sin(angles)", "np.cos(angles)"),
    ),
)  # fmt: skip
def sinusoids(T, D):
    angles = np.arange(T)[:, None] / 10000 ** (np.arange(0, D, 2) / D)
    P = np.zeros((T, D))
    P[:, 0::2] = np.sin(angles)
    P[:, 1::2] = np.cos(angles)
    return P


def embed_cases(rng):
    for B, T, V, D in [
        (1, 1, 2, 4),
        (1, 2, 3, 4),
        (2, 3, 5, 4),
        (3, 4, 6, 2),
        (2, 5, 4, 6),
        (4, 3, 7, 5),
        (2, 7, 5, 3),
    ] * 3:
        yield rng.integers(0, V, (B, T)), normal(rng, V, D), normal(rng, T + 2, D)


@exercise(
    "self_attention.embed",
    task="embed(tokens, E, P) -> (B, T, D): what enters the first layer. tokens (B, T) whole numbers; E (V, D) the table of embeddings; P (T_max, D) "
    "position codes, T_max >= T. Each embedding times sqrt(D), plus the code of its place in the sequence.",
    shapes={"tokens": "B T", "E": "V D"},
    cases=embed_cases,
    variants=(
        lambda tokens, E, P: [[[math.sqrt(len(P[t])) * e + p for e, p in zip(E[token], P[t], strict=True)] for t, token in enumerate(row)] for row in tokens],
        lambda tokens, E, P: np.eye(len(E))[tokens] @ E * E.shape[1] ** 0.5 + P[np.arange(tokens.shape[1])],
    ),
    hints=("E[tokens] looks all of them up at once; the codes are the same for every sequence of the batch.", "x[b, t] = sqrt(D) E[tokens[b, t]] + P[t].", "return np.sqrt(...) * E[tokens] + P[: ...]"),
    mistakes=(
        slip("no_scale", "The embeddings are not multiplied by sqrt(D).", "np.sqrt(E.shape[1]) * ", ""),
        slip("by_D", "The factor is sqrt(D), not D.", "np.sqrt(E.shape[1])", "E.shape[1]"),
        slip("divided", "The embeddings are multiplied by sqrt(D), not divided.", "np.sqrt(E.shape[1]) * ", "1 / np.sqrt(E.shape[1]) * "),
        slip("scale_all", "Only the embeddings are scaled, not the codes.", "np.sqrt(E.shape[1]) * E[tokens] + P[: tokens.shape[1]]", "np.sqrt(E.shape[1]) * (E[tokens] + P[: tokens.shape[1]])"),
        slip("no_positions", "The position codes are missing.", " + P[: tokens.shape[1]]", ""),
        slip("by_token", "The codes are looked up by token; they belong to the place.", "P[: tokens.shape[1]]", "P[tokens % len(P)]"),
        slip("on_batch", "The codes are added along the batch: every sequence gets one code. They belong to the time axis.", "P[: tokens.shape[1]]", "P[np.arange(len(tokens)) % len(P)][:, None]"),
        slip("sqrt_V", "The factor is sqrt(D), the width; you take the number of words.", "np.sqrt(E.shape[1])", "np.sqrt(E.shape[0])"),
        slip("sqrt_T", "The factor is sqrt(D), the width; you take the length.", "np.sqrt(E.shape[1])", "np.sqrt(tokens.shape[1])"),
        slip("last_positions", "You take the last codes of P; the first token has P[0].", "P[: tokens.shape[1]]", "P[-tokens.shape[1] :]"),
        slip("from_one", "The first token has P[0], not P[1].", "P[: tokens.shape[1]]", "P[1 : tokens.shape[1] + 1]"),
        slip("product", "The codes are added, not multiplied.", "+ P[", "* P["),
        slip("plus_scale", "The factor sqrt(D) multiplies the embeddings; it is not added.",
            "np.sqrt(E.shape[1]) * E[tokens]", "np.sqrt(E.shape[1]) + E[tokens]"),
        slip("no_embedding", "The embeddings are missing.", "np.sqrt(E.shape[1]) * E[tokens]",
            "0 * E[tokens]"),
        slip("minus", "The codes are added, not taken away.", "+ P[", "- P["),
    ),
)  # fmt: skip
def embed(tokens, E, P):
    return np.sqrt(E.shape[1]) * E[tokens] + P[: tokens.shape[1]]
