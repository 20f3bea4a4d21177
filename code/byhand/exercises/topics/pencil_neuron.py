"""Exercises of chapter 1 whose answer is a number or a choice, worked with a pencil."""

import numpy as np

from byhand.exercises.checker.declare import exercise


@exercise(
    "neuron.by_hand",
    trains="a neuron worked with a pencil",
    task="""
    The pair (z, a) of a neuron with w = (2, -1, 0.5), b = -1 and the step activation, for x = (1,
    3, 4).
    """,
    outputs=("z", "a"),
    variants=(lambda: [0, 0], lambda: (np.float32(0), False)),
    why="""
    z = 2 * 1 - 1 * 3 + 0.5 * 4 - 1 = 0, and a score of exactly 0 is not above 0, so the neuron
    stays silent.
    """,
    hints=(
        "Multiply each input by its weight, add up, add the bias. Then compare with zero, and "
        "mind the border.",
        "z = w_1 x_1 + w_2 x_2 + w_3 x_3 + b;  a = 1 if z > 0, else 0.",
        "z = 2 * 1 + (-1) * 3 + ... + ...;  a = 1 if z > 0 else 0",
    ),
    mistakes="""
    fires_at_zero | = (0, 1) |
        z is right. At z = 0 exactly the neuron of this chapter does not fire: a = 1 needs z > 0.
    no_bias | = (1, 1) | The bias is left out of z: 2 * 1 - 1 * 3 + 0.5 * 4 still needs + b.
    minus_bias | = (2, 1) | The bias is taken away; it is added: z = w.x + b with b = -1.
    no_sign | = (6, 1) | The weight -1 counts as +1; the middle term is -1 * 3.
    swapped | = (1, 0) | You have the order (a, z); asked for is (z, a), and a is not 1 here.
    sigmoid | = (0, 0.5) | z is right. 0.5 is the sigmoid of 0; the step activation gives 0 or 1.
    """,
)
def by_hand():
    return 0.0, 0.0


TRIPLES = np.array([[i, j, k] for i in (0.0, 1.0) for j in (0.0, 1.0) for k in (0.0, 1.0)])
MAJORITY = TRIPLES.sum(axis=1) >= 2


WRONG_GATES = {  # which of the eight inputs fire -> the mistake's id
    (0, 1, 1, 1, 1, 1, 1, 1): "or",
    (0, 0, 0, 0, 0, 0, 0, 1): "and",
    (1, 1, 1, 0, 1, 0, 0, 0): "flipped",
    (1, 1, 1, 1, 1, 1, 1, 1): "always",
    (0, 0, 0, 0, 0, 0, 1, 1): "two_inputs",
}


def _is_majority(answer):
    w, b = answer
    z = TRIPLES @ np.asarray(w, dtype=float) + float(b)
    fires = tuple(int(score > 0) for score in z)
    wrong_at = [k for k in range(8) if fires[k] != int(MAJORITY[k])]
    if not wrong_at:
        return None
    k = wrong_at[0]
    x, verb = tuple(int(v) for v in TRIPLES[k]), "fires" if fires[k] else "does not fire"
    case = (
        f"For x = {x} the score is {z[k]:.4g}, so the neuron {verb}; {sum(x)} of 3 inputs are on."
    )
    return WRONG_GATES.get(fires), case


@exercise(
    "neuron.majority_weights",
    trains="choosing weights and a bias for a logical function",
    task="""
    A pair (w, b), w with three numbers and b one, for which the neuron (1 where w.x + b > 0, else
    0) fires exactly when at least two of its three inputs, each 0 or 1, are 1. Many pairs are
    right.
    """,
    outputs=("w", "b"),
    accept=_is_majority,
    variants=(lambda: ([2, 2, 2], -3), lambda: (np.array([0.6, 0.7, 0.8]), -1.0)),
    why="""
    With equal weights 1 the score is (number of inputs that are on) + b; b = -1.5 lies between 1
    and 2. Any b with -2 < b <= -1 works as well.
    """,
    hints=(
        "All inputs count alike, so give them one weight. The bias then says how many of them "
        "it takes.",
        "With weights 1, z = (number of inputs on) + b. It must be above 0 for two inputs "
        "on; and for one?",
        "w = (1, 1, 1);  2 + b > 0, so b > ...;  1 + b <= 0, so b <= ...",
    ),
    mistakes="""
    or | = (np.array([1.0, 1.0, 1.0]), -0.5) |
        These weights compute OR: one input is enough. Asked for is: at least two of three.
    and | = (np.array([1.0, 1.0, 1.0]), -2.0) |
        These weights compute AND: all three are needed. Asked for is: at least two of three.
    flipped | = (np.array([-1.0, -1.0, -1.0]), 1.5) |
        Every output is the wrong way round: change the sign of all weights and of b.
    always | = (np.array([1.0, 1.0, 1.0]), 1.5) | Your neuron fires for every input, even for none
        at all: the bias must be negative.
    two_inputs | = (np.array([1.0, 1.0, 0.0]), -1.5) | Your third input has no weight, so the neuron
        fires for the first two only; all three count alike.
    """,
)
def majority_weights():
    return np.array([1.0, 1.0, 1.0]), -1.5


@exercise(
    "neuron.slip",
    trains="what the perceptron does and does not promise",
    kind="diagnose",
    task="The number of the false line among the five lines of notes in chapter 1, exercise 5.",
    variants=(lambda: 3.0, lambda: np.array(3)),
    why="""
    A correction lifts y z by |x|^2 + 1, which need not be enough. With w = 0, b = -10, x = 1, y =
    +1 it goes from -10 to -8: still wrong. Line 4 is true because every w and b of the run is
    just multiplied by 0.5.
    """,
    hints=(
        "Try each line on the pencil run of OR. One of them is already broken there, or breaks "
        "with a large bias.",
        "After a correction, y z has become y z + |x|^2 + 1. Is that always above 0?",
        "Take w = 0, b = -10, x = 1, y = +1, and correct once.",
    ),
    mistakes="""
    right_angle | = 1 | Line 1 is true: for two points p, q on the boundary w.(p - q) = -b + b = 0.
    scaling | = 2 | Line 2 is true: z is multiplied by 10, and the step only looks at its sign.
    step_size | = 4 | Line 4 is true: from a start at zero all weights of the run are multiplied by
        0.5, no sign changes.
    bound | = 5 | Line 5 is true: (R / gamma)^2 has no B in it.
    """,
)
def slip_line():
    return 3


@exercise(
    "neuron.parameters",
    trains="counting weights and biases",
    task="""
    How many numbers does a layer of 4 neurons learn, if each sees the same 3 inputs and has its
    own bias?
    """,
    variants=(lambda: 16.0, lambda: np.int64(16)),
    why="""
    Each of the 4 neurons has 3 weights and 1 bias: 4 * (3 + 1) = 16.
    """,
    hints=(
        "Count for one neuron first.",
        "A neuron with D inputs has D weights and 1 bias.",
        "4 * (... + ...)",
    ),
    mistakes="""
    no_biases | = 12 | 12 counts the weights only; each neuron has a bias too.
    one_bias | = 13 | 13 counts one bias for the layer; each neuron has its own.
    bias_per_input | = 15 | 15 counts one bias for each input; each neuron has one.
    one_neuron | = 4 |
        4 is the count for a single neuron (3 weights and a bias); there are 4 of them.
    sizes_added | = 7 | 7 adds the two sizes; every neuron has a weight for each input, and a bias.
    """,
)
def parameters():
    return 16


@exercise(
    "neuron.two_paths",
    trains="the gradient as a sum over paths",
    task="""
    The pair (df/dx, df/dy) of f(x, y) = (x + y) x y at x = 1, y = 2, worked out as s = x + y, p =
    x y, f = s p.
    """,
    outputs=("df/dx", "df/dy"),
    variants=(lambda: [8, 5], lambda: (np.float32(8), 5.0)),
    why="""
    s = 3, p = 2. x reaches f over s, 1 * p = 2, and over p, y * s = 6: together 8. y reaches it
    over s, 1 * p = 2, and over p, x * s = 3: together 5. Multiply along a path, add over the paths.
    """,
    hints=(
        "Both s and p depend on x, and both on y: two paths from each.",
        "df/dx = (df/ds)(ds/dx) + (df/dp)(dp/dx), and df/ds = p, df/dp = s.",
        "df/dx = p * 1 + s * ...;  df/dy = p * ... + s * ...",
    ),
    mistakes="""
    only_sum | = (2, 2) | Only the paths over s are counted; x and y reach f over p as well.
    only_product | = (6, 3) | Only the paths over p are counted; x and y reach f over s as well.
    swapped | = (5, 8) | Asked for is (df/dx, df/dy); and p = x y grows with x by y, with y by x.
    paths_multiplied | = (12, 6) | You multiply the two paths; along a path one multiplies, over
        the paths one adds.
    crossed | = (7, 5) | The slopes of f = s p are crossed: df/ds = p and df/dp = s.
    """,
)
def two_paths():
    return 8.0, 5.0
