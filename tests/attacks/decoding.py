"""Wrong answers of chapter 12: shift, masked loss, greedy decoding and beam search."""

import numpy as np

from attacks.table import soft, wrong

S = "seq2seq."


def walk(table, last, end, most, pick=np.argmax, close=True, row=None):
    tokens = []
    for _ in range(most):
        last = int(pick(table[last] if row is None else row(table, last)))
        if last == end and not close:
            break
        tokens.append(last)
        if last == end:
            break
    return tokens


@wrong(S + "greedy", "forgotten", "end|belongs")
def end_left_out(table, start, end, most):
    return walk(table, start, end, most, close=False)


@wrong(S + "greedy", "misread", "start")
def start_written(table, start, end, most):
    return [start, *walk(table, start, end, most)]


@wrong(S + "greedy", "sign", "largest|most probable|smallest|least|argmin")
def least_probable(table, start, end, most):
    return walk(table, start, end, most, pick=np.argmin)


@wrong(S + "greedy", "transpose", "row|column|transpos")
def columns_of_the_table(table, start, end, most):
    return walk(table.T, start, end, most)


@wrong(S + "greedy", "forgotten", "start|last token|same row|each time|after")
def always_the_first_row(table, start, end, most):
    return walk(table, start, end, most, row=lambda t, last: t[start])


@wrong(S + "greedy", "shift", "most|one too|fewer|length|shorter")
def one_token_less(table, start, end, most):
    return walk(table, start, end, most - 1)


@wrong(S + "greedy", "forgotten", "end|stop")
def never_stops(table, start, end, most):
    return walk(table, start, -1, most)


def search(
    table, start, end, width, most, power, per=None, norm=None, stop=False, alive=True, score=None,
    pick=None,
):  # fmt: skip
    live, done = [([start], 0.0)], []
    for _ in range(most):
        new = []
        for path, total in live:
            options = [(path + [v], total + table[path[-1], v]) for v in range(len(table))]
            options.sort(key=lambda item: -item[1])
            new += options[:per]
        new.sort(key=lambda item: -(item[1] if score is None else score(table, item)))
        new = new[:width]
        done += [item for item in new if item[0][-1] == end]
        live = [item for item in new if item[0][-1] != end]
        if not live or (stop and done):
            break
    done += live if alive or not done else []
    norm = norm or (lambda total, n: total / n**power)
    rank = pick or norm
    path, total = max(done, key=lambda item: rank(item[1], len(item[0]) - 1))
    return path[1:], norm(total, len(path) - 1)


@wrong(S + "beam", "misread", "each beginning|every token|one extension|best of each|only the")
def one_extension_each(table, start, end, width, most, power):
    return search(table, start, end, width, most, power, per=1)


@wrong(S + "beam", "forgotten", "length|power|normal")
def no_length(table, start, end, width, most, power):
    return search(table, start, end, width, most, power, norm=lambda s, n: s)


@wrong(S + "beam", "shift", "start|length|one too|count|\\+ 1")
def start_counted(table, start, end, width, most, power):
    return search(table, start, end, width, most, power, norm=lambda s, n: s / (n + 1) ** power)


@wrong(S + "beam", "misread", "first finished|stop|still alive|finish")
def first_finished_wins(table, start, end, width, most, power):
    return search(table, start, end, width, most, power, stop=True, alive=False)


@wrong(S + "beam", "forgotten", "alive|unfinished|counts as finished|after most")
def unfinished_dropped(table, start, end, width, most, power):
    return search(table, start, end, width, most, power, alive=False)


@wrong(S + "beam", "misread", "last|sum|whole|total")
def last_token_ranks(table, start, end, width, most, power):
    return search(
        table, start, end, width, most, power, score=lambda t, item: t[item[0][-2], item[0][-1]]
    )


@wrong(S + "beam", "misread", "sum|choos|length|power|normal|select|largest score")
def chosen_by_sum(table, start, end, width, most, power):
    return search(table, start, end, width, most, power, pick=lambda s, n: s)


@wrong(S + "beam", "constant", "width|greedy")
def greedy_in_disguise(table, start, end, width, most, power):
    return search(table, start, end, 1, most, power)


@wrong(S + "beam", "misread", "start")
def beam_with_start(table, start, end, width, most, power):
    path, score = search(table, start, end, width, most, power)
    return [start, *path], score


@wrong(S + "beam", "convention", "log|probabilit")
def beam_probability(table, start, end, width, most, power):
    path, score = search(table, start, end, width, most, power)
    return path, np.exp(score)


def token_loss(z, y):
    s = z - z.max(axis=-1, keepdims=True)
    logs = s - np.log(np.exp(s).sum(axis=-1, keepdims=True))
    return -np.take_along_axis(logs, y[..., None], axis=-1)[..., 0]


@wrong(S + "masked_loss", "misread", "divi|B T|number|count|all places|pads")
def divided_by_all(z, y, pad):
    return (token_loss(z, y) * (y != pad)).mean()


@wrong(S + "masked_loss", "forgotten", "pad|count")
def pads_counted(z, y, pad):
    return token_loss(z, y).mean()


@wrong(S + "masked_loss", "misread", "each sequence|sentence|mean of|means|per")
def mean_of_means(z, y, pad):
    real = y != pad
    each = (token_loss(z, y) * real).sum(axis=1) / np.maximum(real.sum(axis=1), 1)
    return each[real.any(axis=1)].mean()


@wrong(S + "masked_loss", "sign", "invert|pad tokens|only the pad|== pad|pads")
def mean_over_pads(z, y, pad):
    hidden = y == pad
    return (token_loss(z, y) * hidden).sum() / max(hidden.sum(), 1)


@wrong(S + "masked_loss", "sign", "minus|sign|-1")
def loss_without_minus(z, y, pad):
    return -token_loss(z, y)[y != pad].mean()


@wrong(S + "masked_loss", "forgotten", "sum|divi|mean")
def loss_sum(z, y, pad):
    return token_loss(z, y)[y != pad].sum()


@wrong(S + "masked_loss", "constant", "0 for the pad|argument")
def pad_is_zero(z, y, pad):
    return token_loss(z, y)[y != 0].mean()


@wrong(S + "masked_loss", "axis", "axis|vocab|time|over T|steps")
def softmax_over_time(z, y, pad):
    p = soft(z, axis=1)
    return -np.log(np.take_along_axis(p, y[..., None], axis=2)[..., 0] + 1e-300)[y != pad].mean()


@wrong(S + "masked_loss", "misread", "batch|sentence|divi|number of")
def divided_by_batch(z, y, pad):
    return token_loss(z, y)[y != pad].sum() / len(y)


@wrong(S + "shift", "sign", "left|next|other direction|wrong way|t \\+ 1|future")
def shifted_left(y, start):
    return np.concatenate([y[:, 1:], np.full((len(y), 1), start)], axis=1)


@wrong(S + "shift", "forgotten", "start|last|roll|round|wrap")
def rolled(y, start):
    return np.roll(y, 1, axis=1)


@wrong(S + "shift", "forgotten", "last|T \\+ 1|one too|length|cut")
def start_put_before(y, start):
    return np.concatenate([np.full((len(y), 1), start), y], axis=1)


@wrong(S + "shift", "misread", "replace|shift|first token|overwr|same step|unshifted|leak|moved")
def start_over_the_first(y, start):
    out = y.copy()
    out[:, 0] = start
    return out


@wrong(S + "shift", "constant", "start|zero")
def starts_with_zero(y, start):
    out = np.zeros_like(y)
    out[:, 1:] = y[:, :-1]
    return out


@wrong(S + "shift", "axis", "axis|batch|sequence|row|example")
def shifted_over_the_batch(y, start):
    out = np.full_like(y, start)
    out[1:] = y[:-1]
    return out


@wrong(S + "shift", "state", "in place|repeat")
def shifted_in_place(y, start):
    for t in range(1, y.shape[1]):
        y[:, t] = y[:, t - 1]
    y[:, 0] = start
    return y
