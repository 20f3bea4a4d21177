"""What is solved, in one small readable file on this computer;
delete it to start again. Nothing is sent.

The file is `byhand-progress.json` in the book's folder (else in the
current one). The environment variable BYHAND_PROGRESS names another file; BYHAND_PROGRESS=off
touches nothing (the book's own tests set it, so that the outputs stored in the chapters do not
depend on who has solved what).
"""

import json
import os
import pathlib
import stat
import tempfile

from byhand.exercises.checker import registry

FILE = "byhand-progress.json"
BIGGEST = 10**6  # bytes


def path():
    """Where progress is kept; None if it is switched off."""
    chosen = os.environ.get("BYHAND_PROGRESS", "")
    if chosen.lower() == "off":
        return None
    if chosen:
        return pathlib.Path(chosen).expanduser()
    here = pathlib.Path.cwd()
    book = next((p for p in (here, *here.parents) if (p / "code" / "byhand").is_dir()), here)
    return book / FILE


def read(file):
    """({name: {"passed": bool, "tries": int}}, trouble in words or ""); OSError for odd files."""
    try:
        info = file.stat()
    except FileNotFoundError:
        return {}, ""
    if not stat.S_ISREG(info.st_mode) or info.st_size > BIGGEST:
        raise OSError("not a small regular file")
    try:
        found = json.loads(file.read_bytes())["exercises"]
        return {
            str(k): {"passed": bool(v["passed"]), "tries": int(v["tries"])}
            for k, v in found.items()
        }, ""
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        return {}, _aside(file)


def _aside(file):
    """Keep a damaged file as .bak (an older one is replaced), and start anew."""
    kept = file.with_name(file.name + ".bak")
    file.replace(kept)
    return f"{file.name} was damaged; it is kept as {kept.name}, and a new one begins."


def record(name, passed):
    """Note one try; returns a sentence if that was not possible. Never raises:
    the verdict must stand."""
    try:
        file = path()
        if file is None:
            return ""
        found, trouble = read(file)
        entry = found.setdefault(name, {"passed": False, "tries": 0})
        entry["passed"] |= passed
        entry["tries"] += 1
        about = "exercises tried; delete this file to start again"
        _write(file, json.dumps({"about": about, "exercises": found}, indent=1) + "\n")
    except Exception:  # a folder that is gone, no such user, a full disk
        return f"(Progress could not be saved in {_name()}; the result above stands.)"
    return f"({trouble})" if trouble else ""


def _name():
    chosen = pathlib.PurePath(os.environ.get("BYHAND_PROGRESS") or FILE).name
    return chosen if len(chosen) <= 60 else chosen[:57] + "..."


def _write(file, text):
    """Write beside the file, then move it into place:
    a cut keeps the old one. A link stays a link."""
    file = file.resolve()
    if file.exists() and not os.access(file, os.W_OK):
        raise PermissionError(file)
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=file.name, suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(temporary, file)
    except OSError:
        pathlib.Path(temporary).unlink(missing_ok=True)
        raise


def summary(chapter=None):
    """Lines for `exercises.progress()`: solved and tried, chapter by chapter."""
    try:
        file = path()
        found, trouble = read(file) if file else ({}, "")
    except (OSError, RuntimeError):
        found, trouble = {}, f"{_name()} cannot be read, so nothing is shown as solved."
    lines = []
    for name in registry.CHAPTERS if chapter is None else [chapter]:
        names = registry.names_of(name)
        solved = sum(found.get(n, {}).get("passed", False) for n in names)
        lines.append(f"{name}: {solved} of {len(names)} solved")
        if solved or chapter is not None or any(n in found for n in names):
            lines += [f"  {_mark(found.get(n))} {n}" for n in names]
    return lines + ([trouble] if trouble else [])


def _mark(entry):
    return "[ ]" if entry is None else "[x]" if entry["passed"] else "[~]"
