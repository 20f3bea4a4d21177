"""Exercises of chapter 5: momentum, Nesterov, RMSProp, Adam, and the scale of the first weights."""

import math

import numpy as np

from byhand.exercises.checker.declare import exercise, special
from byhand.exercises.topics.cases import normal


def momentum_cases(rng):
    yield np.array([1.0]), np.array([0.0]), np.array([2.0]), 0.1, 0.5
    yield np.array([1.0]), np.array([3.0]), np.array([2.0]), 0.1, 0.5
    for size in (2, 3, 4, 5) * 4:
        yield (
            normal(rng, size),
            normal(rng, size),
            normal(rng, size),
            float(rng.uniform(0.05, 0.5)),
            float(rng.choice([0.5, 0.7, 0.9])),
        )
    yield normal(rng, 2, 3), normal(rng, 2, 3), normal(rng, 2, 3), 0.3, 0.9


@exercise(
    "optimisation.momentum_step",
    trains="momentum, velocity as a sum",
    kind="derive and code",
    task="""
    momentum_step(w, v, g, lr, mu) -> (w, v): one step with momentum, equation (5.3), the velocity
    a sum of gradients (not their average). Arrays of one shape; the arguments must stay as they
    are.
    """,
    outputs=("w", "v"),
    cases=momentum_cases,
    variants=(
        lambda w, v, g, lr, mu: (w - lr * mu * v - lr * g, v * mu + g),
        lambda w, v, g, lr, mu: (
            np.reshape(
                [a - lr * (mu * b + c) for a, b, c in zip(w.flat, v.flat, g.flat, strict=True)],
                w.shape,
            ),
            np.add(np.multiply(mu, v), g),
        ),
    ),
    hints=(
        "The velocity is a fading sum of all gradients so far.",
        "v <- mu v + g;  w <- w - lr v, with the new v.",
        "v = mu * v + ...\nw = w - lr * ...\nreturn w, v",
    ),
    mistakes=r"""
    average | mu * v + g -> mu * v + (1 - mu) * g | A different convention: your v is an average, mu
        v + (1 - mu) g; the task's v is a sum, mu v + g.
    old_velocity | `    v = mu * v + g\n    w = w - lr * v\n` -> `    w = w - lr * v\n    v = mu * v
        + g\n` | w moves by the old velocity; update v first, then use the new one.
    no_memory | mu * v + g -> g | The velocity is started afresh at each step: mu v is missing.
    gradient_step | lr * v -> lr * g | w moves by the gradient; it moves by the velocity v.
    ascent | w - lr * v -> w + lr * v | The step goes uphill: w - lr v.
    no_lr | lr * v -> v | The learning rate is missing.
    mu_on_g | mu * v + g -> v + mu * g | mu multiplies the old velocity, not the gradient.
    minus_g | mu * v + g -> mu * v - g | The gradient is added to v; the minus comes with w - lr v.
    lr_inside | `    v = mu * v + g\n    w = w - lr * v\n` -> `    v = mu * v + lr * g\n    w = w -
        v\n` | A different convention: you put the learning rate inside the velocity; the task's v
        is mu v + g.
    no_mu | mu * v -> v | The factor mu is missing: old gradients would never fade.
    nesterov | w - lr * v -> w - lr * (g + mu * v) | That is Nesterov's step, w - lr (g + mu v);
        plain momentum moves by the velocity alone, w - lr v.
    minus_lr | `    v = mu * v + g\n    w = w - lr * v\n` -> `    v = mu * v - lr * g\n    w = w +
        v\n` | A different convention: you take v = mu v - lr g and w + v; the task has v = mu v + g
        and w - lr v.
    shares_swapped | mu * v + g -> (1 - mu) * v + mu * g |
        mu and 1 are exchanged: mu multiplies the old velocity, the new gradient counts whole.
    lr_twice | mu * v + g -> mu * v + lr * g | The learning rate enters once, in w - lr v.
    one_minus_mu | mu * v + g -> (1 - mu) * v + g | The old velocity keeps the share mu, not 1 - mu.
    """,
)
def momentum_step(w, v, g, lr, mu):
    v = mu * v + g
    w = w - lr * v
    return w, v


def cubic(w):
    """the function w -> w^3"""
    return w**3


def slanted(w):
    """the function w -> 2 w + w^2 + 1"""
    return 2 * w + w * w + 1


def waves(w):
    """the function w -> sin(2 w) + w"""
    return np.sin(2 * w) + w


def nesterov_cases(rng):
    yield np.array([1.0]), np.array([1.0]), cubic, 0.5, 0.5
    for size in (2, 3, 4, 5) * 2:
        for gradient in (cubic, slanted, waves):
            yield (
                normal(rng, size, scale=0.8),
                normal(rng, size, scale=0.8),
                gradient,
                float(rng.uniform(0.1, 0.6)),
                float(rng.choice([0.5, 0.7, 0.9])),
            )


@exercise(
    "optimisation.nesterov_step",
    trains="where the gradient is taken",
    task="""
    nesterov_step(w, v, gradient, lr, mu) -> (w, v): look ahead, then correct. gradient is a
    function; take it at w - lr mu v, the point that the old velocity alone would reach: v <- mu v
    + gradient(w - lr mu v); w <- w - lr v.
    """,
    outputs=("w", "v"),
    cases=nesterov_cases,
    variants=(
        lambda w, v, gradient, lr, mu: (
            w - lr * (mu * v + gradient(w - lr * (mu * v))),
            mu * v + gradient(w - (mu * lr) * v),
        ),
        lambda w, v, gradient, lr, mu: (lambda ahead, slope: (ahead - lr * slope, mu * v + slope))(
            w - lr * mu * v, gradient(w - lr * mu * v)
        ),
    ),
    hints=(
        "Momentum takes the gradient where it stands; Nesterov where it is about to be.",
        "v <- mu v + g(w - lr mu v);  w <- w - lr v.",
        "ahead = w - ...\nv = mu * v + gradient(ahead)\nreturn w - lr * v, v",
    ),
    mistakes=r"""
    plain | ahead = w - lr * mu * v -> ahead = w |
        That is plain momentum: the gradient is taken at w, not at the point ahead.
    plus | w - lr * mu * v -> w + lr * mu * v | The point ahead lies the wrong way: w - lr mu v.
    no_lr | w - lr * mu * v -> w - mu * v |
        The learning rate is missing in the look-ahead: w - lr mu v.
    no_mu | w - lr * mu * v -> w - lr * v | mu is missing in the look-ahead: w - lr mu v.
    from_ahead | return w - lr * v -> return ahead - lr * v |
        The step starts from w, not from the point ahead (the velocity contains that move already).
    ascent | return w - lr * v -> return w + lr * v | The step goes uphill: w - lr v.
    average | gradient(ahead) -> (1 - mu) * gradient(ahead) |
        A different convention: your v is an average, with (1 - mu) g; the task's v is mu v + g.
    no_memory | mu * v + gradient -> gradient | mu v is missing in the new velocity.
    minus_lr | `    v = mu * v + gradient(ahead)\n    return w - lr * v, v` -> `    v = mu * v - lr
        * gradient(ahead)\n    return w + v, v` | A different convention: you take v = mu v - lr
        gradient and w + v; the task has v = mu v + gradient and w - lr v.
    lr_inside | `    v = mu * v + gradient(ahead)\n    return w - lr * v, v` -> `    v = mu * v + lr
        * gradient(ahead)\n    return w - v, v` | A different convention: you put the learning rate
        inside the velocity; the task's v is mu v + gradient.
    gradient_step | return w - lr * v, v -> return w - lr * gradient(ahead), v |
        w moves by the velocity v, not by the gradient alone.
    old_velocity | `    v = mu * v + gradient(ahead)\n    return w - lr * v, v` -> `    return w -
        lr * v, mu * v + gradient(ahead)` | w moves by the new velocity, not by the old one.
    returns_ahead | return w - lr * v, v -> return ahead, v |
        You return the point ahead; the new w is asked for.
    step_lr | return w - lr * v -> return w - v | The learning rate is missing in the step.
    torch_form | ahead = w - lr * mu * v -> ahead = w ;; return w - lr * v -> return w - lr *
        (gradient(ahead) + mu * v) | A different convention (PyTorch's): you take the gradient g at
        w and step by lr (g + mu v); the task takes it at the point ahead.
    """,
)
def nesterov_step(w, v, gradient, lr, mu):
    ahead = w - lr * mu * v
    v = mu * v + gradient(ahead)
    return w - lr * v, v


def adam_cases(rng):
    yield special(
        "first step",
        np.array([1.0]),
        np.array([0.0]),
        np.array([0.0]),
        np.array([2.0]),
        1,
        0.1,
        0.9,
        0.99,
        0.01,
    )
    for size, t in [(2, 1), (3, 2), (4, 3), (5, 10)] * 5:
        b1, b2 = float(rng.choice([0.5, 0.8, 0.9])), float(rng.choice([0.95, 0.98]))
        m, v = (
            (normal(rng, size), rng.uniform(0.2, 4, size))
            if t > 1
            else (np.zeros(size), np.zeros(size))
        )
        yield (
            normal(rng, size),
            m,
            v,
            normal(rng, size),
            t,
            float(rng.uniform(0.05, 0.3)),
            b1,
            b2,
            float(rng.uniform(0.01, 0.1)),
        )


def adam_by_loop(w, m, v, g, t, lr, beta1, beta2, eps):
    out = []
    for a, b, c, d in zip(w, m, v, g, strict=True):
        b, c = b * beta1 + d * (1 - beta1), c * beta2 + d * d * (1 - beta2)
        out.append((a - lr * (b / (1 - beta1**t)) / (math.sqrt(c / (1 - beta2**t)) + eps), b, c))
    return [list(column) for column in zip(*out, strict=True)]


def adam_rescaled(w, m, v, g, t, lr, beta1, beta2, eps):
    m = m + (1 - beta1) * (g - m)
    v = v + (1 - beta2) * (g * g - v)
    root = np.sqrt(1 - beta2**t)
    return w - lr * root / (1 - beta1**t) * m / (np.sqrt(v) + eps * root), m, v


@exercise(
    "optimisation.adam_step",
    trains="Adam from its equations",
    kind="derive and code",
    task="""
    adam_step(w, m, v, g, t, lr, beta1, beta2, eps) -> (w, m, v): one step of Adam (Kingma and Ba
    2015), its two running means and then (5.7), step t = 1, 2, ...; eps is added to the root of
    the corrected v. Return m and v as they are kept, uncorrected.
    """,
    shapes={"w": "D"},
    outputs=("w", "m", "v"),
    cases=adam_cases,
    variants=(adam_by_loop, adam_rescaled),
    hints=(
        "Two fading averages: of the gradient and of its square. Both start at 0, so early on "
        "they are too small.",
        "m_hat = m / (1 - beta1^t);  v_hat = v / (1 - beta2^t);  w <- w - lr m_hat / "
        "(sqrt(v_hat) + eps).",
        "m = beta1 * m + (1 - beta1) * g\n"
        "v = ...\n"
        "m_hat, v_hat = m / (1 - beta1**t), ...\n"
        "return w - lr * ..., m, v",
    ),
    mistakes=r"""
    no_correction | m / (1 - beta1**t) -> m ;; v / (1 - beta2**t) -> v |
        The bias correction is missing: m and v start at 0, so the first steps come out wrong.
    m_uncorrected | m / (1 - beta1**t) -> m | m is not corrected: divide it by 1 - beta1^t.
    v_uncorrected | v / (1 - beta2**t) -> v | v is not corrected: divide it by 1 - beta2^t.
    betas_swapped | `beta1 * m + (1 - beta1) * g\n` -> `beta2 * m + (1 - beta2) * g\n` ;; beta2 * v
        + (1 - beta2) * g**2 -> beta1 * v + (1 - beta1) * g**2 ;; m / (1 - beta1**t) -> m / (1 -
        beta2**t) ;; v / (1 - beta2**t) -> v / (1 - beta1**t) |
        beta1 and beta2 are exchanged: beta1 belongs to m, beta2 to v.
    corrections_swapped | m / (1 - beta1**t) -> m / (1 - beta2**t) ;; v / (1 - beta2**t) -> v / (1 -
        beta1**t) | The corrections are exchanged: m is divided by 1 - beta1^t, v by 1 - beta2^t.
    no_root | np.sqrt(v_hat) -> v_hat | The square root of v_hat is missing.
    eps_inside | np.sqrt(v_hat) + eps -> np.sqrt(v_hat + eps) |
        eps stands outside the square root: sqrt(v_hat) + eps.
    no_eps | np.sqrt(v_hat) + eps -> np.sqrt(v_hat) | eps is missing in the denominator.
    corrected_stored | eps), m, v -> eps), m_hat, v_hat | You return the corrected moments; the next
        step needs m and v as they were before the correction.
    ascent | w - lr -> w + lr | The step goes uphill: w - lr ...
    not_squared | g**2 -> g | v averages g^2; yours averages g.
    abs_v | g**2 -> np.abs(g) | v averages g^2; yours averages |g|.
    from_zero | m / (1 - beta1**t) -> m / (1 - beta1 ** (t - 1)) ;; v / (1 - beta2**t) -> v / (1 -
        beta2 ** (t - 1)) | The correction uses t - 1; t counts from 1.
    one_later | m / (1 - beta1**t) -> m / (1 - beta1 ** (t + 1)) ;; v / (1 - beta2**t) -> v / (1 -
        beta2 ** (t + 1)) | The correction uses t + 1; t counts from 1 already.
    times_t | m / (1 - beta1**t) -> m / (1 - beta1 * t) ;; v / (1 - beta2**t) -> v / (1 - beta2 * t)
        | The correction has the power beta^t, not the product beta t.
    sum | `+ (1 - beta1) * g\n` -> `+ g\n` ;; + (1 - beta2) * g**2 -> + g**2 |
        m and v are averages: the new gradient is weighted by 1 - beta.
    gradient_for_m | lr * m_hat -> lr * g | The step uses the gradient; it uses its average m_hat.
    m_squared | g**2 -> m**2 | v averages the square of the gradient, not of m.
    bracket | m_hat / (np.sqrt(v_hat) + eps) -> m_hat / np.sqrt(v_hat) + eps |
        Brackets: m_hat / (sqrt(v_hat) + eps). Without them eps is added after the division.
    bracket_outside | lr * m_hat / (np.sqrt(v_hat) + eps) -> lr * (m_hat / np.sqrt(v_hat) + eps) |
        The brackets end too late or too early: only m_hat is divided, lr stands in front, and eps
        is in the denominator.
    power_of_all | m / (1 - beta1**t) -> m / (1 - beta1) ** t ;; v / (1 - beta2**t) -> v / (1 -
        beta2) ** t | The power belongs to beta: 1 - beta^t, not (1 - beta)^t.
    no_power | m / (1 - beta1**t) -> m / (1 - beta1) ;; v / (1 - beta2**t) -> v / (1 - beta2) |
        The correction has the power t: 1 - beta^t.
    times_correction | m / (1 - beta1**t) -> m * (1 - beta1**t) ;; v / (1 - beta2**t) -> v * (1 -
        beta2**t) | The moments are divided by 1 - beta^t, not multiplied.
    no_lr | lr * m_hat -> m_hat | The learning rate is missing.
    old_moments | m / (1 - beta1**t), v / (1 - beta2**t) -> (m - (1 - beta1) * g) / beta1 / (1 -
        beta1**t), (v - (1 - beta2) * g**2) / beta2 / (1 - beta2**t) |
        The step uses the moments before their update.
    shares_swapped | `beta1 * m + (1 - beta1) * g\n` -> `(1 - beta1) * m + beta1 * g\n` ;; beta2 * v
        + (1 - beta2) * g**2 -> (1 - beta2) * v + beta2 * g**2 |
        beta and 1 - beta are exchanged: beta keeps the old average.
    bracket_step | m_hat / (np.sqrt(v_hat) + eps) -> m_hat / np.sqrt(v_hat) - eps | Brackets: the
        quotient is m_hat / (sqrt(v_hat) + eps). Without them eps is added to the whole step.
    """,
)
def adam_step(w, m, v, g, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def rmsprop_cases(rng):
    yield np.array([1.0]), np.array([1.0]), np.array([2.0]), 0.1, 0.5, 0.01
    for size in (2, 3, 4, 5) * 5:
        yield (
            normal(rng, size),
            rng.uniform(0.2, 4, size),
            normal(rng, size),
            float(rng.uniform(0.05, 0.5)),
            float(rng.choice([0.5, 0.8, 0.9])),
            float(rng.uniform(0.01, 0.1)),
        )


@exercise(
    "optimisation.rmsprop_step",
    trains="the new average, and the root outside",
    task="""
    rmsprop_step(w, s, g, lr, rho, eps) -> (w, s): s <- rho s + (1 - rho) g^2; w <- w - lr g /
    (sqrt(s) + eps), with the new s.
    """,
    shapes={"w": "D"},
    outputs=("w", "s"),
    cases=rmsprop_cases,
    variants=(
        lambda w, s, g, lr, rho, eps: (
            w - lr * g / (eps + (s + (1 - rho) * (g * g - s)) ** 0.5),
            s + (1 - rho) * (g * g - s),
        ),
        lambda w, s, g, lr, rho, eps: list(
            zip(
                *[
                    (
                        a - lr * c / (math.sqrt(rho * b + (1 - rho) * c * c) + eps),
                        rho * b + (1 - rho) * c * c,
                    )
                    for a, b, c in zip(w, s, g, strict=True)
                ],
                strict=True,
            )
        ),
    ),
    hints=(
        "Each weight divides its step by the typical size of its own gradient.",
        "s <- rho s + (1 - rho) g^2;  w <- w - lr g / (sqrt(s) + eps).",
        "s = rho * s + (1 - rho) * ...\nreturn w - lr * g / (...), s",
    ),
    mistakes=r"""
    no_root | np.sqrt(s) -> s | The square root is missing: divide by sqrt(s) + eps.
    eps_inside | np.sqrt(s) + eps -> np.sqrt(s + eps) |
        eps stands outside the square root: sqrt(s) + eps.
    no_eps | np.sqrt(s) + eps -> np.sqrt(s) | eps is missing in the denominator.
    old_s | `    s = rho * s + (1 - rho) * g**2\n    return w - lr * g / (np.sqrt(s) + eps), s` ->
        `    old, s = s, rho * s + (1 - rho) * g**2\n    return w - lr * g / (np.sqrt(old) + eps),
        s` | You divide by the old s; update s first.
    not_squared | g**2 -> g | s averages g^2; yours averages g.
    rho_swapped | rho * s + (1 - rho) * g**2 -> (1 - rho) * s + rho * g**2 |
        rho and 1 - rho are exchanged: rho keeps the old s.
    sum | (1 - rho) * g**2 -> g**2 | s is an average: g^2 is weighted by 1 - rho.
    ascent | w - lr -> w + lr | The step goes uphill: w - lr ...
    no_division | ` / (np.sqrt(s) + eps)` -> `` |
        The division by sqrt(s) + eps is missing: that is plain gradient descent.
    bracket | / (np.sqrt(s) + eps) -> / np.sqrt(s) + eps |
        Brackets: g / (sqrt(s) + eps). Without them eps is added after the division.
    abs_s | g**2 -> np.abs(g) | s averages g^2; yours averages |g|.
    no_lr | lr * g -> g | The learning rate is missing.
    sign | lr * g -> lr * np.sign(g) | You step by the sign of g; it is g that is divided.
    s_for_g | lr * g -> lr * s | The step divides g, not s.
    squared_step | lr * g / -> lr * g**2 / | The step has g itself, not g^2.
    bracket_step | / (np.sqrt(s) + eps) -> / np.sqrt(s) - eps |
        Brackets: g / (sqrt(s) + eps). Without them eps is added to the whole step.
    """,
)
def rmsprop_step(w, s, g, lr, rho, eps):
    s = rho * s + (1 - rho) * g**2
    return w - lr * g / (np.sqrt(s) + eps), s


@exercise(
    "optimisation.first_adam_step",
    trains="Adam's bias correction, seen in one step",
    task="""
    Adam with lr = 0.001, beta1 = 0.9, beta2 = 0.999 and eps = 0 starts at w with m = v = 0; its
    first gradient is g = 250. How long is the first step |w_1 - w_0|? To three digits.
    """,
    tolerance=2e-3,
    variants=(lambda: 0.001, lambda: np.float64(1e-3)),
    why="""
    At t = 1 the correction gives m_hat = g and v_hat = g^2, so the step is lr g / sqrt(g^2) = lr:
    the size of g drops out.
    """,
    hints=(
        "Put t = 1 into the formulas: what is m_hat, what is v_hat?",
        "At t = 1: m = (1 - beta1) g and m_hat = m / (1 - beta1); v and v_hat likewise, with "
        "g^2 and beta2.",
        "lr * g / sqrt(...)",
    ),
    mistakes="""
    no_correction | = 0.001 * 0.1 / math.sqrt(0.001) |
        That is the step without bias correction: 0.1 g / sqrt(0.001 g^2) = 3.16 times too long.
    plain | = 0.25 | 0.25 = lr g is the step of plain gradient descent; Adam divides by sqrt(v_hat).
    m_uncorrected | = 0.0001 | 0.0001 is a tenth of the step: you correct v but not m.
    no_root | = 0.001 / 250 | lr / g comes out if the square root of v_hat is forgotten.
    m_alone | = 0.1 * 250 * 0.001 | 0.025 is lr times 0.1 g: m is not corrected, and the division by
        sqrt(v_hat) is missing.
    """,
)
def first_adam_step():
    return 0.001


@exercise(
    "optimisation.init_scale",
    trains="the size of the starting weights",
    task="""
    A ReLU layer sees 200 inputs. Which standard deviation do He et al. (2015) give its weights,
    so that the size of the signal stays the same from layer to layer? Two digits after the point.
    """,
    tolerance=0.02,
    variants=(lambda: 0.1, lambda: np.sqrt(2 / 200)),
    why="""
    ReLU halves the mean square, so n Var(w) / 2 = 1: Var(w) = 2 / 200, and the deviation is its
    root, 0.1.
    """,
    hints=(
        "A sum of n independent terms has n times the variance of one.",
        "n terms give n Var(w) times the mean square of the inputs, and ReLU has halved that "
        "mean square.",
        "Var(w) = ... / n; the standard deviation is its square root.",
    ),
    mistakes="""
    variance | = 0.01 | 0.01 is the variance 2/n; the standard deviation is its root.
    xavier | = math.sqrt(1 / 200) | sqrt(1/n) = 0.07 keeps the size in a linear (or tanh) layer;
        ReLU loses half and needs sqrt(2/n).
    one_over_n | = 0.005 | 1/n is too small: it is the variance for a linear layer.
    two_n | = math.sqrt(2 * 200) | The 200 stands under the root, in the denominator: sqrt(2/200).
    wrong_n | = math.sqrt(2 / 100) | 0.14 is sqrt(2/100), or twice 0.07; n counts the inputs, and
        the 2 stands under the root.
    """,
)
def init_scale():
    return math.sqrt(2 / 200)
