"""What is solved, in one small readable file on this computer; delete it to start again. Nothing is sent.

The file is `byhand-progress.json` in the book's folder (else in the current one). The environment variable
BYHAND_PROGRESS names another file; BYHAND_PROGRESS=off touches nothing (the book's own tests set it, so
that the outputs stored in the chapters do not depend on who has solved what).
"""

import json
import os
import pathlib
import tempfile

from byhand.exercises.checker import registry

FILE = "byhand-progress.json"


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


def read():
    """({name: {"passed": bool, "tries": int}}, a sentence about trouble or "")."""
    file = path()
    if file is None:
        return {}, ""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}, ""
    except (OSError, UnicodeDecodeError):
        return (
            _aside(file)
            if file.is_file() and os.access(file, os.R_OK)
            else ({}, f"{file.name} cannot be read, so nothing is shown as solved.")
        )
    try:
        found = json.loads(text)["exercises"]
        return {str(k): {"passed": bool(v["passed"]), "tries": int(v["tries"])} for k, v in found.items()}, ""
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return _aside(file)


def _aside(file):
    """Keep a damaged file under another name and start anew."""
    kept = next(
        p
        for n in range(1000)
        if not (p := file.with_name(file.name + (f".bak{n}" if n else ".bak"))).exists()
    )
    try:
        file.replace(kept)
    except OSError:
        return {}, f"{file.name} is damaged and could not be set aside; progress is not recorded."
    return {}, f"{file.name} was damaged; it is kept as {kept.name}, and a new one begins."


def record(name, passed):
    """Note one try; returns a sentence if that was not possible. Never raises for the file system's sake."""
    file = path()
    if file is None:
        return ""
    found, trouble = read()
    entry = found.setdefault(name, {"passed": False, "tries": 0})
    entry["passed"] |= passed
    entry["tries"] += 1
    text = json.dumps(
        {"about": "exercises tried; delete this file to start again", "exercises": found}, indent=1
    )
    try:
        _write(file, text + "\n")
    except OSError:
        return f"(Progress could not be saved in {file.name}; the result above stands.)"
    return f"({trouble})" if trouble else ""


def _write(file, text):
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
    found, trouble = read()
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
