"""Exercises of chapter 9 whose answer is a number or a choice, worked with a pencil."""

import numpy as np

from byhand.exercises.checker.declare import exercise


@exercise(
    "rnn.parameters",
    trains="weights that are shared by all steps",
    task="""
    How many numbers does a simple recurrent layer learn that reads vectors of 5 numbers, has 8
    units and one bias vector, for sequences of 20 steps?
    """,
    variants=(lambda: 112.0, lambda: np.int64(112)),
    why="""
    W_x: 5 * 8 = 40, W_h: 8 * 8 = 64, b: 8. The number of steps plays no part: all steps share the
    weights.
    """,
    hints=(
        "Does the length of the sequence matter?",
        "W_x is (D, H), W_h is (H, H), b is (H,).",
        "5 * 8 + ... + ...",
    ),
    mistakes="""
    each_step | = 2240 |
        2240 counts the weights once for each of the 20 steps; all steps share them.
    no_bias | = 104 | 104 leaves out the biases.
    no_recurrence | = 48 |
        48 is a linear layer from 5 to 8; the weights from state to state are missing.
    two_biases | = 120 | 120 has two bias vectors, as torch's layer does; the task says one.
    own_memory | = 56 |
        56 gives each unit one weight for its own old value; W_h has one for every pair of units.
    """,
)
def parameters():
    return 5 * 8 + 8 * 8 + 8


@exercise(
    "rnn.shared_gradient",
    trains="one weight, many uses, one gradient",
    task="""
    One linear unit, h_t = w h_(t-1) + x_t, with w = 3, h_0 = 0 and the inputs 1, 1, 2. The loss
    is L = h_3. What is dL/dw?
    """,
    variants=(lambda: 7.0, lambda: np.int64(7)),
    why="""
    h = 1, 4, 14. dh_3 = 1, dh_2 = 3, dh_1 = 9. dw = dh_3 h_2 + dh_2 h_1 + dh_1 h_0 = 4 + 3 + 0 =
    7. (L = w^2 + w + 2, so 2w + 1.)
    """,
    hints=(
        "w is used at three steps: the gradient is a sum of three terms.",
        "dw = sum over t of dh_t h_(t-1), with dh_3 = 1 and dh_(t-1) = w dh_t.",
        "dw = 1 * h_2 + 3 * ... + 9 * ...",
    ),
    mistakes="""
    last_only | = 4 | 4 counts the last step only; w was used before, too.
    no_carry | = 5 |
        5 adds up the old states without the factors w, with which the gradient goes back.
    state_after | = 35 | 35 multiplies with the state after each step; w met the state before it.
    first_input | = 9 | 9 is the gradient of the first input.
    value | = 14 | 14 is h_3 itself.
    """,
)
def shared_gradient():
    return 7


@exercise(
    "rnn.slip",
    trains="what recurrent networks can and cannot learn",
    kind="diagnose",
    task="The number of the false line among the five lines of notes in chapter 9, exercise 7.",
    variants=(lambda: 3.0, lambda: np.array(3)),
    why="""
    Clipping multiplies the whole gradient by one factor of at most 1. It limits explosions. A
    vanished share of the remote steps stays as small as it was, next to that of the near ones.
    """,
    hints=(
        "Four lines are facts of this chapter; one takes two troubles for one: gradients that are "
        "too long, and shares in them that are too small.",
        "Ask of each remedy: does it change the length of the gradient, or the shares of near "
        "and remote steps in it?",
        "Look at equation (9.8): can the factor be larger than 1?",
    ),
    mistakes="""
    unrolled | = 1 | Line 1 is true: that is the sum over the steps in (9.5).
    memory | = 2 | Line 2 is true: every state is needed on the way back.
    both_ways | = 4 | Line 4 is true: its first output needs the last word.
    singular | = 5 | Line 5 is true: each step back multiplies by slopes of at most 1 and shortens
        by that singular value at least.
    """,
)
def slip_line():
    return 3
