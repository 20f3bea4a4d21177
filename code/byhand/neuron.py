"""One neuron, and the perceptron rule that lets it learn (McCulloch &
Pitts 1943; Rosenblatt 1958)."""

from typing import NamedTuple

import numpy as np

from byhand.validate import as_array, as_count


def step(z):
    """The step activation: 1 where z > 0, else 0 (a score of exactly 0
    does not fire).

    Takes an array of any shape; returns floats of the same shape.
    """
    return (np.asarray(z) > 0).astype(float)


class ScoreCache(NamedTuple):
    """What `score_backward` needs again."""

    params: dict
    X: np.ndarray


def score(params, X):
    """Weighted sum of a batch, z = X w + b.

    Arguments: `params` with "w" (D,) and "b" (); X (B, D).
    Returns: z (B,) and the cache.
    """
    w, b = params["w"], params["b"]
    z = X @ w + b  # (B,)
    return z, ScoreCache(params, X)


def score_backward(dz, cache):
    """Backward of `score`: from dz (B,) to the gradients of w, b and X."""
    params, X = cache
    dw = X.T @ dz  # (D,)  one path for each example: they add up
    db = dz.sum()  # ()
    dX = np.outer(dz, params["w"])  # (B, D)
    return {"w": dw, "b": db}, dX


def neuron(params, X):
    """A neuron on a batch: a = step(X w + b). X (B, D); returns a (B,),
    zeros and ones."""
    z, _ = score(params, X)
    return step(z)


class CriterionCache(NamedTuple):
    """What `criterion_backward` needs again."""

    z: np.ndarray
    y: np.ndarray


def criterion(z, y):
    """The perceptron criterion, L = sum over the batch of max(0, -y z):
    the scores on the wrong side.

    Arguments: z (B,) scores; y (B,) labels, -1 or +1.
    Returns: L and the cache. Source: Rosenblatt's rule is its subgradient step
    (Bishop 2006, eq. 4.54).
    """
    loss = np.maximum(0, -y * z).sum()  # ()
    return loss, CriterionCache(z, y)


def criterion_backward(dloss, cache):
    """Backward of `criterion`: dL/dz (B,), and None for the labels.

    At the kink z = 0 we choose -y, not 0: a point on the boundary counts
    as wrong.
    """
    z, y = cache
    dz = dloss * np.where(y * z <= 0, -y, 0.0)  # (B,)
    return dz, None


def perceptron_step(w, b, x, y):
    """One step of the perceptron rule: if y (w.x + b) <= 0,
    add y x to w and y to b.

    Arguments: w (D,) weights; b () bias; x (D,) one example; y its label,
    -1 or +1.
    Returns: the new w and b; the arguments stay as they are.
    """
    z = w @ x + b
    if y * z <= 0:  # wrong side, or on the boundary
        w = w + y * x
        b = b + y
    return w, b


class PerceptronRun(NamedTuple):
    """What `train_perceptron` returns: the last weights and how they came
    about."""

    w: np.ndarray  # (D,) weights after the last epoch
    b: float  # bias after the last epoch
    mistakes: list  # mistakes in each epoch; the last is 0 if the run converged
    path: list  # (index of the example, w, b) after each update
    epochs: list  # (w, b) at the end of each epoch


def train_perceptron(X, y, epochs=100, rng=None):
    """Go through the examples again and again with the perceptron rule,
    until an epoch has no mistake.

    Arguments:
        X: (B, D) examples. y: (B,) labels, each -1 or +1.
        epochs: stop after this many passes at the latest.
        rng: a Generator to visit the examples in a new random order in
        each epoch; None keeps their order.

    Returns a PerceptronRun. Raises TypeError or ValueError naming the argument
    that does not fit.
    """
    X = as_array("X", X, ("B", "D")).astype(float)
    y = as_labels(y, len(X))
    w, b = np.zeros(X.shape[1]), 0.0
    run = PerceptronRun(w, b, [], [], [])
    for _ in range(as_count("epochs", epochs)):
        mistakes = 0
        for i in range(len(X)) if rng is None else rng.permutation(len(X)):
            new_w, new_b = perceptron_step(w, b, X[i], y[i])
            # the rule returns w itself when the example was right
            if new_w is not w:
                w, b, mistakes = new_w, new_b, mistakes + 1
                run.path.append((int(i), w, b))
        run.mistakes.append(mistakes)
        run.epochs.append((w, b))
        if mistakes == 0:
            break
    return run._replace(w=w, b=b)


def as_labels(y, size):
    """Return y as floats (B,), after a check that each label is -1 or +1."""
    y = as_array("y", y, (size,)).astype(float)
    if not np.isin(y, (-1, 1)).all():
        raise ValueError(
            f"y: expected labels -1 and +1, got the values {np.unique(y)[:5]}"
        )
    return y


def mistake_bound(X, y, w, b):
    """The most updates the perceptron rule can make:
    (R / gamma)^2 (Novikoff 1962).

    R is the length of the longest example and gamma the smallest distance
    of an example to the plane of (w, b), both measured with the constant input
    1 appended to x, as the bias is a weight like others.

    Arguments: X (B, D); y (B,) labels -1 or +1;
    any w (D,) and b () that put every example on its side.
    Returns: bound, R, gamma. Raises ValueError if (w,
    b) does not separate the examples.
    """
    X1 = np.column_stack([X, np.ones(len(X))])  # (B, D + 1)
    v = np.append(w, b)  # (D + 1,)
    R = np.linalg.norm(X1, axis=1).max()
    gamma = (y * (X1 @ v)).min() / np.linalg.norm(v)
    if not gamma > 0:
        raise ValueError(
            "w, b: expected a plane that separates the examples, got a margin "
            f"of {gamma:.3g}"
        )
    return (R / gamma) ** 2, R, gamma


def is_separable(X, y):
    """Decide by linear programming whether some plane has each example
    strictly on its side.

    Looks for the largest t with y (X w + b) >= t for every example and all
    weights between -1 and 1. There is such a plane exactly if t is above 0.

    Arguments: X (B, D); y (B,) labels -1 or +1. Returns True or False.
    """
    from scipy.optimize import linprog  # slow to import, and only needed here

    ones = np.ones((len(X), 1))
    # unknowns: w, b, t; each row says t - y (x.w + b) <= 0
    rows = np.column_stack([-y[:, None] * np.column_stack([X, ones]), ones])
    limits = [(-1, 1)] * (X.shape[1] + 1) + [(0, 1)]
    goal = np.append(np.zeros(X.shape[1] + 1), -1)  # minimise -t
    answer = linprog(goal, A_ub=rows, b_ub=np.zeros(len(X)), bounds=limits)
    if answer.status != 0:
        raise RuntimeError(
            f"the linear program was not decided: {answer.message}"
        )
    return bool(-answer.fun > 1e-6)
