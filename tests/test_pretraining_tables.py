"""The stored tables of chapter 17: complete, in range, and small runs made again are alike."""

import sys

import numpy as np
import pytest
import torch
from byhand import language_model
from byhand.data import docs, senses
from byhand.data import few_labels as labels_table
from byhand.data import foretell as foretell_table
from byhand.pt import few_labels, foretell
from byhand.pt.language_model import LanguageModel
from conftest import ROOT

sys.path.append(str(ROOT / "tools"))

import few_labels as labels_command  # noqa: E402
import foretell as foretell_command  # noqa: E402
import senses as senses_command  # noqa: E402

RUNS = labels_table.load()


@pytest.fixture(scope="module")
def words():
    return few_labels.vocabulary()


@pytest.fixture(scope="module")
def X(words):
    return few_labels.rows(words)


def test_every_method_is_stored_whole():
    runs = {r[:4] for r in RUNS}
    assert len(runs) == len(RUNS)
    for method in labels_table.METHODS:
        rate = labels_table.tuned(RUNS, method)
        grid = labels_command.GRIDS.get(method, labels_command.RATES)
        wanted = {(method, k, rate, s) for k in labels_table.LABELS for s in labels_table.FRESH}
        wanted |= {(method, labels_table.TUNED_AT, r, s) for r in grid for s in labels_table.TUNING}
        assert {r for r in runs if r[0] == method} == wanted, method
    assert len({len(grid) for grid in labels_command.GRIDS.values()} | {6}) == 1
    assert all(0 <= r.right <= 100 for r in RUNS)


def test_counting_is_made_again(X, words):
    for r in RUNS:
        if r.method == labels_table.BAYES:
            found = labels_command.reach(r.method, None, X, words, r.labels, r.rate, r.seed)
            assert abs(found - r.right) < 0.2, r


def test_a_short_pretraining_helps(X, words):
    """With two hundred steps of reading, vectors sort better than by chance, and the network
    trains."""
    known = labels_command.prepare(labels_table.VECTORS, X, words, 5, seconds=2.0)
    reached = labels_command.reach(labels_table.VECTORS, known, X, words, 32, 0.003, 5)
    assert reached > 40, reached
    model = few_labels.bert(len(words), 5)
    text = few_labels.text_of(X, few_labels.TEXTS[0], 5)
    losses = few_labels.pretrain(model, text, len(words), None, 0.003, 5, steps=60)
    assert np.mean(losses[-10:]) < losses[0] - 0.5, losses
    reached = labels_command.reach(labels_table.BERT, model, X, words, 8, 0.004, 5, steps=40)
    assert reached > 20, reached


def test_mixing_keeps_what_it_says(X):
    plain, near, mixed = (few_labels.text_of(X, kind, 3) for kind in few_labels.TEXTS)
    for other in (near, mixed):
        assert np.array_equal(np.sort(plain, axis=None), np.sort(other, axis=None))
        assert np.array_equal(plain > 0, other > 0)
        assert not np.array_equal(plain, other)
    assert np.array_equal(np.sort(plain, axis=1), np.sort(near, axis=1))
    assert not np.array_equal(np.sort(plain, axis=1), np.sort(mixed, axis=1))


def test_counted_vectors_find_company():
    """Words that keep the same company get the same direction."""
    rng = np.random.default_rng(0)
    X = np.array([[a, b, a, b] for _ in range(200) for a, b in [rng.permutation([3, 4, 5])[:2]]])
    X = np.vstack([X, X + 3])
    E = few_labels.counted_vectors(X, 9, 2)
    unit = E[3:] / np.linalg.norm(E[3:], axis=1, keepdims=True)
    cosine = unit @ unit.T
    assert cosine[:3, :3].min() > 0.9 and abs(cosine[:3, 3:]).max() < 0.1, cosine


def test_features_are_standardised_without_the_test(X):
    features = np.random.default_rng(0).standard_normal((len(X), 3))
    labels = few_labels.Asked(*docs.labelled(np.random.default_rng(0), 2))
    asked = few_labels.for_rates()
    before = few_labels.line(features, labels, asked, 0.01, steps=3)
    features[docs.split().test] = 1e6
    assert few_labels.line(features, labels, asked, 0.01, steps=3) == before


def test_the_stored_network_fills_gaps(X, words):
    params = labels_table.network()
    twin = LanguageModel(len(words), few_labels.T, few_labels.D, few_labels.N, 256, 2)
    twin.load_state_dict({n: torch.tensor(w) for n, w in params.items()})
    x = X[docs.split().test[::20]]
    h = language_model.contextual(params, x, few_labels.N)[0]
    with torch.no_grad():
        theirs = twin.contextual(torch.as_tensor(x)).numpy()
    assert np.abs(h - theirs).max() < 1e-3
    batch = next(few_labels.masked_batches(x, len(words), 0))
    assert few_labels.masked_loss(twin, batch).item() < 6.5 < np.log(len(words))


def test_senses_are_stored_whole():
    runs = senses.load()
    assert {r[:3] for r in runs} == {
        (m, w, s) for m in senses.METHODS for w in senses.SENSES for s in senses.SEEDS
    }
    assert all(0 <= r.right <= 100 for r in runs)
    points, sense, around = senses.plane()
    found = senses.occurrences("frame", few_labels.T)
    assert np.array_equal(sense, found.sense) and points.shape == (len(sense), 2)
    assert all("frame" in words for words in around)


def test_alike_by_hand():
    sense = np.array([0, 0, 1, 1])
    assert senses.alike(np.array([[1, 0], [1, 0.1], [0, 1], [0.1, 1.0]]), sense) == 100
    assert senses.alike(np.ones((4, 2)), sense) == pytest.approx(100 / 3)
    with pytest.raises(ValueError, match="word: expected one of"):
        senses.occurrences("cat", 32)


def test_senses_are_measured_again():
    rows, _ = senses_command.measure(7, seconds=1.5, steps=20)
    assert {row[:2] for row in rows} == {(m, w) for m in senses.METHODS for w in senses.SENSES}
    same = [r for m, _, _, r in rows if m == senses.ONE_VECTOR]
    assert all(45 < r < 52 for r in same)


def test_foretelling_is_stored_whole():
    runs = foretell_table.load()
    for name in foretell.MODELS:
        tried = {r.setting for r in runs if r.model == name and r.seed == foretell_table.TUNING}
        assert tried == set(foretell_command.RATES), name
        for seconds in (foretell_command.SECONDS, foretell_command.LONG):
            assert len(foretell_table.fresh(runs, name, seconds)) == 3, (name, seconds)
    for n in foretell_command.ORDERS:
        assert len(foretell_table.fresh(runs, f"{n}-gram", 0.0)) == 1, n
    assert all(1 < r.bits < 8 for r in runs)
    assert [choice for choice, _ in foretell_table.written()] == list(foretell_command.CHOICES)


def test_counting_characters_is_made_again():
    texts = foretell_table.texts()
    model = foretell_command.Ngram([texts.train], 2, sorted(set(texts.train)))
    model.smoothing = foretell_table.tuned(foretell_table.load(), "2-gram")
    bits = foretell_command.ngram_bits(model, texts.test, 2)
    assert bits == pytest.approx(
        foretell_table.fresh(foretell_table.load(), "2-gram", 0.0)[0], abs=2e-3
    )


def test_bits_of_a_network_do_not_depend_on_windows():
    """Every token is scored once, each with at least half a window before it."""
    network = foretell.build(foretell.LSTM, 5, 0)
    tokens = np.random.default_rng(0).integers(0, 5, 300)
    whole = foretell.nats(network, tokens, 400)
    with torch.no_grad():
        log_p = network.logits(torch.as_tensor(tokens[None, :-1]))[0].log_softmax(dim=1)
    by_hand = -log_p[torch.arange(299), torch.as_tensor(tokens[1:])].sum().item()
    assert whole == pytest.approx(by_hand, rel=1e-5)
    assert foretell.nats(network, tokens, 64) == pytest.approx(by_hand, rel=1e-2)


def test_a_network_learns_to_foretell():
    text = np.tile([0, 1, 2, 3, 4, 5, 6, 7], 200)
    for name in foretell.MODELS:
        network = foretell.build(name, 8, 0)
        losses = foretell.learn(network, text, 16, None, 0.003, 0, steps=60)
        assert losses[-1] < 0.5 * losses[0], name
    told = foretell.write(network, [0, 1, 2], 16, 5, lambda z: int(np.argmax(z)))
    assert len(told) == 8
