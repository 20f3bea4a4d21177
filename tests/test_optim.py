import numpy as np
import pytest
import torch
from byhand.optim import adam_step, adamw_step, momentum_step, nesterov_step, rmsprop_step, sgd_step
from layer_checks import relative

CASES = [
    (sgd_step, dict(lr=0.1), torch.optim.SGD, dict(lr=0.1)),
    (momentum_step, dict(lr=0.1, mu=0.8), torch.optim.SGD, dict(lr=0.1, momentum=0.8)),
    (
        nesterov_step,
        dict(lr=0.1, mu=0.8),
        torch.optim.SGD,
        dict(lr=0.1, momentum=0.8, nesterov=True),
    ),
    (rmsprop_step, dict(lr=0.01, rho=0.8), torch.optim.RMSprop, dict(lr=0.01, alpha=0.8)),
    (
        adam_step,
        dict(lr=0.01, beta1=0.8, beta2=0.95),
        torch.optim.Adam,
        dict(lr=0.01, betas=(0.8, 0.95)),
    ),
    (adamw_step, dict(lr=0.01, decay=0.1), torch.optim.AdamW, dict(lr=0.01, weight_decay=0.1)),
]


@pytest.mark.parametrize(
    ("step", "options", "theirs", "their_options"), CASES, ids=[c[0].__name__ for c in CASES]
)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_ten_steps_equal_torch_and_nothing_changes_in_place(
    step, options, theirs, their_options, dtype, tolerance
):
    rng = np.random.default_rng(0)
    params = {
        "W": rng.standard_normal((3, 4)).astype(dtype),
        "b": rng.standard_normal(5).astype(dtype),
    }
    tensors = {name: torch.tensor(w, requires_grad=True) for name, w in params.items()}
    optimiser = theirs(tensors.values(), **their_options)
    state = None
    for _ in range(10):
        grads = {
            name: (2 * rng.standard_normal(w.shape)).astype(dtype) for name, w in params.items()
        }
        before = {name: w.copy() for name, w in params.items()}
        old, (params, state) = params, step(params, grads, state, **options)
        assert all(np.array_equal(old[name], before[name]) for name in old)
        for name, tensor in tensors.items():
            tensor.grad = torch.tensor(grads[name])
        optimiser.step()
    for name, tensor in tensors.items():
        assert params[name].dtype == dtype and relative(params[name], tensor.detach()) < tolerance


@pytest.mark.parametrize("step", [case[0] for case in CASES])
def test_an_array_is_treated_like_a_dict(step):
    rng = np.random.default_rng(1)
    w, state, states = rng.standard_normal(3), None, None
    params = {"w": w}
    for _ in range(3):
        g = rng.standard_normal(3)
        w, state = step(w, g, state)
        params, states = step(params, {"w": g}, states)
    assert np.array_equal(w, params["w"])


def test_the_state_can_be_used_twice():
    w, g = np.ones(2), np.array([1.0, -2.0])
    _, state = adam_step(w, g)
    assert np.array_equal(adam_step(w, g, state)[0], adam_step(w, g, state)[0]) and state.t == 1


def test_adams_first_step_is_the_learning_rate_whatever_the_gradient():
    w, _ = adam_step(np.zeros(3), np.array([1e-3, -5.0, 100.0]), lr=0.01)
    assert np.allclose(w, [-0.01, 0.01, -0.01], rtol=1e-4)


def test_adamw_decays_only_what_is_named():
    params, grads = {"W": np.ones(2), "b": np.ones(2)}, {"W": np.zeros(2), "b": np.zeros(2)}
    new, _ = adamw_step(params, grads, lr=0.1, decay=0.5, decayed=("W",))
    assert np.allclose(new["W"], 0.95) and np.allclose(new["b"], 1)
    assert np.allclose(adamw_step(np.ones(2), np.zeros(2), lr=0.1, decay=0.5)[0], 0.95)


@pytest.mark.parametrize("step", [case[0] for case in CASES])
@pytest.mark.parametrize(
    ("params", "grads", "options", "error", "message"),
    [
        (
            {"W": np.ones(2)},
            {"b": np.ones(2)},
            {},
            ValueError,
            "grads: expected the names of params, but W, b",
        ),
        (
            {"W": np.ones(2)},
            {"W": np.ones((2, 1))},
            {},
            ValueError,
            r'grads\["W"\]: expected shape \(2,\)',
        ),
        (np.ones(2), np.ones(3), {}, ValueError, r"grads: expected shape \(2,\), got \(3,\)"),
        (np.ones(2), {"W": np.ones(2)}, {}, TypeError, "grads: expected an array"),
        (np.ones(2), np.ones(2), {"lr": "a"}, TypeError, "lr: expected a number"),
        (np.ones(2), np.ones(2), {"lr": -1}, ValueError, "lr: expected a number of at least 0"),
    ],
)
def test_bad_input_is_named(step, params, grads, options, error, message):
    with pytest.raises(error, match=message):
        step(params, grads, **options)
