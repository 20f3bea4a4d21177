"""Wrong answers of chapter 9: simple recurrent networks."""

import numpy as np

from attacks.table import right, wrong


def unroll(x, h, W_x, W_h, b, act=np.tanh):
    rows = []
    for t in range(x.shape[1]):
        h = act(x[:, t] @ W_x + h @ W_h + b)
        rows.append(h)
    return np.stack(rows, axis=1)


@wrong("rnn.forward", "forgotten", "h_0|first state|start")
def starts_at_zero(x, h_0, W_x, W_h, b):
    return unroll(x, np.zeros(h_0.shape), W_x, W_h, b)


@wrong("rnn.forward", "forgotten", "tanh|activation|linear")
def linear_states(x, h_0, W_x, W_h, b):
    return unroll(x, h_0, W_x, W_h, b, act=lambda z: z)


@wrong("rnn.forward", "transpose", "transpos|W_h")
def recurrent_transposed(x, h_0, W_x, W_h, b):
    return unroll(x, h_0, W_x, W_h.T, b)


@wrong("rnn.forward", "shift", "h_0|not part|one too many|T \\+ 1")
def start_included(x, h_0, W_x, W_h, b):
    return np.concatenate([h_0[:, None], unroll(x, h_0, W_x, W_h, b)], axis=1)


@wrong("rnn.forward", "shift", "shift|one step|before|h_0|late")
def states_one_late(x, h_0, W_x, W_h, b):
    return np.concatenate([h_0[:, None], unroll(x, h_0, W_x, W_h, b)], axis=1)[:, :-1]


@wrong("rnn.forward", "forgotten", "carr|h_0|previous|state|new")
def state_never_passed_on(x, h_0, W_x, W_h, b):
    return np.tanh(x @ W_x + (h_0 @ W_h)[:, None] + b)


@wrong("rnn.forward", "forgotten", "last|all states|every")
def last_state_only(x, h_0, W_x, W_h, b):
    return unroll(x, h_0, W_x, W_h, b)[:, -1]


@wrong("rnn.forward", "axis", "axis|axes|transposed|time|exchang")
def time_first(x, h_0, W_x, W_h, b):
    return unroll(x, h_0, W_x, W_h, b).transpose(1, 0, 2)


@wrong("rnn.forward", "misread", "batch|example|time|axis")
def loop_over_the_batch(x, h_0, W_x, W_h, b):
    h, rows = h_0[0], []
    for row in x.reshape(-1, x.shape[2]):
        h = np.tanh(row @ W_x + h @ W_h + b)
        rows.append(h)
    return np.array(rows).reshape(x.shape[0], x.shape[1], -1)


def through_time(
    dh, x, h, h_0, W_h, carry=True, slope=lambda h: 1 - h**2, back=lambda dz, W: dz @ W.T, prev=None
):
    B, T, H = h.shape
    dW_x, dW_h, db = np.zeros((x.shape[2], H)), np.zeros(W_h.shape), np.zeros(H)
    later = np.zeros((B, H))
    for t in reversed(range(T)):
        dz = (dh[:, t] + later) * slope(h[:, t])
        before = (h[:, t - 1] if t else h_0) if prev is None else prev(t)
        dW_x += x[:, t].T @ dz
        dW_h += before.T @ dz
        db += dz.sum(axis=0)
        down = back(dz, W_h)
        later = down if carry else np.zeros((B, H))
    return dW_x, dW_h, db, down


@wrong("rnn.backward", "forgotten", "later|carr|through|time|back")
def nothing_carried(dh, x, h, h_0, W_h):
    return through_time(dh, x, h, h_0, W_h, carry=False)


@wrong("rnn.backward", "shift", "h_t|before|previous|h_\\(t|same step|dW_h")
def same_state(dh, x, h, h_0, W_h):
    return through_time(dh, x, h, h_0, W_h, prev=lambda t: h[:, t])


@wrong("rnn.backward", "forgotten", "h_0|first step")
def no_first_state(dh, x, h, h_0, W_h):
    return through_time(
        dh, x, h, h_0, W_h, prev=lambda t: h[:, t - 1] if t else np.zeros(h_0.shape)
    )


@wrong("rnn.backward", "shift", "h_0|first step|last|wraps|-1")
def wraps_round(dh, x, h, h_0, W_h):
    return through_time(dh, x, h, h_0, W_h, prev=lambda t: h[:, t - 1])


@wrong("rnn.backward", "transpose", "transpos|W_h")
def back_untransposed(dh, x, h, h_0, W_h):
    return through_time(dh, x, h, h_0, W_h, back=lambda dz, W: dz @ W)


@wrong("rnn.backward", "misread", "square|h\\^2|1 - h")
def slope_not_squared(dh, x, h, h_0, W_h):
    return through_time(dh, x, h, h_0, W_h, slope=lambda h: 1 - h)


@wrong("rnn.backward", "misread", "already|tanh\\(h|twice|of h")
def slope_of_tanh_of_h(dh, x, h, h_0, W_h):
    return through_time(dh, x, h, h_0, W_h, slope=lambda h: 1 - np.tanh(h) ** 2)


@wrong("rnn.backward", "forgotten", "tanh|slope|1 - h")
def backward_without_slope(dh, x, h, h_0, W_h):
    return through_time(dh, x, h, h_0, W_h, slope=lambda h: 1.0)


@wrong("rnn.backward", "misread", "mean|batch|divi|sum|averag")
def averaged_over_the_batch(dh, x, h, h_0, W_h):
    dW_x, dW_h, db, dh_0 = through_time(dh, x, h, h_0, W_h)
    return dW_x / len(x), dW_h / len(x), db / len(x), dh_0


@wrong("rnn.clip", "misread", "each|together|alone|global|own")
def each_alone(grads, limit):
    return {k: g * min(1, limit / (np.linalg.norm(g) + 1e-300)) for k, g in grads.items()}


@wrong("rnn.clip", "misread", "small|enlarge|below|stay|grow")
def always_scaled(grads, limit):
    norm = np.sqrt(sum((g**2).sum() for g in grads.values()))
    return {k: g * limit / norm if norm else g for k, g in grads.items()}


@wrong("rnn.clip", "misread", "every gradient to the norm limit")
def always_scaled_to_the_limit(grads, limit):
    norm = np.sqrt(sum((g**2).sum() for g in grads.values()))
    return {k: g * limit / norm for k, g in grads.items()}


@wrong("rnn.clip", "misread", "element|each number|norm|alone|direction")
def each_number(grads, limit):
    return {k: np.clip(g, -limit, limit) for k, g in grads.items()}


@wrong("rnn.clip", "forgotten", "root|sqrt|square")
def norm_without_root(grads, limit):
    norm = sum((g**2).sum() for g in grads.values())
    return {k: g * limit / norm if norm > limit else g for k, g in grads.items()}


@wrong("rnn.clip", "misread", "sum of|norms|together|added")
def norms_added(grads, limit):
    norm = sum(np.linalg.norm(g) for g in grads.values())
    return {k: g * limit / norm if norm > limit else g for k, g in grads.items()}


@wrong("rnn.clip", "state", "in place|changes its argument|copy")
def clipped_in_place(grads, limit):
    norm = np.sqrt(sum((g**2).sum() for g in grads.values()))
    if norm > limit:
        for g in grads.values():
            g *= limit / norm
    return grads


def leaky(dh, x, h_0, W_x, W_h, b, a, kept=1.0, dz_share=1.0, batch=1):
    """Both passes of the leaky layer, in two sweeps over lists; the last three make it wrong."""
    states, news = [h_0], []
    for step in x.swapaxes(0, 1):
        news.append(np.tanh(step @ W_x + states[-1] @ W_h + b))
        states.append(states[-1] + a * (news[-1] - states[-1]))
    grads, carry = [np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(b.shape), 0.0], 0.0
    for t in range(len(news) - 1, -1, -1):
        d = dh[:, t] + carry
        dz = dz_share * a * d * (1 - news[t] * news[t])
        parts = x[:, t].T @ dz, states[t].T @ dz, dz.sum(0), np.sum(d * (news[t] - states[t]))
        grads = [old + part for old, part in zip(grads, parts, strict=True)]
        carry = kept * (1 - a) * d + dz @ W_h.T
    return [g / batch for g in grads] + [carry]


@right("rnn.leaky_backward")
def leaky_in_two_sweeps(dh, x, h_0, W_x, W_h, b, a):
    return leaky(dh, x, h_0, W_x, W_h, b, a)


@wrong("rnn.leaky_backward", "forgotten", "second way|without a matrix|kept")
def leaky_without_its_short_road(dh, x, h_0, W_x, W_h, b, a):
    return leaky(dh, x, h_0, W_x, W_h, b, a, kept=0.0)


@wrong("rnn.leaky_backward", "forgotten", "factor a|share|tanh")
def leaky_new_part_at_full_size(dh, x, h_0, W_x, W_h, b, a):
    return leaky(dh, x, h_0, W_x, W_h, b, a, dz_share=1 / a)


@wrong("rnn.leaky_backward", "misread", "not the tanh alone")
def leaky_share_of_the_new_part_only(dh, x, h_0, W_x, W_h, b, a):
    dW_x, dW_h, db, da, dh_0 = leaky(dh, x, h_0, W_x, W_h, b, a)
    h, later, new_part = [h_0], np.zeros(h_0.shape), 0.0
    for t in range(x.shape[1]):
        h.append((1 - a) * h[t] + a * np.tanh(x[:, t] @ W_x + h[t] @ W_h + b))
    for t in reversed(range(x.shape[1])):
        g = (h[t + 1] - (1 - a) * h[t]) / a
        d = dh[:, t] + later
        new_part += (d * g).sum()
        later = (1 - a) * d + (a * d * (1 - g**2)) @ W_h.T
    return dW_x, dW_h, db, new_part, dh_0
