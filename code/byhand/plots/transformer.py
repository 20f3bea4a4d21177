"""The assembly drawing of the Transformer (chapter 16)."""

from byhand.plots.diagram import PHONE, Sheet, with_upright
from byhand.plots.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE

HEADS = "14_self_attention.ipynb#several-heads"
CAUSAL = "15_masks.ipynb#in-letters"
BAHDANAU = "13_attention.ipynb#a-decoder-that-looks-back"
PLACES = "14_self_attention.ipynb#positions-sinusoids"
BLOCKS = [  # column, y, text, colour, number in the table below, where it leads
    (0, 800, "embedding\n$\\sqrt{D}\\,E[X]$", GREY, 1, "#eq-16-1"),
    (0, 720, "positions\n$+\\,P$", GREY, 2, PLACES),
    (0, 588, "self-attention\npadding mask", BLUE, 3, HEADS),
    (0, 458, "feed-forward", GREEN, 4, "#eq-16-3"),
    (0, 320, "last norm\n(pre-norm)", PURPLE, 5, "#eq-16-2"),
    (1, 800, "embedding\n$\\sqrt{D}\\,E[Y]$", GREY, 1, "#eq-16-1"),
    (1, 720, "positions\n$+\\,P$", GREY, 2, PLACES),
    (1, 588, "self-attention\ncausal mask", BLUE, 6, CAUSAL),
    (1, 458, "cross-attention\npadding mask", ORANGE, 7, BAHDANAU),
    (1, 328, "feed-forward", GREEN, 4, "#eq-16-3"),
    (1, 190, "last norm\n(pre-norm)", PURPLE, 5, "#eq-16-2"),
    (1, 110, "logits\n$y\\,E^T$", GREY, 8, "#eq-16-5"),
    (1, 30, "softmax,\nsmoothed loss", GREY, 9, "#eq-16-6"),
]
SUMS = [(0, 534), (0, 404), (1, 534), (1, 404), (1, 274)]
SHAPES = [  # column, y of the arrow that has this shape
    (0, 760, "(B, S, D)"),
    (0, 678, "(B, S, D)"),
    (0, 508, "(B, S, D)"),
    (0, 359, "(B, S, D)"),
    (1, 760, "(B, T, D)"),
    (1, 678, "(B, T, D)"),
    (1, 508, "(B, T, D)"),
    (1, 378, "(B, T, D)"),
    (1, 229, "(B, T, D)"),
    (1, 150, "(B, T, D)"),
    (1, 70, "(B, T, V)"),
]
HALF, FOOT = 24, 7  # half the height of a block, of the norm at its foot


def draw_transformer(ax):
    """Encoder on the left, decoder on the right, every arrow with its shape;
    + marks the residual's sum."""
    return with_upright(_transformer, ax)


def _transformer(ax, turned):
    sheet = Sheet(ax, PHONE if turned else 640, 882)
    columns = (86, 254) if turned else (170, 470)
    width, side = (124, 74) if turned else (186, 112)
    small = {"fontsize": 10.5 if turned else 12}
    for column, (top, name) in enumerate(((374, "encoder"), (244, "decoder"))):
        x, reach = columns[column], side + (8 if turned else 13)
        sheet.frame((x - reach, top), (2 * reach, 660 - top))
        word = name if turned else f"{name} layer"
        _word(sheet, column, (x, 645), word, GREY, **small)
    for column, y, text, colour, number, link in BLOCKS:
        x = columns[column]
        shift = 7 if turned else 9
        size = (width, 2 * HALF)
        said = " ".join(text.replace("$", "").split())
        sheet.block((x, y), size, "", colour, link, f"{number}: {said}")
        sheet.label((x + shift, y), text, color=BLACK, zorder=5, **small)
        place = (x - width / 2 + (11 if turned else 16), y)
        sheet.label(place, f"{number}", fontweight="bold", zorder=5, **small)
        if colour in (BLUE, GREEN, ORANGE):  # reads through a norm
            _norm(sheet, (x, y + HALF + FOOT))
    _arrows(sheet, columns)
    for column, y in SUMS:
        _residual(sheet, columns[column], y, side * (1 if column else -1))
    for column, y, shape in SHAPES:
        place = columns[column], y
        _word(sheet, column, place, f"${shape}$", BLACK, **small)
    _inputs(sheet, columns, small)
    _memory(sheet, columns, width, small)


def _norm(sheet, place):
    """The layer norm at the foot of a block (pre-norm)."""
    sheet.block(place, (46, 2 * FOOT), "", PURPLE)
    sheet.label(
        place, "5", color=BLACK, fontweight="bold", fontsize=10, zorder=6
    )


def _word(sheet, column, place, text, colour, **style):
    """Words beside an arrow: where there is no residual path."""
    (x, y), side = place, (-9 if column else 9)
    style["ha"] = "right" if column else "left"
    sheet.label((x + side, y), text, color=colour, **style)


def _arrows(sheet, columns):
    """From block to block, upwards."""
    for column, x in enumerate(columns):
        stops = [
            (y, HALF + 2 * FOOT * (colour in (BLUE, GREEN, ORANGE)))
            for c, y, _, colour, *_ in BLOCKS
            if c == column
        ]
        stops += [(y, 13) for c, y in SUMS if c == column]
        stops.sort(reverse=True)
        for (low, under), (high, over) in zip(stops, stops[1:], strict=False):
            under = min(under, HALF)  # a norm stands at the foot only
            start, end = (x, low - under - 1), (x, high + over + 1)
            sheet.flow(start, end, color=BLACK)


def _residual(sheet, x, y, side):
    """The path around a block, and the sum where it comes back."""
    low = y + 107
    edge = x + (14 if side > 0 else -14)
    way = (x, low), (x + side, low), (x + side, y), (edge, y)
    sheet.flow(*way, color=PURPLE)
    sheet.disc((x, y), "+", PURPLE, 13, fontsize=15)


def _inputs(sheet, columns, small):
    """What goes in at the bottom."""
    texts = "source $X$  $(B, S)$", "target $Y$, shifted  $(B, T)$"
    if sheet.ax.get_xlim()[1] < 400:
        texts = "source $X$\n$(B, S)$", "shifted $Y$\n$(B, T)$"
    for x, text in zip(columns, texts, strict=True):
        tall = 14 if "\n" in text else 0
        sheet.label((x, 856 + tall / 2), text, color=BLACK, **small)
        sheet.flow((x, 845), (x, 825), color=BLACK)


def _memory(sheet, columns, width, small):
    """The encoder's result, read by the decoder."""
    x, between = columns[0], sum(columns) / 2
    end = columns[1] - width / 2 - 1
    way = (x, 295), (x, 272), (between, 272), (between, 458), (end, 458)
    sheet.flow(*way, color=ORANGE, width=2.2)
    text = "memory $(B, S, D)$"
    middle = (x + between) / 2
    if between < 200:
        text, middle = "memory\n$(B, S, D)$", x + 26
    tall = 10 if "\n" in text else 0
    sheet.label((middle, 256 - tall), text, color=ORANGE, **small)
