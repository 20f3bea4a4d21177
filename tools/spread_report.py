"""What the runs of one notebook under several roundings say: values, disagreements,
advice to the author."""

import json
from collections import namedtuple

import bands_record
import nbformat
from bands_record import bands

# values: {cell id: {key: {number: [its value in each rounding]}}}, of the numbers that varied; {}
# where none did. problems: why nothing may be stored. failed: {(cell, error): [roundings]}.
Seen = namedtuple("Seen", "values problems failed")
FINE = 0.2  # a band wider than this share of its number says little
NOISE = 1e-6  # smaller numbers are rounding errors, and as large as they like


def gather(nb, runs):
    """Put the runs of a notebook side by side."""
    values, problems, failed = {}, [], {}
    by_id = [{cell["id"]: cell["outputs"] for cell in run["cells"]} for run in runs]
    for i, cell in enumerate(nb.cells):
        if (
            cell.cell_type != "code"
            or not cell.outputs
            and not any(run.get(cell.id) for run in by_id)
        ):
            continue
        found = [bands.texts(run.get(cell.id, [])) for run in by_id]
        for run, texts in zip(runs, found, strict=True):
            for text in texts:
                if text.key == "error":
                    failed.setdefault((i, text.text), []).append(run["rounding"])
        if bands_record.ignored(cell) or any(
            text.key == "error" for texts in found for text in texts
        ):
            continue
        differing = disagreements(i, bands.texts(cell.outputs), runs, found)
        problems += differing
        if not differing:
            values[cell.id] = varying(found)
    problems += [
        f"cell {i}: {error.splitlines()[0]} ({', '.join(n)})" for (i, error), n in failed.items()
    ]
    return Seen(values, problems, failed)


def disagreements(i, stored, runs, found):
    """Where the words, or the count of numbers, differ between the page and a rounding."""
    wide = {text.key: Everything() for text in stored}
    problems = []
    for run, texts in zip(runs, found, strict=True):
        differing = bands.compare(stored, texts, wide)
        problems += [f"cell {i}, {run['rounding']}: {problem}" for problem in differing]
    return problems


class Everything(dict):
    """Bands that hold whatever comes: only words and counts are compared."""

    def get(self, key, default=None):
        return [float("-inf"), float("inf")]


def varying(found):
    """{key: {number: values}} of the numbers that are not the same in all runs."""
    columns = {}
    for texts in found:
        row = {}
        for text in texts:
            if not text.exact:
                row.setdefault(text.key, []).extend(n.value for n in bands.numbers(text.text))
        for key, numbers in row.items():
            columns.setdefault(key, []).append(numbers)
    return {
        key: {
            str(k): list(seen)
            for k, seen in enumerate(zip(*rows, strict=True))
            if len(set(seen)) > 1
        }
        for key, rows in columns.items()
        if any(len(set(seen)) > 1 for seen in zip(*rows, strict=True))
    }


def entries(nb, values):
    """Yield (cell number, key, number as printed, its line, values,
    band) for every number that varied."""
    for i, cell in enumerate(nb.cells):
        seen = values.get(cell.id, {}) if cell.cell_type == "code" else {}
        made = bands.measured(seen, bands.texts(cell.outputs)) if seen else {}
        for key, numbers in made.items():
            texts = [text.text for text in bands.texts(cell.outputs) if text.key == key]
            shown = [
                (n, text.splitlines()[n.line - 1]) for text in texts for n in bands.numbers(text)
            ]
            for k in [k for k in numbers if k in seen[key]]:
                number, line = shown[int(k)]
                yield i, key, number, line.strip(), seen[key][k], numbers[k]


def width(number, band):
    """The width of a band as a share of its number; None for rounding errors,
    which may be anything."""
    size = max(abs(number.value), abs(band[0]), abs(band[1]))
    if size < NOISE:
        return None
    return (band[1] - band[0]) / max(abs(number.value), number.unit)


def report(path, nb, seen, runs):
    """What the author should know, as text."""
    lines = [f"{path.stem}: {len(runs)} roundings, {sum(run['seconds'] for run in runs):.0f} s"]
    for (i, error), names in seen.failed.items():
        kind = "assert failed" if error.startswith("AssertionError") else "raised"
        lines.append(
            f"  cell {i}: {kind} in {len(names)} of {len(runs)} roundings: {error.splitlines()[0]}"
        )
    for problem in seen.problems:
        lines.append(f"  NOT STORED: {problem}")
    varied = fine = 0
    for i, key, number, line, values, band in entries(nb, seen.values):
        varied += 1
        span, share = max(values) - min(values), width(number, band)
        said = (
            f"  cell {i}, {key}: you print {number.text}, seen {min(values):g} to {max(values):g}"
        )
        if share is not None and share > FINE:
            lines.append(
                f"{said}; its band {band[0]:g} to {band[1]:g} is wider than a fifth of it: "
                f"more seeds, a mean, or fewer digits: {line!r}"
            )
            fine += 1
        elif not number.whole and share is not None and span > 5 * number.unit:
            lines.append(f"{said}: its last digit is noise, print one digit less: {line!r}")
            fine += 1
    lines.append(f"  {varied} numbers vary, {fine} of them are printed too finely or move too much")
    return "\n".join(lines)


def compare_held_out(path, files, count):
    """Hold the runs that made no band against the bands;
    True if all are green. Keeps the result."""
    nb = nbformat.read(path, 4)
    if bands_record.read(path) is None or len(files) < count:
        print(f"{path.stem}: no record, or only {len(files)} of {count} roundings ran")
        return False
    result = {}
    for file in files:
        run = json.loads(file.read_text(encoding="utf-8"))
        outputs = {cell["id"]: cell["outputs"] for cell in run["cells"]}
        problems = []
        for i, cell in enumerate(nb.cells):
            if cell.cell_type == "code" and not bands_record.ignored(cell):
                stored, fresh = bands.texts(cell.outputs), bands.texts(outputs.get(cell.id, []))
                found = bands.compare(stored, fresh, cell.metadata.get("bands"))
                problems += [f"cell {i}: {problem}" for problem in found]
        result[run["rounding"]] = len(problems)
        said = "green" if not problems else f"{len(problems)} problems"
        print(f"{path.stem}, {run['rounding']}: {said}")
        print("".join(f"  {problem}\n" for problem in problems), end="")
    bands_record.write_held_out(path, result)
    return not any(result.values())
