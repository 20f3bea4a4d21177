"""A Matplotlib figure as a small SVG: text stays text, pictures stay pixels,
and the same figure always gives the same letters.

The site sets it inline and gives it the page's colours (_ext/figures.py).
"""

import hashlib
import io
import itertools
import re
import xml.etree.ElementTree as ET
from unittest import mock

import matplotlib as mpl
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.collections import QuadMesh
from matplotlib.contour import ContourSet

LARGEST = 150_000  # letters of an SVG; a larger one is no gain over the PNG
MANY = 2000  # corners of filled contours, from which they become an image
FINE = 500  # rows or columns from which a picture is resampled
SVG, XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"
ET.register_namespace("", SVG[1:-1])


def as_svg(fig, largest=LARGEST):
    """A figure as SVG, or None if that is longer than `largest`.

    The paper is left out, so that what is behind it shows. What lies in an
    image stands in a group of the class "photo" (its colours are meant as they
    are) or "map" (the colours stand for numbers). The figure is changed; close
    it afterwards.
    """
    leave_out_paper(fig)
    for k, ax in enumerate(fig.axes):
        mark_pictures(ax, k)
    file = io.StringIO()
    settings = {
        "svg.hashsalt": "byhand",
        "image.composite_image": False,
        "svg.image_inline": True,
    }
    with (
        mpl.rc_context(settings),
        mock.patch.object(RendererSVG, "draw_text", draw_text),
    ):
        fig.savefig(file, format="svg", dpi=160, metadata={"Date": None})
    text = slim(file.getvalue())
    return text if len(text) <= largest else None


_draw_text = RendererSVG.draw_text


def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
    """Words as words; what holds a formula as outlines, which fit together in
    any browser."""
    mpl.rcParams["svg.fonttype"] = "path" if ismath else "none"
    _draw_text(self, gc, x, y, s, prop, angle, ismath, mtext)


def leave_out_paper(fig):
    """Make white backgrounds transparent."""
    white = mpl.colors.to_rgba("white")
    for owner in (fig, *fig.axes):
        if mpl.colors.to_rgba(owner.get_facecolor()) == white:
            owner.patch.set_facecolor("none")


def mark_pictures(ax, k):
    """Give what is a picture, and what lies on it, a group's name."""
    meshes = [c for c in ax.collections if is_map(c)]
    for shape in ax.collections:
        if isinstance(shape, QuadMesh | ContourSet) and is_long(shape):
            shape.set_rasterized(True)
    for image in ax.images:
        small = max(image.get_array().shape[:2]) < FINE
        if small and image.get_interpolation() in ("auto", "nearest"):
            image.set_interpolation("none")
    if not (meshes or ax.images):
        return
    kind = "photo" if ax.images and all(map(is_photo, ax.images)) else "map"
    frame = ax.get_window_extent()
    on_it = [*ax.images, *ax.lines, *ax.patches, *ax.collections]
    on_it += [text for text in ax.texts if is_within(text, frame)]
    for n, artist in enumerate(on_it):
        artist.set_gid(f"{kind}-{k}-{n}")


def is_map(collection):
    return isinstance(collection, QuadMesh | ContourSet) and (
        collection.get_array() is not None
        and getattr(collection, "colors", None) is None
    )


def is_long(shape):
    """True for what an image says in fewer letters than outlines do."""
    corners = sum(len(path.vertices) for path in shape.get_paths())
    return isinstance(shape, QuadMesh) or (shape.filled and corners > MANY)


def is_photo(image):
    """True for colours that are no numbers, and for grey from black to
    white."""
    return image.get_array().ndim == 3 or image.get_cmap().name in (
        "gray",
        "grey",
    )


def is_within(text, frame):
    """Whether the middle of a text lies in the frame of its axes."""
    box = text.get_window_extent()
    return frame.contains((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)


# ---- from Matplotlib's SVG to a short one

STYLE = re.compile(r"([\w-]+):\s*([^;]+);?\s*")
NUMBER = re.compile(r"-?\d+\.\d+")
USELESS = ("font-family", "stroke-linejoin", "font-stretch", "font-variant")


def slim(text):
    """Matplotlib's SVG without what it does not need, its ids made unique."""
    root = ET.fromstring(text)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{SVG}metadata", f"{SVG}style"):
                parent.remove(child)
    used = set(re.findall(r"url\(#([^)]+)\)|xlink:href=\"#([^\"]+)\"", text))
    used = {name for pair in used for name in pair if name}
    for node in root.iter():
        tidy(node, used)
    unwrap(root)
    root.attrib = {
        "viewBox": root.get("viewBox"),
        "stroke-linejoin": "round",
    }
    short = ET.tostring(root, encoding="unicode")
    return unique(re.sub(r">\s+<", "><", short))


def tidy(node, used):
    """One element: short numbers, no empty words, classes for pictures."""
    name = node.attrib.pop("id", "")
    if name in used:
        node.set("id", name)
    if name.startswith("link:"):
        node[0].set("aria-label", name.removeprefix("link:"))
    kind = re.match(r"(photo|map)-\d", name)
    if kind:
        node.set("class", kind[1])
    for key in ("d", "x", "y", "width", "height", "points"):
        if key in node.attrib:
            short = " ".join(NUMBER.sub(rounded, node.get(key)).split())
            node.set(key, re.sub(r" ?([A-Za-z]) ?", r"\1", short))
    if "transform" in node.attrib:
        turned = re.sub(
            r"rotate\(-?0 [^)]*\)", "", node.attrib.pop("transform")
        )
        turned = re.sub(
            r"(?:translate|rotate)\([^)]*\)",
            lambda m: NUMBER.sub(rounded, m[0]),
            turned,
        ).strip()
        if turned:
            node.set("transform", turned)
    if "style" in node.attrib:
        said = STYLE.findall(shorthand(node.attrib.pop("style")))
        kept = [f"{key}:{value}" for key, value in said if key not in USELESS]
        if kept:
            node.set("style", ";".join(kept))
    link = node.attrib.pop(f"{XLINK}href", None)
    if link:
        node.set("href", "".join(link.split()))
    node.attrib.pop("target", None)
    if node.tag == f"{SVG}image":
        node.set("preserveAspectRatio", "none")
        node.set("style", "image-rendering:pixelated")
        if not kind:  # a mesh that was turned into an image
            node.set("class", "map")


def shorthand(style):
    """Older versions write `font: 700 12px 'DejaVu Sans', ...`."""
    return re.sub(
        r"\bfont: ([^;']*?)([\d.]+px) [^;]*",
        lambda m: f"font-weight: {m[1].strip() or 400}; font-size: {m[2]}",
        style,
    )


def rounded(match):
    """A number with two digits after the point: a hundredth of a pixel."""
    return f"{float(match[0]) + 0.0:.2f}".rstrip("0").rstrip(".")


def unwrap(node):
    """Take away groups without a meaning, and empty ones."""
    children = []
    for child in node:
        unwrap(child)
        if child.get("style") == "fill:none":  # paper
            continue
        if child.tag != f"{SVG}g" or child.attrib:
            children.append(child)
        else:
            children += list(child)
    empty = (f"{SVG}g", f"{SVG}defs")
    node[:] = gather([c for c in children if len(c) or c.tag not in empty])


def gather(children):
    """Many marks of one style one after the other: say the style once."""
    done = []
    for style, marks in itertools.groupby(children, look):
        marks = list(marks)
        if style and len(marks) > 3:
            group = ET.Element(f"{SVG}g", {"style": style})
            for mark in marks:
                del mark.attrib["style"]
            group[:] = marks
            marks = [group]
        done += marks
    return done


def look(node):
    return node.tag == f"{SVG}use" and node.get("style")


def unique(text):
    """Name the ids after the content: f1a2b3-0, f1a2b3-1, ..."""
    digest = hashlib.sha1(text.encode()).hexdigest()[:6]
    names = dict.fromkeys(re.findall(r' id="([^"]+)"', text))
    for n, name in enumerate(names):
        new = f"f{digest}-{n}"
        text = text.replace(f' id="{name}"', f' id="{new}"')
        text = text.replace(f'"#{name}"', f'"#{new}"')
        text = text.replace(f"url(#{name})", f"url(#{new})")
    return text
