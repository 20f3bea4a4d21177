"""Exercises of chapter 11: a state by hand, the other convention, a slip in notes."""

import numpy as np

from byhand.exercises.checker.declare import exercise
from byhand.exercises.topics.cases import normal


@exercise(
    "gru.state_by_hand",
    trains="the update gate with numbers",
    task="""
    One unit: the old state is 0.5, the update gate z = 0.8, the candidate n = -1. What is the new
    state in the convention of this chapter, h = (1 - z) n + z h_prev?
    """,
    variants=(lambda: 0.2 * -1 + 0.8 * 0.5, lambda: np.float64(0.2)),
    why="0.2 * (-1) + 0.8 * 0.5 = -0.2 + 0.4 = 0.2.",
    hints=(
        "z says how much of the old state stays.",
        "h = (1 - z) n + z h_prev.",
        "(1 - 0.8) * ... + 0.8 * ...",
    ),
    mistakes="""
    other_convention | = -0.7 | -0.7 is the state in the other convention, h = (1 - z) h_prev + z n;
        here z is the share that stays.
    sign | = 0.6 | 0.6 takes the candidate as +1; it is -1.
    lstm | = -0.6 |
        -0.6 adds the whole candidate, as an LSTM with i = 1 would; here its share is 1 - z.
    kept_only | = 0.4 | 0.4 is the part that stays; the candidate's share is missing.
    """,
)
def state_by_hand():
    return 0.2


def swap_cases(rng):
    yield np.array([[1.0, 2.0, 3.0]]), 1
    for D, H in [(1, 2), (2, 3), (3, 2), (4, 1), (5, 4), (2, 5)] * 4:
        yield normal(rng, D, 3 * H), H


@exercise(
    "gru.swap_update",
    trains="converting one sign convention into the other",
    kind="derive and code",
    task="""
    swap(W, H) -> (D, 3H): the weights W (D, 3H) of a GRU, its three parts of H columns in the
    order r, z, n, for the convention with z and 1 - z exchanged. The new layer must compute the
    same states.
    """,
    shapes={"W": "D 3H"},
    cases=swap_cases,
    variants=(
        lambda W, H: W * np.repeat([1.0, -1.0, 1.0], H),
        lambda W, H: np.concatenate([W[:, :H], -W[:, H : 2 * H], W[:, 2 * H :]], axis=1).tolist(),
    ),
    hints=(
        "1 - sigmoid(s) is again a sigmoid. Of what?",
        "1 - sigmoid(s) = sigmoid(-s), and s = x W + ... is linear in the weights.",
        "out = W.copy()\nout[:, H : 2 * H] = ...\nreturn out",
    ),
    mistakes=r"""
    reset | H : 2 * H] = -W[:, H : 2 * H] -> :H] = -W[:, :H] |
        You change the sign of the reset gate's columns; the update gate's are columns H to 2H.
    candidate | H : 2 * H] = -W[:, H : 2 * H] -> 2 * H :] = -W[:, 2 * H :] |
        You change the sign of the candidate's columns; the update gate's are columns H to 2H.
    all_signs | out[:, H : 2 * H] = -W[:, H : 2 * H] -> out = -W |
        You change every sign; r and n do not depend on the convention.
    one_minus | -W[:, H : 2 * H] -> 1 - W[:, H : 2 * H] |
        1 - W is not it: one minus the sigmoid is wanted, and that is the sigmoid of -s.
    exchanged | out[:, H : 2 * H] = -W[:, H : 2 * H] -> out[:, :H], out[:, H : 2 * H] = W[:, H : 2 *
        H], W[:, :H] | You exchange the columns of r and z; both gates stay where they are.
    unchanged | `    out[:, H : 2 * H] = -W[:, H : 2 * H]\n` -> `` |
        The weights come back as they were; the update gate's must change.
    interleaved | H : 2 * H] = -W[:, H : 2 * H] -> 1::3] = -W[:, 1::3] |
        You take every third column; the parts stand side by side, H columns each.
    """,
)
def swap(W, H):
    out = W.copy()
    out[:, H : 2 * H] = -W[:, H : 2 * H]
    return out


@exercise(
    "gru.slip",
    trains="the GRU beside the LSTM",
    kind="diagnose",
    task="The number of the false line among the five lines of notes in chapter 11, exercise 5.",
    variants=(lambda: 2.0, lambda: np.array(2)),
    why="""
    Line 2: z = 0 closes the straight path only. The candidate sees r (h_prev W_hn + b_hn), so a
    gradient still reaches h_prev through it, unless r is 0 as well.
    """,
    hints=(
        "Follow the old state through equations (11.4) and (11.5): where does it enter?",
        "Which line looks at one of the two places only where the old state enters?",
        "Set z = 0 in (11.5): h = n. Does n depend on the old state?",
    ),
    mistakes="""
    bounded | = 1 | Line 1 is true: h is a mean of n, between -1 and 1, and the old h.
    placement | = 3 | Line 3 is true: with a full matrix r (h W) and (r h) W differ.
    torch | = 4 | Line 4 is true: the second bias of the candidate stands inside the product with r.
    count | = 5 | Line 5 is true for the form with one bias vector per part.
    """,
)
def slip_line():
    return 2
