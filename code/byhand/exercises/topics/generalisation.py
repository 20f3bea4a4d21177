"""Exercises of chapter 6: dropout, L1 and L2, weight decay."""

import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, special
from byhand.exercises.topics.cases import near, normal, whole
from byhand.exercises.topics.optimisation import adam_cases


def dropout_cases(rng):
    yield np.array([[2.0]]), np.array([[True]]), 0.5, True
    yield special("evaluation", np.array([[1.0, 2.0]]), np.array([[True, False]]), 0.3, False)
    for size, d, p in [(1, 3, 0.3), (2, 3, 0.2), (3, 2, 0.75), (2, 5, 0.1), (4, 3, 0.6)] * 3:
        yield normal(rng, size, d), rng.random((size, d)) >= p, p, True
    for size, d, p in [(3, 4, 0.3), (2, 5, 0.6), (4, 2, 0.2)]:
        yield special("evaluation", normal(rng, size, d), rng.random((size, d)) >= p, p, False)
    for size, d in [(2, 3), (3, 4), (1, 2)]:
        yield special(
            "p = 1: nothing is kept", normal(rng, size, d), np.zeros((size, d), bool), 1.0, True
        )
        yield special(
            "p = 0: everything is kept", normal(rng, size, d), np.ones((size, d), bool), 0.0, True
        )


def dropout_by_loop(x, keep, p, training):
    if not training:
        return x
    return [
        [v / (1 - p) if k else 0.0 for v, k in zip(row, mask, strict=True)]
        for row, mask in zip(x, keep, strict=True)
    ]


@exercise(
    "generalisation.dropout",
    trains="inverted dropout, in training and in evaluation",
    kind="derive and code",
    task="""
    dropout(x, keep, p, training) -> array like x (N, D): inverted dropout with a given mask. keep
    (N, D) is True for the units that stay, p is the probability of dropping one. In training the
    mean over all masks must be x; in evaluation nothing happens. p may be 1 (then keep is False
    everywhere): the answer is 0, not NaN.
    """,
    shapes={"x": "N D"},
    cases=dropout_cases,
    variants=(
        dropout_by_loop,
        lambda x, keep, p, training: (
            np.divide(x, 1 - p, out=np.zeros_like(x), where=keep) if training else x.copy()
        ),
    ),
    hints=(
        "The mean over all masks must be x, so what stays is enlarged.",
        "training: x / (1 - p) where keep, else 0.  evaluation: x.",
        "if not training:\n"
        "    return x\n"
        "scale = 1 / (1 - p) if p < 1 else 0.0\n"
        "return np.where(keep, ..., 0.0)",
    ),
    mistakes=r"""
    no_scale | x * scale -> x |
        The units that stay are not enlarged: without 1/(1 - p) the mean shrinks to 1 - p.
    over_p | 1 / (1 - p) if p < 1 else 0.0 -> 1 / p if p else 0.0 |
        You divide by p; the units that stay make up a share 1 - p, so divide by that.
    times_keep_share | 1 / (1 - p) if p < 1 else 0.0 -> 1 - p |
        You multiply by 1 - p; the units that stay are divided by it.
    in_evaluation | if not training: -> if False: |
        Dropout must be off in evaluation: return x as it is.
    never_active | if not training: -> if True: |
        Dropout is never active: in training units must be dropped.
    scaled_evaluation | `return x\n` -> `return x * (1 - p)\n` |
        In evaluation x stays as it is: the factor was paid in training already.
    nan_at_one | np.where(keep, x * scale, 0.0) -> x * keep / np.float64(1 - p) |
        p = 1 gives 0/0: divide only where something is kept.
    inverted_mask | np.where(keep, x * scale, 0.0) -> np.where(keep, 0.0, x * scale) |
        The mask is turned round: keep is True for the units that stay.
    dropped_stay | x * scale, 0.0 -> x * scale, x | The dropped units keep their value; they are 0.
    one_row | np.where(keep, -> np.where(keep[:1], |
        One mask is used for the whole batch (the first row's); each example has its own.
    root | 1 / (1 - p) if -> 1 / np.sqrt(1 - p) if | The factor is 1/(1 - p), not its square root.
    over_p_or_one | 1 / (1 - p) if p < 1 else 0.0 -> 1 / p if p else 1.0 | You divide by p; the
        units that stay make up a share 1 - p, so divide by that.
    over_p_plain | 1 / (1 - p) if p < 1 else 0.0 -> 1 / np.float64(p) | You divide by p; the units
        that stay make up a share 1 - p, so divide by that.
    """,
    equivalent={
        "0.0 -> 1.0": "the scale at p = 1 multiplies nothing: no unit is kept",
    },
)
def dropout(x, keep, p, training):
    if not training:
        return x
    scale = 1 / (1 - p) if p < 1 else 0.0
    return np.where(keep, x * scale, 0.0)


def sampled_cases(rng):
    for p in (0.3, 0.5, 0.8, 0.25):
        yield normal(rng, 40, 60), p, np.random.default_rng(int(rng.integers(1000)))


def _kept(f, x, p, rng, calls=10):
    """Which units stay, call after call: (calls, N, D)."""
    return np.stack([f(x, p, rng) != 0 for _ in range(calls)])


def each_zero_or_enlarged(f, x, p, rng):
    out = f(x, p, rng)
    return near(out, np.where(out != 0, x / (1 - p), 0))


def right_share(f, x, p, rng):
    return abs(_kept(f, x, p, rng).mean() - (1 - p)) < 0.025


def every_row_and_column(f, x, p, rng):
    kept = _kept(f, x, p, rng)
    return all(np.abs(kept.mean(axis=axes) - (1 - p)).max() < 0.17 for axes in ((0, 2), (0, 1)))


def own_draws(f, x, p, rng):
    """No two rows, no two columns and no two calls go together; the number that stays varies."""
    kept = (_kept(f, x, p, rng) - (1 - p)) / np.sqrt(p * (1 - p))
    for axis in (0, 1, 2):
        z = np.moveaxis(kept, axis, 0).reshape(kept.shape[axis], -1)
        together = z @ z.T / z.shape[1]
        if np.abs(together - np.diag(np.diag(together))).max() > 0.45:
            return False
    return bool(kept.sum(axis=2).var() > 30 and kept.sum(axis=1).var() > 20)


def uses_rng(f, x, p, rng):
    twin = np.random.default_rng(5)
    first, second = f(x, p, np.random.default_rng(5)), f(x, p, twin)
    return np.array_equal(first, second) and not np.array_equal(first, f(x, p, twin))


def exact_share(shape, p, rng):  # a wrong way to draw: so many of each row, no more, no less
    keep = np.ones(shape)
    for row in keep:
        row[rng.permutation(len(row))[: round(p * len(row))]] = 0
    return keep


@exercise(
    "generalisation.dropout_sample",
    trains="a mask for each unit of each example",
    task="""
    dropout_sample(x, p, rng) -> array like x (N, D): inverted dropout in training that draws its
    own mask from the NumPy Generator rng. Each unit of each example is dropped with probability p
    < 1, on its own.
    """,
    shapes={"x": "N D"},
    exact=False,
    cases=sampled_cases,
    variants=(
        lambda x, p, rng: x * rng.binomial(1, 1 - p, x.shape) / (1 - p),
        lambda x, p, rng: np.where(rng.uniform(size=x.shape) < 1 - p, x / (1 - p), 0.0),
    ),
    properties=(
        Property("each number of the output is 0 or x / (1 - p)", each_zero_or_enlarged),
        Property("a share of 1 - p of the units stays", right_share),
        Property("every example and every unit is dropped alike often", every_row_and_column),
        Property("each example and each unit has its own draw", own_draws),
        Property(
            "the same generator state gives the same mask, and the next call another", uses_rng
        ),
    ),
    hints=(
        "rng.random(shape) is below p with probability p.",
        "keep = u >= p with u uniform on [0, 1), one for each unit of each example.",
        "keep = rng.random(x.shape) >= ...\nreturn x * keep / ...",
    ),
    mistakes="""
    no_scale | ` / (1 - p)` -> `` | The units that stay are not enlarged by 1/(1 - p).
    keeps_p | >= p -> < p | You keep a unit with probability p; p is the probability of dropping it.
    one_mask | rng.random(x.shape) -> rng.random(x.shape[1]) |
        You draw one mask for the whole batch; each example needs its own.
    one_draw | rng.random(x.shape) -> rng.random((len(x), 1)) |
        You draw one number for each example, which then drops whole rows.
    fixed_seed | rng.random( -> np.random.default_rng(0).random( | You make a generator of your own
        with a fixed seed: every call drops the same units. Use rng.
    normal_numbers | rng.random(x.shape) -> rng.normal(size=x.shape) | rng.normal draws from the
        bell curve; a number below p with probability p comes from rng.random.
    exact_share | rng.random(x.shape) >= p -> exact_share(x.shape, p, rng) | You drop exactly
        round(p D) units of each example; each unit is dropped on its own, so the number varies.
    """,
    equivalent={
        "rng.random(x.shape) >= p -> rng.random(x.shape) > p": "a draw of just p has probability 0",
    },
)
def dropout_sample(x, p, rng):
    keep = rng.random(x.shape) >= p
    return x * keep / (1 - p)


def weights(rng):
    yield np.array([3.0]), 0.5
    yield special("a weight of 0", np.array([0.0, -2.0]), 0.1)
    for shape in ((2,), (3,), (5,), (2, 3), (3, 2), (4, 2)) * 3:
        yield normal(rng, *shape), float(rng.uniform(0.05, 0.8))
    for size in (3, 6, 9):
        yield special("weights of 0", np.append(whole(rng, size), 0.0), 0.3)


@exercise(
    "generalisation.l2",
    trains="a penalty and its gradient",
    task="""
    l2(W, lam) -> (penalty, dW): penalty = lam times the sum of the squared weights, without a
    factor 1/2; dW = its gradient.
    """,
    outputs=("penalty", "dW"),
    cases=weights,
    variants=(
        lambda W, lam: (lam * sum(float(w) ** 2 for w in W.flat), lam * (W + W)),
        lambda W, lam: (lam * np.vdot(W, W), np.einsum("...,->...", W, 2 * lam)),
    ),
    hints=(
        "Differentiate lam w^2 for one weight.",
        "penalty = lam sum w^2;  dW = 2 lam W.",
        "return lam * (W**2).sum(), ...",
    ),
    mistakes="""
    norm | lam * (W**2).sum() -> lam * np.sqrt((W**2).sum()) |
        You take the norm (with the root); the penalty is the squared norm.
    mean | (W**2).sum(), 2 * lam * W -> (W**2).mean(), 2 * lam * W / W.size |
        You average over the weights; the penalty is their sum.
    penalty_mean | (W**2).sum() -> (W**2).mean() |
        Your penalty is divided by the number of weights; it is a sum.
    no_two | 2 * lam * W -> lam * W | The gradient of w^2 is 2 w.
    half | lam * (W**2).sum(), 2 * lam * W -> lam / 2 * (W**2).sum(), lam * W |
        A different convention: you use lam/2; the task's penalty has no 1/2.
    absolute | lam * (W**2).sum() -> lam * np.abs(W).sum() |
        That is the L1 penalty; L2 takes squares.
    no_lambda | 2 * lam * W -> 2 * W | lam is missing in the gradient.
    lambda_squared | lam * (W**2).sum() -> ((lam * W) ** 2).sum() | lam stands outside the square.
    sign | 2 * lam * W -> -2 * lam * W | The gradient has the wrong sign.
    """,
)
def l2(W, lam):
    return lam * (W**2).sum(), 2 * lam * W


@exercise(
    "generalisation.l1",
    trains="a penalty and its subgradient",
    task="""
    l1(W, lam) -> (penalty, dW): penalty = lam times the sum of |w|; dW = its gradient, with 0
    where w = 0.
    """,
    outputs=("penalty", "dW"),
    tolerance=1e-7,  # dW is exact in float32 too, so that the penalty alone shows its rounding
    cases=weights,
    variants=(
        lambda W, lam: (
            lam * sum(abs(float(w)) for w in W.flat),
            lam * ((W > 0) * 1.0 - (W < 0) * 1.0),
        ),
        lambda W, lam: (
            lam * np.linalg.norm(W.ravel(), 1),
            np.where(W == 0, 0.0, np.copysign(lam, W)),
        ),
    ),
    hints=(
        "Every weight is pulled to 0 with the same strength, large or small.",
        "penalty = lam sum |w|;  dW = lam sign(w).",
        "return lam * np.abs(W).sum(), lam * ...",
    ),
    mistakes="""
    abs_gradient | lam * np.sign(W) -> lam * np.abs(W) |
        lam |w| is the penalty; its gradient is lam sign(w).
    weight_gradient | lam * np.sign(W) -> lam * W |
        lam w is a gradient of L2's kind; that of |w| is sign(w).
    no_abs | np.abs(W).sum() -> W.sum() |
        The absolute value is missing: weights of both signs cancel.
    squares | np.abs(W) -> (W**2) | That is the L2 penalty; L1 takes absolute values.
    mean | np.abs(W).sum() -> np.abs(W).mean() |
        You average over the weights; the penalty is their sum.
    constant | lam * np.sign(W) -> lam * np.ones_like(W) |
        The gradient keeps the sign of the weight: lam sign(w), not lam.
    no_lambda | lam * np.sign(W) -> np.sign(W) | lam is missing in the gradient.
    at_zero | np.sign(W) -> np.where(W >= 0, 1.0, -1.0) | At w = 0 the task asks for the gradient 0.
    sign | lam * np.sign(W) -> -lam * np.sign(W) | The gradient has the wrong sign.
    matrix_norm | np.abs(W).sum() -> np.linalg.norm(W, 1) | np.linalg.norm(W, 1) of a matrix is its
        largest column sum; the penalty adds up all |w|.
    """,
)
def l1(W, lam):
    return lam * np.abs(W).sum(), lam * np.sign(W)


def penalised(rng):
    for D, H in [(1, 2), (2, 3), (3, 2), (4, 3), (2, 5)] * 2:
        yield (
            {
                "W1": normal(rng, D, H),
                "b1": normal(rng, H),
                "W2": normal(rng, H, 2),
                "b2": normal(rng, 2),
            },
            float(rng.uniform(0.05, 0.8)),
        )


@exercise(
    "generalisation.l2_params",
    trains="weights, not biases",
    task="""
    l2_params(params, lam) -> penalty: params is a dict of arrays with the keys "W1", "b1", "W2",
    "b2"; the penalty is lam times the sum of the squared weights. Biases (keys that begin with b)
    are not penalised.
    """,
    cases=penalised,
    variants=(
        lambda params, lam: lam * ((params["W1"] ** 2).sum() + (params["W2"] ** 2).sum()),
        lambda params, lam: sum(
            lam * float(w) ** 2 for k in params if not k.startswith("b") for w in params[k].flat
        ),
    ),
    hints=(
        "A bias only shifts; it does not make the function wilder.",
        "lam (sum W1^2 + sum W2^2).",
        "return lam * sum((params[k] ** 2).sum() for k in ... if ...)",
    ),
    mistakes="""
    biases_too | ` if k.startswith("W")` -> `` |
        Biases are penalised too; only the weights should be.
    first_only | k.startswith("W") -> k == "W1" | Only W1 is penalised; W2 is a weight matrix too.
    last_only | k.startswith("W") -> k == "W2" | Only W2 is penalised; W1 is a weight matrix too.
    biases_only | k.startswith("W") -> k.startswith("b") |
        You penalise the biases and leave the weights out.
    half | return lam * -> return lam / 2 * |
        A different convention: you use lam/2; the task's penalty has no 1/2.
    norm | (params[k] ** 2).sum() -> np.sqrt((params[k] ** 2).sum()) |
        You add up the norms (with roots); the penalty is the sum of squares.
    mean | .sum() -> .mean() | You average over the weights of a layer; the penalty is a sum.
    no_lambda | lam * sum -> sum | lam is missing.
    """,
)
def l2_params(params, lam):
    return lam * sum((params[k] ** 2).sum() for k in params if k.startswith("W"))


def thresholds(rng):
    yield np.array([3.0, -0.5]), 1.0
    yield special("exactly at the threshold", np.array([1.0, -1.0, 2.0]), 1.0)
    for size in (2, 3, 5, 7) * 5:
        yield normal(rng, size, scale=2.0), float(rng.uniform(0.3, 1.5))


@exercise(
    "generalisation.soft_threshold",
    trains="why L1 gives exact zeros",
    kind="derive and code",
    task="""
    soft_threshold(w, t) -> array like w: the step that L1 asks for. Every weight moves towards 0
    by t >= 0, and stays at 0 when it gets there.
    """,
    cases=thresholds,
    variants=(
        lambda w, t: [x - t if x > t else x + t if x < -t else 0.0 for x in w],
        lambda w, t: w - np.clip(w, -t, t),
    ),
    properties=(Property("no weight changes its sign", lambda f, w, t: (f(w, t) * w >= 0).all()),),
    hints=(
        "Shorten |w| by t, but not below 0; then give it its sign back.",
        "sign(w) max(|w| - t, 0).",
        "return np.sign(w) * np.maximum(..., 0)",
    ),
    mistakes="""
    hard | np.sign(w) * np.maximum(np.abs(w) - t, 0) -> np.where(np.abs(w) > t, w, 0.0) |
        That is the hard threshold: large weights must become smaller by t too.
    hard_at_t | np.sign(w) * np.maximum(np.abs(w) - t, 0) -> np.where(np.abs(w) >= t, w, 0.0) |
        That is the hard threshold: large weights must become smaller by t too.
    overshoot | np.maximum(np.abs(w) - t, 0) -> (np.abs(w) - t) |
        Small weights overshoot to the other side of 0; they stop at 0.
    no_sign | `np.sign(w) * ` -> `` | The sign is lost: negative weights stay negative.
    relu | np.sign(w) * np.maximum(np.abs(w) - t, 0) -> np.maximum(w - t, 0) |
        Negative weights are set to 0; they move towards 0 by t as well.
    clip | np.sign(w) * np.maximum(np.abs(w) - t, 0) -> np.clip(w, -t, t) |
        You keep the part inside [-t, t]; that is what should be taken away.
    plus | - t -> + t | The weights move away from 0; they move towards it.
    not_zeroed | np.sign(w) * np.maximum(np.abs(w) - t, 0) -> np.where(np.abs(w) > t, w - np.sign(w)
        * t, w) | Weights smaller than t stay as they are; they become 0.
    subtract | np.sign(w) * np.maximum(np.abs(w) - t, 0) -> w - t |
        t is taken from every weight; a negative one must move up.
    one_factor | np.sign(w) * np.maximum(np.abs(w) - t, 0) -> w * max(0.0, 1 - t) | All your weights
        shrink by one factor, as under L2; L1 takes the same t away from each.
    """,
)
def soft_threshold(w, t):
    return np.sign(w) * np.maximum(np.abs(w) - t, 0)


def adamw_cases(rng):
    for k, case in enumerate(adam_cases(rng)):
        args = getattr(case, "args", case)
        yield (*args, 0.1 + 0.05 * (k % 7))


def adamw_by_loop(w, m, v, g, t, lr, beta1, beta2, eps, decay):
    rows = []
    for a, b, c, d in zip(w, m, v, g, strict=True):
        b, c = beta1 * b + (1 - beta1) * d, beta2 * c + (1 - beta2) * d**2
        step = b / (1 - beta1**t) / (math.sqrt(c / (1 - beta2**t)) + eps)
        rows.append((a * (1 - lr * decay) - lr * step, b, c))
    return [list(column) for column in zip(*rows, strict=True)]


def adamw_shrunk_first(w, m, v, g, t, lr, beta1, beta2, eps, decay):
    shrunk = w - lr * decay * w
    m, v = m + (1 - beta1) * (g - m), v + (1 - beta2) * (g * g - v)
    return shrunk - lr * (m / (1 - beta1**t)) / (eps + (v / (1 - beta2**t)) ** 0.5), m, v


@exercise(
    "generalisation.adamw_step",
    trains="weight decay beside Adam, not inside it",
    kind="derive and code",
    task="""
    adamw_step(w, m, v, g, t, lr, beta1, beta2, eps, decay) -> (w, m, v): Adam with decoupled
    weight decay (Loshchilov and Hutter 2019). m and v as in Adam, from the gradient g alone; the
    decay stands beside the division, takes the old w, and is multiplied by lr. Return m and v
    uncorrected.
    """,
    shapes={"w": "D"},
    outputs=("w", "m", "v"),
    cases=adamw_cases,
    variants=(adamw_by_loop, adamw_shrunk_first),
    hints=(
        "The decay must not pass through the division by sqrt(v_hat): keep it apart from the "
        "gradient.",
        "w <- w - lr ( m_hat / (sqrt(v_hat) + eps) + decay w ).",
        "m = ...; v = ...\nstep = m_hat / (np.sqrt(v_hat) + eps) + ...\nreturn w - lr * step, m, v",
    ),
    mistakes=r"""
    l2_inside | `    m = beta1` -> `    g = g + decay * w\n    m = beta1` ;; ` + decay *
        w\n    return` -> `\n    return` | That is L2 inside Adam: decay w is added to the gradient
        and then divided by sqrt(v_hat). AdamW keeps it outside.
    no_lr | ` + decay * w\n    return w - lr * step` -> `\n    return w - lr * step - decay * w` |
        The decay is not multiplied by the learning rate: lr decay w.
    no_decay | ` + decay * w` -> `` | The weight decay is missing: that is plain Adam.
    growth | + decay * w -> - decay * w | The decay has the wrong sign: weights must shrink.
    new_w | ` + decay * w\n    return w - lr * step` -> `\n    w = w - lr * step\n    return w - lr
        * decay * w` | The decay uses the new w; the task takes the old one.
    sign_decay | decay * w -> decay * np.sign(w) |
        You pull by a constant (the sign of w); weight decay is proportional to w.
    no_correction | m / (1 - beta1**t) -> m ;; v / (1 - beta2**t) -> v |
        The bias correction of m and v is missing.
    decay_squared | decay * w -> decay * w**2 | decay w, not decay w^2.
    two | decay * w -> 2 * decay * w | A factor 2 too many: the decay is decay w.
    bracket | m_hat / (np.sqrt(v_hat) + eps) -> m_hat / np.sqrt(v_hat) + eps |
        Brackets: m_hat / (sqrt(v_hat) + eps). Without them eps is added after the division.
    eps_inside | np.sqrt(v_hat) + eps -> np.sqrt(v_hat + eps) |
        eps stands outside the square root: sqrt(v_hat) + eps.
    no_eps | np.sqrt(v_hat) + eps -> np.sqrt(v_hat) | eps is missing in the denominator.
    no_root | np.sqrt(v_hat) -> v_hat | The square root of v_hat is missing.
    m_uncorrected | m / (1 - beta1**t) -> m | m is not corrected: divide it by 1 - beta1^t.
    v_uncorrected | v / (1 - beta2**t) -> v | v is not corrected: divide it by 1 - beta2^t.
    betas_swapped | `beta1 * m + (1 - beta1) * g\n` -> `beta2 * m + (1 - beta2) * g\n` ;; beta2 * v
        + (1 - beta2) * g**2 -> beta1 * v + (1 - beta1) * g**2 ;; m / (1 - beta1**t) -> m / (1 -
        beta2**t) ;; v / (1 - beta2**t) -> v / (1 - beta1**t) |
        beta1 and beta2 are exchanged: beta1 belongs to m, beta2 to v.
    corrections_swapped | m / (1 - beta1**t) -> m / (1 - beta2**t) ;; v / (1 - beta2**t) -> v / (1 -
        beta1**t) | The corrections are exchanged: m is divided by 1 - beta1^t, v by 1 - beta2^t.
    power_of_all | m / (1 - beta1**t) -> m / (1 - beta1) ** t ;; v / (1 - beta2**t) -> v / (1 -
        beta2) ** t | The power belongs to beta: 1 - beta^t, not (1 - beta)^t.
    corrected_stored | step, m, v -> step, m_hat, v_hat | You return the corrected moments; the next
        step needs m and v as they were before the correction.
    ascent | w - lr -> w + lr | The step goes uphill: w - lr ...
    not_squared | g**2 -> g | v averages g^2; yours averages g.
    sum | `+ (1 - beta1) * g\n` -> `+ g\n` ;; + (1 - beta2) * g**2 -> + g**2 |
        m and v are averages: the new gradient is weighted by 1 - beta.
    gradient_for_m | step = m_hat -> step = g |
        The step uses the gradient; it uses its average m_hat.
    decay_on_step | + decay * w -> + decay * m_hat |
        The decay is proportional to w, not to the step.
    only_decay_lr | return w - lr * step -> return w - step + (1 - lr) * decay * w |
        The learning rate is missing in Adam's part of the step.
    bracket_step | return w - lr * step -> step = m_hat / np.sqrt(v_hat) + decay * w\n    return w -
        lr * step - eps | Brackets: the quotient is m_hat / (sqrt(v_hat) + eps). Without them eps is
        added to the whole step.
    """,
)
def adamw_step(w, m, v, g, t, lr, beta1, beta2, eps, decay):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    step = m_hat / (np.sqrt(v_hat) + eps) + decay * w
    return w - lr * step, m, v
