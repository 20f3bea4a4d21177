"""The comparison that knows numbers, the rule for bands,
and the record that bands must follow from."""

import copy
import json
import shutil
import subprocess
import sys

import bands_record
import chapter
import nbformat
import pytest
import spread
import spread_report
from bands_record import bands
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook, new_output


def printed(text, exact=False):
    return [bands.Text("stdout", text, exact)]


def agree(stored, fresh, *entries):
    """True if two texts agree; entries: (number, low, high)."""
    known = {"stdout": {str(k): [low, high] for k, low, high in entries}}
    return not bands.compare(printed(stored), printed(fresh), known)


@pytest.mark.parametrize(
    ("stored", "fresh"),
    [
        ("loss 0.171", "loss 0.172"),  # one unit of the last digit
        ("63,082,496 weights", "63,082,496 weights"),
        ("  9.9 %", " 10.0 %"),  # columns move with the width of a number
        ("[ 0.1 -0.2]", "[0.2 -0.1]"),
        ("| loss |\n|:--|\n| 9.9 |", "| loss |\n|:----|\n| 10.0 |"),
        ("error 3e-11", "error 4e-11"),
        ("-0.00", "0.00"),
        ("minus \u22120.5", "minus -0.5"),
    ],
)
def test_agree_without_bands(stored, fresh):
    assert agree(stored, fresh)


@pytest.mark.parametrize(
    ("stored", "fresh"),
    [
        ("loss 0.171", "loss 0.19"),
        ("step 3", "step 4"),
        ("step 3", "stop 3"),
        ("1993-11-30", "1993-11-31"),  # dates are words
        ("00712", "00713"),
        ("3-4-2", "3-4-3"),
        ("x1 = 2", "x2 = 2"),
        ("loss 0.1", "loss nan"),
        ("one\ntwo", "one"),
        ("one", "one\ntwo"),
        ("0.1 0.2", "0.1"),
        ("True", "False"),
        ("error 3e-11", "error 5e-11"),
        ("0.5", "-0.5"),
    ],
)
def test_differ_without_bands(stored, fresh):
    assert not agree(stored, fresh)


def test_bands_count_numbers_from_the_start():
    assert agree("3 runs: 0.171 (0.1 to 0.2)", "3 runs: 0.19 (0.1 to 0.2)", (1, 0.15, 0.2))
    assert not agree("3 runs: 0.171", "3 runs: 0.21", (1, 0.15, 0.2))
    assert not agree("3 runs: 0.171", "4 runs: 0.171", (1, 0.15, 0.2))


def test_listings_are_compared_letter_by_letter():
    assert bands.compare(printed("lr = 0.1", exact=True), printed("lr = 0.2", exact=True))
    output = new_output(
        "display_data", data={"text/markdown": "```python\nlr = 0.1\n```", "text/plain": "lr"}
    )
    assert all(text.exact for text in bands.texts([output]))


def test_the_first_difference_is_named():
    problem = bands.compare(printed("a 1\nb 2"), printed("a 1\nc 2"))[0]
    assert "line 2" in problem and "'c 2' instead of 'b 2'" in problem


@pytest.mark.parametrize(
    ("shown", "value", "unit", "whole"),
    [
        ("63,082,496", 63082496, 1, True),
        ("-0.50", -0.5, 0.01, False),
        ("3e-11", 3e-11, 1e-11, False),
        ("1.5e+03", 1500, 100, False),
        ("0.", 0, 1, True),
    ],
)
def test_numbers_are_read_with_their_last_digit(shown, value, unit, whole):
    number = bands.as_number(shown)
    assert (number.value, number.whole) == (value, whole)
    assert number.unit == pytest.approx(unit)


values = st.floats(-1e6, 1e6).map(lambda x: float(f"{x:.3f}"))


@given(values, values, st.sampled_from([1.0, 0.1, 0.001]))
def test_a_band_holds_what_was_seen_and_a_range_more(a, b, unit):
    low, high = sorted((a, b))
    band, slack = bands.widen(low, high, unit), 0.01 * unit
    assert band[0] <= low + slack and band[1] >= high - slack
    assert high < 0 or band[1] - high >= max(high - low, unit) - slack
    assert low > 0 or low - band[0] >= max(high - low, unit) - slack or low == 0
    assert low < 0 or band[0] >= 0
    assert high >= 0 or band[1] <= 0


def test_the_rule_in_numbers():
    assert bands.widen(0.15, 0.17, 0.01) == pytest.approx([0.13, 0.19])
    assert bands.widen(2e-11, 4e-11, 1e-11, in_ratio=True) == pytest.approx([0, 8e-11])
    assert bands.widen(3e6, 1e7, 1e6, in_ratio=True) == pytest.approx([0, 1e7 * 10 / 3], rel=1e-3)
    assert bands.widen(0.2, 0.2, 0.1) == pytest.approx([0.1, 0.3])


@pytest.mark.parametrize(
    "bad", [3, {"stdout": 3}, {"stdout": {"0": [1]}}, {"stdout": {"x": [1, 2]}}]
)
def test_broken_bands_are_named(bad):
    assert bands.broken(bad)
    assert bands.broken({"stdout": {"0": [2, 1]}}).endswith("[2, 1]")


# ---- the record: bands follow from what was seen
@pytest.fixture
def measured(tmp_path, monkeypatch):
    """A notebook with one printing cell, and its record of three roundings."""
    monkeypatch.setattr(bands_record, "RECORD", tmp_path)
    path = tmp_path / "99_small.ipynb"
    cell = new_code_cell(
        "print(x)", outputs=[new_output("stream", name="stdout", text="0.17 of 3\n")]
    )
    nb = chapter.normalise(new_notebook(cells=[cell]))
    runs = [run(nb, text) for text in ("0.17 of 3\n", "0.18 of 3\n", "0.16 of 3\n")]
    seen = spread_report.gather(nb, runs)
    assert seen.problems == []
    bands_record.write(path, seen)
    return path, bands_record.apply(path, nb)


def run(nb, *texts):
    outputs = [[{"output_type": "stream", "name": "stdout", "text": text}] for text in texts]
    cells = [{"id": cell.id, "outputs": out} for cell, out in zip(nb.cells, outputs, strict=True)]
    return {"rounding": "planted", "seconds": 1, "cells": cells}


def test_bands_follow_from_the_record(measured):
    path, nb = measured
    assert nb.cells[0].metadata["bands"] == {"stdout": {"0": pytest.approx([0.14, 0.2])}}
    assert bands_record.check(path, nb, "99_small") == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda cell: cell.metadata["bands"]["stdout"]["0"].__setitem__(1, 0.3),
            "was not measured; that is",
        ),
        (
            lambda cell: cell.metadata["bands"]["stdout"].__setitem__("1", [2, 4]),
            "was not measured; that is None",
        ),
        (lambda cell: cell.metadata["bands"]["stdout"].pop("0"), "the band None was not measured"),
        (lambda cell: cell.metadata.pop("bands"), "its bands are missing"),
        (lambda cell: cell.metadata.update(bands="wide"), "broken bands"),
        (lambda cell: cell.update(id="other"), "not measured since it changed"),
        (lambda cell: cell.outputs[0].update(text="0.25 of 3\n"), "stored 0.25, band 0.14"),
    ],
)
def test_a_band_that_was_not_measured_is_found(measured, change, said):
    path, nb = measured
    change(nb.cells[0])
    problems = bands_record.check(path, nb, "99_small")
    assert problems and all(p.startswith("99_small, cell 0") for p in problems)
    assert any(said in p for p in problems), problems


def test_a_notebook_that_was_never_measured_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(bands_record, "RECORD", tmp_path)
    assert (
        "make spread N=98"
        in bands_record.check(tmp_path / "98_new.ipynb", new_notebook(), "98_new")[0]
    )


def test_words_and_counts_that_differ_between_roundings_are_refused(measured):
    _, nb = measured
    for text, said in [
        ("0.17 out of 3\n", "instead of"),
        ("0.17 of 3 4\n", "instead of"),
        ("", "missing"),
    ]:
        seen = spread_report.gather(nb, [run(nb, "0.17 of 3\n"), run(nb, text)])
        assert seen.problems and said in seen.problems[0], (text, seen)
        assert "cell 0, planted" in seen.problems[0]


def test_the_author_is_told(measured):
    path, nb = measured
    nb.cells[0].outputs[0].text = "0.6123 of 3\n"
    runs = [run(nb, "0.6123 of 3\n"), run(nb, "0.6523 of 3\n")]
    seen = spread_report.gather(nb, runs)
    said = spread_report.report(path, nb, seen, runs)
    assert "you print 0.6123, seen 0.6123 to 0.6523" in said and "digit" in said
    runs = [run(nb, "0.6123 of 3\n"), run(nb, "0.9123 of 3\n")]
    said = spread_report.report(path, nb, spread_report.gather(nb, runs), runs)
    assert "wider than a fifth of it: more seeds, a mean, or fewer digits" in said


def test_a_failed_assert_is_told_with_its_roundings(measured):
    path, nb = measured
    error = {
        "output_type": "error",
        "ename": "AssertionError",
        "evalue": "0.9 is not small",
        "traceback": [],
    }
    bad = {
        "rounding": "jitter 1",
        "seconds": 1,
        "cells": [{"id": nb.cells[0].id, "outputs": [error]}],
    }
    runs = [run(nb, "0.17 of 3\n"), bad]
    seen = spread_report.gather(nb, runs)
    assert "assert failed in 1 of 2 roundings: AssertionError: 0.9" in spread_report.report(
        path, nb, seen, runs
    )
    assert seen.problems


def test_held_out_runs_are_held_against_the_bands(measured, tmp_path, capsys):
    path, nb = measured
    nbformat.write(nb, path)
    for text, green in [("0.19 of 3\n", True), ("0.3 of 3\n", False)]:
        file = tmp_path / "run.json"
        file.write_text(json.dumps(run(nb, text)))
        assert spread_report.compare_held_out(path, [file], 1) is green
        assert json.loads((tmp_path / "99_small.json").read_text())["held_out"] == {
            "planted": int(not green)
        }
    assert "its band is" in capsys.readouterr().out


@pytest.mark.slow
def test_spread_runs_a_notebook_and_takes_up_where_it_stopped(tmp_path, monkeypatch, capsys):
    """Two real runs: as it is, and jittered. The draw varies,
    and the one that was drawn twice is equal."""
    monkeypatch.setattr(bands_record, "RECORD", tmp_path / "record")
    monkeypatch.setattr(spread, "RUNS", tmp_path / "runs")
    path = tmp_path / "99_small.ipynb"
    source = (
        "import numpy as np\na, b = (np.random.default_rng(0).normal(size=3) for _ in 'ab')\n"
        "print(f'{a[0]:.9f}', (a == b).all())"
    )
    nb = chapter.normalise(new_notebook(cells=[new_code_cell(source, execution_count=1)]))
    nb.cells[0].outputs = [new_output("stream", name="stdout", text="0.125730221 True\n")]
    nbformat.write(nb, path)
    roundings = {"as it is": {}, "jitter": {"BYHAND_JITTER": "1"}}
    files = spread.run_all([path], roundings, workers=2)[path]
    assert spread.measure(path, files, 2), capsys.readouterr().out
    low, high = nbformat.read(path, 4).cells[0].metadata["bands"]["stdout"]["0"]
    assert 0.1256 < low < 0.125730221 < high < 0.1258
    assert spread.run_all([path], roundings, workers=2)[path] == files
    assert "2 of them are there already" in capsys.readouterr().out


def test_spread_refuses_when_a_rounding_is_missing(measured, capsys):
    path, nb = measured
    before = copy.deepcopy(nb)
    nbformat.write(nb, path)
    assert not spread.measure(path, [], 8)
    assert "only 0 of 8 roundings ran; nothing is stored" in capsys.readouterr().out
    assert nbformat.read(path, 4) == before


def test_text_form_carries_no_bands(tmp_path, monkeypatch, measured):
    path, nb = measured
    nbformat.write(nb, path)
    monkeypatch.setattr(chapter, "TEXT", tmp_path / "text")
    monkeypatch.setattr(chapter, "ROOT", tmp_path)
    chapter.write_text(path)
    assert "bands" not in (tmp_path / "text" / "99_small.py").read_text()


@pytest.mark.slow
def test_plain_nbval_says_that_it_is_strict(measured, tmp_path):
    """Without the plugin nothing is lenient, and one sentence says so."""
    shutil.copy(ROOT / "chapters" / "conftest.py", tmp_path)
    path, nb = measured
    nb.cells[0].source, nb.cells[0].execution_count = "print('0.17 of', 3)", 1
    nb.metadata = nbformat.from_dict(chapter.METADATA)
    nbformat.write(nb, path)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "--nbval-current-env",
        "-p",
        "no:cacheprovider",
    ]
    command += ["--rootdir", tmp_path, "-c", ROOT / "pyproject.toml", path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "compared strictly, letter by letter" in done.stdout


def test_make_chapter_says_what_changed_and_what_is_unmeasured(measured):
    path, nb = measured
    fresh = copy.deepcopy(nb)
    fresh.cells[0].outputs[0].text = "0.19 of 3\n"
    assert bands_record.changes(nb, fresh) == []
    fresh.cells[0].outputs[0].text = "0.25 of 3\n"
    assert (
        "cell 0 printed something else: stdout, line 1: 0.25" in bands_record.changes(nb, fresh)[0]
    )
    assert bands_record.unmeasured(path, nb) == []
    nb.cells[0].id = "other"
    assert "'make spread N=99'" in bands_record.unmeasured(path, nb)[0]


def test_an_untouched_exercise_needs_no_measurement(measured):
    path, nb = measured
    nb.cells[0].id, nb.cells[0].source = "other", 'exercises.check("masks.causal", my_causal)'
    nb.cells[0].metadata.pop("bands")
    assert bands_record.check(path, nb, "99_small") == []


@pytest.mark.parametrize(("said", "free"), [("It falls.", True), ("It falls to 0.3.", False)])
def test_a_figure_described_without_a_number_needs_no_measurement(measured, said, free):
    path, nb = measured
    nb.cells[0].id, nb.cells[0].outputs = (
        "other",
        [new_output("display_data", data={"image/png": "", "text/plain": said})],
    )
    nb.cells[0].metadata.pop("bands")
    assert (bands_record.check(path, nb, "99_small") == []) is free


def test_printed_words_are_measured(measured):
    """They may depend on a number: which of two is ahead."""
    path, nb = measured
    nb.cells[0].id, nb.cells[0].outputs[0].text = "other", "Adam is ahead\n"
    nb.cells[0].metadata.pop("bands")
    assert "not measured since it changed" in bands_record.check(path, nb, "99_small")[0]


def test_a_band_typed_into_an_exercise_is_found(measured):
    path, nb = measured
    nb.cells[0].id, nb.cells[0].source = "other", 'exercises.check("masks.causal", my_causal)'
    assert "not measured since it changed" in bands_record.check(path, nb, "99_small")[0]


TABLE = "bias  solved  of\n  0      658   3\n  1      566   3\n  3     9000   3\n"


def bands_of(text, values):
    return bands.measured({"stdout": values}, [bands.Text("stdout", text, False)])["stdout"]


def test_a_number_between_neighbours_that_moved_is_as_uncertain_as_they():
    found = bands_of(TABLE, {"4": [560.0, 570.0]})  # 566; the roundings left 658 where it was
    assert found["4"] == [550.0, 580.0]
    assert found["1"] == [648.0, 668.0] and found["7"] == [8990.0, 9010.0]
    assert set(found) == {"1", "4", "7"}  # labels and counts: the span is a part of their unit


def test_neighbours_show_as_many_digits():
    found = bands_of("rate 0.30: 81.5 % (79.1 to 83.5) of 360\n", {"1": [81.0, 82.0]})
    assert set(found) == {"1", "2", "3"}  # neither 0.30 nor 360
    assert found["2"] == [pytest.approx(79.1 - 79.1 / 82, abs=0.01), pytest.approx(80.06, abs=0.01)]
