"""What the reader sees: one screen of plain text, and the same as HTML."""

import html
import textwrap
from dataclasses import dataclass

from byhand.exercises.checker.compare import show
from byhand.exercises.checker.facts import sizes_of
from byhand.exercises.checker.values import brief, number

WIDTH = 100
HEADS = {
    "passed": "PASSED",
    "not yet": "NOT YET",
    "not attempted": "NOT ATTEMPTED",
    "checker problem": "CHECKER PROBLEM",
}
MARKS = {
    "passed": "#2e7d32",
    "not yet": "#b26a00",
    "not attempted": "#607d8b",
    "checker problem": "#b71c1c",
}


@dataclass(frozen=True, repr=False)
class Page:
    """Text that shows itself in a notebook: as it is in a terminal, in a box on a page."""

    message: str

    def __repr__(self):
        return self.message

    def _repr_html_(self):
        return _box(self.message, "#607d8b")


@dataclass(frozen=True, repr=False)
class Result(Page):
    """What `check` found: the outcome in words, the mistake's id or None,
    the text for the reader."""

    outcome: str = "not yet"
    mistake: str | None = None
    name: str = ""

    def _repr_html_(self):
        return _box(self.message, MARKS[self.outcome])


def _box(message, colour):
    style = "white-space: pre-wrap; margin: 0; background: transparent; color: inherit"
    body = f'<pre style="{style}">{html.escape(message)}</pre>'
    return f'<div style="border-left: 4px solid {colour}; padding: 0.3em 0.8em">{body}</div>'


def result(name, outcome, lines, mistake=None, place=""):
    """A Result from sentences; each is wrapped, the first line says outcome and name."""
    head = f"{HEADS[outcome]}  {name}" + (f"  ({place})" if place else "")
    return Result("\n".join([head, *wrapped(lines)]), outcome, mistake, name)


def wrapped(lines):
    """Lines of at most WIDTH characters."""
    out = []
    for line in lines:
        for part in line.splitlines():
            out += textwrap.wrap(part, WIDTH, subsequent_indent="    ", break_long_words=True) or [
                ""
            ]
    return out


def smallest(exercise, run):
    """The smallest failing case: sizes, arguments, the right answer, the reader's."""
    parts = [f"{key}={value}" for key, value in sizes_of(exercise, run.case).items()]
    parts += [
        f"{n}={brief(arg)}" for n, arg in zip(exercise.parameters, run.case.args, strict=True)
    ]
    label = f" ({run.case.label})" if run.case.label else ""
    lines = [f"Smallest case{label}: " + "  ".join(parts)]
    if run.status == "ok":
        lines += [_side_by_side(run, name, gap) for name, gap in list(run.wrong.items())[:2]]
    return lines


def _side_by_side(run, name, gap):
    right, yours = run.right[name], run.yours[name]
    what = f"{name}: " if name else ""
    if gap.kind in ("value", "finite") and (right.size > 6 or brief(right) == brief(yours)):
        a, b = right[gap.index], yours[gap.index]
        digits = next((n for n in range(4, 17) if number(a, n) != number(b, n)), 17)
        here = f"at index {show(gap.index)}  " if gap.index else ""
        return f"  {what}{here}expected {number(a, digits)}   yours {number(b, digits)}"
    note = f"   (shape {yours.shape}, expected {right.shape})" if gap.kind == "shape" else ""
    note = f"   ({gap.sentence})" if gap.kind == "dtype" else note
    return f"  {what}expected {brief(right)}   yours {brief(yours)}{note}"


def printed(run):
    """The first lines that the reader's function printed, if any."""
    lines = [line for line in run.printed.splitlines() if line.strip()]
    return (
        [
            "Your function printed: "
            + " | ".join(line[:60] for line in lines[:3])
            + (" ..." if len(lines) > 3 else "")
        ]
        if lines
        else []
    )


def place(runs, run, seed):
    """Where it failed: which case of how many, and the seed that makes it again."""
    return f"case {run.number} of {len(runs)}, seed {seed}"
