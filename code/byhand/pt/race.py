"""A race of small recurrent layers: many networks trained at once (chapter 11).

Every array has a leading axis M, one entry for each network. A network's start
and its data depend on its seed alone, so it learns beside others what it would
learn alone. `tools/race.py` runs all settings and stores what they reached.
"""

from typing import NamedTuple

import numpy as np
import torch

from byhand.data.long_lags import make_adding, make_copying
from byhand.validate import as_choice

BATCH, STEPS = 32, 600
GATES = {  # of each kind, in the order of their columns; then the candidate
    "RNN": "",
    "ReLU": "",
    "LSTM": "ifo",
    "LSTM, input gate shut": "ifo",
    "no output gate": "if",
    "no forget gate": "io",
    "no input gate": "fo",
    "tied": "fo",
    "one gate": "z",
    "GRU": "rz",
    "GRU, reset before": "rz",
    "minGRU": "z",
}
KINDS = tuple(GATES)
STARTS = {
    "RNN": ("random", "orthogonal"),
    "ReLU": ("identity", "orthogonal"),
    "LSTM, input gate shut": (1, 2),
}


class Task(NamedTuple):
    """What is asked: numbers in and out at a step, and at how many last steps
    an answer counts."""

    D: int
    C: int
    asked: int


TASKS = {"adding": Task(2, 1, 1), "copying": Task(10, 8, 4)}


def draw(task, rng, n=BATCH):
    """Draw n examples: x (T, n, D), answers (n, asked): sums or symbols."""
    if as_choice("task", task, tuple(TASKS)) == "adding":
        drawn = make_adding(rng, n, 40, np.float32)
        y = drawn.y[:, -1]
    else:
        drawn = make_copying(rng, n, 4, 10, dtype=np.float32)
        y = drawn.y[:, -4:]
    return drawn.x.swapaxes(0, 1), y


def starts(kind):
    """The two starts that are tried: of W_h, or the bias of the gate that
    keeps (of the input gate, turned round, where no gate keeps, and of both in
    the LSTM whose input gate starts shut)."""
    return STARTS.get(kind, (0, 1))


def init(kind, task, H, start, seed):
    """Draw one network: a dict of float32 arrays W_x, W_h, b, b_hn, w, w_0."""
    rng, (D, C, _) = np.random.default_rng(seed), TASKS[task]
    n, bound = (len(GATES[kind]) + 1) * H, H**-0.5
    net = {
        "W_x": rng.uniform(-bound, bound, (D, n)),
        "W_h": rng.uniform(-bound, bound, (H, n)),
        "b": np.zeros((1, n)),
        "w": rng.uniform(-bound, bound, (H, C)),
        "w_0": np.zeros((1, C)),
    }
    if start == "orthogonal":
        net["W_h"] = np.linalg.qr(rng.standard_normal((H, H)))[0]
    elif start == "identity":
        net["W_h"] = np.eye(H)
    elif start != "random":
        gates = GATES[kind]
        moved = [(max(gates.find("f"), gates.find("z")), 1)]
        if moved[0][0] < 0 or kind == "LSTM, input gate shut":
            moved.append((gates.find("i"), -1))
        for at, sign in moved:
            if at >= 0:
                net["b"][:, at * H : (at + 1) * H] = sign * start
    if kind == "GRU":
        net["b_hn"] = np.zeros((1, H))
    if kind == "minGRU":
        del net["W_h"]
    return {name: value.astype(np.float32) for name, value in net.items()}


def size(kind, task, H):
    """How many numbers such a network learns."""
    return sum(w.size for w in init(kind, task, H, starts(kind)[0], 0).values())


def width(kind, task, budget):
    """The number of units that comes closest to `budget` parameters."""
    return min(range(1, 200), key=lambda H: abs(size(kind, task, H) - budget))


def lstm_step(kind, s, c):
    """An LSTM or one that lacks a part, from its sums: h, c."""
    gates, H = GATES[kind], c.shape[-1]
    opened = torch.sigmoid(s[..., :-H]).split(H, dim=-1)
    given = dict(zip(gates, opened, strict=True))
    f, g = given.get("f", 1), torch.tanh(s[..., -H:])
    i = 1 - f if kind == "tied" else given.get("i", 1)
    c = f * c + i * g
    return given.get("o", 1) * torch.tanh(c), c


def gru_step(kind, net, a, h):
    """A GRU or a relative, from the input's share a of its sums: h."""
    H = h.shape[-1]
    if kind == "minGRU":  # neither the gate nor the candidate sees h
        return torch.lerp(a[..., H:], h, torch.sigmoid(a[..., :H]))
    if kind == "GRU, reset before":
        u = torch.bmm(h, net["W_h"][..., : 2 * H])
    else:
        u = torch.bmm(h, net["W_h"])
    gates = torch.sigmoid(a[..., :-H] + u[..., : a.shape[-1] - H])
    r, z = gates.split(H, dim=-1) if kind != "one gate" else (None, gates)
    if kind == "one gate":
        seen = u[..., H:]
    elif kind == "GRU":
        seen = r * (u[..., 2 * H :] + net["b_hn"])
    else:
        seen = torch.bmm(r * h, net["W_h"][..., 2 * H :])
    return torch.lerp(torch.tanh(a[..., -H:] + seen), h, z)


def answers(kind, net, x, asked):
    """Scores at the last steps. net: tensors with a leading axis M;
    x (T, M, B, D). Returns (M, asked, B, C)."""
    T, M, B, D = x.shape
    a = x.transpose(0, 1).reshape(M, T * B, D) @ net["W_x"] + net["b"]
    a = a.reshape(M, T, B, -1).transpose(0, 1)
    h = c = x.new_zeros(M, B, net["w"].shape[1])
    last = []
    for t, a_t in enumerate(a):
        if kind in ("RNN", "ReLU"):
            s = torch.baddbmm(a_t, h, net["W_h"])
            h = torch.tanh(s) if kind == "RNN" else torch.relu(s)
        elif set(GATES[kind]) & set("ifo"):
            h, c = lstm_step(kind, torch.baddbmm(a_t, h, net["W_h"]), c)
        else:
            h = gru_step(kind, net, a_t, h)
        if t >= T - asked:
            last.append(h)
    h = torch.stack(last, dim=1)
    return h @ net["w"][:, None] + net["w_0"][:, None]


def losses(task, told, y):
    """The mean loss of each network (M,). told (M, asked, B, C), y (M, B,
    asked)."""
    y = y.transpose(1, 2)
    if task == "adding":
        return ((told[..., 0] - y) ** 2).mean(dim=(1, 2))
    picked = torch.log_softmax(told, dim=-1).gather(3, y[..., None])
    return -picked.mean(dim=(1, 2, 3))


def mark(task, told, y):
    """What is reported of each network: mean squared error, or the share of
    symbols that are right."""
    if task == "adding":
        return losses(task, told, y)
    return (told.argmax(dim=-1) == y.transpose(1, 2)).float().mean(dim=(1, 2))


def together(nets):
    """Networks of one shape side by side, as tensors that want gradients."""
    return {
        name: torch.tensor(
            np.stack([net[name] for net in nets]), requires_grad=True
        )
        for name in nets[0]
    }


def train(kind, task, H, settings, steps=STEPS):
    """Train networks with Adam, the gradient of each limited to length 1.

    Arguments: kind: of `KINDS`. task: of `TASKS`. H: units. settings: one
    (start, rate, seed) for each network. Returns the networks (tensors),
    losses (steps, M), marks on 1000 new examples (M,).
    """
    as_choice("kind", kind, KINDS)
    torch.set_flush_denormal(True)
    net = together([init(kind, task, H, s, seed) for s, _, seed in settings])
    rates = torch.tensor([rate for _, rate, _ in settings])[:, None, None]
    seeds = sorted({seed for *_, seed in settings})
    rows = [seeds.index(seed) for *_, seed in settings]
    streams = [np.random.default_rng([seed, 1]) for seed in seeds]
    m, v = ({k: torch.zeros_like(w) for k, w in net.items()} for _ in "mv")
    history, asked = [], TASKS[task].asked
    for step in range(1, steps + 1):
        xs, ys = zip(*(draw(task, rng) for rng in streams), strict=True)
        x = torch.tensor(np.stack(xs, axis=1)[:, rows])
        y = torch.tensor(np.stack(ys)[rows])
        each = losses(task, answers(kind, net, x, asked), y)
        history.append(each.detach().numpy())
        grads = torch.autograd.grad(each.sum(), list(net.values()))
        adam(net, grads, m, v, step, rates)
    x, y = draw(task, np.random.default_rng(99), 1000)
    with torch.no_grad():
        x = torch.tensor(x)[:, None].expand(-1, len(rows), -1, -1)
        y = torch.tensor(y).expand(len(rows), *y.shape)
        reached = mark(task, answers(kind, net, x, asked), y)
    return net, np.array(history), reached.numpy()


@torch.no_grad()
def adam(net, grads, m, v, step, rates):
    """One step of Adam for all networks, each with its own limit and rate."""
    squares = sum((g * g).sum(dim=(1, 2), keepdim=True) for g in grads)
    scale = 1 / torch.clamp(torch.sqrt(squares), min=1)
    for name, g in zip(net, grads, strict=True):
        m[name].lerp_(g * scale, 0.1)
        v[name].lerp_((g * scale) ** 2, 0.001)
        root = torch.sqrt(v[name] / (1 - 0.999**step)) + 1e-8
        net[name] -= rates / (1 - 0.9**step) * m[name] / root
