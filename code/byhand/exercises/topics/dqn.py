"""Exercises of chapter 23: Bellman's sweep, errors and targets, the Q-network's loss."""

import numpy as np

from byhand.exercises.checker.declare import Property, exercise
from byhand.exercises.topics.cases import near, normal, shares


@exercise(
    "dqn.ahead",
    trains="what a discounted reward is worth",
    task="""
    A road as in the chapter, but five free fields before the goal, no cost, and gamma = 0.5. What
    is the value of going right in the first field?
    """,
    variants=(lambda: 0.5**4, lambda: np.float64(1 / 16)),
    why="The reward comes with the fifth step, four steps after the first: 0.5 ** 4 = 0.0625.",
    hints=(
        "In the last field before the goal the value is 1.",
        "Each field earlier multiplies by gamma once.",
        "0.5 ** (number of fields after the first)",
    ),
    mistakes="""
    one_more | = 0.03125 | The reward that comes with the step itself is not discounted: four
        factors for five fields.
    one_less | = 0.125 | Count again: from the first to the fifth field the news passes four times.
    no_discount | = 1 | A later reward counts less: multiply by gamma for each step of waiting.
    added | = 1.9375 | Only the last step brings a reward; the others bring 0.
    """,
)
def ahead():
    return 0.0625


def sweep_cases(rng):
    for S, A in [(2, 2), (3, 2), (4, 3), (5, 4), (3, 5)] * 5:
        ends = np.zeros(S, bool)
        ends[-1] = True
        yield normal(rng, S, A), shares(rng, S, A, S), normal(rng, S, A), ends, 0.8


def sweep_by_loop(Q, P, R, ends, gamma):
    new = np.array(R)
    for s, a in np.ndindex(R.shape):
        for t in range(len(ends)):
            if not ends[t]:
                new[s, a] += gamma * P[s, a, t] * max(Q[t])
    return new


def sweep_by_einsum(Q, P, R, ends, gamma):
    return R + gamma * np.einsum("sat,t->sa", P, Q.max(axis=1) * ~np.asarray(ends))


@exercise(
    "dqn.sweep",
    trains="Bellman's equation on tables",
    kind="derive and code",
    task="""
    sweep(Q, P, R, ends, gamma) -> new (S, A): one sweep of (23.2) over all states and actions. Q
    (S, A) the values so far, P (S, A, S) the chances of the next state, R (S, A) the expected
    rewards, ends (S,) True where the game is over and nothing follows. Q may hold any numbers in
    the rows of such states.
    """,
    shapes={"Q": "S A", "R": "S A"},
    cases=sweep_cases,
    variants=(sweep_by_loop, sweep_by_einsum),
    properties=(
        Property(
            "without a look ahead only the rewards are left",
            lambda f, Q, P, R, ends, gamma: near(f(Q, P, R, ends, 0.0), R),
        ),
    ),
    hints=(
        "First a number for each next state: what is the best there worth?",
        "new = R + gamma * sum over t of P[s, a, t] * max_b Q[t, b], with 0 where t is an end.",
        "best = np.where(ends, ..., Q.max(axis=...))\nreturn R + gamma * P @ ...",
    ),
    mistakes="""
    ends_count | best = np.where(ends, 0, Q.max(axis=1)) -> best = Q.max(axis=1) | Where the game
        is over nothing follows: put 0 there, whatever Q holds.
    mean | Q.max(axis=1) -> Q.mean(axis=1) | The best action follows, not the mean of all.
    wrong_axis_min | Q.max(axis=1) -> Q.min(axis=1) | That is the worst action; take the largest.
    no_gamma | gamma * P @ best -> P @ best | What comes later is discounted by gamma.
    gamma_all | R + gamma * P @ best -> gamma * (R + P @ best) | The reward of now is not
        discounted.
    old_added | return R + -> return Q + R + | The new value replaces the old; it is not added.
    max_of_mean | = lambda Q, P, R, ends, gamma: R + gamma * np.repeat((P @ (Q * ~ends[:,
        None])).max(axis=(1, 2))[:, None], R.shape[1], 1) | First the best in each next state,
        then the mean over the next states, for each action alone.
    """,
)
def sweep(Q, P, R, ends, gamma):
    best = np.where(ends, 0, Q.max(axis=1))
    return R + gamma * P @ best


@exercise(
    "dqn.error",
    trains="an error at the end of a game",
    task="""
    Q(s, a) = 0.6, gamma = 0.9, and the step brings r = -1 and ends the game; the network's scores
    of the last state are 2 and 3. What is the temporal-difference error?
    """,
    variants=(lambda: -1 - 0.6, lambda: np.float64(-1.6)),
    why="Nothing follows an end: the target is r = -1, and delta = -1 - 0.6 = -1.6.",
    hints=(
        "What follows after the end?",
        "delta = target - what was said, and the target is r alone.",
        "-1 - ...",
    ),
    mistakes="""
    bootstrapped | = 1.1 | Nothing follows an end: the scores of the last state do not count.
    sign | = 1.6 | The error is what came minus what was said.
    target_only | = -1 | That is the target; take off what was said, 0.6.
    undiscounted | = 1.4 | Nothing follows an end: the scores of the last state do not count, with
        or without gamma.
    added | = -0.4 | What was said is taken off, not added.
    """,
)
def error():
    return -1.6


def target_cases(rng):
    for B, A in [(1, 2), (3, 2), (4, 3), (5, 4), (6, 3)] * 5:
        ended = rng.random(B) < 0.4
        ended[0] = B > 1
        yield normal(rng, B, A), normal(rng, B, A), normal(rng, B), ended, 0.7


def target_by_loop(q, q_old, r, ended, gamma):
    y = []
    for i in range(len(r)):
        b = int(np.argmax(q[i]))
        y.append(r[i] if ended[i] else r[i] + gamma * q_old[i, b])
    return np.array(y)


def target_by_take(q, q_old, r, ended, gamma):
    later = np.take_along_axis(q_old, q.argmax(axis=1)[:, None], axis=1)[:, 0]
    return np.where(ended, r, r + gamma * later)


@exercise(
    "dqn.double_target",
    trains="who chooses and who judges",
    kind="derive and code",
    task="""
    double_target(q, q_old, r, ended, gamma) -> y (B,): the targets of double DQN, (23.9) with the
    network as Q_1 and the target network as Q_2. q, q_old (B, A) the scores of the next states by
    the network and by the target network, r (B,) rewards, ended (B,) True where the game ended.
    """,
    shapes={"q": "B A", "r": "B"},
    cases=target_cases,
    variants=(target_by_loop, target_by_take),
    properties=(
        Property(
            "with two equal networks it is the plain target",
            lambda f, q, q_old, r, ended, gamma: near(
                f(q, q, r, ended, gamma), r + gamma * np.where(ended, 0, q.max(axis=1))
            ),
        ),
    ),
    hints=(
        "Two tables of scores: one is asked which action, the other what it is worth.",
        "y_i = r_i + gamma q_old[i, argmax_b q[i, b]], and r_i alone after an end.",
        "later = q_old[np.arange(len(r)), q.argmax(axis=...)]\nreturn r + gamma * np.where(...)",
    ),
    mistakes="""
    plain | q.argmax(axis=1) -> q_old.argmax(axis=1) | That is the plain target: the target network
        both chooses and judges. Let the network choose.
    own_judge | q_old[np.arange(len(r)), -> q[np.arange(len(r)), | The network judges its own
        choice; the target network has to.
    swapped | later = q_old[np.arange(len(r)), q.argmax(axis=1)] -> later = q[np.arange(len(r)),
        q_old.argmax(axis=1)] | The roles are exchanged: the network chooses, the target network
        judges.
    ends_count | np.where(ended, 0, later) -> later | After an end nothing follows: the target is r
        alone.
    no_gamma | r + gamma * np.where -> r + np.where | What comes later is discounted by gamma.
    ends_zero | return r + gamma * np.where(ended, 0, later) -> return np.where(ended, 0, r + gamma
        * later) | The reward of the last step still counts.
    """,
)
def double_target(q, q_old, r, ended, gamma):
    later = q_old[np.arange(len(r)), q.argmax(axis=1)]
    return r + gamma * np.where(ended, 0, later)


def scores_cases(rng):
    for B, A in [(1, 2), (3, 2), (4, 3), (5, 4), (6, 3)] * 5:
        weights = rng.uniform(0.2, 2, B)
        yield normal(rng, B, A), rng.integers(0, A, B), normal(rng, B, scale=2), weights


def scores_by_loop(q, actions, y, weights):
    dq = np.zeros(q.shape)
    for i, a in enumerate(actions):
        e = q[i, a] - y[i]
        dq[i, a] = weights[i] * min(1.0, max(-1.0, e)) / len(q)
    return dq


def scores_by_mask(q, actions, y, weights):
    taken = np.arange(q.shape[1]) == actions[:, None]
    cut = np.clip(q - y[:, None], -1, 1)
    return np.where(taken, cut * weights[:, None] / len(q), 0)


@exercise(
    "dqn.weighted_gradient",
    trains="the gradient of the Q-network's loss",
    kind="derive and code",
    task="""
    weighted_gradient(q, actions, y, weights) -> dq (B, A): the gradient of L = 1/B sum_i weights_i
    h(q[i, actions_i] - y_i) for the scores q (B, A), h as in (23.6). actions (B,) whole numbers, y
    (B,) targets without a gradient, weights (B,) positive numbers: how much each step counts.
    (Prioritized replay weighs its steps like this.)
    """,
    shapes={"q": "B A", "y": "B"},
    cases=scores_cases,
    variants=(scores_by_loop, scores_by_mask),
    hints=(
        "As (23.7), with a factor for each row.",
        "dq[i, a_i] = weights_i clip(e_i, -1, 1) / B, all other entries 0.",
        "e = q[np.arange(B), actions] - y\ndq = np.zeros_like(q)\n"
        "dq[np.arange(B), actions] = ... * np.clip(...) / B",
    ),
    mistakes="""
    not_cut | np.clip(e, -1, 1) -> e | Huber's loss pulls with at most 1: cut the error.
    cut_weighted | weights * np.clip(e, -1, 1) -> np.clip(weights * e, -1, 1) | The error is cut,
        then weighted; the weight stands outside h.
    no_weights | weights * np.clip -> np.clip | The weights are missing.
    no_mean | / len(q) -> / 1 | The loss is a mean over the batch: divide by B.
    mean_of_all | / len(q) -> / q.size | Divide by the number of steps, B, not by B A.
    by_weights | / len(q) -> / weights.sum() | L divides by B, not by the sum of the weights.
    sign | q[rows, actions] - y -> y - q[rows, actions] | The sign is turned: L grows with q where
        q is above y.
    all_actions | = lambda q, actions, y, weights: weights[:, None] * np.clip(q - y[:, None], -1,
        1) / len(q) | Only the action that was taken gets a gradient.
    """,
)
def weighted_gradient(q, actions, y, weights):
    rows = np.arange(len(q))
    e = q[rows, actions] - y
    dq = np.zeros(q.shape)
    dq[rows, actions] = weights * np.clip(e, -1, 1) / len(q)
    return dq
