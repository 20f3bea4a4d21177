"""The suite turns red: faults planted in a copy of the book,
each found by the suite's own checks and named.

The copy without a fault is green, so it is the fault that is found.
"""

import copy
import re
import shutil
import subprocess

import browser_checks
import build as book_build
import nbformat
import notebook_lint as lint
import pytest
import site_checks
import suite
from conftest import ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

pytestmark = pytest.mark.slow
# What shares a run of notebooks, or a built site, stays on one worker.
RUNS, SITES = pytest.mark.xdist_group("runs"), pytest.mark.xdist_group("sites")
# It has figures, formulas and bands, and is not a large page.
CHAPTER = ROOT / "chapters" / "03_mlp.ipynb"
NAME = CHAPTER.stem
SOURCES = (
    "_config.yml",
    "_toc.yml",
    "_ext",
    "_static",
    "assets",
    "front",
    "back",
    "tools",
    "chapters",
    "code",
    "index.ipynb",
)
PAGE = f"chapters/{NAME}.html"
HANGING_AFTER = 5  # seconds that a cell may take here; the suite gives it five minutes


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A copy of the book in an empty folder."""
    folder = tmp_path_factory.mktemp("book")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", ".ipynb_checkpoints")
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder / name)
    return folder


def stdout(text):
    return new_output("stream", name="stdout", text=text)


def add_cell(nb, source, *outputs, count="next", **metadata):
    """Append a code cell that looks as if it had been run."""
    count = sum(c.cell_type == "code" for c in nb.cells) + 1 if count == "next" else count
    nb.cells.append(
        new_code_cell(source, execution_count=count, outputs=list(outputs), metadata=metadata)
    )


def add_loss(nb, printed, stored="loss 0.171 of 3\n", band=(0.15, 0.18)):
    """Append a cell that prints one text where another is stored, its first number with a band."""
    bands = {"stdout": {"0": list(band)}} if band else {}
    add_cell(nb, f"print({printed!r})", stdout(stored), bands=bands)


def a_band(nb):
    """A measured band of a notebook."""
    bands = (cell.metadata.get("bands", {}) for _, cell in lint.code_cells(nb))
    return next(
        band for entries in bands for numbers in entries.values() for band in numbers.values()
    )


def widen_a_band(nb):
    a_band(nb)[1] += 1


def add_text(nb, source):
    nb.cells.append(new_markdown_cell(source))


def a_figure(nb):
    """The first image output of a notebook."""
    for _, cell in lint.code_cells(nb):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                return output
    raise AssertionError("the chapter has no figure to plant a fault in")


def drop_section(nb):
    for cell in nb.cells:
        cell.source = re.sub(r"^## Exercises\n?", "", cell.source, flags=re.M)


def change_setup(nb):
    next(cell for _, cell in lint.code_cells(nb)).source += "\nprint('mine')"


def long_cell(nb):
    add_cell(nb, "\n".join(["x = 1"] * 29))


# ---- faults that a look at the file finds: (what it does, what the message says)
IN_THE_FILE = {
    "unrun cell": (lambda nb: add_cell(nb, "1 + 1", count=None), "not run"),
    "cell run out of order": (lambda nb: add_cell(nb, "1 + 1", count=99), "run as number 99"),
    "stored error": (
        lambda nb: add_cell(
            nb, "1 / 0", new_output("error", ename="ZeroDivisionError", evalue="division")
        ),
        "stored error ZeroDivisionError",
    ),
    "stderr": (
        lambda nb: add_cell(
            nb, "warn()", new_output("stream", name="stderr", text="UserWarning: planted")
        ),
        "stderr output",
    ),
    "absolute path": (
        lambda nb: add_cell(nb, "print(f)", stdout("/home/me/data.csv\n")),
        "absolute path",
    ),
    "address": (
        lambda nb: add_cell(nb, "print(f)", stdout("<f at 0x7f0012345678>\n")),
        "memory address",
    ),
    "figure without alt": (
        lambda nb: a_figure(nb).metadata["image/png"].pop("alt"),
        "no alternative text",
    ),
    "file name as alt": (
        lambda nb: a_figure(nb).metadata["image/png"].update(alt="a/b.png"),
        "a file name",
    ),
    "changed setup cell": (change_setup, "the setup cell differs"),
    "missing section": (drop_section, "section missing: 'Exercises'"),
    "long cell": (long_cell, "29 lines"),
    "semicolon": (lambda nb: add_cell(nb, "f(1);"), "ends in ';'"),
    "ignored output": (
        lambda nb: add_cell(nb, "# NBVAL_IGNORE_OUTPUT\nf()"),
        "cells with ignored output",
    ),
    "skipped cell": (lambda nb: add_cell(nb, "# NBVAL_SKIP\nf()"), "is not allowed"),
    "band widened by hand": (widen_a_band, "was not measured; that is ["),
    "broken band": (lambda nb: a_band(nb).append(3), "broken bands"),
    "unmeasured cell": (
        lambda nb: add_cell(nb, "print(0.5)", stdout("0.5\n")),
        "not measured since it changed",
    ),
    "directive": (lambda nb: add_text(nb, "```{note}\nText\n```"), "a directive"),
    "role": (lambda nb: add_text(nb, "See {ref}`there`."), "a role"),
    "alert": (lambda nb: add_text(nb, "> [!NOTE]\n> Text"), "a GitHub alert"),
    "task list": (lambda nb: add_text(nb, "- [ ] to do"), "a task list"),
    "open details": (
        lambda nb: add_text(nb, "<details>\n<summary>Solution</summary>\n\nText\n"),
        "do not balance",
    ),
    "summary without a blank line": (
        lambda nb: add_text(nb, "<details>\n<summary>Solution</summary>\nText\n\n</details>"),
        "a blank line is missing",
    ),
}


@pytest.fixture(scope="module")
def chapter_notebook():
    return lint.read(CHAPTER)


def test_the_unplanted_file_is_green(chapter_notebook):
    assert lint.lint(chapter_notebook, NAME) == []


@pytest.mark.parametrize("fault", IN_THE_FILE)
def test_file_turns_red(chapter_notebook, fault):
    plant, message = IN_THE_FILE[fault]
    nb = copy.deepcopy(chapter_notebook)
    plant(nb)
    assert any(problem.startswith(NAME) and message in problem for problem in lint.lint(nb, NAME))


# ---- faults that a run finds
def shortened(nb, code_cells=1):
    """The first cells of a chapter, to the setup cell: enough to run, quick to run often."""
    kept, count = [], 0
    for cell in nb.cells:
        count += cell.cell_type == "code"
        kept.append(cell)
        if count == code_cells:
            break
    short = copy.deepcopy(nb)
    short.cells = copy.deepcopy(kept)
    return short


IN_A_RUN = {
    "raising": (lambda nb: add_cell(nb, "raise ValueError('planted')"), "planted"),
    "stale": (lambda nb: add_cell(nb, "print(1 + 1)", stdout("3\n")), "Cell outputs differ"),
    "number out of its band": (
        lambda nb: add_loss(nb, "loss 0.19 of 3"),
        "0.19 instead of 0.171; its band is 0.15 to 0.18",
    ),
    "number without a band": (
        lambda nb: add_loss(nb, "loss 0.179 of 3", band=None),
        "0.179 instead of 0.171; it has no band",
    ),
    "integer": (lambda nb: add_loss(nb, "loss 0.171 of 4"), "4 instead of 3; it has no band"),
    "word": (
        lambda nb: add_loss(nb, "error 0.171 of 3"),
        "'error 0.171 of 3' instead of 'loss 0.171 of 3'",
    ),
    "added number": (
        lambda nb: add_loss(nb, "loss 0.171 of 3 4"),
        "'loss 0.171 of 3 4' instead of",
    ),
    "missing line": (
        lambda nb: add_loss(nb, "loss 0.171 of 3", stored="loss 0.171 of 3\nsolved\n"),
        "the line 'solved' is missing",
    ),
    "description of a figure": (
        lambda nb: add_cell(
            nb,
            "from IPython.display import display\n"
            "display({'image/png': '', 'text/plain': 'It falls to 0.3.'}, raw=True)",
            new_output("display_data", data={"image/png": "", "text/plain": "It falls to 0.1."}),
        ),
        "0.3 instead of 0.1",
    ),
    "broken band": (
        lambda nb: add_cell(
            nb, "print(0.19)", stdout("0.171\n"), bands={"stdout": {"0": ["wide"]}}
        ),
        "are broken",
    ),
    "hanging": (
        lambda nb: add_cell(nb, "while True:\n    pass", stdout("done\n")),
        "Timeout of 5 seconds",
    ),
    "unrun": (
        lambda nb: add_cell(nb, "print(1)", stdout("1\n"), count=None),
        "Unrun reference cell",
    ),
}


@pytest.fixture(scope="module")
def runs(book, chapter_notebook):
    """One run of the suite's own nbval command: {notebook: (number of failures, what was said)}."""
    notebooks = {"green": shortened(chapter_notebook)}
    add_loss(notebooks["green"], "loss 0.16 of 3")
    add_loss(notebooks["green"], "loss 0.172 of 3", band=None)
    for fault, (plant, _) in IN_A_RUN.items():
        notebooks[fault] = shortened(chapter_notebook)
        plant(notebooks[fault])
    folder = book / "planted"
    folder.mkdir()
    for name, nb in notebooks.items():
        nbformat.write(nb, folder / f"{name}.ipynb")
    command = suite.nbval_command(sorted(folder.glob("*.ipynb")), cell_timeout=HANGING_AFTER)
    done = subprocess.run(
        [*command, "--rootdir", book, "-c", ROOT / "pyproject.toml"],
        cwd=book,
        env=suite.cell_environment(),
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)


@RUNS
def test_the_unplanted_run_is_green(runs):
    assert "green.ipynb" not in runs.partition("FAILURES")[2], runs


@RUNS
@pytest.mark.parametrize("fault", IN_A_RUN)
def test_run_turns_red(runs, fault):
    failure = re.search(
        rf"__ planted/{fault}\.ipynb::Cell \d+ __+\n(.*?)(?=\n__+ |\n=+ )", runs, re.S
    )
    assert failure, runs
    assert IN_A_RUN[fault][1] in failure[1]


# ---- faults that the site build, a look at the site, or a browser finds
IN_A_FORMULA = r"""
A formula with an unknown command $\nosuchcommand{x}$, and one with a missing brace $\frac{1}{2$.

<img src="https://example.org/picture.png" alt="A picture from somewhere else.">

<div style="width: 900px">Wide.</div>

<button></button>
"""
IN_A_FORMULA += "\n\n".join([f"<pre>{'wide ' * 80}</pre>"] * 3)
IN_A_FORMULA += "\n\n<p>" + '<a href="#">stop</a> ' * 250 + "</p>"
IN_A_FORMULA += ("\n\n$$" + " + ".join(["x_{long}"] * 60) + "$$") * 4
IN_A_FORMULA += '\n\n<table style="min-width: 900px"><tr><td>wide</td></tr></table>'
GROWING = """

<style>@keyframes grow { from { height: 0 } to { height: 600px } }</style>
<div style="animation: grow .2s infinite alternate"></div>
"""


@pytest.fixture(scope="module")
def green_site(site):
    """The book's own site: without a fault."""
    return site


@pytest.fixture(scope="module")
def faulty(book, chapter_notebook, tmp_path_factory):
    """A build with a broken link, which must stop it, and with faults that do not: a figure
    without alt, broken TeX, and others. Built(html, problems, log); the pages are written."""
    nb = copy.deepcopy(chapter_notebook)
    a_figure(nb).metadata["image/png"].pop("alt")
    add_text(nb, IN_A_FORMULA)
    add_text(nb, "See [the next chapter](99_nowhere.ipynb).")
    nb.cells[0].source += GROWING
    copied = tmp_path_factory.mktemp("faulty") / "book"
    shutil.copytree(book, copied, ignore=shutil.ignore_patterns("_build", "planted"))
    nbformat.write(nb, copied / "chapters" / CHAPTER.name)
    return book_build.build(copied, copied)


@pytest.fixture(scope="module")
def faulty_site(faulty):
    return faulty.html


@SITES
def test_the_unplanted_site_is_green(green_site):
    assert site_checks.check_page(green_site, PAGE) == []


@SITES
def test_broken_link_stops_the_build(faulty):
    assert faulty.problems
    for problem in faulty.problems:
        assert f"chapters/{CHAPTER.name}" in problem and "99_nowhere" in problem


@SITES
@pytest.mark.parametrize(
    "message", ["alternative text", "loads from elsewhere: https://example.org"]
)
def test_look_at_the_site_turns_red(faulty_site, message):
    assert any(
        p.startswith(PAGE) and message in p for p in site_checks.check_page(faulty_site, PAGE)
    )


@SITES
def test_broken_links_and_anchors_are_found_in_the_pages(green_site, tmp_path):
    shutil.copytree(green_site, tmp_path / "html")
    page = tmp_path / "html" / "chapters" / f"{NAME}.html"
    links = '<a href="nowhere.html">x</a><a href="#nowhere">x</a></body>'
    page.write_text(page.read_text(encoding="utf-8").replace("</body>", links), encoding="utf-8")
    problems = site_checks.check_links(tmp_path / "html", f"chapters/{NAME}.html")
    assert [problem.rpartition(": ")[2] for problem in problems] == ["nowhere.html", "#nowhere"]


@pytest.fixture(scope="module")
def seen(browser, serve, faulty_site):
    """What a browser finds on the chapter's page with the faults; without them the page is
    green in tests/test_browser.py."""
    visit = browser_checks.Visit(browser, serve(faulty_site), f"chapters/{NAME}.html")
    found = browser_checks.check_page(visit)
    visit.close()
    return found


@SITES
@pytest.mark.browser
@pytest.mark.parametrize(
    "message",
    [
        "broken formula: Undefined control sequence",
        "formula not typeset",
        "request to another host: https://example.org",
        "px wide on a phone",
        "button-name",
        "blocks cut off",
        "stops of the Tab key",
        "a figure without a name",
        "tables scroll sideways",
        "equations scroll on a phone",
        "its parts move by",
    ],
)
def test_page_turns_red(seen, message):
    assert any(p.startswith(f"chapters/{NAME}.html") and message in p for p in seen), seen
