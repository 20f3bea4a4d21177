"""Drawings of chapter 14: words that count back, paths between words, and the
three roads of a gradient into one word."""

from byhand.plots.diagram import PHONE, Sheet, with_upright
from byhand.plots.style import BLACK, BLUE, GREEN, GREY, ORANGE, RED


def draw_counting(ax, letters, numbers, shown):
    """Words that count back: arcs from the words `shown` to the letters that
    they ask for."""
    return with_upright(_counting, ax, letters, numbers, shown)


def _counting(ax, letters, numbers, shown, turned):
    n = 8 if turned else len(letters)
    width = PHONE if turned else 640
    sheet, step = Sheet(ax, width, 216), (width - 70) / n
    x = [70 + step * (t + 0.45) for t in range(n)]
    colours = dict(zip(shown, (BLUE, ORANGE, GREEN), strict=False))
    for row, name in ((112, "letter"), (146, "number"), (196, "answer")):
        sheet.label((8, row + 6), name, ha="left", va="baseline")
    for t in range(n):
        colour, at = colours.get(t, BLACK), t - numbers[t]
        answer = letters[at] if at >= 0 else "–"
        for row, text in ((118, letters[t]), (152, numbers[t]), (202, answer)):
            style = {"color": BLACK if row == 118 else colour, "va": "baseline"}
            sheet.label((x[t], row), f"{text}", fontsize=15, **style)
        if t in colours:
            high = 92 - 13 * numbers[t]
            sheet.flow(
                (x[t], 98),
                (x[t], high),
                (x[at], high),
                (x[at], 98),
                color=colour,
            )
    ax.plot([8, width - 8], [172, 172], color=GREY, lw=0.8)


def draw_paths(ax, n):
    """The way of a message from the first to the last of n words: through a
    recurrent layer, through a layer in which every word asks every word."""
    return with_upright(_paths, ax, n)


def _paths(ax, n, turned):
    n = min(n, 5) if turned else n
    sheet = Sheet(ax, PHONE, 400) if turned else Sheet(ax, 640, 220)
    half = PHONE if turned else 320
    for part in range(2):
        left, top = (0, 200 * part) if turned else (half * part, 0)
        x = [left + 30 + (half - 60) * t / (n - 1) for t in range(n)]
        low, high = top + 168, top + 66
        for t in range(n):
            chosen = ORANGE if t in (0, n - 1) else GREY
            sheet.disc((x[t], low), f"$x_{t}$", chosen)
            last = ORANGE if t == n - 1 else GREY
            sheet.disc((x[t], high), f"${'hz'[part]}_{t}$", last)
            for s in [t] if part == 0 else range(n):
                way = s == 0 and (part == 0 or t == n - 1)
                line = {"color": ORANGE, "width": 2.6, "zorder": 2}
                if not way:
                    line = {"width": 0.8, "head": part == 0}
                sheet.flow((x[s], low - 18), (x[t], high + 18), **line)
            if part == 0 and t:
                ends = (x[t - 1] + 18, high), (x[t] - 18, high)
                sheet.flow(*ends, color=ORANGE, width=2.6)
        text = ("recurrent: through every state", "self-attention: one step")[
            part
        ]
        sheet.label((left + half / 2, top + 22), text, color=BLACK, fontsize=13)


def draw_roads(ax, t, dz, dq, dk, dv, dx):
    """How the gradient comes into word t: as query, as key, as value.

    dz, dq, dk, dv, dx: the gradients' numbers.
    """
    return with_upright(_roads, ax, t, dz, (dq, dk, dv), dx)


ROADS = (
    ("as query", "its own row\nof scores", BLUE),
    ("as key", "its column\nof scores", ORANGE),
    ("as value", "every mixture\nit went into", GREEN),
)


def _roads(ax, t, dz, parts, dx, turned):
    width, height = (PHONE, 560) if turned else (640, 392)
    sheet, middle = Sheet(ax, width, height), width / 2
    top, names, rows, bottom = (
        (34, 132, 286, 500) if turned else (30, 116, 210, 354)
    )
    size, tall = ((100, 128) if turned else (192, 58)), (64 if turned else 29)
    step = 112 if turned else 210
    own = f"$\\mathrm{{d}}z_{t}$" + ("" if turned else f" = {numbers(dz)}")
    sheet.block((middle - step, top), (size[0], 40), own, BLACK)
    others = "$\\mathrm{d}z$ of all words that asked"
    sheet.block((middle + step / 2, top), (step + size[0], 40), others, BLACK)
    for k, ((name, how, colour), part) in enumerate(
        zip(ROADS, parts, strict=True)
    ):
        x = middle + (k - 1) * step
        near = middle + 0.55 * (x - middle)
        sheet.flow((x, top + 22), (x, names - 36), color=RED)
        sheet.label((x, names - 18), name, color=colour, fontsize=13)
        sheet.label((x, names + 12), how)
        sheet.flow((x, names + 36), (x, rows - tall - 3), color=RED)
        text = f"$\\mathrm{{d}}{'qkv'[k]}_{t}$\n{numbers(part, turned)}"
        sheet.block((x, rows), size, text, colour)
        sheet.flow((x, rows + tall + 2), (near, bottom - 31), color=RED)
        beside = (x + near) / 2 + ((-30, 22, 34) if turned else (-42, 22, 46))[
            k
        ]
        place = (
            beside,
            (rows + tall + bottom - 29) / 2 - (8 if turned else -12) * (k != 1),
        )
        text = f"$W_{'qkv'[k]}^\\top$"
        sheet.label(place, text, color=colour, fontsize=14)
    text = f"$\\mathrm{{d}}x_{t}${chr(10) if turned else ' = '}{numbers(dx)}"
    sheet.block((middle, bottom), (300 if turned else 380, 54), text, BLACK)


def numbers(x, upright=False):
    """Numbers with two digits, in a row or one below the other."""
    texts = [f"{u + 0.0:.2f}".replace("-", "−") for u in x]
    return "\n".join(texts) if upright else "(" + ", ".join(texts) + ")"
