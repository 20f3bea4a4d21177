"""Conventions that differ between books and libraries, and the way from one to the other."""

import numpy as np

from byhand.validate import as_choice, describe


def reorder_gates(params, have, want):
    """Put the gates of a recurrent layer, side by side in W_x, W_h and b, into another order.

    Arguments: params: W_x (D, n H), W_h (H, n H), b (n H,) and others that stay. have, want: the orders, one
        letter a gate, such as "ifgo" (this book, torch), "ifog" (the order of many papers), or "rzn" (this
        book, torch) and "zrn" (Keras).
    Returns params in the order `want`. Raises ValueError unless `want` has the letters of `have`.
    """
    if sorted(have) != sorted(want) or len(set(have)) != len(have):
        raise ValueError(f"want: expected the letters of {have!r} in some order, got {want!r}")
    places = [have.index(gate) for gate in want]

    def reordered(array):
        parts = np.split(array, len(have), axis=-1)
        return np.concatenate([parts[k] for k in places], axis=-1)

    return params | {name: reordered(params[name]) for name in ("W_x", "W_h", "b")}


def swap_update(params):
    """Turn a GRU with h = (1 - z) n + z h_prev (Cho et al. 2014, torch) into one with z and 1 - z exchanged
    (Chung et al. 2014), or back: 1 - sigmoid(s) = sigmoid(-s), so the update gate's weights change sign.

    Arguments: params: W_x (D, 3H), W_h (H, 3H), b (3H,) in the order r, z, n, and others that stay.
    Returns params of the other convention, which computes the same states.
    """
    H = params["W_h"].shape[0]
    sign = np.concatenate([np.ones(H), -np.ones(H), np.ones(H)])
    return params | {name: (params[name] * sign).astype(params[name].dtype) for name in ("W_x", "W_h", "b")}


def merge_biases(b_ih, b_hh, kind):
    """Make torch's two biases of a recurrent layer into this book's.

    Arguments: b_ih, b_hh: (n H,) as in torch's `bias_ih_l0`, `bias_hh_l0`. kind: "rnn", "lstm" or "gru".
    Returns a dict with b (n H,), and for a GRU b_hn (H,): its candidate's second bias stands inside the
    reset's product and cannot be merged. Raises ValueError for another kind.
    """
    as_choice("kind", kind, ("rnn", "lstm", "gru"))
    b_ih, b_hh = np.asarray(b_ih), np.asarray(b_hh)
    if b_ih.shape != b_hh.shape:
        raise ValueError(f"b_hh: expected the shape of b_ih {b_ih.shape}, got {describe(b_hh)}")
    if kind != "gru":
        return {"b": b_ih + b_hh}
    H = len(b_ih) // 3
    return {"b": np.concatenate([(b_ih + b_hh)[: 2 * H], b_ih[2 * H :]]), "b_hn": b_hh[2 * H :]}
