import numpy as np
import pytest
from byhand.check import check_gradients
from byhand.kernel_regression import kernel_regression, kernel_regression_backward
from layer_checks import assert_equals_torch


def case(T, S, D, A):
    rng = np.random.default_rng([T, S, D, A])
    params = {name: rng.standard_normal((D, A)) for name in ("W_q", "W_k")}
    return params, rng.standard_normal((T, D)), rng.standard_normal((S, D)), rng.standard_normal(S)


def by_torch(params, x, x_known, y_known):
    import torch

    q, k = x @ params["W_q"], x_known @ params["W_k"]
    return torch.softmax(-((q[:, None] - k[None]) ** 2).sum(-1) / 2, dim=1) @ y_known


@pytest.mark.parametrize("sizes", [(3, 4, 2, 5), (1, 1, 1, 1), (5, 2, 3, 1)])
def test_gradients(sizes):
    args = case(*sizes)
    check_gradients(kernel_regression, kernel_regression_backward, *args, verbose=False)
    assert_equals_torch(kernel_regression, kernel_regression_backward, by_torch, *args, slack=10)


def test_mask_and_width():
    _, x, _, y = case(4, 4, 1, 1)
    width = {"W_q": np.eye(1) / 0.3, "W_k": np.eye(1) / 0.3}
    out, cache = kernel_regression(width, x, x, y, ~np.eye(4, dtype=bool))
    for t in range(4):
        w = np.array(
            [0 if s == t else np.exp(-(((x[t, 0] - x[s, 0]) / 0.3) ** 2) / 2) for s in range(4)]
        )
        np.testing.assert_allclose(cache.weights[t], w / w.sum())
        np.testing.assert_allclose(out[t], w @ y / w.sum())


def test_wrong_shape():
    params, x, x_known, y = case(3, 4, 2, 5)
    with pytest.raises(ValueError, match="y_known"):
        kernel_regression(params, x, x_known, y[:2])
