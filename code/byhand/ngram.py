"""The n-gram model: how often did each letter follow the last n-1 letters?
Counted, not trained."""

import math
from collections import Counter, defaultdict

from byhand.validate import as_count, describe

# stands before the first symbol: what begins a sequence is counted too
START = None


class Ngram:
    """Probabilities of the next symbol given the last n-1,
    smoothed towards shorter contexts.

    p_0 is uniform; p_k = (count(context, symbol) + s p_(k-1)) /
    (count(context) + s) for a context of k - 1 symbols and the smoothing s,
    and p_n is the answer. Where a context was seen much oftener than s times
    its counts decide, else a shorter one.
    """

    def __init__(self, sequences, n, symbols, smoothing=1.0):
        """Arguments: sequences: lists of symbols, all in `symbols`; n: order,
        1 counts single symbols; smoothing: a number above 0."""
        self.n, self.symbols = as_count("n", n), tuple(symbols)
        if not smoothing > 0:
            raise ValueError(
                "smoothing: expected a number above 0, got "
                f"{describe(smoothing)}"
            )
        self.smoothing = smoothing
        self.counts = defaultdict(Counter)
        for sequence in sequences:
            framed = [START, *sequence]
            for t in range(1, len(framed)):
                for k in range(min(n, t + 1)):
                    self.counts[tuple(framed[t - k : t])][framed[t]] += 1

    def probability(self, context, symbol):
        """p(symbol | the last n-1 of `context`),
        where `context` is all of the sequence so far."""
        context = (START, *context)
        p = 1 / len(self.symbols)
        for k in range(min(self.n, len(context) + 1)):
            counts = self.counts.get(context[len(context) - k :])
            if counts is None:
                break
            p = (counts[symbol] + self.smoothing * p) / (
                counts.total() + self.smoothing
            )
        return p

    def loss(self, sequences):
        """Mean of -log p over all symbols of all sequences, in nats."""
        places = (
            (sequence[:t], sequence[t])
            for sequence in sequences
            for t in range(len(sequence))
        )
        terms = [
            -math.log(self.probability(before, symbol))
            for before, symbol in places
        ]
        return sum(terms) / len(terms)
