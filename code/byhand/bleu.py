"""BLEU, a number between 0 and 1 for how much of a text is also in a
reference (Papineni et al. 2002)."""

import math
from collections import Counter

from byhand.validate import as_count, describe


def ngrams(tokens, n):
    """How often each n-gram stands in `tokens`: a Counter of tuples."""
    tokens = tuple(tokens)
    return Counter(tokens[k : k + n] for k in range(len(tokens) - n + 1))


def clipped_precision(references, candidates, n):
    """Matches and total of the candidates' n-grams;
    each at most as often as in its reference.

    Returns two whole numbers, added up over all pairs.
    """
    matches = total = 0
    for reference, candidate in zip(references, candidates, strict=True):
        found = ngrams(candidate, n)
        matches += (
            found & ngrams(reference, n)
        ).total()  # & takes the smaller of the two counts
        total += found.total()
    return matches, total


def bleu(references, candidates, most=4):
    """BLEU of a corpus with one reference each: exp(mean log p_n,
    n = 1 .. most) times the brevity penalty.

    Arguments: references, candidates: as many sequences of tokens each. most:
    the longest n-gram. Returns a number from 0 to 1;
    0 if some p_n is 0. Raises TypeError or ValueError.
    """
    for name, given in (("references", references), ("candidates", candidates)):
        if isinstance(given, str):
            raise TypeError(
                f"{name}: expected a list of sequences, got {describe(given)}"
            )
    if len(references) != len(candidates) or not len(references):
        raise ValueError(
            f"candidates: expected {len(references)} sequences, not none, got "
            f"{len(candidates)}"
        )
    logs = 0.0
    for n in range(1, as_count("most", most) + 1):
        matches, total = clipped_precision(references, candidates, n)
        if matches == 0:
            return 0.0
        logs += math.log(matches / total) / most
    r, c = sum(map(len, references)), sum(map(len, candidates))
    return math.exp(logs) * min(1.0, math.exp(1 - r / c))
