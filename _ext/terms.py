"""The book's terms on the site: links to the glossary, and entries for search and index.

A chapter's first use of each glossary term becomes a quiet link to its entry: only in running text
(no headings, links, code, formulas, tables), once a page for each term, and only from the chapter
that introduces the term on. While a page is read, each term that it introduces gets an index entry
where the page first stresses it (bold or italic), else where it first says it. The search shows
index entries above everything else; the page "Index" lists them. All of it is in back/glossary.yml.
"""

import functools
import hashlib
import re
import sys
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tools"))

import glossary  # noqa: E402

PAGE = "back/glossary"
CHAPTER = re.compile(r"chapters/(\d+)_")
QUIET = (
    nodes.title,
    nodes.reference,
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.raw,
    nodes.table,
    nodes.caption,
)


LAST = ("", "Exercises", "Summary")  # where a term is used, not explained


def tooltip(term):
    return f"{term['zh']}: " + re.sub(r"[$\\*]", "", term["d"])


def is_text(node):
    """Whether a Text node stands in running text."""
    inside = False
    while node.parent is not None:
        node = node.parent
        if isinstance(node, QUIET) or "cell_output" in node.get("classes", ()):
            return False
        inside = inside or isinstance(node, nodes.paragraph)
    return inside


class GlossaryLinks(SphinxPostTransform):
    """Runs after all references are resolved."""

    default_priority = 950
    formats = ("html",)

    def run(self, **kwargs):
        chapter = CHAPTER.match(self.env.docname)
        places = self.targets()
        if not chapter or not places:
            return
        known = [(term, glossary.pattern(term)) for term in glossary.linked()]
        number = int(chapter[1])
        waiting = {
            t["t"] for t, _ in known if t["ch"] <= number and number not in t.get("other", [])
        }
        for text in list(self.document.findall(nodes.Text)):
            if waiting and is_text(text):
                parts = list(split(text.astext(), known, waiting & set(places), places))
                waiting -= {part.get("term") for part in parts if isinstance(part, nodes.reference)}
                if any(isinstance(part, nodes.reference) for part in parts):
                    text.parent.replace(text, parts)

    def targets(self):
        """{term: address of its entry} as seen from this page."""
        base = self.app.builder.get_relative_uri(self.env.docname, PAGE)
        objects = self.env.get_domain("std").get_objects()
        return {
            name: f"{base}#{where}"
            for name, _, kind, doc, where, _ in objects
            if (kind, doc) == ("term", PAGE)
        }


def split(text, known, waiting, places):
    """The pieces of a text: plain ones, and links for terms that wait. A
    term within a longer one is none."""
    found = [(m.start(), -m.end(), t) for t, pattern in known for m in pattern.finditer(text)]
    end, waiting = 0, set(waiting)
    for start, minus_stop, term in sorted(found, key=lambda item: item[:2]):
        if start < end:  # begins within the term before it, which is longer or begins earlier
            continue
        if term["t"] in waiting:
            waiting.remove(term["t"])
            if start > end:
                yield nodes.Text(text[end:start])
            yield nodes.reference(
                "",
                text[start:-minus_stop],
                refuri=places[term["t"]],
                internal=True,
                reftitle=tooltip(term),
                classes=["term"],
                term=term["t"],
            )
        else:
            yield nodes.Text(text[end:-minus_stop])
        end = -minus_stop
    if end < len(text):
        yield nodes.Text(text[end:])


def place(document, wanted):
    """The paragraph (or heading, or table entry) to lead to, or None."""
    stressed, headed, said = [], [], []
    for node in document.findall(nodes.TextElement):
        if isinstance(node, nodes.title) and wanted.search(node.astext()):
            headed.append(node)
        elif isinstance(node, nodes.paragraph):
            strong = [*node.findall(nodes.strong), *node.findall(nodes.emphasis)]
            if any(wanted.search(part.astext()) for part in strong):
                stressed.append(node)
            elif wanted.search(words_of(node)):
                said.append(node)
    # where a term is introduced
    headed.sort(key=lambda node: section_of(node) != "The idea, forward")
    found = [*headed, *stressed, *said]
    return next((node for node in found if section_of(node) not in LAST), next(iter(found), None))


def section_of(node):
    """The title of the page's section that holds `node`; "" for what stands before the first."""
    title = ""
    while node.parent is not None:
        if isinstance(node, nodes.section) and isinstance(node.parent, nodes.section):
            title = node.next_node(nodes.title).astext()
        node = node.parent
    return title


def words_of(node):
    """A paragraph's text; a formula counts as its TeX."""
    return " ".join(node.astext().split())


def slug(term):
    return "term-" + (re.sub(r"[^a-z0-9]+", "-", term.lower()).strip("-") or f"u{ord(term[0]):x}")


@functools.cache
def indexed():
    """{page: [(name, pattern)]}, with the pages of the chapters that there are."""
    files = (ROOT / "chapters").glob("[0-9][0-9]_*.ipynb")
    return glossary.indexed({int(file.stem[:2]): f"chapters/{file.stem}" for file in files})


class SearchTerms(SphinxTransform):
    """Add an index entry, with a target, for each term that this page introduces."""

    default_priority = 40

    def apply(self):
        for term, wanted in indexed().get(self.env.docname, []):
            node = place(self.document, wanted)
            name = slug(term)
            if isinstance(node, nodes.title):
                name = node.parent["ids"][0]
            elif node is not None:
                node.insert(0, nodes.target("", "", ids=[name]))
            else:
                name = ""
            entry = addnodes.index(entries=[("single", term.replace(";", ","), name, "main", None)])
            (self.document.next_node(nodes.section) or self.document).append(entry)


def remember(app, config):
    """Let Sphinx write all chapters anew when the terms change."""
    config.glossary_terms = hashlib.sha256(
        (ROOT / "back" / "glossary.yml").read_bytes()
    ).hexdigest()


def setup(app):
    app.add_config_value("glossary_terms", "", "env")
    app.connect("config-inited", remember)
    app.add_transform(SearchTerms)
    app.add_post_transform(GlossaryLinks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
