"""Wrong answers of chapter 14: one head, several heads, positions."""

import numpy as np

from attacks.table import right, soft, wrong

S = "self_attention."


def code(t, D, start=0, step=2, width=None, base=10000.0):
    i = np.arange(D // 2)
    angle = (t[:, None] + start) / base ** (step * i / (width or D))
    P = np.zeros((len(t), D))
    P[:, 0::2], P[:, 1::2] = np.sin(angle), np.cos(angle)
    return P


@wrong(S + "sinusoids", "shift", "from 1|from 0|start|first place|t = 0|position")
def from_one(T, D):
    return code(np.arange(T), D, start=1)


@wrong(S + "sinusoids", "misread", "2i|exponent|i / D|i/D|twice")
def exponent_i_over_d(T, D):
    return code(np.arange(T), D, step=1)


@wrong(S + "sinusoids", "convention", "halves|half|turns|interleav|side by side")
def in_halves(T, D):
    P = code(np.arange(T), D)
    return np.concatenate([P[:, 0::2], P[:, 1::2]], axis=1)


@wrong(S + "sinusoids", "order", "sin|cos|exchang|swap")
def cosine_first(T, D):
    P = np.empty((T, D))
    P[:, 1::2], P[:, 0::2] = code(np.arange(T), D)[:, 0::2], code(np.arange(T), D)[:, 1::2]
    return P


@wrong(S + "sinusoids", "constant", "10000|1000")
def thousand(T, D):
    return code(np.arange(T), D, base=1000.0)


@wrong(S + "sinusoids", "misread", "column|each number|pair|own|same|2i|exponent")
def own_exponent_for_each(T, D):
    j = np.arange(D)
    angle = np.arange(T)[:, None] / 10000 ** (j / D)
    return np.where(j % 2 == 0, np.sin(angle), np.cos(angle))


@wrong(S + "sinusoids", "misread", "D - 1|D - 2|exponent|/ D|divi")
def spread_to_the_end(T, D):
    return code(np.arange(T), D, width=max(D - 2, 1))


@wrong(S + "sinusoids", "transpose", "transpos|axis|axes")
def positions_in_columns(T, D):
    return code(np.arange(T), D).T


@wrong(S + "sinusoids", "sign", "times|multipl|divi|sign|exponent")
def multiplied(T, D):
    i = np.arange(D // 2)
    angle = np.arange(T)[:, None] * 10000.0 ** (2 * i / D)
    return np.stack([np.sin(angle), np.cos(angle)], axis=2).reshape(T, D)


def rotation(k, D, sign=1, halves=False, step=2):
    R = np.zeros((D, D))
    for i in range(D // 2):
        a = k * 10000 ** (-step * i / D)
        s, c = (i, i + D // 2) if halves else (2 * i, 2 * i + 1)
        R[s, s] = R[c, c] = np.cos(a)
        R[c, s], R[s, c] = sign * np.sin(a), -sign * np.sin(a)
    return R


@wrong(S + "shift", "transpose", "transpos|sign|direction|back|other way|-k|from the right|left")
def rotation_transposed(k, D):
    return rotation(k, D).T


@wrong(S + "shift", "convention", "halves|half|turns|pair|interleav")
def rotation_in_halves(k, D):
    return rotation(k, D, halves=True)


@wrong(S + "shift", "misread", "2i|exponent|i/D|i / D|frequen")
def rotation_exponent(k, D):
    return rotation(k, D, step=1)


@wrong(S + "shift", "misread", "order|sin|cos|exchang|swap|diagonal")
def rotation_exchanged(k, D):
    R = rotation(k, D)
    for i in range(0, D, 2):
        R[i : i + 2, i : i + 2] = R[i : i + 2, i : i + 2][::-1]
    return R


@wrong(S + "shift", "misread", "permut|rotat|identity|cos")
def rows_moved(k, D):
    return np.roll(np.eye(D), k, axis=1)


@wrong(S + "shift", "forgotten", "w_i|frequen|each pair|same angle|speed|own")
def one_speed(k, D):
    R = np.zeros((D, D))
    for i in range(0, D, 2):
        R[i : i + 2, i : i + 2] = [[np.cos(k), -np.sin(k)], [np.sin(k), np.cos(k)]]
    return R


def head(X, p, bias="qkv", scale=lambda d, D: np.sqrt(d), axis=-1, value=None):
    Q, K, V = (X @ p["W_" + n] + (p["b_" + n] if n in bias else 0) for n in "qkv")
    V = V if value is None else value
    return soft(Q @ K.swapaxes(-1, -2) / scale(Q.shape[-1], X.shape[-1]), axis=axis) @ V


@wrong(S + "layer", "forgotten", "bias")
def layer_without_biases(X, params):
    return head(X, params, bias="")


@wrong(S + "layer", "forgotten", "b_v|bias")
def no_value_bias(X, params):
    return head(X, params, bias="qk")


@wrong(S + "layer", "forgotten", "b_q|bias")
def no_query_bias(X, params):
    return head(X, params, bias="kv")


@wrong(S + "layer", "forgotten", "scal|sqrt|divi")
def layer_unscaled(X, params):
    return head(X, params, scale=lambda d, D: 1.0)


@wrong(S + "layer", "misread", r"sqrt\(D|width of|\bD\b|input|model")
def layer_root_of_model(X, params):
    return head(X, params, scale=lambda d, D: np.sqrt(D))


@wrong(S + "layer", "axis", "quer|axis|over keys|over the keys")
def layer_over_queries(X, params):
    return head(X, params, axis=1)


@wrong(S + "layer", "axis", "batch|sequence|sentence|other")
def layer_over_the_batch(X, params):
    B, T, D = X.shape
    return head(X.reshape(1, B * T, D), params).reshape(B, T, -1)


@wrong(S + "layer", "order", "quer|key|transpos|exchang")
def queries_and_keys_exchanged(X, params):
    p = {**params, "W_q": params["W_k"], "W_k": params["W_q"]}
    return head(X, {**p, "b_q": params["b_k"], "b_k": params["b_q"]})


@wrong(S + "layer", "misread", "residual|adds|plus")
def layer_with_mean_value(X, params):
    out = head(X, params)
    return out + out.mean(axis=1, keepdims=True)


@wrong(S + "split_heads", "forgotten", "transpos|reshape|order|axes|columns")
def reshaped_at_once(x, N):
    B, T, D = x.shape
    return x.reshape(B, N, T, D // N)


@wrong(S + "split_heads", "transpose", "transpos|axes|axis")
def heads_third(x, N):
    B, T, D = x.shape
    return x.reshape(B, T, N, D // N)


@wrong(S + "split_heads", "misread", "every N|interleav|neighbour|columns|turns|n K")
def every_nth_column(x, N):
    return np.stack([x[:, :, n::N] for n in range(N)], axis=1)


@wrong(S + "split_heads", "axis", "time|token|axis|last axis")
def time_cut(x, N):
    return np.stack([x.swapaxes(1, 2)[:, n::N] for n in range(N)], axis=1)


@wrong(S + "merge_heads", "forgotten", "transpos|reshape|order|axes|axis")
def merged_at_once(x):
    B, N, T, K = x.shape
    return x.reshape(B, T, N * K)


@wrong(S + "merge_heads", "misread", "interleav|turns|side by side|order|transpos|axes|axis")
def merged_interleaved(x):
    B, N, T, K = x.shape
    return x.transpose(0, 2, 3, 1).reshape(B, T, N * K)


@wrong(S + "merge_heads", "misread", "sum|add|side by side")
def heads_added(x):
    return x.sum(axis=1)


@wrong(S + "merge_heads", "order", "order|head 0|last|reverse|first")
def last_head_first(x):
    B, N, T, K = x.shape
    return x[:, ::-1].transpose(0, 2, 1, 3).reshape(B, T, N * K)


def many(X, p, N, split=None, merge=None, out=True, axis=-1, scale=np.sqrt):
    B, T, D = X.shape
    K = D // N
    cut = split or (lambda u: u.reshape(B, T, N, K).swapaxes(1, 2))
    q, k, v = (cut(X @ p[name]) for name in ("W_q", "W_k", "W_v"))
    y = soft(q @ k.swapaxes(2, 3) / scale(K), axis=axis) @ v
    y = merge(y) if merge else y.swapaxes(1, 2).reshape(B, T, D)
    return y @ p["W_o"] if out else y


@wrong(S + "multi_head", "forgotten", "W_o")
def without_output_weights(X, params, N):
    return many(X, params, N, out=False)


@wrong(S + "multi_head", "forgotten", "scal|sqrt|divi")
def heads_unscaled(X, params, N):
    return many(X, params, N, scale=lambda K: 1.0)


@wrong(S + "multi_head", "forgotten", "transpos|reshape|cut|columns|split")
def split_by_reshape(X, params, N):
    B, T, D = X.shape
    return many(X, params, N, split=lambda u: u.reshape(B, N, T, D // N))


@wrong(S + "multi_head", "forgotten", "transpos|reshape|merge|side by side|heads|joined|together")
def merged_by_reshape(X, params, N):
    return many(X, params, N, merge=lambda y: y.reshape(X.shape))


@wrong(S + "multi_head", "axis", "quer|axis|over keys|over the keys")
def heads_over_queries(X, params, N):
    return many(X, params, N, axis=2)


@wrong(S + "multi_head", "misread", "heads|one head|single|on its own")
def one_wide_head(X, params, N):
    return many(X, params, 1)


@wrong(S + "multi_head", "axis", "heads|axis|tokens|each other")
def heads_attend_to_heads(X, params, N):
    B, T, D = X.shape
    cut = lambda u: u.reshape(B, T, N, D // N)  # noqa: E731
    return many(X, params, N, split=cut, merge=lambda y: y.reshape(B, T, D))


@wrong(S + "multi_head", "misread", "divi|root|sqrt")
def heads_divided_by_width(X, params, N):
    return many(X, params, N, scale=lambda K: K)


def embedded(tokens, E, P, scale=True):
    return E[tokens] * (np.sqrt(E.shape[1]) if scale else 1) + P[: tokens.shape[1]]


@wrong(S + "embed", "forgotten", "sqrt|scal")
def embedding_unscaled(tokens, E, P):
    return embedded(tokens, E, P, scale=False)


@wrong(S + "embed", "misread", "bracket|both|code|position|only|sum")
def sum_scaled(tokens, E, P):
    return (E[tokens] + P[: tokens.shape[1]]) * np.sqrt(E.shape[1])


@wrong(S + "embed", "misread", "token|position")
def code_of_the_token(tokens, E, P):
    return E[tokens] * np.sqrt(E.shape[1]) + P[tokens % len(P)]


@wrong(S + "embed", "axis", "batch|sequence|axis")
def code_of_the_row(tokens, E, P):
    return E[tokens] * np.sqrt(E.shape[1]) + P[np.arange(len(tokens)) % len(P)][:, None]


@wrong(S + "embed", "forgotten", r"position|code|\bP\b")
def no_positions(tokens, E, P):
    return E[tokens] * np.sqrt(E.shape[1])


@wrong(S + "embed", "sign", "divi|times|sqrt|multipl")
def embedding_divided(tokens, E, P):
    return E[tokens] / np.sqrt(E.shape[1]) + P[: tokens.shape[1]]


@wrong(S + "embed", "misread", "sqrt|root")
def embedding_times_d(tokens, E, P):
    return E[tokens] * E.shape[1] + P[: tokens.shape[1]]


@wrong(S + "embed", "shift", "last|first|position|from")
def last_codes(tokens, E, P):
    return E[tokens] * np.sqrt(E.shape[1]) + P[-tokens.shape[1] :]


ROTARY, OFFSETS = S + "rotary", S + "offset_gradient"


def points(x, omega, places=None):
    """The pairs of neighbours as complex numbers, and the turn of each place."""
    places = np.arange(x.shape[1]) if places is None else places
    return x[..., 0::2] + 1j * x[..., 1::2], np.exp(1j * places[:, None] * omega)


def woven(p):
    return np.stack([p.real, p.imag], axis=3).reshape(p.shape[0], p.shape[1], -1)


@right(ROTARY)
def rotary_in_the_plane(x, omega):
    p, turn = points(x, omega)
    return woven(p * turn)


@wrong(ROTARY, "order", "neighbours|K/2")
def rotary_of_halves(x, omega):
    half = x.shape[2] // 2
    a, b = x[..., :half], x[..., half:]
    angle = np.outer(np.arange(x.shape[1]), omega)
    return np.concatenate(
        [a * np.cos(angle) - b * np.sin(angle), a * np.sin(angle) + b * np.cos(angle)], axis=-1
    )


@wrong(ROTARY, "sign", "other way|way back")
def rotary_clockwise(x, omega):
    p, turn = points(x, omega)
    return woven(p * turn.conj())


@wrong(ROTARY, "shift", "t = 0|start at 1")
def rotary_from_one(x, omega):
    p, turn = points(x, omega, np.arange(x.shape[1]) + 1)
    return woven(p * turn)


@wrong(ROTARY, "factor", "radians|2 pi")
def rotary_in_turns(x, omega):
    p, turn = points(x, 2 * np.pi * omega)
    return woven(p * turn)


@right(OFFSETS)
def offsets_by_rolling(dE):
    B, N, T, _ = dE.shape
    wide = np.zeros((B, N, T, 2 * T - 1))
    for t in range(T):
        wide[:, :, t, T - 1 - t : 2 * T - 1 - t] = dE[:, :, t]
    return wide.sum(axis=(0, 2))


@wrong(OFFSETS, "order", "backwards|lower left")
def offsets_query_minus_key(dE):
    return offsets_by_rolling(dE)[:, ::-1]


@wrong(OFFSETS, "factor", "mean|sum of its gradients")
def offsets_averaged(dE):
    T = dE.shape[2]
    return offsets_by_rolling(dE) / (T - np.abs(np.arange(-(T - 1), T)))


@wrong(OFFSETS, "forgotten", "sequence|batch")
def offsets_of_the_first(dE):
    return offsets_by_rolling(dE[:1])
