"""The benchmark's cases: a by-hand layer, torch's layer of the same sizes, and the ratio to aim at.

A case is a function of a generator and sizes; it returns the two sides. Add one by decorating it:

    @case("Linear 64-10, B=128", aim=1.0, full={...}, tiny={...})
    def linear(rng, B, D, C): ...
"""

from collections import namedtuple

import numpy as np
import torch
from byhand import (
    attention,
    blocks,
    chunked,
    conv,
    gru,
    lenet,
    losses,
    lstm,
    lstm_fast,
    mlp,
    norm,
    optim,
    pool,
    rnn,
    since_2017,
    transformer,
    windowed,
)
from byhand.pt import transformer as pt_transformer
from byhand.pt.as_torch import as_encoder_layer

# forward, backward, args: the by-hand pair and its float64 arguments. layer: a callable on tensors.
# data: which of the arguments are data and go to torch's layer too.
# theirs: a function that does the same in torch, where a layer and autograd do not fit (an
# optimiser).
Sides = namedtuple("Sides", "forward backward args layer data theirs", defaults=(None,))
Case = namedtuple("Case", "name aim full tiny make")
CASES = []


def case(name, aim, full, tiny):
    """Register a case; `full` are the sizes to time, `tiny` show only that it runs;
    aim may be None."""

    def register(make):
        CASES.append(Case(name, aim, full, tiny, make))
        return make

    return register


class First(torch.nn.Module):
    """A torch layer that returns several things, of which only the first is wanted."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, *inputs):
        return self.layer(*inputs)[0]


@case(
    "MLP 784-256-10, B=128",
    1.0,
    {"B": 128, "D": 784, "H": 256, "C": 10},
    {"B": 3, "D": 5, "H": 4, "C": 2},
)
def mlp_step(rng, B, D, H, C):
    nn = torch.nn
    layer = nn.Sequential(nn.Linear(D, H), nn.ReLU(), nn.Linear(H, C))
    args = (mlp.init_mlp(rng, (D, H, C)), rng.standard_normal((B, D)))
    return Sides(mlp.mlp, mlp.mlp_backward, args, layer, args[1:])


TINY_IMAGES = {"N": 2, "C": 2, "O": 3, "size": 6}


@case("Conv2d N=64, 3->16, 32x32, k3 p1", 1.6, {"N": 64, "C": 3, "O": 16, "size": 32}, TINY_IMAGES)
@case(
    "Conv2d N=64, 32->64, 14x14, k3 p1", 2.2, {"N": 64, "C": 32, "O": 64, "size": 14}, TINY_IMAGES
)
def conv2d(rng, N, C, O, size):
    args = (conv.init_conv(rng, C, O, 3), rng.standard_normal((N, C, size, size)))
    layer = torch.nn.Conv2d(C, O, 3, padding=1)

    def forward(params, x):
        return conv.conv2d_by_chunks(params, x, padding=1)

    return Sides(forward, conv.conv2d_by_chunks_backward, args, layer, args[1:])


@case(
    "MaxPool 2x2 N=64, C=16, 32x32",
    0.8,
    {"N": 64, "C": 16, "size": 32},
    {"N": 2, "C": 2, "size": 4},
)
def max_pool(rng, N, C, size):
    args = (rng.standard_normal((N, C, size, size)),)
    return Sides(pool.max_pool, pool.max_pool_backward, args, torch.nn.MaxPool2d(2), args)


@case("LeNet-5 28x28, B=64", 1.4, {"B": 64, "size": 28}, {"B": 2, "size": 12})
def lenet_step(rng, B, size):
    nn = torch.nn
    args = (lenet.init_lenet(rng, size + 4), rng.standard_normal((B, 1, size, size)))
    blocks = [
        nn.Conv2d(1, 6, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
    ]
    head = [
        nn.Linear(16 * lenet.map_size(size + 4, 5) ** 2, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
    ]
    layer = nn.Sequential(*blocks, nn.Flatten(), *head, nn.Linear(84, 10))

    def forward(params, x):
        return lenet.lenet(params, np.pad(x, ((0, 0), (0, 0), (2, 2), (2, 2))))

    def backward(dz, cache):
        grads, dx = lenet.lenet_backward(dz, cache)
        return grads, dx[:, :, 2:-2, 2:-2]

    return Sides(forward, backward, args, layer, args[1:])


LONG, PAGE = {"T": 64, "B": 32, "D": 64, "H": 128}, {"T": 30, "B": 16, "D": 16, "H": 32}
TINY_SEQUENCE = {"T": 3, "B": 2, "D": 4, "H": 5}


def recurrent(forward, backward, params, torch_layer, rng, T, B, D, H, states):
    """The two sides of a recurrent layer with `states` initial states of zeros."""
    x, zeros = rng.standard_normal((B, T, D)), [rng.standard_normal((B, H)) for _ in range(states)]
    return Sides(
        forward, backward, (params, x, *zeros), First(torch_layer(D, H, batch_first=True)), (x,)
    )


@case("RNN T=64, B=32, D=64, H=128", 0.7, LONG, TINY_SEQUENCE)
def rnn_layer(rng, T, B, D, H):
    params = rnn.init_rnn(rng, D, H)
    return recurrent(rnn.rnn, rnn.rnn_backward, params, torch.nn.RNN, rng, T, B, D, H, 1)


@case("LSTM T=64, B=32, D=64, H=128", 1.8, LONG, TINY_SEQUENCE)
@case("LSTM T=30, B=16, D=16, H=32", 1.4, PAGE, TINY_SEQUENCE)
def lstm_layer(rng, T, B, D, H):
    params = lstm.init_lstm(rng, D, H)
    pair = lstm_fast.lstm_fast, lstm_fast.lstm_fast_backward
    return recurrent(*pair, params, torch.nn.LSTM, rng, T, B, D, H, 2)


@case("GRU T=64, B=32, D=64, H=128", 1.0, LONG, TINY_SEQUENCE)
def gru_layer(rng, T, B, D, H):
    params = gru.init_gru(rng, D, H)
    return recurrent(gru.gru, gru.gru_backward, params, torch.nn.GRU, rng, T, B, D, H, 1)


class Loss(torch.nn.Module):
    """Cross-entropy with its labels fixed, as a layer of the scores alone."""

    def __init__(self, labels):
        super().__init__()
        self.labels = torch.tensor(labels)

    def forward(self, scores):
        return torch.nn.functional.cross_entropy(scores, self.labels)


@case("softmax + cross-entropy (2048, 100)", None, {"B": 2048, "C": 100}, {"B": 4, "C": 3})
def cross_entropy(rng, B, C):
    labels, args = rng.integers(0, C, B), (rng.standard_normal((B, C)),)
    return Sides(
        lambda z: losses.cross_entropy(z, labels),
        losses.cross_entropy_backward,
        args,
        Loss(labels),
        args,
    )


@case("Adam step, MLP 784-256-10", None, {"D": 784, "H": 256, "C": 10}, {"D": 5, "H": 4, "C": 2})
def adam(rng, D, H, C):
    params, grads = mlp.init_mlp(rng, (D, H, C)), mlp.init_mlp(rng, (D, H, C))
    state = optim.adam_step(params, grads)[1]
    single = {name: value.astype("float32") for name, value in params.items()}
    leaves = [torch.tensor(value, requires_grad=True) for value in single.values()]
    for leaf, name in zip(leaves, grads, strict=True):
        leaf.grad = torch.tensor(grads[name].astype("float32"))
    optimiser = torch.optim.Adam(leaves)

    held = {}  # gradients and state in each precision, cast once

    def step(params):
        kind = params["0.W"].dtype
        if kind not in held:
            held[kind] = [
                {name: v.astype(kind) for name, v in tree.items()}
                for tree in (grads, state.m, state.v)
            ]
        g, m, v = held[kind]
        new, _ = optim.adam_step(params, g, optim.AdamState(m, v, 1))
        return *new.values(), None

    return Sides(step, lambda *_: (), (params,), torch.nn.Identity(), (), optimiser.step)


@case(
    "BatchNorm2d N=64, C=32, 14x14",
    1.5,
    {"N": 64, "C": 32, "size": 14},
    {"N": 3, "C": 2, "size": 4},
)
def batch_norm(rng, N, C, size):
    args = (norm.init_norm(C), rng.standard_normal((N, C, size, size)))
    return Sides(norm.batch_norm, norm.batch_norm_backward, args, torch.nn.BatchNorm2d(C), args[1:])


@case("LayerNorm (2048, 256)", 3.0, {"B": 2048, "D": 256}, {"B": 3, "D": 5})
def layer_norm(rng, B, D):
    args = (norm.init_norm(D), rng.standard_normal((B, D)))
    return Sides(norm.layer_norm, norm.layer_norm_backward, args, torch.nn.LayerNorm(D), args[1:])


class Attention(torch.nn.Module):
    """torch's fused attention as a layer."""

    def forward(self, Q, K, V):
        return torch.nn.functional.scaled_dot_product_attention(Q, K, V)


HEADS = {"B": 8, "N": 4, "K": 32}
TINY_HEADS = {"B": 2, "N": 2, "K": 4, "T": 3}


@case("attention B=8, N=4, T=128, K=32", 1.25, HEADS | {"T": 128}, TINY_HEADS)
@case("attention B=8, N=4, T=512, K=32", 1.5, HEADS | {"T": 512}, TINY_HEADS)
def scaled_dot_product(rng, B, N, K, T):
    args = tuple(rng.standard_normal((B, N, T, K)) for _ in range(3))
    pair = attention.scaled_dot_product_attention, attention.scaled_dot_product_attention_backward
    if T >= 512:  # the scores no longer fit into the cache
        pair = attention.attention_by_heads, attention.attention_by_heads_backward
    return Sides(*pair, args, Attention(), args)


CHUNKS = {"T": 2048, "K": 64, "chunk": 128}


@case("attention in chunks of 128, T=2048, K=64", None, CHUNKS, {"T": 5, "K": 3, "chunk": 2})
def in_chunks(rng, T, K, chunk):
    args = tuple(rng.standard_normal((1, 1, T, K)) for _ in range(3))

    def forward(Q, K, V):
        return chunked.chunked_attention(Q, K, V, chunk)

    return Sides(forward, chunked.chunked_attention_backward, args, Attention(), args)


@case("attention in windows of 32, T=2048, K=64", None, CHUNKS, {"T": 5, "K": 3, "chunk": 2})
def in_windows(rng, T, K, chunk):
    args = tuple(rng.standard_normal((1, 1, T, K)) for _ in range(3))

    def forward(Q, K, V):
        return windowed.windowed_attention(Q, K, V, chunk // 4 or 1)

    return Sides(forward, windowed.windowed_attention_backward, args, Attention(), args)


@case("RMSNorm (2048, 256)", None, {"B": 2048, "D": 256}, {"B": 3, "D": 5})
def rms_norm(rng, B, D):
    args = ({"gamma": rng.standard_normal(D)}, rng.standard_normal((B, D)))
    pair = since_2017.rms_norm, since_2017.rms_norm_backward
    return Sides(*pair, args, torch.nn.RMSNorm(D, eps=1e-5), args[1:])


LAYER = {"B": 8, "T": 128, "D": 128, "N": 4, "F": 512}
TINY_LAYER = {"B": 2, "T": 3, "D": 4, "N": 2, "F": 5}


@case("encoder layer B=8, T=128, D=128, N=4, F=512", 1.1, LAYER, TINY_LAYER)
def encoder_layer(rng, B, T, D, N, F):
    params, x = blocks.init_encoder_layer(rng, D, N, F), rng.standard_normal((B, T, D))

    def forward(params, x):
        return blocks.encoder_layer(params, x, N)

    layer = as_encoder_layer(params, N)
    return Sides(forward, blocks.encoder_layer_backward, (params, x), layer, (x,))


@case("its PyTorch twin, same sizes", 1.1, LAYER, TINY_LAYER)
def encoder_layer_twin(rng, B, T, D, N, F):
    params, x = blocks.init_encoder_layer(rng, D, N, F), rng.standard_normal((B, T, D))
    twins = {}

    def forward(x):
        if x.dtype not in twins:
            twins[x.dtype] = pt_transformer.EncoderLayer(D, N, F).to(torch.from_numpy(x).dtype)
            twins[x.dtype].load_state_dict(
                {name: torch.tensor(value) for name, value in params.items()}
            )
        leaves = [torch.from_numpy(x).requires_grad_(), *twins[x.dtype].parameters()]
        y = twins[x.dtype](leaves[0])
        return y.detach().numpy(), (y, leaves)

    def backward(dy, cache):
        y, leaves = cache
        return tuple(grad.numpy() for grad in torch.autograd.grad(y, leaves, torch.from_numpy(dy)))

    return Sides(forward, backward, (x,), as_encoder_layer(params, N), (x,))


STEP = {"B": 64, "S": 24, "T": 11, "V": 50, "D": 64, "N": 4, "F": 128}


@case(
    "Transformer step B=64, S=24, T=11, D=64",
    None,
    STEP,
    STEP | {"B": 2, "S": 4, "T": 3, "D": 8, "F": 6},
)
def transformer_step(rng, B, S, T, V, D, N, F):
    params = transformer.init_transformer(rng, V, V, D, N, F)
    X, Y = rng.integers(1, V, (B, S)), rng.integers(1, V, (B, T + 1))
    twin = pt_transformer.Transformer(V, V, D, N, F)
    twin.load_state_dict({name: torch.tensor(value) for name, value in params.items()})
    source, wanted = torch.tensor(X), torch.tensor(Y)

    def forward(params):
        return transformer.sequence_loss(params, X, Y, N)

    def step():
        logits = twin(source, None, wanted[:, :-1]).flatten(0, 1)
        loss = torch.nn.functional.cross_entropy(
            logits, wanted[:, 1:].flatten(), label_smoothing=0.1
        )
        return torch.autograd.grad(loss, list(twin.parameters()))

    return Sides(forward, transformer.sequence_loss_backward, (params,), twin, (), step)
