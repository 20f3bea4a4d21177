"""Exercises of chapter 20: Hebb's rule and recall, one step of attention, an external memory's
addresses and its writing. The others are in memory_more.py."""

import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise
from byhand.exercises.topics.cases import near, normal, shares, softmax


@exercise(
    "memory.weight",
    trains="Hebb's rule by hand",
    task="""
    Three patterns of four units are stored by Hebb's rule (20.1): (+, +, -, -), (+, -, +, -) and
    (+, -, -, +). What is the weight between the first two units?
    """,
    variants=(lambda: -0.25, lambda: np.float64((1 - 1 - 1) / 4)),
    why="The two units agree in the first pattern and differ in two: (1 - 1 - 1) / 4.",
    hints=(
        "Where two units agree, their connection is strengthened; where they differ, weakened.",
        "1/N times the sum over the patterns of the product of the two signs.",
        "(1 - 1 - ...) / 4",
    ),
    mistakes="""
    not_divided | = -1 | The sum is -1; (20.1) divides it by the number of units.
    by_patterns | = -0.3333333333 | Divide by the number of units, not of patterns.
    sign | = 0.25 | The units agree in one pattern and differ in two. (Or you took only the first.)
    agreements | = 0.75 | A pattern in which the two units differ counts -1.
    """,
)
def weight():
    return -0.25


def random_signs(rng, *shape):
    return rng.choice([-1.0, 1.0], shape)


def network_cases(rng):
    for N in [3, 4, 5, 6, 7] * 5:
        W = normal(rng, N, N)
        W = W + W.T
        np.fill_diagonal(W, 0)
        yield W, random_signs(rng, N)


def costs_by_energy(W, s):
    def energy(s):
        return -0.5 * s @ W @ s

    costs = []
    for i in range(len(s)):
        other = np.array(s, float)
        other[i] = -other[i]
        costs.append(energy(other) - energy(s))
    return costs


def costs_by_sums(W, s):
    return [2 * s[i] * sum(W[i, j] * s[j] for j in range(len(s))) for i in range(len(s))]


@exercise(
    "memory.flip_costs",
    trains="what one move costs",
    kind="derive and code",
    task="""
    flip_costs(W, s) -> costs (N,): for each unit, by how much the energy (20.3) would rise if this
    unit alone were turned (negative where it would fall). W (N, N) is symmetric with zeros on its
    diagonal, s (N,) signs.
    """,
    shapes={"W": "N N", "s": "N"},
    cases=network_cases,
    variants=(costs_by_energy, costs_by_sums),
    equivalent={"2 * s -> 2 / s": "a sign is its own inverse"},
    hints=(
        "Only the terms with unit i change, and they change their sign.",
        "E' - E = -(s_i' - s_i) h_i, with s_i' = -s_i.",
        "h = W @ s\nreturn 2 * ...",
    ),
    mistakes="""
    half | 2 * s * (W @ s) -> s * (W @ s) | The terms go from -s_i h_i to +s_i h_i: twice as far.
    sign | 2 * s * (W @ s) -> -2 * s * (W @ s) | The sign: a unit that agrees with its input raises
        the energy by turning.
    no_state | 2 * s * (W @ s) -> 2 * (W @ s) | Multiply by the unit's own sign: turning it is a
        loss only if it agrees with its input.
    four | 2 * s * (W @ s) -> 4 * s * (W @ s) | The factor 1/2 of (20.3) is missing: each pair
        stands in the sum twice.
    absolute | 2 * s * (W @ s) -> 2 * np.abs(W @ s) | Some moves lower the energy: no absolute
        value.
    """,
)
def flip_costs(W, s):
    return 2 * s * (W @ s)


def complete_cases(rng):
    for p, N in [(1, 5), (2, 6), (3, 7), (2, 8), (4, 9), (3, 6), (2, 4)] * 5:
        P = random_signs(rng, p, N)
        s = random_signs(rng, N)
        known = rng.random(N) < 0.4
        yield P, s, known, rng.permutation(N)


def complete_by_sums(P, s, known, order):
    s = [float(x) for x in s]
    for i in order:
        if known[i]:
            continue
        h = sum(x[i] * sum(x[j] * s[j] for j in range(len(s)) if j != i) for x in np.asarray(P))
        if h:
            s[i] = 1.0 if h > 0 else -1.0
    return s


def complete_by_overlaps(P, s, known, order):
    s = np.array(s, float)
    for i in order:
        h = P[:, i] @ (P @ s) - len(P) * s[i]
        if not known[i] and h != 0:
            s[i] = np.sign(h)
    return s


@exercise(
    "memory.complete",
    trains="store and recall, with known units held fast",
    kind="code",
    task="""
    complete(P, s, known, order) -> state (N,): store the patterns P (p, N) by Hebb's rule (20.1),
    then ask each unit once, in the given order, (20.2), beginning at s (N,). Units that are known
    (booleans (N,)) are never moved; a unit whose input is 0 keeps its state. s itself stays as it
    is.
    """,
    shapes={"P": "p N", "s": "N"},
    cases=complete_cases,
    variants=(complete_by_sums, complete_by_overlaps),
    hints=(
        "One unit after the other: each sees what those before it have become.",
        "h_i = W_i . s with the state as it is now; the diagonal of W is 0.",
        "for i in order:\n    h = W[i] @ s\n    if not ... and h != 0:\n        s[i] = ...",
    ),
    mistakes="""
    diagonal | np.fill_diagonal(W, 0) -> W = W + 0 | The diagonal of W has to be 0: no unit votes
        for itself.
    outer_sum | W = P.T @ P -> W = np.outer(P.sum(axis=0), P.sum(axis=0)) | You took the outer
        product of the sum of the patterns; each pattern needs its own, and these are added.
    all_at_once | s = s.copy() -> s = s.copy()\\n    H = W @ s ;; h = W[i] @ s
        -> h = H[i] | You asked all units of the old state at once.
        Each has to see what those before it have become.
    known_moved | if not known[i] and h != 0: -> if h != 0: | The known units have to stay.
    unknown_kept | if not known[i] and h != 0: -> if known[i] and h != 0: | You moved the known
        units and kept the others.
    zero_up | if not known[i] and h != 0: -> if not known[i]: ;; s[i] = np.sign(h) -> s[i] = 1.0 if
        h >= 0 else -1.0 | A unit whose input is 0 keeps its state; you made it +1.
    zero_nothing | if not known[i] and h != 0: -> if not known[i]: | np.sign(0) is 0, and that is no
        state: such a unit keeps its sign.
    in_order | for i in order: -> for i in range(len(s)): | The units are to be asked in the order
        that is given.
    """,
)
def complete(P, s, known, order):
    W = P.T @ P
    np.fill_diagonal(W, 0)
    s = s.copy()
    for i in order:
        h = W[i] @ s
        if not known[i] and h != 0:
            s[i] = np.sign(h)
    return s


def looks_cases(rng):
    for p, N, d, B in [(2, 3, 2, 1), (3, 4, 2, 2), (4, 3, 5, 3), (5, 6, 4, 2)] * 6:
        yield normal(rng, p, N), normal(rng, p, d), normal(rng, B, N), float(rng.uniform(0.2, 1))


def looks_by_loop(P, V, s, beta):
    out = []
    for row in s:
        a = softmax(np.array([beta * x @ row for x in P]))
        near_row = sum(a[k] * P[k] for k in range(len(P)))
        a = softmax(np.array([beta * x @ near_row for x in P]))
        out.append(sum(a[k] * V[k] for k in range(len(P))))
    return out


def looks_by_einsum(P, V, s, beta):
    a = np.exp(np.einsum("bn,pn->bp", s, P) * beta)
    s = np.einsum("bp,pn->bn", a / a.sum(axis=1, keepdims=True), P)
    a = np.exp(np.einsum("bn,pn->bp", s, P) * beta)
    return np.einsum("bp,pd->bd", a / a.sum(axis=1, keepdims=True), V)


@exercise(
    "memory.two_looks",
    trains="a dense memory as attention, twice",
    kind="code",
    task="""
    two_looks(P, V, s, beta) -> out (B, d): a dense hetero-associative memory. First one step (20.7)
    leads the states s (B, N) nearer to the stored patterns P (p, N); then a second look with the
    new states returns the partners V (p, d) of the patterns, mixed with the same kind of weights.
    """,
    shapes={"P": "p N", "V": "p d", "s": "B N"},
    cases=looks_cases,
    variants=(looks_by_loop, looks_by_einsum),
    properties=(
        Property(
            "it does not matter in which order the pairs are stored",
            lambda f, P, V, s, beta: near(f(P[::-1], V[::-1], s, beta), f(P, V, s, beta)),
        ),
    ),
    hints=(
        "Twice attention: the keys are P both times, the values are not.",
        "s' = softmax(beta s P^T) P, out = softmax(beta s' P^T) V.",
        "z = beta * s @ P.T\ns = softmax of each row of z, times ...\nand once more",
    ),
    mistakes="""
    one_look | s = a / a.sum(axis=1, keepdims=True) @ P -> s = s | That is one look; the first has
        to lead the state nearer to the patterns.
    never_partners | return a / a.sum(axis=1, keepdims=True) @ V -> return a / a.sum(axis=1,
        keepdims=True) @ P | The second look returns the partners V, not the patterns.
    beta_outside | s = a / a.sum(axis=1, keepdims=True) @ P -> a = np.exp(s @ P.T)\\n    s = beta *
        a / a.sum(axis=1, keepdims=True) @ P | beta belongs inside the softmax, where it sharpens.
    over_states | return a / a.sum(axis=1, keepdims=True) @ V -> return a / a.sum(axis=0) @ V | The
        softmax goes over the patterns, for each state alone.
    root | s = a / a.sum(axis=1, keepdims=True) @ P -> beta = beta / np.sqrt(P.shape[1])\\n    a =
        np.exp(beta * s @ P.T)\\n    s = a / a.sum(axis=1, keepdims=True) @ P | beta stands in the
        place of 1 / sqrt(d); do not divide again.
    not_normalised | return a / a.sum(axis=1, keepdims=True) @ V -> return a @ V | A softmax divides
        by the sum of the exponentials.
    """,
)
def two_looks(P, V, s, beta):
    a = np.exp(beta * s @ P.T)
    s = a / a.sum(axis=1, keepdims=True) @ P
    a = np.exp(beta * s @ P.T)
    return a / a.sum(axis=1, keepdims=True) @ V


def add_first_cases(rng):
    for R, d in [(2, 2), (3, 2), (2, 4), (4, 3), (5, 2)] * 5:
        yield (
            normal(rng, R, d),
            shares(rng, R),
            rng.uniform(0.1, 0.9, d),
            normal(rng, d),
            normal(rng, R, d),
        )


def add_first_by_loop(M, w, e, a, dout):
    dM, dw, de, da = np.zeros(M.shape), np.zeros(w.shape), np.zeros(e.shape), np.zeros(a.shape)
    for i, k in np.ndindex(*M.shape):
        total, left, d = M[i, k] + w[i] * a[k], 1 - w[i] * e[k], dout[i, k]
        dM[i, k] = d * left
        dw[i] += d * (a[k] * left - e[k] * total)
        de[k] -= d * w[i] * total
        da[k] += d * w[i] * left
    return dM, dw, de, da


def add_first_by_einsum(M, w, e, a, dout):
    total, left = M + np.outer(w, a), 1 - np.outer(w, e)
    return (
        dout * left,
        np.einsum("rd,d,rd->r", dout, a, left) - np.einsum("rd,d,rd->r", dout, e, total),
        -np.einsum("rd,r,rd->d", dout, w, total),
        np.einsum("rd,r,rd->d", dout, w, left),
    )


@exercise(
    "memory.add_first",
    trains="a write's four gradients, the order turned round",
    kind="derive and code",
    task="""
    add_first(M, w, e, a, dout) -> (dM, dw, de, da): the backward pass of a memory that adds first
    and erases afterwards, m_i' = (m_i + w_i a) (1 - w_i e) elementwise. M (R, d), w (R,), e (d,), a
    (d,), and dout (R, d), the gradient of the new memory.
    """,
    shapes={"M": "R d", "w": "R", "e": "d", "a": "d", "dout": "R d"},
    outputs=("dM", "dw", "de", "da"),
    cases=add_first_cases,
    variants=(add_first_by_loop, add_first_by_einsum),
    hints=(
        "A product of two brackets, and w stands in both of them.",
        "d(x y) = dx y + x dy with x = m + w a, y = 1 - w e; what touches several places sums.",
        "x, y = M + np.outer(w, a), 1 - np.outer(w, e)\ndx, dy = dout * y, dout * x\n"
        "dw = (dx * a).sum(axis=1) - ...",
    ),
    mistakes="""
    one_bracket | (dx * a).sum(axis=1) - (dy * e).sum(axis=1) -> (dx * a).sum(axis=1) | w stands in
        both brackets: the road through the erasing is missing.
    other_bracket | (dx * a).sum(axis=1) - (dy * e).sum(axis=1) -> -(dy * e).sum(axis=1) | w stands
        in both brackets: the road through the adding is missing.
    erase_first | dy = dout * x -> dy = dout * M | Here the erasing acts on what has been added,
        too: its factor is m + w a. You have the gradients of (20.9).
    add_after | dx = dout * y -> dx = dout | What is added is erased in part afterwards: its factor
        is 1 - w e.
    sign | -(dy * w[:, None]).sum(axis=0) -> (dy * w[:, None]).sum(axis=0) | The sign of de: e
        stands behind a minus.
    no_weight_e | -(dy * w[:, None]).sum(axis=0) -> -dy.sum(axis=0) | de needs the weight w_i of
        each row.
    no_weight_a | (dx * w[:, None]).sum(axis=0) -> dx.sum(axis=0) | da needs the weight w_i of each
        row.
    """,
)
def add_first(M, w, e, a, dout):
    x, y = M + np.outer(w, a), 1 - np.outer(w, e)
    dx = dout * y
    dy = dout * x
    dw = (dx * a).sum(axis=1) - (dy * e).sum(axis=1)
    return dx, dw, -(dy * w[:, None]).sum(axis=0), (dx * w[:, None]).sum(axis=0)


def address_cases(rng):
    for R, d in [(3, 2), (4, 3), (5, 2), (6, 4), (5, 3)] * 5:
        yield (
            normal(rng, R, d),
            shares(rng, R),
            normal(rng, d),
            float(rng.uniform(0.5, 4)),
            float(rng.uniform(0.2, 0.8)),
            shares(rng, 3),
            float(rng.uniform(1.5, 3)),
        )


def address_by_loop(M, before, k, beta, g, c, gamma):
    R = len(M)
    cos = [row @ k / math.sqrt((row @ row) * (k @ k)) for row in M]
    w = softmax(beta * np.array(cos))
    w = [g * w[i] + (1 - g) * before[i] for i in range(R)]
    moved = [sum(c[j + 1] * w[(i - j) % R] for j in (-1, 0, 1)) for i in range(R)]
    total = sum(x**gamma for x in moved)
    return [x**gamma / total for x in moved]


def address_by_logs(M, before, k, beta, g, c, gamma):
    unit = M / np.linalg.norm(M, axis=1, keepdims=True)
    w = g * softmax(beta * (unit @ (k / np.linalg.norm(k)))) + (1 - g) * before
    w = c[0] * np.append(w[1:], w[0]) + c[1] * w + c[2] * np.insert(w[:-1], 0, w[-1])
    return softmax(gamma * np.log(w))


@exercise(
    "memory.address",
    trains="content, gate, shift, sharpen, in this order",
    kind="code",
    task="""
    address(M, before, k, beta, g, c, gamma) -> w (R,): the four steps of (20.10) for one head. M
    (R, d) the memory, before (R,) where the head stood, k (d,) the key, beta, g and gamma numbers,
    c (3,) the chances of a move by -1, 0, 1 (a move by 1 leads from row i to row i + 1; after the
    last row comes the first).
    """,
    shapes={"M": "R d", "before": "R", "k": "d", "c": "3"},
    cases=address_cases,
    variants=(address_by_loop, address_by_logs),
    hints=(
        "Four lines, one for each step, each uses the line before it.",
        "cos = M k / (|M_i| |k|); np.roll(w, j) brings what stood at i to i + j.",
        "w = softmax of beta * cos\nw = g * w + ...\n"
        "w = sum(c[j + 1] * np.roll(...) for j in ...)\nw = w**gamma\nreturn w / ...",
    ),
    mistakes="""
    dot | (np.linalg.norm(M, axis=1) * np.linalg.norm(k)) -> 1 | The content is compared by the
        cosine: divide by both lengths.
    beta_after | w = np.exp(beta * cos) / np.exp(beta * cos).sum() -> w = beta * np.exp(cos) /
        np.exp(cos).sum() | beta belongs inside the softmax, where
        it sharpens.
    gate_turned | g * w + (1 - g) * before -> (1 - g) * w + g * before | The gate is the wrong way
        round: with g = 1 only the content counts.
    direction | np.roll(w, j) -> np.roll(w, -j) | The shift goes the wrong way: a move by 1 leads
        from row i to row i + 1.
    not_a_ring | np.roll(w, j) -> np.roll(w, j) * (np.arange(len(w)) - j >= 0) * (np.arange(len(w))
        - j < len(w)) | Rows are on a ring: what leaves at one end comes in at the other.
    not_renormalised | return w / w.sum() -> return w | After the power the weights no longer add up
        to 1: divide by their sum.
    sharpened_first | w = sum(c[j + 1] * np.roll(w, j) for j in (-1, 0, 1)) -> w = sum(c[j + 1] *
        np.roll(w**gamma / (w**gamma).sum(), j) for j in (-1, 0, 1)) ;; w = w**gamma -> w = w | You
        sharpened before the shift; the shift blurs, so sharpening comes last.
    not_sharpened | w = w**gamma -> w = w | gamma is not used: the last step is missing.
    shift_first | w = g * w + (1 - g) * before -> w = w ;; w = w**gamma -> w = (g * w + (1 - g) *
        before) ** gamma | You moved before the
        gate; the place where the head stood has to be moved, too.
    """,
)
def address(M, before, k, beta, g, c, gamma):
    cos = M @ k / (np.linalg.norm(M, axis=1) * np.linalg.norm(k))
    w = np.exp(beta * cos) / np.exp(beta * cos).sum()
    w = g * w + (1 - g) * before
    w = sum(c[j + 1] * np.roll(w, j) for j in (-1, 0, 1))
    w = w**gamma
    return w / w.sum()


def partner_cases(rng):
    for p, N, m in [(1, 4, 3), (2, 5, 4), (3, 5, 6), (4, 7, 5), (5, 9, 7), (4, 6, 9)] * 5:
        X, Y = random_signs(rng, p, N), random_signs(rng, p, m)
        x = X[rng.integers(p)] * np.where(rng.random(N) < 0.4, -1, 1)
        yield X, Y, x, int(rng.integers(1, 4))


def partner_by_sums(X, Y, x, rounds):
    x, y = [float(v) for v in x], [-1.0] * Y.shape[1]
    for _ in range(rounds):
        agree = [sum(a * b for a, b in zip(row, x, strict=True)) for row in X]
        h = [sum(g * row[i] for g, row in zip(agree, Y, strict=True)) for i in range(len(y))]
        y = [math.copysign(1, v) if v else old for v, old in zip(h, y, strict=True)]
        agree = [sum(a * b for a, b in zip(row, y, strict=True)) for row in Y]
        h = [sum(g * row[i] for g, row in zip(agree, X, strict=True)) for i in range(len(x))]
        x = [math.copysign(1, v) if v else old for v, old in zip(h, x, strict=True)]
    return y


def partner_by_where(X, Y, x, rounds):
    y = -np.ones(Y.shape[1])
    for _ in range(rounds):
        h = (X @ x) @ Y
        y = np.where(h > 0, 1.0, np.where(h < 0, -1.0, y))
        h = (Y @ y) @ X
        x = np.where(h > 0, 1.0, np.where(h < 0, -1.0, x))
    return y


@exercise(
    "memory.partner",
    trains="pairs, forward and back",
    kind="code",
    task="""
    partner(X, Y, x, rounds) -> y (m,): a hetero-associative memory with the pairs X (p, N), Y (p,
    m) and W = sum of y x^T. Begin with the state x (N,) and y all -1. In each round y takes the
    sign of W x, and then x the sign of W^T y; where a sum is 0 the old sign stays. Return y after
    the last round.
    """,
    shapes={"X": "p N", "Y": "p m", "x": "N"},
    cases=partner_cases,
    variants=(partner_by_sums, partner_by_where),
    hints=(
        "One matrix, used in both directions.",
        "W = Y^T X (m, N); y = sign(W x), x = sign(W^T y), 0 keeps the old sign.",
        "h = W @ x\ny = np.where(h == 0, y, np.sign(h))\nh = ...\nx = ...",
    ),
    mistakes="""
    one_way | x = np.where(back == 0, x, np.sign(back)) -> x = x | Only forward: the way back, from
        y to x, corrects x before the next round.
    zero_up | np.where(h == 0, y, np.sign(h)) -> np.where(h >= 0, 1.0, -1.0) | Where the sum is 0
        the old sign stays; you made it +1.
    zero_nothing | np.where(h == 0, y, np.sign(h)) -> np.sign(h) | np.sign(0) is 0, and that is no
        sign: the old one stays.
    one_round_less | range(rounds) -> range(max(rounds - 1, 0)) | That is one round too few.
    no_signs | x = np.where(back == 0, x, np.sign(back)) -> x = back | On the way back x takes the
        sign of the sum, too.
    outer_sum | W = Y.T @ X -> W = np.outer(Y.sum(axis=0), X.sum(axis=0)) | You took the outer
        product of the sums of the patterns; each pair needs its own, and these are added.
    """,
)
def partner(X, Y, x, rounds):
    W = Y.T @ X
    y = -np.ones(len(W))
    for _ in range(rounds):
        h = W @ x
        y = np.where(h == 0, y, np.sign(h))
        back = W.T @ y
        x = np.where(back == 0, x, np.sign(back))
    return y
