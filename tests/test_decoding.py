import numpy as np
import pytest
from byhand.decoding import beam, exhaustive, greedy, sample
from hypothesis import given, settings
from hypothesis import strategies as st

END = 2


def random_model(seed, V=4):
    """Log-probabilities that depend on the whole prefix."""

    def next_log_probs(tokens):
        z = 2 * np.random.default_rng([seed, *tokens]).standard_normal(V)
        return z - np.log(np.exp(z).sum())

    return next_log_probs


def table_model(table):
    """Probabilities by the last token; tokens 0 and 1, END 2, start 3."""
    with np.errstate(divide="ignore"):
        logs = {token: np.log(p) for token, p in table.items()}
    return lambda tokens: logs[tokens[-1]]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.7, 1.0]))
def test_width_one_is_greedy_and_a_wide_beam_is_exhaustive(seed, power):
    model = random_model(seed)
    one = beam(model, 3, END, 4, width=1, length_power=power)
    assert len(one) == 1 and one[0].tokens == greedy(model, 3, END, 4).tokens
    everything = exhaustive(model, 3, END, 4, power)
    wide = beam(model, 3, END, 4, width=300, length_power=power)
    assert [h.tokens for h in wide[:10]] == [h.tokens for h in everything[:10]]
    assert np.allclose([h.score for h in wide[:10]], [h.score for h in everything[:10]])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 5))
def test_log_probs_are_sums_and_results_are_sorted(seed, width):
    model = random_model(seed)
    found = beam(model, 3, END, 5, width)
    assert [h.score for h in found] == sorted((h.score for h in found), reverse=True)
    for tokens, log_prob, _, finished in [*found, greedy(model, 3, END, 5)]:
        total = sum(model((3, *tokens[:k]))[token] for k, token in enumerate(tokens))
        assert log_prob == pytest.approx(total) and finished == (tokens[-1] == END)
        assert END not in tokens[:-1] and (finished or len(tokens) == 5)


def test_beam_two_beats_greedy():
    model = table_model({3: [0.6, 0.4, 0.0], 0: [0.35, 0.3, 0.35], 1: [0.05, 0.0, 0.95]})
    assert greedy(model, 3, END, 4).log_prob < np.log(0.22)
    best = beam(model, 3, END, 4, width=2)[0]
    assert best.tokens == (1, 2) and best.log_prob == pytest.approx(np.log(0.38))


def test_length_normalisation_prefers_the_longer_of_two():
    model = table_model({3: [0.6, 0.0, 0.4], 0: [0.0, 0.6, 0.4], 1: [0.0, 0.0, 1.0]})
    assert beam(model, 3, END, 4, width=3)[0].tokens == (2,)
    assert beam(model, 3, END, 4, width=3, length_power=1)[0].tokens == (0, 1, 2)


def test_two_hundred_improbable_steps_keep_their_digits():
    model = table_model({token: [0.01, 0.99 - 0.98, 0.98] for token in (0, 1, 3)})
    never_ends = lambda tokens: np.where(np.arange(3) == END, -np.inf, model(tokens))  # noqa: E731
    best = beam(never_ends, 3, END, 200, width=2)[0]
    assert best.log_prob == pytest.approx(200 * np.log(0.01), rel=1e-6) and not best.finished


def test_sampling_follows_the_probabilities_and_the_seed():
    model = table_model({3: [0.2, 0.7, 0.1], 0: [0, 0, 1.0], 1: [0, 0, 1.0]})
    rng = np.random.default_rng(0)
    first = [sample(rng, model, 3, END, 3).tokens[0] for _ in range(2000)]
    assert np.allclose(np.bincount(first) / 2000, [0.2, 0.7, 0.1], atol=0.03)
    cold = [sample(rng, model, 3, END, 3, temperature=0.05).tokens[0] for _ in range(50)]
    assert set(cold) == {1}
    same = [sample(np.random.default_rng(5), random_model(1), 3, END, 6) for _ in range(2)]
    assert same[0] == same[1]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m: greedy(m, 3, END, 0), ValueError, "max_length: expected at least 1"),
        (lambda m: beam(m, 3, END, 4, 0), ValueError, "width: expected at least 1"),
        (lambda m: beam(m, 3, END, 4, 2, -1), ValueError, "length_power: expected at least 0"),
        (lambda m: sample(0, m, 3, END, 4), TypeError, "rng: expected a generator"),
        (
            lambda m: sample(np.random.default_rng(0), m, 3, END, 4, 0),
            ValueError,
            "temperature: expected",
        ),
        (
            lambda m: greedy(lambda t: [0, 1], 3, END, 4),
            TypeError,
            "next_log_probs: expected to return",
        ),
        (
            lambda m: greedy(lambda t: np.array([0.1, 0.9]), 3, 1, 4),
            ValueError,
            "next_log_probs: expected logar",
        ),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call(random_model(0))
