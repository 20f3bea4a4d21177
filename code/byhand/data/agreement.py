"""Sentences, letter by letter, from a small grammar whose entropy is
known exactly.

In "the dogs that the cat hears sleep." the last verb agrees with the
first noun, many letters before it. Each choice is uniform and can be read off
the sentence, so the entropy of a sentence is the expected sum of the logarithms
of the numbers of choices.
"""

import math
import re

from byhand.validate import as_count, as_rng

_NOUNS = "dog cat bird fox cow".split()
_TRANSITIVE = "see like hear".split()
_VERBS = "sleep run sing wait".split()
RULES = {
    "sentence": (
        "the {one}{about one} {verb}s{how}.",
        "the {many}{about many} {verb}{how}.",
    ),
    "one": tuple(_NOUNS),
    "many": tuple(f"{noun}s" if noun != "fox" else "foxes" for noun in _NOUNS),
    "noun": ("{one}", "{many}"),
    "about one": (
        "",
        " that {takes}s the {noun}",
        " that the {one} {takes}s",
        " that the {many} {takes}",
    ),
    "about many": (
        "",
        " that {takes} the {noun}",
        " that the {one} {takes}s",
        " that the {many} {takes}",
    ),
    "takes": tuple(_TRANSITIVE),
    "verb": tuple(_VERBS),
    "how": ("", " now", " again"),
}
_PART = re.compile(r"\{([^}]*)\}")


def draw_sentence(rng, symbol="sentence"):
    """Draw one sentence, such as "the dogs that the cat hears sleep.";
    each choice is uniform."""
    as_rng("rng", rng)
    choices = RULES[symbol]
    line = choices[rng.integers(len(choices))]
    return _PART.sub(lambda part: draw_sentence(rng, part[1]), line)


def draw_sentences(rng, n):
    """Draw `n` sentences; the same one can come twice."""
    return [draw_sentence(rng) for _ in range(as_count("n", n, least=0))]


def entropy_and_length(symbol="sentence"):
    """Return the exact entropy (in nats) of what a symbol becomes,
    and its expected number of letters."""
    choices = RULES[symbol]
    entropy, length = math.log(len(choices)), 0.0
    for line in choices:
        parts = [entropy_and_length(part) for part in _PART.findall(line)]
        entropy += sum(part[0] for part in parts) / len(choices)
        length += (
            len(_PART.sub("", line)) + sum(part[1] for part in parts)
        ) / len(choices)
    return entropy, length


def all_sentences(symbol="sentence"):
    """List every sentence with its probability: [(string, probability)],
    one for each derivation."""
    found, choices = [], RULES[symbol]
    for line in choices:
        pieces = _PART.split(line)  # text, symbol, text, symbol, ..., text
        texts = [(pieces[0], 1 / len(choices))]
        for name, after in zip(pieces[1::2], pieces[2::2], strict=True):
            inner = all_sentences(name)
            texts = [(a + b + after, p * q) for a, p in texts for b, q in inner]
        found += texts
    return found
