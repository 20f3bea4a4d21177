import numpy as np
import pytest
import torch
import torch.nn.functional as F
from byhand import losses
from byhand.check import check_gradients
from byhand.losses import (
    cross_entropy,
    cross_entropy_backward,
    entropy,
    hinge,
    hinge_backward,
    kl,
    kl_backward,
    mae,
    mae_backward,
    mse,
    mse_backward,
)
from layer_checks import assert_equals_torch

rng = np.random.default_rng(0)


def probabilities(*shape):
    p = np.random.default_rng(len(shape)).random(shape) + 0.1
    return p / p.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize(("name", "theirs"), [("mse", F.mse_loss), ("mae", F.l1_loss)])
@pytest.mark.parametrize("shape", [(3, 5), (1,), (2, 3, 4)])
def test_regression_losses(name, theirs, shape):
    z, y = rng.standard_normal(shape), rng.standard_normal(shape)
    forward, backward = getattr(losses, name), getattr(losses, name + "_backward")
    check_gradients(lambda z: forward(z, y), backward, z, verbose=False)
    assert_equals_torch(
        lambda z: forward(z, y.astype(z.dtype)),
        backward,
        lambda z: theirs(z, torch.tensor(y).to(z.dtype)),
        z,
    )


def test_hinge():
    s, t = rng.standard_normal(7) * 2, np.array([1, -1, 1, 1, -1, -1, 1])
    check_gradients(lambda s: hinge(s, t), hinge_backward, s, verbose=False)
    loss, _ = hinge(np.array([2.0, 0.5, 0.5]), np.array([1, 1, -1]))
    assert loss == pytest.approx((0 + 0.5 + 1.5) / 3)
    with pytest.raises(ValueError, match=r"y: expected the labels -1 and \+1, got \[0.0, 1.0\]"):
        hinge(np.ones(2), np.array([0, 1]))


@pytest.mark.parametrize("shape", [(4, 6), (2, 3, 5), (1, 2), (7,)])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy(shape, smoothing):
    logits = 2 * rng.standard_normal(shape)
    labels = rng.integers(shape[-1], size=shape[:-1])
    check_gradients(
        lambda z: cross_entropy(z, labels, smoothing=smoothing),
        cross_entropy_backward,
        logits,
        verbose=False,
    )

    def theirs(z):
        return F.cross_entropy(
            z.reshape(-1, shape[-1]), torch.tensor(labels).reshape(-1), label_smoothing=smoothing
        )

    assert_equals_torch(
        lambda z: cross_entropy(z, labels, smoothing=smoothing),
        cross_entropy_backward,
        theirs,
        logits,
    )


def test_masked_cross_entropy_ignores_what_the_mask_hides():
    logits = rng.standard_normal((2, 4, 5))
    labels = rng.integers(5, size=(2, 4))
    mask = np.array([[1, 1, 1, 0], [1, 0, 0, 0]], bool)
    labels[~mask] = -1
    check_gradients(
        lambda z: cross_entropy(z, labels, mask), cross_entropy_backward, logits, verbose=False
    )
    assert_equals_torch(
        lambda z: cross_entropy(z, labels, mask),
        cross_entropy_backward,
        lambda z: F.cross_entropy(
            z.reshape(-1, 5), torch.tensor(labels).reshape(-1), ignore_index=-1
        ),
        logits,
    )


def test_gradient_is_p_minus_onehot_over_n():
    logits, labels = rng.standard_normal((3, 4)), np.array([0, 3, 1])
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    loss, cache = cross_entropy(logits, labels)
    assert np.allclose(cross_entropy_backward(1, cache), (p - np.eye(4)[labels]) / 3)
    assert loss == pytest.approx(-np.log(p[[0, 1, 2], labels]).mean())


def test_cross_entropy_is_finite_far_out_and_log_k_at_the_start():
    assert cross_entropy(np.array([[800.0, 0.0]]), np.array([1]))[0] == 800
    assert cross_entropy(np.zeros((3, 7)), np.array([1, 2, 3]))[0] == pytest.approx(np.log(7))


def test_entropy_and_kl():
    p, q = probabilities(3, 5), probabilities(2, 3, 5)[0]
    check_gradients(kl, kl_backward, p, q, verbose=False)
    assert_equals_torch(kl, kl_backward, lambda p, q: (p * (p / q).log()).sum(-1).mean(), p, q)
    cross = -(p * np.log(q)).sum(axis=-1).mean()
    assert cross == pytest.approx(entropy(p) + kl(p, q)[0])
    assert entropy(np.full(4, 0.25)) == pytest.approx(np.log(4))


def test_zeros_in_distributions():
    sure = np.array([0.0, 1.0])
    assert entropy(sure) == 0 and kl(sure, np.array([0.5, 0.5]))[0] == pytest.approx(np.log(2))
    assert kl(np.array([0.5, 0.5]), sure)[0] == np.inf
    assert np.isfinite(kl_backward(1, kl(sure, np.array([0.5, 0.5]))[1])).all()


def test_values_by_hand():
    y, t = np.array([1.0, 2.0]), np.array([0.0, 4.0])
    assert mse(y, t)[0] == 2.5 and mae(y, t)[0] == 1.5
    assert mse_backward(1, mse(y, t)[1]).tolist() == [1, -2]
    assert mae_backward(1, mae(y, t)[1]).tolist() == [0.5, -0.5]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: mse(np.ones((3, 1)), np.ones(3)),
            ValueError,
            r"y: expected the shape of z, \(3, 1\), got \(3,\)",
        ),
        (lambda: mae("a", np.ones(3)), TypeError, "z: expected numbers"),
        (
            lambda: hinge(np.ones((2, 1)), np.ones(2)),
            ValueError,
            r"z: expected shape \(B,\), got \(2, 1\)",
        ),
        (
            lambda: cross_entropy([[1, 2]], [0]),
            TypeError,
            "logits: expected a NumPy array of floats",
        ),
        (
            lambda: cross_entropy(np.ones((2, 3)), np.array([0, 3])),
            ValueError,
            "labels: expected labels from 0 to 2",
        ),
        (
            lambda: cross_entropy(np.ones((2, 3)), np.array([0.0, 1])),
            TypeError,
            "labels: expected whole numbers",
        ),
        (
            lambda: cross_entropy(np.ones((2, 3)), np.array([[0], [1]])),
            ValueError,
            "labels: expected shape",
        ),
        (
            lambda: cross_entropy(np.ones((2, 3)), np.zeros(2, int), np.ones(2)),
            TypeError,
            "mask: expected booleans",
        ),
        (
            lambda: cross_entropy(np.ones((2, 3)), np.zeros(2, int), np.zeros(2, bool)),
            ValueError,
            "mask: expected at least one",
        ),
        (lambda: kl(np.ones(3), np.ones(2)), ValueError, "p: expected the shape of q"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_kl_backward_where_neither_has_mass():
    """0 log(0 / 0) is 0 whatever q does, so its gradient is 0 there, not NaN."""
    p, q = np.array([[0.5, 0.5, 0.0]]), np.array([[0.25, 0.75, 0.0]])
    dp, dq = kl_backward(1.0, kl(p, q)[1])
    assert np.isfinite(dp).all()
    np.testing.assert_allclose(dq, [[-2.0, -2 / 3, 0.0]])
    assert kl_backward(1.0, kl(p, q[:, ::-1].copy())[1])[1][0, 0] == -np.inf


@pytest.mark.parametrize("smoothing", [5.0, -0.1, 1.01])
def test_cross_entropy_refuses_a_smoothing_that_is_no_share(smoothing):
    with pytest.raises(ValueError, match="smoothing: expected a number from 0 to 1"):
        cross_entropy(np.zeros((2, 3)), np.array([0, 1]), smoothing=smoothing)
