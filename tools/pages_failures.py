"""back/failures.md: which failure leads to which idea, as one drawing and as a list of links."""

from html import escape
from textwrap import wrap

import notebooks
import yaml
from suite import ROOT

DATA = ROOT / "back" / "failures.yml"
WIDE, BOX, LINE, GAP = 400, 170, 14, 8  # of the drawing, which is scaled to the width of the screen
HEAD = """# Which failure leads to which idea

<!-- made from back/failures.yml by "make pages" -->

Each idea of this book answers something that did not work. On the left stand the failures, on the
right the ideas, each with the number of its chapter, in the order of the chapters. Most failures
are answered at once; the shift of chapter 1 waits until chapter 7.
"""  # noqa: E501
ALT = (
    "{n} arrows lead from failures on the left to ideas on the right. Most failures are answered "
    "in the same "
    "or the next chapter; the shift of two pixels in chapter 1 is answered by the convolution of "
    "chapter 7."
)


def data():
    """The pairs of back/failures.yml."""
    return yaml.safe_load(DATA.read_text(encoding="utf-8"))


def column(items, x, kind, low=0):
    """Boxes one below the other, spread down to `low`: SVG, {item: middle}, the lower end."""
    rows = [wrap(f"{chapter} {text}", 23) for chapter, text in items]
    heights = [LINE * len(lines) + 10 for lines in rows]
    gap = max(GAP, (low - 4 - sum(heights)) / max(len(items) - 1, 1))
    y, parts, middles = 4, [], {}
    for item, lines, height in zip(items, rows, heights, strict=True):
        parts.append(
            f'<rect class="{kind}" x="{x}" y="{y:.0f}" width="{BOX}" height="{height}" rx="4"/>'
        )
        spans = (f'<tspan x="{x + 7}" dy="{LINE}">{escape(line)}</tspan>' for line in lines)
        parts.append(f'<text y="{y + 2:.0f}">{"".join(spans)}</text>')
        middles[item] = y + height / 2
        y += height + gap
    return parts, middles, y - gap


def drawing(pairs):
    """The drawing, as SVG that takes its colours from the page."""
    left = [(pair["from"], pair["failure"]) for pair in pairs]
    right = sorted(
        dict.fromkeys((pair["to"], pair["idea"]) for pair in pairs), key=lambda item: item[0]
    )
    boxes, starts, low = column(left, 2, "failure")
    more, ends, low = column(right, WIDE - BOX - 2, "idea", low)
    x_0, x_1 = BOX + 3, WIDE - BOX - 8
    parts = [
        f'<svg class="failures" viewBox="0 0 {WIDE} {low + 4:.0f}" role="img" '
        'aria-labelledby="failures-alt">',
        f'<title id="failures-alt">{ALT.format(n=len(pairs))}</title>',
        '<marker id="tip" viewBox="0 0 6 6" refX="1" refY="3" markerWidth="6" markerHeight="6" '
        'orient="auto">'
        '<path class="tip" d="M0 0 L6 3 L0 6 z"/></marker>',
    ]
    for pair in pairs:
        y_0, y_1 = starts[pair["from"], pair["failure"]], ends[pair["to"], pair["idea"]]
        bend = f"C {x_0 + 30} {y_0:.0f} {x_1 - 30} {y_1:.0f} {x_1} {y_1:.0f}"
        parts.append(f'<path class="leads" d="M {x_0} {y_0:.0f} {bend}" marker-end="url(#tip)"/>')
    return "\n".join([*parts, *boxes, *more, "</svg>"])


def heading(chapter, name):
    """The first cell under a heading."""
    cells = [cell for cell in chapter.cells if name in (cell.heading, cell.section)]
    if not cells:
        raise ValueError(f"failures.yml: chapter {chapter.number} has no heading {name!r}")
    return cells[0]._replace(heading=name)


def page():
    pairs, chapters = data(), {chapter.number: chapter for chapter in notebooks.chapters()}
    lines = [
        HEAD,
        drawing(pairs),
        "",
        "## The same as a list",
        "",
        "| failure | measured in | answered by | in |",
    ]
    lines.append("|:--|:--|:--|:--|")
    for pair in pairs:
        start, end = chapters[pair["from"]], chapters[pair["to"]]
        measured = notebooks.link(start, heading(start, pair["at"]))
        built = notebooks.link(end, heading(end, pair["by"]))
        lines.append(f"| {pair['failure']} | {measured} | {pair['idea']} | {built} |")
    return "\n".join(lines) + "\n"
