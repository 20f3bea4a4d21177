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


ENCODER, WHOLE = "transformer.encoder_layer", "transformer.forward"


def plain_norm(x, gamma=1, beta=0):
    mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return gamma * (x - mean) / np.sqrt(var + 1e-5) + beta


def one_layer(x, p, N, real, norm=plain_norm, scale=None, skip=True):
    d = x.shape[-1] // N
    heads, u = [], norm(x, p["gamma_1"], p["beta_1"])
    for n in range(N):
        Q, K, V = (u @ p[f"W_{m}"][:, n * d : (n + 1) * d] for m in "qkv")
        scores = Q @ K.transpose(0, 2, 1) / (scale or d) ** 0.5
        scores = np.where(real[:, None], scores, -np.inf)
        heads.append(soft(scores) @ V)
    y = skip * x + np.concatenate(heads, -1) @ p["W_o"]
    w = norm(y, p["gamma_2"], p["beta_2"])
    return y + np.maximum(w @ p["W_1"] + p["b_1"], 0) @ p["W_2"] + p["b_2"]


@wrong(ENCODER, "factor", "D / N|sqrt")
def layer_scaled_by_D(x, p, N, real):
    return one_layer(x, p, N, real, scale=x.shape[-1])


@wrong(ENCODER, "forgotten", "belt|added")
def layer_without_belt(x, p, N, real):
    return one_layer(x, p, N, real, skip=False)


@wrong(ENCODER, "forgotten", "mask|pads")
def layer_without_mask(x, p, N, real):
    return one_layer(x, p, N, np.ones_like(real))


def one_pass(X, Y, p, seen=None, causal=True, root=True, pre=False):
    def heads(x, m, name, mask):
        Q, K, V = x @ p[name + ".W_q"], m @ p[name + ".W_k"], m @ p[name + ".W_v"]
        scores = Q @ K.transpose(0, 2, 1) / Q.shape[-1] ** 0.5
        return soft(np.where(mask, scores, -np.inf)) @ V

    def think(x, name):
        return np.maximum(x @ p[name + ".W_1"], 0) @ p[name + ".W_2"]

    size = p["E"].shape[1] ** 0.5 if root else 1
    real = (X > 0)[:, None] if seen is None else seen
    x = size * p["E_source"][X] + p["P"][: X.shape[1]]
    before, after = (plain_norm, np.array) if pre else (np.array, plain_norm)
    x = after(x + heads(before(x), before(x), "self", real))
    memory = plain_norm(x + think(before(x), "source"))
    T = Y.shape[1]
    y = size * p["E"][Y] + p["P"][:T]
    past = np.tril(np.ones((T, T))) > 0 if causal else np.full((T, T), True)
    y = after(y + heads(before(y), before(y), "causal", past))
    y = after(y + heads(before(y), memory, "cross", real))
    return plain_norm(y + think(before(y), "target")) @ p["E"].T


@wrong(WHOLE, "misread", "pre-norm")
def whole_in_pre_norm(X, Y, p):
    return one_pass(X, Y, p, pre=True)


@wrong(WHOLE, "forgotten", "later targets|causal")
def whole_sees_ahead(X, Y, p):
    return one_pass(X, Y, p, causal=False)


@wrong(WHOLE, "forgotten", "sqrt")
def whole_without_root(X, Y, p):
    return one_pass(X, Y, p, root=False)


@wrong(WHOLE, "forgotten", "padding")
def whole_reads_pads(X, Y, p):
    return one_pass(X, Y, p, seen=np.full((1, 1, X.shape[1]), True))


TABLE = "transformer.shared_table"


def collected(V, tokens, d):
    dE = np.zeros((V, d.shape[-1]))
    np.add.at(dE, tokens.reshape(-1), d.reshape(-1, d.shape[-1]))
    return dE


def table(X, Y, y, dlogits, dx, dY, top=1.0, source=None, target=None):
    V, root = dlogits.shape[-1], np.sqrt(y.shape[-1])
    source, target = (root if k is None else k for k in (source, target))
    rows = dlogits.reshape(-1, V).T @ y.reshape(-1, y.shape[-1])
    return top * rows + source * collected(V, X, dx) + target * collected(V, Y, dY)


@wrong(TABLE, "forgotten", "output layer|dlogits")
def table_without_top(X, Y, y, dlogits, dx, dY):
    return table(X, Y, y, dlogits, dx, dY, top=0)


@wrong(TABLE, "forgotten", "encoder")
def table_without_source(X, Y, y, dlogits, dx, dY):
    return table(X, Y, y, dlogits, dx, dY, source=0)


@wrong(TABLE, "factor", "sqrt")
def table_without_root(X, Y, y, dlogits, dx, dY):
    return table(X, Y, y, dlogits, dx, dY, source=1, target=1)


@wrong(TABLE, "misread", "add.at|only one share|several places")
def table_assigned(X, Y, y, dlogits, dx, dY):
    dE = table(X, Y, y, dlogits, dx, dY, source=0)
    dE[X] += np.sqrt(y.shape[-1]) * dx
    return dE
