"""Formulas in the order of reading: what is in view first, the rest while the reader reads.

MathJax would set a page's 300 formulas in one go and show the first when it has the last. On a
phone, equations stand at the left, so that a tag does not take its room twice.
"""

import re

from docutils import nodes
from sphinx.builders.html._assets import _JavaScript
from sphinx.transforms.post_transforms import SphinxPostTransform

IN_ORDER = """
;(() => {
  const later = () => new Promise((go) => setTimeout(go, 0));
  const inView = (node) => {
    const { top } = node.getBoundingClientRect();
    return top > -100 && top < 1.3 * innerHeight && node.checkVisibility();
  };
  const pageReady = async () => {
    const all = [...document.querySelectorAll("main .math")];
    const first = all.filter(inView), rest = all.filter((node) => !first.includes(node));
    await MathJax.typesetPromise(first);
    for (let k = 0; k < rest.length; k += 40) {
      await later();
      await MathJax.typesetPromise(rest.slice(k, k + 40));
    }
  };
  window.MathJax.startup = { pageReady };
  if (innerWidth <= 600) window.MathJax.chtml = { displayAlign: "left", displayIndent: "0" };
})();
"""


def in_order(app, pagename, templatename, context, doctree):
    """Add to MathJax's settings what is no data: when what is set."""
    scripts = context.get("script_files", [])
    for k, script in enumerate(scripts):
        body = dict(getattr(script, "attributes", {})).get("body") or ""
        if body.startswith("window.MathJax = ") and IN_ORDER not in body:
            scripts[k] = _JavaScript(None, body=body + IN_ORDER, priority=script.priority)


QUIET = re.compile(
    r"\\(?:mathrm|mathbf|text|operatorname|bar|hat|tilde|left|right|[Bb]igg?[lr]?|[,;:!])|[{}\s]"
)
WIDE = re.compile(r"[=+<>]|\\(?:leftarrow|rightarrow|to|cdot|odot|times|le|ge|in|approx|dots)\b")


def letters(tex):
    """About how many letters wide a formula is when it is set."""
    tex = re.sub(r"[_^](?:\{([^{}]*)\}|(\\[A-Za-z]+|.))", script, tex)
    count = 0.9 * len(WIDE.findall(tex))
    tex = re.sub(r"\\[A-Za-z]+|\\.", "x", QUIET.sub("", tex))
    return round(count + len(tex.replace("~", "")))


def script(match):
    """What stands high or low is smaller: three letters count as two."""
    inner = re.sub(r"\\[A-Za-z]+", "x", QUIET.sub("", match[1] or match[2]))
    return "x" * round(0.67 * len(inner))


TALL = re.compile(r"\\(?:[dt]?frac|sum|prod|underbrace|overbrace|sqrt|begin\{[pb]?matrix)")


class Room(SphinxPostTransform):
    """About how much room a formula takes, so that it is kept free until the formula is set."""

    default_priority = 945
    formats = ("html",)

    def run(self, **kwargs):
        if any("backward" in section["ids"] for section in self.document.findall(nodes.section)):
            title = self.document.next_node(nodes.title)  # below it, how deep to read
            place = nodes.raw("", '<p class="depth"></p>', format="html")
            title.parent.insert(title.parent.index(title) + 1, place)
        for formula in self.document.findall(nodes.math):
            formula["classes"] += [f"wide-{min(letters(formula.astext()), 40)}"]
        for block in self.document.findall(nodes.math_block):
            rows = 1 + block.astext().count(r"\\")
            if rows > 1:
                block["classes"] += [f"rows-{min(rows, 9)}"]
            if TALL.search(block.astext()):
                block["classes"] += ["tall"]


def setup(app):
    app.connect("html-page-context", in_order, priority=950)
    app.add_post_transform(Room)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
