"""Plots of sequences and recurrent networks: arrays in, Axes out;
nothing is computed here."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyBboxPatch

from byhand.plots.seq2seq import draw_encoder_decoder
from byhand.plots.style import BLACK, BLUE, GREEN, GREY, ORANGE, arrow

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


def draw_by_length(ax, lengths, right, groups, colour, name=None, place=None):
    """Draw the share of right answers (in %) in each group of lengths,
    with one standard error up and down.

    Arguments: lengths (B,), right (B,) booleans, groups: list of (first,
    last). Returns the shares.
    """
    middle, share, error = [], [], []
    for low, high in groups:
        chosen = np.asarray(right)[(lengths >= low) & (lengths <= high)]
        middle.append((low + high) / 2)
        share.append(100 * chosen.mean())
        error.append(
            100 * (chosen.mean() * (1 - chosen.mean()) / len(chosen)) ** 0.5
        )
    ax.errorbar(middle, share, error, color=colour, marker="o", ms=5, capsize=3)
    if name:
        ax.text(*place, name, color=colour, va="center")
    return np.array(share)


def draw_weights(ax, weights, source, target, marks=(), top=1.0):
    """Draw weights (T, S), one row for each written token;
    returns the image, for a colour bar.

    marks: pairs (t, s) to frame.
    """
    image = ax.imshow(weights, cmap="Blues", vmin=0, vmax=top, aspect="auto")
    ax.set_xticks(range(len(source)), list(source))
    ax.set_yticks(range(len(target)), list(target))
    ax.tick_params(length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
    for t, s in marks:
        box = plt.Rectangle(
            (s - 0.5, t - 0.5), 1, 1, facecolor="none", edgecolor=BLACK, lw=1.5
        )
        ax.add_patch(box)
    return image
