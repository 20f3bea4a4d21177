"""Exercises of chapter 13, second half: kernel regression, key-value reading, pointers."""

import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, special
from byhand.exercises.topics.cases import UNSHIFTED, near, normal, softmax


def regression_cases(rng):
    yield np.array([0.0]), np.array([0.0, 1.0]), np.array([1.0, 3.0]), 1.0
    yield np.array([2.0]), np.array([0.5, 4.0]), np.array([1.0, -3.0]), 0.8
    for T, S in [(1, 2), (2, 3), (3, 5), (4, 3), (2, 6), (5, 4)] * 3:
        yield (
            normal(rng, T, scale=2),
            normal(rng, S, scale=2),
            normal(rng, S, scale=3),
            float(rng.choice([0.6, 0.8, 1.5, 2.0])),
        )


def regress_by_loop(x, xs, ys, width):
    out = []
    for q in x:
        weights = [math.exp(-(((q - k) / width) ** 2) / 2) for k in xs]
        out.append(sum(a * v for a, v in zip(weights, ys, strict=True)) / sum(weights))
    return out


def between(f, x, xs, ys, width):
    y = f(x, xs, ys, width)
    return bool(((y > ys.min() - 1e-3) & (y < ys.max() + 1e-3)).all())


@exercise(
    "attention.nadaraya_watson",
    trains="attention without learning",
    task="""
    nadaraya_watson(x, xs, ys, width) -> (T,): kernel regression. For each query x (T,) the
    weighted mean of the targets ys (S,) at the points xs (S,), with weights proportional to
    exp(-u^2 / 2), u = (x - x_s) / width.
    """,
    shapes={"x": "T", "xs": "S"},
    cases=regression_cases,
    variants=(
        regress_by_loop,
        lambda x, xs, ys, width: softmax(-0.5 * (np.subtract.outer(x, xs) / width) ** 2) @ ys,
    ),
    properties=(
        Property("the prediction lies between the smallest and the largest target", between),
    ),
    hints=(
        "It is attention: x asks, xs are the keys, ys the values, and the score falls with the "
        "squared distance.",
        "a_ts = exp(-u_ts^2 / 2) / sum_s' exp(-u_ts'^2 / 2);  y_t = sum_s a_ts ys_s.",
        "u = (x[:, None] - xs) / width   # (T, S)\n"
        "weights = np.exp(...)\n"
        "weights = weights / weights.sum(axis=..., keepdims=True)\n"
        "return ...",
    ),
    mistakes=r"""
    plus | -(u**2) / 2 -> u**2 / 2 |
        The sign in the exponent is wrong: far points must weigh less, exp(-u^2 / 2).
    no_square | -(u**2) / 2 -> -u / 2 | u is not squared: exp(-u^2 / 2).
    absolute | -(u**2) / 2 -> -np.abs(u) / 2 | You use |u|; the Gaussian has u^2.
    no_half | -(u**2) / 2 -> -(u**2) | The 1/2 in the exponent is missing.
    not_normalised | `    weights = weights / weights.sum(axis=1, keepdims=True)\n` -> `` |
        The weights are not normalised: divide by their sum.
    over_queries | weights.sum(axis=1, keepdims=True) -> weights.sum(axis=0, keepdims=True) |
        You normalise over the queries; each query's weights over the points sum to 1.
    all_sum | weights.sum(axis=1, keepdims=True) -> weights.sum() |
        You divide by the sum of all weights; each query has its own.
    times_points | weights @ ys -> weights @ xs | The weights mix the targets ys, not the points xs.
    no_width | ` / width` -> `` | The width is missing: u = (x - x_s) / width.
    times_width | / width -> * width |
        You multiply by the width; a large width must flatten the weights.
    width_once | (x[:, None] - xs) / width -> (x[:, None] - xs) / np.sqrt(width) |
        The width is squared with u; you divide u^2 by the width once.
    nearest | return weights @ ys -> return ys[weights.argmax(axis=1)] |
        You take the nearest point's target; all points count, by their weights.
    mean | return weights @ ys -> return 0 * (weights @ ys) + ys.mean() |
        The plain mean of the targets, without weights.
    inverse_distance | np.exp(-(u**2) / 2) -> 1 / (1 + u**2) |
        The weight is exp(-u^2 / 2), not 1 / (1 + u^2).
    by_count | weights / weights.sum(axis=1, keepdims=True) -> weights / len(xs) |
        The weights are divided by their sum, not by the number of points.
    half_u | -(u**2) / 2 -> -((u / 2) ** 2) | The 1/2 is not squared: exp(-u^2 / 2).
    laplace | -(u**2) / 2 -> -np.abs(u) | You use exp(-|u|); the kernel is exp(-u^2 / 2), with the
        square.
    density | weights / weights.sum(axis=1, keepdims=True) -> weights / (np.sqrt(2 * np.pi) * width
        * len(xs)) | You divide by the normal density's constant and the number of points; the
        weights are divided by their sum.
    small_sum | weights / weights.sum(axis=1, keepdims=True) -> weights / (weights.sum(axis=1,
        keepdims=True) + SMALL) | You add a small constant to the sum of the weights; for a query
        far from all points it is larger than the weights themselves.
    """,
)
def nadaraya_watson(x, xs, ys, width):
    u = (x[:, None] - xs) / width
    weights = np.exp(-(u**2) / 2)
    weights = weights / weights.sum(axis=1, keepdims=True)
    return weights @ ys


def loo_cases(rng):
    yield np.array([0.0, 1.0]), np.array([1.0, 3.0]), 1.0
    for S in (3, 4, 5, 6, 7) * 4:
        yield normal(rng, S, scale=2), normal(rng, S, scale=3), float(rng.choice([0.8, 1.5, 2.0]))
    for S in (3, 4, 5):
        points = np.append(normal(rng, S), [1.0, 1.0])
        yield special("the same point twice", points, normal(rng, S + 2, scale=3), 1.5)


def loo_by_refit(xs, ys, width):
    errors = []
    for k in range(len(xs)):
        keep = [s for s in range(len(xs)) if s != k]
        errors.append((regress_by_loop(xs[k : k + 1], xs[keep], ys[keep], width)[0] - ys[k]) ** 2)
    return sum(errors) / len(errors)


def loo_by_logits(xs, ys, width):
    scores = -0.5 * (np.subtract.outer(xs, xs) / width) ** 2
    scores[np.eye(len(xs), dtype=bool)] = -np.inf
    return np.square(softmax(scores) @ ys - ys).mean()


@exercise(
    "attention.leave_one_out",
    trains="choosing a width honestly",
    task="""
    leave_one_out(xs, ys, width) -> number: how well kernel regression of the given width predicts
    points it has not seen. For each point s predict ys[s] from all the others (weights exp(-u^2 /
    2), u = (x_s - x_k) / width, normalised over k != s); return the mean squared error.
    """,
    shapes={"xs": "S"},
    cases=loo_cases,
    variants=(loo_by_refit, loo_by_logits),
    hints=(
        "A point is its own nearest neighbour, so it must be left out, before the weights are "
        "normalised.",
        "weights_ss = 0, then normalise each row; error = mean (weights ys - ys)^2.",
        "weights = np.exp(...)\n"
        "np.fill_diagonal(weights, ...)\n"
        "weights = weights / ...\n"
        "return (... ** 2).mean()",
    ),
    mistakes=r"""
    own_left_in | `    np.fill_diagonal(weights, 0)\n` -> `` |
        Each point's own target is still in its prediction: set its weight to 0.
    after_normalising | `    np.fill_diagonal(weights, 0)\n    weights = weights /
        weights.sum(axis=1, keepdims=True)\n` -> `    weights = weights / weights.sum(axis=1,
        keepdims=True)\n    np.fill_diagonal(weights, 0)\n` |
        The own weight is removed after the normalisation, so the rest no longer sums to 1.
    sum | .mean() -> .sum() | You add up the squared errors; the mean is asked for.
    no_half | -(u**2) / 2 -> -(u**2) | The 1/2 in the exponent is missing.
    root | ((weights @ ys - ys) ** 2).mean() -> np.sqrt(((weights @ ys - ys) ** 2).mean()) |
        You take the square root of the mean squared error.
    absolute | ((weights @ ys - ys) ** 2) -> np.abs(weights @ ys - ys) |
        You average |error|; squared errors are asked for.
    minus_one | ((weights @ ys - ys) ** 2).mean() -> ((weights @ ys - ys) ** 2).sum() / (len(xs) -
        1) | You divide by S - 1; the mean is over all S points.
    not_normalised | `    weights = weights / weights.sum(axis=1, keepdims=True)\n` -> `` |
        The weights are not normalised.
    by_value | np.fill_diagonal(weights, 0) -> weights[xs[:, None] == xs] = 0 |
        You leave out every point with the same x; only the point itself is left out.
    no_width | ` / width` -> `` | The width is missing: u = (x_s - x_k) / width.
    times_width | / width -> * width |
        You multiply by the width; a large width must flatten the weights.
    width_once | (xs[:, None] - xs) / width -> (xs[:, None] - xs) / np.sqrt(width) |
        The width is squared with u; you divide u^2 by the width once.
    no_square | -(u**2) / 2 -> -u / 2 | u is not squared: exp(-u^2 / 2).
    absolute_u | -(u**2) / 2 -> -np.abs(u) / 2 | You use |u|; the Gaussian has u^2.
    plus | -(u**2) / 2 -> u**2 / 2 |
        The sign in the exponent is wrong: far points must weigh less, exp(-u^2 / 2).
    over_queries | weights.sum(axis=1, keepdims=True) -> weights.sum(axis=0, keepdims=True) |
        You normalise over the wrong axis; the weights of each prediction sum to 1 (axis 1).
    all_sum | weights.sum(axis=1, keepdims=True) -> weights.sum() |
        You divide by the sum of all weights; each prediction has its own.
    predicts_points | weights @ ys -> weights @ xs |
        The weights mix the targets ys, not the points xs.
    error_mean | ((weights @ ys - ys) ** 2).mean() -> (weights @ ys - ys).mean() ** 2 |
        You square the mean error; the mean of the squares is asked for.
    earlier | np.fill_diagonal(weights, 0) -> np.fill_diagonal(weights, 0)\n    weights[1:] =
        np.tril(weights, -1)[1:] | You predict a point from the earlier ones only; all others count,
        before and after it.
    small_sum | weights / weights.sum(axis=1, keepdims=True) -> weights / (weights.sum(axis=1,
        keepdims=True) + SMALL) | You add a small constant to the sum of the weights; for a lonely
        point it is larger than the weights themselves.
    """,
)
def leave_one_out(xs, ys, width):
    u = (xs[:, None] - xs) / width
    weights = np.exp(-(u**2) / 2)
    np.fill_diagonal(weights, 0)
    weights = weights / weights.sum(axis=1, keepdims=True)
    return ((weights @ ys - ys) ** 2).mean()


def read_cases(rng):
    two = np.array([[1.0, 0.0], [0.0, 1.0]])
    yield np.array([1.0, 0.0]), two, np.array([[2.0], [4.0]]), 2.0, 1
    yield np.array([1.0, 0.0]), two, np.array([[2.0], [4.0]]), 2.0, 2
    for S, d, dv, n in [
        (3, 2, 4, 2),
        (4, 3, 2, 2),
        (5, 4, 3, 3),
        (3, 5, 6, 1),
        (4, 4, 4, 3),
        (5, 3, 3, 5),
        (6, 2, 3, 4),
    ] * 3:
        yield (
            normal(rng, d),
            normal(rng, S, d),
            normal(rng, S, dv),
            float(rng.choice([0.3, 0.5, 2.0, 3.0])),
            n,
        )
    for S, d in [(3, 2), (4, 3), (5, 2), (2, 3)]:
        yield special(
            "beta large: a dictionary lookup",
            normal(rng, d),
            normal(rng, S, d),
            normal(rng, S, 5),
            4000.0,
            2,
        )
    for S in (3, 4, 5):
        below = np.column_stack([-2.0 - np.arange(S), 0.1 * np.arange(S) ** 2])
        q, values = np.array([1.0, 0.5]), normal(rng, S, 2)
        yield special("all scores far below 0", q, below, values, 40_000.0, 2)
        yield special("all scores below 0", q, below / 3, values, 1.5, 2)


def read_by_loop(q, K, V, beta, n):
    scores = [beta * sum(a * b for a, b in zip(q, k, strict=True)) for k in K]
    best = sorted(range(len(K)), key=lambda s: -scores[s])[:n]
    e = {s: math.exp(scores[s] - max(scores)) for s in best}
    return sum((e[s] / sum(e.values())) * V[s] for s in best)


def read_chosen(q, K, V, beta, n):
    rows = np.argpartition(-(K @ q), n - 1)[:n]
    return softmax(beta * (K[rows] @ q)) @ V[rows]


@exercise(
    "attention.kv_read",
    trains="a soft dictionary that reads few records",
    task="""
    kv_read(q, K, V, beta, n) -> (dv,): soft reading of the n best records. q (d,) query, K (S, d)
    keys, V (S, dv) values; the scores are beta (q . k_s) with beta > 0. Only the n records with the
    largest scores are read (1 <= n <= S, no two scores are equal): the others get the weight 0,
    and the weights of the n sum to 1. The answer is the weighted sum of the values. beta may be
    large (the read is then a dictionary lookup): no overflow.
    """,
    shapes={"K": "S d", "V": "S dv"},
    cases=read_cases,
    variants=(read_by_loop, read_chosen),
    helpers=(softmax,),
    hints=(
        "It is a masked softmax, and the mask follows from the scores: which of them is the n-th "
        "largest?",
        "m_s = 1 where score_s >= the n-th largest score, else 0;  a_s = m_s e^score_s / sum_r m_r "
        "e^score_r;  answer = a V.",
        "scores = beta * ...\n"
        "least = np.sort(scores)[...]   # the n-th largest\n"
        "scores = np.where(scores >= least, scores, ...)\n"
        "return softmax(scores) @ ...",
    ),
    mistakes=r"""
    all_read | np.where(scores >= least, scores, -np.inf) -> scores |
        You read all records; only the n best have weight.
    cut_after | `np.where(scores >= least, scores, -np.inf)\n    weights = softmax(scores)` ->
        `scores + 0\n    weights = softmax(scores) * (scores >= least)` | You cut the others off
        after the softmax, so the weights that are left sum to less than 1.
    zero_filled | -np.inf -> 0 | You set the other scores to 0, but e^0 = 1 is a share, too; use
        -inf.
    worst | np.where(scores >= least, scores, -np.inf) -> np.where(scores <= np.sort(scores)[n - 1],
        scores, -np.inf) | You read the n records with the smallest scores; the largest are asked
        for.
    one_less | scores >= least -> scores > least | You read n - 1 records: the n-th best belongs to
        them, too.
    one_more | np.sort(scores)[-n] -> np.sort(scores)[max(-n - 1, -len(scores))] |
        You read n + 1 records.
    first_rows | scores >= least -> np.arange(len(scores)) < n | You read the first n records; those
        with the n largest scores are asked for.
    plain_mean | weights = softmax(scores) -> weights = softmax(0 * (scores >= least) + np.where(
        scores >= least, 0, -np.inf)) | You take the plain mean of the n best; they are weighted by
        the softmax of their scores.
    values_scored | K @ q -> V @ q |
        The query is compared with the values; it is compared with the keys.
    returns_keys | weights @ V -> weights @ K |
        You read out the keys; the values are what is stored.
    beta_after | beta * (K @ q) -> (K @ q) ;; weights = softmax(scores) -> weights = beta *
        softmax(scores) | beta multiplies the scores before the softmax, not the weights after it.
    no_beta | beta * (K @ q) -> (K @ q) | beta is missing.
    over_beta | beta * (K @ q) -> (K @ q) / beta |
        You divide by beta; a large beta must sharpen the weights, so multiply.
    hard | return weights @ V -> return V[weights.argmax()] |
        You read the best value only; the read is a weighted sum.
    scaled | beta * (K @ q) -> beta * (K @ q) / np.sqrt(len(q)) |
        There is no 1/sqrt(d) here; beta sets the sharpness.
    overflow | np.exp(z - z.max(axis=axis, keepdims=True)) -> np.exp(z) |
        e^score overflows for a large beta: take the maximum away first.
    distance | K @ q -> -((K - q) ** 2).sum(axis=1) |
        You score by the distance to the key; the task's score is the dot product.
    mean | weights @ V -> weights @ V / len(V) | You average the weighted values; they are summed.
    returns_weights | return weights @ V -> return weights |
        You return the weights; the answer is the weighted sum of the values.
    root_beta | beta * (K @ q) -> np.sqrt(beta) * (K @ q) | beta enters as it is, not as its root.
    cosine | K @ q -> K @ q / np.maximum(np.linalg.norm(K, axis=1) * np.linalg.norm(q), 1e-300) |
        You divide by the lengths (the cosine); the score is the plain dot product q . k.
    clipped | beta * (K @ q) -> np.clip(beta * (K @ q), -50, 50) | Clipping makes large scores
        equal; they must stay apart. Take the maximum away instead.
    small_sum | e / e.sum(axis=axis, keepdims=True) -> e / (e.sum(axis=axis, keepdims=True) + SMALL)
        | You add a small constant to the softmax's sum, so the weights no longer sum to 1. With the
        maximum taken away the sum is at least 1: nothing has to be added.
    """,
)
def kv_read(q, K, V, beta, n):
    scores = beta * (K @ q)
    least = np.sort(scores)[-n]
    scores = np.where(scores >= least, scores, -np.inf)
    weights = softmax(scores)
    return weights @ V


def pointer_cases(rng):
    yield (
        np.array([1.0]),
        np.array([[1.0], [0.0]]),
        np.array([[1.0]]),
        np.array([[1.0]]),
        np.array([2.0]),
        np.array([True, True]),
    )
    for S, dq, dk, h in [(2, 2, 3, 4), (3, 2, 4, 5), (4, 3, 2, 6), (5, 4, 3, 2), (6, 5, 4, 3)] * 4:
        free = rng.random(S) < 0.6
        free[rng.permutation(S)[:2]] = True
        free[0] &= free[1:].any() and S > 2
        yield (
            normal(rng, dq),
            normal(rng, S, dk),
            normal(rng, h, dq, scale=0.8),
            normal(rng, h, dk, scale=0.8),
            normal(rng, h),
            free,
        )


def pointer_by_loop(q, K, W, U, w, free):
    scores = [
        float(w @ np.tanh(W @ q + U @ k)) if f else -math.inf for k, f in zip(K, free, strict=True)
    ]
    e = [math.exp(s - max(scores)) for s in scores]
    return [x / sum(e) for x in e]


def pointer_selected(q, K, W, U, w, free):
    p = np.zeros(len(K))
    p[free] = np.exp(np.einsum("h,sh->s", w, np.tanh(W @ q + np.einsum("hk,sk->sh", U, K[free]))))
    return p / p.sum()


@exercise(
    "attention.pointer",
    trains="attention as the output",
    task="""
    pointer(q, K, W, U, w, free) -> p (S,): the distribution of a pointer network over the S
    inputs. Scores w . tanh(W q + U k_s) as in additive attention, q (dq,), K (S, dk), W (h, dq),
    U (h, dk), w (h,). free (S,) is True for inputs that may still be chosen; the others get
    exactly 0 and the rest sums to 1. At least one is free.
    """,
    shapes={"q": "dq", "K": "S dk", "w": "h"},
    cases=pointer_cases,
    variants=(pointer_by_loop, pointer_selected),
    properties=(
        Property("p sums to 1", lambda f, *args: near(f(*args).sum(), 1)),
        Property("inputs that are not free get 0", lambda f, *args: not f(*args)[~args[5]].any()),
    ),
    helpers=(softmax,),
    hints=(
        "Inputs that are not free must be out before the softmax, so that the rest shares the "
        "whole probability.",
        "score_s = w . tanh(W q + U k_s), -inf where not free;  p = softmax(scores).",
        "scores = ...   # as in additive attention, (S,)\n"
        "scores = np.where(free, scores, ...)\n"
        "return softmax(scores)",
    ),
    mistakes=r"""
    no_mask | np.where(free, scores, -np.inf) -> scores |
        The mask is missing: inputs that are not free still get probability.
    mask_after | `    scores = np.where(free, scores, -np.inf)\n    return softmax(scores)` ->
        `    return softmax(scores) * free` |
        You mask after the softmax, so p sums to less than 1; mask the scores before it.
    times_mask | np.where(free, scores, -np.inf) -> scores * free | You multiply the scores by the
        mask: a score of 0 is not a closed door, it gets e^0. Use -inf.
    inverted | np.where(free, scores, -np.inf) -> np.where(~free, scores, -np.inf) |
        The mask is turned round: free is True for what may be chosen.
    no_tanh | np.tanh(W @ q + K @ U.T) -> (W @ q + K @ U.T) | The tanh is missing.
    no_query | W @ q + K @ U.T -> K @ U.T | The query is missing.
    sum_for_v | @ w -> @ np.ones(len(w)) | You sum the hidden units; they are weighted by w.
    scores | return softmax(scores) -> return scores |
        You return scores; a distribution is asked for.
    hard | return softmax(scores) -> return (scores == scores.max()).astype(float) |
        You return one-hot; the distribution itself is asked for.
    small_fill | -np.inf -> -1.0 | -1 is no closed door: such inputs keep probability. Use -inf.
    tan | np.tanh -> np.tan | np.tan is the tangent; the hyperbolic tangent np.tanh is meant.
    no_key | W @ q + K @ U.T -> W @ q + 0 * K @ U.T | The keys are missing: tanh(W q + U k).
    product | W @ q + K @ U.T -> W @ q * (K @ U.T) | You multiply W q and U k; they are added.
    added_mask | np.where(free, scores, -np.inf) -> scores + free |
        You add the mask (0 or 1) to the scores; that closes no door. Use -inf.
    sigmoid | np.tanh(W @ q + K @ U.T) -> 1 / (1 + np.exp(-(W @ q + K @ U.T))) |
        You use the sigmoid; the score has tanh.
    log | return softmax(scores) -> return np.log(softmax(scores)) |
        You return log-probabilities; probabilities are asked for.
    inverted_filled | np.where(free, scores, -np.inf) -> np.where(~free, scores, -1e9) | The mask is
        turned round: free is True for what may be chosen.
    only_free | return softmax(scores) -> return softmax(scores[free]) | Your p has a place for each
        free input only; it has all S places, and those not free get 0.
    scores_filled | np.where(free, scores, -np.inf) -> np.where(free, scores, -1e9) ;; return
        softmax(scores) -> return scores | You return the scores; the softmax is missing.
    small_sum | e / e.sum(axis=axis, keepdims=True) -> e / (e.sum(axis=axis, keepdims=True) + SMALL)
        | You add a small constant to the softmax's sum, so the weights no longer sum to 1. With the
        maximum taken away the sum is at least 1: nothing has to be added.
    """,
    equivalent=UNSHIFTED,
)
def pointer(q, K, W, U, w, free):
    scores = np.tanh(W @ q + K @ U.T) @ w
    scores = np.where(free, scores, -np.inf)
    return softmax(scores)
