"""Associative memory: a pattern is found by a part of itself (Hopfield 1982).

Patterns and states are rows of +1 and -1, P (p, N). Threshold form: a unit
whose input is exactly 0 keeps its state.
"""

from typing import NamedTuple

import numpy as np

from byhand.attention import scaled_dot_product_attention
from byhand.shapes import shapes
from byhand.validate import (
    as_choice,
    as_count,
    as_floats,
    as_rng,
    checked,
    describe,
)


def as_signs(name, value):
    """Return `value` as floats that are all +1 or -1; raise naming the
    argument otherwise."""
    array = as_floats(name, value)
    if array.size == 0 or not (np.abs(array) == 1).all():
        raise ValueError(
            f"{name}: expected only +1 and -1, and at least one, got "
            f"{describe(value)}"
        )
    return array


def as_patterns(name, value):
    """Return `value` as an array (p, N) of +1 and -1; raise otherwise."""
    array = as_signs(name, value)
    if array.ndim != 2:
        raise ValueError(
            f"{name}: expected shape (patterns, units), got {array.shape}"
        )
    return array


@checked(P=as_patterns)
def hebb(P):
    """Hebb's rule: W_ij = 1/N sum over patterns of s_i s_j, W_ii = 0.

    Arguments: P (p, N), +1 or -1. Returns W (N, N), symmetric.
    """
    W = P.T @ P / P.shape[1]
    np.fill_diagonal(W, 0)
    return W


@checked(P=as_patterns)
def projection_rule(P):
    """The pseudo-inverse rule (Personnaz et al. 1985): W projects onto the
    patterns, so that all of them are fixed points if they are independent.

    Arguments: P (p, N). Returns W (N, N), diagonal set to 0.
    """
    W = np.linalg.pinv(P) @ P
    np.fill_diagonal(W, 0)
    return W


def weights_fit(W, s, **_):
    """Raise unless W is square, symmetric, without diagonal, and s fits."""
    W, s = as_floats("W", W), as_signs("s", s)
    N = s.shape[-1]
    if W.shape != (N, N):
        raise ValueError(f"W: expected shape {(N, N)}, got {W.shape}")
    if not np.allclose(W, W.T) or np.abs(np.diag(W)).max() > 0:
        raise ValueError(
            "W: expected a symmetric matrix with zeros on its diagonal; "
            "without both the energy may rise"
        )
    return {"W": W, "s": s}


@checked(weights_fit)
def energy(W, s):
    """E = -1/2 s^T W s, for a state (N,) or several (..., N)."""
    return -0.5 * ((s @ W) * s).sum(axis=-1)


class Recall(NamedTuple):
    """Where a recall came to rest, and its energy before each unit moved."""

    s: np.ndarray  # (N,)
    energies: np.ndarray  # one more than units that were asked
    sweeps: int
    at_rest: bool


@checked(weights_fit)
def recall(W, s, rng, most=50):
    """Ask one unit after the other, in random order, until none moves.

    Each unit takes the sign of its input h_i = sum_j W_ij s_j; a unit that
    changes lowers the energy by 2 |h_i|.

    Arguments: W (N, N), s (N,), rng a generator, most: sweeps at most.
    Returns a Recall.
    """
    as_rng("rng", rng)
    s, now, before = s.copy(), energy(W, s), []
    for sweep in range(1, as_count("most", most) + 1):
        start = s.copy()
        for i in rng.permutation(len(s)):
            before.append(now)
            h = W[i] @ s
            if h * s[i] < 0:
                s[i] = -s[i]
                now = now - 2 * abs(h)
        if (s == start).all():
            return Recall(s, np.array([*before, now]), sweep, True)
    return Recall(s, np.array([*before, now]), most, False)


@checked(weights_fit)
def together(W, s):
    """One step in which all units move at once; s (..., N). It may end in a
    cycle of two states, since the proof of falling energy asks that one unit
    moves at a time."""
    h = s @ W
    return np.where(h == 0, s, np.sign(h))


def overlap(P, s):
    """m = 1/N s . pattern, 1 where a pattern is found; P (p, N), s (N,)."""
    return P @ s / P.shape[1]


def random_patterns(rng, p, N):
    """p patterns of N fair coins, +1 or -1."""
    as_rng("rng", rng)
    return rng.choice([-1.0, 1.0], (as_count("p", p), as_count("N", N)))


@checked(P=as_signs, share=as_floats)
def flipped(rng, P, share):
    """P with each sign turned round with probability `share`."""
    as_rng("rng", rng)
    if not 0 <= share <= 1:
        raise ValueError(f"share: expected 0 to 1, got {share}")
    return np.where(rng.random(P.shape) < share, -P, P)


class Pair(NamedTuple):
    """The two sides of a hetero-associative memory at rest."""

    x: np.ndarray
    y: np.ndarray
    steps: int


@checked(X=as_patterns, Y=as_patterns)
def pair_weights(X, Y):
    """Hetero-association: W = 1/N sum of y x^T, from X (p, N) to Y (p, M).
    Returns W (M, N)."""
    if len(X) != len(Y):
        raise ValueError(f"Y: expected {len(X)} patterns like X, got {len(Y)}")
    return Y.T @ X / X.shape[1]


def pair_recall(W, x, most=50):
    """Bidirectional associative memory (Kosko 1988): from x (N,) to y and
    back, until neither moves; W (M, N). Returns a Pair."""
    x = as_signs("x", x)
    y = np.where(W @ x < 0, -1.0, 1.0)
    for step in range(1, as_count("most", most) + 1):
        h = y @ W
        new_x = np.where(h == 0, x, np.sign(h))
        h = W @ new_x
        new_y = np.where(h == 0, y, np.sign(h))
        if (new_x == x).all() and (new_y == y).all():
            return Pair(x, y, step)
        x, y = new_x, new_y
    return Pair(x, y, most)


@shapes(P="p N", s="... N")
def dense_step(P, s, beta):
    """One step of the continuous dense memory (Ramsauer et al. 2020):
    softmax(beta s P^T) P, which is attention with the stored patterns as keys
    and as values, beta in place of 1 / sqrt(d).

    Arguments: P (p, N), s (..., N), beta > 0. Returns the new s (..., N).
    """
    queries = beta * np.sqrt(P.shape[1]) * np.atleast_2d(s)
    return scaled_dot_product_attention(queries, P, P)[0].reshape(s.shape)


@shapes(P="p N", s="... N")
def dense_energy(P, s, beta):
    """E = -1/beta log sum_p exp(beta P s) + 1/2 s.s, which `dense_step` never
    raises; up to a constant that of Ramsauer et al. 2020."""
    z = beta * s @ P.T
    top = z.max(axis=-1, keepdims=True)
    log_sum = top[..., 0] + np.log(np.exp(z - top).sum(axis=-1))
    return -log_sum / beta + 0.5 * (s * s).sum(axis=-1)


ENERGIES = {  # what a stored pattern's agreement with the state is worth
    "quadratic": lambda m: m**2,
    "cubic": lambda m: m**3,
    "exponential": np.exp,
}


@checked(P=as_patterns, s=as_signs)
def dense_flip(P, s, kind, rng):
    """One sweep of a dense memory of signs (Krotov and Hopfield 2016): each
    unit takes the sign that gives the higher sum of F(pattern . s).

    Arguments: P (p, N), s (N,), kind: one of `ENERGIES`, rng for the order.
    Returns the new s.
    """
    F = ENERGIES[as_choice("kind", kind, ENERGIES)]
    s, m = s.copy(), P @ s
    shift = P.shape[1] if kind == "exponential" else 0  # against overflow
    for i in as_rng("rng", rng).permutation(len(s)):
        rest = m - P[:, i] * s[i]
        up, down = (F(rest + sign * P[:, i] - shift).sum() for sign in (1, -1))
        new = s[i] if up == down else np.sign(up - down)
        m, s[i] = rest + P[:, i] * new, new
    return s
