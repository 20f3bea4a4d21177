"""Right answers in other words, chapters 5 to 8."""

import numpy as np

from attacks.table import right

M, G, D = "optimisation.", "generalisation.", "deep_cnns."


@right(M + "momentum_step")
def momentum_in_float32(w, v, g, lr, mu):
    v = np.float32(mu) * v.astype(np.float32) + g.astype(np.float32)
    return w.astype(np.float32) - np.float32(lr) * v, v


@right(M + "nesterov_step")
def nesterov_by_parts(w, v, gradient, lr, mu):
    ahead = np.subtract(w, np.multiply(lr * mu, v))
    new = np.add(np.multiply(mu, v), gradient(ahead))
    return np.subtract(w, np.multiply(lr, new)), new


@right(M + "adam_step")
def adam_rewritten(w, m, v, g, t, lr, beta1, beta2, eps):
    m = m + (1 - beta1) * (g - m)
    v = v + (1 - beta2) * (np.square(g) - v)
    root = np.sqrt(1 - beta2**t)
    return w - lr * root / (1 - beta1**t) * m / (np.sqrt(v) + eps * root), m, v


@right(M + "rmsprop_step")
def rmsprop_by_map(w, s, g, lr, rho, eps):
    s = np.average([s, g * g], axis=0, weights=[rho, 1 - rho])
    return w - np.divide(lr * g, np.power(s, 0.5) + eps), s


@right(G + "dropout")
def dropout_by_loop(x, keep, p, training):
    out = [[float(v) for v in row] for row in x]
    if training:
        for i, row in enumerate(keep):
            for j, stays in enumerate(row):
                out[i][j] = out[i][j] / (1 - p) if stays else 0.0
    return out


@right(G + "dropout_sample")
def dropout_by_binomial(x, p, rng):
    return x * rng.binomial(1, 1 - p, size=x.shape) / (1 - p)


@right(G + "dropout_sample")
def dropout_unit_by_unit(x, p, rng):
    out = np.array(x, dtype=float)
    for i in np.ndindex(x.shape):
        out[i] = 0 if rng.random() < p else out[i] / (1 - p)
    return out


@right(G + "l2")
def l2_by_vdot(W, lam):
    return lam * np.vdot(W, W), np.add(lam * W, lam * W)


@right(G + "l1")
def l1_by_where(W, lam):
    return lam * sum(abs(v) for v in W.ravel().tolist()), lam * (1.0 * (W > 0) - 1.0 * (W < 0))


@right(G + "l2_params")
def l2_params_by_name(params, lam):
    return lam * sum(np.sum(np.square(w)) for key, w in params.items() if not key.startswith("b"))


@right(G + "soft_threshold")
def threshold_by_clip(w, t):
    return w - np.clip(w, -t, t)


@right(G + "soft_threshold")
def threshold_by_two_ramps(w, t):
    return np.maximum(w - t, 0) - np.maximum(-w - t, 0)


@right(G + "adamw_step")
def adamw_shrinks_first(w, m, v, g, t, lr, beta1, beta2, eps, decay):
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
    step = m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)
    return w * (1 - lr * decay) - lr * step, m, v


@right("cnn.conv2d")
def conv_of_torch(x, w, b, stride, pad):
    import torch

    x, w, b = (torch.as_tensor(a) for a in (x, w, b))
    return torch.nn.functional.conv2d(x, w, b, stride=stride, padding=pad)


@right("cnn.conv2d")
def conv_by_windows(x, w, b, stride, pad):
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    view = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    view = view[:, :, ::stride, ::stride]
    return np.einsum("nchwij,fcij->nfhw", view, w) + b[:, None, None]


@right("cnn.conv2d_backward")
def conv_backward_of_torch(dy, x, w, stride, pad):
    import torch

    x, w = (torch.tensor(a, requires_grad=True) for a in (x, w))
    b = torch.zeros(w.shape[0], dtype=w.dtype, requires_grad=True)
    y = torch.nn.functional.conv2d(x, w, b, stride=stride, padding=pad)
    return torch.autograd.grad(y, (x, w, b), torch.as_tensor(dy))


@right("cnn.output_size")
def size_by_counting(H, K, stride, pad):
    return len(range(0, H + 2 * pad - K + 1, stride))


@right("cnn.max_pool")
def pool_of_torch(x, k, stride):
    import torch

    return torch.nn.functional.max_pool2d(torch.as_tensor(x), k, stride)


@right("cnn.mean_pool_backward")
def mean_backward_by_kron(dy, k):
    return np.kron(dy, np.ones((1, 1, k, k))) / (k * k)


@right("cnn.max_pool_backward")
def max_backward_by_view(dy, x, k):
    N, C, H, W = dy.shape
    view = x.reshape(N, C, H, k, W, k).transpose(0, 1, 2, 4, 3, 5).reshape(N, C, H, W, k * k)
    hit = np.arange(k * k) == view.argmax(axis=-1)[..., None]
    dx = (hit * dy[..., None]).reshape(N, C, H, W, k, k)
    return dx.transpose(0, 1, 2, 4, 3, 5).reshape(x.shape)


@right(D + "basic_block")
def block_by_moveaxis(x, W1, W2):
    u = np.moveaxis(x, 1, -1)
    f = np.clip(u @ W1.T, 0, None) @ W2.T
    return np.moveaxis(np.clip(f + u, 0, None), -1, 1)


@right(D + "projection_block")
def projection_by_tensordot(x, W1, W2, Ws, stride):
    u = np.moveaxis(x[:, :, ::stride, ::stride], 1, 0)
    a = np.maximum(np.tensordot(W1, u, 1), 0)
    y = np.maximum(np.tensordot(W2, a, 1) + np.tensordot(Ws, u, 1), 0)
    return np.moveaxis(y, 0, 1)


@right(D + "batch_norm")
def batch_norm_of_torch(x, gamma, beta, eps):
    import torch

    x, g, b = (torch.as_tensor(a) for a in (x, gamma, beta))
    return torch.nn.functional.batch_norm(x, None, None, g, b, training=True, eps=eps)
