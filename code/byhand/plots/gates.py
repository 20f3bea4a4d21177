"""The drawing of an LSTM cell (chapter 10)."""

import itertools

from byhand.plots.diagram import PHONE, Sheet, with_upright
from byhand.plots.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE


def draw_lstm_cell(ax):
    """The cell as four inputs and one output: candidate, input,
    forget and output gate around a memory."""
    return with_upright(_lstm, ax)


GATE, CELL, SHOWN = "#eq-10-3", "#eq-10-4", "#eq-10-5"
LSTM_WIDE = {  # places in pixels
    "candidate": (68, 232), "in": (178, 232), "add": (252, 232),
    "memory": (338, 232), "tanh": (428, 232), "out": (504, 232),
    "output": (592, 232), "forget": (295, 120), "turn": [(338, 120), (252, 120)],
    "input gate": (178, 332), "output gate": (504, 332),
    "forget gate": (295, 42), "ig": (215, 217), "fc": (240, 168),
    "cprev": (350, 168),
}  # fmt: skip
LSTM_UPRIGHT = {
    "candidate": (84, 34), "in": (84, 130), "add": (84, 204),
    "memory": (84, 312), "tanh": (84, 396), "out": (84, 470),
    "output": (84, 560), "forget": (160, 258), "turn": [(160, 312), (160, 204)],
    "input gate": (268, 130), "output gate": (268, 470),
    "forget gate": (268, 258), "ig": (96, 168), "fc": (172, 212),
    "cprev": (172, 304),
}  # fmt: skip
GATES = {  # name: (formula, colour)
    "candidate": ("$g = \\tanh(z_g)$", PURPLE),
    "input gate": ("$i = \\sigma(z_i)$", BLUE),
    "forget gate": ("$f = \\sigma(z_f)$", GREEN),
    "output gate": ("$o = \\sigma(z_o)$", ORANGE),
}


def _lstm(ax, turned):
    sheet = Sheet(ax, PHONE, 594, True) if turned else Sheet(ax, 640, 366)
    P = LSTM_UPRIGHT if turned else LSTM_WIDE
    for name, (formula, colour) in GATES.items():
        text = f"{name}\n{formula}"
        sheet.block(P[name], (116, 52), text, colour, GATE, name)
    sheet.block(P["memory"], (76, 62), "memory\n$c$", BLACK, CELL, "memory")
    sheet.block(P["tanh"], (56, 34), "tanh", GREY)
    sheet.block(P["output"], (80, 52), "output\n$h$", BLACK, SHOWN, "output")
    signs = ("in", "×", BLUE), ("out", "×", ORANGE), ("forget", "×", GREEN)
    for name, sign, colour in (*signs, ("add", "+", BLACK)):
        sheet.disc(P[name], sign, colour, 13, fontsize=15)
    chain = "candidate", "in", "add", "memory", "tanh", "out", "output"
    for start, end in itertools.pairwise(chain):
        _join(sheet, P[start], P[end], _HALF.get(start, 13), _HALF.get(end, 13))
    for gate, node in ("input", "in"), ("output", "out"), ("forget", "forget"):
        colour = GATES[f"{gate} gate"][1]
        _join(sheet, P[f"{gate} gate"], P[node], (58, 26), 13, colour)
    out, back = P["turn"]  # the memory's way back to itself
    edge = (122, 312) if turned else (338, 201)
    here = (160, 271) if turned else (308, 120)
    sheet.flow(edge, out, here, color=GREEN)
    there = (97, 204) if turned else (252, 219)
    leave = (160, 245) if turned else (282, 120)
    sheet.flow(leave, back, there, color=GREEN)
    side = "left" if turned else "center"
    style = {"color": BLACK, "fontsize": 13}
    sheet.label(P["ig"], "$i\\,g$", ha=side, **style)
    side = "left" if turned else "right"
    sheet.label(P["fc"], "$f\\,c_{prev}$", ha=side, **style)
    sheet.label(P["cprev"], "$c_{prev}$", ha="left", **style)


_HALF = {  # of the blocks on the main line, across and down
    "candidate": (58, 26),
    "memory": (38, 31),
    "tanh": (28, 17),
    "output": (40, 26),
}


def _join(sheet, start, end, half, other, colour=BLACK):
    """A straight arrow from the edge of one block to the edge of the next."""
    down = start[0] == end[0]
    sign = 1 if end[down] > start[down] else -1
    gap = [h if isinstance(h, int) else h[down] for h in (half, other)]
    places = [list(start), list(end)]
    places[0][down] += sign * (gap[0] + 1)
    places[1][down] -= sign * (gap[1] + 1)
    sheet.flow(*places, color=colour)
