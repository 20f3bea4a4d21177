"""Chapter 1: the neuron, the perceptron rule, its bound."""

import numpy as np
import pytest
from byhand import neuron
from byhand.check import check_gradients
from hypothesis import given, settings
from hypothesis import strategies as st

LOGIC = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


def separable_set(seed, size=40, features=3, gap=0.3):
    """Random points at least `gap` away from a random plane that does not
    pass through the origin."""
    rng = np.random.default_rng(seed)
    w, b = rng.standard_normal(features), rng.standard_normal()
    X = rng.standard_normal((50 * size, features))
    distance = (X @ w + b) / np.linalg.norm(w)
    keep = np.flatnonzero(np.abs(distance) > gap)[:size]
    return X[keep], np.sign(distance[keep]), w, b


def test_step_does_not_fire_at_zero():
    assert neuron.step(np.array([-1.0, 0.0, 1e-300, 2.0])).tolist() == [0, 0, 1, 1]


def test_pencil_example():
    params = {"w": np.array([1.0, 3.0]), "b": np.array(2.0)}
    z, _ = neuron.score(params, np.array([[2.0, -1.0]]))
    assert z.tolist() == [1.0]
    assert neuron.neuron(params, np.array([[2.0, -1.0], [0.0, -1.0]])).tolist() == [1, 0]


def test_gradients():
    rng = np.random.default_rng(0)
    params = {"w": rng.standard_normal(5), "b": np.array(0.7)}
    X, y = rng.standard_normal((4, 5)), np.array([1.0, -1.0, 1.0, -1.0])
    check_gradients(neuron.score, neuron.score_backward, params, X, verbose=False)
    check_gradients(
        neuron.criterion, neuron.criterion_backward, neuron.score(params, X)[0], y, verbose=False
    )


def test_criterion_gradient_at_the_kink_counts_as_wrong():
    _, cache = neuron.criterion(np.array([0.0, 0.0]), np.array([1.0, -1.0]))
    dz, dy = neuron.criterion_backward(1.0, cache)
    assert dz.tolist() == [-1.0, 1.0] and dy is None


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10**6))
def test_perceptron_step_is_a_gradient_step(seed):
    rng = np.random.default_rng(seed)
    w, b, x, y = (
        rng.standard_normal(4),
        rng.standard_normal(),
        rng.standard_normal(4),
        rng.choice([-1.0, 1.0]),
    )
    before = w.copy()
    new_w, new_b = neuron.perceptron_step(w, b, x, y)
    z, score_cache = neuron.score({"w": w, "b": b}, x[None])
    _, cache = neuron.criterion(z, np.array([y]))
    dz, _ = neuron.criterion_backward(1.0, cache)
    grads, _ = neuron.score_backward(dz, score_cache)
    np.testing.assert_allclose(new_w, w - grads["w"])
    np.testing.assert_allclose(new_b, b - grads["b"])
    assert np.array_equal(w, before)


@pytest.mark.parametrize("seed", range(8))
def test_converges_within_the_bound(seed):
    X, y, w, b = separable_set(seed)
    run = neuron.train_perceptron(X, y, epochs=10_000)
    bound, R, gamma = neuron.mistake_bound(X, y, w, b)
    assert run.mistakes[-1] == 0 and (y * (X @ run.w + run.b) > 0).all()
    assert len(run.path) == sum(run.mistakes) <= bound == (R / gamma) ** 2
    assert neuron.is_separable(X, y)


def test_proof_inequalities_hold_at_every_correction():
    X, y, w, b = separable_set(11)
    _, R, gamma = neuron.mistake_bound(X, y, w, b)
    best = np.append(w, b) / np.linalg.norm(np.append(w, b))
    for k, (_, w_k, b_k) in enumerate(neuron.train_perceptron(X, y, 10_000).path, start=1):
        v = np.append(w_k, b_k)
        assert v @ best >= k * gamma - 1e-9
        assert np.linalg.norm(v) <= np.sqrt(k) * R + 1e-9


def test_learns_and_or_but_cycles_on_xor():
    for y in ([-1, 1, 1, 1], [-1, -1, -1, 1]):
        run = neuron.train_perceptron(LOGIC, y)
        assert (neuron.step(LOGIC @ run.w + run.b) == (np.array(y) > 0)).all()
    xor = np.array([-1, 1, 1, -1])
    run = neuron.train_perceptron(LOGIC, xor, epochs=20)
    assert not neuron.is_separable(LOGIC, xor)
    assert run.mistakes == [4] * 20
    assert all(not w.any() and b == 0 for w, b in run.epochs)


def test_equals_scikit_learn():
    from sklearn.linear_model import Perceptron

    X, y, _, _ = separable_set(5)
    run = neuron.train_perceptron(X, y, 1000)
    theirs = Perceptron(shuffle=False, tol=None, max_iter=len(run.mistakes)).fit(X, y)
    np.testing.assert_allclose(theirs.coef_[0], run.w)
    np.testing.assert_allclose(theirs.intercept_[0], run.b)


def test_bad_input_names_the_argument():
    with pytest.raises(
        ValueError, match=r"y: expected labels -1 and \+1, got the values \[0. 1.\]"
    ):
        neuron.train_perceptron(LOGIC, [0, 1, 1, 1])
    with pytest.raises(ValueError, match=r"y: expected shape \(4,\), got \(3,\)"):
        neuron.train_perceptron(LOGIC, [1, 1, 1])
    with pytest.raises(ValueError, match=r"X: expected shape \(B, D\), got \(4,\)"):
        neuron.train_perceptron([1, 2, 3, 4], [1, 1, 1, 1])
    with pytest.raises(ValueError, match="epochs: expected at least 1, got 0"):
        neuron.train_perceptron(LOGIC, [1, 1, 1, -1], epochs=0)
    with pytest.raises(ValueError, match="w, b: expected a plane that separates"):
        neuron.mistake_bound(LOGIC, np.array([-1, 1, 1, -1]), np.ones(2), 0.0)
