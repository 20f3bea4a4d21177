"""Chapter 20's memories: energies that never rise, patterns that come back, and a memory that is
read and written, backward equal to differences, tape and torch."""

import itertools

import numpy as np
import pytest
import torch
from byhand import external_memory as em
from byhand import hopfield
from byhand.autodiff import Var, gradients, primitive
from byhand.check import check_gradients
from layer_checks import relative

RNG = np.random.default_rng


def test_a_pattern_comes_back_and_the_energy_never_rises():
    rng = RNG(0)
    P = hopfield.random_patterns(rng, 5, 100)
    W = hopfield.hebb(P)
    for pattern in P:
        found = hopfield.recall(W, hopfield.flipped(rng, pattern, 0.1), rng)
        assert found.at_rest and hopfield.overlap(P, found.s).max() == 1
        assert (np.diff(found.energies) <= 1e-12).all()
        assert found.energies[-1] == pytest.approx(hopfield.energy(W, found.s))


def test_the_state_at_rest_is_a_minimum_among_all_neighbours():
    """By enumeration of a small network: no single flip lowers the energy."""
    rng = RNG(1)
    W = hopfield.hebb(hopfield.random_patterns(rng, 2, 8))
    for s in itertools.product((-1.0, 1.0), repeat=8):
        end = hopfield.recall(W, np.array(s), rng).s
        for i in range(8):
            other = end.copy()
            other[i] *= -1
            assert hopfield.energy(W, other) >= hopfield.energy(W, end) - 1e-12


def test_all_at_once_may_cycle():
    W = np.array([[0.0, -1.0], [-1.0, 0.0]])
    s = np.array([1.0, 1.0])
    once = hopfield.together(W, s)
    assert (once == -s).all() and (hopfield.together(W, once) == s).all()
    assert hopfield.recall(W, s, RNG(0)).at_rest


def test_a_unit_without_input_keeps_its_state():
    W, s = np.zeros((3, 3)), np.array([1.0, -1.0, 1.0])
    assert (hopfield.together(W, s) == s).all()
    assert (hopfield.recall(W, s, RNG(0)).s == s).all()


def test_the_projection_rule_keeps_patterns_that_look_alike():
    rng = RNG(2)
    P = hopfield.flipped(rng, np.tile(hopfield.random_patterns(rng, 1, 60), (6, 1)), 0.2)
    W = hopfield.projection_rule(P)
    assert (hopfield.together(W, P) == P).all()
    assert not (hopfield.together(hopfield.hebb(P), P) == P).all()


def test_a_pair_is_found_from_either_side():
    rng = RNG(3)
    X, Y = hopfield.random_patterns(rng, 3, 60), hopfield.random_patterns(rng, 3, 40)
    W = hopfield.pair_weights(X, Y)
    for x, y in zip(X, Y, strict=True):
        found = hopfield.pair_recall(W, hopfield.flipped(rng, x, 0.1))
        assert (found.x == x).all() and (found.y == y).all()


def test_dense_step_is_attention_and_lowers_its_energy():
    rng = RNG(4)
    P, s = rng.standard_normal((7, 10)), rng.standard_normal((3, 10))
    z = 0.7 * s @ P.T
    w = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    new = hopfield.dense_step(P, s, 0.7)
    assert relative(new, w @ P) < 1e-13
    assert (hopfield.dense_energy(P, new, 0.7) <= hopfield.dense_energy(P, s, 0.7)).all()
    assert relative(hopfield.dense_step(P, s[0], 0.7), (w @ P)[0]) < 1e-13


def test_dense_memories_hold_more_than_the_quadratic_one():
    rng = RNG(5)
    P = hopfield.random_patterns(rng, 60, 64)
    right = {
        kind: np.mean([(hopfield.dense_flip(P, p, kind, rng) == p).all() for p in P[:20]])
        for kind in hopfield.ENERGIES
    }
    assert right["cubic"] > 0.8 > 0.2 > right["quadratic"] and right["exponential"] == 1, right


def steps():
    """Each step of the addressing with fitting arguments, torch's form beside it."""
    rng, B, R, W = RNG(6), 2, 5, 3
    M, k, beta = rng.standard_normal((B, R, W)), rng.standard_normal((B, W)), np.array([[1.3], [3]])
    w, before = rng.dirichlet(np.ones(R), (2, B))
    g, s, gamma = np.array([[0.3], [0.8]]), rng.dirichlet(np.ones(3), B), np.array([[1.2], [2.5]])
    e, a = rng.random((B, W)), rng.standard_normal((B, W))
    return {
        "content": (em.by_content, em.by_content_backward, (M, k, beta)),
        "gate": (em.gated, em.gated_backward, (w, before, g)),
        "shift": (em.shifted, em.shifted_backward, (w, s)),
        "sharpen": (em.sharpened, em.sharpened_backward, (w, gamma)),
        "address": (em.address, em.address_backward, (M, before, k, beta, g, s, gamma)),
        "read": (em.read, em.read_backward, (M, w)),
        "write": (em.write, em.write_backward, (M, w, e, a)),
    }


@pytest.mark.parametrize("name", steps())
def test_equal_to_differences_and_to_the_tape(name):
    forward, backward, arrays = steps()[name]
    check_gradients(forward, backward, *arrays, verbose=False)
    leaves = [Var(x) for x in arrays]
    out, cache = forward(*arrays)
    weight = RNG(7).standard_normal(out.shape)
    loss = (primitive(forward, backward)(*leaves) * weight).sum()
    for leaf, by_hand in zip(leaves, backward(weight, cache), strict=True):
        assert relative(gradients(loss, leaf), by_hand) < 1e-13


def torch_address(M, before, k, beta, g, s, gamma):
    """The same in torch, written from the paper's equations (5) to (9)."""
    cosine = torch.nn.functional.cosine_similarity(M, k[:, None], dim=2, eps=1e-12)
    w = g * torch.softmax(beta * cosine, dim=1) + (1 - g) * before
    w = sum(s[:, j + 1, None] * torch.roll(w, j, dims=1) for j in (-1, 0, 1))
    return w**gamma / (w**gamma).sum(dim=1, keepdim=True)


def test_address_equals_torch():
    _, _, arrays = steps()["address"]
    leaves = [torch.tensor(x, requires_grad=True) for x in arrays]
    theirs = torch_address(*leaves)
    ours, cache = em.address(*arrays)
    assert relative(ours, theirs.detach().numpy()) < 1e-7
    weight = RNG(8).standard_normal(ours.shape)
    (theirs * torch.tensor(weight)).sum().backward()
    for leaf, by_hand in zip(leaves, em.address_backward(weight, cache), strict=True):
        assert relative(by_hand, leaf.grad.numpy()) < 1e-6


def test_what_was_written_is_read():
    M, w = np.ones((1, 4, 2)), np.eye(4)[[2]]
    new, _ = em.write(M, w, np.ones((1, 2)), np.array([[5.0, 6.0]]))
    assert em.read(new, w)[0].tolist() == [[5.0, 6.0]]
    assert (new[0, [0, 1, 3]] == 1).all()
    moved, _ = em.shifted(w, np.array([[0.0, 0.0, 1.0]]))
    assert moved.argmax() == 3 and em.shifted(moved, np.array([[0.0, 0.0, 1.0]]))[0].argmax() == 0


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="P: expected only"):
        hopfield.hebb(np.array([[1.0, 0.5]]))
    with pytest.raises(ValueError, match="P: expected shape"):
        hopfield.hebb(np.array([1.0, -1.0]))
    with pytest.raises(ValueError, match="W: expected a symmetric"):
        hopfield.energy(np.eye(2), np.array([1.0, -1.0]))
    with pytest.raises(ValueError, match="W: expected shape"):
        hopfield.recall(np.zeros((3, 3)), np.array([1.0, -1.0]), RNG(0))
    with pytest.raises(ValueError, match="share: expected"):
        hopfield.flipped(RNG(0), np.ones((1, 2)), 1.5)
    with pytest.raises(TypeError, match="rng:"):
        hopfield.random_patterns(0, 2, 3)
    with pytest.raises(ValueError, match="Y: expected 1 patterns"):
        hopfield.pair_weights(np.ones((1, 2)), np.ones((2, 2)))
    with pytest.raises(ValueError, match="kind: expected one of"):
        hopfield.dense_flip(np.ones((1, 2)), np.ones(2), "quartic", RNG(0))
    with pytest.raises(ValueError, match="e: expected numbers from 0 to 1"):
        em.write(np.ones((1, 2, 2)), np.ones((1, 2)), 2 * np.ones((1, 2)), np.ones((1, 2)))
    with pytest.raises(ValueError, match="gamma of at least 1"):
        em.sharpened(np.ones((1, 2)), np.array([[0.5]]))
    with pytest.raises(ValueError, match="k: expected shape"):
        em.by_content(np.ones((1, 2, 3)), np.ones((1, 2)), np.ones((1, 1)))
