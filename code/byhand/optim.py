"""Optimisers as pure functions: `params, state = adam_step(params, grads,
state)`. Nothing changes in place.

`params` and `grads` are flat dicts of arrays with the same names,
or single arrays. The first call gives state=None;
each call gives back the state for the next.
"""

from typing import NamedTuple

import numpy as np

from byhand.validate import checked, describe


def grads_fit(params, grads, lr=0.1, **_):
    """Raise unless grads has the names and shapes of params,
    and lr is a number of at least 0."""
    if not isinstance(lr, int | float | np.number) or isinstance(lr, bool):
        raise TypeError(f"lr: expected a number, got {describe(lr)}")
    if not 0 <= lr < float("inf"):
        raise ValueError(f"lr: expected a number of at least 0, got {lr}")
    if isinstance(params, dict) != isinstance(grads, dict):
        kind = "a dict" if isinstance(params, dict) else "an array"
        raise TypeError(f"grads: expected {kind}, got {describe(grads)}")
    if not isinstance(params, dict):
        params, grads = {"grads": params}, {"grads": grads}
    elif params.keys() != grads.keys():
        odd = ", ".join(sorted(params.keys() ^ grads.keys())[:5])
        raise ValueError(
            f"grads: expected the names of params, but {odd} is in one of them "
            "only"
        )
    for name in params:
        have, want = np.shape(grads[name]), np.shape(params[name])
        if have != want:
            where = name if name == "grads" else f'grads["{name}"]'
            raise ValueError(f"{where}: expected shape {want}, got {have}")


def tree_map(f, *trees):
    """f of the arrays that have the same name in all trees, as a dict;
    or of single arrays."""
    if isinstance(trees[0], dict):
        return {name: f(*(tree[name] for tree in trees)) for name in trees[0]}
    return f(*trees)


def zeros_like(params):
    """Zeros with the names and shapes of params, where an optimiser starts."""
    return tree_map(np.zeros_like, params)


@checked(grads_fit)
def sgd_step(params, grads, state=None, lr=0.1):
    """Gradient descent: w <- w - lr g.

    Arguments: params, grads: dicts of arrays, or arrays; state:
    not used (None); lr: learning rate. Returns params, None. Raises TypeError
    or ValueError if grads does not fit params.
    """
    return tree_map(lambda w, g: w - lr * g, params, grads), None


class MomentumState(NamedTuple):
    """The velocity of every parameter."""

    v: object


@checked(grads_fit)
def momentum_step(params, grads, state=None, lr=0.01, mu=0.9):
    """Momentum (Polyak 1964): v <- mu v + g,
    w <- w - lr v. The velocity is a sum, not an average.

    Arguments: params, grads, lr as in `sgd_step`; state:
    MomentumState or None; mu: how much velocity is kept.
    Returns params, state.
    """
    state = state or MomentumState(zeros_like(params))
    v = tree_map(lambda v, g: mu * v + g, state.v, grads)
    params = tree_map(lambda w, v: w - lr * v, params, v)
    return params, MomentumState(v)


@checked(grads_fit)
def nesterov_step(params, grads, state=None, lr=0.01, mu=0.9):
    """Nesterov's momentum, in torch's form: v <- mu v + g,
    w <- w - lr (g + mu v).

    Arguments and returns as in `momentum_step`.
    """
    state = state or MomentumState(zeros_like(params))
    v = tree_map(lambda v, g: mu * v + g, state.v, grads)
    params = tree_map(lambda w, g, v: w - lr * (g + mu * v), params, grads, v)
    return params, MomentumState(v)


class RmspropState(NamedTuple):
    """The running mean of squared gradients."""

    s: object


@checked(grads_fit)
def rmsprop_step(params, grads, state=None, lr=0.001, rho=0.9, eps=1e-8):
    """RMSProp (Hinton 2012): s <- rho s + (1 - rho) g^2,
    w <- w - lr g / (sqrt(s) + eps).

    Arguments: params, grads, lr as in `sgd_step`; state: RmspropState or None.
    Returns params, state.
    """
    state = state or RmspropState(zeros_like(params))
    s = tree_map(lambda s, g: rho * s + (1 - rho) * g**2, state.s, grads)
    params = tree_map(
        lambda w, g, s: w - lr * g / (np.sqrt(s) + eps), params, grads, s
    )
    return params, RmspropState(s)


class AdamState(NamedTuple):
    """Running means of gradients and of their squares, not corrected,
    and the number of steps."""

    m: object
    v: object
    t: int


@checked(grads_fit)
def adam_step(
    params, grads, state=None, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8
):
    """Adam (Kingma & Ba 2015), with bias correction.

    m <- beta1 m + (1 - beta1) g, v <- beta2 v + (1 - beta2) g^2, t <- t + 1,
    m_hat = m / (1 - beta1^t), v_hat = v / (1 - beta2^t),
    w <- w - lr m_hat / (sqrt(v_hat) + eps).

    Arguments: params, grads, lr as in `sgd_step`; state: AdamState or None.
    Returns params, state; the state keeps m and v without the correction.
    """
    m, v, t = state or AdamState(zeros_like(params), zeros_like(params), 0)
    t = t + 1
    m = tree_map(lambda m, g: beta1 * m + (1 - beta1) * g, m, grads)
    v = tree_map(lambda v, g: beta2 * v + (1 - beta2) * g**2, v, grads)

    def update(w, m, v):
        # m and v start at 0 and are too small by this factor
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps)

    return tree_map(update, params, m, v), AdamState(m, v, t)


@checked(grads_fit)
def adamw_step(
    params,
    grads,
    state=None,
    lr=0.001,
    beta1=0.9,
    beta2=0.999,
    eps=1e-8,
    decay=0.01,
    decayed=None,
):
    """AdamW (Loshchilov & Hutter 2019): w <- w - lr decay w beside Adam's step.

    Arguments: as in `adam_step`; decay: weight decay; decayed:
    names of the parameters to decay (weights, but not biases and norms),
    None for all. Returns params, state.
    """
    if isinstance(params, dict):
        shrunk = {
            k: w
            if decayed is not None and k not in decayed
            else (1 - lr * decay) * w
            for k, w in params.items()
        }
    else:
        shrunk = (1 - lr * decay) * params
    return adam_step(shrunk, grads, state, lr, beta1, beta2, eps)


def dict_and_limit(grads, limit):
    """Raise unless grads is a dict and limit positive."""
    if not isinstance(grads, dict):
        raise TypeError(
            f"grads: expected a dict of arrays, got {describe(grads)}"
        )
    if not limit > 0:
        raise ValueError(
            f"limit: expected a positive number, got {describe(limit)}"
        )


@checked(dict_and_limit)
def clip_by_global_norm(grads, limit):
    """Scale all gradients by one factor so that their common norm is at
    most `limit` (Pascanu et al. 2013).

    Arguments: grads: a dict of arrays; limit: positive.
    Returns the clipped dict and the norm before clipping;
    below the limit nothing changes.
    """
    norm = float(np.sqrt(sum(float(np.sum(g**2)) for g in grads.values())))
    factor = min(1.0, limit / norm) if norm else 1.0
    return {name: g * factor for name, g in grads.items()}, norm
