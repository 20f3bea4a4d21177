"""The landing page on the site: the list of chapters as cards, with a picture of each."""

import base64
import html
import io
import json
from pathlib import Path

from byhand import stored
from byhand.contents import PARTS, STATIONS
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
WIDTH, HEIGHT = 320, 180


def cards():
    """HTML that replaces the list of chapters."""
    found = []
    for number, station in enumerate(STATIONS, 1):
        name = f"{number:02d}_{station.slug}"
        part = (
            f'<span class="card-part">{html.escape(PARTS[number])}</span>'
            if number in PARTS
            else ""
        )
        found.append(
            f'<li>{part}<a href="chapters/{name}.html">'
            f'<img src="_static/cards/{name}.png" alt="" loading="lazy" '
            f'width="{WIDTH}" height="{HEIGHT}">'
            f"<strong>{number}. {html.escape(station.title)}</strong>"
            f"<span>{html.escape(station.what)}</span>"
            f"<small>{stored.minutes(name)} minutes</small></a></li>"
        )
    return f'<ul class="cards">{"".join(found)}</ul>'


def picture(name):
    """The chapter's first figure, cut to the size of a card."""
    for output in stored.outputs(name):
        data = output.get("data", {}).get("image/png")
        if data:
            image = Image.open(io.BytesIO(base64.b64decode("".join(data)))).convert("RGB")
            scale = max(WIDTH / image.width, HEIGHT / image.height)
            image = image.resize((round(image.width * scale), round(image.height * scale)))
            left, top = (image.width - WIDTH) // 2, (image.height - HEIGHT) // 2
            return image.crop((left, top, left + WIDTH, top + HEIGHT))
    return Image.new("RGB", (WIDTH, HEIGHT), "white")


def write_pictures(app, exception):
    if exception is None and app.builder.format == "html":
        folder = Path(app.outdir) / "_static" / "cards"
        folder.mkdir(parents=True, exist_ok=True)
        for number, station in enumerate(STATIONS, 1):
            name = f"{number:02d}_{station.slug}"
            picture(name).quantize(64).save(folder / f"{name}.png", optimize=True)


def view(notebook):
    """The landing page as the site shows it."""
    for k, cell in enumerate(notebook["cells"]):
        if "chapters" in cell["metadata"].get("tags", []):
            text = {"cell_type": "markdown", "id": "cards", "metadata": {}, "source": cards()}
            notebook["cells"][k] = text
        for output in cell.get("outputs", ()):  # links in outputs are not resolved by Sphinx
            shown = output.get("data", {}).get("text/markdown")
            if shown:
                output["data"]["text/markdown"] = "".join(shown).replace(".ipynb)", ".html)")


def on_read(app, docname, source):
    if docname == "index":
        notebook = json.loads(source[0])
        view(notebook)
        source[0] = json.dumps(notebook)


def setup(app):
    app.connect("source-read", on_read, priority=600)
    app.connect("build-finished", write_pictures)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
