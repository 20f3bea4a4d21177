"""back/experiments.md: every experiment of the book with its claim, its result and its cell."""

import re

import notebooks
import yaml
from suite import ROOT

DATA = ROOT / "back" / "experiments.yml"
TIME = re.compile(r"\*\*Time:\*\*.*?, (.+?) to run")
HEAD = """# Experiments

<!-- made from back/experiments.yml and the chapters' outputs by "make pages" -->

What the book measured, in the order of the chapters. The results are the lines that the cells printed, read from the stored outputs; `: True` says that a statement with its margin held. The time is that of the whole chapter, as its first lines give it, on one core.
"""  # noqa: E501


def data():
    """{chapter: [claim, beginnings of printed lines]} of back/experiments.yml."""
    return yaml.safe_load(DATA.read_text(encoding="utf-8"))


def result(chapter, start):
    """The first printed line of a chapter that begins with `start`, and its cell; (None, None) without."""
    for cell in chapter.cells:
        if cell.kind == "code":
            for line in cell.output.splitlines():
                if line.startswith(start):
                    return " ".join(line.split()), cell
    return None, None


def minutes(chapter):
    """How long a chapter runs, in its own words."""
    times = (TIME.search(cell.source) for cell in chapter.cells if cell.kind == "markdown")
    return next(match[1] for match in times if match)


def page():
    known, lines = data(), [HEAD]
    for chapter in notebooks.chapters():
        lines += [f"## {chapter.number}. {chapter.title}", "", f"The chapter runs {minutes(chapter)}.", ""]
        lines += ["| claim | result | cell in section |", "|:--|:--|:--|"]
        for claim, starts in known.get(chapter.number, []):
            results = [result(chapter, start) for start in starts]
            if (None, None) in results:
                raise ValueError(f"experiments.yml: chapter {chapter.number} prints no line {starts}")
            printed = "<br>".join(f"`{line}`" for line, _ in results)
            cell = results[0][1]
            shown = notebooks.link(chapter, cell, cell.heading.replace("$", ""))
            lines.append(f"| {claim} | {printed.replace('|', chr(92) + '|')} | {shown} |")
        lines.append("")
    return "\n".join(lines)
