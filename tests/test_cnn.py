"""LeNet and its twin, the pictures it is trained on, and the first layer's receptive field."""

import numpy as np
import pytest
import torch
from byhand.check import check_gradients
from byhand.data.digits import load_digits
from byhand.data.images import frame, random_shifts, shifted
from byhand.lenet import init_lenet, lenet, lenet_backward, map_size
from byhand.params import count
from byhand.pt.lenet import Lenet
from layer_checks import relative

SMALL = {"size": 12, "kernel": 3, "padding": 1, "channels": (2, 3, 4), "head": (7, 5)}
CASES = [  # what init_lenet is given, and the padding, activation and pool of the pass
    (SMALL, "relu", "max"),
    (SMALL, "tanh", "average"),
    ({"size": 32}, "relu", "max"),
    ({"size": 28, "padding": 2}, "tanh", "average"),
    ({"size": 9, "kernel": 2, "channels": (1, 3), "head": (4,)}, "sigmoid", "max"),
]


def with_biases(rng, params):
    """The parameters with biases that are not zero: a forgotten bias would not be seen."""
    return {n: v + 0.1 * rng.standard_normal(v.shape).astype(v.dtype) for n, v in params.items()}


@pytest.mark.parametrize(("sizes", "activation", "pool"), CASES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_twin_and_autograd(sizes, activation, pool, dtype, tolerance):
    rng = np.random.default_rng(5)
    params = with_biases(rng, init_lenet(rng, **sizes, dtype=dtype))
    C, size = sizes.get("channels", (1,))[0], sizes["size"]
    x = rng.standard_normal((3, C, size, size)).astype(dtype)
    twin = Lenet(**sizes, activation=activation, pool=pool).to(
        torch.float64 if dtype == np.float64 else torch.float32
    )
    twin.load_state_dict({name: torch.tensor(value) for name, value in params.items()})
    x_t = torch.tensor(x, requires_grad=True)
    z_t = twin(x_t)
    z, cache = lenet(params, x, sizes.get("padding", 0), activation, pool)
    dz = rng.standard_normal(z.shape).astype(dtype)
    z_t.backward(torch.tensor(dz))
    grads, dx = lenet_backward(dz, cache)
    assert list(grads) == list(params)
    pairs = {"z": (z, z_t.detach()), "dx": (dx, x_t.grad)}
    pairs |= {name: (grads[name], p.grad) for name, p in twin.named_parameters()}
    for name, (ours, theirs) in pairs.items():
        assert ours.dtype == dtype and relative(ours, theirs) <= tolerance, name


def test_gradients_by_differences():
    rng = np.random.default_rng(2)
    params = with_biases(rng, init_lenet(rng, **SMALL))
    x = rng.standard_normal((2, 2, 12, 12))
    check_gradients(lambda p, x: lenet(p, x, 1, "tanh"), lenet_backward, params, x, verbose=False)


def test_lenet_5_has_61706_parameters():
    params = init_lenet(np.random.default_rng(0))
    layers = {name.rpartition(".")[0]: 0 for name in params}
    for name, value in params.items():
        layers[name.rpartition(".")[0]] += value.size
    assert list(layers.values()) == [156, 2416, 48120, 10164, 850]
    assert count(params) == 61706 == sum(p.numel() for p in Lenet().parameters())
    assert lenet(params, np.zeros((1, 1, 32, 32)))[0].shape == (1, 10)


def test_equal_to_torchs_own_layers():
    rng = np.random.default_rng(1)
    params, nn = with_biases(rng, init_lenet(rng)), torch.nn
    block = lambda C, O: [nn.Conv2d(C, O, 5), nn.ReLU(), nn.MaxPool2d(2)]  # noqa: E731
    head = [nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)]
    own = nn.Sequential(*block(1, 6), *block(6, 16), nn.Flatten(), *head).double()
    # torch's Linear stores the transpose
    ours = [v.T if v.ndim == 2 else v for v in params.values()]
    with torch.no_grad():
        for theirs, value in zip(own.parameters(), ours, strict=True):
            theirs.copy_(torch.tensor(value))
    x = rng.standard_normal((2, 1, 32, 32))
    assert relative(lenet(params, x)[0], own(torch.tensor(x)).detach()) < 1e-12


def test_inputs_stay():
    rng = np.random.default_rng(0)
    params, x = init_lenet(rng, **SMALL), rng.standard_normal((2, 2, 12, 12))
    before = {n: v.copy() for n, v in params.items()} | {"x": x.copy()}
    z, cache = lenet(params, x, 1)
    first, _ = lenet_backward(z, cache)
    again, _ = lenet_backward(z, cache)
    assert all(np.array_equal(before[n], v) for n, v in (params | {"x": x}).items())
    assert all(np.array_equal(first[n], again[n]) for n in first)


def test_wrong_inputs_say_so():
    rng = np.random.default_rng(0)
    params, x = init_lenet(rng), np.zeros((2, 1, 32, 32))
    with pytest.raises(ValueError, match=r"pool: expected one of 'max', 'average', got str 'min'"):
        lenet(params, x, pool="min")
    with pytest.raises(ValueError, match=r"x: expected shape \(N, C, H, W\), got \(2, 32, 32\)"):
        lenet(params, x[:, 0])
    with pytest.raises(ValueError, match=r"C = 2 from x"):
        lenet(params, np.zeros((2, 2, 32, 32)))
    with pytest.raises(ValueError, match="D_in = "):  # other pictures than the head was made for
        lenet(params, np.zeros((2, 1, 28, 28)))
    with pytest.raises(ValueError, match="names that begin with 'conv.'"):
        lenet({"W": x}, x)
    with pytest.raises(ValueError, match="channels: expected a tuple of at least 2"):
        init_lenet(rng, channels=(1,))
    with pytest.raises(ValueError, match="head: expected a tuple of at least 1, got tuple"):
        init_lenet(rng, head=())
    with pytest.raises(TypeError, match="rng: expected a generator"):
        init_lenet(0)
    with pytest.raises(ValueError, match="at least 5 pixels"):
        map_size(8, 5)


def test_frame():
    x = np.arange(4.0).reshape(1, 1, 2, 2)
    assert frame(x, 2, 1)[0, 0].tolist() == [
        [0, 0, 0, 0, 0, 0],
        [0, 0, 0, 1, 1, 0],
        [0, 0, 0, 1, 1, 0],
        [0, 2, 2, 3, 3, 0],
        [0, 2, 2, 3, 3, 0],
        [0, 0, 0, 0, 0, 0],
    ]
    assert frame(load_digits(images=True).X[:3]).shape == (3, 1, 32, 32)
    with pytest.raises(ValueError, match="pictures: expected shape"):
        frame(x[0])


def test_shifted():
    x = np.arange(1.0, 7).reshape(1, 1, 2, 3)
    assert shifted(x)[0, 0].tolist() == x[0, 0].tolist()
    assert shifted(x, 0, 1)[0, 0].tolist() == [[0, 1, 2], [0, 4, 5]]
    assert shifted(x, 1, -2)[0, 0].tolist() == [[0, 0, 0], [3, 0, 0]]
    assert shifted(x, -1, 0)[0, 0].tolist() == [[4, 5, 6], [0, 0, 0]]
    assert not shifted(x, 2, 0).any()
    with pytest.raises(TypeError, match="right: expected a whole number"):
        shifted(x, 0, 0.5)


def test_random_shifts():
    x = np.zeros((900, 1, 7, 7))
    x[:, :, 3, 3] = 1
    moved = random_shifts(np.random.default_rng(0), x, 1)
    assert np.array_equal(moved.sum(axis=(1, 2, 3)), np.ones(900))
    times = moved.sum(axis=(0, 1))
    # nine shifts, 100 times each
    assert (times[2:5, 2:5] > 70).all() and times[2:5, 2:5].sum() == 900
    assert np.array_equal(random_shifts(np.random.default_rng(0), x, 0), x)
    each = [shifted(x[:1], i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    assert all(any(np.array_equal(one, m[0]) for m in each) for one in moved[:20])
    with pytest.raises(TypeError, match="rng"):
        random_shifts(0, x, 1)
