"""The references of the exercises agree with the book's own layers, case by case."""
# ruff: noqa: E501 - one twin a line

import numpy as np
import pytest
from byhand import (
    activations,
    arithmetic,
    attention,
    check,
    conv,
    decoding,
    embedding,
    gru,
    losses,
    lstm,
    masks,
    mlp,
    neuron,
    norm,
    optim,
    padded,
    pool,
    position,
    regularise,
    rnn,
    self_attention,
)
from byhand.exercises.checker import registry
from byhand.exercises.checker.compare import unlike
from byhand.exercises.checker.declare import REGISTRY
from byhand.exercises.checker.runs import fresh, prepare
from byhand.exercises.checker.values import leaves

registry.all_names()


def loss_pair(loss, backward):
    def both(*args):
        value, cache = loss(*args)
        found = backward(1.0, cache)
        return value, found[0] if isinstance(found, tuple) else found

    return both


def slope_pair(forward, backward):
    def both(z, *rest):
        a, cache = forward(z, *rest)
        return a, backward(np.ones_like(z), cache)

    return both


def net(X, W1, b1, W2, b2):
    hidden, _ = mlp.linear({"W": W1, "b": b1}, X)
    return mlp.linear({"W": W2, "b": b2}, np.tanh(hidden))[0]


def convolve_back(dy, x, w, stride, pad):
    _, cache = conv.conv2d({"W": w, "b": np.zeros(len(w))}, x, stride, pad)
    grads, dx = conv.conv2d_backward(dy, cache)
    return dx, grads["W"], grads["b"]


def lstm_step(z, c):
    B, H = c.shape
    params = {"W_x": np.eye(4 * H), "W_h": np.zeros((H, 4 * H)), "b": np.zeros(4 * H)}
    return lstm.lstm_cell(params, z, np.zeros((B, H)), c)[:2]


def lstm_sequence(x, h, c, W_x, W_h, b):
    h_all, c_all, *_ = lstm.lstm({"W_x": W_x, "W_h": W_h, "b": b}, x, h, c)
    last = c_all[:, -1] if c_all.ndim == 3 else c_all
    return h_all, h_all[:, -1], last


def rnn_back(dh, x, h, h_0, W_h):
    H, D = h_0.shape[1], x.shape[2]
    before = np.concatenate([h_0[:, None], h[:, :-1]], axis=1)
    # find weights under which these states come about: none are needed, z is enough
    steps = [activations.tanh(np.arctanh(h[:, t]))[1] for t in range(h.shape[1])]
    cache = rnn.RnnCache(
        {"W_x": np.zeros((D, H)), "W_h": W_h, "b": np.zeros(H)},
        x.swapaxes(0, 1).copy(),
        np.concatenate([h_0[None], h.swapaxes(0, 1)]),
        steps,
        "tanh",
    )
    assert before.shape == h.shape
    grads, _, dh_0 = rnn.rnn_backward(dh, cache)
    return grads["W_x"], grads["W_h"], grads["b"], dh_0


def attended(Q, K, V):
    out, cache = attention.scaled_dot_product_attention(Q, K, V)
    return out, cache.weights


def with_biases(params, *names, width):
    return params | {name: np.zeros(width) for name in names}


def one_head(X, params):
    dv = params["W_v"].shape[1]
    Q, K, V = (X @ params["W_" + n] + params["b_" + n] for n in "qkv")
    assert V.shape[-1] == dv
    return attention.scaled_dot_product_attention(Q, K, V)[0]


def heads(X, params, N):
    D = X.shape[2]
    return self_attention.multi_head(
        with_biases(params, "b_q", "b_k", "b_v", "b_o", width=D), X, X, X, N
    )[0]


def crossed(Y, X, params, real):
    Q, K, V = Y @ params["W_q"], X @ params["W_k"], X @ params["W_v"]
    return attention.scaled_dot_product_attention(Q, K, V, real[:, None, :])[0] @ params["W_o"]


def normed_back(dy, x, gamma, eps):
    _, cache = norm.layer_norm({"gamma": gamma, "beta": np.zeros_like(gamma)}, x, eps)
    grads, dx = norm.layer_norm_backward(dy, cache)
    return dx, grads["gamma"], grads["beta"]


def adam(w, m, v, g, t, lr, beta1, beta2, eps):
    state = optim.AdamState(m, v, t - 1)
    w, state = optim.adam_step(w, g, state, lr, beta1, beta2, eps)
    return w, state.m, state.v


def adamw(w, m, v, g, t, lr, beta1, beta2, eps, decay):
    state = optim.AdamState(m, v, t - 1)
    w, state = optim.adamw_step(w, g, state, lr, beta1, beta2, eps, decay)
    return w, state.m, state.v


def searched(table, start, end, width, most, power):
    best = decoding.beam(lambda tokens: table[tokens[-1]], start, end, most, width, power)[0]
    return list(best.tokens), best.score


def max_back(dy, x, k):
    return pool.max_pool_backward(dy, pool.max_pool(x, k)[1])


def mean_back(dy, k):
    N, C, H, W = dy.shape
    return pool.average_pool_backward(dy, pool.average_pool(np.ones((N, C, H * k, W * k)), k)[1])


def smoothed(z, y, eps):
    K = z.shape[1]
    return (1 - eps) * np.eye(K)[y] + eps / K, losses.cross_entropy(z, y, smoothing=eps)[0]


def three_uses(X, Y, y, dlogits, dx, dY):
    table = {"E": np.zeros((dlogits.shape[-1], y.shape[-1]))}
    root = np.sqrt(y.shape[-1])
    read = [
        embedding.embedding_backward(root * d, embedding.embedding(table, tokens)[1])["E"]
        for tokens, d in ((X, dx), (Y, dY))
    ]
    return sum(read) + np.tensordot(dlogits, y, ([0, 1], [0, 1]))


TWINS = {
    "neuron.perceptron_step": neuron.perceptron_step,
    "neuron.batch": lambda X, w, b: neuron.neuron({"w": w, "b": b}, X),
    "neuron.bound": neuron.mistake_bound,
    "activations_and_losses.sigmoid": slope_pair(activations.sigmoid, activations.sigmoid_backward),
    "activations_and_losses.tanh": slope_pair(activations.tanh, activations.tanh_backward),
    "activations_and_losses.leaky_relu": slope_pair(activations.leaky_relu, activations.leaky_relu_backward),
    "activations_and_losses.gelu": lambda z: activations.gelu_tanh(z)[0],
    "activations_and_losses.softmax": lambda z: activations.softmax(z)[0],
    "activations_and_losses.softmax_jacobian": activations.softmax_jacobian,
    "activations_and_losses.mse": loss_pair(losses.mse, losses.mse_backward),
    "activations_and_losses.mae": loss_pair(losses.mae, losses.mae_backward),
    "activations_and_losses.hinge": loss_pair(losses.hinge, losses.hinge_backward),
    "activations_and_losses.cross_entropy": loss_pair(losses.cross_entropy, losses.cross_entropy_backward),
    "activations_and_losses.kl": lambda p, q: losses.kl(p, q)[0],
    "mlp.forward": net,
    "mlp.gradcheck": lambda f, w, h: check.numerical_gradient(lambda: f(w), w, h),
    "autodiff.unbroadcast": arithmetic.unbroadcast,
    "optimisation.momentum_step": lambda w, v, g, lr, mu: flat(optim.momentum_step(w, g, optim.MomentumState(v), lr, mu)),
    "optimisation.rmsprop_step": lambda w, s, g, lr, rho, eps: flat(
        optim.rmsprop_step(w, g, optim.RmspropState(s), lr, rho, eps)
    ),
    "optimisation.adam_step": adam,
    "generalisation.adamw_step": adamw,
    "generalisation.dropout": lambda x, keep, p, training: regularise.dropout(x, keep, p)[0] if training else x,
    "cnn.conv2d": lambda x, w, b, stride, pad: conv.conv2d({"W": w, "b": b}, x, stride, pad)[0],
    "cnn.conv2d_backward": convolve_back,
    "cnn.output_size": conv.output_size,
    "cnn.max_pool": lambda x, k, stride: pool.max_pool(x, k, stride)[0],
    "cnn.max_pool_backward": max_back,
    "cnn.mean_pool_backward": mean_back,
    "deep_cnns.batch_norm": lambda x, gamma, beta, eps: norm.batch_norm({"gamma": gamma, "beta": beta}, x, eps)[0],
    "rnn.forward": lambda x, h_0, W_x, W_h, b: rnn.rnn({"W_x": W_x, "W_h": W_h, "b": b}, x, h_0)[0],
    "rnn.backward": rnn_back,
    "rnn.clip": lambda grads, limit: optim.clip_by_global_norm(grads, limit)[0],
    "lstm.step": lstm_step,
    "lstm.sequence": lstm_sequence,
    "lstm.reverse_padded": lambda x, lengths: padded.reverse_padded(x, lengths)[0],
    "gru.step": lambda x, h, W_x, W_h, b: gru.gru_cell({"W_x": W_x, "W_h": W_h, "b": b}, x, h, reset="before")[0],
    "seq2seq.masked_loss": lambda z, y, pad: losses.cross_entropy(z, y, mask=y != pad)[0],
    "seq2seq.greedy": lambda table, start, end, most: list(
        decoding.greedy(lambda tokens: table[tokens[-1]], start, end, most).tokens
    ),
    "seq2seq.beam": searched,
    "attention.scaled_dot_product": attended,
    "self_attention.layer": one_head,
    "self_attention.split_heads": self_attention.split_heads,
    "self_attention.merge_heads": self_attention.merge_heads,
    "self_attention.multi_head": heads,
    "self_attention.sinusoids": position.sinusoids,
    "masks.padding": masks.padding_mask,
    "masks.causal": masks.causal_mask,
    "masks.combined": lambda tokens, pad: masks.combine(masks.padding_mask(tokens, pad), masks.causal_mask(tokens.shape[1])),
    "masks.masked_softmax": lambda scores, mask: first(masks.masked_softmax(scores, mask)),
    "transformer.layer_norm": lambda x, gamma, beta, eps: norm.layer_norm({"gamma": gamma, "beta": beta}, x, eps)[0],
    "transformer.layer_norm_backward": normed_back,
    "transformer.shared_table": three_uses,
    "transformer.cross_attention": crossed,
    "transformer.label_smoothing": smoothed,
}  # fmt: skip


def flat(found):
    w, state = found
    return w, state[0]


def first(found):
    return found[0] if isinstance(found, tuple) else found


@pytest.mark.parametrize("name", TWINS)
def test_reference_equals_the_books_layer(name):
    exercise = REGISTRY[name]
    for seed in (1, 2):
        for run in prepare(exercise, seed):
            output = leaves(TWINS[name](*fresh(run.case.args)), run.value, exercise.outputs)
            assert not unlike(run.right, output, 1e-7), run.number


def test_wide_beam_is_exhaustive_and_beam_of_one_is_greedy():
    beam, greedy = REGISTRY["seq2seq.beam"].reference, REGISTRY["seq2seq.greedy"].reference
    for seed in range(20):
        p = np.random.default_rng(seed).dirichlet(np.ones(4), 4)
        table = np.log(p + 0.01)
        tokens, score = beam(table, 0, 1, 4**4, 4, 0.0)
        best = decoding.exhaustive(
            lambda path, table=table: np.log(np.exp(table[path[-1]])), 0, 1, 4
        )[0]
        assert np.isclose(score, best.log_prob) and tokens == list(best.tokens)
        assert beam(table, 0, 1, 1, 4, 0.0)[0] == greedy(table, 0, 1, 4)
