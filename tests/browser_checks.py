"""Checks on a page in a real browser. Each returns a list of problems, in words; [] is good."""

import contextlib
import re
import urllib.parse

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import TimeoutError, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What axe may report: {rule: (part of the element's HTML, reason)}.
AXE_ALLOWED = {}
STILL = "*, ::before, ::after { animation: none !important; transition: none !important }"
LOCAL = ("localhost", "127.0.0.1")

FORMULAS = """() => [...document.querySelectorAll('.math')].map(node => ({
    text: node.textContent.trim().slice(0, 60),
    set: !!node.querySelector('mjx-container'),
    error: [...node.querySelectorAll('mjx-merror')]
        .map(e => e.getAttribute('data-mjx-error') || e.textContent)[0]
}))"""
READY = """() => document.readyState === 'complete' && (
    !document.querySelector('.math') || (window.MathJax?.startup?.promise?.then(() => true) ?? false))"""


SAMPLE = """() => {
    const seen = {};
    for (const node of document.querySelectorAll('pre span, pre, mjx-container')) {
        const box = node.closest('details, .cell_output, .cell_input, .admonition, p, td, main')
        const kind = `${node.tagName} ${node.className} in ${box?.tagName} ${box?.className}`;
        seen[kind] = (seen[kind] || 0) + 1;
        if (seen[kind] <= 3 && node.textContent.trim()) node.setAttribute('data-sample', '');
    }
}"""


# What a reader meets before anything is unfolded.
AS_IT_OPENS = """() => {
    const there = node => node.checkVisibility();
    const stops = 'a[href], button, input, select, textarea, summary, [tabindex]';
    return {
        cut: [...document.querySelectorAll('main pre')].filter(there)
            .filter(p => p.scrollWidth > p.clientWidth + 1).map(p => p.textContent.slice(0, 60)),
        stops: [...document.querySelectorAll(stops)].filter(there)
            .filter(e => e.tabIndex >= 0 && !e.disabled).length,
        unsized: [...document.querySelectorAll('main img[src*="_images"]')]
            .filter(i => !i.hasAttribute('height') || i.loading !== 'lazy').map(i => i.src),
        maths: [!!window.MathJax, !!document.querySelector('.math')],
    };
}"""
# What a reader on a phone meets.
ON_A_PHONE = """() => {
    const there = [...document.querySelectorAll("main table, mjx-container[display='true']")]
        .filter(node => node.checkVisibility());
    const over = node => Math.max(
        node.scrollWidth - node.clientWidth,
        node.parentElement.scrollWidth - node.parentElement.clientWidth);
    const wide = there.filter(node => over(node) > 6);
    const count = (nodes, tag) => nodes.filter(node => node.matches(tag)).length;
    return {
        tables: wide.filter(n => n.matches('table')).map(n => n.textContent.trim().slice(0, 40)),
        equations: count(there, 'mjx-container'), scrolling: count(wide, 'mjx-container'),
    };
}"""
# How far the page's parts move while it loads, without the reader's doing.
SHIFT = """window.__shift = 0;
new PerformanceObserver(list => list.getEntries().forEach(e => {
    if (!e.hadRecentInput) window.__shift += e.value;
})).observe({type: 'layout-shift', buffered: true});"""
FIGURES = """() => [...document.querySelectorAll('svg.figure')].map(f => ({
    name: f.getAttribute('aria-label') || '', role: f.getAttribute('role'),
    sized: f.hasAttribute('width') && f.hasAttribute('height'),
    links: [...f.querySelectorAll('a')].filter(a => !a.getAttribute('aria-label')).length,
}))"""
FIRST_FIGURE = """() => {
    const top = [...document.querySelectorAll('main figure.numbered, main img')]
        .filter(e => e.checkVisibility()).map(e => e.getBoundingClientRect().top + scrollY);
    return top.length ? Math.min(...top) / innerHeight : null;
}"""
SCREENS = 2  # of 900 px within which a chapter shows its first figure
# Chapters that are excused, with what was measured.
LATER_FIGURE = {}
MOST_SHIFT = 0.05
# Pages that move more, with a little room above what was measured.
MORE_SHIFT = {
    "back/conventions.html": 0.12, "back/exercises.html": 0.08, "back/glossary.html": 0.08,
    "front/how_to_use.html": 0.14, "chapters/05s_valley_and_saddle.html": 0.2,
    "chapters/10s_lstm_variants.html": 0.18, "chapters/15s_masks_in_torch.html": 0.14,
}  # fmt: skip
MOST_CUT = 2  # outputs that fade at the right edge; the aim is none
MOST_STOPS = 200  # of the Tab key
MORE_STOPS = {"chapters/16": 226}  # as measured


@contextlib.contextmanager
def launch(path):
    """A headless browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class Visit:
    """A page opened once, with everything it said and asked for while it loaded."""

    def __init__(self, browser, address, page):
        self.name, self.address = page, address
        self.context = browser.new_context(
            viewport=DESKTOP, color_scheme="light", reduced_motion="reduce"
        )
        self.tab = self.context.new_page()
        self.errors, self.requests = [], []
        self.tab.on("pageerror", lambda error: self.errors.append(str(error)))
        self.tab.on("console", self._listen)
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self.tab.on("response", self._note_failure)
        self.tab.on(
            "requestfailed", lambda request: self.errors.append(f"not loaded: {request.url}")
        )
        self.tab.add_init_script(SHIFT)
        self.tab.goto(f"{address}/{page}", wait_until="load")
        self.tab.wait_for_function(READY, timeout=30_000)
        self.seen = self.tab.evaluate(AS_IT_OPENS)
        self.seen["shift"] = self.tab.evaluate("window.__shift")
        self.seen["first"] = self.tab.evaluate(FIRST_FIGURE)
        self.seen["figures"] = self.tab.evaluate(FIGURES)
        self.seen["phone"] = self.on_a_phone()
        self.unfold()

    def on_a_phone(self):
        """The page as it opens on a phone; tables and equations arrange themselves."""
        self.tab.set_viewport_size(PHONE)
        self.tab.wait_for_timeout(150)
        seen = self.tab.evaluate(ON_A_PHONE)
        self.tab.set_viewport_size(DESKTOP)
        return seen

    def shift_again(self):
        """How far the parts of the page move when it is loaded once more."""
        tab = self.context.new_page()
        tab.add_init_script(SHIFT)
        tab.goto(f"{self.address}/{self.name}", wait_until="load")
        tab.wait_for_function(READY, timeout=30_000)
        moved = tab.evaluate("window.__shift")
        tab.close()
        return moved

    def _note_failure(self, response):
        if response.status >= 400:
            self.errors.append(f"answer {response.status}: {response.url}")

    def _listen(self, message):
        if message.type in ("error", "warning"):
            self.errors.append(f"{message.type}: {message.text}")

    def unfold(self):
        """Open everything that is folded, at once, so that it is checked too."""
        self.tab.add_style_tag(content=STILL)
        self.tab.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")

    def close(self):
        self.context.close()

    def files(self):
        """What the page loaded from the site, as paths relative to its folder."""
        paths = (
            urllib.parse.urlsplit(url).path for url in self.requests if url.startswith(self.address)
        )
        return {urllib.parse.unquote(path).lstrip("/") for path in paths}


def check_formulas(visit):
    """Every formula is typeset, and none is an error."""
    problems = []
    for formula in visit.tab.evaluate(FORMULAS):
        if formula["error"]:
            problems.append(f"{visit.name}: broken formula: {formula['error']}: {formula['text']}")
        elif not formula["set"]:
            problems.append(f"{visit.name}: formula not typeset: {formula['text']}")
    return problems


def check_errors(visit):
    """No JavaScript error, nothing on the console, nothing that failed to load."""
    return [f"{visit.name}: {error}" for error in dict.fromkeys(visit.errors)]


def check_requests(visit):
    """Nothing is asked for outside this computer."""
    hosts = ((url, urllib.parse.urlsplit(url)) for url in visit.requests)
    return [
        f"{visit.name}: request to another host: {url}"
        for url, parts in hosts
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in LOCAL
    ]


def run_axe(visit, options, context=None):
    """What axe finds, without what is on the list."""
    # preload: axe would ask for imported style sheets itself, at a wrong address.
    options = {"preload": False, "resultTypes": ["violations"], **options}
    problems = []
    for rule in Axe().run(visit.tab, context=context, options=options).response["violations"]:
        part, _reason = AXE_ALLOWED.get(rule["id"], (None, None))
        for node in rule["nodes"]:
            if part is None or part not in node["html"]:
                problems.append(f"{visit.name}: {rule['id']}: {rule['help']}: {node['html'][:200]}")
    return problems


def check_axe(visit):
    """No violation of the accessibility rules."""
    rules = {"color-contrast": {"enabled": False}}  # see check_contrast
    return run_axe(visit, {"runOnly": {"type": "tag", "values": STANDARDS}, "rules": rules})


def check_contrast(visit):
    """All text can be told from what is behind it.

    A chapter has thousands of coloured words in code and letters in formulas,
    and axe takes ten seconds for them. Equal words are equally coloured, so of each kind in each
    kind of box three are looked at.
    """
    visit.tab.evaluate(SAMPLE)
    contrast = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
    problems = run_axe(visit, contrast, {"exclude": [["pre"], ["mjx-container"]]})
    if visit.tab.query_selector("[data-sample]"):
        problems += run_axe(visit, contrast, {"include": [["[data-sample]"]]})
    return problems


def check_phone(visit):
    """On a phone the page does not scroll sideways, and nothing of it is cut off at the left."""
    visit.tab.set_viewport_size(PHONE)
    width = visit.tab.evaluate("() => document.documentElement.scrollWidth")
    left = visit.tab.evaluate(
        """() => [...document.querySelectorAll('main p, main h1, main h2, main mjx-container, main img')]
        .filter(e => e.getBoundingClientRect().width && e.getBoundingClientRect().left < 0)
        .map(e => e.textContent.trim().slice(0, 40) || e.outerHTML.slice(0, 80))"""
    )
    visit.tab.set_viewport_size(DESKTOP)
    problems = [f"{visit.name}: cut off at the left of a phone: {text}" for text in left]
    if width > PHONE["width"]:
        problems.append(f"{visit.name}: {width} px wide on a phone of {PHONE['width']} px")
    return problems


def check_themes(visit):
    """The page follows the system's light or dark theme, and can be read in both."""
    problems = []
    for scheme in ("dark", "light"):
        visit.tab.emulate_media(color_scheme=scheme)
        try:
            visit.tab.wait_for_function(
                "wanted => document.documentElement.dataset.theme === wanted",
                arg=scheme,
                timeout=20_000,
            )
        except TimeoutError:
            problems.append(f"{visit.name}: the page does not follow the system's {scheme} theme")
        if scheme == "dark":
            problems += [f"{problem} (dark theme)" for problem in check_contrast(visit)]
    return problems


def check_as_it_opens(visit):
    """Nothing cut off, few stops of the Tab key, images that keep their place, no idle MathJax."""
    seen, problems = visit.seen, []
    if len(seen["cut"]) > MOST_CUT:
        problems.append(f"{visit.name}: {len(seen['cut'])} blocks cut off: {seen['cut'][:3]}")
    read = visit.name.startswith(("chapters/", "index"))  # the list of references is links
    most = MORE_STOPS.get(visit.name[:11], MOST_STOPS)
    if read and seen["stops"] > most:
        problems.append(f"{visit.name}: {seen['stops']} stops of the Tab key")
    if seen["unsized"]:
        problems.append(f"{visit.name}: images without size or not lazy: {seen['unsized'][:2]}")
    if seen["maths"] == [True, False]:
        problems.append(f"{visit.name}: loads MathJax and has no formula")
    return problems


def check_figures(visit):
    """A figure early on; each has its name, its size, and names for what leads on."""
    seen, problems = visit.seen, []
    chapter = re.match(r"chapters/(\d\d)_", visit.name)
    number = chapter and chapter[1]
    early = LATER_FIGURE.get(number, SCREENS)
    if number and not (seen["first"] is not None and seen["first"] <= early):
        problems.append(f"{visit.name}: first figure after {seen['first']} screens")
    if number and not seen["figures"]:
        problems.append(f"{visit.name}: no figure in the page's colours")
    for figure in seen["figures"]:
        if len(figure["name"].split()) < 4 or figure["role"] not in ("img", "group"):
            problems.append(f"{visit.name}: a figure without a name: {figure}")
        if not figure["sized"] or figure["links"]:
            problems.append(f"{visit.name}: a figure without size, or links without names")
    return problems


def check_as_a_phone_opens(visit):
    """No table scrolls sideways, and few equations; nothing jumps while the page loads."""
    seen, problems = visit.seen["phone"], []
    if seen["tables"]:
        problems.append(f"{visit.name}: tables scroll sideways: {seen['tables'][:3]}")
    if seen["scrolling"] > max(1, 0.1 * seen["equations"]):
        problems.append(
            f"{visit.name}: {seen['scrolling']} of {seen['equations']} equations scroll on a phone"
        )
    shift, most = visit.seen["shift"], MORE_SHIFT.get(visit.name, MOST_SHIFT)
    for _ in range(2):  # a busy machine is late with fonts and formulas: the best of three counts
        shift = shift if shift < most else min(shift, visit.shift_again())
    if shift >= most:
        problems.append(f"{visit.name}: its parts move by {shift:.3f} while it loads")
    return problems


# Errors last: they gather while the others look at the page.
CHECKS = [
    check_as_it_opens,
    check_figures,
    check_as_a_phone_opens,
    check_formulas,
    check_requests,
    check_axe,
    check_contrast,
    check_phone,
    check_themes,
    check_errors,
]


def check_page(visit):
    """All problems of one page."""
    return [problem for check in CHECKS for problem in check(visit)]
