"""Byte-pair encoding (Gage 1994; Sennrich et al. 2015) over bytes: join the
most frequent pair of neighbours, again and again."""

from collections import Counter
from itertools import pairwise

from byhand.validate import as_count, describe

BYTES = 256


def join(tokens, pair, new):
    """Replace every pair, from left to right, by the number `new`."""
    joined, i = [], 0
    while i < len(tokens):
        if tuple(tokens[i : i + 2]) == pair:
            joined.append(new)
            i += 2
        else:
            joined.append(tokens[i])
            i += 1
    return joined


def chunks(text):
    """Cut before each space, so that no token spans two words. Nothing is
    lost: joined, the chunks are the text again."""
    if not isinstance(text, str):
        raise TypeError(f"text: expected a string, got {describe(text)}")
    cut, start = [], 0
    for i in range(1, len(text)):
        if text[i].isspace() or (text[i].isalpha() != text[i - 1].isalpha()):
            if not (text[i].isalpha() and text[i - 1] == " "):
                cut.append(text[start:i])
                start = i
    return [*cut, text[start:]] if text else []


class BytePairs:
    """Tokens 0 .. 255 are the bytes; token 256 + k joins the pair merges[k].

    Every text can be encoded, because every text is bytes, and decoding gives
    it back exactly.
    """

    def __init__(self, merges):
        """Arguments: merges: pairs of token numbers, each older than its own
        number. Raises ValueError for others."""
        self.merges = [tuple(pair) for pair in merges]
        self.ranks, self.bytes = {}, [bytes([b]) for b in range(BYTES)]
        for k, pair in enumerate(self.merges):
            if len(pair) != 2 or not all(0 <= p < BYTES + k for p in pair):
                raise ValueError(
                    f"merges: expected pairs of numbers below {BYTES + k} at "
                    f"place {k}, got {pair}"
                )
            self.ranks[pair] = k
            self.bytes.append(self.bytes[pair[0]] + self.bytes[pair[1]])

    def __len__(self):
        return len(self.bytes)

    def encode(self, text):
        """Token numbers of a text. The oldest merge goes first, as in
        training."""
        done, tokens = {}, []
        for chunk in chunks(text):
            if chunk not in done:
                done[chunk] = self._encode(list(chunk.encode()))
            tokens += done[chunk]
        return tokens

    def _encode(self, tokens):
        while len(tokens) > 1:
            ranks = {
                self.ranks.get(pair, len(self.ranks)): pair
                for pair in pairwise(tokens)
            }
            rank = min(ranks)
            if rank == len(self.ranks):
                break
            tokens = join(tokens, ranks[rank], BYTES + rank)
        return tokens

    def decode(self, tokens):
        """The text of token numbers. Raises ValueError for unknown numbers;
        bytes that are no text become the sign U+FFFD."""
        for token in tokens:
            if not 0 <= token < len(self):
                raise ValueError(
                    f"tokens: expected numbers from 0 to {len(self) - 1}, "
                    f"got {token}"
                )
        joined = b"".join(self.bytes[token] for token in tokens)
        return joined.decode(errors="replace")


def train_bpe(text, merges):
    """Learn up to `merges` merges from a text; stops when no pair occurs
    twice. Of equally frequent pairs the smallest numbers win. Raises
    ValueError for an empty text."""
    merges = as_count("merges", merges)
    counts = Counter(chunks(text))
    if not counts:
        raise ValueError("text: expected at least one character, got none")
    words = [(list(chunk.encode()), n) for chunk, n in counts.items()]
    learned = []
    for k in range(merges):
        found = Counter()
        for tokens, n in words:
            for pair in pairwise(tokens):
                found[pair] += n
        if not found or max(found.values()) < 2:
            break
        pair = min(found, key=lambda pair: (-found[pair], pair))
        learned.append(pair)
        for i, (tokens, n) in enumerate(words):
            if pair in pairwise(tokens):
                words[i] = join(tokens, pair, BYTES + k), n
    return BytePairs(learned)
