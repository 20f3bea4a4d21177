"""Exercises of chapter 22: the best discriminator, both gradients in other losses, what a
discriminator sees of several samples, counting modes, a look ahead."""

import numpy as np

from byhand.exercises.checker.declare import Property, exercise
from byhand.exercises.topics.cases import near, normal


@exercise(
    "gan.best_answer",
    trains="the best discriminator by hand",
    task="""
    At a place x the density of the real things is 0.3, that of the forged ones 0.1. Three real
    things are shown for each forged one, so the discriminator minimises
    - 3 p log D - q log(1 - D) there. What is her best answer D(x)?
    """,
    variants=(lambda: 0.9, lambda: np.float64(0.9 / 1.0)),
    why="Real things weigh 3 * 0.3 = 0.9, forged ones 0.1: 0.9 / (0.9 + 0.1).",
    hints=(
        "As (22.2), only that real things come more often.",
        "3 p / (3 p + q).",
        "0.9 / (0.9 + ...)",
    ),
    mistakes="""
    equal_shares | = 0.75 | That is for equally many of both; here real things come three times.
    half | = 0.5 | One half is right only where both are equally frequent.
    forged | = 0.1 | That is the chance that it is forged.
    odds | = 9 | Those are the odds; D is a probability.
    """,
)
def best_answer():
    return 0.9


@exercise(
    "gan.pull",
    trains="which loss pulls where",
    task="""
    A forgery has D = 0.02. How many times as strong is the pull of the non-saturating loss on its
    score as that of the minimax loss, by (22.5)?
    """,
    variants=(lambda: 49.0, lambda: np.float64(0.98 / 0.02)),
    why="|D - 1| = 0.98 against D = 0.02.",
    hints=(
        "Two slopes at the same D.",
        "(1 - D) / D.",
        "0.98 / ...",
    ),
    mistakes="""
    inverse | = 0.0204 | The other way round: at a bad forgery the non-saturating loss is stronger.
    difference | = 0.96 | How many TIMES: divide.
    without_one | = 50 | The non-saturating slope is 1 - D, not 1.
    """,
)
def pull():
    return 49


def hinge_cases(rng):
    for B, C in [(1, 2), (3, 2), (4, 4), (2, 5), (6, 3)] * 5:
        yield normal(rng, B), normal(rng, C)


def hinge_by_loop(real, fake):
    d_real = [(-1.0 if u < 1 else 0.0) / len(real) for u in real]
    d_fake = [(1.0 if u > -1 else 0.0) / len(fake) for u in fake]
    return d_real, d_fake, [-1.0 / len(fake)] * len(fake)


def hinge_by_sign(real, fake):
    d_real = -(1 + np.sign(1 - real)) / 2 / real.size
    d_fake = (1 + np.sign(1 + fake)) / 2 / fake.size
    return d_real, d_fake, np.full(fake.shape, -1 / fake.size)


@exercise(
    "gan.hinge",
    trains="another loss for both players",
    kind="derive and code",
    task="""
    hinge(real, fake) -> (dreal, dfake, dgen): the gradients by the scores in the game with hinge
    losses, which many large image models use. real (B,), fake (C,) are the discriminator's SCORES.
    Hers: L_D = mean max(0, 1 - real) + mean max(0, 1 + fake); dreal and dfake are its gradients.
    His: L_G = - mean fake; dgen (C,) is its gradient. No score is exactly 1 or -1.
    """,
    shapes={"real": "B", "fake": "C"},
    outputs=("dreal", "dfake", "dgen"),
    cases=hinge_cases,
    variants=(hinge_by_loop, hinge_by_sign),
    equivalent={
        "fake > -1.0 -> fake >= -1.0": "no score is exactly -1",
        "real < 1.0 -> real <= 1.0": "no score is exactly 1",
    },
    hints=(
        "Who is already on the right side by 1 is left alone.",
        "dreal = -1/B where real < 1, dfake = 1/C where fake > -1, dgen = -1/C everywhere.",
        "return -(real < 1) / len(real), ..., np.full(...)",
    ),
    mistakes="""
    sign_real | -1.0 * (real < 1.0) -> (real < 1.0) | The sign of dreal: the loss falls when the
        score of a real thing rises.
    sign_fake | (fake > -1.0) / -> -1.0 * (fake > -1.0) / | The sign of dfake: the loss falls when
        the score of a forgery falls.
    sign_gen | -1 / len(fake) -> 1 / len(fake) | The sign of dgen: he wants high scores.
    margin_fake | fake > -1.0 -> fake > 1.0 | The forgeries' margin is at -1: max(0, 1 + fake).
    margin_real | real < 1.0 -> real < -1.0 | The real things' margin is at 1: max(0, 1 - real).
    no_margin | real < 1.0 -> real < np.inf | A real thing with a score above 1 is left alone.
    generator_hinge | np.full(fake.shape, -1 / len(fake)) -> -1.0 * (fake < 1.0) / len(fake) | His
        loss has no hinge: every forgery is pulled.
    summed_real | (real < 1.0) / len(real) -> (real < 1.0) | dreal: a mean over the real
        things, divide by B.
    """,
)
def hinge(real, fake):
    dreal = -1.0 * (real < 1.0) / len(real)
    dfake = (fake > -1.0) / len(fake)
    return dreal, dfake, np.full(fake.shape, -1 / len(fake))


def square_cases(rng):
    for n in (1, 2, 3, 5, 6) * 5:
        x, z = normal(rng, n), normal(rng, n)
        yield x, z, normal(rng, 3), float(rng.uniform(-1, 1)), float(rng.uniform(0.3, 2))


def square_by_loop(x, z, w, mu, s):
    dw, dmu, ds = np.zeros(3), 0.0, 0.0
    for a in x:
        phi = np.array([1.0, a, a * a])
        dw += (w @ phi - 1) * phi / len(x)
    for b in z:
        f = mu + s * b
        phi = np.array([1.0, f, f * f])
        dw += (w @ phi) * phi / len(z)
        df = (w @ phi - 1) * (w[1] + 2 * w[2] * f) / len(z)
        dmu, ds = dmu + df, ds + df * b
    return dw, dmu, ds


def square_by_vander(x, z, w, mu, s):
    f = mu + s * z
    A, B = np.vander(x, 3, increasing=True), np.vander(f, 3, increasing=True)
    dw = ((A @ w - 1) @ A) / len(x) + ((B @ w) @ B) / len(f)
    df = (B @ w - 1) * (w[1] + 2 * f * w[2])
    return dw, df.mean(), (df * z).mean()


@exercise(
    "gan.least_squares",
    trains="the whole game with squares",
    kind="derive and code",
    task="""
    least_squares(x, z, w, mu, s) -> (dw, dmu, ds): the game with squared errors on the SCORES.
    u = w . (1, x, x^2), no sigmoid. Hers: L_D = 1/2 mean (u(x) - 1)^2 + 1/2 mean u(f)^2 over real x
    (B,) and forged f = mu + s z, z (B,); dw (3,) is its gradient. His: L_G = 1/2 mean (u(f) - 1)^2;
    dmu and ds are its gradients, through her into f.
    """,
    shapes={"x": "B", "z": "B", "w": "3"},
    outputs=("dw", "dmu", "ds"),
    cases=square_cases,
    variants=(square_by_loop, square_by_vander),
    hints=(
        "In place of D - 1 and D stand the errors of the squares; the road through x is (22.6)'s.",
        "dw = mean (u - 1) phi(x) + mean u phi(f);  df = (u(f) - 1) (w_1 + 2 w_2 f) / B.",
        "du = (u_fake - 1) / len(z)\ndf = du * (w[1] + ...)\nreturn dw, df.sum(), ...",
    ),
    mistakes="""
    label | du = (phi_f @ w - 1) / len(z) -> du = phi_f @ w / len(z) | He wants her to say 1 of his
        forgeries: the error is u - 1.
    no_features | df = du * (w[1] + 2 * w[2] * f) -> df = du | The road goes on through her
        features: times du/dx = w_1 + 2 w_2 x.
    no_two | w[1] + 2 * w[2] * f -> w[1] + w[2] * f | The slope of x^2 is 2 x.
    no_noise | df @ z -> df.sum() | f = mu + s z: the gradient of s is multiplied by z.
    real_only | + (phi_f @ w) @ phi_f / len(z) -> + 0 | The forged ones teach her, too, with the
        label 0.
    both_one | (phi_f @ w) @ phi_f / len(z) -> (phi_f @ w - 1) @ phi_f / len(z) | For her the label
        of the forgeries is 0.
    summed | (phi_x @ w - 1) @ phi_x / len(x) -> (phi_x @ w - 1) @ phi_x | Means, not sums: divide
        by the number.
    """,
)
def least_squares(x, z, w, mu, s):
    f = mu + s * z
    phi_x = np.stack([np.ones_like(x), x, x * x], axis=1)
    phi_f = np.stack([np.ones_like(f), f, f * f], axis=1)
    dw = (phi_x @ w - 1) @ phi_x / len(x) + (phi_f @ w) @ phi_f / len(z)
    du = (phi_f @ w - 1) / len(z)
    df = du * (w[1] + 2 * w[2] * f)
    return dw, df.sum(), df @ z


def spread_cases(rng):
    for B, D in [(2, 1), (3, 2), (4, 3), (5, 2), (6, 4)] * 5:
        yield normal(rng, B, D), float(rng.uniform(0.5, 2))


def spread_by_loop(x, dout):
    B, D = x.shape
    dx = np.zeros(x.shape)
    for d in range(D):
        mean = sum(x[:, d]) / B
        deviation = np.sqrt(sum((x[:, d] - mean) ** 2) / B)
        for n in range(B):
            dx[n, d] = dout * (x[n, d] - mean) / (B * D * deviation)
    return dx


def spread_by_norm(x, dout):
    away = x - x.mean(axis=0)
    return dout * away / np.linalg.norm(away, axis=0) / np.sqrt(len(x)) / x.shape[1]


@exercise(
    "gan.spread",
    trains="the gradient of a statistic of the whole batch",
    kind="derive and code",
    task="""
    spread(x, dout) -> dx (B, D): a remedy against collapse shows the discriminator, beside each
    sample, how much the batch varies: out = mean over the D numbers of the standard deviation over
    the batch (biased: divide by B). Return the gradient of x (B, D), given dout, the gradient of
    this one number. No deviation is 0.
    """,
    shapes={"x": "B D"},
    cases=spread_cases,
    variants=(spread_by_loop, spread_by_norm),
    properties=(
        Property(
            "moving all samples together changes nothing, so the gradients of a column add up to 0",
            lambda f, x, dout: near(np.sum(f(x, dout), axis=0), 0),
        ),
    ),
    hints=(
        "The deviation's square is easier to derive; the mean moves too, but its part cancels.",
        "d deviation / dx_n = (x_n - mean) / (B deviation).",
        "away = x - x.mean(axis=0)\ndeviation = np.sqrt(...)\nreturn dout * away / (...)",
    ),
    mistakes="""
    no_columns | (len(x) * x.shape[1] * deviation) -> (len(x) * deviation) | out is the mean over
        the D numbers: divide by D.
    no_batch | (len(x) * x.shape[1] * deviation) -> (x.shape[1] * deviation) | The deviation is a
        mean over the batch: divide by B.
    variance | (len(x) * x.shape[1] * deviation) -> (len(x) * x.shape[1]) * 2 | That is the gradient
        of the variance; the root is missing.
    not_centred | dout * away / -> dout * x / | Take the mean of the batch off first.
    unbiased | np.sqrt((away**2).mean(axis=0)) -> away.std(axis=0, ddof=1) | Biased: divide by B,
        not by B - 1.
    over_samples | away = x - x.mean(axis=0) -> away = x - x.mean(axis=1, keepdims=True) | The
        deviation goes over the batch, not over the numbers of a sample.
    """,
)
def spread(x, dout):
    away = x - x.mean(axis=0)
    deviation = np.sqrt((away**2).mean(axis=0))
    return dout * away / (len(x) * x.shape[1] * deviation)
