"""The tape and the dual numbers: equal to by-hand gradients, to differences and to torch."""

import numpy as np
import pytest
import torch
from byhand import activations, arithmetic, losses, lstm, mlp
from byhand.autodiff import Var, gradients, primitive, tape, variables
from byhand.check import check_gradients, numerical_gradient
from byhand.dual import Dual
from hypothesis import given, settings
from hypothesis import strategies as st

PAIRS = [
    (arithmetic.add, arithmetic.add_backward, (3, 4), (4,)),
    (arithmetic.add, arithmetic.add_backward, (3, 1), (2, 1, 5)),
    (arithmetic.multiply, arithmetic.multiply_backward, (3, 4), (3, 1)),
    (arithmetic.multiply, arithmetic.multiply_backward, (2,), (3, 1)),
    (arithmetic.matmul, arithmetic.matmul_backward, (3, 4), (4, 2)),
    (arithmetic.matmul, arithmetic.matmul_backward, (5, 3, 4), (4, 2)),
    (arithmetic.matmul, arithmetic.matmul_backward, (5, 1, 3, 4), (6, 4, 2)),
    (arithmetic.exp, arithmetic.exp_backward, (2, 3)),
    (arithmetic.total, arithmetic.total_backward, (2, 3)),
]


@pytest.mark.parametrize(("forward", "backward", "shapes"), [(f, b, s) for f, b, *s in PAIRS])
def test_primitives(forward, backward, shapes):
    rng = np.random.default_rng(0)
    check_gradients(
        forward, backward, *(rng.standard_normal(shape) for shape in shapes), verbose=False
    )


def test_power_and_log():
    a = np.random.default_rng(1).uniform(0.5, 2, (2, 3))
    cube, cube_backward = (
        lambda a: arithmetic.power(a, 3),
        lambda dc, c: arithmetic.power_backward(dc, c)[0],
    )
    check_gradients(cube, cube_backward, a, verbose=False)
    check_gradients(arithmetic.log, arithmetic.log_backward, a, verbose=False)


def formula(x, y):
    """Something with every operator, a value used twice and constants on both sides."""
    z = (x * y + 2.0) / (1.0 + x * x) - 3.0 * y
    return (z * z - z.exp() * 0.1 + (1.0 - x) ** 2 + (x * x + 1.0).log() - x).sum()


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6))
def test_formula_equals_differences_and_torch(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((2, 3)), rng.standard_normal(3)
    vars_ = {"x": Var(x), "y": Var(y)}
    by_tape = gradients(formula(**vars_), vars_)
    x_t, y_t = torch.tensor(x, requires_grad=True), torch.tensor(y, requires_grad=True)
    formula(x_t, y_t).backward()
    np.testing.assert_allclose(by_tape["x"], x_t.grad, rtol=1e-10)
    np.testing.assert_allclose(by_tape["y"], y_t.grad, rtol=1e-10)
    numeric = numerical_gradient(lambda: float(formula(Var(x), Var(y)).value), x)
    np.testing.assert_allclose(by_tape["x"], numeric, rtol=1e-4, atol=1e-6)
    direction = rng.standard_normal((2, 3))
    along = formula(Dual(x, direction), Dual(y)).dx
    np.testing.assert_allclose(along, (by_tape["x"] * direction).sum(), rtol=1e-9)


def test_network_equals_by_hand():
    rng = np.random.default_rng(0)
    params, X, labels = (
        mlp.init_mlp(rng, (3, 5, 4)),
        rng.standard_normal((6, 3)),
        rng.integers(0, 4, 6),
    )
    linear = primitive(mlp.linear, mlp.linear_backward)
    relu = primitive(activations.relu, activations.relu_backward)
    loss_of = primitive(
        losses.cross_entropy, lambda d, c: (losses.cross_entropy_backward(d, c), None)
    )
    p = variables(params)
    h = relu(linear({"W": p["0.W"], "b": p["0.b"]}, X))
    loss = loss_of(linear({"W": p["1.W"], "b": p["1.b"]}, h), labels)
    z, cache = mlp.mlp(params, X)
    by_hand, loss_cache = losses.cross_entropy(z, labels)
    grads, _ = mlp.mlp_backward(losses.cross_entropy_backward(1.0, loss_cache), cache)
    assert loss.value == by_hand
    for name, grad in gradients(loss, p).items():
        np.testing.assert_allclose(grad, grads[name], rtol=1e-14)
    assert [entry.name for entry in tape(loss)] == ["linear", "relu", "linear", "cross_entropy"]


def test_several_outputs_and_an_unused_one():
    rng = np.random.default_rng(2)
    params = lstm.init_lstm(rng, 3, 4)
    x, h, c = rng.standard_normal((2, 3)), rng.standard_normal((2, 4)), rng.standard_normal((2, 4))
    cell = primitive(lstm.lstm_cell, lstm.lstm_cell_backward)
    h_var = Var(h)
    h1, _ = cell(variables(params), x, h_var, c)  # the new c is not used
    grad = gradients((h1 * h1).sum(), h_var)
    numeric = numerical_gradient(lambda: float((lstm.lstm_cell(params, x, h, c)[0] ** 2).sum()), h)
    np.testing.assert_allclose(grad, numeric, rtol=1e-6, atol=1e-9)


def test_shared_and_unused_leaves():
    x, y = Var(np.array([2.0, 3.0])), Var(1.0)
    assert gradients((x * x + x).sum(), x).tolist() == [5.0, 7.0]
    assert gradients((x * 2.0).sum(), y) == 0.0
    assert gradients(x.sum(), {"x": x, "y": y})["x"].tolist() == [1.0, 1.0]


def test_a_second_call_gives_the_same():
    x = Var(np.array([1.0, 2.0]))
    loss = (x * x).sum()
    assert np.array_equal(gradients(loss, x), gradients(loss, x))


def test_gradient_of_a_value_in_the_middle():
    x = Var(2.0)
    middle = x * x
    loss = middle * middle + middle
    assert gradients(loss, middle) == 9.0 and gradients(loss, x) == 36.0


def test_long_chains_do_not_recurse():
    x = y = Var(1.0)
    for _ in range(5000):
        y = y + 1e-3
    assert gradients(y, x) == 1.0


def test_bad_input():
    x = Var(np.ones(3))
    with pytest.raises(ValueError, match=r"loss: expected a single number, got shape \(3,\)"):
        gradients(x * 2.0, x)
    with pytest.raises(TypeError, match="loss, wrt: expected a Var"):
        gradients(x.sum(), np.ones(3))
    with pytest.raises(TypeError, match="value: expected numbers, got str 'text'"):
        Var("text")
    with pytest.raises(TypeError, match="got a Var"):
        Var(x)


@pytest.mark.parametrize("shapes", [((3, 4), (4,)), ((4,), (4, 2)), ((4,), (4,))])
def test_matmul_refuses_vectors_at_once(shapes):
    """Not only in the backward pass, where the error would name nothing."""
    A, B = map(np.ones, shapes)
    with pytest.raises(ValueError, match="expected matrices"):
        arithmetic.matmul(A, B)
