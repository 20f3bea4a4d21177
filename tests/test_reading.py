"""Reading comfort: links by failure and cure, what the search finds, paper."""

import json
import re
import subprocess
import sys

import glossary
import pdf
import pypdf
import pytest
from byhand.contents import STATIONS
from conftest import ROOT
from site_checks import soup
from test_notebooks import TOC

NAMES = [
    f"chapters/{number:02d}_{station.slug}" for number, station in enumerate(STATIONS, start=1)
]
CHAPTERS = [name for name in NAMES if name in TOC]
TERMS = glossary.indexed(dict(enumerate(NAMES, start=1)))
# What readers type, and a page that must be among the first three answers.
QUERIES = {
    "pre-norm": ("16_transformer", "conventions"),
    "post-norm": ("16_transformer", "conventions"),
    "forget gate": ("10_lstm",),
    "LSTM": ("10_lstm",),
    "GELU": ("02_activations_and_losses",),
    "softmax": ("02_activations_and_losses",),
    "eta": ("notation",),
    "η": ("notation",),
    "BPTT": ("09_rnn",),
    "causal mask": ("15_masks",),
    "label smoothing": ("16_transformer",),
    "beam search": ("12s_decoding", "12_seq2seq"),
    "batch norm": ("08_deep_cnns",),
}
RESULTS = "() => [...document.querySelectorAll('#search-results li > a')].map(a => a.getAttribute('href'))"
FINISHED = (
    "() => /found|did not match/.test(document.querySelector('#search-results')?.innerText || '')"
)


@pytest.mark.parametrize("here", CHAPTERS)
def test_links_say_what_fails_and_where_the_cure_is(site, here):
    area = soup(site, f"{here}.html").select_one(".prev-next-area")
    number = NAMES.index(here)
    after, before = NAMES[number + 1 : number + 2], NAMES[number - 1 : number]
    if after and after[0] in TOC:
        text = area.select_one(".right-next").get_text(" ", strip=True)
        assert f"This cannot {STATIONS[number].cannot}." in text and "→" in text
        assert (
            area.select_one(".right-next")["href"] == f"{after[0].removeprefix('chapters/')}.html"
        )
    if before:
        text = area.select_one(".left-prev").get_text(" ", strip=True)
        assert f"That one cannot {STATIONS[number - 1].cannot}." in text and "←" in text


def test_every_term_has_a_place_on_its_page(site):
    text = (site / "searchindex.js").read_text(encoding="utf-8")
    entries = json.loads(text[text.index("(") + 1 : text.rindex(")")])["indexentries"]
    lost = []
    for page in (page for page in TERMS if page in TOC):
        ids = {node["id"] for node in soup(site, f"{page}.html").find_all(id=True)}
        for term, _ in TERMS[page]:
            places = [place for _, place, _ in entries.get(term.lower(), [])]
            if not any(place in ids for place in places):
                lost.append(
                    f"{page}: {term}: not found on the page; name its words in back/glossary.yml"
                )
    assert not lost, "\n".join(lost)


@pytest.fixture(scope="module")
def found(browser, site, serve):
    """A function that types a query into the site's search and returns
    the addresses it answers with."""
    address, tab = serve(site), browser.new_page()

    def ask(query):
        tab.goto(f"{address}/search.html?q={query}")
        tab.wait_for_function(FINISHED, timeout=20_000)
        return tab.evaluate(RESULTS)

    yield ask
    tab.close()


@pytest.mark.browser
@pytest.mark.xdist_group("search")
@pytest.mark.parametrize("query", QUERIES)
def test_search(found, query):
    wanted = [page for page in QUERIES[query] if any(name.endswith(page) for name in TOC)]
    if not wanted:
        pytest.skip("the page is not written yet")
    answers = found(query)[:3]
    assert any(f"{page}.html" in answer for page in wanted for answer in answers), answers


@pytest.mark.browser
@pytest.mark.xdist_group("paper")
def test_pdf_of_two_pages(browser, site, tmp_path):
    """`make pdf`, for two pages: numbered pages with their text, solutions open, hints left out."""
    page = CHAPTERS[0]
    target = tmp_path / "book.pdf"
    # In a process of its own: Playwright runs once in each.
    command = [
        sys.executable,
        "tools/pdf.py",
        "--site",
        site,
        "--out",
        target,
        "--pages",
        "front/notation",
    ]
    done = subprocess.run([*command, page], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    reader = pypdf.PdfReader(target)
    texts = [" ".join(sheet.extract_text().split()) for sheet in reader.pages]
    whole = " ".join(texts)
    assert len(texts) > 10
    assert all(texts), "an empty page"
    assert "Notation and shapes" in whole and "Rosenblatt" in whole
    assert whole.count("Solution") >= 4 and "Hint 1" not in whole
    assert "$$" not in whole and "\\frac" not in whole, "a formula that was not set"


@pytest.mark.browser
@pytest.mark.xdist_group("paper")
def test_a_printed_page_is_cut_nowhere(browser, site, serve):
    """On paper: no side bars, code wrapped, nothing wider than the sheet,
    also from the dark theme."""
    tab = browser.new_page(viewport={"width": 680, "height": 960}, color_scheme="dark")
    tab.goto(f"{serve(site)}/{CHAPTERS[-1]}.html", wait_until="load")
    tab.wait_for_function(pdf.SET)
    tab.emulate_media(media="print")
    wide = tab.evaluate(
        """() => [...document.querySelectorAll('main pre, main img, main table, main p, main h1')]
        .filter(e => e.offsetParent && e.getBoundingClientRect().right > innerWidth + 1
            || e.tagName === 'PRE' && e.scrollWidth > e.clientWidth + 2)
        .map(e => e.tagName + ' ' + e.textContent.trim().slice(0, 60))"""
    )
    shown = tab.evaluate(
        """() => [...document.querySelectorAll('.bd-sidebar-primary, .bd-sidebar-secondary, footer')]
        .filter(e => getComputedStyle(e).display !== 'none').length"""
    )
    tab.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    theme = tab.evaluate("() => document.documentElement.dataset.theme")
    tab.close()
    assert not wide, "\n".join(wide)
    assert shown == 0
    assert theme == "light"


def test_joined_document_keeps_its_links(site):
    """Links between chosen pages lead inside the document; all ids differ."""
    pages = ["front/how_to_use", *CHAPTERS[:2]]
    text = pdf.join(site, [("", pages)])
    ids = re.findall(r'\bid="([^"]+)"', re.sub(r"<svg.*?</svg>", "", text, flags=re.S))
    assert len(ids) == len(set(ids))
    ids = re.findall(r'\bid="([^"]+)"', text)  # glyphs and clips of the figures too
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)
    assert ".html" not in "".join(re.findall(r'<a [^>]*href="(?!http)([^"]+)"', text))
