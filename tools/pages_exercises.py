"""The index of exercises: chapter by chapter, each with its kind and what it trains,
from the chapters."""

import re

import notebooks
from byhand.exercises.checker import registry
from byhand.exercises.topics.open_questions import OPEN as OPEN_QUESTIONS

CHECK = re.compile(r'^exercises\.check\("([\w.]+)", \w+\)$')
NUMBERED = re.compile(r"^\*\*(\d+)\. ", re.M)
OPEN = re.compile(r"^\*\*(\d+)\. Open\.\*\* (.+?[.?!])(?=\s|$)", re.M)
KINDS = {
    "recall": "a number, or a choice, worked with a pencil",
    "code": "a function, from an equation of the chapter",
    "derive and code": "an equation or a gradient first, then its function",
    "diagnose": "the false line, the fault, the slip in somebody's work",
    "open": "an experiment of your own; nobody checks it, and the answer may surprise",
}
HEAD = """# Index of exercises

{total} exercises in {chapters} chapters. {checked} of them have a checker, and `make test` gives
each checker the solution that the page shows. A chapter begins with recall and ends with an open
experiment; in some, more practice follows.

| kind | what it is | how many |
|:--|:--|--:|
{kinds}

In a notebook, `exercises.progress()` shows what you have solved, `exercises.progress("lstm")` one
chapter with each exercise by name. `exercises.task("lstm.step")` repeats what is asked for. `make
exercises` runs every solution in its notebook.
"""  # noqa: E501


def found(chapter):
    """The exercises of a chapter, in order: [(number, name, kind, what it trains)]."""
    listed, number = [], None
    for cell in chapter.cells:
        if cell.kind == "markdown":
            text = re.sub(r"<details>.*?</details>", "", cell.source, flags=re.S)
            opened = OPEN.search(text)
            if opened:
                topic = chapter.slug.split("_", 1)[1]  # a side road says it in its first sentence
                trains = OPEN_QUESTIONS.get(topic, opened[2])
                listed.append((int(opened[1]), "", "open", trains))
            elif cell.section == "Exercises" and NUMBERED.search(text):
                number = int(NUMBERED.findall(text)[-1])
        checked = CHECK.match(cell.source)
        if checked:
            exercise, _ = registry.find(checked[1])
            listed.append((number, f"`{checked[1]}`", exercise.kind, exercise.trains))
    return listed


def page():
    """The page as Markdown."""
    book = [(chapter, found(chapter)) for chapter in notebooks.pages()]
    book = [(chapter, listed) for chapter, listed in book if listed]
    all_kinds = [kind for _, listed in book for _, _, kind, _ in listed]
    kinds = "\n".join(
        f"| {name} | {what} | {all_kinds.count(name)} |" for name, what in KINDS.items()
    )
    checked = len(all_kinds) - all_kinds.count("open")
    text = HEAD.format(
        total=len(all_kinds), chapters=len(notebooks.chapters()), checked=checked, kinds=kinds
    )
    for chapter, listed in book:
        text += f"\n## {chapter.number}. {chapter.title}\n\n"
        text += f"[To the exercises](../chapters/{chapter.slug}.ipynb#exercises)\n\n"
        text += "| | kind | what it trains | name |\n|--:|:--|:--|:--|\n"
        rows = [f"| {n} | {kind} | {trains} | {name} |" for n, name, kind, trains in listed]
        text += "\n".join(rows) + "\n"
    return text
