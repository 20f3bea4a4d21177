"""Plots of pictures, kernels and maps: arrays in, Axes out;
nothing is computed here."""

import matplotlib.pyplot as plt
import numpy as np

from byhand.plots.style import BLACK, BLUE, GREY, ORANGE


def draw_cells(
    ax, numbers, at=(0, 0), small=None, window=None, color=BLACK, size=14
):
    """Draw a matrix as a grid of numbered cells of width 1,
    its upper left corner at `at` (x, y).

    Arguments: numbers (rows, columns), NaN for an empty cell; small:
    {(row, column): text} in a corner of the cell; window: (top, left,
    height, width) of an outlined part; color of that outline and of `small`.
    """
    left, top = at
    for (i, j), number in np.ndenumerate(np.asarray(numbers, float)):
        x, y = left + j, top + i
        ax.add_patch(
            plt.Rectangle((x, y), 1, 1, facecolor="white", edgecolor=GREY, lw=1)
        )
        if not np.isnan(number):
            lift = 0.42 if small and (i, j) in small else 0.5
            ax.text(
                x + 0.5,
                y + lift,
                f"{number:g}",
                ha="center",
                va="center",
                fontsize=size,
            )
        if small and (i, j) in small:
            ax.text(
                x + 0.94,
                y + 0.96,
                small[i, j],
                ha="right",
                va="bottom",
                fontsize=10,
                color=color,
            )
    if window is not None:
        i, j, height, width = window
        place, style = (
            (left + j, top + i),
            {"facecolor": "none", "edgecolor": color, "lw": 3, "zorder": 4},
        )
        ax.add_patch(plt.Rectangle(place, width, height, **style))
    return ax


def draw_slide(axs, picture, kernel, output, stride=1):
    """Draw a frame for each place of the kernel: its window,
    and the output as far as it is known."""
    kH, kW = kernel.shape
    corner = {(u, v): f"×{kernel[u, v]:g}" for u, v in np.ndindex(kH, kW)}
    for k, (ax, (i, j)) in enumerate(
        zip(np.ravel(axs), np.ndindex(output.shape), strict=True)
    ):
        top, left = i * stride, j * stride
        small = {(top + u, left + v): text for (u, v), text in corner.items()}
        draw_cells(
            ax, picture, small=small, window=(top, left, kH, kW), color=ORANGE
        )
        known = np.where(
            np.arange(output.size).reshape(output.shape) <= k, output, np.nan
        )
        x, y = picture.shape[1] + 1, (picture.shape[0] - output.shape[0]) / 2
        draw_cells(ax, known, at=(x, y), window=(i, j, 1, 1), color=BLUE)
        ax.set(
            xlim=(-0.1, x + output.shape[1] + 0.6),
            ylim=(picture.shape[0] + 0.1, -0.1),
            aspect="equal",
        )
        ax.axis("off")
    return axs


def draw_matrix(ax, matrix, blank=0.0):
    """Draw a matrix with its numbers in colour;
    entries that equal `blank` stay white and empty."""
    limit = np.abs(matrix).max()
    ax.imshow(matrix, cmap="PuOr_r", vmin=-limit, vmax=limit)
    for (i, j), number in np.ndenumerate(matrix):
        if number != blank:
            shade = "white" if abs(number) > 0.6 * limit else BLACK
            ax.text(
                j,
                i,
                f"{number:g}",
                ha="center",
                va="center",
                fontsize=11,
                color=shade,
            )
    ax.set(xticks=np.arange(matrix.shape[1]), yticks=np.arange(matrix.shape[0]))
    ax.set_xticks(np.arange(matrix.shape[1] + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(matrix.shape[0] + 1) - 0.5, minor=True)
    ax.grid(which="minor", color=GREY, lw=0.5)
    ax.tick_params(which="minor", length=0)
    return ax


def draw_stack(ax, x, maps, size, scale, name, below, color):
    """Draw `maps` square maps of `size` pixels behind each other, from `x` on;
    return where they end."""
    side, back = size * scale, 0.09
    shown = min(maps, 6)
    for k in reversed(range(shown)):
        place = (x + k * back, -side / 2 + k * back)
        ax.add_patch(
            plt.Rectangle(
                place, side, side, facecolor="white", edgecolor=color, lw=1.5
            )
        )
    ax.text(
        x + side / 2,
        side / 2 + shown * back + 0.1,
        name,
        ha="center",
        va="bottom",
        fontsize=11,
    )
    ax.text(
        x + side / 2,
        -side / 2 - 0.1,
        below,
        ha="center",
        va="top",
        color=color,
        fontsize=11,
    )
    return x + side + shown * back


def draw_bar(ax, x, units, scale, name, below, color):
    """Draw a dense layer as an upright bar; return where it ends."""
    height = units * scale
    ax.add_patch(
        plt.Rectangle(
            (x, -height / 2), 0.16, height, facecolor=color, edgecolor=color
        )
    )
    ax.text(
        x + 0.08, height / 2 + 0.1, name, ha="center", va="bottom", fontsize=11
    )
    ax.text(
        x + 0.08,
        -height / 2 - 0.1,
        below,
        ha="center",
        va="top",
        color=color,
        fontsize=11,
    )
    return x + 0.16


def draw_runs(ax, x, runs, color):
    """A line through the means of several runs (runs, len(x)),
    and a dot for each single run."""
    runs = np.asarray(runs)
    ax.plot(x, runs.mean(axis=0), color=color)
    ax.plot(
        np.broadcast_to(x, runs.shape).T,
        runs.T,
        "o",
        ms=4,
        color=color,
        alpha=0.7,
    )
    return ax
