"""Exercises of chapter 13 whose answer is a number or a choice, worked with a pencil."""

import numpy as np

from byhand.exercises.checker.declare import exercise


@exercise(
    "attention.by_hand",
    trains="from scores to a weighted mean",
    task="""
    One query has the scores 0, ln 3 and ln 4 with three keys. The values are 16, 0 and 6. What
    does attention return?
    """,
    variants=(lambda: 5.0, lambda: np.int64(5)),
    why="e^0, e^ln 3, e^ln 4 = 1, 3, 4, so the weights are 1/8, 3/8, 4/8, and 16/8 + 0 + 6/2 = 5.",
    hints=(
        "Scores are no weights yet: they may be negative, and they do not sum to 1.",
        "weights = softmax(scores), output = sum of weight times value.",
        "e^0 = 1, e^ln 3 = 3, e^ln 4 = ...: the weights are 1/8, ... and ...",
    ),
    mistakes="""
    not_normalised | = 40 | The weights do not sum to 1: divide by 1 + 3 + 4.
    mean | = 22 / 3 |
        That is the plain mean of the values; they are weighted by the softmax of the scores.
    largest | = 6 |
        You return the value of the best key (hard attention); the weighted mean is asked for.
    raw_scores | = float(6 * np.log(4)) | You weight by the scores; take the softmax first.
    scores_over_sum | = float(6 * np.log(4) / np.log(12)) |
        You divide the scores by their sum; the softmax takes their exponentials first.
    halved | = 20 | 20 is half of 40 = 1 * 16 + 3 * 0 + 4 * 6; divide by the sum of the three
        exponentials instead, 1 + 3 + 4.
    no_first | = 24 / 7 | e^0 is 1, not 0: the first key has a share, too.
    no_first_raw | = 24 | e^0 is 1, not 0, and the weights have to be divided by their sum.
    sum_of_two | = 40 / 7 | The sum below the line has three parts: e^0 = 1 counts as well.
    divided_by_keys | = 40 / 3 | You divide by the number of keys; divide by the sum of the three
        exponentials.
    reversed | = 70 / 8 | The weights 1/8, 3/8, 4/8 belong to the values in the order given: 1/8 to
        16, 4/8 to 6.
    other_order | = 54 / 8 | You give 16 the weight 3/8; the key with the score 0 has 1/8.
    scaled | = 28 / (3 + np.sqrt(3)) | You halve the scores first; they are given as they go into
        the softmax.
    slip | = 35 / 8 | The 8 below the line is right, but 35 is not 1 * 16 + 3 * 0 + 4 * 6.
    all_values | = 22 | You add the values up; they are weighted by the softmax of the scores.
    """,
)
def by_hand():
    return 5


@exercise(
    "attention.hard_gradient",
    trains="a gradient through a random choice",
    kind="derive and code",
    task="""
    Hard attention draws key 1 with probability 1/4 (loss 4) or key 2 with probability 3/4 (loss
    0). Both numbers of the gradient of the expected loss with respect to the two scores.
    """,
    tolerance=1e-3,
    variants=(lambda: (0.75, -0.75), lambda: [3 / 4, -3 / 4]),
    why="J = 1/4 * 4 + 3/4 * 0 = 1; dJ/de = p (L - J) = (1/4 * 3, 3/4 * (-1)).",
    hints=(
        "A score that goes up makes its key more probable and the other less.",
        "dJ/de_k = p_k (L_k - J), J the expected loss.",
        "J = 1/4 * 4 + 3/4 * 0;  (1/4 * (4 - J), ... * (... - J))",
    ),
    mistakes="""
    sign | = np.array([-0.75, 0.75]) |
        The sign is turned: raising the score of the worse key raises the expected loss.
    no_mean | = np.array([1.0, 0.0]) |
        The expected loss J is not taken away; a gradient through a softmax sums to 0.
    no_p | = np.array([3.0, -1.0]) | The factor p is missing.
    losses | = np.array([4.0, 0.0]) | Those are the losses.
    uniform | = np.array([1.0, -1.0]) | You weigh both keys by 1/2; they are drawn with 1/4 and 3/4.
    own_loss_only | = np.array([0.75, 0.0]) | The second score has a gradient too, though its loss
        is 0: L_2 - J is not 0.
    """,
)
def hard_gradient():
    return np.array([0.75, -0.75])


@exercise(
    "attention.window",
    trains="global and local attention, counted",
    task="""
    A decoder writes 10 tokens and looks at a source of 30. How many scores does global attention
    compute, and how many local attention with a window of 4 places to each side of its middle
    (the whole window lies inside the source)? Two whole numbers.
    """,
    variants=(lambda: (300, 90), lambda: [300.0, 90.0]),
    why="Every query meets every key: 10 * 30. Locally it meets 4 + 1 + 4 = 9 keys: 10 * 9.",
    hints=(
        "Count the keys that one query meets.",
        "Each of the T queries meets all S keys, or those of its window.",
        "10 * ... and 10 * (4 + ... + 4)",
    ),
    mistakes="""
    no_middle | = np.array([300, 80]) | The middle of the window is a place too: 4 + 1 + 4 = 9 keys.
    one_side | = np.array([300, 50]) | 50 counts the places on one side of the middle only; the
        window has two sides.
    one_query | = np.array([30, 9]) | That is for one query; there are 10.
    self | = np.array([900, 270]) | The source's places do not ask here; the 10 written tokens do.
    exchanged | = np.array([90, 300]) | Global first, then local.
    half_window | = np.array([300, 40]) | 10 x 4 counts half a window; it has 4 places to each side,
        and its middle.
    one_token | = np.array([300, 9]) | 9 is for one of the tokens; each of the tokens written has a
        window.
    """,
)
def window():
    return np.array([300, 90])


@exercise(
    "attention.slip",
    trains="what attention weights are and are not",
    kind="diagnose",
    task="The number of the false line among the five lines of notes in side road 13s, exercise 4.",
    variants=(lambda: 4.0, lambda: np.array(4)),
    why="""
    Hard attention draws a key; a draw has no derivative. Its expected loss has one, which is
    computed from the losses of all keys or estimated from the drawn ones (REINFORCE), with
    variance.
    """,
    hints=(
        "One line mixes up two ways to be not soft.",
        "For which of the five things did this page need an estimate?",
        "What is the derivative of a draw?",
    ),
    mistakes="""
    query | = 1 |
        Line 1 is true: the state before the step asks, and the answer helps to make the next state.
    values | = 2 | Line 2 is true: scores compare queries with keys; values are only averaged.
    tanh | = 3 | Line 3 is true: without tanh the query adds the same number to all scores, and the
        softmax does not see it.
    mean | = 5 | Line 5 is true: equal scores give equal weights.
    """,
)
def slip_line():
    return 4
