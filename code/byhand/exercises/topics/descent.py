"""More exercises of chapter 5: a schedule, and how fast momentum gets to the bottom of any bowl."""

import numpy as np

from byhand.exercises.checker.declare import exercise, special


def schedule_cases(rng):
    yield special("no warm-up, first step", 0, 4, 0)
    yield special("the end", 8, 8, 2)
    for steps, warm in ((10, 2), (12, 4), (20, 5), (7, 0)):
        for k in sorted({0, 1, warm, warm + 1, steps // 2, steps - 1, steps}):
            yield k, steps, warm
    for _ in range(6):
        steps = int(rng.integers(30, 90))
        yield int(rng.integers(0, steps)), steps, int(rng.integers(3, 20))


@exercise(
    "optimisation.warm_cosine",
    trains="a schedule, joined without a jump",
    kind="code",
    task="""
    warm_cosine(k, steps, warm) -> number: what the learning rate is multiplied by in step k, for k
    from 0 to steps. It rises in a straight line from 0 at k = 0 to 1 at k = warm, then falls along
    half a cosine to 0 at k = steps. warm is smaller than steps, and may be 0: then it begins at 1.
    """,
    cases=schedule_cases,
    variants=(
        lambda k, steps, warm: (
            k / warm if k < warm else np.cos(np.pi / 2 * (k - warm) / (steps - warm)) ** 2
        ),
        lambda k, steps, warm: min(
            (k / warm if warm else 1.0),
            0.5 + 0.5 * np.cos(np.pi * max(k - warm, 0) / (steps - warm)),
        ),
    ),
    hints=(
        "Two pieces. In the second, first find the share of the way down that is done.",
        "done = (k - warm) / (steps - warm) goes from 0 to 1; the cosine goes from 1 to -1 while "
        "its angle goes from 0 to pi.",
        "if k < warm:\n    return ...\ndone = ...\nreturn 0.5 * (1 + np.cos(...))",
    ),
    why="""
    Half a cosine is flat at both ends: it leaves the large rate slowly, and comes to rest slowly.
    """,
    mistakes=r"""
    no_half | 0.5 * (1 + -> (1 + ;; `np.pi * done))` -> `np.pi * done))` |
        Your cosine part goes from 2 to 0: 1 + cos lies between 0 and 2, and is halved.
    no_one | 0.5 * (1 + np.cos(np.pi * done)) -> 0.5 * np.cos(np.pi * done) |
        Your rate becomes negative: lift the cosine, 1 + cos, before you halve it.
    bare_cosine | 0.5 * (1 + np.cos(np.pi * done)) -> np.cos(np.pi * done) |
        Your rate becomes negative: the cosine goes from 1 to -1; lift and halve it.
    no_pi | np.pi * done -> done | The angle goes from 0 to pi; yours goes from 0 to 1.
    two_pi | np.pi * done -> 2 * np.pi * done |
        A whole cosine comes up again: the angle goes to pi, not to 2 pi.
    quarter | 0.5 * (1 + np.cos(np.pi * done)) -> np.cos(np.pi / 2 * done) |
        That is a quarter of a cosine, which arrives at 0 at full slope; half a cosine is asked for.
    sine | np.cos -> np.sin | A sine begins in the middle; take the cosine.
    degrees | np.pi * done -> 180 * done | The cosine takes radians: pi, not 180.
    straight | 0.5 * (1 + np.cos(np.pi * done)) -> 1 - done |
        That is a straight line down; half a cosine is asked for.
    from_start | (k - warm) / (steps - warm) -> k / steps |
        Your cosine begins at k = 0, so the rate jumps at k = warm: count from the end of warm-up.
    over_all | (k - warm) / (steps - warm) -> (k - warm) / steps |
        Your rate does not reach 0: the way down has steps - warm steps.
    warm_over_all | return k / warm -> return k / steps |
        Your warm-up ends at warm / steps, not at 1: divide by warm.
    one_later | return k / warm -> return (k + 1) / warm |
        A different convention: your warm-up begins above 0; the task has 0 at k = 0.
    no_warm_up | = lambda k, steps, warm: 0.5 * (1 + np.cos(np.pi * k / steps)) |
        The warm-up is missing: before k = warm the rate rises in a straight line.
    stays_high | return k / warm -> return 1.0 |
        Before k = warm your rate is 1; it rises from 0 there.
    product | = lambda k, steps, warm: (min(k / warm, 1) if warm else 1) * 0.5 * (1 + np.cos(
        np.pi * k / steps)) | You multiply the warm-up with a cosine that begins at k = 0; the
        cosine begins at k = warm.
    """,
)
def warm_cosine(k, steps, warm):
    if k < warm:
        return k / warm
    done = (k - warm) / (steps - warm)
    return 0.5 * (1 + np.cos(np.pi * done))


def bowl(rng, curvatures):
    """A symmetric matrix with these eigenvalues and random axes."""
    axes = np.linalg.qr(rng.standard_normal((len(curvatures),) * 2))[0]
    return axes @ np.diag(curvatures) @ axes.T


def bowl_cases(rng):
    yield special("one direction, no momentum", np.array([[2.0]]), 0.75, 0.0)
    yield special("one direction on the floor", np.array([[1.0]]), 0.3, 0.5)
    yield special("too large a rate", np.array([[5.0]]), 0.8, 0.25)
    yield special("the pencil bowl", np.diag([10.0, 1.0]), 0.15, 0.5)
    for n, low, high, lr, mu in (
        (2, 0.5, 6.0, 0.1, 0.2), (3, 0.2, 9.0, 0.15, 0.6), (4, 0.1, 5.0, 0.3, 0.5),
        (2, 1.0, 8.0, 0.3, 0.3), (3, 1.0, 20.0, 0.09, 0.1), (4, 0.3, 3.0, 0.05, 0.4),
        (5, 0.2, 4.0, 0.7, 0.3), (3, 0.5, 2.0, 0.1, 0.1), (2, 0.4, 7.0, 0.33, 0.05),
        (3, 0.5, 2.0, 0.4, 0.8),
    ):  # fmt: skip
        for _ in range(2):
            scale = rng.uniform(0.9, 1.1)
            middle = rng.uniform(low, high, n - 2)
            yield bowl(rng, scale * np.array([low, *middle, high])), lr, mu


def by_companion(H, lr, mu):
    """The matrix that leads from (w_k, w_k-1) to (w_k+1, w_k), and its eigenvalues."""
    one = np.eye(len(H))
    step = np.block([[(1 + mu) * one - lr * np.asarray(H), -mu * one], [one, 0 * one]])
    return np.abs(np.linalg.eigvals(step)).max()


def by_roots(H, lr, mu):
    return max(
        abs(root)
        for curvature in np.linalg.eigvalsh(H)
        for root in np.roots([1, lr * curvature - 1 - mu, mu])
    )


@exercise(
    "optimisation.shrink_factor",
    trains="momentum's long-run factor on any bowl",
    kind="transfer",
    task="""
    shrink_factor(H, lr, mu) -> number: the factor by which, in the long run, momentum (5.3)
    shrinks the distance to the minimum in each step on the bowl L(w) = w^T H w / 2, from a general
    start. H is a symmetric matrix (D, D) with positive eigenvalues, its axes tilted or not; lr and
    mu stay the same, mu may be 0. The slowest direction decides. Above 1, it flies apart: return
    that factor, too.
    """,
    cases=bowl_cases,
    variants=(by_companion, by_roots),
    hints=(
        "The bowl falls into single directions along its axes. What are their curvatures?",
        "For each eigenvalue lambda of H the two roots of r^2 - (1 + mu - lr lambda) r + mu = 0; "
        "the largest |r| of all.",
        "curvatures = np.linalg.eigvalsh(H)\nhalf = ...\nroot = np.sqrt((...).astype(complex))\n"
        "return max of abs(half + root), abs(half - root) over ...",
    ),
    why="""
    A bowl of any shape is a set of single directions, and the slowest of them sets the pace: one
    number predicts the steps of all.
    """,
    mistakes=r"""
    steepest | np.linalg.eigvalsh(H) -> np.linalg.eigvalsh(H)[-1:] |
        You look at the steepest direction only; the slowest of all decides.
    shallowest | np.linalg.eigvalsh(H) -> np.linalg.eigvalsh(H)[:1] |
        You look at the shallowest direction only; a steep one may be the slowest.
    diagonal | np.linalg.eigvalsh(H) -> np.diag(H) |
        The diagonal of H holds the curvatures only if the axes are not tilted: take eigenvalues.
    fastest | .max()) -> .min()) | You return the fastest direction; the slowest decides.
    mean | .max()) -> .mean()) | You average over the directions; the slowest decides.
    plus_only | np.maximum(abs(half + root), abs(half - root)) -> abs(half + root) |
        There are two roots, half + root and half - root; either may be the larger.
    minus_only | np.maximum(abs(half + root), abs(half - root)) -> abs(half - root) |
        There are two roots, half + root and half - root; either may be the larger.
    smaller_root | np.maximum(abs -> np.minimum(abs |
        Of the two roots the larger |r| decides in the long run.
    abs_inside | (half**2 - mu).astype(complex) -> np.abs(half**2 - mu) |
        The number under the root may be negative: then the roots are complex, not of opposite sign.
    real_root | (half**2 - mu).astype(complex) -> half**2 - mu |
        The number under the root may be negative, and NumPy's root of a real number is NaN then:
        make it complex first.
    clipped | (half**2 - mu).astype(complex) -> np.maximum(half**2 - mu, 0) |
        The number under the root may be negative: then |r| is the root of mu, not |half|.
    floor_always | = lambda H, lr, mu: np.sqrt(mu) |
        The root of mu is the answer on the flat floor only: look at each curvature.
    no_momentum | = lambda H, lr, mu: np.abs(1 - lr * np.linalg.eigvalsh(H)).max() |
        That is plain gradient descent, 1 - lr lambda: mu is missing.
    not_halved | (1 + mu - lr * curvatures) / 2 -> (1 + mu - lr * curvatures) |
        The formula for the roots has half the middle coefficient.
    squared | np.maximum(abs(half + root), abs(half - root)).max() -> (np.maximum(abs(half + root),
        abs(half - root)).max() ** 2) | That is the factor for two steps (or of the loss): |r|, not
        its square.
    no_rate | lr * curvatures -> curvatures | The learning rate is missing: lr times lambda.
    one_minus_mu | (1 + mu - lr -> (1 - mu - lr |
        The middle coefficient is 1 + mu - lr lambda, by (5.9).
    mu_squared | half**2 - mu) -> half**2 - mu**2) |
        The constant term of the quadratic is mu, not its square.
    plus_rate | mu - lr * -> mu + lr * | The step goes downhill: 1 + mu - lr lambda.
    """,
)
def shrink_factor(H, lr, mu):
    curvatures = np.linalg.eigvalsh(H)
    half = (1 + mu - lr * curvatures) / 2
    root = np.sqrt((half**2 - mu).astype(complex))
    return float(np.maximum(abs(half + root), abs(half - root)).max())
