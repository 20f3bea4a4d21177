"""Regularisation: dropout, L1 and L2 penalties, soft thresholding."""

from typing import NamedTuple

import numpy as np

from byhand.shapes import expect
from byhand.validate import as_floats, as_rng, describe


class DropoutCache(NamedTuple):
    """What multiplied the input: 0 where dropped, 1 / (1 - p) where kept."""

    factor: np.ndarray


def dropout(x, mask, p):
    """Drop units by a given mask and scale the rest up, so that the mean stays (inverted dropout).

    out = x * mask / (1 - p) (Srivastava et al. 2014). For evaluation, do not call it.

    Arguments: x: (...). mask: the same shape, True or 1 where a unit is kept. p:
    probability of dropping. Returns out (...), cache. Raises ValueError if p is outside [0,
    1] or the shapes differ.
    """
    expect(x=(x, "..."))
    p = _as_probability(p)
    mask = np.asarray(mask)
    if mask.shape != x.shape:
        raise ValueError(f"mask: expected the shape of x, {x.shape}, got {mask.shape}")
    factor = mask.astype(x.dtype) * x.dtype.type(1 / (1 - p) if p < 1 else 0)
    return x * factor, DropoutCache(factor)


def dropout_backward(dout, cache):
    """Returns dx = dout * mask / (1 - p)."""
    return dout * cache.factor


def dropout_mask(rng, shape, p):
    """Draw a mask of booleans, each True (kept) with probability 1 - p, independently."""
    return as_rng("rng", rng).random(shape) >= _as_probability(p)


def random_dropout(rng, x, p):
    """Dropout with a fresh mask from `rng`. Returns out (...), cache for `dropout_backward`."""
    expect(x=(x, "..."))
    return dropout(x, dropout_mask(rng, x.shape, p), p)


class PenaltyCache(NamedTuple):
    """The parameters and the strength of a penalty."""

    params: object
    strength: float
    names: tuple | None


def l2(params, strength):
    """L2 penalty, strength / 2 * sum of w^2 over the weights, so that its gradient is strength * w.

    Arguments: params: an array, or a dict in which only the weights count:
    names whose last part begins with W.
    Returns penalty (), cache. Raises ValueError for a negative strength.
    """
    cache = _penalty_cache(params, strength)
    return strength / 2 * sum(np.sum(w**2) for w in _weights(cache)), cache


def l2_backward(dpenalty, cache):
    """Returns grads like params: dpenalty * strength * w; zero for parameters that do not count."""
    return _penalty_grads(cache, lambda w: dpenalty * cache.strength * w)


def l1(params, strength):
    """L1 penalty, strength * sum of |w| over the weights; arguments and returns as in `l2`."""
    cache = _penalty_cache(params, strength)
    return strength * sum(np.sum(np.abs(w)) for w in _weights(cache)), cache


def l1_backward(dpenalty, cache):
    """Returns grads like params: dpenalty * strength * sign(w), 0 at w = 0."""
    return _penalty_grads(cache, lambda w: dpenalty * cache.strength * np.sign(w))


def soft_threshold(w, threshold):
    """Return sign(w) max(|w| - threshold, 0): the exact L1 step, which sets small weights to 0.

    Arguments: w: array of any shape; threshold: at least 0, learning rate times strength.
    """
    w = as_floats("w", w)
    if not threshold >= 0:
        raise ValueError(f"threshold: expected at least 0, got {describe(threshold)}")
    return np.sign(w) * np.maximum(np.abs(w) - threshold, 0)


def _penalty_cache(params, strength):
    if isinstance(strength, bool) or not isinstance(strength, int | float | np.number):
        raise TypeError(f"strength: expected a number, got {describe(strength)}")
    if not strength >= 0:
        raise ValueError(f"strength: expected at least 0, got {strength}")
    if isinstance(params, np.ndarray):
        return PenaltyCache(params, strength, None)
    if not isinstance(params, dict):
        raise TypeError(f"params: expected an array or a dict of arrays, got {describe(params)}")
    return PenaltyCache(
        params, strength, tuple(name for name in params if name.rpartition(".")[2].startswith("W"))
    )


def _weights(cache):
    return [cache.params] if cache.names is None else [cache.params[name] for name in cache.names]


def _penalty_grads(cache, gradient):
    if cache.names is None:
        return gradient(cache.params)
    return {
        k: gradient(w) if k in cache.names else np.zeros_like(w) for k, w in cache.params.items()
    }


def _as_probability(p):
    if isinstance(p, bool) or not isinstance(p, int | float | np.number):
        raise TypeError(f"p: expected a probability from 0 to 1, got {describe(p)}")
    if not 0 <= p <= 1:
        raise ValueError(f"p: expected a probability from 0 to 1, got {p}")
    return float(p)
