"""Hidden patches filled in (masked image modelling: Xie et al. 2021, He et
al. 2021), and positions for pictures of another size."""

from typing import NamedTuple

import numpy as np

from byhand.mlp import LinearCache, init_linear, linear, linear_backward
from byhand.params import put, take
from byhand.validate import as_count, as_rng, checked, describe
from byhand.vision import (
    EncodeCache,
    encode,
    encode_backward,
    fits,
    init_body,
    patches,
)


def hide(rng, B, M, share=0.5):
    """Choose the same number of patches in each of B pictures, at least one
    and not all. Returns hidden (B, M) of booleans, True = hidden."""
    as_rng("rng", rng)
    if not 0 < share < 1:
        raise ValueError(
            f"share: expected a number between 0 and 1, got {describe(share)}"
        )
    n = min(max(1, round(share * M)), M - 1)
    return rng.random((B, M)).argsort(axis=1) < n


class FillCache(NamedTuple):
    """Caches of the body and of the output layer."""

    body: EncodeCache
    tokens: tuple  # shape of h
    out: LinearCache


def fill(params, X, hidden, p, N):
    """What should stand at every patch, also at those that are seen.

    Arguments: params: as in `vision.encode`, gap (D,), out.W (D, C p p),
    out.b. X (B, C, H, W). hidden (B, M): True where the model does not see
    the patch. Returns y (B, M, C p p), cache.
    """
    h, body = encode(params, X, p, N, hidden)
    y, out = linear(take(params, "out"), h[:, -hidden.shape[1] :])
    return y, FillCache(body, h.shape, out)


def fill_backward(dy, cache):
    """Gradients of `fill`. Returns grads like params, dX (B, C, H, W): what
    stands in hidden patches has no influence."""
    body, shape, out = cache
    some, dtokens = linear_backward(dy, out)
    dh = np.zeros(shape, dy.dtype)
    dh[:, -dy.shape[1] :] = dtokens
    grads, dX = encode_backward(dh, body)
    grads |= put("out", some)
    params = body.embed.params
    return {name: grads[name] for name in params if name in grads}, dX


def some_hidden(params, X, hidden, p, N):
    """As `vision.fits`, and at least one patch is hidden."""
    given = fits(params, X, p, hidden)
    if not given["hidden"].any():
        raise ValueError("hidden: expected at least one hidden patch, got none")
    return given


class FillLossCache(NamedTuple):
    """What the loss's backward pass needs."""

    fill: FillCache
    error: np.ndarray  # (B, M, C p p), 0 where the patch is seen
    count: int  # hidden numbers


@checked(some_hidden)
def fill_loss(params, X, hidden, p, N):
    """Mean squared error over the pixels of the hidden patches; seen patches
    do not count. Returns loss (), cache."""
    y, cache = fill(params, X, hidden, p, N)
    error = np.where(hidden[:, :, None], y - patches(X, p)[0], 0)
    count = int(hidden.sum()) * y.shape[2]
    return np.sum(error**2) / count, FillLossCache(cache, error, count)


def fill_loss_backward(dloss, cache):
    """Gradients of `fill_loss` for the parameters; the pictures are what is
    asked for, and get none. Returns grads like params."""
    dy = dloss * 2 * cache.error / cache.count
    return fill_backward(dy, cache.fill)[0]


def init_filler(rng, C, size, p, D, N, F, layers):
    """Draw a model for `fill`: no class token; see `vision.init_body`."""
    params = init_body(rng, C, size, p, D, N, F, layers, "mean")
    params["gap"] = 0.02 * rng.standard_normal(D)
    return params | put("out", init_linear(rng, D, C * p * p))


def stretch(old, new):
    """The matrix (new, old) that draws `old` numbers in a row out to `new`
    by straight lines between their middles."""
    places = (np.arange(new) + 0.5) * old / new - 0.5
    places = np.clip(places, 0, old - 1)
    left = np.minimum(np.floor(places).astype(int), max(old - 2, 0))
    right = np.minimum(left + 1, old - 1)
    share = places - left
    R = np.zeros((new, old))
    R[np.arange(new), left] += 1 - share
    R[np.arange(new), right] += share
    return R


def resize_positions(P, old, new):
    """Positions for a picture with another number of patches: the vectors
    of the grid are interpolated, that of the class token stays.

    Arguments: P (1 + h w, D) or (h w, D). old = (h, w), new: rows and columns
    of patches. Returns P for the new grid. Raises ValueError if P does not
    fit old.
    """
    (h, w), (H, W) = (tuple(as_count("grid", n) for n in g) for g in (old, new))
    first = len(P) - h * w
    if first not in (0, 1):
        raise ValueError(
            f"P: expected {h * w} or {h * w + 1} rows for {h} x {w} patches, "
            f"got {len(P)}"
        )
    grid = P[first:].reshape(h, w, -1)
    # R over rows and R over columns
    grid = np.einsum("ia,jb,abd->ijd", stretch(h, H), stretch(w, W), grid)
    new_rows = grid.reshape(H * W, -1).astype(P.dtype)
    return np.concatenate([P[:first], new_rows])
