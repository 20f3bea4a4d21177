"""The way through multi-head attention (chapter 14)."""

from byhand.plots.diagram import PHONE, Sheet, with_upright
from byhand.plots.style import BLACK, BLUE, GREEN, ORANGE, PURPLE

COLOURS = [BLUE, ORANGE, GREEN, PURPLE]
PROJECT, ATTEND = "#eq-14-1", "#eq-14-4"


def draw_heads(ax, N, D, K):
    """Draw the way through multi-head attention: project, split,
    attend in N heads, merge, project."""
    return with_upright(_heads, ax, N, D, K)


WIDE = {"X": 34, "W": 116, "parts": 196, "heads": 350, "O": 490, "Wo": 546,
        "Z": 604}  # fmt: skip
UPRIGHT = {"X": 34, "W": 110, "parts": 178, "heads": 316, "O": 450, "Wo": 518,
           "Z": 590}  # fmt: skip
EDGE = {False: (29, 68, 22), True: (21, 42, 20)}  # of W, a head, W_o


def _heads(ax, N, D, K, turned):
    sheet = Sheet(ax, PHONE, 640, True) if turned else Sheet(ax, 640, 366)
    along, centre = (UPRIGHT, 170) if turned else (WIDE, 186)
    _, half, last = EDGE[turned]
    rows = [centre + 112 * k for k in (-1, 0, 1)]  # of Q, K and V
    middle = [
        (along["heads"], centre + 140 * (n - (N - 1) / 2)) for n in range(N)
    ]
    grey, colours = [(BLACK, 0.18)] * N, [(c, 0.9) for c in COLOURS[:N]]
    for key, parts in (("X", grey), ("O", colours), ("Z", grey)):
        sheet.bar((along[key], centre), 150, parts)
    for k, v in enumerate(rows):
        _projection(sheet, along, centre, k, v)
        sheet.bar((along["parts"], v), 92, colours)
        for n, colour in enumerate(COLOURS[:N]):
            start = (along["parts"] + 12, v - 46 + 92 / N * (n + 0.5))
            end = (along["heads"] - half, middle[n][1] + 26 * (k - 1))
            sheet.ribbon(start, end, (92 / N - 4, 20), colour)
    for n, colour in enumerate(COLOURS[:N]):
        start = (along["heads"] + half, middle[n][1])
        end = (along["O"] - 12, centre - 75 + 150 / N * (n + 0.5))
        sheet.ribbon(start, end, (40, 150 / N - 4), colour)
    _attend(sheet, middle, K)
    size, name = (56, 40) if turned else (42, 44), "the last projection"
    place = sheet.at(along["Wo"], centre)
    sheet.block(place, size, "$W_o$", BLACK, ATTEND, name, fontsize=14)
    for start, end in (
        (along["O"] + 13, along["Wo"] - last),
        (along["Wo"] + last, along["Z"] - 13),
    ):
        sheet.flow(sheet.at(start, centre), sheet.at(end, centre), color=BLACK)
    _names(sheet, along, rows, centre, D)


def _projection(sheet, along, centre, k, v):
    """From the input through one of the three matrices."""
    at, edge = sheet.at, EDGE[sheet.turned][0]
    size = (86, 40) if sheet.turned else (56, 44)
    start = at(along["X"] + 14, centre + 40 * (k - 1))
    sheet.flow(start, at(along["W"] - edge, v), color=BLACK)
    text, name = f"$W_{'qkv'[k]}$", f"projection to {'QKV'[k]}"
    place = at(along["W"], v)
    sheet.block(place, size, text, BLACK, PROJECT, name, fontsize=14)
    start = at(along["W"] + edge, v)
    sheet.flow(start, at(along["parts"] - 13, v), color=BLACK)


def _attend(sheet, middle, K):
    """The heads, each with its own colour."""
    size = (132, 80) if sheet.turned else (132, 92)
    for n, (place, colour) in enumerate(zip(middle, COLOURS, strict=False)):
        text = f"head {n}\nattends alone\n$(T, {K})$"
        name = f"head {n}: its equation"
        sheet.block(sheet.at(*place), size, text, colour, ATTEND, name)


def _names(sheet, along, rows, centre, D):
    """What the bars are."""
    style = {"color": BLACK, "fontsize": 13}
    for key in "XOZ":
        text, place = f"${key}$\n$(T, {D})$", (along[key], centre + 98)
        if sheet.turned:
            text = text.replace("\n", "  ")
            place = {
                "X": (along[key] - 24, centre),
                "O": (along[key], centre + 116),
                "Z": (along[key] + 25, centre),
            }[key]
        sheet.label(sheet.at(*place), text, **style)
    shift = (-25, 18) if sheet.turned else (0, -57)
    for name, v in zip("QKV", rows, strict=True):
        place = sheet.at(along["parts"] + shift[0], v + shift[1])
        sheet.label(place, f"${name}$", **style)
