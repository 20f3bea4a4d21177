"""The generative adversarial game in one dimension (Goodfellow et al. 2014),
with both gradients by hand.

Generator: G(z) = mu + s z, so it can be any normal distribution.
Discriminator: D(x) = sigma(w . phi(x)) with phi(x) = (1, x, x^2), and that is
all it needs to tell two normal distributions apart.
"""

from typing import NamedTuple

import numpy as np

from byhand.activations import sigmoid
from byhand.shapes import shapes
from byhand.validate import as_choice, as_floats, checked

LOSSES = ("saturating", "non-saturating")


class Scale(NamedTuple):
    """Means and deviations that bring x and x^2 to one size."""

    mean: np.ndarray  # (2,)
    deviation: np.ndarray  # (2,)


def scale_of(x):
    """The Scale of numbers x (B,): without it the square rules all steps."""
    powers = np.stack([x, x * x], axis=-1)
    return Scale(powers.mean(axis=0), powers.std(axis=0))


RAW = Scale(np.zeros(2), np.ones(2))


def features(x, scale=RAW):
    """phi(x) = (1, x, x^2), the last two standardised; (..., 3)."""
    powers = np.stack([x, x * x], axis=-1)
    powers = (powers - scale.mean) / scale.deviation
    return np.concatenate([np.ones((*x.shape, 1)), powers], axis=-1)


def slopes(x, scale=RAW):
    """d phi / dx = (0, 1, 2 x), with the same standardisation; (..., 3)."""
    d = np.stack([np.ones_like(x), 2 * x], axis=-1) / scale.deviation
    return np.concatenate([np.zeros((*x.shape, 1)), d], axis=-1)


@shapes(w="F", x="B")
def discriminate(w, x, scale=RAW):
    """D(x), how sure that x is real; w (3,), x (B,). Returns (B,)."""
    return sigmoid(features(x, scale) @ w)[0]


class GameCache(NamedTuple):
    """What both gradients need."""

    w: np.ndarray
    params: dict
    real: np.ndarray
    z: np.ndarray
    fake: np.ndarray
    scale: Scale
    D_real: np.ndarray
    D_fake: np.ndarray


@shapes(w="F", real="B", z="C")
def discriminator_loss(w, params, real, z, scale=RAW):
    """L_D = - mean log D(x) - mean log(1 - D(G(z))).

    Arguments: w (3,); params: mu and s, each (); real (B,) numbers from the
    data; z (C,) noise. Returns loss (), cache.
    """
    fake = params["mu"] + params["s"] * z
    score_real, score_fake = (features(x, scale) @ w for x in (real, fake))
    loss = np.logaddexp(0, -score_real).mean()
    loss += np.logaddexp(0, score_fake).mean()
    D_real, D_fake = sigmoid(score_real)[0], sigmoid(score_fake)[0]
    return loss, GameCache(w, params, real, z, fake, scale, D_real, D_fake)


def discriminator_gradient(cache):
    """dL_D / dw = mean (D(x) - 1) phi(x) + mean D(G(z)) phi(G(z)): again what
    was said minus what is true. Returns (3,)."""
    real, fake = (features(x, cache.scale) for x in (cache.real, cache.fake))
    error = (cache.D_real - 1) @ real / len(real)
    return error + cache.D_fake @ fake / len(fake)


def generator_loss(cache, kind):
    """mean log(1 - D(G(z))), or in the non-saturating form
    - mean log D(G(z)); both fall when D takes the fakes for real."""
    as_choice("kind", kind, LOSSES)
    score = features(cache.fake, cache.scale) @ cache.w
    if kind == "saturating":
        return -np.logaddexp(0, score).mean()
    return np.logaddexp(0, -score).mean()


def generator_gradient(cache, kind):
    """Gradient of `generator_loss` for mu and s, through D: the score's
    derivative, times that of the score by x, times that of x by mu and s.

    With score u = w.phi(x): d/du log(1 - sigma(u)) = -D, which is near 0
    where the fakes are bad; d/du -log sigma(u) = D - 1, which is near -1.
    """
    as_choice("kind", kind, LOSSES)
    du = -cache.D_fake if kind == "saturating" else cache.D_fake - 1
    dx = du / len(cache.fake) * (slopes(cache.fake, cache.scale) @ cache.w)
    return {"mu": dx.sum(), "s": dx @ cache.z}


@checked(x=as_floats)
def normal_density(x, mu, s):
    """p(x) of the normal distribution with mean mu, deviation s > 0."""
    if not s > 0:
        raise ValueError(f"s: expected a deviation above 0, got {s}")
    return np.exp(-0.5 * ((x - mu) / s) ** 2) / (s * np.sqrt(2 * np.pi))


def best_discriminator(p, q):
    """D*(x) = p / (p + q), from both densities at x; 1/2 only where they are
    equal."""
    return p / (p + q)
