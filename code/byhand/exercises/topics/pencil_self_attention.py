"""Exercises of chapter 14 that are worked with a pencil, and the shift of the sinusoids."""

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, special


@exercise(
    "self_attention.score_deviation",
    trains="why scores are scaled",
    task="""
    The entries of q and k are independent, with mean 0 and variance 1; d_k = 64. What is the
    standard deviation of the score q . k before it is scaled? A number.
    """,
    variants=(lambda: 8, lambda: np.sqrt(64)),
    why="""
    q . k is a sum of 64 independent products of variance 1, so its variance is 64 and its
    standard deviation 8.
    """,
    hints=(
        "Variances of independent terms add up.",
        "q . k is a sum of d_k products q_i k_i. Each has mean 0 and variance 1 * 1.",
        "Var(q . k) = d_k * ...; the standard deviation is its square root.",
    ),
    mistakes="""
    variance | = 64.0 | 64 is the variance; asked for is its square root.
    scaled | = 1.0 | 1 is the deviation after the scores have been divided by sqrt(d_k).
    inverse | = 0.125 | 1/8 is the factor that the scores are multiplied by; the deviation is 8.
    double | = np.sqrt(128.0) | Each product q_i k_i has variance 1 * 1 = 1, not 2.
    squared | = 4096.0 | You square d_k; the variance is d_k, and the deviation its square root.
    """,
)
def score_deviation():
    return 8.0


@exercise(
    "self_attention.parameters",
    trains="heads do not add weights",
    task="""
    A layer of self-attention with D = 256 and N = 8 heads of width 32 has W_q, W_k, W_v, W_o and
    a bias with each. How many numbers does it learn?
    """,
    variants=(lambda: 4 * (256**2 + 256), lambda: 263168.0),
    why="""
    Four projections from 256 to 8 * 32 = 256 numbers, each with 256 biases: 4 (256 * 256 + 256) =
    263,168.
    """,
    hints=(
        "The number of heads cuts the projections up; does it change their size?",
        "Four matrices (D, N K) or (N K, D), with a bias for every output.",
        "4 * (256 * ... + ...)",
    ),
    mistakes="""
    no_biases | = 262144 | 262,144 counts the weights only; each projection has 256 biases.
    narrow_biases | = 262272 | 262,272 counts biases of 32 numbers; each projection has 256, 32 for
        each of its heads.
    per_head | = 8 * 263168 |
        You count the four full projections for each of the 8 heads; a head has 32 columns of each.
    no_output | = 197376 | 197,376 leaves out W_o and b_o.
    one_head | = 32896 | 32,896 is one head's share: 4 (256 * 32) + 4 * 32. There are 8.
    output_bias_only | = 262400 | 262,400 counts one bias; all four projections have one.
    one_projection | = 65792 | 65,792 is one projection with its bias; there are four.
    """,
)
def parameters():
    return 263168


@exercise(
    "self_attention.frames",
    trains="vectors that are no words",
    task="""
    Two seconds of speech, 16,000 samples a second, are cut into frames of 25 ms, one every 10 ms;
    only full frames count. How many vectors enter the first layer?
    """,
    variants=(lambda: 1 + (32000 - 400) // 160, lambda: 198.0),
    why="""
    32,000 samples, frames of 400, a hop of 160: 1 + floor((32,000 - 400) / 160) = 1 + 197 = 198.
    """,
    hints=(
        "It is the size of a convolution's output: where may a window begin?",
        "1 + floor((samples - frame) / hop).",
        "samples = 2 * 16000, frame = 25 ms = 400 samples, hop = ...\n1 + (... - 400) // ...",
    ),
    mistakes="""
    per_hop | = 200 | 200 counts one frame for every hop; the last two would stick out.
    side_by_side | = 80 | 80 is right for frames side by side; they begin every 10 ms and overlap.
    no_first | = 197 | 197 counts the steps between frames; the first frame comes on top.
    one_second | = 98 | 98 is right for one second.
    twice | = 196 | 196 is twice the number for one second; at the seam two more frames fit in.
    samples | = 31601 | 31,601 is the number with a hop of one sample.
    one_late | = 199 | 199 counts a last frame that sticks out beyond the samples; only full frames
        count.
    all_samples | = 32000 | 32,000 is the number of samples; each frame of 400 of them gives one
        vector.
    """,
)
def frames():
    return 198


@exercise(
    "self_attention.slip",
    trains="order, heads and cost",
    kind="diagnose",
    task="The number of the false line among the five lines of notes in chapter 14, exercise 6.",
    variants=(lambda: 4.0, lambda: np.array(4)),
    why="""
    The weights are computed anew for every input, from queries and keys. What training changes
    are the projections W_q, W_k, W_v and W_o (and the embeddings below them).
    """,
    hints=(
        "Which things are arguments of the layer, and which are its parameters?",
        "Ask of each line: which equation, or which measurement, says so?",
        "Look at the list of parameters of multi_head. What is not on it?",
    ),
    mistakes="""
    values | = 1 | Line 1 is true: the scores are made of queries and keys only.
    heads | = 2 | Line 2 is true: N heads of width D / N cut the same projections up.
    order | = 3 | Line 3 is true: without positions, permuting the words permutes the outputs.
    pairs | = 5 | Line 5 is true: all pairs of places get a score and a weight above zero.
    """,
)
def slip_line():
    return 4


def shift_cases(rng):
    yield 1, 2
    for k in (0, 2, 5, 3, 11):
        for D in (4, 6, 10):
            yield k, D
    yield special("a long shift", 100, 8)


def codes(T, D):
    angles = np.arange(T)[:, None] / 10000 ** (np.arange(0, D, 2) / D)
    return np.stack([np.sin(angles), np.cos(angles)], axis=2).reshape(T, D)


def shift_by_solving(k, D):
    P = codes(2 * D + 9 + k, D)
    pairs = [
        np.linalg.lstsq(P[: len(P) - k, i : i + 2], P[k:, i : i + 2], rcond=None)[0]
        for i in range(0, D, 2)
    ]
    R = np.zeros((D, D))
    for i, block in enumerate(pairs):
        R[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = block
    return R


def shift_by_entries(k, D):
    R = np.zeros((D, D))
    for i in range(0, D, 2):
        angle = k / 10000 ** (i / D)
        R[i][i], R[i][i + 1], R[i + 1][i], R[i + 1][i + 1] = (
            np.cos(angle),
            -np.sin(angle),
            np.sin(angle),
            np.cos(angle),
        )
    return R.tolist()


@exercise(
    "self_attention.shift",
    trains="a step of k places is a matrix",
    kind="derive and code",
    task="""
    shift(k, D) -> R (D, D): the matrix that moves the sinusoidal code by k places, P[t + k] =
    P[t] @ R for every t. P[t, 2i] = sin(t w_i), P[t, 2i+1] = cos(t w_i), w_i = 10000^(-2i/D).
    """,
    cases=shift_cases,
    variants=(shift_by_solving, shift_by_entries),
    tolerance=1e-6,
    properties=(
        Property(
            "R is a rotation: R R^T = 1",
            lambda f, k, D: np.allclose(f(k, D) @ f(k, D).T, np.eye(D), atol=1e-6),
        ),
    ),
    hints=(
        "Each pair (sin, cos) is a point on a circle and turns by its own angle, k w_i.",
        "sin(a + b) = sin a cos b + cos a sin b and cos(a + b) = cos a cos b - sin a sin b, "
        "with a = t w_i and b = k w_i.",
        "for i in range(D // 2):\n"
        "    b = k / 10000 ** (2 * i / D)\n"
        "    R[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = [[np.cos(b), ...], [..., ...]]",
    ),
    mistakes="""
    transposed | [[np.cos(b), -np.sin(b)], [np.sin(b), np.cos(b)]] -> [[np.cos(b), np.sin(b)],
        [-np.sin(b), np.cos(b)]] |
        Your matrix turns the other way: it gives P[t - k]. The code is a row, P[t] @ R.
    no_minus | -np.sin(b) -> np.sin(b) | The cosine of a sum has a minus sign.
    one_speed | k / 10000 ** (2 * i / D) -> k |
        All pairs turn by the same angle; pair i turns by k w_i.
    half_exponent | 2 * i / D) -> i / D) | The exponent is 2 i / D for pair i, not i / D.
    inverse_speed | k / 10000 ** -> k * 10000 ** |
        Your clocks get faster from left to right; w_i = 10000^(-2i/D).
    ignores_k | k / 10000 -> 1 / 10000 | Your matrix shifts by one place, whatever k is.
    halves | R[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] -> R[i :: D // 2, i :: D // 2] | A different
        convention: your pairs are the columns i and i + D/2; here they are neighbours, 2i and 2i +
        1.
    rows_exchanged | [[np.cos(b), -np.sin(b)], [np.sin(b), np.cos(b)]] -> [[np.sin(b), np.cos(b)],
        [np.cos(b), -np.sin(b)]] | The two rows of each block are exchanged: cos stands on the
        diagonal.
    columns_moved | `    return R` -> `    return np.roll(np.eye(D), k, axis=1)` | You move the
        columns by k; a shift in time turns each pair (sin, cos) by an angle.
    """,
)
def shift(k, D):
    R = np.zeros((D, D))
    for i in range(D // 2):
        b = k / 10000 ** (2 * i / D)
        R[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = [[np.cos(b), -np.sin(b)], [np.sin(b), np.cos(b)]]
    return R
