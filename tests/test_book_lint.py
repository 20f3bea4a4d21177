"""Openings, palette and copies: all chapters keep the rules, and a planted fault is found."""

import ast
import copy
import inspect

import book_lint
import notebook_lint
import pytest
from byhand import lstm
from conftest import ROOT
from nbformat.v4 import new_code_cell

CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))


@pytest.mark.parametrize("check", book_lint.CHECKS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_chapter(path, check):
    problems = check(notebook_lint.read(path), path.stem)
    assert not problems, "\n".join(problems)


@pytest.fixture(scope="module")
def chapter_notebook():
    return notebook_lint.read(CHAPTERS[0])


@pytest.mark.parametrize(
    "part", ["**Time:** about", "**You need:**", "**The question.**", "to run."]
)
def test_a_bare_opening_is_found(chapter_notebook, part):
    nb = copy.deepcopy(chapter_notebook)
    assert part in nb.cells[0].source
    nb.cells[0].source = nb.cells[0].source.replace(part, "")
    assert any("the opening lacks" in problem for problem in book_lint.check_opening(nb, "x"))


@pytest.mark.parametrize(
    ("source", "bad"),
    [
        ('ax.plot(x, y, color="red")', True),
        ('ax.plot(x, y, "r--")', True),
        ('ax.bar(x, y, color=["C0", "C1"])', True),
        ('label_line(ax, 1, 2, "here", "#ff8800")', True),
        ('ax.imshow(x, cmap="viridis")', True),
        ('ax.scatter(x, y, facecolor="tab:blue")', True),
        ("ax.plot(x, y, color=plots.BLUE)", False),
        ('ax.plot(x, y, "--", color="0.6")', False),
        ('ax.axhline(0, color="black")', False),
        ('ax.plot(x, y, color="#DDDDDD")', False),
        ('ax.imshow(x, cmap="Blues")', False),
        ('ax.set_title("red, green and blue")', False),
    ],
)
def test_colours(chapter_notebook, source, bad):
    nb = copy.deepcopy(chapter_notebook)
    nb.cells.append(new_code_cell(source))
    assert bool(book_lint.check_palette(nb, "x")) == bad


def test_a_renamed_copy_is_found(chapter_notebook):
    source = inspect.getsource(lstm.lstm_backward)
    tree = ast.parse(source)
    tree.body[0].name = "mine"
    nb = copy.deepcopy(chapter_notebook)
    nb.cells.append(new_code_cell(ast.unparse(tree).replace("cache", "kept")))
    assert any("mine is a copy of byhand/lstm.py" in p for p in book_lint.check_copies(nb, "x"))


def test_another_body_is_no_copy(chapter_notebook):
    source = (
        "def mine(a, b):\n" + "".join(f"    a = a + {k} * b\n" for k in range(7)) + "    return a"
    )
    nb = copy.deepcopy(chapter_notebook)
    nb.cells.append(new_code_cell(source))
    assert book_lint.check_copies(nb, "x") == []
