"""The task and the stored runs of chapter 16: complete, in range, and a run made again is alike."""

import sys

import numpy as np
import pytest
import torch
from byhand.data import hops as table
from byhand.data.hops import FIRST, make_hops
from byhand.data.vocabulary import START
from byhand.pt import hops
from conftest import ROOT

sys.path.append(str(ROOT / "tools"))

import hops as command  # noqa: E402

RUNS = table.load()
SETTINGS = list(command.settings())


def test_the_answers_follow_the_table():
    """Each target again, by a walk through a dict of the pairs."""
    n, most = 7, 3
    drawn = make_hops(np.random.default_rng(0), 40, n, most)
    assert set(drawn.k) == {1, 2, 3} and (drawn.Y[:, 0] == START).all()
    for X, Y, k in zip(drawn.X, drawn.Y, drawn.k, strict=True):
        assert divmod(X[0] - 1, n + most) == (n, n + k - 1)
        after = dict(divmod(pair - 1, n + most) for pair in X[1:])
        assert sorted(after) == sorted(after.values()) == list(range(n))
        for start, answer in enumerate(Y[1:] - FIRST):
            at = start
            for _ in range(k):
                at = after[at]
            assert at == answer != start


def test_tables_are_one_cycle():
    drawn = make_hops(np.random.default_rng(1), 50, 6, 6, k=6)
    assert (drawn.Y[:, 1:] - FIRST == np.arange(6)).all()


@pytest.mark.parametrize(("arguments", "said"), [((5, 2, 2), "n"), ((5, 4, 2, 3), "k")])
def test_bad_arguments_are_named(arguments, said):
    with pytest.raises(ValueError, match=f"^{said}:"):
        make_hops(np.random.default_rng(0), *arguments)


def test_every_setting_is_stored_whole():
    seen = {run[:6] for run in RUNS}
    assert len(seen) == len(RUNS)
    for setting in SETTINGS:
        assert {(*setting, rate, table.TUNING) for rate in command.RATES} <= seen, setting
        assert {run.seed for run in table.fresh(RUNS, *setting)} == set(table.FRESH), setting


def test_numbers_are_in_range():
    for run in RUNS:
        assert len(run.shares) == run.most and run.steps > 0
        assert 0 <= min(run.shares) <= max(run.shares) <= 100


@pytest.mark.parametrize("name", hops.MODELS)
def test_every_network_learns_from_every_part(name):
    model = hops.build(name, 5, 2, seed=0)
    hops.loss(model, make_hops(np.random.default_rng(0), 8, 5, 2)).backward()
    for part, w in model.named_parameters():
        assert w.grad is not None and torch.isfinite(w.grad).all(), part
        assert w.grad.abs().max() > 0 or part.endswith("b_k"), part


def test_a_run_made_again_begins_alike():
    """One hop is learned within a few hundred steps, two are not."""
    reached = command.run("Transformer", 8, 2, None, 0.004, 10, steps=300)[-1]
    one, two = map(float, reached.split())
    assert one > 60 and two < one, reached
