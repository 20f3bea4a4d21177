"""Deep networks of dense layers, with batch norm and skips to switch on and
off; several are trained side by side.

A network has a first layer, `blocks` blocks of two layers each, and a last
one: 2 blocks + 2 layers. Every array has a leading axis M, one entry for each
network; nothing passes from one network to another.
"""

import numpy as np

from byhand.validate import as_choice, as_count

STARTS = ("he", "zero")  # of the second layer of each block


def init_deep(rng, blocks, H=16, D=64, C=10, start="he", normed=True):
    """Draw one network of 2 blocks + 2 layers of width H.

    Arguments: D, C: inputs, classes. start: "he", or "zero" for blocks that
    give nothing at first: the second layer's gamma is 0, or its W if the
    network has no norms. Returns a dict of float32 arrays: a list of W, of
    gamma and of beta by layer, "0.W", "0.gamma", "0.beta", ... Raises
    TypeError or ValueError.
    """
    as_choice("start", start, STARTS)
    last = 2 * as_count("blocks", blocks, least=0) + 1
    params = {}
    for l in range(last + 1):
        fan_in, out = D if l == 0 else H, C if l == last else H
        W = rng.standard_normal((fan_in, out))
        W *= np.sqrt((1 if l == last else 2) / fan_in)
        gamma, beta = np.ones((1, out)), np.zeros((1, out))
        if start == "zero" and l % 2 == 0 and 0 < l < last:
            W, gamma = (W, 0 * gamma) if normed else (0 * W, gamma)
        params |= {f"{l}.W": W, f"{l}.gamma": gamma, f"{l}.beta": beta}
    return {k: value.astype(np.float32) for k, value in params.items()}


def _norm(Z, gamma, beta):
    """(8.1) over the axis of examples; a mean is a matrix product with 1/B,
    which is faster here than a sum over a middle axis."""
    share = np.full((1, Z.shape[-2]), 1 / Z.shape[-2], Z.dtype)  # (1, B)
    Z_hat = Z - share @ Z
    r = 1 / np.sqrt(share @ (Z_hat * Z_hat) + Z.dtype.type(1e-5))
    Z_hat *= r
    return gamma * Z_hat + beta, (Z_hat, r, gamma, share)


def _norm_backward(dY, cache):
    """Back through `_norm`: (8.4)."""
    Z_hat, r, gamma, share = cache
    mean, along = share @ dY, share @ (dY * Z_hat)
    dZ = dY - mean
    dZ -= Z_hat * along
    dZ *= gamma * r
    B = dY.shape[-2]
    return dZ, B * along, B * mean


def deep(params, X, normed=True, skip=True):
    """Scores of the networks.

    Arguments: params: as from `init_deep`, stacked to (M, ...). X (B, D).
    normed: batch norm (training form) after every layer but the last.
    skip: each block adds its input to what its second layer gives.
    Returns Z (M, B, C), cache.
    """
    last, A, kept = len(params) // 3 - 1, X, []
    start = None
    for l in range(last + 1):
        W, gamma, beta = (params[f"{l}.{k}"] for k in ("W", "gamma", "beta"))
        Z, inner = A @ W, None
        if normed and l < last:
            Z, inner = _norm(Z, gamma, beta)
        else:
            Z = Z + beta
        if l % 2 and l < last:
            start = A  # of a block
        elif skip and 0 < l < last:
            Z = Z + start
        kept.append((A, inner, Z))
        A = np.maximum(Z, 0)
    return Z, (params, kept, skip)


def deep_backward(dZ, cache):
    """Gradients of `deep`. Arguments: dZ (M, B, C). Returns grads."""
    params, kept, skip = cache
    last, grads, dA, dS = len(kept) - 1, {}, None, None
    for l in reversed(range(last + 1)):
        A, inner, Z = kept[l]
        if l < last:
            dZ = dA * (Z > 0)  # through the ReLU
        if l % 2 == 0 and 0 < l < last:
            dS = dZ  # the sum at a block's end
        gamma = np.zeros_like(params[f"{l}.gamma"])
        if inner is None:
            beta = dZ.sum(axis=-2, keepdims=True)
        else:
            dZ, gamma, beta = _norm_backward(dZ, inner)
        grads |= {f"{l}.W": A.mT @ dZ, f"{l}.gamma": gamma, f"{l}.beta": beta}
        dA = dZ @ np.ascontiguousarray(params[f"{l}.W"].mT)
        if skip and l % 2 and l < last:
            dA = dA + dS  # two paths lead to a block's input
    return grads


def momentum(nets, grads, rates, state):
    """Move nets in place by a step of gradient descent with momentum 0.9.

    Arguments: grads: like nets. rates (M, 1, 1). state: the speeds; {} before
    the first step.
    """
    for name, value in nets.items():
        if name not in state:
            state[name] = np.zeros_like(value)
        state[name] *= value.dtype.type(0.9)
        state[name] += grads[name]
        value -= rates * state[name]


def train_deep(
    nets, X, y, rates, epochs, batch=40, update=momentum, **switches
):
    """Train networks side by side, each network's rate falling to zero along
    half a cosine; all see the same batches.

    Arguments: nets: as from `side_by_side.stacked`. X (N, D), y (N,).
    rates (M,). update: called as `momentum` is. switches: normed, skip.
    Returns the nets, the loss and the share of wrong answers over each pass,
    (epochs, M) each.
    """
    rng, k, seen, state = np.random.default_rng(0), 0, [], {}
    nets = {name: value.copy() for name, value in nets.items()}
    rates = np.asarray(rates, X.dtype)[:, None, None]
    steps = epochs * (len(X) // batch)
    for _ in range(epochs):
        order = rng.permutation(len(X))[: len(X) // batch * batch]
        for rows in order.reshape(-1, batch):
            Z, cache = deep(nets, X[rows], **switches)
            dZ, loss = _loss(Z, y[rows])
            grads = deep_backward(dZ, cache)
            rate = rates * X.dtype.type((1 + np.cos(np.pi * k / steps)) / 2)
            k += 1
            update(nets, grads, rate, state)
            wrong = (Z.argmax(axis=-1) != y[rows]).mean(axis=-1)
            seen.append((loss, wrong))
    seen = np.array(seen).reshape(epochs, -1, 2, len(rates))
    return nets, *seen.mean(axis=1).swapaxes(0, 1)


def _loss(Z, y):
    """Gradient (M, B, C) of the mean cross-entropy, and the loss (M,)."""
    at = np.arange(len(y))
    Z = Z - Z.max(axis=-1, keepdims=True)
    E = np.exp(Z)
    total = E.sum(axis=-1, keepdims=True)
    loss = (np.log(total[..., 0]) - Z[:, at, y]).mean(axis=-1)
    P = E / total
    P[:, at, y] -= 1
    return P / Z.dtype.type(len(y)), loss
