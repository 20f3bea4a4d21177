"""How an exercise is declared: one small frozen record,
and `slip` for a mistake of a few characters.

    @exercise(
        "masks.causal",
        task="causal(T) -> mask (T, T), True where query t may see key s, that is s <= t.",
        cases=sizes,                                   # cases(rng) yields argument tuples,
        smallest first
        variants=(by_loop, by_comparison),             # independent right answers,
        accepted over 200 seeds hints=("idea", "formula", "nearly code"),
        mistakes=(slip("strict", "A position must see itself too.", "s <= t", "s < t"),),
    )
    def causal(T):
        t, s = np.arange(T)[:, None], np.arange(T)
        return s <= t

The decorated function is the reference; `solution` shows its source,
so the text shown is the code tested.
"""

import ast
import functools
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

REGISTRY = {}  # name -> Exercise, in the order of declaration


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

    `edits` are (old, new) replacements in the solution's source, each found exactly once;
    they can be combined in pairs. `formula` is a whole function (or the value,
    for an exercise that asks for a value).
    """

    id: str
    sentence: str
    edits: tuple = ()
    formula: Callable | None = None
    see: str = ""


def slip(id, sentence, old, new, *more, see=""):
    """A mistake written as replacements in the solution:
    `old` becomes `new` (further pairs in `more`)."""
    flat = (old, new, *more)
    return Mistake(id, sentence, edits=tuple(zip(flat[::2], flat[1::2], strict=True)), see=see)


def wrong(id, sentence, formula, see=""):
    """A mistake written as a function with the exercise's signature."""
    return Mistake(id, sentence, formula=formula, see=see)


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
    hints: tuple  # idea, formula, nearly code
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
    tolerance: float = 1e-7  # relative; float32 answers get 1e-4
    accept: Callable = None  # value exercises: accept(value) -> None if right, else (id, sentence)
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


def edited(exercise, edits):
    """The reference with `edits` made in its source, or None where a fragment is not found once."""
    source = exercise.source
    for old, new in edits:
        if source.count(old) != 1:
            return None
        source = source.replace(old, new)
    space = dict(exercise.reference.__globals__)
    try:
        exec(
            compile(source, f"<{exercise.name}>", "exec"), space
        )  # our own declarations, never the reader's text
    except SyntaxError:  # two edits that clash; a test compiles each single one
        return None
    return space[exercise.reference.__name__]


@functools.cache
def formula_of(name, *ids):
    """The function that makes the mistakes `ids` of exercise `name` together;
    None if they clash."""
    made = [m for m in REGISTRY[name].mistakes if m.id in ids]
    if len(made) == 1 and made[0].formula is not None:
        return made[0].formula
    if any(m.formula is not None for m in made):
        return None
    first, last = ([edit for m in order for edit in m.edits] for order in (made, made[::-1]))
    return edited(REGISTRY[name], first) or edited(
        REGISTRY[name], last
    )  # one edit may hold the other's place
