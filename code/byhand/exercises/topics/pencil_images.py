"""Exercises of chapter 7 whose answer is a number or a choice, worked with a pencil."""
# ruff: noqa: E501 - one mistake a line

import numpy as np

from byhand.exercises.checker.declare import exercise, wrong

X = np.array([[3.0, 2, 0], [0, 1, 3], [2, 1, 1]])


@exercise(
    "cnn.kernel_gradient",
    task="The picture [[3, 2, 0], [0, 1, 3], [2, 1, 1]] and a kernel W of 2 x 2, stride 1, no padding. The four outputs get the "
    "gradients dY = [[1, 0], [0, -2]]. What is dW (2, 2)?",
    variants=(lambda: np.array([[1, -4], [-2, -1]]), lambda: ((1.0, -4.0), (-2.0, -1.0))),
    why="dW = 1 * [[3, 2], [0, 1]] (the window of the first output) - 2 * [[1, 3], [1, 1]] (that of the last).",
    hints=(
        "Each output sends its gradient, times its window, to the kernel; the four contributions add up.",
        "dW[u][v] = sum over i, j of dY[i][j] X[i + u][j + v].",
        "Two outputs have the gradient 0, so: 1 * X[0:2, 0:2] - 2 * X[1:3, 1:3].",
    ),
    mistakes=(
        wrong("flipped", "That is dW turned by 180 degrees. The flip belongs to dX; dW is a plain correlation.", lambda: np.array([[-1.0, -2], [-4, 1]])),
        wrong("sign", "All signs are turned: dY as it stands, not its negative.", lambda: np.array([[-1.0, 4], [2, 1]])),
        wrong("mean", "You average over the four places; a shared weight collects the sum.", lambda: np.array([[1.0, -4], [-2, -1]]) / 4),
        wrong("same_window", "Both outputs use the first window; the last one saw the window at the lower right.", lambda: -X[:2, :2]),
        wrong("first_only", "Only the first output counts; the last one adds -2 times its window.", lambda: X[:2, :2]),
        wrong("plus", "The last output has the gradient -2, not +2.", lambda: X[:2, :2] + 2 * X[1:, 1:]),
    ),
)  # fmt: skip
def kernel_gradient():
    return np.array([[3, 2], [0, 1]]) - 2 * np.array([[1, 3], [1, 1]])


@exercise(
    "cnn.receptive_field",
    task="A network has, in this order: a convolution 3 x 3, a convolution 3 x 3, a pooling 2 x 2 with stride 2, a convolution "
    "3 x 3. All convolutions have stride 1. How many pixels wide is the receptive field of one number of its output?",
    variants=(lambda: 10.0, lambda: np.int64(10)),
    why="1 -> 3 -> 5 (step 1), pooling: 5 + 1 = 6 (the step becomes 2), last convolution: 6 + 2 * 2 = 10.",
    hints=(
        "Keep two numbers from layer to layer: the width r, and how many pixels apart two neighbours lie.",
        "r grows by (k - 1) times the distance of neighbours before the layer; the stride multiplies that distance.",
        "r: 1, 1 + 2, 3 + 2, 5 + 1, 6 + 2 * ...",
    ),
    mistakes=(
        wrong("no_step", "8 forgets that neighbours lie 2 pixels apart after the pooling: the last layer adds 2 * 2.", lambda: 8),
        wrong("eleven", "11 is one too many: widths of kernels do not simply add up, since windows overlap; and the stride of the pooling acts only on layers after it.", lambda: 11),
        wrong("pool_left_out", "7 leaves out the pooling altogether.", lambda: 7),
        wrong("area", "That is the area of the field; asked for is its width.", lambda: 100),
        wrong("pool_width", "9 leaves out the width of the pooling window, which adds 1.", lambda: 9),
    ),
)  # fmt: skip
def receptive_field():
    return 10


@exercise(
    "cnn.slip",
    task="The number of the false line among the five lines of notes in chapter 7, exercise 8.",
    variants=(lambda: 4.0, lambda: np.array(4)),
    why="Max pooling forgives a shift only as long as the largest pixel stays in its window. A shift by one pixel moves many "
    "of them into the next one, and the dense layers after it know every place by its own weight. LeNet-5 was measured: "
    "it loses most of its answers at four pixels of 32.",
    hints=(
        "Four lines follow from an equation of this chapter. One was measured, and the measurement says something else.",
        "Separate two things: the maps move along with the picture; the answer stays the same.",
        "Look at the figure with the accuracy against the shift.",
    ),
    mistakes=(
        wrong("flip", "Line 1 is true: learning finds the flipped kernel just as well.", lambda: 1),
        wrong("picture_size", "Line 2 is true: O (C k k + 1) has no height and no width in it.", lambda: 2),
        wrong("bias", "Line 3 is true: the bias is used at every place of every picture, and the gradients add up.", lambda: 3),
        wrong("permutation", "Line 5 is true: the rows of the first weight matrix are permuted along, and nothing else changes.", lambda: 5),
    ),
)  # fmt: skip
def slip_line():
    return 4
