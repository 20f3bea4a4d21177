"""The page "How this book is tested": what runs where, and what the last recorded runs took.

python tools/pages_tested.py --record   keep what the last runs of the notebooks took,
in back/tested.json

A run of `make test`, `make test-cpu` or `make test-colab` leaves its
cells and seconds in _build/runs. Recording them is a step of its own,
so that an ordinary test changes no file of the book.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import sys
from importlib import metadata

import bands_record
import nbformat
import notebooks
import spread_report
from pages_exercises import found
from roundings import HELD_OUT, MEASURED, OTHER_CPUS
from suite import ROOT, RUNS

DATA = ROOT / "back" / "tested.json"
PLACES = {
    "pinned": "seconds",
    **{name: name for name in OTHER_CPUS},
    "Colab's versions": "Colab's versions",
}
LIBRARIES = ("numpy", "torch", "matplotlib", "nbval")
TEXT = """# How this book is tested

Every output on these pages is stored in the notebook that the page is made from. The tests run
each notebook again from a fresh kernel, cell by cell, and compare what each cell prints with what
is stored. A number in the text that no cell prints is not tested, so the text has few of them.
Pictures are not compared point by point; their descriptions are, and many of those contain
computed numbers.

## How numbers are compared

Two processors add the same numbers in different orders, so the last digits of a result differ;
training amplifies that, sometimes to the first digit. A page that shows results, and not only
verdicts on them, needs to know by how much. So a notebook is run under {roundings} roundings on
one machine: {names}. *Jitter* multiplies every random draw by one plus a millionth of noise,
which a long training amplifies as another processor's rounding would. *Two threads* are two in
PyTorch; NumPy keeps one. (Chapters 1 to 5 and 15 were measured with two threads in NumPy, and
with the third jitter on a plain CPU.) The range in which each printed number was seen, widened by
as much again on either side (in scientific notation also in ratio) and by at least one unit of
its last digit, is its **band**. When a notebook is tested, words must be equal and a number must
lie in its band. A number that was the same in all runs while its neighbours moved (in its line, or
at its place in other lines of a table) may lie as far away as they did: eight runs are too few to
move the worst of three starts each time. Any other number that never moved has no band: an integer
must then be equal, a decimal may differ by one unit of its last digit. Code listings are compared
letter by letter.

The bands stand in the notebooks, the values they were made from in `tests/spread/`; a band that
does not follow from those values is an error, and so is a cell that changed since it was
measured. `make spread N=08` measures a chapter again and tells its author which number is printed
too finely. What the text claims of its numbers is asserted in folded cells next to them; an
assert that fails under any rounding keeps the bands from being stored. Run by plain `pytest
--nbval`, the notebooks are compared letter by letter.

{varying} {unmeasured}

**Held out.** {held_out}

The widest bands of the book, as shares of the number that is printed (numbers below a millionth
are rounding errors, and left out here):

{widest}

## What runs

| command | what it proves |
|:--|:--|
| `make test` | lint, the code, all chapters, the site, each page in a browser, planted faults |
| `make test-colab` | each notebook alone in an empty folder, with the versions that Colab has |
| `make test-cpu` | the chapters as on a CPU without wide vectors, and on one with AVX2 only |
| `make exercises` | every exercise solved in its notebook with the solution that the page shows |

The tests of the code hold forward passes against PyTorch, gradients against central differences
and autograd, and every exercise's checker against right and wrong answers. Each planted fault
must be found.

**Without a network.** Whenever notebooks are tested, Python may not look up or reach another
computer: an attempt raises an error, and the cell fails. The pages are loaded in the browser with
the same rule; a request to another host is a failure.

**On every change** the book's continuous integration runs `make test`, a sixteenth of the notebooks
under Colab's versions and on the two other kinds of CPU. The contrast of all words, in both themes,
is measured on a third of the pages. The shares change with the day, so that in sixteen days
everything has had its turn; all of it at once would take too long on two cores. A workflow that runs each night does all of it. Other kinds of CPU are
emulated by switching off instructions. ARM processors, GPUs, Windows and macOS are not tested.

**What is not compared.** {ignored} of {outputs} cells with output are exempt, since they print
measured times.

## What it took

{recorded}

{table}

*Cells*: code cells that are run. *Compared*: those with output that must be equal. *Exercises*:
those with a checker, each tested with the page's solution. *Seconds*: under nbval with the pinned
versions, two chapters side by side, one thread each. The other columns give the day of the last
recorded pass in that environment.

`make test`, `make test-cpu` or `make test-colab`, then `make record` and `make pages` renew this
page.
"""  # noqa: E501
NOTHING = "No run has been recorded yet: `make test`, then `make record`."


def record():
    """Merge the runs in _build/runs into the data file;
    a notebook with a failed cell is not a pass."""
    data = json.loads(DATA.read_text(encoding="utf-8")) if DATA.exists() else {"runs": {}}
    for run in PLACES:
        file = RUNS / f"{run}.json"
        if file.exists():
            new = json.loads(file.read_text(encoding="utf-8"))
            kept = data["runs"].setdefault(run, {})
            for stem, entry in sorted(new["notebooks"].items()):
                if not entry["failed"]:
                    kept[stem] = {
                        "cells": entry["cells"],
                        "seconds": round(entry["seconds"], 1),
                        "date": new["date"],
                    }
            print(f"{run}: {len(new['notebooks'])} notebooks of {new['date']}")
    data["machine"] = machine()
    DATA.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def machine():
    """What the times were measured on, in words."""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES)
    return f"{processor()}; Python {platform.python_version()}, {versions}"


def processor():
    """The processor's name where the system tells it, and its number of cores as seen here."""
    file = pathlib.Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{(names or [platform.machine()])[0]}, {os.cpu_count()} cores"


def compared(chapter):
    """(code cells, cells with output, of these the ones that are exempt) of a chapter."""
    cells = json.loads((ROOT / "chapters" / f"{chapter.slug}.ipynb").read_text(encoding="utf-8"))[
        "cells"
    ]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    exempt = sum("NBVAL_IGNORE_OUTPUT" in "".join(cell["source"]) for cell in code)
    return len(code), sum(bool(cell["outputs"]) for cell in code), exempt


def in_words(names):
    """A list as it stands in a sentence."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def spreads():
    """What is known about numbers: the parts of the page that the records in tests/spread/ fill."""
    widest, varied, printed, days, green, missing = [], 0, 0, {}, {}, []
    for chapter in notebooks.pages():
        path = ROOT / "chapters" / f"{chapter.slug}.ipynb"
        record, nb = bands_record.read(path), nbformat.read(path, 4)
        if record is None:
            missing.append(f"chapter {chapter.number}")
            continue
        days.setdefault(record["processor"], []).append(record["date"])
        for name, problems in record["held_out"].items():
            green.setdefault(name, []).append(not problems)
        found = [
            text for cell in nb.cells for text in bands_record.bands.texts(cell.get("outputs", []))
        ]
        printed += sum(
            len(bands_record.bands.numbers(text.text)) for text in found if not text.exact
        )
        for _, _, number, line, _, band in spread_report.entries(nb, record["cells"]):
            varied += 1
            share = spread_report.width(number, band)
            if share is not None:
                widest.append((share, chapter, number.text, band, line))
    rows = ["| chapter | prints | band | width | line |", "|:--|--:|:--|--:|:--|"]
    for share, chapter, text, (low, high), line in sorted(widest, key=lambda row: -row[0])[:10]:
        where = f"[{chapter.number}](../chapters/{chapter.slug}.ipynb)"
        shown = line.replace("|", "/").replace("`", "")[:70]
        rows.append(f"| {where} | {text} | {low:g} to {high:g} | {share:.0%} | `{shown}` |")
    machines = in_words([f"{cpu}, {min(when)} to {max(when)}" for cpu, when in days.items()])
    held = [
        f"{name}: {sum(runs)} of {len(runs)} chapters green" for name, runs in sorted(green.items())
    ]
    return {
        "roundings": len(MEASURED),
        "names": in_words(list(MEASURED)),
        "unmeasured": f"Not measured yet, and compared strictly: {in_words(missing)}."
        if missing
        else "",
        "varying": f"{varied} of {printed} printed numbers vary at all. "
        f"The runs were made on {machines}.",
        "held_out": f"Four roundings made no band ({in_words(list(HELD_OUT))}); "
        "the chapters were run under "
        f"them and held against the bands: {'; '.join(held) or 'not yet'}.",
        "widest": "\n".join(rows),
    }


def page():
    """The page as Markdown."""
    data = json.loads(DATA.read_text(encoding="utf-8")) if DATA.exists() else {"runs": {}}
    runs, book = data["runs"], [(chapter, *compared(chapter)) for chapter in notebooks.pages()]
    others = [name for name in PLACES if name != "pinned"]
    head = ["chapter", "cells", "compared", "exercises", "seconds", *others]
    rows = ["| " + " | ".join(head) + " |", "|:--" + "|--:" * 4 + "|:--" * len(others) + "|"]
    for chapter, cells, outputs, ignored in book:
        checked = sum(kind != "open" for *_, kind in found(chapter))
        own = runs.get("pinned", {}).get(chapter.slug)
        days = [runs.get(name, {}).get(chapter.slug, {}).get("date", "") for name in others]
        title = f"[{chapter.number}. {chapter.title}](../chapters/{chapter.slug}.ipynb)"
        seconds = f"{own['seconds']:.0f}" if own else ""
        rows.append(
            f"| {title} | {cells} | {outputs - ignored} | {checked} | {seconds} | "
            + " | ".join(days)
            + " |"
        )
    seconds = [
        entry["seconds"] for stem, entry in runs.get("pinned", {}).items() if stem != "index"
    ]
    recorded = NOTHING
    if seconds:
        days = sorted(entry["date"] for entry in runs["pinned"].values())
        recorded = (
            f"Measured on {days[-1]} on {data['machine']}. The {len(seconds)} chapters ran for "
            f"{sum(seconds):.0f} seconds together; the longest took {max(seconds):.0f}, "
            f"the median {statistics.median(seconds):.0f}."
        )
    return TEXT.format(
        **spreads(),
        recorded=recorded,
        table="\n".join(rows),
        ignored=sum(ignored for *_, ignored in book),
        outputs=sum(outputs for _, _, outputs, _ in book),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--record", action="store_true", required=True, help="keep what the last runs took"
    )
    parser.parse_args()
    sys.exit(record())
