"""Drawings of the LSTM: its cell one gate at a time, and one step with its
numbers (chapter 10)."""

import matplotlib.pyplot as plt

from byhand.plots.diagram import PHONE, Sheet
from byhand.plots.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, RED

PANEL = (315, 222)  # pixels of one stage
STAGES = [
    "1. The belt: $c = c_{prev}$",
    "2. Forget gate: $c = f\\,c_{prev}$",
    "3. Input gate: $c = f\\,c_{prev} + i\\,g$",
    "4. Output gate: $h = o\\,\\tanh(c)$",
]


def draw_stages():
    """The cell in four stages, two by two; on phones one below the other.

    Returns a figure.
    """
    fig = _stages(2)

    def upright():
        form = _stages(1)
        plt.close(form)
        return form

    fig.upright = upright
    return fig


def _stages(columns):
    w, h = PANEL
    fig, ax = plt.subplots()
    width = PHONE if columns == 1 else 640
    sheet = Sheet(ax, width, h * len(STAGES) // columns + 4)
    for k, text in enumerate(STAGES):
        _stage(sheet, k % columns * (w + 8) + 8, k // columns * h, k, text)
    return fig


def _stage(sheet, x, y, k, text):
    """Stage k at (x, y): its new part in colour, the older ones in black."""

    def at(u, v):
        return x + u, y + v

    def gate(place, name, colour):
        sheet.block(at(*place), (34, 30), name, colour, fontsize=14)

    new = [BLUE, GREEN, PURPLE, ORANGE][k]
    colour = [new if k == stage else BLACK for stage in range(4)]
    sheet.label(at(4, 16), text, ha="left", color=BLACK, fontsize=13)
    stops = [0, *([60] if k > 0 else []), *([150] if k > 1 else []), 300]
    for n, (start, end) in enumerate(zip(stops, stops[1:], strict=False)):
        left = start + (12 if n else 0)
        right = end - (12 if end < 300 else 0)
        sheet.flow(at(left, 78), at(right, 78), color=colour[0], width=2.6)
    sheet.label(at(12, 60), "$c_{prev}$", color=BLACK, fontsize=14)
    sheet.label(at(288, 60), "$c$", color=BLACK, fontsize=14)
    if k > 0:
        sheet.disc(at(60, 78), "×", colour[1], 12, fontsize=15)
        gate((60, 136), "$f$", colour[1])
        sheet.flow(at(60, 120), at(60, 91), color=colour[1])
    if k > 1:
        sheet.disc(at(150, 78), "+", colour[2], 12, fontsize=15)
        sheet.disc(at(150, 136), "×", colour[2], 12, fontsize=15)
        gate((108, 136), "$i$", colour[2])
        gate((150, 190), "$g$", colour[2])
        sheet.flow(at(126, 136), at(137, 136), color=colour[2])
        sheet.flow(at(150, 174), at(150, 149), color=colour[2])
        sheet.flow(at(150, 123), at(150, 91), color=colour[2])
    if k > 2:
        sheet.disc(at(222, 136), "×", colour[3], 12, fontsize=15)
        gate((270, 136), "$o$", colour[3])
        sheet.flow(at(222, 80), at(222, 123), color=colour[3])
        sheet.label(at(230, 102), "tanh", ha="left", color=BLACK)
        sheet.flow(at(252, 136), at(235, 136), color=colour[3])
        sheet.flow(at(222, 149), at(222, 190), color=colour[3])
        sheet.label(at(236, 184), "$h$", color=BLACK, fontsize=14)


def draw_step(numbers):
    """One step with the numbers on their way forward and the gradients on their
    way back.

    numbers: {"c_prev", "f", "i", "g", "o", "c", "h": (forward, backward)},
    "belt" and "window" with the two gradients that meet at c. Returns a figure.
    """
    fig, ax = plt.subplots()
    sheet = Sheet(ax, 460, 292)
    places = {
        "c_prev": (40, 78), "f": (106, 168), "i": (178, 158), "g": (242, 250),
        "o": (414, 158), "c": (332, 78), "h": (332, 250),
    }  # fmt: skip
    colours = {"f": GREEN, "i": BLUE, "g": PURPLE, "o": ORANGE}
    for name, place in places.items():
        label = "$c_{prev}$" if name == "c_prev" else f"${name}$"
        _number(sheet, place, label, numbers[name], colours.get(name, BLACK))
    for place, sign in (((106, 78), "×"), ((242, 158), "×"), ((332, 158), "×")):
        sheet.disc(place, sign, BLACK, 12, fontsize=15)
    sheet.disc((242, 78), "+", BLACK, 12, fontsize=15)
    for start, end in [
        ((72, 78), (93, 78)), ((119, 78), (229, 78)), ((255, 78), (299, 78)),
        ((365, 78), (452, 78)), ((106, 139), (106, 91)), ((210, 158), (229, 158)),
        ((242, 221), (242, 171)), ((242, 145), (242, 91)), ((382, 158), (345, 158)),
        ((332, 107), (332, 145)), ((332, 171), (332, 221)),
    ]:  # fmt: skip
        sheet.flow(start, end, color=BLACK)
    red = {"color": RED, "fontsize": 12}
    sheet.label((412, 96), f"{numbers['belt']:+.3f}", **red)
    sheet.label((412, 60), "to step $t + 1$", color=BLACK, fontsize=11)
    sheet.label((322, 122), f"{numbers['window']:+.3f}", ha="right", **red)
    sheet.label((40, 28), "from $t - 1$", color=BLACK, fontsize=11)
    return fig


def _number(sheet, place, label, pair, colour):
    x, y = place
    sheet.block(place, (62, 58), "", colour)
    for dy, text, ink in (
        (-18, label, BLACK),
        (0, f"{pair[0]:.3f}", BLUE),
        (17, f"{pair[1]:+.3f}", RED),
    ):
        sheet.label((x, y + dy), text, color=ink, zorder=6, fontsize=12)
