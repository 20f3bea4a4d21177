"""Losses and their gradients. Each returns one number,
the mean over all examples, and a cache.

Targets and labels take no gradient. The backward functions take dloss,
the gradient of what follows: 1 if the loss is the end.
"""

from typing import NamedTuple

import numpy as np

from byhand.activations import log_softmax
from byhand.shapes import expect, shapes
from byhand.validate import as_floats, as_labels, as_mask, checked


def same_shape(**pair):
    """Two arrays as floats of one precision;
    raise unless they have one shape."""
    (name, a), (other, b) = (
        (name, as_floats(name, value)) for name, value in pair.items()
    )
    if a.shape != b.shape:  # (B, 1) - (B,) would silently be (B, B)
        raise ValueError(
            f"{other}: expected the shape of {name}, {a.shape}, got {b.shape}"
        )
    return {name: a, other: b.astype(a.dtype, copy=False)}


class DifferenceCache(NamedTuple):
    """Prediction minus target."""

    e: np.ndarray


@checked(same_shape)
def mse(z, y):
    """Mean squared error, the mean of (z - y)^2 over all elements;
    no factor 1/2, as in torch.

    Arguments: z: predictions, y: labels, of one shape. Returns loss (), cache.
    """
    e = z - y
    return np.mean(e**2), DifferenceCache(e)


def mse_backward(dloss, cache):
    """Returns dz = dloss * 2 (z - y) / n, n the number of elements."""
    e = cache.e
    return dloss * 2 * e / e.size


@checked(same_shape)
def mae(z, y):
    """Mean absolute error, the mean of |z - y| over all elements.

    Arguments: z: predictions, y: labels, of one shape. Returns loss (), cache.
    """
    e = z - y
    return np.mean(np.abs(e)), DifferenceCache(e)


def mae_backward(dloss, cache):
    """Returns dz = dloss * sign(z - y) / n; where z = y the slope is set
    to 0."""
    e = cache.e
    return dloss * np.sign(e) / e.size


def plus_or_minus(z, y):
    """Scores and their labels, both (B,); raise for labels other than -1
    and +1."""
    z = as_floats("z", z)
    y = as_floats("y", y).astype(z.dtype, copy=False)
    expect(z=(z, "B"), y=(y, "B"))
    if not (np.abs(y) == 1).all():
        raise ValueError(
            f"y: expected the labels -1 and +1, got {np.unique(y)[:5].tolist()}"
        )
    return {"z": z, "y": y}


class HingeCache(NamedTuple):
    """Targets, and how far each score is inside the margin."""

    y: np.ndarray
    gap: np.ndarray


@checked(plus_or_minus)
def hinge(z, y):
    """Hinge loss, the mean of max(0, 1 - y z).

    Arguments: z: scores (B,), y: labels -1 or +1 (B,). Returns loss (), cache.
    Raises ValueError for other labels, such as 0 and 1.
    """
    gap = 1 - y * z  # (B,)
    return np.mean(np.maximum(gap, 0)), HingeCache(y, gap)


def hinge_backward(dloss, cache):
    """Returns dz = -dloss * y / B where y z < 1, else 0; shape (B,)."""
    y, gap = cache
    return -dloss * y * (gap > 0) / y.size


def examples_that_count(logits, labels, mask=None, smoothing=0.0):
    """The mask, all True if there is none, and the labels,
    0 where it is False; or raise."""
    if not 0 <= smoothing <= 1:
        raise ValueError(
            f"smoothing: expected a number from 0 to 1, got {smoothing!r}"
        )
    shape, C = logits.shape[:-1], logits.shape[-1]
    mask = np.ones(shape, bool) if mask is None else as_mask("mask", mask)
    if mask.shape != shape:
        raise ValueError(f"mask: expected shape {shape}, got {mask.shape}")
    if not mask.any():
        raise ValueError(
            "mask: expected at least one example that counts, got none"
        )
    return {
        "mask": mask,
        "labels": as_labels("labels", np.where(mask, labels, 0), shape, C),
    }


class CrossEntropyCache(NamedTuple):
    """Probabilities, target distributions, and the weight of each example
    in the mean."""

    p: np.ndarray  # (..., C)
    q: np.ndarray  # (..., C)
    weight: np.ndarray  # (..., 1)


@shapes(logits="... C")
@checked(examples_that_count)
def cross_entropy(logits, labels, mask=None, smoothing=0.0):
    """Cross-entropy of integer labels from logits:
    the mean of -log softmax(logits)[label].

    Arguments:
        logits: scores (..., C), before any softmax.
        labels: whole numbers 0 .. C-1, shape (...);
        where mask is False any number will do.
        mask: booleans (...), True where the example counts; None counts all.
        smoothing: eps of label smoothing (Szegedy et al. 2016), from 0 to 1.

    Returns loss (), cache. The mean is over the examples that count.
    """
    C = logits.shape[-1]
    log_p, (p,) = log_softmax(logits)  # (..., C)
    one_hot = np.eye(C, dtype=logits.dtype)[labels]  # (..., C)
    q = (1 - smoothing) * one_hot + smoothing / C
    weight = (mask / mask.sum()).astype(logits.dtype)[..., None]  # (..., 1)
    return -np.sum(weight * q * log_p), CrossEntropyCache(p, q, weight)


def cross_entropy_backward(dloss, cache):
    """Returns dlogits = dloss * (p - q) / n,
    n the number of examples that count; shape (..., C)."""
    p, q, weight = cache
    return dloss * (p - q) * weight


class DistributionsCache(NamedTuple):
    """Two distributions and the number of rows."""

    q: np.ndarray
    p: np.ndarray
    rows: int


def safe_log(p):
    """Return log p, and 0 where p = 0, so that 0 log 0 = 0."""
    return np.log(np.where(p > 0, p, 1))


@checked(p=as_floats)
def entropy(p):
    """Return the entropy in nats, the mean over rows of -sum_k p_k log p_k;
    p (..., C)."""
    return -np.sum(p * safe_log(p)) / max(p[..., 0].size, 1)


@checked(same_shape)
def kl(q, p):
    """Kullback-Leibler divergence KL(q || p),
    the mean over rows of sum_k p_k log(p_k / q_k).

    Arguments: q, p: probabilities (..., C) of one shape. Returns loss (),
    cache; infinite where p = 0 < q.
    """
    rows = max(q[..., 0].size, 1)
    with np.errstate(divide="ignore"):
        terms = np.where(
            q > 0, q * (safe_log(q) - np.log(np.where(q > 0, p, 1))), 0
        )
    return np.sum(terms) / rows, DistributionsCache(q, p, rows)


def kl_backward(dloss, cache):
    """Returns dq = dloss * (log(q / p) + 1) / rows and dp = -dloss * q /
    p / rows.

    Where q = 0, dp is 0, also where p = 0: the term q log(q / p) is then
    0 for every p.
    """
    q, p, rows = cache
    with np.errstate(divide="ignore"):
        # infinite where p = 0 < q
        ratio = np.divide(q, p, out=np.zeros_like(q), where=q > 0)
    return dloss * (safe_log(q) - safe_log(p) + 1) / rows, -dloss * ratio / rows
