"""Masks for attention: which keys may a query look at? True = may look, everywhere in this book.

Scores have the shape (..., T, S): one row per query, one column per key. A mask is about keys,
so it acts along the last axis. The other convention adds a mask to the scores,
0 where allowed and -inf where not: `as_additive`.
"""

import numpy as np

from byhand.activations import SoftmaxCache
from byhand.data.vocabulary import PAD
from byhand.validate import as_count, describe


def padding_mask(tokens, pad=PAD):
    """Hide padded keys from every query.

    Arguments: tokens: whole numbers (B, S); pad: the number that fills up.
    Returns booleans (B, 1, S): one row that serves all T queries.
    """
    tokens = np.asarray(tokens)
    if tokens.dtype.kind not in "iu" or tokens.ndim != 2:
        raise ValueError(f"tokens: expected whole numbers of shape (B, S), got {describe(tokens)}")
    return (tokens != pad)[:, None, :]


def length_mask(lengths, S):
    """Hide keys beyond each sequence's length.

    Arguments: lengths: whole numbers (B,), at most S. Returns booleans (B, 1, S).
    """
    lengths, S = np.asarray(lengths), as_count("S", S)
    if lengths.dtype.kind not in "iu" or lengths.ndim != 1:
        raise ValueError(f"lengths: expected whole numbers of shape (B,), got {describe(lengths)}")
    if lengths.size and not 0 <= lengths.min() <= lengths.max() <= S:
        raise ValueError(
            f"lengths: expected lengths from 0 to {S}, got {lengths.min()} to {lengths.max()}"
        )
    return (np.arange(S) < lengths[:, None])[:, None, :]


def causal_mask(T, S=None):
    """Hide the future: query t sees keys up to its own place;
    with S > T it is one of the last T places.

    Returns booleans (T, S): True on and below the diagonal that ends in the lower right corner.
    """
    T = as_count("T", T)
    S = T if S is None else as_count("S", S, least=T)
    return np.tri(T, S, k=S - T, dtype=bool)


def combine(*masks):
    """Allow what all masks allow; masks of different shapes broadcast.
    None among them hides nothing.

    Returns booleans, or None if there is no mask.
    """
    kept = [_as_mask("masks", mask) for mask in masks if mask is not None]
    try:
        result = None
        for mask in kept:
            result = mask if result is None else result & mask
    except ValueError as error:
        raise ValueError(
            f"masks: expected shapes that fit, got {[mask.shape for mask in kept]}"
        ) from error
    return result


def as_additive(mask, dtype=np.float64):
    """Return the other form: 0 where the mask allows, -inf where it hides;
    to be added to the scores."""
    return np.where(_as_mask("mask", mask), 0, -np.inf).astype(dtype)


def as_boolean(additive):
    """Return the way back from `as_additive`: True where the additive mask is above -1e8."""
    additive = np.asarray(additive)
    if additive.dtype.kind != "f":
        raise TypeError(f"additive: expected floats, 0 and -inf, got {describe(additive)}")
    return additive > -1e8


def masked_softmax(scores, mask=None):
    """Softmax over the allowed keys: hidden ones get weight 0,
    and a row without any is all zeros, not NaN.

    Arguments: scores (..., T, S); mask: booleans that broadcast to it, True = may look, or None.
    Returns weights (..., T, S), cache for `softmax_backward`. Raises
    TypeError for a mask that is not boolean, ValueError for one that does not fit.
    """
    if mask is not None:
        scores = np.where(_fitting(mask, scores.shape), scores, -np.inf)
    top = scores.max(axis=-1, keepdims=True)
    if mask is not None:
        top = np.where(np.isneginf(top), 0, top)  # an empty row: keep -inf - (-inf) = NaN away
    p = scores - top
    np.exp(p, out=p)  # exp(-inf) = 0
    total = p.sum(axis=-1, keepdims=True)
    if mask is not None:
        total[total == 0] = 1
    p /= total
    return p, SoftmaxCache(p)


def _fitting(mask, shape):
    mask = _as_mask("mask", mask)
    axes = zip(mask.shape[::-1], shape[::-1], strict=False)
    if mask.ndim > len(shape) or any(have not in (1, want) for have, want in axes):
        raise ValueError(
            f"mask: expected a shape that broadcasts to the scores' {shape}, got {mask.shape}"
        )
    return mask


def _as_mask(name, mask):
    mask = np.asarray(mask)
    if mask.dtype != bool:
        raise TypeError(
            f"{name}: expected booleans, True = may look, got {describe(mask)}; see as_boolean"
        )
    return mask
