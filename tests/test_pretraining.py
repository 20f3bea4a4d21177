"""Chapter 17's models: gradients against differences, meanings of the parts, bad input named."""

import numpy as np
import pytest
from byhand import autodiff, elmo, language_model, masked, sampling, skipgram
from byhand.autodiff import Var
from byhand.check import check_gradients

RNG = np.random.default_rng
TEXTS = np.array([[3, 4, 5, 6], [6, 7, 0, 0]])


def random_params(params, seed=7):
    rng = RNG(seed)
    return {name: 0.4 * rng.standard_normal(w.shape) for name, w in params.items()}


def skipgram_case():
    where = np.array([0, 3, 0]), np.array([1, 1, 4]), np.array([[2, 5], [0, 0], [1, 3]])
    p = random_params(skipgram.init_skipgram(RNG(0), 6, 3))
    return (lambda p: skipgram.skipgram(p, *where)), skipgram.skipgram_backward, p


def elmo_case():
    p = random_params(elmo.init_elmo(RNG(0), 8, 3, 2))
    return (lambda p: elmo.elmo_loss(p, TEXTS)), elmo.elmo_loss_backward, p


def language_case(causal):
    p = random_params(language_model.init_language_model(RNG(0), 8, 5, 4, 2, 3, 1))
    asked, targets = TEXTS > 3, np.where(TEXTS > 0, TEXTS - 1, 0)
    return (
        (lambda p: language_model.language_loss(p, TEXTS, targets, asked, 2, causal)),
        language_model.language_loss_backward,
        p,
    )


CASES = {
    "skipgram": skipgram_case(),
    "elmo": elmo_case(),
    "causal": language_case(True),
    "masked": language_case(False),
}


@pytest.mark.parametrize("name", CASES)
def test_gradients_equal_differences(name):
    check_gradients(*CASES[name], tolerance=1e-5)  # norms of four numbers bend much


def test_mix_equals_differences():
    p = {"s": np.array([0.3, -1.0, 0.8]), "gamma": np.array(1.7)}
    check_gradients(elmo.mix, elmo.mix_backward, p, RNG(1).standard_normal((3, 2, 4)))


def test_skipgram_by_the_formula():
    params = random_params(skipgram.init_skipgram(RNG(0), 6, 3))
    loss, _ = skipgram.skipgram(params, [2], [4], [[1, 5]])
    v, C = params["E"][2], params["C"]
    sigma = [1 / (1 + np.exp(-s)) for s in (C[4] @ v, -C[1] @ v, -C[5] @ v)]
    assert np.isclose(loss, -np.log(sigma).sum(), rtol=1e-12)


def test_skipgram_equals_the_tape():
    """The tape of chapter 4 finds the same gradients from the formula written out."""
    p = random_params(skipgram.init_skipgram(RNG(0), 6, 3))
    others = [4, 1, 5]
    E_turned, C = Var(p["E"].T.copy()), Var(p["C"])
    s = Var(np.eye(6)[others]) @ C @ (E_turned @ Var(np.eye(6)[:, 2:3]))
    answers = 1 / (1 + (s * Var(np.array([[-1.0], [1.0], [1.0]]))).exp())
    loss = answers.log().sum() * -1.0
    by_tape = autodiff.gradients(loss, {"E": E_turned, "C": C})
    by_hand, cache = skipgram.skipgram(p, [2], others[:1], [others[1:]])
    grads = skipgram.skipgram_backward(1.0, cache)
    assert np.isclose(loss.value, by_hand, rtol=1e-12)
    assert np.allclose(grads["E"], by_tape["E"].T, rtol=1e-12, atol=1e-15)
    assert np.allclose(grads["C"], by_tape["C"], rtol=1e-12, atol=1e-15)


def test_pairs_noise_and_neighbours():
    centres, contexts = skipgram.pairs([[5, 6, 7], [8]], window=1)
    assert list(zip(centres, contexts, strict=True)) == [(5, 6), (6, 5), (6, 7), (7, 6)]
    assert np.allclose(skipgram.noise([0, 16, 1]), [0, 8 / 9, 1 / 9])
    assert skipgram.keep_share(np.array([0, 999, 1]), t=1e-3)[[1, 2]] == pytest.approx(
        [np.sqrt(1e-3 / 0.999), 1]
    )
    E = np.array([[1, 0], [2, 0.1], [0, 1], [-1, 0.0]])
    found, cosines = skipgram.nearest(E, 0, 2)
    assert found.tolist() == [1, 2] and cosines[1] == 0


def test_a_causal_model_does_not_look_ahead_and_a_masked_one_does():
    _, _, p = language_case(True)
    changed = TEXTS.copy()
    changed[0, 3] = 1
    for causal in (True, False):
        one, two = (
            language_model.contextual(p, texts, 2, causal)[0][0] for texts in (TEXTS, changed)
        )
        assert np.allclose(one[:3], two[:3], atol=1e-14) == causal
        assert not np.allclose(one[3], two[3])


def test_padding_is_not_seen():
    _, _, p = language_case(False)
    short = language_model.contextual(p, TEXTS[1:, :2], 2)[0]
    assert np.allclose(short, language_model.contextual(p, TEXTS, 2)[0][1:, :2], atol=1e-14)


def test_elmo_reads_left_and_right():
    _, _, p = elmo_case()
    changed = TEXTS.copy()
    changed[0, 2] = 1
    (_, left, right, _), (_, left_2, right_2, _) = (elmo.states(p, t) for t in (TEXTS, changed))
    assert np.allclose(left[0, :2], left_2[0, :2]) and not np.allclose(left[0, 2], left_2[0, 2])
    assert np.allclose(right[0, 3], right_2[0, 3]) and not np.allclose(right[0, 1], right_2[0, 1])


def test_gaps_are_80_10_10():
    tokens = RNG(0).integers(0, 1000, (400, 100))
    gaps = masked.make_gaps(RNG(1), tokens, 1000, gap=2)
    real = tokens > 2
    assert not gaps.asked[~real].any() and np.array_equal(
        gaps.tokens[~gaps.asked], tokens[~gaps.asked]
    )
    assert abs(gaps.asked[real].mean() - 0.15) < 0.01
    now, before = gaps.tokens[gaps.asked], tokens[gaps.asked]
    assert abs((now == 2).mean() - 0.8) < 0.02
    assert abs((now == before).mean() - 0.1) < 0.02
    assert now[(now != 2) & (now != before)].min() > 2


def test_one_gap_at_least():
    for seed in range(20):
        gaps = masked.make_gaps(RNG(seed), np.array([[5, 0, 0], [0, 0, 0]]), 9, gap=2, share=0.01)
        assert gaps.asked.tolist() == [[True, False, False], [False] * 3]


def test_temperature_top_k_and_nucleus():
    logits = np.log([0.5, 0.3, 0.15, 0.05])
    p = sampling.sharpen(logits, 1)
    assert np.allclose(p, [0.5, 0.3, 0.15, 0.05])
    assert np.allclose(sampling.sharpen(logits, 0.5), np.square(p) / np.square(p).sum())
    assert np.allclose(sampling.top_k(p, 2), [0.625, 0.375, 0, 0])
    assert np.allclose(sampling.nucleus(p, 0.79), [0.625, 0.375, 0, 0])
    assert np.count_nonzero(sampling.nucleus(p, 0.81)) == 3
    assert np.allclose(sampling.nucleus(p, 1.0), p)
    rng = RNG(0)
    drawn = [sampling.draw(rng, sampling.top_k(p, 2)) for _ in range(300)]
    assert set(drawn) == {0, 1} and 0.55 < drawn.count(0) / 300 < 0.7


def test_bits():
    assert sampling.bits_per_character(np.log(8), 10, 30) == pytest.approx(1)
    assert sampling.perplexity(np.log(8)) == pytest.approx(8)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: language_model.contextual(p, np.ones((1, 6), int), 2), "5 tokens, got 6"),
        (lambda p: language_model.contextual(p, np.zeros((1, 0), int), 2), "at least one token"),
        (lambda p: language_model.contextual(p, [[1, 8]], 2), "labels from 0 to 7"),
        (lambda p: masked.make_gaps(RNG(0), np.zeros((2, 3), int), 9, 2), "at least one word"),
        (lambda p: masked.make_gaps(RNG(0), np.ones((2, 3), int), 9, 2, share=0), "share:"),
        (lambda p: skipgram.pairs([[1], []], 2), "two words"),
        (lambda p: skipgram.noise([0, 0]), "above 0"),
        (lambda p: sampling.sharpen(np.zeros(3), 0), "temperature:"),
        (lambda p: sampling.nucleus(np.ones(3) / 3, 1.2), "share:"),
        (lambda p: sampling.top_k(np.ones(3) / 3, 0), "k:"),
        (lambda p: elmo.elmo_loss(elmo_case()[2], np.array([[4, 0]])), "two words"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(CASES["causal"][2])
