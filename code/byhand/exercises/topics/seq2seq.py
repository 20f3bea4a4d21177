"""Exercises of chapter 12: loss without pads, targets shifted by one. Decoding is in `decoding`."""
# ruff: noqa: E501 - one mistake a line

import math

import numpy as np

from byhand.exercises.checker.declare import exercise, slip, special
from byhand.exercises.topics.cases import normal


def padded(rng):
    yield np.array([[[0.0, 1.0], [2.0, 0.0]]]), np.array([[1, 0]]), 0
    for B, T, V in [(1, 2, 3), (2, 3, 4), (3, 4, 5), (2, 5, 3), (4, 3, 6), (3, 2, 4)] * 4:
        pad = int(rng.integers(0, 2))
        targets = rng.integers(0, V, (B, T))
        targets = np.where(targets == pad, V - 1 if pad != V - 1 else 0, targets)
        for b, n in enumerate(rng.integers(1, T + 1, B)):
            targets[b, n:] = pad
        yield normal(rng, B, T, V), targets, pad
    for k, label in enumerate((2, 3, 2, 3, 1)):
        far = np.array(
            [[[0.0, 800.0, -800.0, -790.0], [0.0, 1.0, 2.0, 1.0], [900.0, 1.0, 0.0, 0.0]]]
        )
        yield special("large logits", far + k, np.array([[label, 2, 0]]), 0)


def loss_by_loop(z, y, pad):
    total, count = 0.0, 0
    for b, t in np.ndindex(y.shape):
        if y[b, t] != pad:
            top = max(z[b, t])
            total += top + math.log(sum(math.exp(v - top) for v in z[b, t])) - z[b, t, y[b, t]]
            count += 1
    return total / count


def loss_selected(z, y, pad):
    kept, labels = z[y != pad], y[y != pad]
    return (np.logaddexp.reduce(kept, axis=1) - kept[np.arange(len(kept)), labels]).mean()


@exercise(
    "seq2seq.masked_loss",
    task="masked_loss(z, y, pad) -> number: the mean of -log softmax(z)[y] over all real tokens of the batch. z (B, T, V) logits, y (B, T) token "
    "numbers; tokens equal to pad do not count, neither in the sum nor in the number divided by.",
    shapes={"z": "B T V"},
    cases=padded,
    variants=(loss_by_loop, loss_selected),
    hints=("A pad is no word: it costs nothing, and it must not make the mean smaller either.", "loss = sum over y != pad of -log p[y] / number of y != pad.", "real = y != pad\nnll = -np.take_along_axis(logp, y[..., None], axis=-1)[..., 0]\nreturn (nll * real).sum() / ..."),
    mistakes=(
        slip("pads_counted", "Pads are counted as words: they add to the loss.", "(nll * real).sum() / real.sum()", "nll.mean()"),
        slip("divided_by_all", "You divide by B T; divide by the number of real tokens.", "/ real.sum()", "/ real.size"),
        slip("by_batch", "You divide by the number of sequences; divide by the number of real tokens.", "/ real.sum()", "/ len(y)"),
        slip("sum", "You add up; divide by the number of real tokens.", " / real.sum()", ""),
        slip("mean_of_means", "You average within each sequence first; short sequences then weigh more. All real tokens count alike.", "(nll * real).sum() / real.sum()", "((nll * real).sum(axis=1) / real.sum(axis=1)).mean()"),
        slip("inverted", "You keep the pads and drop the words.", "real = y != pad", "real = y == pad"),
        slip("no_minus", "The minus is missing: the loss is -log p.", "nll = -", "nll = "),
        slip("zero_pad", "You take 0 for the pad; it is an argument.", "y != pad", "y != 0"),
        slip("probability", "The logarithm is missing.", "nll = -np.take_along_axis(logp", "nll = -np.take_along_axis(np.exp(logp)"),
        slip("over_time", "Your softmax runs over the time; it runs over the vocabulary, the last axis.", "u = z - z.max(axis=-1, keepdims=True)", "u = z - z.max(axis=1, keepdims=True)", "np.exp(u).sum(axis=-1", "np.exp(u).sum(axis=1"),
        slip("times_logits", "You mask the logits, not the loss: a row of zeros still costs log V.", "u = z - z.max(axis=-1, keepdims=True)", "z = z * (y != pad)[..., None]\n    u = z - z.max(axis=-1, keepdims=True)", "(nll * real).sum() / real.sum()", "nll.sum() / real.sum()"),
        slip("log_of_softmax",
            "log(softmax) of a word far below is log(0), infinite; write log p as a "
            "difference of logits.", "    real = y", '    with np.errstate(all="ignore"):\n'
            "        nll = -np.log(np.exp(-nll))\n" "    real = y"),
        slip("overflow", "e^800 overflows: take each row's maximum away first.",
            "z - z.max(axis=-1, keepdims=True)", "z"),
        slip("global_max", "You take one maximum over all places away; each place needs its own.",
            "z.max(axis=-1, keepdims=True)", "z.max()"),
        slip("small_added", "A small number added inside the logarithm changes the loss.",
            "    real = y", "    nll = -np.log(np.exp(-nll) + 1e-9)\n    real = y"),
        slip("logits", "You take the logit of the word, not -log softmax.",
            "np.take_along_axis(logp", "np.take_along_axis(z"),
        slip("all_words", "You average over all words of the vocabulary; only the target's counts.",
            "(nll * real).sum()", "(-logp.mean(axis=-1) * real).sum()"),
    ),
)  # fmt: skip
def masked_loss(z, y, pad):
    u = z - z.max(axis=-1, keepdims=True)
    logp = u - np.log(np.exp(u).sum(axis=-1, keepdims=True))
    nll = -np.take_along_axis(logp, y[..., None], axis=-1)[..., 0]
    real = y != pad
    return (nll * real).sum() / real.sum()


def targets(rng):
    yield np.array([[5, 2]]), 1
    for B, T in [(1, 3), (2, 3), (3, 5), (2, 4), (4, 2), (3, 1)] * 4:
        yield rng.integers(3, 9, (B, T)), int(rng.integers(0, 3))


@exercise(
    "seq2seq.shift",
    task="shift(y, start) -> (B, T): what the decoder reads under teacher forcing. y (B, T) holds the target tokens; at step t the decoder reads the "
    "right token of step t - 1, and at the first step the token start.",
    shapes={"y": "B T"},
    cases=targets,
    variants=(
        lambda y, start: [[start, *[int(v) for v in row[:-1]]] for row in y],
        lambda y, start: np.where(np.arange(y.shape[1]) == 0, start, np.roll(y, 1, axis=1)),
    ),
    hints=("If the decoder read token t itself, it could copy its answer.", "input[b, 0] = start;  input[b, t] = y[b, t - 1].", "return np.concatenate([np.full((len(y), 1), ...), y[:, ...]], axis=1)"),
    mistakes=(
        slip("unshifted", "The target is fed as it is: the decoder reads its own answer (a leak).", "    return np.concatenate([np.full((len(y), 1), start), y[:, :-1]], axis=1)", "    return y.copy()"),
        slip("left", "You shift the wrong way: step t would read the token of step t + 1.", "[np.full((len(y), 1), start), y[:, :-1]]", "[y[:, 1:], np.full((len(y), 1), start)]"),
        slip("no_drop", "The start token is in front, but the last target is still there: T + 1 steps.", "y[:, :-1]", "y"),
        slip("rolled", "The last token has come round to the front; the first input is start.", "np.full((len(y), 1), start)", "y[:, -1:]"),
        slip("no_start", "The start token is missing: the first input is a target.", "np.full((len(y), 1), start)", "y[:, :1]"),
        slip("zero_start", "You put 0 in front; the first input is the token start.", "np.full((len(y), 1), start)", "np.zeros((len(y), 1), int)"),
        slip("across_batch", "You shift along the batch, not along the time.", "[np.full((len(y), 1), start), y[:, :-1]], axis=1", "[np.full((1, y.shape[1]), start), y[:-1]], axis=0"),
        slip("first_dropped", "The first target is lost (overwritten by start, or dropped); every target moves one step on, and the last one is dropped.", "y[:, :-1]", "y[:, 1:]"),
    ),
)  # fmt: skip
def shift(y, start):
    return np.concatenate([np.full((len(y), 1), start), y[:, :-1]], axis=1)
