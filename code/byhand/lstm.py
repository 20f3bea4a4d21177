"""Long short-term memory (Hochreiter & Schmidhuber 1997,
with the forget gate of Gers et al. 2000)."""

from typing import NamedTuple

import numpy as np

from byhand.activations import sigmoid
from byhand.mlp import rows
from byhand.shapes import shapes
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


@shapes(SHAPES, x="B D", h_prev="B H", c_prev="B H")
def lstm_cell(params, x, h_prev, c_prev):
    """One step: z = x W_x + h_prev W_h + b; i, f, o = sigmoid, g = tanh;
    c = f c_prev + i g; h = o tanh c.

    Arguments: params: W_x (D, 4H), W_h (H, 4H), b (4H,),
    gates in the order i, f, g, o.
        x: (B, D). h_prev, c_prev: (B, H).
    Returns h (B, H), c (B, H), cache. Raises TypeError or ValueError if a shape
    does not fit.
    """
    z = x @ params["W_x"] + h_prev @ params["W_h"] + params["b"]  # (B, 4H)
    z_i, z_f, z_g, z_o = np.split(z, 4, axis=-1)  # (B, H) each
    i, f, o = sigmoid(z_i)[0], sigmoid(z_f)[0], sigmoid(z_o)[0]
    g = np.tanh(z_g)
    # the conveyor belt: kept share of the old, admitted share of the new
    c = f * c_prev + i * g
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
    # two paths lead to c: through h, and from step t+1
    dc = dc + dh * o * (1 - tanh_c**2)
    df, dc_prev = dc * c_prev, dc * f
    di, dg = dc * g, dc * i
    dz = np.concatenate(
        [di * i * (1 - i), df * f * (1 - f), dg * (1 - g**2), do * o * (1 - o)],
        axis=-1,
    )
    grads = {"W_x": x.T @ dz, "W_h": h_prev.T @ dz, "b": dz.sum(axis=0)}
    return grads, dz @ params["W_x"].T, dz @ params["W_h"].T, dc_prev


class LstmCache(NamedTuple):
    """A whole sequence, time first: gates[t] holds i, f, g,
    o side by side; h[0], c[0] are the start."""

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


@shapes(SHAPES, x="B T D", h_0="B H", c_0="B H")
def lstm(params, x, h_0, c_0):
    """A sequence: `lstm_cell` at t = 1 .. T.

    Arguments: params as in `lstm_cell`; x: (B, T, D); h_0, c_0: (B, H).
    Returns h (B, T, H), the last cell c_T (B, H), cache;
    the last state is h[:, -1].
    """
    h, c, gates, tanh_c = [h_0], [c_0], [], []
    for x_t in x.swapaxes(0, 1):  # (B, D)
        z = x_t @ params["W_x"] + h[-1] @ params["W_h"] + params["b"]  # (B, 4H)
        z_i, z_f, z_g, z_o = np.split(z, 4, axis=-1)
        i, f, g, o = (
            sigmoid(z_i)[0],
            sigmoid(z_f)[0],
            np.tanh(z_g),
            sigmoid(z_o)[0],
        )
        c.append(f * c[-1] + i * g)
        tanh_c.append(np.tanh(c[-1]))
        h.append(o * tanh_c[-1])
        gates.append(np.concatenate([i, f, g, o], axis=-1))
    cache = LstmCache(
        params, x.swapaxes(0, 1), *map(np.stack, (gates, h, c, tanh_c))
    )
    return cache.h[1:].swapaxes(0, 1), c[-1], cache


def lstm_backward(dh, dc_T, cache):
    """Gradients of `lstm`, back through time.

    Arguments: dh (B, T, H), gradients of every output; dc_T (B, H).
    Returns grads (W_x, W_h, b), dx (B, T, D), dh_0 (B, H), dc_0 (B, H).
    """
    params, x, gates, h, c, tanh_c = cache
    dz, dh_next, dc = np.empty_like(gates), 0, dc_T
    for t in reversed(range(len(x))):
        i, f, g, o = np.split(gates[t], 4, axis=-1)
        # two paths lead to h: the output at t, and step t+1
        dh_t = dh[:, t] + dh_next
        do = dh_t * tanh_c[t]
        # and two to c: through h, and step t+1
        dc = dc + dh_t * o * (1 - tanh_c[t] ** 2)
        di, df, dg = dc * g, dc * c[t], dc * i
        parts = (
            di * i * (1 - i),
            df * f * (1 - f),
            dg * (1 - g**2),
            do * o * (1 - o),
        )
        dz[t] = np.concatenate(parts, axis=-1)
        dh_next, dc = dz[t] @ params["W_h"].T, dc * f
    return (
        lstm_grads(x, h, dz),
        (dz @ params["W_x"].T).swapaxes(0, 1),
        dh_next,
        dc,
    )


def lstm_grads(x, h, dz):
    """Gradients of the weights: every step used the same ones,
    so they add up over time."""
    x, h_prev, dz = rows(x), rows(h[:-1]), rows(dz)
    return {"W_x": x.T @ dz, "W_h": h_prev.T @ dz, "b": dz.sum(axis=0)}


def init_lstm(rng, D, H, forget_bias=0.0, dtype=np.float64):
    """Draw parameters: weights uniform in +-1/sqrt(H), as torch does; biases 0,
    but for the forget gate.

    With forget_bias 0 the gate starts half open and gradients vanish like
    0.5^t; 1 is a common choice (Jozefowicz et al. 2015).
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
