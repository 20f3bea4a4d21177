"""Results on the landing page, read from the stored outputs of the chapters
that measured them."""

import json
import pathlib
import re

from IPython.display import display

from byhand.contents import STATIONS
from byhand.show import FIGURE
from byhand.validate import describe

CHAPTERS = pathlib.Path(__file__).resolve().parents[2] / "chapters"
PICTURES = (FIGURE, "image/png")
MINUTES = re.compile(r"\*\*Time:\*\* about (\d+) minutes")


def outputs(name):
    """All outputs of a chapter, in order. Raises ValueError if there is
    no such chapter."""
    file = CHAPTERS / f"{name}.ipynb"
    if not file.exists():
        raise ValueError(
            f"name: expected a chapter such as '10_lstm', got {describe(name)}"
        )
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    return [output for cell in cells for output in cell.get("outputs", ())]


def stored_line(name, start):
    """The first printed line of a chapter that begins with `start`. ValueError
    if none does."""
    for output in outputs(name):
        for line in "".join(output.get("text", ())).splitlines():
            if line.startswith(start):
                return line
    raise ValueError(
        f"start: expected the beginning of a line of {name}, got {start!r}"
    )


def stored_number(name, start, place=0):
    """A number of that line, as it is printed there;
    `place` counts from 0, after `start`."""
    return re.findall(
        r"-?\d[\d,]*(?:\.\d+)?(?:e[+-]\d+)?",
        stored_line(name, start)[len(start) :],
    )[place]


def show_stored_figure(name, start, width):
    """Publish the figure of a chapter whose alternative text begins with
    `start`, once more.

    Arguments: name, start as in `stored_line`. width: on the page, in pixels.
    """
    for output in outputs(name):
        alt = "".join(output.get("data", {}).get("text/plain", ()))
        if "image/png" in output.get("data", {}) and alt.startswith(start):
            kept = output["data"]
            data = {key: "".join(kept[key]) for key in PICTURES if key in kept}
            data |= {"text/plain": alt}
            return display(
                data,
                raw=True,
                metadata={"image/png": {"alt": alt, "width": width}},
            )
    raise ValueError(
        f"start: expected the beginning of an alternative text of {name}, got "
        f"{start!r}"
    )


def minutes(name):
    """How long a chapter takes to read, as its opening says."""
    text = (CHAPTERS / f"{name}.ipynb").read_text(encoding="utf-8")
    return int(MINUTES.search(text)[1])


def show_chapters():
    """Publish the list of chapters: what each makes possible,
    and how long it takes."""
    lines = []
    for number, station in enumerate(STATIONS, 1):
        name = f"{number:02d}_{station.slug}"
        link = f"[{station.title}](chapters/{name}.ipynb)"
        lines.append(
            f"{number}. {link}: {station.what} ({minutes(name)} minutes)"
        )
    text = "\n".join(lines)
    display({"text/markdown": text, "text/plain": text}, raw=True)
