"""front/notation.md: each letter of a displayed equation has its row;
double meanings are owned up to."""

import re

import notebooks
import pytest
from conftest import ROOT

PAGE = (ROOT / "front" / "notation.md").read_text(encoding="utf-8")
CHAPTERS = notebooks.chapters()
GREEK = "alpha beta gamma delta Delta epsilon eta theta lambda mu rho sigma tau varphi phi Phi Pi omega".split()
NAMED = re.compile(
    r"\\(?:text|mathrm|operatorname|mathbb|tag|begin|end|mathrel)\*?\{[^{}]*\}(?:\{[a-z&]+\})?"
)
LOWER = re.compile(r"_(?:\{(?:[^{}]|\{[^{}]*\})*\}|\\?[A-Za-z0-9]+)")
INDICES = set("ijkl")  # bound by a sum, or said beside the equation


def section(title):
    """The text of a section of the page."""
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)[1]


def letters(tex):
    """The symbols of a formula: single letters and Greek ones,
    without lower indices and named functions."""
    tex = LOWER.sub(" ", NAMED.sub(" ", tex).replace(r"\top", " "))
    found = {f"\\{name}" for name in GREEK if re.search(rf"\\{name}(?![A-Za-z])", tex)}
    words = re.findall(r"[A-Za-z]+", re.sub(r"\\[A-Za-z]+", " ", tex))
    return found | {letter for word in words if len(word) < 3 for letter in word}


def in_equations(chapter):
    """The symbols of a chapter's displayed equations."""
    formulas = (
        f
        for _, text in notebooks.markdown(chapter)
        for f in re.findall(r"\$\$(.+?)\$\$", text, re.S)
    )
    return set().union(*map(letters, formulas))


def numbers(text):
    """The chapters that "1-6, 12" names."""
    ends = [part.split("-") for part in text.replace(" ", "").split(",")]
    return {n for low, *high in ends for n in range(int(low), int((high or [low])[0]) + 1)}


def rows():
    """(symbol, chapters) for each symbol of each row of the tables of symbols."""
    for line in section("Symbols").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| $") and len(cells) == 5:
            for formula in re.findall(r"\$([^$]+)\$", cells[0]):
                for symbol in letters(formula):
                    yield symbol, numbers(cells[4])


def sizes():
    """The letters of the table of sizes."""
    return {
        letter
        for cell in re.findall(r"^\| (\$.*?) \|", section("Sizes"), re.M)
        for letter in letters(cell)
    }


def twice():
    """The letters of the table of symbols that serve twice."""
    cells = re.findall(r"^\| (\$.*?) \|", section("Symbols that serve twice"), re.M)
    return {letter for cell in cells for letter in letters(cell)}


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.slug)
def test_every_letter_of_an_equation_has_a_row(chapter):
    known = (
        {symbol for symbol, chapters in rows() if chapter.number in chapters} | sizes() | INDICES
    )
    elsewhere = {letter for letter in twice() if said_elsewhere(letter, chapter.number)}
    assert in_equations(chapter) - known - elsewhere == set()


def said_elsewhere(letter, number):
    """Whether the table of double meanings has a letter for a chapter."""
    for line in section("Symbols that serve twice").splitlines():
        cells = line.strip("| ").split(" | ")
        if line.startswith("| $") and letter in letters(cells[0]):
            for low, high in re.findall(r"chapters? (\d+)(?: (?:to|and) (\d+))?", line):
                if int(low) <= number <= int(high or low):
                    return True
    return False


def test_two_meanings_are_owned_up_to():
    """A letter with several rows, or a row and a size,
    stands in the table of symbols that serve twice."""
    count = {}
    for symbol, _ in rows():
        count[symbol] = count.get(symbol, 0) + 1
    double = {symbol for symbol, times in count.items() if times + (symbol in sizes()) > 1}
    assert double - twice() == set()


def test_no_row_is_for_nothing():
    """Each row of a Greek letter names only chapters in which a formula has it."""
    for symbol, chapters in rows():
        if symbol.startswith("\\"):
            used = {
                c.number
                for c in CHAPTERS
                if any(
                    symbol in letters(f)
                    for _, t in notebooks.markdown(c)
                    for f in re.findall(r"\$+([^$]+)\$", t)
                )
            }
            assert chapters & used, symbol


@pytest.mark.parametrize(
    ("tex", "found"),
    [
        (r"Z = X W_{ab} + b_o", set("ZXWb")),
        (r"\mathrm{d}W = A^{\top} \Delta", {"W", "A", r"\Delta"}),
        (r"\operatorname{Var}(q \cdot k) = d_k \tag{14.3}", set("qkd")),
        (r"\text{mean}(\hat x) \odot \mathrm{d}out", {"x"}),
    ],
)
def test_letters(tex, found):
    assert letters(tex) == found
