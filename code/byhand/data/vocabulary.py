"""Turn tokens into whole numbers and back."""

import numpy as np

from byhand.validate import describe

PAD, OTHER, START, END = 0, 1, 2, 3
SPECIAL = ("<pad>", "<other>", "<start>", "<end>")


class Vocabulary:
    """A fixed list of tokens; token k has the number k.

    The first four are the same in every vocabulary:
    0 `<pad>` fills short sequences up, 1 `<other>` stands for every token
    not in the list, 2 `<start>` and 3 `<end>` frame a sequence. The rest follow
    in the order given.
    """

    def __init__(self, tokens):
        """Arguments: tokens: distinct strings,
        without the four special ones. Repeats raise ValueError."""
        if isinstance(tokens, str) or not hasattr(tokens, "__iter__"):
            raise TypeError(
                f"tokens: expected a list of strings, got {describe(tokens)}"
            )
        self.tokens = SPECIAL + tuple(tokens)
        for token in self.tokens:
            if not isinstance(token, str):
                raise TypeError(
                    f"tokens: expected strings, got {describe(token)}"
                )
        self.numbers = {token: k for k, token in enumerate(self.tokens)}
        if len(self.numbers) < len(self.tokens):
            raise ValueError(
                "tokens: expected distinct tokens, and none of the special "
                "ones; at least one is "
                "repeated"
            )

    @classmethod
    def from_sequences(cls, sequences):
        """Collect the tokens of many sequences, in alphabetical order."""
        return cls(
            sorted({token for sequence in sequences for token in sequence})
        )

    def __len__(self):
        return len(self.tokens)

    def __contains__(self, token):
        return token in self.numbers

    def encode(self, tokens, start=False, end=False):
        """Return the numbers of `tokens` as a list;
        an unknown token becomes 1, `<other>`.

        Arguments:
            tokens: a list of strings, or one string for a vocabulary of
            characters.
            start, end: add `<start>` before, `<end>` after.
        """
        if not hasattr(tokens, "__iter__"):
            raise TypeError(
                f"tokens: expected a list of strings, got {describe(tokens)}"
            )
        middle = [self.numbers.get(token, OTHER) for token in tokens]
        return [START] * bool(start) + middle + [END] * bool(end)

    def decode(self, numbers):
        """Return the tokens as a list: stops at the first `<end>`,
        leaves out `<pad>` and `<start>`.

        Raises TypeError if a number is not whole,
        ValueError if it is outside 0 .. len(self) - 1.
        """
        numbers = np.asarray(numbers)
        if numbers.size and numbers.dtype.kind not in "iu":
            raise TypeError(
                f"numbers: expected whole numbers, got {describe(numbers)}"
            )
        if numbers.ndim != 1:
            raise ValueError(
                "numbers: expected one sequence, shape (T,), got "
                f"{numbers.shape}"
            )
        tokens = []
        for number in numbers.tolist():
            if not 0 <= number < len(self):
                raise ValueError(
                    f"numbers: expected numbers from 0 to {len(self) - 1}, got "
                    f"{number}"
                )
            if number == END:
                break
            if number not in (PAD, START):
                tokens.append(self.tokens[number])
        return tokens


def pad_sequences(sequences, fill=PAD):
    """Put sequences of different lengths into one array, filled up at the end.

    Arguments:
        sequences: list of B lists of whole numbers.
        fill: the number that fills up.

    Returns numbers (B, T) and lengths (B,), T the longest length. Raises
    ValueError if there is no sequence.
    """
    if not len(sequences):
        raise ValueError("sequences: expected at least one sequence, got none")
    lengths = np.array([len(sequence) for sequence in sequences])
    # (B, T)
    padded = np.full((len(sequences), lengths.max()), fill, dtype=np.int64)
    for row, sequence in zip(padded, sequences, strict=True):
        row[: len(sequence)] = sequence
    return padded, lengths
