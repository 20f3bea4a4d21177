"""Attention's twin, Bahdanau's model against the tape over the by-hand pairs,
and the pointer network."""

import numpy as np
import pytest
import torch
from byhand.activations import tanh, tanh_backward
from byhand.arithmetic import multiply, multiply_backward
from byhand.attention import additive_attention, additive_attention_backward, init_additive
from byhand.autodiff import gradients, primitive, variables
from byhand.data.dates import TARGETS, make_dates, source_vocabulary
from byhand.data.vocabulary import START
from byhand.embedding import embedding, embedding_backward
from byhand.gru import gru, gru_backward, gru_cell, gru_cell_backward
from byhand.mlp import linear, linear_backward
from byhand.padded import reverse_padded, reverse_padded_backward
from byhand.params import take
from byhand.pt.attention import AdditiveAttention, Bahdanau
from byhand.pt.pointer import Pointer
from byhand.pt.train_dates import as_tensors, exact_match, train_dates


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
# B T S D_q D_k D_v A
@pytest.mark.parametrize("sizes", [(2, 3, 5, 4, 6, 7, 3), (1, 1, 1, 2, 3, 4, 5)])
def test_additive_twin(sizes, dtype, tolerance):
    B, T, S, D_q, D_k, D_v, A = sizes
    rng = np.random.default_rng(sizes)
    params = init_additive(rng, D_q, D_k, A, dtype)
    args = [rng.standard_normal(s).astype(dtype) for s in ((B, T, D_q), (B, S, D_k), (B, S, D_v))]
    mask = rng.random((B, T, S)) < 0.6
    mask[..., 0] = True
    twin = AdditiveAttention(D_q, D_k, A).to(
        torch.float64 if dtype == np.float64 else torch.float32
    )
    twin.load_state_dict({n: torch.tensor(v) for n, v in params.items()})
    tensors = [torch.tensor(a, requires_grad=True) for a in args]
    out_t, weights_t = twin(*tensors, torch.tensor(mask))
    out, cache = additive_attention(params, *args, mask)
    dout = rng.standard_normal(out.shape).astype(dtype)
    out_t.backward(torch.tensor(dout))
    grads, *dinputs = additive_attention_backward(dout, cache)
    pairs = [(out, out_t.detach()), (cache.weights, weights_t.detach())]
    pairs += [(d, t.grad) for d, t in zip(dinputs, tensors, strict=True)]
    pairs += [(grads[n], p.grad) for n, p in twin.named_parameters()]
    scale = max(float(theirs.abs().max()) for _, theirs in pairs)
    for ours, theirs in pairs:
        assert ours.dtype == dtype and np.abs(ours - theirs.numpy()).max() <= tolerance * scale


def lift(forward, backward, without=0):
    def wrapped(*given):
        found = backward(*given)
        return (found if isinstance(found, tuple) else (found,)) + (None,) * without

    return primitive(forward, wrapped)


def first_state_backward(d, shape):
    dh = np.zeros(shape)
    dh[:, 0] = d
    return dh


EMBED, LINEAR = lift(embedding, embedding_backward, 1), lift(linear, linear_backward)
RUN, CELL, TANH = (
    lift(gru, gru_backward),
    lift(gru_cell, gru_cell_backward),
    lift(tanh, tanh_backward),
)
TURN = lift(reverse_padded, reverse_padded_backward, 1)
ATTEND = lift(additive_attention, additive_attention_backward, 1)
JOIN = primitive(
    lambda a, b: (np.concatenate([a, b], axis=-1), a.shape[-1]),
    lambda d, n: (d[..., :n], d[..., n:]),
)
ROW = primitive(lambda s: (s[:, None], None), lambda d, _: d[:, 0])
ONLY = primitive(lambda c: (c[:, 0], None), lambda d, _: d[:, None])
FIRST = primitive(lambda h: (h[:, 0], h.shape), first_state_backward)
TIMES = primitive(multiply, multiply_backward)


@pytest.mark.parametrize("sizes", [(3, 5, 4), (1, 1, 1), (2, 6, 2)])  # B S T
def test_bahdanau_equals_the_tape(sizes):
    B, S, T = sizes
    rng = np.random.default_rng(sizes)
    torch.manual_seed(0)
    twin = Bahdanau(7, 6, 3, 4).double()
    params = {n: t.detach().numpy().copy() for n, t in twin.named_parameters()}
    lengths = rng.integers(1, S + 1, B)
    lengths[0] = S
    X = rng.integers(4, 7, (B, S)) * (np.arange(S) < lengths[:, None])
    Y_in, dz = rng.integers(0, 6, (B, T)), rng.standard_normal((B, T, 6))
    p, zero, mask = variables(params), np.zeros((B, 4)), (np.arange(S) < lengths[:, None])[:, None]
    e = EMBED(take(p, "source"), X)
    h_b = TURN(RUN(take(p, "back"), TURN(e, lengths), zero), lengths)
    h = JOIN(RUN(take(p, "ahead"), e, zero), h_b)
    s, loss, z = TANH(LINEAR(take(p, "start"), FIRST(h_b))), 0, []
    for t in range(T):
        c = ONLY(ATTEND(take(p, "attention"), ROW(s), h, h, mask))
        s = CELL(take(p, "decoder"), JOIN(EMBED(take(p, "target"), Y_in[:, t]), c), s)
        z.append(LINEAR(take(p, "out"), JOIN(s, c)))
        loss = TIMES(z[-1], dz[:, t]).sum() + loss
    z_t = twin(torch.tensor(X), torch.tensor(lengths), torch.tensor(Y_in))
    z_t.backward(torch.tensor(dz))
    np.testing.assert_allclose(np.stack([v.value for v in z], axis=1), z_t.detach(), atol=1e-13)
    by_tape = gradients(loss, p)
    for name, tensor in twin.named_parameters():
        np.testing.assert_allclose(by_tape[name], tensor.grad, atol=1e-12, err_msg=name)


def test_greedy_feeds_its_own_tokens_and_padding_does_not_matter():
    dates = make_dates(np.random.default_rng(0), 5)
    torch.manual_seed(1)
    model = Bahdanau(len(source_vocabulary()), len(TARGETS), 4, 6)
    X, lengths, _ = as_tensors(dates)
    tokens, weights = model.greedy(X, lengths, 7, with_weights=True)
    Y_in = torch.cat([torch.full((5, 1), START), tokens[:, :-1]], dim=1)
    assert torch.equal(model(X, lengths, Y_in).argmax(dim=2), tokens)
    torch.testing.assert_close(weights.sum(dim=2), torch.ones(5, 7))
    beyond = torch.arange(X.shape[1]) >= lengths[:, None]
    assert not weights.transpose(1, 2)[beyond].any()
    wider = torch.nn.functional.pad(X, (0, 9))
    torch.testing.assert_close(model(wider, lengths, Y_in), model(X, lengths, Y_in))


@pytest.mark.slow
def test_bahdanau_learns():
    dates = make_dates(np.random.default_rng(0), 400, languages=["sv"], formats=["short"])
    torch.manual_seed(0)
    model = Bahdanau(len(source_vocabulary()), len(TARGETS), 8, 16)
    train_dates(model, dates, steps=150, rate=0.02)  # Swedish short dates are ISO dates: copying
    assert exact_match(model, dates) > 0.8


def test_pointer_points_at_each_place_once():
    torch.manual_seed(0)
    model, X = Pointer(2, 5), torch.rand(4, 6, 2)
    log_p, places = model(X)
    assert all(sorted(row.tolist()) == list(range(6)) for row in places)
    torch.testing.assert_close(log_p.exp().sum(dim=2), torch.ones(4, 6))
    forced, same = model(X, places)
    torch.testing.assert_close(forced, log_p)
    assert torch.equal(same, places)
    for t in range(1, 6):
        assert torch.isneginf(log_p[:, t].gather(1, places[:, :t])).all()
