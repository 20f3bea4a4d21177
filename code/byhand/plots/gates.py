"""Drawings of gated cells (chapters 10 and 11)."""

import matplotlib.pyplot as plt

from byhand.plots.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, arrow

LSTM_LABELS = [  # x, y, text, colour
    (2.95, 2.0, "input gate $i = \\sigma(z_i)$", BLUE),
    (2.95, 5.8, "output gate $o = \\sigma(z_o)$", ORANGE),
    (8.9, 4.1, "forget gate\n$f = \\sigma(z_f)$", GREEN),
    (5, 0.15, "candidate $g = \\tanh(z_g)$", PURPLE),
    (5.6, 2.42, "$+\\; i\\, g$", BLACK),
    (6.3, 2.1, "$f\\, c_{prev}$", GREEN),
    (5.6, 4.35, "tanh", GREY),
    (5, 6.9, "output $h = o\\;\\tanh(c)$", BLACK),
    (3.5, 3.4, "memory", BLACK),
]
GRU_LABELS = [  # x, y, text, colour, where the text hangs
    (0.2, 4.35, "$h_{prev}$", BLACK, "bottom"),
    (10.0, 4.35, "$h$", BLACK, "bottom"),
    (5.2, 5.3, "update gate $z$", GREEN, "bottom"),
    (8.2, 0.85, "$1 - z$", GREEN, "top"),
    (2.2, 0.85, "reset gate $r$", BLUE, "top"),
    (5.2, 0.85, "input $x$", PURPLE, "top"),
]


def draw_lstm_cell(ax):
    """The cell as four inputs and one output: candidate, input,
    forget and output gate around a memory."""
    ax.set(xlim=(-0.3, 10.3), ylim=(-0.2, 7.6), aspect="equal")
    ax.axis("off")
    for x, y, text, colour in [
        (5, 3.4, "$c$", BLACK),
        (5, 1.5, "$\\times$", BLUE),
        (5, 5.3, "$\\times$", ORANGE),
    ]:
        _node(ax, x, y, text, colour, 0.5)
    _node(ax, 7.2, 3.4, "$\\times$", GREEN, 0.4)
    arrow(ax, (5, 0.45), (5, 0.95), BLACK)
    arrow(ax, (5, 2.05), (5, 2.85), BLACK)
    arrow(ax, (5, 3.95), (5, 4.75), BLACK)
    arrow(ax, (5, 5.85), (5, 6.6), BLACK)
    # the loop: out of the cell, through the gate, back
    _bend(ax, (5.47, 3.65), (6.87, 3.65), -0.45, GREEN)
    _bend(ax, (6.87, 3.15), (5.47, 3.15), -0.45, GREEN)
    arrow(ax, (2.2, 1.5), (4.45, 1.5), BLUE)
    arrow(ax, (2.2, 5.3), (4.45, 5.3), ORANGE)
    arrow(ax, (9.6, 3.4), (7.65, 3.4), GREEN)
    for x, y, text, colour in LSTM_LABELS:
        ax.text(x, y, text, ha="center", va="center", color=colour, fontsize=12)
    return ax


def draw_gru_cell(ax):
    """The cell as a switch: the update gate mixes the old state with the
    candidate that r lets see it."""
    ax.set(xlim=(-0.3, 10.3), ylim=(-0.3, 5.6), aspect="equal")
    ax.axis("off")
    _node(ax, 8.2, 4.2, "$+$", BLACK, 0.4)
    _node(ax, 5.2, 4.2, "$\\times$", GREEN, 0.4)
    _node(ax, 8.2, 2.2, "$\\times$", GREEN, 0.4)
    _node(ax, 2.2, 2.2, "$\\times$", BLUE, 0.4)
    arrow(ax, (0.2, 4.2), (4.75, 4.2), BLACK)
    arrow(ax, (5.65, 4.2), (7.75, 4.2), BLACK)
    arrow(ax, (8.65, 4.2), (10.1, 4.2), BLACK)
    arrow(ax, (8.2, 2.65), (8.2, 3.75), BLACK)
    arrow(ax, (2.2, 4.2), (2.2, 2.65), BLACK)
    arrow(ax, (2.65, 2.2), (4.1, 2.2), BLACK)
    arrow(ax, (6.3, 2.2), (7.75, 2.2), BLACK)
    arrow(ax, (5.2, 5.3), (5.2, 4.65), GREEN)
    arrow(ax, (8.2, 0.9), (8.2, 1.75), GREEN)
    arrow(ax, (2.2, 0.9), (2.2, 1.75), BLUE)
    arrow(ax, (5.2, 0.9), (5.2, 1.75), PURPLE)
    box = {
        "boxstyle": "round,pad=0.35",
        "facecolor": "white",
        "edgecolor": PURPLE,
        "lw": 2,
    }
    ax.text(
        5.2,
        2.2,
        "candidate $n$\n= tanh(...)",
        ha="center",
        va="center",
        fontsize=12,
        bbox=box,
    )
    for x, y, text, colour, va in GRU_LABELS:
        ax.text(x, y, text, ha="center", va=va, color=colour, fontsize=12)
    return ax


def _node(ax, x, y, text, colour, radius):
    ax.add_patch(
        plt.Circle(
            (x, y), radius, facecolor="white", edgecolor=colour, lw=2, zorder=2
        )
    )
    ax.text(x, y, text, ha="center", va="center", zorder=3, fontsize=13)


def _bend(ax, start, end, rad, colour):
    style = {
        "arrowstyle": "->",
        "lw": 1.8,
        "color": colour,
        "connectionstyle": f"arc3,rad={rad}",
    }
    ax.annotate("", end, start, arrowprops=style | {"shrinkA": 0, "shrinkB": 0})
