"""One neuron with its numbers (chapter 1)."""

import numpy as np

from byhand.plots.diagram import PHONE, Sheet, with_upright
from byhand.plots.style import BLACK, BLUE, GREEN, ORANGE, PURPLE

SUM, STEP = "#eq-1-1", "#the-idea"


def draw_neuron(ax, x, w, b, z, a, activation="step"):
    """Draw one neuron with its numbers: inputs, weights, products, bias, sum,
    activation, output."""
    return with_upright(_neuron, ax, x, w, b, z, a, activation)


def _neuron(ax, x, w, b, z, a, activation, turned):
    sheet = Sheet(ax, PHONE, 640, True) if turned else Sheet(ax, 640, 290)
    centre, apart = (170, 76) if turned else (122, 60)
    spread = np.linspace(-apart, apart, len(x)) if len(x) > 1 else [0]
    for k, shift in enumerate(spread):
        _product(sheet, k, x[k], w[k], centre, centre + shift)
    _bias(sheet, b, centre)
    sheet.disc(sheet.at(344, centre), "$\\Sigma$", BLACK, 24, fontsize=18)
    middle = sheet.at(470, centre)
    sheet.flow(sheet.at(368, centre), sheet.at(436, centre), color=BLACK)
    sheet.block(middle, (68, 68), "", PURPLE, STEP, f"the {activation}")
    _step(sheet, middle)
    sheet.flow(sheet.at(504, centre), sheet.at(552, centre), color=BLACK)
    sheet.disc(sheet.at(580, centre), f"{a:g}", ORANGE, 26, fontsize=16)
    words = [
        (f"$z$ = {z:g}", BLACK, (404, centre - 16), (centre + 12, 398)),
        (activation, PURPLE, (470, centre + 52), (centre + 46, 470)),
        ("output $a$", ORANGE, (580, centre - 42), (centre + 38, 580)),
    ]
    for text, colour, wide, upright in words:
        how = {"ha": "left"} if turned else {}
        place = upright if turned else wide
        sheet.label(place, text, color=colour, fontsize=13, **how)


def _product(sheet, k, x, w, centre, v):
    """An input, its weight, their product on its way to the sum."""
    at, side = sheet.at, -1 if v <= centre else 1
    up = -1 if sheet.turned else side  # where there is room for names
    place = np.array(at(60, v))
    sheet.disc(place, f"{x:g}", BLUE, 26, fontsize=16)
    name = f"input $x_{k + 1}$"
    sheet.label(place + (0, 41 * up), name, color=BLUE, fontsize=13)
    box, size = np.array(at(190, v)), (76, 40)
    half = 20 if sheet.turned else 38
    sheet.flow(at(87, v), at(190 - half, v), color=BLUE)
    name = "the weighted sum"
    sheet.block(box, size, f"× {w:g}", BLACK, SUM, name, fontsize=15)
    place = box + ((66 * side, 0) if sheet.turned else (0, 34 * side))
    sheet.label(place, f"$w_{k + 1}$", color=BLACK, fontsize=14)
    start, core = np.array(at(190 + half, v)), np.array(at(344, centre))
    way = (core - start) / np.hypot(*(core - start))
    sheet.flow(start, core - 25 * way, color=BLACK)
    middle = start + 0.42 * (core - start)
    out = np.array(at(0, side))
    normal = out - (out @ way) * way
    place = middle + 18 * normal / np.hypot(*normal)
    sheet.label(place, f"{x * w:g}", color=BLACK, fontsize=13)


def _bias(sheet, b, centre):
    """The bias joins the sum from the side."""
    v = centre + (114 if not sheet.turned else 120)
    place = np.array(sheet.at(344, v))
    sheet.block(place, (76, 40), f"{b:g}", GREEN, fontsize=15)
    half = 38 if sheet.turned else 20
    sheet.flow(sheet.at(344, v - half), sheet.at(344, centre + 25), color=GREEN)
    name = place + ((0, -34) if sheet.turned else (-72, 0))
    sheet.label(name, "bias $b$", color=GREEN, fontsize=13)


def _step(sheet, middle):
    x, y = middle
    corners = (x - 20, y + 14), (x, y + 14), (x, y - 14), (x + 20, y - 14)
    sheet.ax.plot(*zip(*corners, strict=True), color=PURPLE, lw=2.4, zorder=6)
