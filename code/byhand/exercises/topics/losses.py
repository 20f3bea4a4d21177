"""Exercises of chapter 2, second half: losses and their gradients."""

import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, special
from byhand.exercises.topics.cases import near, normal, shares, whole


def pairs(rng):
    yield np.array([1.0]), np.array([3.0])
    yield np.array([1.0, 0.0]), np.array([0.0, 2.0])
    yield special("an exact hit", np.array([1.0, 2.0, 5.0]), np.array([1.0, 4.0, 2.0]))
    yield special("exact hits", whole(rng, 9), whole(rng, 9))
    for size in (2, 3, 4, 5, 7) * 4:
        yield normal(rng, size, scale=2.0), normal(rng, size, scale=2.0)
    for size in (5, 6):
        p, y = whole(rng, size, low=0), whole(rng, size, low=0)
        yield special("exact hits", p, y)


@exercise(
    "activations_and_losses.mse",
    trains="a mean and its gradient",
    task="""
    mse(p, y) -> (loss, dp): predictions p (N,), targets y (N,). loss = mean of (p - y)^2, without
    a factor 1/2; dp (N,) = its gradient with respect to p.
    """,
    shapes={"p": "N"},
    outputs=("loss", "dp"),
    cases=pairs,
    variants=(
        lambda p, y: (
            sum((a - b) ** 2 for a, b in zip(p, y, strict=True)) / len(p),
            [2 * (a - b) / len(p) for a, b in zip(p, y, strict=True)],
        ),
        lambda p, y: (np.dot(p - y, p - y) / p.size, (p - y) / (p.size / 2)),
    ),
    hints=(
        "The mean is a sum divided by N; the gradient keeps that 1/N.",
        "loss = 1/N sum (p - y)^2;  dL/dp_n = 2 (p_n - y_n) / N.",
        "error = p - y\nreturn (error**2).mean(), 2 * error / ...",
    ),
    mistakes="""
    sum | (error**2).mean(), 2 * error / len(p) -> (error**2).sum(), 2 * error |
        You add up the squares; the mean divides by N (in the gradient too).
    loss_sum | .mean() -> .sum() | Your loss is the sum; the mean is asked for.
    gradient_of_sum | ` / len(p)` -> `` | Your gradient lacks the 1/N of the mean.
    no_two | 2 * error -> error | The gradient of a square has a factor 2.
    half | (error**2).mean(), 2 * error -> (error**2).mean() / 2, error |
        A different convention: you use 1/2 (p - y)^2; the task's loss has no 1/2.
    sign | 2 * error -> -2 * error |
        The gradient has the wrong sign: it is for p, and p - y grows with p.
    absolute | (error**2) -> np.abs(error) | You take |p - y|; mean squared error squares it.
    root | (error**2).mean() -> np.sqrt((error**2).mean()) |
        You take the square root of the mean; the mean itself is asked for.
    broadcast | (error**2).mean() -> ((p[:, None] - y) ** 2).mean() | You subtract a row (N,) from a
        column (N, 1): NumPy makes an N x N table of all differences. Both must be (N,).
    mean_squared | (error**2).mean() -> error.mean() ** 2 |
        You square the mean; the mean of the squares is asked for.
    no_square | (error**2) -> error | The square is missing: errors of both signs cancel.
    squared_gradient | 2 * error -> 2 * error**2 |
        The gradient is 2 (p - y) / N; you keep the square.
    root_and_slope | (error**2).mean(), 2 * error / len(p) -> np.sqrt((error**2).mean()), error /
        np.maximum(len(p) * np.sqrt((error**2).mean()), 1e-12) | You take the square root of the
        mean, in the gradient too; the mean itself is asked for.
    """,
)
def mse(p, y):
    error = p - y
    return (error**2).mean(), 2 * error / len(p)


@exercise(
    "activations_and_losses.mae",
    trains="a gradient of signs",
    task="""
    mae(p, y) -> (loss, dp): predictions p (N,), targets y (N,). loss = mean of |p - y|; dp (N,) =
    its gradient with respect to p, with 0 where p = y.
    """,
    shapes={"p": "N"},
    outputs=("loss", "dp"),
    cases=pairs,
    variants=(
        lambda p, y: (
            sum(abs(a - b) for a, b in zip(p, y, strict=True)) / len(p),
            [(float(a > b) - float(a < b)) / len(p) for a, b in zip(p, y, strict=True)],
        ),
        lambda p, y: (np.maximum(p - y, y - p).mean(), (np.heaviside(p - y, 0.5) * 2 - 1) / p.size),
    ),
    hints=(
        "The slope of |u| is -1 or +1; only the side counts, not the distance.",
        "loss = 1/N sum |p - y|;  dL/dp_n = sign(p_n - y_n) / N.",
        "error = p - y\nreturn np.abs(error).mean(), np.sign(...) / len(p)",
    ),
    mistakes="""
    sum | np.abs(error).mean(), np.sign(error) / len(p) -> np.abs(error).sum(), np.sign(error) |
        You add up; the mean divides by N (in the gradient too).
    gradient_of_sum | ` / len(p)` -> `` | Your gradient lacks the 1/N of the mean.
    no_abs | np.abs(error) -> error | The absolute value is missing: errors of both signs cancel.
    error_as_gradient | np.sign(error) -> error |
        The gradient is the sign of the error, not the error itself.
    sign | np.sign(error) -> -np.sign(error) | The gradient has the wrong sign: sign(p - y).
    abs_gradient | np.sign(error) -> np.abs(np.sign(error)) |
        The gradient keeps its sign: sign(p - y), not 1.
    broadcast | np.abs(error) -> np.abs(p[:, None] - y) | You subtract a row (N,) from a column (N,
        1): NumPy makes an N x N table of all differences. Both must be (N,).
    loss_sum | .mean() -> .sum() | Your loss is the sum; the mean is asked for.
    of_mean | np.abs(error).mean() -> abs(error.mean()) |
        You take the absolute value of the mean; the mean of the absolute values is asked for.
    squared | np.abs(error) -> (error**2) |
        You average the squares; mean absolute error takes |p - y|.
    one_at_zero | np.sign(error) -> np.where(error >= 0, 1.0, -1.0) | Where p = y the gradient is 0;
        yours is +1 there. np.sign gives 0.
    minus_at_zero | np.sign(error) -> np.where(error > 0, 1.0, -1.0) | Where p = y the gradient is
        0; yours is -1 there. np.sign gives 0.
    plain_mean | np.abs(error).mean(), np.sign(error) -> error.mean(), np.ones(len(p)) | The
        absolute value is missing, in the gradient too: errors of both signs cancel.
    """,
)
def mae(p, y):
    error = p - y
    return np.abs(error).mean(), np.sign(error) / len(p)


def scored(rng):
    yield np.array([0.5]), np.array([1])
    yield np.array([2.0, -0.5]), np.array([1, 1])
    for n in (4, 6, 9):
        y = rng.choice([-1, 1], n)
        yield special("a score exactly on the margin", np.append(whole(rng, n - 1), y[-1]), y)
    for size in (2, 3, 4, 5, 7, 8) * 3:
        yield normal(rng, size), rng.choice([-1, 1], size)
    yield special("close to the margin", np.array([0.9995, -0.9995, 1.0005]), np.array([1, -1, 1]))


@exercise(
    "activations_and_losses.hinge",
    trains="a loss with a corner, and the slope there",
    kind="derive and code",
    task="""
    hinge(s, y) -> (loss, ds): scores s (N,), labels y (N,), -1 or +1. loss = mean of max(0, 1 - y
    s); ds (N,) = its gradient with respect to s, with 0 where 1 - y s is exactly 0.
    """,
    shapes={"s": "N"},
    outputs=("loss", "ds"),
    cases=scored,
    variants=(
        lambda s, y: (
            sum(max(0.0, 1 - a * b) for a, b in zip(s, y, strict=True)) / len(s),
            [-float(b) / len(s) if a * b < 1 else 0.0 for a, b in zip(s, y, strict=True)],
        ),
        lambda s, y: (np.clip(1 - y * s, 0, None).mean(), -y * np.heaviside(1 - y * s, 0) / s.size),
    ),
    hints=(
        "An example beyond the margin, y s > 1, costs nothing and pulls at nothing.",
        "loss = 1/N sum max(0, 1 - y s);  ds_n = -y_n / N where 1 - y s > 0, else 0.",
        "gap = 1 - y * s\nreturn np.maximum(0, gap).mean(), np.where(gap > 0, ..., 0.0) / len(s)",
    ),
    mistakes=r"""
    no_margin | gap = 1 - y * s -> gap = -y * s |
        The margin 1 is missing: max(0, -y s) is the perceptron's loss; hinge is max(0, 1 - y s).
    zero_one | gap = 1 - y * s -> gap = 1 - (2 * y - 1) * s |
        You use the labels as if they were 0 and 1; here they are -1 and +1 already.
    no_max | np.maximum(0, gap) -> gap |
        The max with 0 is missing: examples beyond the margin must cost nothing.
    sum | .mean(), np.where(gap > 0, -y, 0.0) / len(s) -> .sum(), np.where(gap > 0, -y, 0.0) |
        You add up; the mean divides by N (in the gradient too).
    gradient_of_sum | ` / len(s)` -> `` | Your gradient lacks the 1/N of the mean.
    plus | 1 - y * s -> 1 + y * s |
        The sign inside is wrong: 1 - y s, so that a right score lowers the loss.
    sign | -y, 0.0 -> y, 0.0 | The gradient has the wrong sign: -y.
    s_for_y | -y, 0.0 -> -s, 0.0 | The gradient of 1 - y s with respect to s is -y, not -s.
    always | np.where(gap > 0, -y, 0.0) -> -y |
        The gradient is 0 for examples beyond the margin; yours pulls at all of them.
    at_margin | gap > 0 -> gap >= 0 |
        Exactly on the margin the task asks for the gradient 0: 1 - y s > 0, not >= 0.
    squared | np.maximum(0, gap).mean() -> (np.maximum(0, gap) ** 2).mean() |
        You square the hinge; it enters as it is.
    zero_slope | -y, 0.0 -> -1.0, 0.0 | For examples inside the margin the gradient is -y, not -1.
    y_s | -y, 0.0 -> -y * s, 0.0 | The gradient is taken with respect to s: -y, not -y s.
    half | np.maximum(0, gap).mean() -> np.maximum(0, gap).mean() / 2 |
        There is no 1/2 here: the mean of max(0, 1 - y s).
    loss_sum | .mean() -> .sum() | Your loss is the sum; the mean is asked for.
    counted | np.maximum(0, gap).mean() -> (gap > 0).mean() | Your loss is the share of examples
        inside the margin; the mean of max(0, 1 - y s) is asked for.
    labels_turned | gap = 1 - y * s -> y = 2 * y - 1\n    gap = 1 - y * s | You turn the labels by 2
        y - 1, which is for 0 and 1; here they are -1 and +1 already.
    squared_both | np.maximum(0, gap).mean(), np.where(gap > 0, -y, 0.0) -> (np.maximum(0, gap) **
        2).mean(), -2 * y * np.maximum(0, gap) | That is the squared hinge, with its gradient; here
        the hinge enters as it is.
    """,
)
def hinge(s, y):
    gap = 1 - y * s
    return np.maximum(0, gap).mean(), np.where(gap > 0, -y, 0.0) / len(s)


def classified(rng):
    yield np.array([[0.0, 1.0]]), np.array([0])
    yield np.array([[1.0, 0.0, 2.0]]), np.array([2])
    for size, classes in [(1, 4), (2, 3), (3, 2), (4, 3), (2, 5), (3, 4), (5, 2)] * 3:
        yield normal(rng, size, classes), rng.integers(0, classes, size)
    for size in (2, 3, 5):
        yield special(
            "large logits",
            normal(rng, size, 4) + np.array([0.0, 800.0, 790.0, -800.0]),
            rng.integers(0, 4, size),
        )
    for label in (0, 1, 2):
        far = np.array([[800.0, -800.0, -800.0], [0.0, 1.0, 0.0]])
        yield special("a row of 800 and a row of 0", far, np.array([label, 1]))


def ce_by_loop(z, y):
    loss, dz = 0.0, np.zeros(z.shape)
    for n, row in enumerate(z):
        m = max(row)
        total = math.fsum(math.exp(x - m) for x in row)
        loss += (m + math.log(total) - row[y[n]]) / len(z)
        for j, x in enumerate(row):
            dz[n, j] = (math.exp(x - m) / total - (j == y[n])) / len(z)
    return loss, dz


def ce_by_logs(z, y):
    logp = z - np.logaddexp.reduce(z, axis=1)[:, None]
    onehot = np.eye(z.shape[1])[y]
    return -(onehot * logp).sum() / len(z), (np.exp(logp) - onehot) / len(z)


@exercise(
    "activations_and_losses.cross_entropy",
    trains="a loss from scores and its gradient, safely",
    kind="derive and code",
    task="""
    cross_entropy(z, y) -> (loss, dz): logits z (N, C), labels y (N,) whole numbers 0 to C-1. loss
    = mean over the N examples of -log softmax(z)[y]; dz (N, C) = its gradient. Logits may be as
    large as 800: no overflow.
    """,
    shapes={"z": "N C"},
    outputs=("loss", "dz"),
    cases=classified,
    variants=(ce_by_loop, ce_by_logs),
    properties=(
        Property("each row of dz sums to 0", lambda f, z, y: near(f(z, y)[1].sum(axis=1), 0)),
    ),
    hints=(
        "log softmax needs no softmax: log of a quotient is a difference. That also keeps large "
        "logits finite.",
        "log p_j = (z_j - m) - log sum_k e^(z_k - m), m the row's maximum;  loss = -1/N sum log "
        "p_y;  dz = (p - onehot(y)) / N.",
        "u = z - z.max(axis=1, keepdims=True)\n"
        "logp = u - np.log(...)\n"
        "dz = np.exp(logp); dz[rows, y] -= ...\n"
        "return -logp[rows, y].mean(), ...",
    ),
    mistakes=r"""
    log_of_softmax | -logp[rows, y].mean() -> -np.log(np.exp(logp)[rows, y]).mean() | log(softmax)
        of a class far below is log(0), infinite; write log p as a difference of logits instead.
    overflow | z - z.max(axis=1, keepdims=True) -> z |
        e^800 overflows: take each row's maximum away first.
    sum | -logp[rows, y].mean(), dz / len(y) -> -logp[rows, y].sum(), dz |
        You add up over the examples; the mean divides by N (in the gradient too).
    gradient_of_sum | dz / len(y) -> dz |
        Your gradient is p - onehot(y) without the 1/N of the mean.
    loss_sum | .mean() -> .sum() | Your loss is the sum over the examples; the mean is asked for.
    no_minus | -logp[rows, y] -> logp[rows, y] | The minus is missing: the loss is -log p.
    argmax | -logp[rows, y] -> -logp.max(axis=1) |
        You take the most probable class; the loss asks for the probability of the label y.
    softmax_twice | z - z.max(axis=1, keepdims=True) -> np.exp(z - z.max(axis=1, keepdims=True)) /
        np.exp(z - z.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True) |
        Softmax is applied twice: z already goes through it inside the loss.
    axis_0 | z.max(axis=1, keepdims=True) -> z.max(axis=0, keepdims=True) ;; np.exp(u).sum(axis=1,
        keepdims=True) -> np.exp(u).sum(axis=0, keepdims=True) |
        Your softmax runs down the columns (axis 0); the classes lie along a row (axis 1).
    probability | -logp[rows, y].mean() -> np.exp(logp)[rows, y].mean() |
        The logarithm is missing: you average the probability of the label.
    one_minus_p | -logp[rows, y].mean() -> (1 - np.exp(logp)[rows, y]).mean() |
        You average 1 - p of the label; the loss is -log p.
    no_onehot | `    dz[rows, y] -= 1\n` -> `` | The gradient lacks the label: p - onehot(y), not p.
    gradient_sign | dz / len(y) -> -dz / len(y) | The gradient has the wrong sign: p - onehot(y).
    by_classes | dz / len(y) -> dz / dz.size |
        You divide the gradient by N C; the mean is over the N examples only.
    log2 | -logp[rows, y].mean() -> -logp[rows, y].mean() / np.log(2) |
        You use the logarithm to base 2; the natural one is meant.
    all_classes | -logp[rows, y].mean() -> -logp.mean() |
        You average -log p over all classes; only the label's counts.
    columns | -logp[rows, y].mean() -> -logp[:, y].mean() |
        logp[:, y] takes whole columns, N x N numbers; [rows, y] takes one number of each row.
    gradient_columns | dz[rows, y] -= 1 -> dz[:, y] -= 1 |
        dz[:, y] takes whole columns, N x N numbers; [rows, y] takes one number of each row.
    both_columns | -logp[rows, y].mean() -> -logp[:, y].mean() ;; dz[rows, y] -= 1 -> dz[:, y] -= 1
        | [:, y] takes whole columns, N x N numbers; [rows, y] takes one number of each row.
    raw_labels | dz[rows, y] -= 1 -> dz -= y[:, None] | You take the label's number away from every
        entry; only the entry of the label loses 1 (its one-hot row).
    global_max | z.max(axis=1, keepdims=True) -> z.max() | You take one maximum over all rows away;
        a row far below it underflows to log(0). Each row needs its own.
    mean_shift | z.max(axis=1, keepdims=True) -> z.mean(axis=1, keepdims=True) |
        The mean taken away does not guard against overflow; take each row's maximum away.
    plus_onehot | dz[rows, y] -= 1 -> dz[rows, y] += 1 |
        The gradient is p - onehot(y), not p + onehot(y).
    small_added | -logp[rows, y].mean() -> -np.log(np.exp(logp)[rows, y] + SMALL).mean() | A small
        number added inside the logarithm changes the loss; write log p as a difference of logits.
    logits_gradient | dz = np.exp(logp) -> dz = z.copy() |
        The gradient has the probabilities: softmax(z) - onehot(y), not z - onehot(y).
    plain_softmax | `    u = z - z.max(axis=1, keepdims=True)\n    logp = u -
        np.log(np.exp(u).sum(axis=1, keepdims=True))` -> `    logp = np.log(np.exp(z) /
        np.exp(z).sum(axis=1, keepdims=True))` | e^800 overflows (inf/inf): take each row's maximum
        away first, and write log p as a difference of logits.
    clipped_p | -logp[rows, y].mean() -> -np.log(np.maximum(np.exp(logp)[rows, y], SMALL)).mean() |
        You clip the probability inside the logarithm, which cuts large losses off; write log p as a
        difference of logits.
    """,
)
def cross_entropy(z, y):
    rows = np.arange(len(y))
    u = z - z.max(axis=1, keepdims=True)
    logp = u - np.log(np.exp(u).sum(axis=1, keepdims=True))
    dz = np.exp(logp)
    dz[rows, y] -= 1
    return -logp[rows, y].mean(), dz / len(y)


def distributions(rng):
    yield np.array([1.0, 0.0]), np.array([0.5, 0.5])
    yield special("equal distributions", np.array([0.2, 0.3, 0.5]), np.array([0.2, 0.3, 0.5]))
    for classes in (2, 3, 4, 5, 7) * 3:
        yield shares(rng, classes), shares(rng, classes)
    for _ in range(4):
        p = shares(rng, 3)
        yield special("a zero in p", np.array([0.0, *p]), shares(rng, 4))
    for small in (0.01, 0.003, 0.0005):
        yield special("small numbers", np.array([small, 0.7 - small, 0.3]), shares(rng, 3))
        yield special("small numbers", shares(rng, 3), np.array([0.4, 0.6, small**3]))


@exercise(
    "activations_and_losses.kl",
    trains="0 log 0 is 0",
    task="""
    kl(p, q) -> number: KL(p || q) = sum_i p_i log(p_i / q_i), natural logarithm, for two
    distributions p, q (C,). q is positive; where p is 0 the term is 0.
    """,
    shapes={"p": "C"},
    cases=distributions,
    variants=(
        lambda p, q: sum(a * math.log(a / b) for a, b in zip(p, q, strict=True) if a > 0),
        lambda p, q: np.sum(p * np.log(np.where(p > 0, p, 1))) - np.sum(p * np.log(q)),
    ),
    properties=(Property("KL(q || q) = 0", lambda f, p, q: near(f(q, q), 0)),),
    hints=(
        "It is cross-entropy minus entropy: the price, in nats, of using q's code for data from p.",
        "KL = sum over p_i > 0 of p_i (log p_i - log q_i).",
        "on = p > 0\nreturn (p[on] * (np.log(p[on]) - ...)).sum()",
    ),
    mistakes="""
    cross_entropy | np.log(p[on] / q[on]) -> -np.log(q[on]) |
        That is the cross-entropy -sum p log q; KL takes the entropy of p away from it.
    reversed | p[on] * np.log(p[on] / q[on]) -> q[on] * np.log(q[on] / p[on]) |
        That is KL(q || p): p and q are exchanged. The weights are those of p.
    inverted | np.log(p[on] / q[on]) -> np.log(q[on] / p[on]) |
        The quotient is turned over: log(p / q), so that the sum is never negative.
    mean | .sum() -> .sum() / len(p) | You take the mean over the C terms; KL is their sum.
    weighted_by_q | (p[on] * -> (q[on] * | The terms are weighted by p, not by q.
    no_weight | p[on] * np.log -> np.log | The weights p_i are missing: sum p_i log(p_i / q_i).
    log2 | np.log(p -> np.log2(p | You use the logarithm to base 2; the natural one is meant.
    nan_at_zero | p > 0 -> p >= 0 |
        0 log 0 gives NaN in NumPy; a term with p_i = 0 counts as 0, so leave it out.
    entropy | np.log(p[on] / q[on]) -> np.log(p[on]) | That is minus the entropy of p; q is missing.
    no_log | np.log(p[on] / q[on]) -> (p[on] / q[on]) | The logarithm is missing.
    difference | np.log(p[on] / q[on]) -> (p[on] - q[on]) | log(p / q) = log p - log q; you take the
        logarithm of a difference or the difference without logarithms.
    skips_small | p > 0 -> p > 0.02 | You leave out terms with a small p; only p_i = 0 is left out.
    symmetric | p[on] * np.log(p[on] / q[on]) -> (p[on] - q[on]) * np.log(p[on] / q[on]) |
        That is the symmetric sum KL(p || q) + KL(q || p); only the first is asked for.
    small_added | p[on] / q[on] -> (p[on] + SMALL) / (q[on] + SMALL) | A small number added inside
        the logarithm changes the value: leave out the terms with p_i = 0 instead.
    small_in_q | p[on] / q[on] -> p[on] / (q[on] + SMALL) | A small number added to q changes the
        value: q is positive, so nothing has to be added.
    """,
)
def kl(p, q):
    on = p > 0
    return (p[on] * np.log(p[on] / q[on])).sum()
