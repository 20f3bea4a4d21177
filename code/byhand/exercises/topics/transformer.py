"""Exercises of chapter 16: layer norm, residuals, cross-attention,
the shared table. Label smoothing is in `transformer_loss`."""

import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, special
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
    trains="the right axis and the right variance",
    task="""
    layer_norm(x, gamma, beta, eps) -> y like x (B, T, D). Mean and variance (divided by D, not D
    - 1) of each token's D numbers; y = gamma (x - mean) / sqrt(variance + eps) + beta, gamma and
    beta (D,).
    """,
    shapes={"x": "B T D"},
    cases=norm_cases,
    variants=(norm_by_loop, norm_by_einsum),
    properties=(
        Property(
            "adding one number to all of a token's features changes nothing",
            lambda f, x, gamma, beta, eps: near(
                f(x + 3.0, gamma, beta, eps), f(x, gamma, beta, eps)
            ),
        ),
    ),
    hints=(
        "Each token is normalised on its own: which axis is averaged over?",
        "mean, variance over D;  y = gamma (x - mean) / sqrt(variance + eps) + beta.",
        "mean = x.mean(axis=..., keepdims=True)\n"
        "variance = ...\n"
        "return gamma * (x - mean) / np.sqrt(...) + beta",
    ),
    mistakes="""
    axis_0 | x.mean(axis=-1, keepdims=True) -> x.mean(axis=0, keepdims=True) ;; x.var(axis=-1,
        keepdims=True) -> x.var(axis=0, keepdims=True) | You average over the batch; layer norm
        averages over each token's own features, the last axis.
    axis_time | x.mean(axis=-1, keepdims=True) -> x.mean(axis=1, keepdims=True) ;; x.var(axis=-1,
        keepdims=True) -> x.var(axis=1, keepdims=True) |
        You average over the time; layer norm averages over the features, the last axis.
    over_t_and_d | x.mean(axis=-1, keepdims=True) -> x.mean(axis=(1, 2), keepdims=True) ;;
        x.var(axis=-1, keepdims=True) -> x.var(axis=(1, 2), keepdims=True) |
        You average over time and features together; each token is normalised on its own.
    over_all | x.mean(axis=-1, keepdims=True) -> x.mean() ;; x.var(axis=-1, keepdims=True) ->
        x.var() | You average over the entire array; each token is normalised on its own.
    eps_outside | np.sqrt(variance + eps) -> (np.sqrt(variance) + eps) |
        eps stands inside the square root: sqrt(variance + eps), not sigma + eps.
    no_root | np.sqrt(variance + eps) -> (variance + eps) |
        The square root is missing: divide by the standard deviation.
    no_eps | variance + eps -> variance | eps is missing: a constant row gives 0/0.
    swapped | gamma * (x -> beta * (x ;; + beta -> + gamma |
        gamma and beta are exchanged: gamma multiplies, beta is added.
    unbiased | x.var(axis=-1, keepdims=True) -> x.var(axis=-1, keepdims=True, ddof=1) |
        You divide the variance by D - 1; layer norm divides by D.
    no_mean | (x - mean) -> x | The mean is not taken away (that would be RMS norm's numerator).
    rms | (x - mean) -> x ;; x.var(axis=-1, keepdims=True) -> (x**2).mean(axis=-1, keepdims=True) |
        That is RMS norm: layer norm takes the mean away first.
    no_gamma | `gamma * ` -> `` | gamma is missing.
    no_beta | ` + beta` -> `` | beta is missing.
    gamma_outside | gamma * (x - mean) / np.sqrt(variance + eps) + beta -> gamma * ((x - mean) /
        np.sqrt(variance + eps) + beta) | gamma multiplies the normalised x only, not beta.
    mean_times | gamma * (x - mean) -> (gamma * x - mean) |
        gamma multiplies the difference x - mean, not x alone.
    minus_beta | + beta -> - beta | beta is added, not taken away.
    std_axis | x.var(axis=-1, keepdims=True) -> x.var(axis=1, keepdims=True) |
        Mean over the features, but variance over the time: both run over the last axis.
    times_sigma | / np.sqrt -> * np.sqrt | You multiply by the standard deviation; divide by it.
    over_d | np.sqrt(variance + eps) -> x.shape[-1] |
        You divide by D; the standard deviation normalises.
    norm_no_axis | np.sqrt(variance + eps) -> np.linalg.norm(x) |
        You divide by the norm of the whole array; each token has its own deviation.
    """,
)
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
    trains="the backward pass of layer norm",
    kind="derive and code",
    task="""
    layer_norm_backward(dy, x, gamma, eps) -> (dx, dgamma, dbeta): gradients of y = gamma x_hat +
    beta, x_hat = (x - mean) / sqrt(variance + eps), mean and variance (divided by D) of each row.
    dy, x (B, D); gamma (D,). dx (B, D); dgamma, dbeta (D,).
    """,
    shapes={"x": "B D"},
    outputs=("dx", "dgamma", "dbeta"),
    cases=norm_backward_cases,
    variants=(norm_backward_by_jacobian, norm_backward_staged),
    properties=(
        Property(
            "each row of dx sums to 0",
            lambda f, dy, x, gamma, eps: near(f(dy, x, gamma, eps)[0].sum(axis=1), 0),
        ),
    ),
    hints=(
        "x reaches x_hat along three paths: directly, through the mean, and through the variance. "
        "The last two give a correction each.",
        "dx_hat = dy gamma;  dx = (dx_hat - mean(dx_hat) - x_hat mean(dx_hat x_hat)) / "
        "sqrt(variance + eps), means over D.",
        "dx_hat = dy * gamma\n"
        "dx = (dx_hat - dx_hat.mean(axis=1, keepdims=True) - ...) / sigma\n"
        "return dx, (dy * x_hat).sum(axis=0), ...",
    ),
    mistakes=r"""
    no_mean_term | ` - d.mean(axis=1, keepdims=True)` -> `` |
        The path through the mean is missing: - mean(dx_hat).
    no_variance_term | ` - x_hat * mean_xd` -> `` |
        The path through the variance is missing: - x_hat mean(dx_hat x_hat).
    no_corrections | ` - d.mean(axis=1, keepdims=True) - x_hat * mean_xd` -> `` |
        Both corrections are missing: x also moves the mean and the variance.
    no_gamma | d = dy * gamma -> d = dy | gamma is missing in dx: dx_hat = dy gamma.
    no_sigma | ) / sigma\n    return -> )\n    return |
        The division by sqrt(variance + eps) is missing in dx.
    plus_mean | (d - d.mean -> (d + d.mean | The corrections are taken away, not added.
    dgamma_no_hat | (dy * x_hat).sum(axis=0) -> (dy * x).sum(axis=0) |
        dgamma needs x_hat: sum of dy x_hat over the rows.
    dgamma_is_dbeta | (dy * x_hat).sum(axis=0) -> dy.sum(axis=0) | dgamma lacks the factor x_hat.
    not_summed | (dy * x_hat).sum(axis=0), dy.sum(axis=0) -> dy * x_hat, dy |
        dgamma and dbeta are summed over the rows: gamma and beta serve them all.
    means | (dy * x_hat).sum(axis=0), dy.sum(axis=0) -> (dy * x_hat).mean(axis=0), dy.mean(axis=0) |
        dgamma and dbeta are sums over the rows, not means.
    axis_0 | d.mean(axis=1 -> d.mean(axis=0 ;; (d * x_hat).mean(axis=1 -> (d * x_hat).mean(axis=0 |
        The corrections average over the batch; they average over each row's own features.
    sums | d.mean(axis=1 -> d.sum(axis=1 ;; (d * x_hat).mean(axis=1 -> (d * x_hat).sum(axis=1 |
        The corrections are means over the D features; you add up.
    no_eps | x.var(axis=1, keepdims=True) + eps -> x.var(axis=1, keepdims=True) |
        eps is missing under the root.
    """,
)
def layer_norm_backward(dy, x, gamma, eps):
    sigma = np.sqrt(x.var(axis=1, keepdims=True) + eps)
    x_hat = (x - x.mean(axis=1, keepdims=True)) / sigma
    d = dy * gamma
    mean_xd = (d * x_hat).mean(axis=1, keepdims=True)
    dx = (d - d.mean(axis=1, keepdims=True) - x_hat * mean_xd) / sigma
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
    trains="where the norm stands",
    task="""
    pre_norm(x, f, norm) -> y: a residual block in the pre-norm form, y = x + f(norm(x)). f and
    norm are functions of an array; x must not change.
    """,
    shapes={"x": "B T D"},
    cases=residual_cases,
    variants=(
        lambda x, f, norm: np.add(f(norm(x)), x),
        lambda x, f, norm: sum([f(norm(x.copy())), x]),
    ),
    hints=(
        "The skip carries x past the sublayer and its norm, untouched.",
        "y = x + f(norm(x)).",
        "return x + f(...)",
    ),
    mistakes="""
    no_skip | x + f(norm(x)) -> f(norm(x)) | The skip is missing: x + f(norm(x)).
    skip_normed | x + f(norm(x)) -> norm(x) + f(norm(x)) | The skip carries x itself, not norm(x).
    post | x + f(norm(x)) -> norm(x + f(x)) |
        That is post-norm, norm(x + f(x)); the task asks for pre-norm.
    no_norm | f(norm(x)) -> f(x) | The norm is missing: f sees norm(x).
    norm_after_f | f(norm(x)) -> norm(f(x)) | The norm comes before f, not after it.
    norm_on_skip | x + f(norm(x)) -> norm(x) + f(x) |
        The norm belongs to the input of f, not to the skip.
    product | x + f -> x * f | The skip is added, not multiplied.
    """,
)
def pre_norm(x, f, norm):
    return x + f(norm(x))


@exercise(
    "transformer.post_norm",
    trains="where the sum stands",
    task="""
    post_norm(x, f, norm) -> y: a residual block in the post-norm form of the paper of 2017, y =
    norm(x + f(x)). x must not change.
    """,
    shapes={"x": "B T D"},
    cases=residual_cases,
    variants=(
        lambda x, f, norm: norm(np.add(f(x), x)),
        lambda x, f, norm: norm(sum([f(x.copy()), x])),
    ),
    hints=(
        "First the sum, then the norm.",
        "y = norm(x + f(x)).",
        "return norm(x + ...)",
    ),
    mistakes="""
    no_skip | x + f(x) -> f(x) | The skip is missing.
    pre | norm(x + f(x)) -> x + f(norm(x)) |
        That is pre-norm, x + f(norm(x)); the task asks for post-norm.
    no_norm | norm(x + f(x)) -> x + f(x) | The norm is missing.
    norm_f_only | norm(x + f(x)) -> x + norm(f(x)) |
        The norm is applied to f(x) only; the sum goes through it.
    norm_each | norm(x + f(x)) -> norm(x) + norm(f(x)) |
        Each part is normed on its own; it is the sum that is normed.
    twice | norm(x + f(x)) -> norm(x + f(norm(x))) |
        The norm is applied twice, before f and after the sum.
    norm_on_skip | norm(x + f(x)) -> norm(x) + f(x) | The norm is applied to the skip only.
    """,
)
def post_norm(x, f, norm):
    return norm(x + f(x))


def table_cases(rng):
    two = np.arange(2.0)
    yield (
        np.array([[0]]),
        np.array([[0]]),
        two[None, None],
        two[None, None] + 1,
        *[np.full((1, 1, 2), v) for v in (3.0, 5.0)],
    )
    for B, S, T, V, D in [(1, 2, 3, 4, 2), (2, 3, 4, 5, 3), (3, 5, 2, 4, 5), (2, 6, 5, 3, 4)] * 5:
        yield (
            rng.integers(0, V, (B, S)),
            rng.integers(0, V, (B, T)),
            normal(rng, B, T, D),
            normal(rng, B, T, V),
            normal(rng, B, S, D),
            normal(rng, B, T, D),
        )


def table_by_loop(X, Y, y, dlogits, dx, dY):
    dE = np.zeros((dlogits.shape[-1], y.shape[-1]))
    for b in range(len(X)):
        for token, share in zip(X[b], dx[b], strict=True):
            dE[token] += math.sqrt(len(share)) * share
        for t, token in enumerate(Y[b]):
            dE[token] += math.sqrt(dY.shape[-1]) * dY[b, t]
            dE += np.outer(dlogits[b, t], y[b, t])
    return dE


def table_by_onehot(X, Y, y, dlogits, dx, dY):
    V, D = dlogits.shape[-1], y.shape[-1]
    low = np.einsum("bsv,bsd->vd", np.eye(V)[X], dx) + np.einsum("btv,btd->vd", np.eye(V)[Y], dY)
    return np.einsum("btv,btd->vd", dlogits, y) + D**0.5 * low


@exercise(
    "transformer.shared_table",
    trains="one table, three uses",
    kind="derive and code",
    task="""
    table_gradient(X, Y, y, dlogits, dx, dY) -> dE (V, D): the gradient of one table that serves
    three times. X (B, S) and Y (B, T) are the tokens that encoder and decoder read, each as
    sqrt(D) E[tokens]; dx (B, S, D) and dY (B, T, D) the gradients at those two inputs;
    logits = y E^T with y (B, T, D), dlogits (B, T, V).
    """,
    shapes={"dx": "B S D", "dlogits": "B T V"},
    outputs=("dE",),
    cases=table_cases,
    variants=(table_by_loop, table_by_onehot),
    properties=(
        Property(
            "dE is linear in the three gradients that arrive",
            lambda f, X, Y, y, dlogits, dx, dY: near(
                f(X, Y, y, 2 * dlogits, 2 * dx, 2 * dY), 2 * f(X, Y, y, dlogits, dx, dY)
            ),
        ),
    ),
    hints=(
        "Three uses, three shares; a token that stands at two places collects from both.",
        "dE = dlogits^T y (summed over sentences and places) + sqrt(D) dx and sqrt(D) dY, "
        "each added to the row of its token.",
        'dE = np.einsum("btv,btd->vd", dlogits, ...)\n'
        "np.add.at(dE, X, ...)\nnp.add.at(dE, Y, ...)\nreturn dE",
    ),
    mistakes="""
    no_top | np.einsum("btv,btd->vd", dlogits, y) -> np.zeros((dlogits.shape[-1], y.shape[-1])) |
        The share of the output layer is missing: the logits are y E^T, so dlogits^T y is a part.
    no_source | `    np.add.at(dE, X, root * dx)` -> `` |
        The encoder's share is missing: its tokens are read from the same table.
    no_target | `    np.add.at(dE, Y, root * dY)` -> `` |
        The decoder's share is missing: its tokens are read from the same table.
    no_root | root = np.sqrt(y.shape[-1]) -> root = 1.0 |
        The rows are multiplied by sqrt(D) when they are read, so their gradients are, too.
    over_root | root = np.sqrt(y.shape[-1]) -> root = 1 / np.sqrt(y.shape[-1]) |
        You divide by sqrt(D); the rows are multiplied by it when they are read.
    whole_d | root = np.sqrt(y.shape[-1]) -> root = y.shape[-1] |
        You multiply by D; the rows are multiplied by sqrt(D) when they are read.
    root_on_top | dlogits, y) -> dlogits, root * y) |
        sqrt(D) belongs to reading only: the output layer uses E as it is.
    once_source | np.add.at(dE, X, root * dx) -> dE[X] += root * dx |
        dE[X] += ... keeps only one share where a token stands at several places of the source;
        np.add.at adds them all.
    once_target | np.add.at(dE, Y, root * dY) -> dE[Y] += root * dY |
        dE[Y] += ... keeps only one share where a token stands at several places of the target;
        np.add.at adds them all.
    instead | np.add.at(dE, X, root * dx) -> dE[X] = root * dx |
        You write the encoder's share over what stood there; it has to be added.
    """,
)
def table_gradient(X, Y, y, dlogits, dx, dY):
    root = np.sqrt(y.shape[-1])
    dE = np.einsum("btv,btd->vd", dlogits, y)
    np.add.at(dE, X, root * dx)
    np.add.at(dE, Y, root * dY)
    return dE


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
    trains="reading a padded source",
    task="""
    cross_attention(Y, X, params, real) -> (B, T, D): the decoder Y (B, T, D) reads the encoder
    output X (B, S, D). Q = Y W_q, K = X W_k, V = X W_v (all (D, d)); scores Q K^T / sqrt(d),
    softmax over the source keys where real (B, S) is True; the read values times W_o (d, D).
    There is no causal mask here.
    """,
    shapes={"Y": "B T D", "X": "B S D"},
    cases=cross_cases,
    variants=(cross_by_loop, cross_by_einsum),
    helpers=(softmax,),
    hints=(
        "The one who asks is the decoder; the one who is asked is the encoder.",
        "softmax(Q K^T / sqrt(d), pads at -inf) V W_o.",
        "scores = (Y @ params['W_q']) @ (X @ params['W_k']).swapaxes(1, 2) / ...\n"
        "scores = np.where(real[:, ..., :], scores, ...)\n"
        "return softmax(scores) @ (...) @ params['W_o']",
    ),
    mistakes="""
    self | K, V = X @ params["W_k"], X @ params["W_v"] -> K, V = Y @ params["W_k"], Y @
        params["W_v"] ;; np.where(real[:, None, :], scores, -np.inf) -> scores | Keys and values
        come from the decoder: that is self-attention. They come from the encoder output X.
    no_source_mask | np.where(real[:, None, :], scores, -np.inf) -> scores |
        The mask over source pads is missing.
    queries_from_encoder | Q = Y @ params["W_q"] -> Q = X @ params["W_q"] ;; K, V = X @
        params["W_k"], X @ params["W_v"] -> K, V = Y @ params["W_k"], Y @ params["W_v"] ;;
        np.where(real[:, None, :], scores, -np.inf) -> scores |
        Queries come from the decoder Y, keys and values from the encoder X; yours are exchanged.
    values_from_decoder | X @ params["W_v"] -> (Y.mean(axis=1, keepdims=True) + 0 * X) @
        params["W_v"] | The values come from the encoder X.
    causal | np.where(real[:, None, :], scores, -np.inf) -> np.where(real[:, None, :] &
        (np.tri(Y.shape[1], X.shape[1]) > 0), scores, -np.inf) |
        There is no causal mask in cross-attention: the whole source may be read.
    no_scale | ` / np.sqrt(K.shape[-1])` -> `` | 1/sqrt(d) is missing.
    sqrt_D | np.sqrt(K.shape[-1]) -> np.sqrt(Y.shape[-1]) |
        You divide by sqrt(D), the width of Y; it is sqrt(d), that of the keys.
    no_output | ` @ params["W_o"]` -> `` | The projection W_o is missing.
    over_queries | softmax(scores) -> np.nan_to_num(softmax(scores, axis=1)) |
        Your softmax runs over the queries; it runs over the source keys.
    times_mask | np.where(real[:, None, :], scores, -np.inf) -> scores * real[:, None, :] |
        You multiply the scores by the mask: a score of 0 hides nothing.
    mask_after | np.where(real[:, None, :], scores, -np.inf) -> scores ;; softmax(scores) @ V ->
        (softmax(scores) * real[:, None, :]) @ V | You mask after the softmax without renormalising.
    inverted | np.where(real[:, None, :] -> np.where(~real[:, None, :] |
        The mask is turned round: real is True for words, False for pads.
    skip | return softmax -> return Y + softmax |
        The skip belongs to the block around; here it is the attention alone.
    overflow | np.exp(z - z.max(axis=axis, keepdims=True)) -> np.exp(z) |
        e^score overflows for large scores: take each row's maximum away before the exponential.
    one_max | z.max(axis=axis, keepdims=True) -> z.max() | You take one maximum over all scores
        away; a row far below it underflows to 0/0. Each row needs its own.
    small_fill | -np.inf -> -1e4 | A fill such as -50 or -1e4 closes no door: beside scores of -1e5
        it is the largest. Use -inf.
    over_queries_filled | -np.inf -> -1e9 ;; softmax(scores) -> softmax(scores, axis=1) |
        Your softmax runs over the queries; it runs over the source keys.
    divided_by_d | np.sqrt(K.shape[-1]) -> K.shape[-1] | You divide by d; it is its square root.
    exchanged_roles | Q = Y @ params["W_q"] -> Q = Y @ params["W_k"] |
        The decoder Y asks and the encoder output X is asked; W_q belongs to Y.
    no_values | ) @ V -> ) @ K | The values are X W_v, not the keys.
    lowered | np.where(real[:, None, :], scores, -np.inf) -> scores - 10.0 * ~real[:, None, :] | You
        lower the scores of pads by 10; they keep some weight. Their scores must be -inf.
    inverted_filled | np.where(real[:, None, :], scores, -np.inf) -> np.where(~real[:, None, :],
        scores, -1e9) | The mask is turned round: real is True for words, False for pads.
    small_sum | e / e.sum(axis=axis, keepdims=True) -> e / (e.sum(axis=axis, keepdims=True) + SMALL)
        | You add a small constant to the softmax's sum, so the weights no longer sum to 1. With the
        maximum taken away the sum is at least 1: nothing has to be added.
    """,
)
def cross_attention(Y, X, params, real):
    Q = Y @ params["W_q"]
    K, V = X @ params["W_k"], X @ params["W_v"]
    scores = Q @ K.swapaxes(1, 2) / np.sqrt(K.shape[-1])
    scores = np.where(real[:, None, :], scores, -np.inf)
    return softmax(scores) @ V @ params["W_o"]
