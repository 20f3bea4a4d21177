"""Exercises of chapter 13, second half: kernel regression, key-value reading, pointers."""
# ruff: noqa: E501 - one mistake a line

import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, slip, special
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
    task="nadaraya_watson(x, xs, ys, width) -> (T,): kernel regression. For each query x (T,) the weighted mean of the targets ys (S,) at the "
    "points xs (S,), with weights proportional to exp(-u^2 / 2), u = (x - x_s) / width.",
    shapes={"x": "T", "xs": "S"},
    cases=regression_cases,
    variants=(regress_by_loop, lambda x, xs, ys, width: softmax(-0.5 * (np.subtract.outer(x, xs) / width) ** 2) @ ys),
    properties=(Property("the prediction lies between the smallest and the largest target", between),),
    hints=("It is attention: x asks, xs are the keys, ys the values, and the score falls with the squared distance.", "a_ts = exp(-u_ts^2 / 2) / sum_s' exp(-u_ts'^2 / 2);  y_t = sum_s a_ts ys_s.", "u = (x[:, None] - xs) / width\nweights = np.exp(...)\nweights /= weights.sum(axis=..., keepdims=True)\nreturn weights @ ys"),
    mistakes=(
        slip("plus", "The sign in the exponent is wrong: far points must weigh less, exp(-u^2 / 2).", "-(u**2) / 2", "u**2 / 2"),
        slip("no_square", "u is not squared: exp(-u^2 / 2).", "-(u**2) / 2", "-u / 2"),
        slip("absolute", "You use |u|; the Gaussian has u^2.", "-(u**2) / 2", "-np.abs(u) / 2"),
        slip("no_half", "The 1/2 in the exponent is missing.", "-(u**2) / 2", "-(u**2)"),
        slip("not_normalised", "The weights are not normalised: divide by their sum.", "    weights = weights / weights.sum(axis=1, keepdims=True)\n", ""),
        slip("over_queries", "You normalise over the queries; each query's weights over the points sum to 1.", "weights.sum(axis=1, keepdims=True)", "weights.sum(axis=0, keepdims=True)"),
        slip("all_sum", "You divide by the sum of all weights; each query has its own.", "weights.sum(axis=1, keepdims=True)", "weights.sum()"),
        slip("times_points", "The weights mix the targets ys, not the points xs.", "weights @ ys", "weights @ xs"),
        slip("no_width", "The width is missing: u = (x - x_s) / width.", " / width", ""),
        slip("times_width", "You multiply by the width; a large width must flatten the weights.", "/ width", "* width"),
        slip("width_once", "The width is squared with u; you divide u^2 by the width once.", "(x[:, None] - xs) / width", "(x[:, None] - xs) / np.sqrt(width)"),
        slip("nearest", "You take the nearest point's target; all points count, by their weights.", "return weights @ ys", "return ys[weights.argmax(axis=1)]"),
        slip("mean", "The plain mean of the targets, without weights.", "return weights @ ys", "return 0 * (weights @ ys) + ys.mean()"),
        slip("inverse_distance", "The weight is exp(-u^2 / 2), not 1 / (1 + u^2).",
            "np.exp(-(u**2) / 2)", "1 / (1 + u**2)"),
        slip("by_count", "The weights are divided by their sum, not by the number of points.",
            "weights / weights.sum(axis=1, keepdims=True)", "weights / len(xs)"),
        slip("half_u", "The 1/2 is not squared: exp(-u^2 / 2).", "-(u**2) / 2", "-((u / 2) ** 2)"),
    ),
)  # fmt: skip
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
    task="leave_one_out(xs, ys, width) -> number: how well kernel regression of the given width predicts points it has not seen. For each "
    "point s predict ys[s] from all the others (weights exp(-u^2 / 2), u = (x_s - x_k) / width, normalised over k != s); return the "
    "mean squared error.",
    shapes={"xs": "S"},
    cases=loo_cases,
    variants=(loo_by_refit, loo_by_logits),
    hints=("A point is its own nearest neighbour, so it must be left out, before the weights are normalised.", "weights_ss = 0, then normalise each row; error = mean (weights ys - ys)^2.", "weights = np.exp(...)\nnp.fill_diagonal(weights, ...)\nweights /= ...\nreturn ((weights @ ys - ys) ** 2).mean()"),
    mistakes=(
        slip("own_left_in", "Each point's own target is still in its prediction: set its weight to 0.", "    np.fill_diagonal(weights, 0)\n", ""),
        slip("after_normalising", "The own weight is removed after the normalisation, so the rest no longer sums to 1.", "    np.fill_diagonal(weights, 0)\n    weights = weights / weights.sum(axis=1, keepdims=True)\n", "    weights = weights / weights.sum(axis=1, keepdims=True)\n    np.fill_diagonal(weights, 0)\n"),
        slip("sum", "You add up the squared errors; the mean is asked for.", ".mean()", ".sum()"),
        slip("no_half", "The 1/2 in the exponent is missing.", "-(u**2) / 2", "-(u**2)"),
        slip("root", "You take the square root of the mean squared error.", "((weights @ ys - ys) ** 2).mean()", "np.sqrt(((weights @ ys - ys) ** 2).mean())"),
        slip("absolute", "You average |error|; squared errors are asked for.", "((weights @ ys - ys) ** 2)", "np.abs(weights @ ys - ys)"),
        slip("minus_one", "You divide by S - 1; the mean is over all S points.", "((weights @ ys - ys) ** 2).mean()", "((weights @ ys - ys) ** 2).sum() / (len(xs) - 1)"),
        slip("not_normalised", "The weights are not normalised.", "    weights = weights / weights.sum(axis=1, keepdims=True)\n", ""),
        slip("by_value",
            "You leave out every point with the same x; only the point itself is left out.",
            "np.fill_diagonal(weights, 0)", "weights[xs[:, None] == xs] = 0"),
        slip("no_width", "The width is missing: u = (x_s - x_k) / width.", " / width", ""),
        slip("times_width", "You multiply by the width; a large width must flatten the weights.",
            "/ width", "* width"),
        slip("width_once", "The width is squared with u; you divide u^2 by the width once.",
            "(xs[:, None] - xs) / width", "(xs[:, None] - xs) / np.sqrt(width)"),
        slip("no_square", "u is not squared: exp(-u^2 / 2).", "-(u**2) / 2", "-u / 2"),
        slip("absolute_u", "You use |u|; the Gaussian has u^2.", "-(u**2) / 2", "-np.abs(u) / 2"),
        slip("plus",
            "The sign in the exponent is wrong: far points must weigh less, exp(-u^2 / 2).",
            "-(u**2) / 2", "u**2 / 2"),
        slip("over_queries",
            "You normalise over the wrong axis; the weights of each prediction sum to 1 (axis"
            " 1).", "weights.sum(axis=1, keepdims=True)", "weights.sum(axis=0, keepdims=True)"),
        slip("all_sum", "You divide by the sum of all weights; each prediction has its own.",
            "weights.sum(axis=1, keepdims=True)", "weights.sum()"),
        slip("predicts_points", "The weights mix the targets ys, not the points xs.",
            "weights @ ys", "weights @ xs"),
        slip("error_mean", "You square the mean error; the mean of the squares is asked for.",
            "((weights @ ys - ys) ** 2).mean()", "(weights @ ys - ys).mean() ** 2"),
    ),
)  # fmt: skip
def leave_one_out(xs, ys, width):
    u = (xs[:, None] - xs) / width
    weights = np.exp(-(u**2) / 2)
    np.fill_diagonal(weights, 0)
    weights = weights / weights.sum(axis=1, keepdims=True)
    return ((weights @ ys - ys) ** 2).mean()


def read_cases(rng):
    yield np.array([1.0, 0.0]), np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[2.0], [4.0]]), 2.0
    for S, d, dv in [
        (2, 3, 1),
        (3, 2, 4),
        (4, 3, 2),
        (5, 4, 3),
        (3, 5, 6),
        (4, 4, 4),
        (5, 3, 3),
    ] * 3:
        yield (
            normal(rng, d),
            normal(rng, S, d),
            normal(rng, S, dv),
            float(rng.choice([0.3, 0.5, 2.0, 3.0])),
        )
    for S, d in [(3, 2), (4, 3), (5, 2), (2, 3)]:
        yield special(
            "beta large: a dictionary lookup",
            normal(rng, d),
            normal(rng, S, d),
            normal(rng, S, 5),
            4000.0,
        )
    for S in (3, 4, 5):
        below = -2.0 - np.arange(S)[:, None]
        yield special("all scores far below 0", np.array([1.0]), below, normal(rng, S, 2), 40_000.0)


def read_by_loop(q, K, V, beta):
    scores = [beta * sum(a * b for a, b in zip(q, k, strict=True)) for k in K]
    e = [math.exp(s - max(scores)) for s in scores]
    return sum((x / sum(e)) * v for x, v in zip(e, V, strict=True))


@exercise(
    "attention.kv_read",
    task="kv_read(q, K, V, beta) -> (dv,): soft reading from a memory. q (d,) query, K (S, d) keys, V (S, dv) values; weights = softmax of "
    "beta (q . k_s); the answer is the weighted sum of the values. beta may be large (the read is then a dictionary lookup): no overflow.",
    shapes={"K": "S d", "V": "S dv"},
    cases=read_cases,
    variants=(read_by_loop, lambda q, K, V, beta: np.einsum("s,sv->v", np.exp(beta * (K @ q) - np.logaddexp.reduce(beta * (K @ q))), V)),
    helpers=(softmax,),
    hints=("Keys are compared with the query; values are what is read.", "weights = softmax(beta K q), (S,);  answer = weights V.", "weights = softmax(beta * ...)\nreturn weights @ ..."),
    mistakes=(
        slip("values_scored", "The query is compared with the values; it is compared with the keys.", "K @ q", "V @ q"),
        slip("returns_keys", "You read out the keys; the values are what is stored.", "weights @ V", "weights @ K"),
        slip("beta_after", "beta multiplies the scores before the softmax, not the weights after it.", "softmax(beta * (K @ q))", "beta * softmax(K @ q)"),
        slip("no_beta", "beta is missing.", "beta * (K @ q)", "(K @ q)"),
        slip("over_beta", "You divide by beta; a large beta must sharpen the weights, so multiply.", "beta * (K @ q)", "(K @ q) / beta"),
        slip("no_softmax", "The softmax is missing.", "softmax(beta * (K @ q))", "(beta * (K @ q))"),
        slip("hard", "You read the best value only; the read is a weighted sum.", "return weights @ V", "return V[weights.argmax()]"),
        slip("scaled", "There is no 1/sqrt(d) here; beta sets the sharpness.", "beta * (K @ q)", "beta * (K @ q) / np.sqrt(len(q))"),
        slip("overflow", "e^score overflows for a large beta: take the maximum away first.", "np.exp(z - z.max(axis=axis, keepdims=True))", "np.exp(z)"),
        slip("distance", "You score by the distance to the key; the task's score is the dot product.", "K @ q", "-((K - q) ** 2).sum(axis=1)"),
        slip("mean", "You average the weighted values; they are summed.", "weights @ V", "weights @ V / len(V)"),
        slip("returns_weights",
            "You return the weights; the answer is the weighted sum of the values.",
            "return weights @ V", "return weights"),
        slip("root_beta", "beta enters as it is, not as its root.", "beta * (K @ q)",
            "np.sqrt(beta) * (K @ q)"),
    ),
)  # fmt: skip
def kv_read(q, K, V, beta):
    weights = softmax(beta * (K @ q))
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


def pointer_by_loop(q, K, W, U, v, free):
    scores = [
        float(v @ np.tanh(W @ q + U @ k)) if f else -math.inf for k, f in zip(K, free, strict=True)
    ]
    e = [math.exp(s - max(scores)) for s in scores]
    return [x / sum(e) for x in e]


def pointer_selected(q, K, W, U, v, free):
    p = np.zeros(len(K))
    p[free] = np.exp(np.einsum("h,sh->s", v, np.tanh(W @ q + np.einsum("hk,sk->sh", U, K[free]))))
    return p / p.sum()


@exercise(
    "attention.pointer",
    task="pointer(q, K, W, U, v, free) -> p (S,): the distribution of a pointer network over the S inputs. Scores v^T tanh(W q + U k_s) as in "
    "additive attention, q (dq,), K (S, dk), W (h, dq), U (h, dk), v (h,). free (S,) is True for inputs that may still be chosen; the "
    "others get exactly 0 and the rest sums to 1. At least one is free.",
    shapes={"q": "dq", "K": "S dk", "v": "h"},
    cases=pointer_cases,
    variants=(pointer_by_loop, pointer_selected),
    properties=(
        Property("p sums to 1", lambda f, *args: near(f(*args).sum(), 1)),
        Property("inputs that are not free get 0", lambda f, *args: not f(*args)[~args[5]].any()),
    ),
    helpers=(softmax,),
    hints=("Inputs that are not free must be out before the softmax, so that the rest shares the whole probability.", "score_s = v . tanh(W q + U k_s), -inf where not free;  p = softmax(scores).", "scores = np.tanh(W @ q + K @ U.T) @ v\nscores = np.where(free, scores, ...)\nreturn softmax(scores)"),
    mistakes=(
        slip("no_mask", "The mask is missing: inputs that are not free still get probability.", "np.where(free, scores, -np.inf)", "scores"),
        slip("mask_after", "You mask after the softmax, so p sums to less than 1; mask the scores before it.", "    scores = np.where(free, scores, -np.inf)\n    return softmax(scores)", "    return softmax(scores) * free"),
        slip("times_mask", "You multiply the scores by the mask: a score of 0 is not a closed door, it gets e^0. Use -inf.", "np.where(free, scores, -np.inf)", "scores * free"),
        slip("inverted", "The mask is turned round: free is True for what may be chosen.", "np.where(free, scores, -np.inf)", "np.where(~free, scores, -np.inf)"),
        slip("no_tanh", "The tanh is missing.", "np.tanh(W @ q + K @ U.T)", "(W @ q + K @ U.T)"),
        slip("no_query", "The query is missing.", "W @ q + K @ U.T", "K @ U.T"),
        slip("sum_for_v", "You sum the hidden units; they are weighted by v.", "@ v", "@ np.ones(len(v))"),
        slip("scores", "You return scores; a distribution is asked for.", "return softmax(scores)", "return scores"),
        slip("hard", "You return one-hot; the distribution itself is asked for.", "return softmax(scores)", "return (scores == scores.max()).astype(float)"),
        slip("small_fill", "-1 is no closed door: such inputs keep probability. Use -inf.", "-np.inf", "-1.0"),
        slip("tan", "np.tan is the tangent; the hyperbolic tangent np.tanh is meant.", "np.tanh",
            "np.tan"),
        slip("no_key", "The keys are missing: tanh(W q + U k).", "W @ q + K @ U.T",
            "W @ q + 0 * K @ U.T"),
        slip("product", "You multiply W q and U k; they are added.", "W @ q + K @ U.T",
            "W @ q * (K @ U.T)"),
        slip("added_mask",
            "You add the mask (0 or 1) to the scores; that closes no door. Use -inf.",
            "np.where(free, scores, -np.inf)", "scores + free"),
        slip("sigmoid", "You use the sigmoid; the score has tanh.", "np.tanh(W @ q + K @ U.T)",
            "1 / (1 + np.exp(-(W @ q + K @ U.T)))"),
        slip("log", "You return log-probabilities; probabilities are asked for.",
            "return softmax(scores)", "return np.log(softmax(scores))"),
    ),
    equivalent=UNSHIFTED,
)  # fmt: skip
def pointer(q, K, W, U, v, free):
    scores = np.tanh(W @ q + K @ U.T) @ v
    scores = np.where(free, scores, -np.inf)
    return softmax(scores)
