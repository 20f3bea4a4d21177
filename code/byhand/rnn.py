"""The simple recurrent network (Elman 1990) and back-propagation through
time."""

from typing import NamedTuple

import numpy as np

from byhand.activations import ActivationCache
from byhand.activations import activation as activation_pair
from byhand.mlp import rows
from byhand.shapes import shapes
from byhand.validate import as_count, as_rng

SHAPES = {"W_x": "D H", "W_h": "H H", "b": "H"}


class RnnCellCache(NamedTuple):
    """One step."""

    params: dict
    x: np.ndarray  # (B, D)
    h_prev: np.ndarray  # (B, H)
    a: ActivationCache
    activation: str


@shapes(SHAPES, x="B D", h_prev="B H")
def rnn_cell(params, x, h_prev, activation="tanh"):
    """One step: h = phi(x W_x + h_prev W_h + b).

    Arguments: params: W_x (D, H), W_h (H, H), b (H,). x: (B, D). h_prev:
    (B, H).
        activation: a name in `activations.ACTIVATIONS`;
        "identity" makes the network linear.
    Returns h (B, H), cache. Raises TypeError or ValueError if a shape
    does not fit.
    """
    phi, _ = activation_pair(activation)
    z = x @ params["W_x"] + h_prev @ params["W_h"] + params["b"]  # (B, H)
    h, a = phi(z)
    return h, RnnCellCache(params, x, h_prev, a, activation)


def rnn_cell_backward(dh, cache):
    """Gradients of `rnn_cell`. Arguments: dh (B, H). Returns grads, dx (B,
    D), dh_prev (B, H)."""
    params, x, h_prev, a, activation = cache
    dz = activation_pair(activation)[1](dh, a)
    grads = {"W_x": x.T @ dz, "W_h": h_prev.T @ dz, "b": dz.sum(axis=0)}
    return grads, dz @ params["W_x"].T, dz @ params["W_h"].T


class RnnCache(NamedTuple):
    """A whole sequence, time first; h[0] is the start."""

    params: dict
    x: np.ndarray  # (T, B, D)
    h: np.ndarray  # (T+1, B, H)
    a: list  # of T caches of the activation
    activation: str


@shapes(SHAPES, x="B T D", h_0="B H")
def rnn(params, x, h_0, activation="tanh"):
    """A sequence: `rnn_cell` at t = 1 .. T, with one matrix product for all
    inputs before the loop.

    Arguments: params, activation as in `rnn_cell`; x: (B, T, D); h_0: (B, H).
    Returns h (B, T, H), cache; the last state is h[:, -1].
    """
    phi, _ = activation_pair(activation)
    # (T, B, D): a step is then one block of memory
    x = np.ascontiguousarray(x.swapaxes(0, 1))
    z = x @ params["W_x"] + params["b"]  # (T, B, H)
    h, a = np.empty((len(x) + 1, *h_0.shape), x.dtype), []
    h[0] = h_0
    for t in range(len(x)):
        z[t] += h[t] @ params["W_h"]
        h[t + 1], cache = phi(z[t])
        a.append(cache)
    return h[1:].swapaxes(0, 1), RnnCache(params, x, h, a, activation)


def rnn_backward(dh, cache):
    """Gradients of `rnn`, back through time;
    the loop keeps only what depends on step t+1.

    Arguments: dh (B, T, H), gradients of every output.
    Returns grads (W_x, W_h, b), dx (B, T, D), dh_0 (B, H).
    """
    params, x, h, a, activation = cache
    _, phi_backward = activation_pair(activation)
    dz, dh_next = np.empty_like(h[1:]), 0
    for t in reversed(range(len(x))):
        dh_t = dh[:, t] + dh_next  # two paths: the output at t, and step t+1
        dz[t] = phi_backward(dh_t, a[t])
        dh_next = dz[t] @ params["W_h"].T
    T, B, D = x.shape
    # every step used the same weights
    x, h_prev, dz = rows(x), rows(h[:-1]), rows(dz)
    grads = {"W_x": x.T @ dz, "W_h": h_prev.T @ dz, "b": dz.sum(axis=0)}
    dx = (dz @ params["W_x"].T).reshape(T, B, D).swapaxes(0, 1)
    return grads, dx, dh_next


def init_rnn(rng, D, H, dtype=np.float64):
    """Draw parameters: weights uniform in +-1/sqrt(H), as torch does;
    bias 0."""
    as_rng("rng", rng)
    D, H = as_count("D", D), as_count("H", H)
    bound = H**-0.5
    params = {
        "W_x": rng.uniform(-bound, bound, (D, H)),
        "W_h": rng.uniform(-bound, bound, (H, H)),
        "b": np.zeros(H),
    }
    return {name: value.astype(dtype) for name, value in params.items()}
