"""Exercises of chapter 10 whose answer is a number, worked with a pencil."""
# ruff: noqa: E501 - one mistake a line

import numpy as np

from byhand.exercises.checker.declare import exercise, wrong


@exercise(
    "lstm.slip",
    task="The number of the false line among the five lines of notes in chapter 10, exercise 6.",
    variants=(lambda: 3.0, lambda: np.array(3)),
    why="Line 3: the product of the forget gates is one road of many (c also acts through h on later gates), and even that road "
    "vanishes at f = 1/2. With large W_h the gradient explodes.",
    hints=(
        "Four of the lines can be read off one equation each, or off a figure.",
        "Which line says what can never happen? Compare it with what was measured in the sections 'Backward' and 'When it breaks'.",
        "How many roads lead from c_t to c_T, and what does the page print for 'straight road' and 'all roads'?",
    ),
    mistakes=(
        wrong("keeps", "Line 1 is true: c = 1 c_prev + 0 g.", lambda: 1),
        wrong("output", "Line 2 is true: o enters h = o tanh(c) only; it reaches c in the next step, through h.", lambda: 2),
        wrong("roads", "Line 4 is true: it is equation (10.6).", lambda: 4),
        wrong("start", "Line 5 is true: it is the curve 'forget bias 0' of the experiment.", lambda: 5),
    ),
)  # fmt: skip
def slip_line():
    return 3
