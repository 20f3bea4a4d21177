"""Wrong answers of chapters 10 and 11: LSTM and GRU."""

import numpy as np

from attacks.table import planted, sig, wrong


def cell(i, f, g, o, c):
    c = f * c + i * g
    return o * np.tanh(c), c


@wrong("lstm.step", "order", "order|gates|i, f, o")
def output_third(z, c):
    i, f, o, g = np.split(z, 4, axis=1)
    return cell(sig(i), sig(f), np.tanh(g), sig(o), c)


@wrong("lstm.step", "convention", "1 - f|forget")
def forgets_the_rest(z, c):
    i, f, g, o = np.split(z, 4, axis=1)
    return cell(sig(i), 1 - sig(f), np.tanh(g), sig(o), c)


@wrong("lstm.step", "convention", "1 - f|1 - i|coupled|input gate|GRU")
def coupled_gates(z, c):
    i, f, g, o = np.split(z, 4, axis=1)
    return cell(1 - sig(f), sig(f), np.tanh(g), sig(o), c)


@wrong("lstm.step", "misread", "candidate")
def every_gate_sigmoid(z, c):
    i, f, g, o = np.split(sig(z), 4, axis=1)
    return cell(i, f, g, o, c)


@wrong("lstm.step", "shift", "old c|new c|old cell|before|c_new")
def reads_the_old_cell(z, c):
    i, f, g, o = np.split(z, 4, axis=1)
    new = sig(f) * c + sig(i) * np.tanh(g)
    return sig(o) * np.tanh(c), new


@wrong("lstm.step", "order", "order|exchanged|swapped")
def cell_first(z, c):
    i, f, g, o = np.split(z, 4, axis=1)
    h, c = cell(sig(i), sig(f), np.tanh(g), sig(o), c)
    return c, h


@wrong("lstm.step", "forgotten", r"input gate|\bi\b")
def no_input_gate(z, c):
    i, f, g, o = np.split(z, 4, axis=1)
    return cell(1.0, sig(f), np.tanh(g), sig(o), c)


@wrong("lstm.step", "transpose", "interleav|side by side|turns|order|blocks")
def gates_interleaved(z, c):
    i, f, g, o = z[:, 0::4], z[:, 1::4], z[:, 2::4], z[:, 3::4]
    return cell(sig(i), sig(f), np.tanh(g), sig(o), c)


def run_lstm(x, h, c, W_x, W_h, b, carry_h=True, carry_c=True, order="ifgo"):
    h0, c0, rows, cells = h, c, [], []
    for t in range(x.shape[1]):
        z = x[:, t] @ W_x + (h if carry_h else h0) @ W_h + b
        part = dict(zip(order, np.split(z, 4, axis=1), strict=True))
        h, c = cell(
            sig(part["i"]),
            sig(part["f"]),
            np.tanh(part["g"]),
            sig(part["o"]),
            c if carry_c else c0,
        )
        rows.append(h)
        cells.append(c)
    return np.stack(rows, axis=1), h, c, np.stack(cells, axis=1)


@wrong("lstm.sequence", "forgotten", "cell|carr|passed on|each step|c is")
def cell_not_carried(x, h, c, W_x, W_h, b):
    return run_lstm(x, h, c, W_x, W_h, b, carry_c=False)[:3]


@wrong("lstm.sequence", "forgotten", "state h|carried on")
def state_not_carried(x, h, c, W_x, W_h, b):
    return run_lstm(x, h, c, W_x, W_h, b, carry_h=False)[:3]


@wrong("lstm.sequence", "misread", "cell|every h|c in|holds c")
def cells_stacked(x, h, c, W_x, W_h, b):
    _, h, c, cells = run_lstm(x, h, c, W_x, W_h, b)
    return cells, h, c


@wrong("lstm.sequence", "forgotten", "start|zero|states before|h and c|first")
def lstm_from_zero(x, h, c, W_x, W_h, b):
    return run_lstm(x, 0 * h, 0 * c, W_x, W_h, b)[:3]


@wrong("lstm.sequence", "order", "exchanged|swapped|order")
def last_states_exchanged(x, h, c, W_x, W_h, b):
    rows, h, c, _ = run_lstm(x, h, c, W_x, W_h, b)
    return rows, c, h


@wrong("lstm.sequence", "order", "gate|order")
def sequence_output_third(x, h, c, W_x, W_h, b):
    return run_lstm(x, h, c, W_x, W_h, b, order="ifog")[:3]


@wrong("lstm.sequence", "axis", "axis|axes|transposed|time")
def sequence_time_first(x, h, c, W_x, W_h, b):
    rows, h, c, _ = run_lstm(x, h, c, W_x, W_h, b)
    return rows.swapaxes(0, 1), h, c


@wrong("lstm.sequence", "shift", "from the end|backward|reverse|last to first|direction")
def read_backwards(x, h, c, W_x, W_h, b):
    return run_lstm(x[:, ::-1], h, c, W_x, W_h, b)[:3]


@wrong("lstm.reverse_padded", "forgotten", "length|padding|whole|entire")
def whole_row_turned(x, lengths):
    return x[:, ::-1].copy()


@wrong("lstm.reverse_padded", "shift", "one too|last|shift|length - 1|first")
def one_word_short(x, lengths):
    out = x.copy()
    for b, n in enumerate(lengths):
        out[b, : n - 1] = x[b, : n - 1][::-1]
    return out


@wrong("lstm.reverse_padded", "axis", "feature|axis|last axis|numbers of")
def features_turned(x, lengths):
    out = x.copy()
    for b, n in enumerate(lengths):
        out[b, :n] = x[b, :n, ::-1]
    return out


@wrong("lstm.reverse_padded", "misread", "padding|zero|stays")
def padding_zeroed(x, lengths):
    out = np.zeros(x.shape)
    for b, n in enumerate(lengths):
        out[b, :n] = x[b, :n][::-1]
    return out


@wrong("lstm.reverse_padded", "constant", "own length|longest|each|shortest|first")
def one_length_for_all(x, lengths):
    out, n = x.copy(), int(max(lengths))
    out[:, :n] = x[:, :n][:, ::-1]
    return out


@wrong("lstm.reverse_padded", "state", "in place|changes its argument|view|copy")
def turned_in_place(x, lengths):
    for b, n in enumerate(lengths):
        x[b, :n] = x[b, :n][::-1].copy()
    return x


@wrong("lstm.sentence_vector", "misread", "padding|last place|length|-1")
def forward_at_the_end(forward, backward, lengths):
    return np.concatenate([forward[:, -1], backward[:, 0]], axis=1)


@wrong("lstm.sentence_vector", "misread", "backward|first|last word|one word")
def backward_at_last_word(forward, backward, lengths):
    rows = np.arange(len(lengths))
    return np.concatenate([forward[rows, lengths - 1], backward[rows, lengths - 1]], axis=1)


@wrong("lstm.sentence_vector", "order", "order|exchanged|swapped|first")
def backward_half_first(forward, backward, lengths):
    return np.concatenate([backward[:, 0], forward[np.arange(len(lengths)), lengths - 1]], axis=1)


@wrong("lstm.sentence_vector", "misread", "sum|join|side by side|concat|add")
def halves_added(forward, backward, lengths):
    return forward[np.arange(len(lengths)), lengths - 1] + backward[:, 0]


@wrong("lstm.sentence_vector", "misread", "mean|average")
def mean_of_states(forward, backward, lengths):
    both = np.concatenate([forward, backward], axis=2)
    return np.stack([both[b, :n].mean(axis=0) for b, n in enumerate(lengths)])


@wrong("lstm.sentence_vector", "shift", "length|- 1|one too|padding")
def index_is_length(forward, backward, lengths):
    at = np.minimum(lengths, forward.shape[1] - 1)
    return np.concatenate([forward[np.arange(len(lengths)), at], backward[:, 0]], axis=1)


def gru(x, h, W_x, W_h, b, order="rzn", mixed=None, inside=None, act=np.tanh):
    H = h.shape[1]
    a, u = x @ W_x + b, h @ W_h
    k = {name: slice(n * H, n * H + H) for n, name in enumerate(order)}
    r, z = sig(a[:, k["r"]] + u[:, k["r"]]), sig(a[:, k["z"]] + u[:, k["z"]])
    turned = (r * h) @ W_h[:, k["n"]] if inside is None else inside(r, h, u[:, k["n"]])
    n = act(a[:, k["n"]] + turned)
    return (1 - z) * n + z * h if mixed is None else mixed(z, n, h, r)


@wrong("gru.step", "convention", "1 - z|exchang|swap|other books|z and")
def update_exchanged(x, h, W_x, W_h, b):
    return gru(x, h, W_x, W_h, b, mixed=lambda z, n, h, r: z * n + (1 - z) * h)


@wrong("gru.step", "convention", "after|reset|PyTorch")
def reset_after(x, h, W_x, W_h, b):
    return gru(x, h, W_x, W_h, b, inside=lambda r, h, u: r * u)


@wrong("gru.step", "forgotten", "reset|\\br\\b")
def no_reset(x, h, W_x, W_h, b):
    return gru(x, h, W_x, W_h, b, inside=lambda r, h, u: u)


@wrong("gru.step", "misread", "sigmoid|candidate|tanh")
def sigmoid_candidate(x, h, W_x, W_h, b):
    return gru(x, h, W_x, W_h, b, act=sig)


@wrong("gru.step", "order", "order|z, r|reset and update|exchang|swap")
def update_first(x, h, W_x, W_h, b):
    return gru(x, h, W_x, W_h, b, order="zrn")


@wrong("gru.step", "misread", "reset|r h|whole|z h|old state")
def reset_in_the_sum_too(x, h, W_x, W_h, b):
    return gru(x, h, W_x, W_h, b, mixed=lambda z, n, h, r: (1 - z) * n + z * r * h)


@wrong("gru.step", "misread", "1 - r|reset")
def reset_inverted(x, h, W_x, W_h, b):
    H = h.shape[1]
    return gru(x, h, W_x, W_h, b, inside=lambda r, h, u: ((1 - r) * h) @ W_h[:, 2 * H :])


@wrong("gru.parameters", "misread", "four|three|4|gates|LSTM")
def four_gates(D, H):
    return 4 * (D * H + H * H + H), 4 * (D * H + H * H + 2 * H)


@wrong("gru.parameters", "order", "order|exchanged|swapped")
def torch_first(D, H):
    return 3 * (D * H + H * H + 2 * H), 3 * (D * H + H * H + H)


@wrong("gru.parameters", "misread", "two|candidate|gates|three")
def two_gates(D, H):
    return 2 * (D * H + H * H + H), 2 * (D * H + H * H + 2 * H)


@wrong("gru.parameters", "forgotten", r"H\^2|H \* H|recurrent|state|W_h|H H")
def no_recurrent_weights(D, H):
    return 3 * (D * H + H), 3 * (D * H + 2 * H)


@wrong("gru.parameters", "misread", "each|one bias|H biases|unit")
def one_number_as_bias(D, H):
    return 3 * (D * H + H * H + 1), 3 * (D * H + H * H + 2)


@wrong("gru.swap_update", "misread", "every sign|only")
def everything_negated(W, H):
    return -W


@wrong("gru.swap_update", "misread", "candidate|middle|z|second")
def candidate_negated(W, H):
    return np.concatenate([W[:, : 2 * H], -W[:, 2 * H :]], axis=1)


@wrong("gru.swap_update", "misread", "reset|middle|z|second")
def reset_negated(W, H):
    return np.concatenate([-W[:, :H], W[:, H:]], axis=1)


@wrong("gru.swap_update", "misread", "1 -|sigmoid|sign|minus")
def one_minus_weights(W, H):
    out = W.copy()
    out[:, H : 2 * H] = 1 - out[:, H : 2 * H]
    return out


@wrong("gru.swap_update", "misread", "exchang|swap|order|sign|minus")
def parts_exchanged(W, H):
    r, z, n = np.split(W, 3, axis=1)
    return np.concatenate([z, r, n], axis=1)


@wrong("gru.swap_update", "state", "in place|changes its argument|copy|view")
def negated_in_place(W, H):
    W[:, H : 2 * H] *= -1
    return W


def minimal(dh, s, n, h_0, gate, slope, later=True):
    """Back through the unit whose gate sees the input alone; gate, slope and later make it wrong."""
    z, h = gate(s), [h_0]
    for t in range(len(s)):
        h.append(z[t] * h[t] + (1 - z[t]) * n[t])
    d, back = np.array(dh), np.zeros(h_0.shape)
    for t in reversed(range(len(s))):
        d[t] = d[t] + back if later else d[t]
        back = d[t] * z[t]
    return d * (np.array(h[:-1]) - n) * slope(z), d * (1 - z), back


planted(
    "misread",
    (
        "gru.minimal_backward",
        "gate_is_s",
        lambda *a: minimal(*a, gate=lambda s: s, slope=lambda z: z * (1 - z)),
    ),
    (
        "gru.minimal_backward",
        "gate_is_s_throughout",
        lambda *a: minimal(*a, gate=lambda s: s, slope=np.ones_like),
    ),
)


@wrong("gru.minimal_backward", "forgotten", "goes on to h")
def minimal_nothing_from_later(dh, s, n, h_0):
    return minimal(dh, s, n, h_0, gate=sig, slope=lambda z: z * (1 - z), later=False)
