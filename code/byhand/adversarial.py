"""A generator and a discriminator that learn against each other (Goodfellow
et al. 2014): two small MLPs, both gradients by hand."""

from typing import NamedTuple

import numpy as np

from byhand.mlp import init_mlp, mlp, mlp_backward
from byhand.optim import adam_step
from byhand.validate import as_choice, as_count, as_rng

LOSSES = ("minimax", "non-saturating")


class Settings(NamedTuple):
    """How the two learn. pack: samples that the discriminator sees at once
    (Lin et al. 2017); noise: deviation of what is added to all that it sees,
    falling to 0; average: share of the old weights in their running mean."""

    loss: str = "non-saturating"
    lr: float = 1e-3
    batch: int = 64
    hidden: int = 64
    noise_size: int = 4  # numbers that the generator starts from
    pack: int = 1
    noise: float = 0.0
    average: float = 0.0


class Players(NamedTuple):
    """Parameters of both, and the running mean of the generator's."""

    G: dict
    D: dict
    mean_G: dict


def init_players(rng, size, settings):
    """Two MLPs of two hidden layers; `size` numbers make a sample."""
    as_rng("rng", rng)
    H = settings.hidden
    G = init_mlp(rng, (settings.noise_size, H, H, as_count("size", size)))
    D = init_mlp(rng, (size * settings.pack, H, H, 1))
    return Players(G, D, dict(G))


def generate(G, rng, n):
    """n samples (n, size)."""
    z = rng.standard_normal((as_count("n", n), G["0.W"].shape[0]))
    return mlp(G, z)[0]


def packed(x, pack):
    """(B, size) -> (B / pack, size pack): samples side by side. Raises
    ValueError if pack does not divide B."""
    if len(x) % as_count("pack", pack):
        raise ValueError(
            f"pack: expected a divisor of {len(x)} samples, got {pack}"
        )
    return x.reshape(len(x) // pack, -1)


def discriminator_gradient(D, real, fake):
    """Gradient of - mean log D(real) - mean log(1 - D(fake)); D the sigmoid of
    an MLP's score. Returns grads, loss."""
    scores, cache = mlp(D, np.concatenate([real, fake]))
    is_real = np.arange(len(scores))[:, None] < len(real)
    share = 1 / (1 + np.exp(-scores))
    grads, _ = mlp_backward((share - is_real) / len(real), cache)
    loss = np.logaddexp(0, np.where(is_real, -scores, scores)).sum() / len(real)
    return grads, loss


def generator_gradient(G, D, z, kind, noise, pack):
    """Gradient of mean log(1 - D(G(z))) ("minimax") or of - mean log D(G(z))
    ("non-saturating"), back through D into G. noise (B, size) is added to what
    D sees. Returns grads."""
    as_choice("kind", kind, LOSSES)
    fake, cache_G = mlp(G, z)
    scores, cache_D = mlp(D, packed(fake + noise, pack))
    share = 1 / (1 + np.exp(-scores))
    dscores = (-share if kind == "minimax" else share - 1) / len(scores)
    _, dseen = mlp_backward(dscores, cache_D)
    return mlp_backward(dseen.reshape(fake.shape), cache_G)[0]


def learn(data, rng, steps, settings, note=None, every=500):
    """Let both take turns, one step each. data: function of rng and B that
    draws real samples (B, size). note: function of Players, called every so
    many steps. Returns Players, notes."""
    as_rng("rng", rng)
    B, beta = settings.batch, {"beta1": 0.5}
    players = init_players(rng, data(rng, 1).shape[1], settings)
    state_G = state_D = None
    notes = []
    for step in range(1, as_count("steps", steps) + 1):
        G, D, mean_G = players
        left = 1 - step / steps
        sigma = settings.noise * left

        def blur(x, sigma=sigma):
            return x + sigma * rng.standard_normal(x.shape) if sigma else x

        z = rng.standard_normal((B, settings.noise_size))
        real, fake = blur(data(rng, B)), blur(mlp(G, z)[0])
        grads, _ = discriminator_gradient(
            D, packed(real, settings.pack), packed(fake, settings.pack)
        )
        lr = settings.lr * min(1, 2 * left)
        D, state_D = adam_step(D, grads, state_D, lr=lr, **beta)
        z = rng.standard_normal((B, settings.noise_size))
        grads = generator_gradient(
            G, D, z, settings.loss, blur(0 * fake), settings.pack
        )
        G, state_G = adam_step(G, grads, state_G, lr=lr, **beta)
        keep = settings.average
        mean_G = {k: keep * mean_G[k] + (1 - keep) * G[k] for k in G}
        players = Players(G, D, mean_G)
        if note and step % every == 0:
            notes.append(note(players))
    return players, notes


def ring(rng, B, modes=8, deviation=0.05):
    """B points near `modes` places on a circle of radius 1."""
    angle = 2 * np.pi * rng.integers(0, modes, B) / modes
    centres = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + deviation * rng.standard_normal((B, 2))


def modes_found(x, modes=8, deviation=0.05):
    """How many places of the ring have at least 1 % of the points within three
    deviations, and the share of all points that lie so near to any."""
    angle = 2 * np.pi * np.arange(modes) / modes
    centres = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    away = np.linalg.norm(x[:, None] - centres, axis=2)
    near = away.argmin(axis=1)[away.min(axis=1) < 3 * deviation]
    counts = np.bincount(near, minlength=modes)
    return int((counts >= 0.01 * len(x)).sum()), len(near) / len(x)
