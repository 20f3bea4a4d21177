"""Reverse-mode automatic differentiation on a tape whose entries are the book's
by-hand pairs.

A primitive is any pair `*outputs, cache = forward(*inputs)` and `*dinputs
= backward(*doutputs, cache)`. The engine keeps what the forward calls did and
calls the backward functions in the opposite order; it derives nothing itself.
Source: Linnainmaa 1970; the form follows Maclaurin,
Duvenaud and Adams, autograd (2015).
"""

import functools
import itertools
from typing import NamedTuple

import numpy as np

from byhand import arithmetic
from byhand.validate import checked, describe

clock = itertools.count()  # numbers the lines of the tape as they are written


class Entry(NamedTuple):
    """One line of the tape: which pair ran, on which inputs,
    and what its backward needs."""

    time: int
    name: str
    backward: object
    cache: object
    inputs: tuple  # of Vars, dicts of Vars, and constants, as they came
    shapes: tuple  # of the outputs


class Var:
    """A value that remembers the tape entry which made it,
    and its place among the entry's outputs; `entry` is None for a leaf."""

    __array_ufunc__ = None  # np.array + Var goes to Var.__radd__

    def __init__(self, value, entry=None, place=0):
        if isinstance(value, Var):
            raise TypeError("value: expected numbers, got a Var")
        self.value, self.entry, self.place = np.asarray(value), entry, place
        if self.value.dtype.kind not in "fiub":
            raise TypeError(f"value: expected numbers, got {describe(value)}")

    @property
    def shape(self):
        """Shape of the value."""
        return self.value.shape

    @property
    def key(self):
        """The name under which gradients of this value add up."""
        return (
            ("leaf", id(self))
            if self.entry is None
            else (self.entry.time, self.place)
        )

    def __repr__(self):
        name = self.entry.name if self.entry else "leaf"
        return f"Var({name}, shape {self.shape})"

    def __add__(self, other):
        return add(self, other)

    def __radd__(self, other):
        return add(other, self)

    def __mul__(self, other):
        return multiply(self, other)

    def __rmul__(self, other):
        return multiply(other, self)

    def __matmul__(self, other):
        return matmul(self, other)

    def __rmatmul__(self, other):
        return matmul(other, self)

    def __pow__(self, n):
        return power(self, n)

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + (-other if isinstance(other, Var) else -np.asarray(other))

    def __rsub__(self, other):
        return other + (-self)

    def __truediv__(self, other):
        return self * (
            other**-1.0 if isinstance(other, Var) else 1 / np.asarray(other)
        )

    def __rtruediv__(self, other):
        return other * self**-1.0

    def exp(self):
        """e to each element."""
        return exp(self)

    def log(self):
        """The natural logarithm of each element."""
        return log(self)

    def sum(self):
        """The sum of all elements."""
        return total(self)


def values_of(given):
    """An argument with every Var replaced by its value."""
    if isinstance(given, dict):
        return {name: values_of(item) for name, item in given.items()}
    return given.value if isinstance(given, Var) else given


def vars_in(given):
    """The Vars of an argument: itself, those of a dict, or none."""
    items = given.values() if isinstance(given, dict) else (given,)
    return [item for item in items if isinstance(item, Var)]


def vars_with_gradients(given, dgiven):
    """The Vars of an argument with their gradients;
    constants and None are left out."""
    if isinstance(given, dict):
        return [
            (var, dgiven[name])
            for name, var in given.items()
            if isinstance(var, Var)
        ]
    return (
        [(given, dgiven)]
        if isinstance(given, Var) and dgiven is not None
        else []
    )


def primitive(forward, backward):
    """Lift a by-hand pair to Vars: same arguments,
    same outputs without the cache, and a line on the tape.

    Any argument may be a Var, a dict of Vars (parameters) or a constant;
    options go through untouched.
    """

    @functools.wraps(forward)
    def lifted(*inputs, **options):
        *outputs, cache = forward(*map(values_of, inputs), **options)
        shapes = tuple(np.shape(output) for output in outputs)
        entry = Entry(
            next(clock), forward.__name__, backward, cache, inputs, shapes
        )
        made = tuple(Var(output, entry, k) for k, output in enumerate(outputs))
        return made[0] if len(made) == 1 else made

    return lifted


add = primitive(arithmetic.add, arithmetic.add_backward)
multiply = primitive(arithmetic.multiply, arithmetic.multiply_backward)
matmul = primitive(arithmetic.matmul, arithmetic.matmul_backward)
power = primitive(arithmetic.power, arithmetic.power_backward)
exp = primitive(arithmetic.exp, arithmetic.exp_backward)
log = primitive(arithmetic.log, arithmetic.log_backward)
total = primitive(arithmetic.total, arithmetic.total_backward)


def tape(loss):
    """The entries on which `loss` depends, in the order in which they
    were written."""
    found, waiting = {}, [loss]
    while waiting:
        entry = waiting.pop().entry
        if entry is not None and entry.time not in found:
            found[entry.time] = entry
            waiting.extend(
                var for given in entry.inputs for var in vars_in(given)
            )
    return [found[time] for time in sorted(found)]


def scalar_loss(loss, wrt):
    """Raise unless loss is a Var that holds one number and wrt a Var or a
    dict of Vars."""
    if not isinstance(loss, Var) or not vars_in(wrt):
        raise TypeError(
            "loss, wrt: expected a Var, and a Var or a dict of Vars, got "
            f"{loss!r} and {wrt!r}"
        )
    if loss.value.size != 1:
        raise ValueError(
            f"loss: expected a single number, got shape {loss.shape}"
        )


@checked(scalar_loss)
def gradients(loss, wrt):
    """Gradient of the scalar Var `loss` with respect to a Var or a dict
    of Vars: arrays of the same shapes.

    Reads the tape from its end to its start. Where a value was used twice,
    its gradients add up.
    """
    grads = {loss.key: np.ones_like(loss.value, dtype=float)}  # dL/dL = 1
    for entry in reversed(tape(loss)):
        douts = [
            grads.get((entry.time, place), np.zeros(shape))
            for place, shape in enumerate(entry.shapes)
        ]
        dinputs = entry.backward(*douts, entry.cache)
        dinputs = dinputs if isinstance(dinputs, tuple) else (dinputs,)
        for given, dgiven in zip(entry.inputs, dinputs, strict=True):
            for var, dvar in vars_with_gradients(given, dgiven):
                grads[var.key] = grads.get(var.key, 0) + dvar  # (4.2)
    if isinstance(wrt, dict):
        return {
            name: grads.get(var.key, np.zeros(var.shape))
            for name, var in wrt.items()
        }
    return grads.get(wrt.key, np.zeros(wrt.shape))


def variables(params):
    """Make a Var of every array of a dict of parameters."""
    return {name: Var(value) for name, value in params.items()}
