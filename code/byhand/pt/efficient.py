"""Twins of `chunked`, `windowed`, `linear_attention` and `segments`: the same
names, shapes and lines, gradients by autograd."""

import torch

from byhand.position import sinusoids
from byhand.segments import distances
from byhand.windowed import window_mask


def chunked_attention(Q, K, V, chunk, causal=False):
    """Exact attention with the online softmax over chunks of keys."""
    T, S = Q.shape[-2], K.shape[-2]
    top = Q.new_full((*Q.shape[:-1], 1), -torch.inf)
    total, out = torch.zeros_like(top), 0
    future = torch.ones(T, S, dtype=torch.bool).triu(S - T + 1)
    for start in range(0, S, chunk):
        s = slice(start, start + chunk)
        scores = Q @ K[..., s, :].mT * Q.shape[-1] ** -0.5
        if causal:
            scores = scores.masked_fill(future[:, s], -torch.inf)
        new = torch.maximum(top, scores.amax(-1, keepdim=True)).detach()
        p, shrink = (scores - new).exp(), (top - new).exp()
        total = total * shrink + p.sum(-1, keepdim=True)
        out = out * shrink + p @ V[..., s, :]
        top = new
    return out / total


def windowed_attention(Q, K, V, window, n_global=0, causal=False):
    """The whole map with `window_mask`: the meaning, not the saving."""
    mask = window_mask(Q.shape[-2], window, n_global, causal)
    scores = Q @ K.mT * Q.shape[-1] ** -0.5
    scores = scores.masked_fill(~torch.tensor(mask), -torch.inf)
    return scores.softmax(dim=-1) @ V


def projected_attention(params, Q, K, V):
    """Attention to E^T K and F^T V."""
    S = K.shape[-2]
    mixed_K, mixed_V = params["E"][:S].T @ K, params["F"][:S].T @ V
    scores = Q @ mixed_K.mT * Q.shape[-1] ** -0.5
    return scores.softmax(dim=-1) @ mixed_V


def feature(x):
    """phi(x) = elu(x) + 1."""
    return torch.nn.functional.elu(x) + 1


def linear_attention(Q, K, V):
    """Keys and values are summed first."""
    phi_Q, phi_K = feature(Q), feature(K)
    total = phi_Q @ phi_K.sum(-2, keepdim=True).mT
    return phi_Q @ (phi_K.mT @ V) / total


def causal_linear_attention(Q, K, V):
    """The square form of the causal sum: the meaning, not the saving."""
    weights = (feature(Q) @ feature(K).mT).tril()
    return weights @ V / weights.sum(-1, keepdim=True)


def segment_attention(params, X, memory):
    """A segment looks at a detached memory and at itself."""
    T, M = X.shape[1], memory.shape[1]
    seen = torch.cat([memory.detach(), X], dim=1)
    Q, K, V = (
        x @ params[f"W_{name}"]
        for x, name in ((X, "q"), (seen, "k"), (seen, "v"))
    )
    R = torch.tensor(sinusoids(M + T, X.shape[2])).to(X.dtype)
    content = (Q + params["u"]) @ K.mT
    by_distance = (Q + params["v"]) @ (R @ params["W_r"]).T
    back = torch.tensor(distances(T, M)).expand(len(X), -1, -1)
    scores = (content + by_distance.gather(-1, back)) * Q.shape[-1] ** -0.5
    future = torch.ones(T, M + T, dtype=torch.bool).triu(M + 1)
    weights = scores.masked_fill(future, -torch.inf).softmax(dim=-1)
    return weights @ V
