"""Folded cells say what they hold: in JupyterLab, in Colab, on the site."""

import fold_titles
import pytest


@pytest.mark.parametrize(
    ("source", "tags", "title"),
    [
        ("import numpy as np\nplots.use_book_style()", (), "Imports"),
        ("fig, ax = f()\nshow_figure(fig, alt='x')", (), "The code of the figure"),
        ("assert x > 1, x", ("claims",), fold_titles.CLAIMS),
        ("def f():\n    pass\n\n\ndef g():\n    pass", (), "The code of f, g"),
        ("import torch\nprint(1)", ("fact",), "The check"),
        ("print(1)", (), "The code of what is printed"),
        ("%matplotlib inline", (), "The code"),
        ("# Five nets, trained\nx = 1", (), "Five nets, trained"),
        ("# fmt: off\nx = 1", (), "The code of what is printed"),
    ],
)
def test_a_name_is_found_once(source, tags, title):
    named = fold_titles.named(source, tags)
    assert fold_titles.title_of(named) == title
    assert fold_titles.named(named, tags) == named
    assert fold_titles.without_title(named).strip().endswith(source.split("\n")[-1])


def test_the_authors_own_name_stays():
    source = "# @title Five nets\nx = 1"
    assert fold_titles.named(source, ()) == source
    assert fold_titles.without_title(source) == "x = 1"
    assert fold_titles.without_title("x = 1") == "x = 1"
