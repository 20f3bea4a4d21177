"""Exercises of chapter 10 whose answer is a number, worked with a pencil."""

import numpy as np

from byhand.exercises.checker.declare import exercise


@exercise(
    "lstm.slip",
    trains="what gates cure and what they do not",
    kind="diagnose",
    task="The number of the false line among the five lines of notes in chapter 10, exercise 6.",
    variants=(lambda: 3.0, lambda: np.array(3)),
    why="""
    Line 3: the product of the forget gates is one path of many (c also acts through h on later
    gates), and even that path vanishes at f = 1/2. With large W_h the gradient explodes.
    """,
    hints=(
        "Four of the lines can be read off one equation each, or off a figure.",
        "Which line says what can never happen? Compare it with what was measured in the "
        "sections 'Backward' and 'When it breaks'.",
        "How many paths lead from c_t to c_T, and what does the page print for 'belt alone' "
        "and 'all paths'?",
    ),
    mistakes="""
    keeps | = 1 | Line 1 is true: c = 1 c_prev + 0 g.
    output | = 2 |
        Line 2 is true: o enters h = o tanh(c) only; it reaches c in the next step, through h.
    roads | = 4 | Line 4 is true: it is equation (10.6).
    start | = 5 | Line 5 is true: it is the curve 'bias 0' in the figure of the conveyor belt.
    """,
)
def slip_line():
    return 3
