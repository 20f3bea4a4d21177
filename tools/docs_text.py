"""Extract the text of chapter 17 from the Python that runs this, and store it in
code/byhand/data/python_docs.txt.xz with Python's licence beside it.

    python tools/docs_text.py

It was run once, with Python 3.12.1. Another version gives another text, so the stored file is what
the book reads (tests hold its checksum), and nobody needs to run this again.
"""

import ast
import lzma
import pathlib
import re
import shutil
import sysconfig

from byhand.data import docs

SKIPPED = ("site-packages", "test", "idlelib", "pydoc_data", "turtledemo", "lib2to3")


def sources(library):
    """(room, text) of the help topics, then of every docstring of the standard library."""
    from pydoc_data.topics import topics

    yield from (("topics", topics[name]) for name in sorted(topics))
    for path in sorted([*library.glob("*.py"), *library.glob("*/*.py")]):
        inside = path.relative_to(library)
        if any(part in str(inside) for part in SKIPPED):
            continue
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue
        room = inside.parts[0].removesuffix(".py")
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                yield room, ast.get_docstring(node) or ""


def paragraphs(texts):
    """Paragraphs of prose, each once: at least six words, mostly letters, no grammar, no session
    of the interpreter, ASCII."""
    seen = set()
    for room, text in texts:
        for part in re.split(r"\n\s*\n", text):
            line = " ".join(part.split())
            found = re.findall(r"[a-z]+", line.lower())
            prose = len(found) >= 6 and sum(map(len, found)) > 0.72 * len(line.replace(" ", ""))
            code = "::=" in part or ">>>" in part
            if prose and not code and line.isascii() and line.lower() not in seen:
                seen.add(line.lower())
                yield f"{room}\t{line}"


def main():
    library = pathlib.Path(sysconfig.get_paths()["stdlib"])
    text = "\n".join(paragraphs(sources(library)))
    docs.TEXT.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
    shutil.copy(library / "LICENSE.txt", docs.LICENCE)
    print(f"{len(text):,} characters, {docs.TEXT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
