"""Conventions that differ between books and libraries,
and the way from one to the other."""

import numpy as np

from byhand.masks import as_boolean
from byhand.validate import as_choice, describe


def reorder_gates(params, have, want):
    """Put the gates of a recurrent layer, side by side in W_x, W_h and b,
    into another order.

    Arguments: params: W_x (D, n H), W_h (H, n H),
        b (n H,) and others that stay. have, want: the orders, one letter a
        gate, such as "ifgo" (this book, torch), "ifog" (the order of many
        papers), or "rzn" (this book, torch) and "zrn" (Keras).
    Returns params in the order `want`. Raises ValueError unless `want` has the
    letters of `have`.
    """
    if sorted(have) != sorted(want) or len(set(have)) != len(have):
        raise ValueError(
            f"want: expected the letters of {have!r} in some order, got "
            f"{want!r}"
        )
    places = [have.index(gate) for gate in want]

    def reordered(array):
        parts = np.split(array, len(have), axis=-1)
        return np.concatenate([parts[k] for k in places], axis=-1)

    return params | {
        name: reordered(params[name]) for name in ("W_x", "W_h", "b")
    }


def swap_update(params):
    """Turn a GRU with h = (1 - z) n + z h_prev (Cho et al. 2014,
    torch) into one with z and 1 - z exchanged (Chung et al. 2014), or back:
    1 - sigmoid(s) = sigmoid(-s), so the update gate's weights change sign.

    Arguments: params: W_x (D, 3H), W_h (H, 3H), b (3H,) in the order r, z,
    n, and others that stay. Returns params of the other convention,
    which computes the same states.
    """
    H = params["W_h"].shape[0]
    sign = np.concatenate([np.ones(H), -np.ones(H), np.ones(H)])
    return params | {
        name: (params[name] * sign).astype(params[name].dtype)
        for name in ("W_x", "W_h", "b")
    }


def merge_biases(b_ih, b_hh, kind):
    """Make torch's two biases of a recurrent layer into this book's.

    Arguments: b_ih, b_hh: (n H,) as in torch's `bias_ih_l0`,
    `bias_hh_l0`. kind: "rnn", "lstm" or "gru". Returns a dict with b (n H,),
    and for a GRU b_hn (H,): its candidate's second bias stands inside the
    reset's product and cannot be merged. Raises ValueError for another kind.
    """
    as_choice("kind", kind, ("rnn", "lstm", "gru"))
    b_ih, b_hh = np.asarray(b_ih), np.asarray(b_hh)
    if b_ih.shape != b_hh.shape:
        raise ValueError(
            f"b_hh: expected the shape of b_ih {b_ih.shape}, got "
            f"{describe(b_hh)}"
        )
    if kind != "gru":
        return {"b": b_ih + b_hh}
    H = len(b_ih) // 3
    return {
        "b": np.concatenate([(b_ih + b_hh)[: 2 * H], b_ih[2 * H :]]),
        "b_hn": b_hh[2 * H :],
    }


def flip_kernel(W):
    """Turn a kernel by 180 degrees: with W a cross-correlation (torch,
    this book), with the flipped one a convolution as mathematics has it,
    or the other way round.

    Arguments: W (..., kH, kW). Returns a copy of the same shape.
    """
    return np.asarray(W)[..., ::-1, ::-1].copy()


def from_torch_linear(weight, bias=None):
    """Make the weights of torch.nn.Linear, one row for each output,
    into this book's, one column for each.

    Arguments: weight (D_out, D_in), bias (D_out,) or None. Returns params
    with W (D_in, D_out) and, if there is one, b (D_out,).
    """
    W = np.asarray(weight).T.copy()
    return {"W": W} if bias is None else {"W": W, "b": np.asarray(bias).copy()}


def from_keras_kernel(kernel):
    """Make a kernel of Keras, (kH, kW, C, O),
    into one of torch and this book, (O, C, kH, kW)."""
    return np.transpose(kernel, (3, 2, 0, 1)).copy()


def keep_mask(mask, form):
    """Turn a mask of another convention into this book's: booleans,
    True = may look.

    Arguments: mask: array. form: "keep" (True = may look),
        "hide" (True = hidden), "numbers" (1 = may look,
        0 = hidden) or "additive" (0 = may look,
        -inf or a large negative number = hidden).
    Returns booleans like mask. Raises ValueError for another form.
    """
    as_choice("form", form, ("keep", "hide", "numbers", "additive"))
    mask = np.asarray(mask)
    if form == "additive":
        return as_boolean(mask)
    return mask.astype(bool) if form != "hide" else ~mask.astype(bool)


def smoothing_of_others(eps, K):
    """From eps / K for every class (Szegedy et al. 2016, torch,
    this book) to eps' / (K - 1) for the wrong ones only:
    the eps' that gives the same targets. `smoothing_of_all` is the way back.
    """
    return eps * (K - 1) / K


def smoothing_of_all(eps, K):
    """From eps / (K - 1) for the wrong classes only to eps' / K for every
    class."""
    return eps * K / (K - 1)


def rate_for_sum(lr, mu):
    """From momentum as an average, v <- mu v + (1 - mu) g,
    to momentum as a sum, v <- mu v + g (torch, this book):
    the learning rate that makes the same steps, at constant mu and rate.
    """
    return lr * (1 - mu)


def nesterov_before_the_jump(params, velocity, lr, mu):
    """From the weights of Nesterov's method in torch's form,
    which stand where the velocity is about to lead,
    to those of the classical form, w <- w - lr v with the gradient at w -
    lr mu v.

    Arguments: params, velocity: dicts of arrays of one shape. Returns params of
    the classical form.
    """
    return {name: params[name] + lr * mu * velocity[name] for name in params}


def in_halves(P):
    """From sines and cosines in turn (the paper of 2017,
    this book) to all sines, then all cosines.

    Arguments: P (..., D), D even. Returns an array like P. `in_turn` is
    the way back.
    """
    return np.concatenate([P[..., 0::2], P[..., 1::2]], axis=-1)


def in_turn(P):
    """From all sines, then all cosines, to sines and cosines in turn;
    P (..., D), D even."""
    half = P.shape[-1] // 2
    return np.stack([P[..., :half], P[..., half:]], axis=-1).reshape(P.shape)
