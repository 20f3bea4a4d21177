"""Checks that hold the chapters together: openings, one palette, no second copy of the book's code.

Like those of notebook_lint: each returns a list of problems, in words; [] is good.
"""

import ast
import functools
import re

from conftest import ROOT
from notebook_lint import code_cells, is_setup

# What a chapter's first cell says, in this order.
OPENING = {
    "**The question.**": r"\*\*The question\.\*\* \S",
    "**You need:**": r"\*\*You need:\*\* \S",
    "**Time:** about N minutes to read, about N seconds to run.": (
        r"\*\*Time:\*\* about \d+ minutes (?:to read|with a pencil), "
        r"about (\d+ seconds|half a minute|a minute|\d+ minutes) to run\."
    ),
    "**At the end you have built:**": r"\*\*At the end you have (?:built:|typed)\*\* \S",
}
LONGEST_READ = 120  # minutes
NEUTRAL = {"white", "black", "grey", "gray", "none", "w", "k", "lightgrey", "lightgray"}
COLOUR_WORDS = re.compile(r"(?:^|_)(?:c|fc|ec|mfc|mec|colou?rs?)$|color$")
COLOUR_MAPS = {"gray", "gray_r", "Greys", "Blues", "PuOr", "PuOr_r"}  # for amounts; PuOr for signs
HEX = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}(?:[0-9a-fA-F]{2})?$")
CYCLE = re.compile(r"C\d$|tab:\w+$|xkcd:")
FORMAT = re.compile(r"[rgbcmy](?:[-.:ovs^x+*]|--|$)|[-.:ovs^x+*]+[rgbcmy]$")
SHORTEST_COPY = 6  # lines of a function that counts as a copy


def check_opening(nb, name):
    """The first cell says what the chapter asks, needs, takes and gives."""
    text, at, problems = nb.cells[0].source, 0, []
    for what, pattern in OPENING.items():
        if "At the end" in what and name[2:3] == "s":  # a side road builds nothing new
            continue
        found = re.search(pattern, text)
        if not found:
            problems.append(f"{name}, cell 0: the opening lacks {what!r}")
        elif found.start() < at:
            problems.append(f"{name}, cell 0: out of order in the opening: {what!r}")
        at = found.start() if found else at
    minutes = re.search(r"about (\d+) minutes to read", text)
    if minutes and int(minutes[1]) > LONGEST_READ:
        problems.append(
            f"{name}, cell 0: {minutes[1]} minutes to read, expected at most {LONGEST_READ}"
        )
    return problems


def parsed(cell):
    """A cell as a syntax tree; a cell with a magic is an empty one."""
    try:
        return ast.parse(cell.source)
    except SyntaxError:
        return ast.Module([], [])


def is_grey(text):
    digits = text.lstrip("#")
    parts = re.findall("..", digits[:6]) if len(digits) >= 6 else list(digits[:3])
    return len(set(part.lower() for part in parts)) == 1


def bad_colour(text):
    """True for a colour that is not neutral, written as text."""
    if HEX.match(text):
        return not is_grey(text)
    return bool(CYCLE.match(text)) or (
        text.lower() not in NEUTRAL and not re.fullmatch(r"0?\.\d+", text)
    )


def check_palette(nb, name):
    """Figures take their colours from byhand.plots,
    so that a colour means one thing in the whole book."""
    problems = []
    for i, cell in code_cells(nb):
        for node in ast.walk(parsed(cell)):
            for said in literal_colours(node):
                problems.append(
                    f"{name}, cell {i}: a colour of its own, {said}; take one from byhand.plots"
                )
    return problems


def literal_colours(node):
    """What a syntax node says about colours by itself, as text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [repr(node.value)] if HEX.match(node.value) and not is_grey(node.value) else []
    if not isinstance(node, ast.Call):
        return []
    found = []
    for keyword in node.keywords:
        values = (
            keyword.value.elts
            if isinstance(keyword.value, ast.List | ast.Tuple)
            else [keyword.value]
        )
        texts = [
            v.value for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str)
        ]
        if keyword.arg == "cmap":
            found += [f"cmap={text!r}" for text in texts if text not in COLOUR_MAPS]
        elif keyword.arg and COLOUR_WORDS.search(keyword.arg):
            found += [
                f"{keyword.arg}={text!r}"
                for text in texts
                if bad_colour(text) and not HEX.match(text)
            ]
    if isinstance(node.func, ast.Attribute) and node.func.attr in (
        "plot",
        "semilogy",
        "semilogx",
        "loglog",
    ):
        texts = [
            a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)
        ]
        found += [repr(text) for text in texts if FORMAT.match(text)]
    return found


def shape_of(function):
    """A function without its names, docstring and annotations:
    equal for copies that were renamed."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    arguments = [ast.arg(node.arg) for node in ast.walk(function.args) if isinstance(node, ast.arg)]
    text = " ".join(ast.dump(node) for node in [*arguments, *function.args.defaults, *body])
    names = {}

    def rename(match):
        return f"{match[1]}='{names.setdefault(match[2], len(names))}'"

    return re.sub(r"\b(id|arg)='(\w+)'", rename, text)


def functions(tree):
    """Each function of a syntax tree that is long enough to be a copy."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno + 1 >= SHORTEST_COPY:
            yield node


@functools.cache
def book_code():
    """{shape: where} of the functions in code/byhand."""
    shapes = {}
    for path in sorted((ROOT / "code" / "byhand").rglob("*.py")):
        for node in functions(ast.parse(path.read_text(encoding="utf-8"))):
            shapes.setdefault(shape_of(node), f"{path.relative_to(ROOT / 'code')}: {node.name}")
    return shapes


def check_copies(nb, name):
    """No cell defines again what the book's code holds: it is shown from there,
    so that it cannot differ."""
    problems = []
    for i, cell in code_cells(nb):
        for node in [] if is_setup(cell) else functions(parsed(cell)):
            where = book_code().get(shape_of(node))
            if where:
                problems.append(f"{name}, cell {i}: {node.name} is a copy of {where}; use show()")
    return problems


CHECKS = [check_opening, check_palette, check_copies]
