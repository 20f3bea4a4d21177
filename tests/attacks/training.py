"""Wrong answers of chapters 2 (cross-entropy, divergence) to 5, as learners write them."""

import numpy as np

from attacks.table import sig, soft, wrong

A = "activations_and_losses."


@wrong(A + "cross_entropy", "forgotten", "1/N|mean|number of examples|divi")
def ce_gradient_of_sum(z, y):
    p = soft(z)
    onehot = np.eye(z.shape[1])[y]
    shifted = z - z.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -(onehot * logs).sum(axis=1).mean(), p - onehot


@wrong(A + "cross_entropy", "sign", "sign|-1|minus")
def ce_gradient_other_way(z, y):
    onehot = np.eye(z.shape[1])[y]
    shifted = z - z.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -(onehot * logs).sum() / len(y), (onehot - soft(z)) / len(y)


@wrong(A + "cross_entropy", "axis", "axis|column")
def ce_over_columns(z, y):
    s = z - z.max(axis=0)
    logs = s - np.log(np.exp(s).sum(axis=0))
    onehot = np.eye(z.shape[1])[y]
    return -(onehot * logs).sum() / len(y), (np.exp(logs) - onehot) / len(y)


@wrong(A + "cross_entropy", "unstable", "overflow|maximum|log.softmax")
def ce_plain(z, y):
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(y)), y]).mean()
    p[np.arange(len(y)), y] -= 1
    return loss, p / len(y)


@wrong(A + "cross_entropy", "unstable", "log|infin|underflow")
def ce_log_of_softmax(z, y):
    p = soft(z)
    return -np.log(p[np.arange(len(y)), y]).mean(), (p - np.eye(z.shape[1])[y]) / len(y)


@wrong(A + "cross_entropy", "misread", "times 1/C|every class|classes")
def ce_mean_over_everything(z, y):
    s = z - z.max(axis=1, keepdims=True)
    logs = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
    onehot = np.eye(z.shape[1])[y]
    return -np.mean(onehot * logs), (np.exp(logs) - onehot) / z.size


@wrong(A + "kl", "order", r"q \|\| p|exchang|swap|wrong way|roles|order")
def kl_other_way(p, q):
    return sum(b * np.log(b / a) if b > 0 and a > 0 else 0.0 for a, b in zip(p, q, strict=True))


@wrong(A + "kl", "sign", "upside|quotient|minus|sign")
def kl_negative(p, q):
    return np.where(p > 0, p * np.log(q / np.where(p > 0, p, 1)), 0).sum()


@wrong(A + "kl", "convention", "bits|base|log2|natural|1.44")
def kl_bits(p, q):
    keep = p > 0
    return np.sum(p[keep] * np.log2(p[keep] / q[keep]))


@wrong(A + "kl", "unstable", "where p is 0|p = 0|zero")
def kl_nan(p, q):
    return np.sum(p * np.log(p / q))


@wrong(A + "kl", "forgotten", "mean")
def kl_mean(p, q):
    return np.mean(np.where(p > 0, p * np.log(np.where(p > 0, p, 1) / q), 0))


@wrong(A + "kl", "misread", "cross-entropy|entropy|log p")
def kl_cross_entropy(p, q):
    return -np.sum(p * np.log(q))


@wrong("mlp.forward", "forgotten", "tanh|activation|linear")
def no_tanh(X, W1, b1, W2, b2):
    return (X @ W1 + b1) @ W2 + b2


@wrong("mlp.forward", "misread", "at the end|no activation")
def tanh_at_the_end(X, W1, b1, W2, b2):
    return np.tanh(np.tanh(X @ W1 + b1) @ W2 + b2)


@wrong("mlp.forward", "forgotten", "b1|bias")
def no_first_bias(X, W1, b1, W2, b2):
    return np.tanh(X @ W1) @ W2 + b2


@wrong("mlp.forward", "misread", "b1|bias|bracket|outside|after")
def bias_after_tanh(X, W1, b1, W2, b2):
    return (np.tanh(X @ W1) + b1) @ W2 + b2


@wrong("mlp.forward", "misread", "sigmoid")
def sigmoid_hidden(X, W1, b1, W2, b2):
    return sig(X @ W1 + b1) @ W2 + b2


@wrong("mlp.forward", "misread", "softmax")
def forward_with_softmax(X, W1, b1, W2, b2):
    return soft(np.tanh(X @ W1 + b1) @ W2 + b2)


def onehot(p, y):
    return np.eye(p.shape[1])[y]


@wrong("mlp.backward", "forgotten", "1/B|mean|number of examples|divi|times")
def gradients_of_the_sum(X, a, p, y, W2):
    d2 = p - onehot(p, y)
    d1 = d2 @ W2.T * (1 - a**2)
    return X.T @ d1, d1.sum(axis=0), a.T @ d2, d2.sum(axis=0)


@wrong("mlp.backward", "forgotten", "tanh|1 - a|slope")
def no_slope(X, a, p, y, W2):
    d2 = (p - onehot(p, y)) / len(y)
    d1 = d2 @ W2.T
    return X.T @ d1, d1.sum(axis=0), a.T @ d2, d2.sum(axis=0)


@wrong("mlp.backward", "misread", "sigmoid|a \\(1 - a\\)|tanh")
def sigmoid_slope(X, a, p, y, W2):
    d2 = (p - onehot(p, y)) / len(y)
    d1 = d2 @ W2.T * a * (1 - a)
    return X.T @ d1, d1.sum(axis=0), a.T @ d2, d2.sum(axis=0)


@wrong("mlp.backward", "misread", "already|tanh\\(a|twice|of a")
def tanh_of_a(X, a, p, y, W2):
    d2 = (p - onehot(p, y)) / len(y)
    d1 = d2 @ W2.T * (1 - np.tanh(a) ** 2)
    return X.T @ d1, d1.sum(axis=0), a.T @ d2, d2.sum(axis=0)


@wrong("mlp.backward", "misread", "bias|mean|sum|twice")
def biases_averaged(X, a, p, y, W2):
    d2 = (p - onehot(p, y)) / len(y)
    d1 = d2 @ W2.T * (1 - a**2)
    return X.T @ d1, d1.mean(axis=0), a.T @ d2, d2.mean(axis=0)


@wrong("mlp.backward", "sign", "sign|-1|minus")
def target_minus_prediction(X, a, p, y, W2):
    d2 = (onehot(p, y) - p) / len(y)
    d1 = d2 @ W2.T * (1 - a**2)
    return X.T @ d1, d1.sum(axis=0), a.T @ d2, d2.sum(axis=0)


@wrong("mlp.backward", "misread", r"p \(1 - p\)|softmax|already|slope of|cancel")
def softmax_slope_again(X, a, p, y, W2):
    d2 = (p - onehot(p, y)) * p * (1 - p) / len(y)
    d1 = d2 @ W2.T * (1 - a**2)
    return X.T @ d1, d1.sum(axis=0), a.T @ d2, d2.sum(axis=0)


@wrong("mlp.backward", "order", "order|exchanged|swapped|dW2")
def last_layer_first(X, a, p, y, W2):
    d2 = (p - onehot(p, y)) / len(y)
    d1 = d2 @ W2.T * (1 - a**2)
    return a.T @ d2, d2.sum(axis=0), X.T @ d1, d1.sum(axis=0)


@wrong("mlp.backward", "transpose", "transpos")
def weights_transposed(X, a, p, y, W2):
    d2 = (p - onehot(p, y)) / len(y)
    d1 = d2 @ W2.T * (1 - a**2)
    return d1.T @ X, d1.sum(axis=0), d2.T @ a, d2.sum(axis=0)


@wrong("mlp.gradcheck", "state", "restore|as before|in place|changes its argument|back")
def not_put_back(f, w, h):
    g = np.zeros(w.shape)
    for i in np.ndindex(w.shape):
        w[i] += h
        up = f(w)
        w[i] -= 2 * h
        g[i] = (up - f(w)) / (2 * h)
    return g


@wrong("mlp.gradcheck", "axis", "flattened|shape of w")
def one_axis_only(f, w, h):
    g = []
    for i in range(w.size):
        e = np.zeros(w.size)
        e[i] = h
        e = e.reshape(w.shape)
        g.append((f(w + e) - f(w - e)) / (2 * h))
    return np.array(g)


@wrong("mlp.gradcheck", "misread", "together|each needs|at once")
def all_at_once(f, w, h):
    return np.ones(w.shape) * (f(w + h) - f(w - h)) / (2 * h)


@wrong("mlp.gradcheck", "sign", "sign|-1|minus")
def down_minus_up(f, w, h):
    g = np.zeros(w.shape)
    for i in np.ndindex(w.shape):
        e = np.zeros(w.shape)
        e[i] = h
        g[i] = (f(w - e) - f(w + e)) / (2 * h)
    return g


@wrong("mlp.gradcheck", "factor", "2 h|2h|twice|times 2|two steps|half")
def over_h(f, w, h):
    g = np.zeros(w.shape)
    for i in np.ndindex(w.shape):
        e = np.zeros(w.shape)
        e[i] = h
        g[i] = (f(w + e) - f(w - e)) / h
    return g


@wrong("mlp.gradcheck", "constant", r"\bh\b|step")
def own_step(f, w, h):
    return over_h(f, w, 1e-5) / 2


def sweep(x, tape, add, back=reversed):
    values = list(x)
    for op, i, j in tape:
        a, b = values[i], values[j]
        values.append(a + b if op == "add" else a - b if op == "sub" else a * b)
    grads = [0.0] * len(values)
    grads[-1] = 1.0
    for k, (op, i, j) in back(list(enumerate(tape))):
        add(grads, op, i, j, grads[len(x) + k], values)
    return np.array(grads)


def slopes(op, i, j, v):
    return {"add": (1, 1), "sub": (1, -1), "mul": (v[j], v[i])}[op]


@wrong("autodiff.backward", "forgotten", r"\+=|add|sum|overwr|replace")
def grads_overwritten(x, tape):
    def add(grads, op, i, j, g, v):
        a, b = slopes(op, i, j, v)
        grads[i] = g * a
        grads[j] = g * b

    return sweep(x, tape, add)


@wrong("autodiff.backward", "sign", "sub|minus|sign")
def sub_as_add(x, tape):
    def add(grads, op, i, j, g, v):
        a, b = slopes(op, i, j, v)
        grads[i] += g * a
        grads[j] += g * abs(b) if op == "sub" else g * b

    return sweep(x, tape, add)


@wrong("autodiff.backward", "misread", "other|factor|mul|exchanged|own")
def own_factor(x, tape):
    def add(grads, op, i, j, g, v):
        a, b = (v[i], v[j]) if op == "mul" else slopes(op, i, j, v)
        grads[i] += g * a
        grads[j] += g * b

    return sweep(x, tape, add)


@wrong("autodiff.backward", "order", "order|backward|last|reverse")
def walked_forward(x, tape):
    def add(grads, op, i, j, g, v):
        a, b = slopes(op, i, j, v)
        grads[i] += g * a
        grads[j] += g * b

    return sweep(x, tape, add, back=iter)


@wrong("autodiff.backward", "misread", "i = j|same node|twice|itself")
def same_node_once(x, tape):
    def add(grads, op, i, j, g, v):
        a, b = slopes(op, i, j, v)
        grads[i] += g * a
        if i != j:
            grads[j] += g * b

    return sweep(x, tape, add)


@wrong("autodiff.backward", "misread", "each node|inputs|length|every node")
def inputs_only(x, tape):
    def add(grads, op, i, j, g, v):
        a, b = slopes(op, i, j, v)
        grads[i] += g * a
        grads[j] += g * b

    return sweep(x, tape, add)[: len(x)]
