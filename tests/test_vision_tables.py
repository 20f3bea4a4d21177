"""The stored tables of chapter 18: complete, in range, and small runs made again are alike."""

import sys

import numpy as np
import torch
from byhand import inpainting, vision
from byhand.data import painting, pictures
from byhand.pt import painting as pt_painting
from byhand.pt import pictures as pt_pictures
from byhand.pt.vision import Filler
from conftest import ROOT

sys.path.append(str(ROOT / "tools"))

import painting as painting_command  # noqa: E402
import pictures as pictures_command  # noqa: E402

RUNS = pictures.load()


def test_every_method_is_stored_whole():
    assert len({r[:5] for r in RUNS}) == len(RUNS)
    for method, condition in pictures_command.combinations():
        own = [r for r in RUNS if r[:2] == (method, condition)]
        if method == pictures.LONG:
            assert sorted(r[2:5:2] for r in own) == [(0, seed) for seed in pictures.FRESH]
            continue
        for at in pictures.TUNED_AT:
            tried = {r.rate for r in own if r.seed == pictures.TUNING and r.labels == at}
            assert tried == set(pictures_command.RATES), (method, condition, at)
        for labels in pictures.LABELS:
            rate = pictures.tuned(RUNS, method, condition, labels)
            found = [r for r in own if r.seed in pictures.FRESH and r.labels == labels]
            assert {r.rate for r in found} == {rate} and len(found) == 3, (method, condition)
    assert all(0 <= min(r.right, r.moved) and max(r.right, r.moved) <= 100 for r in RUNS)


def test_the_three_networks_are_of_one_size():
    sizes = [
        sum(w.numel() for w in pt_pictures.build(m, 0).parameters())
        for m in (pictures.MLP, pictures.CNN, pictures.VIT)
    ]
    assert max(sizes) < 1.02 * min(sizes), sizes


def test_training_validation_and_test_share_no_picture():
    parts = pictures.parts()
    assert [len(p.y) for p in parts] == [1078, 270, 449]
    rows = np.concatenate([p.X.reshape(-1, 64) for p in parts])
    assert len(rows) == 1797
    at = pictures.labelled(10, 4)
    assert np.bincount(parts.train.y[at]).tolist() == [4] * 10
    assert len(pictures.labelled(10, 0)) == 1078


def test_a_run_is_made_again():
    """The MLP with few labels, for less time, is as good as stored, and a permutation is nothing
    to it."""
    stored = pictures.fresh(RUNS, pictures.MLP, 4)[0]
    found = [
        pictures_command.measure(pictures.MLP, condition, 4, 0.001, 10, {}, steps=400)[0]
        for condition in (pictures.PLAIN, pictures.PERMUTED)
    ]
    assert all(abs(f - stored) < 8 for f in found), (stored, found)


def test_moving_and_permuting():
    X = pictures.parts().test.X[:4]
    moves = np.array([[0, 0], [1, 0], [0, -1], [-1, 1]])
    moved = pt_pictures.shifted(X, moves)
    assert np.array_equal(moved[0], X[0])
    assert np.array_equal(moved[1, 0, 1:], X[1, 0, :-1]) and not moved[1, 0, 0].any()
    assert np.array_equal(moved[2, 0, :, :-1], X[2, 0, :, 1:])
    assert np.array_equal(moved[3, 0, :-1, 1:], X[3, 0, 1:, :-1])
    for changed in (pictures_command.permuted(X), pictures_command.mixed_patches(X, 0)):
        assert np.array_equal(np.sort(changed, axis=None), np.sort(X, axis=None))
    assert np.array_equal(
        np.sort(pictures_command.permuted(X).reshape(4, 64)), np.sort(X.reshape(4, 64))
    )


def test_pretraining_learns_and_its_body_is_taken():
    X = pictures.parts().train.X
    net, losses = pt_pictures.pretrain(X, 5, None, 0.003, steps=150)
    assert np.mean(losses[-10:]) < 0.5 * losses[0], losses
    headed = pt_pictures.headed(net, 5)
    assert torch.equal(headed.P, net.P) and headed.cls is None
    assert torch.equal(headed.get_submodule("1").ffn.W_1, net.get_submodule("1").ffn.W_1)


def test_the_stored_filler_fills():
    p, X = pictures.network(), pictures.parts().test.X[:60]
    hidden = inpainting.hide(np.random.default_rng(0), 60, 16)
    loss, _ = inpainting.fill_loss(p, X, hidden, 2, 4)
    assert loss < 0.05 < X.var()
    twin = Filler(*pt_pictures.BODY)
    twin.load_state_dict({n: torch.tensor(w) for n, w in p.items()})
    theirs = twin.loss(torch.tensor(X), torch.tensor(hidden)).item()
    assert abs(loss - theirs) < 1e-4


def test_painting_is_stored_whole():
    runs = painting.load()
    assert {r[:3] for r in runs} == {
        (seed, digits, example)
        for seed in painting.FRESH
        for digits in painting_command.DIGITS
        for example in painting.EXAMPLES
    }
    assert all(0 <= x <= 100 for r in runs for x in r[3:])


def test_sheets_are_what_they_say():
    s = painting.sheets(np.random.default_rng(0), 20, [2, 5], test=True)
    flat, cache = vision.patches(s.X, painting.P)
    assert np.array_equal(vision.patches_backward(flat, cache), s.X)
    right, colour = painting.judge(flat, s)
    assert right.all() and colour.all()
    for k in range(20):
        ink = painting.COLOURS[s.colour[k], :, None, None]
        at = 8 * s.place[k]
        assert np.array_equal(s.X[k, :, 8:, 16 + at : 24 + at], ink * s.X[k, :, 8:, at : at + 8])
        assert not s.X[k, :, 8:, 24 - at : 32 - at].any()
        example, picture = s.X[k, :, :8, 16:], s.X[k, :, :8, :16]
        assert example.any() and np.all(example * (picture - example) <= picture)
    assert s.hidden.sum(axis=1).tolist() == [8] * 20
    empty = painting.sheets(np.random.default_rng(0), 2, [2, 5], True, painting.EXAMPLES[2])
    assert empty.hidden.sum(axis=1).tolist() == [16] * 2


def test_held_out_digits_are_in_no_training_sheet():
    assert not set(painting.HELD_OUT) & set(pt_painting.KNOWN)
    assert len(pt_painting.KNOWN) == 8


def test_the_stored_painter_paints_and_the_example_decides():
    p = painting.network()
    reached = {}
    for example in painting.EXAMPLES:
        s = painting.sheets(np.random.default_rng(4), 150, pt_painting.KNOWN, True, example, False)
        y, _ = inpainting.fill(p, s.X, s.hidden, painting.P, 4)
        reached[example] = painting.judge(y, s)[0].mean()
    stored = next(r for r in painting.load() if r.seed == painting.FRESH[0])
    assert abs(100 * reached[painting.EXAMPLES[0]] - stored.right) < 12, reached
    assert reached[painting.EXAMPLES[1]] < 0.5 < reached[painting.EXAMPLES[0]], reached


def test_a_short_training_lowers_the_loss():
    _, losses = pt_painting.learn(3, None, 0.004, steps=25)
    assert np.mean(losses[-5:]) < 0.5 * losses[0], losses
