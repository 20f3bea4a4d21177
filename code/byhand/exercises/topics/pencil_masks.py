"""Exercises of chapter 15 that are worked with a pencil,
and a layer with six planted faults to be mended."""

import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, special
from byhand.exercises.topics.cases import normal


@exercise(
    "masks.pairs",
    trains="what a causal mask allows, counted",
    task="""
    A decoder writes 6 words. How many of the 36 pairs of a query and a key does its causal mask
    allow?
    """,
    variants=(lambda: 21.0, lambda: sum(range(1, 7))),
    why="Query t sees t + 1 keys, itself included: 1 + 2 + ... + 6 = 21.",
    hints=(
        "How many keys does the first query see? And the last?",
        "Query t sees t keys, if the first is number 1. Add them up over all queries.",
        "1 + 2 + 3 + ...",
    ),
    mistakes="""
    strict | = 15 | 15 leaves out the diagonal; a place sees itself too.
    half | = 18 | 18 is half of 36; the diagonal belongs to the allowed half.
    all | = 36 | 36 are all pairs; the causal mask hides those above the diagonal.
    one_too_many | = 26 |
        26 counts one key too many for all but the last query: it sees the next word.
    one_each | = 6 | 6 counts one key for each query; query t sees all places up to its own.
    """,
)
def pairs():
    return 21


@exercise(
    "masks.weight",
    trains="a softmax that skips padding",
    task="""
    A query has the scores (ln 2, ln 6, ln 2, ln 10) for four keys. The last key is padding and is
    hidden. Which weight does the second key get?
    """,
    variants=(lambda: 3 / 5, lambda: np.float64(0.6)),
    why="e to the scores is 2, 6, 2, 10. The last one does not count: 6 / (2 + 6 + 2) = 0.6.",
    hints=(
        "What is e to the score ln 6?",
        "Weight = e^score / sum of e^score over the visible keys.",
        "6 / (2 + ...), with the visible keys only",
    ),
    mistakes="""
    no_mask | = 0.3 | 0.3 is the weight without a mask: 6 / 20.
    zero_score | = 6 / 11 |
        6/11 sets the hidden score to 0, but e^0 = 1 still counts; it must count 0.
    equal | = 1 / 3 | 1/3 gives all visible keys the same; their scores differ.
    logs | = math.log(6) / math.log(24) |
        You normalise the scores themselves; softmax takes e to the scores first.
    first | = 0.2 | 0.2 is the weight of the first key.
    not_normalised | = 6.0 | 6 is e to the score; it is still to be divided by the sum over the
        visible keys.
    """,
)
def weight():
    return 0.6


@exercise(
    "masks.slip",
    trains="what masks hide and from whom",
    kind="diagnose",
    task="The number of the false line among the five lines of notes in chapter 15, exercise 6.",
    variants=(lambda: 2.0, lambda: np.array(2)),
    why="""
    The padding mask hides keys, that is columns. A padded query may look at what it likes: nobody
    reads its output, and the loss leaves it out. If its row is hidden as well, softmax has
    nothing left, and gives NaN.
    """,
    hints=(
        "Ask of each line: rows or columns?",
        "Look at the figure with six panels: which of its masks leaves a row empty?",
        "What does softmax give for a row of minus infinities?",
    ),
    mistakes="""
    before | = 1 | Line 1 is true: hidden keys must not count in the sum that softmax divides by.
    self | = 3 | Line 3 is true: the diagonal is allowed, s <= t.
    cross | = 4 | Line 4 is true: the keys are those of the source, and all of it may be seen.
    float32 | = 5 |
        Line 5 is true: at a billion, float32 numbers lie 64 apart, and the scores are rounded away.
    """,
)
def slip_line():
    return 2


SIZES = [(1, 2, 2, 1, 2), (1, 1, 4, 2, 3), (1, 2, 3, 4, 2), (2, 3, 5, 4, 6)]
SIZES += [(3, 4, 5, 2, 6), (2, 5, 5, 3, 4), (3, 2, 7, 5, 4), (2, 4, 6, 3, 5)] * 4


def layer_cases(rng):
    for B, T, S, d, dv in SIZES:
        pad = int(rng.integers(0, 3))
        tokens = rng.integers(3, 9, (B, S))
        for b in range(B):
            tokens[b, rng.integers(1, S + 1) :] = pad
        yield normal(rng, B, T, d), normal(rng, B, S, d), normal(rng, B, S, dv), tokens, pad
    for B, T, S in [(1, 2, 3), (2, 3, 4), (2, 2, 5)]:
        Q, K = 40 * normal(rng, B, T, 4), 40 * normal(rng, B, S, 4)
        yield special("large scores", Q, K, normal(rng, B, S, 3), rng.integers(1, 6, (B, S)), 0)
    for B, T, S in [(2, 3, 4), (1, 4, 4), (3, 2, 5), (2, 4, 6)]:
        tokens = rng.integers(1, 6, (B, S))
        tokens[:, : S - T + 1] = 0
        Q, K = normal(rng, B, T, 3), normal(rng, B, S, 3)
        yield special("the first query sees pads only", Q, K, normal(rng, B, S, 2), tokens, 0)


def layer_by_loop(Q, K, V, tokens, pad):
    B, T, d = Q.shape
    S = K.shape[1]
    out = np.zeros((B, T, V.shape[2]))
    for b in range(B):
        for t in range(T):
            seen = [s for s in range(t + S - T + 1) if tokens[b, s] != pad]
            scores = [float(Q[b, t] @ K[b, s]) / math.sqrt(d) for s in seen]
            e = [math.exp(score - max(scores)) for score in scores]
            for s, w in zip(seen, e, strict=True):
                out[b, t] += w / sum(e) * V[b, s]
    return out


def layer_with_minimum(Q, K, V, tokens, pad):
    T, S = Q.shape[1], K.shape[1]
    keep = np.tril(np.repeat((tokens != pad)[:, None], T, axis=1), S - T)
    scores = np.einsum("btd,bsd->bts", Q, K) * Q.shape[2] ** -0.5
    shifted = np.where(keep, scores, -1e30)
    e = np.exp(shifted - shifted.max(axis=2, keepdims=True)) * keep
    total = e.sum(axis=2, keepdims=True)
    return np.einsum("bts,bsv->btv", np.divide(e, total, out=np.zeros_like(e), where=total > 0), V)


def no_future(f, Q, K, V, tokens, pad):
    if Q.shape[1] < 2:
        return True
    later = V.copy()
    later[:, -1] += 1
    return np.allclose(f(Q, K, later, tokens, pad)[:, :-1], f(Q, K, V, tokens, pad)[:, :-1])


def no_pads(f, Q, K, V, tokens, pad):
    other = np.where((tokens == pad)[..., None], V + 1, V)
    return np.allclose(f(Q, K, other, tokens, pad), f(Q, K, V, tokens, pad))


@exercise(
    "masks.debug",
    trains="six faults in real code, found by tests",
    kind="diagnose",
    task="""
    attend(Q, K, V, tokens, pad) -> (B, T, dv), mended: decoder self-attention with a cache. Q (B,
    T, d) are the last T of the S places of K (B, S, d), V (B, S, dv) and tokens (B, S). Query t
    sees the keys up to its own place that are not pad, True = may look; a query that sees nothing
    gets zeros. Copy the function from the page and mend its six faults.
    """,
    shapes={"Q": "B T d", "K": "B S d", "V": "B S dv"},
    cases=layer_cases,
    variants=(layer_by_loop, layer_with_minimum),
    properties=(
        Property("no query reads a later value", no_future),
        Property("the content of pads does not matter", no_pads),
    ),
    hints=(
        "Test one property at a time: do the weights of a row add up to 1? Does a later key "
        "change an earlier output? Does a pad? Does T = 1 with S = 5 see everything? What comes "
        "out of an empty row?",
        "place = t + S - T;  mask = (s <= place) and real;  weights = softmax over the keys "
        "(axis 2) of scores where mask, else -inf;  an empty row is divided by 1, not by 0.",
        "causal = s <= t + ...;  real = (tokens ... pad)[:, None, :];  mask = causal ... real\n"
        "hidden = np.where(mask, scores, ...);  top = hidden.max(axis=..., keepdims=True)\n"
        "e = np.exp(hidden - np.where(np.isinf(top), ..., top));  total = ...\n"
        "return e / np.where(total > 0, total, ...) @ V",
    ),
    mistakes="""
    no_offset | s <= t + S - T -> s <= t |
        Still wrong: for S > T the queries are the last T places, so query t stands at t + S - T.
    inverted_pads | tokens != pad -> tokens == pad |
        Still wrong: the padding is turned round; keys that are not pad may be seen.
    or | causal & real -> `causal | real` |
        Still wrong: both conditions must hold, so the masks are combined with &.
    zero_fill | np.where(mask, scores, -np.inf) -> np.where(mask, scores, 0) |
        Still wrong: hidden scores are set to 0, and e^0 = 1 counts. They must count as -inf.
    over_queries | hidden.max(axis=2 -> hidden.max(axis=1 ;; e.sum(axis=2 -> e.sum(axis=1 |
        Still wrong: your softmax runs over the queries (axis 1); it runs over the keys (axis 2).
    nan_row | np.where(np.isinf(top), 0, top) -> top ;; np.where(total > 0, total, 1) -> total |
        Still wrong: a row without visible keys gives -inf - (-inf) or 0/0, NaN; it should give
        zeros.
    leak | s <= t + S - T -> s <= t + S - T + 1 |
        A new fault: query t sees the key after its own place.
    strict | s <= t + S - T -> s < t + S - T | A new fault: a place sees itself too, <= and not <.
    no_scale | ` / np.sqrt(K.shape[2])` -> `` | A new fault: 1/sqrt(d) is missing.
    causal_only | causal & real -> `causal & (real | True)` | The padding is not hidden.
    padding_only | causal & real -> `(causal | True) & real` | The future is not hidden.
    finite_fill | np.where(mask, scores, -np.inf) -> np.where(mask, scores, -1e9) | Still wrong:
        with -1e9 everywhere a query that sees nothing gives equal weights to all keys; it should
        get zeros.
    """,
    equivalent={
        "1 -> 2": "the sum of an empty row is 0, whatever it is divided by",
        "0 -> 1": "the largest visible key adds e^0 = 1, so a sum is 0, 1 or above 1; "
        "dividing by 1 changes nothing",
    },
)
def attend(Q, K, V, tokens, pad):
    T, S = Q.shape[1], K.shape[1]
    t, s = np.arange(T)[:, None], np.arange(S)
    causal = s <= t + S - T
    real = (tokens != pad)[:, None, :]
    mask = causal & real
    scores = Q @ K.swapaxes(1, 2) / np.sqrt(K.shape[2])
    hidden = np.where(mask, scores, -np.inf)
    top = hidden.max(axis=2, keepdims=True)
    e = np.exp(hidden - np.where(np.isinf(top), 0, top))
    total = e.sum(axis=2, keepdims=True)
    return e / np.where(total > 0, total, 1) @ V
