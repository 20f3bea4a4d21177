"""Plots of attention: maps of weights, one query step by step,
heads side by side, masks."""

import matplotlib.pyplot as plt
import numpy as np

from byhand.plots.heads import draw_heads
from byhand.plots.style import BLACK, GREEN, GREY, ORANGE, SKY

__all__ = ["draw_heads"]  # and what stands below


def draw_map(
    ax, weights, rows=None, columns=None, limit=1.0, numbers=None, size=11
):
    """Draw weights (T, S) as a map, dark = large, from 0 to `limit`;
    row = query, column = key.

    Arguments: rows, columns: labels; numbers:
    a format such as ".2f" to write into the cells, or None. NaN stays orange
    and reads NaN. Returns the image, for a colour bar.
    """
    image = ax.imshow(
        np.where(np.isnan(weights), 0, weights),
        cmap="Blues",
        vmin=0,
        vmax=limit,
        aspect="auto",
    )
    for (t, s), number in np.ndenumerate(weights):
        if np.isnan(number):
            ax.add_patch(
                plt.Rectangle(
                    (s - 0.5, t - 0.5),
                    1,
                    1,
                    facecolor=ORANGE,
                    edgecolor="white",
                )
            )
        if numbers is not None:
            text = "NaN" if np.isnan(number) else f"{number:{numbers}}"
            dark = np.isnan(number) or number > 0.6 * limit
            ax.text(
                s,
                t,
                text,
                ha="center",
                va="center",
                fontsize=size,
                color="white" if dark else BLACK,
            )
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    ax.set_xticks(
        [] if columns is None else range(len(columns)),
        [] if columns is None else columns,
    )
    ax.set_yticks(
        [] if rows is None else range(len(rows)), [] if rows is None else rows
    )
    return image


def draw_mask(ax, mask, rows=None, columns=None):
    """Draw a boolean mask (T, S): blue where the query of the row may
    look at the key of the column."""
    draw_map(ax, np.where(mask, 0.75, 0.0), rows, columns)
    ax.set_xticks(np.arange(mask.shape[1] + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(mask.shape[0] + 1) - 0.5, minor=True)
    ax.grid(which="minor", color=GREY, lw=0.6)
    ax.tick_params(which="minor", length=0)
    return ax


def draw_query(ax, words, vectors, scores, weights, values, out, t):
    """Draw how token t gets its output: what each key scores,
    the weight it earns, the value it gives.

    Arguments: words (T); vectors (T, D), scores (T,) scaled,
    weights (T,), values (T, dv), out (dv,).
    """
    x = 2.6 * np.arange(len(words))
    top = (x.mean(), 5.55)
    for s, place in enumerate(x):
        _boxed(
            ax,
            place,
            0,
            f"{words[s]}\n{_row(vectors[s])}",
            ORANGE if s == t else BLACK,
        )
        _middle(ax, place, 1.4, f"{scores[s]:g}")
        for width, colour in ((1.8, "#EEEEEE"), (1.8 * weights[s], SKY)):
            ax.add_patch(
                plt.Rectangle(
                    (place - 0.9, 2.28), width, 0.44, facecolor=colour
                )
            )
        _middle(ax, place, 2.5, f"{weights[s]:.2f}")
        _middle(ax, place, 3.8, _row(values[s]), GREEN)
        style = {
            "arrowstyle": "->",
            "lw": 0.8 + 7 * weights[s],
            "color": SKY,
            "shrinkA": 0,
        }
        ax.annotate("", top, (place, 4.1), arrowprops=style)
    _boxed(ax, x.mean(), 5.9, _row(out, ".2f"), ORANGE)
    names = (
        "$x_s$",
        "$q_t \\cdot k_s / \\sqrt{d_k}$",
        "$a_{ts}$",
        "$v_s$",
        "$z_t$",
    )
    for name, height in zip(names, (0, 1.4, 2.5, 3.8, 5.9), strict=True):
        ax.text(
            -1.75,
            height,
            name,
            ha="right",
            va="center",
            fontsize=12,
            color=GREY,
        )
    ax.set(xlim=(-4.6, x[-1] + 1.5), ylim=(-0.8, 6.6))
    ax.axis("off")
    return ax


def _middle(ax, x, y, text, colour=BLACK, **more):
    ax.text(
        x, y, text, ha="center", va="center", fontsize=11, color=colour, **more
    )


def _boxed(ax, x, y, text, edge):
    box = {
        "facecolor": "white",
        "edgecolor": edge,
        "boxstyle": "round,pad=0.35",
        "lw": 1.5,
    }
    _middle(ax, x, y, text, bbox=box)


def _row(numbers, form="g"):
    return "(" + ", ".join(f"{number:{form}}" for number in numbers) + ")"


def draw_runs(ax, x, runs, colour, names=None):
    """Draw several runs (K, len(x)) as dots and their mean as a line."""
    runs = np.asarray(runs)
    for run in runs:
        ax.plot(x, run, "o", color=colour, ms=5, alpha=0.6)
    ax.plot(x, runs.mean(axis=0), color=colour)
    if names is not None:
        ax.set_xticks(x, names)
    return ax
