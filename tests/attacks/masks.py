"""Wrong answers of chapter 15: masks, masked softmax, the function with six faults."""

import numpy as np

from attacks.table import soft, wrong


@wrong("masks.padding", "convention", "invert|pad tokens|other convention|exchang|opposite")
def pads_true(tokens, pad):
    return (tokens == pad)[:, None, :]


@wrong("masks.padding", "axis", "axis")
def no_query_axis(tokens, pad):
    return tokens != pad


@wrong("masks.padding", "axis", "axis|keys|quer")
def query_axis_last(tokens, pad):
    return (tokens != pad)[:, :, None]


@wrong("masks.padding", "convention", "True and False|bool|numbers")
def ones_and_zeros(tokens, pad):
    return (tokens != pad).astype(int)[:, None, :]


@wrong("masks.padding", "constant", "0 for the pad|argument")
def pad_taken_as_zero(tokens, pad):
    return (tokens != 0)[:, None, :]


@wrong("masks.padding", "misread", "larger|pad|greater|smaller")
def larger_than_pad(tokens, pad):
    return (tokens > pad)[:, None, :]


@wrong("masks.padding", "misread", "quer|row|both")
def pairs_of_real_tokens(tokens, pad):
    real = tokens != pad
    return real[:, None, :] & real[:, :, None]


@wrong("masks.causal", "forgotten", r"S - T|offset|last T")
def no_offset(T, S):
    return np.tril(np.ones((T, S), dtype=bool))


@wrong("masks.causal", "shift", "itself|that place|<=|own")
def itself_hidden(T, S):
    return np.arange(S) < np.arange(T)[:, None] + S - T


@wrong("masks.causal", "shift", "too far|future|one place|next|leak|later")
def one_ahead(T, S):
    return np.tril(np.ones((T, S), dtype=bool), k=S - T + 1)


@wrong("masks.causal", "sign", "future|invert|later|before|opposite|wrong way|triu|forbidden")
def future_seen(T, S):
    return np.triu(np.ones((T, S), dtype=bool), k=S - T)


@wrong("masks.causal", "sign", "T - S|offset|S - T|sign|minus")
def offset_subtracted(T, S):
    return np.arange(S) <= np.arange(T)[:, None] + T - S


@wrong("masks.causal", "convention", "True and False|bool|numbers")
def causal_as_numbers(T, S):
    return np.tril(np.ones((T, S)), k=S - T)


@wrong("masks.causal", "convention", "invert|hidden|opposite|exchang")
def causal_inverted(T, S):
    return ~np.tril(np.ones((T, S), dtype=bool), k=S - T)


@wrong("masks.causal", "transpose", "transpos")
def causal_transposed(T, S):
    return np.tril(np.ones((T, S), dtype=bool), k=S - T).T


def join(tokens, pad, how=np.logical_and, k=0, real=None):
    S = tokens.shape[1]
    real = (tokens != pad)[:, None, :] if real is None else real
    return how(np.tril(np.ones((S, S), dtype=bool), k=k), real)


@wrong("masks.combined", "misread", r"or|\||both|and\b|&")
def either(tokens, pad):
    return join(tokens, pad, how=np.logical_or)


@wrong("masks.combined", "forgotten", "causal|future|s <= t|later")
def padding_only(tokens, pad):
    return np.repeat((tokens != pad)[:, None, :], tokens.shape[1], axis=1)


@wrong("masks.combined", "forgotten", "pad")
def causal_only(tokens, pad):
    S = tokens.shape[1]
    return np.repeat(np.tril(np.ones((1, S, S), dtype=bool)), len(tokens), axis=0)


@wrong("masks.combined", "axis", "quer|row|key|column")
def padded_queries_hidden(tokens, pad):
    return join(tokens, pad, real=(tokens != pad)[:, :, None])


@wrong("masks.combined", "misread", "quer|both|row")
def both_hidden(tokens, pad):
    real = tokens != pad
    return join(tokens, pad, real=real[:, None, :] & real[:, :, None])


@wrong("masks.combined", "shift", "itself|own|<=")
def strictly_before(tokens, pad):
    return join(tokens, pad, k=-1)


@wrong("masks.combined", "sign", "invert|== pad|pads|opposite|exchang")
def pads_seen(tokens, pad):
    return join(tokens, pad, real=(tokens == pad)[:, None, :])


@wrong("masks.combined", "convention", "invert|hidden|opposite|exchang")
def combined_inverted(tokens, pad):
    return ~join(tokens, pad)


@wrong("masks.combined", "transpose", "transpos|future|later|s >= t|wrong way|row")
def upper_half(tokens, pad):
    S = tokens.shape[1]
    return np.triu(np.ones((S, S), dtype=bool)) & (tokens != pad)[:, None, :]


@wrong("masks.masked_softmax", "misread", "multipl|times|score.*mask|exactly 0|-inf|zero")
def scores_times_mask(scores, mask):
    return soft(scores * mask)


@wrong("masks.masked_softmax", "forgotten", "sum|renormal|after|before")
def weights_times_mask(scores, mask):
    return soft(scores) * mask


@wrong("masks.masked_softmax", "forgotten", "without|empty|no True")
def nan_rows(scores, mask):
    s = np.where(mask, scores, -np.inf)
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@wrong("masks.masked_softmax", "axis", "axis|column|quer")
def masked_over_columns(scores, mask):
    s = np.where(mask, scores, -1e30)
    e = np.exp(s - s.max(axis=0)) * mask
    return e / np.maximum(e.sum(axis=0), 1e-300)


@wrong("masks.masked_softmax", "convention", "invert|hidden|opposite|exchang")
def mask_means_hidden(scores, mask):
    s = np.where(mask, -1e30, scores)
    e = np.exp(s - s.max(axis=1, keepdims=True)) * ~mask
    return e / np.maximum(e.sum(axis=1, keepdims=True), 1e-300)


@wrong("masks.masked_softmax", "unstable", "hidden|largest|maximum|underflow|before")
def shifted_by_hidden(scores, mask):
    e = np.exp(scores - scores.max(axis=1, keepdims=True)) * mask
    total = e.sum(axis=1, keepdims=True)
    return np.divide(e, total, out=np.zeros_like(e), where=total > 0)


@wrong("masks.masked_softmax", "unstable", "overflow|maximum")
def masked_overflow(scores, mask):
    e = np.exp(scores) * mask
    total = e.sum(axis=1, keepdims=True)
    return e / np.where(total == 0, 1, total)


@wrong("masks.masked_softmax", "misread", "score of 0|set to 0|-inf|e\\^0")
def hidden_scores_zero(scores, mask):
    return soft(np.where(mask, scores, 0)) * mask.any(axis=1, keepdims=True)


@wrong("masks.masked_softmax", "tolerance", "1e-9|fill|-inf|e\\^0")
def tiny_fill(scores, mask):
    return soft(np.where(mask, scores, -1e-9)) * mask.any(axis=1, keepdims=True)


def mended(
    Q, K, V, tokens, pad, offset=True, real=True, both=True, fill=-np.inf, axis=2, safe=True
):
    T, S = Q.shape[1], K.shape[1]
    seen = np.arange(S) <= np.arange(T)[:, None] + (S - T if offset else 0)
    keys = (tokens != pad if real else tokens == pad)[:, None, :]
    mask = seen & keys if both else seen | keys
    s = np.where(mask, Q @ K.swapaxes(1, 2) / np.sqrt(K.shape[2]), fill)
    top = s.max(axis=axis, keepdims=True)
    e = np.exp(s - (np.where(np.isfinite(top), top, 0) if safe else top))
    total = e.sum(axis=axis, keepdims=True)
    return e / (np.where(total == 0, 1, total) if safe else total) @ V


@wrong("masks.debug", "forgotten", "S - T|offset|last T|own place|cache")
def offset_left(Q, K, V, tokens, pad):
    return mended(Q, K, V, tokens, pad, offset=False)


@wrong("masks.debug", "forgotten", "== pad|pad|invert|real")
def real_left(Q, K, V, tokens, pad):
    return mended(Q, K, V, tokens, pad, real=False)


@wrong("masks.debug", "forgotten", r"or|\||both|&")
def or_left(Q, K, V, tokens, pad):
    return mended(Q, K, V, tokens, pad, both=False)


@wrong("masks.debug", "forgotten", "-inf|fill|hidden scores")
def zero_fill_left(Q, K, V, tokens, pad):
    return mended(Q, K, V, tokens, pad, fill=0.0)


@wrong("masks.debug", "forgotten", "axis|quer")
def axis_left(Q, K, V, tokens, pad):
    return mended(Q, K, V, tokens, pad, axis=1)


@wrong("masks.debug", "forgotten", "nothing|empty|without visible")
def nan_left(Q, K, V, tokens, pad):
    return mended(Q, K, V, tokens, pad, safe=False)


@wrong("masks.debug", "misread", "sees nothing|nothing|empty|fill|-1e9|-inf|gets zeros")
def finite_fill(Q, K, V, tokens, pad):
    return mended(Q, K, V, tokens, pad, fill=-1e9)


@wrong("masks.debug", "misread", "scal|sqrt")
def mended_but_unscaled(Q, K, V, tokens, pad):
    return mended(Q * np.sqrt(K.shape[2]), K, V, tokens, pad)


@wrong("masks.debug", "forgotten", "S - T.*queries|queries.*S - T")
def axis_and_offset_left(Q, K, V, tokens, pad):
    return mended(Q, K, V, tokens, pad, axis=1, offset=False)


@wrong("masks.packed", "forgotten", "before its own|texts before")
def packed_by_padding_alone(segments):
    T = segments.shape[1]
    return (segments > 0)[:, None, :] & np.tri(T, dtype=bool)


@wrong("masks.packed", "forgotten", "later words|future")
def packed_both_ways(segments):
    return (segments[..., None] == segments[:, None]) & (segments[:, None] > 0)


@wrong("masks.packed", "forgotten", "Pads see|padding")
def packed_pads_among_themselves(segments):
    return np.tril(segments[..., None] == segments[:, None])


@wrong("masks.places", "forgotten", "whole row|starts at 0")
def places_of_the_row(segments):
    return np.where(segments > 0, np.arange(segments.shape[1]), 0)


@wrong("masks.places", "shift", "from 1|place 0")
def places_from_one(segments):
    before = np.tril(segments[..., None] == segments[:, None]).sum(axis=2)
    return np.where(segments > 0, before, 0)
