"""What a notebook says of an exercise, written from its declaration: page and checker agree.

A cell tagged `task:NAME` holds the task of a function, whole; one tagged `answer:NAME` the hints
and the solution. A question with numbers as its answer is asked on the page in its own words.
"""

import re
import sys

import nbformat

SIGNATURE = re.compile(
    r"[a-z]\w*\([^()]*\) -> (?:\([^()]*\)|whole numbers?(?: \([^()]*\))?|\w+(?: \([^()]*\))?)"
)


def declared(name):
    """The exercise of that name; a sentence on exit if there is none."""
    from byhand.exercises.checker import registry

    exercise, trouble = registry.find(name)
    if exercise is None:
        sys.exit(f"answer:{name}: {trouble}")
    return exercise


def folded_answers(name):
    """Hints and solution as folded Markdown."""
    exercise = declared(name)
    idea, formula, nearly = exercise.hints
    folds = {
        "Hint 1: the idea": idea,
        "Hint 2: the formula": f"```text\n{formula}\n```",
        "Hint 3: nearly the code": f"```text\n{nearly}\n```",
        "Solution": exercise.worked,
    }
    return "\n\n".join(
        f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"
        for title, text in folds.items()
    )


def task_text(name):
    """The task as a quotation: what to return, of which shapes, and every edge case."""
    task = declared(name).task
    found = SIGNATURE.match(task)
    signature = f"`{found[0].strip()}`" if found else ""
    rest = re.sub(r"([\\*_|<>$`])", r"\\\1", task[found.end() if found else 0 :])
    return f"> **Task.** {signature}{rest}"


def bare(text):
    """Letters and digits alone: what two forms of one statement share."""
    return re.sub(r"[\W_]+", "", text).lower()


def with_tasks(cells):
    """The cells, each exercise's task before its stub unless the statement has every word of it."""
    kept = [cell for cell in cells if not named(cell, "task:")]
    done = []
    for cell in kept:
        name = named(cell, "answer:")
        if name:
            start = max(k for k, earlier in enumerate(done) if earlier.cell_type != "code")
            exercise = declared(name)
            if not (exercise.is_value or bare(exercise.task) in bare(done[start].source)):
                task = nbformat.v4.new_markdown_cell(task_text(name))
                task.metadata["tags"] = [f"task:{name}"]
                done.insert(start + 1, task)
        done.append(cell)
    return done


def named(cell, kind):
    """The exercise's name in a cell's tag of this kind ("task:", "answer:"), or None."""
    tags = cell.metadata.get("tags", [])
    return next((tag.removeprefix(kind) for tag in tags if tag.startswith(kind)), None)
