"""One word, two senses: which vectors tell them apart, as `tools/senses.py`
stored it (chapter 17).

The sense is taken from the room of the library that the paragraph comes from:
a frame is a part of a window in tkinter, and a call of a function in inspect.
"""

import csv
import pathlib
from typing import NamedTuple

import numpy as np

from byhand.data import docs

HERE = pathlib.Path(__file__).parent
TABLE, PLANE = HERE / "senses.csv", HERE / "senses_plane.csv"
SEEDS = (10, 11, 12)
SENSES = {  # word: rooms of the one sense, rooms of the other
    "frame": (("tkinter",), ("inspect", "traceback", "bdb")),
    "event": (("tkinter",), ("asyncio",)),
    "address": (("email",), ("ipaddress",)),
    "root": (("tkinter",), ("logging",)),
    "option": (("tkinter",), ("optparse",)),
}
ONE_VECTOR, AROUND = "one vector for the word", "mean of the words around"
UNTRAINED, JOINED = "ELMo before training", "ELMo"
METHODS = (ONE_VECTOR, AROUND, UNTRAINED, JOINED)


class Places(NamedTuple):
    """Where a word stands: paragraphs, places in them, and the sense 0 or
    1."""

    paragraphs: np.ndarray
    places: np.ndarray
    sense: np.ndarray


def occurrences(word, T):
    """The first place of the word in each paragraph of its rooms, within the
    first T words. Raises ValueError for other words."""
    if word not in SENSES:
        raise ValueError(
            f"word: expected one of {', '.join(SENSES)}, got {word!r}"
        )
    found = []
    for i, p in enumerate(docs.paragraphs()):
        for sense, rooms in enumerate(SENSES[word]):
            here = docs.words_of(p.text)[:T]
            if p.room in rooms and word in here:
                found.append((i, here.index(word), sense))
    return Places(*np.array(found).T)


def alike(vectors, sense):
    """How often the nearest other occurrence (largest cosine) has the same
    sense, in %; the mean of both senses, so that guessing gets 50. Where
    several are equally near, their mean counts. vectors (n, d), sense (n,)."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = np.round(unit @ unit.T, 9)
    np.fill_diagonal(cosines, -2)
    near = cosines == cosines.max(axis=1, keepdims=True)
    same = near & (sense == sense[:, None])
    share = same.sum(axis=1) / near.sum(axis=1)
    return 100 * np.mean([share[sense == s].mean() for s in (0, 1)])


class Run(NamedTuple):
    """One way to make vectors, and how often the nearest is alike, in %."""

    method: str
    word: str
    seed: int
    right: float


def load(path=TABLE):
    """All stored runs."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [Run(m, w, int(s), float(r)) for m, w, s, r in rows]


def plane(path=PLANE):
    """The occurrences of "frame" in the plane of their two main directions,
    under ELMo of seed 10: x (n, 2), sense (n,), the words around (n,)."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    x, y, sense, around = zip(*rows, strict=True)
    points = np.column_stack([np.array(x, float), np.array(y, float)])
    return points, np.array(sense, int), list(around)
