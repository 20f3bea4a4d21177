"""The page of conventions: its blocks run, its converters agree with torch,
it covers what differs."""

import re

import numpy as np
import pytest
import torch
from byhand import conventions
from byhand.conv import conv2d
from byhand.losses import cross_entropy
from byhand.optim import momentum_step, nesterov_step
from byhand.position import sinusoids
from conftest import ROOT
from scipy.signal import convolve2d
from torch.nn import functional

PAGE = (ROOT / "back" / "conventions.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S)
rng = np.random.default_rng(0)


def test_blocks_of_the_page_run_in_its_order():
    names = {}
    for number, block in enumerate(BLOCKS):
        exec(compile(block, f"conventions.md, block {number}", "exec"), names)
    assert len(BLOCKS) > 15


def test_every_row_of_the_table_leads_to_a_section():
    headings = {
        re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-")
        for h in re.findall("^## (.+)$", PAGE, re.M)
    }
    links = re.findall(r"\]\(#([\w-]+)\)", PAGE)
    assert set(links) == headings - {"at-a-glance"}


@pytest.mark.parametrize(
    "word",
    "cross-correlation|rows|renews|gate|pre-norm|post-norm|additive|smoothing|momentum|Nesterov|GELU|sinusoids"
    "|BatchNorm|Linear|reductions|biases|reset|1/2".replace("|", " ").split(),
)
def test_page_speaks_of(word):
    assert word.lower() in PAGE.lower()


def test_flipped_kernel_is_a_convolution():
    x, W = rng.standard_normal((1, 1, 5, 6)), rng.standard_normal((1, 1, 3, 2))
    flipped = {"W": conventions.flip_kernel(W), "b": np.zeros(1)}
    assert np.allclose(conv2d(flipped, x)[0][0, 0], convolve2d(x[0, 0], W[0, 0], mode="valid"))
    assert np.array_equal(conventions.flip_kernel(conventions.flip_kernel(W)), W)


def test_linear_weights():
    theirs = torch.nn.Linear(3, 2, bias=False)
    params = conventions.from_torch_linear(theirs.weight.detach())
    assert set(params) == {"W"} and np.array_equal(params["W"], theirs.weight.detach().numpy().T)


def test_keras_kernel_computes_what_channels_last_would():
    # channels last
    kernel, x = rng.standard_normal((2, 3, 4, 5)), rng.standard_normal((1, 6, 7, 4))
    W = torch.tensor(conventions.from_keras_kernel(kernel))
    y = functional.conv2d(torch.tensor(x).permute(0, 3, 1, 2), W)
    window = x[0, 1:3, 2:5]  # the one that begins at row 1, column 2
    assert np.allclose(y[0, :, 1, 2], np.tensordot(window, kernel, axes=3))


@pytest.mark.parametrize("form", ["keep", "hide", "numbers", "additive"])
def test_masks_of_every_form(form):
    keep = rng.random((2, 3, 4)) < 0.5
    forms = {
        "keep": keep,
        "hide": ~keep,
        "numbers": keep * 1,
        "additive": np.where(keep, 0.0, -1e9),
    }
    result = conventions.keep_mask(forms[form], form)
    assert result.dtype == bool and np.array_equal(result, keep)


def test_mask_of_an_unknown_form():
    with pytest.raises(ValueError, match="form: expected"):
        conventions.keep_mask(np.ones(3, bool), "drop")


def test_hide_form_is_that_of_multihead_attention():
    layer = torch.nn.MultiheadAttention(4, 1, batch_first=True, dtype=torch.float64)
    x, keep = torch.tensor(rng.standard_normal((1, 3, 4))), np.tri(3, dtype=bool)
    _, weights = layer(x, x, x, attn_mask=torch.tensor(~keep))
    assert np.array_equal(conventions.keep_mask((weights[0] == 0).numpy(), "hide"), keep)


@pytest.mark.parametrize(("eps", "K"), [(0.1, 5), (0.3, 2), (0.0, 7)])
def test_smoothing(eps, K):
    other = conventions.smoothing_of_others(eps, K)
    target = np.full((1, K), other / (K - 1))
    target[0, 1] = 1 - other
    scores = rng.standard_normal((1, K))
    theirs = functional.cross_entropy(torch.tensor(scores), torch.tensor(target))
    assert np.isclose(cross_entropy(scores, np.array([1]), smoothing=eps)[0], theirs)
    assert np.isclose(conventions.smoothing_of_all(other, K), eps)


def test_momentum_as_an_average():
    params, state, w, v = {"w": np.ones(3)}, None, np.ones(3), np.zeros(3)
    for _ in range(10):
        g = rng.standard_normal(3)
        v = 0.8 * v + 0.2 * g
        w = w - 0.3 * v
        rate = conventions.rate_for_sum(0.3, 0.8)
        params, state = momentum_step(params, {"w": g}, state, lr=rate, mu=0.8)
    assert np.allclose(params["w"], w)


def test_nesterov_from_both_places():
    params, state, w, v = {"w": np.ones(2)}, None, np.ones(2), np.zeros(2)
    h = np.array([1.0, 3.0])
    for _ in range(10):
        v = 0.9 * v + h * (w - 0.05 * 0.9 * v)
        w = w - 0.05 * v
        params, state = nesterov_step(params, {"w": h * params["w"]}, state, lr=0.05, mu=0.9)
    assert np.allclose(conventions.nesterov_before_the_jump(params, state.v, 0.05, 0.9)["w"], w)


def test_sinusoids_in_halves_and_back():
    P = sinusoids(6, 4)
    speeds = 10000.0 ** (-np.arange(2) / 2)
    angles = np.arange(6)[:, None] * speeds
    assert np.allclose(
        conventions.in_halves(P), np.concatenate([np.sin(angles), np.cos(angles)], axis=1)
    )
    assert np.array_equal(conventions.in_turn(conventions.in_halves(P)), P)
