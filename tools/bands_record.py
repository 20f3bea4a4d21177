"""The record of what was measured: tests/spread/NAME.json, and the bands that follow from it.

The record holds every value that a number took; the notebook holds the bands,
made from them by one rule. So a band that was widened by hand is found:
it does not follow from the record.
"""

import json
import sys
import time

from roundings import MEASURED, processor
from suite import ROOT

sys.path.append(str(ROOT / "tools" / "comparison"))

import bands  # noqa: E402

RECORD = ROOT / "tests" / "spread"


def file_of(path):
    return RECORD / f"{path.stem}.json"


def read(path):
    """A notebook's record, or None where it was never measured."""
    file = file_of(path)
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def write(path, seen):
    """Write the record of one notebook. seen: what spread_report.gather returned."""
    RECORD.mkdir(exist_ok=True)
    record = {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "processor": processor(),
        "roundings": list(MEASURED),
        "held_out": {},
        "cells": seen.values,
    }
    lines = json.dumps({key: value for key, value in record.items() if key != "cells"}, indent=1)[
        :-2
    ]
    cells = ",\n".join(
        f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in seen.values.items()
    )
    file_of(path).write_text(f'{lines},\n "cells": {{\n{cells}\n }}\n}}\n', encoding="utf-8")


def write_held_out(path, result):
    """Add how a notebook fared under the roundings that were held out: {name:
    number of problems}."""
    record = read(path)
    text = file_of(path).read_text(encoding="utf-8")
    old = json.dumps({"held_out": record["held_out"]}, indent=1)[2:-2]
    new = json.dumps({"held_out": result}, indent=1)[2:-2]
    file_of(path).write_text(text.replace(old, new, 1), encoding="utf-8")


def expected(record, cell):
    """The bands that follow from the record for a cell as it is; None if it was not measured."""
    if record is None or cell.cell_type != "code" or cell.id not in record["cells"]:
        return None
    return bands.measured(record["cells"][cell.id], bands.texts(cell.outputs))


def apply(path, nb):
    """Write the bands of a notebook's cells from its record;
    a cell that was not measured has none."""
    record = read(path)
    for cell in nb.cells:
        cell.metadata.pop("bands", None)
        found = expected(record, cell)
        if found is not None and cell.outputs:
            cell.metadata["bands"] = found
    return nb


def check(path, nb, name):
    """Problems of a notebook's bands: not measured, not as measured,
    or missed by its own number."""
    record, problems = read(path), []
    if record is None:
        return [f"{name}: its numbers were never measured: make spread N={name.split('_')[0]}"]
    for i, cell in enumerate(nb.cells):
        if cell.cell_type != "code" or not cell.outputs or ignored(cell):
            continue
        where, have, want = f"{name}, cell {i}", cell.metadata.get("bands"), expected(record, cell)
        trouble = bands.broken(have)
        if trouble:
            problems.append(f"{where}: broken bands: {trouble}")
        elif want is None and have is None and "exercises.check(" in cell.source:
            continue  # an untouched stub: no number of its page was computed by the chapter
        elif want is None and have is None and is_drawing(cell):
            continue  # a figure described without a number: there is nothing to measure
        elif want is None:
            problems.append(
                f"{where}: not measured since it changed: make spread N={name.split('_')[0]}"
            )
        elif have is None:
            problems.append(f"{where}: its bands are missing: make spread N={name.split('_')[0]}")
        else:
            problems += differences(where, have, want)
            problems += outside(where, cell, have)
    return problems


def is_drawing(cell):
    """True if a cell shows figures alone, described in words without a number."""
    pictures = all("image/png" in output.get("data", {}) for output in cell.outputs)
    said = (text.text for text in bands.texts(cell.outputs))
    return pictures and not any(next(iter(bands.numbers(text)), None) for text in said)


def differences(where, have, want):
    """Where the bands of a cell are not the ones that were measured."""
    problems = []
    for key in sorted({*have, *want}):
        mine, theirs = have.get(key, {}), want.get(key, {})
        for k in sorted({*mine, *theirs}, key=int):
            if mine.get(k) != theirs.get(k):
                number = f"{where}, {key}, number {int(k) + 1}"
                problems.append(
                    f"{number}: the band {mine.get(k)} was not measured; that is {theirs.get(k)}"
                )
    return problems


def outside(where, cell, have):
    """Where a stored number lies outside its own band."""
    problems = []
    for key, entries in have.items():
        shown = [
            n
            for text in bands.texts(cell.outputs)
            if text.key == key
            for n in bands.numbers(text.text)
        ]
        for k, (low, high) in entries.items():
            number = shown[int(k)] if int(k) < len(shown) else None
            if number is None or not low <= number.value <= high:
                said = number.text if number else "no number"
                problems.append(
                    f"{where}, {key}, number {int(k) + 1}: stored {said}, band {low:g} to {high:g}"
                )
    return problems


def changes(old, new):
    """What a run printed otherwise than the stored notebook says, for cells that are the same."""
    stored = {cell.id: cell for cell in old.cells if cell.cell_type == "code"}
    found = []
    for i, cell in enumerate(new.cells):
        before = stored.get(cell.get("id"))
        if before is not None and before.outputs and not ignored(cell):
            recorded = before.metadata.get("bands")
            known = None if bands.broken(recorded) else recorded
            problems = bands.compare(bands.texts(before.outputs), bands.texts(cell.outputs), known)
            found += [f"cell {i} printed something else: {problem}" for problem in problems]
    return found


def unmeasured(path, nb):
    """One line if cells have no bands, or numbers have left theirs:
    what `make chapter` tells the author."""
    problems = check(path, nb, path.stem)
    command = f"make spread N={path.stem.split('_')[0]}"
    said = f"{len(problems)} cells or numbers without a band that fits: '{command}'"
    return [said] if problems else []


def ignored(cell):
    """True if nbval does not compare the cell's outputs."""
    return "NBVAL_IGNORE_OUTPUT" in cell.source or "nbval-ignore-output" in cell.metadata.get(
        "tags", []
    )
