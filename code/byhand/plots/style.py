"""The book's colours and style, and the drawings that every chapter may use."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager

# Okabe & Ito's palette (2008), told apart by colour-blind readers too; each
# meaning has one colour.
BLUE, ORANGE, GREEN, RED, PURPLE, SKY, BLACK, GREY = (
    "#0072B2", "#D55E00", "#009E73", "#B2182B", "#CC79A7", "#56B4E9", "#222222", "#767676",
)  # fmt: skip
PLUS, MINUS = ORANGE, BLUE  # the classes +1 and -1, everywhere


def use_book_style():
    """Set Matplotlib's style for the book: its own font, sizes for a phone,
    light paper, direct colours."""
    mpl.rcdefaults()
    known = {font.name for font in font_manager.fontManager.ttflist}
    for file in sorted((Path(__file__).parent / "fonts").glob("*.ttf")):
        if "Byhand Sans" not in known:
            font_manager.fontManager.addfont(file)
    mpl.rcParams.update(
        {
            "figure.figsize": (6.4, 3.6),
            "figure.facecolor": "white",
            "figure.constrained_layout.use": True,
            "font.family": ["Byhand Sans", "DejaVu Sans"],
            "mathtext.fontset": "cm",  # the letters of the page's formulas
            "font.size": 13,
            "axes.titlesize": 13,
            "axes.titlelocation": "left",
            "axes.edgecolor": GREY,
            "axes.labelcolor": BLACK,
            "text.color": BLACK,
            "xtick.color": GREY,
            "ytick.color": GREY,
            "xtick.labelcolor": BLACK,
            "ytick.labelcolor": BLACK,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": mpl.cycler(
                color=[BLUE, ORANGE, GREEN, PURPLE, SKY, BLACK]
            ),
            "lines.linewidth": 2,
            "legend.frameon": False,
            "image.cmap": "gray_r",
        }
    )


def label_line(ax, x, y, text, color, **kwargs):
    """Write `text` beside a curve, in the curve's colour:
    a direct label instead of a legend."""
    ax.text(x, y, text, color=color, **{"va": "center", **kwargs})
    return ax


def apart(heights, gap):
    """Rising heights of labels, each at least `gap` above the one before and
    as near to its own height as that allows from below."""
    placed = []
    for height in heights:
        placed.append(max(height, placed[-1] + gap) if placed else height)
    return placed


def point_out(ax, text, point, place, color):
    """Write `text` at `place` (data coordinates) and join it to `point` with a
    thin line."""
    ax.annotate(
        text,
        point,
        place,
        color=color,
        arrowprops={"arrowstyle": "-", "color": color},
    )
    return ax


def arrow(ax, start, end, color=GREY, width=1.8, **style):
    """Draw an arrow from `start` to `end`, in data coordinates;
    `style` as in Matplotlib's arrowprops."""
    style = {
        "arrowstyle": "->",
        "lw": width,
        "color": color,
        "shrinkA": 0,
        "shrinkB": 0,
    } | style
    ax.annotate("", end, start, arrowprops=style)
    return ax


def ring(ax, point, size):
    """Put a ring of area `size` (points squared) around a point (2,)."""
    ax.scatter(
        *point, s=size, facecolor="none", edgecolor=BLACK, linewidth=2, zorder=4
    )
    return ax


def draw_points(ax, X, y, names=("class -1", "class +1"), size=60):
    """Scatter points X (B, 2) with labels y (B,): -1 as blue discs,
    +1 as orange squares."""
    for label, name, colour, marker in (
        (-1, names[0], MINUS, "o"),
        (1, names[1], PLUS, "s"),
    ):
        chosen = X[y == label]
        ax.scatter(
            *chosen.T,
            s=size,
            color=colour,
            marker=marker,
            label=name,
            edgecolor="white",
            zorder=3,
        )
    return ax


def draw_boundary(ax, w, b, low, high, shade=True):
    """Draw the line w.x + b = 0 in the square [low, high]^2,
    the firing side shaded, w as an arrow.

    While w = 0 there is no line: a sentence says whether the neuron always
    fires or never.
    """
    ax.set(xlim=(low, high), ylim=(low, high), aspect="equal")
    length = np.hypot(*w)
    if length == 0:
        ax.text(
            0.5,
            0.04,
            f"no line: {'always' if b > 0 else 'never'} fires",
            color=GREY,
            ha="center",
            transform=ax.transAxes,
        )
        return ax
    grid = np.linspace(low, high, 201)
    z = w[0] * grid[None, :] + w[1] * grid[:, None] + b
    ax.contour(grid, grid, z, levels=[0], colors=[BLACK], linewidths=2)
    if shade:
        ax.contourf(
            grid, grid, z, levels=[0, np.inf], colors=[PLUS], alpha=0.12
        )
    # the point of the line that is nearest to the origin
    foot = -b * w / length**2
    tip = foot + w / length * (high - low) / 7
    ax.annotate(
        "",
        tip,
        foot,
        arrowprops={"arrowstyle": "->", "lw": 2, "color": BLACK},
        annotation_clip=True,
    )
    return ax


def draw_pictures(axs, pictures, titles=None, cmap="gray_r", limit=None):
    """Draw pictures (K, height, width) in K axes, without ticks;
    `limit` fixes the colour scale."""
    low = None if limit is None else -limit
    for k, (ax, picture) in enumerate(
        zip(np.ravel(axs), pictures, strict=True)
    ):
        image = ax.imshow(picture, cmap=cmap, vmin=low, vmax=limit)
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
        if titles is not None:
            ax.set_title(titles[k], fontsize=11)
    return image
