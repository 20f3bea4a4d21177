"""LeNet: blocks of convolution, activation and pooling,
then an MLP (LeCun et al. 1998, in today's form)."""

from typing import NamedTuple

import numpy as np

from byhand.activations import activation as activation_pair
from byhand.conv import (
    conv2d_by_chunks,
    conv2d_by_chunks_backward,
    init_conv,
    output_size,
)
from byhand.mlp import MlpCache, init_mlp, mlp, mlp_backward
from byhand.params import put, take
from byhand.pool import (
    average_pool,
    average_pool_backward,
    max_pool,
    max_pool_backward,
)
from byhand.validate import as_count, checked, describe, one_of

POOLS = {
    "max": (max_pool, max_pool_backward),
    "average": (average_pool, average_pool_backward),
}


class Block(NamedTuple):
    """Caches of one convolution and of what follows it."""

    conv: NamedTuple
    activation: NamedTuple
    pool: NamedTuple


class LenetCache(NamedTuple):
    """Caches of the blocks and of the head, and the shape of the maps
    before they were flattened."""

    blocks: tuple
    shape: tuple
    head: MlpCache
    activation: str
    pool: str


@checked(pool=one_of(*POOLS))
def lenet(params, x, padding=0, activation="relu", pool="max"):
    """Blocks of convolution, activation, 2 x 2 pooling;
    the last maps, flattened, go through an MLP.

    Arguments:
        params: "conv.0.W", "conv.0.b", ..., "head.0.W",
        ... as made by `init_lenet`.
        x: (N, C, H, W).
        padding: of every convolution.
        activation: a name in `activations.ACTIVATIONS`; pool:
        "max" or "average".

    Returns the scores z (N, classes), cache. Raises TypeError or
    ValueError if a shape does not fit, ValueError for an unknown
    activation or pool.
    """
    phi, _ = activation_pair(activation)
    pool_forward, _ = POOLS[pool]
    kernels, blocks = take(params, "conv"), []
    for l in range(len(kernels) // 2):
        # (N, O, OH, OW)
        x, conv_cache = conv2d_by_chunks(
            take(kernels, str(l)), x, padding=padding
        )
        x, phi_cache = phi(x)
        x, pool_cache = pool_forward(x)  # (N, O, OH // 2, OW // 2)
        blocks.append(Block(conv_cache, phi_cache, pool_cache))
    z, head = mlp(take(params, "head"), x.reshape(len(x), -1), activation)
    return z, LenetCache(tuple(blocks), x.shape, head, activation, pool)


def lenet_backward(dz, cache):
    """Gradients of `lenet`, from the scores to the pixels.

    Arguments: dz (N, classes). Returns grads with the names of params,
    dx (N, C, H, W).
    """
    _, phi_backward = activation_pair(cache.activation)
    _, pool_backward = POOLS[cache.pool]
    grads, dx = mlp_backward(dz, cache.head)
    grads, dx = put("head", grads), dx.reshape(cache.shape)
    for l in reversed(range(len(cache.blocks))):
        block = cache.blocks[l]
        dx = phi_backward(pool_backward(dx, block.pool), block.activation)
        conv_grads, dx = conv2d_by_chunks_backward(dx, block.conv)
        grads = put(f"conv.{l}", conv_grads) | grads
    return grads, dx


def map_size(size, kernel, padding=0, blocks=2):
    """Return the height and width that are left after `blocks` of convolution
    and 2 x 2 pooling."""
    for _ in range(blocks):
        size = output_size(output_size(size, kernel, padding=padding), 2, 2)
    return size


def init_lenet(
    rng,
    size=32,
    kernel=5,
    padding=0,
    channels=(1, 6, 16),
    head=(120, 84, 10),
    dtype=np.float64,
):
    """Draw the parameters of a LeNet for square pictures;
    the defaults are LeNet-5, with 61,706 of them.

    Arguments:
        rng: NumPy Generator.
        size: height and width of a picture; kernel, padding:
        of every convolution.
        channels: of the picture and after each convolution; head:
        sizes of the MLP's layers.
        dtype: NumPy dtype.

    Returns {"conv.0.W", "conv.0.b", ..., "head.0.W", ...};
    all weights by He et al. (2015).
    """
    for name, value, least in (("channels", channels, 2), ("head", head, 1)):
        if not isinstance(value, list | tuple) or len(value) < least:
            raise ValueError(
                f"{name}: expected a tuple of at least {least}, got "
                f"{describe(value)}"
            )
    size = map_size(
        as_count("size", size),
        as_count("kernel", kernel),
        padding,
        len(channels) - 1,
    )
    params = {}
    for l, (C, O) in enumerate(zip(channels[:-1], channels[1:], strict=True)):
        params |= put(f"conv.{l}", init_conv(rng, C, O, kernel, dtype))
    return params | put(
        "head", init_mlp(rng, (channels[-1] * size**2, *head), dtype=dtype)
    )
