"""Exercises of chapter 14: self-attention, several heads, positions."""

import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, special
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
    trains="one head from its equations",
    task="""
    layer(X, params) -> (B, T, dv): one head of self-attention with biases. X (B, T, D); params is
    a dict with "W_q", "W_k" (D, d), "W_v" (D, dv) and "b_q", "b_k" (d,), "b_v" (dv,). Q = X W_q +
    b_q and so on; output = softmax(Q K^T / sqrt(d)) V, the softmax over keys.
    """,
    shapes={"X": "B T D"},
    cases=layer_cases,
    variants=(layer_by_loop, layer_by_einsum),
    properties=(Property("permuting the tokens permutes the outputs in the same way", permutes),),
    helpers=(softmax,),
    hints=(
        "Query, key and value are three views of the same tokens.",
        "Q = X W_q + b_q, K = X W_k + b_k, V = X W_v + b_v;  output = softmax(Q K^T / sqrt(d)) V.",
        "Q = X @ params['W_q'] + params['b_q']\n"
        "...\n"
        "return softmax(Q @ K.swapaxes(1, 2) / ...) @ V",
    ),
    mistakes=r"""
    no_scale | ` / np.sqrt(K.shape[-1])` -> `` | 1/sqrt(d) is missing.
    sqrt_D | np.sqrt(K.shape[-1]) -> np.sqrt(X.shape[-1]) |
        You divide by sqrt(D), the width of X; it is sqrt(d), that of the keys.
    sqrt_T | np.sqrt(K.shape[-1]) -> np.sqrt(K.shape[1]) |
        You divide by sqrt(T), the number of tokens; it is sqrt(d), the width of the keys.
    divided_by_d | np.sqrt(K.shape[-1]) -> K.shape[-1] | You divide by d; it is its square root.
    no_b_q | ` + params["b_q"]` -> `` | b_q is missing.
    no_b_v | ` + params["b_v"]` -> `` | b_v is missing.
    no_biases | ` + params["b_q"]` -> `` ;; ` + params["b_k"]` -> `` ;; ` + params["b_v"]` -> `` |
        All biases are missing.
    across_batch | `    return softmax(Q @ K.swapaxes(1, 2) / np.sqrt(K.shape[-1])) @ V` -> `    Q,
        K, V = (a.reshape(-1, a.shape[-1]) for a in (Q, K, V))\n    return (softmax(Q @ K.T /
        np.sqrt(K.shape[-1])) @ V).reshape(*X.shape[:2], -1)` |
        Your tokens attend to those of other sequences: each sequence attends within itself.
    over_queries | np.sqrt(K.shape[-1])) -> np.sqrt(K.shape[-1]), axis=1) |
        Your softmax runs over the queries; it runs over the keys, the last axis.
    keys_as_queries | Q = X @ params["W_q"] + params["b_q"] -> Q = X @ params["W_k"] + params["b_k"]
        | The queries come from W_q, not from W_k.
    queries_as_keys | K = X @ params["W_k"] + params["b_k"] -> K = X @ params["W_q"] + params["b_q"]
        | The keys come from W_k, not from W_q.
    swapped | Q = X @ params["W_q"] + params["b_q"] -> Q = X @ params["W_k"] + params["b_k"] ;; K =
        X @ params["W_k"] + params["b_k"] -> K = X @ params["W_q"] + params["b_q"] |
        Queries and keys are exchanged.
    no_values | ) @ V -> ) @ X | The values are X W_v + b_v; you mix the tokens X themselves.
    no_softmax | softmax(Q -> (Q | The softmax is missing.
    uniform | softmax(Q -> softmax(0 * Q | All tokens get the same weight: the scores play no part.
    overflow | np.exp(z - z.max(axis=axis, keepdims=True)) -> np.exp(z) |
        e^score overflows for large scores: take each row's maximum away before the exponential.
    one_max | z.max(axis=axis, keepdims=True) -> z.max() | You take one maximum over all scores
        away; a row far below it underflows to 0/0. Each row needs its own.
    scaled_weights | softmax(Q @ K.swapaxes(1, 2) / np.sqrt(K.shape[-1])) -> softmax(Q @
        K.swapaxes(1, 2)) / np.sqrt(K.shape[-1]) |
        You divide after the softmax; the scores are divided before it.
    times_scale | / np.sqrt -> * np.sqrt | You multiply by sqrt(d); the scores are divided by it.
    minus_scores | softmax(Q -> softmax(-Q | The scores have the wrong sign.
    causal | softmax(Q @ K.swapaxes(1, 2) / np.sqrt(K.shape[-1])) ->
        softmax(np.where(np.tri(X.shape[1]) > 0, Q @ K.swapaxes(1, 2) / np.sqrt(K.shape[-1]),
        -1e30)) | There is no causal mask here: every token sees all others.
    small_sum | e / e.sum(axis=axis, keepdims=True) -> e / (e.sum(axis=axis, keepdims=True) + SMALL)
        | You add a small constant to the softmax's sum, so the weights no longer sum to 1. With the
        maximum taken away the sum is at least 1: nothing has to be added.
    """,
    equivalent={
        "X @ params['W_k'] + params['b_k'] -> X @ params['W_k'] - params['b_k']": KEY_BIAS,
        "X @ params['W_k'] + params['b_k'] -> X @ params['W_k']": KEY_BIAS,
    },
)
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
    trains="cutting the last axis into heads",
    task="""
    split_heads(x, N) -> (B, N, T, K): cut the last axis of x (B, T, D) into N heads of width K =
    D / N. Head n of token t holds the columns n K to (n + 1) K - 1 of that token.
    """,
    shapes={"x": "B T D"},
    cases=split_cases,
    variants=(
        lambda x, N: np.stack(np.split(x, N, axis=2), axis=1),
        lambda x, N: [
            [
                [
                    [float(v) for v in token[n * (len(token) // N) : (n + 1) * (len(token) // N)]]
                    for token in row
                ]
                for n in range(N)
            ]
            for row in x
        ],
    ),
    hints=(
        "Cutting the last axis is a reshape; bringing the heads before the time is a change of "
        "axes. It takes both.",
        "(B, T, D) -> (B, T, N, K) -> (B, N, T, K).",
        "B, T, D = x.shape\nreturn x.reshape(B, T, N, D // N)....",
    ),
    mistakes=r"""
    reshape_only | x.reshape(B, T, N, D // N).swapaxes(1, 2) -> x.reshape(B, N, T, D // N) | A
        reshape alone mixes time and heads: cut the last axis first, (B, T, N, K), then exchange
        axes 1 and 2.
    no_swap | .swapaxes(1, 2) -> `` |
        The heads are cut, but time still comes before them: exchange axes 1 and 2.
    interleaved | x.reshape(B, T, N, D // N).swapaxes(1, 2) -> x.reshape(B, T, D // N,
        N).transpose(0, 3, 1, 2) |
        Your heads take every N-th column; each head holds K neighbouring ones.
    width_first | x.reshape(B, T, N, D // N).swapaxes(1, 2) -> x.reshape(B, T, D // N,
        N).swapaxes(1, 2) | N and K are exchanged: the number of heads is N.
    batch_moved | .swapaxes(1, 2) -> .transpose(2, 0, 1, 3) | The batch must stay the first axis.
    transposed_head | .swapaxes(1, 2) -> .transpose(0, 2, 3, 1) |
        Within a head the last two axes are exchanged: (T, K).
    two_heads | `    B, T, D = x.shape\n    return` -> `    B, T, D = x.shape\n    N =
        2\n    return` | You always cut into two heads; their number N is an argument.
    """,
)
def split_heads(x, N):
    B, T, D = x.shape
    return x.reshape(B, T, N, D // N).swapaxes(1, 2)


def merge_cases(rng):
    yield np.arange(8.0).reshape(1, 2, 2, 2)
    for B, T, K, N in [(1, 3, 2, 2), (2, 3, 4, 2), (3, 2, 2, 5), (2, 5, 3, 4), (4, 3, 2, 3)] * 4:
        yield normal(rng, B, N, T, K)


@exercise(
    "self_attention.merge_heads",
    trains="putting heads together again",
    task="""
    merge_heads(x) -> (B, T, D): put the heads of x (B, N, T, K) side by side again, D = N K, head
    0 first. The inverse of split_heads.
    """,
    shapes={"x": "B N T K"},
    cases=lambda rng: ((x,) for x in merge_cases(rng)),
    variants=(
        lambda x: np.concatenate([x[:, n] for n in range(x.shape[1])], axis=2),
        lambda x: [
            [[float(v) for head in heads for v in head[t]] for t in range(x.shape[2])]
            for heads in x
        ],
    ),
    hints=(
        "First bring the time back before the heads, then make one axis of the last two.",
        "(B, N, T, K) -> (B, T, N, K) -> (B, T, N K).",
        "B, N, T, K = x.shape\nreturn x.swapaxes(...).reshape(...)",
    ),
    mistakes="""
    reshape_only | x.swapaxes(1, 2).reshape -> x.reshape |
        A reshape alone mixes heads and time: exchange axes 1 and 2 first.
    interleaved | x.swapaxes(1, 2) -> x.transpose(0, 2, 3, 1) |
        The heads' columns are interleaved; each head's columns stay together.
    sum | x.swapaxes(1, 2).reshape(B, T, N * K) -> x.sum(axis=1) |
        You add up the heads; they are put side by side.
    mean | x.swapaxes(1, 2).reshape(B, T, N * K) -> x.mean(axis=1) |
        You average the heads; they are put side by side.
    first_head | x.swapaxes(1, 2).reshape(B, T, N * K) -> x[:, 0] | Only the first head is kept.
    reversed | x.swapaxes(1, 2) -> x[:, ::-1].swapaxes(1, 2) | The heads are in reverse order.
    time_merged | x.swapaxes(1, 2).reshape(B, T, N * K) -> x.reshape(B, N * T, K) |
        You merged the heads into the time axis.
    """,
)
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
    trains="several heads at once",
    task="""
    multi_head(X, params, N) -> (B, T, D): self-attention with N heads, no biases. X (B, T, D);
    params has "W_q", "W_k", "W_v", "W_o", all (D, D). Head n uses the columns n K to (n + 1) K -
    1 of X W_q, X W_k, X W_v, with K = D / N; each head attends on its own, scores divided by
    sqrt(K); the heads' outputs, side by side, are multiplied by W_o.
    """,
    shapes={"X": "B T D"},
    cases=multi_cases,
    variants=(multi_by_loop, multi_by_einsum),
    helpers=(softmax, split_heads, merge_heads),
    hints=(
        "Project once, cut into heads, attend in all heads at once, join, project again.",
        "head_n = softmax(Q_n K_n^T / sqrt(K)) V_n;  output = [head_0, ..., head_(N-1)] W_o.",
        "Q, K, V = (split_heads(..., N) for w in ('W_q', 'W_k', 'W_v'))\n"
        "heads = softmax(... / np.sqrt(...)) @ V\n"
        "return merge_heads(heads) @ ...",
    ),
    mistakes=r"""
    sqrt_model | np.sqrt(K.shape[-1]) -> np.sqrt(X.shape[-1]) |
        You divide by sqrt(D); each head has the width K = D / N: sqrt(K).
    no_scale | ` / np.sqrt(K.shape[-1])` -> `` | 1/sqrt(K) is missing.
    no_output | ` @ params["W_o"]` -> `` | The last projection W_o is missing.
    split_by_reshape | x.reshape(B, T, N, D // N).swapaxes(1, 2) -> x.reshape(B, N, T, D // N) | The
        heads are cut by a reshape alone, which mixes time and heads: (B, T, N, K) first, then
        exchange axes.
    merge_by_reshape | x.swapaxes(1, 2).reshape(B, T, N * K) -> x.reshape(B, T, N * K) |
        The heads are joined by a reshape alone, which mixes heads and time: exchange axes first.
    both_by_reshape | x.reshape(B, T, N, D // N).swapaxes(1, 2) -> x.reshape(B, N, T, D // N) ;;
        x.swapaxes(1, 2).reshape(B, T, N * K) -> x.reshape(B, T, N * K) |
        Heads are cut and joined by reshapes alone: time and heads are mixed.
    one_head | `    Q, K, V =` -> `    N = 1\n    Q, K, V =` |
        There is one head of width D: N plays no part.
    one_projection | ("W_q", "W_k", "W_v") -> ("W_q", "W_q", "W_q") |
        All three projections use W_q; queries, keys and values each have their own.
    shared_key_value | ("W_q", "W_k", "W_v") -> ("W_q", "W_k", "W_k") |
        Keys and values share W_k; the values have W_v.
    over_queries | np.sqrt(K.shape[-1])) -> np.sqrt(K.shape[-1]), axis=-2) |
        Your softmax runs over the queries; it runs over the keys.
    over_heads | np.sqrt(K.shape[-1])) -> np.sqrt(K.shape[-1]), axis=1) |
        Your softmax runs over the heads; it runs over the keys.
    no_softmax | softmax(Q -> (Q | The softmax is missing.
    first_output_transposed | @ params["W_o"] -> @ params["W_o"].T | W_o is transposed.
    sqrt_T | np.sqrt(K.shape[-1]) -> np.sqrt(K.shape[-2]) |
        You divide by sqrt(T), the number of tokens; it is sqrt(K), the width of a head.
    overflow | np.exp(z - z.max(axis=axis, keepdims=True)) -> np.exp(z) |
        e^score overflows for large scores: take each row's maximum away before the exponential.
    one_max | z.max(axis=axis, keepdims=True) -> z.max() | You take one maximum over all scores
        away; a row far below it underflows to 0/0. Each row needs its own.
    cut_only | split_heads(X @ params[w], N) -> split_heads(X, N) |
        X is cut into parts but not projected: queries, keys and values are X W_q, X W_k, X W_v.
    divided_by_K | np.sqrt(K.shape[-1]) -> K.shape[-1] | You divide by K; it is its square root.
    no_values | `) @ V\n` -> `) @ split_heads(X, N)\n` | The values are projected too: X W_v, not X.
    times_scale | / np.sqrt -> * np.sqrt | You multiply by sqrt(K); the scores are divided by it.
    scaled_weights | softmax(Q @ K.swapaxes(-1, -2) / np.sqrt(K.shape[-1])) -> softmax(Q @
        K.swapaxes(-1, -2)) / np.sqrt(K.shape[-1]) |
        You divide after the softmax; the scores are divided before it.
    mean_of_heads | return merge_heads(heads) @ -> return merge_heads(0 * heads + heads.mean(axis=1,
        keepdims=True)) @ | The heads are put side by side, not averaged.
    head_first | x.reshape(B, T, N, D // N).swapaxes(1, 2) -> x.reshape(B, T, D // N,
        N).transpose(0, 3, 1, 2) |
        Your heads take every N-th column; each head holds K neighbouring ones.
    two_heads | `    Q, K, V = ` -> `    N = 2\n    Q, K, V = ` | You always cut into two heads;
        their number N is an argument.
    heads_attend | x.reshape(B, T, N, D // N).swapaxes(1, 2) -> x.reshape(B, T, N, D // N) ;;
        x.swapaxes(1, 2).reshape(B, T, N * K) -> x.reshape(B, N, T * K) | Your scores compare the
        heads of one token with each other: exchange axes 1 and 2 first, so that tokens attend to
        tokens within a head.
    small_sum | e / e.sum(axis=axis, keepdims=True) -> e / (e.sum(axis=axis, keepdims=True) + SMALL)
        | You add a small constant to the softmax's sum, so the weights no longer sum to 1. With the
        maximum taken away the sum is at least 1: nothing has to be added.
    """,
    equivalent={"-2 -> 2": "axis 2 of four is axis -2"},
)
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
    trains="position codes",
    kind="derive and code",
    task="""
    sinusoids(T, D) -> P (T, D), D even: P[t, 2i] = sin(t / 10000^(2i/D)) and P[t, 2i+1] = cos(t /
    10000^(2i/D)), t = 0, 1, ...; sines and cosines take turns along the row.
    """,
    cases=sizes,
    variants=(sinusoids_by_loop, sinusoids_complex),
    properties=(
        Property(
            "each pair has sin^2 + cos^2 = 1",
            lambda f, T, D: near(f(T, D)[:, 0::2] ** 2 + f(T, D)[:, 1::2] ** 2, 1),
        ),
    ),
    hints=(
        "Each pair of columns is the hand of a clock; the clocks go slower from left to right.",
        "angle[t, i] = t / 10000^(2i/D);  P[:, 0::2] = sin, P[:, 1::2] = cos.",
        "angles = np.arange(T)[:, None] / 10000 ** (np.arange(0, D, 2) / ...)\n"
        "P = np.zeros((T, D))\n"
        "P[:, 0::2] = ...; P[:, 1::2] = ...\n"
        "return P",
    ),
    mistakes="""
    from_one | np.arange(T)[:, None] -> np.arange(1, T + 1)[:, None] |
        Your positions start at 1; the first token has t = 0.
    i_for_2i | np.arange(0, D, 2) / D -> np.arange(D // 2) / D |
        The exponent is 2i / D; you use i / D.
    d_minus_one | np.arange(0, D, 2) / D -> np.arange(0, D, 2) / (D - 1) |
        The exponent is 2i / D, not 2i / (D - 1).
    half_minus_one | np.arange(0, D, 2) / D -> np.arange(D // 2) / max(D // 2 - 1, 1) |
        That is the exponent i / (D/2 - 1) of another program; here it is 2i / D.
    integer | np.arange(0, D, 2) / D -> np.arange(0, D, 2) // D |
        Integer division makes all exponents 0: every pair turns at the same speed.
    swapped | P[:, 0::2] = np.sin -> P[:, 0::2] = np.cos ;; P[:, 1::2] = np.cos -> P[:, 1::2] =
        np.sin | Sine and cosine are exchanged: even columns hold the sine.
    halves | `P[:, 0::2] = ` -> `P[:, : D // 2] = ` ;; `P[:, 1::2] = ` -> `P[:, D // 2 :] = ` | A
        different convention: all sines come first, then all cosines; the task has them take turns.
    own_exponent | P[:, 1::2] = np.cos(angles) -> P[:, 1::2] = np.cos(np.arange(T)[:, None] / 10000
        ** (np.arange(1, D, 2) / D)) |
        Sine and cosine of a pair share one angle, 2i / D; your cosine takes an exponent of its own.
    multiplied | [:, None] / 10000 -> [:, None] * 10000.0 |
        t is divided by 10000^(2i/D), not multiplied.
    base_1000 | 10000 -> 1000 | The base is 10000.
    all_sine | np.cos(angles) -> np.sin(angles) | Odd columns hold the cosine.
    degrees | np.arange(T)[:, None] -> 2 * np.pi * np.arange(T)[:, None] |
        The angle is in radians; no factor 2 pi or pi/180.
    halved | np.arange(0, D, 2) / D -> 2 * np.arange(0, D, 2) / D |
        The exponent is 2i / D with i from 0 to D/2 - 1; yours runs twice as fast.
    no_power | 10000 ** (np.arange(0, D, 2) / D) -> (10000 * np.arange(0, D, 2) / D + 1) |
        10000 is raised to the power 2i / D, not multiplied by it.
    all_cosine | np.sin(angles) -> np.cos(angles) | Even columns hold the sine.
    """,
)
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
        yield rng.integers(0, V, (B, T)), normal(rng, V, D), normal(rng, max(T + 2, V), D)


@exercise(
    "self_attention.embed",
    trains="what enters the first layer",
    kind="derive and code",
    task="""
    embed(tokens, E, P) -> (B, T, D): what enters the first layer. tokens (B, T) whole numbers; E
    (V, D) the table of embeddings; P (T_max, D) position codes, T_max >= T. Each embedding times
    sqrt(D), plus the code of its place in the sequence.
    """,
    shapes={"tokens": "B T", "E": "V D"},
    cases=embed_cases,
    variants=(
        lambda tokens, E, P: [
            [
                [math.sqrt(len(P[t])) * e + p for e, p in zip(E[token], P[t], strict=True)]
                for t, token in enumerate(row)
            ]
            for row in tokens
        ],
        lambda tokens, E, P: (
            np.eye(len(E))[tokens] @ E * E.shape[1] ** 0.5 + P[np.arange(tokens.shape[1])]
        ),
    ),
    hints=(
        "E[tokens] looks all of them up at once; the codes are the same for every sequence of "
        "the batch.",
        "x[b, t] = sqrt(D) E[tokens[b, t]] + P[t].",
        "return np.sqrt(...) * E[tokens] + P[: ...]",
    ),
    mistakes="""
    no_scale | `np.sqrt(E.shape[1]) * ` -> `` | The embeddings are not multiplied by sqrt(D).
    by_D | np.sqrt(E.shape[1]) -> E.shape[1] | The factor is sqrt(D), not D.
    divided | `np.sqrt(E.shape[1]) * ` -> `1 / np.sqrt(E.shape[1]) * ` |
        The embeddings are multiplied by sqrt(D), not divided.
    scale_all | np.sqrt(E.shape[1]) * E[tokens] + P[: tokens.shape[1]] -> np.sqrt(E.shape[1]) *
        (E[tokens] + P[: tokens.shape[1]]) | Only the embeddings are scaled, not the codes.
    no_positions | ` + P[: tokens.shape[1]]` -> `` | The position codes are missing.
    by_token | P[: tokens.shape[1]] -> P[tokens % len(P)] |
        The codes are looked up by token; they belong to the place.
    on_batch | P[: tokens.shape[1]] -> P[np.arange(len(tokens)) % len(P)][:, None] | The codes are
        added along the batch: every sequence gets one code. They belong to the time axis.
    sqrt_V | np.sqrt(E.shape[1]) -> np.sqrt(E.shape[0]) |
        The factor is sqrt(D), the width; you take the number of words.
    sqrt_T | np.sqrt(E.shape[1]) -> np.sqrt(tokens.shape[1]) |
        The factor is sqrt(D), the width; you take the length.
    last_positions | P[: tokens.shape[1]] -> P[-tokens.shape[1] :] |
        You take the last codes of P; the first token has P[0].
    from_one | P[: tokens.shape[1]] -> P[1 : tokens.shape[1] + 1] |
        The first token has P[0], not P[1].
    product | + P[ -> * P[ | The codes are added, not multiplied.
    plus_scale | np.sqrt(E.shape[1]) * E[tokens] -> np.sqrt(E.shape[1]) + E[tokens] |
        The factor sqrt(D) multiplies the embeddings; it is not added.
    no_embedding | np.sqrt(E.shape[1]) * E[tokens] -> 0 * E[tokens] | The embeddings are missing.
    minus | + P[ -> - P[ | The codes are added, not taken away.
    """,
)
def embed(tokens, E, P):
    return np.sqrt(E.shape[1]) * E[tokens] + P[: tokens.shape[1]]
