"""Results are numbers: a verdict, a typed threshold,
an assert in the wrong place are found and named."""

import number_lint
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

CONVERTED = "15_masks"


def problems(check, source, printed="", tags=(), name=CONVERTED):
    outputs = [new_output("stream", name="stdout", text=printed)] if printed else []
    cell = new_code_cell(source, outputs=outputs, metadata={"tags": list(tags)})
    return check(new_notebook(cells=[cell]), name)


@pytest.mark.parametrize(
    "printed",
    [
        "30 layers below 0.8: True\n",
        "the residual net is better: False\n",
        "solved by all: yes\n",
        "gradients: ok\n",
        "row 1 0.5\nrow 2: True\n",
    ],
)
def test_a_verdict_is_found(printed):
    found = problems(number_lint.check_verdicts, "print(x)", printed)
    assert len(found) == 1 and "cell 0: a verdict where a number belongs" in found[0]


@pytest.mark.parametrize(
    "printed",
    [
        "RNN 0.167, LSTM 0.008 (0.007 to 0.008), chance 0.167\n",
        "[[ True  True]\n [False  True]]\n",  # a mask is data
        "",
    ],
)
def test_numbers_and_data_are_no_verdicts(printed):
    assert problems(number_lint.check_verdicts, "print(x)", printed) == []


def test_a_logical_fact_may_be_true_but_not_behind_a_threshold():
    check = number_lint.check_verdicts
    assert problems(check, "print(x)", "outputs equal bit for bit: True\n", ["fact"]) == []
    assert problems(check, "print(x)", "error < 1e-9: True\n", ["fact"])


@pytest.mark.parametrize(
    "source",
    [
        'print("10 layers: below 0.3", worst)',
        'print(f"{name}: at least 20 times larger")',
        'for x in y:\n    print("error <1e-9", x)',
    ],
)
def test_a_typed_threshold_is_found(source):
    found = problems(number_lint.check_verdicts, source)
    assert len(found) == 1 and "a threshold that somebody typed" in found[0]


def test_a_computed_number_is_no_typed_threshold():
    assert (
        problems(number_lint.check_verdicts, 'print(f"{a:.2f} of the steps, {b} more than before")')
        == []
    )


@pytest.mark.parametrize(
    ("source", "printed", "tags", "said"),
    [
        ("assert x > 1, f'{x}'", "", [], "an assert outside a cell tagged 'claims'"),
        ("for x in y:\n    assert x, f'{x}'", "", [], "an assert outside"),
        ("assert x > 1", "", ["claims", "hide-input"], "without a message"),
        ("assert x > 1, f'{x}'", "", ["claims"], "is folded"),
        ("assert x > 1, f'{x}'", "done\n", ["claims", "hide-input"], "prints nothing"),
        ("x = 1", "", ["claims", "hide-input"], "holds asserts"),
    ],
)
def test_claims_stand_in_folded_cells_of_their_own(source, printed, tags, said):
    found = problems(number_lint.check_claims, source, printed, tags)
    assert any(said in problem for problem in found), found


def test_claims_as_they_should_be():
    tags = ["claims", "hide-input"]
    assert problems(number_lint.check_claims, "assert x > 1, f'{x:.2f}'", "", tags) == []
    inner = "def f(x):\n    assert x, 'a function may check its argument'\n    return x"
    assert problems(number_lint.check_claims, inner) == []


@pytest.mark.parametrize("check", [number_lint.check_verdicts, number_lint.check_claims])
def test_a_chapter_is_held_to_it_once_it_is_converted(check):
    assert (
        problems(
            check, "assert x\nprint('below 0.3')", "below 0.3: True\n", name="99_not_converted"
        )
        == []
    )


def test_a_band_typed_where_nothing_was_measured_is_found(monkeypatch):
    monkeypatch.setattr(number_lint, "UNMEASURED", {"98_new"})
    cell = new_code_cell("print(x)")
    assert number_lint.check_bands(new_notebook(cells=[cell]), "98_new") == []
    cell.metadata["bands"] = {"stdout": {"0": [0, 9]}}
    assert number_lint.check_bands(new_notebook(cells=[cell]), "98_new") == [
        "98_new, cell 0: a band that was not measured"
    ]
