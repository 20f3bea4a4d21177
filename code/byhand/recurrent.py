"""A recurrent layer of any of the three kinds with an output at every step, and its training."""

from typing import NamedTuple

import numpy as np

from byhand import gru, lstm, rnn
from byhand.losses import cross_entropy, cross_entropy_backward, mse, mse_backward
from byhand.mlp import linear, linear_backward
from byhand.optim import adam_step
from byhand.params import put, take
from byhand.rnn import clip_by_global_norm
from byhand.train import History
from byhand.validate import as_choice

KINDS = ("rnn", "lstm", "gru")


class RecurrentCache(NamedTuple):
    """Caches of the layer and of the output."""

    kind: str
    layer: tuple
    out: tuple


def layer(kind, params, x):
    """A recurrent layer from zero states. Arguments: x (B, T, D). Returns h (B, T, H), cache."""
    as_choice("kind", kind, KINDS)
    start = np.zeros((len(x), params["W_h"].shape[0]), x.dtype)
    if kind == "lstm":
        h, _, cache = lstm.lstm(params, x, start, start)
        return h, cache
    return rnn.rnn(params, x, start) if kind == "rnn" else gru.gru(params, x, start)


def layer_backward(kind, dh, cache):
    """Gradients of `layer`. Arguments: dh (B, T, H). Returns grads, dx (B, T, D)."""
    if kind == "lstm":
        return lstm.lstm_backward(dh, np.zeros_like(dh[:, 0]), cache)[:2]
    return (rnn.rnn_backward if kind == "rnn" else gru.gru_backward)(dh, cache)[:2]


def recurrent(kind, params, x):
    """A recurrent layer and, at every step, a linear output.

    Arguments: kind: "rnn", "lstm" or "gru". params: "layer.*" of that kind, "out.W" (H, C), "out.b" (C,).
        x: (B, T, D).
    Returns y (B, T, C), cache. Raises TypeError or ValueError for wrong kinds or shapes.
    """
    h, layer_cache = layer(kind, take(params, "layer"), x)
    y, out_cache = linear(take(params, "out"), h)
    return y, RecurrentCache(kind, layer_cache, out_cache)


def recurrent_backward(dy, cache):
    """Gradients of `recurrent`. Arguments: dy (B, T, C). Returns grads like params, dx (B, T, D)."""
    out_grads, dh = linear_backward(dy, cache.out)
    grads, dx = layer_backward(cache.kind, dh, cache.layer)
    return put("layer", grads) | put("out", out_grads), dx


def init_layer(rng, kind, D, H, dtype=np.float64, **options):
    """Draw a layer's parameters; `options` go to `init_rnn`, `init_lstm` (forget_bias) or `init_gru`."""
    as_choice("kind", kind, KINDS)
    init = {"rnn": rnn.init_rnn, "lstm": lstm.init_lstm, "gru": gru.init_gru}[kind]
    return init(rng, D, H, dtype=dtype, **options)


def init_recurrent(rng, kind, D, H, C, dtype=np.float64, **options):
    """Draw parameters; `options` as in `init_layer`."""
    bound = H**-0.5
    out = {"W": rng.uniform(-bound, bound, (H, C)).astype(dtype), "b": np.zeros(C, dtype)}
    return put("layer", init_layer(rng, kind, D, H, dtype, **options)) | put("out", out)


def loss_of(y, task):
    """Mean squared error for targets (B, T, 1), cross-entropy for symbols (B, T), where `task.counts`.

    Returns loss, dy (B, T, C).
    """
    if task.y.ndim == 3:
        dy = np.zeros_like(y)
        loss, cache = mse(y[task.counts], task.y[task.counts])
        dy[task.counts] = mse_backward(1.0, cache)
        return loss, dy
    loss, cache = cross_entropy(y, task.y, mask=task.counts)
    return loss, cross_entropy_backward(1.0, cache).astype(y.dtype)


def train_recurrent(kind, params, make, rng, steps, lr=0.005, limit=1.0, goal=0.0):
    """Train with Adam, the gradient's norm limited, on a fresh batch a step: nothing can be learned by heart.

    Arguments: kind, params as in `recurrent`. make: a function rng -> Lags that draws a batch. steps: how
        many at most. lr: learning rate. limit: of the gradient's norm. goal: stop when the mean of the last
        20 losses is below it.
    Returns params, History with "loss" and "norm" (before limiting); `stopped` is "goal" or "steps".
    """
    history, state = History(), None
    for step in range(1, steps + 1):
        task = make(rng)
        y, cache = recurrent(kind, params, task.x)
        loss, dy = loss_of(y, task)
        grads, _ = recurrent_backward(dy, cache)
        grads, norm = clip_by_global_norm(grads, limit)
        params, state = adam_step(params, grads, state, lr=lr)
        history.record(step, {"loss": float(loss), "norm": float(norm)})
        if step >= 20 and np.mean(history["loss"][-20:]) < goal:
            history.stopped = "goal"
            return params, history
    history.stopped = "steps"
    return params, history
