"""Slot filling: which word of a traveller's request is the destination,
which the origin, which the time?

"arrive Taipei on November 2nd" and "leave Taipei on November 2nd" differ in one
word, and that word decides what Taipei is. Sentences come from a small grammar
in English and Chinese, so every label is right by construction.
"""

from typing import NamedTuple

import numpy as np

from byhand.data.split import Split
from byhand.data.tickets_grammar import GRAMMARS
from byhand.data.vocabulary import Vocabulary, pad_sequences
from byhand.validate import as_choice, as_count, as_rng

LABELS = ("other", "destination", "origin", "time")
IGNORE = -1  # the label of a padded place
FRAMES = ("seen", "unseen", "far", "after")
CITIES = ("seen", "unseen")


class Ticket(NamedTuple):
    """One sentence: its words and the label of each."""

    tokens: tuple
    labels: tuple


def make_tickets(
    rng, n, language="en", frames="seen", cities="seen", distance=None
):
    """Draw `n` sentences from the grammar.

    Arguments:
        rng: NumPy Generator.
        n: number of sentences; the same one can come twice.
        language: "en" or "zh" (Chinese, already cut into words by the grammar).
        frames: "seen" or "unseen" sentence patterns,
            where the deciding word stands close to the city;
            "far" puts `distance` words between the deciding word and the
            city after it; "after" puts the city first and the deciding word
            `distance` words later.
        cities: "seen" or "unseen" city names; the two lists share none.
        distance: words between the deciding word and the city;
            at least 3 for "far", 5 for "after" (the defaults).

    Returns a list of Ticket. Raises TypeError or ValueError naming the
    argument.
    """
    as_rng("rng", rng)
    as_choice("language", language, tuple(GRAMMARS))
    as_choice("frames", frames, FRAMES)
    as_choice("cities", cities, CITIES)
    least = {"far": 3, "after": 5}.get(frames, 0)
    if least:
        distance = as_count(
            "distance", least if distance is None else distance, least=least
        )
    elif distance is not None:
        raise ValueError(
            'distance: expected None unless frames is "far" or "after", got '
            f"{distance}"
        )
    grammar = GRAMMARS[language]
    return [
        _draw(rng, grammar, frames, cities, distance)
        for _ in range(as_count("n", n, least=0))
    ]


def _draw(rng, grammar, frames, cities, distance):
    patterns = grammar.frames[frames]
    pattern = patterns[rng.integers(len(patterns))].split()
    # origin and destination are never the same city
    names = rng.permutation(len(grammar.cities[cities]))
    names = iter([grammar.cities[cities][k] for k in names[:2]])
    tokens, labels = [], []
    for part in pattern:
        if part in ("{destination}", "{origin}"):
            words, label = [next(names)], part[1:-1]
        elif part in ("{date}", "{hour}"):
            words, label = (
                [_pick(rng, choices) for choices in grammar.times[part[1:-1]]],
                "time",
            )
        # fillers, so that the distance is exactly as asked for
        elif part == "{words}":
            fillers = distance - (3 if frames == "far" else 5)
            words, label = (
                [_pick(rng, grammar.fillers) for _ in range(fillers)],
                "other",
            )
        else:
            words, label = [part], "other"
        tokens += words
        labels += [label] * len(words)
    return Ticket(tuple(tokens), tuple(labels))


def _pick(rng, choices):
    return choices[rng.integers(len(choices))]


def split_tickets(rng, train, validation, test, **options):
    """Draw three lists of sentences, none of which is in two of them.

    Arguments:
        rng: NumPy Generator.
        train, validation, test: numbers of sentences;
        within a list no sentence comes twice.
        options: as for `make_tickets`.

    Returns Split of three lists of Ticket. Raises ValueError if the grammar has
    too few sentences.
    """
    sizes = [
        as_count(*pair, least=0)
        for pair in (
            ("train", train),
            ("validation", validation),
            ("test", test),
        )
    ]
    found, wanted, before = {}, sum(sizes), -1
    while before < 0.999 * len(found):  # until new sentences hardly come
        before = len(found)
        found |= dict.fromkeys(make_tickets(rng, wanted, **options))
        if len(found) >= wanted:
            chosen = list(found)[:wanted]
            return Split(
                *(
                    chosen[sum(sizes[:k]) : sum(sizes[: k + 1])]
                    for k in range(3)
                )
            )
    raise ValueError(
        f"train, validation, test: expected at most about {len(found)} "
        "sentences in all, got "
        f"{wanted}"
    )


def ticket_vocabulary(language="en"):
    """Return the vocabulary of every word in the "seen" and "far" sentences;
    unseen cities are not in it."""
    grammar = GRAMMARS[as_choice("language", language, tuple(GRAMMARS))]
    patterns = " ".join(
        " ".join(lines) for lines in grammar.frames.values()
    ).split()
    words = {word for word in patterns if not word.startswith("{")}
    words |= {
        word
        for slot in grammar.times.values()
        for choices in slot
        for word in choices
    }
    return Vocabulary(
        sorted(words | set(grammar.fillers) | set(grammar.cities["seen"]))
    )


def encode_tickets(tickets, vocabulary):
    """Turn sentences into padded arrays.

    Returns tokens (B, T), 0 where padded; labels (B, T), places in `LABELS`,
    -1 where padded; and lengths (B,).
    """
    tokens, lengths = pad_sequences(
        [vocabulary.encode(ticket.tokens) for ticket in tickets]
    )
    labels, _ = pad_sequences(
        [
            [LABELS.index(label) for label in ticket.labels]
            for ticket in tickets
        ],
        fill=IGNORE,
    )
    return tokens, labels, lengths


def slot_scores(predicted, labels):
    """Return precision, recall and F1 over the words that are not "other",
    micro-averaged.

    Arguments: predicted, labels: (B, T) places in `LABELS`;
    places where labels are -1 do not count.
    """
    kept = labels != IGNORE
    right = np.sum(kept & (predicted == labels) & (labels > 0))
    precision = right / max(np.sum(kept & (predicted > 0)), 1)
    recall = right / max(np.sum(labels > 0), 1)
    return (
        float(precision),
        float(recall),
        float(2 * precision * recall / max(precision + recall, 1e-12)),
    )
