"""The task and the stored runs of chapter 14: complete, in range, and a run made again is alike."""

import sys

import numpy as np
import pytest
import torch
from byhand.data import count_back as table
from byhand.data.count_back import make_sentences
from byhand.pt import count_back
from conftest import ROOT

sys.path.append(str(ROOT / "tools"))

import count_back as command  # noqa: E402

RUNS = table.load()


def test_answers_stand_as_far_back_as_the_number_says():
    drawn = make_sentences(np.random.default_rng(0), 20, T=12, C=5, far=6)
    assert set(drawn.numbers.ravel()) == set(range(1, 7))
    assert set(drawn.letters.ravel()) == set(range(5))
    for letters, numbers, answers in zip(*drawn, strict=True):
        for t, (number, answer) in enumerate(zip(numbers, answers, strict=True)):
            assert answer == (letters[t - number] if number <= t else -1)


@pytest.mark.parametrize("name", ["B", "T", "C", "far"])
def test_bad_arguments_are_named(name):
    arguments = {"B": 2, "T": 5, "C": 3, "far": 2} | {name: 0}
    with pytest.raises(ValueError, match=f"^{name}:"):
        make_sentences(np.random.default_rng(0), **arguments)


def test_every_network_is_stored_whole():
    seen = {run[:4] for run in RUNS}
    assert len(seen) == len(RUNS)
    for name in count_back.MODELS:
        tuning = {(name, command.SECONDS, rate, table.TUNING) for rate in command.RATES}
        assert tuning <= seen, name
        runs = table.fresh(RUNS, name, command.SECONDS)
        assert {run.seed for run in runs} == set(table.FRESH), name
        assert {run.rate for run in runs} == {table.tuned(RUNS, name, command.SECONDS)}, name
    for name in command.LONGER:
        runs = table.fresh(RUNS, name, command.LONG)
        assert {run.seed for run in runs} == set(table.FRESH), name


def test_numbers_are_in_range():
    for run in RUNS:
        assert len(run.shares) == len(run.longer) == len(table.DISTANCES) and run.steps > 0
        assert 0 <= min(run.shares + run.longer) <= max(run.shares + run.longer) <= 100


@pytest.mark.parametrize("name", count_back.MODELS)
def test_every_network_learns_from_every_part(name):
    model = count_back.build(name, seed=0)
    count_back.loss(model, make_sentences(np.random.default_rng(0), 4)).backward()
    for part, w in model.named_parameters():
        assert w.grad is not None and torch.isfinite(w.grad).all(), part
        assert w.grad.abs().max() > 0, part


def test_relative_positions_know_the_offset_only():
    """Equal words: the scores of a row depend on s - t."""
    for name in ("relative", "rotary", "bias for each offset"):
        model = count_back.build(name, seed=0)
        q = torch.randn(1, count_back.N, 1, 16).expand(-1, -1, 9, -1)
        scores = model.scores(q, q.flip(3))[0, 0]
        assert torch.allclose(scores[2, 5], scores[4, 7], atol=1e-5), name


def test_a_run_made_again_begins_alike():
    """Rotary positions count back within a few hundred steps, an LSTM does not."""
    rotary, lstm = (
        command.run(name, None, 0.01, 10, steps=250)[5]
        for name in ("rotary", "LSTM, forget bias 1")
    )
    assert min(map(float, rotary.split())) > 80, rotary
    assert float(lstm.split()[-1]) < 30, lstm
