"""Checks on the built site, without a browser. Each returns a list of problems, in words;
[] is good."""

import functools
import gzip
import posixpath
import re
import urllib.parse

from bs4 import BeautifulSoup

HEAVIEST_PAGE = 600_000  # bytes over the wire, without images and MathJax
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico")
PACKED = (".html", ".css", ".js", ".svg", ".json", ".mjs")  # what web servers send compressed


def pages(html):
    """All pages of the site, as paths relative to its folder."""
    found = (path for path in html.rglob("*.html") if "_static" not in path.parts)
    return sorted(path.relative_to(html).as_posix() for path in found)


@functools.lru_cache(maxsize=200)
def _parse(path, _changed):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def soup(html, page):
    path = html / page
    return _parse(path, path.stat().st_mtime_ns)


def is_external(url):
    return bool(re.match(r"[a-z][a-z0-9+.-]*:|//", url, re.I))


def resolve(page, url):
    """(target file, fragment) of a link inside the site, relative to the site's folder."""
    path, _, fragment = url.partition("#")
    path = urllib.parse.unquote(path.partition("?")[0])
    target = posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page
    return target, urllib.parse.unquote(fragment)


def anchors(html, page):
    """What a link's fragment may name on a page. Looked up once for each of thousands of links."""
    path = html / page
    return _anchors(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=200)
def _anchors(path, changed):
    nodes = _parse(path, changed).find_all(id=True)
    named = _parse(path, changed).find_all("a", attrs={"name": True})
    return {node["id"] for node in nodes} | {node["name"] for node in named}


def check_links(html, page):
    """Every link inside the book leads to a file, and to an anchor that is there."""
    problems = []
    for node in soup(html, page).find_all(["a", "link", "script", "img", "source"]):
        url = node.get("href") or node.get("src")
        if not url or url == "#" or is_external(url):
            continue
        target, fragment = resolve(page, url)
        if (html / target).is_dir():
            target = posixpath.join(target, "index.html")
        if not (html / target).is_file():
            problems.append(f"{page}: broken link: {url}")
        elif fragment and target.endswith(".html") and fragment not in anchors(html, target):
            problems.append(f"{page}: no such anchor: {url}")
    return problems


def check_alt(html, page):
    """No image without an alternative text, and none whose text is a file name."""
    problems = []
    for image in soup(html, page).find_all("img"):
        if image.find_parent(class_="cards"):  # a card's picture adds nothing to its words
            continue
        alt, source = (image.get("alt") or "").strip(), image.get("src", "")
        if not alt:
            problems.append(f"{page}: no alternative text: {source}")
        elif re.search(r"(^|/)[\w.-]+\.(png|svg|jpe?g|gif|webp)$", alt, re.I):
            problems.append(f"{page}: a file name as alternative text: {alt}")
    for figure in soup(html, page).find_all("svg", class_="figure"):
        if not (figure.get("aria-label") or "").strip():
            problems.append(f"{page}: no alternative text: a figure of {figure.get('width')} px")
    return problems


def check_own_resources(html, page):
    """Nothing is loaded from anywhere else; links that a reader may follow are free."""
    problems = []
    for node in soup(html, page).find_all(["link", "script", "img", "iframe", "source", "object"]):
        url = node.get("href") or node.get("src") or node.get("data") or ""
        canonical = "canonical" in node.get("rel", [])
        if is_external(url) and not url.startswith("data:") and not canonical:
            problems.append(f"{page}: loads from elsewhere: {url}")
    return problems


def wire_bytes(path):
    """What a web server sends for a file: text compressed, the rest as it is."""
    return _wire_bytes(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=500)
def _wire_bytes(path, _changed):
    data = path.read_bytes()
    return len(gzip.compress(data, 6)) if path.suffix in PACKED else len(data)


INLINE = re.compile(rb'<svg class="figure.*?</svg>', re.S)


def drawn(path):
    """What a page's inline figures weigh: they are images, too."""
    data = path.read_bytes()
    return len(gzip.compress(data, 6)) - len(gzip.compress(INLINE.sub(b"", data), 6))


def check_weight(html, page, files=None):
    """The page and what it loads, without images and MathJax. `files`:
    what a browser was seen to load."""
    if files is None:
        nodes = soup(html, page).find_all(["link", "script"])
        urls = [
            node.get("href") or node.get("src") for node in nodes if node.get("rel") != ["next"]
        ]
        files = {resolve(page, url)[0] for url in urls if url and not is_external(url)} | {page}
    counted = [
        name
        for name in files
        if not name.endswith(PICTURES)
        and not name.startswith("mathjax/")
        and (html / name).is_file()
    ]
    total = sum(wire_bytes(html / name) for name in counted) - drawn(html / page)
    if total > HEAVIEST_PAGE:
        return [f"{page}: {total / 1000:.0f} KB without images and MathJax"]
    return []


def check_colab(html, page, root, url, branch):
    """The Colab link of a page opens a notebook that exists, of this repository."""
    start = (
        url.replace("https://github.com/", "https://colab.research.google.com/github/")
        + f"/blob/{branch}/"
    )
    links = {
        a["href"]
        for a in soup(html, page).find_all("a", href=True)
        if "colab.research" in a["href"]
    }
    problems = [
        f"{page}: Colab link to another place: {x}" for x in links if not x.startswith(start)
    ]
    names = [x.removeprefix(start) for x in links if x.startswith(start)]
    problems += [
        f"{page}: Colab link to no notebook: {x}" for x in names if not (root / x).is_file()
    ]
    source = page.removesuffix(".html") + ".ipynb"
    if (root / source).is_file() and source not in names:
        problems.append(f"{page}: no Colab link to {source}")
    return problems


CHECKS = [check_links, check_alt, check_own_resources, check_weight]


def check_page(html, page):
    """All problems of one page, apart from the Colab links, which need the repository."""
    return [problem for check in CHECKS for problem in check(html, page)]
