"""Wrong answers that are on no list: rejected, and told nothing that is not so."""

import numpy as np
import pytest
from byhand import exercises
from byhand.exercises.checker.declare import REGISTRY


@pytest.fixture(autouse=True)
def no_progress(monkeypatch):
    monkeypatch.setenv("BYHAND_PROGRESS", "off")


def softmax(z, axis=-1):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def half_steps(w, b, x, y):
    return (w + 0.5 * y * x, b + 0.5 * y) if y * (w @ x + b) <= 0 else (w, b)


def unit_steps(w, b, x, y):
    return (w + y * x / np.linalg.norm(x), b + y) if y * (w @ x + b) <= 0 else (w, b)


def zero_one_labels(w, b, x, y):
    p = float(w @ x + b > 0)
    return w + (y - p) * x, b + (y - p)


def no_else(w, b, x, y):
    if y * (w @ x + b) <= 0:
        return w + y * x, b + y


def rounded(z):
    return np.round(softmax(z), 3)


def sharpened(z):
    return softmax(2 * z)


def by_norm(z):
    return z / np.linalg.norm(z, axis=1, keepdims=True)


def first_example_loss(z, y):
    p = softmax(z)
    d = p - np.eye(z.shape[1])[y]
    return -np.log(p[0, y[0]]), d / len(y)


def clipped(z, y):
    p = softmax(z)
    rows = np.arange(len(y))
    return -np.log(np.clip(p[rows, y], 1e-7, 1)).mean(), (p - np.eye(z.shape[1])[y]) / len(y)


def squares_kept(p, y):
    return (p - y) ** 2, 2 * (p - y) / len(p)


def early_eps(w, m, v, g, t, lr, beta1, beta2, eps):
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
    return w - lr * np.sqrt(1 - beta2**t) / (1 - beta1**t) * m / (np.sqrt(v) + eps), m, v


def late_mean(X, a, p, y, W2):
    d2 = p - np.eye(p.shape[1])[y]
    d1 = d2 @ W2.T * (1 - a**2)
    return X.T @ d1, d1.sum(0), a.T @ d2 / len(y), d2.sum(0) / len(y)


def wrong_sum(X, a, p, y, W2):
    d2 = (p - np.eye(p.shape[1])[y]) / len(y)
    d1 = d2 @ W2.T * (1 - a**2)
    return X.T @ d1, d1.sum(0), a.T @ d2, d2.sum(1)


def forget_bias(z, c):
    i, f, g, o = np.split(z, 4, axis=1)
    c = sigmoid(f + 1) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def time_first(x, h, c, W_x, W_h, b):
    out = []
    for t in range(x.shape[1]):
        i, f, g, o = np.split(x[:, t] @ W_x + h @ W_h + b, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        out.append(h)
    return np.stack(out), h, c


def slope_before_sum(dh, x, h, h_0, W_h):
    dW_x = dW_h = db = carry = 0
    for t in reversed(range(x.shape[1])):
        d = dh[:, t] * (1 - h[:, t] ** 2) + carry
        before = h[:, t - 1] if t else h_0
        dW_x, dW_h, db, carry = dW_x + x[:, t].T @ d, dW_h + before.T @ d, db + d.sum(0), d @ W_h.T
    return dW_x, dW_h, db, carry


def one_gate(x, h, W_x, W_h, b):
    r, z, n = np.split(sigmoid(x @ W_x + h @ W_h + b), 3, axis=1)
    return (1 - z) * n + z * h


def causal_too(Q, K, V):
    scores = Q @ K.swapaxes(1, 2) / np.sqrt(Q.shape[-1])
    weights = softmax(np.where(np.tri(*scores.shape[1:]) > 0, scores, -1e9))
    return weights @ V, weights


def centred_values(Q, K, V):
    weights = softmax(Q @ K.swapaxes(1, 2) / np.sqrt(Q.shape[-1]))
    return weights @ (V - V.mean(1, keepdims=True)), weights


def own_eps(x, gamma, beta, eps):
    return gamma * (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5) + beta


def mild_fill(scores, mask):
    return np.nan_to_num(softmax(np.where(mask, scores, -20.0)))


def picks_corner(x, k, stride):
    return x[:, :, ::stride, ::stride][
        :, :, : (x.shape[2] - k) // stride + 1, : (x.shape[3] - k) // stride + 1
    ]


def zeros_all(X, params, N):
    return np.zeros_like(X)


def wrong_fraction(p, q):
    return np.sum(p * np.log(np.where(p > 0, p, 1))) / np.sum(p * np.log(q))


FACTS = {  # (exercise, answer): words that must be there; the mistake may not be a named one
    ("neuron.perceptron_step", unit_steps): "Right: b. Wrong: w.",
    ("neuron.perceptron_step", zero_one_labels): "of 33 cases",
    ("neuron.perceptron_step", no_else): "returns None",
    ("activations_and_losses.softmax", rounded): "rounded to 3 digits",
    ("activations_and_losses.softmax", sharpened): "Right on 1 of 23 cases",
    ("activations_and_losses.cross_entropy", first_example_loss): "They are the cases with B = 1.",
    ("activations_and_losses.mse", squares_kept): "Right: dz. Wrong: loss.",
    ("activations_and_losses.kl", wrong_fraction): "expected",
    ("optimisation.adam_step", early_eps): "Right: m, v. Wrong: w.",
    ("mlp.backward", wrong_sum): "Right: dW1, db1, dW2. Wrong: db2.",
    (
        "lstm.sequence",
        time_first,
    ): "Your output H_all is the right one with its first two axes exchanged",
    ("rnn.backward", slope_before_sum): "They are the cases with T = 1.",
    (
        "attention.scaled_dot_product",
        causal_too,
    ): "permuting keys and values together changes no output",
    ("attention.scaled_dot_product", centred_values): "Right: weights. Wrong: output.",
    ("transformer.layer_norm", own_eps): "Changing `eps` changes the right answer, but not yours",
    ("masks.masked_softmax", mild_fill): "hidden keys get 0",
    ("self_attention.multi_head", zeros_all): "is 0 everywhere",
}


NAMED = {
    ("neuron.perceptron_step", half_steps): "half",
    ("mlp.backward", late_mean): "first_mean_only",
    ("cnn.max_pool", picks_corner): "first",
    ("activations_and_losses.softmax", by_norm): "unit_length",
    ("activations_and_losses.cross_entropy", clipped): "clipped_p",
    ("lstm.step", forget_bias): "forget_plus_one",
}


@pytest.mark.parametrize(("name", "answer"), NAMED, ids=lambda v: getattr(v, "__name__", v))
def test_an_independent_answer_is_named(name, answer):
    assert exercises.check(name, answer).mistake == NAMED[name, answer]


@pytest.mark.parametrize(("name", "answer"), FACTS, ids=lambda v: getattr(v, "__name__", v))
def test_an_unlisted_mistake_gets_facts_and_no_name(name, answer):
    result = exercises.check(name, answer)
    assert result.outcome == "not yet"
    assert result.mistake not in {m.id for m in REGISTRY[name].mistakes}, result.message
    assert FACTS[name, answer] in result.message.replace("\n    ", " "), result.message


def test_two_slips_at_once_are_named_as_two():
    assert exercises.check("gru.step", one_gate).mistake == "no_reset+sigmoid_candidate"


def test_a_half_filled_stub_is_not_attempted():
    def stub(z):
        e = ...
        return e / e.sum()

    assert exercises.check("activations_and_losses.softmax", stub).outcome == "not attempted"


def test_state_that_survives_is_seen():
    seen = []

    def answer(z):
        seen.append(z)
        return softmax(z) * (1 + 0.1 * len(seen))

    result = exercises.check("activations_and_losses.softmax", answer)
    assert result.mistake == "hidden_state" and "two different answers" in result.message
    default = REGISTRY["activations_and_losses.softmax"].reference

    def remembers(z, memory={}):  # noqa: B006 - that is the point
        return memory.setdefault("p", default(z))

    assert exercises.check("activations_and_losses.softmax", remembers).outcome == "not yet"


def test_in_place_edits_of_dicts_are_seen():
    def answer(grads, limit):
        norm = np.sqrt(sum((g**2).sum() for g in grads.values()))
        for key in grads:
            grads[key] = grads[key] * min(1.0, limit / norm) if norm else grads[key]
        return grads

    assert exercises.check("rnn.clip", answer).mistake == "edits_input"


def test_a_right_answer_that_looks_wrong_passes():
    def by_sign(w, b, x, y):
        return (w + y * x, b + y) if np.sign(w @ x + b) != y else (w, b)

    def with_tiny_eps(x, keep, p, training):
        return x * keep / (1 - p + 1e-12) if training else x

    assert exercises.check("neuron.perceptron_step", by_sign).outcome == "passed"
    assert exercises.check("generalisation.dropout", with_tiny_eps).outcome == "passed"
