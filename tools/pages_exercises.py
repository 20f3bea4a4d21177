"""The index of exercises: chapter by chapter, each with its kind and what it trains,
from the chapters."""

import re

import notebooks
import yaml
from byhand.exercises.checker import registry
from suite import ROOT

TRAINS = ROOT / "back" / "exercises.yml"
CHECK = re.compile(r'^exercises\.check\("([\w.]+)", \w+\)$')
NUMBERED = re.compile(r"^\*\*(\d+)\. ", re.M)
OPEN = re.compile(r"^\*\*(\d+)\. Open\.\*\*", re.M)
KINDS = {
    "recall": "a number, or a choice, worked with a pencil",
    "code": "a function, from an equation of the chapter",
    "derive and code": "an equation or a gradient first, then its function",
    "diagnose": "the false line, the fault, the slip in somebody's work",
    "open": "an experiment of your own; nobody checks it, and the answer may surprise",
}
DIAGNOSE = ("slip", "worked_delta", "debug", "faults")
DERIVE = ("hard_gradient",)  # a number that a derivation gives
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
    """The exercises of a chapter, in order: [(number, name, kind)]."""
    listed, number = [], None
    for cell in chapter.cells:
        if cell.kind == "markdown":
            text = re.sub(r"<details>.*?</details>", "", cell.source, flags=re.S)
            opened = OPEN.search(text)
            if opened:
                listed.append((int(opened[1]), f"{chapter.slug[3:]}.open", "open"))
            elif cell.section == "Exercises" and NUMBERED.search(text):
                number, asked = int(NUMBERED.findall(text)[-1]), text
        checked = CHECK.match(cell.source)
        if checked:
            listed.append((number, checked[1], kind(checked[1], asked)))
    return listed


def kind(name, asked):
    """The kind of a checked exercise; `asked` is what its page says."""
    if name.partition(".")[2] in DIAGNOSE:
        return "diagnose"
    if name.partition(".")[2] in DERIVE:
        return "derive and code"
    if registry.find(name)[0].is_value:
        return "recall"
    return "derive and code" if re.search(r"^\*\*\d+\. Derive", asked, re.M) else "code"


def page():
    """The page as Markdown."""
    trains = yaml.safe_load(TRAINS.read_text(encoding="utf-8"))
    book = [(chapter, found(chapter)) for chapter in notebooks.chapters()]
    all_kinds = [kind for _, listed in book for *_, kind in listed]
    kinds = "\n".join(
        f"| {name} | {what} | {all_kinds.count(name)} |" for name, what in KINDS.items()
    )
    checked = len(all_kinds) - all_kinds.count("open")
    text = HEAD.format(total=len(all_kinds), chapters=len(book), checked=checked, kinds=kinds)
    for chapter, listed in book:
        text += f"\n## {chapter.number}. {chapter.title}\n\n"
        text += f"[To the exercises](../chapters/{chapter.slug}.ipynb#exercises)\n\n"
        text += "| | kind | what it trains | name |\n|--:|:--|:--|:--|\n"
        rows = [f"| {n} | {kind} | {trains[name]} | {shown(name)} |" for n, name, kind in listed]
        text += "\n".join(rows) + "\n"
    return text


def shown(name):
    return "" if name.endswith(".open") else f"`{name}`"
