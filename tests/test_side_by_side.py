"""Networks trained side by side do what each of them does alone."""

import numpy as np
import pytest
from byhand.lstm import lstm, lstm_backward
from byhand.rnn import rnn, rnn_backward
from byhand.side_by_side import (
    KINDS,
    STARTS,
    answers,
    answers_backward,
    init_net,
    network,
    stacked,
    train_nets,
)

T, M, B, H = 5, 3, 4, 6


def drawn(kind):
    rng = np.random.default_rng(0)
    nets = stacked([init_net(rng, kind, H) for _ in range(M)])
    nets = {name: value + 0.1 * rng.standard_normal(value.shape) for name, value in nets.items()}
    return nets, rng.standard_normal((T, M, B, 2)), rng.standard_normal((M, B, 1))


@pytest.mark.parametrize("kind", KINDS)
def test_each_network_answers_and_learns_as_alone(kind):
    nets, x, dy = drawn(kind)
    y, cache = answers(kind, nets, x)
    grads = answers_backward(dy, cache)
    for m in range(M):
        net, x_m, zeros = network(nets, m), x[:, m].swapaxes(0, 1), np.zeros((B, H))
        layer = {name: net[name] for name in ("W_x", "W_h", "b")}
        if kind == "lstm":
            h, _, kept = lstm(layer, x_m, zeros, zeros)
        else:
            h, kept = rnn(layer, x_m, zeros, "tanh" if kind == "rnn" else "relu")
        assert np.allclose(y[m], h[:, -1] @ net["w"] + net["w_0"], rtol=1e-12, atol=1e-12)
        dh = np.zeros_like(h)
        dh[:, -1] = dy[m] @ net["w"].T
        own = lstm_backward(dh, zeros, kept)[0] if kind == "lstm" else rnn_backward(dh, kept)[0]
        own |= {"w": h[:, -1].T @ dy[m], "w_0": dy[m].sum()}
        for name, value in own.items():
            assert np.allclose(grads[name][m], value, rtol=1e-10, atol=1e-12), name


def test_training_beside_others_changes_nothing():
    def batch(rng, M):
        x = np.random.default_rng(1).standard_normal((T, 1, B, 2)).astype(np.float32)
        return np.broadcast_to(x, (T, M, B, 2)), np.ones((M, B, 1), np.float32)

    rng = np.random.default_rng(0)
    pair = [init_net(rng, "lstm", H, forget_bias=bias) for bias in (0, 1)]
    both, losses = train_nets(rng, "lstm", stacked(pair), (0.1, 0.01), batch, 20)
    for m, rate in enumerate((0.1, 0.01)):
        alone, own = train_nets(rng, "lstm", stacked(pair[m : m + 1]), (rate,), batch, 20)
        assert np.allclose(losses[:, m], own[:, 0], rtol=1e-3)
        assert np.allclose(both["W_h"][m], alone["W_h"][0], atol=1e-3)
    assert losses[-1, 0] < losses[0, 0]


def test_starts():
    rng = np.random.default_rng(0)
    for start in STARTS:
        W_h = init_net(rng, "rnn", H, start)["W_h"]
        rotation = np.allclose(W_h @ W_h.T, np.eye(H), atol=1e-5)
        assert rotation == (start != "random")
    assert np.array_equal(init_net(rng, "relu", H, "identity")["W_h"], np.eye(H))
    assert (init_net(rng, "lstm", H, forget_bias=3)["b"][0, H : 2 * H] == 3).all()
    with pytest.raises(ValueError, match="start"):
        init_net(rng, "lstm", H, "identity")
    with pytest.raises(ValueError, match="kind"):
        init_net(rng, "gru", H)
