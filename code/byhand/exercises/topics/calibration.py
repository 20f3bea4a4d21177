"""Exercise of chapter 2: the temperature that makes forecasts as sure as they should be."""

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, special
from byhand.exercises.topics.cases import near, normal


def forecasts(rng):
    """Scores and labels drawn from a forecast that is too sure, or not sure enough."""
    yield np.array([[2.0, 0.0], [2.0, 0.0], [2.0, 0.0]]), np.array([0, 0, 1])
    yield special("needs to be surer", np.array([[0.2, 0.0, 0.0]] * 5), np.array([0, 0, 0, 0, 1]))
    for size, classes, true in [(8, 2, 0.5), (12, 3, 2.0), (20, 4, 4.0), (30, 5, 0.3)] * 4:
        while True:
            z = normal(rng, size, classes, scale=2.0)
            y = (z / true + rng.gumbel(size=z.shape)).argmax(axis=1)
            label = z[np.arange(size), y].mean()
            if z.mean() + 0.05 < label < z.max(axis=1).mean() - 0.05:  # so that a best tau exists
                break
        yield z, y
    z = normal(rng, 30, 3) + 900 * rng.integers(-1, 2, (30, 1))
    yield special("scores near 900", z, (z / 2 + rng.gumbel(size=z.shape)).argmax(axis=1))


def gap(z, y, tau):
    """The mean score that the forecasts expect, less the mean score of the labels."""
    z = z - z.max(axis=1, keepdims=True)
    p = np.exp(z / tau)
    p = p / p.sum(axis=1, keepdims=True)
    return (p * z).sum(axis=1).mean() - z[np.arange(len(y)), y].mean()


def cross_entropy(z, y):
    return np.mean(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y])


def squared(z, y):
    p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
    return ((p - np.eye(z.shape[1])[y]) ** 2).sum(axis=1).mean()


def sureness(z, y):
    p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
    return (p.max(axis=1).mean() - (p.argmax(axis=1) == y).mean()) ** 2


def lowest(price, z, y):
    """The tau for which price(z / tau, y) is lowest."""
    from scipy.optimize import minimize_scalar

    coarse = np.linspace(-7, 7, 141)
    best = coarse[np.argmin([price(z / np.exp(u), y) for u in coarse])]
    found = minimize_scalar(
        lambda u: price(z / np.exp(u), y),
        bounds=(best - 0.1, best + 0.1),
        method="bounded",
        options={"xatol": 1e-9},
    )
    return float(np.exp(found.x))


def once_more(z):
    return np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])


def by_newton(z, y):
    """Newton's method in beta = 1 / tau: the slope of the slope is a mean variance."""
    z = z - z.max(axis=1, keepdims=True)
    beta, label = 0.0, z[np.arange(len(y)), y].mean()
    for _ in range(200):
        p = once_more(beta * z)
        mean = (p * z).sum(axis=1)
        bend = ((p * z**2).sum(axis=1) - mean**2).mean()
        beta += np.clip((label - mean.mean()) / bend, -0.3, 0.3)
    return 1 / beta


@exercise(
    "activations_and_losses.temperature",
    trains="a condition from a derivative, and a search for its zero",
    kind="transfer",
    task="""
    temperature(z, y) -> tau: scores z (B, C) and labels y (B,), whole numbers 0 to C-1, of examples
    that were kept aside. tau > 0 is the one number for which the cross-entropy of softmax(z / tau),
    the mean over the B examples, is lowest. It lies between 0.001 and 1000; a relative error of
    1e-5 is allowed. Scores may be as large as 900.
    """,
    shapes={"z": "B C"},
    cases=forecasts,
    variants=(lambda z, y: lowest(cross_entropy, z - z.max(axis=1, keepdims=True), y), by_newton),
    tolerance=1e-5,
    properties=(
        Property(
            "the mean score that the forecasts expect is the mean score of the labels",
            lambda f, z, y: near(gap(z, y, f(z, y)), 0),
        ),
    ),
    why="""
    At the best tau the score that the forecasts expect, sum_k p_k z_k, is on average the score of
    what happened: the forecaster is then as sure as she is right, and which answer comes first has
    not changed.
    """,
    hints=(
        "The loss is convex in beta = 1 / tau: its second derivative is the variance of the "
        "scores. Where is its slope zero?",
        "With beta = 1 / tau the loss of one example is ln sum_k e^(beta z_k) - beta z_y, and its "
        "slope sum_k p_k z_k - z_y. If the mean slope is positive, beta is too large, tau too "
        "small.",
        "z = z - z.max(axis=1, keepdims=True)\n"
        "low, high = 1e-3, 1e3\n"
        "for _ in range(100):\n"
        "    tau = np.sqrt(low * high)      # the middle, by factors\n"
        "    p = ...                        # softmax(z / tau)\n"
        "    if ...: low = tau\n"
        "    else: high = tau",
    ),
    mistakes="""
    inverse | return tau -> return 1 / tau |
        You return beta = 1 / tau, the number that multiplies the scores; tau divides them.
    logarithm | return tau -> return np.log(tau) | You return ln tau; tau itself is asked for.
    rounded | return tau -> return np.round(tau, 2) | Your tau lies on a grid of 0.01. Search on
        between its points: a relative error of 1e-5 is allowed.
    squared | = lambda z, y: lowest(squared, z, y) | You make the squared error of the probabilities
        lowest; the cross-entropy is asked for.
    sureness | = lambda z, y: lowest(sureness, z, y) | You make the mean of the largest
        probabilities equal to the share that is right; the lowest cross-entropy is asked for.
    twice | = lambda z, y: lowest(cross_entropy, once_more(z), y) | You divide the probabilities by
        tau and apply softmax again; it is the scores that are divided.
    one_sum | p /= p.sum(axis=1, keepdims=True) -> p /= p.sum() / len(y) |
        Your softmax has one sum for the whole batch; each row needs its own.
    expected_p | (p * z) -> (p * p) | The slope is the expected score, sum_k p_k z_k, less z_y; you
        have sum_k p_k^2.
    """,
    equivalent={
        "100 -> 101": "the search has ended long before",
        "1000.0 -> 1001.0": "a little more room to search in",
        "(p * z).sum(axis=1).mean() > label -> (p * z).sum(axis=1).mean() >= label": "a tie ends "
        "the search either way",
    },
)
def temperature(z, y):
    z = z - z.max(axis=1, keepdims=True)
    label = z[np.arange(len(y)), y].mean()
    low, high = 1e-3, 1e3
    for _ in range(100):
        tau = np.sqrt(low * high)
        p = np.exp(z / tau)
        p /= p.sum(axis=1, keepdims=True)
        if (p * z).sum(axis=1).mean() > label:
            low = tau
        else:
            high = tau
    return tau
