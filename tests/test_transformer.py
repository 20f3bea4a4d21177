import warnings

import numpy as np
import pytest
import torch
from byhand.blocks import (
    decoder_layer,
    decoder_layer_backward,
    encoder_layer,
    init_decoder_layer,
    init_encoder_layer,
)
from byhand.check import check_gradients
from byhand.data.dates import TARGETS, make_dates, source_vocabulary
from byhand.data.vocabulary import END, START
from byhand.masks import causal_mask, padding_mask
from byhand.params import count, take
from byhand.pt.as_torch import as_decoder_layer, as_encoder_layer
from byhand.pt.train_dates import train_dates
from byhand.pt.transformer import DecoderLayer, EncoderLayer, Transformer
from byhand.transformer import (
    encode,
    init_transformer,
    sequence_loss,
    sequence_loss_backward,
    transformer,
    transformer_backward,
)
from layer_checks import relative

V_S, V, D, N, F = 11, 7, 6, 3, 10
X = np.array([[4, 5, 6, 7, 8], [9, 10, 4, 0, 0], [5, 5, 6, 0, 0]])
Y = np.array([[START, 4, 5, 6, END], [START, 6, 6, END, 0], [START, 4, END, 0, 0]])
MEMORY_MASK = padding_mask(X)


def shaken(params, seed=0):
    rng = np.random.default_rng(seed)
    return {name: value + 0.3 * rng.standard_normal(value.shape) for name, value in params.items()}


def model(norm, layers=(2, 2)):
    params = shaken(init_transformer(np.random.default_rng(0), V_S, V, D, N, F, layers, norm))
    twin = Transformer(V_S, V, D, N, F, layers, norm).double()
    twin.load_state_dict({name: torch.tensor(value) for name, value in params.items()})
    return params, twin


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_decoder_layer_against_differences(norm):
    rng = np.random.default_rng(1)
    params = shaken(init_decoder_layer(rng, D, N, F))
    keys = {name: params.pop(name) for name in ("attn.b_k", "cross.b_k")}  # their gradient is 0
    y, memory = rng.standard_normal((3, 4, D)), rng.standard_normal((3, 5, D))

    def forward(p, y, memory):
        return decoder_layer(p | keys, y, memory, N, causal_mask(4), MEMORY_MASK, norm)

    def backward(dout, cache):
        grads, dy, dmemory = decoder_layer_backward(dout, cache)
        assert max(np.abs(grads.pop(name)).max() for name in keys) < 1e-12
        return grads, dy, dmemory

    check_gradients(forward, backward, params, y, memory, verbose=False)


@pytest.mark.parametrize("norm", ["pre", "post"])
@pytest.mark.parametrize("side", ["encoder", "decoder"])
def test_layers_equal_torchs_own(side, norm):
    rng = np.random.default_rng(2)
    encoder = side == "encoder"
    params = shaken((init_encoder_layer if encoder else init_decoder_layer)(rng, D, N, F))
    theirs = (as_encoder_layer if encoder else as_decoder_layer)(params, N, norm)
    ours = (EncoderLayer if encoder else DecoderLayer)(D, N, F, norm).double()
    ours.load_state_dict({name: torch.tensor(value) for name, value in params.items()})
    x, memory = rng.standard_normal((3, 5, D)), rng.standard_normal((3, 5, D))
    tx, tm, keep = torch.tensor(x), torch.tensor(memory), torch.tensor(MEMORY_MASK)
    pads, causal = torch.tensor(X == 0), torch.ones(5, 5, dtype=torch.bool).tril()
    if encoder:
        expected, found = theirs(tx, src_key_padding_mask=pads), ours(tx, keep)
        by_hand, _ = encoder_layer(params, x, N, MEMORY_MASK, norm)
    else:
        expected = theirs(tx, tm, tgt_mask=~causal, memory_key_padding_mask=pads)
        found = ours(tx, tm, causal, keep)
        by_hand, _ = decoder_layer(params, x, memory, N, causal.numpy(), MEMORY_MASK, norm)
    assert relative(found.detach(), expected.detach()) < 1e-12
    assert relative(by_hand, expected.detach()) < 1e-12


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_model_and_every_gradient_equal_the_twin(norm):
    params, twin = model(norm)
    loss, cache = sequence_loss(params, X, Y, N, norm)
    grads = sequence_loss_backward(1.0, cache)
    logits = twin(torch.tensor(X), None, torch.tensor(Y[:, :-1]))
    assert relative(transformer(params, X, Y[:, :-1], N, norm)[0], logits.detach()) < 1e-12
    theirs = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), torch.tensor(Y[:, 1:]).flatten(), ignore_index=0, label_smoothing=0.1
    )
    theirs.backward()
    assert abs(float(theirs.detach()) - loss) < 1e-12
    assert set(grads) == set(params) == {name for name, _ in twin.named_parameters()}
    scale = max(np.abs(g).max() for g in grads.values())
    for name, weights in twin.named_parameters():
        assert np.abs(grads[name] - weights.grad.numpy()).max() < 1e-12 * scale, name


@pytest.mark.slow
@pytest.mark.parametrize("norm", ["pre", "post"])
def test_model_against_differences(norm):
    params, _ = model(norm, (1, 1))
    fixed = {name: params.pop(name) for name in list(params) if name.endswith("b_k")}

    def backward(dlogits, cache):
        grads = transformer_backward(dlogits, cache)
        return ({name: grads[name] for name in params},)

    check_gradients(
        lambda p: transformer(p | fixed, X, Y[:, :-1], N, norm), backward, params, verbose=False
    )


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_cached_decoding_equals_full_decoding(norm):
    _, twin = model(norm)
    tokens = torch.full((3, 1), START)
    memory, mask = twin.encode(torch.tensor(X))
    for _ in range(7):
        tokens = torch.cat([tokens, twin.decode(tokens, memory, mask)[:, -1:].argmax(dim=2)], dim=1)
    assert torch.equal(twin.greedy(torch.tensor(X), None, 7), tokens[:, 1:])


def test_padding_changes_nothing_and_the_future_is_not_seen():
    params, _ = model("pre")
    logits, _ = transformer(params, X, Y[:, :-1], N)
    alone, _ = transformer(params, X[1:2, :3], Y[1:2, :-1], N)
    assert np.allclose(alone[0], logits[1], atol=1e-12)
    changed = Y.copy()
    changed[:, 3] = 5
    other, _ = transformer(params, X, changed[:, :-1], N)
    assert np.array_equal(other[:, :3], logits[:, :3]) and not np.allclose(
        other[:, 3], logits[:, 3]
    )


def test_base_model_has_the_papers_numbers():
    base = Transformer(1, 37000, 512, 8, 2048, (6, 6), "post")
    assert sum(p.numel() for p in base.encoder[0].parameters()) == 3_152_384
    assert sum(p.numel() for p in base.decoder[0].parameters()) == 4_204_032
    # one table serves both sides in the paper
    source = sum(p.numel() for p in base.source.parameters())
    assert sum(p.numel() for p in base.parameters()) - source == 63_082_496
    params = init_transformer(
        np.random.default_rng(0), 1, 10, 512, 8, 2048, (1, 1), "post", np.float32
    )
    assert (
        count(take(params, "encoder.0")) == 3_152_384
        and count(take(params, "decoder.0")) == 4_204_032
    )


def test_runs_on_a_device_and_in_half_precision():
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    twin = Transformer(V_S, V, D, N, F).to(device)
    tokens = torch.tensor(X, device=device)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a CPU without bfloat16 units says so
        with torch.autocast(device.type, dtype=torch.bfloat16):
            logits = twin(tokens, None, torch.tensor(Y[:, :-1], device=device))
    full = twin(tokens, None, torch.tensor(Y[:, :-1], device=device))
    assert logits.device.type == device.type
    assert torch.allclose(logits.float(), full, atol=0.1 * float(full.detach().abs().max()))
    assert twin.greedy(tokens, None, 4).shape == (3, 4)


def test_dates_train_where_asked_and_in_mixed_precision():
    dates = make_dates(np.random.default_rng(0), 120, languages=["en_GB"], formats=["long"])
    device = "cuda" if torch.cuda.is_available() else "cpu"
    curves = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a CPU without bfloat16 units says so
        for mixed in (False, True):
            torch.manual_seed(0)
            twin = Transformer(len(source_vocabulary()), len(TARGETS), 16, 2, 16)
            curve = train_dates(twin, dates, dates, steps=20, batch=40, device=device, mixed=mixed)
            assert next(twin.parameters()).device.type == device and len(curve.losses) == 20
            assert curve.losses[-1] < curve.losses[0]
            curves.append(curve.losses)
    assert np.allclose(curves[0], curves[1], rtol=0.05)


def test_bad_input():
    params, _ = model("pre")
    with pytest.raises(ValueError, match="tokens"):
        encode(params, np.full((1, 3), V_S), N)
    with pytest.raises(ValueError, match="norm: expected"):
        transformer(params, X, Y[:, :-1], N, "middle")
