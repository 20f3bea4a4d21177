"""Wrong answers of chapter 16: steps, blocks and cross-attention."""

import numpy as np

from attacks.table import soft, wrong

T = "transformer."


def read(q, K, V, keep=None, scale=None):
    s = np.einsum("bd,bsd->bs", q, K) / (np.sqrt(q.shape[-1]) if scale is None else scale)
    s = s if keep is None else np.where(keep, s, -np.inf)
    return np.einsum("bs,bsd->bd", soft(s), V)


def one_place(
    x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q, first=True, second=True, own=True, scale=None,
    query=None, front=False,
):  # fmt: skip
    k, v = (x @ W_k)[:, None], (x @ W_v)[:, None]
    K2 = np.concatenate([k, K] if front else [K, k], axis=1)
    V2 = np.concatenate([v, V] if front else [V, v], axis=1)
    y = read(x @ W_q, K2 if own else K, V2 if own else V, scale=scale) + (x if first else 0)
    out = read((y if query is None else query(x)) @ C_q, M_K, M_V, keep, scale)
    return out + (y if second else 0), K2, V2


@wrong(T + "decoder_step", "forgotten", "residual|x \\+|first sum|skip|adds? x")
def no_first_residual(x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q):
    return one_place(x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q, first=False)


@wrong(T + "decoder_step", "forgotten", "residual of cross|y \\+")
def no_second_residual(x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q):
    return one_place(x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q, second=False)


@wrong(T + "decoder_step", "forgotten", "itself|new place|new one|own|included")
def own_place_unseen(x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q):
    if K.shape[1] == 0:
        return one_place(x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q)
    return one_place(x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q, own=False)


@wrong(T + "decoder_step", "shift", "query|from x|after self-attention")
def query_from_x(x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q):
    return one_place(x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q, query=lambda x: x)


@wrong(T + "decoder_step", "forgotten", "scal|sqrt")
def step_unscaled(x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q):
    return one_place(x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q, scale=1.0)


@wrong(T + "decoder_step", "forgotten", "pad|keep|real|mask")
def source_pads_read(x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q):
    return one_place(x, K, V, M_K, M_V, np.ones_like(keep), W_q, W_k, W_v, C_q)


@wrong(T + "decoder_step", "order", "end|append|front|order|last")
def put_in_front(x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q):
    return one_place(x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q, front=True)


@wrong(T + "decoder_step", "order", "W_k|W_v|exchang|swap|key")
def key_for_value(x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q):
    return one_place(x, K, V, M_K, M_V, keep, W_q, W_v, W_k, C_q)


@wrong(T + "decoder_step", "forgotten", "longer|append|cache|as they came")
def cache_not_returned(x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q):
    return one_place(x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q)[0], K, V


@wrong(T + "pre_norm", "convention", "post")
def pre_is_post(x, f, norm):
    return norm(x + f(x))


@wrong(T + "pre_norm", "forgotten", "norm")
def pre_without_norm(x, f, norm):
    return x + f(x)


@wrong(T + "pre_norm", "misread", "norm\\(x\\) \\+|path|skip|unnormed|x itself|through")
def normed_skip(x, f, norm):
    u = norm(x)
    return u + f(u)


@wrong(T + "pre_norm", "forgotten", "skip|residual|x \\+|sum|adds? x")
def pre_without_skip(x, f, norm):
    return f(norm(x))


@wrong(T + "pre_norm", "state", "in place|changes its argument|copy|x \\+=")
def pre_in_place(x, f, norm):
    x += f(norm(x))
    return x


@wrong(T + "pre_norm", "order", "before|after|order|norm\\(f|input of f")
def norm_of_f(x, f, norm):
    return x + norm(f(x))


@wrong(T + "post_norm", "convention", "pre-norm|pre norm")
def post_is_pre(x, f, norm):
    return x + f(norm(x))


@wrong(T + "post_norm", "misread", "sum|before|inside|x \\+ norm|norm\\(f|outside")
def norm_of_f_alone(x, f, norm):
    return x + norm(f(x))


@wrong(T + "post_norm", "forgotten", "norm")
def post_without_norm(x, f, norm):
    return x + f(x)


@wrong(T + "post_norm", "forgotten", "skip|residual|x \\+|sum|adds? x")
def post_without_skip(x, f, norm):
    return norm(f(x))


@wrong(T + "post_norm", "misread", "twice|f\\(norm|before|two norms|already|inside")
def normed_twice(x, f, norm):
    return norm(x + f(norm(x)))


@wrong(T + "feed_forward", "forgotten", "ReLU|max|linear")
def feed_forward_linear(x, W1, b1, W2, b2):
    return (x @ W1 + b1) @ W2 + b2


@wrong(T + "feed_forward", "misread", "end|second|after")
def relu_at_the_end(x, W1, b1, W2, b2):
    return np.maximum(0, np.maximum(0, x @ W1 + b1) @ W2 + b2)


@wrong(T + "feed_forward", "forgotten", "b2|bias")
def no_second_bias(x, W1, b1, W2, b2):
    return np.maximum(0, x @ W1 + b1) @ W2


@wrong(T + "feed_forward", "misread", "tanh|ReLU|max")
def feed_forward_tanh(x, W1, b1, W2, b2):
    return np.tanh(x @ W1 + b1) @ W2 + b2


@wrong(T + "feed_forward", "misread", "b1|bias|bracket|inside|before")
def bias_after_relu(x, W1, b1, W2, b2):
    return (np.maximum(0, x @ W1) + b1) @ W2 + b2


def look(Y, X, p, real, scale=lambda d, D: np.sqrt(d), causal=False, after=False, fill=-np.inf):
    s = (Y @ p["W_q"]) @ (X @ p["W_k"]).swapaxes(1, 2)
    s = s / scale(p["W_k"].shape[1], Y.shape[2])
    mask = np.repeat(real[:, None], Y.shape[1], axis=1)
    if causal:
        allowed = np.tril(np.ones(s.shape[1:], dtype=bool))
        mask = np.where((mask & allowed).any(axis=2, keepdims=True), mask & allowed, mask)
    w = soft(s) * mask if after else soft(np.where(mask, s, fill))
    return w @ (X @ p["W_v"]) @ p["W_o"]


C = T + "cross_attention"


@wrong(C, "forgotten", "mask|real|pad")
def cross_without_mask(Y, X, params, real):
    return look(Y, X, params, np.ones_like(real))


@wrong(C, "sign", "invert|real|opposite|exchang|pad")
def cross_mask_inverted(Y, X, params, real):
    return look(Y, X, params, ~real, fill=-1e9)


@wrong(C, "order", "after|sum|renormal|before")
def cross_masked_after(Y, X, params, real):
    return look(Y, X, params, real, after=True)


@wrong(C, "misread", "causal")
def cross_with_causal(Y, X, params, real):
    return look(Y, X, params, real, causal=True)


@wrong(C, "forgotten", "scal|sqrt")
def cross_unscaled(Y, X, params, real):
    return look(Y, X, params, real, scale=lambda d, D: 1.0)


@wrong(C, "misread", r"\bD\b|width|model")
def cross_root_of_model(Y, X, params, real):
    return look(Y, X, params, real, scale=lambda d, D: np.sqrt(D))


@wrong(C, "order", "encoder|decoder|exchang|from X|from Y|swap|quer")
def queries_from_the_encoder(Y, X, params, real):
    s = (X @ params["W_q"]) @ (Y @ params["W_k"]).swapaxes(1, 2) / np.sqrt(params["W_k"].shape[1])
    return soft(s) @ (Y @ params["W_v"]) @ params["W_o"]


@wrong(C, "misread", "self-attention|itself|from Y|decoder|encoder")
def self_for_cross(Y, X, params, real):
    return look(Y, Y, params, np.ones(Y.shape[:2], dtype=bool))
