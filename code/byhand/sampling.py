"""From scores to the next token: temperature, top-k, nucleus; and how well a
model foretold a text: nats, bits, perplexity."""

import math

import numpy as np

from byhand.activations import softmax
from byhand.shapes import shapes
from byhand.validate import as_count, as_rng, checked, describe


def positive(name, value, top=math.inf):
    """A number above 0 and at most `top`, or raise."""
    if not isinstance(value, (int, float)) or not 0 < value <= top:
        limit = "" if top == math.inf else f" and at most {top}"
        raise ValueError(
            f"{name}: expected a number above 0{limit}, got {describe(value)}"
        )
    return value


@shapes(logits="V")
@checked(temperature=positive)
def sharpen(logits, temperature):
    """Probabilities softmax(logits / temperature) (V,)."""
    return softmax(logits / temperature)[0]


@shapes(p="V")
@checked(k=as_count)
def top_k(p, k):
    """Keep the k most probable tokens, share out the rest; ties go to the
    smaller number. p (V,) -> (V,)."""
    kept = np.zeros_like(p)
    best = np.argsort(-p, kind="stable")[:k]
    kept[best] = p[best]
    return kept / kept.sum()


@shapes(p="V")
def nucleus(p, share):
    """Keep the fewest most probable tokens that together have at least
    `share` (Holtzman et al. 2019). p (V,) -> (V,)."""
    positive("share", share, 1)
    order = np.argsort(-p, kind="stable")
    before = np.cumsum(p[order]) - p[order]  # what the likelier ones have
    kept = np.zeros_like(p)
    best = order[before < share]
    kept[best] = p[best]
    return kept / kept.sum()


def draw(rng, p):
    """Draw one token number from probabilities p (V,)."""
    as_rng("rng", rng)
    ends = np.cumsum(p)[:-1]  # beyond them all: the last token
    return int(np.searchsorted(ends, rng.random() * p.sum(), "right"))


def bits_per_character(nats, tokens, characters):
    """nats: the mean loss of a token. Turned into bits, and shared out to the
    characters that the tokens stand for."""
    if characters < 1 or tokens < 1:
        raise ValueError("characters: expected a text that is not empty")
    return nats * tokens / characters / math.log(2)


def perplexity(nats):
    """exp of the mean loss: as if one had to choose among that many equally
    likely tokens."""
    return math.exp(nats)
