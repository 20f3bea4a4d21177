"""Long numbers to be copied: what a source holds grows with its length,
and nothing can be guessed."""

import numpy as np

from byhand.data.dates import TARGETS, Dates
from byhand.data.vocabulary import pad_sequences
from byhand.validate import as_count, as_rng


def make_numbers(rng, n, most):
    """Draw `n` strings of 1 to `most` random digits;
    source and target are the same.

    Arguments: rng: NumPy Generator. n: examples. most: digits of the longest.
    Returns Dates with X (n, S) in `TARGETS`, Y (n, most + 2);
    `languages` and `formats` are empty strings.
    """
    as_rng("rng", rng)
    n, most = as_count("n", n), as_count("most", most)
    texts = [
        "".join(map(str, rng.integers(0, 10, k)))
        for k in rng.integers(1, most + 1, n)
    ]
    X, lengths = pad_sequences([TARGETS.encode(text) for text in texts])
    Y, _ = pad_sequences(
        [TARGETS.encode(text, start=True, end=True) for text in texts]
    )
    return Dates(
        X, np.asarray(lengths), Y, texts, list(texts), [""] * n, [""] * n
    )
