"""One training loop for every NumPy model of the book:
`train` draws batches and takes steps."""

import numpy as np

from byhand.history import History, checked_evaluate, checked_step
from byhand.losses import (
    cross_entropy,
    cross_entropy_backward,
    mse,
    mse_backward,
)
from byhand.optim import adam_step, clip_by_global_norm
from byhand.progress_bar import bar, shows_progress
from byhand.recurrent import recurrent, recurrent_backward
from byhand.validate import as_count, as_rng, checked, describe


def constant(done):
    """A schedule: the learning rate stays as it is. done:
    the share of the steps already taken."""
    return 1.0


def falling(done):
    """A schedule: the learning rate falls to zero in a straight line."""
    return 1 - done


def last_third(done):
    """A schedule: the learning rate stays, and falls to zero in the last third
    of the steps."""
    return min(1.0, 3 * (1 - done))


def training_arguments(step, data, lr=0.001, batch=32, evaluate=None, **others):
    """Raise unless these arguments of `train` fit;
    check what its functions return too."""
    size = batches_per_epoch(data, as_count("batch", batch))
    if not isinstance(lr, int | float | np.number):
        raise TypeError(f"lr: expected a number, got {describe(lr)}")
    if not callable(step):
        raise TypeError(
            "step: expected a function of params and a batch, got "
            f"{describe(step)}"
        )
    if evaluate is None:
        return {"step": checked_step(step, size)}
    if not callable(evaluate):
        raise TypeError(
            f"evaluate: expected a function of params, got {describe(evaluate)}"
        )
    return {
        "step": checked_step(step, size),
        "evaluate": checked_evaluate(evaluate),
    }


@checked(training_arguments, rng=as_rng, epochs=as_count)
def train(
    rng, params, step, data, epochs, lr=0.001, batch=32,
    optimiser=adam_step, schedule=constant, limit=None, goal=None,
    evaluate=None, progress=None,
):  # fmt: skip
    """Train: draw a batch, find the gradients, let the optimiser take a step.

    Arguments:
        rng: NumPy Generator; it shuffles the rows, or is handed to `data`.
        params: a dict of arrays; it is not changed.
        step: function of params and a batch's arrays, returns loss, grads.
        data: a tuple of arrays with the same number of rows; or a function
            rng -> batch, called in each epoch for a batch never seen before.
        epochs: number of passes. lr: learning rate. batch: rows of a batch.
        optimiser: such as `sgd_step`.
        schedule: function of the share of steps taken; multiplies lr.
        limit: of the gradient's norm, or None.
        goal: stop when the mean of the last 20 losses is below it.
        evaluate: function of params, called after each epoch, returns a
            dict of floats.
        progress: show a bar or not; None decides (see `shows_progress`).

    Returns params, History with "loss", with "norm" (before limiting) where
    there is a limit, and with what `evaluate` returns. Raises
    FloatingPointError, with the step, if a number becomes NaN or infinite,
    unless np.errstate(invalid="ignore") holds.
    """
    history, state, k = History(), None, 0
    steps = epochs * batches_per_epoch(data, batch)
    for _ in epochs_shown(epochs, history, progress):
        for rows in batches(rng, data, batch):
            loss, grads = step(params, *rows)
            numbers = {"loss": loss}
            if limit is not None:
                grads, numbers["norm"] = clip_by_global_norm(grads, limit)
            rate = lr * schedule(k / steps)
            params, state = optimiser(params, grads, state, lr=rate)
            k = k + 1
            history.record(k, numbers)
            if history.reached(goal):
                return params, history
        if evaluate is not None:
            history.record(k, evaluate(params))
    return params, history


def batches(rng, data, size):
    """The batches of one epoch: of arrays in random order,
    or the one that a function draws."""
    return [data(rng)] if callable(data) else minibatches(rng, size, *data)


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
            "arrays: expected arrays of one length, got lengths "
            f"{[len(array) for array in arrays]}"
        )
    return _batches(rng.permutation(len(arrays[0])), size, arrays)


def _batches(order, size, arrays):
    for start in range(0, len(order), size):
        rows = order[start : start + size]
        yield tuple(array[rows] for array in arrays)


def batches_per_epoch(data, size):
    """How many batches of `size` rows an epoch has. Raises TypeError or
    ValueError naming data."""
    if callable(data):
        return 1
    if not isinstance(data, tuple | list):
        raise TypeError(
            "data: expected a tuple of arrays, or a function of rng, got "
            f"{describe(data)}"
        )
    if not len(data) or not len(data[0]):
        raise ValueError("data: expected at least one row, got none")
    return -(-len(data[0]) // size)


def epochs_shown(epochs, history, progress):
    """Count the epochs, with a bar for those who wait."""
    with bar(
        shows_progress() if progress is None else progress, epochs
    ) as shown:
        for epoch in range(epochs):
            yield epoch
            last = {
                name: f"{numbers[-1]:.4g}"
                for name, numbers in history.values.items()
            }
            shown.set_postfix(last, refresh=False)
            shown.update()


def loss_of(y, target, counts):
    """Mean squared error for targets (B, T, 1),
    cross-entropy for symbols (B, T), where `counts`.

    Returns loss, dy (B, T, C).
    """
    if target.ndim == 3:
        dy = np.zeros_like(y)
        loss, cache = mse(y[counts], target[counts])
        dy[counts] = mse_backward(1.0, cache)
        return loss, dy
    loss, cache = cross_entropy(y, target, mask=counts)
    return loss, cross_entropy_backward(1.0, cache).astype(y.dtype)


def recurrent_step(kind):
    """The step of `train` for a recurrent model of a kind: forward,
    loss, backward."""

    def step(params, x, target, counts):
        y, cache = recurrent(kind, params, x)
        loss, dy = loss_of(y, target, counts)
        grads, _ = recurrent_backward(dy, cache)
        return loss, grads

    return step
