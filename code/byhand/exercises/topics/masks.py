"""Exercises of chapter 15: padding and causal masks, and a softmax that obeys them."""

import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, special
from byhand.exercises.topics.cases import normal


def token_cases(rng):
    yield np.array([[5, 0]]), 0
    for B, S in [(1, 3), (2, 3), (3, 5), (2, 4), (4, 6), (3, 2)] * 4:
        pad = int(rng.integers(0, 3))
        tokens = rng.integers(0, 6, (B, S))
        for b, n in enumerate(rng.integers(1, S + 1, B)):
            tokens[b, :n] = np.where(tokens[b, :n] == pad, pad + 3, tokens[b, :n])
            tokens[b, n:] = pad
        yield tokens, pad
    for B, S in [(2, 5), (3, 4), (1, 6)]:
        tokens = rng.integers(1, 6, (B, S))
        tokens[:, rng.integers(0, S - 1)] = 0
        yield special("a pad before the end", tokens, 0)


@exercise(
    "masks.padding",
    trains="which keys are real",
    task="""
    padding(tokens, pad) -> booleans (B, 1, S): which keys may be looked at. tokens (B, S) whole
    numbers; the answer is True for real tokens and False where the token is pad. True means may
    look, everywhere in this book; the axis of length 1 serves all queries.
    """,
    shapes={"tokens": "B S"},
    cases=token_cases,
    variants=(
        lambda tokens, pad: [[[bool(t != pad) for t in row]] for row in tokens],
        lambda tokens, pad: np.logical_not(np.equal(np.expand_dims(tokens, 1), pad)),
    ),
    hints=(
        "A mask is about keys; every query of the sequence sees the same ones.",
        "mask[b, 0, s] = tokens[b, s] != pad.",
        "return (tokens ... pad)[:, None, :]",
    ),
    mistakes="""
    inverted | tokens != pad -> tokens == pad | A different convention: your mask is True where a
        key is hidden; in this book True means may look.
    two_axes | [:, None, :] -> `` | The axis for the queries is missing: (B, 1, S).
    wrong_axis | [:, None, :] -> [:, :, None] |
        Your axis of length 1 is the last one; a mask over keys has the keys last: (B, 1, S).
    additive | (tokens != pad)[:, None, :] -> np.where(tokens != pad, 0.0, -np.inf)[:, None, :] |
        That is the additive form (0 and -inf); booleans are asked for.
    zero_is_pad | tokens != pad -> tokens != 0 | You take 0 for the pad; it is an argument.
    positive | tokens != pad -> tokens > pad |
        You keep tokens above pad; a real token may have any other number.
    pairs | (tokens != pad)[:, None, :] -> (tokens != pad)[:, None, :] & (tokens != pad)[:, :, None]
        | You hide the padded queries as well (B, S, S): their rows would have no key left. Mask
        keys only.
    negative | tokens != pad -> tokens < pad | Pads may be any number; you keep tokens below pad.
    numbers_kept | (tokens != pad) -> (tokens * (tokens != pad)) |
        You return the tokens with 0 for the pads; a mask holds True and False.
    """,
)
def padding(tokens, pad):
    return (tokens != pad)[:, None, :]


def lengths_cases(rng):
    yield 2, 2
    yield from [
        (1, 1),
        (3, 3),
        (1, 4),
        (2, 3),
        (4, 4),
        (2, 5),
        (5, 5),
        (3, 7),
        (4, 6),
        (1, 2),
        (6, 6),
        (5, 8),
    ]


def causal_by_loop(T, S):
    return [[s - (S - T) <= t for s in range(S)] for t in range(T)]


@exercise(
    "masks.causal",
    trains="the triangle, and its corner with a cache",
    task="""
    causal(T, S) -> booleans (T, S): may query t look at key s? The T queries are the last T of
    the S places (S >= T); each sees its own place and all before it.
    """,
    cases=lengths_cases,
    variants=(causal_by_loop, lambda T, S: np.tril(np.ones((T, S)), S - T) > 0),
    hints=(
        "A position sees itself and the past. With S = T the mask is the lower triangle with "
        "its diagonal.",
        "mask[t, s] = (s <= t + S - T).",
        "t, s = np.arange(T)[:, None], np.arange(S)\nreturn s <= ...",
    ),
    mistakes=r"""
    strict | s <= t -> s < t |
        A position must see itself too: <=, not <. (With S = T the first query would see nothing.)
    leak | t + S - T -> t + S - T + 1 | Query t sees one place too far: it reads its own answer.
    inverted | s <= t -> s > t | A different convention: your mask is True where a key is hidden; in
        this book True means may look.
    upper | s <= t -> s >= t | Your triangle is the upper one: query t sees the future.
    no_offset | t + S - T -> t |
        For S > T the queries are the last T places: query t stands at t + S - T.
    additive | return s <= t + S - T -> return np.where(s <= t + S - T, 0.0, -np.inf) |
        That is the additive form (0 and -inf); booleans are asked for.
    transposed | return s <= t + S - T -> return (s <= t + S - T).T |
        Rows are queries and columns are keys: (T, S). Yours is transposed.
    diagonal | s <= t -> s == t | Each query sees its own place only; it sees all before it too.
    offset_turned | t + S - T -> t - S + T |
        The offset has the wrong sign: query t stands at t + S - T.
    square | `np.arange(S)\n` -> `np.arange(T)\n` |
        The mask has a column for each key, S of them; yours has T.
    first_keys | s <= t + S - T -> s <= S - T | For S > T you let every query see the first S - T
        keys only, or count its place from them wrongly.
    """,
)
def causal(T, S):
    t, s = np.arange(T)[:, None], np.arange(S)
    return s <= t + S - T


@exercise(
    "masks.combined",
    trains="padding and future at once",
    task="""
    combined(tokens, pad) -> booleans (B, S, S): the mask of decoder self-attention. Query t of
    sequence b may look at key s if s <= t and tokens[b, s] is not pad. tokens (B, S). Padded
    queries are not treated in any special way.
    """,
    shapes={"tokens": "B S"},
    cases=token_cases,
    variants=(
        lambda tokens, pad: [
            [[bool(s <= t and row[s] != pad) for s in range(len(row))] for t in range(len(row))]
            for row in tokens
        ],
        lambda tokens, pad: np.tril(np.repeat((tokens != pad)[:, None], tokens.shape[1], axis=1)),
    ),
    hints=(
        "Both conditions must hold: combine two masks with `and`.",
        "mask = causal (S, S) & padding (B, 1, S).",
        "causal = np.tri(S, dtype=bool)\nreal = (tokens != pad)[:, ..., :]\nreturn ...",
    ),
    mistakes="""
    or | causal & real -> `causal | real` | You combine with or; both conditions must hold: &.
    causal_only | causal & real -> `causal & (real | True)` | The padding is not masked.
    padding_only | causal & real -> `(causal | True) & real` | The future is not masked.
    over_queries | (tokens != pad)[:, None, :] -> (tokens != pad)[:, :, None] |
        The padding mask lies on the queries (rows); it hides keys (columns).
    both_sides | causal & real -> causal & real & real.swapaxes(1, 2) |
        You hide padded queries too; their rows would be empty. Only keys are hidden.
    inverted | causal & real -> ~(causal & real) | A different convention: your mask is True where a
        key is hidden; in this book True means may look.
    strict | np.tri(tokens.shape[1], dtype=bool) -> np.tri(tokens.shape[1], k=-1, dtype=bool) |
        A position must see itself too.
    leak | np.tri(tokens.shape[1], dtype=bool) -> np.tri(tokens.shape[1], k=1, dtype=bool) |
        Query t sees the key after its own place.
    upper | np.tri(tokens.shape[1], dtype=bool) -> np.tri(tokens.shape[1], dtype=bool).T |
        Your triangle is the upper one: query t sees the future.
    pads_seen | tokens != pad -> tokens == pad | The padding is turned round: keys that are not pad
        may be seen (!=, not ==).
    """,
)
def combined(tokens, pad):
    causal = np.tri(tokens.shape[1], dtype=bool)
    real = (tokens != pad)[:, None, :]
    return causal & real


def extreme_scores(rng):
    for T, S in [(2, 3), (3, 4), (4, 3)]:
        scores = np.round(64 * normal(rng, T, S)) / 64 + 900.0 * np.arange(1, T + 1)[:, None]
        # whole 64ths: exact in float32
        yield special("large scores", scores, rng.random((T, S)) < 0.9)
    for T, S in [(2, 4), (3, 5), (2, 3)]:
        scores, mask = normal(rng, T, S), np.ones((T, S), bool)
        scores[:, 1] += 900.0
        mask[:, 1] = False
        yield special("a large score behind the mask", scores, mask)
    for S in (3, 4, 5):
        scores = np.array([[1.0], [1000.0], [-1e5]]) + np.arange(S)
        yield special(
            "rows of 0, 1000 and -1e5", scores, np.arange(S) < np.array([[2], [S], [S - 1]])
        )


def masked_cases(rng):
    yield np.array([[1.0, 2.0]]), np.array([[True, False]])
    yield special(
        "an empty row", np.array([[1.0, 2.0], [3.0, 1.0]]), np.array([[False, False], [True, True]])
    )
    for T, S in [(1, 3), (2, 3), (3, 5), (4, 3), (3, 4), (5, 4), (2, 6)] * 3:
        mask = rng.random((T, S)) < 0.6
        mask[np.arange(T), rng.integers(0, S, T)] = True
        mask[0, rng.integers(0, S)] = mask[0].sum() < 2
        mask[0, 0] |= not mask[0].any()
        yield normal(rng, T, S), mask
    for T, S in [(3, 4), (4, 2), (2, 5), (3, 3)]:
        mask = rng.random((T, S)) < 0.7
        mask[1] = False
        mask[0, 0] = True
        yield special("an empty row", normal(rng, T, S), mask)
    yield from extreme_scores(rng)


def masked_by_loop(scores, mask):
    out = np.zeros(scores.shape)
    for t, row in enumerate(scores):
        seen = [s for s in range(len(row)) if mask[t, s]]
        if seen:
            top = max(row[s] for s in seen)
            total = sum(math.exp(row[s] - top) for s in seen)
            for s in seen:
                out[t, s] = math.exp(row[s] - top) / total
    return out


def masked_with_minimum(scores, mask):
    shifted = np.where(mask, scores, -1e30)
    e = np.exp(shifted - shifted.max(axis=1, keepdims=True)) * mask
    total = e.sum(axis=1, keepdims=True)
    return np.divide(e, total, out=np.zeros_like(e), where=total > 0)


@exercise(
    "masks.masked_softmax",
    trains="a masked softmax that survives large scores and empty rows",
    kind="derive and code",
    task="""
    masked_softmax(scores, mask) -> weights (T, S): softmax over each row of scores (T, S), among
    the keys where mask (T, S) is True. Scores may be large. Hidden keys get exactly 0. A row
    without any True gets zeros, not NaN.
    """,
    shapes={"scores": "T S"},
    cases=masked_cases,
    variants=(masked_by_loop, masked_with_minimum),
    properties=(
        Property("hidden keys get 0", lambda f, scores, mask: not f(scores, mask)[~mask].any()),
    ),
    hints=(
        "Hidden scores must count as -inf, so that e^score is 0. Then only the empty row needs "
        "care: 0/0.",
        "e = exp(scores - m) where mask, else 0, with m the largest visible score;  weights = e "
        "/ sum e, 0 where the sum is 0.",
        "top = np.where(mask, scores, -np.inf).max(axis=1, keepdims=True)\n"
        "e = np.where(mask, np.exp(...), 0)\n"
        "total = ...\n"
        "return e / np.where(total > 0, total, ...)",
    ),
    mistakes=r"""
    nan_row | np.where(total > 0, total, 1) -> total |
        A row without visible keys gives 0/0, NaN; it should be zeros.
    no_mask | np.where(mask, scores, -np.inf) -> scores ;; np.where(mask, np.exp(scores - top), 0)
        -> np.exp(scores - top) | The mask is missing.
    times_scores | np.where(mask, scores, -np.inf) -> scores * mask ;; np.where(mask, np.exp(scores
        - top), 0) -> np.exp(scores * mask - top) | Hidden scores are set to 0 (or almost 0, such as
        -1e-9): e^0 = 1 hides nothing. They must count as -inf.
    after_softmax | np.where(mask, scores, -np.inf) -> scores ;; `    total = e.sum(axis=1,
        keepdims=True)\n` -> `    total = np.exp(scores - top).sum(axis=1, keepdims=True)\n` |
        You mask after the softmax without renormalising: the rows sum to less than 1.
    minus_one | np.where(mask, scores, -np.inf) -> np.where(mask, scores, -1.0) ;; np.where(mask,
        np.exp(scores - top), 0) -> np.exp(np.where(mask, scores, -1.0) - top) |
        -1 hides nothing: hidden keys keep e^-1. Use -inf.
    uniform_row | np.where(mask, np.exp(scores - top), 0) -> np.exp(np.where(mask, scores, -1e9) -
        np.where(mask, scores, -1e9).max(axis=1, keepdims=True)) | A large negative number such as
        -1e9 in an entire row gives equal weights; an empty row should be zeros.
    leaky_row | np.where(mask, np.exp(scores - top), 0) -> np.exp(scores + np.where(mask, 0, -1e9) -
        (scores + np.where(mask, 0, -1e9)).max(axis=1, keepdims=True)) | Adding -1e9 to an entire
        row changes nothing (only differences count): the empty row shows the unmasked softmax.
    inverted | np.where(mask, scores, -np.inf) -> np.where(~mask, scores, -np.inf) ;; np.where(mask,
        np.exp(scores - top), 0) -> np.where(~mask, np.exp(scores - top), 0) |
        The mask is turned round: True means may look.
    added | np.where(mask, scores, -np.inf) -> scores + mask ;; np.where(mask, np.exp(scores - top),
        0) -> np.exp(scores + mask - top) |
        You add the mask (0 or 1) to the scores; that masks nothing.
    axis_0 | hidden.max(axis=1 -> hidden.max(axis=0 ;; e.sum(axis=1 -> e.sum(axis=0 |
        Your softmax runs over the queries (axis 0); it runs over the keys of each row.
    no_max | np.exp(scores - top) -> np.exp(scores) |
        e^score overflows for large scores: take the row's largest visible score away first.
    max_of_all | hidden.max(axis=1 -> scores.max(axis=1 | The maximum is taken over hidden scores
        too; a large hidden score then makes the visible ones underflow to 0.
    global_max | hidden.max(axis=1, keepdims=True) -> hidden.max() | You take one maximum over all
        rows away; a row far below it underflows to 0. Each row needs its own.
    all_one_sum | e.sum(axis=1, keepdims=True) -> e.sum() |
        You divide by one sum over all rows; each row has its own.
    no_max_product | np.where(mask, np.exp(scores - top), 0) -> np.exp(scores) * mask ;;
        np.where(total > 0, total, 1) -> np.where(total == 0, 1, total) | e^score
        overflows for large scores: take the row's largest visible score away first.
    zero_fill | np.where(mask, scores, -np.inf) -> np.where(mask, scores, 0.0) ;; np.where(mask,
        np.exp(scores - top), 0) -> np.exp(hidden - top) * mask.any(axis=1, keepdims=True) | Hidden
        scores are set to 0 (or almost 0, such as -1e-9): e^0 = 1 hides nothing. They must count as
        -inf.
    small_fill | np.where(mask, scores, -np.inf) -> np.where(mask, scores, -1e4) ;; np.where(mask,
        np.exp(scores - top), 0) -> np.exp(hidden - top) * mask.any(axis=1, keepdims=True) | A fill
        such as -50 or -1e4 closes no door: beside scores of -1e5 it is the largest. Hidden scores
        must count as -inf.
    small_sum | np.where(total > 0, total, 1) -> (total + SMALL) | You add a small constant to the
        sum, so the rows no longer sum to 1; only an empty row needs care.
    """,
    equivalent={
        "1 -> 2": "the sum of an empty row is 0, whatever it is divided by",
        "0 -> 1": "the largest visible key adds e^0 = 1, so a sum is 0, 1 or above 1; "
        "dividing by 1 changes nothing",
    },
)
def masked_softmax(scores, mask):
    hidden = np.where(mask, scores, -np.inf)
    top = hidden.max(axis=1, keepdims=True)
    e = np.where(mask, np.exp(scores - top), 0)
    total = e.sum(axis=1, keepdims=True)
    return e / np.where(total > 0, total, 1)


@exercise(
    "masks.leak",
    trains="how little a wrong mask shows",
    task="""
    Five places, all scores 0, under a causal mask; the padding stands at the start, so place 0 is
    a pad. Someone hides the pad's row (query 0) instead of its column (key 0). Which weight does
    the pad key get from query 1, the first real word? A number.
    """,
    variants=(lambda: 1 / 2, lambda: np.float64(0.5)),
    why="""
    Hiding row 0 touches query 0 only. Query 1 may look at itself and the past, places 0 and 1,
    and their scores are equal: the first real word takes half of what it reads from a pad.
    """,
    hints=(
        "Which windows of query 1 are open? Does the closed row have anything to do with them?",
        "The causal mask leaves query t the keys 0 to t. Equal scores share the weight equally.",
        "softmax of the scores of the open keys: (..., ...)",
    ),
    mistakes="""
    zero | = 0.0 | 0 would be right if the pad's column were hidden; its row concerns query 0 only.
    fifth | = 1 / 5 | 1/5 would be right without a causal mask; query 1 does not see the places 2
        to 4.
    quarter | = 1 / 4 | Which keys does query 1 see? A place sees itself and what is before it.
    third | = 1 / 3 | Count from 0: query 1 is the second place.
    nan | = float("nan") | Query 0 has nothing left and may give NaN; query 1 has open windows.
    one | = 1.0 | 1 would be the weight of a single key; query 1 sees itself too.
    """,
)
def leak():
    return 0.5
