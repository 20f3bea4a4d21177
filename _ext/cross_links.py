"""Links that nobody has to write: "chapter 10" leads to the chapter, "(10.6)" to the equation.

Only in running text (see `terms.is_text`). An equation is one that a notebook tags, `\\tag{10.6}`;
its anchor is eq-10-6. _static/equations.js shows the equation when its link is hovered or focused.
"""

import functools
import json
import re
from pathlib import Path

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from terms import is_text

ROOT = Path(__file__).resolve().parents[1]
TAG = re.compile(r"\\tag\{(\d+\.\d+)\}")
SAID = re.compile(
    r"(?P<chapter>\b[Cc]hapters? (?P<number>\d+)\b)|(?P<equation>\((?P<tag>\d+\.\d+)\))"
)


@functools.cache
def chapters():
    """{number: page}"""
    files = sorted((ROOT / "chapters").glob("[0-9]*.ipynb"))
    return {int(file.stem[:2]): f"chapters/{file.stem}" for file in files if file.stem[2] == "_"}


@functools.cache
def equations():
    """{tag: page} of all tagged equations of the book."""
    found = {}
    for file in sorted((ROOT / "chapters").glob("[0-9]*.ipynb")):
        page, cells = f"chapters/{file.stem}", json.loads(file.read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            if cell["cell_type"] == "markdown":
                found.update((tag, page) for tag in TAG.findall("".join(cell["source"])))
    return found


def anchor(tag):
    return "eq-" + tag.replace(".", "-")


class EquationAnchors(SphinxPostTransform):
    """Give each tagged equation its anchor, and make links of what names a chapter or equation."""

    default_priority = 940
    formats = ("html",)

    def run(self, **kwargs):
        page = self.env.docname
        for block in self.document.findall(nodes.math_block):
            tags = TAG.findall(block.astext())
            if tags:
                block["ids"] += [anchor(tags[0])]
                self.others(block, tags[1:])
        for text in list(self.document.findall(nodes.Text)):
            if SAID.search(text) and is_text(text):
                parts = list(self.split(text.astext(), page))
                if len(parts) > 1 or not isinstance(parts[0], nodes.Text):
                    text.parent.replace(text, parts)

    def others(self, block, tags):
        """Several tags in one block: anchors before it."""
        for tag in tags:
            block.parent.insert(block.parent.index(block), nodes.target("", "", ids=[anchor(tag)]))

    def split(self, text, page):
        end = 0
        for match in SAID.finditer(text):
            address = self.address(match, page)
            if address:
                if match.start() > end:
                    yield nodes.Text(text[end : match.start()])
                kind = "equation-link" if match["tag"] else "chapter-link"
                yield nodes.reference("", match[0], refuri=address, internal=True, classes=[kind])
                end = match.end()
        if end < len(text):
            yield nodes.Text(text[end:])

    def address(self, match, page):
        """Where a match leads, seen from this page; None for what is not in the book."""
        target = chapters().get(int(match["number"])) if match["number"] else None
        target = equations().get(match["tag"]) if match["tag"] else target
        if target is None or (match["number"] and target == page):
            return None
        fragment = f"#{anchor(match['tag'])}" if match["tag"] else ""
        base = "" if target == page else self.app.builder.get_relative_uri(page, target)
        return base + fragment


def setup(app):
    app.add_post_transform(EquationAnchors)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
