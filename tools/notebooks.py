"""The chapters as data: their cells, each with the section that it stands in."""

import json
import re
from collections import namedtuple

from suite import ROOT

Cell = namedtuple("Cell", "kind source output section heading tags")
Chapter = namedtuple("Chapter", "number slug title cells")
HEADING = re.compile(r"(##?#?) (.+)")
PARTS = re.compile(r"^(?=# (?!.*=)|##)", re.M)  # before each heading


def chapters():
    """All chapters of the book, in order."""
    return [read(path) for path in sorted((ROOT / "chapters").glob("[0-9][0-9]_*.ipynb"))]


def pages():
    """All chapters, each with its side roads after it; a side road's number is "3s"."""
    return [read(path) for path in sorted((ROOT / "chapters").glob("[0-9]*.ipynb"))]


def read(path):
    """One chapter. A cell's `section` is its "##" heading, `heading` the nearest heading above it.

    Markdown cells are cut at their headings.
    """
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells, title, section, heading = [], "", "", ""
    for cell in notebook["cells"]:
        tags, output = cell["metadata"].get("tags", []), printed(cell)
        source = "".join(cell["source"])
        for part in PARTS.split(source) if cell["cell_type"] == "markdown" else [source]:
            found = HEADING.match(part) if cell["cell_type"] == "markdown" else None
            if found:
                heading = found[2]
                title = title or heading
                section = heading if found[1] == "##" else section
            if part.strip():
                cells.append(Cell(cell["cell_type"], part, output, section, heading, tags))
    number = int(path.name[:2])
    return Chapter(f"{number}s" if path.name[2] == "s" else number, path.stem, title, cells)


def printed(cell):
    """What a cell printed, as one text."""
    return "".join("".join(output.get("text", "")) for output in cell.get("outputs", []))


def link(chapter, cell, text=None):
    """A Markdown link from a page in back/ or front/ to the section of a cell."""
    # Headings with formulas have anchors that depend on how they are typeset: take the section's.
    heading = cell.heading if "$" not in cell.heading else cell.section
    text = text or f"{chapter.number}, {heading}"
    return f"[{text}](../chapters/{chapter.slug}.ipynb{anchor(heading)})"


def anchor(heading):
    """The anchor of a heading, made as on GitHub."""
    plain = re.sub(r"[^\w\- ]", "", heading.replace("*", "").lower())
    return "#" + plain.strip().replace(" ", "-")


def markdown(chapter):
    """The Markdown cells of a chapter, one by one, without what is folded away."""
    for cell in chapter.cells:
        if cell.kind == "markdown":
            yield cell, re.sub(r"<details>.*?</details>", "", cell.source, flags=re.S)
