"""Wrong answers of chapter 6: dropout, penalties, weight decay."""

import numpy as np

from attacks.table import wrong

G = "generalisation."


@wrong(G + "dropout", "forgotten", "1 - p|divi|scal|rescal")
def not_scaled(x, keep, p, training):
    return x * keep if training else x.copy()


@wrong(G + "dropout", "misread", r"/ p|by p|1 - p")
def divided_by_p(x, keep, p, training):
    return np.where(keep, x / p if p else x, 0) if training else x.copy()


@wrong(G + "dropout", "sign", "keep|invert|exchanged|wrong units|dropped")
def mask_inverted(x, keep, p, training):
    if not training:
        return x.copy()
    return np.where(keep, 0, x / (1 - p) if p < 1 else 0)


@wrong(G + "dropout", "forgotten", "evaluation|training")
def always_dropping(x, keep, p, training):
    return np.where(keep, x, 0) / (1 - p) if p < 1 else 0 * x


@wrong(G + "dropout", "convention", "evaluation|1 - p|invert|classic|at use")
def scaled_in_evaluation(x, keep, p, training):
    return x * keep if training else x * (1 - p)


@wrong(G + "dropout", "unstable", "p = 1|p is 1|0/0")
def nan_at_one(x, keep, p, training):
    return x * keep / (1 - p) if training else x.copy()


@wrong(G + "dropout_sample", "misread", "1 - p|probability|keep|share")
def drops_the_others(x, p, rng):
    return x * (rng.random(x.shape) < p) / (1 - p)


@wrong(G + "dropout_sample", "state", "rng|seed|same|generator")
def own_seed(x, p, rng):
    rng = np.random.default_rng(0)
    return x * (rng.random(x.shape) >= p) / (1 - p)


@wrong(G + "dropout_sample", "forgotten", "1 - p|divi|scal|mean")
def sample_not_scaled(x, p, rng):
    return x * (rng.random(x.shape) >= p)


@wrong(G + "dropout_sample", "axis", "row|example|unit|on its own|one mask|independen")
def whole_examples_dropped(x, p, rng):
    return x * (rng.random((len(x), 1)) >= p) / (1 - p)


@wrong(G + "dropout_sample", "sampling", "normal|uniform|rng.random")
def normal_numbers(x, p, rng):
    return x * (rng.normal(size=x.shape) >= p) / (1 - p)


@wrong(G + "l2_params", "misread", "bias")
def biases_too(params, lam):
    return lam * sum((array**2).sum() for array in params.values())


@wrong(G + "l2_params", "forgotten", "W2|both|second")
def first_layer_only(params, lam):
    return lam * (params["W1"] ** 2).sum()


@wrong(G + "l2_params", "misread", "root|norm")
def sum_of_norms(params, lam):
    return lam * (np.linalg.norm(params["W1"]) + np.linalg.norm(params["W2"]))


@wrong(G + "l2_params", "factor", "half|1/2|times 0.5")
def half_penalty(params, lam):
    return 0.5 * lam * sum((params[k] ** 2).sum() for k in ("W1", "W2"))


@wrong(G + "l2_params", "misread", "mean|number|average")
def mean_penalty(params, lam):
    return lam * sum((params[k] ** 2).mean() for k in ("W1", "W2"))


@wrong(G + "soft_threshold", "misread", "hard|stay|towards|move|shrink|larger")
def hard_threshold(w, t):
    return np.where(np.abs(w) > t, w, 0.0)


@wrong(G + "soft_threshold", "forgotten", "past|overshoot|crosses")
def past_zero(w, t):
    return w - t * np.sign(w)


@wrong(G + "soft_threshold", "forgotten", "negative|sign|absolute")
def positive_only(w, t):
    return np.maximum(w - t, 0)


@wrong(G + "soft_threshold", "forgotten", "sign|negative")
def sign_lost(w, t):
    return np.maximum(np.abs(w) - t, 0)


@wrong(G + "soft_threshold", "misread", "times|factor|L2|shrinks|share|same amount|multipl")
def shrunk_by_factor(w, t):
    return w * max(0.0, 1 - t)


def adam_parts(m, v, g, t, beta1, beta2):
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
    return m, v, m / (1 - beta1**t), v / (1 - beta2**t)


@wrong(G + "adamw_step", "misread", "L2|gradient|inside|moments|decoupled")
def decay_in_gradient(w, m, v, g, t, lr, beta1, beta2, eps, decay):
    m, v, mh, vh = adam_parts(m, v, g + decay * w, t, beta1, beta2)
    return w - lr * mh / (np.sqrt(vh) + eps), m, v


@wrong(G + "adamw_step", "forgotten", r"\blr\b|learning rate|step size")
def decay_without_lr(w, m, v, g, t, lr, beta1, beta2, eps, decay):
    m, v, mh, vh = adam_parts(m, v, g, t, beta1, beta2)
    return w - lr * mh / (np.sqrt(vh) + eps) - decay * w, m, v


@wrong(G + "adamw_step", "shift", "old w|new w|already|after")
def decay_of_new(w, m, v, g, t, lr, beta1, beta2, eps, decay):
    m, v, mh, vh = adam_parts(m, v, g, t, beta1, beta2)
    w = w - lr * mh / (np.sqrt(vh) + eps)
    return w - lr * decay * w, m, v


@wrong(G + "adamw_step", "sign", "sign|plus|grow|away|minus")
def decay_added(w, m, v, g, t, lr, beta1, beta2, eps, decay):
    m, v, mh, vh = adam_parts(m, v, g, t, beta1, beta2)
    return w - lr * (mh / (np.sqrt(vh) + eps) - decay * w), m, v


@wrong(G + "adamw_step", "forgotten", "decay")
def no_decay(w, m, v, g, t, lr, beta1, beta2, eps, decay):
    m, v, mh, vh = adam_parts(m, v, g, t, beta1, beta2)
    return w - lr * mh / (np.sqrt(vh) + eps), m, v
