"""PyTorch twins: equal outputs, the by-hand backward equals autograd, torch's own layers agree."""

import numpy as np
import pytest
import torch
from byhand.mlp import init_mlp, mlp, mlp_backward
from byhand.pt.mlp import MLP


def to_torch(params):
    """The NumPy parameters as a state_dict."""
    return {name: torch.tensor(value) for name, value in params.items()}


@pytest.mark.parametrize("activation", ["identity", "sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("sizes", [(3, 2), (4, 5, 3), (2, 6, 5, 4)])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_mlp_twin(activation, sizes, dtype, tolerance):
    rng = np.random.default_rng(3)
    params = init_mlp(rng, sizes, dtype=dtype)
    params = {n: v + 0.1 * rng.standard_normal(v.shape).astype(dtype) for n, v in params.items()}
    x, dz = (
        rng.standard_normal((7, sizes[0])).astype(dtype),
        rng.standard_normal((7, sizes[-1])).astype(dtype),
    )
    twin = MLP(sizes, activation).to(torch.float64 if dtype == np.float64 else torch.float32)
    twin.load_state_dict(to_torch(params))
    x_t = torch.tensor(x, requires_grad=True)
    z_t = twin(x_t)
    z, cache = mlp(params, x, activation)
    z_t.backward(torch.tensor(dz))
    grads, dx = mlp_backward(dz, cache)
    pairs = {"z": (z, z_t), "dx": (dx, x_t.grad)} | {
        n: (grads[n], p.grad) for n, p in twin.named_parameters()
    }
    for name, (ours, theirs) in pairs.items():
        theirs = theirs.detach().numpy()
        assert (
            ours.dtype == dtype and np.abs(ours - theirs).max() <= tolerance * np.abs(theirs).max()
        ), name


def test_mlp_equals_torch_layers():
    params = init_mlp(np.random.default_rng(0), (3, 5, 2))
    own = torch.nn.Sequential(
        torch.nn.Linear(3, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2)
    ).double()
    own.load_state_dict({
        "0.weight": torch.tensor(params["0.W"].T), "0.bias": torch.tensor(params["0.b"]),
        "2.weight": torch.tensor(params["1.W"].T), "2.bias": torch.tensor(params["1.b"]),
    })  # fmt: skip
    x = np.random.default_rng(1).standard_normal((4, 3))
    np.testing.assert_allclose(mlp(params, x)[0], own(torch.tensor(x)).detach().numpy(), rtol=1e-12)
