"""Exercises that came with the second edition of chapter 13."""

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, special
from byhand.exercises.topics.cases import near, normal, softmax


@exercise(
    "attention.lines",
    trains="what a softmax passes back",
    kind="diagnose",
    task="The number of the false line among the five lines of notes in chapter 13, exercise 7.",
    variants=(lambda: 3.0, lambda: np.array(3)),
    why="""
    The gradient of a score is a_s do . (v_s - o). Where one record has nearly all the weight,
    the answer is its value, so the difference is nearly 0; the others have no weight. All are
    stuck.
    """,
    hints=(
        "Go through the lines with one formula of the backward pass in your hand.",
        "de_s = a_s do . (v_s - o), and the sum over s is 0.",
        "If a_s is nearly 1, what is o? And so what is v_s - o?",
    ),
    mistakes="""
    mask | = 1 | Line 1 is true: what is masked gets 0, and the rest is divided by its own sum.
    padded | = 2 | Line 2 is true: dv is the weight times do, and the weight is 0.
    shift | = 4 | Line 4 is true: the factor e^c stands above and below the line and cancels.
    width | = 5 |
        Line 5 is true: the variance doubles with d_k, and so does the square of what divides it.
    """,
)
def false_line():
    return 3


def nothing_cases(rng):
    yield np.array([[0.0]]), np.array([[4.0]]), np.array([[1.0]])
    yield np.array([[0.0, 1.0]]), np.array([[2.0], [6.0]]), np.array([[1.0]])
    for T, S, D in [(1, 2, 3), (2, 3, 1), (2, 4, 3), (3, 2, 4), (4, 5, 2), (3, 6, 5)] * 2:
        yield normal(rng, T, S, scale=1.5), normal(rng, S, D), normal(rng, T, D)
    # quarters, so that float32 holds large scores exactly
    E, V, dO = np.round(3 * normal(rng, 3, 4)) / 4, normal(rng, 4, 2), normal(rng, 3, 2)
    yield special("large scores", 800 + E, V, dO)
    yield special("scores far below 0", -800 + E, V, dO)
    one = 800 * np.array([[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
    yield special("one large score in a row", E + one, V, dO)
    yield special("rows far apart", E + np.array([[0.0], [900.0], [-900.0]]), V, dO)


def with_a_row_more(E, V, dO):
    """The empty record written out: a column of zeros, and a row of zeros."""
    E = np.column_stack([E, 0 * E[:, :1]])
    V = np.concatenate([V, 0 * V[:1]])
    A = softmax(E)
    O = A @ V
    dE = A * (dO @ V.T - (dO * O).sum(axis=1, keepdims=True))
    return O, dE[:, :-1], (A.T @ dO)[:-1]


def by_loop(E, V, dO):
    O, dE, dV = np.zeros_like(dO), np.zeros_like(E), np.zeros_like(V)
    for t, e in enumerate(E):
        top = max(0.0, *e)
        total = np.exp(-top) + sum(np.exp(x - top) for x in e)
        a = np.array([np.exp(x - top) / total for x in e])
        for s in range(len(e)):
            O[t] += a[s] * V[s]
        for s in range(len(e)):
            dE[t, s] = a[s] * float(dO[t] @ (V[s] - O[t]))
            dV[s] += a[s] * dO[t]
    return O, dE, dV


@exercise(
    "attention.or_nothing",
    trains="softmax with a way out",
    kind="transfer",
    task="""
    or_nothing(E, V, dO) -> (O, dE, dV): attention with an empty record, forward and backward. E
    (T, S) scores, V (S, d_v) values; beside the S records stands one with the score 0 and the
    value 0, so that a_ts = exp(e_ts) / (1 + sum_r exp(e_tr)) and O = A V, (T, d_v). dO (T, d_v) is
    the gradient of the loss with respect to O; return also dE (T, S) and dV (S, d_v). Scores may
    be large, above and below 0.
    """,
    shapes={"E": "T S", "V": "S dv", "dO": "T dv"},
    outputs=("O", "dE", "dV"),
    cases=nothing_cases,
    variants=(with_a_row_more, by_loop),
    properties=(
        Property(
            "with all scores far below 0 the answer is 0",
            lambda f, E, V, dO: near(f(E - 2000 - abs(E).max(), V, dO)[0], 0),
        ),
    ),
    hints=(
        "Write the empty record out, as one more column of E and one more row of V; then see what "
        "drops out.",
        "de_ts = a_ts do_t . (v_s - o_t) holds for every record, the empty one included.",
        "top = np.maximum(0, ...)\n"
        "A = np.exp(E - top)\n"
        "A = A / (np.exp(...) + ...)\n"
        "O = A @ V\n"
        "dA = ...\n"
        "return O, A * (dA - ...), ...",
    ),
    mistakes="""
    plain_softmax | np.maximum(0, E.max(axis=1, keepdims=True)) -> E.max(axis=1, keepdims=True) ;;
        np.exp(-top) + A.sum -> 0 + A.sum |
        Your weights sum to 1: the empty record takes no share. Its e^0 = 1 belongs below the line.
    one_not_shifted | np.exp(-top) + A.sum -> 1 + A.sum |
        You take the largest score away above the line, but the 1 below stays: it is e^(0 - top).
    no_mixture | dA - (dO * O).sum(axis=1, keepdims=True) -> dA |
        In dE the mixture is missing: a record is compared with what was read, v_s - o.
    mean_divided | (dO * O).sum(axis=1, keepdims=True) -> (dO * O).sum(axis=1, keepdims=True) /
        A.sum(axis=1, keepdims=True) | You divide the mean by the sum of the real weights; the empty
        record counts as well, with the value 0.
    no_weight | A * (dA - (dO * O).sum(axis=1, keepdims=True)) -> dA - (dO * O).sum(axis=1,
        keepdims=True) | The factor a_ts of the softmax is missing in dE.
    values_unweighted | A.T @ dO -> np.ones_like(A).T @ dO |
        In dV each query counts in the share in which it read the record: A^T dO.
    plain_dE | return O, A * (dA - (dO * O).sum(axis=1, keepdims=True)) -> P = softmax(E); return O,
        P * (dA - (dA * P).sum(axis=1, keepdims=True)) | Your O is right, but dE has no empty
        record: there the weights of the others sum to 1.
    overflow | np.maximum(0, E.max(axis=1, keepdims=True)) -> 0 * E.max(axis=1, keepdims=True) |
        e^score overflows for large scores: take the largest of 0 and the row's scores away, above
        and below the line.
    over_queries | A.sum(axis=1, keepdims=True)) -> A.sum(axis=0, keepdims=True)) |
        You sum over the queries below the line; each query shares its weight among the records.
    sign | return O, A * (dA - (dO * O).sum(axis=1, keepdims=True)) -> return O, A * ((dO *
        O).sum(axis=1, keepdims=True) - dA) | The sign of dE is turned: a record gains by v_s - o,
        not by o - v_s.
    one_mean | (dO * O).sum(axis=1, keepdims=True) -> (dO * O).sum() |
        You take one mean away for all queries; each query has its own, do_t . o_t.
    twice | `A * (dA` -> `A * (1 - A) * (dA` | The sum over all paths is in the bracket already: one
        factor a_ts stands before it.
    """,
    equivalent={
        "0 -> 1": "any number near the largest score may be taken away, above and below the line",
    },
)
def or_nothing(E, V, dO):
    top = np.maximum(0, E.max(axis=1, keepdims=True))
    A = np.exp(E - top)
    A = A / (np.exp(-top) + A.sum(axis=1, keepdims=True))
    O = A @ V
    dA = dO @ V.T
    return O, A * (dA - (dO * O).sum(axis=1, keepdims=True)), A.T @ dO
