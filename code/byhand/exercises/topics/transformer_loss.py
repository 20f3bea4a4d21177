"""Exercises of chapter 16, last part: label smoothing."""

import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, special
from byhand.exercises.topics.cases import near, normal


def smoothing_cases(rng):
    yield np.array([[0.0, 1.0]]), np.array([1]), 0.1
    for N, K in [(1, 3), (2, 3), (3, 4), (4, 2), (2, 5), (5, 3)] * 4:
        yield normal(rng, N, K, scale=2), rng.integers(0, K, N), float(rng.choice([0.1, 0.2, 0.3]))
    for label in (0, 1, 2):
        far = np.array([[800.0, -800.0, -800.0], [0.0, 1.0, 0.0]])
        yield special("large logits", far, np.array([label, 1]), 0.1)


def smoothing_by_loop(z, y, eps):
    total, rows = 0.0, []
    for row, label in zip(z, y, strict=True):
        q = [eps / len(row) + (1 - eps) * (k == label) for k in range(len(row))]
        log_sum = max(row) + math.log(sum(math.exp(v - max(row)) for v in row))
        total -= sum(a * (v - log_sum) for a, v in zip(q, row, strict=True))
        rows.append(q)
    return rows, total / len(z)


def smoothing_mixed(z, y, eps):
    logp = z - np.logaddexp.reduce(z, axis=1)[:, None]
    hard, even = -logp[np.arange(len(y)), y].mean(), -logp.mean()
    return (1 - eps) * np.eye(z.shape[1])[y] + eps / z.shape[1], (1 - eps) * hard + eps * even


@exercise(
    "transformer.label_smoothing",
    trains="soft targets and their loss",
    kind="derive and code",
    task="""
    label_smoothing(z, y, eps) -> (q, loss): logits z (N, K), labels y (N,). q (N, K) = (1 - eps)
    onehot(y) + eps / K, the share eps going to all K classes, the right one included; loss = mean
    over N of the cross-entropy -sum_k q_k log softmax(z)_k.
    """,
    shapes={"z": "N K"},
    outputs=("q", "loss"),
    cases=smoothing_cases,
    variants=(smoothing_by_loop, smoothing_mixed),
    properties=(
        Property(
            "each row of q sums to 1", lambda f, z, y, eps: near(f(z, y, eps)[0].sum(axis=1), 1)
        ),
    ),
    hints=(
        "The target is a mixture of the label and the uniform distribution.",
        "q = (1 - eps) onehot + eps / K;  loss = -1/N sum q log p.",
        "q = np.full(z.shape, ...)\nq[np.arange(N), y] += ...\nreturn q, -(q * logp).sum() / N",
    ),
    mistakes=r"""
    plus_eps | eps / K) -> eps) | You add eps, not eps / K: the rows of q then sum to more than 1.
    other_classes | q = np.full(z.shape, eps / K) -> q = np.full(z.shape, eps / (K - 1)) ;; += 1 -
        eps -> `= 1 - eps` | A different convention: you give eps / (K - 1) to the other classes
        only; here all K classes share eps.
    no_shrink | += 1 - eps -> += 1 |
        The label keeps its full weight 1; it must shrink to 1 - eps (plus its share).
    overwritten | += 1 - eps -> `= 1 - eps` |
        The label's own share eps / K is lost: it gets 1 - eps + eps / K.
    loss_hard | -(q * logp).sum() / len(z) -> -logp[rows, y].mean() |
        The loss uses the hard labels; it takes the smoothed q.
    loss_sum | (q * logp).sum() / len(z) -> (q * logp).sum() |
        The loss is a mean over the examples; you add up.
    loss_all_mean | (q * logp).sum() / len(z) -> (q * logp).mean() |
        You average over examples and classes; the sum over classes stays a sum.
    no_log | (q * logp).sum() -> (q * np.exp(logp)).sum() | The logarithm is missing in the loss.
    plus_sign | -(q * logp) -> (q * logp) | The minus of the cross-entropy is missing.
    predictions_smoothed | -(q * logp).sum() / len(z) -> -np.log((1 - eps) * np.exp(logp[rows, y]) +
        eps / K).mean() | You smooth the predictions; it is the targets that are smoothed.
    no_smoothing | q = np.full(z.shape, eps / K) -> q = np.zeros(z.shape) ;; += 1 - eps -> += 1 |
        q is the hard label; eps plays no part.
    overflow | `    return q, -(q * logp)` -> `    with np.errstate(all="ignore"):\n        logp =
        np.log(np.exp(logp))\n    return q, -(q * logp)` | e^800 overflows, and log(softmax) of a
        class far below is log(0): write log p as a difference of logits, the maximum taken away
        first.
    columns | q[rows, y] += -> q[:, y] += |
        q[:, y] takes whole columns; q[rows, y] takes one number of each row.
    global_max | z.max(axis=1, keepdims=True) -> z.max() |
        You take one maximum over all rows away; each row needs its own.
    axis_0 | np.exp(u).sum(axis=1 -> np.exp(u).sum(axis=0 |
        Your softmax runs down the columns; the classes lie along a row.
    divergence | -(q * logp).sum() / len(z) -> (q * (np.log(np.maximum(q, 1e-300)) - logp)).sum() /
        len(z) | You return KL(q || p); the cross-entropy -sum q log p is larger by the entropy of
        q.
    small_added | -(q * logp).sum() / len(z) -> -(q * np.log(np.exp(logp) + SMALL)).sum() / len(z) |
        A small number added inside the logarithm changes the loss; write log p as a difference of
        logits.
    """,
)
def label_smoothing(z, y, eps):
    K, rows = z.shape[1], np.arange(len(y))
    q = np.full(z.shape, eps / K)
    q[rows, y] += 1 - eps
    u = z - z.max(axis=1, keepdims=True)
    logp = u - np.log(np.exp(u).sum(axis=1, keepdims=True))
    return q, -(q * logp).sum() / len(z)
