import numpy as np
import pytest
from byhand.data.vocabulary import END, OTHER, PAD, SPECIAL, START, Vocabulary, pad_sequences
from hypothesis import given
from hypothesis import strategies as st

words = st.lists(st.text("abcé台", min_size=1, max_size=4), unique=True, max_size=8)


@given(words, st.data())
def test_round_trip(tokens, data):
    vocabulary = Vocabulary(tokens)
    sentence = data.draw(st.lists(st.sampled_from(tokens), max_size=9)) if tokens else []
    numbers = vocabulary.encode(sentence, start=True, end=True)
    assert numbers[0] == START and numbers[-1] == END
    assert vocabulary.decode(numbers + [PAD, PAD]) == sentence
    assert [vocabulary.tokens[k] for k in vocabulary.encode(sentence)] == sentence


def test_order_is_fixed_and_special_tokens_come_first():
    vocabulary = Vocabulary.from_sequences([["b", "a"], ["c", "a"]])
    assert vocabulary.tokens == (*SPECIAL, "a", "b", "c") and len(vocabulary) == 7
    assert "a" in vocabulary and "z" not in vocabulary
    assert vocabulary.encode(["z", "a"]) == [OTHER, 4]
    assert Vocabulary(["a", "b"]).encode("ba") == [5, 4]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Vocabulary("abc"), TypeError, "tokens: expected a list"),
        (lambda: Vocabulary(["a", 1]), TypeError, "tokens: expected strings"),
        (lambda: Vocabulary(["a", "a"]), ValueError, "tokens: expected distinct"),
        (lambda: Vocabulary(["<pad>"]), ValueError, "tokens: expected distinct"),
        (lambda: Vocabulary(["a"]).encode(3), TypeError, "tokens: expected a list"),
        (
            lambda: Vocabulary(["a"]).decode([5]),
            ValueError,
            "numbers: expected numbers from 0 to 4, got 5",
        ),
        (lambda: Vocabulary(["a"]).decode([1.5]), TypeError, "numbers: expected whole numbers"),
        (lambda: Vocabulary(["a"]).decode([[1]]), ValueError, "numbers: expected one sequence"),
        (lambda: pad_sequences([]), ValueError, "sequences: expected at least one"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_padding():
    padded, lengths = pad_sequences([[5, 6], [], [7, 8, 9]], fill=-1)
    assert padded.tolist() == [[5, 6, -1], [-1, -1, -1], [7, 8, 9]] and lengths.tolist() == [
        2,
        0,
        3,
    ]
    assert np.issubdtype(padded.dtype, np.integer)
