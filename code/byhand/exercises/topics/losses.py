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
        z, y = whole(rng, size, low=0), whole(rng, size, low=0)
        yield special("exact hits", z, y)


@exercise(
    "activations_and_losses.mse",
    trains="a mean and its gradient",
    task="""
    mse(z, y) -> (loss, dz): predictions z (B,), targets y (B,). loss = mean of (z - y)^2, without
    a factor 1/2; dz (B,) = its gradient with respect to z.
    """,
    shapes={"z": "B"},
    outputs=("loss", "dz"),
    cases=pairs,
    variants=(
        lambda z, y: (
            sum((a - b) ** 2 for a, b in zip(z, y, strict=True)) / len(z),
            [2 * (a - b) / len(z) for a, b in zip(z, y, strict=True)],
        ),
        lambda z, y: (np.dot(z - y, z - y) / z.size, (z - y) / (z.size / 2)),
    ),
    hints=(
        "The mean is a sum divided by B; the gradient keeps that 1/B.",
        "loss = 1/B sum (z - y)^2;  dL/dz_n = 2 (z_n - y_n) / B.",
        "error = z - y\nreturn (error**2).mean(), 2 * error / ...",
    ),
    mistakes="""
    sum | (error**2).mean(), 2 * error / len(z) -> (error**2).sum(), 2 * error |
        You add up the squares; the mean divides by B (in the gradient too).
    loss_sum | .mean() -> .sum() | Your loss is the sum; the mean is asked for.
    gradient_of_sum | ` / len(z)` -> `` | Your gradient lacks the 1/B of the mean.
    no_two | 2 * error -> error | The gradient of a square has a factor 2.
    half | (error**2).mean(), 2 * error -> (error**2).mean() / 2, error |
        A different convention: you use 1/2 (z - y)^2; the task's loss has no 1/2.
    sign | 2 * error -> -2 * error |
        The gradient has the wrong sign: it is for z, and z - y grows with z.
    absolute | (error**2) -> np.abs(error) | You take |z - y|; mean squared error squares it.
    root | (error**2).mean() -> np.sqrt((error**2).mean()) |
        You take the square root of the mean; the mean itself is asked for.
    broadcast | (error**2).mean() -> ((z[:, None] - y) ** 2).mean() | You subtract a row (B,) from a
        column (B, 1): NumPy makes a B x B table of all differences. Both must be (B,).
    mean_squared | (error**2).mean() -> error.mean() ** 2 |
        You square the mean; the mean of the squares is asked for.
    no_square | (error**2) -> error | The square is missing: errors of both signs cancel.
    squared_gradient | 2 * error -> 2 * error**2 |
        The gradient is 2 (z - y) / B; you keep the square.
    root_and_slope | (error**2).mean(), 2 * error / len(z) -> np.sqrt((error**2).mean()), error /
        np.maximum(len(z) * np.sqrt((error**2).mean()), 1e-12) | You take the square root of the
        mean, in the gradient too; the mean itself is asked for.
    """,
)
def mse(z, y):
    error = z - y
    return (error**2).mean(), 2 * error / len(z)


@exercise(
    "activations_and_losses.mae",
    trains="a gradient of signs",
    task="""
    mae(z, y) -> (loss, dz): predictions z (B,), targets y (B,). loss = mean of |z - y|; dz (B,) =
    its gradient with respect to z, with 0 where z = y.
    """,
    shapes={"z": "B"},
    outputs=("loss", "dz"),
    cases=pairs,
    variants=(
        lambda z, y: (
            sum(abs(a - b) for a, b in zip(z, y, strict=True)) / len(z),
            [(float(a > b) - float(a < b)) / len(z) for a, b in zip(z, y, strict=True)],
        ),
        lambda z, y: (np.maximum(z - y, y - z).mean(), (np.heaviside(z - y, 0.5) * 2 - 1) / z.size),
    ),
    hints=(
        "The slope of |u| is -1 or +1; only the side counts, not the distance.",
        "loss = 1/B sum |z - y|;  dL/dz_n = sign(z_n - y_n) / B.",
        "error = z - y\nreturn np.abs(error).mean(), np.sign(...) / len(z)",
    ),
    mistakes="""
    sum | np.abs(error).mean(), np.sign(error) / len(z) -> np.abs(error).sum(), np.sign(error) |
        You add up; the mean divides by B (in the gradient too).
    gradient_of_sum | ` / len(z)` -> `` | Your gradient lacks the 1/B of the mean.
    no_abs | np.abs(error) -> error | The absolute value is missing: errors of both signs cancel.
    error_as_gradient | np.sign(error) -> error |
        The gradient is the sign of the error, not the error itself.
    sign | np.sign(error) -> -np.sign(error) | The gradient has the wrong sign: sign(z - y).
    abs_gradient | np.sign(error) -> np.abs(np.sign(error)) |
        The gradient keeps its sign: sign(z - y), not 1.
    broadcast | np.abs(error) -> np.abs(z[:, None] - y) | You subtract a row (B,) from a column (B,
        1): NumPy makes a B x B table of all differences. Both must be (B,).
    loss_sum | .mean() -> .sum() | Your loss is the sum; the mean is asked for.
    of_mean | np.abs(error).mean() -> abs(error.mean()) |
        You take the absolute value of the mean; the mean of the absolute values is asked for.
    squared | np.abs(error) -> (error**2) |
        You average the squares; mean absolute error takes |z - y|.
    one_at_zero | np.sign(error) -> np.where(error >= 0, 1.0, -1.0) | Where z = y the gradient is 0;
        yours is +1 there. np.sign gives 0.
    minus_at_zero | np.sign(error) -> np.where(error > 0, 1.0, -1.0) | Where z = y the gradient is
        0; yours is -1 there. np.sign gives 0.
    plain_mean | np.abs(error).mean(), np.sign(error) -> error.mean(), np.ones(len(z)) | The
        absolute value is missing, in the gradient too: errors of both signs cancel.
    """,
)
def mae(z, y):
    error = z - y
    return np.abs(error).mean(), np.sign(error) / len(z)


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
    hinge(z, y) -> (loss, dz): scores z (B,), labels y (B,), -1 or +1. loss = mean of max(0, 1 - y
    z); dz (B,) = its gradient with respect to z, with 0 where 1 - y z is exactly 0.
    """,
    shapes={"z": "B"},
    outputs=("loss", "dz"),
    cases=scored,
    variants=(
        lambda z, y: (
            sum(max(0.0, 1 - a * b) for a, b in zip(z, y, strict=True)) / len(z),
            [-float(b) / len(z) if a * b < 1 else 0.0 for a, b in zip(z, y, strict=True)],
        ),
        lambda z, y: (np.clip(1 - y * z, 0, None).mean(), -y * np.heaviside(1 - y * z, 0) / z.size),
    ),
    hints=(
        "An example beyond the margin, y z > 1, costs nothing and pulls at nothing.",
        "loss = 1/B sum max(0, 1 - y z);  dz_n = -y_n / B where 1 - y z > 0, else 0.",
        "gap = 1 - y * z\nreturn np.maximum(0, gap).mean(), np.where(gap > 0, ..., 0.0) / len(z)",
    ),
    mistakes=r"""
    no_margin | gap = 1 - y * z -> gap = -y * z |
        The margin 1 is missing: max(0, -y z) is the perceptron's loss; hinge is max(0, 1 - y z).
    zero_one | gap = 1 - y * z -> gap = 1 - (2 * y - 1) * z |
        You use the labels as if they were 0 and 1; here they are -1 and +1 already.
    no_max | np.maximum(0, gap) -> gap |
        The max with 0 is missing: examples beyond the margin must cost nothing.
    sum | .mean(), np.where(gap > 0, -y, 0.0) / len(z) -> .sum(), np.where(gap > 0, -y, 0.0) |
        You add up; the mean divides by B (in the gradient too).
    gradient_of_sum | ` / len(z)` -> `` | Your gradient lacks the 1/B of the mean.
    plus | 1 - y * z -> 1 + y * z |
        The sign inside is wrong: 1 - y z, so that a right score lowers the loss.
    sign | -y, 0.0 -> y, 0.0 | The gradient has the wrong sign: -y.
    z_for_y | -y, 0.0 -> -z, 0.0 | The gradient of 1 - y z with respect to z is -y, not -z.
    always | np.where(gap > 0, -y, 0.0) -> -y |
        The gradient is 0 for examples beyond the margin; yours pulls at all of them.
    at_margin | gap > 0 -> gap >= 0 |
        Exactly on the margin the task asks for the gradient 0: 1 - y z > 0, not >= 0.
    squared | np.maximum(0, gap).mean() -> (np.maximum(0, gap) ** 2).mean() |
        You square the hinge; it enters as it is.
    zero_slope | -y, 0.0 -> -1.0, 0.0 | For examples inside the margin the gradient is -y, not -1.
    y_z | -y, 0.0 -> -y * z, 0.0 | The gradient is taken with respect to z: -y, not -y z.
    half | np.maximum(0, gap).mean() -> np.maximum(0, gap).mean() / 2 |
        There is no 1/2 here: the mean of max(0, 1 - y z).
    loss_sum | .mean() -> .sum() | Your loss is the sum; the mean is asked for.
    counted | np.maximum(0, gap).mean() -> (gap > 0).mean() | Your loss is the share of examples
        inside the margin; the mean of max(0, 1 - y z) is asked for.
    labels_turned | gap = 1 - y * z -> y = 2 * y - 1\n    gap = 1 - y * z | You turn the labels by 2
        y - 1, which is for 0 and 1; here they are -1 and +1 already.
    squared_both | np.maximum(0, gap).mean(), np.where(gap > 0, -y, 0.0) -> (np.maximum(0, gap) **
        2).mean(), -2 * y * np.maximum(0, gap) | That is the squared hinge, with its gradient; here
        the hinge enters as it is.
    """,
)
def hinge(z, y):
    gap = 1 - y * z
    return np.maximum(0, gap).mean(), np.where(gap > 0, -y, 0.0) / len(z)


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
    cross_entropy(z, y) -> (loss, dz): logits z (B, C), labels y (B,) whole numbers 0 to C-1. loss
    = mean over the B examples of -log softmax(z)[y]; dz (B, C) = its gradient. Logits may be as
    large as 800: no overflow.
    """,
    shapes={"z": "B C"},
    outputs=("loss", "dz"),
    cases=classified,
    variants=(ce_by_loop, ce_by_logs),
    properties=(
        Property("each row of dz sums to 0", lambda f, z, y: near(f(z, y)[1].sum(axis=1), 0)),
    ),
    hints=(
        "log softmax needs no softmax: log of a quotient is a difference. That also keeps large "
        "logits finite.",
        "log p_j = (z_j - m) - log sum_k e^(z_k - m), m the row's maximum;  loss = -1/B sum log "
        "p_y;  dz = (p - onehot(y)) / B.",
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
        You add up over the examples; the mean divides by B (in the gradient too).
    gradient_of_sum | dz / len(y) -> dz |
        Your gradient is p - onehot(y) without the 1/B of the mean.
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
        You divide the gradient by B C; the mean is over the B examples only.
    log2 | -logp[rows, y].mean() -> -logp[rows, y].mean() / np.log(2) |
        You use the logarithm to base 2; the natural one is meant.
    all_classes | -logp[rows, y].mean() -> -logp.mean() |
        You average -log p over all classes; only the label's counts.
    columns | -logp[rows, y].mean() -> -logp[:, y].mean() |
        logp[:, y] takes whole columns, B x B numbers; [rows, y] takes one number of each row.
    gradient_columns | dz[rows, y] -= 1 -> dz[:, y] -= 1 |
        dz[:, y] takes whole columns, B x B numbers; [rows, y] takes one number of each row.
    both_columns | -logp[rows, y].mean() -> -logp[:, y].mean() ;; dz[rows, y] -= 1 -> dz[:, y] -= 1
        | [:, y] takes whole columns, B x B numbers; [rows, y] takes one number of each row.
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
    kl(q, p) -> number: KL(q || p) = sum_i q_i log(q_i / p_i), natural logarithm, for the
    truth q and the forecast p, both (C,). p is positive; where q is 0 the term is 0.
    """,
    shapes={"q": "C"},
    cases=distributions,
    variants=(
        lambda q, p: sum(a * math.log(a / b) for a, b in zip(q, p, strict=True) if a > 0),
        lambda q, p: np.sum(q * np.log(np.where(q > 0, q, 1))) - np.sum(q * np.log(p)),
    ),
    properties=(Property("KL(p || p) = 0", lambda f, q, p: near(f(p, p), 0)),),
    hints=(
        "It is cross-entropy minus entropy: the price, in nats, of using p's code for data from q.",
        "KL = sum over q_i > 0 of q_i (log q_i - log p_i).",
        "on = q > 0\nreturn (q[on] * (np.log(q[on]) - ...)).sum()",
    ),
    mistakes="""
    cross_entropy | np.log(q[on] / p[on]) -> -np.log(p[on]) |
        That is the cross-entropy -sum q log p; KL takes the entropy of q away from it.
    reversed | q[on] * np.log(q[on] / p[on]) -> p[on] * np.log(p[on] / q[on]) |
        That is KL(p || q): q and p are exchanged. The weights are those of q.
    inverted | np.log(q[on] / p[on]) -> np.log(p[on] / q[on]) |
        The quotient is turned over: log(q / p), so that the sum is never negative.
    mean | .sum() -> .sum() / len(q) | You take the mean over the C terms; KL is their sum.
    weighted_by_p | (q[on] * -> (p[on] * | The terms are weighted by q, not by p.
    no_weight | q[on] * np.log -> np.log | The weights q_i are missing: sum q_i log(q_i / p_i).
    log2 | np.log(q -> np.log2(q | You use the logarithm to base 2; the natural one is meant.
    nan_at_zero | q > 0 -> q >= 0 |
        0 log 0 gives NaN in NumPy; a term with q_i = 0 counts as 0, so leave it out.
    entropy | np.log(q[on] / p[on]) -> np.log(q[on]) | That is minus the entropy of q; p is missing.
    no_log | np.log(q[on] / p[on]) -> (q[on] / p[on]) | The logarithm is missing.
    difference | np.log(q[on] / p[on]) -> (q[on] - p[on]) | log(q / p) = log q - log p; you take the
        logarithm of a difference or the difference without logarithms.
    skips_small | q > 0 -> q > 0.02 | You leave out terms with a small q; only q_i = 0 is left out.
    symmetric | q[on] * np.log(q[on] / p[on]) -> (q[on] - p[on]) * np.log(q[on] / p[on]) |
        That is the symmetric sum KL(q || p) + KL(p || q); only the first is asked for.
    small_added | q[on] / p[on] -> (q[on] + SMALL) / (p[on] + SMALL) | A small number added inside
        the logarithm changes the value: leave out the terms with q_i = 0 instead.
    small_in_p | q[on] / p[on] -> q[on] / (p[on] + SMALL) | A small number added to p changes the
        value: p is positive, so nothing has to be added.
    """,
)
def kl(q, p):
    on = q > 0
    return (q[on] * np.log(q[on] / p[on])).sum()
