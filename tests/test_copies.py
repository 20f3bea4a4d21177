"""The stored runs of chapter 12: complete, in range, and of the networks that the chapter shows."""

import sys

import numpy as np
from byhand.data import copies, date_writers
from byhand.data.dates import TARGETS, source_vocabulary
from byhand.seq2seq import init_seq2seq
from conftest import ROOT

sys.path.append(str(ROOT / "tools"))

import copies as command  # noqa: E402

RUNS = copies.load()


def test_every_combination_is_stored_whole():
    seen = {run[:4] for run in RUNS}
    assert len(seen) == len(RUNS)
    for H in copies.WIDTHS:
        for steps in copies.STEPS:
            grid = {(H, steps, rate, copies.TUNING) for rate in copies.RATES}
            best = copies.tuned(RUNS, H, steps)
            assert grid <= seen and min(copies.RATES) < best < max(copies.RATES), (H, steps, best)
            assert copies.fresh(RUNS, H, steps).shape[1] == copies.MOST


def test_shares_are_percentages_that_fall():
    for run in RUNS:
        assert len(run.shares) == copies.MOST and 0 <= min(run.shares) <= max(run.shares) <= 100
        assert run.shares[0] >= run.shares[5] >= run.shares[11]


def test_a_run_made_again_is_alike():
    run = next(r for r in RUNS if r[:4] == (16, 500, 0.03, 10))
    again, learned = command.shares(*run[:4])
    assert len(learned) == copies.MOST
    assert abs(np.mean(again) - np.mean(run.shares)) < 4, again


def test_seen_and_new_numbers_are_stored_whole():
    for count in (copies.NUMBERS, copies.MORE):
        new, learned = (copies.seen(count, of) for of in ("new", "learned"))
        assert new.shape == learned.shape == (len(copies.FRESH), copies.MOST)
        assert learned.mean() > new.mean() - 1, (count, new, learned)
    as_stored = copies.fresh(RUNS, max(copies.WIDTHS), max(copies.STEPS))
    assert abs(copies.seen(copies.NUMBERS, "new").mean() - as_stored.mean()) < 2


def test_stored_networks_have_the_parameters_of_the_module():
    made = init_seq2seq(
        np.random.default_rng(0), len(source_vocabulary()), len(TARGETS),
        date_writers.D, date_writers.H,
    )  # fmt: skip
    for net in date_writers.load():
        assert {n: w.shape for n, w in net.items()} == {n: w.shape for n, w in made.items()}
