"""The stored runs of chapter 20, its machine through time, and its twin."""

import sys

import numpy as np
import pytest
from byhand.check import numerical_gradient
from byhand.data import copy_longer as table
from byhand.turing_machine import (
    copy_task,
    init_turing_machine,
    turing_machine,
    turing_machine_backward,
)
from suite import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import copy_longer  # noqa: E402

RNG = np.random.default_rng


@pytest.mark.parametrize("pinned", [None, {"g": 0.0}, {"g": 1.0, "s": (0, 1, 0)}])
def test_every_gradient_equals_differences(pinned):
    rng = RNG(0)
    params, x = init_turing_machine(rng, 3, 4, 2, 2), copy_task(rng, 2, 2, 2).x
    logits, cache = turing_machine(params, x, 3, pinned)
    weight = rng.standard_normal(logits.shape)
    grads = turing_machine_backward(weight, cache)
    for name, value in params.items():

        def loss():
            return (turing_machine(params, x, 3, pinned)[0] * weight).sum()

        assert np.allclose(grads[name], numerical_gradient(loss, value), atol=1e-7), name


def test_weights_of_a_head_are_shares():
    params = init_turing_machine(RNG(1), 4, 5, 3, 3)
    _, cache = turing_machine(params, copy_task(RNG(2), 2, 4, 3).x, 6)
    for head in ("write", "read"):
        w = cache.weights(head)
        assert w.shape == (2, 9, 6) and np.allclose(w.sum(axis=2), 1) and (w >= 0).all()


def test_the_task_gives_rows_a_sign_and_silence():
    task = copy_task(RNG(3), 5, 4, 6)
    assert task.x.shape == (5, 9, 7) and task.target.shape == (5, 4, 6)
    assert (task.x[:, :4, :6] == task.target).all()
    assert (task.x[:, 4, 6] == 1).all() and task.x[:, :, 6].sum() == 5
    assert not task.x[:, 5:].any()


def test_bad_arguments_are_named():
    with pytest.raises(TypeError, match="rng:"):
        init_turing_machine(0, 1, 1, 1, 1)
    with pytest.raises(ValueError, match="H: expected"):
        init_turing_machine(RNG(0), 1, 0, 1, 1)
    params = init_turing_machine(RNG(0), 3, 4, 2, 2)
    with pytest.raises(ValueError, match="rows: expected"):
        turing_machine(params, np.zeros((1, 2, 3)), 0)
    with pytest.raises(ValueError, match="L: expected"):
        copy_task(RNG(0), 1, 0, 2)


def test_the_table_is_whole():
    runs = table.load()
    assert len(runs) == len(copy_longer.MODELS) * (2 * len(copy_longer.RATES) + 5)
    for name in copy_longer.MODELS:
        assert table.tuned(runs, name) in copy_longer.RATES
        assert {r.seed for r in table.fresh(runs, name)} == set(table.FRESH)
        assert {r.rate for r in table.fresh(runs, name)} == {table.tuned(runs, name)}
    assert all(len(r.wrong) == len(r.whole) == len(table.LENGTHS) for r in runs)


def test_the_stored_machine_copies_as_its_row_says():
    row = table.fresh(table.load(), copy_longer.MODELS[0])[0]
    wrong, whole = copy_longer.tested(copy_longer.MODELS[0], table.weights(), 99)
    assert np.allclose(wrong[:4], row.wrong[:4], atol=0.3)
    assert np.allclose(whole[:3], row.whole[:3], atol=3)


@pytest.mark.parametrize("name", copy_longer.MODELS)
def test_a_training_runs_small(name):
    (_, rate, seed, loss, wrong, whole), params = copy_longer.run(name, 0.01, 0, steps=3)
    assert (rate, seed) == (0.01, 0) and 0.5 < float(loss) < 1
    assert len(wrong.split()) == len(whole.split()) == 5 and params
