"""Exercises of chapter 16: layer norm, residuals, cross-attention,
feed-forward. Label smoothing is in `transformer_loss`."""
# ruff: noqa: E501 - one mistake a line

import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, slip, special
from byhand.exercises.topics.cases import near, normal, softmax


def norm_cases(rng):
    yield np.array([[[1.0, 3.0]]]), np.array([2.0, 1.0]), np.array([0.0, 1.0]), 0.5
    for B, T, D in [(1, 2, 3), (2, 3, 4), (3, 2, 5), (2, 4, 3), (4, 3, 2)] * 4:
        yield (
            normal(rng, B, T, D) + normal(rng, B, T, 1),
            normal(rng, D),
            normal(rng, D),
            float(rng.uniform(0.05, 0.5)),
        )
    for D in (3, 4, 5):
        yield special(
            "a constant row",
            np.concatenate([np.full((1, 1, D), 2.0), normal(rng, 1, 1, D)], axis=1),
            normal(rng, D),
            normal(rng, D),
            0.1,
        )


def norm_by_loop(x, gamma, beta, eps):
    out = np.zeros(x.shape)
    for b, t in np.ndindex(x.shape[:2]):
        row = [float(v) for v in x[b, t]]
        mean = sum(row) / len(row)
        variance = sum((v - mean) ** 2 for v in row) / len(row)
        out[b, t] = [
            g * (v - mean) / math.sqrt(variance + eps) + s
            for g, v, s in zip(gamma, row, beta, strict=True)
        ]
    return out


def norm_by_einsum(x, gamma, beta, eps):
    centred = x - np.einsum("btd->bt", x)[..., None] / x.shape[2]
    spread = np.einsum("btd,btd->bt", centred, centred) / x.shape[2] + eps
    return gamma * centred * spread[..., None] ** -0.5 + beta


@exercise(
    "transformer.layer_norm",
    task="layer_norm(x, gamma, beta, eps) -> y like x (B, T, D). Mean and variance (divided by D, not D - 1) of each token's D numbers; "
    "y = gamma (x - mean) / sqrt(variance + eps) + beta, gamma and beta (D,).",
    shapes={"x": "B T D"},
    cases=norm_cases,
    variants=(norm_by_loop, norm_by_einsum),
    properties=(Property("adding one number to all of a token's features changes nothing", lambda f, x, gamma, beta, eps: near(f(x + 3.0, gamma, beta, eps), f(x, gamma, beta, eps))),),
    hints=("Each token is normalised on its own: which axis is averaged over?", "mean, variance over D;  y = gamma (x - mean) / sqrt(variance + eps) + beta.", "mean = x.mean(axis=..., keepdims=True)\nvariance = ...\nreturn gamma * (x - mean) / np.sqrt(...) + beta"),
    mistakes=(
        slip("axis_0", "You average over the batch; layer norm averages over each token's own features, the last axis.", "x.mean(axis=-1, keepdims=True)", "x.mean(axis=0, keepdims=True)", "x.var(axis=-1, keepdims=True)", "x.var(axis=0, keepdims=True)"),
        slip("axis_time", "You average over the time; layer norm averages over the features, the last axis.", "x.mean(axis=-1, keepdims=True)", "x.mean(axis=1, keepdims=True)", "x.var(axis=-1, keepdims=True)", "x.var(axis=1, keepdims=True)"),
        slip("over_t_and_d", "You average over time and features together; each token is normalised on its own.", "x.mean(axis=-1, keepdims=True)", "x.mean(axis=(1, 2), keepdims=True)", "x.var(axis=-1, keepdims=True)", "x.var(axis=(1, 2), keepdims=True)"),
        slip("over_all", "You average over the entire array; each token is normalised on its own.", "x.mean(axis=-1, keepdims=True)", "x.mean()", "x.var(axis=-1, keepdims=True)", "x.var()"),
        slip("eps_outside", "eps stands inside the square root: sqrt(variance + eps), not sigma + eps.", "np.sqrt(variance + eps)", "(np.sqrt(variance) + eps)"),
        slip("no_root", "The square root is missing: divide by the standard deviation.", "np.sqrt(variance + eps)", "(variance + eps)"),
        slip("no_eps", "eps is missing: a constant row gives 0/0.", "variance + eps", "variance"),
        slip("swapped", "gamma and beta are exchanged: gamma multiplies, beta is added.", "gamma * (x", "beta * (x", "+ beta", "+ gamma"),
        slip("unbiased", "You divide the variance by D - 1; layer norm divides by D.", "x.var(axis=-1, keepdims=True)", "x.var(axis=-1, keepdims=True, ddof=1)"),
        slip("no_mean", "The mean is not taken away (that would be RMS norm's numerator).", "(x - mean)", "x"),
        slip("rms", "That is RMS norm: layer norm takes the mean away first.", "(x - mean)", "x", "x.var(axis=-1, keepdims=True)", "(x**2).mean(axis=-1, keepdims=True)"),
        slip("no_gamma", "gamma is missing.", "gamma * ", ""),
        slip("no_beta", "beta is missing.", " + beta", ""),
        slip("gamma_outside", "gamma multiplies the normalised x only, not beta.", "gamma * (x - mean) / np.sqrt(variance + eps) + beta", "gamma * ((x - mean) / np.sqrt(variance + eps) + beta)"),
        slip("mean_times", "gamma multiplies the difference x - mean, not x alone.",
            "gamma * (x - mean)", "(gamma * x - mean)"),
        slip("minus_beta", "beta is added, not taken away.", "+ beta", "- beta"),
        slip("std_axis",
            "Mean over the features, but variance over the time: both run over the last axis.",
            "x.var(axis=-1, keepdims=True)", "x.var(axis=1, keepdims=True)"),
        slip("times_sigma", "You multiply by the standard deviation; divide by it.", "/ np.sqrt",
            "* np.sqrt"),
        slip("over_d", "You divide by D; the standard deviation normalises.",
            "np.sqrt(variance + eps)", "x.shape[-1]"),
        slip("norm_no_axis",
            "You divide by the norm of the whole array; each token has its own deviation.",
            "np.sqrt(variance + eps)", "np.linalg.norm(x)"),
    ),
)  # fmt: skip
def layer_norm(x, gamma, beta, eps):
    mean = x.mean(axis=-1, keepdims=True)
    variance = x.var(axis=-1, keepdims=True)
    return gamma * (x - mean) / np.sqrt(variance + eps) + beta


def norm_backward_cases(rng):
    yield np.array([[1.0, 0.0, 0.0]]), np.array([[1.0, 3.0, 2.0]]), np.array([2.0, 1.0, 1.0]), 0.5
    for B, D in [(1, 3), (2, 3), (3, 4), (3, 5), (4, 3), (5, 4)] * 4:
        yield (
            normal(rng, B, D),
            normal(rng, B, D) + normal(rng, B, 1),
            normal(rng, D),
            float(rng.uniform(0.05, 0.5)),
        )


def norm_backward_by_jacobian(dy, x, gamma, eps):
    D = x.shape[1]
    dx, dgamma = np.zeros(x.shape), np.zeros(D)
    for n, row in enumerate(x):
        centre = np.eye(D) - 1 / D
        u = centre @ row
        s = math.sqrt(u @ u / D + eps)
        jacobian = (centre - np.outer(u, u) / (D * s**2)) / s
        dx[n] = jacobian.T @ (gamma * dy[n])
        dgamma += dy[n] * u / s
    return dx, dgamma, sum(dy)


def norm_backward_staged(dy, x, gamma, eps):
    D = x.shape[1]
    u = x - x.mean(axis=1, keepdims=True)
    inverse = ((u * u).mean(axis=1, keepdims=True) + eps) ** -0.5
    dhat = dy * gamma
    dvariance = (dhat * u).sum(axis=1, keepdims=True) * -0.5 * inverse**3
    du = dhat * inverse + dvariance * 2 * u / D
    return [
        du - du.mean(axis=1, keepdims=True),
        np.einsum("nd,nd,nx->d", dy, u, inverse),
        np.einsum("nd->d", dy),
    ]


@exercise(
    "transformer.layer_norm_backward",
    task="layer_norm_backward(dy, x, gamma, eps) -> (dx, dgamma, dbeta): gradients of y = gamma x_hat + beta, x_hat = (x - mean) / sqrt(variance + eps), "
    "mean and variance (divided by D) of each row. dy, x (B, D); gamma (D,). dx (B, D); dgamma, dbeta (D,).",
    shapes={"x": "B D"},
    outputs=("dx", "dgamma", "dbeta"),
    cases=norm_backward_cases,
    variants=(norm_backward_by_jacobian, norm_backward_staged),
    properties=(Property("each row of dx sums to 0", lambda f, dy, x, gamma, eps: near(f(dy, x, gamma, eps)[0].sum(axis=1), 0)),),
    hints=(
        "x reaches x_hat by three roads: directly, through the mean, and through the variance. The last two give a correction each.",
        "dx_hat = dy gamma;  dx = (dx_hat - mean(dx_hat) - x_hat mean(dx_hat x_hat)) / sqrt(variance + eps), means over D.",
        "dx_hat = dy * gamma\ndx = (dx_hat - dx_hat.mean(axis=1, keepdims=True) - x_hat * ...) / sigma\nreturn dx, (dy * x_hat).sum(axis=0), ...",
    ),
    mistakes=(
        slip("no_mean_term", "The road through the mean is missing: - mean(dx_hat).", " - d.mean(axis=1, keepdims=True)", ""),
        slip("no_variance_term", "The road through the variance is missing: - x_hat mean(dx_hat x_hat).", " - x_hat * (d * x_hat).mean(axis=1, keepdims=True)", ""),
        slip("no_corrections", "Both corrections are missing: x also moves the mean and the variance.", " - d.mean(axis=1, keepdims=True)", "", " - x_hat * (d * x_hat).mean(axis=1, keepdims=True)", ""),
        slip("no_gamma", "gamma is missing in dx: dx_hat = dy gamma.", "d = dy * gamma", "d = dy"),
        slip("no_sigma", "The division by sqrt(variance + eps) is missing in dx.", ") / sigma\n    return", ")\n    return"),
        slip("plus_mean", "The corrections are taken away, not added.", "(d - d.mean", "(d + d.mean"),
        slip("dgamma_no_hat", "dgamma needs x_hat: sum of dy x_hat over the rows.", "(dy * x_hat).sum(axis=0)", "(dy * x).sum(axis=0)"),
        slip("dgamma_is_dbeta", "dgamma lacks the factor x_hat.", "(dy * x_hat).sum(axis=0)", "dy.sum(axis=0)"),
        slip("not_summed", "dgamma and dbeta are summed over the rows: gamma and beta serve them all.", "(dy * x_hat).sum(axis=0), dy.sum(axis=0)", "dy * x_hat, dy"),
        slip("means", "dgamma and dbeta are sums over the rows, not means.", "(dy * x_hat).sum(axis=0), dy.sum(axis=0)", "(dy * x_hat).mean(axis=0), dy.mean(axis=0)"),
        slip("axis_0", "The corrections average over the batch; they average over each row's own features.", "d.mean(axis=1", "d.mean(axis=0", "(d * x_hat).mean(axis=1", "(d * x_hat).mean(axis=0"),
        slip("sums", "The corrections are means over the D features; you add up.", "d.mean(axis=1", "d.sum(axis=1", "(d * x_hat).mean(axis=1", "(d * x_hat).sum(axis=1"),
        slip("no_eps", "eps is missing under the root.", "x.var(axis=1, keepdims=True) + eps", "x.var(axis=1, keepdims=True)"),
    ),
)  # fmt: skip
def layer_norm_backward(dy, x, gamma, eps):
    sigma = np.sqrt(x.var(axis=1, keepdims=True) + eps)
    x_hat = (x - x.mean(axis=1, keepdims=True)) / sigma
    d = dy * gamma
    dx = (
        d - d.mean(axis=1, keepdims=True) - x_hat * (d * x_hat).mean(axis=1, keepdims=True)
    ) / sigma
    return dx, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def doubled(x):
    """the function x -> 2 x + 1"""
    return 2 * x + 1


def bent(x):
    """the function x -> x^2 - x"""
    return x * x - x


def mixed(x):
    """the function that adds neighbouring features"""
    return x + np.roll(x, 1, axis=-1) ** 2


def centre(x):
    """the norm x -> x - mean of the last axis"""
    return x - x.mean(axis=-1, keepdims=True)


def shorten(x):
    """the norm x -> x / (1 + |x|)"""
    return x / (1 + np.abs(x))


def residual_cases(rng):
    for B, T, D in [(1, 1, 2), (1, 2, 3), (2, 3, 4), (3, 2, 5)]:
        for f in (doubled, bent, mixed):
            for norm in (centre, shorten):
                yield normal(rng, B, T, D), f, norm


@exercise(
    "transformer.pre_norm",
    task="pre_norm(x, f, norm) -> y: a residual block in the pre-norm form, y = x + f(norm(x)). f and norm are functions of an array; x must not change.",
    shapes={"x": "B T D"},
    cases=residual_cases,
    variants=(lambda x, f, norm: np.add(f(norm(x)), x), lambda x, f, norm: sum([f(norm(x.copy())), x])),
    hints=("The skip carries x past the sublayer and its norm, untouched.", "y = x + f(norm(x)).", "return x + f(...)"),
    mistakes=(
        slip("no_skip", "The skip is missing: x + f(norm(x)).", "x + f(norm(x))", "f(norm(x))"),
        slip("skip_normed", "The skip carries x itself, not norm(x).", "x + f(norm(x))", "norm(x) + f(norm(x))"),
        slip("post", "That is post-norm, norm(x + f(x)); the task asks for pre-norm.", "x + f(norm(x))", "norm(x + f(x))"),
        slip("no_norm", "The norm is missing: f sees norm(x).", "f(norm(x))", "f(x)"),
        slip("norm_after_f", "The norm comes before f, not after it.", "f(norm(x))", "norm(f(x))"),
        slip("norm_on_skip", "The norm belongs to the input of f, not to the skip.", "x + f(norm(x))", "norm(x) + f(x)"),
        slip("product", "The skip is added, not multiplied.", "x + f", "x * f"),
    ),
)  # fmt: skip
def pre_norm(x, f, norm):
    return x + f(norm(x))


@exercise(
    "transformer.post_norm",
    task="post_norm(x, f, norm) -> y: a residual block in the post-norm form of the paper of 2017, y = norm(x + f(x)). x must not change.",
    shapes={"x": "B T D"},
    cases=residual_cases,
    variants=(lambda x, f, norm: norm(np.add(f(x), x)), lambda x, f, norm: norm(sum([f(x.copy()), x]))),
    hints=("First the sum, then the norm.", "y = norm(x + f(x)).", "return norm(x + ...)"),
    mistakes=(
        slip("no_skip", "The skip is missing.", "x + f(x)", "f(x)"),
        slip("pre", "That is pre-norm, x + f(norm(x)); the task asks for post-norm.", "norm(x + f(x))", "x + f(norm(x))"),
        slip("no_norm", "The norm is missing.", "norm(x + f(x))", "x + f(x)"),
        slip("norm_f_only", "The norm is applied to f(x) only; the sum goes through it.", "norm(x + f(x))", "x + norm(f(x))"),
        slip("norm_each", "Each part is normed on its own; it is the sum that is normed.", "norm(x + f(x))", "norm(x) + norm(f(x))"),
        slip("twice", "The norm is applied twice, before f and after the sum.", "norm(x + f(x))", "norm(x + f(norm(x)))"),
        slip("norm_on_skip", "The norm is applied to the skip only.", "norm(x + f(x))", "norm(x) + f(x)"),
    ),
)  # fmt: skip
def post_norm(x, f, norm):
    return norm(x + f(x))


def forward_cases(rng):
    for B, T, D, F in [(1, 1, 1, 2), (1, 2, 3, 4), (2, 3, 4, 5), (3, 2, 5, 4), (2, 4, 3, 7)] * 4:
        yield (
            normal(rng, B, T, D),
            normal(rng, D, F),
            normal(rng, F),
            normal(rng, F, D),
            normal(rng, D),
        )


@exercise(
    "transformer.feed_forward",
    task="feed_forward(x, W1, b1, W2, b2) -> (B, T, D): the same two-layer network at every place, max(0, x W1 + b1) W2 + b2. x (B, T, D), W1 (D, F), W2 (F, D).",
    shapes={"x": "B T D", "W1": "D F"},
    cases=forward_cases,
    variants=(
        lambda x, W1, b1, W2, b2: [[[float(v) for v in np.clip(W1.T @ token + b1, 0, None) @ W2 + b2] for token in row] for row in x],
        lambda x, W1, b1, W2, b2: np.einsum("btf,fd->btd", np.where((a := np.einsum("btd,df->btf", x, W1) + b1) > 0, a, 0), W2) + b2,
    ),
    hints=("Places do not mix here; that is attention's part.", "max(0, x W1 + b1) W2 + b2.", "return np.maximum(0, x @ W1 + ...) @ ..."),
    mistakes=(
        slip("no_relu", "The ReLU is missing: two linear maps are one.", "np.maximum(0, x @ W1 + b1)", "(x @ W1 + b1)"),
        slip("no_b1", "b1 is missing.", " + b1", ""),
        slip("no_b2", "b2 is missing.", " + b2", ""),
        slip("relu_at_end", "There is no ReLU after the second layer.", "return np.maximum(0, x @ W1 + b1) @ W2 + b2", "return np.maximum(0, np.maximum(0, x @ W1 + b1) @ W2 + b2)"),
        slip("bias_after_relu", "b1 is added before the ReLU.", "np.maximum(0, x @ W1 + b1)", "(np.maximum(0, x @ W1) + b1)"),
        slip("skip", "The skip belongs to the block around; here it is the network alone.", "return np", "return x + np"),
        slip("tanh", "The activation is ReLU, not tanh.", "np.maximum(0, x @ W1 + b1)", "np.tanh(x @ W1 + b1)"),
    ),
)  # fmt: skip
def feed_forward(x, W1, b1, W2, b2):
    return np.maximum(0, x @ W1 + b1) @ W2 + b2


def cross_cases(rng):
    for B, T, S, D, d in [
        (1, 1, 2, 1, 1),
        (1, 2, 3, 2, 4),
        (2, 3, 4, 5, 3),
        (3, 2, 5, 4, 3),
        (2, 5, 3, 4, 6),
        (2, 4, 4, 3, 5),
    ] * 4:
        real = np.arange(S) < rng.integers(1, S + 1, B)[:, None]
        params = {name: normal(rng, D, d, scale=0.8) for name in ("W_q", "W_k", "W_v")}
        yield normal(rng, B, T, D), normal(rng, B, S, D), {**params, "W_o": normal(rng, d, D)}, real
    for S in (3, 4, 5):
        Y, X = np.array([[[0.0], [40.0], [-40.0]]]), np.arange(1.0, S + 1).reshape(1, S, 1)
        ones = np.ones((1, 4))
        params = {
            "W_q": 250.0 * ones,
            "W_k": ones,
            "W_v": normal(rng, 1, 4),
            "W_o": normal(rng, 4, 1),
        }
        yield special("scores of 0, 1e5 and -1e5", Y, X, params, np.arange(S)[None] < S - 1)


def cross_by_loop(Y, X, params, real):
    out = np.zeros(Y.shape)
    for b, t in np.ndindex(Y.shape[:2]):
        query = Y[b, t] @ params["W_q"]
        seen = X[b][real[b]]
        scores = [float(query @ k) / math.sqrt(len(query)) for k in seen @ params["W_k"]]
        e = [math.exp(s - max(scores)) for s in scores]
        out[b, t] = (
            sum(w / sum(e) * v for w, v in zip(e, seen @ params["W_v"], strict=True))
            @ params["W_o"]
        )
    return out


def cross_by_einsum(Y, X, params, real):
    Q, K, V = (
        np.einsum("btd,de->bte", a, params[w]) for a, w in ((Y, "W_q"), (X, "W_k"), (X, "W_v"))
    )
    scores = (
        np.einsum("bte,bse->bts", Q, K) * Q.shape[2] ** -0.5 + np.where(real, 0, -1e30)[:, None]
    )
    return np.einsum("bts,bse,ed->btd", softmax(scores), V, params["W_o"])


@exercise(
    "transformer.cross_attention",
    task='cross_attention(Y, X, params, real) -> (B, T, D): the decoder Y (B, T, D) reads the encoder output X (B, S, D). Q = Y W_q, K = X W_k, '
    'V = X W_v (all (D, d)); scores Q K^T / sqrt(d), softmax over the source keys where real (B, S) is True; the read values times W_o (d, D). '
    "There is no causal mask here.",
    shapes={"Y": "B T D", "X": "B S D"},
    cases=cross_cases,
    variants=(cross_by_loop, cross_by_einsum),
    helpers=(softmax,),
    hints=("The one who asks is the decoder; the one who is asked is the encoder.", "softmax(Q K^T / sqrt(d), pads at -inf) V W_o.", "scores = (Y @ params['W_q']) @ (X @ params['W_k']).swapaxes(1, 2) / ...\nscores = np.where(real[:, None, :], scores, ...)\nreturn softmax(scores) @ (...) @ params['W_o']"),
    mistakes=(
        slip("self", "Keys and values come from the decoder: that is self-attention. They come from the encoder output X.", 'K, V = X @ params["W_k"], X @ params["W_v"]', 'K, V = Y @ params["W_k"], Y @ params["W_v"]', "np.where(real[:, None, :], scores, -np.inf)", "scores"),
        slip("no_source_mask", "The mask over source pads is missing.", "np.where(real[:, None, :], scores, -np.inf)", "scores"),
        slip("queries_from_encoder", "Queries come from the decoder Y, keys and values from the encoder X; yours are exchanged.", 'Q = Y @ params["W_q"]', 'Q = X @ params["W_q"]', 'K, V = X @ params["W_k"], X @ params["W_v"]', 'K, V = Y @ params["W_k"], Y @ params["W_v"]', "np.where(real[:, None, :], scores, -np.inf)", "scores"),
        slip("values_from_decoder", "The values come from the encoder X.", 'X @ params["W_v"]', '(Y.mean(axis=1, keepdims=True) + 0 * X) @ params["W_v"]'),
        slip("causal", "There is no causal mask in cross-attention: the whole source may be read.", "np.where(real[:, None, :], scores, -np.inf)", "np.where(real[:, None, :] & (np.tri(Y.shape[1], X.shape[1]) > 0), scores, -np.inf)"),
        slip("no_scale", "1/sqrt(d) is missing.", " / np.sqrt(K.shape[-1])", ""),
        slip("sqrt_D", "You divide by sqrt(D), the width of Y; it is sqrt(d), that of the keys.", "np.sqrt(K.shape[-1])", "np.sqrt(Y.shape[-1])"),
        slip("no_output", "The projection W_o is missing.", ' @ params["W_o"]', ""),
        slip("over_queries", "Your softmax runs over the queries; it runs over the source keys.", "softmax(scores)", "np.nan_to_num(softmax(scores, axis=1))"),
        slip("times_mask", "You multiply the scores by the mask: a score of 0 hides nothing.", "np.where(real[:, None, :], scores, -np.inf)", "scores * real[:, None, :]"),
        slip("mask_after", "You mask after the softmax without renormalising.", "np.where(real[:, None, :], scores, -np.inf)", "scores", "softmax(scores) @ V", "(softmax(scores) * real[:, None, :]) @ V"),
        slip("inverted", "The mask is turned round: real is True for words, False for pads.", "np.where(real[:, None, :]", "np.where(~real[:, None, :]"),
        slip("skip", "The skip belongs to the block around; here it is the attention alone.", "return softmax", "return Y + softmax"),
        slip("overflow",
            "e^score overflows for large scores: take each row's maximum away before the "
            "exponential.", "np.exp(z - z.max(axis=axis, keepdims=True))", "np.exp(z)"),
        slip("one_max",
            "You take one maximum over all scores away; a row far below it underflows to 0/0."
            " Each row needs its own.", "z.max(axis=axis, keepdims=True)", "z.max()"),
        slip("small_fill",
            "A fill such as -50 or -1e4 closes no door: beside scores of -1e5 it is the largest. Use -inf.",
            "-np.inf", "-1e4"),
        slip("over_queries_filled",
            "Your softmax runs over the queries; it runs over the source keys.", "-np.inf", "-1e9",
            "softmax(scores)", "softmax(scores, axis=1)"),
        slip("divided_by_d", "You divide by d; it is its square root.", "np.sqrt(K.shape[-1])",
            "K.shape[-1]"),
        slip("exchanged_roles",
            "The decoder Y asks and the encoder output X is asked; W_q belongs to Y.",
            'Q = Y @ params["W_q"]', 'Q = Y @ params["W_k"]'),
        slip("no_values", "The values are X W_v, not the keys.", ") @ V", ") @ K"),
    ),
)  # fmt: skip
def cross_attention(Y, X, params, real):
    Q = Y @ params["W_q"]
    K, V = X @ params["W_k"], X @ params["W_v"]
    scores = Q @ K.swapaxes(1, 2) / np.sqrt(K.shape[-1])
    scores = np.where(real[:, None, :], scores, -np.inf)
    return softmax(scores) @ V @ params["W_o"]
