"""Layer normalisation (Ba et al. 2016) and batch normalisation (Ioffe &
Szegedy 2015).

Both: x_hat = (x - mean) / sqrt(var + eps) with the biased variance
(divided by n), out = gamma x_hat + beta. They differ in what the mean is over:
the features of one example, or one feature over the batch.
"""

from typing import NamedTuple

import numpy as np

from byhand.mlp import rows
from byhand.shapes import shapes
from byhand.validate import as_count


class NormCache(NamedTuple):
    """What the backward pass needs; mean and var go to `update_running`."""

    params: dict
    x_hat: np.ndarray
    rstd: np.ndarray
    mean: np.ndarray
    var: np.ndarray


@shapes({"gamma": "D", "beta": "D"}, x="... D")
def layer_norm(params, x, eps=1e-5):
    """Normalise each vector by its own mean and variance.

    Arguments: params: gamma, beta (D,). x: (..., D). eps:
    added to the variance, inside the root. Returns out (..., D), cache. Raises
    TypeError or ValueError if a shape does not fit.
    """
    D = x.shape[-1]
    mean = x.mean(axis=-1, keepdims=True)  # (..., 1)
    # first the mean: E[x^2] - E[x]^2 loses all digits at a large mean
    x_hat = x - mean
    var = np.vecdot(x_hat, x_hat)[..., None] / D
    rstd = 1 / np.sqrt(var + eps)
    x_hat *= rstd
    out = params["gamma"] * x_hat + params["beta"]
    return out, NormCache(params, x_hat, rstd, mean, var)


def layer_norm_backward(dout, cache):
    """Gradients of `layer_norm`.

    dx = rstd (dx_hat - mean(dx_hat) - x_hat mean(dx_hat x_hat)):
    x acts through itself, the mean and the variance.

    Arguments: dout (..., D). Returns grads (gamma, beta), dx (..., D).
    """
    params, x_hat, rstd, _, _ = cache
    # the sum over all vectors
    dgamma = np.einsum("nd,nd->d", rows(dout), rows(x_hat))
    grads = {"gamma": dgamma, "beta": rows(dout).sum(axis=0)}
    dx_hat = dout * params["gamma"]
    mean = dx_hat.mean(axis=-1, keepdims=True)  # (..., 1)
    mean_along = np.vecdot(dx_hat, x_hat)[..., None] / dout.shape[-1]
    return grads, rstd * (dx_hat - mean - x_hat * mean_along)


@shapes({"gamma": "C", "beta": "C"}, x="B C | N C H W")
def batch_norm(params, x, eps=1e-5):
    """Normalise each feature or channel by its mean and variance over the batch
    (training form).

    Arguments: params: gamma, beta (C,). x: (B, C) or (N, C, H, W), over B,
    or over N, H and W. Returns out like x, cache. Raises TypeError or
    ValueError if a shape does not fit.
    """
    N, C = x.shape[:2]
    gamma, beta = params["gamma"][:, None], params["beta"][:, None]  # (C, 1)
    maps = x.reshape(N, C, -1)  # (N, C, P): P = H W places, or one
    mean = maps.mean(axis=(0, 2), keepdims=True)  # (1, C, 1)
    x_hat = maps - mean
    var = np.einsum("ncp,ncp->c", x_hat, x_hat)[:, None] / (x.size // C)
    rstd = 1 / np.sqrt(var + eps)
    x_hat *= rstd
    out = gamma * x_hat + beta
    return out.reshape(x.shape), NormCache(params, x_hat, rstd, mean, var)


def batch_norm_backward(dout, cache):
    """Gradients of `batch_norm`; the formula is that of `layer_norm_backward`,
    with means over the batch: dx_hat = gamma dout has the means gamma dbeta / n
    and, along x_hat, gamma dgamma / n.

    Arguments: dout like x. Returns grads (gamma, beta), dx.
    """
    params, x_hat, rstd, _, _ = cache
    dmaps = dout.reshape(x_hat.shape)  # (N, C, P)
    dgamma, dbeta = (
        np.einsum("ncp,ncp->c", dmaps, x_hat),
        dmaps.sum(axis=(0, 2)),
    )
    n = x_hat.size // len(dbeta)
    # (C, 1), without gamma
    mean, mean_along = (
        dbeta[:, None] / n,
        dgamma[:, None] / n,
    )
    dx = params["gamma"][:, None] * rstd * (dmaps - mean - x_hat * mean_along)
    return {"gamma": dgamma, "beta": dbeta}, dx.reshape(dout.shape)


class Running(NamedTuple):
    """Means and variances collected during training, for evaluation."""

    mean: np.ndarray  # (C,)
    var: np.ndarray  # (C,)


def init_running(C, dtype=np.float64):
    """Return the start, mean 0 and variance 1."""
    return Running(np.zeros(as_count("C", C), dtype), np.ones(C, dtype))


def update_running(running, cache, momentum=0.1):
    """Return Running moved towards one batch's statistics:
    (1 - momentum) old + momentum new.

    As in torch the variance collected is the unbiased one,
    n / (n - 1) times the batch's.
    """
    n = cache.x_hat.size // cache.mean.size
    var = cache.var.reshape(-1) * (n / max(n - 1, 1))
    mean = cache.mean.reshape(-1)
    return Running(
        (1 - momentum) * running.mean + momentum * mean,
        (1 - momentum) * running.var + momentum * var,
    )


def init_norm(D, dtype=np.float64):
    """Return gamma = 1 and beta = 0, each (D,):
    at the start the output is x_hat."""
    D = as_count("D", D)
    return {"gamma": np.ones(D, dtype), "beta": np.zeros(D, dtype)}
