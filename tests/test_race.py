"""The race of chapter 11: its layers are the book's, its stored table can be made again."""

import math
import sys

import numpy as np
import pytest
import torch
from byhand.data import race as table
from byhand.gru import gru
from byhand.lstm import lstm
from byhand.pt import race
from byhand.rnn import rnn
from conftest import ROOT

sys.path.append(str(ROOT / "tools"))

import race as command  # noqa: E402

RUNS = table.load()
PAGE = sorted({run[:3] for run in RUNS})


def test_every_layer_of_the_command_is_stored_whole():
    for layer in command.layers():
        task, kind, H = layer
        grid = [
            (s, rate, seed) for s in race.starts(kind) for rate in table.RATES for seed in (0, 1)
        ]
        assert table.TUNING == (0, 1) and command.missing(task, kind, H, grid) == [], layer
        assert {run.seed for run in table.fresh(RUNS, *layer)} == set(table.FRESH), layer
    assert {run[:3] for run in RUNS} == set(command.layers())


def test_numbers_are_in_range():
    for run in RUNS:
        if math.isnan(run.mark):  # too large a rate: a ReLU layer whose state overflowed
            assert run.kind == "ReLU" and run.rate >= 0.1 and run.solved is None
            continue
        assert math.isfinite(run.early) and 0 <= run.mark
        assert run.solved is None or 20 <= run.solved <= command.steps_of(run.task)
        assert run.task != "copying" or run.mark <= 1


@pytest.mark.parametrize(("task", "kind"), [("adding", "GRU"), ("copying", "RNN")])
def test_an_entry_made_again_begins_alike(task, kind):
    """The first steps of a stored run, alone; later ones part with the rounding."""
    run = table.fresh(RUNS, task, kind, min(H for t, k, H in PAGE if (t, k) == (task, kind)))[0]
    start = type(race.starts(kind)[0])(run.start)
    _, losses, _ = race.train(kind, task, run.H, [(start, run.rate, run.seed)], steps=50)
    assert np.mean(losses[40:50]) == pytest.approx(run.early, rel=0.05)


def nets(kind, H=5):
    drawn = [race.init(kind, "adding", H, race.starts(kind)[1], seed) for seed in (0, 1)]
    rng = np.random.default_rng(0)
    return [
        {k: w + 0.3 * rng.standard_normal(w.shape).astype(np.float32) for k, w in net.items()}
        for net in drawn
    ]


def flat(net):
    return {
        k: w[0] if k.startswith("b") else w for k, w in net.items() if k[:2] != "w_" and k != "w"
    }


def book_states(kind, net, x):
    """The last state by the book's own layer."""
    zeros, params = np.zeros((x.shape[0], 5), np.float32), flat(net)
    if kind == "LSTM":  # the race has i, f, o, g
        order = np.r_[0:10, 15:20, 10:15]
        params = {k: w[..., order] for k, w in params.items()}
        return lstm(params, x, zeros, zeros)[0][:, -1]
    if kind in ("RNN", "ReLU"):
        return rnn(params, x, zeros, {"RNN": "tanh", "ReLU": "relu"}[kind])[0][:, -1]
    return gru(params, x, zeros, "after" if kind == "GRU" else "before")[0][:, -1]


@pytest.mark.parametrize("kind", ["RNN", "ReLU", "LSTM", "GRU", "GRU, reset before"])
def test_the_layers_are_the_books(kind):
    pair = nets(kind)
    x = np.random.default_rng(1).standard_normal((7, 2, 3, 2)).astype(np.float32)
    with torch.no_grad():
        told = race.answers(kind, race.together(pair), torch.tensor(x), 1).numpy()
    for m, net in enumerate(pair):
        h = book_states(kind, net, x[:, m].swapaxes(0, 1))
        assert np.allclose(told[m, 0], h @ net["w"] + net["w_0"], atol=1e-5)


def last_h(kind, net, x, C=1):
    with torch.no_grad():
        return race.answers(kind, race.together([net]), torch.tensor(x)[:, None], 1).numpy()[0, 0]


def sigmoid(s):
    return 1 / (1 + np.exp(-s))


@pytest.mark.parametrize("kind", [k for k in race.KINDS if "no " in k or k == "tied"])
def test_a_reduced_lstm_is_an_lstm_with_the_part_replaced(kind):
    net = nets(kind)[0]
    x = np.random.default_rng(1).standard_normal((6, 3, 2)).astype(np.float32)
    h = c = np.zeros((3, 5))
    for x_t in x:
        s = np.split(
            x_t @ net["W_x"] + h @ net["W_h"] + net["b"], len(race.GATES[kind]) + 1, axis=1
        )
        gate = dict(zip(race.GATES[kind], map(sigmoid, s), strict=False))
        f = gate.get("f", 1.0)
        i = {"tied": 1 - f, "no input gate": 1.0}.get(kind, gate.get("i"))
        c = f * c + i * np.tanh(s[-1])
        h = gate.get("o", 1.0) * np.tanh(c)
    assert np.allclose(last_h(kind, net, x), h @ net["w"] + net["w_0"], atol=1e-5)


@pytest.mark.parametrize("kind", ["one gate", "minGRU"])
def test_units_with_one_gate(kind):
    net = nets(kind)[0]
    x = np.random.default_rng(1).standard_normal((6, 3, 2)).astype(np.float32)
    h = np.zeros((3, 5))
    for x_t in x:
        s = x_t @ net["W_x"] + net["b"] + (h @ net["W_h"] if kind == "one gate" else 0)
        z, n = sigmoid(s[:, :5]), np.tanh(s[:, 5:]) if kind == "one gate" else s[:, 5:]
        h = z * h + (1 - z) * n
    assert np.allclose(last_h(kind, net, x), h @ net["w"] + net["w_0"], atol=1e-5)


def test_a_network_learns_beside_others_what_it_learns_alone():
    settings = [(0, 0.01, 3), (1, 0.03, 4)]
    _, both, _ = race.train("GRU", "copying", 4, settings, steps=5)
    for m, setting in enumerate(settings):
        _, alone, _ = race.train("GRU", "copying", 4, [setting], steps=5)
        assert np.allclose(both[:, m], alone[:, 0], rtol=1e-4)


def test_bias_of_the_gate_that_keeps():
    for kind, columns in {
        "LSTM": (5, 10),
        "GRU": (5, 10),
        "tied": (0, 5),
        "one gate": (0, 5),
    }.items():
        b = race.init(kind, "adding", 5, 1, 0)["b"][0]
        assert (b[slice(*columns)] == 1).all() and b.sum() == 5
    assert race.init("no forget gate", "adding", 5, 1, 0)["b"][0, :5].sum() == -5
    b = race.init("LSTM, input gate shut", "adding", 5, 2, 0)["b"][0]
    assert (b[:5] == -2).all() and (b[5:10] == 2).all() and b.any() and not b[10:].any()
    with pytest.raises(ValueError, match="kind"):
        race.train("Elman", "adding", 5, [(0, 0.1, 0)])
    with pytest.raises(ValueError, match="task"):
        race.draw("parity", np.random.default_rng(0))


def test_first_below():
    assert command.first_below(np.ones(50), 0.1) == ""
    assert command.first_below(np.r_[np.ones(30), np.zeros(20)], 0.04) == 50
