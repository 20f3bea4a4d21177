"""Drawings of the GRU: from the LSTM in three steps, and one step with its
numbers (chapter 11)."""

import matplotlib.pyplot as plt

from byhand.plots.diagram import PHONE, Sheet
from byhand.plots.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, RED

PANEL = (315, 268)  # pixels of one stage
STAGES = [
    "LSTM: $c = f\\,c_{prev} + i\\,g$",
    "1. One gate: $c = z\\,c_{prev} + (1 - z)\\,g$",
    "2. One state: $h = z\\,h_{prev} + (1 - z)\\,n$",
    "3. Reset gate: $n$ sees $h_{prev}$ through $r$",
]


def draw_from_lstm():
    """The LSTM and the three steps from it to the GRU, two by two; on phones
    one below the other. Returns a figure."""
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
    sheet = Sheet(ax, width, h * len(STAGES) // columns - 8)
    for k, text in enumerate(STAGES):
        _stage(sheet, k % columns * (w + 8) + 8, k // columns * h, k, text)
    return fig


class _Panel:
    """A part of a sheet that begins at (x, y), with a small vocabulary."""

    def __init__(self, sheet, x, y):
        self.sheet, self.x, self.y = sheet, x, y

    def at(self, u, v):
        return self.x + u, self.y + v

    def flow(self, *points, color=BLACK, **style):
        points = (self.at(*point) for point in points)
        self.sheet.flow(*points, color=color, **style)

    def gate(self, place, name, colour=BLACK):
        self.sheet.block(self.at(*place), (34, 30), name, colour, fontsize=14)

    def node(self, place, sign, colour=BLACK):
        self.sheet.disc(self.at(*place), sign, colour, 12, fontsize=15)

    def name(self, place, words, colour=BLACK, **style):
        style = {"fontsize": 14} | style
        self.sheet.label(self.at(*place), words, color=colour, **style)


def _stage(sheet, x, y, k, text):
    """Stage k at (x, y): what is new in colour, the rest in black."""
    panel = _Panel(sheet, x, y)
    first, second, third = (
        colour if k == step else BLACK
        for step, colour in ((1, GREEN), (2, PURPLE), (3, BLUE))
    )
    panel.name((4, 16), text, ha="left", fontsize=13)
    state = "h" if k > 1 else "c"
    panel.name((14, 58), f"${state}_{{prev}}$", second)
    panel.name((296, 58), f"${state}$", second)
    for start, end in ((0, 72), (96, 162), (186, 306)):
        panel.flow((start, 78), (end, 78), color=second, width=2.6)
    panel.node((84, 78), "×", first)
    panel.node((174, 78), "+")
    panel.node((174, 136), "×", first)
    panel.flow((174, 123), (174, 91))
    panel.gate((174, 190), "$n$" if k > 1 else "$g$")
    panel.flow((174, 174), (174, 149))
    panel.flow((236, 190), (192, 190))
    panel.name((246, 190), "$x$")
    _gates(panel, k, first)
    if k < 2:
        _output(panel)
    elif k == 2:
        panel.flow((24, 78), (24, 190), (156, 190), color=second)
    else:
        panel.flow((24, 78), (24, 190), (71, 190))
        panel.flow((97, 190), (156, 190))
        panel.node((84, 190), "×", third)
        panel.gate((84, 240), "$r$", third)
        panel.flow((84, 224), (84, 203), color=third)


def _gates(panel, k, colour):
    """Two gates for keeping and writing, or one."""
    if k == 0:
        panel.gate((84, 136), "$f$")
        panel.flow((84, 120), (84, 91))
        panel.gate((130, 136), "$i$")
        panel.flow((148, 136), (161, 136))
    else:
        panel.gate((124, 136), "$z$", colour)
        panel.flow((106, 136), (84, 136), (84, 91), color=colour)
        panel.flow((142, 136), (161, 136), color=colour)
        panel.name((180, 111), "$1 - z$", colour, ha="left")


def _output(panel):
    """The output gate, and the old output on its way to the candidate."""
    panel.node((232, 136), "×")
    panel.gate((282, 136), "$o$")
    panel.flow((232, 80), (232, 123))
    panel.name((239, 102), "tanh", ha="left", fontsize=12)
    panel.flow((264, 136), (245, 136))
    panel.flow((232, 149), (232, 172))
    panel.name((250, 163), "$h$")
    panel.flow((20, 190), (156, 190))
    panel.name((20, 172), "$h_{prev}$")


def draw_step(numbers, shares):
    """One step with the numbers on their way forward and the gradients on
    their way back.

    Arguments: numbers: {"h_prev", "z", "r", "q", "n", "h": (forward,
    backward)}. shares: {"straight", "z", "q", "r"}: the gradient that reaches
    h_prev on each path. Returns a figure.
    """
    fig, ax = plt.subplots()
    sheet = Sheet(ax, 520, 372)
    places = {
        "h_prev": (44, 70), "z": (266, 156), "r": (222, 334), "q": (152, 246),
        "n": (374, 246), "h": (476, 70),
    }  # fmt: skip
    colours = {"z": GREEN, "r": BLUE, "n": PURPLE, "q": ORANGE}
    for name, place in places.items():
        label = "$h_{prev}$" if name == "h_prev" else f"${name}$"
        _number(sheet, place, label, numbers[name], colours.get(name, BLACK))
    for place, sign in (
        ((266, 70), "×"), ((374, 70), "+"), ((374, 156), "×"), ((222, 246), "×"),
    ):  # fmt: skip
        sheet.disc(place, sign, BLACK, 12, fontsize=15)
    for points in (
        [(76, 70), (253, 70)], [(279, 70), (361, 70)], [(387, 70), (444, 70)],
        [(266, 126), (266, 83)], [(298, 156), (361, 156)],
        [(374, 216), (374, 169)], [(374, 143), (374, 83)],
        [(184, 246), (209, 246)], [(235, 246), (342, 246)],
        [(222, 304), (222, 259)], [(44, 100), (44, 156), (234, 156)],
        [(44, 140), (44, 246), (120, 246)], [(44, 230), (44, 334), (190, 334)],
    ):  # fmt: skip
        sheet.flow(*points, color=BLACK)
    sheet.label((330, 142), "$1 - z$", color=BLACK, fontsize=12)
    for place, share in (
        ((150, 56), "straight"), ((150, 142), "z"), ((82, 232), "q"),
        ((110, 320), "r"),
    ):  # fmt: skip
        words = f"{shares[share]:+.4f}"
        sheet.label(place, words, color=RED, fontsize=12)
    return fig


def _number(sheet, place, label, pair, colour):
    """A block with a name, its value and its gradient."""
    x, y = place
    sheet.block(place, (64, 66), "", colour)
    for dy, text, ink in (
        (-18, label, BLACK),
        (0, f"{pair[0]:.3f}", BLUE),
        (18, f"{pair[1]:+.4f}", RED),
    ):
        sheet.label((x, y + dy), text, color=ink, zorder=6, fontsize=11)
