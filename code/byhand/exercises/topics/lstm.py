"""Exercises of chapter 10: one LSTM step, the loop, ragged sequences in both directions."""

import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, special
from byhand.exercises.topics.cases import near, normal, whole


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def step_cases(rng):
    yield np.array([[0.0, 1.0, -1.0, 2.0]]), np.array([[2.0]])
    yield special("gates half open", np.array([[0.0, 0.0, 1.0, 0.0]]), np.array([[1.0]]))
    for B, H in [(1, 2), (2, 3), (3, 2), (4, 3), (2, 5), (3, 5), (5, 4)] * 3:
        yield normal(rng, B, 4 * H), normal(rng, B, H)


def step_by_loop(z, c):
    h_new, c_new = np.zeros(c.shape), np.zeros(c.shape)
    H = c.shape[1]
    for b in range(len(c)):
        for k in range(H):
            i, f, o = (1 / (1 + math.exp(-z[b, k + s * H])) for s in (0, 1, 3))
            c_new[b, k] = f * c[b, k] + i * math.tanh(z[b, k + 2 * H])
            h_new[b, k] = o * math.tanh(c_new[b, k])
    return h_new, c_new


def step_by_tanh(z, c):
    i, f, g, o = np.moveaxis(z.reshape(len(z), 4, -1), 1, 0)
    i, f, o = ((1 + np.tanh(gate / 2)) / 2 for gate in (i, f, o))
    c = np.add(f * c, i * np.tanh(g))
    return [o * np.tanh(c), c]


@exercise(
    "lstm.step",
    trains="gates and cell from their equations",
    kind="derive and code",
    task="""
    step(z, c) -> (h, c), both (B, H): one LSTM step, equations (10.3) to (10.5), from the
    given sums z (B, 4H) and the old cell c (B, H). The parts stand side by side in the order i,
    f, g, o (input gate, forget gate, candidate, output gate).
    """,
    shapes={"c": "B H"},
    outputs=("h", "c"),
    cases=step_cases,
    variants=(step_by_loop, step_by_tanh),
    helpers=(sigmoid,),
    hints=(
        "The forget gate says how much of the old cell stays, the input gate how much of the "
        "candidate comes in, the output gate what is shown.",
        "c_new = sigmoid(z_f) c + sigmoid(z_i) tanh(z_g);  h = sigmoid(z_o) tanh(c_new).",
        "z_i, z_f, z_g, z_o = np.split(z, 4, axis=1)\n"
        "c = sigmoid(z_f) * c + ...\n"
        "return sigmoid(z_o) * ..., c",
    ),
    mistakes=r"""
    sigmoid_candidate | np.tanh(z_g) -> sigmoid(z_g) |
        The candidate g passes through tanh, not the sigmoid: it may be negative.
    no_input_gate | sigmoid(z_i) * np -> np | The input gate is missing: c = f c + i g.
    coupled | sigmoid(z_i) -> (1 - sigmoid(z_f)) |
        You use 1 - f in place of the input gate (a coupled variant); here i is a gate of its own.
    no_tanh_out | sigmoid(z_o) * np.tanh(c) -> sigmoid(z_o) * c |
        The tanh is missing in h = o tanh(c).
    old_cell_out | `    c = sigmoid(z_f) * c + sigmoid(z_i) * np.tanh(z_g)\n    h = sigmoid(z_o) *
        np.tanh(c)\n` -> `    h = sigmoid(z_o) * np.tanh(c)\n    c = sigmoid(z_f) * c + sigmoid(z_i)
        * np.tanh(z_g)\n` | h is made from the old cell; it shows the new one.
    returns_c | return h, c -> return c, c | You return the cell as the state; h = o tanh(c).
    order_ifog | z_i, z_f, z_g, z_o = -> z_i, z_f, z_o, z_g = |
        Your gates are in the order i, f, o, g; the task's order is i, f, g, o.
    order_figo | z_i, z_f, z_g, z_o = -> z_f, z_i, z_g, z_o = |
        Input and forget gate are exchanged; the order is i, f, g, o.
    order_fiog | z_i, z_f, z_g, z_o = -> z_f, z_i, z_o, z_g = |
        Your gates are in the order f, i, o, g; the task's order is i, f, g, o.
    interleaved | np.split(z, 4, axis=1) -> (z[:, k::4] for k in range(4)) |
        You take every fourth column; the gates stand side by side, H columns each.
    no_forget_gate | sigmoid(z_f) * c -> c | The forget gate is missing: f c.
    reversed_forget | sigmoid(z_f) * c -> (1 - sigmoid(z_f)) * c |
        Your forget gate works the wrong way round: f = 1 keeps the cell.
    no_output_gate | sigmoid(z_o) * np.tanh(c) -> np.tanh(c) |
        The output gate is missing: h = o tanh(c).
    tanh_gate | sigmoid(z_o) -> np.tanh(z_o) | The output gate passes through the sigmoid, not tanh.
    no_gate_sigmoid | sigmoid(z_f) * c + sigmoid(z_i) -> z_f * c + z_i |
        The gates are used without the sigmoid.
    tanh_stored | `    return h, c` -> `    return h, np.tanh(c)` |
        The cell that goes on is tanh(c); only h passes through tanh.
    no_old_cell | `sigmoid(z_f) * c + ` -> `` | The old cell is missing: c = f c + i g.
    product | * c + sigmoid(z_i) -> * c * sigmoid(z_i) |
        Old cell and candidate are added, not multiplied.
    forget_plus_one | sigmoid(z_f) -> sigmoid(z_f + 1) | You add 1 in the forget gate; that is a
        start value of its bias, which z holds already.
    """,
)
def step(z, c):
    z_i, z_f, z_g, z_o = np.split(z, 4, axis=1)
    c = sigmoid(z_f) * c + sigmoid(z_i) * np.tanh(z_g)
    h = sigmoid(z_o) * np.tanh(c)
    return h, c


def sequence_cases(rng):
    for T in (1, 2):  # one cell, numbers of one digit after the point
        shapes = (1, T, 1), (1, 1), (1, 1), (1, 4), (1, 4), (4,)
        yield tuple(np.round(normal(rng, *shape), 1) for shape in shapes)
    for B, T, D, H in [
        (1, 1, 1, 2),
        (1, 2, 3, 2),
        (2, 3, 4, 5),
        (3, 4, 2, 5),
        (2, 5, 3, 4),
        (4, 2, 3, 5),
    ] * 3:
        yield (
            normal(rng, B, T, D),
            normal(rng, B, H),
            normal(rng, B, H),
            normal(rng, D, 4 * H),
            normal(rng, H, 4 * H),
            normal(rng, 4 * H),
        )


def sequence_by_loop(x, h, c, W_x, W_h, b):
    out = np.zeros((x.shape[0], x.shape[1], h.shape[1]))
    h, c = h.copy(), c.copy()
    for n in range(x.shape[0]):
        for t in range(x.shape[1]):
            new_h, new_c = step_by_loop((x[n, t] @ W_x + h[n] @ W_h + b)[None], c[n][None])
            out[n, t] = h[n] = new_h[0]
            c[n] = new_c[0]
    return out, h, c


def sequence_stacked(x, h, c, W_x, W_h, b):
    states, W = [], np.vstack([W_x, W_h])
    for t in range(x.shape[1]):
        h, c = step_by_tanh(np.hstack([x[:, t], h]) @ W + b, c)
        states.append(h)
    return np.stack(states, 1), h, c


@exercise(
    "lstm.sequence",
    trains="states through time",
    kind="derive and code",
    task="""
    sequence(x, h, c, W_x, W_h, b) -> (H_all, h, c): an LSTM over time. x (B, T, D); h, c (B, H)
    the states before the first step; W_x (D, 4H), W_h (H, 4H), b (4H,), gates in the order i, f,
    g, o. Each step: z = x_t W_x + h W_h + b, then the step of lstm.step. H_all (B, T, H) holds
    every h; h and c are the last ones.
    """,
    shapes={"x": "B T D", "h": "B H"},
    outputs=("H_all", "h", "c"),
    cases=sequence_cases,
    variants=(sequence_by_loop, sequence_stacked),
    helpers=(sigmoid, step),
    hints=(
        "Two things travel from step to step: h and c.",
        "z_t = x_t W_x + h_(t-1) W_h + b;  (h_t, c_t) = step(z_t, c_(t-1)).",
        "for t in range(x.shape[1]):\n"
        "    h, c = step(x[:, t] @ W_x + ..., c)\n"
        "    H_all[:, t] = ...\n"
        "return H_all, ..., ...",
    ),
    mistakes=r"""
    no_recurrence | ` + h @ W_h` -> `` | The old state is missing in z: + h W_h.
    no_bias | ` + b, c)` -> , c) | The bias is missing in z.
    cell_not_carried | `        h, c = step(x[:, t] @ W_x + h @ W_h + b, c)\n        H_all[:, t] =
        h\n    return H_all, h, c` -> `        h, new = step(x[:, t] @ W_x + h @ W_h + b,
        c)\n        H_all[:, t] = h\n    return H_all, h, new` |
        The cell is not carried on: each step starts from the first c.
    state_not_carried | `        h, c = step(x[:, t] @ W_x + h @ W_h + b, c)\n        H_all[:, t] =
        h\n    return H_all, h, c` -> `        new, c = step(x[:, t] @ W_x + h @ W_h + b,
        c)\n        H_all[:, t] = new\n    return H_all, new, c` |
        The state h is not carried on: each step starts from the first h.
    zero_state | `    H_all =` -> `    h = 0 * h\n    H_all =` |
        The first state is h, which need not be 0.
    zero_cell | `    H_all =` -> `    c = 0 * c\n    H_all =` |
        The first cell is c, which need not be 0.
    both_zero | `    H_all =` -> `    h, c = 0 * h, 0 * c\n    H_all =` |
        The sequence starts from the given h and c; you start from 0.
    stores_cells | H_all[:, t] = h -> H_all[:, t] = c |
        H_all holds the cells; it should hold the states h.
    backwards | range(x.shape[1]) -> reversed(range(x.shape[1])) | You go through time backwards.
    cell_for_state | h @ W_h -> c @ W_h |
        The recurrence uses the cell; it is h that is multiplied by W_h.
    swapped | return H_all, h, c -> return H_all, c, h |
        The last h and c are exchanged in the answer.
    first_input | x[:, t] @ W_x -> x[:, 0] @ W_x |
        Every step reads the first input; step t reads x[:, t].
    order_figo | z_i, z_f, z_g, z_o = -> z_f, z_i, z_g, z_o = |
        Input and forget gate are exchanged; the order is i, f, g, o.
    order_ifog | z_i, z_f, z_g, z_o = -> z_i, z_f, z_o, z_g = |
        Your gates are in the order i, f, o, g; the task's order is i, f, g, o.
    sigmoid_candidate | np.tanh(z_g) -> sigmoid(z_g) |
        The candidate g passes through tanh, not the sigmoid: it may be negative.
    no_tanh_out | sigmoid(z_o) * np.tanh(c) -> sigmoid(z_o) * c |
        The tanh is missing in h = o tanh(c).
    no_input_gate | sigmoid(z_i) * np -> np | The input gate is missing: c = f c + i g.
    no_forget_gate | sigmoid(z_f) * c -> c | The forget gate is missing: f c.
    no_output_gate | sigmoid(z_o) * np.tanh(c) -> np.tanh(c) |
        The output gate is missing: h = o tanh(c).
    coupled | sigmoid(z_i) -> (1 - sigmoid(z_f)) |
        You use 1 - f in place of the input gate; here i is a gate of its own.
    reversed_forget | sigmoid(z_f) * c -> (1 - sigmoid(z_f)) * c |
        Your forget gate works the wrong way round: f = 1 keeps the cell.
    interleaved | np.split(z, 4, axis=1) -> (z[:, k::4] for k in range(4)) |
        You take every fourth column; the gates stand side by side, H columns each.
    before_step | `        h, c = step(x[:, t] @ W_x + h @ W_h + b, c)\n        H_all[:, t] = h` ->
        `        H_all[:, t] = h\n        h, c = step(x[:, t] @ W_x + h @ W_h + b, c)` |
        You store the state before the step; H_all holds the states after it.
    forget_plus_one | sigmoid(z_f) -> sigmoid(z_f + 1) | You add 1 in the forget gate; that is a
        start value of its bias, which b holds already.
    input_reversed | `    H_all = np.zeros(` -> `    x = x[:, ::-1]\n    H_all = np.zeros(` | You
        read x from the end; step t reads x[:, t].
    """,
)
def sequence(x, h, c, W_x, W_h, b):
    H_all = np.zeros((*x.shape[:2], h.shape[1]))
    for t in range(x.shape[1]):
        h, c = step(x[:, t] @ W_x + h @ W_h + b, c)
        H_all[:, t] = h
    return H_all, h, c


def ragged(rng):
    yield np.array([[[1.0], [2.0], [9.0]]]), np.array([2])
    for B, T, D in [(2, 4, 3), (3, 5, 2), (4, 3, 2), (2, 6, 5), (3, 7, 4)] * 4:
        yield whole(rng, B, T, D) + 0.5, rng.integers(1, T + 1, B)
    yield special("all of full length", normal(rng, 2, 4, 3), np.array([4, 4]))


def reverse_by_loop(x, lengths):
    out = x.copy()
    for b, n in enumerate(lengths):
        for t in range(n):
            out[b, t] = x[b, n - 1 - t]
    return out


def reverse_by_places(x, lengths):
    t = np.arange(x.shape[1])
    places = np.where(t < lengths[:, None], lengths[:, None] - 1 - t, t)
    return np.take_along_axis(x, places[:, :, None], axis=1)


@exercise(
    "lstm.reverse_padded",
    trains="padding, and reading backwards",
    task="""
    reverse_padded(x, lengths) -> array like x (B, T, D): turn each sequence round within its own
    length, so that the backward direction of a BiLSTM starts at the last real word. lengths (B,)
    whole numbers from 1 to T. The padding stays where it is, at the end.
    """,
    shapes={"x": "B T D"},
    cases=ragged,
    variants=(reverse_by_loop, reverse_by_places),
    properties=(
        Property(
            "turning round twice gives x back",
            lambda f, x, lengths: near(f(f(x, lengths), lengths), x),
        ),
    ),
    hints=(
        "Only the first lengths[b] steps of example b are turned round.",
        "out[b, t] = x[b, n - 1 - t] for t < n = lengths[b], else x[b, t].",
        "out = x.copy()\nfor b, n in enumerate(lengths):\n    out[b, :n] = ...",
    ),
    mistakes=r"""
    whole | out[b, :n] = x[b, :n][::-1] -> out[b] = x[b][::-1] |
        You turn the padded sequence round as a whole: the padding then comes first.
    features | x[b, :n][::-1] -> x[b, :n, ::-1] | You reverse the features, not the time.
    zeros | out = x.copy() -> out = np.zeros_like(x) |
        You put zeros in the padding; it stays as it is.
    one_short | out[b, :n] = x[b, :n][::-1] -> out[b, : n - 1] = x[b, : n - 1][::-1] |
        The last real step is left out: the range is :n.
    first_length | out[b, :n] = x[b, :n][::-1] -> n = lengths[0]\n        out[b, :n] = x[b,
        :n][::-1] | You use the first example's length for all.
    batch | `    return out` -> `    return x[::-1]` | You reverse the order of the examples.
    unchanged | x[b, :n][::-1] -> x[b, :n] | Nothing is turned round.
    last_n | x[b, :n][::-1] -> x[b, ::-1][:n] | You take the last n steps; the real ones come first.
    longest | out[b, :n] = x[b, :n][::-1] -> n = max(lengths)\n        out[b, :n] = x[b, :n][::-1] |
        Every row is turned round at the longest length; each has its own, lengths[b].
    """,
)
def reverse_padded(x, lengths):
    out = x.copy()
    for b, n in enumerate(lengths):
        out[b, :n] = x[b, :n][::-1]
    return out


def both_cases(rng):
    for B, T, H in [(1, 2, 1), (2, 4, 3), (3, 5, 2), (4, 3, 2), (2, 6, 5), (3, 7, 4)] * 4:
        yield normal(rng, B, T, H), normal(rng, B, T, H), rng.integers(1, T + 1, B)


@exercise(
    "lstm.sentence_vector",
    trains="where each direction of a sentence ends",
    task="""
    sentence_vector(forward, backward, lengths) -> (B, 2H): one vector for each sentence from the
    states of a BiLSTM. forward and backward (B, T, H): states at each word, backward already
    turned back, so that backward[b, t] has read the words t and later. lengths (B,). The vector
    joins both final states, the forward one first: those that have read the entire sentence.
    """,
    shapes={"forward": "B T H"},
    cases=both_cases,
    variants=(
        lambda forward, backward, lengths: [
            [*f[n - 1], *g[0]] for f, g, n in zip(forward, backward, lengths, strict=True)
        ],
        lambda forward, backward, lengths: np.hstack(
            [np.take_along_axis(forward, (lengths - 1)[:, None, None], 1)[:, 0], backward[:, 0]]
        ),
    ),
    hints=(
        "Where has the backward direction read everything: at the last word or at the first?",
        "forward at lengths - 1, backward at 0, side by side.",
        "rows = np.arange(len(lengths))\n"
        "return np.concatenate([forward[rows, ...], backward[:, ...]], axis=1)",
    ),
    mistakes="""
    backward_at_end | backward[:, 0] -> backward[rows, lengths - 1] | The backward state is read at
        the last word, where it has read one word only; its final state is at the first word.
    padded_end | forward[rows, lengths - 1] -> forward[:, -1] | The forward state is read at the
        last column, which may be padding; its final state is at lengths - 1.
    both_padded_end | forward[rows, lengths - 1] -> forward[:, -1] ;; backward[:, 0] -> backward[:,
        -1] | Both states are read at the last column: forward's final state is at lengths - 1,
        backward's at 0.
    one_late | forward[rows, lengths - 1] -> forward[rows, np.minimum(lengths, forward.shape[1] -
        1)] | The index of the last real word is lengths - 1.
    summed | np.concatenate([forward[rows, lengths - 1], backward[:, 0]], axis=1) -> forward[rows,
        lengths - 1] + backward[:, 0] | You add both states; they are put side by side.
    swapped | [forward[rows, lengths - 1], backward[:, 0]] -> [backward[:, 0], forward[rows, lengths
        - 1]] | The order is exchanged: the forward state comes first.
    forward_at_start | forward[rows, lengths - 1] -> forward[:, 0] |
        The forward state is read at the first word; it has read everything at lengths - 1.
    stacked | axis=1 -> axis=0 | You stack the two along the batch; they go side by side (axis 1).
    twice_forward | backward[:, 0] -> forward[:, 0] | Both halves come from forward.
    mean_states | np.concatenate([forward[rows, lengths - 1], backward[:, 0]], axis=1) ->
        np.stack([np.concatenate([forward[b, :n].mean(axis=0), backward[b, :n].mean(axis=0)]) for b,
        n in enumerate(lengths)]) | You average the states over the words; the vector joins the two
        final states.
    """,
)
def sentence_vector(forward, backward, lengths):
    rows = np.arange(len(lengths))
    return np.concatenate([forward[rows, lengths - 1], backward[:, 0]], axis=1)


@exercise(
    "lstm.parameters",
    trains="four times a simple layer",
    task="""
    How many numbers does an LSTM with 10 inputs and 20 hidden units learn, with one bias for each
    gate of each unit?
    """,
    variants=(lambda: 2480.0, lambda: np.int64(2480)),
    why="""
    Each of the four parts has D H + H H + H = 200 + 400 + 20 numbers: 4 * 620 = 2480.
    """,
    hints=(
        "Four simple recurrent layers stand side by side.",
        "4 (D H + H H + H).",
        "4 * (10 * 20 + ... + ...)",
    ),
    mistakes="""
    simple | = 620 | 620 is the count of a simple recurrent layer; an LSTM has four of them.
    gates_only | = 1860 | 1860 counts the three gates; the candidate has weights too.
    no_bias | = 2400 | 2400 leaves out the biases.
    two_biases | = 2560 |
        2560 counts two biases for each gate, as PyTorch stores them; the task has one.
    no_recurrence | = 880 | 880 leaves out the recurrent weights H x H.
    """,
)
def parameters():
    return 2480
