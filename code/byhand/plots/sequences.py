"""Plots of sequences and recurrent networks: arrays in, Axes out;
nothing is computed here."""

from matplotlib.patches import FancyBboxPatch

from byhand.plots.seq2seq import draw_encoder_decoder
from byhand.plots.style import BLUE, GREEN, GREY, ORANGE, arrow

__all__ = ["draw_encoder_decoder"]  # and what stands below


def draw_unrolled(ax, inputs, states, outputs, start="0"):
    """Draw a recurrent network step by step: inputs below,
    states in a row, outputs above.

    Arguments: inputs, states, outputs: lists of T texts;
    None leaves an input or output out.
    """
    _box(ax, 0, 1.5, start, GREY)
    for t, state in enumerate(states, start=1):
        x = 2.0 * t
        arrow(ax, (x - 1.4, 1.5), (x - 0.6, 1.5), GREEN)
        _box(ax, x, 1.5, state, GREEN)
        if inputs[t - 1] is not None:
            _box(ax, x, 0, inputs[t - 1], BLUE)
            arrow(ax, (x, 0.4), (x, 1.1), BLUE)
        if outputs[t - 1] is not None:
            _box(ax, x, 3, outputs[t - 1], ORANGE)
            arrow(ax, (x, 1.9), (x, 2.6), ORANGE)
    ax.set(xlim=(-0.8, 2 * len(states) + 0.8), ylim=(-0.6, 3.6))
    ax.axis("off")
    return ax


def draw_loop(ax, names=("$x_t$", "$h_t$", "$y_t$")):
    """Draw one recurrent layer with its arrow back to itself."""
    for name, y, color in zip(
        names, (0, 1.5, 3), (BLUE, GREEN, ORANGE), strict=True
    ):
        _box(ax, 0, y, name, color)
    arrow(ax, (0, 0.4), (0, 1.1), BLUE)
    arrow(ax, (0, 1.9), (0, 2.6), ORANGE)
    style = {
        "arrowstyle": "->",
        "lw": 2,
        "color": GREEN,
        "connectionstyle": "arc3,rad=-1.4",
    }
    ax.annotate("", (0.62, 1.3), (0.62, 1.7), arrowprops=style)
    ax.set(xlim=(-0.9, 1.6), ylim=(-0.6, 3.6))
    ax.axis("off")
    return ax


def draw_runs(ax, x, runs, color, marker="o"):
    """A line through the means of several runs (runs, len(x)),
    and a pale dot for each single run."""
    mean = [sum(column) / len(column) for column in zip(*runs, strict=True)]
    ax.plot(x, mean, color=color, marker=marker, ms=5)
    for run in runs:
        ax.plot(x, run, ".", color=color, alpha=0.4)
    return ax


def _box(ax, x, y, text, color):
    shape = "round,pad=0.1,rounding_size=0.15"
    style = {
        "boxstyle": shape,
        "facecolor": "white",
        "edgecolor": color,
        "lw": 2,
    }
    ax.add_patch(FancyBboxPatch((x - 0.5, y - 0.3), 1.0, 0.6, **style))
    ax.text(x, y, text, ha="center", va="center", fontsize=11)
