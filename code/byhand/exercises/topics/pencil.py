"""Exercises whose answer is a number or a choice, worked with a pencil: chapters 2 and later."""

import numpy as np

from byhand.exercises.checker.declare import exercise

P, Q = np.array([0.25, 0.75]), np.array([0.5, 0.5])


@exercise(
    "activations_and_losses.kl_by_hand",
    trains="KL divergence with numbers, and its direction",
    task="""
    KL(q || p) in nats for the truth q = (1/2, 1/2) and the belief p = (1/4, 3/4), to three digits
    after the point.
    """,
    tolerance=4e-3,
    variants=(lambda: 0.144, lambda: np.array(0.14384)),
    why="1/2 log(2) + 1/2 log(2/3) = 0.3466 - 0.2027 = 0.1438.",
    hints=(
        "It is the truth that weighs the terms, and the truth that stands above the fraction bar.",
        "KL(q || p) = sum_k q_k log(q_k / p_k), with the natural logarithm.",
        "1/2 log((1/2) / (1/4)) + ... log(... / ...)",
    ),
    mistakes="""
    reversed | = float((P * np.log(P / Q)).sum()) |
        That is KL(p || q): truth and belief are exchanged. The weights are those of q.
    cross_entropy | = float(-(Q * np.log(P)).sum()) |
        That is the cross-entropy -sum q log p; take the entropy of q away from it.
    log2 | = float((Q * np.log2(Q / P)).sum()) |
        That is the value in bits; asked for are nats, so the natural logarithm.
    sign | = -float((Q * np.log(Q / P)).sum()) |
        KL is never negative: the fraction is upside down (q stands above p), or a minus too many.
    entropy | = float(np.log(2)) |
        That is the entropy of q, the part of the cross-entropy that KL leaves out.
    mean | = float((Q * np.log(Q / P)).sum()) / 2 | You take the mean of the two terms; KL is their
        sum.
    """,
)
def kl_by_hand():
    return 0.5 * np.log(2) + 0.5 * np.log(2 / 3)


@exercise(
    "activations_and_losses.slip",
    trains="derivatives and losses, told from their look-alikes",
    kind="diagnose",
    task="The number of the false line among the five lines of notes in chapter 2, exercise 4.",
    variants=(lambda: 3.0, lambda: np.array(3)),
    why="""
    Line 3 uses only the diagonal p (1 - p) of softmax's Jacobian. Every p depends on every z: dz
    = J^T dp, with J = diag(p) - p p^T.
    """,
    hints=(
        "Four of the lines are about functions that work on one number at a time, or hold for "
        "any distribution.",
        "One line treats softmax as if it worked on one number at a time. Compare it with "
        "equation (2.11): how many entries of J are needed?",
        "Take z = (0, 0), y = (1, 0) and L = sum (p - y)^2: with the whole Jacobian dL/dz is "
        "(-0.5, 0.5). What does the formula in the notes give?",
    ),
    mistakes="""
    sigmoid_slope | = 1 | Line 1 is true: a (1 - a) is largest at a = 1/2.
    shift | = 2 | Line 2 is true: e^c cancels in every fraction.
    mae | = 4 | Line 4 is true: sign(e) / B is 1 / B in size for each example with an error.
    bound | = 5 | Line 5 is true: H(q, p) = H(q) + KL(q || p), and KL is never negative.
    """,
)
def slip_line():
    return 3


@exercise(
    "mlp.parameters",
    trains="counting what a network learns",
    task="""
    How many numbers does the network 64-128-10 learn (64 inputs, 128 hidden neurons, 10 outputs,
    biases included)?
    """,
    variants=(lambda: 9610.0, lambda: np.int64(9610)),
    why="64 * 128 + 128 = 8320 for the hidden layer, 128 * 10 + 10 = 1290 for the output layer.",
    hints=(
        "Count each layer by itself: a weight for every pair of an input and a neuron, a bias "
        "for every neuron.",
        "A layer from D to H has D H + H parameters.",
        "(64 * 128 + ...) + (...)",
    ),
    mistakes="""
    no_biases | = 9472 | 9472 counts the weights only; each of the 138 neurons has a bias too.
    input_biases | = 9674 | 9674 gives the 64 inputs a bias as well; nothing is computed there.
    neurons | = 202 |
        202 counts the neurons and inputs; asked for are the weights and biases between them.
    one_bias_each | = 9474 | 9474 counts one bias for each layer; each neuron has its own.
    hidden_biases_only | = 9600 | 9600 leaves out the biases of the output layer.
    output_biases_only | = 9482 | 9482 leaves out the biases of the hidden layer.
    """,
)
def parameters():
    return 9610


@exercise(
    "autodiff.slip",
    trains="what the two modes can and cannot do",
    kind="diagnose",
    task="The number of the false line among the five lines of notes in chapter 4, exercise 2.",
    variants=(lambda: 3.0, lambda: np.array(3)),
    why="""
    Contributions may be added in any order. But a line hands on the gradient of its result, which
    is complete only when all lines that used the result have been read: from the end.
    """,
    hints=(
        "Think of the pencil example, and read its tape in another order.",
        "When is the gradient complete that line 3 hands on?",
        "Read line 3 before line 4: what would x and y receive?",
    ),
    mistakes="""
    memory | = 1 | Line 1 is true: each backward function needs its cache; forward mode carries the
        derivative along.
    backprop | = 2 | Line 2 is true: the delta recursion is this loop on a network's tape.
    differences | = 4 | Line 4 is true: f(w + h) and f(w - h) for each input.
    step_size | = 5 |
        Line 5 is true: it multiplies exact slopes of the steps; only rounding is left.
    """,
)
def autodiff_slip():
    return 3


@exercise(
    "optimisation.slip",
    trains="what rates, momentum and starts do",
    kind="diagnose",
    task="The number of the false line among the five lines of notes in chapter 5, exercise 4.",
    variants=(lambda: 2.0, lambda: np.array(2)),
    why="""
    A zero gradient makes a stationary point: a minimum, a maximum or a saddle. On a saddle training
    stands still, too, and a tiny push sends it down.
    """,
    hints=(
        "One line forgets that there are three kinds of points with a zero gradient.",
        "At a minimum no eigenvalue of the Hessian is negative.",
        "Think of the top of a mountain pass: is the ground level there, and is it the lowest "
        "place?",
    ),
    mistakes="""
    momentum | = 1 | Line 1 is true: 1 + 0.9 + 0.9^2 + ... = 10.
    scale | = 3 | Line 3 is true: the factor drops out of m_hat / sqrt(v_hat), and stays in g.
    limit | = 4 | Line 4 is true: 2 / 50 = 0.04, equation (5.2).
    unbiased | = 5 | Line 5 is true: each example is as likely to be drawn as any other.
    """,
)
def optimisation_slip():
    return 2


@exercise(
    "generalisation.slip",
    trains="what each method of regularisation changes",
    kind="diagnose",
    task="The number of the false line among the five lines of notes in chapter 6, exercise 4.",
    variants=(lambda: 3.0, lambda: np.array(3)),
    why="""
    L2 takes a share of each weight, so weights get small but not zero. L1 takes a fixed amount,
    and stops at zero.
    """,
    hints=(
        "Look at the pencil example with two ways to pull a weight towards zero.",
        "Which of (6.5) and (6.6) can give exactly 0 from a weight that is not 0?",
        "0.35 times 0.9 times 0.9 ... Is it ever 0?",
    ),
    mistakes="""
    decay | = 1 | Line 1 is true: under SGD both take the same share of each weight, equation (6.5).
    inverted | = 2 | Line 2 is true: the factor 1 / (1 - p) was paid in training.
    stopping | = 4 |
        Line 4 is true: the training loss goes on falling and says nothing about when to stop.
    parameters | = 5 | Line 5 is true: in chapter 3, 9610 parameters learned from about a thousand
        clean pictures and were right on most of the others.
    """,
)
def generalisation_slip():
    return 3


@exercise(
    "generalisation.masks",
    trains="dropout as many networks",
    task="""
    How many different networks does dropout train in a hidden layer of 10 units (each unit on or
    off)?
    """,
    variants=(lambda: 1024.0, lambda: np.int64(1024)),
    why="Each unit is on or off: 2 * 2 * ... * 2 = 2^10 masks, all with the same shared weights.",
    hints=(
        "Count the masks of one unit, then of two.",
        "Every further unit doubles the number of masks.",
        "1 unit: 2 masks; 2 units: 4; 3 units: 8; ...",
    ),
    mistakes="""
    linear | = 20 |
        20 counts on and off for each unit by itself; a network is a choice for all ten together.
    units | = 10 | 10 counts the units; asked for are their on-off patterns.
    square | = 100 | 100 is 10^2; each of the ten units has two states, so it is 2^10.
    no_empty | = 1023 | 1023 leaves out the mask with all units off; it is rare, but it is drawn.
    """,
)
def masks():
    return 1024


@exercise(
    "deep_cnns.slip",
    trains="what depth, norms and skips do",
    kind="diagnose",
    task="The number of the false line among the five lines of notes in chapter 8, exercise 4.",
    variants=(lambda: 3.0, lambda: np.array(3)),
    why="""
    Twenty of the layers would only have to pass on what they get, so the deeper network can do
    all that the shallow one does. Degradation is about what training finds.
    """,
    hints=(
        "What a network can do, and what training finds, are two questions.",
        "The identity: a layer that passes on what it gets.",
        "Take the shallow network and add layers that do nothing: which line does that refute?",
    ),
    mistakes="""
    batch | = 1 | Line 1 is true: mean and variance come from the batch; that is why use needs
        running averages.
    one_by_one | = 2 | Line 2 is true: its kernel covers one position.
    identity | = 4 | Line 4 is true: relu(0 + x) = x where x is not negative.
    parameters | = 5 | Line 5 is true: the identity has none; only a projection would add some.
    """,
)
def deep_cnns_slip():
    return 3
