"""back/glossary.md: the terms, with the Chinese beside them, and where each is introduced."""

import glossary
import notebooks

HEAD = """# Glossary

<!-- made from back/glossary.yml by "make pages" -->

The book's terms, each with its Chinese name (术语对照), what it means, and the chapter that
introduces it. In the chapters, the first use of a term is underlined with dots and leads here.

```{glossary}
"""  # noqa: E501


def introduced(term, chapter):
    """The cell that introduces a term: under the heading that the data name,
    else its first bold use."""
    if "at" in term:
        cells = [
            c
            for c in chapter.cells
            if c.kind == "markdown" and term["at"] in (c.heading, c.section)
        ]
        if not cells:
            raise ValueError(
                f"glossary.yml: chapter {chapter.number} has no heading {term['at']!r}"
            )
        return cells[0]._replace(heading=term["at"])
    wanted = glossary.pattern(term)
    cells = [(cell, text) for cell, text in notebooks.markdown(chapter) if wanted.search(text)]
    for cell, text in cells:
        if any(wanted.search(bold) for bold in text.split("**")[1::2]):
            return cell
    if not cells:
        raise ValueError(f"glossary.yml: chapter {chapter.number} never says {term['t']!r}")
    return cells[0][0]


def page():
    chapters = {chapter.number: chapter for chapter in notebooks.chapters()}
    lines = [HEAD]
    for term in sorted(glossary.terms(), key=lambda term: term["t"].lower()):
        chapter = chapters[term["ch"]]
        place = notebooks.link(chapter, introduced(term, chapter))
        chinese = term["zh"] if term["zh"] != term["t"] else ""
        lines.append(
            "\n".join(filter(None, [term["t"], chinese, f"  {term['d']} Chapter {place}.\n"]))
        )
    return "\n".join(lines) + "```\n"
