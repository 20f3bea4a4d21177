"""Forward-mode automatic differentiation: a value and, beside it,
its derivative along one direction."""

import numpy as np


class Dual:
    """A value x and its derivative dx along one chosen direction of the inputs;
    both arrays of one shape.

    Every operation computes both at once, with the rules of school:
    sum, product, chain. Source: Wengert 1964;
    Clifford's dual numbers x + dx e with e^2 = 0 (1871).
    """

    __array_ufunc__ = None

    def __init__(self, x, dx=0.0):
        self.x = np.asarray(x, dtype=float)
        self.dx = np.broadcast_to(np.asarray(dx, dtype=float), self.x.shape)

    def __add__(self, other):
        other = as_dual(other)
        return Dual(self.x + other.x, self.dx + other.dx)

    def __mul__(self, other):
        other = as_dual(other)
        return Dual(self.x * other.x, self.dx * other.x + self.x * other.dx)

    def __matmul__(self, other):
        other = as_dual(other)
        return Dual(self.x @ other.x, self.dx @ other.x + self.x @ other.dx)

    def __rmatmul__(self, other):
        return as_dual(other) @ self

    def __pow__(self, n):
        return self.apply(lambda x: x**n, lambda x: n * x ** (n - 1))

    def apply(self, f, slope):
        """f(x), and slope(x) dx beside it: the chain rule for a function
        that acts element by element."""
        return Dual(f(self.x), slope(self.x) * self.dx)

    def exp(self):
        """e^x."""
        return self.apply(np.exp, np.exp)

    def log(self):
        """The natural logarithm."""
        return self.apply(np.log, lambda x: 1 / x)

    def tanh(self):
        """The hyperbolic tangent."""
        return self.apply(np.tanh, lambda x: 1 - np.tanh(x) ** 2)

    def sum(self):
        """Sum of all elements."""
        return Dual(self.x.sum(), self.dx.sum())

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -as_dual(other)

    def __rsub__(self, other):
        return as_dual(other) + -self

    def __truediv__(self, other):
        return self * as_dual(other) ** -1

    __radd__, __rmul__ = __add__, __mul__


def as_dual(value):
    """A constant is a dual number with derivative 0."""
    return value if isinstance(value, Dual) else Dual(value)
