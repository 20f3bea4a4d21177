"""Dates in unseen formats and languages: how trained networks read them and
what kinds of errors they make, as `tools/abroad.py` stored it (chapter 16s).
"""

import collections
import csv
import datetime
import pathlib
import re
from typing import NamedTuple

import numpy as np

from byhand.data.dates import LANGUAGES, Dates, render, source_vocabulary
from byhand.data.vocabulary import pad_sequences

TABLE = pathlib.Path(__file__).parent / "abroad.csv"
SEEDS = (10, 11, 12)
ABROAD = {
    "Norwegian": "nb", "Galician": "gl", "Catalan": "ca",
    "Slovak": "sk", "Bulgarian": "bg", "Estonian": "et",
}  # fmt: skip
KINDS = (
    "month only, another language's", "month only, other reasons", "day only",
    "year only", "several parts", "no day of the calendar",
)  # fmt: skip
ITALIAN = {"year": "2024", "month": "novembre", "day": "2"}


def in_language(dates, language, form="long", n=2000):
    """The first n days of `dates` written in another language."""
    isos = dates.isos[:n]
    days = [datetime.date.fromisoformat(iso) for iso in isos]
    texts = [render(day, language, form) for day in days]
    encode = source_vocabulary().encode
    X, lengths = pad_sequences([encode(text) for text in texts])
    lists = texts, isos, [language] * n, [form] * n
    return Dates(X, np.asarray(lengths), dates.Y[:n], *lists)


def by_month(dates, hits):
    """The share of right dates for each of the twelve months."""
    month = np.array([int(iso[5:7]) for iso in dates.isos[: len(hits)]])
    return np.array([hits[month == m].mean() for m in range(1, 13)])


def said(language, number):
    """All words of a month's dates in a language."""
    texts = [
        render(datetime.date(2024, number, 2), language, form)
        for form in ("long", "full", "yMMMd", "yMMMEd")
    ]
    return {word for text in texts for word in re.findall(r"[^\W\d]+", text)}


def month_names():
    """For each language and month the names of this month and of no other in
    the language; for each name the months that it means in any language."""
    names, means = {}, collections.defaultdict(set)
    for language in LANGUAGES:
        words = [said(language, number) for number in range(1, 13)]
        for k, own in enumerate(words):
            only = own.difference(*words[:k], *words[k + 1 :])
            names[language, k + 1] = only
            for word in only:
                means[word].add(k + 1)
    return names, means


def kind_of(text, language, iso, answer, names, means):
    """Which of `KINDS` a wrong answer to a date is."""
    try:
        datetime.date.fromisoformat(answer)
    except ValueError:
        return KINDS[5]
    right, parts = iso.split("-"), answer.split("-")
    trios = zip(("year", "month", "day"), parts, right, strict=True)
    wrong = [name for name, a, b in trios if a != b]
    if len(wrong) > 1:
        return KINDS[4]
    if wrong != ["month"]:
        return f"{wrong[0]} only"
    own, words = names[language, int(right[1])], re.findall(r"[^\W\d]+", text)
    other = any(int(parts[1]) in means[word] for word in words if word in own)
    return KINDS[0] if other else KINDS[1]


def shares_of_kinds(dates, answers):
    """Shares of `KINDS` in % among wrong answers, a dict from rows of `dates`
    to what was written."""
    names, means = month_names()
    counts = collections.Counter(
        kind_of(
            dates.texts[k],
            dates.languages[k],
            dates.isos[k],
            answer,
            names,
            means,
        )
        for k, answer in answers.items()
    )
    return {kind: 100 * counts[kind] / max(len(answers), 1) for kind in KINDS}


class Run(NamedTuple):
    """One number measured of one trained network."""

    model: str
    seed: int
    what: str
    value: float


def load(path=TABLE):
    """All stored numbers."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [Run(m, int(s), what, float(value)) for m, s, what, value in rows]


def of(runs, model, what):
    """One number of every network of a kind, in the order of the seeds."""
    found = {
        r.seed: r.value for r in runs if (r.model, r.what) == (model, what)
    }
    return np.array([found[seed] for seed in SEEDS])
