"""The PyTorch twin of multi-head attention: equal to NumPy's,
to autograd and to torch's own layer."""

import numpy as np
import pytest
import torch
from byhand.masks import causal_mask, combine, length_mask
from byhand.pt.self_attention import MultiHead
from byhand.self_attention import init_multi_head, multi_head, multi_head_backward

B, T, S, D, N, K, D_KV = 3, 4, 5, 6, 2, 7, 8
MASKS = {
    "none": None,
    "padding": length_mask(np.array([5, 3, 1]), S),
    "causal": causal_mask(T, S),
    "both": combine(causal_mask(T, S), length_mask(np.array([5, 3, 1]), S)),
    "an empty row": combine(np.arange(T)[:, None] != 1, length_mask(np.array([5, 3, 2]), S)),
}


def pair(dtype=np.float64, **options):
    """NumPy parameters with non-zero biases, and a twin that holds the same."""
    rng = np.random.default_rng(4)
    params = init_multi_head(rng, D, N, dtype=dtype, **options)
    params = {n: v + 0.1 * rng.standard_normal(v.shape).astype(dtype) for n, v in params.items()}
    twin = MultiHead(D, N, **options).to(torch.float64 if dtype == np.float64 else torch.float32)
    twin.load_state_dict({name: torch.tensor(value) for name, value in params.items()})
    return params, twin


@pytest.mark.parametrize("need_weights", [False, True])
@pytest.mark.parametrize("mask", list(MASKS))
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_twin(mask, need_weights, dtype, tolerance):
    params, twin = pair(dtype, K=K, D_kv=D_KV)
    rng = np.random.default_rng(5)
    x_q, x_kv, dout = (
        rng.standard_normal(shape).astype(dtype) for shape in ((B, T, D), (B, S, D_KV), (B, T, D))
    )
    keep = MASKS[mask]
    out, cache = multi_head(params, x_q, x_kv, x_kv, N, keep)
    grads, dx_q, dx_k, dx_v = multi_head_backward(dout, cache)
    q, kv = torch.tensor(x_q, requires_grad=True), torch.tensor(x_kv, requires_grad=True)
    result = twin(q, kv, None if keep is None else torch.tensor(keep), need_weights)
    out_t, weights = result if need_weights else (result, None)
    out_t.backward(torch.tensor(dout))
    pairs = {"out": (out, out_t), "dx_q": (dx_q, q.grad), "dx_kv": (dx_k + dx_v, kv.grad)}
    pairs |= {name: (grads[name], p.grad) for name, p in twin.named_parameters()}
    if need_weights:
        pairs["weights"] = (cache.weights, weights)
    scale = max(np.abs(g).max() for g in grads.values())  # b_k's gradient is 0 but for rounding
    for name, (ours, theirs) in pairs.items():
        assert np.abs(ours - theirs.detach().numpy()).max() <= tolerance * scale, name


@pytest.mark.parametrize("mask", ["none", "padding", "causal", "both"])
def test_equals_torch_layer(mask):
    params, twin = pair()
    own = torch.nn.MultiheadAttention(D, N, batch_first=True, dtype=torch.float64)
    own.load_state_dict({
        "in_proj_weight": torch.tensor(np.vstack([params[f"W_{name}"].T for name in "qkv"])),
        "in_proj_bias": torch.tensor(np.concatenate([params[f"b_{name}"] for name in "qkv"])),
        "out_proj.weight": torch.tensor(params["W_o"].T), "out_proj.bias": torch.tensor(params["b_o"]),
    })  # fmt: skip
    rng = np.random.default_rng(6)
    x_q, x_kv = (
        torch.tensor(rng.standard_normal((B, T, D))),
        torch.tensor(rng.standard_normal((B, S, D))),
    )
    keep = (
        None
        if MASKS[mask] is None
        else torch.tensor(np.broadcast_to(MASKS[mask], (B, T, S)).copy())
    )
    hidden = None if keep is None else ~keep.repeat_interleave(N, dim=0)  # torch's True hides
    theirs, maps = own(x_q, x_kv, x_kv, attn_mask=hidden, average_attn_weights=False)
    out, weights = twin(x_q, x_kv, keep, need_weights=True)
    torch.testing.assert_close(out, theirs, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(weights, maps, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(twin(x_q, x_kv, keep), theirs, rtol=1e-12, atol=1e-12)


def test_heads_must_divide():
    with pytest.raises(ValueError, match="N: expected a number of heads that divides"):
        MultiHead(6, 4)
