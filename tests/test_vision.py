"""Chapter 18's models: gradients against differences and the tape, meanings of the parts, bad input."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from byhand import autodiff, conv, inpainting, vision
from byhand.autodiff import Var
from byhand.check import check_gradients

RNG = np.random.default_rng
X = RNG(0).standard_normal((3, 2, 4, 6))
HIDDEN = np.array([[1, 0, 0, 1, 0, 0], [0, 0, 0, 0, 0, 1], [1, 1, 1, 0, 0, 0]], bool)
SIZES = (2, (4, 6), 2, 6, 3, 5, 2)  # C, size, p, D, N, F, layers


def random_params(params, seed=7):
    rng = RNG(seed)
    return {name: 0.4 * rng.standard_normal(w.shape) for name, w in params.items()}


def model(read="class"):
    return random_params(vision.init_vit(RNG(0), *SIZES, 4, read))


def filler():
    return random_params(inpainting.init_filler(RNG(0), *SIZES))


@pytest.mark.parametrize("read", vision.READS)
def test_vit_equals_differences(read):
    check_gradients(
        lambda p, x: vision.vit(p, x, 2, 3), vision.vit_backward, model(read), X, tolerance=1e-5
    )


def test_fill_equals_differences():
    check_gradients(
        lambda p, x: inpainting.fill(p, x, HIDDEN, 2, 3),
        inpainting.fill_backward, filler(), X, tolerance=1e-5,
    )  # fmt: skip
    check_gradients(
        lambda p: inpainting.fill_loss(p, X, HIDDEN, 2, 3),
        inpainting.fill_loss_backward, filler(), tolerance=1e-5,
    )  # fmt: skip


def test_embedding_equals_the_tape():
    """The tape of chapter 4 finds the same gradients of W, b, P and c from (18.1) written out."""
    p = {n: model()[n] for n in ("patch.W", "patch.b", "cls", "P")}
    flat = vision.patches(X[:1], 2)[0][0]
    pick = np.eye(7)[:, 1:]  # puts the patches' rows behind the class token's
    tape = {n: Var(w[None] if w.ndim == 1 else w) for n, w in p.items()}
    tokens = Var(flat) @ tape["patch.W"] + tape["patch.b"]
    x = Var(pick) @ tokens + Var(np.eye(7)[:, :1]) @ tape["cls"] + tape["P"]
    r = RNG(3).standard_normal((7, 6))
    by_tape = autodiff.gradients((x * Var(r)).sum(), tape)
    out, cache = vision.embed(p, X[:1], 2)
    assert np.allclose(out[0], x.value, rtol=1e-12)
    grads, _ = vision.embed_backward(r[None], cache)
    for n, w in p.items():
        assert np.allclose(grads[n], by_tape[n].reshape(w.shape), rtol=1e-12, atol=1e-14), n


def test_patches_are_a_convolution_and_come_back():
    flat, cache = vision.patches(X, 2)
    assert np.array_equal(vision.patches_backward(flat, cache), X)
    assert np.array_equal(flat[1, 4], X[1, :, 2:4, 2:4].ravel())  # row 1, column 1
    W, b = RNG(1).standard_normal((8, 5)), RNG(2).standard_normal(5)
    maps, _ = conv.conv2d({"W": W.T.reshape(5, 2, 2, 2), "b": b}, X, stride=2)
    assert np.allclose(flat @ W + b, maps.reshape(3, 5, 6).swapaxes(1, 2), rtol=1e-12)
    assert np.array_equal(F.unfold(torch.tensor(X), 2, stride=2).mT.numpy(), flat)


@pytest.mark.parametrize("read", vision.READS)
def test_without_positions_patches_are_a_set(read):
    p = model(read)
    order = [3, 0, 5, 1, 2, 4]
    flat, cache = vision.patches(X, 2)
    mixed = vision.patches_backward(flat[:, order], cache)
    with_places = [vision.vit(p, x, 2, 3)[0] for x in (X, mixed)]
    del p["P"]
    without = [vision.vit(p, x, 2, 3)[0] for x in (X, mixed)]
    assert np.allclose(*without, rtol=1e-10) and not np.allclose(*with_places, rtol=1e-2)


def test_what_is_hidden_is_not_read():
    p, other = filler(), X.copy()
    other[0, :, :2, :2] += 5  # patch 0 of the first picture
    one, two = (inpainting.fill(p, x, HIDDEN, 2, 3)[0] for x in (X, other))
    assert np.array_equal(one, two)
    loss, cache = inpainting.fill_loss(p, X, HIDDEN, 2, 3)
    y, flat = inpainting.fill(p, X, HIDDEN, 2, 3)[0], vision.patches(X, 2)[0]
    assert np.isclose(loss, ((y - flat)[HIDDEN] ** 2).mean(), rtol=1e-12)
    assert not cache.error[~HIDDEN].any()


def test_as_many_are_hidden_in_each_picture():
    for share, n in ((0.5, 8), (0.75, 12), (0.001, 1), (0.999, 15)):
        hidden = inpainting.hide(RNG(0), 40, 16, share)
        assert (hidden.sum(axis=1) == n).all()
    assert inpainting.hide(RNG(0), 4000, 16).mean(axis=0).std() < 0.02


def test_positions_are_interpolated_as_by_torch():
    P = RNG(0).standard_normal((1 + 12, 5))
    for new in ((3, 4), (6, 8), (2, 7), (1, 1)):
        grid = torch.tensor(P[1:].reshape(3, 4, 5)).permute(2, 0, 1)[None]
        theirs = F.interpolate(grid, new, mode="bilinear")[0].permute(1, 2, 0).reshape(-1, 5)
        ours = inpainting.resize_positions(P, (3, 4), new)
        assert np.array_equal(ours[0], P[0]) and np.allclose(ours[1:], theirs.numpy(), atol=1e-12)
    assert np.allclose(inpainting.resize_positions(P[1:], (3, 4), (3, 4)), P[1:])


def test_a_larger_picture_with_new_positions():
    p = model()
    p["P"] = inpainting.resize_positions(p["P"], (2, 3), (4, 6))
    logits, _ = vision.vit(p, RNG(1).standard_normal((2, 2, 8, 12)), 2, 3)
    assert logits.shape == (2, 4) and np.isfinite(logits).all()


def test_float32_stays():
    p = {n: w.astype(np.float32) for n, w in model().items()}
    logits, cache = vision.vit(p, X.astype(np.float32), 2, 3)
    grads, dX = vision.vit_backward(logits, cache)
    assert {a.dtype for a in (logits, dX, *grads.values())} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: vision.vit(p, X[:, :, :3], 2, 3), "2 x 2 divide, got 3 x 6"),
        (lambda p: vision.vit(p, X[:0], 2, 3), "at least one, got shape"),
        (lambda p: vision.vit(p, X[0], 2, 3), "pictures"),
        (lambda p: vision.vit(p, X[:, :1], 2, 3), "reads 8 numbers a patch, got 1 x 2 x 2"),
        (lambda p: vision.vit(p, np.zeros((1, 2, 6, 6)), 2, 3), "positions for 6 patches, got 9"),
        (lambda p: vision.vit(p, X, 0, 3), "p: expected at least 1"),
        (lambda p: vision.embed(p, X, 2, HIDDEN[:, :5]), "hidden: expected booleans"),
        (
            lambda p: inpainting.fill_loss(filler(), X, ~HIDDEN & HIDDEN, 2, 3),
            "at least one hidden",
        ),
        (lambda p: inpainting.hide(RNG(0), 2, 4, 1.0), "share:"),
        (lambda p: inpainting.resize_positions(p["P"], (2, 2), (4, 4)), "expected 4 or 5 rows"),
        (lambda p: vision.init_vit(RNG(0), *SIZES, 4, "max"), "read:"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(model())


def test_pictures_are_arrays_of_floats():
    for bad in (X.tolist(), X.astype(int), None):
        with pytest.raises(TypeError, match="X: expected a NumPy array of floats"):
            vision.vit(model(), bad, 2, 3)
