"""Transfer exercise of chapter 11: back through a unit whose gate sees the input alone."""

import numpy as np

from byhand.exercises.checker.declare import exercise, special
from byhand.exercises.topics.cases import normal
from byhand.exercises.topics.lstm import sigmoid


def minimal_cases(rng):
    yield special(
        "one unit, two steps, gates half open",
        np.array([[0.5], [1.0]]),
        np.zeros((2, 1)),
        np.array([[1.0], [-2.0]]),
        np.array([3.0]),
    )
    for T, H in [(1, 2), (2, 3), (3, 1), (4, 3), (5, 2), (6, 4)] * 3:
        yield (
            normal(rng, T, H),
            normal(rng, T, H),
            normal(rng, T, H),
            normal(rng, H),
        )


def minimal_by_sums(dh, s, n, h_0):
    """Every path from every h_t back to every step, one by one."""
    T, z = len(s), 1 / (1 + np.exp(-s))
    h = [np.asarray(h_0)]
    for t in range(T):
        h.append(z[t] * h[t] + (1 - z[t]) * n[t])
    ds, dn, dh_0 = np.zeros_like(s), np.zeros_like(s), np.zeros_like(h_0)
    for t in range(T):
        for k in range(t + 1):
            way = dh[t] * np.prod(z[k + 1 : t + 1], axis=0)
            ds[k] += way * (h[k] - n[k]) * z[k] * (1 - z[k])
            dn[k] += way * (1 - z[k])
        dh_0 = dh_0 + dh[t] * np.prod(z[: t + 1], axis=0)
    return ds, dn, dh_0


def minimal_forward_order(dh, s, n, h_0):
    """The gradients at h first, then all steps at once."""
    z = 0.5 + 0.5 * np.tanh(s / 2)
    olds, h = [], h_0
    for a, b in zip(z, (1 - z) * n, strict=True):
        olds.append(h)
        h = a * h + b
    back, total = [], 0 * h_0
    for a, d in zip(z[::-1], dh[::-1], strict=True):
        total = total + d
        back.append(total)
        total = total * a
    g = np.array(back[::-1])
    return g * (np.array(olds) - n) * z * (1 - z), g - g * z, total


@exercise(
    "gru.minimal_backward",
    trains="back through a linear recurrence",
    kind="derive and code",
    task="""
    minimal_backward(dh, s, n, h_0) -> (ds, dn, dh_0): back through time in a unit whose gate and
    candidate see the input alone. s, n (T, H); h_0 (H,). Forward, for t = 0 .. T-1: z[t] =
    sigmoid(s[t]); h[t] = z[t] h_before + (1 - z[t]) n[t], where h_before is h[t-1], and h_0 at the
    first step. dh (T, H): what the loss itself says of each h[t]. Return the gradients with respect
    to s (T, H), n (T, H) and h_0 (H,).
    """,
    shapes={"dh": "T H"},
    outputs=("ds", "dn", "dh_0"),
    cases=minimal_cases,
    variants=(minimal_by_sums, minimal_forward_order),
    helpers=(sigmoid,),
    why="""
    The gradients at h obey g[t] = dh[t] + z[t+1] g[t+1]: the way back of a linear recurrence is a
    linear recurrence that runs backwards, so a scan computes it as well.
    """,
    hints=(
        "One path leads from h[t] back to the step before. What is its factor?",
        "g[t] = dh[t] + z[t+1] g[t+1];  ds = g (h_before - n) z (1 - z);  dn = g (1 - z).",
        "old, h = [], h_0\n"
        "for t in range(len(s)): old.append(h); h = ...\n"
        "g = np.zeros_like(h_0)\n"
        "for t in reversed(range(len(s))):\n"
        "    g = g + dh[t]\n"
        "    ds[t], dn[t] = ..., ...\n"
        "    g = ...",
    ),
    mistakes="""
    gate_is_s | z, old, h = sigmoid(s), -> z, old, h = s, | You use s itself as the gate: s is the
        sum before the sigmoid, and the gate is z = sigmoid(s).
    gate_is_s_throughout | z, old, h = sigmoid(s), -> z, old, h = s, ;; g * (old[t] - n[t]) * z[t] *
        (1 - z[t]) -> g * (old[t] - n[t]) | You take s for the gate, forward and back: s is the sum
        before the sigmoid, the gate is z = sigmoid(s), and its slope belongs into ds.
    no_time | g = g + dh[t] -> g = dh[t] | Nothing comes back from later steps: h[t] also enters
        h[t+1], so a part of what reaches h[t+1] goes on to h[t].
    all_of_it | g = g * z[t] -> g = g * 1.0 | On its way to the step before the gradient is
        multiplied by z[t].
    other_share | g = g * z[t] -> g = g * (1 - z[t]) | The straight path has the factor z; 1 - z is
        the candidate's.
    sign | (old[t] - n[t]) -> (n[t] - old[t]) | The slope of h in z is h_before - n; yours has the
        other sign.
    one_partner | (old[t] - n[t]) -> old[t] | z has two partners: it multiplies h_before, and 1 - z
        multiplies n.
    new_state | (old[t] - n[t]) -> (z[t] * old[t] + (1 - z[t]) * n[t] - n[t]) | The slope of h in z
        takes the old state, not the new one.
    no_slope | g * (old[t] - n[t]) * z[t] * (1 - z[t]) -> g * (old[t] - n[t]) | You stop at z: the
        sigmoid's slope z (1 - z) is missing in ds.
    kept_share | dn[t] = g * (1 - z[t]) -> dn[t] = g * z[t] | The candidate's share is 1 - z.
    """,
)
def minimal_backward(dh, s, n, h_0):
    z, old, h = sigmoid(s), [], h_0
    for t in range(len(s)):
        old.append(h)
        h = z[t] * h + (1 - z[t]) * n[t]
    ds, dn, g = np.zeros_like(s), np.zeros_like(s), np.zeros_like(h_0)
    for t in reversed(range(len(s))):
        g = g + dh[t]
        ds[t] = g * (old[t] - n[t]) * z[t] * (1 - z[t])
        dn[t] = g * (1 - z[t])
        g = g * z[t]
    return ds, dn, g
