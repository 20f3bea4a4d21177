"""Exercises of chapter 15: padding and causal masks, and a softmax that obeys them."""
# ruff: noqa: E501 - one mistake a line

import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, slip, special, wrong
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
    task="padding(tokens, pad) -> booleans (B, 1, S): which keys may be looked at. tokens (B, S) whole numbers; the answer is True for real "
    "tokens and False where the token is pad. True means may look, everywhere in this book; the axis of length 1 serves all queries.",
    shapes={"tokens": "B S"},
    cases=token_cases,
    variants=(
        lambda tokens, pad: [[[bool(t != pad) for t in row]] for row in tokens],
        lambda tokens, pad: np.logical_not(np.equal(np.expand_dims(tokens, 1), pad)),
    ),
    hints=("A mask is about keys; every query of the sequence sees the same ones.", "mask[b, 0, s] = tokens[b, s] != pad.", "return (tokens ... pad)[:, None, :]"),
    mistakes=(
        slip("inverted", "A different convention: your mask is True where a key is hidden; in this book True means may look.", "tokens != pad", "tokens == pad"),
        slip("two_axes", "The axis for the queries is missing: (B, 1, S).", "[:, None, :]", ""),
        slip("wrong_axis", "Your axis of length 1 is the last one; a mask over keys has the keys last: (B, 1, S).", "[:, None, :]", "[:, :, None]"),
        slip("additive", "That is the additive form (0 and -inf); booleans are asked for.", "(tokens != pad)[:, None, :]", "np.where(tokens != pad, 0.0, -np.inf)[:, None, :]"),
        slip("zero_is_pad", "You take 0 for the pad; it is an argument.", "tokens != pad", "tokens != 0"),
        slip("positive", "You keep tokens above pad; a real token may have any other number.", "tokens != pad", "tokens > pad"),
        slip("pairs", "You hide the padded queries as well (B, S, S): their rows would have no key left. Mask keys only.", "(tokens != pad)[:, None, :]", "(tokens != pad)[:, None, :] & (tokens != pad)[:, :, None]"),
        slip("negative", "Pads may be any number; you keep tokens below pad.", "tokens != pad",
            "tokens < pad"),
        slip("numbers_kept",
            "You return the tokens with 0 for the pads; a mask holds True and False.",
            "(tokens != pad)", "(tokens * (tokens != pad))"),
    ),
)  # fmt: skip
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
    task="causal(T, S) -> booleans (T, S): may query t look at key s? The T queries are the last T of the S places (S >= T), so query t stands "
    "at place t + S - T; it sees that place and all before it.",
    cases=lengths_cases,
    variants=(causal_by_loop, lambda T, S: np.tril(np.ones((T, S)), S - T) > 0),
    hints=("A position sees itself and the past. With S = T the mask is the lower triangle with its diagonal.", "mask[t, s] = (s <= t + S - T).", "t, s = np.arange(T)[:, None], np.arange(S)\nreturn s <= ..."),
    mistakes=(
        slip("strict", "A position must see itself too: <=, not <. (The first row would be empty: NaN.)", "s <= t", "s < t"),
        slip("leak", "Query t sees one place too far: it reads its own answer.", "t + S - T", "t + S - T + 1"),
        slip("inverted", "A different convention: your mask is True where a key is hidden; in this book True means may look.", "s <= t", "s > t"),
        slip("upper", "Your triangle is the upper one: query t sees the future.", "s <= t", "s >= t"),
        slip("no_offset", "For S > T the queries are the last T places: query t stands at t + S - T.", "t + S - T", "t"),
        slip("additive", "That is the additive form (0 and -inf); booleans are asked for.", "return s <= t + S - T", "return np.where(s <= t + S - T, 0.0, -np.inf)"),
        slip("transposed", "Rows are queries and columns are keys: (T, S). Yours is transposed.", "return s <= t + S - T", "return (s <= t + S - T).T"),
        slip("diagonal", "Each query sees its own place only; it sees all before it too.", "s <= t", "s == t"),
        slip("offset_turned", "The offset has the wrong sign: query t stands at t + S - T.",
            "t + S - T", "t - S + T"),
        slip("square", "The mask has a column for each key, S of them; yours has T.",
            "np.arange(S)\n", "np.arange(T)\n"),
        slip("first_keys",
            "For S > T you let every query see the first S - T keys only, or count its place "
            "from them wrongly.", "s <= t + S - T", "s <= S - T"),
    ),
)  # fmt: skip
def causal(T, S):
    t, s = np.arange(T)[:, None], np.arange(S)
    return s <= t + S - T


@exercise(
    "masks.combined",
    task="combined(tokens, pad) -> booleans (B, S, S): the mask of decoder self-attention. Query t of sequence b may look at key s if s <= t and "
    "tokens[b, s] is not pad. tokens (B, S). Padded queries are not treated in any special way.",
    shapes={"tokens": "B S"},
    cases=token_cases,
    variants=(
        lambda tokens, pad: [[[bool(s <= t and row[s] != pad) for s in range(len(row))] for t in range(len(row))] for row in tokens],
        lambda tokens, pad: np.tril(np.repeat((tokens != pad)[:, None], tokens.shape[1], axis=1)),
    ),
    hints=("Both conditions must hold: combine two masks with `and`.", "mask = causal (S, S) & padding (B, 1, S).", "causal = np.tri(S, dtype=bool)\nreal = (tokens != pad)[:, None, :]\nreturn ..."),
    mistakes=(
        slip("or", "You combine with or; both conditions must hold: &.", "causal & real", "causal | real"),
        slip("causal_only", "The padding is not masked.", "causal & real", "causal & (real | True)"),
        slip("padding_only", "The future is not masked.", "causal & real", "(causal | True) & real"),
        slip("over_queries", "The padding mask lies on the queries (rows); it hides keys (columns).", "(tokens != pad)[:, None, :]", "(tokens != pad)[:, :, None]"),
        slip("both_sides", "You hide padded queries too; their rows would be empty. Only keys are hidden.", "causal & real", "causal & real & real.swapaxes(1, 2)"),
        slip("inverted", "A different convention: your mask is True where a key is hidden; in this book True means may look.", "causal & real", "~(causal & real)"),
        slip("strict", "A position must see itself too.", "np.tri(tokens.shape[1], dtype=bool)", "np.tri(tokens.shape[1], k=-1, dtype=bool)"),
        slip("leak", "Query t sees the key after its own place.", "np.tri(tokens.shape[1], dtype=bool)", "np.tri(tokens.shape[1], k=1, dtype=bool)"),
        slip("upper", "Your triangle is the upper one: query t sees the future.", "np.tri(tokens.shape[1], dtype=bool)", "np.tri(tokens.shape[1], dtype=bool).T"),
    ),
)  # fmt: skip
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
    task="masked_softmax(scores, mask) -> weights (T, S): softmax over each row of scores (T, S), among the keys where mask (T, S) is True. Scores may be large. Hidden "
    "keys get exactly 0. A row without any True gets zeros, not NaN.",
    shapes={"scores": "T S"},
    cases=masked_cases,
    variants=(masked_by_loop, masked_with_minimum),
    properties=(Property("hidden keys get 0", lambda f, scores, mask: not f(scores, mask)[~mask].any()),),
    hints=(
        "Hidden scores must count as -inf, so that e^score is 0. Then only the empty row needs care: 0/0.",
        "e = exp(scores - m) where mask, else 0, with m the largest visible score;  weights = e / sum e, 0 where the sum is 0.",
        "hidden = np.where(mask, scores, -np.inf)\ntop = hidden.max(axis=1, keepdims=True)\ne = np.where(mask, np.exp(...), 0)\ntotal = e.sum(axis=1, keepdims=True)\nreturn e / np.where(total > 0, total, 1)",
    ),
    mistakes=(
        slip("nan_row", "A row without visible keys gives 0/0, NaN; it should be zeros.", "np.where(total > 0, total, 1)", "total"),
        slip("no_mask", "The mask is missing.", "np.where(mask, scores, -np.inf)", "scores", "np.where(mask, np.exp(scores - top), 0)", "np.exp(scores - top)"),
        slip("times_scores", "Hidden scores are set to 0 (or almost 0, such as -1e-9): e^0 = 1 hides nothing. They must count as -inf.", "np.where(mask, scores, -np.inf)", "scores * mask", "np.where(mask, np.exp(scores - top), 0)", "np.exp(scores * mask - top)"),
        slip("after_softmax", "You mask after the softmax without renormalising: the rows sum to less than 1.", "np.where(mask, scores, -np.inf)", "scores", "    total = e.sum(axis=1, keepdims=True)\n", "    total = np.exp(scores - top).sum(axis=1, keepdims=True)\n"),
        slip("minus_one", "-1 hides nothing: hidden keys keep e^-1. Use -inf.", "np.where(mask, scores, -np.inf)", "np.where(mask, scores, -1.0)", "np.where(mask, np.exp(scores - top), 0)", "np.exp(np.where(mask, scores, -1.0) - top)"),
        slip("uniform_row", "A large negative number such as -1e9 in an entire row gives equal weights; an empty row should be zeros.", "np.where(mask, np.exp(scores - top), 0)", "np.exp(np.where(mask, scores, -1e9) - np.where(mask, scores, -1e9).max(axis=1, keepdims=True))"),
        slip("leaky_row", "Adding -1e9 to an entire row changes nothing (only differences count): the empty row shows the unmasked softmax.", "np.where(mask, np.exp(scores - top), 0)", "np.exp(scores + np.where(mask, 0, -1e9) - (scores + np.where(mask, 0, -1e9)).max(axis=1, keepdims=True))"),
        slip("inverted", "The mask is turned round: True means may look.", "np.where(mask, scores, -np.inf)", "np.where(~mask, scores, -np.inf)", "np.where(mask, np.exp(scores - top), 0)", "np.where(~mask, np.exp(scores - top), 0)"),
        slip("added", "You add the mask (0 or 1) to the scores; that masks nothing.", "np.where(mask, scores, -np.inf)", "scores + mask", "np.where(mask, np.exp(scores - top), 0)", "np.exp(scores + mask - top)"),
        slip("axis_0", "Your softmax runs over the queries (axis 0); it runs over the keys of each row.", "hidden.max(axis=1", "hidden.max(axis=0", "e.sum(axis=1", "e.sum(axis=0"),
        slip("no_max", "e^score overflows for large scores: take the row's largest visible score away first.", "np.exp(scores - top)", "np.exp(scores)"),
        slip("max_of_all", "The maximum is taken over hidden scores too; a large hidden score then makes the visible ones underflow to 0.", "hidden.max(axis=1", "scores.max(axis=1"),
        slip("global_max",
            "You take one maximum over all rows away; a row far below it underflows to 0. "
            "Each row needs its own.", "hidden.max(axis=1, keepdims=True)", "hidden.max()"),
        slip("all_one_sum", "You divide by one sum over all rows; each row has its own.",
            "e.sum(axis=1, keepdims=True)", "e.sum()"),
    ),
    equivalent={
        "1 -> 2": "the sum of an empty row is 0, whatever it is divided by",
        "0 -> 1": "the largest visible key adds e^0 = 1, so a sum is 0, 1 or above 1; dividing by 1 changes nothing",
    },
)  # fmt: skip
def masked_softmax(scores, mask):
    hidden = np.where(mask, scores, -np.inf)
    top = hidden.max(axis=1, keepdims=True)
    e = np.where(mask, np.exp(scores - top), 0)
    total = e.sum(axis=1, keepdims=True)
    return e / np.where(total > 0, total, 1)


@exercise(
    "masks.leak",
    task="Four positions, all scores 0; the last position is padding. Someone sets the score of the corner alone (last query, last key) to -inf. "
    "Which weight does the pad key get from the first query? A number.",
    variants=(lambda: 1 / 4, lambda: np.float64(0.25)),
    hints=("Which row did the change touch?", "The first row still has four equal scores.", "softmax of (0, 0, 0, 0)."),
    mistakes=(
        wrong("zero", "0 would be right if the whole pad column were hidden; the corner alone touches the last row only.", lambda: 0.0),
        wrong("third", "1/3 is what the other keys get in the last row; the question is about the first row.", lambda: 1 / 3),
        wrong("nan", "One -inf gives no NaN; an entire row of them would.", lambda: float("nan")),
    ),
)  # fmt: skip
def leak():
    return 0.25
