"""Previous and next page of a chapter by failure and cure: "This cannot ... -> next".

The sentences stand in one place, `byhand.contents`, which also draws the road on the landing page.
"""

from html import escape
from pathlib import PurePosixPath

from byhand.contents import STATIONS

CHAPTERS = {f"chapters/{number:02d}_{s.slug}": s for number, s in enumerate(STATIONS, start=1)}


def neighbour(pagename, link):
    """The station that a relative link leads to, or None if it leads to no chapter."""
    if not link:
        return None
    parts = []
    for part in (PurePosixPath(pagename).parent / link["link"]).parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return CHAPTERS.get("/".join(parts).removesuffix(".html"))


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
    before, after = (neighbour(pagename, context.get(key)) for key in ("prev", "next"))
    if after:
        context["next_title"] = sign(f"This cannot {here.cannot}.", "→", context["next"]["title"])
    if before:
        said = f"That one cannot {before.cannot}. This chapter is the cure."
        context["prev_title"] = sign(said, "←", context["prev"]["title"])


def setup(app):
    app.connect("html-page-context", add_signs, priority=800)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
