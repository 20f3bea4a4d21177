"""Six Transformers with one fault each, for the last exercise of chapter 16.
Reading this file spoils it."""

import torch

from byhand.data.vocabulary import PAD
from byhand.pt.transformer import Transformer

LETTERS = "ABCDEF"
FAULTS = (  # number in the list on the page, 1 to 6; the letters hide the order
    "no causal mask in the decoder",
    "the target is fed unshifted",
    "no positions in the encoder",
    "no padding mask over the source",
    "cross-attention looks at the decoder instead of the encoder",
    "a causal mask in the encoder",
)
ORDER = dict(
    zip(LETTERS, (4, 1, 6, 3, 2, 5), strict=True)
)  # letter: number of its fault


class Broken(Transformer):
    """A Transformer with fault number `fault` of FAULTS;
    0 is healthy. Arguments as in `Transformer`."""

    def __init__(self, fault, *sizes, **options):
        if fault not in range(7):
            raise ValueError(
                f"fault: expected a whole number from 0 to 6, got {fault!r}"
            )
        super().__init__(*sizes, **options)
        self.fault = fault

    def encode(self, X):
        """As in `Transformer`, but for faults 3, 4 and 6."""
        x, mask = self.source(X), (X != PAD)[:, None]
        if self.fault == 3:
            x = self.source.E[X] * self.source.E.shape[1] ** 0.5
        if self.fault == 4:
            mask = torch.ones_like(mask)
        S = X.shape[1]
        seen = (
            mask & torch.ones(S, S, dtype=torch.bool, device=X.device).tril()
            if self.fault == 6
            else mask
        )
        for layer in self.encoder:
            x = layer(x, seen)
        return self.encoder_norm(x), mask

    def decode(self, Y_in, memory, mask):
        """As in `Transformer`, but for faults 1 and 5."""
        y, T = self.target(Y_in), Y_in.shape[1]
        causal = torch.ones(T, T, dtype=torch.bool, device=y.device).tril()
        for layer in self.decoder:
            looked, looked_mask = (
                (y, causal) if self.fault == 5 else (memory, mask)
            )
            y = layer(
                y, looked, None if self.fault == 1 else causal, looked_mask
            )
        return self.decoder_norm(y) @ self.target.E.T

    @torch.no_grad()
    def greedy(self, X, lengths, steps):
        """The most probable token at each step, fed back;
        everything is computed anew each time."""
        memory, mask = self.encode(X)
        y = torch.full((len(X), 1), 2, device=X.device)  # <start>
        for _ in range(steps):
            y = torch.cat(
                [y, self.decode(y, memory, mask)[:, -1:].argmax(dim=2)], dim=1
            )
        return y[:, 1:]
