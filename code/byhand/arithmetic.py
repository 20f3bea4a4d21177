"""The smallest pairs: sums, products and a few functions. `autodiff.Var`
makes its operators of them."""

import numpy as np


def unbroadcast(dout, shape):
    """Add up dout over the axes along which an array of `shape` was repeated:
    each copy is a path."""
    while dout.ndim > len(shape):
        dout = dout.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            dout = dout.sum(axis=axis, keepdims=True)
    return dout


def add(a, b):
    """c = a + b, with NumPy's broadcasting. Returns c, cache."""
    return a + b, (np.shape(a), np.shape(b))


def add_backward(dc, cache):
    """da = dc, db = dc."""
    return unbroadcast(dc, cache[0]), unbroadcast(dc, cache[1])


def multiply(a, b):
    """c = a b, element by element. Returns c, cache."""
    return a * b, (a, b)


def multiply_backward(dc, cache):
    """da = dc b, db = dc a."""
    a, b = cache
    return unbroadcast(dc * b, np.shape(a)), unbroadcast(dc * a, np.shape(b))


def matmul(A, B):
    """C = A B for A (..., N, K), B (..., K, M);
    the axes before are broadcast. Returns C (..., N, M), cache.

    Raises ValueError for vectors: a vector is a matrix of one row or one
    column.
    """
    if np.ndim(A) < 2 or np.ndim(B) < 2:
        raise ValueError(
            "A, B: expected matrices (..., N, K) and (..., K, M), got "
            f"{A.shape} and {B.shape}"
        )
    return A @ B, (A, B)


def matmul_backward(dC, cache):
    """dA = dC B^T, dB = A^T dC, summed over the matrices for which one
    was repeated."""
    A, B = cache
    dA, dB = dC @ np.swapaxes(B, -1, -2), np.swapaxes(A, -1, -2) @ dC
    return unbroadcast(dA, A.shape), unbroadcast(dB, B.shape)


def power(a, n):
    """c = a^n for a constant n. Returns c, cache."""
    return a**n, (a, n)


def power_backward(dc, cache):
    """da = dc n a^(n-1); n takes no gradient."""
    a, n = cache
    return dc * n * a ** (n - 1), None


def exp(a):
    """c = e^a. Returns c, cache."""
    c = np.exp(a)
    return c, c


def exp_backward(dc, c):
    """da = dc e^a."""
    return dc * c


def log(a):
    """c = log a. Returns c, cache."""
    return np.log(a), a


def log_backward(dc, a):
    """da = dc / a."""
    return dc / a


def total(a):
    """The sum of all elements. Returns c (), cache."""
    return a.sum(), a.shape


def total_backward(dc, shape):
    """da = dc at every element."""
    return np.broadcast_to(dc, shape)
