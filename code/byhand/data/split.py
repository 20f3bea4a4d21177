"""Divide examples into training, validation and test parts, reproducibly."""

from typing import NamedTuple

import numpy as np

from byhand.validate import as_count, as_rng, describe


class Split(NamedTuple):
    """Three parts of one data set: indices, arrays or lists,
    always in this order."""

    train: object
    validation: object
    test: object


def split_indices(rng, n, validation=0.15, test=0.15):
    """Shuffle the indices 0 .. n-1 and cut them into three parts that
    share none.

    Arguments:
        rng: NumPy Generator; the same seed gives the same split.
        n: number of examples.
        validation, test: fractions of n, rounded to whole examples;
        the training part gets the rest.

    Returns Split(train, validation, test) of integer arrays. Raises
    TypeError or ValueError naming the argument if a fraction is outside [0,
    1) or nothing is left to train on.
    """
    as_rng("rng", rng)
    n = as_count("n", n)
    n_validation, n_test = (
        round(_fraction(name, f) * n)
        for name, f in (("validation", validation), ("test", test))
    )
    n_train = n - n_validation - n_test
    if n_train < 1:
        raise ValueError(
            "validation, test: expected to leave examples to train on, got "
            f"{validation} and {test}"
        )
    order = rng.permutation(n)
    return Split(*np.split(order, [n_train, n_train + n_validation]))


def _fraction(name, value):
    if isinstance(value, bool) or not isinstance(
        value, int | float | np.number
    ):
        raise TypeError(
            f"{name}: expected a fraction such as 0.15, got {describe(value)}"
        )
    if not 0 <= value < 1:
        raise ValueError(
            f"{name}: expected a fraction of at least 0 and below 1, got "
            f"{value}"
        )
    return value
