"""An agent that learns the values of actions with a small network (deep
Q-network, Mnih et al. 2013, 2015), and each of its parts to be left out."""

from typing import NamedTuple

import numpy as np

from byhand.mlp import init_mlp, mlp, mlp_backward
from byhand.optim import adam_step
from byhand.q_learning import Replay, greedy, q_loss, q_loss_backward, q_target
from byhand.validate import as_count, as_rng


class Settings(NamedTuple):
    """How an agent learns. target: "soft" (a share `tau` after each step),
    "hard" (a copy every `every` steps) or "none"; the rate falls to 0."""

    lr: float = 1e-3
    hidden: int = 64  # units of both hidden layers; 0: no hidden layer
    gamma: float = 0.99
    batch: int = 64
    keep: int = 20_000  # steps that replay holds
    target: str = "soft"
    tau: float = 0.005
    every: int = 500
    double: bool = False
    explore: int = 5_000  # steps until epsilon has fallen to its last value
    least: float = 0.05  # the last epsilon


class Learned(NamedTuple):
    """What came of it: parameters, and what was noted every `note` steps."""

    params: dict
    notes: list


def q_values(params, s):
    """Scores of the actions, (..., A), in states s (..., D)."""
    return mlp(params, s)[0]


def followed(target, params, settings, step):
    """The target network after a step."""
    if settings.target == "none":
        return params
    if settings.target == "soft":
        tau = settings.tau
        return {
            name: (1 - tau) * target[name] + tau * params[name]
            for name in params
        }
    return dict(params) if step % settings.every == 0 else target


def improved(params, target, state, drawn, settings):
    """One step of learning from a batch. Returns params, state, loss."""
    s, a, r, t, ended = drawn
    q, cache = mlp(params, s)
    choice = q_values(params, t) if settings.double else None
    y = q_target(q_values(target, t), r, ended, settings.gamma, choice)
    loss, loss_cache = q_loss(q, a, y)
    grads, _ = mlp_backward(q_loss_backward(1.0, loss_cache), cache)
    params, state = adam_step(params, grads, state, lr=settings.lr)
    return params, state, loss


def learn(game, rng, steps, settings, note=None, every=1000):
    """Play and learn for so many steps of a game.

    game: has `reset(rng)` -> state (D,) and `step(action)` -> state, reward,
    ended, cut (`data.cartpole.CartPole`); note: function of params, called
    every so many steps. Returns Learned.
    """
    as_rng("rng", rng)
    hidden = (settings.hidden, settings.hidden) if settings.hidden else ()
    params = init_mlp(rng, (game.state_size, *hidden, game.actions))
    target, state, notes = dict(params), None, []
    replay = Replay(min(settings.keep, steps), game.state_size)
    s = game.reset(rng)
    for step in range(1, as_count("steps", steps) + 1):
        share = max(settings.least, 1 - step / settings.explore)
        a = greedy(q_values(params, s), share, rng)
        t, r, ended, cut = game.step(a)
        replay.add(s, a, r, t, ended)  # a game cut off has not ended
        s = game.reset(rng) if ended or cut else t
        if len(replay) >= settings.batch or settings.keep < settings.batch:
            drawn = replay.draw(rng, settings.batch)
            now = settings._replace(lr=settings.lr * (1 - step / steps))
            params, state, _ = improved(params, target, state, drawn, now)
            target = followed(target, params, settings, step)
        if note and step % every == 0:
            notes.append(note(params))
    return Learned(params, notes)


def play(game, choose, rng, games):
    """The return of each of so many games; choose: function of a state that
    returns an action."""
    returns = []
    for _ in range(as_count("games", games)):
        s, total, over = game.reset(rng), 0.0, False
        while not over:
            s, r, ended, cut = game.step(choose(s))
            total, over = total + r, ended or cut
        returns.append(total)
    return np.array(returns)
