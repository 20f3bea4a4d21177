"""What helps to read a page, in a real browser: cards, the depth, the sections read."""

import browser_checks
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("aids")]
PAGE = "chapters/03_mlp.html"


@pytest.fixture(scope="module")
def address(site, serve):
    return f"{serve(site)}/{PAGE}"


@pytest.fixture
def tab(browser, address):
    """The page of a chapter, in a browser that has not seen it before."""
    context = browser.new_context(viewport=browser_checks.DESKTOP, reduced_motion="reduce")
    tab = context.new_page()
    opened(tab, address)
    yield tab
    context.close()


def opened(tab, address):
    tab.goto(address)
    tab.wait_for_function(browser_checks.READY, timeout=30_000)


def test_a_term_says_what_it_means_to_mouse_keyboard_and_screen_reader(tab):
    link, card = tab.locator("a.term").first, tab.locator("#term-card")
    assert not card.is_visible()
    for event in ("hover", "focus"):
        getattr(link, event)()
        assert card.is_visible() and len(card.inner_text().split()) > 4
        tab.keyboard.press("Escape")
        assert not card.is_visible()
    assert link.get_attribute("aria-describedby") == "term-card"


def test_an_equation_is_shown_where_it_is_cited(tab):
    link, card = tab.locator("main a.equation-link[href^='#']").first, tab.locator(".equation-card")
    link.focus()
    shown = card.filter(has=tab.locator("mjx-container"))
    assert shown.is_visible()
    box, page = shown.bounding_box(), tab.viewport_size
    assert box["x"] >= 0 and box["x"] + box["width"] <= page["width"]
    tab.keyboard.press("Escape")
    assert not shown.is_visible()


def test_the_depth_hides_shows_and_is_kept(tab, address):
    choice, backward = tab.locator("p.depth select"), tab.locator("section#backward")
    exercises = tab.locator("section#exercises")
    assert choice.input_value() == "everything" and backward.is_visible()
    choice.select_option("idea")
    assert not backward.is_visible() and exercises.is_visible()
    tab.reload()
    assert choice.input_value() == "idea" and not backward.is_visible()
    choice.select_option("derivations")
    assert backward.is_visible()
    assert not tab.locator("section#backward details.hide").first.is_visible()


def test_a_link_into_a_hidden_section_shows_it(tab, address):
    tab.locator("p.depth select").select_option("idea")
    tab.evaluate("() => { location.hash = '#backward' }")
    tab.wait_for_function("() => document.querySelector('section#backward').checkVisibility()")
    assert tab.locator("p.depth select").input_value() == "everything"


def test_sections_that_were_read_are_marked_and_kept(tab, address):
    bar = tab.locator("progress[aria-label='Sections read']")
    assert bar.get_attribute("value") in (None, "0")
    tab.evaluate(
        "() => document.querySelector('section#what-fails').lastElementChild.scrollIntoView()"
    )
    tab.wait_for_function(
        "() => document.querySelector(\"progress[aria-label='Sections read']\").value >= 1"
    )
    opened(tab, address)
    assert float(bar.get_attribute("value")) >= 1
    assert tab.locator("a.read[href='#what-fails']").count() >= 1


def test_a_wide_table_is_a_stack_of_cards_on_a_phone(tab, address):
    tab.set_viewport_size(browser_checks.PHONE)
    opened(tab, address)
    stacked = tab.locator("table.stacked")
    assert stacked.count() >= 1
    assert stacked.first.locator("td").first.get_attribute("data-label")


def test_displayed_formulas_are_as_large_as_those_in_the_text(tab):
    """On a wide window only what would not fit is set smaller, by a quarter at most."""
    sizes = """display => [...document.querySelectorAll(`main mjx-container${display}`)]
        .slice(0, 20).map(set => parseFloat(getComputedStyle(set).fontSize))"""
    inline, displayed = (
        tab.evaluate(sizes, kind) for kind in (":not([display])", "[display='true']")
    )
    assert inline and displayed and min(displayed) > 0.7 * max(inline)
    assert sorted(displayed)[len(displayed) // 2] > 0.95 * max(inline)


def test_the_keyboard_reaches_a_table_from_the_moment_it_scrolls(tab):
    """The theme looks again only some time later, and not at all when a fold opens."""
    box = tab.locator(".pst-scrollable-table-container").first
    index = """(box, width) => {
        box.querySelector('table').style.minWidth = width;
        return new Promise(done => requestAnimationFrame(() => setTimeout(() => done(box.tabIndex))));
    }"""
    assert [box.evaluate(index, width) for width in ("3000px", "")] == [0, -1]


def test_the_keyboard_reaches_a_wide_table_in_a_fold_that_opens(tab):
    box = tab.locator(".pst-scrollable-table-container").first
    indices = """async box => {
        const drawn = () => new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)));
        const fold = document.createElement('details');
        fold.innerHTML = '<summary>More</summary>';
        box.replaceWith(fold);
        fold.append(box);
        await drawn();
        const closed = box.tabIndex;
        box.querySelector('table').style.minWidth = '3000px';
        fold.open = true;
        await drawn();
        return [closed, box.tabIndex];
    }"""
    assert box.evaluate(indices) == [-1, 0]
