"""The multi-layer perceptron: linear layers with an activation between them."""

from typing import NamedTuple

import numpy as np

from byhand.activations import activation as activation_pair
from byhand.params import depth, put, take
from byhand.shapes import shapes
from byhand.validate import as_choice, as_count, as_rng, describe

INITS = ("zeros", "small", "xavier", "he")


class LinearCache(NamedTuple):
    """What the backward pass needs: the parameters and the input."""

    params: dict
    x: np.ndarray


@shapes({"W": "D_in D_out", "b": "D_out"}, x="... D_in")
def linear(params, x):
    """One layer of neurons without activation: z = x W + b.

    Arguments: params: W (D_in, D_out), b (D_out,). x: (..., D_in).
    Returns z (..., D_out), cache. Raises TypeError or ValueError if a shape
    does not fit.
    """
    z = x @ params["W"] + params["b"]  # (..., D_out)
    return z, LinearCache(params, x)


def rows(x):
    """(..., D) -> (B, D): every axis but the last is batch."""
    return x.reshape(-1, x.shape[-1])


def linear_backward(dz, cache):
    """Gradients of `linear`: dW = x^T dz and db = sum dz over the batch,
    dx = dz W^T.

    Arguments: dz (..., D_out). Returns grads with W and b, dx (..., D_in).
    """
    params, x = cache
    grads = {"W": rows(x).T @ rows(dz), "b": rows(dz).sum(axis=0)}
    return grads, dz @ params["W"].T


class MlpCache(NamedTuple):
    """Caches of the linear layers and of the activations between them,
    first layer first."""

    layers: tuple
    activations: tuple
    activation: str


def mlp(params, x, activation="relu"):
    """L layers: a_0 = x, z_l = a_(l-1) W_l + b_l, a_l = phi(z_l);
    the last layer has no activation.

    Arguments:
        params: "0.W", "0.b", "1.W", ... as made by `init_mlp`.
        x: (..., D).
        activation: a name in `activations.ACTIVATIONS`.

    Returns z_L (..., C), cache; cache.activations[l].a are the hidden
    outputs. Raises TypeError or ValueError if a shape does not fit,
    ValueError for an unknown activation.
    """
    phi, _ = activation_pair(activation)
    L = max(depth(params), 1)
    a, layers, activations = x, [], []
    for l in range(L):
        z, cache = linear(take(params, str(l)), a)
        layers.append(cache)
        if l < L - 1:
            a, cache = phi(z)
            activations.append(cache)
    return z, MlpCache(tuple(layers), tuple(activations), activation)


def mlp_backward(dz, cache):
    """Gradients of `mlp`, from the last layer to the first.

    Arguments: dz (..., C), the gradient with respect to the last layer's z.
    Returns grads with the names of params, dx (..., D).
    """
    _, phi_backward = activation_pair(cache.activation)
    grads = {}
    for l in reversed(range(len(cache.layers))):
        layer_grads, da = linear_backward(dz, cache.layers[l])
        grads = put(str(l), layer_grads) | grads
        if l > 0:
            # delta_l = (delta_(l+1) W^T) * phi'(z_l)
            dz = phi_backward(da, cache.activations[l - 1])
    return grads, da


def init_linear(rng, D_in, D_out, init="xavier", dtype=np.float64):
    """Draw the parameters of one linear layer; biases start at 0.

    Arguments:
        rng: NumPy Generator.
        D_in, D_out: sizes.
        init: "zeros"; "small", standard deviation 0.01; "xavier",
            sqrt(2 / (D_in + D_out)) (Glorot & Bengio 2010,
            for tanh and sigmoid); "he", sqrt(2 / D_in) (He et al. 2015,
            for ReLU).
        dtype: NumPy dtype.

    Returns {"W": (D_in, D_out), "b": (D_out,)}.
    """
    as_rng("rng", rng)
    D_in, D_out = as_count("D_in", D_in), as_count("D_out", D_out)
    as_choice("init", init, INITS)
    deviation = {
        "zeros": 0.0,
        "small": 0.01,
        "xavier": (2 / (D_in + D_out)) ** 0.5,
        "he": (2 / D_in) ** 0.5,
    }[init]
    W = deviation * rng.standard_normal((D_in, D_out))
    return {"W": W.astype(dtype), "b": np.zeros(D_out, dtype)}


def init_mlp(rng, sizes, init="he", dtype=np.float64):
    """Draw the parameters of an MLP with `sizes` = (D, hidden sizes ..., C).

    Returns {"0.W", "0.b", "1.W", ...}. Raises TypeError or ValueError if
    there are fewer than two sizes.
    """
    if not isinstance(sizes, list | tuple) or len(sizes) < 2:
        raise ValueError(
            "sizes: expected at least two, input and output, got "
            f"{describe(sizes)}"
        )
    params = {}
    for l, (D_in, D_out) in enumerate(zip(sizes[:-1], sizes[1:], strict=True)):
        params |= put(str(l), init_linear(rng, D_in, D_out, init, dtype))
    return params
