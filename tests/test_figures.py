"""Figures: their SVG, the words on them, the drawings, and what the site makes of them."""

import base64
import json
import re
import sys
import xml.etree.ElementTree as ET

import matplotlib.pyplot as plt
import numpy as np
import pytest
from byhand import plots, show
from byhand.plots import overlaps, svg
from conftest import ROOT
from docutils import nodes

sys.path.append(str(ROOT / "_ext"))

import figures  # noqa: E402

NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))
DATE = list("2 mag 2031"), ["2", "0", "3", "1", "-", "..."]
DRAWINGS = {
    "neuron": lambda ax: plots.draw_neuron(ax, [2, -1], [1, 3], 2, 1, 1),
    "lstm": plots.gates.draw_lstm_cell,
    "seq2seq": lambda ax: plots.sequences.draw_encoder_decoder(ax, *DATE),
    "two heads": lambda ax: plots.attention.draw_heads(ax, 2, "D", "D/N"),
    "transformer": plots.transformer.draw_transformer,
}


@pytest.fixture(autouse=True)
def style():
    plots.use_book_style()
    yield
    plt.close("all")


def lines(seed=0):
    fig, ax = plt.subplots()
    ax.plot([1, 2, 3], [1, 4, 2], color=plots.BLUE)
    ax.text(2, 1, "words & more", color=plots.ORANGE)
    ax.set(xlabel="$x_1$", title="a title")
    return fig


def test_words_stay_words_and_the_same_figure_gives_the_same_svg():
    first, second = svg.as_svg(lines()), svg.as_svg(lines())
    assert first == second and len(first) < 20_000
    texts = [node.text for node in ET.fromstring(first).iter(f"{svg.SVG}text")]
    assert "words & more" in texts and "a title" in texts
    assert "1970" not in first and "metadata" not in first
    ids = re.findall(r' id="([^"]+)"', first)
    assert len(ids) == len(set(ids)) and all(re.fullmatch(r"f[0-9a-f]{6}-\d+", i) for i in ids)
    assert set(re.findall(r'(?:href="|url\()#([\w-]+)', first)) == set(ids)


def test_two_figures_share_no_id():
    other = lines()
    other.axes[0].set_title("another title")
    ids = [set(re.findall(r' id="([^"]+)"', svg.as_svg(fig))) for fig in (lines(), other)]
    assert ids[0] and not ids[0] & ids[1]


def test_a_long_svg_is_none():
    fig, ax = plt.subplots()
    ax.scatter(*np.random.default_rng(0).random((2, 4000)))
    assert svg.as_svg(fig) is None


@pytest.mark.parametrize(("cmap", "kind"), [("Blues", "map"), ("gray_r", "map"), ("gray", "photo")])
def test_what_lies_in_an_image_is_marked(cmap, kind):
    fig, ax = plt.subplots()
    ax.imshow(np.eye(3), cmap=cmap)
    ax.text(1, 1, "inside", color="white")
    ax.set_title("outside")
    root = ET.fromstring(svg.as_svg(fig))
    marked = [node for node in root.iter() if node.get("class") == kind]
    inside = [text.text for node in marked for text in node.iter(f"{svg.SVG}text")]
    assert inside == ["inside"]
    assert any(node.tag == f"{svg.SVG}image" for node in marked)
    assert len(svg.as_svg(fig)) < 10_000  # nine pixels, not thousands


def test_words_that_lie_on_something_are_found():
    fig, ax = plt.subplots()
    fig.set_layout_engine("none")
    ax.plot([0, 1], [0, 1], label="rise")
    ax.text(0.5, 0.5, "on the line", ha="center", va="center")
    ax.text(0.1, 0.8, "first")
    ax.text(0.11, 0.81, "second")
    ax.text(0.9, 0.1, "much too long for this place, and so cut off")
    ax.text(0.7, 0.7, "paper", bbox={"facecolor": "white"})
    found = overlaps.overlaps(fig)
    assert "'on the line' lies on the line rise" in found
    assert "'second' lies on 'first'" in found
    assert any("is cut off at the edge" in one for one in found)
    assert not any("'paper'" in one for one in found)
    with pytest.raises(ValueError, match="words that stand free, got"):
        overlaps.refuse(fig)


def test_a_label_goes_to_the_nearest_free_place():
    fig, ax = plt.subplots()
    ax.plot([0, 1], [0, 1])
    label = ax.text(0.5, 0.52, "beside the line", color=plots.BLUE)
    free = ax.text(0.1, 0.9, "free")
    before = free.get_position()
    overlaps.loosen(fig)
    assert overlaps.overlaps(fig) == []
    assert free.get_position() == before
    moved = ax.transData.transform(label.get_position()) - ax.transData.transform((0.5, 0.52))
    assert 0 < np.hypot(*moved) < 2 * 13 * fig.dpi / 72


def test_labels_that_lie_on_each_other_are_parted(monkeypatch):
    fig, ax = plt.subplots()
    for nudge in (0, 0.01, 0.02):
        ax.text(0.4 + nudge, 0.5 + nudge, "the same place")
    assert overlaps.overlaps(fig)
    drawings, draw = [], fig.draw_without_rendering
    monkeypatch.setattr(fig, "draw_without_rendering", lambda: (drawings.append(1), draw()))
    overlaps.loosen(fig)
    assert len(drawings) <= 2  # not one for each label
    assert overlaps.overlaps(fig) == []


@pytest.mark.parametrize("name", DRAWINGS)
def test_no_words_of_a_drawing_lie_on_anything(name):
    fig, ax = plt.subplots()
    DRAWINGS[name](ax)
    forms = [fig, fig.upright()]
    for form in forms:
        assert overlaps.overlaps(form) == []
        assert svg.as_svg(form, 60_000)
    assert round(forms[0].get_size_inches()[0] * 100) in show.WIDTHS
    assert forms[1].get_size_inches()[0] == 3.4  # a phone's width


def stored():
    for path in NOTEBOOKS:
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", ()):
                if "image/png" in output.get("data", {}):
                    yield path.stem, output


def test_every_stored_figure_has_one_of_three_widths_and_nearly_every_one_its_svg():
    without = []
    for name, output in stored():
        said = output["metadata"]["image/png"]
        assert said["width"] in show.WIDTHS, f"{name}: {said}"
        if show.FIGURE not in output["data"]:
            without.append(f"{name}: {said['alt'][:50]}")
        else:
            assert len(output["data"][show.FIGURE]) <= svg.LARGEST
    assert len(without) <= MANY_PARTS, without


MANY_PARTS = 3  # figures of thousands of points, which keep their PNG


# ---- on the site


def shown(text, kind="fill"):
    return figures.COLOUR.sub(lambda m: figures.themed(m, False), f"{kind}:{text}")


def test_colours_become_the_pages():
    assert shown("#222222") == shown("#000000") == "fill:currentColor"
    assert shown("#ffffff") == "fill:var(--fig-paper)"
    assert shown("#0072b2", "stroke") == "stroke:var(--fig-blue)"
    assert "color-mix(in srgb,currentColor 62%" in shown("#767676")
    assert shown("#123456") == "fill:#123456"


def a_notebook(data, **said):
    said = {"alt": "A line that rises.", "width": 640, **said}
    output = {"output_type": "display_data", "data": data, "metadata": {"image/png": said}}
    cell = {"cell_type": "code", "id": "x", "metadata": {}, "source": "", "outputs": [output]}
    return {"cells": [cell]}


def test_the_svg_stands_in_the_page_under_its_name():
    drawn = svg.as_svg(lines())
    data = {"image/png": base64.b64encode(b"x").decode(), show.FIGURE: drawn}
    cells = figures.view(a_notebook(data, caption="It rises."))["cells"]
    page = cells[0]["outputs"][0]["data"]
    assert list(page) == ["text/html"] and cells[1]["source"] == "*It rises.*"
    assert (
        'role="img"' in page["text/html"] and 'aria-label="A line that rises."' in page["text/html"]
    )
    assert 'width="704" height="396"' in page["text/html"]
    assert "#222222" not in page["text/html"] and "currentColor" in page["text/html"]


def test_a_figure_without_svg_keeps_its_png():
    cells = figures.view(a_notebook({"image/png": "eA=="}))["cells"]
    assert list(cells[0]["outputs"][0]["data"]) == ["image/png"]


def test_a_drawing_with_links_is_a_group_whose_links_have_names():
    fig, ax = plt.subplots()
    plots.transformer.draw_transformer(ax)
    page = figures.inline(svg.as_svg(fig), "The Transformer, block by block.", 640)
    assert 'role="group"' in page and 'href="14_self_attention.html#several-heads"' in page
    links = ET.fromstring(page).iter("a")
    assert all(link.get("aria-label") for link in links)


def captioned(*inside):
    """What the paragraph below a figure leaves, and the caption taken from it."""
    cell = nodes.container("", classes=["cell"])
    section = nodes.section("", cell, nodes.paragraph("", "", *inside))
    caption = figures.Figures.caption(None, cell)
    left = [node.astext() for node in section if isinstance(node, nodes.paragraph)]
    return "".join(node.astext() for node in caption), left


def test_the_sentence_in_italics_below_a_figure_is_its_caption():
    line = nodes.emphasis("", "Two lines, one of them straight.")
    assert captioned(line.deepcopy()) == ("Two lines, one of them straight.", [])
    assert captioned(line.deepcopy(), nodes.Text(" And more."))[1] == ["And more."]
    stressed = [nodes.emphasis("", "All"), nodes.Text(" of them.")]
    assert captioned(*stressed) == ("", ["All of them."])
    assert captioned(nodes.Text("It is "), line.deepcopy())[0] == ""


@pytest.mark.parametrize(
    ("page", "number"),
    [("chapters/03_mlp", "3"), ("chapters/16_transformer", "16"), ("chapters/05s_valley", "5s")],
)
def test_figures_are_numbered_by_chapter(page, number):
    assert figures.CHAPTER.match(page)[1] == number
