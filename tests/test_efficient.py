"""Chapter 19's attentions: equal to the plain one where they are exact, to differences and to the
tape, causal where they say so, and plain about what they cannot take."""

import tracemalloc

import numpy as np
import pytest
from byhand.attention import scaled_dot_product_attention, scaled_dot_product_attention_backward
from byhand.autodiff import Var, gradients, primitive, variables
from byhand.check import check_gradients
from byhand.chunked import chunked_attention, chunked_attention_backward, online_softmax
from byhand.linear_attention import (
    causal_linear_attention,
    causal_linear_attention_backward,
    feature,
    init_projection,
    linear_attention,
    linear_attention_backward,
    projected_attention,
    projected_attention_backward,
)
from byhand.masks import causal_mask
from byhand.segments import init_segment, segment_attention, segment_attention_backward, segments
from byhand.windowed import reach, window_mask, windowed_attention, windowed_attention_backward
from layer_checks import relative


def normal(*shapes, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape) for shape in shapes]


QKV = normal((2, 7, 4), (2, 7, 4), (2, 7, 3))
PAIRS = {
    "chunked": (lambda *qkv: chunked_attention(*qkv, 3), chunked_attention_backward),
    "chunked causal": (lambda *qkv: chunked_attention(*qkv, 3, True), chunked_attention_backward),
    "windowed": (lambda *qkv: windowed_attention(*qkv, 2, 1), windowed_attention_backward),
    "windowed causal": (
        lambda *qkv: windowed_attention(*qkv, 2, 0, True),
        windowed_attention_backward,
    ),
    "linear": (linear_attention, linear_attention_backward),
    "linear causal": (causal_linear_attention, causal_linear_attention_backward),
}


@pytest.mark.parametrize("name", PAIRS)
def test_equal_to_differences_and_to_the_tape(name):
    forward, backward = PAIRS[name]
    check_gradients(forward, backward, *QKV, verbose=False)
    leaves = [Var(x) for x in QKV]
    weight = normal((2, 7, 3), seed=1)[0]
    loss = (primitive(forward, backward)(*leaves) * weight).sum()
    _, cache = forward(*QKV)
    for leaf, by_hand in zip(leaves, backward(weight, cache), strict=True):
        assert relative(gradients(loss, leaf), by_hand) < 1e-13


def test_parameters_equal_to_differences_and_to_the_tape():
    rng = np.random.default_rng(3)
    E, p = init_projection(rng, 9, 4), init_segment(rng, 6, 4, 3)
    p |= {"u": normal((4,))[0], "v": normal((4,), seed=1)[0]}
    check_gradients(projected_attention, projected_attention_backward, E, *QKV, verbose=False)
    X, memory = normal((2, 5, 6), (2, 3, 6))

    def forward(p, X):
        return segment_attention(p, X, memory)

    def backward(dout, cache):
        return segment_attention_backward(dout, cache)[:2]

    check_gradients(forward, backward, p, X, verbose=False)
    leaves, x = variables(p), Var(X)
    loss = primitive(forward, backward)(leaves, x).sum()
    grads, dX = backward(np.ones((2, 5, 3)), forward(p, X)[1])
    assert relative(gradients(loss, x), dX) < 1e-13
    for key, value in gradients(loss, leaves).items():
        assert relative(value, grads[key], 1e-12) < 1e-13


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 100])
@pytest.mark.parametrize(("T", "S"), [(7, 7), (1, 1), (3, 8)])
def test_chunks_are_exact(chunk, causal, T, S):
    Q, K, V, dout = normal((2, 3, T, 4), (2, 3, S, 4), (2, 3, S, 5), (2, 3, T, 5))
    mask = causal_mask(T, S) if causal else None
    out, cache = chunked_attention(Q, K, V, chunk, causal)
    theirs, plain = scaled_dot_product_attention(Q, K, V, mask)
    assert relative(out, theirs) < 1e-14
    ours = chunked_attention_backward(dout, cache)
    for mine, wanted in zip(ours, scaled_dot_product_attention_backward(dout, plain), strict=True):
        assert relative(mine, wanted, 1e-12) < 1e-13


def test_chunks_bear_large_scores():
    Q, K, V = (np.array(x, float) for x in ([[40.0]], [[20.0], [-20], [40]], [[1.0], [2], [3]]))
    out, cache = chunked_attention(Q, K, V, 1)
    assert out.item() == 3
    assert all(np.isfinite(d).all() for d in chunked_attention_backward(out, cache))


def test_online_softmax():
    scores = normal((3, 10))[0] * 300
    top, total = online_softmax([scores[:, :4], scores[:, 4:5], scores[:, 5:]])
    assert (top == scores.max(axis=-1, keepdims=True)).all()
    assert relative(total, np.exp(scores - top).sum(axis=-1, keepdims=True)) < 1e-14


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("n_global", [0, 1, 3, 11])
@pytest.mark.parametrize("window", [1, 3, 4, 20])
def test_windows_equal_the_whole_map_under_their_mask(window, n_global, causal):
    Q, K, V, dout = normal((2, 11, 4), (2, 11, 4), (2, 11, 3), (2, 11, 3))
    out, cache = windowed_attention(Q, K, V, window, n_global, causal)
    mask = window_mask(11, window, n_global, causal)
    theirs, plain = scaled_dot_product_attention(Q, K, V, mask)
    assert relative(out, theirs) < 1e-14
    wanted = scaled_dot_product_attention_backward(dout, plain)
    for mine, whole in zip(windowed_attention_backward(dout, cache), wanted, strict=True):
        assert relative(mine, whole, 1e-12) < 1e-13


def test_reach_is_layers_times_window():
    T, window, layers = 20, 3, 4
    seen = np.linalg.matrix_power(window_mask(T, window, causal=True).astype(int), layers) > 0
    assert (seen.argmax(axis=1) == np.maximum(np.arange(T) - reach(layers, window), 0)).all()


def test_linear_attention_is_the_weights_phi_q_phi_k():
    Q, K, V = QKV
    weights = feature(Q) @ feature(K).mT
    whole = weights / weights.sum(axis=-1, keepdims=True)
    assert relative(linear_attention(Q, K, V)[0], whole @ V) < 1e-14
    past = np.tril(weights)
    past /= past.sum(axis=-1, keepdims=True)
    assert relative(causal_linear_attention(Q, K, V)[0], past @ V) < 1e-14


@pytest.mark.parametrize("name", ["chunked causal", "windowed causal", "linear causal"])
def test_no_place_hears_of_its_future(name):
    forward, Q, K, V = PAIRS[name][0], *(x.copy() for x in QKV)
    before = forward(Q, K, V)[0]
    for x in (Q, K, V):
        x[:, 5:] += 1
    assert (forward(Q, K, V)[0][:, :5] == before[:, :5]).all()


def test_projected_keys_mix_all_places_so_they_hear_of_the_future():
    E = init_projection(np.random.default_rng(0), 7, 3)
    Q, K, V = (x.copy() for x in QKV)
    before = projected_attention(E, Q, K, V)[0]
    V[:, 6] += 1
    assert (projected_attention(E, Q, K, V)[0][:, 0] != before[:, 0]).all()


def test_a_segment_after_its_memory_equals_one_long_segment():
    p = init_segment(np.random.default_rng(0), 6, 4)
    p |= {"u": normal((4,))[0], "v": normal((4,), seed=1)[0]}
    (X,) = normal((2, 9, 6))
    none = X[:, :0]
    whole, _ = segment_attention(p, X, none)
    first, second = segments(X, 5)
    assert relative(segment_attention(p, first, none)[0], whole[:, :5]) < 1e-14
    out, cache = segment_attention(p, second, first)
    assert relative(out, whole[:, 5:]) < 1e-14
    assert segment_attention_backward(out, cache)[2] is None  # the memory is a constant


def peak(forward, backward, n):
    """Bytes at the most, forward and backward over n places."""
    Q, K, V = (x.astype(np.float32) for x in normal((n, 16), (n, 16), (n, 16)))
    tracemalloc.start()
    out, cache = forward(Q, K, V)
    backward(out, cache)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_memory_grows_with_the_length_where_no_map_is_stored():
    plain = scaled_dot_product_attention, scaled_dot_product_attention_backward
    chunks = lambda *qkv: chunked_attention(*qkv, 32), chunked_attention_backward  # noqa: E731
    window = lambda *qkv: windowed_attention(*qkv, 16), windowed_attention_backward  # noqa: E731
    linear = causal_linear_attention, causal_linear_attention_backward
    assert peak(*plain, 1024) > 3.5 * peak(*plain, 512)
    for pair in (chunks, window, linear):
        assert peak(*pair, 1024) < 2.2 * peak(*pair, 512)


EMPTY = [x[:, :0] for x in QKV]
E_OF_5 = init_projection(np.random.default_rng(0), 5, 2)


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: chunked_attention(*QKV, 0), ValueError, "chunk: expected at least 1"),
        (lambda: chunked_attention(*QKV, -2), ValueError, "chunk: expected at least 1"),
        (lambda: chunked_attention(*QKV, 2.0), TypeError, "chunk: expected a whole number"),
        (lambda: chunked_attention(*EMPTY, 2), ValueError, "empty sequence"),
        (lambda: windowed_attention(*QKV, 0), ValueError, "window: expected at least 1"),
        (lambda: windowed_attention(*QKV, 2, -1), ValueError, "n_global: expected at least 0"),
        (lambda: windowed_attention(*QKV, 2, 8), ValueError, "n_global: expected at most"),
        (lambda: windowed_attention(*EMPTY, 2), ValueError, "empty sequence"),
        (lambda: projected_attention(E_OF_5, *QKV), ValueError, "at most 5 places"),
        (lambda: projected_attention(E_OF_5, *EMPTY), ValueError, "empty sequence"),
        (lambda: linear_attention(*EMPTY), ValueError, "empty sequence"),
        (lambda: causal_linear_attention(*EMPTY), ValueError, "empty sequence"),
        (
            lambda: causal_linear_attention(QKV[0][:, :3], *QKV[1:]),
            ValueError,
            "as many keys as queries",
        ),
        (
            lambda: windowed_attention(QKV[0][:, :3], *QKV[1:], 2),
            ValueError,
            "as many keys as queries",
        ),
        (
            lambda: chunked_attention(QKV[0], QKV[1][:, :3], QKV[2][:, :3], 2, True),
            ValueError,
            "at most as many queries as keys",
        ),
        (lambda: segments(QKV[0], 0), ValueError, "T: expected at least 1"),
        (lambda: segments(QKV[0][:, :0], 2), ValueError, "L: expected at least 1"),
    ],
)
def test_clear_errors(call, error, said):
    with pytest.raises(error, match=said):
        call()
