"""Exercises on the site: a form that judges numbers as the checker does; for code, the ways to it.

The right value, the known mistakes with their sentences, and the tolerance are exported from the
declarations, in base64 so that they do not catch the eye. _static/exercises.js judges;
tests/test_exercise_forms.py holds it to the checker's own verdicts.
"""

import base64
import functools
import hashlib
import html
import json
import os
import sys
from pathlib import Path

import numpy as np
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "code")] if str(ROOT / "code") not in sys.path else []

from byhand.exercises.checker import registry  # noqa: E402
from byhand.exercises.checker.declare import formula_of  # noqa: E402
from byhand.exercises.checker.judge import judge  # noqa: E402
from byhand.exercises.checker.runs import default_seed  # noqa: E402
from byhand.exercises.checker.values import leaves  # noqa: E402


def answers_here(name):
    """True if the exercise asks for numbers that a page can judge."""
    exercise, _ = registry.find(name)
    return exercise.is_value and exercise.accept is None


def exported(exercise):
    """What the page must know: {output: numbers}, mistakes, tolerance, the sentence of success."""
    right = exercise.reference()

    def numbers(value):
        found = leaves(value, right, exercise.outputs)
        return {name: listed(a) for name, a in found.items()}

    made = [(m, formula_of(exercise.name, m.id)()) for m in exercise.mistakes]
    whole = {name: bool(a.dtype.kind in "iu") for name, a in leaves(right).items()}
    if exercise.outputs:
        whole = dict(zip(exercise.outputs, whole.values(), strict=True))
    return {
        "name": exercise.name,
        "right": numbers(right),
        "whole": whole,
        "tolerance": exercise.tolerance,
        "mistakes": [{"says": m.sentence, "value": numbers(value)} for m, value in made],
        "why": exercise.why,
    }


def listed(array):
    """The numbers of an array in a list, null for NaN: JSON has none."""
    return [None if x != x else x for x in np.asarray(array, float).ravel().tolist()]


def form(name, docname, first=True):
    """The HTML that stands on the page below the task. first: it is the page's first form."""
    exercise, trouble = registry.find(name)
    if exercise is None:
        raise ValueError(f"{docname}: {trouble}")
    return number_form(exercise) if answers_here(name) else code_ways(exercise, docname, first)


def number_form(exercise):
    data = exported(exercise)
    packed = base64.b64encode(json.dumps(data).encode()).decode()
    slug = exercise.name.replace(".", "-").replace("_", "-")
    fields = "".join(field(slug, *item) for item in data["right"].items())
    return (
        f'<form class="exercise" data-exercise="{exercise.name}" data-judge="{packed}">'
        f'{fields}<button type="submit">Check</button>'
        f'<output role="status" aria-live="polite"></output></form>'
    )


def field(slug, name, numbers):
    """One input with its label; several numbers are written with commas."""
    several = f"{len(numbers)} numbers, with commas between" if len(numbers) > 1 else "a number"
    label = f"Your answer, {name}" if name else "Your answer"
    id = f"answer-{slug}-{name or 'only'}"
    return (
        f'<label for="{id}">{html.escape(label)} <small>({several})</small></label>'
        f'<input id="{id}" name="{html.escape(name)}" type="text" inputmode="text" '
        'autocomplete="off" spellcheck="false">'
    )


@functools.cache
def addresses():
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]
    return config["url"].replace("https://github.com/", ""), config["branch"]


def code_ways(exercise, docname, first=True):
    """Where to write the function; the links stand once on a page."""
    owner, branch = addresses()
    colab = f"https://colab.research.google.com/github/{owner}/blob/{branch}/{docname}.ipynb"
    up = "../" * docname.count("/")
    places = (
        f'<a href="{colab}">Colab</a>, or '
        f'<a href="{up}_sources/{docname}.ipynb" download>download the notebook</a>, '
        "or <code>make lab</code>"
        if first
        else "Colab, or in the notebook"
    )
    return (
        f'<p class="exercise-ways">Write it in {places}. Then '
        f'<code>exercises.check("{exercise.name}", your_function)</code> tells you what is right '
        "and which mistake it is.</p>"
    )


def verdict(name):
    """What the checker says to one wrong answer, as Markdown; "" where it says nothing."""
    said = verdicts().get(name)
    if not said:
        return ""
    answer, message = said
    return (
        f'<details class="verdict"><summary>What the checker says to a wrong answer'
        f"</summary>\n\nTo a function that is right but for\n\n```python\n{answer}\n```\n\n"
        f"it says\n\n```text\n{message}\n```\n\n</details>"
    )


def verdict_of_a_mistake(exercise):
    """(changed lines, message) of the first planted mistake that the checker names, or None."""
    if exercise.is_value:
        return None
    for mistake in exercise.mistakes:
        if not mistake.edits:
            continue
        result = judge(exercise, formula_of(exercise.name, mistake.id), default_seed(exercise.name))
        if result.mistake == mistake.id:
            wrong = exercise.source
            for old, new in mistake.edits:
                wrong = wrong.replace(old, new)
            right = exercise.source.splitlines()
            lines = [line.strip() for line in wrong.splitlines() if line not in right]
            if lines:  # one that leaves something out has no line to show
                return "\n".join(lines), result.message
    return None


def fingerprint():
    digest = hashlib.sha256()
    for file in sorted((ROOT / "code" / "byhand" / "exercises").rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


@functools.cache
def verdicts():
    """{name: [changed lines, message] or None}: judged once, kept until an exercise changes."""
    kept, now = ROOT / "_build" / "verdicts.json", fingerprint()
    if kept.exists():
        found = json.loads(kept.read_text(encoding="utf-8"))
        if found["of"] == now:
            return found["verdicts"]
    names = [name for name in registry.all_names() if not registry.find(name)[0].is_value]
    found = {name: verdict_of_a_mistake(registry.find(name)[0]) for name in names}
    kept.parent.mkdir(exist_ok=True)
    part = kept.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps({"of": now, "verdicts": found}), encoding="utf-8")
    part.replace(kept)
    return found
