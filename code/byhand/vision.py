"""The vision Transformer (Dosovitskiy et al. 2020): a picture is cut into
patches, and the patches are read like words."""

from typing import NamedTuple

import numpy as np

from byhand.blocks import (
    encoder_layer,
    encoder_layer_backward,
    init_encoder_layer,
)
from byhand.mlp import LinearCache, init_linear, linear, linear_backward
from byhand.norm import NormCache, init_norm, layer_norm, layer_norm_backward
from byhand.params import put, take
from byhand.validate import as_choice, as_count, as_rng, checked, describe

READS = ("class", "mean")


def pictures_fit(X, p, **_):
    """Pictures that whole patches cover, or raise."""
    p = as_count("p", p)
    if not isinstance(X, np.ndarray) or X.dtype.kind != "f":
        raise TypeError(
            f"X: expected a NumPy array of floats, got {describe(X)}"
        )
    if X.ndim != 4 or 0 in X.shape:
        raise ValueError(
            f"X: expected pictures (B, C, height, width), at least one, got "
            f"shape {X.shape}"
        )
    if X.shape[2] % p or X.shape[3] % p:
        raise ValueError(
            f"X: expected sides that patches of {p} x {p} divide, got "
            f"{X.shape[2]} x {X.shape[3]}"
        )
    return {"p": p}


class PatchesCache(NamedTuple):
    """What is needed to put the patches back."""

    shape: tuple  # of the pictures, (B, C, H, W)
    p: int


@checked(pictures_fit)
def patches(X, p):
    """Cut pictures into patches of p x p pixels, row by row, each one flat.

    Arguments: X (B, C, H, W); p divides H and W.
    Returns out (B, M, C p p) with M = (H / p) (W / p), cache. Nothing is
    computed: the numbers only get new places.
    """
    B, C, H, W = X.shape
    cut = X.reshape(B, C, H // p, p, W // p, p)
    flat = cut.transpose(0, 2, 4, 1, 3, 5).reshape(B, -1, C * p * p)
    return flat, PatchesCache(X.shape, p)


def patches_backward(dout, cache):
    """Each number goes back to its pixel: the inverse of `patches`.
    Arguments: dout (B, M, C p p). Returns dX (B, C, H, W)."""
    (B, C, H, W), p = cache
    cut = dout.reshape(B, H // p, W // p, C, p, p)
    return cut.transpose(0, 3, 1, 4, 2, 5).reshape(B, C, H, W)


def fits(params, X, p, hidden=None, **_):
    """Pictures and hidden places that fit the model, or raise."""
    p = pictures_fit(X, p)["p"]
    C, H, W = X.shape[1:]
    wanted = take(params, "patch")["W"].shape[0]
    if C * p * p != wanted:
        raise ValueError(
            f"X: this model reads {wanted} numbers a patch, got {C} x {p} x {p}"
        )
    M = H // p * (W // p)
    if "P" in params and M != len(params["P"]) - ("cls" in params):
        raise ValueError(
            f"X: this model has positions for "
            f"{len(params['P']) - ('cls' in params)} patches, got {M}; see "
            "resize_positions"
        )
    if hidden is None:
        return {"p": p}
    hidden = np.asarray(hidden)
    if hidden.dtype != bool or hidden.shape != (len(X), M):
        raise ValueError(
            f"hidden: expected booleans of shape {(len(X), M)}, True = "
            f"hidden, got {describe(hidden)}"
        )
    return {"p": p, "hidden": hidden}


class EmbedCache(NamedTuple):
    """What the backward pass needs."""

    params: dict
    cut: PatchesCache
    patch: LinearCache
    hidden: np.ndarray | None  # (B, M)


@checked(fits)
def embed(params, X, p, hidden=None):
    """Pictures to the first layer's tokens: x_m = patch_m W + b + P_m, and a
    class token before them.

    Arguments: params: patch.W (C p p, D), patch.b (D,); if there is a class
    token, cls (D,); if positions, P (1 + M, D), or (M, D) without class
    token; if something is hidden, gap (D,). X (B, C, H, W). p: the patches'
    side. hidden (B, M): True where the gap stands instead of the patch.
    Returns x (B, 1 + M, D) or (B, M, D), cache. Raises ValueError if a side
    is no multiple of p, or there are not as many positions as patches.
    """
    flat, cut = patches(X, p)
    x, patch = linear(take(params, "patch"), flat)  # (B, M, D)
    if hidden is not None:
        x = np.where(hidden[:, :, None], params["gap"], x)
    if "cls" in params:
        cls = np.broadcast_to(params["cls"], (len(x), 1, x.shape[2]))
        x = np.concatenate([cls, x], axis=1)
    x = x + params["P"] if "P" in params else x
    return x, EmbedCache(params, cut, patch, hidden)


def embed_backward(dx, cache):
    """Gradients of `embed`: positions, class token and gap add up over all
    pictures (and places) that used them.

    Arguments: dx like x. Returns grads, dX (B, C, H, W).
    """
    params, cut, patch, hidden = cache
    grads = {}
    if "P" in params:
        grads["P"] = dx.sum(axis=0)
    if "cls" in params:
        grads["cls"], dx = dx[:, 0].sum(axis=0), dx[:, 1:]
    if hidden is not None:
        grads["gap"] = dx[hidden].sum(axis=0)
        dx = np.where(hidden[:, :, None], 0, dx)
    some, dflat = linear_backward(dx, patch)
    return grads | put("patch", some), patches_backward(dflat, cut)


class EncodeCache(NamedTuple):
    """Caches from the bottom to the top."""

    embed: EmbedCache
    layers: list
    norm: NormCache


def encode(params, X, p, N, hidden=None):
    """Pictures to one vector a token: patches, then chapter 16's layers.

    Arguments: as in `embed`, and params "0.*", "1.*", ... of
    `blocks.encoder_layer`, norm.gamma and norm.beta (D,); N heads.
    Returns h (B, 1 + M, D) or (B, M, D), cache.
    """
    x, below = embed(params, X, p, hidden)
    caches = []
    for k in range(layers_of(params)):
        x, cache = encoder_layer(take(params, str(k)), x, N)
        caches.append(cache)
    h, norm = layer_norm(take(params, "norm"), x)
    return h, EncodeCache(below, caches, norm)


def encode_backward(dh, cache):
    """Gradients of `encode`. Returns grads, dX (B, C, H, W)."""
    some, dx = layer_norm_backward(dh, cache.norm)
    grads = put("norm", some)
    for k in reversed(range(len(cache.layers))):
        some, dx = encoder_layer_backward(dx, cache.layers[k])
        grads |= put(str(k), some)
    some, dX = embed_backward(dx, cache.embed)
    return grads | some, dX


def layers_of(params):
    """Number of layers in `params`."""
    return len({n.split(".")[0] for n in params if n[0].isdigit()})


class VitCache(NamedTuple):
    """Caches of the body and of the head."""

    body: EncodeCache
    tokens: tuple  # shape of h
    head: LinearCache


def vit(params, X, p, N):
    """Scores of the classes, read from the class token, or from the mean of
    all tokens where there is none.

    Arguments: as in `encode`, and params head.W (D, classes), head.b.
    Returns logits (B, classes), cache; cache.body.layers[k].weights are the
    maps. Raises TypeError or ValueError.
    """
    h, body = encode(params, X, p, N)
    read = h[:, 0] if "cls" in params else h.mean(axis=1)  # (B, D)
    logits, head = linear(take(params, "head"), read)
    return logits, VitCache(body, h.shape, head)


def vit_backward(dlogits, cache):
    """Gradients of `vit`. Arguments: dlogits (B, classes). Returns grads
    like params, dX (B, C, H, W)."""
    body, shape, head = cache
    some, dread = linear_backward(dlogits, head)
    params = body.embed.params
    if "cls" in params:
        dh = np.zeros(shape, dread.dtype)
        dh[:, 0] = dread  # no other token is read
    else:
        dh = np.repeat(dread[:, None] / shape[1], shape[1], axis=1)
    grads, dX = encode_backward(dh, body)
    grads |= put("head", some)
    return {name: grads[name] for name in params if name in grads}, dX


def init_body(rng, C, size, p, D, N, F, layers, read="class", dtype=np.float64):
    """Draw what `encode` needs: C channels, size = (height, width), patches
    of p x p, width D, N heads, feed-forward width F. No gap."""
    as_rng("rng", rng)
    as_choice("read", read, READS)
    M = (size[0] // as_count("p", p)) * (size[1] // p)
    params = put("patch", init_linear(rng, C * p * p, D, dtype=dtype))
    if read == "class":
        params["cls"] = (0.02 * rng.standard_normal(D)).astype(dtype)
    rows = M + (read == "class")
    params["P"] = (0.02 * rng.standard_normal((rows, D))).astype(dtype)
    for k in range(as_count("layers", layers)):
        params |= put(str(k), init_encoder_layer(rng, D, N, F, dtype))
    return params | put("norm", init_norm(D, dtype))


def init_vit(rng, C, size, p, D, N, F, layers, classes, read="class"):
    """Draw a whole `vit` in float64; read: "class" for a class token, "mean"
    without one."""
    params = init_body(rng, C, size, p, D, N, F, layers, read)
    return params | put("head", init_linear(rng, D, classes))
