"""Regularisation: dropout, L1 and L2 penalties, soft thresholding."""

from typing import NamedTuple

import numpy as np

from byhand.shapes import shapes
from byhand.validate import as_floats, as_rng, checked, describe


def as_probability(name, value):
    """Return `value` as a float from 0 to 1, or raise naming the argument."""
    if isinstance(value, bool) or not isinstance(
        value, int | float | np.number
    ):
        raise TypeError(
            f"{name}: expected a probability from 0 to 1, got {describe(value)}"
        )
    if not 0 <= value <= 1:
        raise ValueError(
            f"{name}: expected a probability from 0 to 1, got {value}"
        )
    return float(value)


class DropoutCache(NamedTuple):
    """What multiplied the input: 0 where dropped, 1 / (1 - p) where kept."""

    factor: np.ndarray


def mask_of_same_shape(x, mask, p):
    """The mask as an array; raise unless it has the shape of x."""
    mask = np.asarray(mask)
    if mask.shape != x.shape:
        raise ValueError(
            f"mask: expected the shape of x, {x.shape}, got {mask.shape}"
        )
    return {"mask": mask}


@shapes(x="...")
@checked(mask_of_same_shape, p=as_probability)
def dropout(x, mask, p):
    """Drop units by a given mask and scale the rest up,
    so that the mean stays (inverted dropout).

    out = x * mask / (1 - p) (Srivastava et al. 2014). For evaluation,
    do not call it.

    Arguments: x: (...). mask: the same shape,
    True or 1 where a unit is kept. p: probability of dropping. Returns out
    (...), cache. Raises ValueError if p is outside [0, 1] or the shapes differ.
    """
    factor = mask.astype(x.dtype) * (1 / (1 - p) if p < 1 else 0)
    return x * factor, DropoutCache(factor)


def dropout_backward(dout, cache):
    """Returns dx = dout * mask / (1 - p)."""
    return dout * cache.factor


@checked(rng=as_rng, p=as_probability)
def dropout_mask(rng, shape, p):
    """Draw a mask of booleans, each True (kept) with probability 1 - p,
    independently."""
    return rng.random(shape) >= p


@shapes(x="...")
def random_dropout(rng, x, p):
    """Dropout with a fresh mask from `rng`. Returns out (...),
    cache for `dropout_backward`."""
    return dropout(x, dropout_mask(rng, x.shape, p), p)


def params_and_strength(params, strength):
    """Raise unless params is an array or a dict of arrays and strength a number
    of at least 0."""
    if isinstance(strength, bool) or not isinstance(
        strength, int | float | np.number
    ):
        raise TypeError(
            f"strength: expected a number, got {describe(strength)}"
        )
    if not strength >= 0:
        raise ValueError(f"strength: expected at least 0, got {strength}")
    if not isinstance(params, np.ndarray | dict):
        raise TypeError(
            "params: expected an array or a dict of arrays, got "
            f"{describe(params)}"
        )


class PenaltyCache(NamedTuple):
    """The parameters and the strength of a penalty."""

    params: object
    strength: float


def is_weight(name):
    """Penalties count parameters whose name's last part begins with W,
    such as "head.0.W"."""
    return name.rpartition(".")[2].startswith("W")


def weights(params):
    """The arrays that a penalty counts: a single array,
    or the weights of a dict."""
    if not isinstance(params, dict):
        return [params]
    return [w for name, w in params.items() if is_weight(name)]


def for_weights(f, params):
    """f of each array that a penalty counts, zeros for the others;
    like params."""
    if not isinstance(params, dict):
        return f(params)
    return {
        name: f(w) if is_weight(name) else np.zeros_like(w)
        for name, w in params.items()
    }


@checked(params_and_strength)
def l2(params, strength):
    """L2 penalty, strength / 2 * sum of w^2 over the weights,
    so that its gradient is strength * w.

    Arguments: params: an array, or a dict in which only the weights count:
    names whose last part begins with W.
    Returns penalty (), cache. Raises ValueError for a negative strength.
    """
    penalty = strength / 2 * sum(np.sum(w**2) for w in weights(params))
    return penalty, PenaltyCache(params, strength)


def l2_backward(dpenalty, cache):
    """Returns grads like params: dpenalty * strength * w;
    zero for parameters that do not count."""
    params, strength = cache
    return for_weights(lambda w: dpenalty * strength * w, params)


@checked(params_and_strength)
def l1(params, strength):
    """L1 penalty, strength * sum of |w| over the weights;
    arguments and returns as in `l2`."""
    penalty = strength * sum(np.sum(np.abs(w)) for w in weights(params))
    return penalty, PenaltyCache(params, strength)


def l1_backward(dpenalty, cache):
    """Returns grads like params: dpenalty * strength * sign(w), 0 at w = 0."""
    params, strength = cache
    return for_weights(lambda w: dpenalty * strength * np.sign(w), params)


def as_threshold(name, value):
    """Return `value`; raise ValueError unless it is at least 0."""
    if not value >= 0:
        raise ValueError(f"{name}: expected at least 0, got {describe(value)}")
    return value


@checked(w=as_floats, threshold=as_threshold)
def soft_threshold(w, threshold):
    """Return sign(w) max(|w| - threshold, 0): the exact L1 step,
    which sets small weights to 0.

    Arguments: w: array of any shape; threshold: at least 0,
    learning rate times strength.
    """
    return np.sign(w) * np.maximum(np.abs(w) - threshold, 0)
