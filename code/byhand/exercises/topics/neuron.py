"""Exercises of chapter 1: one neuron, the perceptron rule, its bound."""

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, special
from byhand.exercises.topics.cases import near, normal, whole


def step_cases(rng):
    yield special("score 0, label +1", np.array([0.0, 0.0]), 0.0, np.array([1.0, 2.0]), 1)
    yield special("score 0, label -1", np.array([1.0, -1.0]), 0.0, np.array([2.0, 2.0]), -1)
    yield special("score 0 through the bias", np.array([1.0, 1.0]), -3.0, np.array([1.0, 2.0]), 1)
    yield special("score 0 without the bias", np.array([1.0, 1.0]), 1.0, np.array([1.0, -1.0]), 1)
    yield special("right already", np.array([1.0, 0.0]), -0.5, np.array([2.0, 1.0]), 1)
    for sign in (1, -1):  # one update is not enough here, and it stays one
        yield special(
            "still wrong after the step", np.array([-9.0]), -1.0, np.array([sign * 2.0]), sign
        )
        far = np.array([-6.0, 1.0]) * sign, -4.0 * sign, np.array([1.0, 0.5]), sign
        yield special("still wrong after the step", *far)
        yield special(
            "hardly right", np.array([0.5, -0.5]), 2.0**-20 * sign, np.array([1.0, 1.0]), sign
        )
        yield special(
            "hardly right", np.array([0.5, 0.5]), 2.0**-16 * sign, np.array([1.0, -1.0]), sign
        )
    for d in (1, 2, 3, 4, 5) * 4:
        w, x, sign = normal(rng, d), normal(rng, d), int(rng.choice([-1, 1]))
        # a bias that turns the sign of the score
        yield w, float(rng.choice([0.3, -1.2 * (w @ x)])), x, sign


def step_by_loop(w, b, x, y):
    z = b + sum(wi * xi for wi, xi in zip(w, x, strict=True))
    if z == 0 or (z > 0) != (y > 0):
        return [wi + y * xi for wi, xi in zip(w, x, strict=True)], b + y
    return w, b


def step_with_ones(w, b, x, y):
    v, u = np.append(w, b), np.append(x, 1)
    v = v + (y * np.dot(v, u) <= 0) * y * u
    return v[:-1], v[-1]


@exercise(
    "neuron.perceptron_step",
    trains="a learning rule from its equation, without changing the arguments",
    kind="derive and code",
    task="""
    perceptron_step(w, b, x, y) -> (w, b): one step of the perceptron rule, equation (1.8). w (D,)
    weights, b a number, x (D,) one example, y its label, -1 or +1. A score of exactly 0 counts as
    wrong. Where nothing is to be learned, return w and b as they are. The arguments themselves
    must not change.
    """,
    shapes={"w": "D"},
    outputs=("w", "b"),
    cases=step_cases,
    variants=(step_by_loop, step_with_ones),
    hints=(
        "Only an example on the wrong side of the line, or exactly on it, changes the neuron. "
        "Which sign has y z then?",
        "z = w.x + b.  If y z <= 0:  w <- w + y x,  b <- b + y.",
        "z = w @ x + b\n"
        "if ...:\n"
        "    w, b = w + ..., b + ...   # new arrays, not w += ...\n"
        "return w, b",
    ),
    mistakes=r"""
    strict | y * z <= 0 -> y * z < 0 |
        You update where y z < 0; a score of exactly 0 counts as wrong too (<= 0).
    always | y * z <= 0 -> True | You update on every example; only y z <= 0 asks for an update.
    bias_fixed | `        b = b + y\n` -> `` | The bias is never updated: b + y belongs to the step.
    no_bias | z = w @ x + b -> z = w @ x | The score leaves out the bias: z = w.x + b.
    no_label | w + y * x -> w + x | You add x whatever the label is; it is y x that is added.
    minus | w + y * x -> w - y * x ;; b + y -> b - y |
        The step goes the wrong way: y x is added, not taken away.
    right_side | y * z <= 0 -> y * z > 0 |
        You update the examples that are right and leave the wrong ones.
    sign_of_score | y * z <= 0 -> z <= 0 |
        The condition tests the score z alone; whether z is right depends on y: y z <= 0.
    bias_one | b + y -> b + 1 | b changes by 1 whatever the label is; it changes by y.
    bias_minus | b + y -> b - y | The bias goes the wrong way: b + y.
    bias_by_xy | b + y -> b + y * x.sum() |
        b changes by y times the sum of x; the bias's input is the constant 1, so it changes by y.
    weights_fixed | `        w = w + y * x\n` -> `` | The weights are never updated.
    repeated | `if y * z <= 0:\n        w = w + y * x\n        b = b + y\n` -> `while y * (w @ x +
        b) <= 0:\n        w = w + y * x\n        b = b + y\n` |
        You repeat the update until the example is right; it is one step.
    bias_twice | `w = w + y * x\n        b = b + y\n` -> `w = w + y * x\n        b = b + y * (y * (w
        @ x + b) <= 0)\n` | The condition must look at the score before the update.
    margin | y * z <= 0 -> y * z < 1 | You update where y z < 1; the rule asks for y z <= 0.
    error_size | w + y * x -> w - z * x | The step is y x, whatever the size of the score.
    half | w + y * x -> w + 0.5 * y * x ;; b + y -> b + 0.5 * y | The step has no factor: y x and y.
    tolerant | y * z <= 0 -> y * z <= SMALL | You update where y z is small but above 0; such an
        example is right, and nothing changes.
    guessed | y * z <= 0 -> y != (1 if z > 0 else -1) ;; w + y * x -> w + 2 * y * x ;; b + y -> b +
        2 * y | You add (y - guess) x, which is 2 y x; the rule adds y x, not twice as much.
    double | w + y * x -> w + 2 * y * x ;; b + y -> b + 2 * y | You add 2 y x, twice what the rule
        adds: y x.
    """,
)
def perceptron_step(w, b, x, y):
    z = w @ x + b
    if y * z <= 0:
        w = w + y * x
        b = b + y
    return w, b


def batch_cases(rng):
    yield special(
        "a score of exactly 0", np.array([[1.0, 2.0], [3.0, 1.0]]), np.array([1.0, -1.0]), 1.0
    )
    yield special(
        "scores 0 and 1", np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), np.array([1.0, 1.0]), 0.0
    )
    for size, d in [(1, 2), (2, 3), (3, 2), (9, 2), (11, 3), (13, 4)]:
        X, w = whole(rng, size, d), whole(rng, d)
        yield X, w, float(-X[0] @ w)  # the first score is exactly 0
    yield special(
        "scores close to 0", np.array([[1.0, 1.0], [2.0, 2.0]]), np.array([1.0, -1.0]), 2.0**-20
    )
    yield normal(rng, 1, 3), normal(rng, 3), 0.7
    for size, d in [(5, 2), (4, 3), (7, 4), (6, 5)] * 4:
        yield normal(rng, size, d), normal(rng, d), float(rng.normal(0, 2))


@exercise(
    "neuron.batch",
    trains="a whole batch in one product",
    task="""
    batch(X, w, b) -> a (B,): a neuron with the step activation on a batch. X (B, D), one example
    in each row; w (D,); b a number. The scores are z = X w + b; a is 1.0 where z > 0 and 0.0
    elsewhere (also at z = 0).
    """,
    shapes={"X": "B D"},
    cases=batch_cases,
    variants=(
        lambda X, w, b: [
            1.0 if sum(xi * wi for xi, wi in zip(x, w, strict=True)) + b > 0 else 0.0 for x in X
        ],
        lambda X, w, b: np.heaviside(np.einsum("bd,d->b", X, w) + b, 0.0),
    ),
    hints=(
        "One matrix product gives the scores of all rows at once; then ask of each score "
        "whether it is above 0.",
        "z = X w + b, shape (B,);  a = 1 where z > 0, else 0.",
        "z = X @ w + b\nreturn (z ... 0).astype(float)",
    ),
    mistakes="""
    no_bias | X @ w + b -> X @ w | The bias is missing: z = X w + b.
    no_step | (z > 0).astype(float) -> z | You return the scores; the step activation is missing.
    at_zero | z > 0 -> z >= 0 |
        At z = 0 the neuron of this chapter does not fire: z > 0, not z >= 0.
    minus_bias | + b -> - b |
        You take b away; it is added (a threshold would be taken away: b = -threshold).
    plus_minus | (z > 0).astype(float) -> np.where(z > 0, 1.0, -1.0) |
        You return -1 and +1 (the sign); the step gives 0 and 1.
    flipped | z > 0 -> z < 0 | The comparison is the wrong way round: a is 1 where z > 0.
    relu | (z > 0).astype(float) -> np.maximum(z, 0) |
        You return max(0, z), which is ReLU; the step gives 0 or 1.
    column | X @ w + b -> X @ w[:, None] + b |
        Your output is a column (B, 1); one number for each example is asked for, (B,).
    sigmoid | (z > 0).astype(float) -> 1 / (1 + np.exp(-z)) |
        You return the sigmoid of the score; the step gives 0 or 1.
    threshold_one | z > 0 -> z > 0.5 | The threshold is 0, not 1 or 1/2.
    weights_first | X @ w + b -> X @ (w + b) |
        The bias is added after the product, once for each example.
    """,
)
def batch(X, w, b):
    z = X @ w + b
    return (z > 0).astype(float)


def bound_cases(rng):
    for size, d in [(2, 1), (3, 2), (4, 2)] + [(5, 2), (4, 3), (7, 4), (6, 5)] * 4:
        w, b = normal(rng, d), float(rng.choice([-1, 1]) * rng.uniform(0.6, 2))
        X = normal(rng, size, d, scale=2.0)
        close = np.abs(X @ w + b) < 0.1  # a tiny margin would magnify what float32 rounds
        X = X + close[:, None] * np.sign(X @ w + b)[:, None] * w / (w @ w)
        yield X, np.where(X @ w + b > 0, 1, -1), w, b


def bound_by_loop(X, y, w, b):
    length = (sum(float(wi) ** 2 for wi in w) + b**2) ** 0.5
    gamma = min(float(label) * (float(x @ w) + b) / length for x, label in zip(X, y, strict=True))
    R = max((float(x @ x) + 1) ** 0.5 for x in X)
    return R**2 / gamma**2, R, gamma


def bound_with_ones(X, y, w, b):
    X1, v = np.column_stack([X, np.ones(len(X))]), np.append(w, b)
    R = np.linalg.norm(X1, axis=1).max()
    gamma = np.abs(X1 @ v).min() / np.linalg.norm(v)  # (w, b) separates, so y z = |z|
    return (R / gamma) ** 2, R, gamma


@exercise(
    "neuron.bound",
    trains="margin and radius, and the proof that learning ends",
    task="""
    bound(X, y, w, b) -> (bound, R, gamma): the limit to the corrections that the perceptron
    rule can make on these examples, the right-hand side of (1.11), not rounded. X (B, D); y
    (B,) labels -1 or +1; (w, b) puts every example on its side. The bias counts as a weight
    with the constant input 1, in R (the largest length of an example) and in gamma (the
    smallest margin, with weights of length 1).
    """,
    shapes={"X": "B D"},
    outputs=("bound", "R", "gamma"),
    cases=bound_cases,
    variants=(bound_by_loop, bound_with_ones),
    properties=(
        Property(
            "the bound stays the same if w and b are doubled",
            lambda f, X, y, w, b: near(f(X, y, 2 * w, 2 * b)[0], f(X, y, w, b)[0]),
        ),
    ),
    hints=(
        "R is the length of the longest example, gamma the distance of the nearest one to the "
        "plane; both see the constant input 1.",
        "R = max sqrt(|x|^2 + 1);  gamma = min y (w.x + b) / sqrt(|w|^2 + b^2);  bound = (R / "
        "gamma)^2.",
        "R = np.sqrt((X**2).sum(axis=1) + ...).max()\n"
        "gamma = (y * (X @ w + b)).min() / ...\n"
        "return (...) ** 2, R, gamma",
    ),
    mistakes="""
    no_square | (R / gamma) ** 2 -> R / gamma | The bound is the square: (R / gamma)^2.
    no_one | ` + 1)` -> ) | R leaves out the constant input 1 of the bias: sqrt(|x|^2 + 1).
    margin_without_bias | w @ w + b**2 -> w @ w |
        gamma divides by |w| alone; the bias is a weight too: sqrt(|w|^2 + b^2).
    not_normalised | ` / np.sqrt(w @ w + b**2)` -> `` |
        gamma is not divided by the length of (w, b), so doubling the weights would change it.
    max_margin | .min() -> .max() |
        gamma is the distance of the nearest example (min), not of the farthest.
    min_length | + 1).max() -> + 1).min() |
        R is the length of the longest example (max), not of the shortest.
    inverted | (R / gamma) -> (gamma / R) | The bound is turned over: it is (R / gamma)^2.
    no_labels | y * (X @ w + b) -> X @ w + b |
        gamma uses w.x + b without the labels: examples of class -1 then come out negative.
    length_not_root | np.sqrt((X**2).sum(axis=1) + 1) -> ((X**2).sum(axis=1) + 1) |
        R is the length, so it needs the square root.
    mean_length | + 1).max() -> + 1).mean() | R is the length of the longest example (max), not the
        mean length.
    whole_norm | np.sqrt((X**2).sum(axis=1) + 1).max() -> np.sqrt((X**2).sum() + 1) | You take one
        norm over the whole batch; each example (row) has its own, and R is the largest.
    """,
)
def bound(X, y, w, b):
    R = np.sqrt((X**2).sum(axis=1) + 1).max()
    gamma = (y * (X @ w + b)).min() / np.sqrt(w @ w + b**2)
    return (R / gamma) ** 2, R, gamma


def ten_digit_cases(rng):
    W, b = np.zeros((2, 3)), np.zeros(3)
    yield special("all scores equal at first", W, b, np.array([[1.0, 2.0]]), np.array([0]))
    yield special("all scores equal at first", W, b, np.array([[1.0, 2.0]]), np.array([2]))
    again = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    yield special("the second example meets new weights", W, b, again, np.array([1, 1, 2]))
    yield special("the bias decides", W, np.array([0.0, 5.0, 1.0]), again, np.array([0, 1, 2]))
    for size, d, c in [(1, 2, 3), (2, 3, 4), (5, 2, 3), (7, 4, 5), (9, 3, 2)] * 3:
        X, y = normal(rng, size, d), rng.integers(0, c, size)
        yield normal(rng, d, c), normal(rng, c), X, y


def epoch_by_columns(W, b, X, y):
    columns, biases, mistakes = [list(w) for w in np.asarray(W).T], list(b), 0
    for x, k in zip(X, y, strict=True):
        z = [sum(wi * xi for wi, xi in zip(w, x, strict=True)) for w in columns]
        z = [score + bias for score, bias in zip(z, biases, strict=True)]
        best = z.index(max(z))
        if best != k:
            columns[k] = [wi + xi for wi, xi in zip(columns[k], x, strict=True)]
            columns[best] = [wi - xi for wi, xi in zip(columns[best], x, strict=True)]
            biases[k], biases[best], mistakes = biases[k] + 1, biases[best] - 1, mistakes + 1
    return np.array(columns).T, np.array(biases), mistakes


def epoch_by_targets(W, b, X, y):
    mistakes = 0
    for x, k in zip(X, y, strict=True):
        classes = np.arange(len(b))
        move = 1.0 * (classes == k) - (classes == np.argmax(x @ W + b))
        W, b, mistakes = W + np.outer(x, move), b + move, mistakes + int(move.any())
    return W, b, mistakes


@exercise(
    "neuron.multiclass_epoch",
    trains="carrying the rule over to several classes",
    kind="transfer",
    task="""
    multiclass_epoch(W, b, X, y) -> (W, b, mistakes): one pass of the multiclass rule (1.12) through
    the examples, in their order. W (D, C) and b (C,), a column and a bias for each class; X (B, D);
    y (B,) whole numbers from 0 to C - 1. The scores of an example x are x W + b; the class with the
    highest score wins, of equal ones the first. If the winner is not the label, correct both
    columns and both biases at once, so that the next example meets the new weights. mistakes is
    the number of corrected examples. The arguments themselves must not change.
    """,
    shapes={"W": "D C", "X": "B D"},
    outputs=("W", "b", "mistakes"),
    cases=ten_digit_cases,
    variants=(epoch_by_columns, epoch_by_targets),
    why="""
    The weights are corrected after each picture, so most of the first epoch is read by a layer that
    has learned already. With two classes only the difference of the two columns matters; it moves
    by 2 x at each mistake, which is the rule for two labels with step size 2.
    """,
    hints=(
        "Copy W and b first. Then for each example: score, find the winner, compare with y.",
        "k = argmax(x W + b). If k is not y: W[:, y] += x, W[:, k] -= x, b[y] += 1, b[k] -= 1.",
        "W, b, mistakes = W.copy(), b.copy(), 0\n"
        "for x, label in zip(X, y):\n"
        "    winner = ...\n"
        "    if winner != label:\n"
        "        W[:, label] += ...; W[:, winner] -= ...\n"
        "        ...",
    ),
    mistakes=r"""
    old_weights | W, b, mistakes = W.copy() -> first, start, W, b, mistakes = W, b, W.copy() ;;
        np.argmax(x @ W + b) -> np.argmax(x @ first + start) |
        Every example is judged by the weights from before the epoch; the next example must meet
        the new ones.
    winner_stays | `            W[:, winner] -= x\n` -> `` |
        The column of the winner stays as it was; x is taken away from it.
    label_stays | `            W[:, label] += x\n` -> `` |
        The column of the label stays as it was; x is added to it.
    signs | W[:, label] += x -> W[:, label] -= x ;; W[:, winner] -= x -> W[:, winner] += x |
        The signs are the wrong way round: x is added to the column of the label.
    no_bias | x @ W + b -> x @ W | The scores leave out the biases: x W + b.
    bias_stays | `            b[label] += 1\n            b[winner] -= 1\n` -> `` |
        The biases are never corrected: + 1 for the label, - 1 for the winner.
    winner_bias | `            b[winner] -= 1\n` -> `` |
        The bias of the winner stays as it was; 1 is taken away from it.
    all_others | W[:, winner] -= x -> W -= x[:, None] / len(b) |
        You take x away from all columns; only the winner's is corrected.
    always | if winner != label: -> if True: |
        Examples that are right are counted or changed as well; only mistakes are.
    last | np.argmax(x @ W + b) -> len(b) - 1 - np.argmax((x @ W + b)[::-1]) |
        Of equal scores the first wins, as np.argmax has it; yours takes the last.
    share | return W, b, mistakes -> return W, b, mistakes / len(X) |
        You return the share of mistakes; asked for is their number.
    twice | W[:, label] += x -> W[:, label] += 2 * x ;; W[:, winner] -= x -> W[:, winner] -= 2 * x |
        The columns move by 2 x; the rule moves them by x.
    """,
)
def multiclass_epoch(W, b, X, y):
    W, b, mistakes = W.copy(), b.copy(), 0
    for x, label in zip(X, y, strict=True):
        winner = np.argmax(x @ W + b)
        if winner != label:
            W[:, label] += x
            W[:, winner] -= x
            b[label] += 1
            b[winner] -= 1
            mistakes += 1
    return W, b, mistakes
