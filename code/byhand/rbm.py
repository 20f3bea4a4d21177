"""The restricted Boltzmann machine: a joint distribution of visible and hidden
bits (Smolensky 1986), trained by contrastive divergence (Hinton 2002).

E(v, h) = - b.v - c.h - v^T W h, p(v, h) = exp(-E) / Z; v (D,), h (H,) bits.
"""

import itertools
from typing import NamedTuple

import numpy as np

from byhand.activations import sigmoid
from byhand.shapes import shapes
from byhand.validate import as_count, as_floats, as_rng, checked

MOST_BITS = 20  # that may be enumerated


def as_probabilities(name, value):
    """Return `value` as floats from 0 to 1; raise naming the argument
    otherwise. Bits are probabilities that are sure."""
    array = as_floats(name, value)
    if array.size and not (0 <= array.min() and array.max() <= 1):
        raise ValueError(
            f"{name}: expected numbers from 0 to 1, got {array.min():.3g} to "
            f"{array.max():.3g}"
        )
    return array


SHAPES = {"W": "D H", "b": "D", "c": "H"}


@shapes(SHAPES, v="... D", h="... H")
def energy(params, v, h):
    """E(v, h), of one state or several; v (..., D), h (..., H)."""
    W, b, c = params["W"], params["b"], params["c"]
    return -(v @ b) - h @ c - ((v @ W) * h).sum(axis=-1)


@shapes(SHAPES, v="... D")
def free_energy(params, v):
    """F(v) = -b.v - sum_j softplus(c_j + v.W_j): the hidden bits summed out,
    so that p(v) = exp(-F(v)) / Z. Returns (...)."""
    z = v @ params["W"] + params["c"]
    return -(v @ params["b"]) - np.logaddexp(0, z).sum(axis=-1)


@shapes(SHAPES, v="... D")
def hidden_given(params, v):
    """p(h_j = 1 | v) = sigma(c_j + v.W_j): given v the hidden bits are
    independent. Returns (..., H)."""
    return sigmoid(v @ params["W"] + params["c"])[0]


@shapes(SHAPES, h="... H")
def visible_given(params, h):
    """p(v_i = 1 | h) = sigma(b_i + W_i.h). Returns (..., D)."""
    return sigmoid(h @ params["W"].T + params["b"])[0]


def drawn(rng, p):
    """Bits (0. or 1.) that are 1 with the probabilities p."""
    return (rng.random(p.shape) < p).astype(p.dtype)


class Chain(NamedTuple):
    """Where Gibbs sampling ended."""

    v: np.ndarray  # bits (B, D)
    p_h: np.ndarray  # probabilities of the hidden bits there (B, H)


def gibbs(params, v, k, rng):
    """k rounds: draw h given v, then v given h. Returns a Chain."""
    as_rng("rng", rng)
    for _ in range(as_count("k", k)):
        h = drawn(rng, hidden_given(params, v))
        v = drawn(rng, visible_given(params, h))
    return Chain(v, hidden_given(params, v))


def correlations(v, p_h, weight=None):
    """The three means that the gradient compares: of v h^T, v and h, over the
    rows, or weighted by `weight` (B,)."""
    weight = np.full(len(v), 1 / len(v)) if weight is None else weight
    return {
        "W": (v * weight[:, None]).T @ p_h,
        "b": weight @ v,
        "c": weight @ p_h,
    }


def data_minus_model(data, model):
    """Gradient of the mean -log p(v): model minus data."""
    return {name: model[name] - data[name] for name in data}


@checked(v=as_probabilities)
def contrastive_divergence(params, v, k, rng):
    """CD-k: a gradient that lets the chain start at the data and stop after k
    rounds. Not the likelihood's gradient, and not that of any function
    (Sutskever and Tieleman 2010).

    Arguments: v (B, D) data. Returns grads like params, to descend.
    """
    end = gibbs(params, v, k, rng)
    data = correlations(v, hidden_given(params, v))
    return data_minus_model(data, correlations(end.v, end.p_h))


class Persistent(NamedTuple):
    """A gradient, and where the chains stand now."""

    grads: dict
    chains: np.ndarray


@checked(v=as_probabilities, chains=as_probabilities)
def persistent_divergence(params, v, chains, k, rng):
    """PCD-k (Tieleman 2008): the chains go on from where they stood after the
    last step. Returns a Persistent."""
    end = gibbs(params, chains, k, rng)
    data = correlations(v, hidden_given(params, v))
    grads = data_minus_model(data, correlations(end.v, end.p_h))
    return Persistent(grads, end.v)


def all_states(n):
    """All 2^n rows of n bits; n at most MOST_BITS."""
    n = as_count("n", n, least=0)
    if n > MOST_BITS:
        raise ValueError(
            f"n: expected at most {MOST_BITS} bits to enumerate, got {n}"
        )
    return np.array(list(itertools.product((0.0, 1.0), repeat=n))).reshape(
        2**n, n
    )


def swapped(params):
    """The same machine with visible and hidden bits exchanged."""
    return {"W": params["W"].T, "b": params["c"], "c": params["b"]}


def log_z(params):
    """log Z, exactly: the smaller side enumerated, the other summed out."""
    if len(params["c"]) < len(params["b"]):
        params = swapped(params)
    F = free_energy(params, all_states(len(params["b"])))
    return np.logaddexp.reduce(-F)


def log_likelihood(params, v):
    """Exact log p(v) in nats, (B,)."""
    return -free_energy(params, v) - log_z(params)


def exact_gradient(params, v):
    """Gradient of the mean -log p(v), exactly, by enumeration of the smaller
    side; grads like params."""
    data = correlations(v, hidden_given(params, v))
    turned = len(params["c"]) < len(params["b"])
    one = swapped(params) if turned else params
    states = all_states(len(one["b"]))
    p = np.exp(-free_energy(one, states) - log_z(one))
    model = correlations(states, hidden_given(one, states), p)
    return data_minus_model(data, swapped(model) if turned else model)


def init_rbm(rng, D, H, v=None, scale=0.01):
    """W (D, H) of small random numbers, c = 0; b = 0, or the log odds of the
    mean of the data v (Hinton 2010)."""
    as_rng("rng", rng)
    b = np.zeros(as_count("D", D))
    if v is not None:
        mean = (as_probabilities("v", v).sum(axis=0) + 0.5) / (len(v) + 1)
        b = np.log(mean / (1 - mean))
    W = scale * rng.standard_normal((D, as_count("H", H)))
    return {"W": W, "b": b, "c": np.zeros(H)}


def bars_and_stripes(side):
    """All pictures of full rows or full columns, side x side, each once and
    the empty and the full one twice: (2 * 2^side, side^2)."""
    lines = all_states(as_count("side", side))
    rows = np.repeat(lines, side, axis=1)
    columns = np.tile(lines, (1, side))
    return np.concatenate([rows, columns])
