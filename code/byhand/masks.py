"""Masks for attention: which keys may a query look at? True = may look,
everywhere in this book.

Scores have the shape (..., T, S): one row per query,
one column per key. A mask is about keys, so it acts along the last axis. The
other convention adds a mask to the scores, 0 where allowed and -inf where not:
`as_additive`.
"""

import functools

import numpy as np

from byhand.activations import SoftmaxCache
from byhand.data.vocabulary import PAD
from byhand.validate import as_count, as_mask, checked, describe


def as_tokens(name, tokens):
    """Return `tokens` as an array of whole numbers (B, S);
    raise naming the argument otherwise."""
    tokens = np.asarray(tokens)
    if tokens.dtype.kind not in "iu" or tokens.ndim != 2:
        raise ValueError(
            f"{name}: expected whole numbers of shape (B, S), got "
            f"{describe(tokens)}"
        )
    return tokens


@checked(tokens=as_tokens)
def padding_mask(tokens, pad=PAD):
    """Hide padded keys from every query.

    Arguments: tokens: whole numbers (B, S); pad: the number that fills up.
    Returns booleans (B, 1, S): one row that serves all T queries.
    """
    return (tokens != pad)[:, None, :]


@checked(segments=as_tokens)
def segment_mask(segments):
    """Show each text of a packed row to itself only.

    Arguments: segments: whole numbers (B, S), the number of the text that a
    place belongs to; 0 is padding, which nobody sees. Returns booleans
    (B, S, S). For a decoder `combine` it with `causal_mask`.
    """
    same = segments[:, :, None] == segments[:, None, :]
    return same & (segments > 0)[:, None, :]


def lengths_within(lengths, S):
    """Lengths (B,) as whole numbers from 0 to S, or raise."""
    lengths, S = np.asarray(lengths), as_count("S", S)
    if lengths.dtype.kind not in "iu" or lengths.ndim != 1:
        raise ValueError(
            "lengths: expected whole numbers of shape (B,), got "
            f"{describe(lengths)}"
        )
    if lengths.size and not 0 <= lengths.min() <= lengths.max() <= S:
        raise ValueError(
            f"lengths: expected lengths from 0 to {S}, got {lengths.min()} to "
            f"{lengths.max()}"
        )
    return {"lengths": lengths, "S": S}


@checked(lengths_within)
def length_mask(lengths, S):
    """Hide keys beyond each sequence's length.

    Arguments: lengths: whole numbers (B,), at most S. Returns booleans (B,
    1, S).
    """
    return (np.arange(S) < lengths[:, None])[:, None, :]


def no_shorter_than_T(T, S=None):
    """T, and S of at least T (T itself if there is none), or raise."""
    T = as_count("T", T)
    return {"T": T, "S": T if S is None else as_count("S", S, least=T)}


@checked(no_shorter_than_T)
def causal_mask(T, S=None):
    """Hide the future: query t sees keys up to its own place;
    with S > T it is one of the last T places.

    Returns booleans (T, S): True on and below the diagonal that ends in the
    lower right corner.
    """
    return np.tri(T, S, k=S - T, dtype=bool)


def fitting_masks(*masks):
    """The masks as booleans, without None; raise unless their shapes
    broadcast."""
    kept = [as_mask("masks", mask) for mask in masks if mask is not None]
    try:
        np.broadcast_shapes(*(mask.shape for mask in kept))
    except ValueError as error:
        raise ValueError(
            "masks: expected shapes that fit, got "
            f"{[mask.shape for mask in kept]}"
        ) from error
    return kept


def combine(*masks):
    """Allow what all masks allow; masks of different shapes broadcast.
    None among them hides nothing.

    Returns booleans, or None if there is no mask.
    """
    masks = fitting_masks(*masks)
    return functools.reduce(np.logical_and, masks) if masks else None


@checked(mask=as_mask)
def as_additive(mask, dtype=np.float64):
    """Return the other form: 0 where the mask allows, -inf where it hides;
    to be added to the scores."""
    return np.where(mask, 0, -np.inf).astype(dtype)


def as_float_mask(name, additive):
    """Return `additive` as an array of floats;
    raise TypeError naming the argument otherwise."""
    additive = np.asarray(additive)
    if additive.dtype.kind != "f":
        raise TypeError(
            f"{name}: expected floats, 0 and -inf, got {describe(additive)}"
        )
    return additive


@checked(additive=as_float_mask)
def as_boolean(additive):
    """Return the way back from `as_additive`:
    True where the additive mask is above -1e8."""
    return additive > -1e8


def mask_fits(scores, mask=None):
    """The mask as booleans; raise unless it broadcasts to the scores."""
    if mask is None:
        return None
    mask = as_mask("mask", mask)
    axes = zip(mask.shape[::-1], scores.shape[::-1], strict=False)
    if mask.ndim > scores.ndim or any(
        have not in (1, want) for have, want in axes
    ):
        raise ValueError(
            "mask: expected a shape that broadcasts to the scores' "
            f"{scores.shape}, "
            f"got {mask.shape}"
        )
    return {"mask": mask}


@checked(mask_fits)
def masked_softmax(scores, mask=None):
    """Softmax over the allowed keys: hidden ones get weight 0,
    and a row without any is all zeros, not NaN.

    Arguments: scores (..., T, S); mask: booleans that broadcast to it,
    True = may look, or None. Returns weights (..., T, S),
    cache for `softmax_backward`. Raises TypeError for a mask that is not
    boolean, ValueError for one that does not fit.
    """
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    top = scores.max(axis=-1, keepdims=True)
    if mask is not None:
        # an empty row: keep -inf - (-inf) = NaN away
        top = np.where(np.isneginf(top), 0, top)
    p = scores - top
    np.exp(p, out=p)  # exp(-inf) = 0
    total = p.sum(axis=-1, keepdims=True)
    if mask is not None:
        total[total == 0] = 1
    p /= total
    return p, SoftmaxCache(p)
