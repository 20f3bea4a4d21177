"""Wrong and right answers to the exercises that came with the second edition of chapters 1 to 6."""

import numpy as np

from attacks.table import right, soft, values, wrong

TIED = "mlp.tied_backward"


def tied(X, W, b, c):
    """Loss, error, hidden sums and values of the autoencoder."""
    z = X @ W + b
    a = z * (z > 0)
    error = a @ W.T + c - X
    return 0.5 * (error**2).sum(axis=1).mean(), error, z, a


@right(TIED)
def tied_two_names(X, W, b, c):
    loss, error, z, a = tied(X, W, b, c)
    out = error / X.shape[0]
    used_last = (a.T @ out).T
    hidden = np.where(z > 0, out @ W, 0.0)
    return loss, used_last + X.T @ hidden, hidden.sum(0), out.sum(0)


@wrong(TIED, "forgotten", "second use|last of|used twice|both uses")
def tied_only_encoder(X, W, b, c):
    loss, error, z, a = tied(X, W, b, c)
    hidden = (error @ W) * (z > 0) / len(X)
    return loss, X.T @ hidden, hidden.sum(axis=0), error.mean(axis=0)


@wrong(TIED, "forgotten", "first use")
def tied_only_decoder(X, W, b, c):
    loss, error, z, a = tied(X, W, b, c)
    hidden = (error @ W) * (z > 0) / len(X)
    return loss, error.T @ a / len(X), hidden.sum(axis=0), error.mean(axis=0)


@wrong(TIED, "forgotten", "ReLU")
def tied_linear_back(X, W, b, c):
    loss, error, z, a = tied(X, W, b, c)
    hidden = error @ W / len(X)
    return loss, X.T @ hidden + error.T @ a / len(X), hidden.sum(axis=0), error.mean(axis=0)


@wrong(TIED, "factor", "division by B|number of examples|mean")
def tied_sum_of_examples(X, W, b, c):
    loss, error, z, a = tied(X, W, b, c)
    hidden = (error @ W) * (z > 0)
    return loss, X.T @ hidden + error.T @ a, hidden.sum(axis=0), error.sum(axis=0)


@right("optimisation.warm_cosine")
def two_pieces(k, steps, warm):
    if warm and k <= warm:
        return k / warm
    left = (steps - k) / (steps - warm)
    return (1 - np.cos(np.pi * left)) / 2


@wrong("optimisation.warm_cosine", "forgotten", "warm-up")
def only_a_cosine(k, steps, warm):
    return np.cos(np.pi * k / (2 * steps)) ** 2


@wrong("optimisation.warm_cosine", "misread", "straight line")
def triangle(k, steps, warm):
    return k / warm if k < warm else (steps - k) / (steps - warm)


@wrong("optimisation.warm_cosine", "shift", "warm")
def cosine_from_zero(k, steps, warm):
    return k / warm if k < warm else np.cos(np.pi * k / (2 * steps)) ** 2


@right("optimisation.shrink_factor")
def power_of_companion(H, lr, mu):
    D = len(H)
    step = np.zeros((2 * D, 2 * D))  # (w, v) -> (w - lr (mu v + H w), mu v + H w)
    step[:D, :D], step[:D, D:] = np.eye(D) - lr * H, -lr * mu * np.eye(D)
    step[D:, :D], step[D:, D:] = H, mu * np.eye(D)
    return max(abs(np.linalg.eigvals(step)))


@wrong("optimisation.shrink_factor", "forgotten", "mu is missing|plain gradient")
def plain_descent(H, lr, mu):
    return max(abs(1 - lr * v) for v in np.linalg.eigvalsh(H))


@wrong("optimisation.shrink_factor", "forgotten", "complex")
def real_roots(H, lr, mu):
    half = (1 + mu - lr * np.linalg.eigvalsh(H)) / 2
    root = np.sqrt(half**2 - mu)
    return max(max(abs(half + root)), max(abs(half - root)))


@wrong("optimisation.shrink_factor", "misread", "root of mu|floor")
def always_the_floor(H, lr, mu):
    return mu**0.5


@right("activations_and_losses.temperature")
def bisection(z, y):
    z = z - z.max(axis=1, keepdims=True)
    low, high = -8.0, 8.0
    for _ in range(80):
        u = (low + high) / 2
        p = soft(z / np.exp(u))
        surplus = (p * z).sum(axis=1).mean() - z[np.arange(len(y)), y].mean()
        low, high = (u, high) if surplus > 0 else (low, u)
    return np.exp(u)


@wrong("activations_and_losses.temperature", "convention", "1 / tau|multiplies")
def beta(z, y):
    return 1 / bisection(z, y)


@wrong("activations_and_losses.temperature", "convention", "ln tau|log")
def log_of_tau(z, y):
    return np.log(bisection(z, y))


@wrong("activations_and_losses.temperature", "constant", "")
def untouched(z, y):
    return 1.0


PATHS = "neuron.two_paths"
EPOCH = "neuron.multiclass_epoch"


values(
    PATHS,
    ((2, 2), "forgotten", "over p"),
    (np.array([5.0, 8.0]), "order", "Asked for is|df/dx, df/dy"),
    ((12, 6), "misread", "multiply the two paths"),
)


@right(EPOCH)
def epoch_with_one_hot_rows(W, b, X, y):
    V = np.vstack([W, b]).astype(float)
    wrong_ones = 0
    for i in range(len(X)):
        row = np.append(X[i], 1.0)
        k = int(np.argmax(row @ V))
        target = np.eye(V.shape[1])[y[i]] - np.eye(V.shape[1])[k]
        V, wrong_ones = V + np.outer(row, target), wrong_ones + (k != y[i])
    return V[:-1], V[-1], wrong_ones


@wrong(EPOCH, "forgotten", "meet|before the epoch|weights from before")
def epoch_at_once(W, b, X, y):
    k = (X @ W + b).argmax(axis=1)
    change = np.eye(W.shape[1])[y] - np.eye(W.shape[1])[k]
    return W + X.T @ change, b + change.sum(axis=0), (k != y).sum()


@wrong(EPOCH, "forgotten", "bias")
def epoch_without_bias(W, b, X, y):
    W, count = W.copy(), 0
    for x, label in zip(X, y, strict=True):
        k = (x @ W + b).argmax()
        if k != label:
            W[:, label] += x
            W[:, k] -= x
            count += 1
    return W, b, count


@wrong(EPOCH, "misread", "winner")
def epoch_only_the_label(W, b, X, y):
    W, b, count = W.copy(), b.copy(), 0
    for x, label in zip(X, y, strict=True):
        if (x @ W + b).argmax() != label:
            W[:, label] += x
            b[label] += 1
            count += 1
    return W, b, count


ALONG = "autodiff.gradient_along"


def forward_and_back(x, tape, v, second=True):
    """Values with rates, then gradients with rates, as pairs."""
    pairs = [(a, d) for a, d in zip(x, v, strict=True)]
    for kind, i, j in tape:
        (a, da), (b, db) = pairs[i], pairs[j]
        if kind == "mul":
            pairs.append((a * b, da * b + a * db))
        else:
            sign = {"add": 1, "sub": -1}[kind]
            pairs.append((a + sign * b, da + sign * db))
    back = [[0.0, 0.0] for _ in pairs]
    back[-1][0] = 1.0
    for k in range(len(tape) - 1, -1, -1):
        kind, i, j = tape[k]
        g, r = back[len(x) + k]
        shares = {"add": ((1, 0), (1, 0)), "sub": ((1, 0), (-1, 0))}.get(kind)
        for place, (slope, rate) in zip((i, j), shares or (pairs[j], pairs[i]), strict=True):
            back[place][0] += g * slope
            back[place][1] += r * slope + g * rate * second
    return np.array(back[: len(x)])


@right(ALONG)
def along_by_pairs(x, tape, v):
    return forward_and_back(x, tape, v)[:, 1]


@wrong(ALONG, "misread", "gradient\\s+itself")
def along_gives_the_gradient(x, tape, v):
    return forward_and_back(x, tape, v)[:, 0]


@wrong(ALONG, "forgotten", "values of a product|second part")
def along_with_frozen_values(x, tape, v):
    return forward_and_back(x, tape, v, second=False)[:, 1]


FOLDS = "generalisation.cross_validate"


def folds(X, y, fold, k, choose_on=None, mean_over_folds=False):
    shares, sizes = [], []
    for number in set(fold.tolist()):
        out, rest = fold == number, fold != number
        low, high = X[rest & (y == -1)].mean(axis=0), X[rest & (y == 1)].mean(axis=0)
        gap = abs(high - low)
        if choose_on is not None:
            gap = abs(X[y == 1].mean(axis=0) - X[y == -1].mean(axis=0))
        keep = np.argsort(-gap)[:k]
        near = [((X[out][:, keep] - m[keep]) ** 2).sum(axis=1) for m in (low, high)]
        said = np.where(near[1] < near[0], 1, -1)
        shares.append((said == y[out]).mean())
        sizes.append(out.sum())
    return np.mean(shares) if mean_over_folds else np.average(shares, weights=sizes)


@right(FOLDS)
def folds_weighted(X, y, fold, k):
    return folds(X, y, fold, k)


@wrong(FOLDS, "misread", "leak")
def folds_choose_first(X, y, fold, k):
    return folds(X, y, fold, k, choose_on="all")


@wrong(FOLDS, "factor", "differ in size|average")
def folds_mean_of_means(X, y, fold, k):
    return folds(X, y, fold, k, mean_over_folds=True)


NOTHING = "attention.or_nothing"


def with_nothing(E, V):
    """Weights of the records beside an empty one, and the answer."""
    top = np.maximum(E.max(axis=1), 0)[:, None]
    A = np.exp(E - top)
    A = A / (A.sum(axis=1)[:, None] + np.exp(-top))
    return A, A @ V


@right(NOTHING)
def nothing_by_einsum(E, V, dO):
    A, O = with_nothing(E, V)
    difference = V[None] - O[:, None]
    return O, A * np.einsum("td,tsd->ts", dO, difference), np.einsum("ts,td->sd", A, dO)


@wrong(NOTHING, "forgotten", "empty record")
def nothing_is_forgotten(E, V, dO):
    A = soft(E)
    O = A @ V
    return O, A * (dO @ V.T - np.sum(dO * O, axis=1)[:, None]), A.T @ dO


@wrong(NOTHING, "forgotten", "mixture|compared")
def nothing_without_mixture(E, V, dO):
    A, O = with_nothing(E, V)
    return O, A * (dO @ V.T), A.T @ dO


@wrong(NOTHING, "unstable", "largest|overflow")
def nothing_unshifted(E, V, dO):
    A = np.exp(E)
    A = A / (1 + A.sum(axis=1, keepdims=True))
    O = A @ V
    return O, A * (dO @ V.T - (dO * O).sum(axis=1, keepdims=True)), A.T @ dO


@wrong(NOTHING, "forgotten", "empty record")
def nothing_missing_on_the_way_back(E, V, dO):
    _, O = with_nothing(E, V)
    P = soft(E)
    dA = dO @ V.T
    return O, P * (dA - (P * dA).sum(axis=1, keepdims=True)), with_nothing(E, V)[0].T @ dO


@wrong(NOTHING, "sign", "sign")
def nothing_pushed_the_wrong_way(E, V, dO):
    A, O = with_nothing(E, V)
    return O, A * ((dO * O).sum(axis=1)[:, None] - dO @ V.T), A.T @ dO


@wrong(NOTHING, "axis", "each query")
def nothing_with_one_mean(E, V, dO):
    A, O = with_nothing(E, V)
    return O, A * (dO @ V.T - np.vdot(dO, O)), A.T @ dO


@wrong(NOTHING, "misread", "factor|paths")
def nothing_with_the_slope_of_a_sigmoid(E, V, dO):
    A, O = with_nothing(E, V)
    dA = dO @ V.T
    return O, A * (1 - A) * (dA - (dO * O).sum(axis=1, keepdims=True)), A.T @ dO


values(
    "attention.lines",
    (1, "misread", "own sum"),
    (2, "misread", "weight is 0"),
    (4, "misread", "cancels"),
    (5, "misread", "variance"),
)
