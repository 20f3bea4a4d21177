"""The tasks and the stored runs of chapter 16 on norms and layers: complete, in range, and a run
made again is alike."""

import sys

import numpy as np
import pytest
import torch
from byhand.data import layers as table
from byhand.pt import layers
from conftest import ROOT

sys.path.append(str(ROOT / "tools"))

import layers as command  # noqa: E402

RUNS = table.load()


def test_sums_run_on_modulo_ten():
    rows = table.make_additions(np.random.default_rng(0), 20)
    assert rows.shape == (20, 11) and (rows[:, 5] == 10).all()
    for row in rows:
        assert [sum(row[: k + 1]) % 10 for k in range(5)] == row[6:].tolist()


def test_answers_follow_their_symbol_in_the_row():
    n = 7
    rows = table.make_followers(np.random.default_rng(0), 30, n)
    assert rows.shape == (30, n + 2 * table.ASKED)
    for row in rows:
        order = row[:n].tolist()
        assert sorted(order) == list(range(n))
        for asked, answer in row[n:].reshape(-1, 2):
            assert order[order.index(asked) + 1] == answer


@pytest.mark.parametrize("n", [2, 2.5])
def test_bad_arguments_are_named(n):
    with pytest.raises((TypeError, ValueError), match="^n:"):
        table.make_followers(np.random.default_rng(0), 5, n)


def test_every_setting_is_stored_whole():
    seen = {run[:5] for run in RUNS}
    assert len(seen) == len(RUNS)
    for name in layers.MODELS["additions"]:
        grid = {("additions", name, 0.0, rate, s) for rate in command.RATES for s in table.FRESH}
        assert grid <= seen, name
    for name in layers.MODELS["followers"]:
        setting = ("followers", name, command.SECONDS)
        assert {(*setting, rate, table.TUNING) for rate in command.GRID} <= seen, name
        best = table.tuned(RUNS, *setting)
        top = max(r.right for r in RUNS if r[:3] == setting and r.seed == table.TUNING)
        assert min(command.GRID) < best < max(command.GRID) or top > 99, (name, best)
        found = table.fresh(RUNS, "followers", name, best, command.SECONDS)
        assert {run.seed for run in found} == set(table.FRESH), name
        longer = table.fresh(RUNS, "followers", name, best, command.LONG)
        seeds = set(table.FRESH) if name == command.LONGER else set()
        assert {run.seed for run in longer} == seeds, name


def test_numbers_are_in_range():
    for run in RUNS:
        assert 0 <= run.right <= 100 and (run.steps > 0 or run.right == 0)


def test_networks_that_are_compared_are_of_one_size():
    sizes = [layers.size(layers.build("followers", n, 0)) for n in layers.MODELS["followers"]]
    assert max(sizes) < 1.05 * min(sizes), sizes


@pytest.mark.parametrize(
    ("task", "name"), [(t, n) for t in layers.MODELS for n in layers.MODELS[t]]
)
def test_every_network_learns_from_every_part_and_sees_no_future(task, name):
    model = layers.build(task, name, seed=0)
    rows = layers.draw(task, np.random.default_rng(0), 8)
    logits, right = layers.answers(task, model, rows)
    torch.nn.functional.cross_entropy(logits.flatten(0, 1), right.flatten()).backward()
    for part, w in model.named_parameters():
        assert torch.isfinite(w.grad).all() and w.grad.abs().max() > 0, part
    other = rows.clone()
    other[:, -2] = (rows[:, -2] + 1) % 10
    before, after = model(rows[:, :-1]), model(other[:, :-1])
    assert torch.equal(before[:, :-1], after[:, :-1])
    assert not torch.equal(before[:, -1], after[:, -1])


def test_a_run_made_again_is_alike():
    run = next(r for r in RUNS if r[:5] == ("additions", "1 layer, norm", 0.0, 0.008, 10))
    again = command.run(*run[:5])
    assert again[5] == run.steps and abs(float(again[6]) - run.start) < 0.02
    assert abs(float(again[7]) - run.right) < 3, again
