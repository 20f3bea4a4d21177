"""Exercises of chapter 14: where a word stands, in the score."""

import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, special
from byhand.exercises.topics.cases import near, normal


@exercise(
    "self_attention.by_hand",
    trains="a query, a key and their score",
    task="""
    In "I saw a saw" replace the -2 and the 2 in W_q by -4 and 4. Which score does the first saw
    give to the word a, after the division by sqrt(d_k)? A number.
    """,
    variants=(lambda: -1 / 2, lambda: np.array([4, 0, 1, 3]) @ np.array([-1, 0, 0, 1]) / 2),
    why="""
    x_1 = (0, 0, 1, 0, 1), so q_1 = (4, 0, 1, 3). The key of a is (-1, 0, 0, 1), their product -4 +
    3 = -1, divided by 2: the article stands on the wrong side, and that counts more now.
    """,
    hints=(
        "The first saw stands at (0, 1) on the clock; its query is the sum of two rows of W_q.",
        "q_1 = x_1 W_q, k_2 = x_2 W_k, e_12 = q_1 . k_2 / sqrt(4).",
        "q_1 = (4, 0, 1, ...), k_2 = (-1, 0, 0, ...)",
    ),
    mistakes="""
    not_divided | = -1.0 | -1 is the product q . k; divide it by sqrt(d_k) = 2.
    by_d_k | = -0.25 | You divide by d_k = 4; it is its square root.
    old_factor | = 0.5 | 0.5 is the score with the old matrix, whose hand counts 2.
    second_saw | = 3.5 | 3.5 is the score that the second saw gives; the first stands at (0, 1).
    of_i | = 2.5 | 2.5 is the score of I; asked for is that of a.
    place_only | = -2.0 | The hand gives -4, and the article 3 more: both count.
    word_only | = 1.5 | The article gives 3; the hands give -4 besides.
    weight | = 0.014 | That looks like a weight: asked for is the score, before the softmax.
    """,
)
def by_hand():
    return -0.5


def turning_cases(rng):
    for B, T, K in [(1, 2, 2), (1, 3, 4), (2, 3, 4), (3, 4, 2), (2, 5, 6), (4, 3, 8)] * 3:
        yield normal(rng, B, T, K), rng.uniform(0.1, 1.5, K // 2)
    yield special("many places", normal(rng, 2, 40, 4), np.array([1.0, 0.01]))


def turned_by_complex(x, omega):
    points = x[..., 0::2] + 1j * x[..., 1::2]
    points = points * np.exp(1j * np.arange(x.shape[1])[:, None] * omega)
    return np.stack([points.real, points.imag], axis=-1).reshape(x.shape)


def turned_by_matrices(x, omega):
    out = np.zeros(x.shape)
    for t in range(x.shape[1]):
        for i, w in enumerate(omega):
            c, s = math.cos(t * w), math.sin(t * w)
            out[:, t, 2 * i : 2 * i + 2] = x[:, t, 2 * i : 2 * i + 2] @ [[c, s], [-s, c]]
    return out


@exercise(
    "self_attention.rotary",
    trains="rotary positions, the other way to pair",
    kind="derive and code",
    task="""
    rotary(x, omega) -> (B, T, K): turn queries or keys x (B, T, K), K even, by their places. Here
    the pairs are *neighbours*, as in the paper: the entries 2i and 2i+1 at place t = 0, 1, ... are
    a point (a, b) and become (a cos - b sin, a sin + b cos) of the angle t omega_i. omega (K/2,)
    holds the speeds.
    """,
    shapes={"x": "B T K"},
    cases=turning_cases,
    variants=(turned_by_complex, turned_by_matrices),
    properties=(
        Property(
            "lengths stay as they are",
            lambda f, x, omega: near((f(x, omega) ** 2).sum(axis=2), (x**2).sum(axis=2)),
        ),
    ),
    hints=(
        "Take the even and the odd columns apart, turn, and weave them together again.",
        "angle[t, i] = t omega_i; a = x[:, :, 0::2], b = x[:, :, 1::2].",
        "angle = np.arange(T)[:, None] * omega\n"
        "out = np.empty(x.shape)\n"
        "out[:, :, 0::2] = ...\n"
        "out[:, :, 1::2] = ...\n"
        "return out",
    ),
    mistakes="""
    halves | `a, b = x[:, :, 0::2], x[:, :, 1::2]` -> `a, b = np.split(x, 2, axis=2)` ;;
        `out[:, :, 0::2] = ` -> `out[:, :, : x.shape[2] // 2] = ` ;; `out[:, :, 1::2] = ` ->
        `out[:, :, x.shape[2] // 2 :] = ` |
        You pair column i with column i + K/2, as the chapter's program does; here the pairs are
        neighbours, 2i and 2i + 1.
    not_woven | `out[:, :, 0::2] = ` -> `out[:, :, : x.shape[2] // 2] = ` ;; `out[:, :, 1::2] = ` ->
        `out[:, :, x.shape[2] // 2 :] = ` | You turn neighbours, but put all first coordinates
        before all second ones: weave them together again.
    back | a * cos - b * sin -> a * cos + b * sin ;; a * sin + b * cos -> -a * sin + b * cos |
        You turn the other way: that is the way back.
    no_minus | a * cos - b * sin -> a * cos + b * sin | The first coordinate is a cos - b sin.
    second_minus | a * sin + b * cos -> a * sin - b * cos |
        The second coordinate is a sin + b cos.
    from_one | np.arange(x.shape[1]) -> np.arange(1, x.shape[1] + 1) |
        Your places start at 1; the first has t = 0 and is not turned.
    no_place | np.arange(x.shape[1])[:, None] * omega -> np.ones((x.shape[1], 1)) * omega |
        Every place is turned by the same angle, omega_i; it is t omega_i.
    one_speed | * omega -> * omega[0] | All pairs turn at the first speed; pair i has omega_i.
    by_batch | np.arange(x.shape[1])[:, None] * omega -> (np.arange(len(x))[:, None] *
        omega)[:, None] | You count sequences of the batch; t counts the places, axis 1.
    divided | [:, None] * omega -> [:, None] / omega | The angle is t times omega_i.
    full_turns | [:, None] * omega -> [:, None] * (2 * np.pi * omega) |
        The angle is in radians: no factor 2 pi.
    sin_and_cos | np.cos(angle), np.sin(angle) -> np.sin(angle), np.cos(angle) |
        Sine and cosine are exchanged: at place 0 nothing is turned.
    added | out[:, :, 0::2] = a * cos - b * sin -> out[:, :, 0::2] = a + cos ;; out[:, :, 1::2] = a
        * sin + b * cos -> out[:, :, 1::2] = b + sin |
        You add cosine and sine to x, as a position code; here x itself is turned.
    """,
)
def rotary(x, omega):
    angle = np.arange(x.shape[1])[:, None] * omega
    cos, sin = np.cos(angle), np.sin(angle)
    a, b = x[:, :, 0::2], x[:, :, 1::2]
    out = np.empty(x.shape)
    out[:, :, 0::2] = a * cos - b * sin
    out[:, :, 1::2] = a * sin + b * cos
    return out


def offset_cases(rng):
    for B, N, T in [(1, 1, 2), (1, 2, 3), (2, 3, 4), (3, 2, 5), (2, 4, 3), (4, 3, 6)] * 3:
        yield (normal(rng, B, N, T, T),)


def offsets_by_loop(dE):
    B, N, T, _ = dE.shape
    db = [[0.0] * (2 * T - 1) for _ in range(N)]
    for b in range(B):
        for n in range(N):
            for t in range(T):
                for s in range(T):
                    db[n][s - t + T - 1] += float(dE[b, n, t, s])
    return db


def offsets_by_counting(dE):
    T = dE.shape[2]
    places = np.arange(T)
    offset = (places - places[:, None] + T - 1).ravel()
    total = dE.sum(axis=0).reshape(dE.shape[1], T * T)
    return np.stack([np.bincount(offset, row, 2 * T - 1) for row in total])


@exercise(
    "self_attention.offset_gradient",
    trains="one number used at many places",
    kind="derive and code",
    task="""
    offset_gradient(dE) -> db (N, 2T-1): the gradient of a bias for each offset. The scores of head
    n are e_ts = (something) + b[n, s - t + T - 1], as in (14.7), so b[n, 0] belongs to the
    offset s - t = -(T - 1). Given is dE (B, N, T, T), the gradient of all scores.
    """,
    shapes={"dE": "B N T T"},
    cases=offset_cases,
    variants=(offsets_by_loop, offsets_by_counting),
    properties=(
        Property(
            "all of dE arrives: the sums are the same",
            lambda f, dE: near(f(dE).sum(axis=1), dE.sum(axis=(0, 2, 3))),
        ),
    ),
    hints=(
        "Which scores does b[n, j] stand in? All pairs with the same s - t: a diagonal.",
        "db[n, j + T - 1] = sum over b and over all (t, s) with s - t = j of dE[b, n, t, s].",
        "for j in range(-(T - 1), T):\n    db[:, j + T - 1] = np.trace(..., offset=j, ...)",
    ),
    mistakes="""
    reversed | db[:, j + T - 1] -> db[:, T - 1 - j] |
        Your offsets run backwards: b[n, 0] belongs to s - t = -(T - 1), the lower left corner.
    mean | np.trace(total, -> 1 / (T - abs(j)) * np.trace(total, |
        You take the mean over the diagonal; a shared number gets the sum of its gradients.
    batch_mean | dE.sum(axis=0) -> dE.mean(axis=0) |
        You average over the batch; the gradient is the sum over all uses.
    one_sequence | dE.sum(axis=0) -> dE[0] | Only the first sequence counts; sum over the batch.
    shared_heads | dE.sum(axis=0) -> (dE.sum(axis=0) * 0 + dE.sum(axis=(0, 1))) |
        You add up the heads; each head has its own biases.
    upper_only | range(-(T - 1), T) -> range(T) |
        Keys before the query are missing: offsets run from -(T - 1) to T - 1.
    lower_only | range(-(T - 1), T) -> range(-(T - 1), 1) |
        Keys after the query are missing: offsets run from -(T - 1) to T - 1.
    columns | np.trace(total, offset=j, axis1=1, axis2=2) -> total.sum(axis=1)[:, abs(j)] |
        You add up columns, that is one key for all queries; an offset is a diagonal.
    anti | total = dE.sum(axis=0) -> total = dE.sum(axis=0)[:, :, ::-1] |
        Your diagonals run from upper right to lower left, where t + s is constant; the offset is
        s - t.
    first_only | np.trace(total, offset=j, axis1=1, axis2=2) -> np.diagonal(total, j, 1, 2)[:, 0] |
        You take one entry of each diagonal; all of them share the bias, so add them up.
    """,
    equivalent={
        "T - 1 -> T": "an offset outside the matrix has an empty diagonal, overwritten later",
        "T - 1 -> T + 1": "offsets outside the matrix have empty diagonals, overwritten later",
    },
)
def offset_gradient(dE):
    N, T = dE.shape[1:3]
    total = dE.sum(axis=0)
    db = np.zeros((N, 2 * T - 1))
    for j in range(-(T - 1), T):
        db[:, j + T - 1] = np.trace(total, offset=j, axis1=1, axis2=2)
    return db
