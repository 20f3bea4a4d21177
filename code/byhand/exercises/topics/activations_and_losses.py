"""Exercises of chapter 2: activations with their slopes. Softmax is in `softmax`, the losses are in
`losses`."""

import math

import numpy as np

from byhand.exercises.checker.declare import exercise, special
from byhand.exercises.topics.cases import normal


def vectors(rng):
    yield (np.array([0.0]),)
    yield (np.array([1.0, -1.0]),)
    yield special("whole numbers", np.array([-2.0, 0.0, 1.0, 3.0]))
    for size in (2, 3, 4, 5, 7) * 3:
        yield (normal(rng, size),)
    yield (normal(rng, 3, 5),)
    yield (normal(rng, 2, 4),)
    yield special("close to 0", np.array([0.0005, -0.0005, 0.0]))


def each(value, slope):
    """A variant that works number by number, with `math`."""

    def loop(z, *rest):
        flat = [float(x) for x in np.ravel(z)]
        shape = np.shape(z)
        a, d = [value(x, *rest) for x in flat], [slope(x, *rest) for x in flat]
        return np.reshape(a, shape), np.reshape(d, shape)

    return loop


def logistic(x):
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


@exercise(
    "activations_and_losses.sigmoid",
    trains="a function and its slope from the value",
    task="""
    sigmoid(z) -> (a, slope), both with z's shape: a = 1 / (1 + e^-z), and its derivative da/dz.
    """,
    outputs=("a", "slope"),
    cases=vectors,
    variants=(
        each(logistic, lambda x: logistic(x) * logistic(-x)),
        lambda z: ((1 + np.tanh(z / 2)) / 2, 1 / (4 * np.cosh(z / 2) ** 2)),
    ),
    hints=(
        "The derivative can be written with the value alone: you have computed it already.",
        "a = 1 / (1 + e^-z);  da/dz = a (1 - a).",
        "a = 1 / (1 + np.exp(-z))\nreturn a, a * ...",
    ),
    mistakes="""
    slope_from_z | a * (1 - a) -> z * (1 - z) |
        The slope is a (1 - a), with the sigmoid's value a; yours is z (1 - z).
    plus_z | np.exp(-z) -> np.exp(z) | The exponent needs its minus sign: e^-z.
    tanh_slope | a * (1 - a) -> 1 - a**2 | 1 - a^2 is the slope of tanh; the sigmoid's is a (1 - a).
    one_minus | a * (1 - a) -> 1 - a | The slope lacks a factor: a (1 - a), not 1 - a.
    twice | a * (1 - a) -> 1 / (1 + np.exp(-a)) * (1 - 1 / (1 + np.exp(-a))) |
        The slope uses the sigmoid of a; a is the sigmoid's value already.
    slope_sign | a * (1 - a) -> a * (a - 1) |
        The slope has the wrong sign: the sigmoid rises everywhere, a (1 - a) > 0.
    slope_is_a | a, a * (1 - a) -> a, a |
        You return the value twice; the second output is the derivative.
    squared | a * (1 - a) -> a * (1 - a**2) | The slope is a (1 - a); you have a (1 - a^2).
    a_squared | a * (1 - a) -> a**2 | The slope is a (1 - a) = a - a^2, not a^2.
    forward_difference | a * (1 - a) -> (1 / (1 + np.exp(-z - STEP)) - a) / STEP | You take a
        difference quotient, (f(z + h) - f(z)) / h; it is near the derivative, but asked for is the
        derivative itself: a (1 - a).
    central_difference | a * (1 - a) -> (1 / (1 + np.exp(-z - STEP)) - 1 / (1 + np.exp(-z +
        STEP))) / (2 * STEP) | You take a difference quotient, (f(z + h) - f(z - h)) / (2 h); it
        is near the derivative, but asked for is the derivative itself: a (1 - a).
    """,
)
def sigmoid(z):
    a = 1 / (1 + np.exp(-z))
    return a, a * (1 - a)


@exercise(
    "activations_and_losses.tanh",
    trains="a slope from the value",
    task="""
    tanh(z) -> (a, slope), both with z's shape: a = tanh z, and its derivative da/dz. np.tanh may
    be used.
    """,
    outputs=("a", "slope"),
    cases=vectors,
    variants=(
        each(math.tanh, lambda x: 1 / math.cosh(x) ** 2),
        lambda z: (2 / (1 + np.exp(-2 * z)) - 1, 4 / (np.exp(z) + np.exp(-z)) ** 2),
    ),
    hints=(
        "As for the sigmoid, the slope follows from the value.",
        "da/dz = 1 - a^2.",
        "a = np.tanh(z)\nreturn a, 1 - ...",
    ),
    mistakes="""
    not_squared | 1 - a**2 -> 1 - a | The slope is 1 - a^2; the square is missing.
    slope_from_z | 1 - a**2 -> 1 - z**2 |
        The slope is 1 - a^2 with the value a = tanh z; yours is 1 - z^2.
    sigmoid_slope | 1 - a**2 -> a * (1 - a) |
        a (1 - a) is the slope of the sigmoid; that of tanh is 1 - a^2.
    twice | 1 - a**2 -> 1 - np.tanh(a) ** 2 |
        The slope is 1 - tanh(a)^2 in your code; a is tanh z already, so 1 - a^2.
    slope_sign | 1 - a**2 -> a**2 - 1 | The slope has the wrong sign: 1 - a^2.
    is_sigmoid | np.tanh(z) -> 1 / (1 + np.exp(-z)) |
        Your value is the sigmoid's; tanh z = (e^z - e^-z) / (e^z + e^-z).
    of_z | 1 - a**2 -> a**2 | The slope is 1 - a^2; you square the tanh of the value a second time,
        or a^2 alone is returned.
    forward_difference | 1 - a**2 -> (np.tanh(z + STEP) - a) / STEP | You take a difference
        quotient, (f(z + h) - f(z)) / h; it is near the derivative, but asked for is the derivative
        itself: 1 - a^2.
    central_difference | 1 - a**2 -> (np.tanh(z + STEP) - np.tanh(z - STEP)) / (2 * STEP) | You
        take a difference quotient, (f(z + h) - f(z - h)) / (2 h); it is near the derivative, but
        asked for is the derivative itself: 1 - a^2.
    stretched_sigmoid | np.tanh(z) -> 2 / (1 + np.exp(-z)) - 1 | tanh z = 2 sigmoid(2 z) - 1; you
        have 2 sigmoid(z) - 1: the 2 before z is missing.
    """,
)
def tanh(z):
    a = np.tanh(z)
    return a, 1 - a**2


def leaky_cases(rng):
    yield np.array([-2.0, 3.0]), 0.1
    yield special("slope above 1", np.array([-1.0, 2.0]), 2.0)
    yield special("slope above 1", np.array([1.0, -3.0, 2.0]), 1.5)
    yield special("z = 0", np.array([0.0, -1.0, 1.0]), 0.2)
    yield special("z = 0", np.array([0.0, 2.0]), 0.3)
    yield special("z = 0 and a slope above 1", np.array([-2.0, 0.0]), 3.0)
    for size, leak in [(3, 0.01), (4, 0.2), (5, 1.7), (7, 0.3)] * 3:
        yield normal(rng, size), leak
    yield normal(rng, 2, 3), 0.05
    yield special("close to 0", np.array([0.0005, -0.0005, -1e-6]), 0.3)


@exercise(
    "activations_and_losses.leaky_relu",
    trains="a function with a kink, for any leak",
    task="""
    leaky_relu(z, leak) -> (a, slope), both with z's shape: a = z where z > 0 and leak * z
    elsewhere (leak may be any positive number); slope = da/dz, with the value leak at z = 0.
    """,
    outputs=("a", "slope"),
    cases=leaky_cases,
    variants=(
        each(lambda x, leak: x if x > 0 else leak * x, lambda x, leak: 1.0 if x > 0 else leak),
        lambda z, leak: (z * (z > 0) + leak * z * (z <= 0), (z > 0) + leak * (z <= 0)),
    ),
    hints=(
        "Two straight lines meet at 0: choose by the sign of z.",
        "slope = 1 where z > 0, else leak;  a = slope * z.",
        "slope = np.where(z > 0, ..., ...)\nreturn slope * z, slope",
    ),
    mistakes="""
    max | slope * z -> np.maximum(z, leak * z) | max(z, leak z) is right for leak < 1 only; with
        leak > 1 it takes the wrong line. Choose by the sign of z.
    relu | np.where(z > 0, 1.0, leak) -> np.where(z > 0, 1.0, 0.0) |
        Your negative side is 0, as in plain ReLU; here it is leak * z.
    relu_slope | slope * z, slope -> slope * z, np.where(z > 0, 1.0, 0.0) |
        Your value leaks but your slope does not: for z <= 0 the slope is leak.
    constant | slope * z -> np.where(z > 0, z, leak) |
        For z <= 0 the value is leak * z, not leak itself.
    minus | slope * z -> np.where(z > 0, z, -leak * z) |
        For z <= 0 the value is leak * z, which is negative; yours is positive.
    at_zero | z > 0 -> z >= 0 | At z = 0 the task asks for the slope leak: use z > 0, not z >= 0.
    both_leak | np.where(z > 0, 1.0, leak) -> np.where(z > 0, leak, leak) |
        Your positive side is multiplied by leak as well; it has slope 1.
    swapped | 1.0, leak -> leak, 1.0 | The two sides are exchanged: slope 1 belongs to z > 0.
    absolute | np.where(z > 0, 1.0, leak) -> np.where(z > 0, 1.0, -leak) | For z <= 0 the value is
        leak * z; you have leak * |z| with the slope of the right answer turned.
    constant_flat | slope * z, slope -> np.where(z > 0, z, leak), np.where(z > 0, 1.0, 0.0) | For z
        <= 0 the value is leak * z, not leak itself, and its slope is leak, not 0.
    """,
)
def leaky_relu(z, leak):
    slope = np.where(z > 0, 1.0, leak)
    return slope * z, slope


@exercise(
    "activations_and_losses.gelu",
    trains="a formula with many brackets",
    task="""
    gelu(z) -> a with z's shape, in the tanh form: a = z/2 (1 + tanh( sqrt(2/pi) (z + 0.044715
    z^3) )).
    """,
    cases=vectors,
    variants=(
        lambda z: z / (1 + np.exp(-2 * np.sqrt(2 / np.pi) * z * (1 + 0.044715 * z * z))),
        lambda z: np.reshape(
            [
                x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
                for x in np.ravel(z)
            ],
            z.shape,
        ),
    ),
    hints=(
        "Work from the inside: first the polynomial in z, then tanh, then the product with z.",
        "u = sqrt(2/pi) (z + 0.044715 z^3);  a = z/2 (1 + tanh u).",
        "u = np.sqrt(2 / np.pi) * (...)\nreturn 0.5 * z * (...)",
    ),
    mistakes="""
    no_half | 0.5 * z -> z | The factor 1/2 is missing: z/2 (1 + tanh u).
    no_one | (1 + np.tanh(u)) -> np.tanh(u) | The 1 is missing: z/2 (1 + tanh u).
    square | z**3 -> z**2 | The second term in u is a cube: 0.044715 z^3.
    no_root | np.sqrt(2 / np.pi) -> (2 / np.pi) | The factor in u is the square root of 2/pi.
    no_cube_term | (z + 0.044715 * z**3) -> z | The term 0.044715 z^3 is missing.
    no_z | 0.5 * z * -> 0.5 * |
        The product with z is missing: you return the share that passes, not z times it.
    swish | 0.5 * z * (1 + np.tanh(u)) -> z / (1 + np.exp(-1.702 * z)) | That is z times
        sigmoid(1.702 z), another approximation of GELU; the task asks for the tanh form.
    erf | (1 + np.tanh(u)) -> (1 + np.vectorize(math.erf)(z / np.sqrt(2))) | That is the exact GELU
        with the error function, a different form; the task asks for the tanh form.
    square_root_of_sum | np.sqrt(2 / np.pi) * (z + 0.044715 * z**3) -> np.sqrt(2 / np.pi * np.abs(z
        + 0.044715 * z**3)) * np.sign(z) |
        The root covers 2/pi only; the polynomial stands outside it.
    cube_of_all | (z + 0.044715 * z**3) -> 0.044715 * (z + z**3) |
        Only the second term has the constant: z + 0.044715 z^3.
    pi_over_two | np.sqrt(2 / np.pi) -> np.sqrt(np.pi / 2) |
        The factor in u is the square root of 2/pi, not of pi/2.
    outside | np.sqrt(2 / np.pi) * (z + 0.044715 * z**3) -> np.sqrt(2 / np.pi) * z + 0.044715 * z**3
        | The product 0.044715 z^3 belongs inside the brackets, under sqrt(2/pi).
    short_constant | 0.044715 -> 0.0447 | You use 0.0447; the constant is 0.044715, with all its
        digits.
    short_root | np.sqrt(2 / np.pi) -> 0.7979 | You use 0.7979; let NumPy compute sqrt(2/pi), with
        all its digits.
    shorter_root | np.sqrt(2 / np.pi) -> 0.798 | You use 0.798; let NumPy compute sqrt(2/pi), with
        all its digits.
    """,
)
def gelu(z):
    u = np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)
    return 0.5 * z * (1 + np.tanh(u))
