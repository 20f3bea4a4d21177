import numpy as np
import torch
from byhand.hard_attention import best_baseline, expected_loss, reinforce, reinforce_moments

rng = np.random.default_rng(0)
SCORES, LOSSES = rng.standard_normal(6), rng.standard_normal(6) ** 2


def test_exact_gradient_equals_autograd():
    scores = torch.tensor(SCORES, requires_grad=True)
    J = torch.softmax(scores, 0) @ torch.tensor(LOSSES)
    J.backward()
    value, gradient = expected_loss(SCORES, LOSSES)
    np.testing.assert_allclose(value, J.item())
    np.testing.assert_allclose(gradient, scores.grad, atol=1e-15)


def test_mean_is_exact_for_every_baseline_and_the_best_one_is_best():
    _, gradient = expected_loss(SCORES, LOSSES)
    best = best_baseline(SCORES, LOSSES)
    smallest = reinforce_moments(SCORES, LOSSES, best)[1]
    for baseline in (-3.0, 0.0, 1.0, best, best + 0.1, best - 0.1):
        mean, variance = reinforce_moments(SCORES, LOSSES, baseline)
        np.testing.assert_allclose(mean, gradient, atol=1e-14)
        assert variance >= smallest - 1e-12


def test_draws_agree_with_the_moments():
    p = np.exp(SCORES) / np.exp(SCORES).sum()
    drawn = rng.choice(6, 200000, p=p)
    estimates = reinforce(SCORES, LOSSES, drawn, 0.5)
    mean, variance = reinforce_moments(SCORES, LOSSES, 0.5)
    np.testing.assert_allclose(estimates.mean(axis=0), mean, atol=0.02)
    np.testing.assert_allclose(((estimates - mean) ** 2).sum(axis=1).mean(), variance, rtol=0.03)
