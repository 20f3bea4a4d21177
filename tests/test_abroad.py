"""The stored numbers of chapter 16's side road: complete, in range; its kinds of errors."""

import sys

import numpy as np
from byhand.data import abroad as table
from byhand.data.dates import split_dates
from conftest import ROOT

sys.path.append(str(ROOT / "tools"))

import abroad as command  # noqa: E402

RUNS = table.load()


def test_every_network_is_stored_whole():
    assert len({run[:3] for run in RUNS}) == len(RUNS)
    kinds_of = {
        (name, seed): {run.what for run in RUNS if run[:2] == (name, seed)}
        for name in command.MODELS
        for seed in table.SEEDS
    }
    for name in command.MODELS:
        alike = [kinds_of[name, seed] for seed in table.SEEDS]
        assert all(found == alike[0] for found in alike)
        assert {"exact", "unseen format", *table.ABROAD, *table.KINDS} <= alike[0], name


def test_numbers_are_in_range():
    for run in RUNS:
        most = 12 if "months lost" in run.what or "beam" in run.what else 100
        assert 0 <= run.value <= most, run
    for name in command.MODELS:
        kinds = sum(table.of(RUNS, name, kind) for kind in table.KINDS)
        assert np.abs(kinds - 100).max() < 1, kinds


def test_kinds_of_wrong_dates():
    names, means = table.month_names()

    def kind(answer, text="2 lipca 2024", language="pl", iso="2024-07-02"):
        return table.kind_of(text, language, iso, answer, names, means)

    assert kind("2024-07-12") == "day only"
    assert kind("2023-07-02") == "year only"
    assert kind("2023-06-02") == "several parts"
    assert kind("2024-13-02") == "no day of the calendar"
    assert kind("2024-06-02") == "month only, other reasons"  # lipca is Polish alone
    assert kind("2024-06-02", "2 lip 2024") == "month only, another language's"


def test_another_language_has_the_same_days():
    dates = split_dates(np.random.default_rng(1), 50, 20, 400, unseen_formats=("yMEd",)).test
    there = table.in_language(dates, "nb", n=300)
    assert there.isos == dates.isos[:300] and (there.Y == dates.Y[:300]).all()
    january = np.array([iso[5:7] == "01" for iso in there.isos])
    assert table.by_month(there, january).tolist() == [1] + 11 * [0]
