import numpy as np
import pytest
import torch
from byhand.check import check_gradients
from byhand.regularise import (
    dropout,
    dropout_backward,
    dropout_mask,
    l1,
    l1_backward,
    l2,
    l2_backward,
    random_dropout,
    soft_threshold,
)
from layer_checks import assert_equals_torch

rng = np.random.default_rng(0)
PARAMS = {
    "0.W": rng.standard_normal((2, 3)),
    "0.b": rng.standard_normal(3),
    "out.W_q": rng.standard_normal((3, 4)),
}


def test_dropout_with_a_given_mask():
    x, mask = rng.standard_normal((3, 4, 5)), rng.random((3, 4, 5)) < 0.6
    check_gradients(lambda x: dropout(x, mask, 0.4), dropout_backward, x, verbose=False)
    assert_equals_torch(
        lambda x: dropout(x, mask, 0.4),
        dropout_backward,
        lambda x: x * torch.tensor(mask) / (1 - 0.4),
        x,
    )
    out, _ = dropout(np.ones((1, 4)), np.array([[1, 0, 1, 1]]), 0.5)
    assert out.tolist() == [[2, 0, 2, 2]]


def test_sampled_dropout_keeps_the_mean_and_takes_its_randomness_from_rng():
    x = np.ones((200, 300), np.float32)
    out, cache = random_dropout(np.random.default_rng(1), x, 0.3)
    again, _ = random_dropout(np.random.default_rng(1), x, 0.3)
    assert (
        out.dtype == np.float32
        and np.array_equal(out, again)
        and out.mean() == pytest.approx(1, abs=0.01)
    )
    assert (out == 0).mean() == pytest.approx(0.3, abs=0.01)
    assert np.array_equal(dropout_backward(np.ones_like(x), cache), out)
    assert len(np.unique(out, axis=0)) == len(out)  # each example has its own mask


def test_the_ends_of_the_range():
    x = rng.standard_normal((2, 3))
    assert (
        np.array_equal(random_dropout(rng, x, 0)[0], x) and not random_dropout(rng, x, 1)[0].any()
    )


def test_mean_over_all_masks_is_the_input():
    x, p = np.array([[1.0, -2.0, 3.0]]), 0.3
    mean = 0
    for bits in range(8):
        mask = np.array([[bits >> k & 1 for k in range(3)]])
        mean = mean + np.prod(np.where(mask, 1 - p, p)) * dropout(x, mask, p)[0]
    assert np.allclose(mean, x)


@pytest.mark.parametrize(("forward", "backward"), [(l1, l1_backward), (l2, l2_backward)])
def test_penalties(forward, backward):
    check_gradients(lambda p: forward(p, 0.3), backward, PARAMS, verbose=False)
    check_gradients(lambda w: forward(w, 0.3), backward, PARAMS["0.b"], verbose=False)
    grads = backward(1, forward(PARAMS, 0.3)[1])
    assert not grads["0.b"].any()  # biases are not penalised


def test_penalty_values():
    w = np.array([3.0, -4.0])
    assert l2(w, 0.1)[0] == pytest.approx(1.25) and l1(w, 0.1)[0] == pytest.approx(0.7)
    assert np.allclose(l2_backward(1, l2(w, 0.1)[1]), 0.1 * w)


def test_soft_threshold_is_the_minimum_of_its_problem():
    w, threshold = rng.standard_normal(9), 0.4
    ours = soft_threshold(w, threshold)
    grid = np.linspace(-3, 3, 60001)
    for wk, vk in zip(w, ours, strict=True):
        cost = (grid - wk) ** 2 / 2 + threshold * np.abs(grid)
        assert abs(grid[cost.argmin()] - vk) < 2e-4
    assert soft_threshold([-1, 0.2, 2], 0.5).tolist() == [-0.5, 0, 1.5]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: dropout(np.ones((2, 3)), np.ones(3), 0.5),
            ValueError,
            "mask: expected the shape of x",
        ),
        (lambda: dropout(np.ones(3), np.ones(3), 1.5), ValueError, "p: expected a probability"),
        (lambda: dropout(np.ones(3), np.ones(3), "a"), TypeError, "p: expected a probability"),
        (lambda: dropout_mask(0, (2,), 0.5), TypeError, "rng: expected a generator"),
        (lambda: random_dropout(rng, [1.0], 0.5), TypeError, "x: expected a NumPy array of floats"),
        (lambda: l2(3, 0.1), TypeError, "params: expected an array or a dict"),
        (lambda: l1(np.ones(2), -1), ValueError, "strength: expected at least 0"),
        (lambda: l1(np.ones(2), None), TypeError, "strength: expected a number"),
        (lambda: soft_threshold(np.ones(2), -1), ValueError, "threshold: expected at least 0"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
