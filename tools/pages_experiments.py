"""back/experiments.md: every experiment of the book with its claim, its result and its cell."""

import json
import re

import notebooks
import yaml
from suite import ROOT

DATA = ROOT / "back" / "experiments.yml"
RECORDED = ROOT / "back" / "tested.json"
TIME = re.compile(r"\*\*Time:\*\*.*?, (.+?) to run")
HEAD = """# Experiments

<!-- made from back/experiments.yml and the chapters' outputs by "make pages" -->

What the book measured, in the order of the chapters: the claim, a link to the section whose cell
measures it, and the result. The results are lines that the cells printed, read from the stored
outputs: numbers, often with the smallest and the largest of several runs in brackets. Chapters
that have not been rewritten yet still print statements with a margin; `True` says that one held.
The time is that of the whole chapter on one core.
"""  # noqa: E501


def data():
    """{chapter: [claim, beginnings of printed lines]} of back/experiments.yml."""
    return yaml.safe_load(DATA.read_text(encoding="utf-8"))


def result(chapter, start):
    """The first printed line of a chapter that begins with `start`, and its cell; (None,
    None) without."""
    for cell in chapter.cells:
        if cell.kind == "code":
            for line in cell.output.splitlines():
                if line.startswith(start):
                    return line.rstrip(), cell
    return None, None


def seconds(chapter):
    """How long a chapter runs: as last recorded by the tests, else in its own words."""
    runs = json.loads(RECORDED.read_text(encoding="utf-8"))["runs"] if RECORDED.exists() else {}
    own = runs.get("pinned", {}).get(chapter.slug)
    if own:
        return f"The chapter ran {own['seconds']:.0f} seconds when it was last recorded."
    times = (TIME.search(cell.source) for cell in chapter.cells if cell.kind == "markdown")
    said = next((match[1] for match in times if match), "some seconds")
    return f"The chapter runs {said}."


def page():
    known, lines = data(), [HEAD]
    for chapter in notebooks.pages():
        if chapter.number not in known:
            continue
        lines += [f"## {chapter.number}. {chapter.title}", "", seconds(chapter), ""]
        for claim, starts in known[chapter.number]:
            results = [result(chapter, start) for start in starts]
            if (None, None) in results:
                raise ValueError(
                    f"experiments.yml: chapter {chapter.number} prints no line {starts}"
                )
            cell = results[0][1]
            shown = notebooks.link(chapter, cell, cell.heading.replace("$", ""))
            lines += [
                f"**{claim}** ({shown})",
                "",
                "```text",
                *(line for line, _ in results),
                "```",
                "",
            ]
    return "\n".join(lines)
