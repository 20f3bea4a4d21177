"""Wrong answers of chapter 13: scores, kernels, memories and pointers."""

import numpy as np

from attacks.table import soft, wrong

A = "attention."


def attend(Q, K, V, scale=lambda Q, K, V: np.sqrt(K.shape[-1]), axis=-1):
    weights = soft(np.einsum("btd,bsd->bts", Q, K) / scale(Q, K, V), axis=axis)
    return weights @ V, weights


@wrong(A + "scaled_dot_product", "forgotten", "sqrt|scal|divi")
def unscaled(Q, K, V):
    return attend(Q, K, V, scale=lambda Q, K, V: 1.0)


@wrong(A + "scaled_dot_product", "misread", "sqrt|root")
def divided_by_d(Q, K, V):
    return attend(Q, K, V, scale=lambda Q, K, V: K.shape[-1])


@wrong(A + "scaled_dot_product", "misread", "number of keys|length|sqrt\\(S")
def root_of_length(Q, K, V):
    return attend(Q, K, V, scale=lambda Q, K, V: np.sqrt(K.shape[1]))


@wrong(A + "scaled_dot_product", "misread", "dv|values|width of")
def root_of_value_width(Q, K, V):
    return attend(Q, K, V, scale=lambda Q, K, V: np.sqrt(V.shape[-1]))


@wrong(A + "scaled_dot_product", "axis", "quer|axis|over the keys")
def over_queries(Q, K, V):
    return attend(Q, K, V, axis=1)


@wrong(A + "scaled_dot_product", "order", "order|exchanged|swapped")
def weights_first(Q, K, V):
    return attend(Q, K, V)[::-1]


@wrong(A + "scaled_dot_product", "misread", "before|scores|softmax")
def scores_returned(Q, K, V):
    out, _ = attend(Q, K, V)
    return out, Q @ K.transpose(0, 2, 1) / np.sqrt(K.shape[-1])


@wrong(A + "scaled_dot_product", "order", "after|before|scal|divi")
def scaled_after_softmax(Q, K, V):
    weights = soft(Q @ K.transpose(0, 2, 1)) / np.sqrt(K.shape[-1])
    return weights @ V, weights


@wrong(A + "scaled_dot_product", "forgotten", "softmax")
def no_softmax(Q, K, V):
    weights = Q @ K.transpose(0, 2, 1) / np.sqrt(K.shape[-1])
    return weights @ V, weights


def concat(q, K, W, w, bend=np.tanh, key_first=False):
    """Hidden units of each pair, query first, and their scores."""
    Q = np.tile(q, (len(K), 1))
    pairs = np.concatenate([K, Q] if key_first else [Q, K], axis=1)
    hidden = bend(pairs @ W.T)
    return hidden, hidden @ w


@wrong(A + "additive", "forgotten", "tanh")
def additive_linear(q, K, W, w):
    scores = concat(q, K, W, w, bend=lambda u: u)[1]
    return scores, soft(scores)


@wrong(A + "additive", "order", "query stands first|key first")
def additive_key_first(q, K, W, w):
    scores = concat(q, K, W, w, key_first=True)[1]
    return scores, soft(scores)


@wrong(A + "additive", "misread", "inside|tanh|outside|after|before w")
def tanh_of_the_score(q, K, W, w):
    scores = np.tanh(concat(q, K, W, w, bend=lambda u: u)[1])
    return scores, soft(scores)


@wrong(A + "additive", "forgotten", r"sum|\bw\b")
def additive_without_w(q, K, W, w):
    scores = concat(q, K, W, w)[0].sum(axis=1)
    return scores, soft(scores)


@wrong(A + "additive", "forgotten", "query|W q|q ")
def query_left_out(q, K, W, w):
    scores = concat(0 * q, K, W, w)[1]
    return scores, soft(scores)


@wrong(A + "additive", "misread", "product|plus|add|sum|times")
def product_for_sum(q, K, W, w):
    n = len(q)
    scores = np.tanh((W[:, :n] @ q) * (K @ W[:, n:].T)) @ w
    return scores, soft(scores)


@wrong(A + "additive", "misread", "sqrt|scal|divi")
def additive_scaled(q, K, W, w):
    scores = concat(q, K, W, w)[1] / np.sqrt(len(w))
    return scores, soft(scores)


def kernel(x, xs, ys, width, weight=lambda u: np.exp(-(u**2) / 2), axis=1):
    a = weight((x[:, None] - xs[None]) / width)
    return (a / a.sum(axis=axis, keepdims=True)) @ ys


@wrong(A + "nadaraya_watson", "factor", "half|1/2|/ 2")
def kernel_without_half(x, xs, ys, width):
    return kernel(x, xs, ys, width, lambda u: np.exp(-(u**2)))


@wrong(A + "nadaraya_watson", "forgotten", "square|u\\^2|width once")
def width_not_squared(x, xs, ys, width):
    a = np.exp(-((x[:, None] - xs) ** 2) / (2 * width))
    return a @ ys / a.sum(axis=1)


@wrong(A + "nadaraya_watson", "forgotten", "normal|divi|sum")
def kernel_sum(x, xs, ys, width):
    return np.exp(-(((x[:, None] - xs) / width) ** 2) / 2) @ ys


@wrong(A + "nadaraya_watson", "misread", "absolute|\\|u\\||square|Laplace")
def laplace_kernel(x, xs, ys, width):
    return kernel(x, xs, ys, width, lambda u: np.exp(-np.abs(u)))


@wrong(A + "nadaraya_watson", "axis", "axis|quer|over the points|column")
def normalised_over_queries(x, xs, ys, width):
    return kernel(x, xs, ys, width, axis=0)


@wrong(A + "nadaraya_watson", "misread", "density|constant|normal|sqrt\\(2|number of|mean")
def density_for_share(x, xs, ys, width):
    a = np.exp(-(((x[:, None] - xs) / width) ** 2) / 2) / np.sqrt(2 * np.pi)
    return (a * ys).mean(axis=1) / width


@wrong(A + "nadaraya_watson", "misread", "nearest|weight|one point|soft")
def nearest_point(x, xs, ys, width):
    return ys[np.abs(x[:, None] - xs).argmin(axis=1)]


def left_out(xs, ys, width, keep=lambda n: 1 - np.eye(n), error=lambda e: np.mean(e**2)):
    a = np.exp(-(((xs[:, None] - xs) / width) ** 2) / 2) * keep(len(xs))
    return error(a @ ys / a.sum(axis=1) - ys)


@wrong(A + "leave_one_out", "forgotten", "own|itself|left in|leave|all the others")
def point_left_in(xs, ys, width):
    return left_out(xs, ys, width, keep=lambda n: np.ones((n, n)))


@wrong(A + "leave_one_out", "misread", "sum|mean|number")
def loo_sum(xs, ys, width):
    return left_out(xs, ys, width, error=lambda e: np.sum(e**2))


@wrong(A + "leave_one_out", "misread", "absolute|square")
def loo_absolute(xs, ys, width):
    return left_out(xs, ys, width, error=lambda e: np.mean(np.abs(e)))


@wrong(A + "leave_one_out", "misread", "root")
def loo_root(xs, ys, width):
    return left_out(xs, ys, width, error=lambda e: np.sqrt(np.mean(e**2)))


@wrong(A + "leave_one_out", "order", "normal|divi|own|itself|sum")
def own_share_cut_after(xs, ys, width):
    a = np.exp(-(((xs[:, None] - xs) / width) ** 2) / 2)
    a = a / a.sum(axis=1, keepdims=True)
    np.fill_diagonal(a, 0)
    return np.mean((a @ ys - ys) ** 2)


@wrong(A + "leave_one_out", "misread", "earlier|before|others|after")
def earlier_points_only(xs, ys, width):
    keep = np.tril(np.ones((len(xs), len(xs))), -1)
    keep[0, 1:] = 1
    return left_out(xs, ys, width, keep=lambda n: keep)


def best(scores, n, others=-np.inf):
    """The scores, the `n` largest of them kept."""
    order = np.argsort(-scores)
    kept = scores.copy()
    kept[order[n:]] = others
    return kept


@wrong(A + "kv_read", "forgotten", "all records|n best")
def read_from_all(q, K, V, beta, n):
    return soft(beta * (K @ q)) @ V


@wrong(A + "kv_read", "order", "after the softmax")
def others_cut_after(q, K, V, beta, n):
    scores = beta * (K @ q)
    return (soft(scores) * (best(scores, n) > -np.inf)) @ V


@wrong(A + "kv_read", "misread", "e\\^0|-inf")
def others_set_to_zero(q, K, V, beta, n):
    return soft(best(beta * (K @ q), n, others=0)) @ V


@wrong(A + "kv_read", "misread", "smallest")
def worst_read(q, K, V, beta, n):
    rows = np.argsort(K @ q)[:n]
    return soft(beta * (K[rows] @ q)) @ V[rows]


@wrong(A + "kv_read", "misread", "first n")
def first_rows_read(q, K, V, beta, n):
    return soft(beta * (K[:n] @ q)) @ V[:n]


@wrong(A + "kv_read", "forgotten", "beta")
def read_without_beta(q, K, V, beta, n):
    return soft(best(K @ q, n)) @ V


@wrong(A + "kv_read", "order", "beta|after|before")
def beta_after_softmax(q, K, V, beta, n):
    return (beta * soft(best(K @ q, n))) @ V


@wrong(A + "kv_read", "misread", "keys|values")
def keys_read(q, K, V, beta, n):
    return soft(best(beta * (K @ q), n)) @ K


@wrong(A + "kv_read", "convention", "divi|temperature|/ beta|times")
def divided_by_beta(q, K, V, beta, n):
    return soft(best(K @ q / beta, n)) @ V


@wrong(A + "kv_read", "misread", "sqrt|scal|root")
def read_scaled(q, K, V, beta, n):
    return soft(best(beta * (K @ q) / np.sqrt(len(q)), n)) @ V


@wrong(A + "kv_read", "unstable", "overflow|largest|maximum|infin")
def read_overflows(q, K, V, beta, n):
    a = np.exp(best(beta * (K @ q), n))
    return a @ V / a.sum()


@wrong(A + "kv_read", "misread", "hard|largest|best|soft|beta")
def best_key_only(q, K, V, beta, n):
    return V[np.argmax(K @ q)]


@wrong(A + "kv_read", "misread", "cosine|length|norm|dot")
def cosine_scores(q, K, V, beta, n):
    s = K @ q / (np.linalg.norm(K, axis=1) * np.linalg.norm(q) + 1e-12)
    return soft(best(beta * s, n)) @ V


def pointer_scores(q, K, W, U, v):
    return np.tanh(W @ q + K @ U.T) @ v


@wrong(A + "pointer", "order", "after|renormal|before the softmax")
def masked_after(q, K, W, U, v, free):
    return soft(pointer_scores(q, K, W, U, v)) * free


@wrong(A + "pointer", "misread", "multipl|times|-inf")
def scores_times_mask(q, K, W, U, v, free):
    return soft(pointer_scores(q, K, W, U, v) * free)


@wrong(A + "pointer", "sign", "invert|turned|True means|exchang|wrong way")
def mask_turned(q, K, W, U, v, free):
    s = np.where(free, -1e9, pointer_scores(q, K, W, U, v))
    return soft(s)


@wrong(A + "pointer", "forgotten", "mask|free|chosen")
def pointer_without_mask(q, K, W, U, v, free):
    return soft(pointer_scores(q, K, W, U, v))


@wrong(A + "pointer", "forgotten", "tanh")
def pointer_linear(q, K, W, U, v, free):
    return soft(np.where(free, (W @ q + K @ U.T) @ v, -np.inf))


@wrong(A + "pointer", "misread", "all S|every input|left out|the others")
def only_free_places(q, K, W, U, v, free):
    return soft(pointer_scores(q, K, W, U, v)[free])


@wrong(A + "pointer", "misread", "scores|softmax|distribution")
def pointer_scores_returned(q, K, W, U, v, free):
    return np.where(free, pointer_scores(q, K, W, U, v), -1e9)
