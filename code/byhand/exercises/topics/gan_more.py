"""More exercises of chapter 22: counting what was found, a game with a look ahead, what a loss
says."""

import numpy as np

from byhand.exercises.checker.declare import exercise


def count_cases(rng):
    for K, B in [(2, 11), (3, 21), (4, 17), (5, 31), (3, 13)] * 5:
        centres = rng.uniform(-4, 4, (K, 2))
        x = centres[rng.integers(0, max(1, K - 1), B)] + rng.normal(0, 0.8, (B, 2))
        yield x, centres, float(rng.uniform(0.6, 1.5)), float(rng.choice([0.05, 0.15, 0.3]))


def count_by_loop(x, centres, radius, share):
    counts = [0] * len(centres)
    for point in x:
        away = [np.hypot(*(point - centre)) for centre in centres]
        k = int(np.argmin(away))
        if away[k] < radius:
            counts[k] += 1
    return sum(n >= share * len(x) for n in counts), sum(counts) / len(x)


def count_by_masks(x, centres, radius, share):
    square = ((x[:, None] - centres) ** 2).sum(axis=2)
    own = square == square.min(axis=1, keepdims=True)
    counts = (own & (square < radius**2)).sum(axis=0)
    return (counts >= share * len(x)).sum(), counts.sum() / len(x)


@exercise(
    "gan.count_modes",
    trains="an honest count of what a generator draws",
    kind="code",
    task="""
    count_modes(x, centres, radius, share) -> (found, good): x (B, 2) samples, centres (K, 2). A
    sample is good if its nearest centre is less than radius away. A centre is found if at least
    share * B good samples have it as their nearest. found: how many centres are found; good: the
    share of good samples.
    """,
    shapes={"x": "B 2", "centres": "K 2"},
    outputs=("found", "good"),
    cases=count_cases,
    variants=(count_by_loop, count_by_masks),
    equivalent={
        "away.min(axis=1) < radius -> away.min(axis=1) <= radius": "no distance is exactly radius",
        "counts >= share * len(x) -> counts > share * len(x)": "rounding decides where they meet",
    },
    hints=(
        "Distances of every sample to every centre; then the nearest of each sample.",
        "Count the good samples of each centre, compare with share * B.",
        "away = np.linalg.norm(x[:, None] - centres, axis=2)\nnear = away.argmin(axis=1)\n"
        "counts = np.bincount(near[...], minlength=len(centres))",
    ),
    mistakes="""
    any_distance | near[away.min(axis=1) < radius] -> near | Samples far from every centre do not
        count.
    of_the_good | share * len(x)).sum() -> share * counts.sum()).sum() | The share is of all
        samples, not of the good ones.
    at_least_one | (counts >= share * len(x)).sum() -> (counts > 0).sum() | One sample is not
        enough: at least share * B.
    good_of_found | counts.sum() / len(x) -> counts[counts >= share * len(x)].sum() / len(x) | good
        counts the samples near any centre, found or not.
    number_not_share | counts.sum() / len(x) -> counts.sum() | good is a share: divide by B.
    squares | axis=2) -> axis=2) ** 2 | Compare the distance with the radius, not its square.
    """,
)
def count_modes(x, centres, radius, share):
    away = np.linalg.norm(x[:, None] - centres, axis=2)
    near = away.argmin(axis=1)
    counts = np.bincount(near[away.min(axis=1) < radius], minlength=len(centres))
    return (counts >= share * len(x)).sum(), counts.sum() / len(x)


def ahead_cases(rng):
    for n, m in [(1, 1), (2, 3), (3, 2), (2, 2), (4, 3)] * 5:
        A = rng.normal(0, 1, (n, m))
        yield A, rng.normal(0, 1, n), rng.normal(0, 1, m), float(rng.uniform(0.05, 0.4)), 4


def ahead_by_loop(A, x, y, eta, steps):
    for _ in range(steps):
        half_x, half_y = x - eta * A @ y, y + eta * x @ A
        x, y = x - eta * A @ half_y, y + eta * half_x @ A
    return x, y


def ahead_by_matrix(A, x, y, eta, steps):
    n = len(x)
    J = np.block([[np.zeros((n, n)), -A], [A.T, np.zeros((len(y), len(y)))]])
    v = np.concatenate([x, y])
    for _ in range(steps):
        v = v + eta * J @ (v + eta * J @ v)
    return v[:n], v[n:]


@exercise(
    "gan.look_ahead",
    trains="a game that comes to rest",
    kind="transfer",
    task="""
    look_ahead(A, x, y, eta, steps) -> (x, y): the game x^T A y, x (n,) wants it small, y (m,)
    large, A (n, m). In each step both look where a plain step AT ONCE would lead, and then step
    from where they stand with the gradients found THERE. eta is the rate of both.
    """,
    shapes={"A": "n m", "x": "n", "y": "m"},
    outputs=("x", "y"),
    cases=ahead_cases,
    variants=(ahead_by_loop, ahead_by_matrix),
    hints=(
        "Two gradients in each step: here, and there. The step begins here.",
        "x~ = x - eta A y, y~ = y + eta A^T x;  x' = x - eta A y~, y' = y + eta A^T x~.",
        "ahead_x, ahead_y = ...\nx, y = x - eta * A @ ahead_y, y + eta * ...",
    ),
    mistakes="""
    plain | x, y = x - eta * A @ ahead_y, y + eta * A.T @ ahead_x -> x, y = ahead_x, ahead_y | That
        is the plain step at once: it circles outwards.
    from_there | x, y = x - eta * A @ ahead_y, y + eta * A.T @ ahead_x -> x, y = ahead_x - eta * A @
        ahead_y, ahead_y + eta * A.T @ ahead_x | The step begins where they stand, not where they
        looked.
    in_turn | x, y = x - eta * A @ ahead_y, y + eta * A.T @ ahead_x -> x = x - eta * A @ ahead_y
        \\n        y = y + eta * A.T @ x | Both step at once: y uses the x ahead, not the new x.
    both_down | y + eta * A.T @ ahead_x -> y - eta * A.T @ ahead_x | y wants the game LARGE: it
        climbs.
    own_gradient | x - eta * A @ ahead_y, y + eta * A.T @ ahead_x -> x - eta * A @ y, y + eta * A.T
        @ ahead_x | x has to use the gradient found there, too.
    """,
)
def look_ahead(A, x, y, eta, steps):
    for _ in range(steps):
        ahead_x, ahead_y = x - eta * A @ y, y + eta * A.T @ x
        x, y = x - eta * A @ ahead_y, y + eta * A.T @ ahead_x
    return x, y


@exercise(
    "gan.slip",
    trains="what the game promises",
    kind="diagnose",
    task="The number of the false line among the six lines of notes in chapter 22, exercise 8.",
    variants=(lambda: 6.0, lambda: np.array(6)),
    why="""
    Line 6: a low loss says that this expert has won against this forger, so among experts of one
    kind rather the opposite holds, and between kinds the loss says nothing.
    """,
    hints=(
        "Five of the lines can be read off an equation or a table of the chapter.",
        "Which of them trusts a number that depends on the opponent?",
        "Look at the figure of losses and quality.",
    ),
    mistakes="""
    best | = 1 | Line 1 is true: (22.2).
    divergence | = 2 | Line 2 is true: (22.3).
    same_zero | = 3 | Line 3 is true: both pull a forgery's score upwards.
    through | = 4 | Line 4 is true: (22.6) has her features' slope in it.
    circles | = 5 | Line 5 is true: (22.7).
    """,
)
def slip_line():
    return 6
