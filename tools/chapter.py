"""Edit, run and normalise the notebooks: the committed .ipynb is the only source of a chapter.

python tools/chapter.py text 01     write text/01_neuron.py, a text form to edit (never committed)
python tools/chapter.py run 01      take the text back if newer, run from a fresh kernel,
store the outputs
python tools/chapter.py run all     the same for every notebook
python tools/chapter.py url URL     the book's address: _config.yml, setup cells,
README, CITATION.cff
"""

import hashlib
import os
import pathlib
import re
import sys
import time

import fold_titles
import nbformat
from exercise_text import folded_answers, with_tasks

ROOT = pathlib.Path(__file__).resolve().parents[1]
CHAPTERS = ROOT / "chapters"
TEXT = ROOT / "text"
URL_LINE = re.compile(r"^(\s+url:\s*)(https://github\.com/[\w.-]+/[\w.-]+)\s*$", re.M)
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {
        "name": "python",
        "pygments_lexer": "ipython3",
        "file_extension": ".py",
        "mimetype": "text/x-python",
    },
}
SETUP_TEMPLATE = """\
# @title Setup: finds the book's code, or fetches it once (on Colab, say). Safe to run again.
import os, pathlib, subprocess, sys
os.environ.setdefault("OMP_NUM_THREADS", "1")  # small arrays: one thread is faster
REPO = "{url}"
here, name = pathlib.Path.cwd(), REPO.rsplit("/", 1)[1]
places = (here, *here.parents, here / name)
root = next((p for p in places if (p / "code" / "byhand").is_dir()), None)
if root is None:
    root, part = here / name, here / (name + ".part")
    clone = f'git clone -q --depth 1 {{REPO}} "{{part}}"'
    fetch = f'rm -rf "{{part}}" && {{clone}} && mv "{{part}}" "{{root}}"'
    done = subprocess.run(fetch, shell=True, capture_output=True, text=True)
    if done.returncode:
        subprocess.run(["rm", "-rf", str(part)])
        why = done.stderr.strip()
        sys.exit(f"Could not fetch the book's code from {{REPO}}. No network? {{why}}")
sys.path[:0] = [] if str(root / "code") in sys.path else [str(root / "code")]"""


def book_url():
    """The repository's address, from its one source: `repository.url` in _config.yml."""
    found = URL_LINE.search((ROOT / "_config.yml").read_text(encoding="utf-8"))
    if not found:
        sys.exit(
            "_config.yml: expected a line 'url: https://github.com/OWNER/REPO' under 'repository'"
        )
    return found[2]


SETUP = SETUP_TEMPLATE.format(url=book_url())


def notebooks():
    """Every notebook of the book: the landing page, then the chapters in order."""
    return [ROOT / "index.ipynb", *sorted(CHAPTERS.glob("*.ipynb"))]


def find(key):
    """The notebook files that `key` names: a chapter's number, its file name, 'index', or 'all'."""
    if key == "all":
        return [path for path in notebooks() if path.exists()]
    known = {
        path.stem: path
        for path in [*notebooks(), *(CHAPTERS / f"{p.stem}.ipynb" for p in TEXT.glob("[0-9]*.py"))]
    }
    digits = key.zfill(2) if key.isdigit() else key if re.fullmatch(r"\d\ds", key) else None
    hits = [
        p
        for stem, p in known.items()
        if key and (stem == key or (digits and stem.startswith(digits + "_")))
    ]
    if len(hits) != 1:
        sys.exit(
            f"N: expected a chapter's number (N=01), 'index' or 'all', got {key!r}; "
            f"there are: {', '.join(sorted(known))}"
        )
    return hits


PASSING = ("execution", "collapsed", "ExecuteTime", "lines_to_next_cell", "cell_marker")


def normalise(nb):
    """Make a notebook's form canonical: metadata, setup cell, stable ids, no run-time traces.

    A code cell's id is made from its source; a text cell's from the code before it, so that other
    words are no other cell. JupyterLab and Colab fold what the site folds, under a name.
    """
    nb.metadata = nbformat.from_dict(METADATA)
    nb.nbformat, nb.nbformat_minor = 4, 5
    nb.cells = with_tasks(nb.cells)
    seen, before, texts = {}, "start", 0
    for cell in nb.cells:
        cell.source = "\n".join(line.rstrip() for line in cell.source.strip("\n").split("\n"))
        tags = cell.metadata.get("tags", [])
        for trace in (*PASSING, "jupyter", "cellView"):
            cell.metadata.pop(trace, None)
        for tag in tags:
            if tag == "setup":
                cell.source = SETUP
            elif tag.startswith("answer:"):
                cell.source = folded_answers(tag.removeprefix("answer:"))
        if cell.cell_type != "code":
            texts += 1
            cell.id = f"{before}-text-{texts}"
            continue
        if {"setup", "hide-input", "remove-input"} & set(tags):
            cell.metadata.update(jupyter={"source_hidden": True}, cellView="form")
            cell.source = fold_titles.named(cell.source, tags)
        digest = hashlib.sha1(fold_titles.without_title(cell.source).encode()).hexdigest()[:8]
        seen[digest] = seen.get(digest, 0) + 1
        cell.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
        before, texts = cell.id, 0
    return nb


def take_text_back(path):
    """Replace the notebook by its text form if that is newer; True if only words changed.

    Where no code changed, the stored outputs stay; else they are run anew.
    """
    text = TEXT / f"{path.stem}.py"
    if not text.exists() or (path.exists() and text.stat().st_mtime <= path.stat().st_mtime):
        return False
    import jupytext

    nb = normalise(jupytext.read(text))
    old = nbformat.read(path, 4) if path.exists() else nbformat.v4.new_notebook()
    words_only = keep_outputs(nb, old)
    path.parent.mkdir(exist_ok=True)
    nbformat.write(nb, path)
    print(f"{path.relative_to(ROOT)}: taken from {text.relative_to(ROOT)}")
    return words_only


def keep_outputs(nb, old):
    """Give a notebook the outputs of the stored one if their code cells are the same."""
    pairs = list(zip(code_cells(nb), code_cells(old), strict=False))
    same = len(code_cells(nb)) == len(code_cells(old)) and all(
        new.source == stored.source and new.metadata.get("tags") == stored.metadata.get("tags")
        for new, stored in pairs
    )
    if not same:
        return False
    for new, stored in pairs:
        new.update(outputs=stored.outputs, execution_count=stored.execution_count)
        if "bands" in stored.metadata:
            new.metadata["bands"] = stored.metadata["bands"]
    return True


def code_cells(nb):
    return [cell for cell in nb.cells if cell.cell_type == "code"]


def run(path):
    """Run one notebook from a fresh kernel and store its outputs;
    an error leaves the old file as it was."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    if take_text_back(path):
        print("  only words changed: the stored outputs stay (run it again to run the cells)")
        return
    nb = normalise(nbformat.read(path, 4))
    os.environ.update(OMP_NUM_THREADS="1", BYHAND_PROGRESS="off", PYTHONWARNINGS="default")
    os.environ["BYHAND_CHECK_FIGURES"] = "1"
    start = time.perf_counter()
    client = NotebookClient(
        nb, timeout=300, resources={"metadata": {"path": str(path.parent)}}, coalesce_streams=True
    )
    if sys.stderr.isatty():
        client.on_cell_start = lambda cell, cell_index: print(
            f"\r  cell {cell_index + 1} of {len(nb.cells)} ", end="", file=sys.stderr
        )
    try:
        client.execute()
    except CellExecutionError as error:
        sys.exit(
            f"{path.relative_to(ROOT)}: a cell failed; the stored notebook keeps its old "
            f"outputs\n{error}"
        )
    normalise(nb)
    import bands_record

    changed = bands_record.changes(nbformat.read(path, 4), nb)
    bands_record.apply(path, nb)
    part = path.with_suffix(".ipynb.part")
    nbformat.write(nb, part)
    part.replace(path)
    print(f"{path.relative_to(ROOT)}: ran in {time.perf_counter() - start:.1f} s, outputs stored")
    for change in [*changed, *bands_record.unmeasured(path, nb)]:
        print(f"  {change}")


def write_text(path):
    """Write the chapter as a text file (jupytext's percent format) to edit."""
    import jupytext

    TEXT.mkdir(exist_ok=True)
    target = TEXT / f"{path.stem}.py"
    if target.exists() and target.stat().st_mtime > path.stat().st_mtime:
        sys.exit(
            f"{target.relative_to(ROOT)} is newer than the notebook: "
            "run 'make chapter' to take it back, or delete it"
        )
    nb = nbformat.read(path, 4)
    for cell in nb.cells:
        # 'make chapter' writes them from the record of 'make spread'
        for made in ("bands", "jupyter", "cellView"):
            cell.metadata.pop(made, None)
    nb.metadata["jupytext"] = {"cell_markers": 'r"""', "notebook_metadata_filter": "-all"}
    jupytext.write(nb, target, fmt="py:percent")
    os.utime(target, (path.stat().st_mtime, path.stat().st_mtime))
    print(f"{target.relative_to(ROOT)}: edit it, then 'make chapter N={path.stem.split('_')[0]}'")


def pages_url(url):
    """Where the workflow publishes the site of the repository `url`."""
    owner, name = url.removeprefix("https://github.com/").split("/")
    return f"https://{owner}.github.io/{name}/"


def set_url(url):
    """Write the repository's address everywhere it stands; run cells are not affected."""
    url = url.rstrip("/").removesuffix(".git")
    if not re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+", url):
        sys.exit(f"URL: expected https://github.com/OWNER/REPO, got {url!r}")
    old = book_url()
    addresses = {old: url, pages_url(old): pages_url(url)}
    for name in (
        "_config.yml",
        "README.md",
        "CITATION.cff",
        "CONTRIBUTING.md",
        *(str(p.relative_to(ROOT)) for p in [*sorted((ROOT / "front").glob("*.md")), *notebooks()]),
    ):
        file = ROOT / name
        if file.exists():
            text = file.read_text(encoding="utf-8")
            for before, after in addresses.items():
                text = text.replace(before, after)
            file.write_text(text, encoding="utf-8")
    global SETUP
    SETUP = SETUP_TEMPLATE.format(url=url)
    for path in notebooks():
        if path.exists():
            nbformat.write(normalise(nbformat.read(path, 4)), path)
    print(f"the book's address is now {url} (was {old})")


def main(argv):
    """Dispatch the command line; say what was expected when it does not fit."""
    if len(argv) != 2 or argv[0] not in ("run", "text", "url"):
        sys.exit(__doc__)
    command, value = argv
    if command == "url":
        set_url(value)
        return
    for path in find(value):
        run(path) if command == "run" else write_text(path)


if __name__ == "__main__":
    main(sys.argv[1:])
