"""Losses and their gradients. Each returns one number, the mean over all examples, and a cache.

Targets and labels take no gradient. The backward functions take dloss,
the gradient of what follows: 1 if the loss is the end.
"""

from typing import NamedTuple

import numpy as np

from byhand.activations import log_softmax
from byhand.shapes import expect
from byhand.validate import as_floats, as_labels, describe


class DifferenceCache(NamedTuple):
    """Prediction minus target."""

    e: np.ndarray


def mse(y, t):
    """Mean squared error, the mean of (y - t)^2 over all elements; no factor 1/2, as in torch.

    Arguments: y: predictions, t: targets, of one shape. Returns loss (), cache.
    """
    e = _difference(y, t)
    return np.mean(e**2), DifferenceCache(e)


def mse_backward(dloss, cache):
    """Returns dy = dloss * 2 (y - t) / n, n the number of elements."""
    e = cache.e
    return dloss * 2 * e / e.size


def mae(y, t):
    """Mean absolute error, the mean of |y - t| over all elements.

    Arguments: y: predictions, t: targets, of one shape. Returns loss (), cache.
    """
    e = _difference(y, t)
    return np.mean(np.abs(e)), DifferenceCache(e)


def mae_backward(dloss, cache):
    """Returns dy = dloss * sign(y - t) / n; where y = t the slope is set to 0."""
    e = cache.e
    return dloss * np.sign(e) / e.size


class HingeCache(NamedTuple):
    """Targets, and how far each score is inside the margin."""

    t: np.ndarray
    gap: np.ndarray


def hinge(s, t):
    """Hinge loss, the mean of max(0, 1 - t s).

    Arguments: s: scores (B,), t: labels -1 or +1 (B,). Returns loss (), cache.
    Raises ValueError for other labels, such as 0 and 1.
    """
    s = as_floats("s", s)
    t = as_floats("t", t).astype(s.dtype, copy=False)
    expect(s=(s, "B"), t=(t, "B"))
    if not (np.abs(t) == 1).all():
        raise ValueError(f"t: expected the labels -1 and +1, got {np.unique(t)[:5].tolist()}")
    gap = 1 - t * s  # (B,)
    return np.mean(np.maximum(gap, 0)), HingeCache(t, gap)


def hinge_backward(dloss, cache):
    """Returns ds = -dloss * t / B where t s < 1, else 0; shape (B,)."""
    t, gap = cache
    return -dloss * t * (gap > 0) / t.size


class CrossEntropyCache(NamedTuple):
    """Probabilities, target distributions, and the weight of each example in the mean."""

    p: np.ndarray  # (..., C)
    q: np.ndarray  # (..., C)
    share: np.ndarray  # (..., 1)


def cross_entropy(logits, labels, mask=None, smoothing=0.0):
    """Cross-entropy of integer labels from logits: the mean of -log softmax(logits)[label].

    Arguments:
        logits: scores (..., C), before any softmax.
        labels: whole numbers 0 .. C-1, shape (...); where mask is False any number will do.
        mask: booleans (...), True where the example counts (False for padding); None counts all.
        smoothing: eps of label smoothing, q = (1 - eps) onehot + eps / C
        (Szegedy et al. 2016); from 0 to 1.

    Returns loss (), cache. The mean is over the examples that count.
    Raises ValueError for other eps.
    """
    expect(logits=(logits, "... C"))
    if not 0 <= smoothing <= 1:
        raise ValueError(f"smoothing: expected a number from 0 to 1, got {smoothing!r}")
    counts = np.ones(logits.shape[:-1], bool) if mask is None else _as_mask(mask, logits.shape[:-1])
    if not counts.any():
        raise ValueError("mask: expected at least one example that counts, got none")
    labels = as_labels("labels", np.where(counts, labels, 0), logits.shape[:-1], logits.shape[-1])
    C = logits.shape[-1]
    log_p, (p,) = log_softmax(logits)  # (..., C)
    q = np.full(logits.shape, smoothing / C, logits.dtype)
    np.put_along_axis(q, labels[..., None], 1 - smoothing + smoothing / C, axis=-1)
    share = (counts / counts.sum()).astype(logits.dtype)[..., None]  # (..., 1)
    return -np.sum(share * q * log_p), CrossEntropyCache(p, q, share)


def cross_entropy_backward(dloss, cache):
    """Returns dlogits = dloss * (p - q) / n, n the number of examples that count;
    shape (..., C)."""
    p, q, share = cache
    return dloss * (p - q) * share


class DistributionsCache(NamedTuple):
    """Two distributions and the number of rows."""

    p: np.ndarray
    q: np.ndarray
    rows: int


def entropy(p):
    """Entropy in nats, the mean over rows of -sum_k p_k log p_k, with 0 log 0 = 0.

    Arguments: p: probabilities (..., C). Returns loss (), cache.
    """
    p = as_floats("p", p)
    rows = max(p[..., 0].size, 1)
    return -np.sum(p * _log(p)) / rows, DistributionsCache(p, p, rows)


def entropy_backward(dloss, cache):
    """Returns dp = -dloss * (log p + 1) / rows; where p = 0 (slope infinite) it is -1 / rows."""
    p, _, rows = cache
    return -dloss * (_log(p) + 1) / rows


def kl(p, q):
    """Kullback-Leibler divergence KL(p || q), the mean over rows of sum_k p_k log(p_k / q_k).

    Arguments: p, q: probabilities (..., C) of one shape. Returns loss (), cache;
    infinite where q = 0 < p.
    """
    p = as_floats("p", p)
    q = as_floats("q", q).astype(p.dtype, copy=False)
    _same_shape("q", q, "p", p)
    rows = max(p[..., 0].size, 1)
    with np.errstate(divide="ignore"):
        terms = np.where(p > 0, p * (_log(p) - np.log(np.where(p > 0, q, 1))), 0)
    return np.sum(terms) / rows, DistributionsCache(p, q, rows)


def kl_backward(dloss, cache):
    """Returns dp = dloss * (log(p / q) + 1) / rows and dq = -dloss * p / q / rows.

    Where p = 0, dq is 0, also where q = 0: the term p log(p / q) is then 0 for every q.
    """
    p, q, rows = cache
    with np.errstate(divide="ignore"):
        ratio = np.divide(p, q, out=np.zeros_like(p), where=p > 0)  # infinite where q = 0 < p
    return dloss * (_log(p) - _log(q) + 1) / rows, -dloss * ratio / rows


def _log(p):
    return np.log(np.where(p > 0, p, 1))


def _difference(y, t):
    y = as_floats("y", y)
    t = as_floats("t", t).astype(y.dtype, copy=False)
    _same_shape("t", t, "y", y)  # (B, 1) - (B,) would silently be (B, B)
    return y - t


def _same_shape(name, array, other, model):
    if array.shape != model.shape:
        raise ValueError(f"{name}: expected the shape of {other}, {model.shape}, got {array.shape}")


def _as_mask(mask, shape):
    mask = np.asarray(mask)
    if mask.dtype != bool:
        raise TypeError(
            f"mask: expected booleans, True where an example counts, got {describe(mask)}"
        )
    if mask.shape != shape:
        raise ValueError(f"mask: expected shape {shape}, got {mask.shape}")
    return mask
