"""An external memory that is read and written softly, by content and by place
(the neural Turing machine, Graves et al. 2014).

B examples, R rows of W numbers each. Forward and backward, one function for
each step of the addressing: content, gate, shift, sharpen.
"""

from typing import NamedTuple

import numpy as np

from byhand.shapes import shapes

EPS = 1e-8


class ContentCache(NamedTuple):
    """Weights (B, R), cosines, and the lengths that made them."""

    M: np.ndarray
    k: np.ndarray
    beta: np.ndarray
    cosine: np.ndarray
    row: np.ndarray  # lengths of the rows (B, R)
    key: np.ndarray  # length of the key (B, 1)
    w: np.ndarray


@shapes(M="B R W", k="B W", beta="B 1")
def by_content(M, k, beta):
    """w = softmax(beta cos(M_r, k)): rows that look like the key.

    Arguments: M (B, R, W), k (B, W), beta (B, 1), sharper with larger beta.
    Returns w (B, R), cache.
    """
    row = np.sqrt((M * M).sum(axis=2) + EPS)
    key = np.sqrt((k * k).sum(axis=1, keepdims=True) + EPS)
    cosine = np.einsum("brw,bw->br", M, k) / (row * key)
    z = beta * cosine
    w = np.exp(z - z.max(axis=1, keepdims=True))
    w /= w.sum(axis=1, keepdims=True)
    return w, ContentCache(M, k, beta, cosine, row, key, w)


def by_content_backward(dw, cache):
    """Gradients of `by_content`: dM, dk, dbeta."""
    M, k, beta, cosine, row, key, w = cache
    dz = w * (dw - (w * dw).sum(axis=1, keepdims=True))
    dbeta = (dz * cosine).sum(axis=1, keepdims=True)
    dcos = beta * dz  # (B, R)
    # cos = M.k / (|M| |k|): the product, and both lengths
    straight = dcos / (row * key)
    dM = (
        straight[:, :, None] * k[:, None]
        - (dcos * cosine / row**2)[:, :, None] * M
    )
    dk = np.einsum("br,brw->bw", straight, M)
    dk -= (dcos * cosine).sum(axis=1, keepdims=True) / key**2 * k
    return dM, dk, dbeta


class GateCache(NamedTuple):
    """What was mixed."""

    w: np.ndarray
    before: np.ndarray
    g: np.ndarray


@shapes(w="B R", before="B R", g="B 1")
def gated(w, before, g):
    """g w + (1 - g) before: by content, or where the head stood before.
    Returns (B, R), cache."""
    return g * w + (1 - g) * before, GateCache(w, before, g)


def gated_backward(dout, cache):
    """Gradients of `gated`: dw, dbefore, dg."""
    w, before, g = cache
    dg = (dout * (w - before)).sum(axis=1, keepdims=True)
    return g * dout, (1 - g) * dout, dg


class ShiftCache(NamedTuple):
    """The weights and how far they were moved."""

    w: np.ndarray
    s: np.ndarray


@shapes(w="B R", s="B 3")
def shifted(w, s):
    """Move the weights on a ring: out_r = sum_j s_j w_(r - j), for steps
    j = -1, 0, 1 in this order in s (B, 3). Returns (B, R), cache."""
    out = sum(s[:, [j + 1]] * np.roll(w, j, axis=1) for j in (-1, 0, 1))
    return out, ShiftCache(w, s)


def shifted_backward(dout, cache):
    """Gradients of `shifted`: dw, ds. What was moved by j goes back by j."""
    w, s = cache
    dw = sum(s[:, [j + 1]] * np.roll(dout, -j, axis=1) for j in (-1, 0, 1))
    ds = [(dout * np.roll(w, j, axis=1)).sum(axis=1) for j in (-1, 0, 1)]
    return dw, np.stack(ds, axis=1)


class SharpCache(NamedTuple):
    """Powers before and after they were divided by their sum."""

    w: np.ndarray
    gamma: np.ndarray
    out: np.ndarray


@shapes(w="B R", gamma="B 1")
def sharpened(w, gamma):
    """w^gamma, divided by its sum; gamma (B, 1) at least 1 makes the largest
    weights larger. w must not be negative. Returns (B, R), cache."""
    if (w < 0).any() or (gamma < 1).any():
        raise ValueError(
            "w, gamma: expected weights of at least 0 and gamma of at least 1, "
            f"got down to {w.min():.3g} and {gamma.min():.3g}"
        )
    power = np.maximum(w, EPS) ** gamma
    out = power / power.sum(axis=1, keepdims=True)
    return out, SharpCache(w, gamma, out)


def sharpened_backward(dout, cache):
    """Gradients of `sharpened`: dw, dgamma. The logarithm of a power is gamma
    times a logarithm, so this is a softmax's backward pass."""
    w, gamma, out = cache
    dz = out * (dout - (out * dout).sum(axis=1, keepdims=True))
    log_w = np.log(np.maximum(w, EPS))
    dw = np.where(w > EPS, gamma * dz / np.maximum(w, EPS), 0)
    return dw, (dz * log_w).sum(axis=1, keepdims=True)


class AddressCache(NamedTuple):
    """The caches of the four steps."""

    content: ContentCache
    gate: GateCache
    shift: ShiftCache
    sharp: SharpCache


def address(M, before, k, beta, g, s, gamma):
    """Where to look: content, gate, shift, sharpen, in this order.

    Arguments: M (B, R, W), before (B, R), k (B, W), beta, g, gamma (B, 1),
    s (B, 3). Returns w (B, R), cache.
    """
    w, content = by_content(M, k, beta)
    w, gate = gated(w, before, g)
    w, shift = shifted(w, s)
    w, sharp = sharpened(w, gamma)
    return w, AddressCache(content, gate, shift, sharp)


def address_backward(dw, cache):
    """Gradients of `address`: dM, dbefore, dk, dbeta, dg, ds, dgamma."""
    dw, dgamma = sharpened_backward(dw, cache.sharp)
    dw, ds = shifted_backward(dw, cache.shift)
    dw, dbefore, dg = gated_backward(dw, cache.gate)
    dM, dk, dbeta = by_content_backward(dw, cache.content)
    return dM, dbefore, dk, dbeta, dg, ds, dgamma


class ReadCache(NamedTuple):
    """The memory and where it was read."""

    M: np.ndarray
    w: np.ndarray


@shapes(M="B R W", w="B R")
def read(M, w):
    """r = sum_r w_r M_r, attention's last step. Returns r (B, W), cache."""
    return np.einsum("br,brw->bw", w, M), ReadCache(M, w)


def read_backward(dr, cache):
    """Gradients of `read`: dM, dw."""
    M, w = cache
    return w[:, :, None] * dr[:, None], np.einsum("brw,bw->br", M, dr)


class WriteCache(NamedTuple):
    """The memory before, and what was erased and added where."""

    M: np.ndarray
    w: np.ndarray
    e: np.ndarray
    a: np.ndarray


@shapes(M="B R W", w="B R", e="B W", a="B W")
def write(M, w, e, a):
    """M_r (1 - w_r e) + w_r a: erase first, then add.

    Arguments: M (B, R, W), w (B, R), e (B, W) between 0 and 1, a (B, W).
    Returns the new memory (B, R, W), cache. Raises ValueError for e outside
    [0, 1].
    """
    if (e < 0).any() or (e > 1).any():
        raise ValueError(
            "e: expected numbers from 0 to 1, got "
            f"{e.min():.3g} to {e.max():.3g}"
        )
    here = w[:, :, None]
    return M * (1 - here * e[:, None]) + here * a[:, None], WriteCache(
        M, w, e, a
    )


def write_backward(dout, cache):
    """Gradients of `write`: dM, dw, de, da."""
    M, w, e, a = cache
    here = w[:, :, None]
    dM = dout * (1 - here * e[:, None])
    dw = (dout * (a[:, None] - M * e[:, None])).sum(axis=2)
    de = -(dout * here * M).sum(axis=1)
    return dM, dw, de, (dout * here).sum(axis=1)
