"""Twin of `byhand.attention`, and Bahdanau's model:
it reads in both directions and looks back to write."""

import torch
from torch import nn

from byhand.data.vocabulary import START
from byhand.pt.seq2seq import GRU, Embedding, Linear


class AdditiveAttention(nn.Module):
    """out = softmax(w_u . tanh(Q W_q + K W_k)) V, the softmax over keys;
    mask: True = may look."""

    def __init__(self, D_q, D_k, d_u):
        super().__init__()
        self.W_q = nn.Parameter(torch.randn(D_q, d_u) * D_q**-0.5)
        self.W_k = nn.Parameter(torch.randn(D_k, d_u) * D_k**-0.5)
        self.w_u = nn.Parameter(torch.randn(d_u) * d_u**-0.5)

    def read(self, Q, keys, V, mask=None):
        """The same from keys that have been through W_k: (B, S, d_u)."""
        u = (Q @ self.W_q)[:, :, None] + keys[:, None]  # (B, T, S, d_u)
        scores = torch.tanh(u) @ self.w_u  # (B, T, S)
        if mask is not None:
            scores = scores.masked_fill(~mask, -torch.inf)
        weights = torch.softmax(scores, dim=-1)
        return weights @ V, weights

    def forward(self, Q, K, V, mask=None):
        return self.read(Q, K @ self.W_k, V, mask)


class Bahdanau(nn.Module):
    """A bidirectional GRU reads; the writing GRU chooses at each step,
    by its state, what to read again."""

    def __init__(self, V_source, V_target, D, H):
        super().__init__()
        self.source, self.target = (
            Embedding(V_source, D),
            Embedding(V_target, D),
        )
        self.ahead, self.back = GRU(D, H), GRU(D, H)
        self.start = Linear(H, H)
        self.attention = AdditiveAttention(H, 2 * H, H)
        self.decoder = GRU(D + 2 * H, H)
        self.out = Linear(3 * H, V_target)

    def states(self, e, lengths):
        """States of both directions (B, S, 2H), mask (B, S), first state of
        the decoder (B, H), from vectors e (B, S, D)."""
        h_0 = e.new_zeros(len(e), self.start.W.shape[0])
        i = torch.arange(e.shape[1])
        mask = i < lengths[:, None]  # (B, S)
        # each within its length
        places = torch.where(mask, lengths[:, None] - 1 - i, i)[:, :, None]
        h_a = self.ahead(e, h_0)
        h_b = self.back(e.gather(1, places.expand_as(e)), h_0)
        h_b = h_b.gather(1, places.expand_as(h_b))
        h = torch.cat([h_a, h_b], dim=2)  # what stands around each token
        return h, mask, torch.tanh(self.start(h_b[:, 0]))

    def encode(self, X, lengths):
        """Values (B, S, 2H), keys (B, S, d_u), mask (B, 1, S), first state."""
        h, mask, s = self.states(self.source(X), lengths)
        return h, h @ self.attention.W_k, mask[:, None], s

    def step(self, y, s, memory):
        """One step: look with the state s (B, H), read,
        and write. Returns logits, the new state, weights."""
        h, keys, mask = memory
        # (B, 1, 2H), (B, 1, S)
        c, weights = self.attention.read(s[:, None], keys, h, mask)
        x = torch.cat([self.target(y), c[:, 0]], dim=1)
        s = self.decoder.step(x @ self.decoder.W_x + self.decoder.b, s)
        return self.out(torch.cat([s, c[:, 0]], dim=1)), s, weights[:, 0]

    def forward(self, X, lengths, Y_in):
        *memory, s = self.encode(X, lengths)
        z = []
        for y in Y_in.unbind(dim=1):
            z_t, s, _ = self.step(y, s, memory)
            z.append(z_t)
        return torch.stack(z, dim=1)  # (B, T, V)

    @torch.no_grad()
    def greedy(self, X, lengths, steps, with_weights=False):
        """Tokens (B, steps), and where asked for the weights (B, steps,
        S) with which each was written."""
        *memory, s = self.encode(X, lengths)
        y, tokens, maps = torch.full((len(X),), START), [], []
        for _ in range(steps):
            z, s, weights = self.step(y, s, memory)
            y = z.argmax(dim=1)
            tokens.append(y)
            maps.append(weights)
        tokens = torch.stack(tokens, dim=1)
        return (tokens, torch.stack(maps, dim=1)) if with_weights else tokens


class FixedContext(Bahdanau):
    """Bahdanau's model without its attention: each step gets the same c, made
    of the states that have read all (c="last") or of all states ("mean")."""

    def __init__(self, V_source, V_target, D, H, c="last"):
        super().__init__(V_source, V_target, D, H)
        self.c = c
        del self.attention

    def encode(self, X, lengths):
        h, mask, s = self.states(self.source(X), lengths)
        if self.c == "mean":
            c = (h * mask[..., None]).sum(dim=1) / lengths[:, None]
        else:
            H, rows = h.shape[2] // 2, torch.arange(len(X))
            c = torch.cat([h[rows, lengths - 1, :H], h[:, 0, H:]], dim=1)
        return c, s

    def step(self, y, s, memory):
        (c,) = memory
        x = torch.cat([self.target(y), c], dim=1)
        s = self.decoder.step(x @ self.decoder.W_x + self.decoder.b, s)
        return self.out(torch.cat([s, c], dim=1)), s, None
