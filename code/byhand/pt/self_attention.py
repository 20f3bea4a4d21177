"""Twin of `byhand.self_attention`."""

import torch
import torch.nn.functional as F
from torch import nn


def split_heads(x, N):
    """(B, T, N K) -> (B, N, T, K)."""
    return x.unflatten(2, (N, -1)).transpose(1, 2)


def merge_heads(x):
    """(B, N, T, K) -> (B, T, N K)."""
    return x.transpose(1, 2).flatten(2)


class MultiHead(nn.Module):
    """Multi-head attention; x_q (B, T, D) asks, x_kv (B, S, D_kv) is looked at.

    Arguments: D: width of queries and output. N: heads. K: width of each,
    default D / N. D_kv: width of x_kv if it differs from D. Parameters as in
    `byhand.self_attention`: W_q, b_q, W_k, b_k, W_v, b_v, W_o, b_o.
    """

    def __init__(self, D, N, K=None, D_kv=None):
        super().__init__()
        if K is None and D % N:
            raise ValueError(
                f"N: expected a number of heads that divides D = {D}, or K, "
                f"got {N}"
            )
        self.N, K, D_kv = N, K or D // N, D_kv or D
        for name, rows, columns in (
            ("q", D, N * K),
            ("k", D_kv, N * K),
            ("v", D_kv, N * K),
            ("o", N * K, D),
        ):
            W = nn.init.xavier_uniform_(torch.empty(rows, columns))
            self.register_parameter(f"W_{name}", nn.Parameter(W))
            self.register_parameter(
                f"b_{name}", nn.Parameter(torch.zeros(columns))
            )

    def forward(self, x_q, x_kv, mask=None, need_weights=False):
        """Return out (B, T, D), and with need_weights also the weights (B,
        N, T, S).

        mask: booleans that broadcast to (B, T, S), True = may look;
        None allows all. A query that may look at nothing gets zeros,
        hence the output b_o.
        """
        Q = split_heads(x_q @ self.W_q + self.b_q, self.N)  # (B, N, T, K)
        K = split_heads(x_kv @ self.W_k + self.b_k, self.N)  # (B, N, S, K)
        V = split_heads(x_kv @ self.W_v + self.b_v, self.N)  # (B, N, S, K)
        # (B, 1, T, S)
        mask = mask[:, None] if mask is not None and mask.dim() == 3 else mask
        if need_weights:
            heads, weights = attend(Q, K, V, mask)
        else:
            heads, weights = F.scaled_dot_product_attention(Q, K, V, mask), None
        out = merge_heads(heads) @ self.W_o + self.b_o  # (B, T, D)
        return (out, weights) if need_weights else out


def attend(Q, K, V, mask=None):
    """Twin of `scaled_dot_product_attention`, with its weights:
    the lines that torch's fused form hides."""
    scores = Q @ K.transpose(-1, -2) * Q.shape[-1] ** -0.5  # (..., T, S)
    if mask is None:
        weights = scores.softmax(dim=-1)
    # a finite number, so that a row without any key gives no NaN, not even in
    # the gradient
    else:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
        weights = scores.softmax(dim=-1).masked_fill(~mask, 0)
    return weights @ V, weights
