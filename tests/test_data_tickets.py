import numpy as np
import pytest
from byhand.data.tickets import (
    IGNORE,
    LABELS,
    encode_tickets,
    make_tickets,
    slot_scores,
    split_tickets,
    ticket_vocabulary,
)
from byhand.data.tickets_grammar import GRAMMARS
from byhand.data.vocabulary import OTHER
from hypothesis import given, settings
from hypothesis import strategies as st

# Written independently of the grammar: which words make the next city a destination or an origin.
TOWARDS = {"en": {"arrive", "reach", "to"}, "zh": {"到達", "抵達", "到"}}
AWAY = {"en": {"leave", "depart", "from"}, "zh": {"離開", "告別", "從"}}
VERBS = {"en": {"arrive", "reach", "leave", "depart"}, "zh": {"到達", "抵達", "離開", "告別"}}


def cities(language):
    return set(GRAMMARS[language].cities["seen"]) | set(GRAMMARS[language].cities["unseen"])


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    language=st.sampled_from(["en", "zh"]),
    frames=st.sampled_from(["seen", "unseen", "far", "after"]),
    unseen=st.booleans(),
    extra=st.integers(0, 20),
)
def test_every_label_follows_from_the_deciding_word(seed, language, frames, unseen, extra):
    distance = {"far": 3, "after": 5}[frames] + extra if frames in ("far", "after") else None
    options = dict(
        language=language, frames=frames, cities="unseen" if unseen else "seen", distance=distance
    )
    for tokens, labels in make_tickets(np.random.default_rng(seed), 20, **options):
        assert len(tokens) == len(labels)
        places = [k for k, token in enumerate(tokens) if token in cities(language)]
        assert places == [k for k, label in enumerate(labels) if label in ("destination", "origin")]
        assert len({tokens[k] for k in places}) == len(places)
        for place in places:
            if frames == "after":
                decider = place + 1 + distance
            elif frames == "far":
                decider = place - 1 - distance
            else:
                decider = max(
                    k for k in range(place) if tokens[k] in TOWARDS[language] | AWAY[language]
                )
            wanted = "destination" if tokens[decider] in TOWARDS[language] else "origin"
            assert tokens[decider] in TOWARDS[language] | AWAY[language] and labels[place] == wanted
        for token, label in zip(tokens, labels, strict=True):
            times = {
                w for slot in GRAMMARS[language].times.values() for words in slot for w in words
            }
            assert (label == "time") == (token in times)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_far_sentences_are_undecidable_in_a_window(language):
    """The window of `distance` words before the city is drawn alike for both labels: only the verb
    differs.
    """
    grammar = GRAMMARS[language]
    strip = {verb: "VERB" for verb in VERBS[language]} | {
        "{destination}": "CITY",
        "{origin}": "CITY",
    }
    for kind in ("far", "after"):
        by_label = {label: [] for label in ("destination", "origin")}
        for frame in grammar.frames[kind]:
            label = "destination" if "{destination}" in frame else "origin"
            by_label[label].append(" ".join(strip.get(word, word) for word in frame.split()))
        assert sorted(by_label["destination"]) == sorted(by_label["origin"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_held_out_cities_and_frames_are_held_out(language):
    grammar = GRAMMARS[language]
    assert not set(grammar.cities["seen"]) & set(grammar.cities["unseen"])
    strip = {"{destination}": "CITY", "{origin}": "CITY"}
    shapes = {
        kind: {" ".join(strip.get(word, word) for word in frame.split()) for frame in frames}
        for kind, frames in grammar.frames.items()
    }
    assert not shapes["seen"] & shapes["unseen"]
    words = {word for frame in grammar.frames["unseen"] for word in frame.split()}
    known = {word for frame in grammar.frames["seen"] for word in frame.split()}
    assert words <= known  # an unseen frame is new in its order, not in its words
    rng = np.random.default_rng(0)
    vocabulary = ticket_vocabulary(language)
    seen, _, _ = encode_tickets(make_tickets(rng, 50, language), vocabulary)
    unseen, _, _ = encode_tickets(make_tickets(rng, 50, language, cities="unseen"), vocabulary)
    assert not (seen == OTHER).any() and (unseen == OTHER).any(axis=1).all()


def test_splits_share_no_sentence_and_the_seed_decides():
    parts, again = (split_tickets(np.random.default_rng(5), 300, 50, 80) for _ in range(2))
    assert parts == again and [len(part) for part in parts] == [300, 50, 80]
    assert len(set(parts.train) | set(parts.validation) | set(parts.test)) == 430


def test_encoding_and_scores():
    tickets = make_tickets(np.random.default_rng(2), 9)
    tokens, labels, lengths = encode_tickets(tickets, ticket_vocabulary())
    assert tokens.shape == labels.shape == (9, max(lengths))
    assert ((labels == IGNORE) == (tokens == 0)).all()
    assert [LABELS[k] for k in labels[3, : lengths[3]]] == list(tickets[3].labels)
    assert slot_scores(labels, labels) == (1.0, 1.0, pytest.approx(1.0))
    assert slot_scores(np.zeros_like(labels), labels) == (0.0, 0.0, 0.0)
    truth, guess = np.array([[1, 2, 0, -1]]), np.array([[1, 1, 3, 3]])
    assert slot_scores(guess, truth) == pytest.approx((1 / 3, 1 / 2, 0.4))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n": -1}, ValueError, "n: expected at least 0"),
        ({"language": "fr"}, ValueError, "language: expected one of 'en', 'zh'"),
        ({"frames": "old"}, ValueError, "frames: expected one of"),
        ({"cities": "none"}, ValueError, "cities: expected one of"),
        ({"distance": 4}, ValueError, "distance: expected None unless"),
        ({"frames": "far", "distance": 2}, ValueError, "distance: expected at least 3"),
        ({"frames": "after", "distance": 4}, ValueError, "distance: expected at least 5"),
        ({"rng": 0}, TypeError, "rng: expected a generator"),
    ],
)
def test_bad_input_is_named(options, error, message):
    with pytest.raises(error, match=message):
        make_tickets(**({"rng": np.random.default_rng(0), "n": 2} | options))


def test_too_many_sentences_are_refused():
    with pytest.raises(ValueError, match="train, validation, test: expected at most about"):
        split_tickets(
            np.random.default_rng(0), 8000, 1, 1, frames="far", cities="unseen", distance=3
        )
