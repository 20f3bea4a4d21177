import numpy as np
import pytest
import torch
from byhand.pt.rnn import Rnn
from byhand.rnn import init_rnn, rnn, rnn_backward


@pytest.mark.parametrize(
    ("B", "T", "D", "H"), [(2, 4, 3, 5), (1, 1, 2, 3), (3, 1, 4, 1), (1, 6, 1, 2)]
)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_twin(B, T, D, H, dtype, tolerance):
    rng = np.random.default_rng([B, T, D, H])
    params = {n: rng.standard_normal(v.shape).astype(dtype) for n, v in init_rnn(rng, D, H).items()}
    x, h_0, dh = (rng.standard_normal(s).astype(dtype) for s in ((B, T, D), (B, H), (B, T, H)))
    twin = Rnn(D, H).to(torch.float64 if dtype == np.float64 else torch.float32)
    twin.load_state_dict({name: torch.tensor(value) for name, value in params.items()})
    x_t, h_t = torch.tensor(x, requires_grad=True), torch.tensor(h_0, requires_grad=True)
    out = twin(x_t, h_t)
    out.backward(torch.tensor(dh))
    h, cache = rnn(params, x, h_0)
    grads, dx, dh_0 = rnn_backward(dh, cache)
    pairs = [(h, out.detach()), (dx, x_t.grad), (dh_0, h_t.grad)]
    pairs += [(grads[name], value.grad) for name, value in twin.named_parameters()]
    for ours, theirs in pairs:
        theirs = theirs.numpy()
        assert np.abs(ours - theirs).max() <= tolerance * max(np.abs(theirs).max(), 1e-3)
