"""The whole book as one PDF: the built pages joined in the order of the contents,
printed by Chromium.

python tools/pdf.py                        _build/pdf/from-neuron-to-transformer.pdf from
_build/html
python tools/pdf.py --pages front/notation chapters/01_neuron --out FILE     some pages only

On paper nothing unfolds: solutions are printed open, hints and the code of figures are left out.
"""

import argparse
import contextlib
import pathlib
import posixpath
import re
import sys
import threading
import time

import build
import yaml
from bs4 import BeautifulSoup
from suite import ROOT, find_browser

NAME = "from-neuron-to-transformer"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
SET = """() => document.readyState === 'complete' && (
    !document.querySelector('.math') ||
    (window.MathJax?.startup?.promise?.then(() => true) ?? false))"""
STYLE = """
.book-page { break-before: page; }
.book-contents ul { list-style: none; padding-left: 0; }
.book-contents li ul { padding-left: 1.5em; }
.book-contents { break-before: page; } .book-title { padding-top: 60mm; text-align: center; }
.book-title h1 { font-size: 30pt; }
"""
FOOTER = """
<div style="width:100%;text-align:center;font:8pt sans-serif;color:#555">
<span class="pageNumber"></span></div>"""


def contents():
    """[(caption, [page, ...])] of _toc.yml; the landing page under no caption."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    parts = [(part["caption"], [c["file"] for c in part["chapters"]]) for part in toc["parts"]]
    return [("", [toc["root"]]), *parts]


def anchor(page, fragment=""):
    """The id in the joined document of a page, or of a place on it."""
    return re.sub(r"[^\w-]", "_", f"{page}--{fragment}" if fragment else page)


def article(html, page, chosen):
    """A page's text with ids, links and pictures that fit the joined document."""
    soup = BeautifulSoup((html / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
    body = soup.select_one("article.bd-article")
    for node in body.select("script, .headerlink, #searchbox"):
        node.decompose()
    for node in body.find_all(lambda n: n.get("id") and not n.find_parent("svg")):
        node["id"] = anchor(page, node["id"])
    for node in body.find_all(src=True):
        node["src"] = posixpath.normpath(
            posixpath.join("/html", posixpath.dirname(page), node["src"])
        )
    for link in body.find_all("a", href=True):
        relink(link, page, chosen)
    for fold in body.find_all("details"):
        fix_fold(fold)
    chapter = re.match(r"chapters/(\d+)_", page)
    if chapter and body.h1:
        body.h1.insert(0, f"{int(chapter[1])}. ")
    body.name, body["class"], body["id"] = "section", "bd-article book-page", anchor(page)
    return body


def relink(link, page, chosen):
    """Links between pages become links inside the document; to pages that are left out,
    plain text."""
    target, _, fragment = link["href"].partition("#")
    if re.match(r"[a-z][a-z0-9+.-]*:|//", target, re.I):
        return
    target = (
        posixpath.normpath(posixpath.join(posixpath.dirname(page), target))
        if target
        else f"{page}.html"
    )
    name = target.removesuffix(".html")
    if name in chosen and target.endswith(".html"):
        link["href"] = "#" + anchor(name, fragment)
    else:
        link.unwrap()


def fix_fold(fold):
    """A solution is opened; hints go; the folded code of a figure goes; other folds are opened."""
    title = fold.summary.get_text(" ", strip=True) if fold.summary else ""
    if title.startswith("Hint") or "hide" in fold.get("class", []):
        fold.decompose()
    else:
        fold["open"] = ""


def title_page(parts):
    """A title, and the contents as links: [(caption, [(page, title)])]."""
    rows = []
    for caption, pages in parts:
        links = "".join(f'<li><a href="#{anchor(page)}">{title}</a></li>' for page, title in pages)
        rows.append(f"<li><strong>{caption}</strong><ul>{links}</ul></li>" if caption else links)
    return (
        '<section class="book-title"><h1>From Neuron to Transformer, by hand</h1>'
        "<p>A book that runs. This is its text on paper; it runs in the notebooks that it came "
        "from. "
        "Solutions are printed open; hints, and the code of figures, are on the "
        "pages.</p></section>"
        f'<nav class="book-contents"><h2>Contents</h2><ul>{"".join(rows)}</ul></nav>'
    )


def join(html, parts):
    """The joined document as HTML text; its addresses start at the folder that holds `html`."""
    pages = [page for _, chosen in parts for page in chosen]
    articles = [article(html, page, set(pages)) for page in pages]
    titles = {
        p: a.h1.get_text().strip() if a.h1 else p for p, a in zip(pages, articles, strict=True)
    }
    front = title_page([(caption, [(p, titles[p]) for p in chosen]) for caption, chosen in parts])
    return (
        '<!DOCTYPE html><html lang="en" data-theme="light" data-mode="light"><head><meta '
        'charset="utf-8">'
        "<title>From Neuron to Transformer, by hand</title>"
        f"{head_of(html, pages)}<style>{STYLE}</style></head>"
        f"<body><main class='bd-main'>{front}{''.join(map(str, articles))}</main></body></html>"
    )


def head_of(html, pages):
    """Style sheets and MathJax, from the head of a page that loads
    MathJax (the first page if none does)."""
    texts = {page: (html / f"{page}.html").read_text(encoding="utf-8") for page in pages}
    page = next((page for page, text in texts.items() if "mathjax/tex" in text), pages[0])
    kept = []
    for node in BeautifulSoup(texts[page], "html.parser").head.find_all(["link", "script"]):
        address = node.get("href") or node.get("src") or ""
        if (
            "stylesheet" in node.get("rel", [])
            or "mathjax" in address
            or "MathJax" in node.get_text()
        ):
            key = "href" if node.get("href") else "src"
            if address:
                node[key] = posixpath.normpath(
                    posixpath.join("/html", posixpath.dirname(page), address)
                )
            kept.append(str(node))
    return "".join(kept)


@contextlib.contextmanager
def served(folder):
    """A server for `folder` while the block runs; yields its address."""
    server = build.make_server(folder, port=0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def print_pdf(html, parts, target, browser=None):
    """Write the PDF of the pages in `parts` to `target`."""
    from playwright.sync_api import sync_playwright

    path = browser or find_browser()
    if path is None:
        raise SystemExit(
            "A PDF is printed by a browser and none was found: 'make browser' installs one."
        )
    document = html.parent / f"{target.stem}-{time.time_ns()}.html"
    document.write_text(join(html, parts), encoding="utf-8")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with served(html.parent) as address, sync_playwright() as playwright:
            running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
            tab = running.new_page(color_scheme="light")
            tab.set_default_timeout(600_000)
            tab.goto(f"{address}/{document.name}", wait_until="load")
            tab.wait_for_function(SET)
            tab.pdf(
                path=target, format="A4", scale=0.9, print_background=True, outline=True,
                tagged=True,
                display_header_footer=True, header_template="<span></span>", footer_template=FOOTER,
                margin={"top": "16mm", "bottom": "18mm", "left": "15mm", "right": "15mm"},
            )  # fmt: skip
            running.close()
    finally:
        document.unlink()


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Print the built book to one PDF.")
    parser.add_argument("--pages", nargs="+", help="only these pages, such as chapters/01_neuron")
    parser.add_argument("--site", type=pathlib.Path, default=ROOT / "_build" / "html")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "_build" / "pdf" / f"{NAME}.pdf")
    options = parser.parse_args(arguments)
    if not (options.site / "index.html").exists():
        raise SystemExit("There is no site to print yet. Build it first: make book")
    parts = [("", options.pages)] if options.pages else contents()
    started = time.time()
    print_pdf(options.site.resolve(), parts, options.out.resolve())
    size = options.out.stat().st_size / 1e6
    print(f"The book is printed ({time.time() - started:.0f} s, {size:.1f} MB): {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
