"""Handwritten digits: 1797 images of 8 x 8 pixels from scikit-learn (Alpaydin &
Kaynak 1998)."""

import functools
from typing import NamedTuple

import numpy as np

from byhand.data.split import Split, split_indices
from byhand.validate import as_count


class Digits(NamedTuple):
    """Images and what they show."""

    X: np.ndarray  # (B, 64), or (B, 1, 8, 8) for images
    y: np.ndarray  # (B,) integers 0 .. 9


def load_digits(images=False, dtype=np.float64):
    """Return all digits, their ink scaled to [0, 1].

    Arguments:
        images: False for rows of 64 pixels, X (1797, 64);
        True for one-channel images, X (1797, 1, 8, 8).
        dtype: NumPy dtype of X.

    Returns Digits(X, y) with y (1797,) holding the integers 0 to 9.
    """
    data = _bundled()
    X = (data.data / 16).astype(dtype)  # (B, 64), ink 0 .. 16 becomes 0 .. 1
    return Digits(
        X.reshape(-1, 1, 8, 8) if images else X, data.target.astype(np.int64)
    )


@functools.cache
def _bundled():
    """scikit-learn's own record, unpacked once;
    every caller gets copies of its arrays."""
    try:
        from sklearn import datasets
    except ImportError as error:
        raise ImportError(
            "The digits come with scikit-learn: pip install scikit-learn"
        ) from error
    return datasets.load_digits()


def split_digits(
    rng, validation=0.15, test=0.25, images=False, dtype=np.float64
):
    """Return the digits as Split(train, validation, test),
    each part a Digits(X, y).

    Arguments:
        rng: NumPy Generator; the same seed gives the same split.
        validation, test: fractions of the 1797 images.
        images, dtype: as in `load_digits`.
    """
    X, y = load_digits(images, dtype)
    return Split(
        *(
            Digits(X[part], y[part])
            for part in split_indices(rng, len(y), validation, test)
        )
    )


def pair(a, b, dtype=np.float64):
    """Return only the digits `a` and `b`, labelled -1 and +1,
    for a two-class problem.

    Returns X (B, 64) in [0, 1] and t (B,) with t = -1 where the image
    shows `a` and +1 where it shows `b`. Raises ValueError if `a` or `b`
    is no digit, or both are the same.
    """
    for name, digit in (("a", a), ("b", b)):
        if as_count(name, digit, least=0) > 9:
            raise ValueError(
                f"{name}: expected a digit from 0 to 9, got {digit}"
            )
    if a == b:
        raise ValueError(f"b: expected another digit than a, got {b} twice")
    X, y = load_digits(dtype=dtype)
    chosen = (y == a) | (y == b)
    return X[chosen], np.where(y[chosen] == b, 1, -1).astype(dtype)
