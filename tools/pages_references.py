"""back/references.md: what the chapters cite, with dates, and the chapters that cite it."""

import re

import notebooks
import yaml
from suite import ROOT

DATA = ROOT / "back" / "references.yml"
LINK = re.compile(r"\]\((https?://(?:[^()\s]|\([^()\s]*\))+)\)")
HEAD = """# References

<!-- made from back/references.yml by "make pages" -->

Everything that the chapters cite, by author. The year is that of the first publication: a
preprint counts, and where a conference or a journal printed it later, that is said. So a paper
may stand here with an earlier year than in a chapter, which names the year of print. The numbers
at the end are the chapters.
"""  # noqa: E501


def data():
    """The entries of back/references.yml."""
    return yaml.safe_load(DATA.read_text(encoding="utf-8"))


def urls(entry):
    """The addresses of an entry, as a list."""
    found = entry.get("url", [])
    return [found] if isinstance(found, str) else found


def links(chapter):
    """The external links in a chapter's Markdown, in order, with the cell of each."""
    for cell, source in notebooks.markdown(chapter):
        for url in LINK.findall(source):
            yield url, cell


def cited(entry, chapters):
    """The chapters that cite an entry."""
    if "said" in entry:
        return [
            c for c in chapters if any(entry["said"] in text for _, text in notebooks.markdown(c))
        ]
    return [c for c in chapters if any(url in urls(entry) for url, _ in links(c))]


def summary(chapter):
    """The anchor of its summary; a side road has none."""
    return "#summary" if any(cell.heading == "Summary" for cell in chapter.cells) else ""


def page():
    chapters = notebooks.pages()
    lines = [HEAD]
    for entry in sorted(data(), key=lambda entry: (entry["who"].lower(), entry["year"])):
        title = f"[{entry['title']}]({urls(entry)[0]})" if urls(entry) else f"*{entry['title']}*"
        where = ", ".join(
            f"[{c.number}](../chapters/{c.slug}.ipynb{summary(c)})" for c in cited(entry, chapters)
        )
        who = entry["who"] + ("" if entry["who"].endswith(".") else ".")
        lines.append(f"- {who} {title}. {entry['where']}. **{entry['year']}**. Chapter {where}.")
    return "\n".join(lines) + "\n"
