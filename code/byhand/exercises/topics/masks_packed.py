"""Exercises of chapter 15: several texts in one row."""

import numpy as np

from byhand.exercises.checker.declare import exercise, special


def segment_cases(rng):
    """Rows of texts one behind the other, with pads at the end, at the start or nowhere."""
    yield (np.array([[1, 1, 2, 2, 2, 0]]),)
    yield special("padding at the start", np.array([[0, 0, 1, 1, 1], [0, 1, 1, 2, 2]]))
    for B, T in [(1, 5), (2, 6), (3, 7), (2, 4), (2, 8)] * 4:
        segments = np.ones((B, T), int)
        for b in range(B):
            cuts = rng.choice(np.arange(1, T), size=min(2, T - 1), replace=False)
            segments[b] += (np.arange(T)[:, None] >= cuts).sum(axis=1)
            if rng.random() < 0.5:
                segments[b, T - rng.integers(1, T - 1) :] = 0
        yield (segments,)


@exercise(
    "masks.packed",
    trains="which windows stay open where texts share a row",
    task="""
    packed(segments) -> booleans (B, T, T): who may look at whom in a causal decoder whose rows hold
    several texts. segments (B, T) holds for each place the number of its text, from 1 on, and 0 for
    padding, which may stand anywhere. Query t may look at key s if s <= t, both belong to the same
    text, and s is not padding.
    """,
    shapes={"segments": "B T"},
    cases=segment_cases,
    variants=(
        lambda segments: [
            [[bool(s <= t and row[s] == row[t] and row[s]) for s in range(len(row))]
             for t in range(len(row))]
            for row in segments
        ],
        lambda segments: np.tril(
            np.equal(np.expand_dims(segments, 2), np.expand_dims(segments, 1))
            & (np.expand_dims(segments, 1) != 0)
        ),
    ),
    hints=(
        "Three conditions, joined by and. Which of them needs the query as well as the key?",
        "mask[b, t, s] = (s <= t) and segments[b, t] == segments[b, s] and segments[b, s] != 0.",
        "same = segments[:, :, None] == ...\nreturn same & ... & np.tri(...)",
    ),
    mistakes="""
    texts | same & real -> real | Your query reads the texts before its own, too.
    future | & np.tri(segments.shape[1], dtype=bool) -> `` |
        Your query sees later words of its text: s <= t is missing.
    pads | same & real -> same | Pads see each other: a key that is padding is hidden from all.
    earlier | same = segments[:, :, None] == -> same = segments[:, :, None] >= |
        Your query sees its own text and all texts before it: the numbers must be equal.
    not_itself | dtype=bool) -> k=-1, dtype=bool) | A place sees itself, too: s <= t, not s < t.
    inverted | return same & real & np.tri(segments.shape[1], dtype=bool) ->
        return ~(same & real & np.tri(segments.shape[1], dtype=bool)) |
        The other convention: True means may look.
    """,
)  # fmt: skip
def packed(segments):
    same = segments[:, :, None] == segments[:, None, :]
    real = (segments > 0)[:, None, :]
    return same & real & np.tri(segments.shape[1], dtype=bool)


@exercise(
    "masks.places",
    trains="positions that start anew with each text",
    task="""
    places(segments) -> whole numbers (B, T): the position of each token within its own text,
    counted from 0; padding gets 0. segments (B, T) as before: the number of the text, from 1 on,
    and 0 for padding. The places of a text stand side by side.
    """,
    shapes={"segments": "B T"},
    cases=segment_cases,
    variants=(
        lambda segments: [
            [0 if not k else t - list(row).index(k) for t, k in enumerate(row)] for row in segments
        ],
        lambda segments: np.where(
            segments == 0,
            0,
            np.arange(segments.shape[1])
            - (segments[:, :, None] == segments[:, None, :]).argmax(axis=2),
        ),
    ),
    hints=(
        "Where does the text of place t begin? Its position is the distance from there.",
        "position = t - start of its text, and 0 where segments is 0.",
        "new = ... a place whose number differs from the one before\n"
        "start = np.maximum.accumulate(np.where(new, t, 0), axis=1)\nreturn ...",
    ),
    mistakes="""
    whole_row | t - start -> t + 0 * start |
        You count through the whole row; each text starts at 0 again.
    from_one | t - start -> t - start + 1 | You count from 1; the first word stands at place 0.
    pads_count | np.where(segments > 0, t - start, 0) -> t - start |
        You count the pads, too; they get 0.
    backward | t - start -> start - t | Your positions are negative: place less start.
    """,
)
def places(segments):
    t = np.arange(segments.shape[1])
    new = np.ones(segments.shape, bool)
    new[:, 1:] = segments[:, 1:] != segments[:, :-1]
    start = np.maximum.accumulate(np.where(new, t, 0), axis=1)
    return np.where(segments > 0, t - start, 0)
