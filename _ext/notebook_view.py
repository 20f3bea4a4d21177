"""What the site shows of a notebook; JupyterLab and Colab show the notebook itself.

While a notebook is read: the setup cell is left out; imports, figures' code and claims are folded
under a name that says what they are; marks for formatters are taken away; an exercise gets a
heading, and in place of the untouched stub's verdict a form (numbers) or the ways to do it (code).
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
for place in (ROOT / "tools", ROOT / "code"):
    sys.path[:0] = [str(place)] if str(place) not in sys.path else []

import exercise_forms  # noqa: E402
import fold_titles  # noqa: E402

MARKS = re.compile(r" *# (?:fmt: (?:skip|off|on)|noqa(?::[^\n]*)?|NBVAL\w*)[^\n]*$", re.M)
CHECK = re.compile(r'exercises\.check\("([\w.]+)", \w+\)')
TASK = re.compile(r"^\*\*(\d+)\. ([^*]+?)\.\*\* ?", re.M)
HELP = """<details class="help"><summary>Help: three hints and the solution</summary>

{}

</details>"""


def source_of(cell):
    return "".join(cell["source"])


def tags_of(cell):
    return cell["metadata"].setdefault("tags", [])


def is_imports(cell):
    return cell["cell_type"] == "code" and fold_titles.is_imports(source_of(cell))


SHOWN = re.compile(r"(?:show\([^()]*\)\s*)+")


def fold(cell, title=None):
    """Fold a code cell that the reader need not see at once; say what is inside."""
    if SHOWN.fullmatch(source_of(cell).strip()):  # the listing is the output
        tags_of(cell).append("remove-input")
        return
    if is_imports(cell) or {"hide-input", "hide-cell"} & set(tags_of(cell)):
        tags = set(tags_of(cell)) - {"hide-input", "hide-cell"}
        folded = "hide-input" if cell["outputs"] else "hide-cell"
        cell["metadata"]["tags"] = [*sorted(tags), folded]
        words = cell["metadata"].setdefault("mystnb", {})
        name = title or fold_titles.name_of(source_of(cell), tags)
        words.update(code_prompt_show=name, code_prompt_hide=name)


def headed(text, chapter):
    """**1. Recall.** becomes a heading with an anchor."""
    return TASK.sub(lambda m: f"### Exercise {chapter}.{m[1]}: {m[2].lower()}\n\n", text)


def view(notebook, docname):
    """Change a notebook, as a dict, to what the site shows of it."""
    number = re.match(r"chapters/(\d+)_", docname)
    chapter = int(number[1]) if number else 0
    cells, in_exercises, first = [], False, True
    for cell in notebook["cells"]:
        source = source_of(cell)
        if "setup" in tags_of(cell):
            continue
        answers = [tag for tag in tags_of(cell) if tag.startswith("answer:")]
        if answers:
            verdict = exercise_forms.verdict(answers[0].removeprefix("answer:"))
            cell["source"] = HELP.format("\n\n".join(filter(None, [source, verdict])))
        elif cell["cell_type"] == "markdown":
            in_exercises = in_exercises or bool(re.search(r"^## Exercises", source, re.M))
            if in_exercises and chapter:
                cell["source"] = headed(source, chapter)
        else:
            title = fold_titles.title_of(source)
            cell["source"] = MARKS.sub("", fold_titles.without_title(source))
            checked = CHECK.fullmatch(source.strip())
            if checked:
                form = exercise_forms.form(checked[1], docname, first)
                cell, first = markdown(form), first and "exercise-ways" not in form
                drop_stub(cells, checked[1])
            elif cells and is_imports(cell) and is_imports(cells[-1]):
                cells[-1]["source"] = f"{source_of(cells[-1])}\n{cell['source']}"
                continue
            else:
                fold(cell, title)
        cells.append(cell)
    notebook["cells"] = cells
    return notebook


def drop_stub(cells, name):
    """An exercise that is answered on the page needs no line with `...` above its form."""
    if exercise_forms.answers_here(name) and cells and cells[-1]["cell_type"] == "code":
        if source_of(cells[-1]).count("\n") == 0 and "= ..." in source_of(cells[-1]):
            cells.pop()


def markdown(text):
    return {"cell_type": "markdown", "id": "", "metadata": {}, "source": text}


def on_read(app, docname, source):
    if (ROOT / f"{docname}.ipynb").exists() and source[0].lstrip().startswith("{"):
        notebook = view(json.loads(source[0]), docname)
        for k, cell in enumerate(notebook["cells"]):
            cell["id"] = cell.get("id") or f"form-{k}"
        source[0] = json.dumps(notebook)


def setup(app):
    app.connect("source-read", on_read)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
