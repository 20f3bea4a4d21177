"""Wrong answers of chapter 16: layer normalisation and label smoothing."""

import numpy as np

from attacks.table import wrong

T = "transformer."


def norm(x, gamma, beta, eps, axis=-1, ddof=0, scale=None):
    mean, var = x.mean(axis=axis, keepdims=True), x.var(axis=axis, keepdims=True, ddof=ddof)
    return gamma * (x - mean) / (np.sqrt(var + eps) if scale is None else scale(var)) + beta


@wrong(T + "layer_norm", "axis", "batch|axis|each token")
def over_the_batch(x, gamma, beta, eps):
    return norm(x, gamma, beta, eps, axis=0)


@wrong(T + "layer_norm", "axis", "sentence|token|whole|sequence|axis|each")
def over_the_sentence(x, gamma, beta, eps):
    return norm(x, gamma, beta, eps, axis=(1, 2))


@wrong(T + "layer_norm", "misread", "eps|outside|inside|root")
def eps_outside(x, gamma, beta, eps):
    return norm(x, gamma, beta, eps, scale=lambda var: np.sqrt(var) + eps)


@wrong(T + "layer_norm", "forgotten", "root|sqrt")
def variance_for_deviation(x, gamma, beta, eps):
    return norm(x, gamma, beta, eps, scale=lambda var: var + eps)


@wrong(T + "layer_norm", "order", "gamma|beta|exchang|swap")
def gamma_and_beta_exchanged(x, gamma, beta, eps):
    return norm(x, beta, gamma, eps)


@wrong(T + "layer_norm", "convention", "D - 1|one less|ddof|unbiased")
def divided_by_one_less(x, gamma, beta, eps):
    D = x.shape[-1]
    return norm(x, gamma, beta, eps, scale=lambda var: np.sqrt(var * D / max(D - 1, 1) + eps))


@wrong(T + "layer_norm", "forgotten", "mean|centre|subtract|RMS")
def rms_norm(x, gamma, beta, eps):
    return gamma * x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + eps) + beta


@wrong(T + "layer_norm", "forgotten", "eps|constant")
def no_eps(x, gamma, beta, eps):
    return gamma * (x - x.mean(-1, keepdims=True)) / x.std(-1, keepdims=True) + beta


@wrong(T + "layer_norm", "order", "bracket|beta|after|before")
def beta_inside(x, gamma, beta, eps):
    return gamma * norm(x, 1.0, beta, eps)


def norm_back(dy, x, gamma, eps, mean=True, variance=True, use=True, root=True):
    s = np.sqrt(x.var(axis=1, keepdims=True) + eps)
    x_hat = (x - x.mean(axis=1, keepdims=True)) / s
    g = dy * gamma if use else dy
    dx = g - (g.mean(axis=1, keepdims=True) if mean else 0)
    dx = dx - (x_hat * (g * x_hat).mean(axis=1, keepdims=True) if variance else 0)
    return dx / (s if root else 1), (dy * x_hat).sum(axis=0), dy.sum(axis=0)


B = T + "layer_norm_backward"


@wrong(B, "forgotten", "mean|variance|correction|depend|constant")
def no_corrections(dy, x, gamma, eps):
    return norm_back(dy, x, gamma, eps, mean=False, variance=False)


@wrong(B, "forgotten", "variance")
def no_variance_term(dy, x, gamma, eps):
    return norm_back(dy, x, gamma, eps, variance=False)


@wrong(B, "forgotten", "mean")
def no_mean_term(dy, x, gamma, eps):
    return norm_back(dy, x, gamma, eps, mean=False)


@wrong(B, "forgotten", "gamma")
def no_gamma(dy, x, gamma, eps):
    return norm_back(dy, x, gamma, eps, use=False)


@wrong(B, "forgotten", "sqrt|divi|deviation|sigma|variance")
def dx_not_divided(dy, x, gamma, eps):
    return norm_back(dy, x, gamma, eps, root=False)


@wrong(B, "misread", "x_hat|normalised|dgamma")
def dgamma_with_x(dy, x, gamma, eps):
    dx, _, db = norm_back(dy, x, gamma, eps)
    return dx, (dy * x).sum(axis=0), db


@wrong(B, "misread", "mean|sum|batch")
def parameters_averaged(dy, x, gamma, eps):
    dx, dg, db = norm_back(dy, x, gamma, eps)
    return dx, dg / len(x), db / len(x)


@wrong(B, "order", "order|exchanged|swapped")
def dbeta_first(dy, x, gamma, eps):
    dx, dg, db = norm_back(dy, x, gamma, eps)
    return dx, db, dg


@wrong(B, "axis", "axis|sum|batch")
def parameters_per_row(dy, x, gamma, eps):
    dx, _, _ = norm_back(dy, x, gamma, eps)
    x_hat = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + eps)
    return dx, dy * x_hat, dy


L = T + "label_smoothing"


def log_soft(z):
    s = z - z.max(axis=1, keepdims=True)
    return s - np.log(np.exp(s).sum(axis=1, keepdims=True))


@wrong(L, "convention", "K - 1|other classes|right one included|others")
def shared_by_others(z, y, eps):
    K = z.shape[1]
    one = np.eye(K)[y]
    q = (1 - eps) * one + eps / max(K - 1, 1) * (1 - one)
    return q, -(q * log_soft(z)).sum(axis=1).mean()


@wrong(L, "misread", "eps / K|sums? to|divi|eps to")
def eps_to_each(z, y, eps):
    q = (1 - eps) * np.eye(z.shape[1])[y] + eps
    return q, -(q * log_soft(z)).sum(axis=1).mean()


@wrong(L, "forgotten", "1 - eps|sums? to")
def eps_only_added(z, y, eps):
    q = np.eye(z.shape[1])[y] + eps / z.shape[1]
    return q, -(q * log_soft(z)).sum(axis=1).mean()


@wrong(L, "forgotten", "mean|add up")
def smoothing_sum(z, y, eps):
    q = (1 - eps) * np.eye(z.shape[1])[y] + eps / z.shape[1]
    return q, -(q * log_soft(z)).sum()


@wrong(L, "misread", "classes|entries")
def smoothing_mean_of_all(z, y, eps):
    q = (1 - eps) * np.eye(z.shape[1])[y] + eps / z.shape[1]
    return q, -(q * log_soft(z)).mean()


@wrong(L, "misread", "predict|targets|p |softmax")
def predictions_smoothed(z, y, eps):
    K = z.shape[1]
    one = np.eye(K)[y]
    p = (1 - eps) * np.exp(log_soft(z)) + eps / K
    return (1 - eps) * one + eps / K, -np.log((p * one).sum(axis=1)).mean()


@wrong(L, "forgotten", "hard|one-hot|onehot|smoothed|loss|eps")
def loss_of_the_hard_label(z, y, eps):
    q = (1 - eps) * np.eye(z.shape[1])[y] + eps / z.shape[1]
    return q, -log_soft(z)[np.arange(len(y)), y].mean()


@wrong(L, "misread", "entropy|KL|divergence")
def smoothing_kl(z, y, eps):
    q = (1 - eps) * np.eye(z.shape[1])[y] + eps / z.shape[1]
    return q, (q * (np.log(np.maximum(q, 1e-300)) - log_soft(z))).sum(axis=1).mean()


@wrong(L, "sign", "minus|sign|-1")
def smoothing_without_minus(z, y, eps):
    q = (1 - eps) * np.eye(z.shape[1])[y] + eps / z.shape[1]
    return q, (q * log_soft(z)).sum(axis=1).mean()
