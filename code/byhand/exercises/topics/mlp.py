"""Exercises of chapter 3: a two-layer network, its backward pass, and the check by differences."""
# ruff: noqa: E501 - one mistake a line

import numpy as np

from byhand.exercises.checker.declare import exercise, slip, special, wrong
from byhand.exercises.topics.cases import normal, shares


def networks(rng):
    yield (
        np.array([[1.0, -2.0]]),
        np.array([[0.5, 1.0], [-1.0, 2.0]]),
        np.array([0.1, -0.2]),
        np.array([[1.0], [2.0]]),
        np.array([0.5]),
    )
    for B, D, H, C in [(1, 2, 3, 2), (2, 3, 4, 2), (3, 2, 4, 5), (4, 5, 3, 2)] * 3 + [
        (2, 3, 5, 4),
        (5, 4, 2, 3),
    ] * 4:
        yield (
            normal(rng, B, D),
            normal(rng, D, H, scale=0.7),
            normal(rng, H),
            normal(rng, H, C),
            normal(rng, C),
        )


def forward_by_loop(X, W1, b1, W2, b2):
    out = []
    for x in X:
        a = [np.tanh(sum(x[i] * W1[i, j] for i in range(len(x))) + b1[j]) for j in range(len(b1))]
        out.append([sum(a[j] * W2[j, k] for j in range(len(a))) + b2[k] for k in range(len(b2))])
    return out


@exercise(
    "mlp.forward",
    task="forward(X, W1, b1, W2, b2) -> z (B, C): a network with one hidden layer, examples in the rows. X (B, D), W1 (D, H), "
    "b1 (H,), W2 (H, C), b2 (C,). Hidden a = tanh(X W1 + b1); z = a W2 + b2, without an activation at the end.",
    shapes={"X": "B D", "W1": "D H", "W2": "H C"},
    cases=networks,
    variants=(forward_by_loop, lambda X, W1, b1, W2, b2: np.einsum("bh,hc->bc", np.tanh(np.einsum("bd,dh->bh", X, W1) + b1), W2) + b2),
    hints=("Two layers of the same form; only the first is bent by tanh.", "a = tanh(X W1 + b1), (B, H);  z = a W2 + b2, (B, C).", "a = np.tanh(X @ W1 + ...)\nreturn a @ ..."),
    mistakes=(
        slip("no_tanh", "The hidden activation is missing: without tanh both layers are one linear map.", "np.tanh(X @ W1 + b1)", "(X @ W1 + b1)"),
        slip("no_b1", "The hidden bias b1 is missing.", "X @ W1 + b1", "X @ W1"),
        slip("no_b2", "The output bias b2 is missing.", "a @ W2 + b2", "a @ W2"),
        slip("tanh_at_end", "The output has no activation here; you apply tanh to it too.", "a @ W2 + b2", "np.tanh(a @ W2 + b2)"),
        slip("relu", "You use ReLU; the task asks for tanh.", "np.tanh(X @ W1 + b1)", "np.maximum(0, X @ W1 + b1)"),
        slip("bias_outside", "b1 is added inside the tanh, not after it.", "np.tanh(X @ W1 + b1)", "np.tanh(X @ W1) + b1"),
        slip("softmax", "You return probabilities; the task asks for z, before any softmax.", "return a @ W2 + b2", "z = a @ W2 + b2\n    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)"),
        slip("sigmoid", "You use the sigmoid; the task asks for tanh.", "np.tanh(X @ W1 + b1)",
            "1 / (1 + np.exp(-(X @ W1 + b1)))"),
        slip("no_biases", "Both biases are missing.", "X @ W1 + b1", "X @ W1", "a @ W2 + b2",
            "a @ W2"),
        slip("hidden_only", "You return the hidden values; the output layer is missing.",
            "return a @ W2 + b2", "return a"),
        slip("minus_biases", "The biases are added, not taken away.", "X @ W1 + b1", "X @ W1 - b1",
            "a @ W2 + b2", "a @ W2 - b2"),
    ),
)  # fmt: skip
def forward(X, W1, b1, W2, b2):
    a = np.tanh(X @ W1 + b1)
    return a @ W2 + b2


def backward_cases(rng):
    yield (
        np.array([[1.0, 2.0]]),
        np.array([[0.5]]),
        np.array([[0.75, 0.25]]),
        np.array([0]),
        np.array([[1.0, -1.0]]),
    )
    for B, D, H, C in [(1, 3, 2, 4), (2, 3, 4, 5), (3, 2, 4, 5), (4, 5, 3, 2), (5, 4, 2, 3)] * 4:
        yield (
            normal(rng, B, D),
            np.tanh(normal(rng, B, H, scale=0.8)),
            shares(rng, B, C),
            rng.integers(0, C, B),
            normal(rng, H, C),
        )


def backward_by_loop(X, a, p, y, W2):
    B, D = X.shape
    H, C = W2.shape
    dW1, db1, dW2, db2 = np.zeros((D, H)), np.zeros(H), np.zeros((H, C)), np.zeros(C)
    for n in range(B):
        delta2 = [(p[n, k] - (k == y[n])) / B for k in range(C)]
        for j in range(H):
            delta1 = sum(W2[j, k] * delta2[k] for k in range(C)) * (1 - a[n, j] ** 2)
            db1[j] += delta1
            dW1[:, j] += X[n] * delta1
            dW2[j] += a[n, j] * np.array(delta2)
        db2 += delta2
    return dW1, db1, dW2, db2


def backward_by_einsum(X, a, p, y, W2):
    d2 = (p - np.eye(p.shape[1])[y]) / len(y)
    d1 = np.einsum("bc,hc->bh", d2, W2) * (1 - a * a)
    return [
        np.einsum("bd,bh->dh", X, d1),
        np.einsum("bh->h", d1),
        np.einsum("bh,bc->hc", a, d2),
        np.einsum("bc->c", d2),
    ]


@exercise(
    "mlp.backward",
    task="backward(X, a, p, y, W2) -> (dW1, db1, dW2, db2): gradients of the mean cross-entropy of a two-layer network. "
    "X (B, D); a (B, H) = tanh(X W1 + b1), already computed; p (B, C) = softmax(a W2 + b2); y (B,) labels; W2 (H, C). "
    "Shapes: dW1 (D, H), db1 (H,), dW2 (H, C), db2 (C,).",
    shapes={"X": "B D", "W2": "H C"},
    outputs=("dW1", "db1", "dW2", "db2"),
    cases=backward_cases,
    variants=(backward_by_loop, backward_by_einsum),
    hints=(
        "Go backwards, one line for each forward line. For softmax with cross-entropy the first one is short.",
        "delta2 = (p - onehot(y)) / B;  dW2 = a^T delta2, db2 = sum over the batch;  delta1 = (delta2 W2^T) (1 - a^2);  dW1 = X^T delta1.",
        "d2 = p.copy(); d2[np.arange(B), y] -= 1; d2 /= B\nd1 = d2 @ W2.T * (...)\nreturn X.T @ d1, d1.sum(axis=0), ..., ...",
    ),
    mistakes=(
        slip("no_mean", "The 1/B of the mean over the batch is missing.", "    d2 /= len(y)\n", ""),
        slip("no_onehot", "delta2 = p - onehot(y): the label is missing.", "    d2[np.arange(len(y)), y] -= 1\n", ""),
        slip("sign", "All gradients have the wrong sign: delta2 = p - onehot(y).", "d2 /= len(y)", "d2 /= -len(y)"),
        slip("sigmoid_slope", "delta2 needs no factor p (1 - p): in softmax with cross-entropy it cancels.", "d2 /= len(y)", "d2 *= p * (1 - p) / len(y)"),
        slip("no_slope", "The slope of tanh, 1 - a^2, is missing in delta1.", " * (1 - a**2)", ""),
        slip("slope_of_a", "a is tanh(z) already, so the slope is 1 - a^2; yours applies tanh once more.", "(1 - a**2)", "(1 - np.tanh(a) ** 2)"),
        slip("sigmoid_hidden", "a (1 - a) is the sigmoid's slope; the hidden layer is tanh: 1 - a^2.", "(1 - a**2)", "(a * (1 - a))"),
        slip("not_squared", "The slope of tanh is 1 - a^2; the square is missing.", "(1 - a**2)", "(1 - a)"),
        slip("relu_slope", "That is ReLU's slope; the hidden layer is tanh: 1 - a^2.", "(1 - a**2)", "(a > 0)"),
        slip("dW2_transposed", "dW2 is transposed: a^T delta2 has W2's shape (H, C).", "a.T @ d2", "d2.T @ a"),
        slip("dW1_transposed", "dW1 is transposed: X^T delta1 has W1's shape (D, H).", "X.T @ d1", "d1.T @ X"),
        slip("db_mean", "The biases' gradients are sums over the batch (the 1/B is in delta2 already).", "d1.sum(axis=0)", "d1.mean(axis=0)", "d2.sum(axis=0)", "d2.mean(axis=0)"),
        slip("db_not_summed", "db1 and db2 are not summed over the batch: each bias serves every example.", "d1.sum(axis=0)", "d1", "d2.sum(axis=0)", "d2"),
        slip("db_one_number", "db1 and db2 are summed over the units too; sum over the batch only (axis 0).", "d1.sum(axis=0)", "d1.sum()", "d2.sum(axis=0)", "d2.sum()"),
        slip("db2_is_db1", "You return the hidden bias's gradient twice, or the two biases exchanged.", "d1.sum(axis=0), a.T", "d2.sum(axis=0), a.T"),
        slip("twice_mean", "You divide by B twice.", "d2 /= len(y)", "d2 /= len(y) ** 2"),
        slip("input_for_hidden", "dW2 needs the hidden values a, as they are what W2 multiplies.", "a.T @ d2", "(1 - a**2).T @ d2"),
        slip("columns", "[:, y] takes whole columns; [rows, y] takes one number of each row.",
            "d2[np.arange(len(y)), y] -= 1", "d2[:, y] -= 1"),
        slip("raw_labels",
            "You take the label's number away from every entry; only the entry of the label "
            "loses 1 (its one-hot row).", "d2[np.arange(len(y)), y] -= 1", "d2 -= y[:, None]"),
        slip("by_classes", "You divide by B C; the mean is over the B examples only.",
            "d2 /= len(y)", "d2 /= d2.size"),
        slip("hidden_slope_sum", "The slope of tanh is 1 - a^2, not 1 + a^2.", "(1 - a**2)",
            "(1 + a**2)"),
        slip("plus_onehot", "delta2 = p - onehot(y), not p + onehot(y).", ", y] -= 1", ", y] += 1"),
        slip("db1_mean", "db1 is a sum over the batch, not a mean (the 1/B is in delta2 already).",
            "d1.sum(axis=0)", "d1.mean(axis=0)"),
        slip("db2_mean", "db2 is a sum over the batch, not a mean (the 1/B is in delta2 already).",
            "d2.sum(axis=0)", "d2.mean(axis=0)"),
        slip("first_mean_only", "The 1/B is missing in the hidden layer.", "d1 = d2 @",
            "d1 = len(y) * d2 @"),
        slip("late_mean", "The 1/B is missing in the output layer.", "a.T @ d2, d2.sum(axis=0)",
            "a.T @ d2 * len(y), d2.sum(axis=0) * len(y)"),
        slip("orders", "The order of the outputs is dW1, db1, dW2, db2.",
            "X.T @ d1, d1.sum(axis=0), a.T @ d2, d2.sum(axis=0)",
            "a.T @ d2, d2.sum(axis=0), X.T @ d1, d1.sum(axis=0)"),
    ),
)  # fmt: skip
def backward(X, a, p, y, W2):
    d2 = p.copy()
    d2[np.arange(len(y)), y] -= 1
    d2 /= len(y)
    d1 = d2 @ W2.T * (1 - a**2)
    return X.T @ d1, d1.sum(axis=0), a.T @ d2, d2.sum(axis=0)


def cubes(w):
    """sum of w^3"""
    return float((w**3).sum())


def weighted(w):
    """sum of w^2 times 1, 2, 3, ..."""
    return float((np.arange(1, w.size + 1) * w.ravel() ** 2).sum())


def product(w):
    """exp of the mean of w, times the sum of w^2"""
    return float(np.exp(w.mean()) * (w**2).sum())


def eighths(rng, *shape):
    return rng.integers(-12, 13, shape) / 8.0  # so that w + h - h is exactly w


def gradcheck_cases(rng):
    yield cubes, np.array([1.0]), 0.5
    yield weighted, np.array([1.0, -1.0]), 0.25
    for f in (cubes, weighted, product):
        for shape in ((2,), (3,), (2, 3), (4,), (3, 2)):
            yield f, eighths(rng, *shape), 0.125
    yield special("no axes", product, np.array(1.5), 0.25)
    for f in (cubes, weighted, product):
        yield special("a small step", f, eighths(rng, 2) + 0.5, 2.0**-16)


def gradient_by_basis(f, w, h):
    return np.reshape(
        [
            (f(w + h * e.reshape(w.shape)) - f(w - h * e.reshape(w.shape))) / (2 * h)
            for e in np.eye(w.size)
        ],
        w.shape,
    )


def gradient_in_place(f, w, h):
    g = np.empty(w.size)
    for i in range(w.size):
        w.flat[i] += h
        up = f(w)
        w.flat[i] -= 2 * h
        g[i] = up - f(w)
        w.flat[i] += h
    return g.reshape(w.shape) / h / 2


@exercise(
    "mlp.gradcheck",
    task="gradcheck(f, w, h) -> gradient with w's shape: central differences (f(w + h e_i) - f(w - h e_i)) / (2 h) for each "
    "element i of w, by which every backward pass of this book is tested. f takes an array like w and returns a "
    "number; w may have any number of axes and must be as before when you return. (The tests use a large h, so that "
    "the exact formula matters.)",
    cases=gradcheck_cases,
    variants=(gradient_by_basis, gradient_in_place),
    hints=("Move one element at a time, up and down, and put it back before the next.", "g_i = ( f(w + h e_i) - f(w - h e_i) ) / (2 h).", "for i in np.ndindex(w.shape):\n    old = w[i]\n    w[i] = old + h; above = f(w)\n    ...\n    w[i] = old"),
    mistakes=(
        slip("forward", "That is the one-sided difference (f(w + h) - f(w)) / h; the central one has an error of order h^2, not h.", "w[i] = old - h\n", "w[i] = old\n", "(2 * h)", "h"),
        slip("backward", "That is the one-sided difference (f(w) - f(w - h)) / h; the central one has an error of order h^2.", "w[i] = old + h\n", "w[i] = old\n", "(2 * h)", "h"),
        slip("over_h", "The two points are 2 h apart: divide by 2 h, not by h.", "(2 * h)", "h"),
        slip("no_division", "The division by 2 h is missing.", " / (2 * h)", ""),
        slip("not_restored", "w is not put back: after each element it keeps its last change, and the next difference starts from there.", "        w[i] = old\n", "", "    g =", "    w = w.copy()\n    g ="),
        slip("sign", "The difference is the wrong way round: f(w + h) - f(w - h).", "above - f(w)", "f(w) - above"),
        slip("all_at_once", "You move all elements together; each needs its own difference.", "w[i] = old + h\n", "w = w + h\n", "w[i] = old - h\n", "w = w - 2 * h\n", "        w[i] = old\n", "        w = w + h\n"),
        slip("half_point", "f(w) stands where f(w - h) should: w was not moved down before the second call.", "w[i] = old - h\n", "w[i] = old\n"),
        slip("times_h", "(up - down) / 2 * h multiplies by h: the brackets around 2 h are missing.",
            "/ (2 * h)", "/ 2 * h"),
        slip("over_two", "The division by h is missing: divide by 2 h, not by 2.", "/ (2 * h)",
            "/ 2"),
        slip("times_two_h", "You multiply by 2 h; divide by it.", "/ (2 * h)", "* (2 * h)"),
        slip("relative", "You move by h times the element; move by h itself.", "w[i] = old + h",
            "w[i] = old * (1 + h)", "w[i] = old - h", "w[i] = old * (1 - h)"),
        slip("down_twice",
            "From the upper point it is 2 h down to the lower one; you go down by 2 h from "
            "the old value.", "w[i] = old - h", "w[i] = old - 2 * h"),
    ),
)  # fmt: skip
def gradcheck(f, w, h):
    g = np.zeros(w.shape)
    for i in np.ndindex(w.shape):
        old = w[i]
        w[i] = old + h
        above = f(w)
        w[i] = old - h
        g[i] = (above - f(w)) / (2 * h)
        w[i] = old
    return g


@exercise(
    "mlp.worked_delta",
    task="The worked 3-4-2 network of this chapter ends in p = (0.584191, 0.415809) for the target (1, 0). With softmax and "
    "half the squared error, what is delta2 = dL/dz2? Two numbers, to six digits after the point.",
    tolerance=1e-5,
    variants=(lambda: [-0.20201, 0.20201], lambda: np.array([-0.20201, 0.20201])),
    hints=(
        "delta = dL/dp times sigma'(z) element by element holds for element-wise activations only. Softmax is not one.",
        "delta2 = J^T (p - y) with J = diag(p) - p p^T.",
        "With two classes: delta2_1 = p1 (1 - p1) (p1 - y1) - p1 p2 (p2 - y2).",
    ),
    mistakes=(
        wrong("cross_entropy", "p - y is delta2 for softmax with cross-entropy; squared error needs softmax's Jacobian.", lambda: np.array([-0.415809, 0.415809])),
        wrong("element_wise", "You use p (1 - p), the diagonal of the Jacobian only; each p depends on both z.", lambda: np.array([-0.101005, 0.101005])),
        wrong("sign", "The sign is turned: J^T (p - y), not J^T (y - p).", lambda: np.array([0.20201, -0.20201])),
        wrong("no_half", "You differentiate the whole squared error; the task has half of it.", lambda: np.array([-0.40402, 0.40402])),
        wrong("circulating", "That value circulates in lecture notes; it comes from wrong z. Use the p given here.", lambda: np.array([-0.032, 0.032])),
    ),
)  # fmt: skip
def worked_delta():
    p, y = np.array([0.584191, 0.415809]), np.array([1.0, 0.0])
    return (np.diag(p) - np.outer(p, p)) @ (p - y)
