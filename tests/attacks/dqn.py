"""Wrong and right answers to the exercises of chapter 23, written from the task texts."""

import numpy as np

from attacks.table import right, values, wrong

SWEEP, TARGET, GRADIENT = "dqn.sweep", "dqn.double_target", "dqn.weighted_gradient"
CHANCES, ROW = "dqn.chances", "dqn.in_a_row"


@right(SWEEP)
def sweep_by_matrix(Q, P, R, ends, gamma):
    worth = Q.max(1)
    worth[np.asarray(ends)] = 0.0
    S, A = R.shape
    return R + gamma * (P.reshape(S * A, S) @ worth).reshape(S, A)


@wrong(SWEEP, "forgotten", "nothing follows")
def sweep_past_ends(Q, P, R, ends, gamma):
    return R + gamma * np.einsum("sat,t->sa", P, Q.max(axis=1))


@wrong(SWEEP, "misread", "mean of all")
def sweep_mean(Q, P, R, ends, gamma):
    return R + gamma * P @ np.where(ends, 0, Q.sum(axis=1) / Q.shape[1])


@right(TARGET)
def target_one_hot(q, q_old, r, ended, gamma):
    hot = np.eye(q.shape[1])[q.argmax(1)]
    return r + gamma * (1 - ended) * (hot * q_old).sum(1)


@wrong(TARGET, "misread", "plain target")
def target_plain(q, q_old, r, ended, gamma):
    return r + gamma * (1 - ended) * q_old.max(axis=1)


@wrong(TARGET, "misread", "judges its own")
def target_own(q, q_old, r, ended, gamma):
    return r + gamma * (1 - ended) * q.max(axis=1)


@right(GRADIENT)
def gradient_one_hot(q, actions, y, weights):
    hot = np.eye(q.shape[1])[actions]
    e = (hot * q).sum(1) - y
    return hot * (weights * np.minimum(1, np.maximum(-1, e)) / len(y))[:, None]


@wrong(GRADIENT, "forgotten", "cut the error")
def gradient_squared(q, actions, y, weights):
    hot = np.eye(q.shape[1])[actions]
    return hot * (weights * ((hot * q).sum(1) - y) / len(y))[:, None]


@wrong(GRADIENT, "forgotten", "divide by B")
def gradient_summed(q, actions, y, weights):
    return len(q) * gradient_one_hot(q, actions, y, weights)


@right(CHANCES)
def chances_counted(q, epsilon):
    top = np.flatnonzero(q == np.max(q))
    p = np.full(len(q), epsilon / len(q))
    p[top] += (1 - epsilon) / len(top)
    return p


@wrong(CHANCES, "misread", "best included")
def chances_others(q, epsilon):
    best = q == q.max()
    return np.where(best, (1 - epsilon) / best.sum(), epsilon / (len(q) - 1))


@wrong(CHANCES, "order", "exchanged")
def chances_swapped(q, epsilon):
    best = q == q.max()
    return (1 - epsilon) / len(q) + epsilon * best / best.sum()


@right(ROW)
def row_by_sums(r, later, ended, cut, n, gamma):
    y = []
    for k in range(len(r)):
        stops = [j for j in range(k, len(r)) if ended[j] or cut[j] or j == k + n - 1]
        last = stops[0] if stops else len(r) - 1
        m = last - k + 1
        total = np.dot(gamma ** np.arange(m), r[k : last + 1])
        y.append(total + (0 if ended[last] else gamma**m * later[last]))
    return np.array(y)


@wrong(ROW, "misread", "cut is not an end")
def row_cut_as_end(r, later, ended, cut, n, gamma):
    over = ended | cut
    return row_by_sums(r, later, over, np.zeros_like(cut), n, gamma)


@wrong(ROW, "forgotten", "discounted")
def row_undiscounted(r, later, ended, cut, n, gamma):
    y = []
    for k in range(len(r)):
        stops = [j for j in range(k, len(r)) if ended[j] or cut[j] or j == k + n - 1]
        last = stops[0] if stops else len(r) - 1
        end = 0 if ended[last] else gamma ** (last - k + 1) * later[last]
        y.append(r[k : last + 1].sum() + end)
    return np.array(y)


values("dqn.ahead", (0.03125, "shift", "four factors|not discounted"), (1, "forgotten", "gamma"))
values("dqn.error", (1.1, "forgotten", "Nothing follows"), (1.6, "sign", "minus what was said"))
values("dqn.sweeps", (43, "misread", "round up"), (10, "misread", "multiplied by 0.9"))
values("dqn.following", (0.3, "misread", "missing"), (0.729, "misread", "the rest"))
values("dqn.slip", (5, "misread", "Line 5"), (2, "misread", "label"))
