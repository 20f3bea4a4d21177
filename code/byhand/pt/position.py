"""Twin of `byhand.position.rotary`."""

import torch


def rotary(x, base=10000):
    """Turn each pair (x_i, x_(i + K/2)) of x (..., T, K) by the angle
    t base^(-2i/K), where t is its place; K even."""
    T, K = x.shape[-2:]
    if K % 2:
        raise ValueError(f"x: expected an even width, got {K}")
    exact = {"dtype": torch.float64, "device": x.device}
    speed = float(base) ** (-torch.arange(0, K, 2, **exact) / K)
    angle = torch.arange(T, **exact)[:, None] * speed
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    first, second = x.chunk(2, dim=-1)
    turned = first * cos - second * sin, first * sin + second * cos
    return torch.cat(turned, dim=-1)
