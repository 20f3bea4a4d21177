"""Drawings made of blocks and arrows, in pixels of the page, y downwards."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import (
    Circle,
    FancyArrowPatch,
    FancyBboxPatch,
    PathPatch,
)
from matplotlib.path import Path

from byhand.plots.style import BLACK, GREY

PHONE = 340  # width of an upright form


class Sheet:
    """An empty drawing of a figure's only axes, `width` by `height` pixels.

    turned: True for the upright form, where what goes to the right in
    `at(along, across)` goes down.
    """

    def __init__(self, ax, width, height, turned=False):
        self.ax, self.turned = ax, turned
        ax.figure.set_layout_engine("none")
        ax.figure.set_size_inches(width / 100, height / 100)
        ax.set_position([0, 0, 1, 1])
        ax.set(xlim=(0, width), ylim=(height, 0))
        ax.axis("off")

    def at(self, along, across):
        """(x, y) of a place along the flow and across it."""
        return (across, along) if self.turned else (along, across)

    def block(self, place, size, text, colour, link=None, name=None, **style):
        """A rounded block around its middle; `link` leads to what explains it,
        `name` says so to who cannot see it."""
        (x, y), (w, h) = place, size
        fill = 0.06 if colour == BLACK else 0.13
        shape = {"boxstyle": "round,pad=0,rounding_size=8"}
        corner = (x - w / 2, y - h / 2)
        for face, edge, z in (
            ("white", "none", 2),
            ((colour, fill), colour, 3),
        ):
            box = FancyBboxPatch(
                corner, w, h, fc=face, ec=edge, lw=1.6, zorder=z, **shape
            )
            self.ax.add_patch(box)
        self.label(place, text, **{"color": BLACK, "zorder": 5, **style})
        if link:
            cover = FancyBboxPatch(
                corner, w, h, fc=(colour, 0.01), ec="none", zorder=9, **shape
            )
            cover.set_url(link)
            cover.set_gid("link:" + (name or text))
            self.ax.add_patch(cover)

    def disc(self, place, text, colour, radius=16, **style):
        """A round node."""
        disc = Circle(place, radius, fc="white", ec=colour, lw=1.8, zorder=4)
        self.ax.add_patch(disc)
        self.label(place, text, **{"color": BLACK, "zorder": 5, **style})

    def frame(self, corner, size, colour=GREY):
        """A tinted field behind what belongs together."""
        box = FancyBboxPatch(
            corner,
            *size,
            boxstyle="round,pad=0,rounding_size=14",
            fc=(colour, 0.07),
            ec=(colour, 0.35),
            lw=1,
            zorder=0,
        )
        self.ax.add_patch(box)

    def label(self, place, text, **style):
        """Words or a formula, centred unless `style` says otherwise."""
        style = {
            "ha": "center",
            "va": "center",
            "fontsize": 12,
            "linespacing": 1.25,
            "color": GREY,
        } | style
        self.ax.text(*place, text, **style)

    def flow(self, *points, color=GREY, width=1.7, head=True, **style):
        """An arrow through points, its corners rounded."""
        self.ax.add_patch(
            FancyArrowPatch(
                path=rounded(np.array(points, float)),
                arrowstyle="-|>,head_length=7,head_width=3.6" if head else "-",
                mutation_scale=1,
                color=color,
                lw=width,
                joinstyle="miter",
                **{"zorder": 1, **style},
            )
        )

    def ribbon(self, start, end, widths, colour):
        """A band from one place to another that bends along the flow; its
        widths at both ends."""
        (a, b), (c, d) = start, end
        middle = (a + c) / 2
        u, v = widths[0] / 2, widths[1] / 2
        edge = [(a, b - u), (middle, b - u), (middle, d - v), (c, d - v)]
        edge += [(c, d + v), (middle, d + v), (middle, b + u), (a, b + u)]
        codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO]
        path = Path([self.at(*p) for p in edge], codes + [Path.CURVE4] * 3)
        band = PathPatch(path, fc=(colour, 0.3), ec="none", lw=0, zorder=1)
        self.ax.add_patch(band)

    def bar(self, place, length, parts, width=24):
        """A bar across the flow: parts [(colour, alpha)] side by side."""
        a, b = place
        part = length / len(parts)
        for n, colour in enumerate(parts):
            low = b - length / 2 + n * part
            corner, size = self.at(a - width / 2, low), self.at(width, part)
            for face in ("white", colour):
                box = plt.Rectangle(
                    corner, *size, fc=face, ec="white", lw=1.5, zorder=3
                )
                self.ax.add_patch(box)


def rounded(points, radius=9):
    """A path through points (K, 2) with round corners."""
    vertices, codes = [points[0]], [Path.MOVETO]
    for before, corner, after in zip(
        points, points[1:], points[2:], strict=False
    ):
        to, on = corner - before, after - corner
        r = min(radius, np.hypot(*to) / 2, np.hypot(*on) / 2)
        vertices += [
            corner - r * to / np.hypot(*to),
            corner,
            corner + r * on / np.hypot(*on),
        ]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path([*vertices, points[-1]], [*codes, Path.LINETO])


def with_upright(draw, ax, *args):
    """Draw the wide form into `ax`, and let its figure bring the upright one.

    draw(ax, *args, turned): draws one of the two.
    """
    draw(ax, *args, False)

    def upright():
        fig = plt.figure()
        draw(fig.add_subplot(), *args, True)
        plt.close(fig)
        return fig

    ax.figure.upright = upright
    return ax
