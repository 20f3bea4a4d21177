"""What a notebook says of an exercise: the whole task, and of a question every number."""

import json
import re

import exercise_text  # tools/exercise_text.py
import nbformat
from byhand.exercises.checker import registry
from conftest import ROOT

WORDS = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6"}
# Numbers of a task that its question on the page need not repeat: {exercise: reason}.
SAID_OTHERWISE = {
    "cnn.kernel_gradient": "the four outputs and the shape (2, 2) are seen in the matrix",
    "seq2seq.bleu_by_hand": "written as code",
}


def numbers_in(text):
    """Every number that a text gives, words and fractions of TeX included."""
    text = re.sub(r"\\t?frac\{?(\d)\}?\{?(\d)\}?", r"\1/\2", text.replace("{,}", ""))
    words = {digit for word, digit in WORDS.items() if re.search(rf"\b{word}\b", text, re.I)}
    return set(re.findall(r"\d+(?:\.\d+)?", text)) | words


def questions():
    """(exercise, statement on the page) of every exercise that asks for numbers."""
    for path in sorted((ROOT / "chapters").glob("*.ipynb")):
        statement = ""
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            name = next((t[7:] for t in cell["metadata"].get("tags", []) if t[:7] == "answer:"), "")
            if name and registry.find(name)[0].is_value:
                yield registry.find(name)[0], statement
            elif cell["cell_type"] == "markdown" and not name:
                statement = "".join(cell["source"])


def test_a_question_on_the_page_gives_every_number_of_its_task():
    """A task for a function stands on the page word for word: see tools/exercise_text.py."""
    found = list(questions())
    assert len(found) > 40
    for exercise, statement in found:
        if exercise.name in SAID_OTHERWISE or re.search(r"exercise \d+", exercise.task):
            continue
        missing = numbers_in(exercise.task) - numbers_in(statement)
        assert not missing, f"{exercise.name}: the page's question lacks {sorted(missing)}"


def numbered():
    """{exercise: (chapter, number)} as the pages number them; a side road counts as none."""
    found = {}
    for path in sorted((ROOT / "chapters").glob("[0-9][0-9]_*.ipynb")):
        number = None
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"])
            if begins := re.match(r"\*\*(\d+)\.", source):
                number = begins[1]
            for name in re.findall(r'exercises\.check\(\s*"([\w.]+)"', source):
                found[name] = str(int(path.name[:2])), number
    return found


def test_a_task_names_its_own_place():
    """'chapter 16, exercise 9' in a task is where the exercise stands."""
    places, named = numbered(), 0
    for name, place in places.items():
        task = " ".join(registry.find(name)[0].task.split())
        for said in re.findall(r"chapter (\d+), exercise (\d+)", task):
            assert said == place, f"{name}: says chapter, exercise {said}, stands at {place}"
            named += 1
    assert named > 8


def cell(source, *tags):
    made = nbformat.v4.new_markdown_cell(source)
    made.metadata["tags"] = list(tags)
    return made


def test_a_task_is_written_before_its_stub():
    stub = nbformat.v4.new_code_cell("def my_bound(X, y, w, b): ...")
    cells = exercise_text.with_tasks([cell("**5.**"), stub, cell("", "answer:neuron.bound")])
    assert [c.cell_type for c in cells] == ["markdown", "markdown", "code", "markdown"]
    assert cells[1].source.startswith("> **Task.** `bound(X, y, w, b) -> (bound, R, gamma)`: ")
    again = exercise_text.with_tasks(cells)
    assert [c.source for c in again] == [c.source for c in cells]  # not twice


def test_a_statement_that_is_the_task_stays_alone():
    task = registry.find("neuron.batch")[0].task
    cells = [cell(f"**7. Code.** {task}"), cell("", "answer:neuron.batch")]
    assert len(exercise_text.with_tasks(cells)) == 2
