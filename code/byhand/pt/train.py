"""One training loop for every torch model of the book:
the optimiser's steps, timed."""

import contextlib
import math
import time

import torch

from byhand.train import constant


@contextlib.contextmanager
def one_thread():
    """Compute on one thread, and take numbers too small for float32 for zero.

    Vanished gradients become such (denormal) numbers,
    which cost 4 to 8 times as much. Afterwards the threads are as before, and
    denormal numbers are computed again, torch's default.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(threads)


def train(
    model, step, batches, optimiser, lr, steps=None, seconds=None, warm_up=1,
    schedule=constant, limit=None, evaluate=None, every=100,
):  # fmt: skip
    """Train a torch model for a number of steps, or of seconds.

    Arguments:
        model: an nn.Module.
        step: function of the model and a batch that returns the loss,
        a scalar tensor.
        batches: an iterable of batches that does not end before the
        training does.
        optimiser: of torch.optim, with the model's parameters.
        lr: learning rate.
        steps, seconds: how long; where both are given, steps decide.
        warm_up: the rate rises over that many steps.
        schedule: function of the share of steps or seconds that is over;
        its result multiplies lr.
        limit: of the gradient's norm, or None.
        evaluate: function of the steps and the seconds so far,
            called after each `every` steps and at the end.

    Time is that of the process on its core, from the first step to the last,
    without drawing the batches and without evaluations, so that models get the
    same seconds whatever else the machine does. Returns the losses, one float a
    step. Raises FloatingPointError, with the step, if a loss is NaN or
    infinite, ValueError without steps and seconds or if the batches end.
    """
    if steps is None and seconds is None:
        raise ValueError(
            "steps: expected a number of steps, or of seconds, got neither"
        )
    losses, spent, done = [], 0.0, 0.0
    with one_thread():
        for batch in batches:
            start = time.process_time()
            rate = lr * min((len(losses) + 1) / warm_up, 1.0) * schedule(done)
            losses.append(take_step(model, step, batch, optimiser, rate, limit))
            spent += time.process_time() - start
            done = len(losses) / steps if steps is not None else spent / seconds
            if not math.isfinite(losses[-1]):
                raise FloatingPointError(
                    f"loss became {losses[-1]} at step {len(losses)}"
                )
            if evaluate is not None and (len(losses) % every == 0 or done >= 1):
                evaluate(len(losses), spent)
            if done >= 1:
                return losses
    raise ValueError(
        f"batches: expected them for the whole training, got {len(losses)}"
    )


def take_step(model, step, batch, optimiser, rate, limit=None):
    """One step of the optimiser: forward, backward,
    move. Returns the loss as a float."""
    for group in optimiser.param_groups:
        group["lr"] = rate
    loss = step(model, batch)
    optimiser.zero_grad()
    loss.backward()
    if limit is not None:
        torch.nn.utils.clip_grad_norm_(model.parameters(), limit)
    optimiser.step()
    return loss.item()
