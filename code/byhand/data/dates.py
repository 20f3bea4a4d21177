"""Human dates in many languages and their ISO form:
"sabato 2 novembre 2024" means 2024-11-02.

The texts are rendered by Babel from CLDR, the Unicode consortium's locale
data. Two kinds of text are left out, because they alone do not determine the
date: years of two digits ("02.11.24") and all-digit dates with the month first,
as in the United States ("11/2/2024"). All kinds of space become a plain space.
"""

import datetime
import functools
import re
import unicodedata
from typing import NamedTuple

import numpy as np

from byhand.data.split import split_indices
from byhand.data.vocabulary import Vocabulary, pad_sequences
from byhand.validate import as_count, as_rng, describe

# 24 languages as 25 locales: English comes twice, as the order of day and month
# differs.
LANGUAGES = tuple(
    "en_GB en_US de fr es it pt nl sv da fi pl cs hu ro tr ru uk el hr zh ja ko vi id".split()
)
# CLDR's four named formats and four of its skeletons: y year, M month (MMM a
# short name), d day, E weekday.
FORMATS = ("short", "medium", "long", "full", "yMd", "yMEd", "yMMMd", "yMMMEd")
FIRST_YEAR, LAST_YEAR = 1950, 2049
TARGETS = Vocabulary(list("0123456789-"))


class Dates(NamedTuple):
    """Texts, their ISO dates, and both as numbers; S is the longest text."""

    # (B, S) characters of the texts in `source_vocabulary()`, 0 where padded
    X: np.ndarray
    lengths: np.ndarray  # (B,)
    Y: np.ndarray  # (B, 12) <start>, ten characters, <end> in `TARGETS`
    texts: list
    isos: list
    languages: list
    formats: list


class DateSplit(NamedTuple):
    """Parts of a data set of dates; no date of one of the first three is in
    another of them."""

    train: Dates
    validation: Dates
    test: Dates
    unseen_languages: Dates | None
    unseen_formats: Dates | None


def available(languages=LANGUAGES, formats=FORMATS):
    """Return the pairs (language, format) whose texts determine the date,
    as a list in a fixed order.

    Raises ValueError for an unknown language or format, or if no pair is left.
    """
    languages, formats = (
        _some("languages", languages, LANGUAGES),
        _some("formats", formats, FORMATS),
    )
    pairs = [
        (lang, form)
        for lang in languages
        for form in formats
        if _determines(pattern(lang, form))
    ]
    if not pairs:
        raise ValueError(
            "formats: expected one whose texts determine the date, got "
            f"{formats} for {languages}"
        )
    return pairs


@functools.cache
def pattern(language, format):
    """Return CLDR's pattern for a format in a language, such as "d. MMMM y"."""
    locale = _babel().Locale.parse(language)
    formats = (
        locale.date_formats
        if format in ("short", "medium", "long", "full")
        else locale.datetime_skeletons
    )
    return str(getattr(formats[format], "pattern", formats[format]))


def _determines(pattern):
    letters = re.sub(r"'[^']*'", "", pattern)
    numeric = not re.search("MMM|LLL", letters)
    month_first = numeric and 0 <= letters.find("M") < letters.find(
        "d"
    ) < letters.find("y")
    return "yy" not in letters.replace("yyyy", "y") and not month_first


def render(date, language, format):
    """Return the text of a `datetime.date` in a language and format;
    every kind of space becomes " "."""
    babel = _babel()
    text = babel.dates.format_date(
        date, pattern(language, format), locale=babel.Locale.parse(language)
    )
    plain = (" " if unicodedata.category(c) == "Zs" else c for c in text)
    # drops invisible direction marks
    return "".join(c for c in plain if unicodedata.category(c) != "Cf")


@functools.cache
def source_vocabulary():
    """Return the vocabulary of all characters in all languages and formats,
    ordered by code point."""
    first = datetime.date(2024, 1, 1)
    days = [
        first + datetime.timedelta(29 * k) for k in range(13)
    ]  # every month and every weekday
    texts = {render(day, *pair) for pair in available() for day in days}
    return Vocabulary(sorted(set("0123456789").union(*texts)))


def make_dates(rng, n, languages=LANGUAGES, formats=FORMATS, pool=None):
    """Draw `n` dates, each with a random language and format.

    Arguments:
        rng: NumPy Generator.
        n: number of examples.
        languages, formats: which to draw from, of `LANGUAGES` and `FORMATS`.
        pool: whole numbers of the days to draw from
            (`datetime.date.toordinal`); default: every day from 1950 to 2049.

    Returns Dates. Raises TypeError or ValueError naming the argument.
    """
    return _draw(
        as_rng("rng", rng),
        as_count("n", n),
        available(languages, formats),
        _all_days() if pool is None else pool,
    )


def _draw(rng, n, pairs, pool):
    days = [datetime.date.fromordinal(int(day)) for day in rng.choice(pool, n)]
    chosen = [pairs[k] for k in rng.integers(len(pairs), size=n)]
    texts = [render(day, *pair) for day, pair in zip(days, chosen, strict=True)]
    isos = [day.isoformat() for day in days]
    vocabulary = source_vocabulary()
    X, lengths = pad_sequences([vocabulary.encode(text) for text in texts])
    Y, _ = pad_sequences(
        [TARGETS.encode(iso, start=True, end=True) for iso in isos]
    )
    return Dates(
        X,
        lengths,
        Y,
        texts,
        isos,
        [pair[0] for pair in chosen],
        [pair[1] for pair in chosen],
    )


def split_dates(
    rng,
    train,
    validation,
    test,
    languages=LANGUAGES,
    formats=FORMATS,
    unseen_languages=(),
    unseen_formats=(),
):
    """Draw a data set whose parts share no date,
    so that a test date was never seen in any language.

    Arguments:
        rng: NumPy Generator.
        train, validation, test: numbers of examples.
        languages, formats: which to draw from.
        unseen_languages, unseen_formats: some of those,
            kept out of the first three parts; a pattern of an unseen format is
            not seen under another name in the same language either. Their texts
            are drawn, as many as `test` and with the test dates, into parts of
            their own (None where there are none).

    Returns DateSplit. Raises TypeError or ValueError naming the argument.
    """
    sizes = [
        as_count(*pair)
        for pair in (
            ("train", train),
            ("validation", validation),
            ("test", test),
        )
    ]
    pairs = available(languages, formats)
    unseen_languages = _some(
        "unseen_languages", unseen_languages, languages, allow_none=True
    )
    unseen_formats = _some(
        "unseen_formats", unseen_formats, formats, allow_none=True
    )
    new_language = [pair for pair in pairs if pair[0] in unseen_languages]
    new_format = [
        pair
        for pair in pairs
        if pair[1] in unseen_formats and pair not in new_language
    ]
    hidden = {(pair[0], pattern(*pair)) for pair in new_format}
    seen = [
        p
        for p in pairs
        if p not in new_language and (p[0], pattern(*p)) not in hidden
    ]
    if not seen:
        raise ValueError(
            "unseen_languages, unseen_formats: expected some to be left to "
            "train on, got all of "
            "them"
        )
    days = _all_days()
    pools = [
        days[part]
        for part in split_indices(
            as_rng("rng", rng), len(days), validation=0.1, test=0.2
        )
    ]
    parts = [
        _draw(rng, size, seen, pool)
        for size, pool in zip(sizes, pools, strict=True)
    ]
    return DateSplit(
        *parts,
        *(
            _draw(rng, test, extra, pools[2]) if extra else None
            for extra in (new_language, new_format)
        ),
    )


def _all_days():
    first, last = (
        datetime.date(FIRST_YEAR, 1, 1),
        datetime.date(LAST_YEAR, 12, 31),
    )
    return np.arange(first.toordinal(), last.toordinal() + 1)


def _some(name, values, known, allow_none=False):
    if isinstance(values, str) or not isinstance(values, list | tuple):
        raise TypeError(
            f"{name}: expected a list of names, got {describe(values)}"
        )
    for value in values:
        if value not in known:
            raise ValueError(
                f"{name}: expected some of {', '.join(known)}, got {value!r}"
            )
    if not values and not allow_none:
        raise ValueError(f"{name}: expected at least one, got none")
    return tuple(values)


@functools.cache
def _babel():
    try:
        import babel
        import babel.dates
    except ImportError as error:
        raise ImportError(
            "The dates are rendered by Babel: pip install Babel"
        ) from error
    return babel
