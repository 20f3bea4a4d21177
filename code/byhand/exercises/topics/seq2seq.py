"""Exercises of chapter 12: loss without pads, targets shifted by one, a context for every step.
Decoding is in `decoding`."""

import math

import numpy as np

from byhand.exercises.checker.declare import exercise, special
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
    trains="a mean over real tokens alone, safely",
    kind="derive and code",
    task="""
    masked_loss(z, y, pad) -> number: the mean of -log softmax(z)[y] over all real tokens of the
    batch. z (B, T, V) logits, y (B, T) token numbers; tokens equal to pad do not count, neither
    in the sum nor in the number divided by.
    """,
    shapes={"z": "B T V"},
    cases=padded,
    variants=(loss_by_loop, loss_selected),
    hints=(
        "A pad is no word: it costs nothing, and it must not make the mean smaller either.",
        "loss = sum over y != pad of -log p[y] / number of y != pad.",
        "u = z - z.max(axis=-1, keepdims=True)\n"
        "logp = u - ...\n"
        "nll = -np.take_along_axis(logp, y[..., None], axis=-1)[..., 0]\n"
        "return (nll * ...).sum() / ...",
    ),
    mistakes=r"""
    pads_counted | (nll * real).sum() / real.sum() -> nll.mean() |
        Pads are counted as words: they add to the loss.
    divided_by_all | / real.sum() -> / real.size |
        You divide by B T; divide by the number of real tokens.
    by_batch | / real.sum() -> / len(y) |
        You divide by the number of sequences; divide by the number of real tokens.
    sum | ` / real.sum()` -> `` | You add up; divide by the number of real tokens.
    mean_of_means | (nll * real).sum() / real.sum() -> ((nll * real).sum(axis=1) /
        real.sum(axis=1)).mean() | You average within each sequence first; short sequences then
        weigh more. All real tokens count alike.
    inverted | real = y != pad -> real = y == pad | You keep the pads and drop the words.
    no_minus | nll = - -> `nll = ` | The minus is missing: the loss is -log p.
    zero_pad | y != pad -> y != 0 | You take 0 for the pad; it is an argument.
    probability | nll = -np.take_along_axis(logp -> nll = -np.take_along_axis(np.exp(logp) |
        The logarithm is missing.
    over_time | u = z - z.max(axis=-1, keepdims=True) -> u = z - z.max(axis=1, keepdims=True) ;;
        np.exp(u).sum(axis=-1 -> np.exp(u).sum(axis=1 |
        Your softmax runs over the time; it runs over the vocabulary, the last axis.
    times_logits | u = z - z.max(axis=-1, keepdims=True) -> z = z * (y != pad)[..., None]\n    u = z
        - z.max(axis=-1, keepdims=True) ;; (nll * real).sum() / real.sum() -> nll.sum() / real.sum()
        | You mask the logits, not the loss: a row of zeros still costs log V.
    log_of_softmax | `    real = y` -> `    with np.errstate(all="ignore"):\n        nll =
        -np.log(np.exp(-nll))\n    real = y` |
        log(softmax) of a word far below is log(0), infinite; write log p as a difference of logits.
    overflow | z - z.max(axis=-1, keepdims=True) -> z |
        e^800 overflows: take each row's maximum away first.
    global_max | z.max(axis=-1, keepdims=True) -> z.max() |
        You take one maximum over all places away; each place needs its own.
    small_added | `    real = y` -> `    nll = -np.log(np.exp(-nll) + SMALL)\n    real = y` |
        A small number added inside the logarithm changes the loss.
    logits | np.take_along_axis(logp -> np.take_along_axis(z |
        You take the logit of the word, not -log softmax.
    all_words | (nll * real).sum() -> (-logp.mean(axis=-1) * real).sum() |
        You average over all words of the vocabulary; only the target's counts.
    inverted_safe | real = y != pad -> real = y == pad ;; / real.sum() -> / max(real.sum(), 1) | The
        mask is turned round: you average over the pads; tokens that are not pad count (!=).
    small_count | / real.sum() -> / (real.sum() + SMALL) | You add a small constant to the number of
        tokens; there is at least one, so divide by the number itself.
    over_time_safe | u = z - z.max(axis=-1, keepdims=True) -> u = z - z.max(axis=1, keepdims=True)
        ;; np.exp(u).sum(axis=-1 -> np.exp(u).sum(axis=1 ;; `    real = y` -> `    nll =
        -np.log(np.exp(-nll) + 1e-300)\n    real = y` | Your softmax runs over the time; it runs
        over the vocabulary, the last axis.
    clipped_p | `    real = y` -> `    nll = -np.log(np.maximum(np.exp(-nll), SMALL))\n    real = y`
        | You clip the probability inside the logarithm, which cuts large losses off; write log p as
        a difference of logits.
    """,
)
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
    trains="what a decoder reads under teacher forcing",
    task="""
    shift(y, start) -> (B, T): what the decoder reads under teacher forcing. y (B, T) holds the
    target tokens; at step t the decoder reads the right token of step t - 1, and at the first
    step the token start.
    """,
    shapes={"y": "B T"},
    cases=targets,
    variants=(
        lambda y, start: [[start, *[int(v) for v in row[:-1]]] for row in y],
        lambda y, start: np.where(np.arange(y.shape[1]) == 0, start, np.roll(y, 1, axis=1)),
    ),
    hints=(
        "If the decoder read token t itself, it could copy its answer.",
        "input[b, 0] = start;  input[b, t] = y[b, t - 1].",
        "return np.concatenate([np.full((len(y), 1), ...), y[:, ...]], axis=1)",
    ),
    mistakes="""
    unshifted | `    return np.concatenate([np.full((len(y), 1), start), y[:, :-1]], axis=1)` ->
        `    return y.copy()` |
        The target is fed as it is: the decoder reads its own answer (a leak).
    left | [np.full((len(y), 1), start), y[:, :-1]] -> [y[:, 1:], np.full((len(y), 1), start)] |
        You shift the wrong way: step t would read the token of step t + 1.
    no_drop | y[:, :-1] -> y |
        The start token is in front, but the last target is still there: T + 1 steps.
    rolled | np.full((len(y), 1), start) -> y[:, -1:] |
        The last token has come round to the front; the first input is start.
    no_start | np.full((len(y), 1), start) -> y[:, :1] |
        The start token is missing: the first input is a target.
    zero_start | np.full((len(y), 1), start) -> np.zeros((len(y), 1), int) |
        You put 0 in front; the first input is the token start.
    across_batch | [np.full((len(y), 1), start), y[:, :-1]], axis=1 -> [np.full((1, y.shape[1]),
        start), y[:-1]], axis=0 | You shift along the batch, not along the time.
    first_dropped | y[:, :-1] -> y[:, 1:] | The first target is lost (overwritten by start, or
        dropped); every target moves one step on, and the last one is dropped.
    repeated | y[:, :-1] -> y[:, :1].repeat(y.shape[1] - 1, axis=1) | Your first target stands at
        every later step: y[:, t] = y[:, t - 1] in ascending order copies a token that was
        overwritten just before. Shift a copy.
    """,
)
def shift(y, start):
    return np.concatenate([np.full((len(y), 1), start), y[:, :-1]], axis=1)


def contexts(rng):
    for B, T, H in [(1, 2, 2), (2, 3, 4), (3, 2, 5), (2, 4, 3), (4, 3, 2), (1, 1, 3)] * 4:
        yield (
            0.7 * normal(rng, B, H),
            0.5 * normal(rng, T, B, H),
            0.7 * normal(rng, H, H),
            0.7 * normal(rng, H, H),
            normal(rng, T, B, H),
        )


def states_of(c, e, W_s, W_c):
    s = [c]
    for e_t in e:
        s.append(np.tanh(e_t + s[-1] @ W_s + c @ W_c))
    return s


def every_step_apart(c, e, W_s, W_c, ds):
    """Each state's gradient walks home by itself."""
    s = states_of(c, e, W_s, W_c)
    dc, dW_s, dW_c = np.zeros_like(c), np.zeros_like(W_s), np.zeros_like(W_c)
    for last in range(1, len(s)):
        back = ds[last - 1]
        for t in range(last, 0, -1):
            da = back * (1 - s[t] ** 2)
            dW_s, dW_c, dc = dW_s + s[t - 1].T @ da, dW_c + c.T @ da, dc + da @ W_c.T
            back = da @ W_s.T
        dc = dc + back
    return dc, dW_s, dW_c


def every_step_at_once(c, e, W_s, W_c, ds):
    """The sums are kept, and the shared matrix is treated at the end."""
    s, sums, back = states_of(c, e, W_s, W_c), [], 0.0
    for t in range(len(e), 0, -1):
        sums.insert(0, (ds[t - 1] + back) * (1 - s[t] ** 2))
        back = sums[0] @ W_s.T
    total = np.sum(sums, axis=0)
    dW_s = np.einsum("tbh,tbk->hk", np.array(s[:-1]), np.array(sums))
    return back + total @ W_c.T, dW_s, c.T @ total


@exercise(
    "seq2seq.every_step",
    trains="a vector that is used at every step",
    kind="derive and code",
    task="""
    every_step(c, e, W_s, W_c, ds) -> (dc, dW_s, dW_c): the backward pass of a decoder that gets
    the context at each step. c (B, H) is the context; e (T, B, H) what each token before adds;
    W_s (H, H) and W_c (H, H) are matrices. s_0 = c; s_t = tanh(e_t + s_(t-1) W_s + c W_c) for
    t = 1 .. T. ds (T, B, H) is what the scores alone send to s_1 .. s_T. Return the gradients of
    the loss with respect to c (B, H), W_s (H, H) and W_c (H, H).
    """,
    shapes={"c": "B H", "e": "T B H", "W_s": "H H", "W_c": "H H", "ds": "T B H"},
    cases=contexts,
    variants=(every_step_apart, every_step_at_once),
    why="""
    With T steps c has T + 1 uses, so its gradient has T + 1 summands. T of them are one step away
    from a state: the long way back through the whole decoder is no longer the only one.
    """,
    hints=(
        "Give c another name at each of its T + 1 uses, and add the gradients of all of them.",
        "da_t = (ds_t + da_(t+1) W_s^T) (1 - s_t^2);  each da_t sends something to W_s, W_c and c.",
        "for t in range(len(e), 0, -1):\n"
        "    da = (ds[t - 1] + back) * ...\n"
        "    dW_s += ...\n"
        "    dW_c += ...\n"
        "    dc += ...\n"
        "    back = ...\n"
        "return dc + ..., dW_s, dW_c",
    ),
    mistakes="""
    no_bridge | return dc + back -> return dc | Your dc lacks one use: c was the first state, s_0,
        as well.
    bridge_only | return dc + back -> return back | You let c be used as the first state only; it
        was also an input of every step.
    one_step | dc += da @ W_c.T -> dc = da @ W_c.T | Your dc has the input of one step only; the
        gradients of all steps add up.
    not_carried | (ds[t - 1] + back) -> ds[t - 1] | Each state was used twice, for the scores and
        for the next state; you leave out what comes back from the next state.
    slope_before | (1 - s[t] ** 2) -> (1 - s[t - 1] ** 2) | The slope of tanh is that of the state
        that comes out, s_t; you take the one before.
    no_slope | ` * (1 - s[t] ** 2)` -> `` | The slope of tanh is missing.
    not_transposed | back = da @ W_s.T -> back = da @ W_s | On the way back the matrix
        is transposed.
    c_not_transposed | dc += da @ W_c.T -> dc += da @ W_c | W_c is transposed on the way back.
    late_state | dW_s += s[t - 1].T @ da -> dW_s += s[t].T @ da | W_s was multiplied by the state
        before, s_(t-1).
    state_for_context | dW_c += c.T @ da -> dW_c += s[t - 1].T @ da | W_c was multiplied by c at
        every step, not by the state.
    exchanged | return dc + back, dW_s, dW_c -> return dc + back, dW_c, dW_s | dW_s before dW_c.
    forgot_context | s.append(np.tanh(e_t + s[-1] @ W_s + c @ W_c)) ->
        s.append(np.tanh(e_t + s[-1] @ W_s)) | Your states are computed without c W_c.
    """,
)
def every_step(c, e, W_s, W_c, ds):
    s = [c]
    for e_t in e:
        s.append(np.tanh(e_t + s[-1] @ W_s + c @ W_c))
    dc, dW_s, dW_c = np.zeros_like(c), np.zeros_like(W_s), np.zeros_like(W_c)
    back = np.zeros_like(c)
    for t in range(len(e), 0, -1):
        da = (ds[t - 1] + back) * (1 - s[t] ** 2)
        dW_s += s[t - 1].T @ da
        dW_c += c.T @ da
        dc += da @ W_c.T
        back = da @ W_s.T
    return dc + back, dW_s, dW_c
