import numpy as np
import pytest
import torch
from byhand.check import check_gradients
from byhand.lstm import init_lstm, lstm
from byhand.padded import last_states, last_states_backward, reverse_padded, reverse_padded_backward
from layer_checks import relative

rng = np.random.default_rng(0)
LENGTHS = np.array([4, 1, 3])


def test_each_sequence_turns_within_its_length():
    x = np.arange(12.0).reshape(3, 4, 1)
    out, _ = reverse_padded(x, LENGTHS)
    assert out[..., 0].tolist() == [[3, 2, 1, 0], [4, 5, 6, 7], [10, 9, 8, 11]]
    assert np.array_equal(reverse_padded(out, LENGTHS)[0], x)


def test_gradients():
    x = rng.standard_normal((3, 4, 2))
    check_gradients(lambda x: reverse_padded(x, LENGTHS), reverse_padded_backward, x, verbose=False)
    check_gradients(lambda x: last_states(x, LENGTHS), last_states_backward, x, verbose=False)


def test_a_bidirectional_lstm_equals_torchs_packed_one():
    D, H = 3, 5
    there, back = (
        {k: rng.standard_normal(w.shape) for k, w in init_lstm(rng, D, H).items()} for _ in range(2)
    )
    x, zero = rng.standard_normal((3, 4, D)), np.zeros((3, H))
    h_there, _, _ = lstm(there, x, zero, zero)
    h_back, _ = reverse_padded(lstm(back, reverse_padded(x, LENGTHS)[0], zero, zero)[0], LENGTHS)
    final = np.concatenate([last_states(h_there, LENGTHS)[0], h_back[:, 0]], axis=1)

    layer = torch.nn.LSTM(D, H, batch_first=True, bidirectional=True, dtype=torch.float64)
    with torch.no_grad():
        for suffix, p in (("", there), ("_reverse", back)):
            getattr(layer, "weight_ih_l0" + suffix).copy_(torch.tensor(p["W_x"].T))
            getattr(layer, "weight_hh_l0" + suffix).copy_(torch.tensor(p["W_h"].T))
            getattr(layer, "bias_ih_l0" + suffix).copy_(torch.tensor(p["b"]))
            getattr(layer, "bias_hh_l0" + suffix).zero_()
    pack = torch.nn.utils.rnn.pack_padded_sequence
    packed = pack(torch.tensor(x), LENGTHS, batch_first=True, enforce_sorted=False)
    out, (h_T, _) = layer(packed)
    out, _ = torch.nn.utils.rnn.pad_packed_sequence(out, batch_first=True)
    real = np.arange(4) < LENGTHS[:, None]
    both = np.concatenate([h_there, h_back], axis=-1)
    assert relative(both[real], out.detach().numpy()[real]) < 1e-13
    assert relative(final, torch.cat([h_T[0], h_T[1]], dim=1).detach()) < 1e-13


@pytest.mark.parametrize("function", [reverse_padded, last_states])
@pytest.mark.parametrize(
    ("x", "lengths", "error", "message"),
    [
        (np.ones((3, 4)), LENGTHS, ValueError, r"[xh]: expected shape \(B, T, [DH]\)"),
        (np.ones((3, 4, 2)), [4, 1], ValueError, r"lengths: expected shape \(3,\)"),
        (np.ones((3, 4, 2)), [4, 1, 5], ValueError, "lengths: expected lengths from 1 to 4"),
        (np.ones((3, 4, 2)), [4, 1, 1.5], TypeError, "lengths: expected whole numbers"),
    ],
)
def test_bad_input_is_named(function, x, lengths, error, message):
    with pytest.raises(error, match=message):
        function(x, lengths)
