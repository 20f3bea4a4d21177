"""Gated recurrent unit (Cho et al. 2014): h = (1 - z) n + z h_prev.

z says how much of the old state stays, r how much of it the candidate n
sees. Chung et al. 2014 swap z and 1 - z. The reset acts after the product with
W_h (reset="after", as in torch: n = tanh(x W_xn + b_n + r (h W_hn + b_hn))) or
before it (reset="before", as in the
paper: n = tanh(x W_xn + b_n + (r h) W_hn)).
"""

from typing import NamedTuple

import numpy as np

from byhand.mlp import rows
from byhand.shapes import shapes
from byhand.validate import as_choice, as_count, as_rng

SHAPES = {
    "W_x": "D 3H",
    "W_h": "H 3H",
    "b": "3H",
}  # side by side in the order r, z, n
RESETS = ("after", "before")


def gru_shapes(reset="after", **_):
    """The shapes of the parameters: the reset after the product has one
    bias more."""
    as_choice("reset", reset, RESETS)
    return SHAPES | ({"b_hn": "H"} if reset == "after" else {})


class GruCache(NamedTuple):
    """What the backward pass needs; for a sequence every array but x has time
    as its first axis."""

    params: dict
    reset: str
    x: np.ndarray  # (B, D), or (T, B, D) for a sequence
    h_prev: np.ndarray  # (B, H)
    r: np.ndarray  # (B, H) reset gate
    z: np.ndarray  # (B, H) update gate
    n: np.ndarray  # (B, H) candidate
    q: np.ndarray  # (B, H) what r met: h W_hn + b_hn (after) or h_prev (before)


@shapes(gru_shapes, x="B D", h_prev="B H")
def gru_cell(params, x, h_prev, reset="after"):
    """One step: r, z = sigmoid(x W_x + h_prev W_h + b), n as the module says,
    h = (1 - z) n + z h_prev.

    Arguments: params: W_x (D, 3H), W_h (H, 3H), b (3H,), in the order r, z, n;
        with reset="after" also b_hn (H,). x: (B, D). h_prev: (B,
        H). reset: "after" or "before".
    Returns h (B, H), cache. Raises TypeError or ValueError if a shape
    does not fit.
    """
    h, r, z, n, q = gru_step(
        params, reset, x @ params["W_x"] + params["b"], h_prev
    )
    return h, GruCache(params, reset, x, h_prev, r, z, n, q)


def gru_cell_backward(dh, cache):
    """Gradients of `gru_cell`. Arguments: dh (B,
    H). Returns grads like params, dx (B, D), dh_prev (B, H)."""
    da_x, da_h, dh_prev = gru_step_backward(dh, cache)
    return gru_grads(da_x, da_h, cache), da_x @ cache.params["W_x"].T, dh_prev


def gru_step(params, reset, a, h_prev):
    """One step from a = x W_x + b (B, 3H)."""
    H, W_h = h_prev.shape[1], params["W_h"]
    if reset == "after":
        u = h_prev @ W_h  # (B, 3H)
        q = u[:, 2 * H :] + params["b_hn"]  # (B, H)
    else:
        u = h_prev @ W_h[:, : 2 * H]  # (B, 2H)
        q = h_prev
    # sigmoid(s) = tanh(s/2)/2 + 1/2
    rz = np.tanh((a[:, : 2 * H] + u[:, : 2 * H]) / 2) / 2 + 0.5
    r, z = rz[:, :H], rz[:, H:]
    seen = r * q if reset == "after" else (r * q) @ W_h[:, 2 * H :]
    n = np.tanh(a[:, 2 * H :] + seen)
    return (1 - z) * n + z * h_prev, r, z, n, q


def gru_step_backward(dh, cache):
    """Returns gradients of x W_x + b and of what W_h multiplies (each (B, 3H)),
    and dh_prev (B, H)."""
    params, reset, _, h_prev, r, z, n, q = cache
    H, W_h = h_prev.shape[1], params["W_h"]
    ds_z = dh * (h_prev - n) * z * (1 - z)
    ds_n = dh * (1 - z) * (1 - n**2)
    if reset == "after":
        dr, ds_q = ds_n * q, ds_n * r
    else:
        drh = ds_n @ W_h[:, 2 * H :].T  # gradient of r h_prev
        dr, ds_q = drh * q, ds_n
    ds_r = dr * r * (1 - r)
    da_x = np.concatenate([ds_r, ds_z, ds_n], axis=1)
    da_h = np.concatenate([ds_r, ds_z, ds_q], axis=1)
    if reset == "after":
        dh_prev = dh * z + da_h @ W_h.T
    else:
        dh_prev = dh * z + da_h[:, : 2 * H] @ W_h[:, : 2 * H].T + drh * r
    return da_x, da_h, dh_prev


def gru_grads(da_x, da_h, cache):
    """Gradients of the parameters from those of one step or of all, (...,
    3H) each."""
    H = cache.h_prev.shape[-1]
    x, h_prev, r, da_x, da_h = map(
        rows, (cache.x, cache.h_prev, cache.r, da_x, da_h)
    )
    if cache.reset == "after":
        dW_h = h_prev.T @ da_h
    else:
        dW_h = np.concatenate(
            [h_prev.T @ da_h[:, : 2 * H], (r * h_prev).T @ da_h[:, 2 * H :]],
            axis=1,
        )
    grads = {"W_x": x.T @ da_x, "W_h": dW_h, "b": da_x.sum(axis=0)}
    return grads | (
        {"b_hn": da_h[:, 2 * H :].sum(axis=0)} if cache.reset == "after" else {}
    )


@shapes(gru_shapes, x="B T D", h_0="B H")
def gru(params, x, h_0, reset="after"):
    """A sequence: `gru_cell` at t = 1 .. T, with one matrix product for all
    inputs before the loop.

    Arguments: params, reset as in `gru_cell`; x: (B, T, D); h_0: (B, H).
    Returns h (B, T, H), cache; the last state is h[:,
    -1]. In the cache time is the first axis.
    """
    # (T, B, D): a step is then one block of memory
    x = np.ascontiguousarray(x.swapaxes(0, 1))
    T, (B, H) = len(x), h_0.shape
    a = x @ params["W_x"] + params["b"]  # (T, B, 3H)
    h = np.empty((T + 1, B, H), x.dtype)
    h[0] = h_0
    r, z, n, q = (np.empty((T, B, H), x.dtype) for _ in range(4))
    for t in range(T):
        h[t + 1], r[t], z[t], n[t], q[t] = gru_step(params, reset, a[t], h[t])
    return h[1:].swapaxes(0, 1), GruCache(params, reset, x, h[:-1], r, z, n, q)


def gru_backward(dh, cache):
    """Gradients of `gru`, back through time.

    Arguments: dh (B, T, H). Returns grads like params, dx (B, T, D),
    dh_0 (B, H).
    """
    params, reset, x, *steps = cache
    T, B, H = cache.z.shape
    da_x, da_h = (np.empty((T, B, 3 * H), x.dtype) for _ in range(2))
    dh_next = np.zeros((B, H), x.dtype)
    for t in reversed(range(T)):
        now = GruCache(params, reset, x[t], *(array[t] for array in steps))
        # output t, step t+1
        da_x[t], da_h[t], dh_next = gru_step_backward(dh[:, t] + dh_next, now)
    grads = gru_grads(da_x, da_h, cache)
    return grads, (da_x @ params["W_x"].T).swapaxes(0, 1), dh_next


def init_gru(rng, D, H, reset="after", dtype=np.float64):
    """Draw parameters: weights uniform in +-1/sqrt(H), as torch does;
    biases 0."""
    as_rng("rng", rng)
    D, H = as_count("D", D), as_count("H", H)
    as_choice("reset", reset, RESETS)
    bound = H**-0.5
    params = {
        "W_x": rng.uniform(-bound, bound, (D, 3 * H)),
        "W_h": rng.uniform(-bound, bound, (H, 3 * H)),
    }
    params |= {"b": np.zeros(3 * H)} | (
        {"b_hn": np.zeros(H)} if reset == "after" else {}
    )
    return {name: value.astype(dtype) for name, value in params.items()}
