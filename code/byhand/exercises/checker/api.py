"""The functions a reader calls. None of them raises, whatever it is given."""

import functools
import sys

from byhand.exercises.checker import progress as record
from byhand.exercises.checker import registry
from byhand.exercises.checker.judge import judge
from byhand.exercises.checker.judge_value import judge_value
from byhand.exercises.checker.report import Page, Result, result, wrapped
from byhand.exercises.checker.runs import default_seed


def check(name=None, answer=None, seed=None):
    """Check an answer to the exercise `name`,
    and say in one screen what is right or which mistake it is.

    Arguments: name, such as "lstm.step"; answer, the function itself (or the value,
    where the task asks for one); seed, a whole number that makes other random cases,
    None for the exercise's own.

    Returns a Result with `.outcome` ("not attempted", "passed",
    "not yet" or "checker problem"), `.mistake` (the named mistake's id, or None) and `.message`.
    Never raises. An endless Python loop is stopped; one call of a library that takes minutes, such
    as `sum(range(10**10))`, is waited for: interrupt it.
    """
    try:
        return _check(name, answer, seed)
    except Exception as error:
        return _our_fault(name, error)


def _check(name, answer, seed):
    exercise, sentence = registry.find(name)
    if exercise is None:
        shown = name if type(name) is str and len(name) <= 60 else "?"
        return result(shown, "not yet", [sentence])
    if seed is None:
        seed = default_seed(name)
    elif type(seed) is not int or seed < 0:
        return result(
            name, "not yet", ["seed: a whole number from 0 up is expected, or nothing at all."]
        )
    found = (judge_value if exercise.is_value else judge)(exercise, answer, seed)
    if found.outcome == "not attempted":
        return found
    trouble = record.record(name, found.outcome == "passed")
    return (
        found
        if not trouble
        else Result(f"{found.message}\n{trouble}", found.outcome, found.mistake, name)
    )


def use(name=None, answer=None):
    """The reader's function for the exercise `name` once it passes, else the book's own.

    A cell that calls it trains a chapter's model with what the reader wrote. It says which
    of the two is used. Returns None for an exercise that does not ask for a function.
    """
    exercise, sentence = registry.find(name)
    if exercise is None or exercise.is_value:
        print(sentence or f"{name} asks for a value, not for a function.")
        return None
    if _check(name, answer, None).outcome == "passed":
        print(f"{name}: your own function is used.")
        return answer
    print(f"{name}: the book's function is used until yours passes.")
    return exercise.reference


def _our_fault(name, error):
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace else "?"
    lines = [
        "The checker itself failed; your answer is not to blame. Please paste this line in an "
        "issue:",
        f"{name!s:.60} {type(error).__name__}: {error!s:.120} at {where}, Python "
        f"{sys.version.split()[0]}",
    ]
    return result(str(name)[:60] if type(name) is str else "?", "checker problem", lines)


def _page(work):
    """Turn a function that returns lines into one that returns a Page and never raises."""

    @functools.wraps(work)
    def shown(*args, **options):
        try:
            return Page("\n".join(work(*args, **options)))
        except Exception as error:
            return Page(
                f"The checker itself failed ({type(error).__name__}); please open an issue with "
                "your call."
            )

    return shown


@_page
def hint(name=None, step=1):
    """Show hint 1 (the idea), 2 (the formula) or 3 (nearly the code) of an exercise."""
    exercise, sentence = registry.find(name)
    if exercise is None:
        return [sentence]
    if type(step) is not int or not 1 <= step <= len(exercise.hints):
        return [f"There are hints 1 to {len(exercise.hints)}: idea, formula, nearly code."]
    lines = [f"Hint {step} of {len(exercise.hints)}  {name}", *wrapped([exercise.hints[step - 1]])]
    more = (
        f'exercises.hint("{name}", {step + 1})'
        if step < len(exercise.hints)
        else f'exercises.solution("{name}")'
    )
    return [*lines, f"Next: {more}"]


@_page
def solution(name=None):
    """Show the worked solution of an exercise: the code the checker runs, or the value and why."""
    exercise, sentence = registry.find(name)
    if exercise is None:
        return [sentence]
    return wrapped([exercise.worked]) if exercise.is_value else [exercise.source]


@_page
def task(name=None):
    """Show what an exercise asks for."""
    exercise, sentence = registry.find(name)
    return [sentence] if exercise is None else [f"Task  {name}", *wrapped([exercise.task])]


@_page
def progress(chapter=None):
    """Show which exercises are solved, of the book or of one chapter (kept in a local file)."""
    if chapter is not None and chapter not in registry.CHAPTERS:
        return [
            f"There is no chapter by that name; the chapters are: {', '.join(registry.CHAPTERS)}."
        ]
    return record.summary(chapter)


def names():
    """Names of all exercises, in the order of the book."""
    return registry.all_names()
