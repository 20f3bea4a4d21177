"""The road of the book as one picture: sixteen stations, each a link to its chapter."""

from html import escape

from IPython.display import display

from byhand.contents import PARTS, STATIONS
from byhand.validate import as_count

WIDTH, HEIGHT, MARGIN = 184, 130, 46  # of one station, and beside the road
STYLE = """\
.road {max-width: 100%; height: auto; font-family: inherit}
.road text {fill: currentColor; text-anchor: middle}
.road .track {fill: none; stroke: #767676; stroke-width: 10;
  stroke-linecap: round; stroke-linejoin: round}
.road .stop {fill: #0072B2; stroke: #fff; stroke-width: 3} .road .coming .stop {fill: #767676}
.road .number {fill: #fff; font-weight: bold} .road .title {font-weight: bold}
.road a {color: inherit !important; text-decoration: underline}
.road.narrow {display: none}
@media (max-width: 600px) {.road.narrow {display: block} .road.wide {display: none}}"""


def draw_road(columns, ready, kind):
    """Draw the road as SVG text, winding through `columns` stations in each row.

    Arguments:
        columns: stations in a row, at least 2.
        ready: file names (without ending) of the chapters that exist; these stations are links.
        kind: "wide" or "narrow", the class that the style sheet shows or hides by screen width.
    """
    columns = as_count("columns", columns, least=2)
    places = [_place(k, columns) for k in range(len(STATIONS))]
    stops = "".join(_stop(k + 1, STATIONS[k], places[k], ready) for k in range(len(STATIONS)))
    width, height = columns * WIDTH + 2 * MARGIN, -(-len(STATIONS) // columns) * HEIGHT + 10
    return (
        f'<svg class="road {kind}" viewBox="0 0 {width} {height}" width="{width}" role="group" '
        f'aria-label="The road of the book" xmlns="http://www.w3.org/2000/svg">'
        f'<path class="track" d="{_track(places)}"/>{stops}</svg>'
    )


def _place(k, columns):
    row, column = divmod(k, columns)
    # the road turns at the end of each row
    column = column if row % 2 == 0 else columns - 1 - column
    return MARGIN + (column + 0.5) * WIDTH, row * HEIGHT + 46


def _track(places):
    path = "M {:g} {:g}".format(*places[0])
    for (x0, y0), (x, y) in zip(places, places[1:], strict=False):
        if y == y0:
            path += f" L {x:g} {y:g}"
        else:  # turn outside of the labels, on the side where the row ends
            bend = x + (0.7 * WIDTH + MARGIN) * (1 if x0 > WIDTH else -1)
            path += f" C {bend:g} {y0:g} {bend:g} {y:g} {x:g} {y:g}"
    return path


def _stop(number, station, place, ready):
    x, y = place
    name = f"{number:02d}_{station.slug}"
    part = (
        f'<text x="{x:g}" y="{y - 30:g}" font-size="14">{PARTS[number]}</text>'
        if number in PARTS
        else ""
    )
    body = (
        f'<circle class="stop" cx="{x:g}" cy="{y:g}" r="20"/>'
        f'<text class="number" x="{x:g}" y="{y + 6:g}" font-size="17">{number}</text>'
        f'<text class="title" x="{x:g}" y="{y + 40:g}" '
        f'font-size="16">{escape(station.title)}</text>'
        f'<text x="{x:g}" y="{y + 58:g}" font-size="14.5">{escape(station.what)}</text>'
    )
    if name not in ready:
        return f'{part}<g class="coming">{body}</g>'
    return f'{part}<a href="chapters/{name}.html">{body}</a>'


def show_road(ready):
    """Display the road in two forms, for a wide screen and for a phone;
    `ready` as in `draw_road`."""
    alt = "The road of the book: " + ", ".join(
        f"{k}. {station.title}{'' if f'{k:02d}_{station.slug}' in ready else ' (in preparation)'}"
        for k, station in enumerate(STATIONS, start=1)
    )
    pictures = draw_road(4, ready, "wide") + draw_road(2, ready, "narrow")
    display(
        {"text/html": f"<style>{STYLE}</style><div>{pictures}</div>", "text/plain": alt}, raw=True
    )
