"""Kernel regression (Nadaraya 1964, Watson 1964),
and the same with learned queries and keys."""

from typing import NamedTuple

import numpy as np

from byhand.activations import SoftmaxCache, softmax_backward
from byhand.masks import masked_softmax
from byhand.shapes import shapes


class KernelCache(NamedTuple):
    """What the backward pass needs."""

    params: dict
    x: np.ndarray  # (T, D)
    x_known: np.ndarray  # (S, D)
    y_known: np.ndarray  # (S,)
    u: np.ndarray  # (T, S, A) query minus key
    weights: np.ndarray  # (T, S)


@shapes({"W_q": "D A", "W_k": "D A"}, x="T D", x_known="S D", y_known="S")
def kernel_regression(params, x, x_known, y_known, mask=None):
    """Predict y at x as a mean of the known y,
    weighted by softmax(-|x W_q - x_known W_k|^2 / 2).

    With W_q = W_k = 1 / width this is Nadaraya and Watson's estimate with
    a Gaussian kernel of that width.

    Arguments: params: W_q (D, A), W_k (D, A). x: (T, D). x_known: (S,
    D). y_known: (S,).
        mask: booleans (T, S), True = may look; for leave-one-out,
        False on the diagonal.
    Returns y (T,), cache with cache.weights (T,
    S). Raises TypeError or ValueError if a shape does not fit.
    """
    # (T, S, A): each query meets each key
    u = (x @ params["W_q"])[:, None] - x_known @ params["W_k"]
    scores = -np.sum(u**2, axis=2) / 2  # (T, S)
    weights, _ = masked_softmax(scores, mask)
    return weights @ y_known, KernelCache(
        params, x, x_known, y_known, u, weights
    )


def kernel_regression_backward(dy, cache):
    """Arguments: dy (T,). Returns grads with W_q and W_k, dx (T, D),
    dx_known (S, D), dy_known (S,)."""
    params, x, x_known, y_known, u, weights = cache
    dy_known = weights.T @ dy
    # (T, S)
    dscores = softmax_backward(np.outer(dy, y_known), SoftmaxCache(weights))
    du = -dscores[:, :, None] * u  # (T, S, A)
    dq, dk = du.sum(axis=1), -du.sum(axis=0)  # (T, A), (S, A)
    grads = {"W_q": x.T @ dq, "W_k": x_known.T @ dk}
    return grads, dq @ params["W_q"].T, dk @ params["W_k"].T, dy_known
