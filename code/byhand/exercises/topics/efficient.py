"""Exercises of chapter 19: the online softmax and its gradient, windows, running sums, costs."""

import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise
from byhand.exercises.topics.cases import near, normal, softmax


@exercise(
    "efficient_attention.after_two",
    trains="what is kept after two chunks",
    task="""
    The scores of one query have the exponentials 2, 4 | 8, 1 | 2, 2, in three chunks. What is the
    running sum l after the second chunk, on the scale of the largest score so far?
    """,
    variants=(lambda: 15 / 8, lambda: np.float64(1.5 * 0.5 + 1.125)),
    why="""
    After the first chunk l = (2 + 4) / 4 = 1.5. The second brings the largest from 4 to 8, so
    l = 1.5 * 4/8 + (8 + 1) / 8 = 1.875.
    """,
    hints=(
        "The largest exponential so far is the scale: first 4, then 8.",
        "l' = l * (old largest / new largest) + the new ones / new largest.",
        "1.5 * ... + (8 + 1) / 8",
    ),
    mistakes="""
    no_shrink | = 2.625 | You added the chunks on two scales: bring the first sum to the new one.
    wrong_way | = 4.125 | The first sum shrinks when a larger score comes: times 4/8, not 8/4.
    unscaled | = 15 | 15 is the sum without a scale; divide by the largest so far, 8.
    second_only | = 1.125 | That is the second chunk alone.
    last_scale | = 3.75 | You are still on the first chunk's scale; the largest is 8 now.
    all_three | = 2.375 | You have taken in the third chunk, too.
    """,
)
def after_two():
    return 1.875


def merge_cases(rng):
    for T, d in [(1, 2), (2, 3), (3, 2), (4, 5), (5, 3)] * 5:
        m1, m2 = normal(rng, T, scale=3), normal(rng, T, scale=3)
        if T == 5:  # scores of a trained model: exp overflows without a maximum
            m1, m2 = m1 + 800, m2 + 800
        yield (
            m1,
            rng.uniform(1, 4, T),
            normal(rng, T, d),
            m2,
            rng.uniform(1, 4, T),
            normal(rng, T, d),
        )


def merge_by_loop(m1, l1, a1, m2, l2, a2):
    m, l, a = [], [], []
    for k in range(len(m1)):
        top = max(m1[k], m2[k])
        f, g = math.exp(m1[k] - top), math.exp(m2[k] - top)
        m.append(top)
        l.append(l1[k] * f + l2[k] * g)
        a.append(a1[k] * f + a2[k] * g)
    return m, l, a


def merge_stacked(m1, l1, a1, m2, l2, a2):
    both = np.stack([m1, m2])
    w = np.exp(both - both.max(axis=0))
    return both.max(axis=0), (w * [l1, l2]).sum(axis=0), (w[:, :, None] * [a1, a2]).sum(axis=0)


@exercise(
    "efficient_attention.merge",
    trains="two results on one scale",
    kind="derive and code",
    task="""
    merge(m1, l1, a1, m2, l2, a2) -> (m, l, a): two machines have worked through different keys of
    the same T queries, as in (19.1) and (19.2). m1, m2 (T,) their largest scores, l1, l2 (T,) their
    sums, a1, a2 (T, d) their weighted sums of values, each on its own scale. Return the three for
    all keys together.
    """,
    shapes={"m1": "T", "a1": "T d"},
    outputs=("m", "l", "a"),
    cases=merge_cases,
    variants=(merge_by_loop, merge_stacked),
    properties=(
        Property(
            "it does not matter which machine comes first",
            lambda f, m1, l1, a1, m2, l2, a2: near(
                f(m2, l2, a2, m1, l1, a1)[2], f(m1, l1, a1, m2, l2, a2)[2]
            ),
        ),
    ),
    hints=(
        "Neither machine knows which of the two has the larger score: both may have to shrink.",
        "m = max(m1, m2);  l = l1 exp(m1 - m) + l2 exp(m2 - m), and a alike.",
        "m = np.maximum(m1, m2)\nf, g = np.exp(...), np.exp(...)\n"
        "return m, l1 * f + ..., a1 * f[:, None] + ...",
    ),
    mistakes="""
    first_stays | f = np.exp(m1 - m) -> f = np.ones_like(m1) | The first machine's sums are not
        brought to the common scale; its largest score may be the smaller one.
    second_stays | g = np.exp(m2 - m) -> g = np.ones_like(m2) | The second machine's sums are not
        brought to the common scale; its largest score may be the smaller one.
    neither | f = np.exp(m1 - m) -> f = np.ones_like(m1) ;; g = np.exp(m2 - m) -> g =
        np.ones_like(m2) | You add sums of two scales; each has to shrink by exp(its m - m).
    wrong_way | f = np.exp(m1 - m) -> f = np.exp(m - m1) ;; g = np.exp(m2 - m) -> g = np.exp(m - m2)
        | The factors are upside down: a sum on a smaller scale has to shrink.
    values_stay | a1 * f[:, None] + a2 * g[:, None] -> a1 + a2 | The weighted sums of the values
        have to change scale like the sums of the weights.
    divided | a1 * f[:, None] + a2 * g[:, None] -> (a1 * f[:, None] + a2 * g[:, None]) / (l1 * f +
        l2 * g)[:, None] | a is not divided by l yet: that comes once, at the very end.
    mean_of_outputs | a1 * f[:, None] + a2 * g[:, None] -> (a1 / l1[:, None] + a2 / l2[:, None]) / 2
        | The mean of the two outputs is not the output of both: weigh them by their sums.
    """,
)
def merge(m1, l1, a1, m2, l2, a2):
    m = np.maximum(m1, m2)
    f = np.exp(m1 - m)
    g = np.exp(m2 - m)
    return m, l1 * f + l2 * g, a1 * f[:, None] + a2 * g[:, None]


def piece_cases(rng):
    for T, S, c, d in [(1, 3, 2, 2), (2, 5, 3, 4), (3, 6, 2, 3), (4, 5, 4, 2), (2, 7, 3, 5)] * 5:
        scores, V, dout = normal(rng, T, S), normal(rng, S, d), normal(rng, T, d)
        lse = np.logaddexp.reduce(scores, axis=1)
        out = softmax(scores) @ V
        yield scores[:, :c], lse, out, dout, V[:c]


def piece_by_loop(e, lse, out, dout, V):
    de = np.zeros(e.shape)
    for t, s in np.ndindex(e.shape):
        de[t, s] = math.exp(e[t, s] - lse[t]) * sum(
            dout[t, k] * (V[s, k] - out[t, k]) for k in range(len(V[s]))
        )
    return de


def piece_by_einsum(e, lse, out, dout, V):
    apart = V[None] - out[:, None]
    return np.exp(e - lse[:, None]) * np.einsum("td,tsd->ts", dout, apart)


@exercise(
    "efficient_attention.piece_gradient",
    trains="a piece's gradient, from the output and one number for each query",
    kind="derive and code",
    task="""
    piece_gradient(e, lse, out, dout, V) -> de (T, C): the gradient of the scores of one piece, of T
    queries and C of all their keys. e (T, C) the scores of the piece, lse (T,) the logarithm of the
    sum of exp over ALL keys of a query, out (T, d) the output, dout (T, d) its gradient, V (C, d)
    the values of the piece's keys.
    """,
    shapes={"e": "T C", "V": "C d"},
    outputs=("de",),
    cases=piece_cases,
    variants=(piece_by_loop, piece_by_einsum),
    hints=(
        "The weights of the piece can be made again; the sum over all keys is a product of dout.",
        "de = w (dout V^T - D), w = exp(e - lse), D = dout . out for each query.",
        "w = np.exp(e - ...)\nD = (... * out).sum(axis=1, keepdims=True)\nreturn w * (... - D)",
    ),
    mistakes="""
    piece_alone | D = (dout * out).sum(axis=1, keepdims=True) -> D = (w * dw).sum(axis=1,
        keepdims=True) | You sum over the keys of the piece only; the sum runs over all keys, and
        dout . out is that sum.
    own_softmax | w = np.exp(e - lse[:, None]) -> w = np.exp(e - np.logaddexp.reduce(e, axis=1,
        keepdims=True)) | You normalise within the piece; lse holds the sum over all keys.
    no_sum | w * (dw - D) -> w * dw | The softmax's sum is missing: all weights of a query hang
        together, also with keys outside the piece.
    no_weights | w * (dw - D) -> dw - D | The weights are missing: a key that is hardly looked at
        hardly matters.
    no_exp | w = np.exp(e - lse[:, None]) -> w = e - lse[:, None] | e - lse is the logarithm of the
        weight.
    plus | w * (dw - D) -> w * (dw + D) | The sum is taken away, not added.
    out_squared | D = (dout * out).sum(axis=1, keepdims=True) -> D = (out * out).sum(axis=1,
        keepdims=True) | The sum is dout . out, not out . out.
    whole_sum | D = (dout * out).sum(axis=1, keepdims=True) -> D = (dout * out).sum() | Each query
        has its own sum.
    """,
)
def piece_gradient(e, lse, out, dout, V):
    w = np.exp(e - lse[:, None])
    dw = dout @ V.T
    D = (dout * out).sum(axis=1, keepdims=True)
    return w * (dw - D)


@exercise(
    "efficient_attention.layers",
    trains="how far windows reach",
    task="""
    A decoder has windows of 512 places to the left. How many layers does it need at least, so that
    the last place can have heard of one 8,000 places before it?
    """,
    variants=(lambda: 16.0, lambda: math.ceil(8000 / 512)),
    why="15 layers reach 7,680 places, 16 reach 8,192.",
    hints=(
        "Each layer hands news on by one window.",
        "reach = layers * window, at least 8,000.",
        "math.ceil(8000 / ...)",
    ),
    mistakes="""
    rounded_down | = 15 | 15 layers reach 15 * 512 = 7,680 places, which is too few.
    not_whole | = 15.625 | There are only whole layers.
    doubling | = 5 | The reach grows by one window for each layer, it does not double.
    both_sides | = 8 | A decoder looks to the left only: 512 places for each layer, not 1,024.
    """,
)
def layers_needed():
    return 16


def window_cases(rng):
    for T, w, g in [(1, 1, 0), (4, 1, 1), (5, 2, 0), (6, 2, 2), (7, 3, 1), (8, 2, 3)] * 4:
        yield T, w, g, bool(rng.integers(0, 2))


def window_by_loop(T, w, g, causal):
    seen = np.zeros((T, T), bool)
    for t, s in np.ndindex(T, T):
        seen[t, s] = (abs(t - s) <= w or s < g or t < g) and (s <= t or not causal)
    return seen


def window_by_bands(T, w, g, causal):
    ones = np.ones((T, T), bool)
    seen = np.tril(ones, w) & np.triu(ones, -w)
    seen[:g], seen[:, :g] = True, True
    return np.tril(seen) if causal else seen


@exercise(
    "efficient_attention.window",
    trains="a window with global places, as a mask",
    task="""
    window(T, w, g, causal) -> booleans (T, T), True where query t (row) may see key s (column):
    keys at most w places away to either side; the first g places see all and are seen by all;
    with causal=True no query sees a later key, the global ones included.
    """,
    cases=window_cases,
    variants=(window_by_loop, window_by_bands),
    hints=(
        "Three conditions joined by or, and one joined by and.",
        "(|t - s| <= w or s < g or t < g) and (s <= t if causal).",
        "t, s = np.arange(T)[:, None], np.arange(T)\nseen = (abs(t - s) <= w) | ...\n"
        "return seen & ... if causal else seen",
    ),
    mistakes="""
    too_narrow | abs(t - s) <= w -> abs(t - s) < w | Keys exactly w places away belong to the
        window.
    no_columns | ` | (s < g)` -> `` | The global places have to be seen by all, too.
    no_rows | ` | (t < g)` -> `` | The global places have to see all, too.
    global_future | return seen & (s <= t) if causal else seen -> `return seen & ((s <= t) | (t <
        g)) if causal else seen` | With causal=True a global query may not see later keys either.
    never_causal | return seen & (s <= t) if causal else seen -> return seen | causal is not used.
    always_causal | return seen & (s <= t) if causal else seen -> return seen & (s <= t) | Without
        causal both sides are seen.
    inverted | return seen & (s <= t) if causal else seen -> return ~(seen & (s <= t) if causal else
        seen) | True has to mean that the key may be seen.
    half | abs(t - s) <= w -> abs(t - s) <= w // 2 | The window reaches w places to each side.
    """,
)
def window(T, w, g, causal):
    t, s = np.arange(T)[:, None], np.arange(T)
    seen = (abs(t - s) <= w) | (s < g) | (t < g)
    return seen & (s <= t) if causal else seen


def decay_cases(rng):
    for T, d, v in [(1, 2, 3), (3, 2, 2), (4, 3, 2), (5, 2, 4), (6, 4, 3)] * 5:
        phi_Q, phi_K = rng.uniform(0.1, 2, (2, T, d))
        yield phi_Q, phi_K, normal(rng, T, v), float(rng.choice([0.5, 0.8, 0.95]))


def decay_as_map(phi_Q, phi_K, V, decay):
    t, s = np.arange(len(V))[:, None], np.arange(len(V))
    weights = np.where(s <= t, phi_Q @ phi_K.T * decay ** np.maximum(t - s, 0), 0)
    return weights @ V / weights.sum(axis=1, keepdims=True)


def decay_by_loop(phi_Q, phi_K, V, decay):
    out = []
    for t in range(len(V)):
        w = [decay ** (t - s) * (phi_Q[t] @ phi_K[s]) for s in range(t + 1)]
        out.append(sum(x * V[s] for s, x in enumerate(w)) / sum(w))
    return out


@exercise(
    "efficient_attention.fading",
    trains="attention as a recurrent network that forgets",
    kind="derive and code",
    task="""
    fading(phi_Q, phi_K, V, decay) -> out (T, v): causal linear attention in which a key that stands
    j places back counts decay^j times (0 < decay < 1), in the sum above and in the sum below the
    bar. phi_Q, phi_K (T, d) are the features, V (T, v). Use a state, no map: before place t adds
    its own share, what was summed so far fades by decay.
    """,
    shapes={"phi_Q": "T d", "V": "T v"},
    cases=decay_cases,
    variants=(decay_as_map, decay_by_loop),
    hints=(
        "Two sums run along, H and z; both fade, then both get the new key's share.",
        "H = decay H + phi(k)^T v, z = decay z + phi(k);  out = phi(q) H / (phi(q) . z).",
        "H, z = 0.0, 0.0\nfor q, k, v in zip(...):\n    H = decay * H + np.outer(k, v)\n"
        "    z = ...\n    out.append(q @ H / ...)",
    ),
    mistakes="""
    no_fading | H = decay * H + np.outer(k, v) -> H = H + np.outer(k, v) ;; z = decay * z + k -> z =
        z + k | Nothing fades: both sums have to be multiplied by decay at each place.
    z_stays | z = decay * z + k -> z = z + k | The sum below the bar has to fade, too.
    H_stays | H = decay * H + np.outer(k, v) -> H = H + np.outer(k, v) | The sum above the bar has
        to fade, too.
    fades_new | H = decay * H + np.outer(k, v) -> H = decay * (H + np.outer(k, v)) | The place's own
        key counts in full: fade first, then add.
    read_first | = lambda phi_Q, phi_K, V, decay: np.array([phi_Q[t] @ sum((decay ** (t - 1 - s) *
        np.outer(phi_K[s], V[s]) for s in range(t)), np.zeros((phi_K.shape[1], V.shape[1]))) /
        max(phi_Q[t] @ sum((decay ** (t - 1 - s) * phi_K[s] for s in range(t)),
        np.zeros(phi_K.shape[1])), 1e-9) for t in range(len(V))]) | A place sees its own key, too:
        add its share before you read.
    no_denominator | q @ H / (q @ z) -> q @ H | The denominator is missing: the weights have to sum
        to 1.
    roles | np.outer(k, v) -> np.outer(q, v) | The state holds keys and values; the query only
        reads it.
    """,
)
def fading(phi_Q, phi_K, V, decay):
    H, z = np.zeros((phi_K.shape[1], V.shape[1])), np.zeros(phi_K.shape[1])
    out = []
    for q, k, v in zip(phi_Q, phi_K, V, strict=True):
        H = decay * H + np.outer(k, v)
        z = decay * z + k
        out.append(q @ H / (q @ z))
    return np.array(out)


def sums_cases(rng):
    for T, d in [(1, 1), (2, 3), (3, 2), (4, 5), (5, 2)] * 5:
        yield normal(rng, T, d), rng.uniform(0.5, 3, T), normal(rng, T, d)


def sums_by_loop(n, c, dout):
    dn = [[g / c[t] for g in dout[t]] for t in range(len(c))]
    dc = [-sum(dout[t] * n[t]) / c[t] ** 2 for t in range(len(c))]
    return dn, dc


def sums_by_output(n, c, dout):
    out = n / c[:, None]
    return dout / c[:, None], -np.einsum("td,td->t", dout, out) / c


@exercise(
    "efficient_attention.quotient",
    trains="the quotient's two gradients",
    kind="derive and code",
    task="""
    quotient_backward(n, c, dout) -> (dn, dc): the last step of linear attention backward, for out =
    n / c in each row. n (T, d) the sums above the bar, c (T,) the sums below it, dout (T, d) the
    gradient of out. dn (T, d), dc (T,).
    """,
    shapes={"n": "T d", "c": "T"},
    outputs=("dn", "dc"),
    cases=sums_cases,
    variants=(sums_by_loop, sums_by_output),
    hints=(
        "Each number above the bar acts on one output, the number below it on all of its row.",
        "dn = dout / c;  dc = -sum over d of dout n / c^2.",
        "dn = dout / c[:, None]\ndc = -(dout * ...).sum(axis=...) / ...",
    ),
    mistakes="""
    plus | dc = -(dout -> dc = (dout | The sign of dc: a larger denominator makes the
        output smaller.
    one_over_c | / c**2 -> / c | dc is divided by c once more: the derivative of 1/c is -1/c^2.
    no_n | (dout * n).sum(axis=1) -> dout.sum(axis=1) | n is missing in dc: the output falls in
        proportion to it.
    no_division | dn = dout / c[:, None] -> dn = dout * 1.0 | dn has to be divided by c.
    times_c | dn = dout / c[:, None] -> dn = dout * c[:, None] | You multiply by c; divide by it.
    over_rows | (dout * n).sum(axis=1) -> (dout * n).sum() | Each row has its own denominator.
    """,
)
def quotient_backward(n, c, dout):
    dn = dout / c[:, None]
    dc = -(dout * n).sum(axis=1) / c**2
    return dn, dc


@exercise(
    "efficient_attention.gibibytes",
    trains="what a stored map weighs",
    task="""
    A text of 32,768 tokens, one layer with 16 heads, two bytes for a number: how many GiB (2^30
    bytes) do the maps of weights take?
    """,
    variants=(lambda: 32.0, lambda: 32768**2 * 16 * 2 / 2**30),
    why="32,768^2 is 2^30; times 16 heads, times 2 bytes.",
    hints=(
        "One map has a number for each pair of places.",
        "n * n * heads * bytes / 2^30",
        "32768**2 * ... * 2 / 2**30",
    ),
    mistakes="""
    one_head | = 2 | 2 GiB is one head's map; there are 16 heads.
    no_bytes | = 16 | A number has two bytes.
    four_bytes | = 64 | That is with four bytes for a number; here it has two.
    decimal | = 34.359738368 | That is in units of 10^9 bytes; a GiB has 2^30.
    not_squared | = 0.0009765625 | A map has a number for each pair of places, n times n.
    """,
)
def gibibytes():
    return 32


def near_cases(rng):
    for n, d, c, w in [(3, 2, 2, 1), (7, 3, 3, 2), (8, 2, 4, 3), (9, 4, 2, 4), (6, 3, 8, 2)] * 5:
        yield normal(rng, n, d), normal(rng, n, d), normal(rng, n, d), c, w


def near_as_map(Q, K, V, c, w):
    t, s = np.arange(len(Q))[:, None], np.arange(len(Q))
    e = np.where((s <= t) & (s >= t - w), Q @ K.T / np.sqrt(Q.shape[1]), -np.inf)
    return softmax(e) @ V


def near_by_query(Q, K, V, c, w):
    out = []
    for t in range(len(Q)):
        keys = slice(max(0, t - w), t + 1)
        out.append(softmax(K[keys] @ Q[t] / math.sqrt(len(Q[t]))) @ V[keys])
    return out


@exercise(
    "efficient_attention.near_chunks",
    trains="the online softmax with a window",
    kind="transfer",
    task="""
    near_chunks(Q, K, V, c, w) -> out (n, d): causal attention in which query t sees the keys t - w
    to t, in chunks of c queries and c keys with the online softmax. Q, K, V (n, d). Leave out the
    pieces that nobody sees. Not all queries of a piece need to see one of its keys.
    """,
    shapes={"Q": "n d"},
    cases=near_cases,
    variants=(near_as_map, near_by_query),
    equivalent={
        "0 -> 1": "where nothing was seen yet, any finite number serves: its weights are 0",
        "max(0, t - w) // c * c -> max(0, t - w) // c": "that visits pieces too many, not too few",
    },
    hints=(
        "Change which pieces are visited, and who may look at whom within a piece.",
        "Keys from max(0, t - w) on; allowed: t - w <= s <= t. Where a query has seen nothing yet, "
        "m is -inf, and exp(-inf - (-inf)) is NaN: take care of it.",
        "start = max(0, t - w) // c * c\nsafe = np.where(np.isinf(new), 0, new)\n"
        "shrink, p = np.exp(m[at] - safe), np.exp(e - safe)",
    ),
    mistakes="""
    one_less | of >= at - w -> of > at - w | The key exactly w places back belongs to the window.
    no_window | & (of >= at - w) -> & (of >= 0) | The window is missing: keys farther back than w
        are not seen.
    future | (of <= at) & (of >= at - w) -> (abs(of - at) <= w) | Later keys are seen; the window
        looks back only.
    no_shrink | a[rows] * shrink + p -> a[rows] + p | The sum of values has to shrink when a larger
        score comes.
    no_scale | / np.sqrt(Q.shape[1]) -> / 1.0 | The scores are not divided by the square root of d.
    """,
)
def near_chunks(Q, K, V, c, w):
    n = len(Q)
    m, total, a = np.full((n, 1), -np.inf), np.zeros((n, 1)), np.zeros(V.shape)
    for t in range(0, n, c):
        for s in range(max(0, t - w) // c * c, min(t + c, n), c):
            rows, keys = slice(t, min(t + c, n)), slice(s, min(s + c, n))
            at, of = np.arange(n)[rows, None], np.arange(n)[keys]
            e = Q[rows] @ K[keys].T / np.sqrt(Q.shape[1])
            e = np.where((of <= at) & (of >= at - w), e, -np.inf)
            new = np.maximum(m[rows], e.max(axis=1, keepdims=True))
            safe = np.where(np.isinf(new), 0, new)
            shrink, p = np.exp(m[rows] - safe), np.exp(e - safe)
            total[rows] = total[rows] * shrink + p.sum(axis=1, keepdims=True)
            a[rows] = a[rows] * shrink + p @ V[keys]
            m[rows] = new
    return a / total


@exercise(
    "efficient_attention.slip",
    trains="what is exact, what is saved",
    kind="diagnose",
    task="The number of the false line among the six lines of notes in chapter 19, exercise 9.",
    variants=(lambda: 2.0, lambda: np.array(2)),
    why="""
    Line 2: exact attention in chunks makes as many products as with a stored map, and backward the
    scores once more. What it saves is memory and the traffic to it.
    """,
    hints=(
        "Five of the lines can be read off an equation or a table of the chapter.",
        "Which of them promises something that no curve on the page shows?",
        "Count the products of (19.2), and compare.",
    ),
    mistakes="""
    exact | = 1 | Line 1 is true: (19.2) is not an approximation.
    reach | = 3 | Line 3 is true, (19.3).
    state | = 4 | Line 4 is true: the state has d_k (d_v + 1) numbers.
    rows | = 5 | Line 5 is true: E and F have a row for each place.
    memory | = 6 | Line 6 is true: the memory gets no gradient, the matrices that read it do.
    """,
)
def slip_line():
    return 2
