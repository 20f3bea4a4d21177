"""Values of actions: Bellman's equation on a small world, Q-learning
(Watkins 1989), double Q-learning (van Hasselt 2010), and the loss of a
Q-network (Mnih et al. 2013, 2015)."""

from typing import NamedTuple

import numpy as np

from byhand.shapes import shapes
from byhand.validate import as_count, as_rng

MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))  # up, right, down, left
ARROWS = "^>v<"


class World(NamedTuple):
    """A grid as tables: S states, four actions."""

    P: np.ndarray  # (S, 4, S): chances of the next state
    reward: np.ndarray  # (S,): for arriving there
    R: np.ndarray  # (S, 4): expected reward of an action
    ends: np.ndarray  # (S,): True where nothing follows
    shape: tuple  # rows, columns
    start: int


def as_share(name, value):
    """Return `value` if it is a number from 0 to 1; raise otherwise."""
    if not 0 <= value <= 1:
        raise ValueError(f"{name}: expected a number from 0 to 1, got {value}")
    return value


def world(rows, slip=0.0, cost=0.0):
    """A world from its map, a list of equally long texts: S the start, # a
    wall, + a goal with reward 1, - a hole with reward -1, anything else free.

    slip: the chance of going to one of the two sides instead; cost: taken
    off at each step. Bumping into a wall or the edge keeps the place.
    """
    as_share("slip", slip)
    if not rows or len({len(row) for row in rows}) != 1:
        raise ValueError(f"rows: expected equally long texts, got {rows!r}")
    signs = "".join(rows)
    if signs.count("S") != 1 or "+" not in signs:
        raise ValueError(
            f"rows: expected one S and at least one +, got {rows!r}"
        )
    height, width = len(rows), len(rows[0])
    S = height * width
    P = np.zeros((S, 4, S))
    ends = np.array([sign in "+-" for sign in signs])
    worth = {"+": 1.0, "-": -1.0}
    reward = np.array([worth.get(sign, 0.0) - cost for sign in signs])
    closed = np.array([sign in "+-#" for sign in signs])

    def after(s, a):
        y, x = s // width + MOVES[a][0], s % width + MOVES[a][1]
        inside = 0 <= y < height and 0 <= x < width
        return y * width + x if inside and rows[y][x] != "#" else s

    for s, a in np.ndindex(S, 4):
        if closed[s]:  # nobody acts there
            P[s, a, s] = 1
            continue
        for turn, chance in ((0, 1 - slip), (1, slip / 2), (-1, slip / 2)):
            P[s, a, after(s, (a + turn) % 4)] += chance
    R = np.where(closed[:, None], 0, P @ reward)
    return World(P, reward, R, ends, (height, width), signs.index("S"))


def bellman(Q, place, gamma):
    """One sweep of Q(s, a) = R + gamma sum_t P(t | s, a) max_b Q(t, b); where
    the world ends nothing follows. Returns the new Q (S, 4)."""
    best = np.where(place.ends, 0, Q.max(axis=1))
    return place.R + gamma * place.P @ best


def solve(place, gamma, tolerance=1e-12, most=100_000):
    """Sweep until nothing moves: Bellman's operator brings any two Qs nearer
    by gamma, so there is one solution. Returns Q (S, 4), sweeps."""
    as_share("gamma", gamma)
    Q = np.zeros(place.R.shape)
    for sweep in range(1, most + 1):
        new = bellman(Q, place, gamma)
        if np.abs(new - Q).max() <= tolerance:
            return new, sweep
        Q = new
    raise ValueError(f"gamma: no rest after {most} sweeps with gamma = {gamma}")


def step(place, s, a, rng):
    """Act once: the next state, the reward, and whether the world ended."""
    t = int(rng.choice(len(place.ends), p=place.P[s, a]))
    return t, place.reward[t], bool(place.ends[t])


def greedy(q, share, rng):
    """An action: any with probability `share`, else the best (ties by lot)."""
    if rng.random() < as_share("share", share):
        return int(rng.integers(len(q)))
    return int(rng.choice(np.flatnonzero(q == q.max())))


def td_error(Q, s, a, r, t, ended, gamma):
    """r + gamma max_b Q(t, b) - Q(s, a): what came minus what was thought."""
    return r + (0 if ended else gamma * Q[t].max()) - Q[s, a]


def double_td_error(Q, other, s, a, r, t, ended, gamma):
    """The same with two tables: Q chooses the action, `other` says what it is
    worth, so that one lucky error is not taken for the best (van Hasselt
    2010)."""
    later = 0 if ended else gamma * other[t, Q[t].argmax()]
    return r + later - Q[s, a]


class QCache(NamedTuple):
    """Errors of a batch, and which scores they belong to."""

    shape: tuple
    actions: np.ndarray
    error: np.ndarray


@shapes(q="B A", target="B")
def q_loss(q, actions, target):
    """The Q-network's loss: Huber's, mean over the batch, at the actions
    that were taken. 1/2 e^2 for |e| <= 1, else |e| - 1/2, e = Q - target.

    Arguments: q (B, A) the network's scores, actions (B,) whole numbers,
    target (B,), no gradient. Returns loss (), cache.
    """
    error = q[np.arange(len(q)), actions] - target
    size = np.abs(error)
    losses = np.where(size <= 1, 0.5 * error**2, size - 0.5)
    return losses.mean(), QCache(q.shape, actions, error)


def q_loss_backward(dloss, cache):
    """dq (B, A): the error, cut to [-1, 1], at the action taken; 0 at all
    others, of which nothing was learned."""
    shape, actions, error = cache
    dq = np.zeros(shape, error.dtype)
    dq[np.arange(len(dq)), actions] = np.clip(error, -1, 1) / len(dq)
    return dloss * dq


@shapes(q_next="B A", reward="B")
def q_target(q_next, reward, ended, gamma, q_choice=None):
    """r + gamma max_b Q(t, b), and r alone where the world ended.

    Arguments: q_next (B, A), the target network's scores of the next states;
    reward (B,), ended (B,) booleans. q_choice (B, A): the scores that choose
    the action instead (double DQN, van Hasselt et al. 2015). Returns (B,).
    """
    as_share("gamma", gamma)
    chosen = (q_next if q_choice is None else q_choice).argmax(axis=1)
    later = q_next[np.arange(len(q_next)), chosen]
    return reward + gamma * np.where(ended, 0, later)


class Replay:
    """The last `most` steps, drawn at random so that a batch is not one
    moment of one game (Lin 1992)."""

    def __init__(self, most, state_size):
        self.most, self.count = as_count("most", most), 0
        self.s, self.t = (np.zeros((most, state_size)) for _ in range(2))
        self.a, self.r = np.zeros(most, int), np.zeros(most)
        self.ended = np.zeros(most, bool)

    def __len__(self):
        return min(self.count, self.most)

    def add(self, s, a, r, t, ended):
        """Keep one step; the oldest goes when there is no room."""
        k = self.count % self.most
        self.s[k], self.a[k], self.r[k], self.t[k] = s, a, r, t
        self.ended[k] = ended
        self.count += 1

    def draw(self, rng, B):
        """B steps, with replacement: s, a, r, t, ended."""
        as_rng("rng", rng)
        if not self.count:
            raise ValueError("replay: nothing has been kept yet")
        k = rng.integers(0, len(self), as_count("B", B))
        return self.s[k], self.a[k], self.r[k], self.t[k], self.ended[k]
