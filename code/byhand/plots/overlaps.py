"""Words of a figure that lie on each other, on a line or on a frame."""

from unittest import mock

import numpy as np
from matplotlib.patches import FancyArrowPatch
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox


def refuse(fig):
    """Raise ValueError, naming the words, if some of them are hard to read."""
    found = overlaps(fig)
    if found:
        raise ValueError(
            "fig: expected words that stand free, got " + "; ".join(found)
        )


def overlaps(fig):
    """What lies on what in a figure, in words; [] is good.

    Text is held against other text, the drawn lines, arrows, points, and the
    frames of axes and patches. A text with paper behind it may lie on a line.
    """
    texts = drawn(fig)
    boxes = [ink(text) for text in texts]
    found = []
    for k, (text, box) in enumerate(zip(texts, boxes, strict=True)):
        for other, place in zip(texts[:k], boxes[:k], strict=True):
            if Bbox.intersection(box, place) is not None:
                found.append(f"{said(text)} lies on {said(other)}")
        if not (fig.bbox.containsx(box.x0) and fig.bbox.containsx(box.x1)):
            found.append(f"{said(text)} is cut off at the edge")
        if not has_paper(text):
            found += [f"{said(text)} lies on {on}" for on in lines(fig, box)]
    return list(dict.fromkeys(found))


def loosen(fig):
    """Move labels that lie on something to the nearest free place, at most a
    line and a half away. What has none stays."""
    fig.draw_without_rendering()
    fig.set_layout_engine("none")  # the axes stay where they are
    boxes = {text: ink(text) for text in drawn(fig)}
    for ax in fig.axes:
        for text in ax.texts:
            if text in boxes and not in_image(text, ax):
                move(fig, text, boxes)


def move(fig, text, boxes):
    """Try places around a text, near ones first; take the first free one.
    `boxes` says where the texts of the figure are, and is kept up to date."""
    others = [box for other, box in boxes.items() if other is not text]
    step = text.get_fontsize() * fig.dpi / 72 / 4
    box = boxes[text]
    for right, up in STEPS:
        place = moved(box, right * step, up * step)
        if is_free(fig, text, place, others):
            if right or up:
                shift(text, right * step, up * step)
                boxes[text] = place
            return


# Quarters of a line to the right and up, near places first.
STEPS = sorted(
    ((right, up) for right in range(-6, 7) for up in range(-6, 7)),
    key=lambda step: (np.hypot(*step), step),
)


def moved(box, right, up):
    return Bbox(box.get_points() + (right, up))


def is_free(fig, text, box, others):
    whole = fig.bbox.containsx(box.x0) and fig.bbox.containsx(box.x1)
    return (
        whole
        and fig.bbox.containsy(box.y0)
        and fig.bbox.containsy(box.y1)
        and not any(Bbox.intersection(box, other) for other in others)
        and (has_paper(text) or not any(lines(fig, box)))
    )


def shift(text, right, up):
    """Move a text by pixels."""
    way = text.get_transform()
    if isinstance(text, Annotation):
        place = text.xyann
        way = text.axes.transData if text.anncoords == "data" else None
        if way is not None:
            new = way.transform(place) + (right, up)
            text.xyann = tuple(way.inverted().transform(new))
        return
    new = way.transform(text.get_position()) + (right, up)
    text.set_position(way.inverted().transform(new))


def in_image(text, ax):
    return bool(ax.images) and Bbox.intersection(ink(text), ax.bbox) is not None


def drawn(fig):
    """The texts that are really drawn: no tick beyond its axis, no blank."""
    found, draw = [], Text.draw

    def note(self, *args, **kwargs):
        found.append(self)
        return draw(self, *args, **kwargs)

    with mock.patch.object(Text, "draw", note):
        fig.draw_without_rendering()
    return [text for text in found if text.get_visible() and readable(text)]


def readable(text):
    return text.get_text().strip() and text.get_rotation() % 90 == 0


def ink(text):
    """The box of a text's letters: its lines' height without the leading."""
    if isinstance(text, Annotation):
        text.update_positions(text.get_figure(root=True).canvas.get_renderer())
    box = Text.get_window_extent(text)  # an annotation's own holds its arrow
    spare = 0.17 * text.get_fontsize() * text.get_figure(root=True).dpi / 72
    if text.get_rotation() % 180:
        return Bbox(
            [[box.x0 + spare, box.y0 + 1], [box.x1 - spare, box.y1 - 1]]
        )
    return Bbox([[box.x0 + 1, box.y0 + spare], [box.x1 - 1, box.y1 - spare]])


def has_paper(text):
    patch = text.get_bbox_patch()
    return patch is not None and patch.get_facecolor()[3] > 0


def said(text):
    return repr(" ".join(text.get_text().split())[:40])


def lines(fig, box):
    """What of the drawn lines, points, arrows and frames crosses a box, and is
    not hidden there by a disc or a filled patch."""
    for ax in fig.axes:
        if not ax.get_visible():
            continue
        inside = Bbox.intersection(box, ax.bbox) is not None
        if inside and is_covered(ax, box):
            continue
        for line in ax.lines if inside else ():
            if line.get_visible() and crosses_line(line, box):
                yield f"the line {line.get_label()}"
        for points in ax.collections if inside else ():
            if points.get_visible() and crosses_points(points, box):
                yield "a point"
        frames = ax.patches if ax.axison is False or inside else ()
        arrows = [t.arrow_patch for t in ax.texts if hasattr(t, "arrow_patch")]
        for patch in [*frames, *filter(None, arrows)]:
            if patch.get_visible() and crosses_patch(patch, box):
                yield f"a {type(patch).__name__}"
        for spine in ax.spines.values() if ax.axison else ():
            if spine.get_visible() and spine.get_path().transformed(
                spine.get_transform()
            ).intersects_bbox(box, filled=False):
                yield "the frame"


def is_covered(ax, box):
    """True if the box lies in a large disc, or in a filled patch."""
    middle = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    for line in ax.lines:
        radius = line.get_markersize() * ax.get_figure(root=True).dpi / 144
        if line.get_marker() in ("o", "s") and 2 * radius > box.width:
            places = line.get_transform().transform(line.get_xydata())
            if np.hypot(*(places - middle).T).min() < radius:
                return True
    return any(
        patch.get_fill()
        and patch.get_facecolor()[3] == 1
        and not isinstance(patch, FancyArrowPatch)
        and patch.contains_point(middle)
        and Bbox.intersection(box, patch.get_window_extent()).width
        > 0.98 * box.width
        for patch in ax.patches
    )


def crosses_line(line, box):
    path = line.get_path().transformed(line.get_transform())
    if line.get_linestyle() in ("None", "", " "):
        return bool(box.count_contains(path.vertices))
    return path.intersects_bbox(box, filled=False)


def crosses_points(points, box):
    """True if a point of a scatter plot lies in the box."""
    places = np.ma.filled(np.ma.asarray(points.get_offsets()), np.nan)
    if not len(places) or points.get_array() is not None:
        return False
    return bool(
        box.count_contains(points.get_offset_transform().transform(places))
    )


def crosses_patch(patch, box):
    """True if the outline of a patch crosses the box; one around it may."""
    if not isinstance(patch, FancyArrowPatch) and (
        patch.get_linewidth() == 0 or patch.get_edgecolor()[3] == 0
    ):
        return False
    path = patch.get_path()
    if isinstance(patch, FancyArrowPatch):
        path = patch._get_path_in_displaycoord()[0][0]
        return path.intersects_bbox(box, filled=False)
    path = path.transformed(patch.get_transform())
    return path.intersects_bbox(box, filled=False)
