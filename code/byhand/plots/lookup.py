"""Drawings of a soft look-up (chapter 13): query, keys, weights, values, answer,
and the gradients that come back."""

import numpy as np
from matplotlib.patches import Rectangle

from byhand.plots.diagram import PHONE, Sheet, with_upright
from byhand.plots.style import BLACK, BLUE, GREEN, GREY, ORANGE, RED, SKY

WIDE = {"query": 62, "keys": 232, "scores": 375, "weights": 495, "values": 640, "answer": 775}  # fmt: skip
UPRIGHT = {"query": 40, "keys": 142, "scores": 212, "weights": 268, "values": 338, "answer": 432}  # fmt: skip
UPRIGHT_BACK = {"query": 40, "keys": 160, "scores": 244, "weights": 302, "values": 392, "answer": 490}  # fmt: skip


def draw_lookup(ax, names, K, q, e, a, v, o, back=None):
    """Draw (13.1) for one query q (d_k,) on S records: names, keys K (S, d_k),
    scores e, weights a, values v (S,), answer o.

    back: None, or gradients dq, dK, de, da, dv, do; they are written in red
    below what they belong to, and the arrows turn round.
    """
    return with_upright(_lookup, ax, names, K, q, e, a, v, o, back)


def _lookup(ax, names, K, q, e, a, v, o, back, turned):
    draw = _lookup_upright if turned else _lookup_wide
    draw(ax, names, K, q, e, a, v, o, back)


def _lookup_wide(ax, names, K, q, e, a, v, o, back):
    """Three rows of records, from left to right."""
    sheet = Sheet(ax, 840, 400)
    rows = [105 + 120 * s for s in range(len(names))]
    middle = rows[1] if len(rows) == 3 else float(np.mean(rows))
    for name, x in WIDE.items():
        sheet.label((x, 28), name, color=GREY, fontsize=13)
    size = (106, 48)
    sheet.block((WIDE["query"], middle), size, vector(q), ORANGE)
    sheet.block((WIDE["answer"], middle), (76, 48), f"{o:.2f}", ORANGE)
    for s, y in enumerate(rows):
        key = f"{names[s]}\n{vector(K[s])}"
        sheet.block((WIDE["keys"], y), (130, 48), key, BLUE)
        score = {"color": BLACK, "fontsize": 13}
        sheet.label((WIDE["scores"], y), f"{e[s]:.2f}", **score)
        weight_bar(sheet, WIDE["weights"], y, a[s])
        sheet.block((WIDE["values"], y), (60, 48), f"{v[s]:g}", GREEN)
        joins(sheet, y, middle, a[s], back is not None)
    if back is not None:
        write_back(sheet, rows, middle, *back)


def _lookup_upright(ax, names, K, q, e, a, v, o, back):
    """One column for each record, from top to bottom; gradients stand inside
    the blocks, so that the arrows are free."""
    high = UPRIGHT if back is None else UPRIGHT_BACK
    sheet = Sheet(ax, PHONE, high["answer"] + 36)
    tall = 48 if back is None else 92
    columns = np.linspace(66, 286, len(names))
    above = {"keys": tall / 2 + 14, "scores": 18, "weights": 26, "values": 38}
    for name, up in above.items():
        sheet.label((2, high[name] - up), name, ha="left", fontsize=11)
    sheet.label((112, high["query"]), "query", ha="right")
    sheet.label((130, high["answer"]), "answer", ha="right")
    sheet.block((176, high["query"]), (106, 44), vector(q), ORANGE)
    sheet.block((176, high["answer"]), (76, 44), f"{o:.2f}", ORANGE)
    red = {"color": RED, "fontsize": 11, "zorder": 6}
    if back is not None:
        dq, dK, de, da, dv, do = back
        sheet.label((238, high["query"]), halves(dq), ha="left", **red)
        sheet.label((220, high["answer"]), f"{do:+.2f}", ha="left", **red)
    for s, x in enumerate(columns):
        lift = 0 if back is None else 20
        sheet.block((x, high["keys"]), (100, tall), "", BLUE)
        key = f"{names[s]}\n{vector(K[s])}"
        black = {"color": BLACK, "zorder": 6}
        sheet.label((x, high["keys"] - lift), key, **black)
        aside = 0 if back is None else 22
        sheet.label((x - aside, high["scores"]), f"{e[s]:.2f}", **black)
        weight_bar(sheet, x, high["weights"], a[s], 96)
        rise = 0 if back is None else 9
        sheet.block((x, high["values"]), (58, 48), "", GREEN)
        sheet.label((x, high["values"] - rise), f"{v[s]:g}", **black)
        joins_upright(sheet, x, high, tall, a[s], back is not None)
        if back is not None:
            sheet.label((x, high["keys"] + 22), halves(dK[s]), **red)
            sheet.label((x + aside, high["scores"]), f"{de[s]:+.2f}", **red)
            sheet.label((x - 10, high["weights"] + 26), f"{da[s]:+.2f}", **red)
            sheet.label((x, high["values"] + 12), f"{dv[s]:+.2f}", **red)


def joins_upright(sheet, x, high, tall, weight, turned):
    """The arrows of one record from top to bottom; turned: the other way."""
    key, value = high["keys"], high["values"]
    ways = [
        [(176, high["query"] + 23), (x, key - tall / 2 - 2)],
        [(x, key + tall / 2 + 1), (x, high["scores"] - 11)],
        [(x, high["scores"] + 11), (x, high["weights"] - 15)],
        [(x, value + 25), (176, high["answer"] - 24)],
    ]
    for way, width in zip(ways, (1.4, 1.4, 1.4, 1 + 9 * weight), strict=True):
        if turned:
            sheet.flow(*way[::-1], color=RED, width=1.4)
        else:
            sheet.flow(*way, color=GREY, width=width)
    if turned:
        bend = (x + 42, value + 30), (x + 42, high["weights"] + 15)
        sheet.flow((176, high["answer"] - 24), *bend, color=RED, width=1.4)


def halves(numbers):
    """A row of numbers in brackets, on two lines."""
    words = vector(numbers, "+.2f").split(" ")
    half = len(words) // 2
    return " ".join(words[:half]) + "\n" + " ".join(words[half:])


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
    sheet.label((WIDE["answer"], middle + 42), f"{do:+.2f}", **style)
    sheet.label(
        (WIDE["query"], middle + 42),
        vector(dq, "+.2f").replace(", ", "\n"),
        **style,
        va="top",
    )
    for s, y in enumerate(rows):
        sheet.label((WIDE["values"], y + 38), f"{dv[s]:+.2f}", **style)
        sheet.label((WIDE["weights"], y + 30), f"{da[s]:+.2f}", **style)
        sheet.label((WIDE["scores"], y + 30), f"{de[s]:+.2f}", **style)
        beside = y - 38 if y < middle else y + 38
        sheet.label((WIDE["keys"], beside), vector(dK[s], "+.2f"), **style)
