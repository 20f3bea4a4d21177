"""The table of planted answers: `@wrong(exercise, kind, says)` and `@right(exercise)` fill it."""

import re
from typing import Any, NamedTuple

import numpy as np

KINDS = (
    "axis", "shift", "factor", "sign", "transpose", "order", "convention", "forgotten", "misread",
    "constant", "unstable", "tolerance", "sampling", "state", "trivial",
)  # fmt: skip
FACTS = ("", "property", "raised", "unreadable", "slow", "chatty", "unfinished")
WRONG, RIGHT = [], []
KEPT = {}  # what forgetful answers keep from one call to the next; tests empty it


class Answer(NamedTuple):
    """A planted answer: `says` is a pattern that a message must match to name the slip rightly;
    "" asks only that nothing false is asserted."""

    exercise: str
    kind: str
    says: str
    title: str
    answer: Any


def wrong(exercise, kind, says):
    """Record the decorated function as a wrong answer to `exercise`."""

    def record(answer):
        WRONG.append(Answer(exercise, kind, says, answer.__name__, answer))
        return answer

    return record


def planted(kind, *rows):
    """Record wrong answers, each as (exercise, ids, answer): one of these mistakes is the right
    name ("a|b"); with "" none is."""
    for exercise, ids, answer in rows:
        says = rf"^\[({ids})\]" if ids else ""
        WRONG.append(Answer(exercise, kind, says, ids or "no name", answer))


def values(exercise, *rows):
    """Record wrong values, each as (value, kind, says)."""
    for value, kind, says in rows:
        WRONG.append(Answer(exercise, kind, says, str(value), value))


def right(exercise):
    """Record the decorated function as a right answer to `exercise`."""

    def record(answer):
        RIGHT.append(Answer(exercise, "right", "", answer.__name__, answer))
        return answer

    return record


def explanation(result):
    """What the message asserts, after the mistake's id in brackets: no heading, case or hint."""
    said = []
    for line in result.message.splitlines()[1:]:
        if line.startswith(("Smallest case", "Next:", "Your function printed", "  expected")):
            break
        said.append(line.strip())
    return f"[{result.mistake or ''}] " + " ".join(said)


def grade(planted, result, ids):
    """accepted, problem, named, misnamed or facts; `ids` are the exercise's known mistakes.

    Named: the message asserts a mistake (it has an id) and `says` is found in it. Facts alone
    (right on 3 of 9 cases, a property that fails) count as facts, even if they hint at the slip.
    """
    if result.outcome != "not yet":
        return "accepted" if result.outcome == "passed" else "problem"
    said, asserted = explanation(result), (result.mistake or "").split("+")
    asserts = asserted[0] not in FACTS or "but for the sign" in said
    if asserts and planted.says and re.search(planted.says, said, re.IGNORECASE):
        return "named"
    known = ids & set(asserted) or asserted[0].startswith("ignores") or "but rounded" in said
    return "misnamed" if known else "facts"


def soft(z, axis=-1):
    """Softmax, shifted by the largest number of each row."""
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def sig(z):
    """Sigmoid."""
    return 1 / (1 + np.exp(-z))
