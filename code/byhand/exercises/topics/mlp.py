"""Exercises of chapter 3: a two-layer network, its backward pass, and the check by differences."""

import numpy as np

from byhand.exercises.checker.declare import exercise, special
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
    trains="shapes through two layers",
    task="""
    forward(X, W1, b1, W2, b2) -> z (B, C): a network with one hidden layer, examples in the rows.
    X (B, D), W1 (D, H), b1 (H,), W2 (H, C), b2 (C,). Hidden a = tanh(X W1 + b1); z = a W2 + b2,
    without an activation at the end.
    """,
    shapes={"X": "B D", "W1": "D H", "W2": "H C"},
    cases=networks,
    variants=(
        forward_by_loop,
        lambda X, W1, b1, W2, b2: (
            np.einsum("bh,hc->bc", np.tanh(np.einsum("bd,dh->bh", X, W1) + b1), W2) + b2
        ),
    ),
    why="""
    A deeper network repeats the first line: that loop is all that "deep" means on the way forward.
    """,
    hints=(
        "Two layers of the same form; only the first is bent by tanh.",
        "a = tanh(X W1 + b1), (B, H);  z = a W2 + b2, (B, C).",
        "a = np.tanh(X @ W1 + ...)\nreturn a @ ...",
    ),
    mistakes=r"""
    no_tanh | np.tanh(X @ W1 + b1) -> (X @ W1 + b1) |
        The hidden activation is missing: without tanh both layers are one linear map.
    no_b1 | X @ W1 + b1 -> X @ W1 | The hidden bias b1 is missing.
    no_b2 | a @ W2 + b2 -> a @ W2 | The output bias b2 is missing.
    tanh_at_end | a @ W2 + b2 -> np.tanh(a @ W2 + b2) |
        The output has no activation here; you apply tanh to it too.
    relu | np.tanh(X @ W1 + b1) -> np.maximum(0, X @ W1 + b1) |
        You use ReLU; the task asks for tanh.
    bias_outside | np.tanh(X @ W1 + b1) -> np.tanh(X @ W1) + b1 |
        b1 is added inside the tanh, not after it.
    softmax | return a @ W2 + b2 -> z = a @ W2 + b2\n    return np.exp(z) / np.exp(z).sum(axis=1,
        keepdims=True) | You return probabilities; the task asks for z, before any softmax.
    sigmoid | np.tanh(X @ W1 + b1) -> 1 / (1 + np.exp(-(X @ W1 + b1))) |
        You use the sigmoid; the task asks for tanh.
    no_biases | X @ W1 + b1 -> X @ W1 ;; a @ W2 + b2 -> a @ W2 | Both biases are missing.
    hidden_only | return a @ W2 + b2 -> return a |
        You return the hidden values; the output layer is missing.
    minus_biases | X @ W1 + b1 -> X @ W1 - b1 ;; a @ W2 + b2 -> a @ W2 - b2 |
        The biases are added, not taken away.
    """,
)
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
    trains="the backward pass of two layers, shapes included",
    kind="derive and code",
    task="""
    backward(X, a, p, y, W2) -> (dW1, db1, dW2, db2): gradients of the mean cross-entropy of a
    two-layer network. X (B, D); a (B, H) = tanh(X W1 + b1), already computed; p (B, C) =
    softmax(a W2 + b2); y (B,) labels; W2 (H, C). Shapes: dW1 (D, H), db1 (H,), dW2 (H, C), db2
    (C,).
    """,
    shapes={"X": "B D", "W2": "H C"},
    outputs=("dW1", "db1", "dW2", "db2"),
    cases=backward_cases,
    variants=(backward_by_loop, backward_by_einsum),
    why="""
    Only one factor came from tanh: 1 - a^2. Another activation changes this one factor and nothing
    else, which is why libraries can offer them as a list to choose from.
    """,
    hints=(
        "Go backwards, one line for each forward line. For softmax with cross-entropy the first "
        "one is short.",
        "delta2 = (p - onehot(y)) / B;  dW2 = a^T delta2, db2 = sum over the batch;  delta1 = "
        "(delta2 W2^T) (1 - a^2);  dW1 = X^T delta1.",
        "d2 = p.copy(); d2[np.arange(B), y] -= 1; d2 /= B\n"
        "d1 = d2 @ W2.T * (...)\n"
        "return X.T @ d1, d1.sum(axis=0), ..., ...",
    ),
    mistakes=r"""
    no_mean | `    d2 /= len(y)\n` -> `` | The 1/B of the mean over the batch is missing.
    no_onehot | `    d2[np.arange(len(y)), y] -= 1\n` -> `` |
        delta2 = p - onehot(y): the label is missing.
    sign | d2 /= len(y) -> d2 /= -len(y) |
        All gradients have the wrong sign: delta2 = p - onehot(y).
    sigmoid_slope | d2 /= len(y) -> d2 *= p * (1 - p) / len(y) |
        delta2 needs no factor p (1 - p): in softmax with cross-entropy it cancels.
    no_slope | ` * (1 - a**2)` -> `` | The slope of tanh, 1 - a^2, is missing in delta1.
    slope_of_a | (1 - a**2) -> (1 - np.tanh(a) ** 2) |
        a is tanh(z) already, so the slope is 1 - a^2; yours applies tanh once more.
    sigmoid_hidden | (1 - a**2) -> (a * (1 - a)) |
        a (1 - a) is the sigmoid's slope; the hidden layer is tanh: 1 - a^2.
    not_squared | (1 - a**2) -> (1 - a) | The slope of tanh is 1 - a^2; the square is missing.
    relu_slope | (1 - a**2) -> (a > 0) | That is ReLU's slope; the hidden layer is tanh: 1 - a^2.
    dW2_transposed | a.T @ d2 -> d2.T @ a | dW2 is transposed: a^T delta2 has W2's shape (H, C).
    dW1_transposed | X.T @ d1 -> d1.T @ X | dW1 is transposed: X^T delta1 has W1's shape (D, H).
    db_mean | d1.sum(axis=0) -> d1.mean(axis=0) ;; d2.sum(axis=0) -> d2.mean(axis=0) |
        The biases' gradients are sums over the batch (the 1/B is in delta2 already).
    db_not_summed | d1.sum(axis=0) -> d1 ;; d2.sum(axis=0) -> d2 |
        db1 and db2 are not summed over the batch: each bias serves every example.
    db_one_number | d1.sum(axis=0) -> d1.sum() ;; d2.sum(axis=0) -> d2.sum() |
        db1 and db2 are summed over the units too; sum over the batch only (axis 0).
    db2_is_db1 | d1.sum(axis=0), a.T -> d2.sum(axis=0), a.T |
        You return the hidden bias's gradient twice, or the two biases exchanged.
    twice_mean | d2 /= len(y) -> d2 /= len(y) ** 2 | You divide by B twice.
    input_for_hidden | a.T @ d2 -> (1 - a**2).T @ d2 |
        dW2 needs the hidden values a, as they are what W2 multiplies.
    columns | d2[np.arange(len(y)), y] -= 1 -> d2[:, y] -= 1 |
        [:, y] takes whole columns; [rows, y] takes one number of each row.
    raw_labels | d2[np.arange(len(y)), y] -= 1 -> d2 -= y[:, None] | You take the label's number
        away from every entry; only the entry of the label loses 1 (its one-hot row).
    by_classes | d2 /= len(y) -> d2 /= d2.size |
        You divide by B C; the mean is over the B examples only.
    hidden_slope_sum | (1 - a**2) -> (1 + a**2) | The slope of tanh is 1 - a^2, not 1 + a^2.
    plus_onehot | , y] -= 1 -> , y] += 1 | delta2 = p - onehot(y), not p + onehot(y).
    db1_mean | d1.sum(axis=0) -> d1.mean(axis=0) |
        db1 is a sum over the batch, not a mean (the 1/B is in delta2 already).
    db2_mean | d2.sum(axis=0) -> d2.mean(axis=0) |
        db2 is a sum over the batch, not a mean (the 1/B is in delta2 already).
    first_mean_only | d1 = d2 @ -> d1 = len(y) * d2 @ | The 1/B is missing in the hidden layer.
    late_mean | a.T @ d2, d2.sum(axis=0) -> a.T @ d2 * len(y), d2.sum(axis=0) * len(y) |
        The 1/B is missing in the output layer.
    orders | X.T @ d1, d1.sum(axis=0), a.T @ d2, d2.sum(axis=0) -> a.T @ d2, d2.sum(axis=0), X.T @
        d1, d1.sum(axis=0) | The order of the outputs is dW1, db1, dW2, db2.
    """,
)
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
    trains="the tool that checks every gradient",
    kind="derive and code",
    task="""
    gradcheck(f, w, h) -> gradient with w's shape: central differences with the step h for each
    element of w, by which every backward pass of this book is tested. f takes an array like w and
    returns a number; w may have any number of axes and must be as before when you return. (The
    tests use a large h, so that the exact formula matters.)
    """,
    cases=gradcheck_cases,
    variants=(gradient_by_basis, gradient_in_place),
    why="""
    It needs two losses for each number, a backward pass needs about two for all of them together:
    good for a test of a small network, hopeless for training a large one.
    """,
    hints=(
        "Move one element at a time, up and down, and put it back before the next.",
        "g_i = ( f(w + h e_i) - f(w - h e_i) ) / (2 h).",
        "for i in np.ndindex(w.shape):\n"
        "    old = w[i]\n"
        "    w[i] = old + h; above = f(w)\n"
        "    ...; w[i] = old",
    ),
    mistakes=r"""
    forward | `w[i] = old - h\n` -> `w[i] = old\n` ;; (2 * h) -> h | That is the one-sided
        difference (f(w + h) - f(w)) / h; the central one has an error of order h^2, not h.
    backward | `w[i] = old + h\n` -> `w[i] = old\n` ;; (2 * h) -> h | That is the one-sided
        difference (f(w) - f(w - h)) / h; the central one has an error of order h^2.
    over_h | (2 * h) -> h | The two points are 2 h apart: divide by 2 h, not by h.
    no_division | ` / (2 * h)` -> `` | The division by 2 h is missing.
    not_restored | `        w[i] = old\n` -> `` ;; `    g =` -> `    w = w.copy()\n    g =` | w is
        not put back: after each element it keeps its last change, and the next difference starts
        from there.
    sign | above - f(w) -> f(w) - above |
        The difference is the wrong way round: f(w + h) - f(w - h).
    all_at_once | `w[i] = old + h\n` -> `w = w + h\n` ;; `w[i] = old - h\n` -> `w = w - 2 * h\n` ;;
        `        w[i] = old\n` -> `        w = w + h\n` |
        You move all elements together; each needs its own difference.
    half_point | `w[i] = old - h\n` -> `w[i] = old\n` |
        f(w) stands where f(w - h) should: w was not moved down before the second call.
    times_h | / (2 * h) -> / 2 * h |
        (up - down) / 2 * h multiplies by h: the brackets around 2 h are missing.
    over_two | / (2 * h) -> / 2 | The division by h is missing: divide by 2 h, not by 2.
    times_two_h | / (2 * h) -> * (2 * h) | You multiply by 2 h; divide by it.
    relative | w[i] = old + h -> w[i] = old * (1 + h) ;; w[i] = old - h -> w[i] = old * (1 - h) |
        You move by h times the element; move by h itself.
    down_twice | w[i] = old - h -> w[i] = old - 2 * h |
        From the upper point it is 2 h down to the lower one; you go down by 2 h from the old value.
    """,
)
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
    trains="another loss behind softmax, with a pencil",
    kind="recall",
    task="""
    A network of two classes ends in p = (0.584191, 0.415809) for the target (1, 0). With softmax
    and half the squared error L = 1/2 sum_k (p_k - y_k)^2, what is delta2 = dL/dz2? Two numbers,
    to six digits after the point.
    """,
    tolerance=1e-5,
    variants=(lambda: [-0.20201, 0.20201], lambda: np.array([-0.20201, 0.20201])),
    why="""
    With two classes delta2_1 = p1 (1 - p1) (p1 - y1) - p1 p2 (p2 - y2), and delta2_2 = -delta2_1:
    the entries sum to 0.
    """,
    hints=(
        "delta = dL/dp times sigma'(z) element by element holds for element-wise activations "
        "only. Softmax is not one.",
        "delta2 = J^T (p - y) with J = diag(p) - p p^T.",
        "J = [[p1 (1 - p1), -p1 p2], [..., ...]]\ndelta2_1 = p1 (1 - p1) (p1 - y1) - ...",
    ),
    mistakes="""
    cross_entropy | = np.array([-0.415809, 0.415809]) |
        p - y is delta2 for softmax with cross-entropy; squared error needs softmax's Jacobian.
    element_wise | = np.array([-0.101005, 0.101005]) |
        You use p (1 - p), the diagonal of the Jacobian only; each p depends on both z.
    sign | = np.array([0.20201, -0.20201]) | The sign is turned: J^T (p - y), not J^T (y - p).
    no_half | = np.array([-0.40402, 0.40402]) |
        You differentiate the whole squared error; the task has half of it.
    circulating | = np.array([-0.032, 0.032]) |
        That value circulates in lecture notes; it comes from wrong z. Use the p given here.
    one_sign | = np.array([0.20201, 0.20201]) | Both your numbers have the same sign; the entries of
        delta2 sum to 0.
    """,
)
def worked_delta():
    p, y = np.array([0.584191, 0.415809]), np.array([1.0, 0.0])
    return (np.diag(p) - np.outer(p, p)) @ (p - y)


def tied_cases(rng):
    yield np.array([[1.0, 2.0]]), np.array([[0.5], [1.0]]), np.array([0.5]), np.array([1.0, -1.0])
    yield (  # a sum of exactly 0
        np.array([[1.0, 2.0], [2.0, 1.0]]),
        np.array([[0.5], [1.0]]),
        np.array([-2.5]),
        np.array([1.0, -1.0]),
    )
    for B, D, H in [(1, 3, 2), (2, 3, 4), (3, 2, 5), (4, 5, 3), (5, 4, 2)] * 4:
        yield normal(rng, B, D), normal(rng, D, H, scale=0.7), normal(rng, H), normal(rng, D)


def tied_by_loop(X, W, b, c):
    (B, D), H = X.shape, len(b)
    loss, dW, db, dc = 0.0, np.zeros((D, H)), np.zeros(H), np.zeros(D)
    for x in X:
        z = [sum(x[d] * W[d, h] for d in range(D)) + b[h] for h in range(H)]
        a = [max(v, 0.0) for v in z]
        e = [sum(a[h] * W[d, h] for h in range(H)) + c[d] - x[d] for d in range(D)]
        loss += sum(v * v for v in e) / (2 * B)
        for d in range(D):
            dc[d] += e[d] / B
            dW[d] += e[d] / B * np.array(a)  # the second use
        for h in range(H):
            back = (z[h] > 0) * sum(e[d] / B * W[d, h] for d in range(D))
            db[h] += back
            dW[:, h] += x * back  # the first use
    return loss, dW, db, dc


def tied_by_einsum(X, W, b, c):
    z = np.einsum("bd,dh->bh", X, W) + b
    a = np.where(z > 0, z, 0.0)
    e = np.einsum("bh,dh->bd", a, W) + c - X
    back = np.einsum("bd,dh->bh", e, W) * (z > 0)
    dW = np.einsum("bd,bh->dh", X, back) + np.einsum("bd,bh->dh", e, a)
    return np.mean(np.sum(e * e, axis=1)) / 2, dW / len(X), back.mean(0), e.mean(0)


@exercise(
    "mlp.tied_backward",
    trains="a new network: one weight used twice",
    kind="derive and code",
    task="""
    tied_backward(X, W, b, c) -> (loss, dW, db, dc): an autoencoder that writes its input again and
    uses one weight matrix twice. X (B, D), W (D, H), b (H,), c (D,). Forward: A = ReLU(X W + b),
    (B, H); Y = A W^T + c, (B, D). loss = mean over the B examples of 1/2 sum_d (Y - X)^2. Return
    the loss, a number, and its gradients with respect to W (D, H), b (H,) and c (D,). The slope of
    ReLU is 1 where its input is positive, else 0.
    """,
    shapes={"X": "B D", "W": "D H"},
    cases=tied_cases,
    outputs=("loss", "dW", "db", "dc"),
    variants=(tied_by_loop, tied_by_einsum),
    why="""
    A weight that is used twice gets the sum of the gradients of both uses. Recurrent networks use
    one matrix at every step, and convolutions one kernel at every place: the same rule.
    """,
    hints=(
        "Give W a second name where it is used the second time, derive both gradients, add them.",
        "E = (Y - X) / B;  second use: E^T A;  dA = E W, then through ReLU: Delta;  first use: "
        "X^T Delta.",
        "E = (...) / len(X)\nD1 = (E @ ...) * (Z > 0)\ndW = ... + ...\nreturn loss, dW, ..., ...",
    ),
    mistakes="""
    first_use | X.T @ D1 + E.T @ A -> X.T @ D1 |
        dW lacks the second use of W, in Y = A W^T + c: its gradient is added.
    second_use | X.T @ D1 + E.T @ A -> E.T @ A |
        dW lacks the first use of W, in A = ReLU(X W + b): its gradient is added.
    no_relu | (E @ W) * (Z > 0) -> E @ W | The slope of ReLU is missing on the way back.
    no_batch | E = (A @ W.T + c - X) / len(X) -> E = A @ W.T + c - X ;;
        len(X) * np.sum(E**2) / 2 -> np.sum(E**2) / 2 / len(X) |
        The gradients lack the division by B: the loss is a mean over the examples.
    mean_of_all | E = (A @ W.T + c - X) / len(X) -> E = (A @ W.T + c - X) / X.size ;;
        len(X) * np.sum(E**2) / 2 -> X.size * np.sum(E**2) / 2 |
        You divide by B D: the loss is a mean over examples, and a sum over the D numbers of each.
    no_half | len(X) * np.sum(E**2) / 2 -> len(X) * np.sum(E**2) |
        The loss has a factor 1/2; your gradients have it, your loss has not.
    twice | E = (A @ W.T + c - X) / len(X) -> E = 2 * (A @ W.T + c - X) / len(X) ;;
        len(X) * np.sum(E**2) / 2 -> len(X) * np.sum(E**2) / 8 |
        Your gradients are twice too large: the 1/2 of the loss takes away the 2 of the square.
    sign | E = (A @ W.T + c - X) / len(X) -> E = (X - A @ W.T - c) / len(X) |
        The sign is turned: Y - X, what is written minus what should be.
    db_sum | D1.sum(axis=0) -> D1.mean(axis=0) |
        db is divided by B a second time: the division is in the error already.
    """,
)
def tied_backward(X, W, b, c):
    Z = X @ W + b
    A = np.maximum(Z, 0)
    E = (A @ W.T + c - X) / len(X)
    loss = len(X) * np.sum(E**2) / 2
    D1 = (E @ W) * (Z > 0)
    return loss, X.T @ D1 + E.T @ A, D1.sum(axis=0), E.sum(axis=0)
