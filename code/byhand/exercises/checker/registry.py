"""Which exercises there are: all modules of `topics`, imported when a name is first used."""

import difflib
import functools
import importlib
import pathlib

from byhand.contents import STATIONS
from byhand.exercises import topics
from byhand.exercises.checker.declare import REGISTRY

CHAPTERS = [station.slug for station in STATIONS]


@functools.cache
def load():
    """Import every module of `topics`; return the names of all exercises,
    in the order of the book."""
    for module in sorted(pathlib.Path(topics.__file__).parent.glob("*.py")):
        importlib.import_module(f"{topics.__name__}.{module.stem}")
    order = {chapter: place for place, chapter in enumerate(CHAPTERS)}
    return sorted(REGISTRY, key=lambda name: order[chapter_of(name)])


def chapter_of(name):
    """The part before the point: the slug of the chapter."""
    return name.partition(".")[0]


def names_of(chapter):
    """Names of the exercises of one chapter, in the order of declaration."""
    return [name for name in load() if chapter_of(name) == chapter]


def all_names():
    """Names of all exercises, in the order of the book."""
    return list(load())


def find(name):
    """Return (exercise, "") or (None, a sentence that helps) for any `name` whatsoever."""
    if type(name) is not str:
        return (
            None,
            "The first argument is the exercise's name in quotes, for example "
            '"neuron.perceptron_step".',
        )
    if name in load():
        return REGISTRY[name], ""
    near = difflib.get_close_matches(name, all_names(), n=1, cutoff=0.6)
    short = name if len(name) <= 60 else name[:57] + "..."
    guess = f' Did you mean "{near[0]}"?' if near else " exercises.names() lists them all."
    return None, f'There is no exercise "{short}".{guess}'
