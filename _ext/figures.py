"""Figures on the site: inline SVG in the page's colours, numbered, with their captions.

A notebook stores each figure as PNG and, under a type of our own, as SVG (byhand.show). While the
notebook is read, the SVG takes the PNG's place: black and grey become the colour of the page's
text, the book's colours become variables (_static/figures.css), white becomes the page's paper.
When the page is written, figures are numbered, and a line in italics below one becomes its caption.
"""

import html
import json
import posixpath
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "code")] if str(ROOT / "code") not in sys.path else []

from byhand.plots import style  # noqa: E402
from byhand.show import FIGURE, UPRIGHT, WIDTHS  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"
NAMES = ("BLUE", "ORANGE", "GREEN", "RED", "PURPLE", "SKY")
PALETTE = {getattr(style, name).lower(): name.lower() for name in NAMES}
COLOUR = re.compile(r"\b(fill|stroke):(#[0-9a-f]{6})\b")
PAGE = dict(zip(WIDTHS, (520, 704, 840), strict=True))  # there; 704 is as wide as the text
CHAPTER = re.compile(r"chapters/0?(\d+s?)_")  # a side road of chapter 5 is 5s
ET.register_namespace("", SVG[1:-1])


def themed(match, is_text):
    """A colour of the figure as a colour of the page."""
    what, colour = match[1], match[2]
    if colour in PALETTE:
        return f"{what}:var(--fig-{PALETTE[colour]}{'-ink' if is_text else ''})"
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    if not red == green == blue:
        return match[0]
    if red == 255:
        return f"{what}:var(--fig-paper)"
    share = round(100 * (255 - red) / (255 - 0x22))
    if share >= 100:
        return f"{what}:currentColor"
    return f"{what}:color-mix(in srgb,currentColor {share}%,var(--fig-paper))"


def paint(node):
    """Give a figure the page's colours; what lies in an image keeps its own."""
    if node.get("class") in ("photo", "map"):
        return
    if "style" in node.attrib:
        is_text = node.tag == f"{SVG}text"
        node.set("style", COLOUR.sub(lambda m: themed(m, is_text), node.get("style")))
    for child in node:
        paint(child)


def inline(text, alt, width, form=""):
    """A stored SVG as it stands in the page."""
    root = ET.fromstring(text)
    paint(root)
    seen = set()
    for link in root.iter(f"{SVG}a"):
        link.set("href", link.get("href").replace(".ipynb", ".html"))
        if link.get("href") in seen:  # the Tab key stops once for each place
            link.set("tabindex", "-1")
        seen.add(link.get("href"))
    _, _, w, h = (float(n) for n in root.get("viewBox").split())
    height = round(width * h / w)
    linked = next(root.iter(f"{SVG}a"), None) is not None
    root.attrib = {
        "class": f"figure {form}".strip(),
        "viewBox": root.get("viewBox"),
        "width": str(width),
        "height": str(height),
        "style": f"aspect-ratio:{width}/{height}",
        "stroke-linejoin": "round",
        "role": "group" if linked else "img",  # an image has nothing inside that could be reached
        "aria-label": alt,
    }
    return ET.tostring(root, encoding="unicode").replace(f' xmlns="{SVG[1:-1]}"', "", 1)


def nearest(width):
    """The width on the page: one of three. A width of the page stays as it is."""
    return PAGE[min(WIDTHS, key=lambda w: abs(w - (width or WIDTHS[1])))]


def to_page(output):
    """Put the SVG of an output in place of its PNG."""
    data, said = output["data"], output["metadata"].get("image/png", {})
    forms = {key: "".join(data.pop(key)) for key in (FIGURE, UPRIGHT) if key in data}
    width = nearest(said.get("width"))
    if FIGURE not in forms:
        said["width"] = width
        return
    alt = said.get("alt", "")
    if UPRIGHT in forms:
        page = inline(forms[FIGURE], alt, width, "wide-form")
        page += inline(forms[UPRIGHT], alt, 340, "upright-form")
    else:
        page = inline(forms[FIGURE], alt, width)
    output["data"] = {"text/html": page}


def view(notebook):
    """Change a notebook, as a dict: figures in the page's colours, captions below them."""
    cells = []
    for cell in notebook["cells"]:
        cells.append(cell)
        for output in cell.get("outputs", ()):
            if "image/png" in output.get("data", {}):
                caption = output["metadata"].get("image/png", {}).get("caption")
                to_page(output)
                if caption:
                    text = {"cell_type": "markdown", "metadata": {}, "source": f"*{caption}*"}
                    cells.append(text | {"id": f"caption-{len(cells)}"})
    notebook["cells"] = cells
    return notebook


def on_read(app, docname, source):
    if (ROOT / f"{docname}.ipynb").exists() and source[0].lstrip().startswith("{"):
        source[0] = json.dumps(view(json.loads(source[0])))


# ---- numbers and captions


class numbered(nodes.General, nodes.Element):
    """A figure with its number and caption."""


class figure_caption(nodes.General, nodes.TextElement):
    """What stands below a figure."""


def open_figure(writer, node):
    name = f' id="{node["name"]}"' if node["name"] else ""
    writer.body.append(f'<figure class="numbered"{name} style="max-width:{node["width"]}px">')


def close_figure(writer, node):
    writer.body.append("</figure>\n")


def open_caption(writer, node):
    number = node["number"] and f'<span class="figure-number">{html.escape(node["number"])}</span> '
    writer.body.append(f"<figcaption>{number}")


def close_caption(writer, node):
    writer.body.append("</figcaption>")


def is_figure(node):
    if isinstance(node, nodes.raw):
        return '<svg class="figure' in node.astext()
    return isinstance(node, nodes.image)


def width_of(node):
    found = re.search(r' width="(\d+)"', node.astext())
    return int(found[1]) if found else nearest(int(re.sub(r"\D", "", node.get("width", "")) or 640))


class Figures(SphinxPostTransform):
    """Number the figures of a chapter, and take the caption that follows."""

    default_priority = 6  # after myst-nb has chosen which form of an output is shown
    formats = ("html",)

    def run(self, **kwargs):
        chapter = CHAPTER.match(self.env.docname)
        cells = [n for n in self.document.findall(nodes.container) if "cell" in n["classes"]]
        count = 0
        for cell in cells:
            shown = [n for n in cell.findall(is_figure)]
            for k, node in enumerate(shown):
                count += 1
                number = f"{chapter[1]}.{count}" if chapter else ""
                caption = self.caption(cell) if k == len(shown) - 1 else []
                self.wrap(node, number, caption)

    def caption(self, cell):
        """The sentences in italics with which the paragraph after the figure opens; the rest of
        it stays a paragraph."""
        place = cell.parent.index(cell) + 1
        after = cell.parent[place] if place < len(cell.parent) else None
        if not isinstance(after, nodes.paragraph) or not isinstance(after[0], nodes.emphasis):
            return []
        said = after[0]
        if len(said.astext().split()) < 3 or said.astext().rstrip()[-1] not in ".?!":
            return []  # a stressed word
        after.remove(said)
        if not after.astext().strip():
            cell.parent.remove(after)
        elif isinstance(after[0], nodes.Text):
            after.replace(after[0], nodes.Text(after[0].lstrip()))
        return said.children

    def wrap(self, node, number, caption):
        name = "fig-" + number.replace(".", "-") if number else ""
        box = numbered("", name=name, width=width_of(node))
        node.replace_self(box)
        box += node
        if number or caption:
            said = f"Figure {number}." if number and caption else f"Figure {number}" * bool(number)
            box += figure_caption("", "", *caption, number=said)


# ---- links of the drawings

LINK = re.compile(r'(<a aria-label="[^"]*" href=")([\w./-]*)#([\w-]+)(")')


def resolve_links(app, pagename, templatename, context, doctree):
    """A drawing names a section as a notebook does, #bahdanaus-model; here it may differ."""

    def resolved(match):
        there = match[2].removesuffix(".html")
        page = posixpath.normpath(posixpath.join(posixpath.dirname(pagename), there))
        slugs = app.env.metadata[page if there else pagename].get("myst_slugs", {})
        anchor = slugs[match[3]][1] if match[3] in slugs else match[3]
        return f"{match[1]}{match[2]}#{anchor}{match[4]}"

    if "body" in context:
        context["body"] = LINK.sub(resolved, context["body"])


def setup(app):
    app.connect("source-read", on_read, priority=650)
    app.connect("html-page-context", resolve_links)
    app.add_node(numbered, html=(open_figure, close_figure))
    app.add_node(figure_caption, html=(open_caption, close_caption))
    app.add_post_transform(Figures)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
