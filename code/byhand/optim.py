"""Optimisers as pure functions: `params, state = adam_step(params, grads,
state)`. Nothing changes in place.

`params` and `grads` are flat dicts of arrays with the same names,
or single arrays. The first call gives state=None; each call gives back the state for the next.
"""

from typing import NamedTuple

import numpy as np

from byhand.validate import describe


def sgd_step(params, grads, state=None, lr=0.1):
    """Gradient descent: w <- w - lr g.

    Arguments: params, grads: dicts of arrays, or arrays; state: not used (None); lr: learning rate.
    Returns params, None. Raises TypeError or ValueError if grads does not fit params.
    """
    _check(params, grads, lr=lr)
    return _map(lambda w, g: w - lr * g, params, grads), None


class MomentumState(NamedTuple):
    """The velocity of every parameter."""

    v: object


def momentum_step(params, grads, state=None, lr=0.01, mu=0.9):
    """Momentum (Polyak 1964): v <- mu v + g, w <- w - lr v. The velocity is a sum, not an average.

    Arguments: params, grads, lr as in `sgd_step`; state: MomentumState or None; mu:
    how much velocity is kept.
    Returns params, state.
    """
    _check(params, grads, lr=lr)
    v = _map(lambda v, g: mu * v + g, state.v if state else _zeros(params), grads)
    return _map(lambda w, v: w - lr * v, params, v), MomentumState(v)


def nesterov_step(params, grads, state=None, lr=0.01, mu=0.9):
    """Nesterov's momentum, in torch's form: v <- mu v + g, w <- w - lr (g + mu v).

    Arguments and returns as in `momentum_step`.
    """
    _check(params, grads, lr=lr)
    v = _map(lambda v, g: mu * v + g, state.v if state else _zeros(params), grads)
    return _map(lambda w, g, v: w - lr * (g + mu * v), params, grads, v), MomentumState(v)


class RmspropState(NamedTuple):
    """The running mean of squared gradients."""

    s: object


def rmsprop_step(params, grads, state=None, lr=0.001, rho=0.9, eps=1e-8):
    """RMSProp (Hinton 2012): s <- rho s + (1 - rho) g^2, w <- w - lr g / (sqrt(s) + eps).

    Arguments: params, grads, lr as in `sgd_step`; state: RmspropState or None.
    Returns params, state.
    """
    _check(params, grads, lr=lr)
    s = _map(lambda s, g: rho * s + (1 - rho) * g**2, state.s if state else _zeros(params), grads)
    return _map(lambda w, g, s: w - lr * g / (np.sqrt(s) + eps), params, grads, s), RmspropState(s)


class AdamState(NamedTuple):
    """Running means of gradients and of their squares, not corrected, and the number of steps."""

    m: object
    v: object
    t: int


def adam_step(params, grads, state=None, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    """Adam (Kingma & Ba 2015), with bias correction.

    m <- beta1 m + (1 - beta1) g, v <- beta2 v + (1 - beta2) g^2, t <- t + 1,
    m_hat = m / (1 - beta1^t), v_hat = v / (1 - beta2^t), w <- w - lr m_hat / (sqrt(v_hat) + eps).

    Arguments: params, grads, lr as in `sgd_step`; state: AdamState or None.
    Returns params, state; the state keeps m and v without the correction.
    """
    _check(params, grads, lr=lr)
    m, v, t = state or (_zeros(params), _zeros(params), 0)
    t = t + 1
    m = _map(lambda m, g: beta1 * m + (1 - beta1) * g, m, grads)
    v = _map(lambda v, g: beta2 * v + (1 - beta2) * g**2, v, grads)

    def update(w, m, v):
        m_hat = m / (1 - beta1**t)  # m and v start at 0 and are too small by this factor
        v_hat = v / (1 - beta2**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps)

    return _map(update, params, m, v), AdamState(m, v, t)


def adamw_step(
    params, grads, state=None, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, decay=0.01, decayed=None
):
    """AdamW (Loshchilov & Hutter 2019): w <- w - lr decay w beside Adam's step.

    Arguments: as in `adam_step`; decay: weight decay; decayed:
    names of the parameters to decay (weights, but not biases and norms), None for all.
    Returns params, state.
    """
    _check(params, grads, lr=lr)
    if isinstance(params, dict):
        shrunk = {
            k: w if decayed is not None and k not in decayed else (1 - lr * decay) * w
            for k, w in params.items()
        }
    else:
        shrunk = (1 - lr * decay) * params
    return adam_step(shrunk, grads, state, lr, beta1, beta2, eps)


def _map(f, *trees):
    if isinstance(trees[0], dict):
        return {name: f(*(tree[name] for tree in trees)) for name in trees[0]}
    return f(*trees)


def _zeros(params):
    return _map(np.zeros_like, params)


def _check(params, grads, lr):
    if not isinstance(lr, int | float | np.number) or isinstance(lr, bool):
        raise TypeError(f"lr: expected a number, got {describe(lr)}")
    if not 0 <= lr < float("inf"):
        raise ValueError(f"lr: expected a number of at least 0, got {lr}")
    if isinstance(params, dict) != isinstance(grads, dict):
        raise TypeError(
            f"grads: expected {'a dict' if isinstance(params, dict) else 'an array'}, got "
            f"{describe(grads)}"
        )
    if isinstance(params, dict):
        if params.keys() != grads.keys():
            odd = sorted(params.keys() ^ grads.keys())
            raise ValueError(
                f"grads: expected the names of params, but {', '.join(odd[:5])} is in one of them "
                "only"
            )
        for name in params:
            _check_shape(f'grads["{name}"]', params[name], grads[name])
    else:
        _check_shape("grads", params, grads)


def _check_shape(name, w, g):
    if np.shape(w) != np.shape(g):
        raise ValueError(f"{name}: expected shape {np.shape(w)}, got {np.shape(g)}")


def clip_by_global_norm(grads, limit):
    """Scale all gradients by one factor so that their common norm is at
    most `limit` (Pascanu et al. 2013).

    Arguments: grads: a dict of arrays; limit: positive.
    Returns the clipped dict and the norm before clipping; below the limit nothing changes.
    """
    if not isinstance(grads, dict):
        raise TypeError(f"grads: expected a dict of arrays, got {describe(grads)}")
    if not limit > 0:
        raise ValueError(f"limit: expected a positive number, got {describe(limit)}")
    norm = float(np.sqrt(sum(float(np.sum(g**2)) for g in grads.values())))
    factor = min(1.0, limit / norm) if norm else 1.0
    return {name: g * factor for name, g in grads.items()}, norm
