"""More exercises of chapter 21: how large a sum is, a visible layer of numbers, an estimate of the
partition function, and what a curve does not show."""

import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise
from byhand.exercises.topics.cases import near, normal


@exercise(
    "rbm.terms",
    trains="how large the sum for Z is",
    task="""
    A machine has 784 visible and 20 hidden bits. How many terms does the sum for Z have, if the
    larger row is summed out by (21.4)?
    """,
    variants=(lambda: 2**20, lambda: 1048576.0),
    why="The 784 visible bits are summed out for each state of the 20 hidden ones: 2^20 terms.",
    hints=(
        "Which row is left to be enumerated?",
        "2 to the number of bits of the smaller row.",
        "2**...",
    ),
    mistakes="""
    no_power | = 20 | Each hidden bit has two states: 2^20.
    squared | = 400 | The states of 20 bits are 2^20, not 20^2.
    products | = 15680 | That is how many weights there are.
    one_less | = 1048575 | All bits off is a state, too.
    with_visible | = 822083584 | That is 784 times 2^20: the multiplications, not the terms.
    """,
)
def terms():
    return 2**20


def gauss_cases(rng):
    for B, D, H in [(1, 2, 3), (2, 3, 2), (3, 4, 3), (2, 5, 4), (4, 3, 5)] * 5:
        yield normal(rng, B, D), normal(rng, D, H), normal(rng, D), normal(rng, H)


def gauss_by_loop(v, W, b, c):
    dW, db, dc = np.zeros(W.shape), np.zeros(b.shape), np.zeros(c.shape)
    for row in v:
        h = [1 / (1 + math.exp(-(c[j] + row @ W[:, j]))) for j in range(len(c))]
        dW -= np.outer(row, h) / len(v)
        db -= (row - b) / len(v)
        dc -= np.array(h) / len(v)
    return dW, db, dc


def gauss_by_einsum(v, W, b, c):
    h = np.exp(v @ W + c) / (1 + np.exp(v @ W + c))
    return -np.einsum("nd,nh->dh", v, h) / len(v), b - v.mean(axis=0), -h.mean(axis=0)


@exercise(
    "rbm.real_pixels",
    trains="a free energy for real numbers, and its gradient",
    kind="derive and code",
    task="""
    real_pixels(v, W, b, c) -> (dW, db, dc): for pixels that are real numbers one takes
    E(v, h) = 1/2 |v - b|^2 - c.h - v^T W h, hidden bits 0 or 1. Return the gradient of the mean of
    F(v) over the pictures v (B, D), where e^-F(v) is the sum of e^-E(v, h) over all h (the day's
    half of the gradient). W (D, H), b (D,), c (H,).
    """,
    shapes={"v": "B D", "W": "D H", "b": "D", "c": "H"},
    outputs=("dW", "db", "dc"),
    cases=gauss_cases,
    variants=(gauss_by_loop, gauss_by_einsum),
    hints=(
        "The hidden bits are summed out as before; only the term with b is another.",
        "F = 1/2 |v - b|^2 - sum of softplus(c_j + v.W_j); derive by each parameter.",
        "h = 1 / (1 + np.exp(...))\nreturn -v.T @ h / len(v), (b - v).mean(axis=0), ...",
    ),
    mistakes="""
    as_for_bits | (b - v).mean(axis=0) -> -v.mean(axis=0) | That is db for bits; here b stands in a
        square.
    sign_b | (b - v).mean(axis=0) -> (v - b).mean(axis=0) | The sign of db: the square falls when b
        comes nearer to v.
    sign | -v.T @ h / len(v) -> v.T @ h / len(v) | The sign of dW: F falls where v and h are large
        together.
    no_sigmoid | h = 1 / (1 + np.exp(-(v @ W + c))) -> h = np.logaddexp(0, v @ W + c) | The
        derivative of softplus is the sigmoid.
    summed | -v.T @ h / len(v) -> -v.T @ h | dW is a mean over the pictures: divide by B.
    input_not_v | h = 1 / (1 + np.exp(-(v @ W + c))) -> h = 1 / (1 + np.exp(-((v - b) @ W + c))) |
        In the energy W stands beside v, not beside v - b.
    """,
)
def real_pixels(v, W, b, c):
    h = 1 / (1 + np.exp(-(v @ W + c)))
    return -v.T @ h / len(v), (b - v).mean(axis=0), -h.mean(axis=0)


@exercise(
    "rbm.false_peak",
    trains="which number shows that learning has gone wrong",
    kind="diagnose",
    task="""
    A machine trained by CD-1 at a high rate: the error of rebuilding falls to 0, nearly every
    picture that it dreams is a valid one, and the exact log likelihood of the data falls from -6 to
    -10. Which explanation fits? 1: the step is too small. 2: the chains never reach pictures far
    from the data, so nothing fills up their hollows, and the valid pictures get very unequal
    shares. 3: the hidden bits are copies of each other. 4: the gradient's sign is wrong.
    """,
    variants=(lambda: 2.0, lambda: np.array(2)),
    why="""
    One round ends near the data, so CD-1 cannot see how much weight lies on which picture; a few
    valid pictures take nearly all of it, and the others become very unlikely.
    """,
    hints=(
        "The dreams are valid, so it has not learned nothing.",
        "The mean of log p is ruined by pictures with a very small p.",
        "Where does one round from a data picture end, and where not?",
    ),
    mistakes="""
    small_step | = 1 | With steps too small the error of rebuilding would not be 0.
    copies | = 3 | Copies of one hidden bit could not rebuild thirty different pictures.
    sign | = 4 | With the wrong sign the dreams would not be valid pictures.
    """,
)
def false_peak():
    return 2


def ratio_cases(rng):
    for D, H, n in [(2, 2, 5), (3, 2, 8), (2, 3, 6), (4, 3, 10), (3, 4, 7)] * 5:
        yield (
            normal(rng, D, H, scale=0.8),
            normal(rng, D, scale=0.8),
            normal(rng, H, scale=0.8),
            rng.integers(0, 2, (n, D)).astype(float),
        )


def log_weight(W, b, c, v):
    x = v @ W + c
    return v @ b + np.log1p(np.exp(x)).sum(axis=-1)


def z_by_loop(W, b, c, v):
    total = 0.0
    for row in v:
        target = row @ b + sum(math.log(1 + math.exp(c[j] + row @ W[:, j])) for j in range(len(c)))
        start = row @ b + len(c) * math.log(2)
        total += math.exp(target - start) / len(v)
    log_start = len(c) * math.log(2) + sum(math.log(1 + math.exp(x)) for x in b)
    return log_start + math.log(total)


def z_by_lse(W, b, c, v):
    gain = log_weight(W, b, c, v) - log_weight(0 * W, b, 0 * c, v)
    log_start = len(c) * np.log(2) + np.log1p(np.exp(b)).sum()
    return log_start + np.logaddexp.reduce(gain) - np.log(len(v))


@exercise(
    "rbm.estimate_log_z",
    trains="Z by importance sampling",
    kind="transfer",
    task="""
    estimate_log_z(W, b, c, v) -> number: log Z from draws. The pictures v (n, D) were drawn from
    the machine with the same b, but W = 0 and c = 0 (its pixels are independent, and its own Z_0 is
    easy). Then Z / Z_0 is the mean, over its draws, of e^-F(v) / e^-F_0(v). Return
    log Z_0 + log of that mean. W (D, H), b (D,), c (H,).
    """,
    shapes={"W": "D H", "b": "D", "c": "H", "v": "n D"},
    cases=ratio_cases,
    variants=(z_by_loop, z_by_lse),
    properties=(
        Property(
            "with W = 0 and c = 0 the estimate is exact, whatever was drawn",
            lambda f, W, b, c, v: near(
                f(0 * W, b, 0 * c, v), np.logaddexp(0, b).sum() + W.shape[1] * np.log(2)
            ),
        ),
    ),
    hints=(
        "Two free energies for each picture; b.v cancels. Then Z_0: all bits are independent.",
        "log Z_0 = H log 2 + sum of softplus(b_i); F_0(v) = -b.v - H log 2.",
        "gain = np.logaddexp(0, v @ W + c).sum(axis=1) - ...\n"
        "return H * np.log(2) + ... + np.log(np.exp(gain).mean())",
    ),
    mistakes="""
    mean_of_logs | np.log(np.exp(gain).mean()) -> gain.mean() | You took the mean of the logarithms;
        it has to be the logarithm of the mean.
    sum_not_mean | np.log(np.exp(gain).mean()) -> np.log(np.exp(gain).sum()) | The mean over the
        draws, not their sum.
    no_hidden | H * np.log(2) + np.logaddexp(0, b).sum() -> np.logaddexp(0, b).sum() | Z_0 sums over
        the hidden bits, too: 2^H states of weight 1.
    no_visible | H * np.log(2) + np.logaddexp(0, b).sum() -> H * np.log(2) | Z_0 sums over the
        visible bits, too: a factor 1 + e^b_i for each.
    start_free_energy | .sum(axis=1) - H * np.log(2) -> .sum(axis=1) | The weight of a picture in
        the easy machine has 2^H in it: divide by it.
    upside_down | np.log(np.exp(gain).mean()) -> np.log(np.exp(-gain).mean()) | The ratio is upside
        down: the new weight over the old one.
    """,
)
def estimate_log_z(W, b, c, v):
    H = len(c)
    gain = np.logaddexp(0, v @ W + c).sum(axis=1) - H * np.log(2)
    return H * np.log(2) + np.logaddexp(0, b).sum() + np.log(np.exp(gain).mean())


@exercise(
    "rbm.slip",
    trains="what is exact, and what is followed",
    kind="diagnose",
    task="The number of the false line among the six lines of notes in chapter 21, exercise 9.",
    variants=(lambda: 5.0, lambda: np.array(5)),
    why="""
    Line 5: CD-1 leaves a part of the likelihood's gradient out; it is the gradient of no function
    at all (Sutskever and Tieleman 2010), and the likelihood may fall under it, as measured.
    """,
    hints=(
        "Five of the lines can be read off an equation or a table of the chapter.",
        "Which of them promises something that a figure of the chapter refutes?",
        "Follow the curve of CD-1 to its end.",
    ),
    mistakes="""
    independent | = 1 | Line 1 is true: by (21.3) the probability falls apart into factors.
    free | = 2 | Line 2 is true: Z is the same for both and cancels.
    night | = 3 | Line 3 is true: then (21.8) is 0.
    doubling | = 4 | Line 4 is true: the smaller row has one bit more.
    dream | = 6 | Line 6 is true: (21.6) with the dreams as the model's mean.
    """,
)
def slip_line():
    return 5
