"""Right answers in other words, chapters 1 to 4: loops, lists, einsum, scipy, torch."""

import math

import numpy as np

from attacks.table import right

A = "activations_and_losses."


@right("neuron.perceptron_step")
def perceptron_by_margin(w, b, x, y):
    z = sum(float(p) * float(q) for p, q in zip(w, x, strict=True)) + b
    wrong = 1 if y * z <= 0 else 0
    return [float(p) + wrong * y * float(q) for p, q in zip(w, x, strict=True)], b + wrong * y


@right("neuron.batch")
def heaviside(X, w, b):
    return np.heaviside(X @ w + b, 0)


@right("neuron.batch")
def batch_as_list(X, w, b):
    return [1.0 if sum(p * q for p, q in zip(row, w, strict=True)) + b > 0 else 0.0 for row in X]


@right("neuron.bound")
def bound_with_ones(X, y, w, b):
    X1 = np.hstack([X, np.ones((len(X), 1))])
    w1 = np.append(w, b)
    R = np.linalg.norm(X1, axis=1).max()
    gamma = np.min(X1 @ w1 * y) / np.linalg.norm(w1)
    return R**2 / gamma**2, R, gamma


@right(A + "sigmoid")
def sigmoid_by_tanh(z):
    a = (1 + np.tanh(z / 2)) / 2
    return a, a - a * a


@right(A + "sigmoid")
def sigmoid_of_scipy(z):
    from scipy.special import expit

    return expit(z), expit(z) * expit(-z)


@right(A + "tanh")
def tanh_slope_by_cosh(z):
    return np.tanh(z), 1 / np.cosh(np.clip(z, -300, 300)) ** 2


@right(A + "leaky_relu")
def leaky_by_sum(z, leak):
    up = (z > 0).astype(float)
    return z * up + leak * z * (1 - up), up + leak * (1 - up)


@right(A + "gelu")
def gelu_of_torch(z):
    import torch

    return torch.nn.functional.gelu(torch.as_tensor(z), approximate="tanh").numpy()


@right(A + "softmax")
def softmax_of_scipy(z):
    from scipy.special import softmax

    return softmax(z, axis=1)


@right(A + "softmax")
def softmax_of_torch(z):
    import torch

    return torch.tensor(z, requires_grad=True).softmax(dim=1).detach()


@right(A + "softmax")
def softmax_as_lists(z):
    rows = []
    for row in z.tolist():
        top = max(row)
        e = [math.exp(v - top) for v in row]
        rows.append([v / sum(e) for v in e])
    return rows


@right(A + "softmax")
def softmax_in_logs(z):
    return np.exp(z - np.logaddexp.reduce(z, axis=1, keepdims=True))


@right(A + "softmax_jacobian")
def jacobian_by_loop(z):
    p = np.exp(z - max(z))
    p = p / sum(p)
    C = len(z)
    return [[p[i] * ((i == j) - p[j]) for j in range(C)] for i in range(C)]


@right(A + "mse")
def mse_by_loop(p, y):
    loss, grad = 0.0, []
    for a, b in zip(p, y, strict=True):
        loss += (a - b) * (a - b) / len(p)
        grad.append(2 * (a - b) / len(p))
    return loss, grad


@right(A + "mae")
def mae_by_torch(p, y):
    import torch

    q = torch.tensor(p, requires_grad=True)
    loss = (q - torch.tensor(y)).abs().mean()
    loss.backward()
    return loss.item(), q.grad.numpy()


@right(A + "hinge")
def hinge_by_loop(s, y):
    parts = [max(0.0, 1 - b * a) for a, b in zip(s, y, strict=True)]
    grad = [(-b if part > 0 else 0.0) / len(s) for part, b in zip(parts, y, strict=True)]
    return sum(parts) / len(s), grad


@right(A + "cross_entropy")
def cross_entropy_of_torch(z, y):
    import torch

    z = torch.tensor(z, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(z, torch.as_tensor(y).long())
    loss.backward()
    return float(loss), z.grad


@right(A + "cross_entropy")
def cross_entropy_by_logsumexp(z, y):
    logs = z - np.logaddexp.reduce(z, axis=1)[:, None]
    onehot = (np.arange(z.shape[1]) == y[:, None]).astype(float)
    return -np.einsum("nc,nc->", onehot, logs) / len(z), (np.exp(logs) - onehot) / len(z)


@right(A + "temperature")
def temperature_by_root_finding(z, y):
    from scipy.optimize import brentq
    from scipy.special import softmax

    picked = z[np.arange(len(z)), y]

    def slope(log_beta):
        p = softmax(np.exp(log_beta) * z, axis=1)
        return np.mean((p * z).sum(axis=1) - picked)

    return float(np.exp(-brentq(slope, -6.9, 6.9, xtol=1e-12)))


@right(A + "kl")
def kl_of_scipy(p, q):
    from scipy.special import rel_entr

    return rel_entr(p, q).sum()


@right(A + "kl")
def kl_by_loop(p, q):
    return sum(a * (math.log(a) - math.log(b)) for a, b in zip(p, q, strict=True) if a)


@right("mlp.forward")
def forward_by_einsum(X, W1, b1, W2, b2):
    a = np.tanh(np.einsum("bd,dh->bh", X, W1) + b1[None, :])
    return np.einsum("bh,hc->bc", a, W2) + b2[None, :]


@right("mlp.forward")
def forward_by_rows(X, W1, b1, W2, b2):
    return [np.tanh(x @ W1 + b1) @ W2 + b2 for x in X]


@right("mlp.backward")
def backward_by_example(X, a, p, y, W2):
    dW1, db1 = np.zeros((X.shape[1], a.shape[1])), np.zeros(a.shape[1])
    dW2, db2 = np.zeros(W2.shape), np.zeros(W2.shape[1])
    for n in range(len(X)):
        d2 = p[n].copy()
        d2[y[n]] -= 1
        d1 = (W2 @ d2) * (1 - a[n] ** 2)
        dW1 += np.outer(X[n], d1) / len(X)
        db1 += d1 / len(X)
        dW2 += np.outer(a[n], d2) / len(X)
        db2 += d2 / len(X)
    return dW1, db1, dW2, db2


@right("mlp.gradcheck")
def gradcheck_put_back(f, w, h):
    w = np.array(w, dtype=float)
    g = np.zeros_like(w)
    flat, out = w.reshape(-1), g.reshape(-1)
    for i in range(flat.size):
        old = flat[i]
        flat[i] = old + h
        up = f(w)
        flat[i] = old - h
        out[i] = (up - f(w)) / (2 * h)
        flat[i] = old
    return g


@right("autodiff.backward")
def backward_forward_mode(x, tape):
    n, grads = len(x) + len(tape), []
    for k in range(n):
        values, d = list(x), [0.0] * len(x)
        if k < len(x):
            d[k] = 1.0
        for m, (op, i, j) in enumerate(tape, start=len(x)):
            a, b = values[i], values[j]
            values.append(a + b if op == "add" else a - b if op == "sub" else a * b)
            slope = d[i] * b + d[j] * a if op == "mul" else d[i] + (1 if op == "add" else -1) * d[j]
            d.append(1.0 if m == k else slope)
        grads.append(d[-1])
    return grads


@right("autodiff.unbroadcast")
def unbroadcast_at_once(g, shape):
    full = (1,) * (g.ndim - len(shape)) + tuple(shape)
    axes = tuple(k for k in range(g.ndim) if full[k] == 1)
    return g.sum(axis=axes, keepdims=True).reshape(shape)
