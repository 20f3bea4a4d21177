"""Numbers for cases: large enough that a missing factor shows, all sizes different."""

import numpy as np


def normal(rng, *shape, scale=1.5):
    """Normal numbers of standard deviation 1.5, kept away from 0."""
    x = rng.normal(0, scale, shape)
    return x + np.where(x >= 0, 0.05, -0.05)


def whole(rng, *shape, low=-3, high=3):
    """Whole numbers as floats: ties and exact zeros happen."""
    return rng.integers(low, high + 1, shape).astype(float)


def shares(rng, *shape):
    """Positive numbers that sum to 1 along the last axis."""
    x = rng.uniform(0.2, 2.0, shape)
    return x / x.sum(axis=-1, keepdims=True)


def near(a, b):
    """True if two arrays agree to float32's precision; for properties."""
    return np.allclose(a, b, rtol=1e-4, atol=1e-4)


def softmax(z, axis=-1):
    """Softmax, for references and mistakes alike."""
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


SHIFT = "taking the maximum away only guards against overflow, and this task has no large scores"
UNSHIFTED = {  # mutants of `softmax` that are right answers where scores stay small
    "z - z.max(axis=axis, keepdims=True) -> z + z.max(axis=axis, keepdims=True)": SHIFT,
    "z - z.max(axis=axis, keepdims=True) -> z": SHIFT,
}
