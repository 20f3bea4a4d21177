"""Encoder and decoder (chapter 12)."""

import itertools

from byhand.plots.diagram import PHONE, Sheet, with_upright
from byhand.plots.style import BLACK, BLUE, GREEN, GREY, ORANGE

STEP, GAP = 33, 43  # between states of the encoder and of the decoder
LINKS = "#eq-12-1", "#eq-12-3"  # what explains the two parts


def draw_encoder_decoder(ax, source, target):
    """Draw a chain that reads `source`, and one that writes `target`,
    each output fed back as the next input.
    """
    return with_upright(_chains, ax, source, target)


def _chains(ax, source, target, turned):
    height = 520 if turned else 270
    sheet = Sheet(ax, PHONE if turned else 640, height, turned)
    high = 132 if turned else height - 156
    low = high + 226 if turned else high
    step, gap = (32, 50) if turned else (STEP, GAP)
    encoder = [(26 + step * s, high) for s in range(len(source))]
    start = 48 if turned else encoder[-1][0] + 63
    decoder = [(start + gap * t, low) for t in range(len(target))]
    read, written = LINKS
    side = -1 if turned else 1  # of the encoder's inputs: above, or below
    _field(sheet, encoder, (-88, 34) if turned else (-34, 88), BLUE)
    _field(sheet, decoder, (-96, 88), ORANGE)
    for places, name, colour, link, up in (
        (encoder, "encoder reads", BLUE, read, side),
        (decoder, "decoder writes", ORANGE, written, 1),
    ):
        middle = (places[0][0] + places[-1][0]) / 2
        name_at = (middle, places[0][1] + 112 * up)
        sheet.block(name_at, (136, 32), name, colour, link)
        for a, b in itertools.pairwise(places):
            sheet.flow((a[0] + 13, a[1]), (b[0] - 12, b[1]), color=colour)
    for place, character in zip(encoder, source, strict=True):
        _state(sheet, place, BLUE)
        _input(sheet, place, character, BLUE, side)
    for k, place in enumerate(decoder):
        _state(sheet, place, ORANGE)
        _input(sheet, place, target[k - 1] if k else "start", ORANGE, 1)
        _output(sheet, place, target[k])
        if k:
            _feed_back(sheet, decoder[k - 1], place)
    _bridge(sheet, encoder[-1], decoder[0])


def _field(sheet, places, extent, colour):
    """The ground behind a chain."""
    (x, y), end = places[0], places[-1][0]
    size = (end - x + 44, extent[1] - extent[0])
    sheet.frame((x - 22, y + extent[0]), size, colour)


def _state(sheet, place, colour):
    x, y = place
    sheet.block((x, y), (25, 34), "", colour)


def _input(sheet, place, text, colour, side):
    """A character that a state reads; side: 1 if it stands below."""
    x, y = place
    shown = {" ": "␣"}.get(text, text)
    style = {"fontsize": 13.5 if len(text) < 3 else 10.5, "color": BLACK}
    sheet.label((x, y + 67 * side), shown, **style)
    sheet.flow((x, y + 53 * side), (x, y + 18 * side), color=colour)


def _output(sheet, place, text):
    x, y = place
    sheet.flow((x, y - 18), (x, y - 51), color=ORANGE)
    sheet.label((x, y - 66), text, color=BLACK, fontsize=13.5)


def _feed_back(sheet, before, place):
    """What was written is the next input: down between the states."""
    (a, y), (b, _) = before, place
    between = (a + b) / 2
    path = (
        (a + 8, y - 66),
        (between, y - 66),
        (between, y + 66),
        (b - 7, y + 66),
    )
    sheet.flow(*path, color=GREY, width=1, head=False, linestyle=(0, (3, 2)))


def _bridge(sheet, last, first):
    """The one vector that the decoder gets."""
    (a, y), (b, low) = last, first
    if sheet.turned:
        edge, between = a + 23, y + 66
        way = (a + 13, y), (edge, y), (edge, between), (9, between)
        way += (9, low), (b - 13, low)
        place = (26, between + 23)
    else:
        way = (a + 13, y), (b - 13, y)
        place = ((a + b) / 2, y - 22)
    sheet.flow(*way, color=GREEN, width=3)
    sheet.label(place, "$c$", color=GREEN, fontsize=17)
