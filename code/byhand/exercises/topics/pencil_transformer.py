"""Exercises of chapter 16: a count, a decoder step, six broken Transformers, a slip in notes."""

import numpy as np

from byhand.exercises.checker.declare import Property, exercise
from byhand.exercises.topics.cases import SHIFT, near, normal, softmax


@exercise(
    "transformer.parameters",
    trains="all parts of a decoder layer, counted",
    task="""
    How many numbers does one decoder layer learn with D = 64, 4 heads and F = 128, biases and
    norms included?
    """,
    variants=(lambda: 50240.0, lambda: np.int64(50240)),
    why="""
    Two attentions of 4 (D D + D) = 16640 each, the feed-forward block 2 D F + F + D = 16576,
    three norms of 2 D = 128 each.
    """,
    hints=(
        "The number of heads does not matter: they share the width D. Count two attentions, one "
        "feed-forward block, three norms.",
        "An attention has four matrices with biases, 4 (D D + D); the feed-forward block is "
        "two layers, D to F and F to D; a norm has gamma and beta.",
        "2 * 4 * (64 * 64 + 64) + (64 * 128 + ...) + 3 * ...",
    ),
    mistakes="""
    encoder | = 33472 | 33472 is an encoder layer: one attention, two norms. A decoder layer looks
        at the source as well.
    no_biases | = 49536 |
        49536 leaves out the biases of the attentions and of the feed-forward block.
    no_attention_biases | = 49728 | 49728 leaves out the eight biases of the two attentions.
    matrices | = 49152 | 49152 counts the matrices only: biases and norms are missing.
    no_norms | = 49856 | 49856 leaves out the three norms.
    two_norms | = 50112 | 50112 counts two norms; each of the three blocks has one.
    no_W_o | = 41920 | 41920 leaves out the output projection W_o of both attentions.
    heads | = 150080 |
        150080 gives each of the 4 heads projections of full width D; together they have width D.
    """,
)
def parameters():
    return 50240


def step_cases(rng):
    for B, t, S, D in [
        (1, 1, 2, 2),
        (1, 2, 3, 4),
        (2, 3, 4, 3),
        (3, 2, 5, 4),
        (2, 4, 3, 5),
        (4, 3, 2, 3),
    ] * 4:
        keep = rng.random((B, S)) < 0.6
        keep[:, 0] = True
        keep[0, -1] = False
        x, K, V = normal(rng, B, D), normal(rng, B, t, D), normal(rng, B, t, D)
        yield (
            x,
            K,
            V,
            normal(rng, B, S, D),
            normal(rng, B, S, D),
            keep,
            *(normal(rng, D, D) for _ in range(4)),
        )


def step_by_loop(x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q):
    out, all_K, all_V = [], [], []
    for b in range(len(x)):
        Kb, Vb = np.vstack([K[b], x[b] @ W_k]), np.vstack([V[b], x[b] @ W_v])
        y = x[b] + softmax(Kb @ (x[b] @ W_q) / np.sqrt(len(x[b]))) @ Vb
        real = keep[b]
        out.append(y + softmax(M_K[b][real] @ (y @ C_q) / np.sqrt(len(y))) @ M_V[b][real])
        all_K.append(Kb)
        all_V.append(Vb)
    return np.stack(out), np.stack(all_K), np.stack(all_V)


def step_by_einsum(x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q):
    d = x.shape[1] ** -0.5
    K, V = (np.concatenate([old, (x @ W)[:, None]], axis=1) for old, W in ((K, W_k), (V, W_v)))
    y = x + np.einsum("bt,btd->bd", softmax(d * np.einsum("bd,btd->bt", x @ W_q, K)), V)
    scores = d * np.einsum("bd,bsd->bs", y @ C_q, M_K) + np.where(keep, 0, -1e9)
    return [y + np.einsum("bs,bsd->bd", softmax(scores), M_V), K, V]


def equals_parallel(f, x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q):
    """Two steps one after the other equal two places at once under a causal mask."""
    first, K1, V1 = f(x, K[:, :0], V[:, :0], M_K, M_V, keep, W_q, W_k, W_v, C_q)
    second, _, _ = f(2 * x, K1, V1, M_K, M_V, keep, W_q, W_k, W_v, C_q)
    X, d = np.stack([x, 2 * x], axis=1), x.shape[1] ** -0.5
    scores = np.where(np.tri(2, dtype=bool), d * (X @ W_q) @ (X @ W_k).swapaxes(1, 2), -np.inf)
    Y = X + softmax(scores) @ (X @ W_v)
    scores = np.where(keep[:, None], d * (Y @ C_q) @ M_K.swapaxes(1, 2), -np.inf)
    return near(
        np.stack([np.asarray(first), np.asarray(second)], axis=1), Y + softmax(scores) @ M_V
    )


@exercise(
    "transformer.decoder_step",
    trains="one new word with a cache",
    task="""
    step(x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q) -> (out, K, V): one new place in a decoder
    layer of one head, without biases, norms and feed-forward block. x (B, D) the new place; K, V
    (B, t, D) keys and values of the places so far; M_K, M_V (B, S, D) those of the source, with
    keep (B, S) True for real tokens. Append the key x W_k and the value x W_v of the new place; y
    = x + self-attention of the query x W_q to all places so far, the new one included; out = y +
    cross-attention of the query y C_q to the source. Scores are divided by sqrt(D). Return out
    (B, D) and the longer K, V (B, t + 1, D).
    """,
    shapes={"x": "B D", "K": "B t D", "M_K": "B S D"},
    outputs=("out", "K", "V"),
    cases=step_cases,
    variants=(step_by_loop, step_by_einsum),
    helpers=(softmax,),
    properties=(
        Property("two steps equal two places at once under a causal mask", equals_parallel),
    ),
    hints=(
        "Nothing has to be masked in self-attention: what lies ahead is not there yet. The new "
        "place sees itself.",
        "K <- [K; x W_k], V <- [V; x W_v];  y = x + softmax(x W_q K^T / sqrt(D)) V;  out = y + "
        "softmax(y C_q M_K^T / sqrt(D), pads at -inf) M_V.",
        "K = np.concatenate([K, (x @ W_k)[:, None]], axis=1);  V = ...\n"
        "scores = np.einsum('bd,btd->bt', x @ W_q, K) / ...\n"
        "y = x + np.einsum('bt,btd->bd', softmax(scores), V)\n"
        "scores = ...;  return y + ..., K, V",
    ),
    mistakes="""
    not_itself | "bt,btd->bd", softmax(scores), V) -> "bt,btd->bd", softmax(scores[:, :-1]), V[:,
        :-1]) | The new place does not see itself: append its key and value before attending.
    no_source_mask | np.where(keep, scores, -np.inf) -> scores |
        The mask over source pads is missing.
    inverted | np.where(keep, -> np.where(~keep, |
        The mask is turned round: keep is True for real tokens.
    times_mask | np.where(keep, scores, -np.inf) -> scores * keep |
        You multiply the scores by the mask: a score of 0 hides nothing.
    cross_from_x | y @ C_q -> x @ C_q |
        The query of cross-attention is made from y, the result of self-attention, not from x.
    no_skip_self | `y = x + ` -> `y = ` | The residual of self-attention is missing: y = x + ...
    no_skip_cross | `return y + ` -> `return ` |
        The residual of cross-attention is missing: out = y + ...
    no_scale | x @ W_q, K) / scale -> x @ W_q, K) ;; M_K) / scale -> M_K) | 1/sqrt(D) is missing.
    by_D | np.sqrt(x.shape[1]) -> x.shape[1] | You divide by D; it is sqrt(D).
    cross_to_self | scores = np.einsum("bd,bsd->bs", y @ C_q, M_K) / scale -> scores =
        np.einsum("bd,bsd->bs", y @ C_q, K) / scale ;; np.where(keep, scores, -np.inf) -> scores ;;
        M_V), K, V -> V), K, V |
        Cross-attention reads the values of the source, M_V; yours reads the decoder's own places.
    not_kept | M_V), K, V -> M_V), K[:, :-1], V[:, :-1] |
        You return K and V as they came; the next step needs the new place's key and value in them.
    appended_first | [K, (x @ W_k)[:, None]] -> [(x @ W_k)[:, None], K] ;; [V, (x @ W_v)[:, None]]
        -> [(x @ W_v)[:, None], V] | The new place is put before the others; it comes last.
    values_are_keys | x @ W_v -> x @ W_k | The new value is x W_v, not x W_k.
    query_unprojected | x @ W_q -> x | The query of self-attention is x W_q, not x.
    over_batch | "bt,btd->bd", softmax(scores) -> "bt,btd->bd", softmax(scores.T).T |
        Your softmax runs over the batch; it runs over the places.
    exchanged_projections | [K, (x @ W_k)[:, None]] -> [K, (x @ W_v)[:, None]] ;; [V, (x @ W_v)[:,
        None]] -> [V, (x @ W_k)[:, None]] | W_k and W_v are exchanged: the new key is x W_k, the new
        value x W_v.
    small_sum | e / e.sum(axis=axis, keepdims=True) -> e / (e.sum(axis=axis, keepdims=True) + SMALL)
        | You add a small constant to the softmax's sum, so the weights no longer sum to 1. With the
        maximum taken away the sum is at least 1: nothing has to be added.
    """,
    equivalent={
        "z - z.max(axis=axis, keepdims=True) -> z": SHIFT,
        "-1 -> 1": "the last axis of two is axis 1",
    },
)
def step(x, K, V, M_K, M_V, keep, W_q, W_k, W_v, C_q):
    scale = np.sqrt(x.shape[1])
    K = np.concatenate([K, (x @ W_k)[:, None]], axis=1)
    V = np.concatenate([V, (x @ W_v)[:, None]], axis=1)
    scores = np.einsum("bd,btd->bt", x @ W_q, K) / scale
    y = x + np.einsum("bt,btd->bd", softmax(scores), V)
    scores = np.einsum("bd,bsd->bs", y @ C_q, M_K) / scale
    scores = np.where(keep, scores, -np.inf)
    return y + np.einsum("bs,bsd->bd", softmax(scores), M_V), K, V


RIGHT = np.array([4, 1, 6, 3, 2, 5])


def exchanged(*pairs):
    answer = RIGHT.copy()
    for a, b in pairs:
        answer[[a, b]] = answer[[b, a]]
    return answer


@exercise(
    "transformer.faults",
    trains="finding a fault from symptoms",
    kind="diagnose",
    task="""
    Six numbers, for the Transformers A to F in this order: which of the six faults of the list in
    chapter 16, exercise 9, does each have?
    """,
    variants=(lambda: [4, 1, 6, 3, 2, 5], lambda: (4.0, 1.0, 6.0, 3.0, 2.0, 5.0)),
    why="""
    A: what stands in the padding changes the answer. B: a decoder place reacts to the next token.
    C: the first place of the encoder does not react to the second. D: the order of the source
    makes no difference. E: the loss is near 0 from the start, and writing fails. F: the source
    makes no difference.
    """,
    hints=(
        "Four of the models answer the probes as no other does, a fifth is blind to order but not "
        "to the source, and one answers them all like a healthy model: look at its loss and at "
        "what it writes.",
        "Two models have a loss near 0 and cannot write. In one of them a place sees the next "
        "token (a mask is missing); in the other it is handed the answer as its own input (no "
        "shift).",
        "Reacts to padding: 4. Reacts to the next token: 1. First place blind for the "
        "second: ... Blind for order: ... Blind for the source: ... The rest: ...",
    ),
    mistakes="""
    mask_for_shift | = exchanged((1, 4)) | You have exchanged B and E. Both have a small loss and
        write nothing right, but in B a place reacts to the *next* token: a missing mask.
    order_for_source | = exchanged((3, 5)) | You have exchanged D and F. D reacts to the source, but
        not to its order; F does not react to it at all.
    encoder_for_decoder | = exchanged((1, 2)) | You have exchanged B and C. The causal mask belongs
        in the decoder: B lacks it there, C has one in the encoder.
    padding_for_source | = exchanged((0, 5)) |
        You have exchanged A and F. A reacts to padding; F does not react to the source.
    both_pairs | = exchanged((1, 4), (3, 5)) | You have exchanged B with E and D with F: look at the
        probes 'sees t + 1' and 'reacts to the source'.
    inverse | = np.array([2, 5, 4, 1, 6, 3]) | You give the letter's place for each fault, in the
        order of the list; asked for is the fault of each letter, A to F.
    from_zero | = RIGHT - 1 | Right, but counted from 0; the list counts from 1.
    source_for_shift | = exchanged((4, 5)) | You have exchanged E and F. Both write nothing right,
        but F does not react to the source, and E is handed its answer.
    padding_for_mask | = exchanged((0, 1)) | You have exchanged A and B. A reacts to padding; in B a
        place reacts to the *next* token.
    in_order | = np.arange(1, 7) | That is the order of the list; the models A to F stand in another
        one. Read the probes, row by row.
    """,
)
def faults():
    return RIGHT


@exercise(
    "transformer.slip",
    trains="the whole model, and what is said about it",
    kind="diagnose",
    task="The number of the false line among the six lines of notes in chapter 16, exercise 10.",
    variants=(lambda: 4.0, lambda: np.array(4)),
    why="""
    Line 4: in cross-attention the queries come from the decoder; keys and values come from the
    encoder.
    """,
    hints=(
        "Five of the lines can be read off the assembly drawing or off an equation.",
        "Who asks, and who is asked, in cross-attention?",
        "The output of cross-attention has one row for each place of the *decoder*.",
    ),
    mistakes="""
    sees_itself | = 1 | Line 1 is true: the causal mask keeps the diagonal.
    pre_norm | = 2 | Line 2 is true: the residual path of pre-norm has no norm on it.
    heads | = 3 | Line 3 is true: the heads share the width D.
    positions | = 5 | Line 5 is true: without positions a permuted source gives the same answer.
    smoothing | = 6 | Line 6 is true: no cross-entropy is smaller than the entropy of the smoothed
        labels, and that is not 0.
    """,
)
def slip_line():
    return 4
