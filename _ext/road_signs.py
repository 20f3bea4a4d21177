"""Previous and next chapter by failure and cure: "This cannot ... -> next". Side roads lie beside
the road: these links pass them by.

The sentences stand in one place, `byhand.contents`, which also draws the road on the landing page.
"""

from html import escape
from itertools import pairwise

from byhand.contents import STATIONS

CHAPTERS = {f"chapters/{number:02d}_{s.slug}": s for number, s in enumerate(STATIONS, start=1)}
AFTER = dict(pairwise(CHAPTERS))
BEFORE = {after: before for before, after in AFTER.items()}


def link_to(app, here, page):
    """A link between two pages as the theme wants it, or None if the book has no such page."""
    if page not in app.env.titles:
        return None
    title = escape(app.env.titles[page].astext(), quote=False)
    return {"link": app.builder.get_relative_uri(here, page), "title": title}


def sign(sentence, arrow, title):
    """What a link says: the failure, then the page that cures it (or had it)."""
    return (
        f'<span class="road-failure">{escape(sentence, quote=False)}</span> '
        f'<span class="road-cure"><span aria-hidden="true">{arrow}</span> {title}</span>'
    )


def add_signs(app, pagename, templatename, context, doctree):
    """On a chapter's page, let the links at the foot say what fails and where the cure is."""
    here = CHAPTERS.get(pagename)
    if here is None:
        return
    before, after = BEFORE.get(pagename), AFTER.get(pagename)
    if link := link_to(app, pagename, after):
        context["next"] = link
        context["next_title"] = sign(f"This cannot {here.cannot}.", "→", link["title"])
    if link := link_to(app, pagename, before):
        said = f"That one cannot {CHAPTERS[before].cannot}. This chapter is the cure."
        context["prev"] = link
        context["prev_title"] = sign(said, "←", link["title"])


def setup(app):
    app.connect("html-page-context", add_signs, priority=800)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
