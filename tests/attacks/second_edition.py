"""Wrong and right answers to the exercises that came with the second edition of chapters 2 to 5."""

import numpy as np

from attacks.table import right, soft, wrong

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
