"""The stored runs of chapter 13: complete, in range, of the networks that the chapter shows."""

import sys

import numpy as np
import torch
from byhand.data import lookback
from byhand.data.dates import TARGETS, source_vocabulary
from byhand.pt.attention import Bahdanau, FixedContext
from conftest import ROOT

sys.path.append(str(ROOT / "tools"))

import lookback as command  # noqa: E402

RUNS = lookback.load()


def grid(task, kind, steps, rates, seeds):
    return {(task, kind, steps, rate, seed) for rate in rates for seed in seeds}


def test_every_kind_has_its_grid_and_its_fresh_seeds():
    wanted = set()
    for task, width in (("copies", len(lookback.DIGITS)), ("dates", 3 + 5)):
        for kind in lookback.KINDS:
            wanted |= grid(task, kind, lookback.STEPS, lookback.RATES, lookback.TUNING)
            best = lookback.tuned(RUNS, task, kind)
            assert min(lookback.RATES) < best < max(lookback.RATES), (kind, best)
            wanted |= grid(task, kind, lookback.STEPS, [best], lookback.FRESH)
            assert lookback.fresh(RUNS, task, kind).shape == (len(lookback.FRESH), width)
    for kind in lookback.KINDS:
        seeds = lookback.TUNING + lookback.FRESH
        wanted |= grid("dates", kind, lookback.MANY, lookback.LONG_RATES, seeds)
        long = lookback.fresh(RUNS, "dates", kind, lookback.MANY)
        assert long.shape == (len(lookback.FRESH), 3 + len(lookback.AT))
    seen = [run[:5] for run in RUNS]
    assert sorted(seen) == sorted(wanted)  # what the tool makes, and nothing else


def test_marks_are_percentages():
    for run in RUNS:
        assert 0 <= min(run.marks) <= max(run.marks) <= 100
        if run.task == "copies":
            assert run.marks[0] > run.marks[5] - 2 > run.marks[13] - 4 >= run.marks[19] - 5


def test_a_run_made_again_is_alike():
    run = next(r for r in RUNS if r[:5] == ("copies", "vector", 500, 0.01, 10))
    _, again = command.copies(*run[1:5])
    assert abs(np.mean(again) - np.mean(run.marks)) < 4, again


def test_stored_readers_are_bahdanaus_networks():
    made = Bahdanau(len(source_vocabulary()), len(TARGETS), lookback.D, lookback.H)
    wanted = {name: tuple(value.shape) for name, value in made.named_parameters()}
    for net in lookback.readers():
        assert {name: value.shape for name, value in net.items()} == wanted


def test_fixed_context_is_the_same_in_every_step_and_blind_to_padding():
    X, lengths = torch.tensor([[4, 6, 5, 4], [5, 6, 0, 0]]), torch.tensor([4, 2])
    Y_in = torch.tensor([[2, 4, 5], [2, 5, 3]])
    for kind in ("last", "mean"):
        torch.manual_seed(0)
        model = FixedContext(7, 6, 3, 4, kind)
        c, s = model.encode(X, lengths)
        h, _, first = model.states(model.source(X), lengths)
        assert torch.equal(s, first) and c.shape == (2, 8)
        real = h[1, :2]
        by_hand = real.mean(dim=0) if kind == "mean" else torch.cat([real[1, :4], real[0, 4:]])
        torch.testing.assert_close(c[1], by_hand)
        alone = model(X[1:, :2], lengths[1:], Y_in[1:])
        torch.testing.assert_close(model(X, lengths, Y_in)[1:], alone)
        assert model.greedy(X, lengths, 5).shape == (2, 5)
