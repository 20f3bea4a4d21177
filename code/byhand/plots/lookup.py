"""Drawings of a soft look-up (chapter 13): query, keys, weights, values, answer,
the gradients that come back, and the network that looks at what it has read."""

import numpy as np
from matplotlib.patches import Rectangle

from byhand.plots.diagram import Sheet
from byhand.plots.style import BLACK, BLUE, GREEN, GREY, ORANGE, RED, SKY

COLUMNS = {"query": 62, "keys": 232, "scores": 375, "weights": 495, "values": 640, "answer": 775}  # fmt: skip


def draw_lookup(ax, names, K, q, e, a, v, o, back=None):
    """Draw (13.1) for one query q (d_k,) on S records: names, keys K (S, d_k),
    scores e, weights a, values v (S,), answer o.

    back: None, or gradients dq, dK, de, da, dv, do; they are written in red
    below what they belong to, and the arrows turn round.
    """
    sheet = Sheet(ax, 840, 400)
    rows = [105 + 120 * s for s in range(len(names))]
    middle = rows[1] if len(rows) == 3 else float(np.mean(rows))
    for name, x in COLUMNS.items():
        sheet.label((x, 28), name, color=GREY, fontsize=13)
    size = (106, 48)
    sheet.block((COLUMNS["query"], middle), size, vector(q), ORANGE)
    sheet.block((COLUMNS["answer"], middle), (76, 48), f"{o:.2f}", ORANGE)
    for s, y in enumerate(rows):
        sheet.block(
            (COLUMNS["keys"], y), (130, 48), f"{names[s]}\n{vector(K[s])}", BLUE
        )
        sheet.label(
            (COLUMNS["scores"], y), f"{e[s]:.2f}", color=BLACK, fontsize=13
        )
        weight_bar(sheet, COLUMNS["weights"], y, a[s])
        sheet.block((COLUMNS["values"], y), (60, 48), f"{v[s]:g}", GREEN)
        joins(sheet, y, middle, a[s], back is not None)
    if back is not None:
        write_back(sheet, rows, middle, *back)
    return ax


def vector(numbers, form="g"):
    """A row of numbers in brackets."""
    return "(" + ", ".join(f"{x:{form}}" for x in numbers) + ")"


def weight_bar(sheet, x, y, weight, width=130):
    """A bar as long as a weight, with its number."""
    corner = (x - width / 2, y - 13)
    for length, face, z in ((width, (GREY, 0.18), 3), (width * weight, SKY, 4)):
        bar = Rectangle(corner, length, 26, fc=face, ec="none", zorder=z)
        sheet.ax.add_patch(bar)
    sheet.label((x, y), f"{weight:.2f}", color=BLACK, fontsize=13, zorder=6)


def joins(sheet, y, middle, weight, turned):
    """The arrows of one record; turned: from the answer to the query."""
    ways = [
        [(116, middle), (164, y)],
        [(298, y), (350, y)],
        [(400, y), (428, y)],
        [(672, y), (735, middle)],
    ]
    widths = [1.4, 1.4, 1.4, 1 + 9 * weight]
    for way, width in zip(ways, widths, strict=True):
        colour = RED if turned else GREY
        if turned:
            way, width = way[::-1], 1.4
        sheet.flow(*way, color=colour, width=width)
    if turned:  # the answer reached the weights, too, through the product
        sheet.flow(
            (735, middle),
            (700, y - 34),
            (565, y - 34),
            (545, y - 16),
            color=RED,
            width=1.4,
        )


def write_back(sheet, rows, middle, dq, dK, de, da, dv, do):
    """The gradients, in red, below what they belong to."""
    style = {"color": RED, "fontsize": 12}
    sheet.label((COLUMNS["answer"], middle + 42), f"{do:+.2f}", **style)
    sheet.label(
        (COLUMNS["query"], middle + 42),
        vector(dq, "+.2f").replace(", ", "\n"),
        **style,
        va="top",
    )
    for s, y in enumerate(rows):
        sheet.label((COLUMNS["values"], y + 38), f"{dv[s]:+.2f}", **style)
        sheet.label((COLUMNS["weights"], y + 30), f"{da[s]:+.2f}", **style)
        sheet.label((COLUMNS["scores"], y + 30), f"{de[s]:+.2f}", **style)
        beside = y - 38 if y < middle else y + 38
        sheet.label((COLUMNS["keys"], beside), vector(dK[s], "+.2f"), **style)


AHEAD, BACK = 410, 465  # heights of the two rows of states
CONTEXT, BEFORE, NOW = (420, 190), (250, 90), (600, 90)


def draw_reader(ax, source, weights, written):
    """Draw one step of (13.7): a reader of both directions over `source`, the
    weights (S,) with which its states are mixed to c_t, and the step of the
    decoder that writes written[-1] after written[-2]."""
    sheet = Sheet(ax, 840, 560)
    read_both_ways(sheet, source, weights)
    write_one(sheet, *written[-2:])
    named = {"color": BLUE, "fontsize": 16, "ha": "left"}
    sheet.label((12, AHEAD), r"$\overrightarrow{h}_i$", **named)
    sheet.label((12, BACK), r"$\overleftarrow{h}_i$", **named)
    sheet.label((96, 300), "weights", color=GREEN, fontsize=13)
    return ax


def read_both_ways(sheet, source, weights):
    """The states of both directions, and a line from each place to c_t."""
    step = 700 / len(source)
    xs = [70 + step * (i + 0.5) for i in range(len(source))]
    for i, (x, character) in enumerate(zip(xs, source, strict=True)):
        shown = character.replace(" ", "␣")
        sheet.label((x, 532), shown, color=BLACK, fontsize=14)
        sheet.flow((x, 516), (x, BACK + 15), color=BLUE)
        for y in (AHEAD, BACK):
            sheet.block((x, y), (34, 28), "", BLUE)
        if i:
            left, right = xs[i - 1] + 18, x - 18
            sheet.flow((left, AHEAD), (right, AHEAD), color=BLUE)
            sheet.flow((right, BACK), (left, BACK), color=BLUE)
        style = {"color": GREEN, "head": False, "alpha": 0.75}
        width = 0.6 + 11 * weights[i]
        sheet.flow((x, AHEAD - 16), CONTEXT, width=width, **style)


def write_one(sheet, read, written):
    """The decoder's step: query, context, and what is read and written."""
    (x, high), (a, y), (b, _) = CONTEXT, BEFORE, NOW
    sheet.disc(CONTEXT, "$c_t$", GREEN, radius=24, fontsize=17)
    sheet.block(BEFORE, (64, 42), "$s_{t-1}$", ORANGE, fontsize=15)
    sheet.block(NOW, (64, 42), "$s_t$", ORANGE, fontsize=15)
    sheet.flow((a + 34, y), (b - 34, y), color=ORANGE)
    sheet.flow((x + 20, high - 14), (b - 34, y + 10), color=GREEN, width=3)
    sheet.flow((a, y + 22), (a, high), (x - 26, high), color=ORANGE)
    sheet.label((a - 8, 165), "query", color=ORANGE, fontsize=13, ha="right")
    sheet.flow((b, 170), (b, y + 23), color=GREY)
    sheet.label((b + 6, 186), f"reads  {read}", color=BLACK, fontsize=13)
    sheet.flow((b + 34, y), (b + 92, y), color=ORANGE)
    sheet.label((b + 130, y), f"writes  {written}", color=BLACK, fontsize=13)
    way = (x, high - 26), (x, 34), (b + 62, 34), (b + 62, y - 6)
    sheet.flow(*way, color=GREEN, width=1.6)
