"""Exercises of chapter 17: word vectors, byte pairs, gaps and their loss, the nucleus, counts."""

import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, special
from byhand.exercises.topics.cases import near, normal, softmax


def cbow_cases(rng):
    for M, K, D in [(1, 1, 2), (2, 3, 4), (3, 2, 5), (4, 1, 3), (2, 5, 3), (5, 2, 4)] * 4:
        yield normal(rng, M, D), normal(rng, D), normal(rng, K, D)
    yield special("far away", 30 * normal(rng, 3, 4), 30 * normal(rng, 4), 30 * normal(rng, 2, 4))


def sigma(s):
    return np.exp(-np.logaddexp(0, -s))


def cbow_by_loop(V, u, U):
    v = sum(V) / len(V)
    push = [sigma(k @ v) for k in U]
    pull = sigma(u @ v) - 1
    back = pull * u
    for e, k in zip(push, U, strict=True):
        back = back + e * k
    return [back / len(V) for _ in V], pull * v, [e * v for e in push]


def cbow_stacked(V, u, U):
    v, everyone = V.mean(axis=0), np.vstack([u, U])
    e = sigma(everyone @ v)
    e[0] -= 1
    each = np.outer(e, v)
    return np.ones((len(V), 1)) * (e @ everyone) / len(V), each[0], each[1:]


@exercise(
    "pretraining.cbow",
    trains="the gradient of negative sampling, when several words speak for the centre",
    kind="derive and code",
    task="""
    cbow_gradients(V, u, U) -> (dV, du, dU): the continuous bag of words, skip-gram turned round.
    The mean v of the M vectors V (M, D) around a gap has to find the word u (D,) of the gap among
    negatives U (K, D). Loss: -log sigma(u.v) - sum_k log sigma(-U_k.v). Return its gradients with
    the shapes of V, u and U. sigma(s) is there.
    """,
    shapes={"V": "M D"},
    outputs=("dV", "du", "dU"),
    cases=cbow_cases,
    variants=(cbow_by_loop, cbow_stacked),
    helpers=(sigma,),
    hints=(
        "Go back as in (17.3) to the mean v, then ask what each of the M vectors gave to it.",
        "e = sigma(u.v) - 1, e_k = sigma(U_k.v);  dv = e u + sum e_k U_k;  dV_m = dv / M.",
        "v = V.mean(axis=0)\ne, e_k = ...\ndv = ...\nreturn np.tile(dv / ..., (len(V), 1)), "
        "e * ..., np.outer(...)",
    ),
    mistakes="""
    no_mean | dv / len(V), (len(V), 1) -> dv, (len(V), 1) | Your dV is M times too large: v is
        the mean, so each vector gave only 1 / M of it.
    not_minus_one | sigma(u @ v) - 1 -> sigma(u @ v) | You push the right word away, too: its error
        is sigma - 1.
    sign | sigma(u @ v) - 1 -> 1 - sigma(u @ v) | The pull has the wrong sign: the loss falls when
        u.v grows, so its error is sigma - 1, below 0.
    negatives_minus | e_k = sigma(U @ v) -> e_k = sigma(U @ v) - 1 | You treat the negatives as
        right words: their error is sigma, without - 1.
    sign_of_score | e_k = sigma(U @ v) -> e_k = sigma(-U @ v) | The error of a negative is
        sigma(U_k.v), large where the score is large.
    no_negatives | e * u + e_k @ U -> e * u | Your dV leaves out what the negatives push.
    only_negatives | e * u + e_k @ U -> e_k @ U | Your dV leaves out the pull of the right word.
    sum_for_mean | v = V.mean(axis=0) -> v = V.sum(axis=0) | v is the mean of the vectors, not
        their sum.
    mean_of_negatives | np.outer(e_k, v) -> np.outer(e_k, v) / len(U) | The loss is a sum over
        the negatives, not a mean.
    """,
)
def cbow_gradients(V, u, U):
    v = V.mean(axis=0)
    e = sigma(u @ v) - 1
    e_k = sigma(U @ v)
    dv = e * u + e_k @ U
    return np.tile(dv / len(V), (len(V), 1)), e * v, np.outer(e_k, v)


@exercise(
    "pretraining.where_it_rests",
    trains="what negative sampling makes of counts",
    task="""
    Two words stood beside each other 80 times among 10,000 pairs; the first is the centre of 500
    pairs, and the second is drawn as a negative with probability 0.02. There are K = 4 negatives
    for each pair. At which score u.v does the sum of all terms with these two words rest? Three
    digits will do.
    """,
    tolerance=1e-3,
    variants=(lambda: np.log(80 / 500 / 0.02) - np.log(4), lambda: 0.6931471805599453),
    why="""
    It is pulled 80 times and pushed 4 * 500 * 0.02 = 40 times, so sigma is 2/3 and u.v is
    log(80 / 40) = 0.693.
    """,
    hints=(
        "Count how often the score is pulled up, and how often it is pushed down.",
        "sigma(s) = pulled / (pulled + pushed), pushed = K times the centre's pairs times q.",
        "pulled = 80\npushed = 4 * ... * 0.02\nscore = math.log(pulled / ...)",
    ),
    mistakes="""
    no_K | = 2.0794415416798357 | You count one negative for each pair; there are K = 4.
    share | = 0.6666666666666666 | 2/3 is sigma of the score; the score itself is asked.
    odds | = 2 | 2 is pulled / pushed; the score is its logarithm.
    base_two | = 1 | You took the logarithm to base 2; sigma is made with e.
    sign | = -0.6931471805599453 | The sign is wrong: it is pulled more often than pushed, so
        the score is above 0.
    all_pairs | = -2.302585092994046 | You let every one of the 10,000 pairs push; only the 500
        with this centre do.
    centre_alone | = -3.2188758248682006 | You push once for each negative of the centre; only a
        share 0.02 of the negatives is this word.
    """,
)
def where_it_rests():
    return math.log(80 / 40)


def join_cases(rng):
    yield [1, 2, 1, 2], (1, 2), 9
    yield special("the same twice", [7, 7, 7], (7, 7), 300)
    yield special("nothing to join", [5, 6], (6, 5), 300)
    yield special("one token", [5], (5, 5), 300)
    yield special("empty", [], (1, 2), 300)
    for n in [3, 5, 8, 13, 21] * 5:
        tokens = rng.integers(0, 3, n).tolist()
        yield tokens, tuple(rng.integers(0, 3, 2).tolist()), int(rng.integers(256, 400))


def join_by_walk(tokens, pair, new):
    out = []
    for token in tokens:
        if out and out[-1] == pair[0] and token == pair[1] and out[-1] != "done":
            out[-1] = new
        else:
            out.append(token)
    return out


def join_by_recursion(tokens, pair, new):
    for i in range(len(tokens) - 1):
        if tokens[i] == pair[0] and tokens[i + 1] == pair[1]:
            return [*tokens[:i], new, *join_by_recursion(tokens[i + 2 :], pair, new)]
    return list(tokens)


@exercise(
    "pretraining.join",
    trains="one step of byte-pair encoding",
    task="""
    join(tokens, pair, new) -> list: the tokens with each occurrence of the pair (a tuple of two
    numbers) replaced by the number new, from left to right; what has been joined is not joined
    again in this step, so [7, 7, 7] with the pair (7, 7) becomes [new, 7]. The given list stays as
    it is.
    """,
    cases=join_cases,
    variants=(join_by_recursion, join_by_walk),
    hints=(
        "Walk from left to right with a place i; go on by two after a pair, else by one.",
        "if tokens[i : i + 2] is the pair: keep new, i += 2; else keep tokens[i], i += 1.",
        "out, i = [], 0\nwhile i < len(tokens):\n    if ...:\n        out.append(new)\n"
        "        i += ...\n    else:\n        ...\nreturn out",
    ),
    mistakes="""
    keeps_second | i += 2 -> i += 1 | After a join go on by two places; you read the pair's second
        token again.
    once | = lambda tokens, pair, new: next(
            ([*tokens[:i], new, *tokens[i + 2 :]] for i in range(len(tokens) - 1)
             if tuple(tokens[i : i + 2]) == pair), list(tokens)) |
        You join the first occurrence only.
    other_order | tokens[i : i + 2]) == pair -> tokens[i : i + 2]) in (pair, pair[::-1]) | You join
        the pair in the other order, too.
    lost_last | while i < len(tokens): -> while i < len(tokens) - 1: | You stop one place early: the
        last token is lost where it is in no pair.
    drops_others | out.append(tokens[i]) -> pass | You drop the tokens that are in no pair.
    """,
)
def join(tokens, pair, new):
    out, i = [], 0
    while i < len(tokens):
        if tuple(tokens[i : i + 2]) == pair:
            out.append(new)
            i += 2
        else:
            out.append(tokens[i])
            i += 1
    return out


def gap_cases(rng):
    for B, T in [(1, 3), (2, 4), (3, 5), (2, 7), (4, 3)] * 5:
        tokens = rng.integers(1, 20, (B, T))
        tokens[-1, T - 1 :] = 0
        u, fate = 0.3 * rng.random((B, T)), rng.random((B, T))
        yield tokens, u, fate, rng.integers(3, 20, (B, T)), 2
    edge = np.array([[0.15, 0.1, 0.0, 0.1499]]), np.array([[0.0, 0.8, 0.9, 0.7999]])
    yield special("at the limits", np.array([[5, 6, 7, 8]]), *edge, np.array([[9, 10, 11, 12]]), 2)


def gaps_by_loop(tokens, u, fate, anything, gap):
    read, asked = tokens.copy(), np.zeros(tokens.shape, bool)
    for place in np.ndindex(tokens.shape):
        if tokens[place] == 0 or u[place] >= 0.15:
            continue
        asked[place] = True
        if fate[place] < 0.8:
            read[place] = gap
        elif fate[place] >= 0.9:
            read[place] = anything[place]
    return read, asked


def gaps_by_select(tokens, u, fate, anything, gap):
    asked = np.logical_and(tokens != 0, u < 0.15)
    changed = np.select([fate < 0.8, fate < 0.9], [np.full_like(tokens, gap), tokens], anything)
    return asked * changed + ~asked * tokens, asked


@exercise(
    "pretraining.gaps",
    trains="the 80/10/10 rule, and who is asked",
    task="""
    make_gaps(tokens, u, fate, anything, gap) -> (read, asked): BERT's gaps with the chance passed
    in. tokens (B, T), 0 fills up and is never asked. A place is asked where u < 0.15. Of the asked
    places those with fate < 0.8 are read as the number gap, those with fate >= 0.9 as the number in
    anything (B, T), the rest as they are. read (B, T) numbers, asked (B, T) booleans: all asked
    places, also those that are read unchanged.
    """,
    outputs=("read", "asked"),
    cases=gap_cases,
    variants=(gaps_by_loop, gaps_by_select),
    hints=(
        "First who is asked, then what is read there. Two masks of booleans do it.",
        "asked = (u < 0.15) and tokens > 0;  gap where asked and fate < 0.8;  anything where asked "
        "and fate >= 0.9.",
        "asked = ...\nread = np.where(asked & (fate < 0.8), ..., tokens)\n"
        "read = np.where(..., anything, read)\nreturn read, asked",
    ),
    mistakes="""
    pads | (u < 0.15) & (tokens > 0) -> u < 0.15 | You ask for padding, too.
    always_gap | fate < 0.8 -> fate < 2 ;; fate >= 0.9 -> fate > 2 | You read a gap at every asked
        place: a tenth is replaced by any word, and a tenth stays.
    no_random | asked & (fate >= 0.9) -> asked & (fate > 2) | You never read a random word: with
        fate >= 0.9 the number in anything is read.
    random_for_rest | fate >= 0.9 -> fate >= 0.8 | You read a random word wherever you read no gap;
        half of these places stay as they are.
    everyone | read = np.where(asked & (fate < 0.8) -> read = np.where((fate < 0.8) | You put gaps
        at places that are not asked.
    changed_only | return read, asked -> return read, read != tokens | asked holds all chosen
        places, also those that are read unchanged.
    gaps_only | return read, asked -> return read, read == gap | asked holds all chosen places,
        not only those with a gap.
    eighty_of_all | u < 0.15 -> u < 0.8 | The share of asked places is 15 %, u < 0.15.
    """,
)
def make_gaps(tokens, u, fate, anything, gap):
    asked = (u < 0.15) & (tokens > 0)
    read = np.where(asked & (fate < 0.8), gap, tokens)
    read = np.where(asked & (fate >= 0.9), anything, read)
    return read, asked


def loss_cases(rng):
    for B, T, V in [(1, 2, 3), (2, 3, 4), (2, 4, 5), (3, 3, 6), (1, 5, 4)] * 5:
        asked = rng.random((B, T)) < 0.4
        asked[0, 0] = True
        asked[-1, -1] = False
        yield normal(rng, B, T, V, scale=2), rng.integers(0, V, (B, T)), asked
    logits = np.array([[[900.0, -900.0, 0.0], [1.0, 2.0, 3.0]]])
    yield special("large logits", logits, np.array([[1, 0]]), np.array([[True, False]]))


def loss_by_loop(logits, words, asked):
    total, d, n = 0.0, np.zeros(logits.shape), asked.sum()
    for place in np.argwhere(asked):
        b, t = place
        z = logits[b, t]
        log_sum = z.max() + math.log(np.exp(z - z.max()).sum())
        total += (log_sum - z[words[b, t]]) / n
        d[b, t] = np.exp(z - log_sum) / n
        d[b, t, words[b, t]] -= 1 / n
    return total, d


def loss_of_rows(logits, words, asked):
    z, y = logits[asked], words[asked]
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    d = np.zeros_like(logits)
    d[asked] = (np.exp(log_p) - np.eye(z.shape[1])[y]) / len(y)
    return -log_p[np.arange(len(y)), y].mean(), d


@exercise(
    "pretraining.masked_loss",
    trains="a loss at some places only, and its gradient",
    kind="derive and code",
    task="""
    masked_loss(logits, words, asked) -> (loss, dlogits): the masked language model's loss and its
    gradient. logits (B, T, V), words (B, T) the right numbers, asked (B, T) booleans, at least one
    True. loss: mean over the asked places of -log softmax(logits)[word]. dlogits (B, T, V).
    """,
    shapes={"logits": "B T V"},
    outputs=("loss", "dlogits"),
    cases=loss_cases,
    variants=(loss_by_loop, loss_of_rows),
    properties=(
        Property(
            "each row of dlogits sums to 0",
            lambda f, z, y, a: near(np.asarray(f(z, y, a)[1]).sum(axis=-1), 0),
        ),
    ),
    hints=(
        "Where nothing is asked, the logits change nothing, so their gradient is 0.",
        "dlogits = asked (p - onehot) / n, with n the number of asked places.",
        "log_p = logits - np.logaddexp.reduce(logits, axis=2, keepdims=True)\n"
        "q = np.eye(...)[words]\nweight = ... / asked.sum()\n"
        "return -(weight * q * log_p).sum(), weight * (...)",
    ),
    mistakes="""
    everywhere | asked[:, :, None] / asked.sum() -> np.full((*asked.shape, 1), 1 / asked.size) |
        You ask at every place. Only asked places count, in the loss and in the mean.
    all_places_mean | / asked.sum() -> / asked.size | You divide by all places; the mean is over
        the asked ones.
    no_mean | / asked.sum() -> / 1 | You have the sum over the asked places; the loss is their mean.
    others | asked[:, :, None] / asked.sum() -> ~asked[:, :, None] / max((~asked).sum(), 1) |
        You ask at the places that were not chosen.
    gradient_sign | np.exp(log_p) - q) -> q - np.exp(log_p)) | The gradient has the wrong sign:
        p - onehot.
    gradient_everywhere | weight * (np.exp(log_p) - q) -> (np.exp(log_p) - q) / asked.sum() | Your
        gradient is not 0 where nothing was asked.
    gradient_of_sum | weight * (np.exp(log_p) - q) -> asked[:, :, None] * (np.exp(log_p) - q) |
        Your loss is a mean, your gradient that of the sum: divide it by the number of asked places.
    per_text | / asked.sum() -> / np.maximum(asked.sum(axis=1), 1)[:, None, None] / len(asked) |
        You take the mean of each text first; the mean is over all asked places together.
    plus | return -(weight -> return (weight | The loss has the wrong sign.
    no_onehot | weight * (np.exp(log_p) - q) -> weight * np.exp(log_p) | p alone is not the
        gradient; the right word's 1 is missing.
    """,
)
def masked_loss(logits, words, asked):
    log_p = logits - np.logaddexp.reduce(logits, axis=2, keepdims=True)
    q = np.eye(logits.shape[2])[words]
    weight = asked[:, :, None] / asked.sum()
    return -(weight * q * log_p).sum(), weight * (np.exp(log_p) - q)


def nucleus_cases(rng):
    yield np.array([0.5, 0.3, 0.2]), 0.6
    for V in [2, 3, 4, 6, 9] * 5:
        p = softmax(normal(rng, V, scale=2))
        yield p, float(rng.choice([0.1, 0.35, 0.55, 0.77, 0.91]))
    yield special("everything", np.array([0.2, 0.5, 0.3]), 1.0)
    yield special("one is enough", np.array([0.01, 0.95, 0.04]), 0.9)
    yield special("reached exactly", np.array([0.25, 0.5, 0.125, 0.125]), 0.75)


def nucleus_by_loop(p, share):
    kept, total = np.zeros(len(p)), 0.0
    for k in sorted(range(len(p)), key=lambda k: -p[k]):
        if total >= share:
            break
        kept[k], total = p[k], total + p[k]
    return kept / kept.sum()


def nucleus_by_rank(p, share):
    above = np.array([p[p > value].sum() for value in p])
    kept = np.where(above < share, p, 0)
    return kept / kept.sum()


@exercise(
    "pretraining.nucleus",
    trains="the fewest likely tokens, and what they share",
    task="""
    nucleus(p, share) -> (V,): keep the fewest tokens, the likeliest first, that together have a
    probability of at least share (above 0, at most 1); the others get 0; the kept ones are scaled
    so that they sum to 1, and stay at their places. No two of p (V,) that matter are equal.
    """,
    shapes={"p": "V"},
    cases=nucleus_cases,
    variants=(nucleus_by_loop, nucleus_by_rank),
    hints=(
        "A token stays if the tokens before it, the likelier ones, do not yet have the share.",
        "With p sorted downwards: keep where cumsum(p) - p < share.",
        "order = np.argsort(-p)\nbefore = np.cumsum(p[order]) - ...\nkept = np.zeros_like(p)\n"
        "best = order[...]\nkept[best] = ...\nreturn kept / ...",
    ),
    mistakes="""
    one_too_few | before = np.cumsum(p[order]) - p[order] -> before = np.cumsum(p[order]) | You
        drop the token with which the share is reached; together the kept ones need at least share.
    not_scaled | return kept / kept.sum() -> return kept | The kept ones do not sum to 1.
    one_too_many | before < share -> before - p[order] < share | You keep one token too many.
    least_likely | order = np.argsort(-p) -> order = np.argsort(p) | You begin with the least
        likely tokens.
    equal_weights | kept[best] = p[best] -> kept[best] = 1 | You give the kept ones equal
        probabilities; they keep their proportions.
    threshold | before < share -> p[order] >= share / len(p) | You keep tokens by their own
        probability; the nucleus reaches its share together.
    sorted_places | kept[best] = p[best] -> kept[: len(best)] = p[best] | The kept ones have to
        stay at their own places.
    """,
)
def nucleus(p, share):
    order = np.argsort(-p)
    before = np.cumsum(p[order]) - p[order]
    kept = np.zeros_like(p)
    best = order[before < share]
    kept[best] = p[best]
    return kept / kept.sum()


@exercise(
    "pretraining.bits",
    trains="from perplexity per token to bits per character",
    task="""
    A model of pieces has perplexity 32 on a text of 3,000 pieces that stand for 12,000 characters.
    How many bits per character is that?
    """,
    variants=(lambda: np.float64(1.25), lambda: math.log2(32) * 3000 / 12000),
    why="32 equally likely pieces are 5 bits a piece; a piece stands for 4 characters.",
    hints=(
        "First bits for a piece, then share them out to its characters.",
        "bits = log2(perplexity) * pieces / characters",
        "math.log2(...) * 3000 / ...",
    ),
    mistakes="""
    per_piece | = 5 | 5 bits are for a piece, which stands for four characters.
    nats | = 0.8664339756999316 | These are nats per character; a bit is ln 2 nats.
    times | = 20 | You multiplied by the characters of a piece; its bits are shared out to them.
    no_log | = 8 | 8 is the perplexity shared out; take its logarithm to base 2 first.
    perplexity | = 2.378414230005442 | This is the perplexity per character; its logarithm to
        base 2 is asked.
    """,
)
def bits():
    return 1.25


@exercise(
    "pretraining.parameters",
    trains="a BERT counted from its shapes",
    task="""
    How many numbers does a BERT learn with 1,000 pieces, 64 places, 2 kinds of text, width D = 32,
    two layers and F = 128, without pooler? Biases and norms included: a norm after the sum of the
    three tables, two in each layer.
    """,
    variants=(lambda: np.int64(59584), lambda: 59584.0),
    why="""
    Tables (1000 + 64 + 2) 32 = 34112, their norm 64; a layer 4 (32 32 + 32) + 2 32 128 + 128 + 32
    + 2 64 = 12704, twice.
    """,
    hints=(
        "Three tables and a norm; then attention, feed-forward block and two norms a layer.",
        "(V + places + 2) D + 2 D + layers (4 (D D + D) + 2 D F + F + D + 4 D)",
        "(1000 + 64 + 2) * 32 + ... + 2 * (4 * (32 * 32 + 32) + ...)",
    ),
    mistakes="""
    with_pooler | = 60640 | 60640 counts the pooler, D D + D; it was left out.
    output_table | = 91584 | 91584 counts the table of pieces a second time; the output layer
        uses the same numbers.
    no_norms_in_layers | = 59328 | 59328 leaves out the norms of the layers, two in each.
    one_layer | = 46880 | 46880 has one layer; there are two.
    no_kinds | = 59520 | 59520 leaves out 64 numbers: the table of the 2 kinds of text, or the norm
        after the tables.
    no_places | = 57536 | 57536 leaves out the table of places.
    no_biases | = 59008 | 59008 leaves out the biases of attention and feed-forward block.
    no_norms | = 59264 | 59264 leaves out norms: one after the tables, two a layer.
    """,
)
def parameters():
    return 59584


@exercise(
    "pretraining.slip",
    trains="who reads in which direction, and who came when",
    kind="diagnose",
    task="The number of the false line among the six lines of notes in chapter 17, exercise 9.",
    variants=(lambda: 3.0, lambda: np.array(3)),
    why="""
    Line 3: ELMo joins a reader from the left and a reader from the right; neither has read both
    sides when it foretells a word. BERT reads both sides at once.
    """,
    hints=(
        "Five of the lines can be read off the table of names or off an equation.",
        "Who has read what, at the moment when the loss is computed?",
        "In one line a model's loss is said to use both sides at once.",
    ),
    mistakes="""
    skipgram | = 1 | Line 1 is true: a negative may by chance be a word that does stand there.
    byte_pairs | = 2 | Line 2 is true: every text is bytes, and all 256 bytes are tokens.
    gpt | = 4 | Line 4 is true: GPT is of June 2018, BERT of October.
    unchanged | = 5 | Line 5 is true: a tenth of the asked words is read unchanged.
    perplexity | = 6 | Line 6 is true: perplexity is for a token, and tokens differ in length.
    """,
)
def slip_line():
    return 3
