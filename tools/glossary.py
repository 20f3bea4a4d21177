"""The book's terms, and where a text uses them: for glossary, links, search, index and lint."""

import re

import yaml
from suite import ROOT

DATA = ROOT / "back" / "glossary.yml"
SHORT = 4  # a term of so few letters is looked for in capitals as written: LSTM, not "lstm"
SILENT = re.compile(
    r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|\]\([^)]*\)|^#+ [^\n]*$|<[^>\n]+>", re.S | re.M
)


def terms():
    """All terms, as dicts with the keys that back/glossary.yml explains."""
    return read()[0]


def read():
    """The two documents of the file: the terms, and what the search must find besides."""
    return list(yaml.safe_load_all(DATA.read_text(encoding="utf-8")))


def indexed(chapters):
    """{page: [(name, pattern)]}: what search and index lead to. chapters: {number: page}."""
    known, besides = read()
    found = {}
    for term in known:
        found.setdefault(chapters[term["ch"]], []).append((term["t"], introduced(term)))
    for page, names in besides.items():
        for name in names:
            name, _, said = str(name).partition(" = ")
            found.setdefault(page, []).append((name, words_of(said or name)))
    return found


def introduced(term):
    """What finds the place that introduces a term: the heading that the data name, or its words."""
    heading = rf"|^{re.escape(term['at'])}$" if "at" in term else ""
    return re.compile(pattern(term).pattern + heading)


def words_of(text):
    """What finds `text` as words: in any case, unless it is so short that its case tells."""
    words = r"[\s-]+".join(re.escape(word) for word in re.split(r"[\s-]+", text))
    return re.compile(rf"(?<![\w-]){words}(?:s|es)?(?![\w])", 0 if len(text) <= SHORT else re.I)


def pattern(term):
    """What finds a term: any of its forms as a word of its own, singular or plural.

    A form with a capital is looked for as written;
    a space also stands for a hyphen or a line's end.
    """
    found = []
    for form in [term["t"], *term.get("forms", [])]:
        words = r"(?:\s|-)".join(re.escape(word) for word in re.split(r"[ -]", form)).replace(
            "'", "['’]"
        )
        found.append(words if form != form.lower() else f"(?i:{words})")
    return re.compile(
        rf"(?<![\w-])(?:{'|'.join(sorted(found, key=len, reverse=True))})(?:s|es)?(?![\w-])"
    )


def linked():
    """The terms that chapters are searched for: not the words of everyday English."""
    return [term for term in terms() if term.get("link", True)]


def spoken(markdown):
    """A Markdown text without code, formulas, headings and addresses."""
    return SILENT.sub(" ", markdown)


def paragraphs(markdown):
    """The paragraphs of a Markdown text, without code, formulas, headings and addresses."""
    return [text for text in re.split(r"\n\s*\n", spoken(markdown)) if text.strip()]
