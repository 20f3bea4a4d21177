"""Chapter 22's game in one dimension: both gradients, and the best discriminator."""

import numpy as np
import pytest
import torch
from byhand import gan
from layer_checks import relative

RNG = np.random.default_rng


def game(seed=0, n=7, m=9):
    rng = RNG(seed)
    real = 2 + 0.5 * rng.standard_normal(n)
    params = {"mu": np.float64(-0.3), "s": np.float64(0.8)}
    return rng.standard_normal(3), params, real, rng.standard_normal(m), gan.scale_of(real)


def torch_game(w, params, real, z, scale):
    """Both losses in torch, written anew."""
    mean, deviation = map(torch.tensor, scale)
    w, mu, s = (torch.tensor(x, requires_grad=True) for x in (w, params["mu"], params["s"]))

    def score(x):
        a, b = (x - mean[0]) / deviation[0], (x * x - mean[1]) / deviation[1]
        return w[0] + w[1] * a + w[2] * b

    fake = score(mu + s * torch.tensor(z))
    loss = -torch.log(torch.sigmoid(score(torch.tensor(real)))).mean()
    loss = loss - torch.log(1 - torch.sigmoid(fake)).mean()
    kinds = {
        "saturating": torch.log(1 - torch.sigmoid(fake)).mean(),
        "non-saturating": -torch.log(torch.sigmoid(fake)).mean(),
    }
    return (w, mu, s), loss, kinds


def test_both_players_gradients_equal_torch():
    arrays = game()
    (w, mu, s), theirs, kinds = torch_game(*arrays)
    loss, cache = gan.discriminator_loss(*arrays)
    assert loss == pytest.approx(theirs.item(), rel=1e-12)
    (dw,) = torch.autograd.grad(theirs, w, retain_graph=True)
    assert relative(gan.discriminator_gradient(cache), dw.numpy()) < 1e-12
    for kind, their_loss in kinds.items():
        assert gan.generator_loss(cache, kind) == pytest.approx(their_loss.item(), rel=1e-12)
        grads = gan.generator_gradient(cache, kind)
        theirs = torch.autograd.grad(their_loss, (mu, s), retain_graph=True)
        for name, their in zip(("mu", "s"), theirs, strict=True):
            assert grads[name] == pytest.approx(their.item(), rel=1e-11), (kind, name)


@pytest.mark.parametrize("kind", gan.LOSSES)
def test_both_players_gradients_equal_differences(kind):
    w, params, real, z, scale = game(1)
    _, cache = gan.discriminator_loss(w, params, real, z, scale)
    h = 1e-6
    by_hand = gan.discriminator_gradient(cache)
    for k in range(3):
        way = h * np.eye(3)[k]
        ends = [gan.discriminator_loss(w + d, params, real, z, scale)[0] for d in (way, -way)]
        assert by_hand[k] == pytest.approx((ends[0] - ends[1]) / (2 * h), abs=1e-8)
    grads = gan.generator_gradient(cache, kind)
    for name in params:
        ends = []
        for d in (h, -h):
            moved = params | {name: params[name] + d}
            ends.append(
                gan.generator_loss(gan.discriminator_loss(w, moved, real, z, scale)[1], kind)
            )
        assert grads[name] == pytest.approx((ends[0] - ends[1]) / (2 * h), abs=1e-8)


def test_bad_fakes_get_no_gradient_from_the_saturating_loss():
    """With D sure of itself the original loss is flat, the other is not."""
    w, params = np.array([0.0, 20.0, 0.0]), {"mu": np.float64(-1), "s": np.float64(0.1)}
    z = RNG(2).standard_normal(50)
    _, cache = gan.discriminator_loss(w, params, 1 + 0.1 * z, z)
    flat, steep = (abs(gan.generator_gradient(cache, kind)["mu"]) for kind in gan.LOSSES)
    assert flat < 1e-4 < 10 < steep


def test_a_trained_discriminator_comes_to_p_over_p_plus_q():
    rng = RNG(3)
    real, z = 1 + 0.7 * rng.standard_normal(20000), rng.standard_normal(20000)
    params, w = {"mu": np.float64(0), "s": np.float64(1)}, np.zeros(3)
    scale = gan.scale_of(np.concatenate([real, z]))
    for _ in range(400):
        _, cache = gan.discriminator_loss(w, params, real, z, scale)
        w = w - 1.0 * gan.discriminator_gradient(cache)
    x = np.linspace(-1, 2, 31)
    best = gan.best_discriminator(gan.normal_density(x, 1, 0.7), gan.normal_density(x, 0, 1))
    assert np.abs(gan.discriminate(w, x, scale) - best).max() < 0.03


def test_bad_arguments_are_named():
    _, cache = gan.discriminator_loss(*game())
    with pytest.raises(ValueError, match="kind: expected one of"):
        gan.generator_gradient(cache, "both")
    with pytest.raises(ValueError, match="s: expected a deviation above 0"):
        gan.normal_density(0.0, 0, 0)
    with pytest.raises(TypeError, match="x: expected a NumPy array"):
        gan.discriminate(np.zeros(3), [1.0])
