"""Exercises of chapter 21: the free energy, conditionals, day and night, contrastive divergence,
and what can be said of a picture without the partition function."""

import itertools
import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise
from byhand.exercises.topics.cases import near, normal


def sigma(x):
    return 1 / (1 + np.exp(-x))


@exercise(
    "rbm.pencil_weight",
    trains="a hidden bit summed out by hand",
    task="""
    A machine has two visible bits and one hidden bit, e^b = (2, 3), e^c = 0.5 and e^W = (4, 0.5).
    What is e^-F(v), the weight of the picture v = (1, 1), hidden bit summed out?
    """,
    variants=(lambda: 12.0, lambda: np.float64(6 + 6)),
    why="e^(b.v) = 2 * 3 = 6, and the bracket is 1 + 0.5 * 4 * 0.5 = 2; 6 * 2 = 12.",
    hints=(
        "(21.4): the visible biases, times one bracket.",
        "e^(b.v) (1 + e^(c + v.W)), and e^(v.W) is a product.",
        "2 * 3 * (1 + 0.5 * ... * 0.5)",
    ),
    mistakes="""
    no_off | = 6 | The hidden bit may be off, too: the bracket is 1 + ..., here 2. (Or you have left
        the bracket out.)
    no_visible | = 2 | That is the bracket alone; the visible biases give e^(b.v) = 6.
    sums | = 16.5 | e^(v.W) is the product of 4 and 0.5, not their sum.
    no_bias | = 18 | The hidden bias is missing: 1 + 0.5 * 4 * 0.5.
    added_biases | = 10 | e^(b.v) is the product 2 * 3, not the sum.
    """,
)
def pencil_weight():
    return 12


def machine_cases(rng):
    for B, D, H in [(1, 2, 3), (2, 3, 2), (3, 4, 3), (2, 5, 4), (4, 3, 5)] * 5:
        v = rng.integers(0, 2, (B, D)).astype(float)
        v[0] = 1.0
        yield v, normal(rng, D, H), normal(rng, D), normal(rng, H)


def free_by_states(v, W, b, c):
    out = []
    for row in v:
        total = 0.0
        for h in itertools.product((0, 1), repeat=len(c)):
            total += math.exp(row @ b + np.dot(h, c) + row @ W @ np.array(h))
        out.append(-math.log(total))
    return out


def free_by_log(v, W, b, c):
    return -np.einsum("bd,d->b", v, b) - np.log1p(np.exp(c + v @ W)).sum(axis=1)


@exercise(
    "rbm.spin_free",
    trains="the sum over hidden states, for other states",
    kind="derive and code",
    task="""
    spin_free(v, W, b, c) -> F (B,): the free energy of a machine whose HIDDEN units are +1 or -1
    instead of 1 or 0 (the visible ones stay bits): E(v, h) = -b.v - c.h - v^T W h, and e^-F(v) is
    the sum of e^-E(v, h) over all h. v (B, D), W (D, H), b (D,), c (H,).
    """,
    shapes={"v": "B D", "W": "D H", "b": "D", "c": "H"},
    cases=machine_cases,
    variants=(
        lambda v, W, b, c: [
            -math.log(
                sum(
                    math.exp(row @ b + np.dot(h, c) + row @ W @ np.array(h))
                    for h in itertools.product((-1, 1), repeat=len(c))
                )
            )
            for row in v
        ],
        lambda v, W, b, c: -(v @ b) - np.log(2 * np.cosh(c + v @ W)).sum(axis=1),
    ),
    hints=(
        "As in (21.4): one bracket for each hidden unit, with its two states.",
        "e^(b.v) times the product over j of (e^x_j + e^-x_j), x_j = c_j + v.W_j.",
        "x = v @ W + c\nreturn -(v @ b) - np.logaddexp(x, ...).sum(axis=1)",
    ),
    mistakes="""
    bits | np.logaddexp(x, -x) -> np.logaddexp(0, x) | That is for hidden bits of 0 and 1; here the
        two states give e^x and e^-x.
    half | np.logaddexp(x, -x) -> np.logaddexp(x / 2, -x / 2) | The states are +1 and -1: e^x and
        e^-x, not half of it.
    sign | -(v @ b) - -> (v @ b) + | The sign: F is minus the logarithm.
    mean_field | np.logaddexp(x, -x) -> np.abs(x) | You kept only the better of the two states; the
        sum has both.
    no_visible | -(v @ b) - -> - | The visible biases are missing.
    no_hidden_bias | x = v @ W + c -> x = v @ W | The hidden biases are missing.
    no_two | np.logaddexp(x, -x) -> np.log(np.cosh(x)) | e^x + e^-x is 2 cosh(x): the 2 is missing,
        once for each hidden unit.
    """,
)
def spin_free(v, W, b, c):
    x = v @ W + c
    return -(v @ b) - np.logaddexp(x, -x).sum(axis=1)


def given_cases(rng):
    for v, W, b, c in machine_cases(rng):
        yield v, W, b, c, int(rng.integers(W.shape[0]))


def given_by_ratio(v, W, b, c, i):
    on, off = np.array(v), np.array(v)
    on[:, i], off[:, i] = 1, 0
    a, z = np.exp(-np.array(free_by_log(on, W, b, c))), np.exp(-np.array(free_by_log(off, W, b, c)))
    return a / (a + z)


def given_by_states(v, W, b, c, i):
    out = []
    for row in v:
        sides = []
        for bit in (1.0, 0.0):
            row = row.copy()
            row[i] = bit
            sides.append(math.exp(-free_by_states(row[None], W, b, c)[0]))
        out.append(sides[0] / sum(sides))
    return out


@exercise(
    "rbm.given_the_rest",
    trains="a probability without the partition function",
    kind="derive and code",
    task="""
    given_the_rest(v, W, b, c, i) -> p (B,): the probability that pixel i is on, given all OTHER
    pixels of v (B, D), the hidden bits summed out. No sum over all pictures is needed. W (D, H),
    b (D,), c (H,), i a whole number.
    """,
    shapes={"v": "B D", "W": "D H", "b": "D", "c": "H"},
    cases=given_cases,
    variants=(given_by_ratio, given_by_states),
    properties=(
        Property(
            "what v says of pixel i itself has no influence",
            lambda f, v, W, b, c, i: near(
                f(np.where(np.arange(v.shape[1]) == i, 1 - v, v), W, b, c, i), f(v, W, b, c, i)
            ),
        ),
    ),
    hints=(
        "Only two pictures are to be compared; Z stands in both probabilities and cancels.",
        "p = sigma(F(v with v_i = 0) - F(v with v_i = 1)).",
        "rest = v @ W + c - v[:, [i]] * W[i]\n"
        "x = b[i] + (np.logaddexp(0, rest + W[i]) - ...).sum(axis=1)\nreturn 1 / (1 + np.exp(-x))",
    ),
    mistakes="""
    own_value | rest = v @ W + c - v[:, [i]] * W[i] -> rest = v @ W + c | Pixel i is still in the
        hidden inputs: take its own share out first.
    no_bias | x = b[i] + -> x = | The pixel's own bias b_i is missing.
    mean_field | np.logaddexp(0, rest + W[i]) - np.logaddexp(0, rest) -> W[i] / (1 + np.exp(-rest))
        | That is a mean field: the hidden bits' means in place of their sum. Compare the two free
        energies.
    sign | np.exp(-x) -> np.exp(x) | That is the probability that the pixel is off.
    no_hidden_bias | v @ W + c - -> v @ W - | The hidden biases are missing.
    not_a_share | return 1 / (1 + np.exp(-x)) -> return np.exp(x) | Those are the odds; the
        probability is odds over 1 + odds.
    """,
)
def given_the_rest(v, W, b, c, i):
    rest = v @ W + c - v[:, [i]] * W[i]
    x = b[i] + (np.logaddexp(0, rest + W[i]) - np.logaddexp(0, rest)).sum(axis=1)
    return 1 / (1 + np.exp(-x))


def cd_cases(rng):
    for B, D, H in [(1, 2, 3), (2, 3, 2), (3, 4, 3), (5, 3, 4), (6, 4, 5)] * 5:
        v = rng.integers(0, 2, (B, D)).astype(float)
        params = normal(rng, D, H, scale=1.0), normal(rng, D), normal(rng, H)
        yield v, *params, rng.random((B, H)), rng.random((B, D))


def cd_by_loop(v, W, b, c, u_h, u_v):
    dW, db, dc = np.zeros(W.shape), np.zeros(b.shape), np.zeros(c.shape)
    for n in range(len(v)):
        day = sigma(c + v[n] @ W)
        h = [1.0 if u_h[n, j] < day[j] else 0.0 for j in range(len(c))]
        dream = (u_v[n] < sigma(b + W @ np.array(h))) * 1.0
        night = sigma(c + dream @ W)
        dW += np.outer(dream, night) - np.outer(v[n], day)
        db += dream - v[n]
        dc += night - day
    return dW / len(v), db / len(v), dc / len(v)


def cd_by_einsum(v, W, b, c, u_h, u_v):
    p = sigma(v @ W + c)
    w = np.where(u_v < sigma(np.where(u_h < p, 1.0, 0.0) @ W.T + b), 1.0, 0.0)
    q = sigma(w @ W + c)
    dW = np.einsum("nd,nh->dh", w, q) - np.einsum("nd,nh->dh", v, p)
    return dW / len(v), (w - v).mean(axis=0), (q - p).mean(axis=0)


@exercise(
    "rbm.cd_one",
    trains="contrastive divergence with its draws given",
    kind="code",
    task="""
    cd_one(v, W, b, c, u_h, u_v) -> (dW, db, dc): the gradients to DESCEND by CD-1, means over the B
    pictures v (B, D). So that there is one right answer the random numbers are given: hidden bit j
    is on where u_h (B, H) is below its probability, dreamt pixel i where u_v (B, D) is. The hidden
    bits that the dream is drawn from are bits; in both means of (21.9) stand probabilities.
    """,
    shapes={"v": "B D", "W": "D H", "b": "D", "c": "H", "u_h": "B H", "u_v": "B D"},
    outputs=("dW", "db", "dc"),
    cases=cd_cases,
    variants=(cd_by_loop, cd_by_einsum),
    equivalent={
        "u_h < day -> u_h <= day": "a random number hardly ever meets a probability exactly",
        "u_v < 1 / (1 + np.exp(-(h @ W.T + b))) -> u_v <= 1 / (1 + np.exp(-(h @ W.T + b)))": (
            "a random number hardly ever meets a probability exactly"
        ),
    },
    hints=(
        "One round from the data: hidden given data, dream given hidden, hidden given dream.",
        "dW = (dream^T night - v^T day) / B, with day and night the hidden probabilities.",
        "day = ...\nh = (u_h < day) * 1.0\ndream = (u_v < ...) * 1.0\nnight = ...\n"
        "return (dream.T @ night - ...) / len(v), ...",
    ),
    mistakes="""
    ascent | (dream.T @ night - v.T @ day) -> (v.T @ day - dream.T @ night) ;; (dream - v) -> (v -
        dream) ;; (night - day) -> (day - night) | The sign: these are to be descended, so night
        minus day.
    data_with_night | dream.T @ night - v.T @ day -> v.T @ night - v.T @ day | In the night the
        hidden bits stand beside the DREAM, not beside the data.
    dream_with_day | dream.T @ night - v.T @ day -> dream.T @ day - v.T @ day | Beside the dream
        stand the hidden bits that the dream itself calls for, drawn anew from it.
    no_draw | h = (u_h < day).astype(float) -> h = day | The dream is drawn from hidden bits, not
        from their probabilities.
    no_sigmoid | night = 1 / (1 + np.exp(-(dream @ W + c))) -> night = dream @ W + c | The sigmoid
        of the night's hidden inputs is missing.
    soft_dream | dream = (u_v < 1 / (1 + np.exp(-(h @ W.T + b)))).astype(float) -> dream = 1 / (1
        + np.exp(-(h @ W.T + b))) | The dream has to be drawn: bits, by u_v.
    bits_by_day | dream.T @ night - v.T @ day -> dream.T @ night - v.T @ h | In both means stand
        probabilities of the hidden bits, not draws.
    summed | (dream.T @ night - v.T @ day) / len(v) -> dream.T @ night - v.T @ day | dW is the mean
        over the pictures: divide by B.
    above | (u_h < day) -> (u_h > day) | A bit is on where its random number is BELOW its
        probability.
    """,
)
def cd_one(v, W, b, c, u_h, u_v):
    day = 1 / (1 + np.exp(-(v @ W + c)))
    h = (u_h < day).astype(float)
    dream = (u_v < 1 / (1 + np.exp(-(h @ W.T + b)))).astype(float)
    night = 1 / (1 + np.exp(-(dream @ W + c)))
    dW = (dream.T @ night - v.T @ day) / len(v)
    return dW, (dream - v).mean(axis=0), (night - day).mean(axis=0)
