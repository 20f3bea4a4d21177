"""Activation functions, their derivatives, and softmax with its Jacobian.

All take numbers or arrays of any shape and keep their shape;
softmax and log_softmax normalise the last axis.
"""

from typing import NamedTuple

import numpy as np

from byhand.validate import as_choice, as_floats, checked


class ActivationCache(NamedTuple):
    """What the backward pass needs: the input z and the output a."""

    z: np.ndarray
    a: np.ndarray


@checked(z=as_floats)
def identity(z):
    """a = z. Returns a, cache."""
    return z, ActivationCache(z, z)


def identity_backward(da, cache):
    """Returns dz = da."""
    return da


@checked(z=as_floats)
def sigmoid(z):
    """a = 1 / (1 + e^-z), between 0 and 1. Returns a, cache."""
    e = np.exp(-np.abs(z))  # never overflows: the exponent is at most 0
    a = np.where(z >= 0, 1, e) / (1 + e)
    return a, ActivationCache(z, a)


def sigmoid_backward(da, cache):
    """Returns dz = da * a (1 - a)."""
    return da * cache.a * (1 - cache.a)


@checked(z=as_floats)
def tanh(z):
    """a = tanh z, between -1 and 1. Returns a, cache."""
    a = np.tanh(z)
    return a, ActivationCache(z, a)


def tanh_backward(da, cache):
    """Returns dz = da * (1 - a^2)."""
    return da * (1 - cache.a**2)


@checked(z=as_floats)
def relu(z):
    """a = max(z, 0). Returns a, cache."""
    a = np.maximum(z, 0)
    return a, ActivationCache(z, a)


def relu_backward(da, cache):
    """Returns dz = da where z > 0, else 0 (at z = 0 the slope is set to 0,
    as torch does)."""
    return da * (cache.z > 0)


class LeakyCache(NamedTuple):
    """Input and slope of a leaky ReLU."""

    z: np.ndarray
    alpha: float


@checked(z=as_floats)
def leaky_relu(z, alpha=0.01):
    """a = z where z > 0, else alpha z, for any alpha. Returns a, cache."""
    return np.where(z > 0, z, alpha * z), LeakyCache(z, alpha)


def leaky_relu_backward(da, cache):
    """Returns dz = da where z > 0, else alpha da."""
    return np.where(cache.z > 0, da, cache.alpha * da)


class GeluCache(NamedTuple):
    """Input of a GELU and the weight that multiplies it: Phi(z),
    or tanh's approximation of it."""

    z: np.ndarray
    Phi: np.ndarray


@checked(z=as_floats)
def gelu(z):
    """a = z Phi(z), Phi the normal distribution function. Returns a, cache.

    Source: Hendrycks & Gimpel 2016.
    """
    from scipy.special import erf

    Phi = (1 + erf(z / 2**0.5)) / 2
    return z * Phi, GeluCache(z, Phi)


def gelu_backward(da, cache):
    """Returns dz = da * (Phi(z) + z phi(z)), phi the normal density."""
    z, Phi = cache
    phi = np.exp(-(z**2) / 2) / (2 * np.pi) ** 0.5
    return da * (Phi + z * phi)


@checked(z=as_floats)
def gelu_tanh(z):
    """Nearly gelu: z (1 + tanh u) / 2, u = sqrt(2/pi) (z + 0.044715 z^3).
    Returns a, cache."""
    Phi = (1 + np.tanh((2 / np.pi) ** 0.5 * (z + 0.044715 * z**3))) / 2
    return z * Phi, GeluCache(z, Phi)


def gelu_tanh_backward(da, cache):
    """Returns dz = da * (Phi + z Phi'), where Phi' = 2 Phi (1 - Phi) u'."""
    z, Phi = cache
    du = (2 / np.pi) ** 0.5 * (1 + 3 * 0.044715 * z**2)
    return da * (Phi + z * 2 * Phi * (1 - Phi) * du)


ACTIVATIONS = {
    "identity": (identity, identity_backward),
    "sigmoid": (sigmoid, sigmoid_backward),
    "tanh": (tanh, tanh_backward),
    "relu": (relu, relu_backward),
    "leaky_relu": (leaky_relu, leaky_relu_backward),
    "gelu": (gelu, gelu_backward),
    "gelu_tanh": (gelu_tanh, gelu_tanh_backward),
}


def activation(name):
    """Return the pair (forward, backward) called `name`;
    ValueError for one not in ACTIVATIONS."""
    return ACTIVATIONS[as_choice("name", name, tuple(ACTIVATIONS))]


def slope(name, z):
    """Return the derivative of the activation called `name` at z:
    its backward of ones."""
    forward, backward = activation(name)
    a, cache = forward(z)
    return backward(np.ones_like(a), cache)


class SoftmaxCache(NamedTuple):
    """The probabilities are all that the backward pass needs."""

    p: np.ndarray  # (..., C)


@checked(z=as_floats)
def softmax(z):
    """Turn scores into probabilities along the last axis:
    p_k = e^(z_k) / sum_j e^(z_j).

    Arguments: z: scores (..., C), finite.
    Returns p (..., C), rows sum to 1, and the cache.
    """
    e = np.exp(z - z.max(axis=-1, keepdims=True))  # the same p, and no overflow
    p = e / e.sum(axis=-1, keepdims=True)
    return p, SoftmaxCache(p)


def softmax_backward(dp, cache):
    """Returns dz = p * (dp - sum_k dp_k p_k), which is the Jacobian times dp.

    Arguments: dp (..., C). Returns dz (..., C).
    """
    p = cache.p
    return p * (dp - (dp * p).sum(axis=-1, keepdims=True))


def softmax_jacobian(z):
    """Return all derivatives J_kj = dp_k / dz_j = p_k (1[k = j] - p_j),
    that is diag(p) - p p^T.

    Arguments: z: scores (..., C). Returns J (..., C, C).
    """
    p, _ = softmax(z)
    return p[..., :, None] * (
        np.eye(p.shape[-1], dtype=p.dtype) - p[..., None, :]
    )


@checked(z=as_floats)
def log_softmax(z):
    """Return log softmax, but never the logarithm of 0:
    z - max - log sum e^(z - max).

    Arguments: z: scores (..., C). Returns log p (..., C) and the cache.
    """
    z = z - z.max(axis=-1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    return log_p, SoftmaxCache(np.exp(log_p))


def log_softmax_backward(dlog_p, cache):
    """Returns dz = dlog_p - p * sum_k dlog_p_k, shape (..., C)."""
    return dlog_p - cache.p * dlog_p.sum(axis=-1, keepdims=True)
