"""Chapter 21's machine against enumeration of all its states."""

import itertools

import numpy as np
import pytest
from byhand import rbm

RNG = np.random.default_rng


def machine(D, H, seed=0):
    rng = RNG(seed)
    return {
        "W": rng.standard_normal((D, H)),
        "b": rng.standard_normal(D),
        "c": rng.standard_normal(H),
    }


def table(params):
    """p(v, h) of every state, by the definition: {(v, h): p}."""
    D, H = params["W"].shape
    weights = {}
    for v in itertools.product((0.0, 1.0), repeat=D):
        for h in itertools.product((0.0, 1.0), repeat=H):
            E = -sum(b * x for b, x in zip(params["b"], v, strict=True))
            E -= sum(c * x for c, x in zip(params["c"], h, strict=True))
            E -= sum(params["W"][i, j] * v[i] * h[j] for i in range(D) for j in range(H))
            weights[v, h] = np.exp(-E)
    Z = sum(weights.values())
    return {state: w / Z for state, w in weights.items()}, np.log(Z)


@pytest.mark.parametrize(("D", "H"), [(3, 2), (2, 4), (3, 3), (1, 1)])
def test_everything_against_enumeration(D, H):
    params = machine(D, H)
    p, log_z = table(params)
    assert rbm.log_z(params) == pytest.approx(log_z, abs=1e-12)
    for v in rbm.all_states(D):
        here = {h: q for (seen, h), q in p.items() if seen == tuple(v)}
        assert rbm.log_likelihood(params, v[None])[0] == pytest.approx(np.log(sum(here.values())))
        given = sum(q * np.array(h) for h, q in here.items()) / sum(here.values())
        assert rbm.hidden_given(params, v) == pytest.approx(given)
    for h in rbm.all_states(H):
        here = {v: q for (v, seen), q in p.items() if seen == tuple(h)}
        given = sum(q * np.array(v) for v, q in here.items()) / sum(here.values())
        assert rbm.visible_given(params, h) == pytest.approx(given)
        v = rbm.all_states(D)[-1]
        assert rbm.energy(params, v, h) == pytest.approx(
            -np.log(p[tuple(v), tuple(h)]) - log_z, abs=1e-12
        )


@pytest.mark.parametrize(("D", "H"), [(4, 3), (3, 5)])
def test_the_exact_gradient_equals_differences(D, H):
    params, v = machine(D, H, 1), rbm.all_states(D)[[1, 3, 6, 6]]
    grads = rbm.exact_gradient(params, v)
    for name, w in params.items():
        for place in np.ndindex(w.shape):
            up, down = (w.copy() for _ in range(2))
            up[place] += 1e-5
            down[place] -= 1e-5
            loss = [-rbm.log_likelihood(params | {name: x}, v).mean() for x in (up, down)]
            assert grads[name][place] == pytest.approx((loss[0] - loss[1]) / 2e-5, abs=1e-8)


def test_long_chains_come_near_the_exact_gradient():
    """CD with many rounds is a sample of the likelihood's gradient; with one round it is not."""
    params, rng = machine(4, 3, 2), RNG(3)
    v = np.repeat(rbm.all_states(4)[[2, 5]], 20000, axis=0)
    exact = rbm.exact_gradient(params, v)
    far = {}
    for k in (1, 60):
        near = rbm.contrastive_divergence(params, v, k, rng)
        far[k] = max(np.abs(near[n] - exact[n]).max() for n in exact)
    assert far[60] < 0.01 < 0.03 < far[1], far


def test_gibbs_draws_the_machines_distribution():
    params, rng = machine(2, 2, 4), RNG(5)
    p, _ = table(params)
    chains = rbm.gibbs(params, np.zeros((40000, 2)), 30, rng)
    for v in rbm.all_states(2):
        share = (chains.v == v).all(axis=1).mean()
        assert share == pytest.approx(
            sum(q for (seen, _), q in p.items() if seen == tuple(v)), abs=0.015
        )


def test_training_raises_the_likelihood():
    v = rbm.bars_and_stripes(3)
    rng = RNG(6)
    params = rbm.init_rbm(rng, 9, 6, v, scale=0.1)
    before = rbm.log_likelihood(params, v).mean()
    chains = rbm.drawn(rng, np.full((100, 9), 0.5))
    for _ in range(3000):
        step = rbm.persistent_divergence(params, v, chains, 1, rng)
        chains = step.chains
        params = {n: w - 0.1 * step.grads[n] for n, w in params.items()}
    assert rbm.log_likelihood(params, v).mean() > before + 1


def test_start_at_the_means_of_the_data():
    v = RNG(7).integers(0, 2, (50, 4)).astype(float)
    params = rbm.init_rbm(RNG(0), 4, 3, v, scale=0)
    assert rbm.visible_given(params, np.zeros(3)) == pytest.approx((v.sum(axis=0) + 0.5) / 51)


def test_bars_and_stripes():
    pictures = rbm.bars_and_stripes(4)
    assert pictures.shape == (32, 16) and len(np.unique(pictures, axis=0)) == 30


def test_bad_arguments_are_named():
    params = machine(3, 2)
    with pytest.raises(ValueError, match="v: expected numbers from 0 to 1"):
        rbm.contrastive_divergence(params, 2 * np.ones((1, 3)), 1, RNG(0))
    with pytest.raises(ValueError, match="chains: expected numbers from 0 to 1"):
        rbm.persistent_divergence(params, np.ones((1, 3)), -np.ones((1, 3)), 1, RNG(0))
    with pytest.raises(ValueError, match="W.*with D = 4 from v"):
        rbm.free_energy(params, np.ones((1, 4)))
    with pytest.raises(ValueError, match="n: expected at most 20"):
        rbm.all_states(21)
    with pytest.raises(TypeError, match="rng:"):
        rbm.gibbs(params, np.ones((1, 3)), 1, 0)
    with pytest.raises(ValueError, match="k: expected at least 1"):
        rbm.gibbs(params, np.ones((1, 3)), 0, RNG(0))
