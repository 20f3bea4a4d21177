"""Names for folded cells: JupyterLab shows a folded cell's first line, Colab its `# @title`,
the site both as the words on the fold."""

import ast
import re

TITLE = "# @title "
CLAIMS = "What the text claims of these numbers"
NOTES = ("# fmt", "# noqa", "# NBVAL", "# type")


def title_of(source):
    """The name that a cell's first line gives it, or None."""
    first = source.split("\n", 1)[0]
    return first.removeprefix(TITLE).strip() if first.startswith(TITLE) else None


def without_title(source):
    """A cell's code without the line that names it."""
    return source.split("\n", 1)[-1] if title_of(source) else source


def named(source, tags):
    """A folded cell's source with its name in the first line: the author's comment there,
    or what the cell is."""
    if title_of(source):
        return source
    first, _, rest = source.partition("\n")
    if re.match(r"# \w", first) and not first.startswith(NOTES):
        return f"{TITLE}{first[2:]}\n{rest}"
    return f"{TITLE}{name_of(source, tags)}\n{source}"


def name_of(source, tags=()):
    """What a folded cell holds, in a few words."""
    if "claims" in tags:
        return CLAIMS
    if "fact" in tags:
        return "The check"
    if "show_figure(" in source:
        return "The code of the figure"
    if is_imports(source):
        return "Imports"
    try:
        body = ast.parse(source).body
    except SyntaxError:  # a magic of IPython
        return "The code"
    made = [n.name for n in body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    if "show(" in source and not made:
        return "The tested code"
    return f"The code of {', '.join(made)}" if made else "The code of what is printed"


def is_imports(source):
    """True for a cell that only prepares: imports, and settings of the book's style and threads."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return False
    quiet = ("plots.use_book_style(", "torch.set_num_threads(", "torch.set_flush_denormal(")
    found = [isinstance(node, ast.Import | ast.ImportFrom) for node in body]
    rest = [ast.unparse(node) for node, known in zip(body, found, strict=True) if not known]
    return any(found) and all(text.startswith(quiet) for text in rest)
