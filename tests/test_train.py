import subprocess
import sys

import nbclient
import nbformat
import numpy as np
import pytest
import torch
from byhand.train import History, fit, minibatches
from hypothesis import given, settings
from hypothesis import strategies as st


@settings(max_examples=30, deadline=None)
@given(n=st.integers(1, 40), size=st.integers(1, 45), seed=st.integers(0, 99))
def test_minibatches_bring_every_row_once_and_rows_stay_together(n, size, seed):
    X = np.arange(n * 2).reshape(n, 2)
    batches = list(minibatches(np.random.default_rng(seed), size, X, np.arange(n)))
    assert [len(x) for x, _ in batches[:-1]] == [size] * (len(batches) - 1)
    assert sorted(np.concatenate([t for _, t in batches])) == list(range(n))
    assert all(np.array_equal(x, X[t]) for x, t in batches)


def test_history_of_a_numpy_model():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 3))
    w_true, w = np.array([1.0, -2.0, 0.5]), np.zeros(3)
    y = X @ w_true

    def step(batch):
        x, t = batch
        w[:] -= 0.1 * x.T @ (x @ w - t) / len(t)
        return {"loss": np.mean((x @ w - t) ** 2)}

    history = fit(
        step,
        lambda: minibatches(rng, 8, X, y),
        30,
        evaluate=lambda: {"gap": np.abs(w - w_true).max()},
        every=60,
    )
    assert len(history["loss"]) == 150 and history["gap"][-1] < 0.05 and history.stopped == "epochs"
    assert history.steps["loss"] == list(range(1, 151)) and history.steps["gap"] == [60, 120, 150]
    assert "gap" in history and "other" not in history
    with pytest.raises(KeyError, match="name: expected one of"):
        history["other"]


def test_history_of_a_torch_model():
    w = torch.zeros(2, requires_grad=True)
    X = torch.eye(2)

    def step(batch):
        loss = ((batch[0] @ w - 1) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            w.sub_(0.5 * w.grad)
            w.grad.zero_()
        return {"loss": loss}

    history = fit(step, lambda: minibatches(np.random.default_rng(0), 2, X), 20)
    assert type(history["loss"][0]) is float and history["loss"][-1] < 1e-3 < history["loss"][0]


def test_smooth_is_the_mean_of_the_last_values():
    history = History()
    for k, value in enumerate([4.0, 2.0, 6.0, 8.0]):
        history.record(k + 1, {"loss": value})
    assert history.smooth("loss", 2).tolist() == [4, 3, 4, 7]
    assert history.smooth("loss", 9).tolist() == [4, 3, 4, 5]
    with pytest.raises(ValueError, match="window: expected at least 1"):
        history.smooth("loss", 0)


def test_nan_is_named_with_its_step():
    losses = iter([1.0, 2.0, float("nan")])
    with pytest.raises(FloatingPointError, match=r"loss became nan at step 3 \(epoch 2\)"):
        fit(lambda batch: {"loss": next(losses)}, [1, 2], 5)


def test_the_time_budget_ends_training():
    history = fit(
        lambda batch: {"loss": 1.0},
        [0] * 1000,
        10**6,
        seconds=0.05,
        evaluate=lambda: {"a": 0},
        every=10**9,
    )
    assert history.stopped == "seconds" and len(history["a"]) == 1


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"step": 3}, TypeError, "step: expected a function"),
        ({"step": lambda batch: 1.0}, TypeError, "step: expected to return a dict"),
        ({"step": lambda batch: {"loss": "low"}}, TypeError, "step: expected a float for 'loss'"),
        ({"batches": iter([1])}, TypeError, "batches: expected a function that returns batches"),
        ({"batches": []}, ValueError, "batches: expected at least one batch"),
        ({"epochs": 0}, ValueError, "epochs: expected at least 1"),
        ({"evaluate": 1}, TypeError, "evaluate: expected a function"),
        ({"every": 0}, ValueError, "every: expected at least 1"),
        ({"seconds": -1}, ValueError, "seconds: expected a positive number"),
    ],
)
def test_bad_input_is_named(options, error, message):
    with pytest.raises(error, match=message):
        fit(**({"step": lambda batch: {"loss": 1.0}, "batches": [1], "epochs": 1} | options))


@pytest.mark.parametrize(
    ("size", "arrays", "message"),
    [(0, [[1]], "size: "), (2, [], "arrays: "), (2, [[1], [1, 2]], "arrays: .*1, 2")],
)
def test_bad_batches_are_named(size, arrays, message):
    with pytest.raises(ValueError, match=message):
        minibatches(np.random.default_rng(0), size, *map(np.array, arrays))


CELL = """import time
from byhand.train import fit
history = fit(lambda batch: (time.sleep(0.01), {"loss": 1.0})[1], [0] * 10, 5)
len(history["loss"])"""


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """A notebook run without pytest's own variable, as authors run it."""
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
    monkeypatch.delenv("CI", raising=False)
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    nb.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbclient.NotebookClient(nb, kernel_name="python3").execute()
    path = tmp_path / "n.ipynb"
    nbformat.write(nb, path)
    return nb, path


def test_no_progress_is_stored_and_nbval_sees_none(notebook):
    nb, path = notebook
    assert [output.output_type for output in nb.cells[0].outputs] == ["execute_result"]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "--nbval-current-env",
        "-p",
        "no:cacheprovider",
        str(path),
    ]
    ran = subprocess.run(
        [*command, "-c", "/dev/null"], capture_output=True, text=True, cwd=path.parent
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_variable_decides(monkeypatch, capsys):
    monkeypatch.setenv("BYHAND_BAR", "1")
    fit(lambda batch: {"loss": 1.0}, [0], 2)
    assert "epoch" in capsys.readouterr().err
    monkeypatch.setenv("BYHAND_BAR", "0")
    fit(lambda batch: {"loss": 1.0}, [0], 2)
    assert capsys.readouterr().err == ""
