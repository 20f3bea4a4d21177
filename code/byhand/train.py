"""Training loops: they run the steps, keep the numbers, show the progress."""

import math
import time

import numpy as np

from byhand.losses import cross_entropy, cross_entropy_backward, mse, mse_backward
from byhand.optim import adam_step, clip_by_global_norm
from byhand.progress_bar import bar, shows_progress
from byhand.recurrent import recurrent, recurrent_backward
from byhand.validate import as_count, as_rng, describe


class History:
    """Numbers recorded during training: lists by name, with the step at which each was recorded.

    `history["loss"]` is a list of floats and `history.steps["loss"]` the
    steps (counted from 1) they belong to; `history.stopped` says why training ended:
    "epochs" or "seconds".
    """

    def __init__(self):
        self.values = {}
        self.steps = {}
        self.stopped = "epochs"

    def record(self, step, numbers):
        """Append one float per name in the dict `numbers`; names may differ from step to step."""
        for name, number in numbers.items():
            self.values.setdefault(name, []).append(number)
            self.steps.setdefault(name, []).append(step)

    def __getitem__(self, name):
        if name not in self.values:
            raise KeyError(f"name: expected one of {sorted(self.values)}, got {name!r}")
        return self.values[name]

    def __contains__(self, name):
        return name in self.values

    def smooth(self, name, window=20):
        """Return the mean of the last `window` values up to each step,
        one float per recorded value."""
        window = as_count("window", window)
        total = np.concatenate([[0.0], np.cumsum(self[name])])
        stop = np.arange(1, len(total))
        start = np.maximum(stop - window, 0)
        return (total[stop] - total[start]) / (stop - start)


def minibatches(rng, size, *arrays):
    """Yield tuples of shuffled rows, `size` at a time, each row once;
    the last batch may be smaller.

    Arguments:
        rng: NumPy Generator.
        size: rows per batch.
        arrays: arrays (or tensors) with the same number of rows.

    Raises ValueError if there are no arrays or their lengths differ.
    """
    as_rng("rng", rng)
    size = as_count("size", size)
    if not arrays or len({len(array) for array in arrays}) > 1:
        raise ValueError(
            f"arrays: expected arrays of one length, got lengths {[len(array) for array in arrays]}"
        )
    return _batches(rng.permutation(len(arrays[0])), size, arrays)


def _batches(order, size, arrays):
    for start in range(0, len(order), size):
        rows = order[start : start + size]
        yield tuple(array[rows] for array in arrays)


def fit(step, batches, epochs, evaluate=None, every=100, seconds=None, progress=None):
    """Call `step` on every batch of every epoch and record what it returns.

    Arguments:
        step: function of one batch that changes the model and returns a dict of floats such as
        {"loss": 0.7}.
        batches: function without arguments that returns the batches of one epoch, such as
            `lambda: minibatches(rng, 32, X, y)`; or a list of batches, used again in each epoch.
        epochs: number of passes.
        evaluate: function without arguments that returns a dict of floats;
            called after each `every` steps and once after the last.
        seconds: stop after the first step that ends later than this.
        progress: True or False to show a bar or not; None decides (see `shows_progress`).

    Returns a History. Raises FloatingPointError if a number that `step`
    returns is NaN or infinite, with the step at which it arose;
    TypeError or ValueError naming the argument for a wrong one.
    """
    _check_arguments(step, batches, evaluate, seconds)
    epochs, every = as_count("epochs", epochs), as_count("every", every)
    history, count, start = History(), 0, time.perf_counter()
    with bar(shows_progress() if progress is None else progress, epochs) as shown:
        for epoch, batch in _numbered(batches, epochs):
            count += 1
            numbers = _floats(step(batch), count, epoch)
            history.record(count, numbers)
            if evaluate and count % every == 0:
                history.record(count, _floats(evaluate(), count, epoch, "evaluate"))
            shown.set_postfix(
                {name: f"{number:.4g}" for name, number in numbers.items()}, refresh=False
            )
            shown.update(epoch - 1 - shown.n)
            if seconds is not None and time.perf_counter() - start > seconds:
                history.stopped = "seconds"
                break
    if evaluate and count % every:
        history.record(count, _floats(evaluate(), count, epoch, "evaluate"))
    return history


def _numbered(batches, epochs):
    """(epoch, batch) for every batch of every epoch; an empty first epoch is an error."""
    for epoch in range(1, epochs + 1):
        batch = None
        for batch in batches() if callable(batches) else batches:
            yield epoch, batch
        if batch is None:
            raise ValueError("batches: expected at least one batch in an epoch, got none")


def _floats(numbers, count, epoch, name="step"):
    if not isinstance(numbers, dict):
        raise TypeError(
            f'{name}: expected to return a dict of floats such as {{"loss": 0.7}}, got '
            f"{describe(numbers)}"
        )
    result = {}
    for key, number in numbers.items():
        number = number.detach() if hasattr(number, "detach") else number  # a torch scalar
        try:
            result[key] = float(number)
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"{name}: expected a float for {key!r}, got {describe(number)}"
            ) from error
        if not math.isfinite(result[key]):
            raise FloatingPointError(f"{key} became {result[key]} at step {count} (epoch {epoch})")
    return result


def _check_arguments(step, batches, evaluate, seconds):
    if not callable(step):
        raise TypeError(f"step: expected a function of one batch, got {describe(step)}")
    if not callable(batches) and not isinstance(
        batches, list | tuple
    ):  # a generator would be empty in epoch 2
        raise TypeError(
            "batches: expected a function that returns batches, or a list of them, got "
            f"{describe(batches)}"
        )
    if evaluate is not None and not callable(evaluate):
        raise TypeError(
            f"evaluate: expected a function without arguments or None, got {describe(evaluate)}"
        )
    if seconds is not None and not (isinstance(seconds, int | float) and seconds > 0):
        raise ValueError(f"seconds: expected a positive number or None, got {describe(seconds)}")


def loss_of(y, task):
    """Mean squared error for targets (B, T, 1), cross-entropy for symbols (B, T),
    where `task.counts`.

    Returns loss, dy (B, T, C).
    """
    if task.y.ndim == 3:
        dy = np.zeros_like(y)
        loss, cache = mse(y[task.counts], task.y[task.counts])
        dy[task.counts] = mse_backward(1.0, cache)
        return loss, dy
    loss, cache = cross_entropy(y, task.y, mask=task.counts)
    return loss, cross_entropy_backward(1.0, cache).astype(y.dtype)


def train_recurrent(kind, params, make, rng, steps, lr=0.005, limit=1.0, goal=0.0):
    """Train with Adam, the gradient's norm limited, on a fresh batch a step:
    nothing can be learned by heart.

    Arguments: kind, params as in `recurrent`. make:
        a function rng -> Lags that draws a batch. steps: how many at most. lr: learning rate.
        limit: of the gradient's norm. goal: stop when the mean of the last 20 losses is below it.
    Returns params, History with "loss" and "norm" (before limiting);
    `stopped` is "goal" or "steps".
    """
    history, state = History(), None
    for step in range(1, steps + 1):
        task = make(rng)
        y, cache = recurrent(kind, params, task.x)
        loss, dy = loss_of(y, task)
        grads, _ = recurrent_backward(dy, cache)
        grads, norm = clip_by_global_norm(grads, limit)
        params, state = adam_step(params, grads, state, lr=lr)
        history.record(step, {"loss": float(loss), "norm": float(norm)})
        if step >= 20 and np.mean(history["loss"][-20:]) < goal:
            history.stopped = "goal"
            return params, history
    history.stopped = "steps"
    return params, history
