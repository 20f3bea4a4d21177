"""More exercises of chapter 23: exploring, following targets, steps in a row."""

import numpy as np

from byhand.exercises.checker.declare import Property, exercise
from byhand.exercises.topics.cases import near, normal


@exercise(
    "dqn.sweeps",
    trains="how fast sweeping comes to rest",
    task="""
    With gamma = 0.9 the largest error of a table is 1. After how many sweeps at the latest is it
    at most 0.01, by the bound (23.3)? A whole number.
    """,
    variants=(
        lambda: int(np.ceil(np.log(0.01) / np.log(0.9))),
        lambda: next(k for k in range(100) if 0.9**k <= 0.01),
    ),
    why="0.9 ** 43 = 0.0108 and 0.9 ** 44 = 0.0097, so 44 sweeps.",
    hints=(
        "Each sweep multiplies the bound by gamma.",
        "The smallest k with 0.9 ** k <= 0.01.",
        "math.ceil(math.log(0.01) / ...)",
    ),
    mistakes="""
    rounded_down | = 43 | 0.9 ** 43 is still above 0.01: round up.
    straight | = 10 | The error does not fall by 0.1 each time; it is multiplied by 0.9.
    one_over | = 100 | Sweeps are not 1 / 0.01: the error falls as 0.9 ** k.
    """,
)
def sweeps():
    return 44


def chance_cases(rng):
    for A in (2, 3, 4, 5, 7) * 5:
        yield normal(rng, A), float(rng.choice([0.1, 0.3, 0.5]))
    yield np.array([1.0, 3.0, 3.0]), 0.3
    yield np.array([2.0, 2.0, 2.0, 2.0]), 0.2


def chance_by_loop(q, epsilon):
    top = max(q)
    many = sum(value == top for value in q)
    return np.array([epsilon / len(q) + (value == top) * (1 - epsilon) / many for value in q])


def chance_by_mix(q, epsilon):
    best = np.isclose(q, np.max(q), rtol=0, atol=0).astype(float)
    return epsilon * np.full(len(q), 1 / len(q)) + (1 - epsilon) * best / best.sum()


@exercise(
    "dqn.chances",
    trains="what epsilon-greedy really does",
    kind="derive and code",
    task="""
    chances(q, epsilon) -> (A,): the chance of each action under epsilon-greedy. q (A,) the scores.
    With chance epsilon any of the A actions is drawn, the best included; else the best one is
    taken, and among equally good best ones each with the same chance.
    """,
    shapes={"q": "A"},
    cases=chance_cases,
    variants=(chance_by_loop, chance_by_mix),
    properties=(
        Property("the chances sum to 1", lambda f, q, epsilon: near(np.sum(f(q, epsilon)), 1)),
    ),
    hints=(
        "Two ways lead to the best action.",
        "epsilon / A for all, and (1 - epsilon) shared among the best.",
        "best = q == q.max()\nreturn epsilon / ... + (1 - epsilon) * best / ...",
    ),
    mistakes="""
    best_left_out | epsilon / len(q) + -> epsilon / (len(q) - 1) * (1 - best) + | The draw is among
        all actions, the best included.
    only_best | epsilon / len(q) + (1 - epsilon) * -> 1.0 * | Nothing is explored.
    no_ties | / best.sum() -> / 1 | Equally good actions share the chance: the sum is above 1.
    first_best | best = q == q.max() -> best = np.arange(len(q)) == q.argmax() | Among equally
        good best ones each has the same chance, not only the first.
    swapped | epsilon / len(q) + (1 - epsilon) * best -> (1 - epsilon) / len(q) + epsilon * best |
        The two parts are exchanged: epsilon is the share of exploring.
    """,
)
def chances(q, epsilon):
    best = q == q.max()
    return epsilon / len(q) + (1 - epsilon) * best / best.sum()


@exercise(
    "dqn.following",
    trains="how slowly a soft target follows",
    task="""
    A parameter jumps from 0 to 1 and stays there; the target's is 0. By (23.8) with tau = 0.1, what
    is the target's after three steps?
    """,
    variants=(lambda: 1 - 0.9**3, lambda: np.float64(0.1 + 0.09 + 0.081)),
    why="What is missing shrinks by 0.9 each step: 1 - 0.9 ** 3 = 0.271.",
    hints=(
        "How much is missing after each step?",
        "1 - (1 - tau) ** k",
        "1 - 0.9 ** ...",
    ),
    mistakes="""
    straight | = 0.3 | Each step adds a tenth of what is missing, and that shrinks.
    missing | = 0.729 | That is what is missing; the target's is the rest.
    two | = 0.19 | After two steps; there are three.
    tiny | = 0.001 | tau ** 3 is not it: the target gets nearer by a tenth of what is missing.
    turned | = 0.999 | tau is the share of the new parameter, not of the old.
    """,
)
def following():
    return 0.271


@exercise(
    "dqn.slip",
    trains="what an agent's numbers mean",
    kind="diagnose",
    task="The number of the false line among the six lines of notes in chapter 23, exercise 9.",
    variants=(lambda: 4.0, lambda: np.array(4)),
    why="""
    Line 4: a game that was cut off has not ended, and the state goes on being worth something; only
    where the game truly ended the target is the reward alone.
    """,
    hints=(
        "Five of the lines can be read off an equation or a table of the chapter.",
        "Which one would make a standing pole worth little?",
        "Look at the two flags that a step of the game returns.",
    ),
    mistakes="""
    taken | = 1 | Line 1 is true, (23.7).
    held | = 2 | Line 2 is true: the target is taken as a label.
    off | = 3 | Line 3 is true: the maximum asks for the best action, whichever was taken.
    loss | = 5 | Line 5 is true: the target moves with what was learned.
    double | = 6 | Line 6 is true, (23.9).
    """,
)
def slip_line():
    return 4


def row_cases(rng):
    for T in (1, 2, 3, 4, 5, 6) * 5:
        ended, cut = np.zeros(T, bool), np.zeros(T, bool)
        for k in range(T):
            kind = rng.integers(4)
            ended[k], cut[k] = kind == 0, kind == 1
        later = normal(rng, T)
        yield normal(rng, T), later, ended, cut, int(rng.integers(1, 4)), 0.8


def row_by_loop(r, later, ended, cut, n, gamma):
    y = []
    for k in range(len(r)):
        total, weight = 0.0, 1.0
        for j in range(k, min(k + n, len(r))):
            total += weight * r[j]
            weight *= gamma
            if ended[j]:
                weight = 0.0
            if ended[j] or cut[j]:
                break
        y.append(total + weight * later[j])
    return np.array(y)


def row_backwards(r, later, ended, cut, n, gamma):
    T = len(r)

    def worth(k, left):
        if ended[k]:
            return r[k]
        if cut[k] or left == 1 or k == T - 1:
            return r[k] + gamma * later[k]
        return r[k] + gamma * worth(k + 1, left - 1)

    return np.array([worth(k, n) for k in range(T)])


@exercise(
    "dqn.in_a_row",
    trains="targets that look several steps ahead",
    kind="transfer",
    task="""
    in_a_row(r, later, ended, cut, n, gamma) -> y (T,): targets from n steps in a row. Steps 0 to T
    - 1 were taken one after the other. r (T,) their rewards, later (T,) the best score in the state
    that each step led to, ended (T,) and cut (T,) whether the game ended or was cut off with that
    step (then the next step begins a new game). y[k] sums the discounted rewards of step k and of
    those after it, n steps at most, no further than an end, a cut or step T - 1; then comes the
    discounted `later` of the last step that was counted, unless the game ended with it.
    """,
    shapes={"r": "T", "later": "T"},
    cases=row_cases,
    variants=(row_by_loop, row_backwards),
    properties=(
        Property(
            "with n = 1 it is the target (23.5)",
            lambda f, r, later, ended, cut, n, gamma: near(
                f(r, later, ended, cut, 1, gamma), r + gamma * np.where(ended, 0, later)
            ),
        ),
    ),
    hints=(
        "Walk on from step k until one of four things stops you.",
        "y_k = r_k + gamma r_(k+1) + ... + gamma^m later, m the number of steps counted.",
        "last = k\nwhile not (ended[last] or cut[last]) and last + 1 < min(...):\n    last += 1",
    ),
    mistakes="""
    ends_count | if not ended[last]: -> if True: | After an end nothing follows: `later` does not
        count there.
    cut_ends | if not ended[last]: -> if not (ended[last] or cut[last]): | A cut is not an end: the
        state that was reached is still worth something.
    over_cut | ended[last] or cut[last] -> ended[last] | After a cut a new game begins; its rewards
        do not belong here.
    over_end | ended[last] or cut[last] -> cut[last] | After an end a new game begins; its rewards
        do not belong here.
    no_discount | gamma**j * r[k + j] -> r[k + j] | The rewards of later steps are discounted too.
    one_power_less | gamma ** (last - k + 1) -> gamma ** (last - k) | `later` comes one step after
        the last reward: one more factor gamma.
    one_gamma | gamma ** (last - k + 1) -> gamma | `later` is discounted once for each step counted.
    one_more | k + n -> k + n + 1 | n steps at most: you counted one more.
    """,
)
def in_a_row(r, later, ended, cut, n, gamma):
    y = np.zeros(len(r))
    for k in range(len(r)):
        last = k
        while not (ended[last] or cut[last]) and last + 1 < min(k + n, len(r)):
            last += 1
        y[k] = sum(gamma**j * r[k + j] for j in range(last - k + 1))
        if not ended[last]:
            y[k] += gamma ** (last - k + 1) * later[last]
    return y
