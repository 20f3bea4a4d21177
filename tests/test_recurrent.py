import numpy as np
import pytest
import torch
from byhand.check import check_gradients
from byhand.conventions import merge_biases, reorder_gates, swap_update
from byhand.data.long_lags import CHANCE_ADDING, make_adding, make_copying
from byhand.gru import gru, init_gru
from byhand.lstm import init_lstm
from byhand.params import put
from byhand.pt.as_torch import as_torch_gru, as_torch_lstm
from byhand.pt.gru import GRU
from byhand.pt.lstm import LSTM
from byhand.recurrent import (
    KINDS,
    bidirectional,
    bidirectional_backward,
    init_recurrent,
    layer,
    recurrent,
    recurrent_backward,
)
from byhand.train import loss_of, recurrent_step, train
from layer_checks import relative

rng = np.random.default_rng(0)


def shaken(params):
    """Every number random, biases too."""
    return {name: rng.standard_normal(value.shape) for name, value in params.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_recurrent_gradients(kind):
    params = shaken(init_recurrent(rng, kind, 3, 4, 2))
    x = rng.standard_normal((2, 5, 3))
    check_gradients(
        lambda p, x: recurrent(kind, p, x), recurrent_backward, params, x, verbose=False
    )


@pytest.mark.parametrize("kind", KINDS)
def test_bidirectional_gradients(kind):
    part = init_recurrent(rng, kind, 3, 4, 2)
    part = {name[6:]: value for name, value in part.items() if name.startswith("layer.")}
    params = put("there", shaken(part)) | put("back", shaken(part))
    x, lengths = rng.standard_normal((3, 5, 3)), np.array([5, 1, 3])
    check_gradients(
        lambda p, x: bidirectional(kind, p, x, lengths),
        bidirectional_backward,
        params,
        x,
        verbose=False,
    )


def test_bidirectional_does_not_see_the_padding():
    part = init_lstm(rng, 3, 4)
    params = put("there", shaken(part)) | put("back", shaken(part))
    x, lengths = rng.standard_normal((3, 5, 3)), np.array([5, 1, 3])
    h, _ = bidirectional("lstm", params, x, lengths)
    x[1, 1:], x[2, 3:] = 7, -7
    other, _ = bidirectional("lstm", params, x, lengths)
    for b, n in enumerate(lengths):
        assert np.array_equal(h[b, :n], other[b, :n])
        alone, _ = bidirectional("lstm", params, x[b : b + 1, :n], lengths[b : b + 1])
        assert np.allclose(alone[0], h[b, :n], atol=1e-12)


@pytest.mark.parametrize("B, T, D, H", [(2, 5, 3, 4), (1, 1, 2, 3), (3, 1, 4, 1)])
def test_twins_equal_ours_and_torchs(B, T, D, H):
    x, h_0, c_0 = (rng.standard_normal(shape) for shape in [(B, T, D), (B, H), (B, H)])
    tx, th, tc = map(torch.tensor, (x, h_0, c_0))
    params = shaken(init_lstm(rng, D, H))
    twin = LSTM(D, H).double()
    twin.load_state_dict({k: torch.tensor(v) for k, v in params.items()})
    theirs, (_, their_c) = as_torch_lstm(params)(tx, (th[None], tc[None]))
    ours, our_c = twin(tx, th, tc)
    assert relative(ours.detach(), theirs.detach()) < 1e-12
    assert relative(our_c.detach(), their_c[0].detach()) < 1e-12
    for reset in ("after", "before"):
        params = shaken(init_gru(rng, D, H, reset))
        twin = GRU(D, H, reset).double()
        twin.load_state_dict({k: torch.tensor(v) for k, v in params.items()})
        expected = gru(params, x, h_0, reset)[0]
        assert relative(twin(tx, th).detach(), expected) < 1e-12
        if reset == "after":
            assert relative(as_torch_gru(params)(tx, th[None])[0].detach(), expected) < 1e-12
        else:
            with pytest.raises(ValueError, match="params: expected b_hn"):
                as_torch_gru(params)


def test_forget_bias_of_the_twin():
    b = LSTM(2, 3, forget_bias=1.0).b.detach().numpy()
    assert b.tolist() == [0] * 3 + [1] * 3 + [0] * 6


def test_tasks_are_what_they_say():
    task = make_adding(rng, 50, 7)
    assert task.x.shape == (50, 7, 2) and (task.x[:, :, 1].sum(axis=1) == 2).all()
    assert (task.x[:, :3, 1].sum(axis=1) == 1).all()
    assert np.allclose((task.x[:, :, 0] * task.x[:, :, 1]).sum(axis=1), task.y[:, -1, 0])
    assert task.counts.sum() == 50 and task.counts[:, -1].all()
    many = make_adding(rng, 20000, 2)
    assert abs(np.var(many.y[:, -1]) - CHANCE_ADDING) < 0.01
    copy = make_copying(rng, 4, 3, 5)
    assert copy.x.shape == (4, 11, 10) and (copy.x.sum(axis=-1) == 1).all()
    assert (copy.x[:, :3].argmax(axis=-1) == copy.y[:, -3:]).all()
    assert (copy.x[:, 3:8].argmax(axis=-1) == 8).all() and (
        copy.x[:, 8:].argmax(axis=-1) == 9
    ).all()
    assert copy.counts.sum() == 12
    with pytest.raises(ValueError, match="T: expected"):
        make_adding(rng, 3, 1)


@pytest.mark.parametrize(
    "make", [lambda r: make_adding(r, 3, 4), lambda r: make_copying(r, 3, 2, 1, kinds=3)]
)
def test_loss_counts_only_asked_steps(make):
    task = make(rng)
    params = init_recurrent(rng, "gru", task.x.shape[-1], 4, 1 if task.y.ndim == 3 else 3)
    y, _ = recurrent("gru", params, task.x)
    _, dy = loss_of(y, task.y, task.counts)
    assert (dy[~task.counts] == 0).all() and (dy[task.counts] != 0).any()
    for place in [(0, -1, 0), (2, -1, 0)]:
        up, down = y.copy(), y.copy()
        up[place] += 1e-6
        down[place] -= 1e-6
        rise = loss_of(up, task.y, task.counts)[0] - loss_of(down, task.y, task.counts)[0]
        assert abs(rise / 2e-6 - dy[place]) < 1e-6


@pytest.mark.parametrize("kind", KINDS)
def test_starts(kind):
    """All weights uniform within 1 / sqrt(H), as torch draws them; the biases 0."""
    params = init_recurrent(np.random.default_rng(0), kind, 40, 100, 30, dtype=np.float32)
    assert params["out.W"].shape == (100, 30) and params["layer.W_x"].shape[0] == 40
    for name, w in params.items():
        assert w.dtype == np.float32
        if w.ndim == 1:
            assert not w.any(), name
        else:
            assert 0.098 < np.abs(w).max() <= 0.1, name
            assert w.std() == pytest.approx(0.1 / 3**0.5, rel=0.03), name


def trained(epochs, **options):
    """A GRU on the adding problem, from the same start with the same batches."""
    params = init_recurrent(np.random.default_rng(0), "gru", 2, 16, 1)
    draw = lambda rng: make_adding(rng, 16, 4)  # noqa: E731
    rng, step = np.random.default_rng(1), recurrent_step("gru")
    return train(rng, params, step, draw, epochs, lr=0.02, limit=1.0, **options)


def test_training_lowers_the_loss_and_stops_at_the_goal():
    params, history = trained(400, goal=0.03)
    assert history.stopped == "goal" and 20 < len(history["loss"]) < 400
    new = make_adding(np.random.default_rng(2), 200, 4)
    loss, _ = loss_of(recurrent("gru", params, new.x)[0], new.y, new.counts)
    assert loss < CHANCE_ADDING / 3


def test_training_takes_as_many_steps_as_asked_and_repeats():
    (params, history), (again, _) = trained(3), trained(3)
    assert history.stopped == "epochs" and history.steps["loss"] == [1, 2, 3]
    assert len(history["norm"]) == 3
    assert all(np.array_equal(params[name], again[name]) for name in params)


def test_bad_kind():
    with pytest.raises(ValueError, match="kind: expected"):
        layer("lstn", {}, np.zeros((1, 1, 1)))


def test_gate_orders_and_back():
    params = shaken(init_lstm(rng, 3, 2))
    other = reorder_gates(params, "ifgo", "ifog")
    assert np.array_equal(other["W_x"][:, 4:6], params["W_x"][:, 6:8])
    back = reorder_gates(other, "ifog", "ifgo")
    assert all(np.array_equal(back[name], params[name]) for name in params)
    with pytest.raises(ValueError, match="want: expected the letters"):
        reorder_gates(params, "ifgo", "ifgg")


def test_swapped_update_computes_the_same_states():
    params, x, h_0 = (
        shaken(init_gru(rng, 3, 4)),
        rng.standard_normal((2, 5, 3)),
        rng.standard_normal((2, 4)),
    )
    swapped, h, states = swap_update(params), h_0, []
    W_x, W_h = np.split(swapped["W_x"], 3, axis=1), np.split(swapped["W_h"], 3, axis=1)
    b = np.split(swapped["b"], 3)
    for t in range(5):  # Chung's form, written out: h = (1 - z) h_prev + z n
        r, z = (1 / (1 + np.exp(-(x[:, t] @ W_x[k] + h @ W_h[k] + b[k]))) for k in (0, 1))
        n = np.tanh(x[:, t] @ W_x[2] + b[2] + r * (h @ W_h[2] + params["b_hn"]))
        h = (1 - z) * h + z * n
        states.append(h)
    assert np.allclose(np.stack(states, axis=1), gru(params, x, h_0)[0], atol=1e-12)
    assert all(np.array_equal(swap_update(swapped)[name], params[name]) for name in params)


@pytest.mark.parametrize(("kind", "layer_of"), [("gru", torch.nn.GRU), ("lstm", torch.nn.LSTM)])
def test_merged_biases(kind, layer_of):
    theirs = layer_of(3, 4, batch_first=True, dtype=torch.float64)
    weights = {name: value.detach().numpy() for name, value in theirs.named_parameters()}
    params = {"W_x": weights["weight_ih_l0"].T, "W_h": weights["weight_hh_l0"].T}
    params |= merge_biases(weights["bias_ih_l0"], weights["bias_hh_l0"], kind)
    x = rng.standard_normal((2, 5, 3))
    assert relative(layer(kind, params, x)[0], theirs(torch.tensor(x))[0].detach()) < 1e-12
    with pytest.raises(ValueError, match="b_hh: expected"):
        merge_biases(np.zeros(3), np.zeros(4), "lstm")
