"""Twin of `byhand.language_model`: one stack, GPT with a causal mask, BERT
without."""

import torch
import torch.nn.functional as F
from torch import nn

from byhand.pt.transformer import EncoderLayer, LayerNorm


class LanguageModel(nn.Module):
    """V tokens, texts of up to `longest`, width D, N heads, feed-forward
    width `width`; the output layer is the table E, transposed."""

    def __init__(self, V, longest, D, N, width, layers):
        super().__init__()
        self.E = nn.Parameter(torch.randn(V, D) * D**-0.5)
        self.P = nn.Parameter(0.02 * torch.randn(longest, D))
        self.layers = layers
        for k in range(layers):  # the names are "0", "1", ..., as by hand
            self.add_module(str(k), EncoderLayer(D, N, width))
        self.norm = LayerNorm(D)

    def contextual(self, tokens, causal=False):
        """Vectors (B, T, D) of tokens (B, T) in their context."""
        T = tokens.shape[1]
        if not 1 <= T <= len(self.P):
            raise ValueError(
                f"tokens: expected 1 to {len(self.P)} of them, got {T}"
            )
        x = self.E[tokens] * self.E.shape[1] ** 0.5 + self.P[:T]
        mask = torch.ones(T, T, dtype=torch.bool).tril()
        mask = mask if causal else (tokens != 0)[:, None]
        for k in range(self.layers):
            x = self.get_submodule(str(k))(x, mask)
        return self.norm(x)

    def forward(self, tokens, targets, asked, causal):
        """The mean loss over the places that are asked."""
        logits = self.contextual(tokens, causal)[asked] @ self.E.T
        return F.cross_entropy(logits, targets[asked])
