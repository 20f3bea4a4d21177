"""Drawings for chapter 23: the values of four actions on a grid, and a cart
with its pole."""

import numpy as np
from matplotlib import colors
from matplotlib.patches import Polygon, Rectangle

from byhand.plots.style import BLACK, BLUE, GREY, ORANGE

SIDES = ((0, -1), (1, 0), (0, 1), (-1, 0))  # up, right, down, left
TINTS = colors.LinearSegmentedColormap.from_list("v", [ORANGE, "white", BLUE])


def draw_values(ax, Q, rows, numbers=True, size=9):
    """Draw Q (S, 4) on a map: in each field four triangles, one for each
    action, and a thick arrow for the best."""
    width = len(rows[0])
    for s, q in enumerate(Q):
        y, x = divmod(s, width)
        sign = rows[y][x]
        if sign in "#+-":
            face = {"#": GREY, "+": BLUE, "-": ORANGE}[sign]
            ax.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, fc=face))
            if sign != "#":
                word = "+1" if sign == "+" else "-1"
                ax.text(
                    x, y, word, ha="center", va="center", color="w", size=14
                )
            continue
        for (dx, dy), value in zip(SIDES, q, strict=True):
            a, b = np.array([dx, dy]) / 2, np.array([-dy, dx]) / 2
            at = np.array([x, y])
            tint = TINTS(0.5 + 0.3 * np.clip(value, -1, 1))
            corners = [at, at + a + b, at + a - b]
            ax.add_patch(Polygon(corners, fc=tint, ec=GREY, lw=0.6))
            if numbers:
                ax.text(
                    *(at + [0.32 * dx, 0.36 * dy]),
                    f"{value:.2f}".replace("0.", "."),
                    ha="center", va="center", size=size, color=BLACK,
                )  # fmt: skip
        if q.max() > q.min():
            dx, dy = SIDES[int(q.argmax())]
            ax.annotate(
                "", (x + 0.2 * dx, y + 0.2 * dy), (x - 0.1 * dx, y - 0.1 * dy),
                arrowprops={"arrowstyle": "-|>", "lw": 2.2, "color": BLACK},
            )  # fmt: skip
    ax.set(xlim=(-0.52, width - 0.48), ylim=(len(rows) - 0.48, -0.52))
    ax.set_aspect("equal")
    ax.set_axis_off()
    return ax


def draw_cart(ax, place, angle, color=BLACK):
    """A cart at `place` whose pole leans by `angle` (radians, right is
    positive)."""
    ax.add_patch(Rectangle((place - 0.3, 0), 0.6, 0.22, fc=color))
    top = place + 1.1 * np.sin(angle), 0.22 + 1.1 * np.cos(angle)
    ax.plot([place, top[0]], [0.22, top[1]], color=ORANGE, lw=4)
    return ax
