"""Long short-term memory (Hochreiter & Schmidhuber 1997,
with the forget gate of Gers et al. 2000)."""

from typing import NamedTuple

import numpy as np

from byhand.activations import sigmoid
from byhand.shapes import expect
from byhand.validate import as_count, as_rng

# the gates stand side by side in the order i, f, g, o
SHAPES = {"W_x": "D 4H", "W_h": "H 4H", "b": "4H"}


class LstmCellCache(NamedTuple):
    """One step: inputs, gates and the squashed cell."""

    params: dict
    x: np.ndarray  # (B, D)
    h_prev: np.ndarray  # (B, H)
    c_prev: np.ndarray  # (B, H)
    i: np.ndarray  # (B, H) input gate
    f: np.ndarray  # (B, H) forget gate
    g: np.ndarray  # (B, H) candidate
    o: np.ndarray  # (B, H) output gate
    tanh_c: np.ndarray  # (B, H)


def lstm_cell(params, x, h_prev, c_prev):
    """One step: z = x W_x + h_prev W_h + b; i, f, o = sigmoid, g = tanh; c = f c_prev + i g;
    h = o tanh c.

    Arguments: params: W_x (D, 4H), W_h (H, 4H), b (4H,), gates in the order i, f, g, o.
        x: (B, D). h_prev, c_prev: (B, H).
    Returns h (B, H), c (B, H), cache. Raises TypeError or ValueError if a shape does not fit.
    """
    _check(params, x=(x, "B D"), h_prev=(h_prev, "B H"), c_prev=(c_prev, "B H"))
    z = x @ params["W_x"] + h_prev @ params["W_h"] + params["b"]  # (B, 4H)
    z_i, z_f, z_g, z_o = np.split(z, 4, axis=-1)  # (B, H) each
    i, f, o = sigmoid(z_i)[0], sigmoid(z_f)[0], sigmoid(z_o)[0]
    g = np.tanh(z_g)
    c = f * c_prev + i * g  # the conveyor belt: kept share of the old, admitted share of the new
    tanh_c = np.tanh(c)
    h = o * tanh_c
    return h, c, LstmCellCache(params, x, h_prev, c_prev, i, f, g, o, tanh_c)


def lstm_cell_backward(dh, dc, cache):
    """Gradients of `lstm_cell`.

    Arguments: dh, dc: (B, H), gradients of the loss with respect to h and c.
    Returns grads (W_x, W_h, b), dx (B, D), dh_prev (B, H), dc_prev (B, H).
    """
    params, x, h_prev, c_prev, i, f, g, o, tanh_c = cache
    do = dh * tanh_c
    dc = dc + dh * o * (1 - tanh_c**2)  # two roads lead to c: through h, and from step t+1
    df, dc_prev = dc * c_prev, dc * f
    di, dg = dc * g, dc * i
    dz = np.concatenate(
        [di * i * (1 - i), df * f * (1 - f), dg * (1 - g**2), do * o * (1 - o)], axis=-1
    )
    grads = {"W_x": x.T @ dz, "W_h": h_prev.T @ dz, "b": dz.sum(axis=0)}
    return grads, dz @ params["W_x"].T, dz @ params["W_h"].T, dc_prev


class LstmCache(NamedTuple):
    """A whole sequence, time first: gates[t] holds i, f, g, o side by side; h[0],
    c[0] are the start."""

    params: dict
    x: np.ndarray  # (T, B, D)
    gates: np.ndarray  # (T, B, 4H)
    h: np.ndarray  # (T+1, B, H)
    c: np.ndarray  # (T+1, B, H)
    tanh_c: np.ndarray  # (T, B, H)

    @property
    def i(self):
        """Input gates (B, T, H)."""
        return self._gate(0)

    @property
    def f(self):
        """Forget gates (B, T, H)."""
        return self._gate(1)

    @property
    def g(self):
        """Candidates (B, T, H)."""
        return self._gate(2)

    @property
    def o(self):
        """Output gates (B, T, H)."""
        return self._gate(3)

    def _gate(self, k):
        return np.split(self.gates, 4, axis=-1)[k].swapaxes(0, 1)


def lstm(params, x, h_0, c_0):
    """A sequence: `lstm_cell` at t = 1 .. T,
    with one matrix product for all inputs before the loop.

    Arguments: params as in `lstm_cell`; x: (B, T, D); h_0, c_0: (B, H).
    Returns h (B, T, H), the last cell c_T (B, H), cache; the last state is h[:, -1].
    """
    _check(params, x=(x, "B T D"), h_0=(h_0, "B H"), c_0=(c_0, "B H"))
    x = np.ascontiguousarray(x.swapaxes(0, 1))  # (T, B, D): a step is then one block of memory
    T, (B, H) = len(x), h_0.shape
    half = np.full(4 * H, 0.5, x.dtype)
    # sigmoid(z) = tanh(z/2)/2 + 1/2, so one tanh serves i, f, o and, unhalved, g
    half[2 * H : 3 * H] = 1
    rest, W_h = 1 - half, params["W_h"] * half
    gates = x.reshape(T * B, -1) @ (params["W_x"] * half)
    gates += params["b"] * half
    gates = gates.reshape(T, B, 4 * H)  # z/2 and z so far, made into gates step by step
    h, c = (np.empty((T + 1, B, H), x.dtype) for _ in range(2))
    h[0], c[0] = h_0, c_0
    tanh_c, z_h = np.empty((T, B, H), x.dtype), np.empty((B, 4 * H), x.dtype)
    i, f, g, o = _side_by_side(gates, H)
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
    return h[1:].swapaxes(0, 1), c[T].copy(), LstmCache(params, x, gates, h, c, tanh_c)


def lstm_backward(dh, dc_T, cache):
    """Gradients of `lstm`, back through time; the loop keeps only what depends on step t+1.

    Arguments: dh (B, T, H), gradients of every output; dc_T (B, H).
    Returns grads (W_x, W_h, b), dx (B, T, D), dh_0 (B, H), dc_0 (B, H).
    """
    params, x, gates, h, c, tanh_c = cache
    T, B, H = tanh_c.shape
    i, f, g, o = _side_by_side(gates, H)  # (T, B, H) each
    slope = gates * (1 - gates)
    dz = np.empty((T, B, 4, H), x.dtype)  # at first only what follows dc (i, f, g) or dh (o)
    dz[:, :, 0] = g * slope[..., :H]
    dz[:, :, 1] = c[:-1] * slope[..., H : 2 * H]
    dz[:, :, 2] = i * (1 - g * g)
    dz[:, :, 3] = tanh_c * slope[..., 3 * H :]
    h_to_c = o * (1 - tanh_c * tanh_c)
    dh_next, dc = np.zeros((B, H), x.dtype), dc_T
    W_hT = np.ascontiguousarray(params["W_h"].T)
    for t in reversed(range(T)):
        dh_t = dh[:, t] + dh_next  # two roads lead to h: the output at t, and step t+1
        dc = dc + dh_t * h_to_c[t]  # two roads lead to c: through h, and step t+1
        dz[t, :, :3] *= dc[:, None]
        dz[t, :, 3] *= dh_t
        dh_next = dz[t].reshape(B, 4 * H) @ W_hT
        dc = dc * f[t]
    rows = dz.reshape(T * B, 4 * H)
    dx = (rows @ params["W_x"].T).reshape(T, B, -1).swapaxes(0, 1)
    return _weight_grads(x, h, rows), dx, dh_next, dc


def _side_by_side(gates, H):
    """The four gates (..., H) inside (..., 4H), as views."""
    return [gates[..., k * H : (k + 1) * H] for k in range(4)]


def _weight_grads(x, h, rows):
    """Gradients of the weights from all steps at once: every step used the same ones,
    so they add up."""
    return {
        "W_x": x.reshape(len(rows), -1).T @ rows,
        "W_h": h[:-1].reshape(len(rows), -1).T @ rows,
        "b": rows.sum(axis=0),
    }


def init_lstm(rng, D, H, forget_bias=0.0, dtype=np.float64):
    """Draw parameters: weights uniform in +-1/sqrt(H), as torch does; biases 0,
    but for the forget gate.

    With forget_bias 0 the gate starts half open and gradients vanish like 0.5^t;
    1 is a common choice (Jozefowicz et al. 2015).
    """
    as_rng("rng", rng)
    D, H = as_count("D", D), as_count("H", H)
    bound = H**-0.5
    b = np.zeros(4 * H)
    b[H : 2 * H] = forget_bias
    params = {
        "W_x": rng.uniform(-bound, bound, (D, 4 * H)),
        "W_h": rng.uniform(-bound, bound, (H, 4 * H)),
        "b": b,
    }
    return {name: value.astype(dtype) for name, value in params.items()}


def _check(params, **arrays):
    sizes = expect(params, SHAPES, **arrays)
    if sizes["4H"] != 4 * sizes["H"]:
        raise ValueError(f'params["W_h"]: expected shape (H, 4H), got {params["W_h"].shape}')
