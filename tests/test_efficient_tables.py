"""The stored tables of chapter 19: whole, and made again in small."""

import pathlib
import sys

import numpy as np
import pytest
import torch
from byhand.data import attention_costs, far_marks
from byhand.pt import far_marks as nets

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tools"))
import attention_costs as costs_command  # noqa: E402
import far_marks as command  # noqa: E402

RNG = np.random.default_rng


def test_the_mark_is_asked_after_it_and_only_there():
    rows = far_marks.make_marked(RNG(0), 200)
    at = rows.marks.argmax(axis=1)
    assert (rows.marks.sum(axis=1) == 1).all() and at.max() == far_marks.T - 2
    for b in range(200):
        assert (rows.answers[b, : at[b] + 1] == -1).all()
        assert (rows.answers[b, at[b] + 1 :] == rows.letters[b, at[b]]).all()


def test_the_asked_key_stands_once_with_its_value():
    rows = far_marks.make_recalled(RNG(0), 200, 16)
    assert rows.keys.shape == (200, 17) and (rows.values[:, -1] == far_marks.VALUES).all()
    found = rows.keys[:, :-1] == rows.keys[:, -1:]
    assert (found.sum(axis=1) == 1).all()
    assert (rows.values[:, :-1][found] == rows.answers).all()


def test_every_network_is_stored():
    runs = far_marks.load()
    assert len({r[:4] for r in runs}) == len(runs)
    for task, models in command.TASKS.items():
        for name in models:
            rate = far_marks.tuned(runs, task, name)
            mine = {(r.rate, r.seed) for r in runs if r[:2] == (task, name)}
            wanted = {(r, far_marks.TUNING) for r in command.RATES}
            assert mine == wanted | {(rate, s) for s in far_marks.FRESH}, (task, name)


@pytest.mark.parametrize("name", nets.MARKS)
def test_nobody_sees_what_comes_later_or_lies_out_of_reach(name):
    torch.manual_seed(0)
    net = nets.Finder(name).double()
    letters, marks, _ = map(torch.as_tensor, far_marks.make_marked(RNG(1), 1))
    kind, layers = nets.MARKS[name]
    told = net(letters, marks)[0]

    def changed(place):
        other = letters.clone()
        other[0, place] = (other[0, place] + 1) % far_marks.LETTERS
        return (net(other, marks)[0] - told).abs().amax(dim=1) > 1e-12

    first = changed(0).nonzero().flatten().max().item()
    reach = {
        "whole": far_marks.T - 1,
        "window": layers * far_marks.STEP,
        "alone": far_marks.STEP - 1,
        "memory": (layers + 1) * far_marks.STEP - 1,
    }[kind]
    assert first == reach, (name, first)
    assert not changed(30)[:30].any()


@pytest.mark.parametrize(("task", "name"), [("marks", "window, 1 layer"), ("8", "whole map")])
def test_a_row_is_made_again_small(task, name):
    row = command.run(task, name, 0.01, 3, steps=150)
    right = list(map(float, row[-1].split()))
    assert row[4] == 150 and right[0] > 30, row
    assert len(right) == (len(far_marks.BANDS) if task == "marks" else 1)


def test_costs_are_stored_whole_and_measured_again_small():
    costs = attention_costs.load()
    wanted = {(f, n) for f in attention_costs.FORMS for n in attention_costs.LENGTHS}
    assert {(c.form, c.n) for c in costs} == wanted
    runs = {n: costs_command.forms(RNG(0), n) for n in (256, 512)}
    assert set(runs[256]) == set(attention_costs.FORMS)
    for form, most in ((attention_costs.FULL, 5), (attention_costs.CHUNKS, 2.5)):
        peaks = [costs_command.peak(runs[n][form]) for n in (256, 512)]
        assert peaks[1] < most * peaks[0], (form, peaks)
    runs[256][attention_costs.FUSED]()


def test_the_fitted_power():
    made = [attention_costs.Cost("x", n, 3 * n**1.5, n) for n in attention_costs.LENGTHS]
    assert attention_costs.exponent(made, "x", "ms") == pytest.approx(1.5)
    assert attention_costs.exponent(made, "x", "mib") == pytest.approx(1)


def test_bad_arguments_are_named():
    with pytest.raises(TypeError, match="rng"):
        far_marks.make_marked(0, 2)
    with pytest.raises(ValueError, match="m: expected at most 64"):
        far_marks.make_recalled(RNG(0), 2, 65)
    with pytest.raises(ValueError, match="T: expected at least 2"):
        far_marks.make_marked(RNG(0), 2, 1)
