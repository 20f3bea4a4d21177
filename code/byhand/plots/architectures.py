"""Drawings of networks: a box for each layer, as high as its maps and as wide as
it has channels."""

from matplotlib.patches import FancyArrowPatch, Rectangle

from byhand.plots.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE

COLOURS = {
    "conv": (BLUE,),
    "dense": (ORANGE,),
    "inception": (BLUE, GREEN, PURPLE, GREY),  # 1x1, 3x3, 5x5, pooled
}


def draw_network(ax, layers, y, title, unit=0.1, high=0.4, gap=3.0):
    """Draw one network along the line `y`, in pixels of the page.

    Arguments: layers: (kind, parts, size, first) each: kind of `COLOURS`;
    parts: channels, by branch; size: the height of its maps; first: index of
    the layer whose input skips to this one's end, or None. unit, high: pixels
    for one channel, and for one row of a map.
    """
    x, starts = 0.0, []
    for kind, parts, size, first in layers:
        height = max(high * size, 4)
        starts.append(x)
        bottom = y - height / 2
        for colour, channels in zip(COLOURS[kind], parts, strict=False):
            width = 9 if kind == "dense" else max(unit * channels, 2)
            shape = {"fc": (colour, 0.35), "ec": colour, "lw": 0.8}
            ax.add_patch(Rectangle((x, bottom), width, height, **shape))
            x += width
        if first is not None:
            ends = (starts[first] - gap / 2, y), (x + gap / 2, y)
            bend = "arc3,rad=-0.55"
            arc = FancyArrowPatch(
                *ends,
                connectionstyle=bend,
                color=ORANGE,
                lw=1.3,
                arrowstyle="-",
            )
            ax.add_patch(arc)
        x += gap
    ax.text(0, y + 60, title, color=BLACK, va="bottom")
    return x
