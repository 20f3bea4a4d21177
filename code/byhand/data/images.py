"""Pictures (N, C, H, W) put into a frame, moved about,
and with their pixels shuffled."""

import numpy as np

from byhand.shapes import expect
from byhand.validate import as_count, as_rng


def frame(pictures, times=3, margin=4):
    """Make every pixel a square of `times` x `times` pixels and add a margin of
    zeros on all sides.

    The defaults bring the digits (N, 1, 8, 8) to (N, 1, 32, 32),
    the size that LeNet-5 was made for.
    """
    expect(pictures=(pictures, "N C H W"))
    times, margin = (
        as_count("times", times),
        as_count("margin", margin, least=0),
    )
    larger = pictures.repeat(times, axis=2).repeat(times, axis=3)
    return np.pad(larger, ((0, 0), (0, 0), (margin, margin), (margin, margin)))


def shifted(pictures, down=0, right=0):
    """Move all pictures by whole pixels; zeros come in,
    and what leaves the frame is lost.

    Arguments: pictures: (N, C, H, W). down, right: whole numbers,
    negative for up and left.
    """
    H, W = expect(pictures=(pictures, "N C H W"))["H"], pictures.shape[3]
    down, right = (
        as_count("down", down, least=-H),
        as_count("right", right, least=-W),
    )
    moved = np.zeros_like(pictures)
    moved[:, :, max(down, 0) : H + down, max(right, 0) : W + right] = pictures[
        :,
        :,
        max(-down, 0) : max(H - down, 0),
        max(-right, 0) : max(W - right, 0),
    ]
    return moved


def random_shifts(rng, pictures, most):
    """Move each picture on its own, by -most .. most pixels along both axes,
    every shift equally likely."""
    N, _, H, W = expect(pictures=(pictures, "N C H W")).values()
    as_rng("rng", rng)
    most = as_count("most", most, least=0)
    padded = np.pad(pictures, ((0, 0), (0, 0), (most, most), (most, most)))
    moved = np.empty_like(pictures)
    for n, (i, j) in enumerate(rng.integers(0, 2 * most + 1, (N, 2))):
        moved[n] = padded[n, :, i : i + H, j : j + W]
    return moved
