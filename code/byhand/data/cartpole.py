"""CartPole from Gymnasium: a pole stands on a cart that is pushed to the left
or to the right; it is to stand for 500 steps (Barto, Sutton and Anderson
1983)."""

import csv
import pathlib
from typing import NamedTuple

import numpy as np

from byhand.validate import as_rng

TABLE = pathlib.Path(__file__).parent / "cartpole.csv"
WEIGHTS = pathlib.Path(__file__).parent / "cartpole.npz"
TUNING, FRESH = (0, 1), (10, 11, 12, 13, 14)  # seeds
EVERY = 1000  # steps between two measurements
MISSING = (
    "gymnasium: expected Gymnasium, which holds the game CartPole, but it is "
    'not installed. Get it with: pip install "gymnasium>=1.1,<2"'
)


def gymnasium():
    """The library. Raises ImportError with a sentence on how to get it."""
    try:
        import gymnasium as library
    except ImportError as error:
        raise ImportError(MISSING) from error
    return library


class CartPole:
    """A game for `q_network.learn`: state (4,) = place and speed of the cart,
    angle and angular speed of the pole, scaled to about 1; actions 0, 1 =
    push left, right; reward REWARD for each step."""

    REWARD = 0.1  # Gymnasium's is 1: Q would grow to 100, in steps of 1 at most

    state_size, actions = 4, 2
    SCALE = np.array([2.4, 3.0, 0.21, 3.0])

    def __init__(self):
        self.env = gymnasium().make("CartPole-v1")

    def reset(self, rng):
        """A new game, from a random start. Returns its state."""
        seed = int(as_rng("rng", rng).integers(2**31))
        return self.env.reset(seed=seed)[0] / self.SCALE

    def step(self, action):
        """Push. Returns state, reward, ended (the pole fell, or the cart left
        the track), cut (500 steps are over: the pole still stands)."""
        s, reward, ended, cut, _ = self.env.step(int(action))
        return s / self.SCALE, self.REWARD * float(reward), ended, cut


class Run(NamedTuple):
    """One agent: mean steps of ten greedy games and the mean of the larger Q
    over 500 states every `EVERY` steps; and at the end, over 100 greedy games,
    the mean of the steps and the share of full games (%)."""

    agent: str
    rate: float
    seed: int
    returns: tuple
    largest: tuple
    mean: float
    full: float


def load(path=TABLE):
    """All stored runs."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [
        Run(
            agent, float(rate), int(seed),
            tuple(map(float, returns.split())),
            tuple(map(float, largest.split())), float(mean), float(full),
        )
        for agent, rate, seed, returns, largest, mean, full in rows
    ]  # fmt: skip


def tuned(runs, agent):
    """The rate with the best mean return over the second half of learning,
    over the tuning seeds."""
    tried = {}
    for run in runs:
        if run.agent == agent and run.seed in TUNING:
            half = run.returns[len(run.returns) // 2 :]
            tried.setdefault(run.rate, []).append(np.mean(half))
    return max(tried, key=lambda rate: np.mean(tried[rate]))


def fresh(runs, agent):
    """The runs of the fresh seeds."""
    return [r for r in runs if r.agent == agent and r.seed in FRESH]


def weights():
    """Parameters of one agent that was trained."""
    with np.load(WEIGHTS) as file:
        return {name: value.astype(float) for name, value in file.items()}
