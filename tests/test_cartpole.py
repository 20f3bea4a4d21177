"""Chapter 23's agent: its stored table, one row repeated small, its parts, and a missing library."""

import sys

import numpy as np
import pytest
import torch
from byhand import q_learning as ql
from byhand import q_network as qn
from byhand.data import cartpole
from byhand.pt import q_network as pt_q

sys.path.insert(0, "tools")
RNG = np.random.default_rng


def test_the_table_is_whole():
    runs = cartpole.load()
    agents = {r.agent for r in runs}
    assert len(agents) == 6 and len(runs) == len({r[:3] for r in runs}) == 66
    for agent in agents:
        rates = {r.rate for r in runs if r.agent == agent and r.seed in cartpole.TUNING}
        assert rates == {3e-4, 1e-3, 3e-3}
        fresh = cartpole.fresh(runs, agent)
        assert {r.seed for r in fresh} == set(cartpole.FRESH)
        assert {r.rate for r in fresh} == {cartpole.tuned(runs, agent)}
    for r in runs:
        assert len(r.returns) == len(r.largest) == 25
        assert 8 <= min(r.returns) and max(r.returns) <= 500 and 0 <= r.full <= 100


def test_a_row_repeated_small():
    import importlib.util

    spec = importlib.util.spec_from_file_location("train_cartpole", "tools/cartpole.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    row, params = tool.run("deep Q-network", 1e-3, 10, steps=1000, games=(2, 2))
    stored = next(r for r in cartpole.load() if r[:3] == ("deep Q-network", 1e-3, 10))
    assert row[:3] == stored[:3] and len(row[3].split()) == 1
    # its rate falls to 0 sooner than in the stored run, so only the size is the same
    assert 0.2 < float(row[4]) / stored.largest[0] < 5
    assert {k: v.shape for k, v in params.items()} == {
        k: v.shape for k, v in cartpole.weights().items()
    }


def test_the_stored_network_balances_the_pole():
    params, game = cartpole.weights(), cartpole.CartPole()
    returns = qn.play(game, lambda s: qn.q_values(params, s).argmax(), RNG(1), 3)
    assert (returns / game.REWARD > 300).all()


def test_targets_follow():
    params, target = {"W": np.ones(2)}, {"W": np.zeros(2)}
    soft = qn.followed(target, params, qn.Settings(tau=0.1), 1)
    assert soft["W"] == pytest.approx([0.1, 0.1]) and (target["W"] == 0).all()
    hard = qn.Settings(target="hard", every=5)
    assert qn.followed(target, params, hard, 4) is target
    assert (qn.followed(target, params, hard, 5)["W"] == 1).all()
    assert qn.followed(target, params, qn.Settings(target="none"), 1) is params


def test_the_twin_learns_the_same():
    """One step's loss and gradients, by hand and by torch."""
    rng = RNG(0)
    net, slow = pt_q.QNetwork(4, 8, 2).double(), pt_q.QNetwork(4, 8, 2).double()
    s, t = rng.normal(size=(2, 6, 4))
    a, r, ended = rng.integers(0, 2, 6), rng.normal(size=6), rng.random(6) < 0.5
    there = [torch.tensor(x) for x in (s, a, r, t, ended)]
    loss = pt_q.loss(net, slow, there, 0.9)
    loss.backward()

    def by_hand(module):
        return {k: v.detach().numpy().copy() for k, v in module.state_dict().items()}

    params, old = by_hand(net), by_hand(slow)
    q, cache = qn.mlp(params, s)
    y = ql.q_target(qn.q_values(old, t), r, ended, 0.9)
    ours, loss_cache = ql.q_loss(q, a, y)
    grads, _ = qn.mlp_backward(ql.q_loss_backward(1.0, loss_cache), cache)
    assert ours == pytest.approx(loss.item())
    for name, p in net.named_parameters():
        assert grads[name] == pytest.approx(p.grad.numpy(), abs=1e-12)
    assert all(p.grad is None for p in slow.parameters())


def test_a_missing_library_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    with pytest.raises(ImportError, match="pip install"):
        cartpole.CartPole()
