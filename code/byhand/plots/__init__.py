"""Plots of the book: arrays in, Axes out; nothing is computed or trained
here."""

from byhand.plots import attention, gates, images, sequences, transformer
from byhand.plots.neuron import draw_neuron
from byhand.plots.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    MINUS,
    ORANGE,
    PLUS,
    PURPLE,
    RED,
    SKY,
    arrow,
    draw_boundary,
    draw_pictures,
    draw_points,
    label_line,
    point_out,
    ring,
    use_book_style,
)

__all__ = [
    "BLACK",
    "BLUE",
    "GREEN",
    "GREY",
    "MINUS",
    "ORANGE",
    "PLUS",
    "PURPLE",
    "RED",
    "SKY",
    "attention",
    "gates",
    "images",
    "sequences",
    "transformer",
    "arrow",
    "draw_boundary",
    "draw_neuron",
    "draw_pictures",
    "draw_points",
    "label_line",
    "point_out",
    "ring",
    "use_book_style",
]
