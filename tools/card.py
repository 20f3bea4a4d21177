"""Draw the book's signs: `_static/logo.svg` (the sidebar) and `_static/card.png`, the picture that
stands beside a link to the book where one is shared.

python tools/card.py
"""

import pathlib

import matplotlib as mpl

mpl.use("agg")
import matplotlib.pyplot as plt

STATIC = pathlib.Path(__file__).parents[1] / "_static"
BLUE, ORANGE, GROUND, INK = "#0072b2", "#d55e00", "#ffffff", "#1c2733"
CAUSAL = ((1.0,), (0.35, 0.8), (0.2, 0.9, 0.3), (0.75, 0.25, 0.4, 0.6))  # rows of attention


def shapes():
    """The sign in a box of 72 by 32: three inputs, one neuron, a causal map of attention.
    Yields ("line", x1, y1, x2, y2), ("circle", x, y, r, colour), ("square", x, y, side, shade)."""
    yield from (("line", 5, y, 22, 16) for y in (6, 16, 26))
    for row in range(4):
        yield "line", 22, 16, 40.5, 5 + 7.4 * row
    yield from (("circle", 5, y, 3.2, ORANGE) for y in (6, 16, 26))
    yield "circle", 22, 16, 6.5, BLUE
    for row, weights in enumerate(CAUSAL):
        for column, weight in enumerate(weights):
            yield "square", 42 + 7.4 * column, 2 + 7.4 * row, 6.2, weight


def svg():
    parts = {"line": [], "circle": [], "square": []}
    for kind, *numbers in shapes():
        if kind == "line":
            parts[kind].append("M{:g} {:g} {:g} {:g}".format(*numbers))
        elif kind == "circle":
            parts[kind].append('<circle cx="{:g}" cy="{:g}" r="{:g}" fill="{}"/>'.format(*numbers))
        else:
            x, y, side, opacity = numbers
            parts[kind].append(
                f'<rect x="{x:g}" y="{y:g}" width="{side:g}" height="{side:g}" rx="1" '
                f'fill="{BLUE}" fill-opacity="{opacity:g}"/>'
            )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 32">'
        f'<path d="{"".join(parts["line"])}" stroke="{BLUE}" stroke-width="1.8" fill="none"/>'
        + "".join(parts["circle"] + parts["square"])
        + "</svg>\n"
    )


def card():
    """1200 by 630 pixels, the size that is asked for where links are shared."""
    fig = plt.figure(figsize=(12, 6.3), dpi=100, facecolor=GROUND)
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, 120), ylim=(0, 63))
    ax.axis("off")
    scale, left, top = 1.15, 20, 57
    for kind, *numbers in shapes():
        x, y = left + scale * numbers[0], top - scale * numbers[1]
        if kind == "line":
            ends = [left + scale * numbers[2], top - scale * numbers[3]]
            ax.plot([x, ends[0]], [y, ends[1]], color=BLUE, linewidth=5, zorder=1)
        elif kind == "circle":
            ax.add_patch(plt.Circle((x, y), scale * numbers[2], color=numbers[3], zorder=2))
        else:
            side = scale * numbers[2]
            square = plt.Rectangle((x, y - side), side, side, color=BLUE, alpha=numbers[3])
            ax.add_patch(square)
    ax.text(60, 13.5, "From Neuron to Transformer", size=40, weight="bold", color=INK, ha="center")
    words = "by hand: every layer derived, forward and backward, typed and checked"
    ax.text(60, 7, words, size=21, color=INK, ha="center")
    fig.savefig(STATIC / "card.png", metadata={"Software": None})
    plt.close(fig)


if __name__ == "__main__":
    (STATIC / "logo.svg").write_text(svg(), encoding="utf-8")
    card()
