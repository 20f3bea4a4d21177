import numpy as np
import pytest
import torch
from byhand.check import check_gradients
from byhand.embedding import embedding, embedding_backward, init_embedding
from byhand.position import (
    init_positions,
    learned_positions,
    learned_positions_backward,
    rotary,
    rotary_backward,
    sinusoids,
)
from byhand.pt.position import rotary as pt_rotary
from layer_checks import assert_equals_torch, relative

rng = np.random.default_rng(0)


def test_sinusoids_element_by_element():
    P = sinusoids(7, 6)
    for t in range(7):
        for i in range(3):
            assert P[t, 2 * i] == pytest.approx(np.sin(t / 10000 ** (2 * i / 6)), abs=1e-15)
            assert P[t, 2 * i + 1] == pytest.approx(np.cos(t / 10000 ** (2 * i / 6)), abs=1e-15)
    assert P[0].tolist() == [0, 1, 0, 1, 0, 1] and sinusoids(2, 4, np.float32).dtype == np.float32


def test_a_shift_is_a_rotation():
    G = sinusoids(20, 8) @ sinusoids(20, 8).T
    for shift in range(5):
        assert np.allclose(np.diagonal(G, shift), G[0, shift])


def test_rotary_turns_every_pair():
    x = rng.standard_normal((2, 5, 6))
    out, _ = rotary(x, base=50)
    for t in range(5):
        for i in range(3):
            turned = (x[:, t, i] + 1j * x[:, t, i + 3]) * np.exp(1j * t * 50 ** (-2 * i / 6))
            assert np.allclose(out[:, t, i], turned.real)
            assert np.allclose(out[:, t, i + 3], turned.imag)


def test_rotary_knows_the_distance_only():
    q, k = rng.standard_normal((2, 8))
    E = rotary(np.tile(q, (9, 1)))[0] @ rotary(np.tile(k, (9, 1)))[0].T
    for shift in range(-8, 9):
        assert np.ptp(np.diagonal(E, shift)) < 1e-12
    assert abs(E[0, 3] - E[3, 0]) > 0.01  # and knows before from after


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rotary_keeps_lengths_and_its_dtype(dtype):
    x = rng.standard_normal((1, 2, 5, 6)).astype(dtype)
    out, cache = rotary(x)
    assert out.dtype == dtype and rotary_backward(x, cache).dtype == dtype
    assert np.allclose((out**2).sum(axis=-1), (x**2).sum(axis=-1), rtol=1e-5)
    assert np.allclose(rotary_backward(out, cache), x, atol=1e-6)


def test_learned_positions():
    params, x = {"P": rng.standard_normal((7, 3))}, rng.standard_normal((2, 4, 3))
    check_gradients(learned_positions, learned_positions_backward, params, x, verbose=False)
    assert_equals_torch(
        learned_positions,
        learned_positions_backward,
        lambda p, x: x + p["P"][: x.shape[1]],
        params,
        x,
    )


def test_every_learned_place_can_be_used():
    out, _ = learned_positions({"P": np.ones((4, 3))}, np.zeros((2, 4, 3)))
    assert out.shape == (2, 4, 3) and (out == 1).all()


def test_embedding_adds_up_repeated_tokens():
    params, tokens = {"E": rng.standard_normal((6, 4))}, np.array([[1, 5, 1], [1, 0, 2]])
    check_gradients(lambda p: embedding(p, tokens), embedding_backward, params, verbose=False)
    assert_equals_torch(
        lambda p: embedding(p, tokens),
        embedding_backward,
        lambda p: torch.nn.functional.embedding(torch.tensor(tokens), p["E"]),
        params,
    )


def test_starts():
    E = init_embedding(rng, 400, 100)["E"]
    assert relative(E.std(), 0.1) < 0.02
    assert init_positions(rng, 300, 50, np.float32)["P"].std() == pytest.approx(0.02, rel=0.02)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: sinusoids(3, 5), ValueError, "D: expected an even width"),
        (lambda: sinusoids(0, 4), ValueError, "T: expected at least 1"),
        (lambda: rotary(np.ones((4, 5))), ValueError, "x: expected an even width"),
        (lambda: rotary(np.ones(4)), ValueError, "x: expected"),
        (lambda: pt_rotary(torch.ones(4, 5)), ValueError, "x: expected an even width"),
        (
            lambda: learned_positions({"P": np.ones((3, 2))}, np.ones((1, 4, 2))),
            ValueError,
            "x: expected at most 3",
        ),
        (
            lambda: embedding({"E": np.ones((3, 2))}, np.array([3])),
            ValueError,
            "tokens: expected labels from 0 to 2",
        ),
        (
            lambda: embedding({"E": np.ones((3, 2))}, [0.5]),
            TypeError,
            "tokens: expected whole numbers",
        ),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
