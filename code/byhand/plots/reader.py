"""The drawing of a network that looks at what it has read (chapter 13)."""

from byhand.plots.diagram import PHONE, Sheet, with_upright
from byhand.plots.style import BLACK, BLUE, GREEN, GREY, ORANGE

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
