import subprocess
import sys

import nbclient
import nbformat
import numpy as np
import pytest
from byhand.history import History
from byhand.optim import adam_step, clip_by_global_norm, momentum_step, sgd_step
from byhand.train import constant, falling, last_third, minibatches, train
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


X = np.random.default_rng(5).standard_normal((40, 3))
TRUE_W = np.array([1.0, -2.0, 0.5])
DATA = X, X @ TRUE_W


def squares(params, x, y):
    """The step of least squares: mean squared error and its gradient."""
    error = x @ params["w"] - y
    return np.mean(error**2), {"w": 2 * x.T @ error / len(y)}


def trained(**options):
    """Train least squares from zero: params, history."""
    given = {"rng": np.random.default_rng(0), "params": {"w": np.zeros(3)}, "step": squares}
    return train(**(given | {"data": DATA, "epochs": 3, "batch": 8} | options))


def by_hand(optimiser, epochs, rates, limit=None):
    """The same loop, written out: the parameters, the losses and the norms of all steps."""
    rng, params, state, losses, norms = np.random.default_rng(0), {"w": np.zeros(3)}, None, [], []
    for _ in range(epochs):
        order = rng.permutation(40)
        for start in range(0, 40, 16):  # 16, 16 and 8 rows
            rows = order[start : start + 16]
            loss, grads = squares(params, X[rows], DATA[1][rows])
            if limit:
                grads, norm = clip_by_global_norm(grads, limit)
                norms.append(norm)
            params, state = optimiser(params, grads, state, lr=rates[len(losses)])
            losses.append(loss)
    return params["w"], losses, norms


@pytest.mark.parametrize("optimiser", [sgd_step, momentum_step, adam_step])
@pytest.mark.parametrize("limit", [None, 1.5])
def test_the_loop_equals_one_written_out(optimiser, limit):
    rates = [0.05 * (1 - k / 12) for k in range(12)]
    w, losses, norms = by_hand(optimiser, 4, rates, limit)
    params, history = trained(
        epochs=4, batch=16, lr=0.05, optimiser=optimiser, schedule=falling, limit=limit
    )
    assert np.array_equal(params["w"], w) and history["loss"] == losses
    assert history.steps["loss"] == list(range(1, 13)) and history.stopped == "epochs"
    assert (history["norm"] == norms and max(norms) > 1.5) if limit else "norm" not in history


def test_the_defaults_are_adam_and_a_constant_rate():
    params, _ = trained(epochs=4, batch=16)
    assert np.array_equal(params["w"], by_hand(adam_step, 4, [0.001] * 12)[0])


def test_schedules():
    assert [constant(done) for done in (0.0, 0.9)] == [1, 1]
    assert [falling(done) for done in (0.0, 0.25, 1.0)] == [1, 0.75, 0]
    assert [last_third(done) for done in (0.0, 0.5, 1.0)] == [1, 1, 0]
    assert last_third(5 / 6) == pytest.approx(0.5)


def test_a_model_is_learned_and_the_start_is_left_alone():
    start = {"w": np.zeros(3)}
    params, history = trained(
        params=start, epochs=30, lr=0.1, optimiser=sgd_step,
        evaluate=lambda params: {"gap": np.abs(params["w"] - TRUE_W).max()},
    )  # fmt: skip
    assert not start["w"].any() and len(history["loss"]) == 150
    assert history["gap"][-1] < 0.05 < history["gap"][0]
    assert history.steps["gap"] == list(range(5, 151, 5))
    assert "gap" in history and "other" not in history
    with pytest.raises(KeyError, match="name: expected one of"):
        history["other"]


def test_a_function_draws_a_fresh_batch_in_each_epoch():
    seen = []

    def draw(rng):
        seen.append(rng.standard_normal((4, 3)))
        return seen[-1], seen[-1] @ TRUE_W

    _, history = trained(data=draw, epochs=7, rng=np.random.default_rng(3))
    again = np.random.default_rng(3)
    assert len(history["loss"]) == len(seen) == 7
    assert all(np.array_equal(x, again.standard_normal((4, 3))) for x in seen)


def test_training_stops_when_the_mean_of_20_losses_reaches_the_goal():
    losses = iter([5.0] + [1.0] * 100)

    def step(params, x, y):
        return next(losses), {"w": np.zeros(3)}

    _, history = trained(step=step, epochs=20, goal=1.1)
    assert history.stopped == "goal" and history["loss"] == [5.0] + [1.0] * 20


def nan_at(step):
    """A step whose loss is NaN at its `step`-th call."""
    losses = iter([1.0] * (step - 1) + [float("nan")] * 99)
    return lambda params, x, y: (next(losses), {"w": np.zeros(3)})


def test_nan_is_named_with_its_step():
    with pytest.raises(FloatingPointError, match=r"loss became nan at step 7 \(epoch 2\)"):
        trained(step=nan_at(7))
    with pytest.raises(FloatingPointError, match="gap became inf"):
        trained(evaluate=lambda params: {"gap": np.inf})


def test_nan_is_borne_where_numpy_was_told_to_ignore_it():
    with np.errstate(invalid="ignore"):
        _, history = trained(step=nan_at(7))
    assert np.isnan(history["loss"]).sum() == 15 - 6


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"rng": 0}, TypeError, "rng: expected a generator"),
        ({"step": 3}, TypeError, "step: expected a function"),
        ({"step": lambda *given: 1.0}, TypeError, "step: expected to return loss, grads"),
        ({"step": lambda *given: ("low", {})}, TypeError, "step: expected a float for 'loss'"),
        ({"step": lambda *given: (1.0, {})}, ValueError, "grads: expected the names of params"),
        ({"data": iter([1])}, TypeError, "data: expected a tuple of arrays, or a function"),
        ({"data": ()}, ValueError, "data: expected at least one row"),
        ({"data": (np.zeros((0, 3)), np.zeros(0))}, ValueError, "data: expected at least one row"),
        ({"data": (X, X[:5])}, ValueError, "arrays: expected arrays of one length"),
        ({"epochs": 0}, ValueError, "epochs: expected at least 1"),
        ({"batch": 0}, ValueError, "batch: expected at least 1"),
        ({"lr": "fast"}, TypeError, "lr: expected a number"),
        ({"limit": 0}, ValueError, "limit: expected a positive number"),
        ({"evaluate": 1}, TypeError, "evaluate: expected a function"),
        ({"evaluate": lambda params: 1}, TypeError, "evaluate: expected to return a dict"),
    ],
)
def test_bad_input_is_named(options, error, message):
    with pytest.raises(error, match=message):
        trained(**options)


def test_smooth_is_the_mean_of_the_last_values():
    history = History()
    for k, value in enumerate([4.0, 2.0, 6.0, 8.0]):
        history.record(k + 1, {"loss": value})
    assert history.smooth("loss", 2).tolist() == [4, 3, 4, 7]
    assert history.smooth("loss", 9).tolist() == [4, 3, 4, 5]
    with pytest.raises(ValueError, match="window: expected at least 1"):
        history.smooth("loss", 0)


@pytest.mark.parametrize(
    ("size", "arrays", "message"),
    [(0, [[1]], "size: "), (2, [], "arrays: "), (2, [[1], [1, 2]], "arrays: .*1, 2")],
)
def test_bad_batches_are_named(size, arrays, message):
    with pytest.raises(ValueError, match=message):
        minibatches(np.random.default_rng(0), size, *map(np.array, arrays))


CELL = """import time
import numpy as np
from byhand.train import train
data, w = (np.arange(320),), {"w": np.ones(1)}
_, history = train(np.random.default_rng(0), w, lambda w, x: (time.sleep(0.01), (1.0, w))[1], data, 5)
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


@pytest.mark.slow
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
    trained(epochs=2)
    assert "epoch" in capsys.readouterr().err
    monkeypatch.setenv("BYHAND_BAR", "0")
    trained(epochs=2)
    assert capsys.readouterr().err == ""
