"""Train any model of the dates: `model(X, lengths,
Y_in)` gives logits, `model.greedy` writes."""

import itertools
from typing import NamedTuple

import numpy as np
import torch

from byhand.data.vocabulary import END, PAD
from byhand.pt.train import train as train_model
from byhand.train import last_third, minibatches


class Curve(NamedTuple):
    """Numbers recorded on the way."""

    seconds: list  # of training up to each record
    steps: list
    exact: list  # exact match on the validation dates, 0 to 1
    losses: list  # of every step


def as_tensors(dates, rows=slice(None)):
    """X (B, S), lengths (B,), Y (B, 12) of some rows,
    without columns that are padding in all of them."""
    lengths = torch.as_tensor(dates.lengths[rows])
    X, Y = torch.as_tensor(dates.X[rows]), torch.as_tensor(dates.Y[rows])
    return X[:, : lengths.max()], lengths, Y


def token_loss(logits, Y):
    """Mean cross-entropy of the tokens Y (B, T), padding left out."""
    return torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), Y.flatten(), ignore_index=PAD
    )


def buckets(rng, lengths, size, pool=20):
    """Shuffled batches of rows whose lengths are alike:
    of `pool` batches at a time, sorted by length."""
    for (rows,) in minibatches(rng, size * pool, np.arange(len(lengths))):
        rows = rows[np.argsort(lengths[rows], kind="stable")]
        parts = [rows[k : k + size] for k in range(0, len(rows), size)]
        yield from (parts[k] for k in rng.permutation(len(parts)))


def train_dates(
    model, train, validation=None, seed=0, seconds=15.0, steps=None, rate=5e-3, batch=64,
    warm_up=50, every=100, device=None, mixed=False,
):  # fmt: skip
    """Adam under teacher forcing, for a number of seconds or (where
    given) of steps.

    The rate rises over `warm_up` steps, stays,
    and falls linearly to zero in the last third,
    measured in steps or in seconds, whichever ends the training. Gradients are
    clipped to length 1. device: where to train, such as "cuda" (None: where the
    model is); mixed: compute in bfloat16 where that is safe.

    Returns a Curve; its exact match is that of 500 validation dates,
    after each `every` steps and at the end.
    """
    model.to(device)
    rng, curve = np.random.default_rng(seed), Curve([], [], [], [])

    def step(model, rows):
        tensors = (
            tensor.to(device_of(model)) for tensor in as_tensors(train, rows)
        )
        return dates_loss(model, *tensors, mixed=mixed)

    def evaluate(done, spent):
        curve.seconds.append(spent)
        curve.steps.append(done)
        curve.exact.append(exact_match(model, validation, 500))

    optimiser = torch.optim.Adam(
        model.parameters(), betas=(0.9, 0.99), fused=True
    )
    batches = (
        rows
        for _ in itertools.count()
        for rows in buckets(rng, train.lengths, batch)
    )
    losses = train_model(
        model, step, batches, optimiser, rate, steps, seconds, warm_up, last_third,
        limit=1.0, evaluate=evaluate if validation is not None else None, every=every,
    )  # fmt: skip
    return curve._replace(losses=losses)


def device_of(model):
    """Where the model's parameters are."""
    return next(
        model.parameters(), torch.zeros(())
    ).device  # without parameters: the CPU


def dates_loss(model, X, lengths, Y, mixed=False):
    """The loss of a batch under teacher forcing; mixed:
    in bfloat16 where that is safe."""
    with torch.autocast(X.device.type, torch.bfloat16, enabled=mixed):
        logits = model(X, lengths, Y[:, :-1])
    return token_loss(logits.float() if mixed else logits, Y[:, 1:])


def predict(model, dates, batch=250):
    """Tokens written greedily (B, 11), `<end>` included,
    in the order of the dates."""
    was, device = model.training, device_of(model)
    model.eval()
    order = np.argsort(dates.lengths, kind="stable")
    tokens = np.empty((len(order), dates.Y.shape[1] - 1), np.int64)
    for k in range(0, len(order), batch):
        rows = order[k : k + batch]
        X, lengths, _ = as_tensors(dates, rows)
        with torch.no_grad():
            tokens[rows] = (
                model.greedy(X.to(device), lengths.to(device), tokens.shape[1])
                .cpu()
                .numpy()
            )
    model.train(was)
    return tokens


def right(model, dates):
    """Booleans (B,): is all of the date written right,
    up to and with its `<end>`?"""
    tokens, Y = predict(model, dates), dates.Y[:, 1:]
    wanted = np.arange(Y.shape[1]) <= (Y == END).argmax(axis=1)[:, None]
    return ((tokens == Y) | ~wanted).all(axis=1)


def exact_match(model, dates, most=None):
    """The share of dates (of the first `most`) that are right from the
    first character to the last."""
    if most is not None:
        fields = (field[:most] for field in dates)
        dates = type(dates)(*fields)
    return float(right(model, dates).mean())
