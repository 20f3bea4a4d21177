"""The loop for torch models: its steps, its end, and what it leaves behind."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
import torch
from byhand.pt import train as loop
from byhand.pt.train import one_thread, train
from byhand.train import falling


def line():
    """A line through no points yet: w = b = 0."""
    model = torch.nn.Linear(2, 1).double()
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
    return model


def batches(n=None):
    """n batches of 8 points of one plane, or without end."""
    rng = np.random.default_rng(0)
    for _ in itertools.count() if n is None else range(n):
        x = torch.as_tensor(rng.standard_normal((8, 2)))
        yield x, x[:, :1] - 2 * x[:, 1:] + 1


def squares(model, batch):
    return ((model(batch[0]) - batch[1]) ** 2).mean()


def trained(model=None, kind=torch.optim.Adam, given=None, **options):
    """Train a line: the model, the losses."""
    model = model or line()
    options = {"steps": 20, "lr": 0.1} | options
    return model, train(
        model, squares, given or batches(), kind(model.parameters(), lr=9.0), **options
    )


def test_the_loop_equals_one_written_out():
    model, losses = trained(warm_up=4, schedule=falling, limit=0.5)
    other, written = line(), []
    optimiser = torch.optim.Adam(other.parameters())
    for k, batch in enumerate(batches(20)):
        optimiser.param_groups[0]["lr"] = 0.1 * min((k + 1) / 4, 1) * (1 - k / 20)
        loss = squares(other, batch)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(other.parameters(), 0.5)
        optimiser.step()
        written.append(loss.item())
    assert losses == written and losses[-1] < losses[0]
    assert torch.equal(model.weight, other.weight) and torch.equal(model.bias, other.bias)


def test_the_norm_is_limited_only_where_asked():
    free, bound = (trained(kind=torch.optim.SGD, limit=limit)[1] for limit in (None, 0.01))
    assert free[0] == bound[0] and free[-1] < bound[-1]


class Clock:
    """A processor's time that runs one second in each step."""

    def __init__(self):
        self.now = 0.0

    def process_time(self):
        self.now += 0.5
        return self.now


def test_seconds_end_the_training(monkeypatch):
    monkeypatch.setattr(loop, "time", Clock())
    seen = []
    rates = []

    def schedule(done):
        rates.append(done)
        return 1.0

    options = {"schedule": schedule, "evaluate": lambda *now: seen.append(now), "every": 3}
    _, losses = trained(steps=None, seconds=2.0, **options)
    assert len(losses) == 4 and seen == [(3, 1.5), (4, 2.0)]  # half a second a step
    assert rates == [0.0, 0.25, 0.5, 0.75]


def test_nan_is_named_with_its_step():
    def rows():
        yield from batches(2)
        yield torch.full((1, 2), torch.nan).double(), torch.zeros(1, 1).double()

    with pytest.raises(FloatingPointError, match="loss became nan at step 3"):
        trained(given=rows())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": None}, "steps: expected a number of steps, or of seconds"),
        ({"given": batches(3)}, "batches: expected them for the whole training, got 3"),
    ],
)
def test_bad_input_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        trained(**options)


def tiny():
    """A number too small for a full float32, halved: zero if such numbers are flushed."""
    return float(torch.tensor(2e-38) / 4)


def test_settings_hold_for_the_training_only():
    threads = torch.get_num_threads()
    with one_thread():
        assert torch.get_num_threads() == 1 and tiny() == 0
    assert torch.get_num_threads() == threads and tiny() > 0
    trained()
    assert torch.get_num_threads() == threads and tiny() > 0


def test_importing_changes_no_setting():
    code = (
        "import torch; torch.set_num_threads(2); import byhand.pt.train_dates; "
        "assert torch.get_num_threads() == 2; assert float(torch.tensor(2e-38) / 4) > 0"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
