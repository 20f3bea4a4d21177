"""Hard attention: one key is drawn, not all averaged;
its gradient is estimated (Williams 1992)."""

import numpy as np

from byhand.activations import softmax
from byhand.shapes import expect


def expected_loss(scores, losses):
    """J = sum_s p_s L_s with p = softmax(scores):
    what hard attention costs on average.

    Arguments: scores (S,), losses (S,): the loss if key s is drawn.
    Returns J (), and its exact gradient dJ/dscores = p (L - J),
    (S,). Needs the loss of every key.
    """
    expect(scores=(scores, "S"), losses=(losses, "S"))
    p, _ = softmax(scores)
    J = p @ losses
    return J, p * (losses - J)


def reinforce(scores, losses, drawn, baseline=0.0):
    """Estimates of dJ/dscores from drawn keys:
    (L_s - baseline) (onehot_s - p). Uses the drawn losses only.

    Arguments: scores (S,), losses (S,), drawn: whole numbers (n,), baseline:
    a number, or one per draw (n,). Returns estimates (n, S);
    their mean is exact for every baseline that does not depend on the draw.
    """
    p, _ = softmax(scores)
    onehot = np.eye(len(p))[drawn]  # (n, S)
    gain = losses[drawn] - baseline  # (n,)
    return gain[:, None] * (onehot - p)


def reinforce_moments(scores, losses, baseline=0.0):
    """Mean (S,) and total variance () of one estimate, exactly,
    by going through all S draws."""
    p, _ = softmax(scores)
    each = reinforce(scores, losses, np.arange(len(p)), baseline)  # (S, S)
    mean = p @ each
    return mean, float(p @ np.sum((each - mean) ** 2, axis=1))


def best_baseline(scores, losses):
    """The constant that makes the variance smallest:
    mean of L |onehot - p|^2 over mean of |onehot - p|^2."""
    p, _ = softmax(scores)
    size = np.sum((np.eye(len(p)) - p) ** 2, axis=1)  # (S,)
    return float((p * size) @ losses / (p @ size))
