import numpy as np
import pytest
from byhand.check import check_gradients
from byhand.tagger import init_tagger, tagger, tagger_backward, window, window_backward

TOKENS, LENGTHS = np.array([[5, 2, 7, 1], [4, 6, 0, 0], [3, 3, 3, 0]]), np.array([4, 2, 3])


@pytest.mark.parametrize("core", ["window", "rnn", "birnn"])
@pytest.mark.parametrize("with_features", [False, True])
def test_gradients(core, with_features):
    rng = np.random.default_rng(0)
    features = rng.standard_normal((8, 5)) if with_features else None
    params = init_tagger(rng, 5 if with_features else 8, 3, 4, 6, core)
    params = {
        name: value + 0.3 * rng.standard_normal(value.shape) for name, value in params.items()
    }
    check_gradients(
        lambda p: tagger(p, TOKENS, LENGTHS, core, features),
        lambda d, cache: (tagger_backward(d, cache),),
        params,
        verbose=False,
    )


@pytest.mark.parametrize("radius", [0, 1, 2])
def test_a_window_sees_its_neighbours_only(radius):
    rng = np.random.default_rng(0)
    D, H = 3, 4
    params = {"W": rng.standard_normal(((2 * radius + 1) * D, H)), "b": rng.standard_normal(H)}
    x = rng.standard_normal((2, 7, D))
    check_gradients(window, window_backward, params, x, verbose=False)
    moved = x.copy()
    moved[:, 3] += 1
    changed = np.abs(window(params, moved)[0] - window(params, x)[0]).max(axis=(0, 2)) > 1e-12
    assert changed.tolist() == [abs(t - 3) <= radius for t in range(7)]


@pytest.mark.parametrize("core", ["window", "rnn", "birnn"])
def test_padding_changes_nothing(core):
    params = init_tagger(np.random.default_rng(0), 8, 3, 4, 6, core)
    scores, _ = tagger(params, TOKENS, LENGTHS, core)
    for row, tokens, length in zip(scores, TOKENS, LENGTHS, strict=True):
        alone, _ = tagger(params, tokens[None, :length], np.array([length]), core)
        assert np.allclose(row[:length], alone[0], rtol=1e-13, atol=1e-13)


def test_an_unknown_core_is_named():
    with pytest.raises(ValueError, match="core"):
        tagger(init_tagger(np.random.default_rng(0), 8, 3, 4, 6), TOKENS, LENGTHS, "gru")


def sizes(core, **options):
    """The shapes of the parameters for V = 8, D = 3, H = 4, C = 6."""
    params = init_tagger(np.random.default_rng(0), 8, 3, 4, 6, core, **options)
    return {name: w.shape for name, w in params.items()}


@pytest.mark.parametrize(("options", "rows"), [({}, 9), ({"radius": 0}, 3), ({"radius": 2}, 15)])
def test_a_window_of_radius_r_has_2r_plus_1_places(options, rows):
    ends = {"embed.E": (8, 3), "out.W": (4, 6), "out.b": (6,)}
    assert sizes("window", **options) == ends | {"core.W": (rows, 4), "core.b": (4,)}


def test_both_directions_share_the_units():
    assert sizes("rnn")["core.W_h"] == (4, 4)
    assert {sizes("birnn")[f"core.{way}.W_h"] for way in ("there", "back")} == {(2, 2)}


def test_starts():
    params = init_tagger(np.random.default_rng(0), 900, 100, 150, 50, "window", 1, np.float32)
    assert {w.dtype for w in params.values()} == {np.dtype(np.float32)}
    assert not params["core.b"].any() and not params["out.b"].any()
    deviations = {"embed.E": 100**-0.5, "core.W": (2 / 450) ** 0.5, "out.W": (2 / 200) ** 0.5}
    for name, deviation in deviations.items():
        assert params[name].std() == pytest.approx(deviation, rel=0.02), name
