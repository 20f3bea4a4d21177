"""Drawings of masks: shutters, windows, and one row forward and backward."""

import matplotlib.pyplot as plt
import numpy as np

from byhand.plots.style import BLACK, BLUE, GREY, ORANGE, RED


def draw_shutter(ax, t, s):
    """Close the window of query t and key s in a map."""
    ax.add_patch(
        plt.Rectangle(
            (s - 0.5, t - 0.5), 1, 1, facecolor="none", edgecolor=GREY,
            hatch="////", lw=0.5,
        )
    )  # fmt: skip


def draw_windows(ax, allowed, leak, real, labels):
    """Draw who may look at whom: blue where `allowed` (T, T), orange where
    `leak` is True, hatched where closed; rows that are not `real` in grey."""
    for (t, s), seen in np.ndenumerate(allowed | leak):
        colour = ORANGE if leak[t, s] else BLUE
        if not real[t]:
            ax.add_patch(
                plt.Rectangle(
                    (s - 0.46, t - 0.46), 0.92, 0.92, facecolor="#DDDDDD"
                )
            )
        elif seen:
            ax.add_patch(
                plt.Rectangle(
                    (s - 0.46, t - 0.46), 0.92, 0.92, facecolor=colour
                )
            )
        else:
            draw_shutter(ax, t, s)
    T, S = allowed.shape
    ax.set(xlim=(-0.6, S - 0.4), ylim=(T - 0.4, -0.6), aspect="equal")
    ax.set_xticks(range(S), labels, rotation=90)
    ax.set_yticks(range(T), labels)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return ax


def draw_row_backward(ax, counts, mask, da):
    """Draw one row of a masked softmax: e^score and weight of each key
    upwards, the gradients of weight and score downwards."""
    u = np.where(mask, counts, 0)
    a = u / u.sum()
    dE = a * (da - (da * a).sum())
    last = len(counts) - 1
    for s, count in enumerate(counts):
        x, seen = 2.4 * s, bool(mask[s])
        _box(ax, x, 0, f"ln {count:g}", seen)
        _box(ax, x, 2.1, f"{a[s]:.2f}", seen)
        _arrow(ax, x - 0.35, 0.45, 1.66, BLUE, seen)
        _arrow(ax, x + 0.35, 1.66, 0.45, ORANGE, seen)
        _arrow(ax, x, 3.3, 2.55, ORANGE)
        if not seen:
            bar = plt.Rectangle(
                (x - 0.9, 0.9), 1.8, 0.32, facecolor="white", edgecolor=RED,
                hatch="////", lw=1.2, zorder=3,
            )  # fmt: skip
            ax.add_patch(bar)
        _word(ax, x, 3.6, f"{da[s]:g}", ORANGE)
        _word(ax, x, -0.85, f"{dE[s]:.2f}", ORANGE)
        _word(ax, x, -1.65, "pad" if s == last else f"w{s}", GREY)
    for text, y in (("$a$", 2.1), ("$E$", 0)):
        _word(ax, -1.6, y, text)
    for text, y in (("d$a$", 3.6), ("d$E$", -0.85)):
        _word(ax, -1.6, y, text, ORANGE)
    ax.set(xlim=(-2.2, 2.4 * last + 1.1), ylim=(-2.1, 4.1))
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    return ax


def _word(ax, x, y, text, colour=BLACK):
    ax.text(x, y, text, color=colour, ha="center", va="center")


def _box(ax, x, y, text, seen):
    edge = BLACK if seen else GREY
    ax.add_patch(
        plt.Rectangle(
            (x - 0.85, y - 0.42), 1.7, 0.84, facecolor="white", edgecolor=edge
        )
    )
    _word(ax, x, y, text)


def _arrow(ax, x, start, end, colour, seen=True):
    style = {"arrowstyle": "->", "lw": 2, "color": colour if seen else GREY}
    style["ls"] = "-" if seen else ":"
    ax.annotate("", (x, end), (x, start), arrowprops=style)
