"""Exercises of chapter 20 that need no layer: an address by hand, how much a landscape holds, and
what these memories do."""

import math

import numpy as np

from byhand.exercises.checker.declare import exercise


@exercise(
    "memory.third_row",
    trains="shift, then sharpen, by hand",
    task="""
    A head stands with weights 0.5 and 0.5 on rows 2 and 3 of four. It moves by 0 or by 1 with
    chance 0.5 each, and sharpens with gamma = 2. How much weight does row 3 get? (Three decimals.)
    """,
    variants=(lambda: 2 / 3, lambda: 0.667, lambda: np.float64(0.25 / 0.375)),
    tolerance=2e-3,
    why="""
    Moved: 0, 0.25, 0.5, 0.25. Squared: 0.0625, 0.25, 0.0625, and 0.25 of their sum 0.375 is 2/3.
    """,
    hints=(
        "Row 3 gets half of its own weight and half of row 2's.",
        "w_s = (0, 0.25, 0.5, 0.25); then the square of each over the sum of the squares.",
        "0.5**2 / (0.25**2 + ... + 0.25**2)",
    ),
    mistakes="""
    not_sharpened | = 0.5 | That is after the move (or sharpened before it); the square, over the
        sum of the squares, comes last.
    not_renormalised | = 0.25 | After the square the weights no longer add up to 1: divide.
    all_moved | = 0 | The head moves with chance 0.5 only.
    """,
)
def third_row():
    return 2 / 3


def most_cases(rng):
    for N in (20, 50, 100, 200, 333, 500):
        for chance in (0.002, 0.01, 0.03, 0.1):
            yield N, chance


def most_by_loop(N, chance):
    p = 1
    while True:
        noise = math.sqrt(p * (N - 1)) / N  # of one pattern more
        if 0.5 * (1 + math.erf(-(N - 1) / N / noise / math.sqrt(2))) > chance:
            return p
        p += 1


def most_by_bisection(N, chance):
    def wrong(p):
        return 0.5 * math.erfc(math.sqrt((N - 1) / (2 * (p - 1)))) if p > 1 else 0.0

    low, high = 1, 100 * N
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if wrong(middle) <= chance else (low, middle)
    return low


@exercise(
    "memory.most_patterns",
    trains="how much a landscape holds, from its noise",
    kind="transfer",
    task="""
    most_patterns(N, chance) -> whole number: how many random patterns N units can hold so that a
    unit of a stored pattern is wrong in its first move with a probability of at most chance.
    By (20.15), exactly: the unit's input times its sign has mean (N - 1) / N and the variance
    (p - 1)(N - 1) / N^2; take it as normally distributed; the unit is wrong when it is below 0.
    """,
    cases=most_cases,
    variants=(most_by_loop, most_by_bisection),
    equivalent={
        "0 -> 1": "the first chance is set so that the loop begins",
        "wrong <= chance -> wrong < chance": "no case has a chance that is met exactly",
    },
    hints=(
        "With p patterns the chance is a value of the normal distribution; raise p until it is too "
        "large.",
        "Phi(-mean / deviation) = 1/2 (1 + erf(-mean / deviation / sqrt(2))).",
        "p = 1\nwhile wrong(p + 1) <= chance:\n    p += 1\nwith wrong(p) from erf of math",
    ),
    mistakes="""
    variance | sqrt(p * (N - 1)) / N -> p * (N - 1) / N**2 | You divided by the variance; the
        distribution needs the deviation, its root.
    two_sided | 0.5 * (1 + erf -> (1 + erf | Only an input below 0 is wrong: one side of the
        distribution, hence the 1/2.
    one_too_many | return p -> return p + 1 | With your number the chance is too large already: it
        is the first that is too many.
    no_root_two | / sqrt(2)) -> ) | erf is not Phi: its argument is divided by sqrt(2).
    all_patterns | return p -> return p - 1 | A pattern is no noise to itself: p - 1 others.
    """,
)
def most_patterns(N, chance):
    from math import erf, sqrt

    wrong, p = 0, 0
    while wrong <= chance:
        p += 1
        mean, deviation = (N - 1) / N, sqrt(p * (N - 1)) / N
        wrong = 0.5 * (1 + erf(-mean / deviation / sqrt(2)))
    return p


@exercise(
    "memory.slip",
    trains="what these memories do and do not",
    kind="diagnose",
    task="The number of the false line among the six lines of notes in chapter 20, exercise 10.",
    variants=(lambda: 4.0, lambda: np.array(4)),
    why="""
    Line 4: above 0.138 N patterns the landscape breaks down, but below it single signs are wrong
    already, and a large network recalls hardly any pattern without an error there.
    """,
    hints=(
        "Five of the lines can be read off an equation or a table of the chapter.",
        "Which of them takes a number for more than it says?",
        "Look at both halves of the figure with the dotted line.",
    ),
    mistakes="""
    energy | = 1 | Line 1 is true: the proof of (20.4) needs both.
    mirror | = 2 | Line 2 is true: E has two factors s, so E(-s) = E(s).
    step | = 3 | Line 3 is true, (20.7).
    cosine | = 5 | Line 5 is true: by (20.14) a key gets no gradient along itself.
    size | = 6 | Line 6 is true: no parameter has the number of rows in its shape.
    """,
)
def slip_line():
    return 4
