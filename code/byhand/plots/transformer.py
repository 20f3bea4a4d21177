"""The assembly drawing of the Transformer (chapter 16)."""

import matplotlib.pyplot as plt

from byhand.plots.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, arrow

BLOCKS = [  # x, y, text, colour, number in the table below the drawing
    (2.2, 1.3, "embedding $\\sqrt{D}\\,E[X]$", GREY, 1),
    (2.2, 2.5, "+ positions $P$", GREY, 2),
    (2.2, 4.5, "self-attention\npadding mask", BLUE, 3),
    (2.2, 6.9, "feed-forward", GREEN, 4),
    (2.2, 9.3, "last norm (pre-norm)", PURPLE, 5),
    (7.4, 1.3, "embedding $\\sqrt{D}\\,E[Y]$", GREY, 1),
    (7.4, 2.5, "+ positions $P$", GREY, 2),
    (7.4, 4.5, "self-attention\ncausal mask", BLUE, 6),
    (7.4, 6.9, "cross-attention\nsource padding mask", ORANGE, 7),
    (7.4, 9.3, "feed-forward", GREEN, 4),
    (7.4, 11.3, "last norm (pre-norm)", PURPLE, 5),
    (7.4, 12.5, "logits $y\\, E^T$", GREY, 8),
    (7.4, 13.7, "softmax, smoothed loss", GREY, 9),
]
SHAPES = [  # x, y, text
    (2.3, 0.62, "$X$ $(B, S)$"),
    (7.5, 0.62, "$Y$ shifted $(B, T)$"),
    (2.3, 1.88, "$(B, S, D)$"),
    (7.5, 1.88, "$(B, T, D)$"),
    (2.3, 3.2, "$(B, S, D)$"),
    (7.5, 3.2, "$(B, T, D)$"),
    (2.3, 5.75, "$(B, S, D)$"),
    (7.5, 5.75, "$(B, T, D)$"),
    (7.5, 8.15, "$(B, T, D)$"),
    (2.3, 8.45, "$(B, S, D)$"),
    (7.5, 10.62, "$(B, T, D)$"),
    (7.5, 11.92, "$(B, T, D)$"),
    (7.5, 13.12, "$(B, T, V)$"),
    (2.5, 10.5, "memory $(B, S, D)$"),
]


ENCODER, DECODER = 2.2, 7.4  # x of the two columns
ENCODER_STOPS = [
    0.3,
    1.3,
    2.5,
    4.5,
    6.9,
    9.3,
]  # y from which to which the arrows run
DECODER_STOPS = [0.3, 1.3, 2.5, 4.5, 6.9, 9.3, 11.3, 12.5, 13.7]


def draw_transformer(ax):
    """Encoder on the left, decoder on the right, every arrow with its shape;
    + marks the residual's sum."""
    ax.set(xlim=(-0.6, 10.4), ylim=(-0.1, 14.4))
    ax.axis("off")
    _frame(ax, ENCODER, 8.2, "encoder layer")
    _frame(ax, DECODER, 10.4, "decoder layer")
    for x, stops in [(ENCODER, ENCODER_STOPS), (DECODER, DECODER_STOPS)]:
        for start, end in zip(stops[:-1], stops[1:], strict=True):
            arrow(
                ax, (x, start + (0.28 if start > 0.3 else 0)), (x, end - 0.33)
            )
    for x, y in [
        (ENCODER, 4.5),
        (ENCODER, 6.9),
        (DECODER, 4.5),
        (DECODER, 6.9),
        (DECODER, 9.3),
    ]:
        _residual(ax, x, y)
    arrow(ax, (ENCODER, 9.6), (ENCODER, 10.2), ORANGE)
    ax.plot([ENCODER, 4.75, 4.75], [10.2, 10.2, 6.9], color=ORANGE, lw=1.6)
    arrow(ax, (4.75, 6.9), (6.05, 6.9), ORANGE)
    for x, y, text, colour, number in BLOCKS:
        box = {
            "boxstyle": "round,pad=0.3",
            "facecolor": "white",
            "edgecolor": colour,
            "lw": 1.8,
        }
        ax.text(
            x,
            y,
            f"{text}  [{number}]",
            ha="center",
            va="center",
            fontsize=9.5,
            bbox=box,
            zorder=3,
        )
    for x, y, text in SHAPES:
        ax.text(x, y, text, ha="left", va="center", fontsize=8.5, color=BLACK)
    return ax


def _frame(ax, x, top, name):
    box = plt.Rectangle(
        (x - 2.1, 3.55),
        4.5,
        top - 3.55,
        fill=False,
        edgecolor=GREY,
        ls="--",
        lw=1.2,
    )
    ax.add_patch(box)
    ax.text(
        x + 2.3, 3.65, name, ha="right", va="bottom", color=GREY, fontsize=9
    )


def _residual(ax, x, y):
    """The path around a block, and the sum where it comes back."""
    left, low, top = x - 1.85, y - 0.85, y + 0.8
    ax.plot(
        [x, left, left, x - 0.15],
        [low, low, top, top],
        color=PURPLE,
        lw=1.4,
        zorder=1,
    )
    ax.text(
        x,
        top,
        "+",
        ha="center",
        va="center",
        color=PURPLE,
        fontsize=13,
        zorder=4,
        # fmt: skip
        bbox={
            "boxstyle": "circle,pad=0.12",
            "facecolor": "white",
            "edgecolor": PURPLE,
        },
    )
