"""Twins of `byhand.blocks` and `byhand.transformer`."""

import torch
import torch.nn.functional as F
from torch import nn

from byhand.data.vocabulary import PAD, START
from byhand.position import sinusoids
from byhand.pt.self_attention import MultiHead, merge_heads, split_heads


class LayerNorm(nn.Module):
    """x_hat gamma + beta over the last axis."""

    def __init__(self, D):
        super().__init__()
        self.gamma, self.beta = (
            nn.Parameter(torch.ones(D)),
            nn.Parameter(torch.zeros(D)),
        )

    def forward(self, x):
        return F.layer_norm(x, x.shape[-1:], self.gamma, self.beta)


class FeedForward(nn.Module):
    """max(0, x W_1 + b_1) W_2 + b_2."""

    def __init__(self, D, width):
        super().__init__()
        self.W_1 = nn.Parameter(nn.init.xavier_uniform_(torch.empty(D, width)))
        self.b_1 = nn.Parameter(torch.zeros(width))
        self.W_2 = nn.Parameter(nn.init.xavier_uniform_(torch.empty(width, D)))
        self.b_2 = nn.Parameter(torch.zeros(D))

    def forward(self, x):
        return torch.relu(x @ self.W_1 + self.b_1) @ self.W_2 + self.b_2


def normed(block, D):
    """Give a block the norm of its residual:
    its parameters are then "norm.gamma" and "norm.beta"."""
    block.norm = LayerNorm(D)
    return block


def residual(block, x, f, norm):
    """Pre-norm x + f(LN(x)), post-norm LN(x + f(x))."""
    return x + f(block.norm(x)) if norm == "pre" else block.norm(x + f(x))


class EncoderLayer(nn.Module):
    """Self-attention, then the feed-forward block,
    each with its residual and norm."""

    def __init__(self, D, N, width, norm="pre"):
        super().__init__()
        self.norm = norm
        self.attn, self.ffn = (
            normed(MultiHead(D, N), D),
            normed(FeedForward(D, width), D),
        )

    def forward(self, x, mask=None):
        x = residual(self.attn, x, lambda u: self.attn(u, u, mask), self.norm)
        return residual(self.ffn, x, self.ffn, self.norm)


class DecoderLayer(nn.Module):
    """Causal self-attention, cross-attention to memory, feed-forward block."""

    def __init__(self, D, N, width, norm="pre"):
        super().__init__()
        self.norm = norm
        self.attn, self.cross = (
            normed(MultiHead(D, N), D),
            normed(MultiHead(D, N), D),
        )
        self.ffn = normed(FeedForward(D, width), D)

    def forward(self, y, memory, mask=None, memory_mask=None):
        y = residual(self.attn, y, lambda u: self.attn(u, u, mask), self.norm)
        y = residual(
            self.cross,
            y,
            lambda u: self.cross(u, memory, memory_mask),
            self.norm,
        )
        return residual(self.ffn, y, self.ffn, self.norm)

    def step(self, y, memory_kv, memory_mask, past):
        """One new place y (B, 1, D), with the keys and values of memory
        and of the places so far (or None).

        Returns the output (B, 1, D) and the new past. Later places cannot
        change what earlier ones hold, so the keys and values of each
        place are computed once and kept.
        """
        norm = self.norm
        new = keys_values(self.attn, self.attn.norm(y) if norm == "pre" else y)
        past = (
            new
            if past is None
            else [
                torch.cat(pair, dim=2) for pair in zip(past, new, strict=True)
            ]
        )
        y = residual(self.attn, y, lambda u: look(self.attn, u, *past), norm)
        y = residual(
            self.cross,
            y,
            lambda u: look(self.cross, u, *memory_kv, memory_mask),
            norm,
        )
        return residual(self.ffn, y, self.ffn, norm), past


def keys_values(attn, x):
    """Keys and values of multi-head attention, (B, N, S, K) each."""
    return split_heads(x @ attn.W_k + attn.b_k, attn.N), split_heads(
        x @ attn.W_v + attn.b_v, attn.N
    )


def look(attn, u, K, V, mask=None):
    """Multi-head attention of u (B, T, D) to ready keys and values."""
    Q = split_heads(u @ attn.W_q + attn.b_q, attn.N)
    heads = F.scaled_dot_product_attention(
        Q, K, V, None if mask is None else mask[:, None]
    )
    return merge_heads(heads) @ attn.W_o + attn.b_o


class Embed(nn.Module):
    """sqrt(D) E[tokens] + P, from place `start` on."""

    def __init__(self, V, D):
        super().__init__()
        self.E = nn.Parameter(torch.randn(V, D) * D**-0.5)

    def forward(self, tokens, start=0):
        T, D = tokens.shape[1], self.E.shape[1]
        P = torch.as_tensor(
            sinusoids(start + T, D)[start:],
            dtype=self.E.dtype,
            device=self.E.device,
        )
        return self.E[tokens] * D**0.5 + P


class Transformer(nn.Module):
    """Encoder and decoder; the output layer is the target table, transposed."""

    def __init__(self, V_source, V, D, N, width, layers=(1, 1), norm="pre"):
        super().__init__()
        self.norm, pre = norm, norm == "pre"
        self.source, self.target = Embed(V_source, D), Embed(V, D)
        self.encoder = nn.ModuleList(
            EncoderLayer(D, N, width, norm) for _ in range(layers[0])
        )
        self.decoder = nn.ModuleList(
            DecoderLayer(D, N, width, norm) for _ in range(layers[1])
        )
        self.encoder_norm = LayerNorm(D) if pre else nn.Identity()
        self.decoder_norm = LayerNorm(D) if pre else nn.Identity()

    def encode(self, X):
        """Source tokens (B, S) to memory (B, S,
        D) and the mask of its padding (B, 1, S)."""
        x, mask = self.source(X), (X != PAD)[:, None]
        for layer in self.encoder:
            x = layer(x, mask)
        return self.encoder_norm(x), mask

    def decode(self, Y_in, memory, mask):
        """Target tokens so far (B, T) to logits of the next ones (B, T, V)."""
        y, T = self.target(Y_in), Y_in.shape[1]
        causal = torch.ones(T, T, dtype=torch.bool, device=y.device).tril()
        for layer in self.decoder:
            y = layer(y, memory, causal, mask)
        return self.decoder_norm(y) @ self.target.E.T

    def forward(self, X, lengths, Y_in):
        """Logits (B, T, V) under teacher forcing;
        lengths are not needed, padding is seen in X."""
        return self.decode(Y_in, *self.encode(X))

    @torch.no_grad()
    def greedy(self, X, lengths, steps):
        """The most probable token at each step, fed back,
        with keys and values kept; tokens (B, steps)."""
        memory, mask = self.encode(X)
        looked = [keys_values(layer.cross, memory) for layer in self.decoder]
        y, pasts, tokens = (
            torch.full((len(X), 1), START, device=X.device),
            [None] * len(looked),
            [],
        )
        for t in range(steps):
            h = self.target(y, start=t)
            for k, layer in enumerate(self.decoder):
                h, pasts[k] = layer.step(h, looked[k], mask, pasts[k])
            y = (self.decoder_norm(h) @ self.target.E.T).argmax(dim=2)
            tokens.append(y)
        return torch.cat(tokens, dim=1)
