"""torch's own layers with weights of this book's names, to compare with."""

import torch
from torch import nn


def as_encoder_layer(params, N, norm="pre"):
    """Return torch.nn.TransformerEncoderLayer, without dropout,
    with copied weights.

    Arguments: params: as in `byhand.blocks.encoder_layer` (arrays or
        tensors). N: heads. norm: "pre" or "post".
    """
    return _filled(
        nn.TransformerEncoderLayer, params, N, norm, {"attn": "self_attn"}
    )


def as_decoder_layer(params, N, norm="pre"):
    """Return torch.nn.TransformerDecoderLayer in the same way; params as in
    `byhand.blocks.decoder_layer`."""
    return _filled(
        nn.TransformerDecoderLayer,
        params,
        N,
        norm,
        {"attn": "self_attn", "cross": "multihead_attn"},
    )


def _filled(kind, params, N, norm, attentions):
    params = {
        name: torch.as_tensor(value).detach() for name, value in params.items()
    }
    D, F = params["ffn.W_1"].shape
    options = {"dropout": 0.0, "batch_first": True, "norm_first": norm == "pre"}
    layer = kind(D, N, F, **options, dtype=params["ffn.W_1"].dtype)
    weights = {}
    for k, block in enumerate([*attentions, "ffn"], start=1):
        weights[f"norm{k}.weight"] = params[f"{block}.norm.gamma"]
        weights[f"norm{k}.bias"] = params[f"{block}.norm.beta"]
    for ours, theirs in attentions.items():
        weights |= {
            f"{theirs}.in_proj_weight": torch.cat(
                [params[f"{ours}.W_{k}"].T for k in "qkv"]
            ),
            f"{theirs}.in_proj_bias": torch.cat(
                [params[f"{ours}.b_{k}"] for k in "qkv"]
            ),
            f"{theirs}.out_proj.weight": params[f"{ours}.W_o"].T,
            f"{theirs}.out_proj.bias": params[f"{ours}.b_o"],
        }
    for k in "12":
        weights |= {
            f"linear{k}.weight": params[f"ffn.W_{k}"].T,
            f"linear{k}.bias": params[f"ffn.b_{k}"],
        }
    layer.load_state_dict(weights)
    return layer


def as_torch_lstm(params):
    """Return torch.nn.LSTM with the weights of `params` (arrays or tensors;
    its second bias is zero)."""
    W_x, W_h, b = (
        torch.as_tensor(params[name]).detach() for name in ("W_x", "W_h", "b")
    )
    theirs = nn.LSTM(
        W_x.shape[0], W_h.shape[0], batch_first=True, dtype=W_x.dtype
    )
    copied = {
        "weight_ih_l0": W_x.T,
        "weight_hh_l0": W_h.T,
        "bias_ih_l0": b,
        "bias_hh_l0": torch.zeros_like(b),
    }
    theirs.load_state_dict(copied)
    return theirs


def as_torch_gru(params):
    """Return torch.nn.GRU with the weights of `params`,
    which must be of the kind reset="after".

    torch has a second bias for r and z too; it is zero here. Raises ValueError
    for reset="before".
    """
    if "b_hn" not in params:
        raise ValueError('params: expected b_hn: torch has only reset="after"')
    W_x, W_h, b, b_hn = (
        torch.as_tensor(params[name]).detach()
        for name in ("W_x", "W_h", "b", "b_hn")
    )
    theirs = nn.GRU(
        W_x.shape[0], W_h.shape[0], batch_first=True, dtype=W_x.dtype
    )
    second = torch.cat([torch.zeros(2 * len(b_hn), dtype=b.dtype), b_hn])
    theirs.load_state_dict(
        {
            "weight_ih_l0": W_x.T,
            "weight_hh_l0": W_h.T,
            "bias_ih_l0": b,
            "bias_hh_l0": second,
        }
    )
    return theirs
