"""The glossary: no term before the chapter that introduces it,
and links from first uses on the site."""

import functools
import re

import bs4
import glossary
import notebooks
import pytest

CHAPTERS = notebooks.chapters()
TERMS = glossary.terms()
LATER = re.compile(r"[Cc]hapters? (\d+)(?:(?:,| and| to) (\d+))?|\((\d+)\.\d+\)")
LISTS = ("**Sources", "**History and sources")  # titles and names, not the book's own words


def announces(paragraph, number):
    """Whether a paragraph names a chapter after `number`."""
    return any(int(n) > number for match in LATER.finditer(paragraph) for n in match.groups() if n)


def early_uses(term):
    """{chapter: the paragraph} for each earlier chapter that uses a term
    without naming a later chapter."""
    found, wanted = {}, glossary.pattern(term)
    for chapter in CHAPTERS[: term["ch"] - 1]:
        for _, text in notebooks.markdown(chapter):
            for paragraph in glossary.paragraphs(text):
                said = wanted.search(paragraph) and not paragraph.lstrip().startswith(LISTS)
                if said and not announces(paragraph, chapter.number):
                    found.setdefault(chapter.number, " ".join(paragraph.split()))
    return found


@pytest.mark.parametrize("term", glossary.linked(), ids=lambda term: term["t"])
def test_no_chapter_uses_a_term_before_it_is_introduced(term):
    early, allowed = early_uses(term), term.get("early", {})
    assert set(early) - set(allowed) == set(), {n: early[n] for n in set(early) - set(allowed)}
    assert set(allowed) <= set(early), "an exception that is not needed"
    assert all(allowed.values()), "an exception needs a reason"


def test_lint_sees_an_early_use():
    assert early_uses({"t": "perceptron", "ch": 3})  # chapter 2 opens with it
    assert not announces("as chapter 2 said", 3) and announces("chapters 2 and 5 say", 3)


def test_terms_are_well_formed():
    names = [term["t"] for term in TERMS] + [term["zh"] for term in TERMS]
    assert len(set(names)) >= len(names) - sum(term["t"] == term["zh"] for term in TERMS)
    assert len(TERMS) >= 120
    for term in TERMS:
        assert set(term) <= {"t", "zh", "ch", "at", "d", "forms", "link", "other", "early"}
        assert term["d"].endswith((".", ").")), term["t"]
        assert term["zh"] == term["t"] or re.search(r"[\u4e00-\u9fff]", term["zh"]), term["t"]


@pytest.mark.parametrize(
    ("form", "text", "found"),
    [
        ("mini-batch", "two mini-batches", "mini-batches"),
        ("hidden layer", "a hidden\nlayer", "hidden\nlayer"),
        ("GELU", "the gelu", None),
        ("Adam", "Adams", "Adams"),
        ("gate", "delegate, gated", None),
    ],
)
def test_pattern(form, text, found):
    match = glossary.pattern({"t": form}).search(text)
    assert (match and match[0]) == found


@functools.cache
def parsed(path):
    return bs4.BeautifulSoup(path.read_text("utf-8"), "html.parser")


@pytest.mark.slow  # where it is built first: the site
@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.slug)
def test_first_uses_are_linked(site, chapter):
    page = parsed(site / "chapters" / f"{chapter.slug}.html")
    links = page.select("main a.term")
    targets = [link["href"] for link in links]
    assert len(links) >= 8
    assert len(targets) == len(set(targets)), "a term is linked more than once"
    glossary_page = parsed(site / "back" / "glossary.html")
    for link in links:
        assert link["href"].startswith("../back/glossary.html#")
        assert glossary_page.find(id=link["href"].partition("#")[2])
        assert not link.find_parent(["h1", "h2", "h3", "pre", "table"])


@pytest.mark.slow  # where it is built first: the site
def test_terms_are_linked_from_their_chapter_on(site):
    def linked(slug):
        page = parsed(site / "chapters" / f"{slug}.html")
        return {link["href"].partition("#")[2] for link in page.select("main a.term")}

    assert "term-softmax" in linked(CHAPTERS[1].slug) | linked(CHAPTERS[2].slug)
    assert {"term-perceptron", "term-weight", "term-bias"} <= linked(CHAPTERS[0].slug)
    assert {"term-pre-norm", "term-post-norm"} <= linked(CHAPTERS[15].slug)
    assert not any(
        "attention" in target for chapter in CHAPTERS[:12] for target in linked(chapter.slug)
    )
