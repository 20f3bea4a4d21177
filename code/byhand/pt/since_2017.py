"""A small decoder in which each change since 2017 is a switch, and the twins
of `byhand.since_2017`."""

import torch
import torch.nn.functional as F
from torch import nn

from byhand.pt.position import rotary

NORMS = ("layer", "rms")
FORMS = {  # name -> what differs from 2017's form (with the norm in front)
    "as in 2017, pre-norm": {},
    "RMS norm": {"norm": "rms"},
    "gated feed-forward": {"gated": True},
    "rotary positions": {"positions": "rotary"},
    "one key head for four": {"groups": 1},
    "no biases": {"biases": False},
    "all five": {
        "norm": "rms", "gated": True, "positions": "rotary", "groups": 1,
        "biases": False,
    },
}  # fmt: skip


def rms_norm(params, x, eps=1e-5):
    """gamma x / sqrt(mean(x^2) + eps)."""
    r = (x.square().mean(dim=-1, keepdim=True) + eps).rsqrt()
    return params["gamma"] * (x * r)


def gated_feed_forward(params, x):
    """(silu(x W_1) * (x W_3)) W_2."""
    z, g = x @ params["W_1"], x @ params["W_3"]
    return (z * torch.sigmoid(z) * g) @ params["W_2"]


def grouped_attention(Q, K, V, mask=None):
    """Attention in which N / G query heads share a head of keys."""
    share = Q.shape[1] // K.shape[1]
    K, V = (x.repeat_interleave(share, dim=1) for x in (K, V))
    return F.scaled_dot_product_attention(Q, K, V, mask)


class Norm(nn.Module):
    """Layer norm or RMS norm."""

    def __init__(self, D, kind):
        super().__init__()
        self.kind, self.gamma = kind, nn.Parameter(torch.ones(D))
        self.beta = nn.Parameter(torch.zeros(D)) if kind == "layer" else None

    def forward(self, x):
        if self.kind == "layer":
            return F.layer_norm(x, x.shape[-1:], self.gamma, self.beta)
        return rms_norm({"gamma": self.gamma}, x)


class Block(nn.Module):
    """Pre-norm attention and feed-forward block with all switches."""

    def __init__(self, D, N, width, norm, gated, positions, groups, biases):
        super().__init__()
        self.N, self.G, self.positions = N, groups, positions
        self.gated, K = gated, D // N
        self.norm_1, self.norm_2 = Norm(D, norm), Norm(D, norm)
        self.q = nn.Linear(D, D, bias=biases)
        self.kv = nn.Linear(D, 2 * groups * K, bias=biases)
        self.o = nn.Linear(D, D, bias=biases)
        self.gate = nn.Linear(D, width, bias=biases) if gated else None
        self.up = nn.Linear(D, width, bias=biases)
        self.down = nn.Linear(width, D, bias=biases)

    def heads(self, x, n):
        return x.unflatten(2, (n, -1)).transpose(1, 2)

    def attend(self, u):
        Q = self.heads(self.q(u), self.N)
        K, V = (self.heads(z, self.G) for z in self.kv(u).chunk(2, dim=2))
        if self.positions == "rotary":
            Q, K = rotary(Q), rotary(K)
        T = u.shape[1]
        mask = torch.ones(T, T, dtype=torch.bool).tril()
        out = grouped_attention(Q, K, V, mask)
        return self.o(out.transpose(1, 2).flatten(2))

    def think(self, u):
        if self.gated:
            return self.down(F.silu(self.gate(u)) * self.up(u))
        return self.down(F.relu(self.up(u)))

    def forward(self, x):
        x = x + self.attend(self.norm_1(x))
        return x + self.think(self.norm_2(x))


def width_for(D, N, wanted, gated=False, groups=None, biases=True, **_):
    """The feed-forward width with which a block has nearly `wanted` weights,
    so that all forms are equally large."""
    groups = N if groups is None else groups
    rest = 2 * D * D + 2 * groups * (D // N) * D
    return round((wanted - rest) / ((3 if gated else 2) * D))


class Decoder(nn.Module):
    """A language model of V tokens; `form`: one of `FORMS`."""

    def __init__(self, V, longest, D, N, layers, form):
        super().__init__()
        switches = FORMS[form]
        norm = switches.get("norm", "layer")
        self.positions = switches.get("positions", "learned")
        wanted = 12 * D * D  # weights of a block of 2017 with F = 4 D
        self.E = nn.Parameter(torch.randn(V, D) * D**-0.5)
        if self.positions == "learned":
            self.P = nn.Parameter(0.02 * torch.randn(longest, D))
        self.blocks = nn.ModuleList(
            Block(
                D, N, width_for(D, N, wanted, **switches), norm,
                switches.get("gated", False), self.positions,
                switches.get("groups", N), switches.get("biases", True),
            )
            for _ in range(layers)
        )  # fmt: skip
        self.norm = Norm(D, norm)

    def logits(self, tokens):
        """Scores of the next token at every place, (B, T, V)."""
        x = self.E[tokens] * self.E.shape[1] ** 0.5
        if self.positions == "learned":
            x = x + self.P[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.E.T
