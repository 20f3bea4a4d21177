import datetime
import sys

import numpy as np
import pytest
from byhand.data import dates
from byhand.data.dates import (
    FORMATS,
    LANGUAGES,
    TARGETS,
    available,
    make_dates,
    pattern,
    render,
    split_dates,
)
from byhand.data.vocabulary import OTHER, PAD
from hypothesis import given, settings
from hypothesis import strategies as st


def test_twenty_four_languages_and_eight_formats():
    assert len({language.split("_")[0] for language in LANGUAGES}) == 24 and len(FORMATS) == 8
    assert {language for language, _ in available()} == set(LANGUAGES)
    assert {form for _, form in available()} == set(FORMATS)


@pytest.mark.parametrize(
    ("language", "form", "text"),
    [
        ("en_US", "long", "November 2, 2024"),
        ("en_GB", "long", "2 November 2024"),
        ("de", "medium", "02.11.2024"),
        ("fr", "full", "samedi 2 novembre 2024"),
        ("zh", "full", "2024年11月2日星期六"),
        ("ru", "long", "2 ноября 2024 г."),
        ("hu", "yMEd", "2024. 11. 02., Szo"),
    ],
)
def test_texts_known_by_heart(language, form, text):
    assert render(datetime.date(2024, 11, 2), language, form) == text


@pytest.mark.parametrize(
    ("language", "form"), [("en_US", "short"), ("en_US", "yMd"), ("de", "short"), ("ko", "short")]
)
def test_texts_that_leave_the_date_open_are_left_out(language, form):
    assert (language, form) not in available()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_text_holds_the_year_and_the_iso_date_is_its_date(seed):
    data = make_dates(np.random.default_rng(seed), 30)
    for text, iso, language, form in zip(
        data.texts, data.isos, data.languages, data.formats, strict=True
    ):
        date = datetime.date.fromisoformat(iso)
        assert str(date.year) in text and render(date, language, form) == text
        assert str(date.day) in text.replace(str(date.year), "", 1)


def test_no_text_means_two_dates():
    days = [datetime.date(2001, 1, 1) + datetime.timedelta(k) for k in range(0, 366)]
    meaning = {}
    for pair in available():
        for day in days:
            assert meaning.setdefault(render(day, *pair), day) == day


def test_arrays_hold_the_texts_and_no_character_is_unknown():
    data = make_dates(np.random.default_rng(1), 800)
    vocabulary = dates.source_vocabulary()
    assert data.X.shape == (800, data.lengths.max()) and data.Y.shape == (800, 12)
    assert not (data.X == OTHER).any() and ((data.X != PAD).sum(axis=1) == data.lengths).all()
    assert all(
        "".join(vocabulary.decode(row)) == text
        for row, text in zip(data.X, data.texts, strict=True)
    )
    assert all(
        "".join(TARGETS.decode(row)) == iso for row, iso in zip(data.Y, data.isos, strict=True)
    )


def test_splits_share_no_date_and_hold_out_what_was_asked_for():
    options = dict(unseen_languages=("fr", "ko"), unseen_formats=("medium",))
    parts, again = (
        split_dates(np.random.default_rng(4), 900, 200, 300, **options) for _ in range(2)
    )
    assert [len(part.texts) for part in parts] == [900, 200, 300, 300, 300]
    assert all(a.texts == b.texts for a, b in zip(parts, again, strict=True))
    train, validation, test = (set(part.isos) for part in parts[:3])
    later = test | set(parts.unseen_languages.isos) | set(parts.unseen_formats.isos)
    assert not train & validation and not (train | validation) & later
    assert set(parts.unseen_languages.languages) == {"fr", "ko"} and set(
        parts.unseen_formats.formats
    ) == {"medium"}
    unseen_patterns = {(lang, pattern(lang, "medium")) for lang in LANGUAGES}
    for part in parts[:3]:
        seen = list(zip(part.languages, part.formats, strict=True))
        assert not {"fr", "ko"} & set(part.languages) and "medium" not in part.formats
        assert not {(lang, pattern(lang, form)) for lang, form in seen} & unseen_patterns


def test_without_held_out_parts_they_are_none():
    parts = split_dates(
        np.random.default_rng(0), 5, 4, 3, languages=("de",), formats=("long", "full")
    )
    assert (
        parts.unseen_languages is None
        and parts.unseen_formats is None
        and set(parts.train.languages) == {"de"}
    )


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n": 0}, ValueError, "n: expected at least 1"),
        ({"rng": 1}, TypeError, "rng: expected a generator"),
        ({"languages": "de"}, TypeError, "languages: expected a list"),
        ({"languages": ["xx"]}, ValueError, "languages: expected some of .*, got 'xx'"),
        ({"formats": []}, ValueError, "formats: expected at least one"),
        (
            {"languages": ["de"], "formats": ["short"]},
            ValueError,
            "formats: expected one whose texts determine",
        ),
    ],
)
def test_bad_input_is_named(options, error, message):
    with pytest.raises(error, match=message):
        make_dates(**({"rng": np.random.default_rng(0), "n": 2} | options))


def test_holding_out_everything_is_refused():
    with pytest.raises(ValueError, match="expected some to be left to train on"):
        split_dates(np.random.default_rng(0), 5, 4, 3, languages=("de",), unseen_languages=("de",))


def test_missing_babel_is_said_plainly(monkeypatch):
    monkeypatch.setitem(sys.modules, "babel", None)
    dates._babel.cache_clear()
    with pytest.raises(ImportError, match="pip install Babel"):
        render(datetime.date(2024, 11, 2), "de", "long")
    dates._babel.cache_clear()
