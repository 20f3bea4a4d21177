"""Exercises of chapter 7 whose answer is a number or a choice, worked with a pencil."""

import numpy as np

from byhand.exercises.checker.declare import exercise

X = np.array([[3.0, 2, 0], [0, 1, 3], [2, 1, 1]])


@exercise(
    "cnn.kernel_gradient",
    trains="the gradient of a kernel with a pencil",
    task="""
    The picture [[3, 2, 0], [0, 1, 3], [2, 1, 1]] and a kernel W of 2 x 2, stride 1, no padding.
    The four outputs get the gradients dY = [[1, 0], [0, -2]]. What is dW (2, 2)?
    """,
    variants=(lambda: np.array([[1, -4], [-2, -1]]), lambda: ((1.0, -4.0), (-2.0, -1.0))),
    why="""
    dW = 1 * [[3, 2], [0, 1]] (the window of the first output) - 2 * [[1, 3], [1, 1]] (that of the
    last).
    """,
    hints=(
        "Each output sends its gradient, times its window, to the kernel; the four "
        "contributions add up.",
        "dW[u][v] = sum over i, j of dY[i][j] X[i + u][j + v].",
        "Two outputs have the gradient 0, so: 1 * X[0:2, 0:2] + ... * X[..., ...]",
    ),
    mistakes="""
    flipped | = np.array([[-1.0, -2], [-4, 1]]) |
        That is dW turned by 180 degrees. The flip belongs to dX; dW is a plain correlation.
    sign | = np.array([[-1.0, 4], [2, 1]]) |
        All signs are turned: dY as it stands, not its negative.
    mean | = np.array([[1.0, -4], [-2, -1]]) / 4 |
        You average over the four places; a shared weight collects the sum.
    same_window | = -X[:2, :2] |
        Both outputs use the first window; the last one saw the window at the lower right.
    first_only | = X[:2, :2] | Only the first output counts; the last one adds -2 times its window.
    plus | = X[:2, :2] + 2 * X[1:, 1:] | The last output has the gradient -2, not +2.
    transposed | = np.array([[1.0, -2], [-4, -1]]) | That is dW transposed: u counts rows and v
        columns of the window.
    """,
)
def kernel_gradient():
    return np.array([[3, 2], [0, 1]]) - 2 * np.array([[1, 3], [1, 1]])


@exercise(
    "cnn.receptive_field",
    trains="how far a number sees, through layers and strides",
    task="""
    A network has, in this order: a convolution 3 x 3, a convolution 3 x 3, a pooling 2 x 2 with
    stride 2, a convolution 3 x 3. All convolutions have stride 1. How many pixels wide is the
    receptive field of one number of its output?
    """,
    variants=(lambda: 10.0, lambda: np.int64(10)),
    why="""
    1 -> 3 -> 5 (step 1), pooling: 5 + 1 = 6 (the step becomes 2), last convolution: 6 + 2 * 2 =
    10.
    """,
    hints=(
        "Keep two numbers from layer to layer: the width r, and how many pixels apart two "
        "neighbours lie.",
        "r grows by (k - 1) times the distance of neighbours before the layer; the stride "
        "multiplies that distance.",
        "r: 1, 1 + 2, 3 + 2, 5 + ..., ...",
    ),
    mistakes="""
    no_step | = 8 |
        8 forgets that neighbours lie 2 pixels apart after the pooling: the last layer adds 2 * 2.
    eleven | = 11 | 11 is one too many: widths of kernels do not simply add up, since windows
        overlap; and the stride of the pooling acts only on layers after it.
    pool_left_out | = 7 | 7 leaves out the pooling altogether.
    area | = 100 | That is the area of the field; asked for is its width.
    pool_width | = 9 | 9 leaves out the width of the pooling window, which adds 1.
    step_too_early | = 12 | 12 lets the stride act too early (or adds whole widths): the distance of
        neighbours doubles for the layers after the pooling only, and a kernel adds k - 1 times it.
    """,
)
def receptive_field():
    return 10


@exercise(
    "cnn.slip",
    trains="what convolution and pooling keep and lose",
    kind="diagnose",
    task="The number of the false line among the five lines of notes in chapter 7, exercise 8.",
    variants=(lambda: 4.0, lambda: np.array(4)),
    why="""
    Max pooling forgives a shift only as long as the largest pixel stays in its window. A shift by
    one pixel moves many of them into the next one, and linear layers after it know every place by
    their own weights. LeNet-5 was measured: one pixel of the original digit costs it about a third
    of its answers, and nearly half in the worst of three splits. (A maximum over the whole map is
    indifferent; a window of 2 by 2 is not.)
    """,
    hints=(
        "Four lines follow from an equation of this chapter. One was measured, and the "
        "measurement says something else.",
        "Separate two things: the maps move along with the picture; the answer stays the same.",
        "Look at the figure with the accuracy against the shift.",
    ),
    mistakes="""
    flip | = 1 | Line 1 is true: learning finds the flipped kernel just as well.
    picture_size | = 2 | Line 2 is true: O (C k k + 1) has no height and no width in it.
    bias | = 3 |
        Line 3 is true: the bias is used at every place of every picture, and the gradients add up.
    permutation | = 5 | Line 5 is true: the rows of the first weight matrix are permuted along, and
        nothing else changes.
    """,
)
def slip_line():
    return 4
