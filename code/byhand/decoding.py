"""From next-token probabilities to a sequence: greedy, sampling,
beam search, exhaustive search.

All take `next_log_probs`, a function from a tuple of tokens so far (with the
start token) to log-probabilities (V,).
"""

import itertools
from typing import NamedTuple

import numpy as np

from byhand.activations import softmax
from byhand.validate import as_count, as_rng, checked, describe


def as_log_probs(name, next_log_probs):
    """`next_log_probs` with its answers checked: log-probabilities (V,).
    They raise TypeError or ValueError naming the argument."""

    def log_probs(tokens):
        log_p = np.asarray(next_log_probs(tokens))
        if log_p.ndim != 1 or log_p.dtype.kind != "f":
            raise TypeError(
                f"{name}: expected to return log-probabilities of shape (V,), "
                f"got {describe(log_p)}"
            )
        if np.isnan(log_p).any() or log_p.max() > 1e-3:
            raise ValueError(
                f"{name}: expected logarithms of probabilities, at most 0, "
                "got NaN or a larger number"
            )
        return log_p

    return log_probs


def as_power(name, value):
    """Return `value` if it is at least 0; raise ValueError otherwise."""
    if not value >= 0:
        raise ValueError(f"{name}: expected at least 0, got {describe(value)}")
    return value


def as_temperature(name, value):
    """Return `value` if it is above 0; raise ValueError otherwise."""
    if not value > 0:
        raise ValueError(
            f"{name}: expected a positive number, got {describe(value)}"
        )
    return value


class Hypothesis(NamedTuple):
    """A sequence without its start token, its log-probability,
    and the score it was ranked by."""

    tokens: tuple  # ends with the end token if `finished`
    log_prob: float
    score: float
    finished: bool


def greedy(next_log_probs, start, end, max_length):
    """Take the most probable token at each step; among equals the first.

    Arguments: next_log_probs: see the module; start, end: tokens;
    max_length: most tokens, the end included. Returns Hypothesis. Raises
    TypeError or ValueError naming the argument.
    """
    return follow(
        next_log_probs,
        start,
        end,
        max_length,
        lambda log_p: int(np.argmax(log_p)),
    )


@checked(rng=as_rng, temperature=as_temperature)
def sample(rng, next_log_probs, start, end, max_length, temperature=1.0):
    """Draw each token from softmax(log_p / temperature); below 1 sharper,
    above 1 flatter.

    Arguments: rng: NumPy Generator; the rest as in `greedy`. Returns
    Hypothesis.
    """

    def draw(log_p):
        p, _ = softmax(np.asarray(log_p, np.float64) / temperature)
        return int(rng.choice(len(p), p=p))

    return follow(next_log_probs, start, end, max_length, draw)


@checked(next_log_probs=as_log_probs, max_length=as_count)
def follow(next_log_probs, start, end, max_length, choose):
    tokens, log_prob = (start,), 0.0
    for _ in range(max_length):
        log_p = next_log_probs(tokens)
        token = choose(log_p)
        tokens, log_prob = (*tokens, token), log_prob + float(log_p[token])
        if token == end:
            break
    return Hypothesis(tokens[1:], log_prob, log_prob, tokens[-1] == end)


@checked(
    next_log_probs=as_log_probs,
    max_length=as_count,
    width=as_count,
    length_power=as_power,
)
def beam(next_log_probs, start, end, max_length, width, length_power=0.0):
    """Keep the `width` most probable beginnings at each step;
    log-probabilities are added, never multiplied.

    Arguments:
        next_log_probs, start, end, max_length: as in `greedy`.
        width: number of beginnings kept. Width 1 is greedy.
        length_power: finished sequences are ranked by log_prob /
        length^length_power; 0 ranks by log_prob.

    Returns a list of Hypothesis, best first,
    at most `width`. A sequence that reaches `max_length` unfinished is ranked
    too, with finished False. Raises TypeError or ValueError naming the
    argument.
    """
    alive, done = [Hypothesis((start,), 0.0, 0.0, False)], []
    for length in range(1, max_length + 1):
        grown = []
        for tokens, log_prob, _, _ in alive:
            log_p = next_log_probs(tokens)
            # no more than `width` of one parent can survive
            for token in np.argsort(-log_p, kind="stable")[:width]:
                total = log_prob + float(log_p[token])
                grown.append(
                    Hypothesis(
                        (*tokens, int(token)),
                        total,
                        total / length**length_power,
                        token == end,
                    )
                )
        # all have one length here, so the power does not matter
        grown.sort(key=lambda h: -h.log_prob)
        best = grown[:width]
        done += [h for h in best if h.finished or length == max_length]
        alive = [h for h in best if not h.finished]
        if not alive or cannot_improve(
            alive, done, width, length, max_length, length_power
        ):
            break
    done.sort(key=lambda h: -h.score)
    return [
        Hypothesis(h.tokens[1:], h.log_prob, h.score, bool(h.finished))
        for h in done[:width]
    ]


def cannot_improve(alive, done, width, length, max_length, length_power):
    """True if no beginning that is still alive can reach the `width` best
    finished ones: log p only falls."""
    if len(done) < width:
        return False
    longest = max_length if length_power > 0 else length + 1
    hope = max(h.log_prob for h in alive) / longest**length_power
    return hope < sorted(h.score for h in done)[-width]


@checked(next_log_probs=as_log_probs, max_length=as_count)
def exhaustive(next_log_probs, start, end, max_length, length_power=0.0):
    """Try every sequence, V^max_length of them:
    what beam search approximates, for small cases.

    Returns a list of Hypothesis, best first: all that end with `end`,
    and unfinished ones of length `max_length`.
    """
    V = len(next_log_probs((start,)))
    found, cache = [], {}
    for length in range(1, max_length + 1):
        for tokens in itertools.product(range(V), repeat=length):
            if end in tokens[:-1] or (
                tokens[-1] != end and length < max_length
            ):
                continue
            log_prob = 0.0
            for k, token in enumerate(tokens):
                before = (start, *tokens[:k])
                if before not in cache:
                    cache[before] = next_log_probs(before)
                log_prob += float(cache[before][token])
            found.append(
                Hypothesis(
                    tokens,
                    log_prob,
                    log_prob / length**length_power,
                    tokens[-1] == end,
                )
            )
    return sorted(found, key=lambda h: -h.score)
