"""Chapter 22's two networks and their stored runs."""

import sys

import numpy as np
import pytest
from byhand import adversarial
from byhand.data import gan_runs as table
from byhand.mlp import mlp
from suite import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import gan_runs  # noqa: E402

RNG = np.random.default_rng


@pytest.mark.parametrize("pack", [1, 2])
@pytest.mark.parametrize("kind", adversarial.LOSSES)
def test_gradients_equal_differences(kind, pack):
    rng = RNG(0)
    settings = adversarial.Settings(hidden=5, noise_size=3, pack=pack)
    G, D, _ = adversarial.init_players(rng, 2, settings)
    z, noise = rng.standard_normal((4, 3)), 0.1 * rng.standard_normal((4, 2))
    real = adversarial.packed(rng.standard_normal((4, 2)), pack)

    def seen():
        return adversarial.packed(mlp(G, z)[0] + noise, pack)

    def his():
        u = mlp(D, seen())[0]
        return -np.logaddexp(0, u).mean() if kind == "minimax" else np.logaddexp(0, -u).mean()

    def hers():
        return adversarial.discriminator_gradient(D, real, seen())[1]

    for params, loss, grads in (
        (G, his, adversarial.generator_gradient(G, D, z, kind, noise, pack)),
        (D, hers, adversarial.discriminator_gradient(D, real, seen())[0]),
    ):
        for name, value in params.items():
            way = rng.standard_normal(value.shape)
            old, ends = value.copy(), []
            for h in (1e-6, -1e-6):
                value[...] = old + h * way
                ends.append(loss())
            value[...] = old
            assert (ends[0] - ends[1]) / 2e-6 == pytest.approx((grads[name] * way).sum(), abs=1e-6)


def test_places_are_counted():
    x = adversarial.ring(RNG(1), 4000)
    found, good = adversarial.modes_found(x)
    assert found == 8 and good > 0.98
    assert adversarial.modes_found(x[x[:, 0] > 0.9])[0] == 1
    assert adversarial.modes_found(0 * x) == (0, 0.0)


def test_two_halves_of_one_set_cannot_be_told_apart():
    x = RNG(2).standard_normal((1000, 3))
    assert abs(table.told_apart(x[:500], x[500:]) - 50) < 6
    assert table.told_apart(x[:500], x[500:] + 100) == 100


def test_the_table_is_whole():
    runs = table.load()
    for task, ways in gan_runs.WAYS.items():
        for way in ways:
            found = table.fresh(runs, task, way)
            assert len(found) == (5 if task == "ring" else 3)
            assert {r.rate for r in found} == {table.tuned(runs, task, way)}
            steps = gan_runs.STEPS[task] // gan_runs.EVERY
            assert all(len(r.found) == len(r.good) == steps for r in found)


@pytest.mark.parametrize("way", ["minimax", "two at once", "noise on both", "averaged"])
def test_a_short_training_runs(way):
    row, params = gan_runs.run("ring", way, 1e-3, 0, steps=500)
    assert row[:4] == ("ring", way, 1e-3, 0) and np.isfinite(float(row[6]))
    assert adversarial.generate(params, RNG(0), 3).shape == (3, 2)


def test_bad_arguments_are_named():
    with pytest.raises(TypeError, match="rng:"):
        adversarial.learn(adversarial.ring, 0, 1, adversarial.Settings())
    with pytest.raises(ValueError, match="kind: expected one of"):
        G, D, _ = adversarial.init_players(RNG(0), 2, adversarial.Settings())
        adversarial.generator_gradient(G, D, np.ones((2, 4)), "hinge", 0.0, 1)
    with pytest.raises(ValueError, match="pack: expected a divisor"):
        adversarial.packed(np.ones((4, 2)), 3)
    with pytest.raises(ValueError, match="fake: expected shape"):
        table.told_apart(np.ones((4, 2)), np.ones((3, 2)))
    with pytest.raises(ValueError, match="n: expected"):
        adversarial.generate(G, RNG(0), 0)
