"""Other roundings that no setting of a library gives: jitter, and two threads in PyTorch.

sitecustomize loads this where BYHAND_JITTER holds a seed:
every random draw is then multiplied by 1 + 1e-6 noise. Training amplifies the small change as it
would amplify another processor's rounding, so runs with several seeds show how far each printed
number can be trusted. The noise depends on the seed and the shape
alone: two draws that were equal stay equal.

Where BYHAND_TORCH_THREADS holds a number, PyTorch keeps that many threads,
whatever a notebook asks for.
"""

import functools
import importlib.util
import sys

import numpy as np

SIZE = 1e-6


@functools.lru_cache(maxsize=256)
def factor(seed, shape):
    return 1 + SIZE * original_default_rng([seed, *shape]).standard_normal(shape)


original_default_rng = np.random.default_rng


def jitter_numpy(seed):
    """Make `np.random.default_rng` return generators whose floating-point draws are jittered."""

    def jittered(name):
        draw = getattr(np.random.Generator, name)

        @functools.wraps(draw)
        def method(self, *args, **kwargs):
            drawn = draw(self, *args, **kwargs)
            if isinstance(drawn, np.ndarray):
                if drawn.dtype.kind == "f":
                    drawn *= factor(seed, drawn.shape).astype(drawn.dtype)
                return drawn
            return float(drawn * factor(seed, ()))

        return method

    names = ("random", "normal", "standard_normal", "uniform", "exponential", "laplace", "gumbel")
    Jittered = type("Generator", (np.random.Generator,), {name: jittered(name) for name in names})

    def default_rng(seed=None):
        plain = original_default_rng(seed)
        return plain if isinstance(seed, np.random.Generator) else Jittered(plain.bit_generator)

    np.random.default_rng = default_rng


def jitter_torch(torch, seed):
    """Wrap torch's floating-point draws: the two that fill a tensor, and those that make one."""

    def jittered(draw):
        @functools.wraps(draw)
        def wrapped(*args, **kwargs):
            drawn = draw(*args, **kwargs)
            if drawn.device.type == "cpu" and drawn.is_floating_point() and drawn.numel():
                with torch.no_grad():
                    noise = torch.from_numpy(np.asarray(factor(seed, tuple(drawn.shape))))
                    drawn.mul_(noise.to(drawn.dtype))
            return drawn

        return wrapped

    for name in ("normal_", "uniform_"):
        setattr(torch.Tensor, name, jittered(getattr(torch.Tensor, name)))
    for name in ("randn", "rand", "normal", "randn_like", "rand_like"):
        setattr(torch, name, jittered(getattr(torch, name)))


def keep_threads(torch, number):
    """Compute with `number` threads; what notebooks ask for afterwards does nothing."""
    torch.set_num_threads(number)
    torch.set_num_threads = lambda wanted: None


class AfterTorch:
    """An import hook: calls `work(torch)` once torch has been imported,
    and costs nothing where it is not."""

    def __init__(self, work):
        self.work = work

    def find_spec(self, name, path=None, target=None):
        if name != "torch":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec("torch")
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            self.work(module)

        spec.loader.exec_module = exec_module
        return spec


def install(seed=None, threads=None):
    """Jitter every random draw with `seed`, or keep `threads` threads in PyTorch, or both."""

    def work(torch):
        if seed is not None:
            jitter_torch(torch, seed)
        if threads is not None:
            keep_threads(torch, threads)

    if seed is not None:
        jitter_numpy(seed)
    sys.meta_path.insert(0, AfterTorch(work))
