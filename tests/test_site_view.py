"""What the site makes of a notebook: what is left out, folded, linked; no site is built here."""

import sys

import nbformat
import pytest
from conftest import ROOT

sys.path.append(str(ROOT / "_ext"))

import chapter  # noqa: E402
import cross_links  # noqa: E402
import notebook_view  # noqa: E402


def cell(source, *tags, kind="code"):
    made = {"cell_type": kind, "id": "x", "metadata": {"tags": list(tags)}, "source": source}
    return made | ({"outputs": []} if kind == "code" else {})


def seen(*cells):
    return notebook_view.view({"cells": list(cells)}, "chapters/10_lstm")["cells"]


def test_the_setup_is_left_out_and_imports_are_folded_into_one():
    shown = seen(
        cell("setup", "setup"),
        cell("import numpy as np  # noqa: E402"),
        cell("from byhand import plots\n\nplots.use_book_style()"),
        cell("x = 1  # fmt: skip"),
    )
    assert [c["source"].splitlines()[0] for c in shown] == ["import numpy as np", "x = 1"]
    assert "hide-cell" in shown[0]["metadata"]["tags"]
    assert shown[0]["metadata"]["mystnb"]["code_prompt_show"] == "Imports"
    assert "hide-cell" not in shown[1]["metadata"]["tags"]


@pytest.mark.parametrize(
    ("tags", "source", "name"),
    [
        (("hide-input", "claims"), "assert True", "What the text claims of these numbers"),
        (("hide-input",), "show_figure(fig, alt='x')", "The code of the figure"),
        (("hide-input",), "# @title Five nets\nx = 1", "Five nets"),
    ],
)
def test_what_is_folded_says_what_it_is(tags, source, name):
    (shown,) = seen(cell(source, *tags))
    assert shown["metadata"]["mystnb"]["code_prompt_show"] == name


def test_an_exercise_is_a_heading_with_a_form_and_its_help_is_one_fold():
    shown = seen(
        cell("## Exercises\n\n**6. Diagnose.** Which line is false?", kind="markdown"),
        cell("line = ...  # a number"),
        cell('exercises.check("lstm.slip", line)'),
        cell("<details>hint</details>", "answer:lstm.slip", kind="markdown"),
    )
    assert "### Exercise 10.6: diagnose\n\nWhich line" in shown[0]["source"]
    assert shown[1]["source"].startswith('<form class="exercise" data-exercise="lstm.slip"')
    assert "three hints" in shown[2]["source"] and len(shown) == 3


def test_a_function_keeps_its_stub_and_says_where_to_write_it():
    shown = seen(cell("def my_step(z, c):\n    ..."), cell('exercises.check("lstm.step", my_step)'))
    assert shown[0]["source"].startswith("def my_step")
    assert "colab.research.google.com" in shown[1]["source"]


def test_every_equation_of_the_book_has_one_page():
    found = cross_links.equations()
    assert found["10.6"] == "chapters/10_lstm" and len(found) > 100
    assert all(
        cross_links.chapters()[int(tag.split(".")[0])] == page for tag, page in found.items()
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [("by (10.6)", ["(10.6)"]), ("in chapter 4 and Chapter 12", ["chapter 4", "Chapter 12"]),
     ("(B, 4H) and f(3.5)x", ["(3.5)"]), ("version 1.2", [])],
)  # fmt: skip
def test_what_names_an_equation_or_a_chapter_is_found(text, said):
    assert [m[0] for m in cross_links.SAID.finditer(text)] == said


def test_other_words_keep_the_outputs_and_other_code_does_not():
    new = nbformat.v4
    old = new.new_notebook(
        cells=[new.new_markdown_cell("old"), new.new_code_cell("1", outputs=[], execution_count=3)]
    )
    words = new.new_notebook(cells=[new.new_markdown_cell("new"), new.new_code_cell("1")])
    code = new.new_notebook(cells=[new.new_markdown_cell("old"), new.new_code_cell("2")])
    assert chapter.keep_outputs(words, old) and words.cells[1].execution_count == 3
    assert not chapter.keep_outputs(code, old)
