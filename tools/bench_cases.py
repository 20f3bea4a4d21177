"""The benchmark's cases: a by-hand layer, torch's layer of the same sizes, and the ratio to aim at.

A case is a function of a generator and sizes; it returns the two sides. Add one by decorating it:

    @case("Linear 64-10, B=128", aim=1.0, full={...}, tiny={...})
    def linear(rng, B, D, C): ...
"""

from collections import namedtuple

import numpy as np
import torch
from byhand import conv, gru, lenet, lstm, mlp, pool, rnn

# forward, backward, args: the by-hand pair and its float64 arguments. layer: a callable on tensors.
# data: which of the arguments are data and go to torch's layer too.
Sides = namedtuple("Sides", "forward backward args layer data")
Case = namedtuple("Case", "name aim full tiny make")
CASES = []


def case(name, aim, full, tiny):
    """Register a case: `full` are the sizes to time, `tiny` those that only show that it runs."""

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


@case("MLP 784-256-10, B=128", 1.0, {"B": 128, "D": 784, "H": 256, "C": 10}, {"B": 3, "D": 5, "H": 4, "C": 2})
def mlp_step(rng, B, D, H, C):
    nn = torch.nn
    layer = nn.Sequential(nn.Linear(D, H), nn.ReLU(), nn.Linear(H, C))
    args = (mlp.init_mlp(rng, (D, H, C)), rng.standard_normal((B, D)))
    return Sides(mlp.mlp, mlp.mlp_backward, args, layer, args[1:])


TINY_IMAGES = {"N": 2, "C": 2, "O": 3, "size": 6}


@case("Conv2d N=64, 3->16, 32x32, k3 p1", 1.6, {"N": 64, "C": 3, "O": 16, "size": 32}, TINY_IMAGES)
@case("Conv2d N=64, 32->64, 14x14, k3 p1", 2.2, {"N": 64, "C": 32, "O": 64, "size": 14}, TINY_IMAGES)
def conv2d(rng, N, C, O, size):
    args = (conv.init_conv(rng, C, O, 3), rng.standard_normal((N, C, size, size)))
    layer = torch.nn.Conv2d(C, O, 3, padding=1)

    def forward(params, x):
        return conv.conv2d(params, x, padding=1)

    return Sides(forward, conv.conv2d_backward, args, layer, args[1:])


@case("MaxPool 2x2 N=64, C=16, 32x32", 0.8, {"N": 64, "C": 16, "size": 32}, {"N": 2, "C": 2, "size": 4})
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
    head = [nn.Linear(16 * lenet.map_size(size + 4, 5) ** 2, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU()]
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
    return Sides(forward, backward, (params, x, *zeros), First(torch_layer(D, H, batch_first=True)), (x,))


@case("RNN T=64, B=32, D=64, H=128", 0.7, LONG, TINY_SEQUENCE)
def rnn_layer(rng, T, B, D, H):
    params = rnn.init_rnn(rng, D, H)
    return recurrent(rnn.rnn, rnn.rnn_backward, params, torch.nn.RNN, rng, T, B, D, H, 1)


@case("LSTM T=64, B=32, D=64, H=128", 1.8, LONG, TINY_SEQUENCE)
@case("LSTM T=30, B=16, D=16, H=32", 1.4, PAGE, TINY_SEQUENCE)
def lstm_layer(rng, T, B, D, H):
    params = lstm.init_lstm(rng, D, H)
    return recurrent(lstm.lstm, lstm.lstm_backward, params, torch.nn.LSTM, rng, T, B, D, H, 2)


@case("GRU T=64, B=32, D=64, H=128", 1.0, LONG, TINY_SEQUENCE)
def gru_layer(rng, T, B, D, H):
    params = gru.init_gru(rng, D, H)
    return recurrent(gru.gru, gru.gru_backward, params, torch.nn.GRU, rng, T, B, D, H, 1)
