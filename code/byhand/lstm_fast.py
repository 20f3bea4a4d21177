"""The fast form of `lstm.lstm`, with which the book trains: same numbers,
less work in the loop.

Outside the loop: the product x W_x of all steps,
and whatever of the gradients does not depend on step t+1. One tanh serves all
four gates, because sigmoid(z) = tanh(z/2)/2 + 1/2. Arrays are written in place.
"""

import numpy as np

from byhand.lstm import SHAPES, LstmCache, lstm_grads
from byhand.shapes import shapes


@shapes(SHAPES, x="B T D", h_0="B H", c_0="B H")
def lstm_fast(params, x, h_0, c_0):
    """Arguments and returns as in `lstm.lstm`; the caches are of one kind."""
    # (T, B, D): a step is then one block of memory
    x = np.ascontiguousarray(x.swapaxes(0, 1))
    T, (B, H) = len(x), h_0.shape
    half = np.full(4 * H, 0.5, x.dtype)
    half[2 * H : 3 * H] = 1  # i, f, o are made from z/2, g from z
    rest, W_h = 1 - half, params["W_h"] * half
    gates = x.reshape(T * B, -1) @ (params["W_x"] * half)
    gates += params["b"] * half
    # z/2 and z so far, made into gates step by step
    gates = gates.reshape(T, B, 4 * H)
    h, c = (np.empty((T + 1, B, H), x.dtype) for _ in range(2))
    h[0], c[0] = h_0, c_0
    tanh_c, z_h = np.empty((T, B, H), x.dtype), np.empty((B, 4 * H), x.dtype)
    i, f, g, o = side_by_side(gates, H)
    for t in range(T):
        a = gates[t]
        a += np.matmul(h[t], W_h, out=z_h)
        np.tanh(a, out=a)
        a *= half
        a += rest
        np.multiply(f[t], c[t], out=c[t + 1])
        c[t + 1] += i[t] * g[t]
        np.tanh(c[t + 1], out=tanh_c[t])
        np.multiply(o[t], tanh_c[t], out=h[t + 1])
    return (
        h[1:].swapaxes(0, 1),
        c[T].copy(),
        LstmCache(params, x, gates, h, c, tanh_c),
    )


def lstm_fast_backward(dh, dc_T, cache):
    """Arguments and returns as in `lstm.lstm_backward`."""
    params, x, gates, h, c, tanh_c = cache
    T, B, H = tanh_c.shape
    i, f, g, o = side_by_side(gates, H)  # (T, B, H) each
    slope = gates * (1 - gates)
    # at first only what follows dc (i, f, g) or dh (o)
    dz = np.empty((T, B, 4, H), x.dtype)
    dz[:, :, 0] = g * slope[..., :H]
    dz[:, :, 1] = c[:-1] * slope[..., H : 2 * H]
    dz[:, :, 2] = i * (1 - g * g)
    dz[:, :, 3] = tanh_c * slope[..., 3 * H :]
    h_to_c = o * (1 - tanh_c * tanh_c)
    dh_next, dc = np.zeros((B, H), x.dtype), dc_T
    W_hT = np.ascontiguousarray(params["W_h"].T)
    for t in reversed(range(T)):
        dh_t = dh[:, t] + dh_next
        dc = dc + dh_t * h_to_c[t]
        dz[t, :, :3] *= dc[:, None]
        dz[t, :, 3] *= dh_t
        dh_next = dz[t].reshape(B, 4 * H) @ W_hT
        dc = dc * f[t]
    dz = dz.reshape(T * B, 4 * H)
    dx = (dz @ params["W_x"].T).reshape(T, B, -1).swapaxes(0, 1)
    return lstm_grads(x, h, dz), dx, dh_next, dc


def side_by_side(gates, H):
    """The four gates (..., H) inside (..., 4H), as views."""
    return [gates[..., k * H : (k + 1) * H] for k in range(4)]
