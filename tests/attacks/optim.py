"""Wrong answers of chapters 4 to 6 about broadcasting, steps and penalties."""

import numpy as np

from attacks.table import KEPT, wrong

M, G = "optimisation.", "generalisation."


@wrong("autodiff.unbroadcast", "misread", "mean|sum|add")
def copies_averaged(g, shape):
    while g.ndim > len(shape):
        g = g.mean(axis=0)
    for axis, n in enumerate(shape):
        if n == 1:
            g = g.mean(axis=axis, keepdims=True)
    return g


@wrong("autodiff.unbroadcast", "forgotten", "length 1|size 1|axis|axes")
def leading_axes_only(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    return g


@wrong("autodiff.unbroadcast", "forgotten", "keepdims|axis|axes")
def axis_lost(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for axis, n in reversed(list(enumerate(shape))):
        if n == 1:
            g = g.sum(axis=axis)
    return g


@wrong("autodiff.unbroadcast", "misread", "first|sum|add|copy|copies")
def first_copy(g, shape):
    while g.ndim > len(shape):
        g = g[0]
    for axis, n in enumerate(shape):
        if n == 1:
            g = np.take(g, [0], axis=axis)
    return g


@wrong("autodiff.unbroadcast", "axis", "last|front|left|leading|trailing|from the right")
def trailing_axes_summed(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=-1)
    for axis, n in enumerate(shape):
        if n == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


@wrong(M + "momentum_step", "sign", "sign|ascent|uphill|plus|-1|minus")
def momentum_uphill(w, v, g, lr, mu):
    v = mu * v + g
    return w + lr * v, v


@wrong(M + "momentum_step", "forgotten", "new v|before|first")
def old_velocity(w, v, g, lr, mu):
    return w - lr * v, mu * v + g


@wrong(M + "momentum_step", "forgotten", "momentum|velocity|lr g")
def plain_descent(w, v, g, lr, mu):
    return w - lr * g, mu * v + g


@wrong(M + "momentum_step", "forgotten", r"\bmu\b|frict|decay")
def no_friction(w, v, g, lr, mu):
    v = v + g
    return w - lr * v, v


@wrong(M + "momentum_step", "order", "order|exchanged|swapped")
def velocity_first(w, v, g, lr, mu):
    v = mu * v + g
    return v, w - lr * v


@wrong(M + "momentum_step", "state", "in place|changes its argument|copy")
def momentum_in_place(w, v, g, lr, mu):
    v *= mu
    v += g
    w -= lr * v
    return w, v


@wrong(M + "nesterov_step", "forgotten", "look|at w|ahead|momentum")
def gradient_here(w, v, gradient, lr, mu):
    v = mu * v + gradient(w)
    return w - lr * v, v


@wrong(M + "nesterov_step", "forgotten", "lr|step size|learning rate")
def look_ahead_without_lr(w, v, gradient, lr, mu):
    v = mu * v + gradient(w - mu * v)
    return w - lr * v, v


@wrong(M + "nesterov_step", "sign", "behind|back|plus|sign|\\+|minus|wrong way")
def look_behind(w, v, gradient, lr, mu):
    v = mu * v + gradient(w + lr * mu * v)
    return w - lr * v, v


@wrong(M + "nesterov_step", "convention", "PyTorch|convention|at w|form|g \\+ mu")
def torch_form(w, v, gradient, lr, mu):
    g = gradient(w)
    v = mu * v + g
    return w - lr * (g + mu * v), v


@wrong(M + "nesterov_step", "misread", "from|w itself|look|start|moved")
def step_from_ahead(w, v, gradient, lr, mu):
    ahead = w - lr * mu * v
    v = mu * v + gradient(ahead)
    return ahead - lr * v, v


@wrong(M + "nesterov_step", "forgotten", r"\bmu\b|whole velocity")
def look_ahead_without_mu(w, v, gradient, lr, mu):
    v = mu * v + gradient(w - lr * v)
    return w - lr * v, v


@wrong(M + "adam_step", "forgotten", "correct")
def adam_uncorrected(w, m, v, g, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return w - lr * m / (np.sqrt(v) + eps), m, v


@wrong(M + "adam_step", "state", "correct")
def adam_corrected_kept(w, m, v, g, t, lr, beta1, beta2, eps):
    m = (beta1 * m + (1 - beta1) * g) / (1 - beta1**t)
    v = (beta2 * v + (1 - beta2) * g**2) / (1 - beta2**t)
    return w - lr * m / (np.sqrt(v) + eps), m, v


@wrong(M + "adam_step", "shift", r"t \+ 1|step|from 1|one too|correct")
def adam_counts_from_zero(w, m, v, g, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return w - lr * m / (1 - beta1 ** (t + 1)) / (np.sqrt(v / (1 - beta2 ** (t + 1))) + eps), m, v


@wrong(M + "adam_step", "order", "beta1 and beta2|exchanged|swapped|betas")
def adam_betas_exchanged(w, m, v, g, t, lr, beta1, beta2, eps):
    m = beta2 * m + (1 - beta2) * g
    v = beta1 * v + (1 - beta1) * g**2
    return w - lr * m / (1 - beta2**t) / (np.sqrt(v / (1 - beta1**t)) + eps), m, v


@wrong(M + "adam_step", "forgotten", r"square|g\^2|squared")
def adam_no_square(w, m, v, g, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * np.abs(g)
    return w - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@wrong(M + "adam_step", "misread", r"\bt\b|power|beta1\^t|step number|first step")
def adam_without_power(w, m, v, g, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return w - lr * m / (1 - beta1) / (np.sqrt(v / (1 - beta2)) + eps), m, v


@wrong(M + "adam_step", "state", r"\bt\b|hidden|count|between|survives|step number|two different")
def adam_own_counter(w, m, v, g, t, lr, beta1, beta2, eps):
    n = KEPT["calls"] = KEPT.get("calls", 0) + 1
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return w - lr * m / (1 - beta1**n) / (np.sqrt(v / (1 - beta2**n)) + eps), m, v


@wrong(M + "rmsprop_step", "forgotten", "the old s|new s")
def rms_old_average(w, s, g, lr, rho, eps):
    return w - lr * g / (np.sqrt(s) + eps), rho * s + (1 - rho) * g**2


@wrong(M + "rmsprop_step", "forgotten", "root|sqrt")
def rms_no_root(w, s, g, lr, rho, eps):
    s = rho * s + (1 - rho) * g**2
    return w - lr * g / (s + eps), s


@wrong(M + "rmsprop_step", "forgotten", "1 - rho|average|adds up|sum|AdaGrad")
def rms_sum(w, s, g, lr, rho, eps):
    s = rho * s + g**2
    return w - lr * g / (np.sqrt(s) + eps), s


@wrong(M + "rmsprop_step", "order", "exchanged|swapped|rho and 1 - rho|wrong way|1 - rho")
def rms_rho_exchanged(w, s, g, lr, rho, eps):
    s = (1 - rho) * s + rho * g**2
    return w - lr * g / (np.sqrt(s) + eps), s


@wrong(M + "rmsprop_step", "misread", "inside|under the root|eps")
def rms_eps_inside(w, s, g, lr, rho, eps):
    s = rho * s + (1 - rho) * g * g
    return w - lr * g / np.sqrt(s + eps), s


@wrong(G + "l2", "factor", r"factor 2|half|times 0\.5|2 lam|2 w|the 2")
def l2_no_two(W, lam):
    return lam * (W**2).sum(), lam * W


@wrong(G + "l2", "convention", "1/2|half|0.5")
def l2_half(W, lam):
    return lam / 2 * (W**2).sum(), lam * W


@wrong(G + "l2", "misread", "norm|root|sqrt")
def l2_norm(W, lam):
    return lam * np.linalg.norm(W), 2 * lam * W


@wrong(G + "l2", "misread", "mean|number of|average|divi")
def l2_mean(W, lam):
    return lam * np.mean(W**2), 2 * lam * W / W.size


@wrong(G + "l1", "misread", r"sign|\|w\||absolute")
def l1_gradient_absolute(W, lam):
    return lam * np.abs(W).sum(), lam * np.abs(W)


@wrong(G + "l1", "forgotten", r"\blam\b")
def l1_gradient_without_lam(W, lam):
    return lam * np.abs(W).sum(), np.sign(W)


@wrong(G + "l1", "misread", "w = 0|zero|exactly|>=")
def l1_one_at_zero(W, lam):
    return lam * np.abs(W).sum(), np.where(W >= 0, lam, -lam)


@wrong(G + "l1", "forgotten", "absolute|\\|w\\||cancel")
def l1_no_absolute(W, lam):
    return lam * W.sum(), lam * np.sign(W)


@wrong(G + "l1", "misread", "column|axis|norm|row|largest")
def l1_matrix_norm(W, lam):
    return lam * np.linalg.norm(W, 1), lam * np.sign(W)
