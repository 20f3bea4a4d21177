"""back/corrections.md: what circulates, what is right, and the cell that shows it."""

import notebooks
import yaml
from suite import ROOT

DATA = ROOT / "back" / "corrections.yml"
HEAD = """# Errors that circulate

<!-- made from back/corrections.yml by "make pages" -->

Lecture notes, slides and posts on the topics of this book hand on the same slips. Here they are,
with what is right and a link to the cell that shows it. The table is made from a file that the
tests read as well: they look every entry up in its chapter, and compute the numbers anew. "Said
in" means that a chapter says it in its text or in an exercise, and no cell prints it; "beyond"
means that the topic lies beyond the chapters of this book.
"""  # noqa: E501


def data():
    """The topics of back/corrections.yml."""
    return yaml.safe_load(DATA.read_text(encoding="utf-8"))


def wanted(entry):
    """The texts that have to stand in an entry's chapter."""
    shown = entry.get("shown", [])
    return [shown] if isinstance(shown, str) else shown


def found(chapter, text, where):
    """The first cell of a chapter that shows `text` in its output, its code or its Markdown,
    or None."""
    for cell in chapter.cells:
        kind = "markdown" if where == "text" else "code"
        place = cell.output if where == "output" else cell.source
        if cell.kind == kind and text in place:
            return cell
    return None


def place(entry, chapters):
    """The last column of an entry: a link to where the book shows it."""
    where = entry.get("in", "output")
    if where == "none":
        return "beyond"
    chapter = chapters[entry["chapter"]]
    cells = [found(chapter, text, where) for text in wanted(entry)]
    if not cells or None in cells:
        raise ValueError(
            f"corrections.yml: chapter {entry['chapter']} does not show {wanted(entry)}"
        )
    return ("said in " if where == "text" else "") + notebooks.link(chapter, cells[0])


def page():
    chapters = {chapter.number: chapter for chapter in notebooks.pages()}
    lines = [HEAD]
    for topic in data():
        lines += [
            f"## {topic['topic']}",
            "",
            "| what circulates | what is right | shown in chapter |",
        ]
        lines += ["|:--|:--|:--|"]
        for entry in topic["entries"]:
            cells = (entry["circulates"], entry["right"], place(entry, chapters))
            lines.append("| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines)
