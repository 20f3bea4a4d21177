"""Exercises of chapter 16: an encoder layer, and the forward pass of the whole Transformer."""

import math

import numpy as np

from byhand.exercises.checker.declare import exercise, special


def softmax(z):
    p = np.exp(z - z.max(axis=-1, keepdims=True))
    return p / p.sum(axis=-1, keepdims=True)


def layer_norm(x, gamma, beta):
    d = x - x.mean(axis=-1, keepdims=True)
    return gamma * d / np.sqrt((d * d).mean(axis=-1, keepdims=True) + 1e-5) + beta


def layer_weights(rng, D, F):
    p = {f"W_{m}": rng.standard_normal((D, D)) * 2 * D**-0.5 for m in "qkvo"}
    p |= {"W_1": rng.standard_normal((D, F)), "W_2": rng.standard_normal((F, D))}
    p |= {"b_1": rng.standard_normal(F), "b_2": rng.standard_normal(D)}
    for k in "12":
        p[f"gamma_{k}"] = 1 + 0.5 * rng.standard_normal(D)
        p[f"beta_{k}"] = rng.standard_normal(D)
    return p


def layer_cases(rng):
    for B, T, N, d, F in [(1, 3, 2, 2, 5), (2, 4, 2, 3, 7), (3, 5, 3, 2, 4), (2, 3, 4, 2, 6)] * 3:
        x, p = 2 * rng.standard_normal((B, T, N * d)), layer_weights(rng, N * d, F)
        real = np.arange(T) < rng.integers(1, T + 1, (B, 1))
        yield x, p, N, real
    x, p = rng.standard_normal((2, 4, 6)), layer_weights(rng, 6, 5)
    yield special("pads at the start", x, p, 3, np.arange(4) >= np.array([[2], [0]]))
    large = p | {"W_q": 300 * p["W_q"]}
    yield special("scores in the thousands", x, large, 3, np.ones((2, 4), bool))


def layer_by_heads(x, p, N, real):
    d = x.shape[2] // N
    out = x.copy()
    u = layer_norm(x, p["gamma_1"], p["beta_1"])
    for b in range(len(x)):
        heads = []
        for n in range(N):
            part = np.s_[:, n * d : (n + 1) * d]
            Q, K, V = (u[b] @ p[f"W_{m}"][part] for m in "qkv")
            scores = Q @ K[real[b]].T / math.sqrt(d)
            heads.append(softmax(scores) @ V[real[b]])
        out[b] += np.concatenate(heads, axis=1) @ p["W_o"]
    hidden = layer_norm(out, p["gamma_2"], p["beta_2"]) @ p["W_1"] + p["b_1"]
    return out + np.where(hidden > 0, hidden, 0) @ p["W_2"] + p["b_2"]


def layer_by_einsum(x, p, N, real):
    B, T, D = x.shape
    u = layer_norm(x, p["gamma_1"], p["beta_1"])
    Q, K, V = (np.einsum("btd,dne->btne", u, p[f"W_{m}"].reshape(D, N, D // N)) for m in "qkv")
    scores = np.einsum("btne,bsne->bnts", Q, K) * (D // N) ** -0.5
    a = softmax(scores + np.where(real, 0, -1e30)[:, None, None])
    y = x + np.einsum("bnts,bsne,ned->btd", a, V, p["W_o"].reshape(N, D // N, D))
    w = layer_norm(y, p["gamma_2"], p["beta_2"])
    return y + (np.clip(w @ p["W_1"] + p["b_1"], 0, None) @ p["W_2"] + p["b_2"])


@exercise(
    "transformer.encoder_layer",
    trains="a whole layer: norms, heads, mask, belt, feed-forward",
    task="""
    encoder_layer(x, p, N, real) -> (B, T, D): a pre-norm encoder layer with N heads of D / N
    numbers each. First y = x + attention(LN(x)): Q, K, V are LN(x) times W_q, W_k, W_v (D, D), cut
    into N heads (head 0 has the first D / N columns), masked where real (B, T) is False, scaled by
    the root of the head's width; the heads side by side times W_o (D, D). Then y + FFN(LN(y)) with
    W_1 (D, F), b_1, W_2 (F, D), b_2. The norms have gamma_1, beta_1 and gamma_2, beta_2 (D,). All
    weights are in the dict p; there are no other biases. softmax(z) along the last axis and
    layer_norm(x, gamma, beta) are there.
    """,
    shapes={"x": "B T D"},
    cases=layer_cases,
    variants=(layer_by_heads, layer_by_einsum),
    helpers=(softmax, layer_norm),
    equivalent={"D // N -> D / N": "under the root it is the same number"},
    hints=(
        "Two blocks. Each reads a normed copy of the belt and adds to the belt itself.",
        "y = x + MultiHead(LN_1(x)), out = y + max(0, LN_2(y) W_1 + b_1) W_2 + b_2.",
        "u = layer_norm(x, ...)\nQ, K, V = ((u @ p[W]).reshape(B, T, N, ...).swapaxes(1, 2) "
        "for W in ...)\nA = softmax(np.where(real[:, None, None, :], ..., -np.inf))\n"
        "x = x + ...\nreturn x + ...",
    ),
    mistakes="""
    skip_1 | x = x + (A @ V) -> x = (A @ V) |
        The belt is lost at the attention: what it finds is added to x.
    skip_2 | return x + np.maximum -> return np.maximum |
        The belt is lost at the feed-forward block: its result is added.
    normed_belt | u = layer_norm(x, p["gamma_1"], p["beta_1"]) -> u = x = layer_norm(x,
        p["gamma_1"], p["beta_1"]) | You put the normed copy on the belt; in pre-norm x itself stays
        there.
    post_norm | u = layer_norm(x, p["gamma_1"], p["beta_1"]) -> u = x ;; x = x + (A @
        V).swapaxes(1, 2).reshape(B, T, D) @ p["W_o"] -> x = layer_norm(x + (A @ V).swapaxes(1,
        2).reshape(B, T, D) @ p["W_o"], p["gamma_1"], p["beta_1"]) ;; w = layer_norm(x,
        p["gamma_2"], p["beta_2"]) -> w = x ;; return x + np.maximum(0, w @ p["W_1"] + p["b_1"]) @
        p["W_2"] + p["b_2"] -> return layer_norm(x + np.maximum(0, w @ p["W_1"] + p["b_1"]) @
        p["W_2"] + p["b_2"], p["gamma_2"], p["beta_2"]) |
        That is post-norm; here each block reads LN of the belt.
    no_scale | ` / np.sqrt(D // N)` -> `` | The scores are not divided by the root of d_k.
    sqrt_D | np.sqrt(D // N) -> np.sqrt(D) | You divide by sqrt(D); a head is only D / N wide.
    no_mask | np.where(real[:, None, None, :], scores, -np.inf) -> scores |
        The padding mask is missing: real places read pads.
    merged | .swapaxes(1, 2).reshape(B, T, D) @ -> .reshape(B, T, D) @ | The heads are merged
        wrongly: bring the axis of the heads beside that of their numbers before you join them.
    split | .reshape(B, T, N, D // N).swapaxes(1, 2) -> .reshape(B, N, T, D // N) |
        The heads are cut wrongly: (B, T, N, d_k) first, then exchange the axes.
    ffn_raw | np.maximum(0, w @ -> np.maximum(0, x @ |
        The feed-forward block reads the belt as it is; it reads LN of it.
    one_norm | w = layer_norm(x, p["gamma_2"], p["beta_2"]) -> w = layer_norm(x, p["gamma_1"],
        p["beta_1"]) | The second norm has gamma and beta of its own.
    linear | np.maximum(0, w @ p["W_1"] + p["b_1"]) -> (w @ p["W_1"] + p["b_1"]) |
        The ReLU is missing.
    on_queries | real[:, None, None, :] -> real[:, None, :, None] | The mask hides the rows of pads
        that ask; it belongs to the keys: nobody reads from a pad.
    causal | np.where(real[:, None, None, :], scores, -np.inf) -> np.where(real[:, None, None, :] &
        np.tri(T, dtype=bool), scores, -np.inf) |
        That is also a causal mask; in the encoder every place sees all real places.
    ffn_before | u = layer_norm(x, p["gamma_1"], p["beta_1"]) -> u = layer_norm((before := x),
        p["gamma_1"], p["beta_1"]) ;; w = layer_norm(x, p["gamma_2"], p["beta_2"]) -> w =
        layer_norm(before, p["gamma_2"], p["beta_2"]) |
        The feed-forward block reads x; it reads y, which attention has added to.
    relu_last | np.maximum(0, w @ p["W_1"] + p["b_1"]) @ p["W_2"] + p["b_2"] -> np.maximum(0, (w @
        p["W_1"] + p["b_1"]) @ p["W_2"] + p["b_2"]) |
        The ReLU stands between W_1 and W_2, not after both.
    """,
)  # fmt: skip
def encoder_layer(x, p, N, real):
    B, T, D = x.shape
    u = layer_norm(x, p["gamma_1"], p["beta_1"])
    Q, K, V = ((u @ p[W]).reshape(B, T, N, D // N).swapaxes(1, 2) for W in ("W_q", "W_k", "W_v"))
    scores = Q @ K.swapaxes(2, 3) / np.sqrt(D // N)
    A = softmax(np.where(real[:, None, None, :], scores, -np.inf))
    x = x + (A @ V).swapaxes(1, 2).reshape(B, T, D) @ p["W_o"]
    w = layer_norm(x, p["gamma_2"], p["beta_2"])
    return x + np.maximum(0, w @ p["W_1"] + p["b_1"]) @ p["W_2"] + p["b_2"]


def attend(x, memory, p, mask):
    """One head: x asks memory."""
    Q, K, V = x @ p["W_q"], memory @ p["W_k"], memory @ p["W_v"]
    scores = np.where(mask, Q @ K.swapaxes(1, 2) / np.sqrt(Q.shape[-1]), -np.inf)
    return softmax(scores) @ V


def feed_forward(x, p):
    return np.maximum(0, x @ p["W_1"]) @ p["W_2"]


def whole_cases(rng):
    for B, S, T, D, V in [(1, 3, 2, 4, 6), (2, 4, 3, 6, 8), (3, 3, 5, 5, 7), (2, 5, 4, 4, 9)] * 3:
        X, Y = rng.integers(1, V, (B, S)), rng.integers(1, V + 2, (B, T))
        X[np.arange(S) >= rng.integers(1, S + 1, (B, 1))] = 0
        p = {"E_source": rng.standard_normal((V, D)), "E": rng.standard_normal((V + 2, D))}
        p["P"] = rng.standard_normal((max(S, T) + 1, D))
        for block in ("self", "causal", "cross"):
            p |= {f"{block}.W_{m}": rng.standard_normal((D, D)) for m in "qkv"}
        for block in ("source", "target"):
            p |= {f"{block}.W_1": rng.standard_normal((D, 7))}
            p |= {f"{block}.W_2": rng.standard_normal((7, D))}
        yield X, Y, p
    large = p | {f"{block}.W_q": 500 * p[f"{block}.W_q"] for block in ("self", "causal", "cross")}
    yield special("scores in the thousands", X, Y, large)


def whole_named(X, Y, p):
    real = (X != 0)[:, None]
    D, T = p["E"].shape[1], Y.shape[1]
    part = {}
    for name, w in p.items():
        if "." in name:
            block, key = name.split(".")
            part.setdefault(block, {})[key] = w
    memory = D**0.5 * np.take(p["E_source"], X, axis=0) + p["P"][None, : X.shape[1]]
    memory = layer(memory + attend(memory, memory, part["self"], real))
    memory = layer(memory + feed_forward(memory, part["source"]))
    y = D**0.5 * np.take(p["E"], Y, axis=0) + p["P"][None, :T]
    y = layer(y + attend(y, y, part["causal"], np.tri(T) > 0))
    y = layer(y + attend(y, memory, part["cross"], real))
    return np.einsum("btd,vd->btv", layer(y + feed_forward(y, part["target"])), p["E"])


def layer(x):
    return (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)


def take(p, block):
    """The weights of one block: {"W_q": ...}."""
    return {name.split(".")[1]: w for name, w in p.items() if name.startswith(block + ".")}


def whole_by_lists(X, Y, p):
    rows = [whole_named(x[None], y[None], p)[0] for x, y in zip(X, Y, strict=True)]
    return np.array(rows)


@exercise(
    "transformer.forward",
    trains="the whole drawing, from tokens to logits",
    task="""
    forward(X, Y, p) -> logits (B, T, V): the encoder-decoder of the drawing as the paper of 2017
    has it, post-norm, with one layer on each side and one head. Source tokens X (B, S), 0 =
    padding, and shifted target tokens Y (B, T), whose places need the causal mask only. Tables
    p["E_source"], p["E"]; positions p["P"], one row for each place; weights of the five blocks
    by take(p, "self"), "source" (the encoder's feed-forward), "causal", "cross", "target".
    attend(x, memory, weights, mask) is attention of x to memory, feed_forward(x, weights), and
    layer(x) a norm without gamma and beta; none of them adds to the belt. The output layer is
    the table E.
    """,
    shapes={"X": "B S", "Y": "B T"},
    cases=whole_cases,
    variants=(whole_named, whole_by_lists),
    helpers=(softmax, attend, feed_forward, layer, take),
    equivalent={"block + '.' -> block": "no block's name begins another's"},
    hints=(
        "Follow the drawing's numbers from 1 to 8. Which blocks ask memory, which themselves? In "
        "post-norm, where does the norm stand?",
        "x = sqrt(D) E[X] + P;  x = layer(x + block(x)) for each block;  logits = y E^T.",
        "x = np.sqrt(D) * p['E_source'][X] + p['P'][:S]\n"
        "x = layer(x + attend(x, ..., take(p, 'self'), real))\nmemory = layer(...)\ny = ...",
    ),
    mistakes="""
    no_root | np.sqrt(D) * p["E"] -> p["E"] ;; np.sqrt(D) * p["E_source"] -> p["E_source"] |
        The embeddings are not multiplied by sqrt(D), (16.1).
    no_places | ` + p["P"][:S]` -> `` ;; ` + p["P"][:T]` -> `` | The positions are missing.
    source_root | np.sqrt(D) * p["E_source"] -> p["E_source"] |
        The source's embeddings are not multiplied by sqrt(D), (16.1).
    target_root | np.sqrt(D) * p["E"] -> p["E"] |
        The target's embeddings are not multiplied by sqrt(D), (16.1).
    source_places | ` + p["P"][:S]` -> `` | The source's positions are missing.
    target_places | ` + p["P"][:T]` -> `` | The target's positions are missing.
    encoder_mask | attend(x, x, take(p, "self"), real) -> attend(x, x, take(p, "self"), (X ==
        X)[:, None]) | The encoder reads the source's padding.
    encoder_causal | attend(x, x, take(p, "self"), real) -> attend(x, x, take(p, "self"), real &
        np.tri(S, dtype=bool)) | The causal mask belongs in the decoder; the encoder sees all real
        places.
    own_memory | attend(y, memory, take(p, "cross"), real) -> attend(y, y, take(p, "cross"),
        np.tri(T, dtype=bool)) |
        Cross-attention asks the decoder's own places; keys and values come from memory.
    normed_twice | memory = layer(x + feed_forward(x, take(p, "source"))) -> memory = layer(layer(x
        + feed_forward(x, take(p, "source")))) | Memory is normed twice; post-norm has no last norm.
    no_source_mask | real = (X != 0)[:, None] -> real = (X == X)[:, None] |
        The source's padding is read: mask it in the encoder and in cross-attention.
    cross_mask | attend(y, memory, take(p, "cross"), real) -> attend(y, memory, take(p, "cross"),
        (X == X)[:, None]) | Cross-attention reads the source's padding.
    not_causal | np.tri(T, dtype=bool) -> np.ones((T, T), bool) |
        The decoder sees later targets: the causal mask is missing.
    pre_norm | layer(x + attend(x, x, take(p, "self"), real)) -> x + attend(layer(x), layer(x),
        take(p, "self"), real) ;; layer(x + feed_forward(x, take(p, "source"))) -> layer(x +
        feed_forward(layer(x), take(p, "source"))) ;; layer(y + attend(y, y, take(p, "causal"),
        np.tri(T, dtype=bool))) -> y + attend(layer(y), layer(y), take(p, "causal"), np.tri(T,
        dtype=bool)) ;; layer(y + attend(y, memory, take(p, "cross"), real)) -> y +
        attend(layer(y), memory, take(p, "cross"), real) ;; layer(y + feed_forward(y, take(p,
        "target"))) -> layer(y + feed_forward(layer(y), take(p, "target"))) |
        That is pre-norm. In post-norm each sum is normed, and the next block reads it.
    raw_memory | memory = layer(x + feed_forward(x, take(p, "source"))) -> memory = x +
        feed_forward(x, take(p, "source")) | The encoder's last sum is not normed.
    raw_result | layer(y + feed_forward(y, take(p, "target"))) -> y + feed_forward(y, take(p,
        "target")) | The decoder's last sum is not normed.
    block_only | layer(x + attend(x, x, take(p, "self"), real)) -> x + layer(attend(x, x, take(p,
        "self"), real)) | The norm stands around the sum, not around what the block adds.
    cross_skip | y + attend(y, memory -> attend(y, memory |
        The belt is lost at cross-attention: its result is added.
    causal_skip | y + attend(y, y, -> attend(y, y, |
        The belt is lost at the decoder's self-attention: its result is added.
    self_skip | x + attend( -> attend( |
        The belt is lost at the encoder's self-attention: its result is added.
    from_memory | attend(y, y, take(p, "causal"), np.tri(T, dtype=bool)) -> attend(y, memory,
        take(p, "causal"), real) | The decoder's first block asks its own places, not memory.
    no_cross | y = layer(y + attend(y, memory, take(p, "cross"), real)) -> y = y |
        Cross-attention is missing: the answer ignores the source.
    """,
)  # fmt: skip
def forward(X, Y, p):
    (S, T), D = (X.shape[1], Y.shape[1]), p["E"].shape[1]
    real = (X != 0)[:, None]
    x = np.sqrt(D) * p["E_source"][X] + p["P"][:S]
    x = layer(x + attend(x, x, take(p, "self"), real))
    memory = layer(x + feed_forward(x, take(p, "source")))
    y = np.sqrt(D) * p["E"][Y] + p["P"][:T]
    y = layer(y + attend(y, y, take(p, "causal"), np.tri(T, dtype=bool)))
    y = layer(y + attend(y, memory, take(p, "cross"), real))
    y = layer(y + feed_forward(y, take(p, "target")))
    return y @ p["E"].T
