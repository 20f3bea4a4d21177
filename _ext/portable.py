"""Render portable notebook Markdown well on the website.

* Quotes that open with ``**Note.**`` become admonitions.
* ``$$`` blocks reach MathJax unwrapped, so ``\\tag`` works in multi-line maths.
* ``alt`` in an image output's metadata becomes the image's alternative text.
* Pages load no script twice, none that is unused, and no icon collection.
"""

import re
import struct
from pathlib import Path

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform

KINDS = {
    "note": nodes.note,
    "tip": nodes.tip,
    "important": nodes.important,
    "warning": nodes.warning,
    "caution": nodes.caution,
}


class Callouts(SphinxTransform):
    """``> **Note.** text`` reads well everywhere; on the site it is set as a note."""

    default_priority = 30  # after Sphinx's translation transform (20)

    def apply(self):
        for quote in list(self.document.findall(nodes.block_quote)):
            paragraph = quote[0] if len(quote) else None
            if not isinstance(paragraph, nodes.paragraph) or not isinstance(
                paragraph[0], nodes.strong
            ):
                continue
            lead = paragraph[0]
            kind = KINDS.get(lead.astext().rstrip(".:").lower())
            if kind is None:
                continue
            paragraph.remove(lead)
            if paragraph.children and isinstance(paragraph[0], nodes.Text):
                paragraph.replace(paragraph[0], nodes.Text(paragraph[0].lstrip("\n :.")))
            quote.replace_self(kind("", *quote.children))


class PlainMath(SphinxPostTransform):
    """Sphinx wraps display maths that holds ``\\\\`` in ``split``,
    where MathJax refuses ``\\tag``."""

    default_priority = 900
    formats = ("html",)

    def run(self, **kwargs):
        for node in self.document.findall(nodes.math_block):
            if not node.get("nowrap") and not node.get("number"):
                node["nowrap"] = True
                body = node.astext().strip()
                node.children = []
                node += nodes.Text("\\[" + body + "\\]")


def is_maths(node):
    return isinstance(node, nodes.math | nodes.math_block)


def tidy_scripts(app, pagename, templatename, context, doctree):
    """Drop thebe (unused), scripts that an extension registered twice, MathJax without maths."""
    maths = doctree is not None and next(doctree.findall(is_maths), None) is not None
    seen, kept = set(), []
    for script in context.get("script_files", []):
        body = getattr(script, "attributes", {}).get("body") or ""
        key = body or str(getattr(script, "filename", script))
        if "thebe" in key.lower() or key in seen or ("mathjax" in key.lower() and not maths):
            continue
        seen.add(key)
        kept.append(script)
    context["script_files"] = kept


IMAGE = re.compile(r'<img (?=[^>]*src="(?:\.\./)*(_images/[\w.-]+\.png)")(?![^>]*loading=)')


def size_images(app, pagename, templatename, context, doctree):
    """Images come when they are needed, and their place is kept free: no text jumps."""

    def sized(match):
        size = pixels(app, match[1].removeprefix("_images/"))
        return f'<img loading="lazy" width="{size[0]}" height="{size[1]}" ' if size else match[0]

    if "body" in context:
        context["body"] = IMAGE.sub(sized, context["body"])


def pixels(app, name):
    """(width, height) of a PNG among the site's images; None if it is not there."""
    sources = [path for path, (_, target) in app.env.images.items() if target == name]
    if not sources:
        return None
    head = Path(app.srcdir, sources[0]).read_bytes()[:24]
    return struct.unpack(">II", head[16:24]) if head[:4] == b"\x89PNG" else None


def drop_source_maps(app, exception):
    """Maps of minified scripts and styles are for the theme's authors: 3.4 MB."""
    if exception is None:
        for path in (app.outdir / "_static").rglob("*.map"):
            path.unlink()


def drop_icon_script(app, exception):
    """The theme's script of 1.5 MB draws icons that its web fonts (a
    sixth of that) draw without it."""
    script = app.outdir / "_static" / "scripts" / "fontawesome.js"
    if exception is None and script.exists():
        script.write_text("// Icons come from the web fonts that the theme's style sheet names.\n")


def keep_alt_text():
    """myst-nb reads an image's width from the output's metadata; read its alternative text too."""
    from myst_nb.core.render import NbElementRenderer

    original = NbElementRenderer.render_image

    def render_image(self, data):
        result = original(self, data)
        alt = data.output_metadata.get(data.mime_type, {}).get("alt")
        if alt and "alt" not in result[0]:
            result[0]["alt"] = alt
        return result

    NbElementRenderer.render_image = render_image


def published(app, config):
    """Where the site will stand, from the repository's address: for the card and for 404.html."""
    url = config.html_theme_options.get("repository_url", "")
    owner, _, name = url.removeprefix("https://github.com/").partition("/")
    config.ogp_site_url = f"https://{owner}.github.io/{name}/"
    config.notfound_urls_prefix = f"/{name}/"


def setup(app):
    keep_alt_text()
    app.connect("config-inited", published, priority=100)
    app.connect("html-page-context", tidy_scripts, priority=900)
    app.connect("html-page-context", size_images, priority=900)
    app.connect("build-finished", drop_icon_script, priority=900)
    app.connect("build-finished", drop_source_maps, priority=900)
    app.add_transform(Callouts)
    app.add_post_transform(PlainMath)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
