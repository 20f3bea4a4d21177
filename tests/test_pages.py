"""The pages made from data: current, complete, and true to the chapters that they speak of."""

import re

import notebooks
import numpy as np
import pages
import pages_corrections
import pages_experiments
import pages_failures
import pages_references
import pytest
from byhand.activations import softmax, softmax_backward
from byhand.rnn import init_rnn, rnn

PAGES = {chapter.number: chapter for chapter in notebooks.pages()}
CHAPTERS = {number: page for number, page in PAGES.items() if isinstance(number, int)}
ENTRIES = [entry for topic in pages_corrections.data() for entry in topic["entries"]]
KEYS = {"circulates", "right", "chapter", "shown", "in", "values"}


@pytest.mark.parametrize("name", pages.PAGES)
def test_page_is_what_its_data_give(name):
    text = (pages.ROOT / "back" / f"{name}.md").read_text(encoding="utf-8")
    assert text == pages.PAGES[name](), "run: make pages"


def test_check_says_what_is_old(monkeypatch, capsys):
    monkeypatch.setattr(pages, "PAGES", {"references": lambda: "other\n"})
    assert pages.main(["--check"]) == 1
    assert capsys.readouterr().out == "back/references.md is not what its data give: make pages\n"


def test_page_that_cannot_be_made_does_not_stop_the_others(monkeypatch, tmp_path, capsys):
    (tmp_path / "back").mkdir()
    monkeypatch.setattr(pages, "ROOT", tmp_path)

    def broken():
        raise ValueError("chapter 3 has no heading 'X'")

    monkeypatch.setattr(pages, "PAGES", {"bad": broken, "good": lambda: "text\n"})
    assert pages.main([]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "back/bad.md cannot be made: chapter 3 has no heading 'X'",
        "back/good.md written",
    ]
    assert (tmp_path / "back" / "good.md").read_text() == "text\n"


def worked_network():
    """The network of 3 inputs, 4 hidden neurons and 2 outputs, from its weights."""
    W1 = np.array([[0.2, 0.4, 0.6], [0.5, 0.1, 0.3], [0.8, 0.7, 0.9], [0.3, 0.5, 0.7]])
    W2 = np.array([[0.3, 0.5, 0.7, 0.9], [0.2, 0.4, 0.6, 0.8]])
    z1 = W1 @ [1, 0.5, 0.3] + [0.1, 0.2, 0.3, 0.4]
    z2 = W2 @ np.maximum(z1, 0) + [0.1, 0.2]
    p, cache = softmax(z2)
    delta2, squared = p - [1, 0], softmax_backward(p - [1, 0], cache)
    return {
        "z1": z1,
        "z2": z2,
        "p": p,
        "delta2": delta2,
        "delta2_squared": squared,
        "delta1": W2.T @ delta2,
        "delta1_squared": W2.T @ squared,
    }


def memory(inputs, act=lambda z: z):
    """Outputs of two hidden units with all weights 1, for inputs (n, n)."""
    h, outputs = np.zeros(2), []
    for n in inputs:
        h = act(np.full(2, 2 * n + h.sum()))
        outputs.append(h.sum())
    return outputs


def weights_of_the_pad(row, column, value):
    """What four queries with zero scores give to the last key, with `value` added at the places."""
    scores = np.zeros((4, 4))
    scores[row, column] += value
    return softmax(scores)[0][:, -1]


def recomputed():
    """Every number that corrections.yml says is right, computed without looking at the chapters."""
    keep, new, renew = 0.75 * 0.8 + 0.25 * 0.6, 0.6, 0.75 * 0.6 + 0.25 * 0.8
    row = np.log([1, 1, 2, 6.0])
    assert new < keep
    return worked_network() | {
        "softmax_twice": [softmax(softmax(np.eye(10)[:1] * 1000)[0])[0].max()],
        "roads": [1.5**3],
        "memory": memory([1, 1, 2]),
        "memory_tanh": memory([1, 1, 2], np.tanh),
        "memory_reordered": memory([2, 1, 1]),
        "half_life": [np.log(0.5) / np.log(0.9)],
        "lstm_parameters": [5 * 8 + 8 * 8 + 8, 4 * (5 * 8 + 8 * 8 + 8)],
        "gru_z": [keep, renew],
        "frames": [(16000 - 400) // 160 + 1],
        "corner_one": weights_of_the_pad(3, 3, 1),
        "corner_inf": weights_of_the_pad(3, 3, -np.inf),
        "column_inf": weights_of_the_pad(slice(None), 3, -np.inf),
        "billion": softmax(row[None] - 1e9)[0][0],
    }


DIGITS = {"memory_tanh": 4, "half_life": 1, "softmax_twice": 3, "corner_one": 3, "delta1": 7}


@pytest.mark.parametrize(
    "name", sorted({name for entry in ENTRIES for name in entry.get("values", {})})
)
def test_right_numbers_are_right(name):
    said = [entry["values"][name] for entry in ENTRIES if name in entry.get("values", {})]
    assert np.allclose(
        recomputed()[name], said[0], atol=0.51 * 10.0 ** -DIGITS.get(name, 6), rtol=0
    )


def test_linear_memory_is_the_books_layer():
    params = init_rnn(np.random.default_rng(0), 2, 2)
    params = {
        name: np.zeros_like(value) if name == "b" else np.ones_like(value)
        for name, value in params.items()
    }
    x = np.array([[[1, 1], [1, 1], [2, 2.0]]])
    assert np.allclose(
        rnn(params, x, np.zeros((1, 2)))[0].sum(axis=2)[0], memory([1, 1, 2], np.tanh)
    )


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["circulates"][:40])
def test_chapter_shows_what_corrects(entry):
    assert set(entry) <= KEYS
    where = entry.get("in", "output")
    assert where in ("output", "code", "text", "none")
    for text in pages_corrections.wanted(entry):
        assert pages_corrections.found(PAGES[entry["chapter"]], text, where), text
    assert where == "none" or pages_corrections.wanted(entry)


def test_most_corrections_are_shown_by_a_cell():
    shown = [entry for entry in ENTRIES if entry.get("in", "output") in ("output", "code")]
    assert len(shown) >= 0.6 * len(ENTRIES)


@pytest.mark.parametrize("number", PAGES)
def test_links_of_a_chapter_are_in_the_references(number):
    known = {url for entry in pages_references.data() for url in pages_references.urls(entry)}
    missing = {url for url, _ in pages_references.links(PAGES[number])} - known
    assert not missing, f"add to back/references.yml: {missing}"


def test_references_are_cited_and_complete():
    chapters = list(PAGES.values())
    for entry in pages_references.data():
        assert pages_references.cited(entry, chapters), entry["title"]
        assert ("url" in entry) != ("said" in entry), entry["title"]
        assert entry["year"] == "undated" or 1900 < entry["year"] < 2030
    urls = [url for entry in pages_references.data() for url in pages_references.urls(entry)]
    assert len(urls) == len(set(urls))


def test_preprints_have_the_year_of_their_number():
    """The number of an arXiv paper begins with its year: the reference says no later one."""
    for entry in pages_references.data():
        for url in pages_references.urls(entry):
            number = re.search(r"arxiv\.org/abs/(\d\d)", url)
            assert not number or entry["year"] <= 2000 + int(number[1]), entry["title"]


def test_every_chapter_has_experiments():
    known = pages_experiments.data()
    assert set(CHAPTERS) <= set(known) <= set(PAGES)
    for number, claims in known.items():
        for claim, starts in claims:
            for start in starts:
                line, _ = pages_experiments.result(PAGES[number], start)
                assert line, f"chapter {number} prints no line that begins with {start!r} ({claim})"


def test_failures_lead_forward():
    pairs = pages_failures.data()
    assert all(pair["from"] <= pair["to"] for pair in pairs)
    assert {pair["from"] for pair in pairs} | {pair["to"] for pair in pairs} >= set(CHAPTERS) - {
        10,
        13,
    }
    assert pages_failures.drawing(pairs).count('class="leads"') == len(pairs)


USUAL = {
    2: ["What is KL for?"],
    6: ["Is L2 the same as weight decay?", "What is theta in Bayesian dropout?"],
    9: ["Where is the loop in a recurrent network?", "Why do RNN gradients vanish?"],
    13: [
        "Why divide by",
        "Why sum with weights instead of taking the max?",
        "Why is splitting K from V stronger?",
    ],
    14: ["Why does self-attention need positions?"],
    15: ["Which axis does a mask go on?"],
    16: ["Pre-norm or post-norm?"],
}


@pytest.mark.parametrize(("number", "question"), [(n, q) for n in USUAL for q in USUAL[n]])
def test_usual_questions_have_a_box_and_a_cell(number, question):
    """Each stands in a quote that opens with **Question**,
    and a cell that runs stands right beside it."""
    cells = CHAPTERS[number].cells
    boxes = [
        k
        for k, cell in enumerate(cells)
        if "> **Question." in cell.source and question in cell.source
    ]
    assert len(boxes) == 1
    assert "code" in (cells[boxes[0] - 1].kind, cells[boxes[0] + 1].kind)
