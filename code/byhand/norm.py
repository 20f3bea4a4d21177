"""Layer normalisation (Ba et al. 2016) and batch normalisation (Ioffe & Szegedy 2015).

Both: x_hat = (x - mean) / sqrt(var + eps) with the biased variance (divided by n),
out = gamma x_hat + beta. They differ in what the mean is over: the features of one example,
or one feature over the batch.
"""

from typing import NamedTuple

import numpy as np

from byhand.shapes import expect, shapes
from byhand.validate import as_count


class NormCache(NamedTuple):
    """What the backward pass needs; axes are those the mean is over,
    mean and var keep them with size 1."""

    params: dict
    x_hat: np.ndarray
    rstd: np.ndarray
    mean: np.ndarray
    var: np.ndarray
    axes: tuple


@shapes({"gamma": "D", "beta": "D"}, x="... D")
def layer_norm(params, x, eps=1e-5):
    """Normalise each vector by its own mean and variance.

    Arguments: params: gamma, beta (D,). x: (..., D). eps: added to the variance, inside the root.
    Returns out (..., D), cache. Raises TypeError or ValueError if a shape does not fit.
    """
    x_hat, rstd, mean, var = normalise(x, (x.ndim - 1,), eps)
    out = x_hat * params["gamma"]
    out += params["beta"]
    return out, NormCache(params, x_hat, rstd, mean, var, (x.ndim - 1,))


def layer_norm_backward(dout, cache):
    """Gradients of `layer_norm`.

    dx = rstd (dx_hat - mean(dx_hat) - x_hat mean(dx_hat x_hat)): x acts through itself,
    the mean and the variance.

    Arguments: dout (..., D). Returns grads (gamma, beta), dx (..., D).
    """
    params, x_hat, rstd, _, _, axes = cache
    rows = tuple(range(dout.ndim - 1))
    grads = {"gamma": sum_of_products(dout, x_hat, rows), "beta": dout.sum(axis=rows)}
    return grads, normalise_backward(dout * params["gamma"], x_hat, rstd, axes)


def batch_norm(params, x, eps=1e-5):
    """Normalise each feature or channel by its mean and variance over the batch (training form).

    Arguments: params: gamma, beta (C,). x: (B, C) or (N, C, H, W), over B, or over N, H and W.
    Returns out like x, cache; cache.mean and cache.var go to `update_running`. Raises TypeError or
    ValueError.
    """
    axes, shape = _batch_axes(params, x)
    x_hat, rstd, mean, var = normalise(x, axes, eps)
    out = x_hat * params["gamma"].reshape(shape)
    out += params["beta"].reshape(shape)
    return out, NormCache(params, x_hat, rstd, mean, var, axes)


def batch_norm_backward(dout, cache):
    """Gradients of `batch_norm`; the formula is that of `layer_norm_backward`,
    with means over the batch.

    Arguments: dout like x. Returns grads (gamma, beta), dx.
    """
    params, x_hat, rstd, _, _, axes = cache
    grads = {"gamma": sum_of_products(dout, x_hat, axes), "beta": dout.sum(axis=axes)}
    dx_hat = dout * params["gamma"].reshape(rstd.shape)
    return grads, normalise_backward(dx_hat, x_hat, rstd, axes)


class Running(NamedTuple):
    """Means and variances collected during training, for evaluation."""

    mean: np.ndarray  # (C,)
    var: np.ndarray  # (C,)


def init_running(C, dtype=np.float64):
    """Return the start, mean 0 and variance 1."""
    return Running(np.zeros(as_count("C", C), dtype), np.ones(C, dtype))


def update_running(running, cache, momentum=0.1):
    """Return Running moved towards one batch's statistics: (1 - momentum) old + momentum new.

    As in torch the variance collected is the unbiased one, n / (n - 1) times the batch's.
    """
    n = cache.x_hat.size // cache.mean.size
    var = cache.var.reshape(-1) * (n / max(n - 1, 1))
    mean = cache.mean.reshape(-1)
    return Running(
        (1 - momentum) * running.mean + momentum * mean,
        (1 - momentum) * running.var + momentum * var,
    )


def batch_norm_evaluation(params, x, running, eps=1e-5):
    """Normalise by collected statistics, so that an example's output does not depend on its batch.

    Arguments: params, x as in `batch_norm`; running: Running. Returns out like x (no cache: not for
    training).
    """
    _, shape = _batch_axes(params, x)
    x_hat = (x - running.mean.reshape(shape)) / np.sqrt(running.var.reshape(shape) + eps)
    return (x_hat * params["gamma"].reshape(shape) + params["beta"].reshape(shape)).astype(x.dtype)


def sum_of_products(a, b, axes):
    """Return (a * b).sum(axis=axes), without making the array a * b."""
    letters = "abcdefgh"[: a.ndim]
    kept = "".join(letters[axis] for axis in range(a.ndim) if axis not in axes)
    return np.einsum(f"{letters},{letters}->{kept}", a, b)


def _mean_of_products(a, b, axes, mean):
    return sum_of_products(a, b, axes).reshape(mean.shape) / (a.size // mean.size)


def normalise(x, axes, eps):
    mean = x.mean(axis=axes, keepdims=True)
    # first the mean, then the squares: E[x^2] - E[x]^2 loses all digits at a large mean
    x_hat = x - mean
    var = _mean_of_products(x_hat, x_hat, axes, mean)
    rstd = 1 / np.sqrt(var + x.dtype.type(eps))
    x_hat *= rstd
    return x_hat, rstd, mean, var


def normalise_backward(dx_hat, x_hat, rstd, axes):
    mean = dx_hat.mean(axis=axes, keepdims=True)
    mean_along = _mean_of_products(dx_hat, x_hat, axes, mean)
    dx = dx_hat - mean
    dx -= x_hat * mean_along
    dx *= rstd
    return dx


def _batch_axes(params, x):
    letters = "N C H W" if isinstance(x, np.ndarray) and x.ndim == 4 else "B C"
    expect(params, {"gamma": "C", "beta": "C"}, x=(x, letters))
    if x.ndim == 2:
        return (0,), (1, -1)
    return (0, 2, 3), (1, -1, 1, 1)


def init_norm(D, dtype=np.float64):
    """Return gamma = 1 and beta = 0, each (D,): at the start the output is x_hat."""
    D = as_count("D", D)
    return {"gamma": np.ones(D, dtype), "beta": np.zeros(D, dtype)}
