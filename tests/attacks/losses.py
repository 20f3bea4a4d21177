"""Wrong answers of chapter 2, as learners write them."""

import math

import numpy as np

from attacks.table import sig, soft, wrong

A = "activations_and_losses."


@wrong(A + "sigmoid", "misread", r"z \(1 - z\)|a \(1 - a\)|a\(1|z\(1")
def slope_from_z(z):
    return sig(z), z * (1 - z)


@wrong(A + "sigmoid", "misread", "tanh")
def slope_of_tanh(z):
    a = sig(z)
    return a, 1 - a**2


@wrong(A + "sigmoid", "sign", "sign|minus|-z|mirror")
def exponent_without_minus(z):
    a = 1 / (1 + np.exp(z))
    return a, a * (1 - a)


@wrong(A + "sigmoid", "order", "order|exchanged|swapped")
def slope_first(z):
    a = sig(z)
    return a * (1 - a), a


@wrong(A + "sigmoid", "misread", "twice|sigmoid of|applied|already|of a")
def slope_of_a(z):
    a = sig(z)
    return a, sig(a) * (1 - sig(a))


@wrong(A + "tanh", "forgotten", "square|a\\^2|1 - a")
def not_squared(z):
    a = np.tanh(z)
    return a, 1 - a


@wrong(A + "tanh", "misread", r"z\^2|z squared|of a|tanh z|already")
def slope_with_z(z):
    return np.tanh(z), 1 - z**2


@wrong(A + "tanh", "misread", "sigmoid|a \\(1 - a\\)")
def slope_of_sigmoid(z):
    a = np.tanh(z)
    return a, a * (1 - a)


@wrong(A + "tanh", "factor", "2 z|2z|factor|twice|sigmoid")
def stretched_sigmoid(z):
    a = 2 * sig(z) - 1
    return a, 1 - a**2


@wrong(A + "leaky_relu", "misread", "larger than 1|above 1|> 1|max")
def largest_of_both(z, leak):
    return np.maximum(z, leak * z), np.where(z > 0, 1.0, leak)


@wrong(A + "leaky_relu", "misread", "z = 0|at 0|zero|>=")
def slope_one_at_zero(z, leak):
    return np.where(z > 0, z, leak * z), np.where(z >= 0, 1.0, leak)


@wrong(A + "leaky_relu", "misread", "times z|leak \\* z|leak z|constant|leak itself")
def leak_as_value(z, leak):
    return np.where(z > 0, z, leak), np.where(z > 0, 1.0, 0.0)


@wrong(A + "leaky_relu", "forgotten", "slope|leak|ReLU|0 where")
def slope_of_relu(z, leak):
    return np.where(z > 0, z, leak * z), np.where(z > 0, 1.0, 0.0)


@wrong(A + "leaky_relu", "sign", "sign|minus|positive|absolute")
def leak_subtracted(z, leak):
    return np.where(z > 0, z, -leak * z), np.where(z > 0, 1.0, -leak)


@wrong(A + "gelu", "convention", "erf|exact")
def exact_form(z):
    erf = np.vectorize(math.erf)
    return z * 0.5 * (1 + erf(z / math.sqrt(2)))


@wrong(A + "gelu", "convention", "sigmoid|1.702|approx|swish")
def sigmoid_form(z):
    return z * sig(1.702 * z)


@wrong(A + "gelu", "misread", r"cube|z\^3|third|power")
def square_for_cube(z):
    return z / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**2)))


@wrong(A + "gelu", "factor", "half|1/2|z/2|times 2|twice|/ 2")
def no_half(z):
    return z * (1 + np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)))


@wrong(A + "gelu", "misread", "bracket|both|parenthes|whole|cube")
def root_times_z_only(z):
    return z / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * z + 0.044715 * z**3))


@wrong(A + "gelu", "forgotten", r"1 \+|the 1|plus 1|\+ 1")
def one_forgotten(z):
    return z / 2 * np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))


@wrong(A + "softmax", "axis", "column|axis")
def over_columns(z):
    e = np.exp(z - np.max(z, axis=0))
    return e / np.sum(e, axis=0)


@wrong(A + "softmax", "axis", "whole|one sum|batch")
def one_sum(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum()


@wrong(A + "softmax", "unstable", "overflow|largest|maximum|infin")
def plain(z):
    p = np.zeros(z.shape)
    for i, row in enumerate(z):
        p[i] = np.exp(row) / np.exp(row).sum()
    return p


@wrong(A + "softmax", "misread", "log")
def logarithm(z):
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


@wrong(A + "softmax", "convention", "base|2\\^|power of 2")
def base_two(z):
    e = 2.0 ** (z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@wrong(A + "softmax", "misread", "sigmoid|each.*own")
def sigmoid_of_each(z):
    return np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))), 1 - 1 / (1 + np.exp(-np.abs(z))))


@wrong(A + "softmax", "state", "in place|changes its argument|copy")
def shifted_in_place(z):
    z -= z.max(axis=1, keepdims=True)
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


@wrong(A + "softmax", "forgotten", r"\bexp\b|e\^|exponential")
def shares_of_logits(z):
    z = z - z.min(axis=1, keepdims=True)
    return z / z.sum(axis=1, keepdims=True)


@wrong(A + "softmax_jacobian", "forgotten", "diagonal|other")
def only_the_diagonal(z):
    p = soft(z)
    return np.diag(p * (1 - p))


@wrong(A + "softmax_jacobian", "forgotten", "diagonal|diag")
def no_diagonal_term(z):
    p = soft(z)
    return -np.outer(p, p)


@wrong(A + "softmax_jacobian", "sign", "sign|minus|plus")
def outer_added(z):
    p = soft(z)
    return np.diag(p) + np.outer(p, p)


@wrong(A + "softmax_jacobian", "unstable", "overflow|largest|maximum|infin")
def jacobian_of_plain(z):
    p = np.exp(z) / np.exp(z).sum()
    return np.diag(p) - np.outer(p, p)


@wrong(A + "softmax_jacobian", "misread", "matrix|diagonal|vector")
def a_vector(z):
    p = soft(z)
    return p * (1 - p)


@wrong(A + "mse", "forgotten", "1/N|mean|times|number of examples")
def mse_gradient_of_sum(p, y):
    return ((p - y) ** 2).mean(), 2 * (p - y)


@wrong(A + "mse", "factor", r"factor 2|half|times 0\.5|2 \(")
def mse_gradient_without_two(p, y):
    return np.mean((p - y) ** 2), (p - y) / len(p)


@wrong(A + "mse", "sign", "sign|-1")
def mse_gradient_other_way(p, y):
    return np.mean((y - p) ** 2), 2 * (y - p) / len(p)


@wrong(A + "mse", "convention", "1/2|half|times 0.5")
def mse_half(p, y):
    return 0.5 * np.mean((p - y) ** 2), (p - y) / len(p)


@wrong(A + "mse", "misread", "square of the mean|mean of the square|square|mean error")
def square_of_the_mean(p, y):
    return np.mean(p - y) ** 2, 2 * (p - y) / len(p)


@wrong(A + "mse", "misread", "root")
def root_taken(p, y):
    loss = np.sqrt(np.mean((p - y) ** 2))
    return loss, (p - y) / (len(p) * loss + 1e-12)


@wrong(A + "mae", "forgotten", "1/N|mean|times|number of examples")
def mae_gradient_of_sum(p, y):
    return np.abs(p - y).mean(), np.sign(p - y)


@wrong(A + "mae", "sign", "sign|-1")
def mae_other_way(p, y):
    return np.abs(p - y).mean(), np.sign(y - p) / len(p)


@wrong(A + "mae", "misread", "p = y|zero|exactly|>=")
def mae_one_at_zero(p, y):
    return np.abs(p - y).mean(), np.where(p >= y, 1.0, -1.0) / len(p)


@wrong(A + "mae", "forgotten", "absolute|\\|p - y\\|")
def no_absolute(p, y):
    return np.mean(p - y), np.ones(len(p)) / len(p)


@wrong(A + "hinge", "convention", "0 and 1|0/1|label|-1|zero")
def labels_turned(s, y):
    y = 2 * y - 1
    m = 1 - y * s
    return np.maximum(0, m).mean(), np.where(m > 0, -y, 0) / len(s)


@wrong(A + "hinge", "misread", "exactly|edge|>=|kink|= 0|margin is 1")
def slope_at_the_edge(s, y):
    m = 1 - y * s
    return np.maximum(0, m).mean(), np.where(m >= 0, -y, 0) / len(s)


@wrong(A + "hinge", "forgotten", "margin|the 1|1 -")
def no_margin(s, y):
    return np.maximum(0, -y * s).mean(), np.where(y * s < 0, -y, 0) / len(s)


@wrong(A + "hinge", "sign", "sign|minus|-1")
def hinge_gradient_sign(s, y):
    m = 1 - y * s
    return np.maximum(0, m).mean(), np.where(m > 0, y, 0) / len(s)


@wrong(A + "hinge", "forgotten", r"label|\by\b")
def hinge_gradient_without_label(s, y):
    m = 1 - y * s
    return np.maximum(0, m).mean(), np.where(m > 0, -1.0, 0) / len(s)


@wrong(A + "hinge", "forgotten", "1/N|mean|number of examples")
def hinge_gradient_of_sum(s, y):
    m = 1 - y * s
    return np.maximum(0, m).mean(), np.where(m > 0, -y, 0.0)


@wrong(A + "hinge", "convention", "square")
def squared_hinge(s, y):
    m = np.maximum(0, 1 - y * s)
    return (m**2).mean(), -2 * y * m / len(s)


def search(slope):
    """The number between 0.001 and 1000 at which a slope changes its sign, by halving."""
    low, high = math.log(1e-3), math.log(1e3)
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(math.exp(middle)) > 0 else (low, middle)
    return math.exp(middle)


def too_sure(p, z, y):
    """How much more the forecasts p expect than the scores of the labels give."""
    return (p * z).sum(axis=1).mean() - z[np.arange(len(y)), y].mean()


@wrong(A + "temperature", "factor", "multiplies|1 / tau|beta|divides")
def beta_returned(z, y):
    return 1 / search(lambda tau: too_sure(soft(z / tau), z, y))


@wrong(A + "temperature", "misread", "softmax again|scores that are divided|twice")
def probabilities_divided(z, y):
    p = soft(z)
    return search(lambda tau: too_sure(soft(p / tau), p, y))


@wrong(A + "temperature", "constant", "grid|0.01|relative")
def two_digits(z, y):
    return round(search(lambda tau: too_sure(soft(z / tau), z, y)), 2)


@wrong(A + "temperature", "misread", "ln tau|logarithm")
def logarithm_returned(z, y):
    return math.log(search(lambda tau: too_sure(soft(z / tau), z, y)))
