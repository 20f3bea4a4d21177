"""Turn a chapter's first use of each glossary term into a quiet link to its entry.

Only in running text (no headings, links, code, formulas, tables), once a page for each term,
and only from the chapter that introduces the term on. The terms stand in back/glossary.yml.
"""

import hashlib
import re
import sys
from pathlib import Path

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

ROOT = Path(__file__).resolve().parents[1]
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


def terms():
    """[(term, pattern)]: what tools/glossary.py knows."""
    sys.path.append(str(ROOT / "tools"))
    import glossary

    return [(term, glossary.pattern(term)) for term in glossary.linked()]


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
        known, number = terms(), int(chapter[1])
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


def remember(app, config):
    """Let Sphinx write all chapters anew when the terms change."""
    config.glossary_terms = hashlib.sha256(
        (ROOT / "back" / "glossary.yml").read_bytes()
    ).hexdigest()


def setup(app):
    app.add_config_value("glossary_terms", "", "env")
    app.connect("config-inited", remember)
    app.add_post_transform(GlossaryLinks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
