"""Right answers in other words, chapters 13 to 16."""

import math

import numpy as np

from attacks.table import right, soft

A, S, T = "attention.", "self_attention.", "transformer."


@right(A + "scaled_dot_product")
def attention_by_query(Q, K, V):
    out, weights = [], []
    for q, k, v in zip(Q, K, V, strict=True):
        w = np.array([soft(k @ row / math.sqrt(len(row))) for row in q])
        weights.append(w)
        out.append(w @ v)
    return np.array(out), np.array(weights)


@right(A + "scaled_dot_product")
def attention_of_torch(Q, K, V):
    import torch

    Q, K, V = (torch.as_tensor(a) for a in (Q, K, V))
    weights = torch.softmax(Q @ K.mT / K.shape[-1] ** 0.5, dim=-1)
    return torch.nn.functional.scaled_dot_product_attention(Q, K, V), weights


@right(A + "additive")
def additive_by_key(q, K, W, w):
    scores = [float(np.dot(w, np.tanh(W.dot(np.concatenate([q, k]))))) for k in K]
    e = [math.exp(s - max(scores)) for s in scores]
    return scores, [x / sum(e) for x in e]


@right(A + "nadaraya_watson")
def kernel_as_softmax(x, xs, ys, width):
    return soft(-((np.subtract.outer(x, xs) / width) ** 2) / 2) @ ys


@right(A + "leave_one_out")
def loo_by_deleting(xs, ys, width):
    errors = []
    for s in range(len(xs)):
        rest = np.arange(len(xs)) != s
        w = soft(-(((xs[s] - xs[rest]) / width) ** 2) / 2)
        errors.append((w @ ys[rest] - ys[s]) ** 2)
    return sum(errors) / len(errors)


@right(A + "kv_read")
def read_by_sum(q, K, V, beta, n):
    scores = [beta * float(k @ q) for k in K]
    top, least = max(scores), sorted(scores, reverse=True)[n - 1]
    e = [math.exp(s - top) if s >= least else 0.0 for s in scores]
    return sum(w * v for w, v in zip(e, V, strict=True)) / sum(e)


@right(A + "pointer")
def pointer_on_free_only(q, K, W, U, v, free):
    p = np.zeros(len(K))
    p[free] = soft(np.tanh(W @ q + K[free] @ U.T) @ v)
    return p


@right(A + "pointer")
def pointer_divided_again(q, K, W, U, v, free):
    p = soft(np.tanh(W @ q + K @ U.T) @ v) * free
    return p / p.sum()


@right(S + "shift")
def shift_by_blocks(k, D):
    from scipy.linalg import block_diag

    angles = [k / 10000 ** (2 * i / D) for i in range(D // 2)]
    return block_diag(*([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]] for a in angles))


@right(S + "layer")
def layer_by_sequence(X, params):
    out = []
    for x in X:
        q, k, v = (x @ params["W_" + n] + params["b_" + n] for n in "qkv")
        out.append(soft(q @ k.T / k.shape[1] ** 0.5) @ v)
    return np.stack(out)


@right(S + "layer")
def layer_without_key_bias(X, params):
    Q, V = X @ params["W_q"] + params["b_q"], X @ params["W_v"] + params["b_v"]
    return soft(Q @ (X @ params["W_k"]).swapaxes(1, 2) / np.sqrt(Q.shape[2])) @ V


@right(S + "split_heads")
def split_by_stack(x, N):
    return np.stack(np.split(x, N, axis=2), axis=1)


@right(S + "merge_heads")
def merge_by_concatenate(x):
    return np.concatenate(list(x.swapaxes(0, 1)), axis=-1)


@right(S + "multi_head")
def heads_by_einsum(X, params, N):
    B, T_, D = X.shape
    W = {k: params[k].reshape(D, N, D // N) for k in ("W_q", "W_k", "W_v")}
    q, k, v = (np.einsum("btd,dnk->bntk", X, W[n]) for n in ("W_q", "W_k", "W_v"))
    w = soft(np.einsum("bntk,bnsk->bnts", q, k) / (D / N) ** 0.5)
    return np.einsum("bnts,bnsk,nkd->btd", w, v, params["W_o"].reshape(N, D // N, D))


@right(S + "multi_head")
def sum_over_heads(X, params, N):
    K, out = X.shape[2] // N, 0
    for n in range(N):
        c = slice(n * K, (n + 1) * K)
        q, k, v = (X @ params[w][:, c] for w in ("W_q", "W_k", "W_v"))
        out = out + soft(q @ k.swapaxes(1, 2) / math.sqrt(K)) @ v @ params["W_o"][c]
    return out


@right(S + "sinusoids")
def sinusoids_by_loop(T, D):
    P = [[0.0] * D for _ in range(T)]
    for t in range(T):
        for j in range(D):
            angle = t / 10000 ** ((j - j % 2) / D)
            P[t][j] = math.cos(angle) if j % 2 else math.sin(angle)
    return P


@right(S + "embed")
def embed_by_onehot(tokens, E, P):
    onehot = np.eye(len(E))[tokens]
    return math.sqrt(E.shape[1]) * np.einsum("btv,vd->btd", onehot, E) + P[: tokens.shape[1]]


@right("masks.padding")
def padding_by_expand(tokens, pad):
    return np.expand_dims(np.not_equal(tokens, pad), 1)


@right("masks.padding")
def padding_as_lists(tokens, pad):
    return [[[token != pad for token in row]] for row in tokens.tolist()]


@right("masks.causal")
def causal_from_torch(T, S):
    import torch

    return torch.ones(T, S, dtype=torch.bool).tril(S - T)


@right("masks.causal")
def causal_last_rows(T, S):
    return np.tri(S, dtype=bool)[S - T :]


@right("masks.combined")
def combined_by_loop(tokens, pad):
    B, S_ = tokens.shape
    out = np.zeros((B, S_, S_), dtype=bool)
    for b, t, s in np.ndindex(out.shape):
        out[b, t, s] = s <= t and tokens[b, s] != pad
    return out


@right("masks.masked_softmax")
def masked_row_by_row(scores, mask):
    out = np.zeros(scores.shape)
    for row, s, m in zip(out, scores, mask, strict=True):
        if m.any():
            row[m] = soft(s[m])
    return out


@right("masks.masked_softmax")
def masked_by_torch(scores, mask):
    import torch

    s = torch.as_tensor(scores).masked_fill(~torch.as_tensor(mask), -math.inf)
    return torch.nan_to_num(s.softmax(dim=1))


@right("masks.debug")
def debug_by_loop(Q, K, V, tokens, pad):
    B, T_, S_ = len(Q), Q.shape[1], K.shape[1]
    out = np.zeros((B, T_, V.shape[2]))
    for b, t in np.ndindex(B, T_):
        seen = [s for s in range(t + S_ - T_ + 1) if tokens[b, s] != pad]
        if seen:
            out[b, t] = soft(K[b, seen] @ Q[b, t] / math.sqrt(K.shape[2])) @ V[b, seen]
    return out


@right(T + "decoder_step")
def step_by_example(x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q):
    K = np.concatenate([K, (x @ W_k)[:, None]], axis=1)
    V = np.concatenate([V, (x @ W_v)[:, None]], axis=1)
    out, d = [], math.sqrt(x.shape[1])
    for b in range(len(x)):
        y = x[b] + soft(K[b] @ (x[b] @ W_q) / d) @ V[b]
        real = np.flatnonzero(keep[b])
        out.append(y + soft(M_K[b, real] @ (y @ C_q) / d) @ M_V[b, real])
    return np.array(out), K, V


@right(T + "layer_norm")
def layer_norm_of_torch(x, gamma, beta, eps):
    import torch

    x, g, b = (torch.as_tensor(a) for a in (x, gamma, beta))
    return torch.nn.functional.layer_norm(x, x.shape[-1:], g, b, eps)


@right(T + "layer_norm_backward")
def layer_norm_backward_of_torch(dy, x, gamma, eps):
    import torch

    x, gamma = (torch.tensor(a, requires_grad=True) for a in (x, gamma))
    beta = torch.zeros_like(gamma, requires_grad=True)
    y = torch.nn.functional.layer_norm(x, x.shape[-1:], gamma, beta, eps)
    return torch.autograd.grad(y, (x, gamma, beta), torch.as_tensor(dy))


@right(T + "pre_norm")
def pre_norm_by_sum(x, f, norm):
    return np.sum([x, f(norm(x.copy()))], axis=0)


@right(T + "post_norm")
def post_norm_by_add(x, f, norm):
    return norm(np.add(f(x.copy()), x))


@right(T + "cross_attention")
def cross_on_real_only(Y, X, params, real):
    out = []
    for y, x, r in zip(Y, X, real, strict=True):
        q, k, v = y @ params["W_q"], x[r] @ params["W_k"], x[r] @ params["W_v"]
        out.append(soft(q @ k.T / math.sqrt(k.shape[1])) @ v @ params["W_o"])
    return out


@right(T + "label_smoothing")
def smoothing_of_torch(z, y, eps):
    import torch

    K = z.shape[1]
    q = np.full(z.shape, eps / K)
    for n, label in enumerate(y):
        q[n, label] += 1 - eps
    labels = torch.as_tensor(y).long()
    loss = torch.nn.functional.cross_entropy(torch.as_tensor(z), labels, label_smoothing=eps)
    return q, loss


@right("masks.packed")
def packed_by_loops(segments):
    B, T = segments.shape
    mask = np.zeros((B, T, T), bool)
    for b in range(B):
        for t in range(T):
            for s in range(t + 1):
                mask[b, t, s] = segments[b, s] > 0 and segments[b, t] == segments[b, s]
    return mask


@right("masks.places")
def places_counted(segments):
    before = np.tril(segments[..., None] == segments[:, None], k=-1).sum(axis=2)
    return np.where(segments > 0, before, 0)


@right("transformer.encoder_layer")
def layer_head_by_head(x, p, N, real):
    from attacks.transformer import one_layer

    return one_layer(x, p, N, real)


@right("transformer.forward")
def whole_in_one_function(X, Y, p):
    from attacks.transformer import one_pass

    return one_pass(X, Y, p)


@right("transformer.shared_table")
def three_shares(X, Y, y, dlogits, dx, dY):
    from attacks.transformer import table

    return table(X, Y, y, dlogits, dx, dY)
