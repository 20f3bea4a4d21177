"""The numbers of a training: a History keeps them;
what a step returns is checked."""

import math

import numpy as np

from byhand.validate import as_count, describe


class History:
    """Numbers recorded during training: lists by name,
    with the step at which each was recorded.

    `history["loss"]` is a list of floats and `history.steps["loss"]` the
    steps (counted from 1) they belong to; `history.stopped` says why
    training ended: "epochs" or "goal".
    """

    def __init__(self):
        self.values = {}
        self.steps = {}
        self.stopped = "epochs"

    def record(self, step, numbers):
        """Append one float per name in the dict `numbers`;
        names may differ from step to step."""
        for name, number in numbers.items():
            self.values.setdefault(name, []).append(number)
            self.steps.setdefault(name, []).append(step)

    def reached(self, goal):
        """Is the mean of the last 20 losses below `goal`? If so,
        that is why training stopped."""
        losses = self.values.get("loss", [])
        if goal is None or len(losses) < 20 or not np.mean(losses[-20:]) < goal:
            return False
        self.stopped = "goal"
        return True

    def __getitem__(self, name):
        if name not in self.values:
            raise KeyError(
                f"name: expected one of {sorted(self.values)}, got {name!r}"
            )
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


def checked_step(step, size):
    """`step` with its result checked; `size`, the steps of an epoch,
    is for the message."""
    count = 0

    def checking(params, *rows):
        nonlocal count
        count += 1
        result = step(params, *rows)
        if not isinstance(result, tuple) or len(result) != 2:
            raise TypeError(
                f"step: expected to return loss, grads, got {describe(result)}"
            )
        where = f" at step {count} (epoch {1 + (count - 1) // size})"
        return _number("step", "loss", result[0], where), result[1]

    return checking


def checked_evaluate(evaluate):
    """`evaluate` with its result checked."""

    def checking(params):
        numbers = evaluate(params)
        if not isinstance(numbers, dict):
            raise TypeError(
                "evaluate: expected to return a dict of floats, got "
                f"{describe(numbers)}"
            )
        return {
            name: _number("evaluate", name, value)
            for name, value in numbers.items()
        }

    return checking


def _number(function, name, value, where=""):
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"{function}: expected a float for {name!r}, got {describe(value)}"
        ) from error
    if not math.isfinite(number) and np.geterr()["invalid"] != "ignore":
        raise FloatingPointError(f"{name} became {number}{where}")
    return number
