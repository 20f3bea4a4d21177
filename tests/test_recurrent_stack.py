import numpy as np
import pytest
import torch
from byhand.check import check_gradients
from byhand.params import count
from byhand.recurrent import (
    bidirectional,
    bidirectional_backward,
    init_bidirectional,
    init_stack,
    stack,
    stack_backward,
)

rng = np.random.default_rng(0)


def load(layer, weights):
    """weights: {suffix: our parameters}."""
    state = {}
    for suffix, p in weights.items():
        state |= {f"weight_ih_{suffix}": p["W_x"].T, f"weight_hh_{suffix}": p["W_h"].T}
        state |= {f"bias_ih_{suffix}": p["b"], f"bias_hh_{suffix}": 0 * p["b"]}
    layer.load_state_dict({name: torch.tensor(value) for name, value in state.items()})


def part(params, prefix):
    return {name.split(".")[1]: value for name, value in params.items() if name.startswith(prefix)}


@pytest.mark.parametrize(("B", "T"), [(2, 4), (1, 1), (3, 1), (1, 5)])
def test_deep(B, T):
    params, x = init_stack(rng, "rnn", 3, 5, layers=3), rng.standard_normal((B, T, 3))
    check_gradients(lambda p, x: stack("rnn", p, x), stack_backward, params, x, verbose=False)
    layer = torch.nn.RNN(3, 5, num_layers=3, batch_first=True).double()
    load(layer, {f"l{l}": part(params, str(l)) for l in range(3)})
    assert np.allclose(
        stack("rnn", params, x)[0], layer(torch.tensor(x))[0].detach(), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("lengths", [[4, 2, 1], [4, 4, 4], [3, 4, 1]])
def test_both_directions_with_ragged_lengths(lengths):
    lengths = np.array(lengths)
    params, x = init_bidirectional(rng, "rnn", 3, 5), rng.standard_normal((3, 4, 3))
    check_gradients(
        lambda p, x: bidirectional("rnn", p, x, lengths),
        bidirectional_backward,
        params,
        x,
        verbose=False,
    )
    layer = torch.nn.RNN(3, 5, batch_first=True, bidirectional=True).double()
    load(layer, {"l0": part(params, "there"), "l0_reverse": part(params, "back")})
    pack = torch.nn.utils.rnn.pack_padded_sequence
    out, _ = layer(pack(torch.tensor(x), lengths, batch_first=True, enforce_sorted=False))
    out, _ = torch.nn.utils.rnn.pad_packed_sequence(out, batch_first=True, total_length=4)
    ours, _ = bidirectional("rnn", params, x, lengths)
    for b, length in enumerate(lengths):
        assert np.allclose(ours[b, :length], out[b, :length].detach(), rtol=1e-12, atol=1e-12)


def test_counts():
    assert count(init_bidirectional(rng, "rnn", 5, 8)) == 224
    assert count(init_stack(rng, "rnn", 5, 8, layers=2)) == 112 + 136
