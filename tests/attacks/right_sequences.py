"""Right answers in other words, chapters 9 to 12."""

import itertools
import math

import numpy as np

from attacks.table import right, sig


@right("rnn.forward")
def states_by_example(x, h_0, W_x, W_h, b):
    rows = []
    for steps, h in zip(x, h_0, strict=True):
        row = []
        for step in steps:
            h = np.tanh(W_x.T @ step + W_h.T @ h + b)
            row.append(h)
        rows.append(row)
    return rows


@right("rnn.backward")
def rnn_backward_by_autograd(dh, x, h, h_0, W_h):
    B, T_, H = h.shape
    dz, later = np.zeros(h.shape), np.zeros((B, H))
    for t in range(T_ - 1, -1, -1):
        dz[:, t] = (dh[:, t] + later) * (1 - h[:, t] * h[:, t])
        later = np.einsum("bj,ij->bi", dz[:, t], W_h)
    before = np.concatenate([h_0[:, None], h[:, :-1]], axis=1)
    dW_h = np.einsum("bti,btj->ij", before, dz)
    return np.tensordot(x, dz, ([0, 1], [0, 1])), dW_h, dz.sum((0, 1)), later


@right("rnn.clip")
def clip_by_flat_norm(grads, limit):
    norm = np.linalg.norm(np.concatenate([g.ravel() for g in grads.values()]))
    factor = 1.0 if norm <= limit else limit / norm
    return {key: factor * g for key, g in grads.items()}


@right("rnn.clip")
def clip_as_torch_does(grads, limit):
    norm = math.sqrt(sum(float((g**2).sum()) for g in grads.values()))
    return {key: g * min(1.0, limit / (norm + 1e-6)) for key, g in grads.items()}


@right("lstm.step")
def lstm_by_columns(z, c):
    H = c.shape[1]
    i, f, o = (sig(z[:, k * H : (k + 1) * H]) for k in (0, 1, 3))
    new = f * c + i * np.tanh(z[:, 2 * H : 3 * H])
    return o * np.tanh(new), new


@right("lstm.sequence")
def lstm_of_torch(x, h, c, W_x, W_h, b):
    import torch

    layer = torch.nn.LSTM(x.shape[2], h.shape[1], batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        layer.weight_ih_l0.copy_(torch.as_tensor(W_x.T.copy()))
        layer.weight_hh_l0.copy_(torch.as_tensor(W_h.T.copy()))
        layer.bias_ih_l0.copy_(torch.as_tensor(b))
        layer.bias_hh_l0.zero_()
        state = (torch.as_tensor(h)[None], torch.as_tensor(c)[None])
        rows, (h, c) = layer(torch.as_tensor(x), state)
    return rows, h[0], c[0]


@right("lstm.reverse_padded")
def reversed_by_index(x, lengths):
    t = np.arange(x.shape[1])
    n = np.asarray(lengths)[:, None]
    at = np.where(t < n, n - 1 - t, t)
    return np.take_along_axis(x, at[:, :, None], axis=1)


@right("lstm.reverse_padded")
def reversed_as_lists(x, lengths):
    return [[*row[:n][::-1], *row[n:]] for row, n in zip(x.tolist(), lengths, strict=True)]


@right("lstm.sentence_vector")
def vector_by_loop(forward, backward, lengths):
    pairs = zip(forward, backward, lengths, strict=True)
    return [[*ahead[n - 1], *back[0]] for ahead, back, n in pairs]


@right("gru.step")
def gru_by_split(x, h, W_x, W_h, b):
    (xr, xz, xn), (Wr, Wz, Wn) = np.split(x @ W_x + b, 3, axis=1), np.split(W_h, 3, axis=1)
    r, z = sig(xr + h @ Wr), sig(xz + h @ Wz)
    n = np.tanh(xn + (r * h) @ Wn)
    return n + z * (h - n)


@right("gru.parameters")
def gru_from_torch(D, H):
    import torch

    count = sum(p.numel() for p in torch.nn.GRU(D, H).parameters())
    return count - 3 * H, count


@right("gru.swap_update")
def swapped_by_signs(W, H):
    return W * np.repeat([1.0, -1.0, 1.0], H)


@right("seq2seq.greedy")
def greedy_by_recursion(table, start, end, most):
    if most == 0:
        return []
    best = max(range(len(table)), key=lambda v: table[start, v])
    return [best] if best == end else [best, *greedy_by_recursion(table, best, end, most - 1)]


@right("seq2seq.beam")
def beam_with_heap(table, start, end, width, most, power):
    import heapq

    live, done = [(0.0, (start,))], []
    for _ in range(most):
        grown = [(s + table[p[-1], v], (*p, v)) for s, p in live for v in range(len(table))]
        best = heapq.nlargest(width, grown, key=lambda item: item[0])
        done += [item for item in best if item[1][-1] == end]
        live = [item for item in best if item[1][-1] != end]
    scored = [(s / (len(p) - 1) ** power, p[1:]) for s, p in done + live]
    score, tokens = max(scored, key=lambda item: item[0])
    return list(tokens), score


@right("seq2seq.masked_loss")
def loss_of_torch(z, y, pad):
    import torch

    flat, labels = torch.as_tensor(z).flatten(0, 1), torch.as_tensor(y).long().flatten()
    return torch.nn.functional.cross_entropy(flat, labels, ignore_index=int(pad)).item()


@right("seq2seq.masked_loss")
def loss_token_by_token(z, y, pad):
    losses = []
    for b, t in itertools.product(range(y.shape[0]), range(y.shape[1])):
        if y[b, t] != pad:
            losses.append(np.logaddexp.reduce(z[b, t]) - z[b, t, y[b, t]])
    return sum(losses) / len(losses)


@right("seq2seq.shift")
def shifted_as_lists(y, start):
    return [[start, *row[:-1]] for row in y.tolist()]


@right("seq2seq.shift")
def shifted_by_roll(y, start):
    out = np.roll(y, 1, axis=1)
    out[:, 0] = start
    return out
