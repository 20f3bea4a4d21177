"""Pairs of pictures, one painted: which digit is to be painted, and how, only
an example says (chapter 18). What was reached, as `tools/painting.py` stored
it."""

import csv
import functools
import pathlib
from typing import NamedTuple

import numpy as np

from byhand.data.pictures import parts
from byhand.validate import as_rng, checked

HERE = pathlib.Path(__file__).parent
TABLE, NETWORK = HERE / "painting.csv", HERE / "painting.npz"
FRESH = (10, 11, 12)
SIZE, P = (16, 32), 4  # of a sheet, of a patch
ROWS, COLUMNS = SIZE[0] // P, SIZE[1] // P
HELD_OUT = (4, 7)  # never painted, and never shown, in training
COLOURS = np.array(
    [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]],
    np.float32,
)  # how much each of three channels loses: 0 is white paper, (1, 1, 1) black
EXAMPLES = ("right example", "other digit painted", "no example")


class Sheets(NamedTuple):
    """Sheets of four pictures: an example, its painting, a new picture, its
    painting."""

    X: np.ndarray  # (B, 3, 16, 32), as it should be in the end
    hidden: np.ndarray  # (B, 32) True on the new painting
    place: np.ndarray  # (B,) 0 or 1: the painted digit of the new picture
    colour: np.ndarray  # (B,) which of COLOURS


def turned(x, way):
    """A picture (8, 8) in one of eight positions: turned, and mirrored."""
    return np.rot90(x.T if way >= 4 else x, way % 4)


@functools.cache
def of_digit(test):
    """The training or test pictures (n, 8, 8) of each digit."""
    part = parts().test if test else parts().train
    return [part.X[part.y == c, 0] for c in range(10)]


@checked(rng=as_rng)
def sheets(rng, B, digits, test=False, example=EXAMPLES[0], turns=True):
    """Draw B sheets, each with two of `digits`.

    test: from test pictures. example: one of EXAMPLES: its painting shows the
    digit that is asked for; or the other one; or nothing, which is hidden,
    too. turns: each sheet's digits turned and mirrored at random, which makes
    eight signs of each digit. The example's digits and the new ones are
    different pictures. Returns Sheets.
    """
    X = np.zeros((B, 3, *SIZE), np.float32)
    place, colour = rng.integers(0, 2, B), rng.integers(0, len(COLOURS), B)
    known = of_digit(test)
    for k in range(B):
        pair = rng.choice(digits, 2, replace=False)
        ways = rng.integers(0, 8, 2) if turns else (0, 0)
        painted = 1 - place[k] if example == EXAMPLES[1] else place[k]
        swap = rng.integers(0, 2)
        for n in range(2):  # which of the pair
            some = known[pair[n]]
            first, second = some[rng.choice(len(some), 2, replace=False)]
            left = 8 * (n ^ swap)  # in the example
            X[k, :, :8, left : left + 8] = turned(first, ways[n])
            X[k, :, 8:, 8 * n : 8 * n + 8] = turned(second, ways[n])
            ink = COLOURS[colour[k], :, None, None]
            if n == painted:
                at = 16 + left
                X[k, :, :8, at : at + 8] = ink * turned(first, ways[n])
            if n == place[k]:
                at = 16 + 8 * n
                X[k, :, 8:, at : at + 8] = ink * turned(second, ways[n])
    return Sheets(X, hidden_places(B, example == EXAMPLES[2]), place, colour)


def hidden_places(B, also_example=False):
    """True on the patches of the new painting, (B, 32)."""
    hidden = np.zeros((B, ROWS, COLUMNS), bool)
    hidden[:, 0 if also_example else 2 :, 4:] = True
    return hidden.reshape(B, -1)


def painted(y):
    """The new painting (B, 3, 8, 16) in what a model fills in, y (B, 32, 48)."""
    B = len(y)
    cells = y.reshape(B, ROWS, COLUMNS, 3, P, P).transpose(0, 3, 1, 4, 2, 5)
    return cells.reshape(B, 3, *SIZE)[:, :, 8:, 16:]


def judge(y, sheets):
    """Which sheets have the right digit painted (more ink than the other),
    and which the right colour there: two arrays of booleans (B,)."""
    halves = (
        painted(y).reshape(len(y), 3, 8, 2, 8).sum(axis=(2, 4))
    )  # (B, 3, 2)
    place = halves.sum(axis=1).argmax(axis=1)
    ink = halves[np.arange(len(y)), :, sheets.place]
    unit = COLOURS / np.linalg.norm(COLOURS, axis=1, keepdims=True)
    return place == sheets.place, (ink @ unit.T).argmax(axis=1) == sheets.colour


class Run(NamedTuple):
    """What a trained painter does with test sheets, in %."""

    seed: int
    digits: str  # "known" or "held out"
    example: str
    right: float  # the digit that the new sheet asks for
    colour: float


def load(path=TABLE):
    """All stored runs."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [Run(int(r[0]), r[1], r[2], float(r[3]), float(r[4])) for r in rows]


def network():
    """The trained painter of seed 10, as parameters for `inpainting.fill`."""
    with np.load(NETWORK) as stored:
        return {n: stored[n].astype(np.float32) for n in stored.files}
