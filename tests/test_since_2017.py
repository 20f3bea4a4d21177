"""Side road 17s: each change equal to differences, tape and torch, and the switches of the small
decoder."""

import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from byhand.attention import scaled_dot_product_attention
from byhand.autodiff import Var, gradients, primitive
from byhand.check import check_gradients
from byhand.data import since_2017 as table
from byhand.masks import causal_mask
from byhand.pt import since_2017 as pt
from byhand.since_2017 import (
    gated_feed_forward,
    gated_feed_forward_backward,
    grouped_attention,
    grouped_attention_backward,
    rms_norm,
    rms_norm_backward,
)
from layer_checks import relative

sys.path.insert(0, str(__import__("pathlib").Path(__file__).parents[1] / "tools"))
import since_2017 as command  # noqa: E402

RNG = np.random.default_rng(0)
X = RNG.standard_normal((2, 5, 4))
QKV = RNG.standard_normal((2, 4, 5, 3)), *RNG.standard_normal((2, 2, 2, 5, 3))
GAMMA = {"gamma": RNG.standard_normal(4)}
GATED = {"W_1": RNG.standard_normal((4, 6)), "W_3": RNG.standard_normal((4, 6))}
GATED |= {"W_2": RNG.standard_normal((6, 4))}


def test_equal_to_differences():
    check_gradients(rms_norm, rms_norm_backward, GAMMA, X, verbose=False)
    check_gradients(gated_feed_forward, gated_feed_forward_backward, GATED, X, verbose=False)
    check_gradients(grouped_attention, grouped_attention_backward, *QKV, verbose=False)


def test_equal_to_the_tape():
    weight = RNG.standard_normal((2, 4, 5, 3))
    leaves = [Var(x) for x in QKV]
    pair = primitive(grouped_attention, grouped_attention_backward)
    loss = (pair(*leaves) * weight).sum()
    _, cache = grouped_attention(*QKV)
    for leaf, by_hand in zip(leaves, grouped_attention_backward(weight, cache), strict=True):
        assert relative(gradients(loss, leaf), by_hand) < 1e-13


def test_equal_to_torchs_own():
    x = torch.tensor(X, requires_grad=True)
    norm = torch.nn.RMSNorm(4, eps=1e-5, dtype=torch.float64)
    norm.weight.data = torch.tensor(GAMMA["gamma"])
    out, cache = rms_norm(GAMMA, X)
    theirs = norm(x)
    assert relative(out, theirs.detach().numpy()) < 1e-12
    theirs.sum().backward()
    assert relative(rms_norm_backward(np.ones_like(X), cache)[1], x.grad.numpy()) < 1e-12
    leaves = [torch.tensor(a, requires_grad=True) for a in QKV]
    theirs = F.scaled_dot_product_attention(*leaves, is_causal=True, enable_gqa=True)
    out, cache = grouped_attention(*QKV, causal_mask(5))
    assert relative(out, theirs.detach().numpy()) < 1e-12
    theirs.sum().backward()
    for leaf, mine in zip(
        leaves, grouped_attention_backward(np.ones_like(out), cache), strict=True
    ):
        assert relative(mine, leaf.grad.numpy()) < 1e-12


def test_as_many_key_heads_as_query_heads_is_plain_attention():
    Q = QKV[0]
    out, _ = grouped_attention(Q, Q, Q)
    assert np.array_equal(out, scaled_dot_product_attention(Q, Q, Q)[0])


def test_rms_norm_keeps_the_mean_and_forgets_the_size():
    assert relative(rms_norm(GAMMA, 10 * X, eps=0)[0], rms_norm(GAMMA, X, eps=0)[0]) < 1e-13
    one = {"gamma": np.ones(4)}
    assert np.square(rms_norm(one, X, eps=0)[0]).mean(axis=-1) == pytest.approx(1)
    assert np.abs(rms_norm(one, X + 5)[0].mean(axis=-1)).min() > 0.5


@pytest.mark.parametrize("form", pt.FORMS)
def test_forms_are_equally_large_and_causal(form):
    torch.manual_seed(0)
    model = pt.Decoder(20, 16, 64, 4, 2, form).double()
    size = sum(w.numel() for b in model.blocks for w in b.parameters() if w.dim() == 2)
    assert abs(size / (2 * 12 * 64 * 64) - 1) < 0.01, (form, size)
    tokens = torch.randint(0, 20, (1, 9))
    other = tokens.clone()
    other[0, 6:] = 1 + (other[0, 6:] + 3) % 19
    before, after = model.logits(tokens), model.logits(other)
    assert torch.allclose(before[0, :6], after[0, :6]) and not torch.allclose(before, after)
    has_bias = any("bias" in name for name, _ in model.named_parameters())
    assert has_bias == pt.FORMS[form].get("biases", True)
    assert hasattr(model, "P") == (pt.FORMS[form].get("positions") != "rotary")


def test_the_table_is_whole():
    runs = table.load()
    wanted = {(f, r, s) for f in pt.FORMS for r in command.RATES for s in table.SEEDS}
    assert {r[:3] for r in runs} == wanted and len(runs) == len(wanted)
    assert {r.steps for r in runs} == {command.STEPS}


def test_a_row_is_made_again_small():
    tokens = [np.tile(np.arange(8), 40)] * 3
    row = command.run("all five", tokens, 8, [320] * 3, 0.003, 0, steps=40)
    assert row[3] == 40 and row[5] < 2.0


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="Q: expected a multiple of the key heads"):
        grouped_attention(X[:, None].repeat(3, 1), X[:, None].repeat(2, 1), X[:, None].repeat(2, 1))
    with pytest.raises(ValueError, match="x: expected shape|gamma"):
        rms_norm(GAMMA, X[..., :3])
