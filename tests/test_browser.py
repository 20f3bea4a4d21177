"""Every page in a real browser: formulas, errors, requests, accessibility, phone width,
themes, weight."""

import os

import browser_checks
import pytest
import site_checks
import suite
from test_notebooks import TOC

pytestmark = pytest.mark.browser
PAGES = [*(f"{name}.html" for name in TOC), "search.html", "genindex.html"]
# The checks of colours take as long as all others together. Where CONTRAST_SHARE=3 is set, they look
# at a third of the pages, another one each day.
COLOURS = (browser_checks.check_contrast, browser_checks.check_themes)
COLOURED = suite.share(PAGES, int(os.environ.get("CONTRAST_SHARE", "1")))
# All tests of a page in one process, which opens it once.
PARAMS = [pytest.param(page, marks=pytest.mark.xdist_group(page)) for page in PAGES]


@pytest.fixture(scope="module")
def address(site, serve):
    return serve(site)


@pytest.fixture(scope="module", params=PARAMS)
def visit(request, browser, address):
    """A page, opened once for all its tests."""
    visit = browser_checks.Visit(browser, address, request.param)
    yield visit
    visit.close()


@pytest.mark.parametrize("check", browser_checks.CHECKS, ids=lambda c: c.__name__)
def test_page(visit, check):
    if check in COLOURS and visit.name not in COLOURED:
        pytest.skip("the colours of this page have their turn on another day")
    problems = check(visit)
    assert not problems, "\n".join(problems)


def test_weight(visit, site):
    assert site_checks.check_weight(site, visit.name, visit.files()) == []
