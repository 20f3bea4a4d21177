"""Train agents on CartPole, with each part of the deep Q-network left out in turn, and store how
long they kept the pole up in code/byhand/data/cartpole.csv (chapter 23).

    python tools/cartpole.py [agent]    goes on where the stored table ends (with one agent alone)
    python tools/cartpole.py --again    begins anew

Each agent has the same rates with two tuning seeds, then five fresh seeds at the rate that was best
over the second half of learning, and 25,000 steps of the game. About half an hour of one core.
"""

import csv
import sys

import numpy as np
from byhand.data import cartpole as table
from byhand.q_network import Settings, learn, play, q_values

RATES = (3e-4, 1e-3, 3e-3)
STEPS = 25_000
AGENTS = {
    "deep Q-network": Settings(),
    "target copied every 500 steps": Settings(target="hard"),
    "double": Settings(double=True),
    "no target network": Settings(target="none"),
    "no replay": Settings(keep=1, batch=1),
    "linear": Settings(hidden=0),
}


def steps_of(choose, seed, games):
    """How many steps each of so many games lasted."""
    game = table.CartPole()
    return np.round(play(game, choose, np.random.default_rng(seed), games) / game.REWARD)


def some_states(n=500):
    """States of random play, always the same."""
    game, rng = table.CartPole(), np.random.default_rng(7)
    s, states = game.reset(rng), []
    while len(states) < n:
        states.append(s)
        s, _, ended, cut = game.step(rng.integers(2))
        s = game.reset(rng) if ended or cut else s
    return np.array(states)


def run(agent, rate, seed, steps=STEPS, games=(10, 100)):
    """Train and test one agent. Returns its row and its params."""
    states = some_states()

    def note(params):
        lasted = steps_of(lambda s: q_values(params, s).argmax(), 5, games[0])
        return lasted.mean(), q_values(params, states).max(axis=1).mean()

    settings = AGENTS[agent]._replace(lr=rate)
    done = learn(table.CartPole(), np.random.default_rng(seed), steps, settings, note, table.EVERY)
    lasted = steps_of(lambda s: q_values(done.params, s).argmax(), 99, games[1])
    returns, largest = (
        " ".join(f"{x:.4g}" for x in part) for part in zip(*done.notes, strict=True)
    )
    full = 100 * (lasted == 500).mean()
    return (agent, rate, seed, returns, largest, f"{lasted.mean():.1f}", f"{full:.0f}"), done.params


def add(agent, rate, seed):
    """Train one agent and store its row, unless it is stored."""
    if any(r[:3] == (agent, rate, seed) for r in table.load()):
        return
    row, params = run(agent, rate, seed)
    with open(table.TABLE, "a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(row)
    if (agent, seed) == ("deep Q-network", table.FRESH[0]):
        np.savez_compressed(table.WEIGHTS, **{k: v.astype(np.float32) for k, v in params.items()})
    print(*row[:3], row[3].split()[-1], *row[5:], flush=True)


def main():
    if "--again" in sys.argv or not table.TABLE.exists():
        head = "agent,rate,seed,returns,largest,mean,full\n"
        table.TABLE.write_text(head, encoding="utf-8")
    for agent in [name for name in AGENTS if name in sys.argv] or AGENTS:
        for seed in table.TUNING:
            for rate in RATES:
                add(agent, rate, seed)
        for seed in table.FRESH:
            add(agent, table.tuned(table.load(), agent), seed)


if __name__ == "__main__":
    main()
