"""Let the site's search and its index find the book's terms and symbols at the sentence that
explains them.

`terms.yml` names terms page by page. While a page is read,
each term gets an index entry at the place where the page first stresses it (bold or italic), else
where it first says it in a paragraph of its own sections. The search shows index entries above
everything else; the page "Index" lists them.
"""

import re
from pathlib import Path

import yaml
from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

FILE = Path(__file__).with_name("terms.yml")
TERMS = yaml.safe_load(FILE.read_text(encoding="utf-8"))
LAST = ("", "Exercises", "Summary")  # where a term is used, not explained
SHORT = 4  # a term of so few letters is looked for in capitals as written: LSTM, not "lstm"


def pattern(text):
    """What finds `text` as words: any case, a space or a hyphen between words,
    a plural at the end."""
    words = r"[\s-]+".join(re.escape(word) for word in re.split(r"[\s-]+", text))
    return re.compile(rf"(?<![\w-]){words}(?:s|es)?(?![\w])", 0 if len(text) <= SHORT else re.I)


def place(document, text):
    """The paragraph (or heading, or table entry) to lead to, or None."""
    wanted = pattern(text)
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


class SearchTerms(SphinxTransform):
    """Add an index entry, with a target, for each term that terms.yml names for this page."""

    default_priority = 40

    def apply(self):
        for term in TERMS.get(self.env.docname, []):
            # "term = words": the page says other words.
            term, _, said = (part.strip() for part in str(term).partition(" = "))
            node = place(self.document, said or term)
            name = slug(term)
            if isinstance(node, nodes.title):
                name = node.parent["ids"][0]
            elif node is not None:
                node.insert(0, nodes.target("", "", ids=[name]))
            else:
                name = ""
            entry = addnodes.index(entries=[("single", term.replace(";", ","), name, "main", None)])
            (self.document.next_node(nodes.section) or self.document).append(entry)


def setup(app):
    app.add_transform(SearchTerms)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
