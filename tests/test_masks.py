import numpy as np
import pytest
import torch
from byhand.activations import softmax, softmax_backward
from byhand.check import check_gradients
from byhand.masks import (
    as_additive,
    as_boolean,
    causal_mask,
    combine,
    length_mask,
    masked_softmax,
    padding_mask,
    segment_mask,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from layer_checks import assert_equals_torch, relative

rng = np.random.default_rng(0)


def test_padding_hides_the_column_of_the_pad_from_every_query():
    tokens = np.array([[5, 6, 7, 0], [5, 0, 0, 0]])
    mask = padding_mask(tokens)
    assert mask.shape == (2, 1, 4) and mask[:, 0].tolist() == [
        [True, True, True, False],
        [True, False, False, False],
    ]
    assert np.array_equal(length_mask(np.array([3, 1]), 4), mask)
    weights, _ = masked_softmax(rng.standard_normal((2, 3, 4)), mask)
    assert not weights[0, :, 3].any() and np.allclose(weights[1], [1, 0, 0, 0])
    assert np.array_equal(padding_mask(np.array([[9, 1]]), pad=9), [[[False, True]]])


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 7), st.integers(0, 4))
def test_causal_mask_position_by_position(T, extra):
    mask = causal_mask(T, T + extra)
    for t in range(T):
        for s in range(T + extra):
            assert mask[t, s] == (s <= t + extra)
    assert causal_mask(T).diagonal().all()  # a position sees itself


def test_combine():
    both = combine(causal_mask(3), None, padding_mask(np.array([[5, 6, 0], [5, 0, 0]])))
    assert both.shape == (2, 3, 3)
    assert both[0].astype(int).tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 0]]
    assert combine(None, None) is None


def test_texts_of_a_packed_row_see_themselves_only():
    row = np.array([[1, 1, 2, 0]])
    assert segment_mask(row)[0].astype(int).tolist() == [
        [1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0],
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"segments: expected whole numbers of shape \(B, S\)"):
        segment_mask(row[0])


def test_additive_form_and_back():
    mask = causal_mask(3)
    additive = as_additive(mask, np.float32)
    assert additive.dtype == np.float32 and additive[0].tolist() == [0, -np.inf, -np.inf]
    assert np.array_equal(as_boolean(additive), mask)
    assert np.array_equal(as_boolean(np.where(mask, 0.0, -1e9)), mask)
    scores = rng.standard_normal((3, 3))
    assert (
        relative(softmax(scores + additive.astype(float))[0], masked_softmax(scores, mask)[0])
        < 1e-14
    )


@pytest.mark.parametrize("mask", [None, causal_mask(4, 5), rng.random((2, 1, 5)) < 0.7])
def test_softmax_with_a_mask(mask):
    scores = rng.standard_normal((2, 4, 5))
    if mask is not None and mask.ndim == 3:
        mask[..., 0] = True
    check_gradients(lambda z: masked_softmax(z, mask), softmax_backward, scores, verbose=False)

    def theirs(z):
        return torch.softmax(
            z if mask is None else z.masked_fill(~torch.tensor(mask), -torch.inf), dim=-1
        )

    assert_equals_torch(lambda z: masked_softmax(z, mask), softmax_backward, theirs, scores)


def test_empty_rows_are_zero_and_their_gradient_too():
    mask = np.array([[True, False], [False, False]])
    scores = 1e3 * rng.standard_normal((2, 2))
    before = scores.copy()
    weights, cache = masked_softmax(scores, mask)
    assert weights.tolist() == [[1, 0], [0, 0]] and np.array_equal(scores, before)
    assert not softmax_backward(rng.standard_normal((2, 2)), cache).any()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: padding_mask(np.ones((2, 3))), ValueError, "tokens: expected whole numbers"),
        (lambda: padding_mask(np.ones(3, int)), ValueError, "tokens: expected whole numbers"),
        (
            lambda: length_mask(np.array([5]), 4),
            ValueError,
            "lengths: expected lengths from 0 to 4",
        ),
        (lambda: length_mask([1.5], 4), ValueError, "lengths: expected whole numbers"),
        (lambda: causal_mask(0), ValueError, "T: expected at least 1"),
        (lambda: causal_mask(3, 2), ValueError, "S: expected at least 3"),
        (lambda: combine(np.ones(3)), TypeError, "masks: expected booleans"),
        (
            lambda: combine(causal_mask(3), causal_mask(2)),
            ValueError,
            "masks: expected shapes that fit",
        ),
        (lambda: as_boolean(causal_mask(2)), TypeError, "additive: expected floats"),
        (
            lambda: masked_softmax(np.ones((2, 3)), np.ones((2, 3))),
            TypeError,
            "mask: expected booleans",
        ),
        (
            lambda: masked_softmax(np.ones((2, 3)), causal_mask(3)),
            ValueError,
            "mask: expected a shape that",
        ),
        (
            lambda: masked_softmax(np.ones((2, 3)), np.ones((1, 2, 3), bool)),
            ValueError,
            "mask: expected a shape",
        ),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_large_scores_stay_finite():
    weights, _ = masked_softmax(
        np.array([[1e4, 1e4, 0.0], [-1e4, -1e4, -2e4]]), np.array([True, True, True])
    )
    assert np.allclose(weights, [[0.5, 0.5, 0], [0.5, 0.5, 0]])


def test_the_circulating_mask_taken_apart():
    """Chapter 15: four keys, all scores 0, the last one padding."""
    zero, corner = np.zeros((4, 4)), np.zeros((4, 4))
    corner[3, 3] = 1
    assert np.round(softmax(zero + corner)[0][:, 3], 3).tolist() == [0.25, 0.25, 0.25, 0.475]
    assert np.isclose(softmax(zero + corner)[0][3, 3], np.e / (np.e + 3))
    alone = masked_softmax(zero, corner == 0)[0]
    assert alone[:, 3].tolist() == [0.25, 0.25, 0.25, 0]
    column = np.array([True, True, True, False])
    assert not masked_softmax(zero, column)[0][:, 3].any()
    both = as_additive(column[None] & column[:, None])
    with np.errstate(invalid="ignore"):
        assert np.isnan(softmax(zero + both)[0][3]).all()


@pytest.mark.parametrize(
    ("dtype", "fill", "empty_row"),
    [
        (np.float16, -1e4, "uniform"),
        (np.float32, -1e9, "uniform"),
        (np.float32, -1e4, "unmasked"),
        (np.float64, -1e9, "unmasked"),
    ],
)
def test_a_large_negative_number_in_an_empty_row(dtype, fill, empty_row):
    scores = np.array([1, 2, 3], dtype)
    wanted = np.full(3, 1 / 3) if empty_row == "uniform" else softmax(np.array([1.0, 2, 3]))[0]
    assert np.allclose(softmax(scores + dtype(fill))[0], wanted, atol=2e-3)


def test_one_step_at_a_time_equals_all_at_once():
    scores = rng.standard_normal((6, 6))
    together = masked_softmax(scores, causal_mask(6))[0]
    for S in range(1, 7):
        step = masked_softmax(scores[S - 1 : S, :S], causal_mask(1, S))[0]
        assert np.allclose(step[0], together[S - 1, :S])
