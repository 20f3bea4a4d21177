"""Drawings of a soft look-up (chapter 13): query, keys, weights, values, answer,
the gradients that come back, and the network that looks at what it has read."""

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


AHEAD, BACK = 410, 465  # heights of the two rows of states
CONTEXT, BEFORE, NOW = (420, 190), (250, 90), (600, 90)


def draw_reader(ax, source, weights, written):
    """Draw one step of (13.7): a reader of both directions over `source`, the
    weights (S,) with which its states are mixed to c_t, and the step of the
    decoder that writes written[-1] after written[-2]."""
    return with_upright(_reader, ax, source, weights, written)


def _reader(ax, source, weights, written, turned):
    if turned:
        _reader_upright(ax, source, weights, *written[-2:])
        return
    sheet = Sheet(ax, 840, 560)
    read_both_ways(sheet, source, weights)
    write_one(sheet, *written[-2:])
    named = {"color": BLUE, "fontsize": 16, "ha": "left"}
    sheet.label((12, AHEAD), r"$\overrightarrow{h}_i$", **named)
    sheet.label((12, BACK), r"$\overleftarrow{h}_i$", **named)
    sheet.label((96, 300), "weights", color=GREEN, fontsize=13)


def _reader_upright(ax, source, weights, read, written):
    """The text from top to bottom, the decoder on the right."""
    sheet = Sheet(ax, PHONE, 60 + 37 * len(source))
    x, y = context = (212, 28 + 18.5 * len(source))
    ys = [52 + 37 * i for i in range(len(source))]
    named = {"color": BLUE, "fontsize": 15}
    for column, name in ((72, "right"), (112, "left")):
        sheet.label((column, 18), f"$\\over{name}arrow{{h}}_i$", **named)
    for i, (high, character) in enumerate(zip(ys, source, strict=True)):
        shown = character.replace(" ", "␣")
        sheet.label((22, high), shown, color=BLACK, fontsize=14)
        sheet.flow((34, high), (57, high), color=BLUE)
        for column in (72, 112):
            sheet.block((column, high), (28, 24), "", BLUE)
        if i:
            ends = ys[i - 1] + 13, high - 13
            sheet.flow((72, ends[0]), (72, ends[1]), color=BLUE)
            sheet.flow((112, ends[1]), (112, ends[0]), color=BLUE)
        style = {"color": GREEN, "head": False, "alpha": 0.75}
        sheet.flow((127, high), context, width=0.6 + 11 * weights[i], **style)
    sheet.label((148, 62), "weights", color=GREEN, ha="left")
    sheet.disc(context, "$c_t$", GREEN, radius=23, fontsize=16)
    before, now = (278, y - 140), (278, y + 110)
    sheet.block(before, (64, 40), "$s_{t-1}$", ORANGE, fontsize=15)
    sheet.block(now, (64, 40), "$s_t$", ORANGE, fontsize=15)
    sheet.flow((278, y - 119), (278, y + 89), color=ORANGE)
    sheet.flow((245, y - 140), (x, y - 140), (x, y - 25), color=ORANGE)
    sheet.label((x + 8, y - 80), "query", color=ORANGE, ha="left")
    sheet.flow((x + 17, y + 17), (262, y + 88), color=GREEN, width=3)
    sheet.label((336, y + 40), f"reads {read}", color=BLACK, ha="right")
    sheet.flow((318, y + 52), (300, y + 88), color=GREY)
    sheet.flow((278, y + 131), (278, y + 196), color=ORANGE)
    sheet.label((278, y + 210), f"writes {written}", color=BLACK)
    way = (x, y + 24), (x, y + 160), (272, y + 160)
    sheet.flow(*way, color=GREEN, width=1.6)


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
