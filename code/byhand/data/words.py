"""Words as vectors without learning: 1-of-N with "other",
and counts of letter n-grams, hashed."""

import zlib

import numpy as np

from byhand.validate import as_count, as_rng, describe


def one_of_n(numbers, V, dtype=np.float64):
    """Turn word numbers into vectors of V numbers: 1 at the word's own place,
    0 elsewhere.

    Arguments: numbers: whole numbers (...), 0 .. V-1; V:
    words in the vocabulary, "other" among them. Returns (..., V). Raises
    TypeError or ValueError naming the argument.
    """
    numbers, V = np.asarray(numbers), as_count("V", V)
    if numbers.dtype.kind not in "iu":
        raise TypeError(
            f"numbers: expected whole numbers, got {describe(numbers)}"
        )
    if numbers.size and not (0 <= numbers.min() and numbers.max() < V):
        raise ValueError(
            f"numbers: expected 0 to {V - 1}, got {numbers.min()} to "
            f"{numbers.max()}"
        )
    return np.eye(V, dtype=dtype)[numbers]


def letter_ngrams(word, n=3):
    """List the runs of n letters of a word, with # at both ends:
    cat -> #ca, cat, at#.

    Raises TypeError unless `word` is a string, ValueError if it is empty.
    """
    if not isinstance(word, str):
        raise TypeError(f"word: expected a string, got {describe(word)}")
    if not word:
        raise ValueError(
            "word: expected at least one letter, got an empty string"
        )
    framed = f"#{word}#"
    n = as_count("n", n)
    return [framed[k : k + n] for k in range(max(len(framed) - n + 1, 1))]


def hash_ngrams(words, M, n=3):
    """Count each word's letter n-grams in M buckets; which bucket,
    a fixed hash (CRC-32) decides.

    Arguments: words: a list of strings; M: buckets; n: letters in a run.
    Returns counts (len(words), M): a vector for any word whatsoever. Two
    n-grams may share a bucket.
    """
    counts = np.zeros((len(words), as_count("M", M)))
    for row, word in zip(counts, words, strict=True):
        for gram in letter_ngrams(word, n):
            row[zlib.crc32(gram.encode()) % M] += (
                1  # Python's own hash() changes from run to run
            )
    return counts


def drop_words(rng, tokens, share, other=1):
    """Replace a random share of the word numbers by that of "other",
    so that its vector is learned too.

    Arguments: tokens: (B, T), 0 for padding,
    which stays. Returns a new array (B, T).
    """
    as_rng("rng", rng)
    if not 0 <= share <= 1:
        raise ValueError(
            f"share: expected a number from 0 to 1, got {describe(share)}"
        )
    return np.where(
        (rng.random(tokens.shape) < share) & (tokens > 0), other, tokens
    )
