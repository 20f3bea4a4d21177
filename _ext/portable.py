"""Render portable notebook Markdown well on the website.

* GitHub alerts (``> [!NOTE]``) become admonitions.
* ``$$`` blocks reach MathJax unwrapped, so ``\\tag`` works in multi-line maths.
* ``alt`` in an image output's metadata becomes the image's alternative text.
"""
from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform

KINDS = {"note": nodes.note, "tip": nodes.tip, "important": nodes.important,
         "warning": nodes.warning, "caution": nodes.caution}


class Callouts(SphinxTransform):
    default_priority = 30  # after Sphinx's translation transform (20)

    def apply(self):
        for quote in list(self.document.findall(nodes.block_quote)):
            para = quote[0] if len(quote) else None
            if not isinstance(para, nodes.paragraph) or not len(para):
                continue
            lead = next((n for n in para.children if n.astext().strip()), None)
            if isinstance(lead, nodes.strong):                      # > **Note.** text
                kind = KINDS.get(lead.astext().rstrip(".:").lower())
                rest = ""
            elif isinstance(lead, nodes.Text) and lead.startswith("[!"):  # > [!NOTE] text
                word, _, rest = lead.astext()[2:].partition("]")
                kind = KINDS.get(word.lower())
            else:
                kind = None
            if kind is None:
                continue
            para.remove(lead)
            if rest:
                para.insert(0, nodes.Text(rest))
            if para.children and isinstance(para[0], nodes.Text):
                para.replace(para[0], nodes.Text(para[0].lstrip("\n :.-—")))
            if not para.astext().strip():
                quote.remove(para)
            quote.replace_self(kind("", *quote.children))


class PlainMath(SphinxPostTransform):
    default_priority = 900
    formats = ("html",)

    def run(self, **kwargs):
        for node in self.document.findall(nodes.math_block):
            if not node.get("nowrap") and not node.get("number"):
                node["nowrap"] = True
                body = node.astext().strip()
                node.children = []
                node += nodes.Text("\\[" + body + "\\]")


def tidy_scripts(app, pagename, templatename, context, doctree):
    """Drop thebe (unused) and scripts that an extension registered twice."""
    seen, kept = set(), []
    for script in context.get("script_files", []):
        body = getattr(script, "attributes", {}).get("body") or ""
        key = body or str(getattr(script, "filename", script))
        if "thebe" in key.lower() or key in seen:
            continue
        seen.add(key)
        kept.append(script)
    context["script_files"] = kept


def setup(app):
    app.connect("html-page-context", tidy_scripts, priority=900)
    from myst_nb.core.render import NbElementRenderer

    original = NbElementRenderer.render_image

    def render_image(self, data):
        result = original(self, data)
        alt = data.output_metadata.get(data.mime_type, {}).get("alt")
        if alt and "alt" not in result[0]:
            result[0]["alt"] = alt
        return result

    NbElementRenderer.render_image = render_image
    app.add_transform(Callouts)
    app.add_post_transform(PlainMath)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
