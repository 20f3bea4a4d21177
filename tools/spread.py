"""Measure how far each printed number can be trusted, and store that as its band.

python tools/spread.py 08               run chapter 8 under eight roundings, report, store the bands
python tools/spread.py all              the same for every notebook
python tools/spread.py all --held-out   four further roundings, held against the bands;
stores no band

The runs lie in _build/spread/ and are taken up again where they stopped. A notebook whose words,
or whose count of numbers, differ between roundings gets no bands:
the report says where. The values that were seen go to tests/spread/, one file for each notebook;
the bands, made from them by the rule in tools/comparison/bands.py, to the cells' metadata.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys
import time

import bands_record
import chapter
import nbformat
from roundings import HELD_OUT, MEASURED
from spread_report import compare_held_out, gather, report
from suite import ROOT, Progress, cell_environment

RUNS = ROOT / "_build" / "spread"
CELL_TIMEOUT = 900  # seconds; other kernels are slower, and two runs share the machine


def fingerprint(path):
    """What a run depends on: the notebook's cells, the book's code, the data of the package."""
    digest = hashlib.sha256()
    for cell in nbformat.read(path, 4).cells:
        digest.update(cell.source.encode() if cell.cell_type == "code" else b"")
    for file in sorted((ROOT / "code" / "byhand").rglob("*.py")):
        if "exercises" not in file.parts:
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def target(path, rounding):
    name = "".join(c if c.isalnum() else "-" for c in rounding)
    return RUNS / path.stem / f"{name}.{fingerprint(path)}.json"


def run_once(path, rounding, file):
    """Run a notebook under one rounding, in this process's own environment;
    write what it printed."""
    from nbclient import NotebookClient

    nb = chapter.normalise(nbformat.read(path, 4))
    client = NotebookClient(
        nb,
        timeout=CELL_TIMEOUT,
        allow_errors=True,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    started = time.time()
    client.execute()
    cells = [
        {"id": cell.id, "outputs": [slim(output) for output in cell.outputs]}
        for cell in nb.cells
        if cell.cell_type == "code"
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_text(
        json.dumps({"rounding": rounding, "seconds": time.time() - started, "cells": cells})
    )
    part.replace(file)


COMPARED = ("text/", "image/svg")  # kinds of outputs; the others are pictures


def slim(output):
    """An output without its pictures and tracebacks."""
    kept = {key: value for key, value in output.items() if key not in ("traceback", "metadata")}
    if "data" in kept:
        kept["data"] = {
            key: value for key, value in kept["data"].items() if key.startswith(COMPARED)
        }
    return kept


def start(job):
    """Run one job in a process of its own; return (job, what went wrong or None)."""
    path, rounding, settings, file = job
    command = [sys.executable, __file__, "--run", str(path), rounding, str(file)]
    done = subprocess.run(
        command, cwd=ROOT, env={**cell_environment(), **settings}, capture_output=True, text=True
    )
    wrong = None if file.exists() else (done.stderr.strip().splitlines() or ["no output"])[-1]
    return job, wrong


def run_all(paths, roundings, workers):
    """Run what is not there yet; return {path: [file of each rounding that ran]}."""
    jobs = [
        (path, name, roundings[name], target(path, name)) for path in paths for name in roundings
    ]
    todo = [job for job in jobs if not job[3].exists()]
    print(f"{len(jobs)} runs, {len(jobs) - len(todo)} of them are there already", flush=True)
    progress, done = Progress(), 0
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for future in concurrent.futures.as_completed([pool.submit(start, job) for job in todo]):
            (path, name, _, _), wrong = future.result()
            done += 1
            progress.show(f"run {done} of {len(todo)}: {path.stem}, {name}")
            if wrong or not progress.live:
                progress.clear()
                line = f"  {done:3d}/{len(todo)}  {path.stem}, {name}"
                print(line + (f": did not run: {wrong}" if wrong else ""), flush=True)
    progress.clear()
    return {path: [job[3] for job in jobs if job[0] == path and job[3].exists()] for path in paths}


def store(path, seen):
    """Write the values to the record and the bands to the notebook's cells."""
    bands_record.write(path, seen)
    nb = nbformat.read(path, 4)
    bands_record.apply(path, nb)
    part = path.with_suffix(".ipynb.part")
    nbformat.write(nb, part)
    part.replace(path)


def measure(path, files, expected):
    """Report on one notebook; store its bands if it may have some. Returns True if it does."""
    if len(files) < expected:
        print(f"{path.stem}: only {len(files)} of {expected} roundings ran; nothing is stored")
        return False
    runs = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    seen = gather(nbformat.read(path, 4), runs)
    print(report(path, nbformat.read(path, 4), seen, runs))
    if seen.problems:
        return False
    store(path, seen)
    return True


def main():
    parser = argparse.ArgumentParser(
        description="Measure how far each printed number can be trusted."
    )
    parser.add_argument("key", nargs="?", help="a chapter's number, 'index', or 'all'")
    parser.add_argument(
        "--held-out", action="store_true", help="four further roundings, against the bands"
    )
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument(
        "--run", nargs=3, metavar=("FILE", "ROUNDING", "TARGET"), help=argparse.SUPPRESS
    )
    options = parser.parse_args()
    if options.run:
        path, rounding, file = options.run
        return run_once(chapter.pathlib.Path(path), rounding, chapter.pathlib.Path(file))
    if not options.key:
        parser.error("say which: make spread N=08, or N=all")
    paths = chapter.find(options.key)
    roundings = HELD_OUT if options.held_out else MEASURED
    files = run_all(paths, roundings, options.workers)
    if options.held_out:
        good = [compare_held_out(path, files[path], len(roundings)) for path in paths]
    else:
        good = [measure(path, files[path], len(roundings)) for path in paths]
    print(
        f"{sum(good)} of {len(good)} notebooks: {'green' if options.held_out else 'bands stored'}"
    )
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
