"""Wrong answers of chapter 1, as learners write them."""

import numpy as np

from attacks.table import wrong


@wrong("neuron.perceptron_step", "factor", "half|0.5|step size|factor")
def half_a_step(w, b, x, y):
    if y * (np.dot(w, x) + b) <= 0:
        return w + 0.5 * y * x, b + 0.5 * y
    return w, b


@wrong("neuron.perceptron_step", "factor", "twice|times 2|double")
def error_times_input(w, b, x, y):
    guess = 1 if np.dot(w, x) + b > 0 else -1
    return w + (y - guess) * x, b + (y - guess)


@wrong("neuron.perceptron_step", "state", "in place|changes its argument|copy")
def added_to_the_argument(w, b, x, y):
    if y * (np.dot(w, x) + b) <= 0:
        w += y * x
        b += y
    return w, b


@wrong("neuron.perceptron_step", "forgotten", r"bias|\bb\b")
def test_without_bias(w, b, x, y):
    if y * np.dot(w, x) <= 0:
        return w + y * x, b + y
    return w, b


@wrong("neuron.perceptron_step", "sign", "sign|minus|subtract|away|wrong way")
def subtracted(w, b, x, y):
    if y * (np.dot(w, x) + b) <= 0:
        return w - y * x, b - y
    return w, b


@wrong("neuron.perceptron_step", "forgotten", r"label|\by\b|sign")
def label_left_out(w, b, x, y):
    if y * (np.dot(w, x) + b) <= 0:
        return w + x, b + 1
    return w, b


@wrong("neuron.perceptron_step", "misread", "label|right side|wrong only|y \\(w|score")
def only_when_it_does_not_fire(w, b, x, y):
    if np.dot(w, x) + b <= 0:
        return w + y * x, b + y
    return w, b


@wrong("neuron.perceptron_step", "order", "order|exchanged|swapped")
def bias_first(w, b, x, y):
    if y * (np.dot(w, x) + b) <= 0:
        w, b = w + y * x, b + y
    return b, w


@wrong("neuron.batch", "misread", "z = 0|zero|>=|tie|exactly 0")
def fires_at_zero(X, w, b):
    z = X @ w + b
    a = np.zeros(len(X))
    for i in range(len(X)):
        if z[i] >= 0:
            a[i] = 1.0
    return a


@wrong("neuron.batch", "forgotten", "activation|score|step|0 and 1|threshold")
def scores_returned(X, w, b):
    return X @ w + b


@wrong("neuron.batch", "convention", "True and False|boolean|astype")
def booleans_returned(X, w, b):
    return X @ w + b > 0


@wrong("neuron.batch", "convention", "-1|sign")
def signs_returned(X, w, b):
    return np.where(X @ w + b > 0, 1.0, -1.0)


@wrong("neuron.batch", "misread", "sigmoid|step|smooth|between 0 and 1")
def sigmoid_neuron(X, w, b):
    return 1 / (1 + np.exp(-(X @ w + b)))


@wrong("neuron.batch", "forgotten", r"bias|\bb\b")
def no_bias(X, w, b):
    return (X @ w > 0).astype(float)


@wrong("neuron.batch", "sign", r"bias|\bb\b|sign")
def threshold_is_b(X, w, b):
    return (X @ w > b).astype(float)


@wrong("neuron.bound", "forgotten", r"norm|\|w\||length|divi")
def gamma_not_divided(X, y, w, b):
    R = np.sqrt((X**2).sum(axis=1) + 1).max()
    gamma = (y * (X @ w + b)).min()
    return (R / gamma) ** 2, R, gamma


@wrong("neuron.bound", "forgotten", "bias|constant|input 1")
def radius_without_bias(X, y, w, b):
    R = np.linalg.norm(X, axis=1).max()
    gamma = (y * (X @ w + b)).min() / np.sqrt((w**2).sum() + b**2)
    return (R / gamma) ** 2, R, gamma


@wrong("neuron.bound", "forgotten", "bias|b\\^2|\\bb\\b")
def norm_of_w_alone(X, y, w, b):
    R = np.sqrt((X**2).sum(axis=1) + 1).max()
    gamma = (y * (X @ w + b)).min() / np.linalg.norm(w)
    return (R / gamma) ** 2, R, gamma


@wrong("neuron.bound", "forgotten", "square")
def ratio_not_squared(X, y, w, b):
    R = np.sqrt((X**2).sum(axis=1) + 1).max()
    gamma = (y * (X @ w + b)).min() / np.sqrt((w**2).sum() + b**2)
    return R / gamma, R, gamma


@wrong("neuron.bound", "misread", "mean|largest|max")
def mean_radius(X, y, w, b):
    R = np.sqrt((X**2).sum(axis=1) + 1).mean()
    gamma = (y * (X @ w + b)).min() / np.sqrt((w**2).sum() + b**2)
    return (R / gamma) ** 2, R, gamma


@wrong("neuron.bound", "axis", "row|axis|example|column|whole")
def norm_of_the_whole_batch(X, y, w, b):
    R = np.sqrt((X**2).sum() + 1)
    gamma = (y * (X @ w + b)).min() / np.sqrt((w**2).sum() + b**2)
    return (R / gamma) ** 2, R, gamma


@wrong("neuron.bound", "order", "order|exchanged|swapped")
def radius_and_margin_exchanged(X, y, w, b):
    R = np.sqrt((X**2).sum(axis=1) + 1).max()
    gamma = (y * (X @ w + b)).min() / np.sqrt((w**2).sum() + b**2)
    return (R / gamma) ** 2, gamma, R
