"""Wrong and right answers to the exercises of chapter 19, written from the task texts."""

import numpy as np

from attacks.table import right, soft, values, wrong

MERGE, PIECE, WINDOW = (
    "efficient_attention.merge",
    "efficient_attention.piece_gradient",
    "efficient_attention.window",
)
FADING, QUOTIENT, NEAR = (
    "efficient_attention.fading",
    "efficient_attention.quotient",
    "efficient_attention.near_chunks",
)


@right(MERGE)
def merge_by_logs(m1, l1, a1, m2, l2, a2):
    m = np.where(m1 > m2, m1, m2)
    lse = np.logaddexp(m1 + np.log(l1), m2 + np.log(l2))
    a = a1 * np.exp(m1 - m).reshape(-1, 1) + a2 * np.exp(m2 - m).reshape(-1, 1)
    return m, np.exp(lse - m), a


@wrong(MERGE, "forgotten", "scale")
def merge_added(m1, l1, a1, m2, l2, a2):
    return np.maximum(m1, m2), l1 + l2, a1 + a2


@wrong(MERGE, "misread", "weigh|mean of the two")
def merge_mean(m1, l1, a1, m2, l2, a2):
    m, total, _ = merge_by_logs(m1, l1, a1, m2, l2, a2)
    return m, total, 0.5 * (a1 / l1[:, None] + a2 / l2[:, None])


@wrong(MERGE, "order", "divided by l yet|at the very end")
def merge_divided(m1, l1, a1, m2, l2, a2):
    m, total, a = merge_by_logs(m1, l1, a1, m2, l2, a2)
    return m, total, a / total[:, None]


@right(PIECE)
def piece_stepwise(e, lse, out, dout, V):
    de = np.empty_like(e)
    for t in range(len(e)):
        weights = np.exp(e[t] - lse[t])
        de[t] = weights * (V @ dout[t]) - weights * np.dot(dout[t], out[t])
    return de


@wrong(PIECE, "misread", "all keys|dout . out")
def piece_by_itself(e, lse, out, dout, V):
    w = np.exp(e - lse[:, None])
    dw = dout @ V.T
    return w * (dw - np.sum(w * dw, axis=1)[:, None])


@wrong(PIECE, "misread", "within the piece|all keys")
def piece_own_softmax(e, lse, out, dout, V):
    return soft(e) * (dout @ V.T - (dout * out).sum(1)[:, None])


@wrong(PIECE, "forgotten", "sum is missing")
def piece_without_sum(e, lse, out, dout, V):
    return np.exp(e - lse[:, None]) * (dout @ V.T)


@right(WINDOW)
def window_by_rows(T, w, g, causal):
    rows = []
    for t in range(T):
        row = [t < g or s < g or t - w <= s <= t + w for s in range(T)]
        rows.append([seen and not (causal and s > t) for s, seen in enumerate(row)])
    return np.array(rows)


@wrong(WINDOW, "shift", "exactly w")
def window_narrow(T, w, g, causal):
    seen = window_by_rows(T, max(w - 1, 0), g, causal)
    return seen


@wrong(WINDOW, "misread", "global query|later keys")
def window_global_future(T, w, g, causal):
    seen = window_by_rows(T, w, g, causal)
    seen[:g] = True
    return seen


@right(FADING)
def fading_by_powers(phi_Q, phi_K, V, decay):
    n = len(V)
    fade = np.array([[decay ** (t - s) if s <= t else 0.0 for s in range(n)] for t in range(n)])
    weights = (phi_Q @ phi_K.T) * fade
    return (weights / weights.sum(axis=1)[:, None]) @ V


@wrong(FADING, "forgotten", "[Nn]othing fades|decay")
def fading_not(phi_Q, phi_K, V, decay):
    return fading_by_powers(phi_Q, phi_K, V, 1.0)


@wrong(FADING, "forgotten", "denominator")
def fading_unnormalised(phi_Q, phi_K, V, decay):
    n = len(V)
    fade = np.array([[decay ** (t - s) if s <= t else 0.0 for s in range(n)] for t in range(n)])
    return (phi_Q @ phi_K.T * fade) @ V


@right(QUOTIENT)
def quotient_by_einsum(n, c, dout):
    return np.einsum("td,t->td", dout, 1 / c), -np.einsum("td,td,t->t", dout, n, c**-2)


@wrong(QUOTIENT, "sign", "sign")
def quotient_sign(n, c, dout):
    dn, dc = quotient_by_einsum(n, c, dout)
    return dn, -dc


@wrong(QUOTIENT, "forgotten", "once more|1/c")
def quotient_one_c(n, c, dout):
    dn, dc = quotient_by_einsum(n, c, dout)
    return dn, dc * c


@right(NEAR)
def near_without_chunks(Q, K, V, c, w):
    e = Q @ K.T / Q.shape[1] ** 0.5
    back = np.arange(len(Q))[:, None] - np.arange(len(Q))
    return soft(np.where((back >= 0) & (back <= w), e, -np.inf)) @ V


@wrong(NEAR, "shift", "exactly w")
def near_one_less(Q, K, V, c, w):
    return near_without_chunks(Q, K, V, c, w - 1)


@wrong(NEAR, "forgotten", "window is missing")
def near_all_before(Q, K, V, c, w):
    return near_without_chunks(Q, K, V, c, len(Q))


values(
    "efficient_attention.after_two",
    (2.625, "forgotten", "two scales"),
    (15, "forgotten", "without a scale"),
)
values("efficient_attention.layers", (15, "misread", "7,680"), (8, "misread", "left only"))
values(
    "efficient_attention.gibibytes", (2, "forgotten", "16 heads"), (16, "forgotten", "two bytes")
)
values(
    "efficient_attention.slip",
    (1, "misread", "not an approximation"),
    (6, "misread", "no gradient"),
)
