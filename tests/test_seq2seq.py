"""The encoder-decoder by hand and its twin: differences, autograd, torch's own GRU;
decoding; training."""

import numpy as np
import pytest
import torch
from byhand.activations import log_softmax
from byhand.check import check_gradients
from byhand.data.dates import TARGETS, make_dates, source_vocabulary
from byhand.data.vocabulary import END, START
from byhand.decoding import greedy
from byhand.pt.seq2seq import GRU, Seq2seq
from byhand.pt.train_dates import as_tensors, exact_match, predict, right, train_dates
from byhand.seq2seq import encode, init_seq2seq, next_log_probs, seq2seq, seq2seq_backward

# B S T V_source V_target D H
SIZES = [(3, 5, 4, 7, 6, 2, 3), (1, 1, 1, 5, 6, 3, 2), (4, 2, 6, 6, 5, 1, 4)]


def case(B, S, T, V_s, V_t, D, H):
    rng = np.random.default_rng([B, S, T])
    params = {
        n: v + 0.2 * rng.standard_normal(v.shape)
        for n, v in init_seq2seq(rng, V_s, V_t, D, H).items()
    }
    lengths = rng.integers(1, S + 1, B)
    lengths[0] = S
    X = rng.integers(4, V_s, (B, S)) * (np.arange(S) < lengths[:, None])
    return params, X, lengths, rng.integers(0, V_t, (B, T))


def test_starts():
    params = init_seq2seq(np.random.default_rng(0), 300, 200, 50, 100, np.float32)
    assert {w.dtype for w in params.values()} == {np.dtype(np.float32)}
    deviations = {"source.E": 1.0, "target.E": 1.0, "out.W": 0.1}
    uniform = [f"{side}.{W}" for side in ("encoder", "decoder") for W in ("W_x", "W_h")]
    for name, deviation in (deviations | dict.fromkeys(uniform, 0.1 / 3**0.5)).items():
        assert params[name].std() == pytest.approx(deviation, rel=0.03), name
    assert params["source.E"].shape == (300, 50) and params["target.E"].shape == (200, 50)
    assert not any(w.any() for w in params.values() if w.ndim == 1)


@pytest.mark.parametrize("sizes", SIZES)
def test_gradients(sizes):
    check_gradients(seq2seq, seq2seq_backward, *case(*sizes), verbose=False)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
@pytest.mark.parametrize("sizes", SIZES)
def test_twin(sizes, dtype, tolerance):
    params, X, lengths, Y_in = case(*sizes)
    params = {n: v.astype(dtype) for n, v in params.items()}
    twin = Seq2seq(*sizes[3:]).to(torch.float64 if dtype == np.float64 else torch.float32)
    twin.load_state_dict({n: torch.tensor(v) for n, v in params.items()})
    z_t = twin(torch.tensor(X), torch.tensor(lengths), torch.tensor(Y_in))
    z, cache = seq2seq(params, X, lengths, Y_in)
    dz = np.random.default_rng(0).standard_normal(z.shape).astype(dtype)
    z_t.backward(torch.tensor(dz))
    grads, *_ = seq2seq_backward(dz, cache)
    pairs = {"z": (z, z_t.detach())} | {n: (grads[n], p.grad) for n, p in twin.named_parameters()}
    assert set(pairs) == {"z", *params}
    scale = max(np.abs(theirs.numpy()).max() for _, theirs in pairs.values())
    for name, (ours, theirs) in pairs.items():
        assert ours.dtype == dtype and np.abs(ours - theirs.numpy()).max() <= tolerance * scale, (
            name
        )


def test_gru_twin_equals_torch():
    own, layer = GRU(3, 4), torch.nn.GRU(3, 4, batch_first=True)
    with torch.no_grad():
        own.b.normal_(), own.b_hn.normal_()
        layer.weight_ih_l0.copy_(own.W_x.T), layer.weight_hh_l0.copy_(own.W_h.T)
        layer.bias_ih_l0.copy_(own.b), layer.bias_hh_l0.zero_()
        layer.bias_hh_l0[8:] = own.b_hn
    x, h = torch.randn(2, 5, 3), torch.randn(2, 4)
    torch.testing.assert_close(own(x, h), layer(x, h[None])[0])


def test_padding_does_not_matter():
    params, X, lengths, Y_in = case(*SIZES[0])
    z, _ = seq2seq(params, X, lengths, Y_in)
    wider = np.concatenate([X, np.full((len(X), 3), 5)], axis=1)
    wider[np.arange(wider.shape[1]) >= lengths[:, None]] = 6
    np.testing.assert_allclose(seq2seq(params, wider, lengths, Y_in)[0], z, atol=1e-14)


def test_greedy_of_module_and_of_twin_agree():
    dates = make_dates(np.random.default_rng(1), 6)
    torch.manual_seed(3)
    twin = Seq2seq(len(source_vocabulary()), len(TARGETS), 4, 8).double()
    X, lengths, Y = as_tensors(dates)
    tokens = twin.greedy(X, lengths, 11)
    params = {n: p.detach().numpy() for n, p in twin.named_parameters()}
    for b in range(6):
        c, _ = encode(params, dates.X[b : b + 1], dates.lengths[b : b + 1])
        by_hand = greedy(next_log_probs(params, c), START, END, 11).tokens
        assert by_hand == tuple(tokens[b, : len(by_hand)].tolist())
    z, _ = seq2seq(params, dates.X, dates.lengths, dates.Y[:, :-1])
    log_p = next_log_probs(params, encode(params, dates.X[:1], dates.lengths[:1])[0])(
        tuple(dates.Y[0, :4])
    )
    np.testing.assert_allclose(log_p, log_softmax(z[0, 3])[0])


class Oracle(torch.nn.Module):
    """Writes the right dates, or one wrong character in some of them."""

    def __init__(self, dates, wrong):
        super().__init__()
        self.of = {
            tuple(v for v in x if v): y
            for x, y in zip(dates.X.tolist(), dates.Y.tolist(), strict=True)
        }
        self.wrong = {tuple(v for v in dates.X[k].tolist() if v) for k in wrong}

    def greedy(self, X, lengths, steps):
        rows = [tuple(v for v in x if v) for x in X.tolist()]
        tokens = torch.tensor([self.of[row][1:] for row in rows])
        for k, row in enumerate(rows):
            if row in self.wrong:
                tokens[k, 4] = 5
        return tokens


def test_exact_match_keeps_the_order_and_counts_whole_dates():
    dates = make_dates(np.random.default_rng(0), 300)
    wrong = [2, 57, 251]
    model = Oracle(dates, wrong)
    assert np.flatnonzero(~right(model, dates)).tolist() == wrong
    assert exact_match(model, dates) == 1 - 3 / 300
    assert exact_match(model, dates, 100) == 1 - 2 / 100
    assert predict(model, dates).shape == (300, 11)


def test_training_reduces_the_loss_and_repeats():
    dates = make_dates(np.random.default_rng(0), 200)
    curves = []
    for _ in range(2):
        torch.manual_seed(0)
        model = Seq2seq(len(source_vocabulary()), len(TARGETS), 8, 16)
        curves.append(train_dates(model, dates, dates, seed=1, steps=30, warm_up=5, every=10))
    assert curves[0].losses == curves[1].losses and curves[0].steps == [10, 20, 30]
    assert np.mean(curves[0].losses[-5:]) < 0.9 * np.mean(curves[0].losses[:5])
    assert len(curves[0].exact) == len(curves[0].seconds) == 3
    assert train_dates(model, dates, steps=2).exact == []
