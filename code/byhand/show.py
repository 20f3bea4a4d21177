"""Put tested code and figures on the page: `show(fn)` and `show_figure(fig,
alt=...)`."""

import ast
import base64
import inspect
import io
import os
import textwrap
import types

from IPython.display import display

from byhand.validate import describe


def show(*objects):
    """Display the source of functions or classes of `byhand`,
    as it is installed and tested.

    Signature and body stand open, the documentation is folded. The source is
    published as Markdown and as plain text; nbval compares both, so a page
    cannot show code that is no longer tested.

    Raises TypeError for anything but a function or class,
    ValueError for one that is not part of `byhand`.
    """
    if not objects:
        raise TypeError(
            "objects: expected at least one function or class of byhand, got "
            "none"
        )
    for thing in objects:
        if not isinstance(thing, types.FunctionType | type):
            raise TypeError(
                "objects: expected functions or classes of byhand, got "
                f"{describe(thing)}"
            )
        if thing.__module__.partition(".")[0] != "byhand":
            raise ValueError(
                "objects: expected functions or classes of byhand, got one of "
                f"{thing.__module__!r}"
            )
    listings = [listing(thing) for thing in objects]
    source = "\n\n".join(code for code, _ in listings)
    files = sorted(
        {
            "code/" + thing.__module__.replace(".", "/") + ".py"
            for thing in objects
        }
    )
    caption = f"*Tested code, from `{'`, `'.join(files)}`*"
    notes = "\n\n".join(note for _, note in listings if note)
    folded = f"\n\n{FOLD.format(notes)}" if notes else ""
    markdown = f"```python\n{source}\n```\n\n{caption}{folded}"
    display({"text/markdown": markdown, "text/plain": source}, raw=True)


FOLD = """<details><summary>What it takes and returns</summary>

```text
{}
```

</details>"""


def listing(thing):
    """(code, notes) of a function or class: signature and mathematics,
    and its documentation.

    Docstrings and the decorators that check arguments are left out of the code;
    the notes hold the docstrings, each under its name.
    """
    code = textwrap.dedent(inspect.getsource(thing)).rstrip()
    left_out, notes = set(), []
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        for checks in node.decorator_list:
            if ast.unparse(checks).startswith(("shapes(", "checked(")):
                left_out.update(range(checks.lineno, checks.end_lineno + 1))
        text = ast.get_docstring(node)
        if text and len(node.body) > 1:
            said = node.body[0]
            last = said.end_lineno + (code.splitlines()[said.end_lineno] == "")
            left_out.update(range(said.lineno, last + 1))
            notes.append(f"{node.name}: {text}")
    kept = [
        line for n, line in enumerate(code.splitlines(), 1) if n not in left_out
    ]
    return "\n".join(kept), "\n\n".join(notes)


FIGURE = "application/vnd.byhand.figure+svg"  # what the site shows
UPRIGHT = "application/vnd.byhand.upright+svg"  # and on phones
WIDTHS = (460, 640, 840)  # of figures on a page, in pixels


def show_figure(fig, alt, dpi=160, caption=None):
    """Publish a Matplotlib figure with its alternative text, and close it.

    It is published as PNG, which every notebook shows, and as SVG under a type
    of our own, which the site shows. Its width becomes the nearest of `WIDTHS`.
    A drawing may bring another form for phones, `fig.upright()` -> a figure.

    Arguments:
        fig: a Matplotlib figure; its size in inches times 100 is its width on
        the page in pixels.
        alt: one or two sentences that state the finding,
            for a reader who cannot see the picture. It is also the output's
            plain text, so nbval compares every number in it.
        dpi: pixels per inch of the stored PNG.
        caption: a line of Markdown below the figure on the site; not needed
            where a line in italics follows in the chapter.

    Raises TypeError if `fig` is not a figure,
    ValueError if `alt` is empty or looks like a file name; in the book's tests
    also if words of the figure lie on each other.
    """
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

    if not isinstance(fig, Figure):
        raise TypeError(
            f"fig: expected a Matplotlib figure, got {describe(fig)}"
        )
    if not isinstance(alt, str) or len(alt.split()) < 4:
        raise ValueError(
            "alt: expected a sentence that states what the figure shows, got "
            f"{describe(alt)}"
        )
    fit_width(fig)
    data, width = pictures(fig, dpi), round(fig.get_size_inches()[0] * 100)
    plt.close(fig)
    said = {"alt": alt, "width": width}
    said |= {"caption": caption} if caption else {}
    display(
        data | {"text/plain": alt},
        raw=True,
        metadata={"image/png": said},
    )


def fit_width(fig):
    """Bring a figure to the nearest of the page's widths; its form stays."""
    width, height = fig.get_size_inches()
    new = min(WIDTHS, key=lambda w: abs(w - 100 * width)) / 100
    fig.set_size_inches(new, height * new / width)


def pictures(fig, dpi):
    """{type: content} of a figure: the PNG, the SVG if it is small, and the
    upright form if there is one."""
    from byhand.plots import overlaps, svg

    overlaps.loosen(fig)
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    data = {"image/png": base64.b64encode(buffer.getvalue()).decode()}
    forms = {FIGURE: fig}
    if hasattr(fig, "upright"):
        forms[UPRIGHT] = fig.upright()
    for name, form in forms.items():
        if os.environ.get("BYHAND_CHECK_FIGURES"):
            overlaps.refuse(form)
        text = svg.as_svg(form)
        if text:
            data[name] = text
    return data
