"""How an exercise is declared: one small frozen record, its known mistakes in a table.

    @exercise(
        "masks.causal",
        trains="a mask from a comparison",
        task="causal(T) -> mask (T, T), True where query t may see key s, that is s <= t.",
        cases=sizes,  # cases(rng) yields tuples of arguments, smallest first
        variants=(by_loop, by_comparison),  # independent right answers, accepted over 200 seeds
        hints=("idea", "formula", "nearly code"),
        mistakes='''
        strict | s <= t -> s < t | A position must see itself too: <=, not <.
        ones | = lambda T: np.ones((T, T), bool) | Nothing is hidden in your mask.
        ''',
    )
    def causal(T):
        t, s = np.arange(T)[:, None], np.arange(T)
        return s <= t

The decorated function is the reference; `solution` shows its source, so the text shown is the code
tested. A mistake is an edit of that source, or an expression of its own (see `table`).
"""

import ast
import functools
import inspect
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

REGISTRY = {}  # name -> Exercise, in the order of declaration
# what SMALL and STEP stand for in a mistake's code: numbers that readers add, or take as a step
SMALLS = (1e-4, 1e-20, 1e-16, 1e-15, 1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-3)
STEPS = (1e-4, 1e-8, 1e-7, 1e-6, 1e-5, 1e-3)


class Case(NamedTuple):
    """One tuple of arguments; a special case carries a label that the messages can quote."""

    args: tuple
    label: str = ""


def special(label, *args):
    """A special case: `yield special("equal logits", z)` inside a `cases` generator."""
    return Case(args, label)


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer: what the reader hears, and its formula as code.

    `edits` are (old, new) replacements in the solution's source, each found exactly once; they can
    be combined in pairs. `instead` is an expression: a whole function, or the wrong value.
    """

    id: str
    sentence: str
    edits: tuple = ()
    instead: str = ""

    @property
    def smalls(self):
        """The values of SMALL or STEP to try: one if the mistake's code holds neither."""
        code = f"{self.edits}{self.instead}"
        return SMALLS if "SMALL" in code else STEPS if "STEP" in code else SMALLS[:1]


OPERAND = r"(`[^`]*`|.*?)"  # backticks keep spaces at its ends, and the marks " | ", " -> ", " ;; "
EDIT = re.compile(rf"{OPERAND} -> {OPERAND}(?: ;; |$)")
ROW = re.compile(r"(\w+) \| ((?:`[^`]*`|[^`])*?) \| (.*)")


def table(text):
    """Read a table of mistakes: `id | old -> new ;; old -> new | why`, or `id | = value | why`.

    A line that stands further to the right than the first goes on with the row above it; in an
    edit, \\n is a new line. SMALL and STEP are any small number. Returns a tuple of Mistakes.
    Raises ValueError naming a bad row.
    """
    lines = textwrap.dedent(text.strip("\n")).splitlines()
    rows = []
    for line in lines:
        if line.startswith(" ") and rows:
            rows[-1] += " " + line.strip()
        elif line.strip():
            rows.append(line.strip())
    return tuple(_mistake(row) for row in rows)


def _mistake(row):
    found = ROW.fullmatch(row)
    if not found:
        raise ValueError(f"mistakes: expected 'id | old -> new | sentence', got {row!r}")
    id, what, sentence = found.groups()
    if what.startswith("= "):
        return Mistake(id, sentence, instead=what[2:].strip("`"))
    edits, at = [], 0
    while at < len(what):
        edit = EDIT.match(what, at)
        if not edit:
            raise ValueError(f"mistakes: expected 'old -> new' or '= expression', got {row!r}")
        edits.append(tuple(part.strip("`").replace("\\n", "\n") for part in edit.groups()))
        at = edit.end()
    return Mistake(id, sentence, edits=tuple(edits))


@dataclass(frozen=True)
class Property:
    """Something that must hold besides the values: `holds(answer,
    *args)` calls the answer itself."""

    says: str  # "each row of the weights sums to 1"
    holds: Callable


@dataclass(frozen=True)
class Exercise:
    """All that the checker knows about one exercise; see the fields' comments."""

    name: str
    reference: Callable
    task: str  # signature, shapes and conventions
    trains: str  # what it trains, in a few words
    hints: tuple  # idea, formula, nearly code
    kind: str = ""  # recall, code, derive and code, diagnose; by default recall or code
    why: str = (
        # for a value exercise: the reasoning, shown with the solution; else the last hint stands
        # there
        ""
    )
    cases: Callable = None  # None: the exercise asks for a value, `reference()` is it
    variants: tuple = ()
    mistakes: tuple = ()
    properties: tuple = ()
    # {"X": "B D"}: names sizes in messages and finds ratios
    shapes: dict = field(default_factory=dict)
    outputs: tuple = ()  # one name per output, when there are several
    helpers: tuple = ()  # functions that the solution calls; shown with it
    # relative, for float64; float32 answers get 1e-4. A number gets 1e-7: it may have been copied
    tolerance: float = 1e-9
    accept: Callable = None  # for values: accept(value) -> None if right, else (id, what to say)
    exact: bool = True  # False: many answers are right; shapes and properties decide
    # operator mutants that change nothing: {mutant: reason}
    equivalent: dict = field(default_factory=dict)

    @property
    def is_value(self):
        """True if the exercise asks for a number or a choice, not for a function."""
        return self.cases is None

    @functools.cached_property
    def parameters(self):
        """Names of the arguments, in order."""
        return tuple(inspect.signature(self.reference).parameters)

    @functools.cached_property
    def source(self):
        """The solution: helpers and reference, as they run."""
        return "\n\n".join(source_of(f) for f in (*self.helpers, self.reference))

    @property
    def worked(self):
        """The solution as Markdown: the tested code, or the value and why it is right."""
        if not self.is_value:
            return f"```python\n{self.source}\n```"
        return f"One right answer: `{_written(self.reference())}`. {self.why or self.hints[-1]}"


def _written(value):
    """A value as Python text with six significant digits,
    so that it passes the check it answers."""
    if isinstance(value, str):
        return repr(value)
    if isinstance(value, tuple | list) or (isinstance(value, np.ndarray) and value.ndim):
        return "(" + ", ".join(_written(item) for item in value) + ")"
    return f"{float(value):.6g}"


def exercise(name, **fields):
    """Register the decorated function as the reference of exercise `name`,
    and return it unchanged."""

    def register(reference):
        if name in REGISTRY:
            raise ValueError(f"name: expected a new exercise name, got {name!r} a second time")
        for key in ("task", "why"):  # a text may run over several lines
            fields[key] = " ".join(fields.get(key, "").split())
        fields["mistakes"] = table(fields.get("mistakes", ""))
        fields.setdefault("tolerance", 1e-9 if "cases" in fields else 1e-7)
        fields["kind"] = fields.get("kind") or ("code" if "cases" in fields else "recall")
        REGISTRY[name] = Exercise(name=name, reference=reference, **fields)
        return reference

    return register


def source_of(function):
    """Source text of a function without its decorators and docstring."""
    text = textwrap.dedent(inspect.getsource(function))
    node = next(n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef))
    lines = text.splitlines()
    keep = lines[node.lineno - 1 : node.end_lineno]
    if ast.get_docstring(node) is not None:
        first, last = node.body[0].lineno - node.lineno, node.body[0].end_lineno - node.lineno
        keep = keep[:first] + keep[last + 1 :]
    return "\n".join(keep)


def edited(exercise, edits, small=SMALLS[0]):
    """The reference with `edits` made in its source, or None where a fragment is not found once."""
    source = exercise.source
    for old, new in edits:
        if source.count(old) != 1:
            return None
        source = source.replace(old, new)
    space = {**exercise.reference.__globals__, "SMALL": small, "STEP": small}
    try:
        exec(
            compile(source, f"<{exercise.name}>", "exec"), space
        )  # our own declarations, never the reader's text
    except SyntaxError:  # two edits that clash; a test compiles each single one
        return None
    return space[exercise.reference.__name__]


@functools.cache
def formula_of(name, *ids, small=SMALLS[0]):
    """The function that makes the mistakes `ids` of an exercise together; None if they clash."""
    exercise = REGISTRY[name]
    made = [m for m in exercise.mistakes if m.id in ids]
    if any(m.instead for m in made):
        return instead(exercise, made[0].instead, small) if len(made) == 1 else None
    first, last = ([edit for m in order for edit in m.edits] for order in (made, made[::-1]))
    # one edit may hold the other's place
    return edited(exercise, first, small) or edited(exercise, last, small)


def instead(exercise, expression, small=SMALLS[0]):
    """The function that an expression names; for a value exercise, one that returns its value."""
    space = {**exercise.reference.__globals__, "SMALL": small, "STEP": small}
    if exercise.is_value:
        return lambda: eval(expression, space)
    return eval(expression, space)
