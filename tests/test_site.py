"""The built site, without a browser: links, alternative texts, weight, Colab links."""

import re

import pytest
import site_checks
import yaml
from conftest import ROOT
from test_notebooks import TOC

PAGES = [f"{name}.html" for name in TOC]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))


def test_every_page_of_the_toc_is_built(site):
    assert set(PAGES) <= set(site_checks.pages(site))


@pytest.mark.parametrize("check", site_checks.CHECKS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("page", [*PAGES, "search.html", "genindex.html"])
def test_page(site, page, check):
    problems = check(site, page)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("page", PAGES)
def test_colab_link(site, page):
    repository = CONFIG["repository"]
    problems = site_checks.check_colab(site, page, ROOT, repository["url"], repository["branch"])
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("page", PAGES)
def test_a_shared_link_has_its_picture(site, page):
    text = (site / page).read_text(encoding="utf-8")
    found = re.search(r'<meta property="og:image" content="([^"]+)"', text)
    home = CONFIG["sphinx"]["config"]["ogp_site_url"]
    assert found and found[1].startswith(home), found
    assert (site / found[1].removeprefix(home)).stat().st_size < 100_000
