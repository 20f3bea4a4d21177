"""Several small recurrent networks trained at once, each with its own start,
learning rate and data.

Every array has a leading axis M, one entry for each network; nothing passes
from one network to another. A step of nine networks costs little more than one
of three, because small arrays are slow for what they hold.
"""

import numpy as np

from byhand.lstm import init_lstm
from byhand.optim import adam_step
from byhand.rnn import init_rnn
from byhand.validate import as_choice

KINDS = ("rnn", "relu", "lstm")  # rnn: tanh; relu: the same layer with ReLU
STARTS = ("random", "orthogonal", "identity")


def init_net(rng, kind, H, start="random", forget_bias=1.0):
    """Draw one network that reads two numbers a step and answers with one.

    Arguments: kind: of `KINDS`. start: of W_h, of `STARTS`; other than
    "random" only without gates. forget_bias: of an LSTM.
    Returns a dict of float32 arrays: W_x, W_h, b; w (H, 1), w_0 (1, 1). Raises
    TypeError or ValueError.
    """
    as_choice("kind", kind, KINDS)
    as_choice("start", start, STARTS if kind != "lstm" else STARTS[:1])
    if kind == "lstm":
        params = init_lstm(rng, 2, H, forget_bias)
    else:
        params = init_rnn(rng, 2, H)
    if start == "orthogonal":
        params["W_h"] = np.linalg.qr(rng.standard_normal((H, H)))[0]
    if start == "identity":
        params["W_h"] = np.eye(H)
    bound = H**-0.5
    params["b"] = params["b"][None]
    params |= {"w": rng.uniform(-bound, bound, (H, 1)), "w_0": np.zeros((1, 1))}
    return {name: value.astype(np.float32) for name, value in params.items()}


def stacked(nets):
    """Put networks of one shape side by side: dicts of arrays to one dict
    (M, ...)."""
    return {name: np.stack([net[name] for net in nets]) for name in nets[0]}


def network(nets, m):
    """The m-th of stacked networks, its b as a vector."""
    net = {name: value[m] for name, value in nets.items()}
    return net | {"b": net["b"][0]}


def by_gate(W, parts):
    """Columns (M, D, parts H) to one block for each gate (parts, M, D, H)."""
    M, D, _ = W.shape
    blocks = W.reshape(M, D, parts, -1).transpose(2, 0, 1, 3)
    return np.ascontiguousarray(blocks)


def answers(kind, nets, x):
    """Answers read off the last h.

    Arguments: kind: of `KINDS`. nets: as from `stacked`. x (T, M, B, 2).
    Returns y (M, B, 1), cache.
    """
    parts = 4 if kind == "lstm" else 1
    W_x, W_h, b = (by_gate(nets[k], parts) for k in ("W_x", "W_h", "b"))
    if kind == "lstm":
        # sigmoid(z) = tanh(z/2)/2 + 1/2
        half = np.array([0.5, 0.5, 1, 0.5], x.dtype)[:, None, None, None]
        W_x, b = W_x * half, b * half
    W_step = W_h * half if kind == "lstm" else W_h
    h = c = np.zeros((*x.shape[1:3], W_h.shape[2]), x.dtype)
    kept = []
    for x_t in x:
        z = x_t @ W_x + h @ W_step + b  # (parts, M, B, H)
        h_prev, c_prev = h, c
        if kind == "lstm":
            i, f, g, o = np.tanh(z, out=z)
            i, f, o = (gate / 2 + 0.5 for gate in (i, f, o))
            c = f * c_prev + i * g
            tanh_c = np.tanh(c)
            h = o * tanh_c
            kept.append((h_prev, c_prev, i, f, g, o, tanh_c))
        else:
            h = np.tanh(z[0]) if kind == "rnn" else np.maximum(z[0], 0)
            kept.append((h_prev, h))
    return h @ nets["w"] + nets["w_0"], (kind, nets, x, W_h, h, kept)


def answers_backward(dy, cache):
    """Gradients of `answers`. Arguments: dy (M, B, 1). Returns a dict like the
    networks."""
    kind, nets, x, W_h, h, kept = cache
    W_hT = np.ascontiguousarray(W_h.swapaxes(2, 3))
    dz = np.empty((len(x), *W_h.shape[:2], *h.shape[1:]), x.dtype)
    dh, dc = dy @ nets["w"].swapaxes(1, 2), 0
    for t in reversed(range(len(x))):
        if kind == "lstm":
            _, c_prev, i, f, g, o, tanh_c = kept[t]
            dc = dc + dh * o * (1 - tanh_c * tanh_c)
            dz[t, 0] = dc * g * i * (1 - i)
            dz[t, 1] = dc * c_prev * f * (1 - f)
            dz[t, 2] = dc * i * (1 - g * g)
            dz[t, 3] = dh * tanh_c * o * (1 - o)
            dc = dc * f
        else:
            out = kept[t][1]
            dz[t, 0] = dh * (1 - out * out if kind == "rnn" else out > 0)
        dh = (dz[t] @ W_hT).sum(axis=0)
    T, parts, M, B, H = dz.shape
    dz = dz.transpose(2, 0, 3, 1, 4).reshape(M, T * B, parts * H)
    x = x.swapaxes(0, 1).reshape(M, T * B, -1)
    h_prev = np.stack([k[0] for k in kept], axis=1).reshape(M, T * B, H)
    return {
        "W_x": x.swapaxes(1, 2) @ dz,
        "W_h": h_prev.swapaxes(1, 2) @ dz,
        "b": dz.sum(axis=1, keepdims=True),
        "w": h.swapaxes(1, 2) @ dy,
        "w_0": dy.sum(axis=1, keepdims=True),
    }


def train_nets(rng, kind, nets, rates, batch, steps, limit=1.0):
    """Train on mean squared error with Adam, each network at its own rate; each
    one's gradient is limited by itself.

    Arguments: rng: NumPy Generator. kind, nets: as in `answers`. rates: M
    numbers. batch: function rng, M -> x (T, M, B, 2), y (M, B, 1). limit: of
    the norm of one network's gradient. Returns nets, losses (steps, M).
    """
    rates = np.array(rates, np.float32)[:, None, None]
    state, losses = None, []
    for _ in range(steps):
        x, y = batch(rng, len(rates))
        told, cache = answers(kind, nets, x)
        error = told - y
        losses.append(np.mean(error**2, axis=(1, 2)))
        grads = answers_backward(2 * error / error.shape[1], cache)
        squares = [
            (g * g).sum(axis=(1, 2), keepdims=True) for g in grads.values()
        ]
        scale = limit / np.maximum(limit, np.sqrt(sum(squares)))
        grads = {name: g * scale for name, g in grads.items()}
        moved, state = adam_step(nets, grads, state, lr=1.0)
        # each network goes its own share of the way
        nets = {k: w + rates * (moved[k] - w) for k, w in nets.items()}
    return nets, np.array(losses)
