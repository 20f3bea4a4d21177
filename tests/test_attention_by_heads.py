import numpy as np
import pytest
from byhand.attention import (
    attention_by_heads,
    attention_by_heads_backward,
    scaled_dot_product_attention,
    scaled_dot_product_attention_backward,
)
from byhand.masks import causal_mask, padding_mask

MASKS = [
    None,
    causal_mask(3, 5),
    padding_mask(np.array([[5, 6, 7, 8, 9], [5, 6, 0, 0, 0]]))[:, None],
]


@pytest.mark.parametrize("mask", MASKS, ids=["none", "causal", "padding"])
@pytest.mark.parametrize("front", [(), (2,), (2, 4)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_equals_the_batched_form(front, mask, dtype):
    if mask is not None and mask.ndim > 2 and len(front) < 2:
        pytest.skip("a padding mask has the axes of a batch with heads")
    rng = np.random.default_rng(0)
    Q, K, V, dout = (
        rng.standard_normal((*front, *shape)).astype(dtype)
        for shape in [(3, 4), (5, 4), (5, 2), (3, 2)]
    )
    plain, plain_cache = scaled_dot_product_attention(Q, K, V, mask)
    fast, fast_cache = attention_by_heads(Q, K, V, mask)
    pairs = [(plain, fast), (plain_cache.weights, fast_cache.weights)]
    theirs = scaled_dot_product_attention_backward(dout, plain_cache)
    pairs += zip(theirs, attention_by_heads_backward(dout, fast_cache), strict=True)
    for a, b in pairs:
        assert a.dtype == b.dtype and np.allclose(a, b, atol=1e-6 if dtype == np.float32 else 1e-13)


def test_shapes_are_checked():
    with pytest.raises(ValueError, match="K: expected"):
        attention_by_heads(np.zeros((2, 3, 4)), np.zeros((2, 5, 3)), np.zeros((2, 5, 2)))
