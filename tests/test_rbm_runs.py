"""The stored runs of chapter 21."""

import sys

import numpy as np
import pytest
from byhand import rbm
from byhand.data import rbm_runs as table
from suite import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import rbm_runs  # noqa: E402


def test_the_table_is_whole():
    runs = table.load()
    for task, ways in rbm_runs.WAYS.items():
        for way in ways:
            rate = table.tuned(runs, task, way)
            found = table.fresh(runs, task, way)
            assert rate in rbm_runs.RATES and {r.rate for r in found} == {rate}
            assert [r.seed for r in found] == list(table.FRESH)
            points = rbm_runs.STEPS[task] // table.EVERY + 1
            assert all(len(r.curve) == points and len(r.rebuilt) == 2 for r in found)


def test_the_stored_machine_is_as_likely_as_its_row_says():
    row = table.fresh(table.load(), "digits", "persistent, 16")[0]
    found = rbm.log_likelihood(table.weights(), table.black_and_white().test).mean()
    assert found == pytest.approx(row.test, abs=2e-3)


def test_digits_are_bits_and_parts_are_apart():
    split = table.black_and_white()
    assert [len(part) for part in split] == [1100, 247, 450]
    assert all(np.isin(part, (0, 1)).all() for part in split)


@pytest.mark.parametrize("way", ["exact", "CD-1", "persistent, falling rate"])
def test_a_short_training_runs(way):
    row, params = rbm_runs.run("bars", way, 0.1, 0, steps=200)
    assert row[:4] == ("bars", way, 0.1, 0) and len(row[4].split()) == 3
    assert -12 < float(row[5]) < -3.3 and 0 <= float(row[7]) < 1 and params["W"].shape == (16, 8)
