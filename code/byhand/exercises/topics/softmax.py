"""Exercises of chapter 2, second part: softmax and its Jacobian."""

import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, special
from byhand.exercises.topics.cases import near, normal


def rows(rng):
    yield (np.array([[0.0, 1.0]]),)
    yield special("equal logits", np.array([[2.0, 2.0, 2.0]]))
    for size, classes in [(1, 3), (2, 3), (3, 2), (4, 3), (2, 5), (3, 4), (5, 2)] * 2:
        yield (normal(rng, size, classes),)
    yield special("large logits", np.array([[1000.0, 999.0], [0.0, 1.0]]))
    yield special("large logits", np.array([[0.0, 1.0, 2.0], [800.0, 802.0, 801.0]]))
    yield special("large logits", np.array([[-900.0, -901.0], [5.0, 3.0], [900.0, 1.0]]))
    yield special("large negative logits", np.array([[-1000.0, -1000.0, -999.0]]))
    yield special(
        "a row of 1000 and a row of 0", np.array([[1000.0, -1000.0, -1000.0], [0.0, 1.0, 0.0]])
    )
    yield special(
        "a row of 1000 and a row of 0", np.array([[0.0, 0.0, 1.0], [-999.0, 999.0, -998.0]])
    )
    yield special(
        "rows far apart", np.array([[-1000.0, 1000.0, -1000.0], [-999.0, -1000.0, -998.0]])
    )


def softmax_by_loop(z):
    out = []
    for row in z:
        e = [math.exp(x - max(row)) for x in row]
        out.append([x / math.fsum(e) for x in e])
    return out


@exercise(
    "activations_and_losses.softmax",
    trains="one maximum for each row",
    task="""
    softmax(z) -> p (B, C): softmax over each row of z (B, C). Logits may be as large as 1000 or
    as small as -1000, in other rows than each other, so nothing may overflow.
    """,
    shapes={"z": "B C"},
    cases=rows,
    variants=(softmax_by_loop, lambda z: np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])),
    properties=(Property("each row sums to 1", lambda f, z: near(f(z).sum(axis=1), 1)),),
    hints=(
        "e^1000 overflows. Softmax does not change if the same number is taken from all logits "
        "of a row: which one helps?",
        "p_i = e^(z_i - m) / sum_j e^(z_j - m), with m the largest logit of the same row.",
        "e = np.exp(z - ...)   # one number for each row, (B, 1)\nreturn e / ...",
    ),
    mistakes="""
    overflow | z - z.max(axis=1, keepdims=True) -> z | Without the row's maximum taken away, e^z
        overflows for large logits (inf/inf) and sums to 0 for very negative ones.
    global_max | z.max(axis=1, keepdims=True) -> z.max() | You take one maximum over all rows away;
        a row far below it underflows to 0/0. Each row needs its own.
    column_max | z.max(axis=1, keepdims=True) -> z.max(axis=0, keepdims=True) |
        The maximum is taken down the columns (axis 0); each row needs its own (axis 1).
    one_sum | e.sum(axis=1, keepdims=True) -> e.sum() |
        You divide by one sum over the entire array; each row has its own sum.
    axis_0 | e.sum(axis=1, keepdims=True) -> e.sum(axis=0, keepdims=True) | You normalise down the
        columns (axis 0); the classes of one example lie along a row (axis 1).
    all_axis_0 | z.max(axis=1, keepdims=True) -> z.max(axis=0, keepdims=True) ;; e.sum(axis=1,
        keepdims=True) -> e.sum(axis=0, keepdims=True) |
        Maximum and sum both run down the columns (axis 0); softmax here is over rows (axis 1).
    not_normalised | e / e.sum(axis=1, keepdims=True) -> e |
        The division by the row's sum is missing.
    no_exp | np.exp(z - z.max(axis=1, keepdims=True)) -> z |
        The exponential is missing: you divide shifted logits by their sum.
    minus | np.exp(z - z.max(axis=1, keepdims=True)) -> np.exp(z.min(axis=1, keepdims=True) - z) |
        The sign is turned: e^(m - z) gives the largest logit the smallest probability.
    log | return e / e.sum(axis=1, keepdims=True) -> return z - z.max(axis=1, keepdims=True) -
        np.log(e.sum(axis=1, keepdims=True)) |
        You return log-probabilities; the task asks for probabilities.
    divide_by_max | z - z.max(axis=1, keepdims=True) -> z / z.max(axis=1, keepdims=True) |
        Dividing by the maximum is not the same as taking it away, and it changes the answer.
    mean_shift | z.max(axis=1, keepdims=True) -> z.mean(axis=1, keepdims=True) | The mean taken away
        does not guard against overflow: a logit far above its row's mean still gives e^1333. Take
        the row's maximum away.
    constant_shift | z.max(axis=1, keepdims=True) -> 1000.0 |
        A fixed number taken away does not serve every row: take each row's own maximum away.
    base_two | np.exp(z - z.max(axis=1, keepdims=True)) -> np.exp2(z - z.max(axis=1, keepdims=True))
        | You use powers of 2; softmax has powers of e: e^z.
    sigmoids | return e / e.sum(axis=1, keepdims=True) -> return 1 / (1 + np.exp(-z)) | You take the
        sigmoid of each logit on its own; the rows of softmax sum to 1.
    shares_of_logits | np.exp(z - z.max(axis=1, keepdims=True)) -> z - z.min(axis=1, keepdims=True)
        | The exponential is missing: you divide the logits, less their smallest, by their sum.
    min_max | return e / e.sum(axis=1, keepdims=True) -> return (z - z.min(axis=1, keepdims=True)) /
        np.maximum(np.ptp(z, axis=1, keepdims=True), 1e-300) | You stretch each row to 0 ... 1;
        softmax takes e to each logit and divides by the row's sum.
    one_hot | return e / e.sum(axis=1, keepdims=True) -> return 1.0 * (z == z.max(axis=1,
        keepdims=True)) | You give 1 to the largest logit and 0 to the others (the hard maximum);
        softmax gives each class a share.
    unit_length | return e / e.sum(axis=1, keepdims=True) -> return z /
        np.maximum(np.sqrt((z**2).sum(axis=1, keepdims=True)), 1e-300) | You bring each row to
        length 1; softmax takes e to each logit and divides by the row's sum.
    min_shift | z.max(axis=1, keepdims=True) -> z.min(axis=1, keepdims=True) | You take the row's
        smallest logit away, so that large ones still overflow: take the largest away.
    clipped | z - z.max(axis=1, keepdims=True) -> np.clip(z, -500, 500) | Clipping changes the
        differences between logits; take the row's maximum away instead.
    small_sum | e / e.sum(axis=1, keepdims=True) -> e / (e.sum(axis=1, keepdims=True) + SMALL) | You
        add a small constant to the sum, so the row no longer sums to 1. With the row's maximum
        taken away the sum is at least 1: nothing has to be added.
    """,
)
def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def logit_vectors(rng):
    yield (np.array([0.0, 1.0]),)
    yield special("equal logits", np.array([1.0, 1.0, 1.0]))
    for classes in (2, 3, 4, 5, 6) * 3:
        yield (normal(rng, classes),)
    large = [1000.0, 999.0, 998.0], [800.0, 0.0], [0.0, -900.0, 900.0, 899.0], [-1000.0, -1001.0]
    for logits in (*large, *(np.array([1000.0, -1000.0, -1000.0 + k]) for k in (0, 1, 3))):
        yield special("scores near 1000", np.array(logits))


def jacobian_by_loop(z):
    p = softmax(z[None])[0]
    n = len(z)
    return [[float(p[i] * ((i == j) - p[j])) for j in range(n)] for i in range(n)]


@exercise(
    "activations_and_losses.softmax_jacobian",
    trains="a full Jacobian that survives large scores",
    kind="derive and code",
    task="""
    softmax_jacobian(z) -> J (C, C) for one vector of logits z (C,): J[i, j] = dp_i / dz_j, with p
    = softmax(z). Logits may be as large as 1000 in size.
    """,
    shapes={"z": "C"},
    cases=logit_vectors,
    variants=(
        jacobian_by_loop,
        lambda z: softmax(z[None])[0][:, None] * (np.eye(len(z)) - softmax(z[None])[0]),
    ),
    properties=(
        Property(
            "each row of J sums to 0, as p does not change when all logits rise together",
            lambda f, z: near(f(z).sum(axis=1), 0),
        ),
    ),
    hints=(
        "Raising z_j raises p_j and lowers all other p_i: the Jacobian has entries off its "
        "diagonal.",
        "dp_i/dz_j = p_i (delta_ij - p_j), that is J = diag(p) - p p^T.",
        "p = ...\nreturn np.diag(...) - np.outer(..., ...)",
    ),
    mistakes="""
    diagonal_only | np.diag(p) - np.outer(p, p) -> np.diag(p * (1 - p)) |
        You have the diagonal alone, p_i (1 - p_i); each p_i depends on all logits: diag(p) - p p^T.
    vector | np.diag(p) - np.outer(p, p) -> p * (1 - p) | p (1 - p) is the slope of the sigmoid,
        element by element; softmax has a full C x C Jacobian.
    plus | np.diag(p) - np.outer(p, p) -> np.diag(p) + np.outer(p, p) |
        The outer product is taken away: diag(p) - p p^T.
    no_diagonal | np.diag(p) - np.outer(p, p) -> -np.outer(p, p) | diag(p) is missing.
    identity | np.diag(p) -> np.eye(len(p)) | The diagonal is diag(p), not the identity.
    sign | np.diag(p) - np.outer(p, p) -> np.outer(p, p) - np.diag(p) |
        All signs are turned: diag(p) - p p^T.
    dot | np.outer(p, p) -> np.dot(p, p) |
        p p^T is the outer product (C, C); you used the dot product, one number.
    logits | np.diag(p) - np.outer(p, p) -> np.diag(z) - np.outer(z, z) |
        The formula holds for the probabilities p; you put the logits z in.
    overflow | z - z.max() -> z |
        e^1000 overflows: take the largest logit away first, p stays the same.
    mean_shift | z - z.max() -> z - z.mean() |
        The mean taken away does not guard against overflow; take the largest logit away.
    element_wise | np.diag(p) - np.outer(p, p) -> np.outer(p, 1 - p) |
        Off the diagonal stands -p_i p_j; you have p_i (1 - p_j) everywhere.
    small_sum | e / e.sum() -> e / (e.sum() + SMALL) | You add a small constant to the softmax's
        sum. With the maximum taken away the sum is at least 1: nothing has to be added.
    forward_difference | return np.diag(p) - np.outer(p, p) -> return np.stack([(np.exp(z - z.max()
        + STEP * i) / np.exp(z - z.max() + STEP * i).sum() - p) / STEP for i in np.eye(len(z))],
        axis=1) | You take difference quotients; they are near the derivatives, but asked for are
        the derivatives themselves: diag(p) - p p^T.
    """,
)
def softmax_jacobian(z):
    e = np.exp(z - z.max())
    p = e / e.sum()
    return np.diag(p) - np.outer(p, p)
