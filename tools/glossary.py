"""The book's terms, and where a text uses them: for the glossary's page, its links and its lint."""

import re

import yaml
from suite import ROOT

DATA = ROOT / "back" / "glossary.yml"
SILENT = re.compile(
    r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|\]\([^)]*\)|^#+ [^\n]*$|<[^>\n]+>", re.S | re.M
)


def terms():
    """All terms, as dicts with the keys that back/glossary.yml explains."""
    return yaml.safe_load(DATA.read_text(encoding="utf-8"))


def pattern(term):
    """What finds a term: any of its forms as a word of its own, singular or plural.

    A form with a capital is looked for as written;
    a space also stands for a hyphen or a line's end.
    """
    found = []
    for form in [term["t"], *term.get("forms", [])]:
        words = r"(?:\s|-)".join(re.escape(word) for word in re.split(r"[ -]", form))
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
