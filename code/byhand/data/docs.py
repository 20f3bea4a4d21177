"""Text that people wrote: Python's own documentation (chapter 17).

The help topics and the docstrings of the standard library of Python 3.12.1,
paragraph by paragraph, each once, with the room it comes from: "topics", or
the first part of the module's name. Copyright (c) 2001-2023 Python Software
Foundation; PSF License Version 2 (python_docs.LICENSE.txt). Changed: prose
paragraphs only, white space made single. `tools/docs_text.py` made the file;
it is stored because the text differs from version to version.
"""

import functools
import hashlib
import lzma
import pathlib
import re
from collections import Counter
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from byhand.validate import as_count, as_rng, describe

HERE = pathlib.Path(__file__).parent
TEXT = HERE / "python_docs.txt.xz"
LICENCE = HERE / "python_docs.LICENSE.txt"
PAD, OTHER, GAP = 0, 1, 2  # numbers of the special words
SPECIAL = ("<pad>", "<other>", "<gap>")
ROOMS = (
    "asyncio", "email", "http", "importlib",
    "logging", "tkinter", "turtle", "typing",
)  # fmt: skip
TEST, TUNE = 100, 25  # paragraphs of each room, for the test and for rates
ALIKE = 0.5  # a paragraph that shares so many words with a test paragraph


class Paragraph(NamedTuple):
    """One paragraph, and where it comes from."""

    room: str
    text: str


@functools.cache
def paragraphs():
    """All paragraphs, a tuple of Paragraph."""
    text = lzma.decompress(TEXT.read_bytes()).decode()
    return tuple(Paragraph(*line.split("\t")) for line in text.split("\n"))


def checksum():
    """SHA-256 of the stored text."""
    return hashlib.sha256(lzma.decompress(TEXT.read_bytes())).hexdigest()


def words_of(text):
    """The words of a text: runs of letters, in lower case."""
    if not isinstance(text, str):
        raise TypeError(f"text: expected a string, got {describe(text)}")
    return re.findall(r"[a-z]+", text.lower())


class Words:
    """Numbers of the words that occur at least `least` times; all others are
    number 1, <other>. Number 0 fills up, 2 is the gap that is asked for."""

    def __init__(self, texts, least):
        counts = Counter(w for text in texts for w in words_of(text))
        least = as_count("least", least)
        kept = sorted(w for w, n in counts.items() if n >= least)
        if not kept:
            raise ValueError(f"texts: no word occurs {least} times")
        self.words = (*SPECIAL, *kept)
        self.numbers = {word: k for k, word in enumerate(self.words)}
        self.counts = np.array([counts[w] for w in self.words])
        self.counts[OTHER] = counts.total() - self.counts.sum()

    def __len__(self):
        return len(self.words)

    def encode(self, text):
        """The words of a text as a list of numbers."""
        return [self.numbers.get(word, OTHER) for word in words_of(text)]

    def rows(self, texts, T):
        """The first T words of each text, filled up with 0: (len(texts), T)."""
        X = np.zeros((len(texts), as_count("T", T)), int)
        for row, text in zip(X, texts, strict=True):
            found = self.encode(text)[:T]
            row[: len(found)] = found
        return X


class Split(NamedTuple):
    """Places in `paragraphs()`. `free` and `pool` hold no near twin of a test
    paragraph."""

    test: np.ndarray
    rooms: np.ndarray  # of the test, as numbers in ROOMS
    tune: np.ndarray  # for choosing rates
    tune_rooms: np.ndarray
    free: np.ndarray  # what may be read without labels
    pool: dict  # room's number -> places that may be labelled


def near_twins(places):
    """All paragraphs that share at least half of their words (those of the
    two together, each once) with one of `places`, these included."""
    number, columns, ends = {}, [], [0]
    for paragraph in paragraphs():
        words = set(words_of(paragraph.text))
        columns += [number.setdefault(word, len(number)) for word in words]
        ends.append(len(columns))
    size = np.diff(ends)
    holds = csr_array((np.ones(ends[-1], np.float32), columns, ends))
    common = (holds[places] @ holds.T).toarray()
    union = size[places][:, None] + size - common
    return np.flatnonzero((common >= ALIKE * union).any(axis=0))


@functools.cache
def split():
    """The same 100 test paragraphs of each of the eight rooms for everyone,
    and 25 others for choosing rates."""
    rng, all_rooms = np.random.default_rng(17), [p.room for p in paragraphs()]
    mixed = [
        rng.permutation(np.flatnonzero(np.array(all_rooms) == room))
        for room in ROOMS
    ]
    test = np.concatenate([here[:TEST] for here in mixed])
    twins = near_twins(test)
    mixed = [here[~np.isin(here, twins)] for here in mixed]
    numbers = np.arange(len(ROOMS))
    return Split(
        test,
        np.repeat(numbers, TEST),
        np.concatenate([here[:TUNE] for here in mixed]),
        np.repeat(numbers, TUNE),
        np.setdiff1d(np.arange(len(all_rooms)), twins),
        {c: np.sort(here[TUNE:]) for c, here in enumerate(mixed)},
    )


def labelled(rng, k):
    """k labelled paragraphs of each room. Returns places, rooms."""
    as_rng("rng", rng)
    k, pool = as_count("k", k), split().pool
    if k > min(map(len, pool.values())):
        raise ValueError(
            f"k: expected at most {min(map(len, pool.values()))}, got {k}"
        )
    drawn = [rng.choice(pool[c], k, replace=False) for c in pool]
    return np.concatenate(drawn), np.repeat(np.arange(len(pool)), k)
