"""Check a backward pass against central differences."""

import numpy as np

from byhand.validate import describe


def numerical_gradient(f, x, step=1e-6):
    """Central differences of a scalar function: (f(x + h) - f(x - h)) / 2h,
    one element at a time.

    Arguments:
        f: function of no arguments that reads `x` and returns a scalar.
        x: float64 array of any shape; changed during the call and restored
        before it returns.
        step: h, in the units of `x`.

    Returns an array shaped like `x`. Raises TypeError unless `x` is a
    float64 array.
    """
    if not isinstance(x, np.ndarray) or x.dtype != np.float64:
        raise TypeError(f"x: expected a float64 array, got {describe(x)}")
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        old = x[index]
        x[index] = old + step
        above = f()
        x[index] = old - step
        below = f()
        x[index] = old
        gradient[index] = (above - below) / (2 * step)
    return gradient


def check_gradients(
    forward, backward, *args, names=None, rng=None, tolerance=1e-6, verbose=True
):
    """Compare a hand-written backward pass with central differences,
    argument by argument.

    The loss is L = sum of (output * r) with random fixed r,
    so that every element of every output counts.

    Arguments:
        forward: `*outputs, cache = forward(*args)`.
        backward: `*gradients = backward(*doutputs, cache)`,
            in the order of the forward's arguments. A gradient of None says
            that the argument has none (labels, masks, integers).
        args: float64 arrays, dicts of them (parameters),
        or anything that takes no gradient.
        names: one name per argument for the report;
        default "argument 0", "argument 1", ...
        rng: generator for r; default `np.random.default_rng(0)`.
        tolerance: largest accepted error, relative to the largest element
            of the gradient (or to a thousandth of the largest element of all,
            where a gradient is smaller than that).
        verbose: print one line per gradient.

    Returns a dict from name to relative error. Raises AssertionError
    naming the gradients that disagree, TypeError or ValueError when the
    backward's answer does not fit the arguments.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    *outputs, cache = forward(*args)
    douts = [rng.standard_normal(np.shape(out)) for out in outputs]

    def loss():
        *now, _ = forward(*args)
        return sum(
            float(np.sum(out * dout))
            for out, dout in zip(now, douts, strict=True)
        )

    gradients = backward(*douts, cache)
    if not isinstance(gradients, tuple):
        gradients = (gradients,)
    if len(gradients) != len(args):
        raise ValueError(
            f"backward: expected {len(args)} gradients, one per argument, got "
            f"{len(gradients)}"
        )
    names = names or [f"argument {k}" for k in range(len(args))]
    pairs = _pairs(names, args, gradients)
    numeric = {label: numerical_gradient(loss, x) for label, x, _ in pairs}
    # A gradient far below the others is rounding noise in the differences:
    # compare it on the others' scale.
    floor = max(
        1e-3 * max((_largest(g) for g in numeric.values()), default=0), 1e-8
    )
    errors = {
        label: _relative_error(label, dx, numeric[label], floor)
        for label, _, dx in pairs
    }
    if verbose:
        for label, error in errors.items():
            print(
                f"d{label:<22} by hand = central differences: "
                f"{error < tolerance}"
            )
    wrong = {
        name: error for name, error in errors.items() if not error < tolerance
    }
    if wrong:
        listed = ", ".join(
            f"{name} (relative error {error:.1e})"
            for name, error in wrong.items()
        )
        raise AssertionError(
            f"by hand and central differences disagree on: {listed}"
        )
    return errors


def _pairs(names, args, gradients):
    """(label, array, its gradient) for every array that has one,
    the arrays of a dict one by one."""
    pairs = []
    for name, arg, gradient in zip(names, args, gradients, strict=True):
        if isinstance(arg, dict) and gradient is not None:
            pairs += [
                (f"{name}[{key}]", arg[key], gradient[key]) for key in arg
            ]
        elif gradient is not None:
            pairs.append((name, arg, gradient))
    return pairs


def _largest(array):
    return float(np.max(np.abs(array), initial=0))


def _relative_error(label, by_hand, numeric, floor):
    if np.shape(by_hand) != numeric.shape:
        raise ValueError(
            f"gradient of {label}: expected shape {numeric.shape}, got "
            f"{np.shape(by_hand)}"
        )
    return _largest(by_hand - numeric) / max(_largest(numeric), floor)
