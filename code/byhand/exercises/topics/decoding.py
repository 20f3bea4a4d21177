"""Exercises of chapter 12, second half: greedy decoding and beam search over a table of next-token
log-probabilities."""

import heapq

import numpy as np

from byhand.exercises.checker.declare import exercise, special
from byhand.exercises.topics.cases import shares


def table(rng, V, end_share=1.0, end=1):
    p = rng.dirichlet(np.full(V, 0.7), V) + 0.01
    p[:, end] *= end_share
    return np.log(p / p.sum(axis=1, keepdims=True))


def greedy_cases(rng):
    yield np.log([[0.1, 0.2, 0.7], [0.3, 0.4, 0.3], [0.2, 0.7, 0.1]]), 0, 1, 4
    yield special(
        "never ends", np.log([[0.1, 0.2, 0.7], [0.3, 0.4, 0.3], [0.2, 0.1, 0.7]]), 0, 1, 3
    )
    for V, most in [(3, 2), (4, 3), (5, 6), (6, 4), (7, 8)] * 5:
        start, end = (int(v) for v in rng.permutation(V)[:2])
        yield table(rng, V), start, end, most
    for V in (3, 4, 5):
        step = np.log(shares(rng, V, V))
        step[:, V - 1] = -9.0
        yield special("never ends", step, 1, V - 1, V)


def greedy_by_recursion(table, start, end, most):
    if most == 0:
        return []
    token = max(range(len(table)), key=lambda v: table[start][v])
    return [token] + ([] if token == end else greedy_by_recursion(table, token, end, most - 1))


def greedy_by_lookup(table, start, end, most):
    best, path = table.argmax(axis=1), [start]
    while len(path) <= most and (len(path) == 1 or path[-1] != end):
        path.append(int(best[path[-1]]))
    return np.array(path[1:])


@exercise(
    "seq2seq.greedy",
    trains="decoding one token at a time",
    task="""
    greedy(table, start, end, most) -> list of tokens: table (V, V) holds log-probabilities,
    table[u, v] of token v after token u. Begin after start, take the most probable next token
    each time; stop after the token end, which belongs to the list, or after most tokens. start
    itself is not in the list.
    """,
    cases=greedy_cases,
    variants=(greedy_by_recursion, greedy_by_lookup),
    hints=(
        "Each step looks up one row of the table.",
        "token <- argmax of table[token]; append; stop at end.",
        "tokens, token = [], start\n"
        "while len(tokens) < most:\n"
        "    token = int(table[...].argmax()); tokens.append(token)\n"
        "    ...",
    ),
    mistakes=r"""
    runs_past_end | `        if token == end:\n            break\n` -> `` |
        You go on after the end token: stop there.
    end_dropped | `        tokens.append(token)\n        if token == end:\n            break\n` ->
        `        if token == end:\n            break\n        tokens.append(token)\n` |
        The end token belongs to the list: append it, then stop.
    start_kept | tokens, token = [], start -> tokens, token = [start], start ;; len(tokens) < most
        -> len(tokens) <= most | The start token is not part of the answer.
    from_start | table[token].argmax() -> table[start].argmax() |
        Every step looks at the row of start; look at the row of the token chosen last.
    columns | table[token].argmax() -> table[:, token].argmax() |
        You read a column; the next tokens of u stand in the row table[u].
    argmin | argmax -> argmin | You take the least probable token.
    one_more | len(tokens) < most -> len(tokens) <= most |
        You take one token too many: at most `most`.
    one_less | len(tokens) < most -> len(tokens) < most - 1 |
        You stop one token too early: `most` tokens are allowed.
    end_avoided | table[token].argmax() -> np.where(np.arange(len(table)) == end, -np.inf,
        table[token]).argmax() | The end token is never chosen: it competes like any other.
    start_zero | tokens, token = [], start -> tokens, token = [], 0 |
        You begin at token 0; begin after the token start.
    end_one | token == end -> token == 1 | You stop at token 1; the end token is an argument.
    """,
)
def greedy(table, start, end, most):
    tokens, token = [], start
    while len(tokens) < most:
        token = int(table[token].argmax())
        tokens.append(token)
        if token == end:
            break
    return tokens


def tied(table, start, end, width, most, power):
    """True if two sequences compete with equal scores (the same transitions in another order):
    either is right."""
    alive, done = [((start,), 0.0)], []
    for length in range(1, most + 1):
        grown = [
            ((*path, v), logp + table[path[-1], v])
            for path, logp in alive
            for v in range(len(table))
        ]
        grown.sort(key=lambda h: -h[1])
        if len(grown) > width and grown[width - 1][1] - grown[width][1] < 1e-9:
            return True
        done += [
            logp / length**power
            for path, logp in grown[:width]
            if path[-1] == end or length == most
        ]
        alive = [(path, logp) for path, logp in grown[:width] if path[-1] != end]
    done.sort()
    return len(done) > 1 and done[-1] - done[-2] < 1e-9


def beam_cases(rng):
    trap = np.log(
        [[0.01, 0.01, 0.54, 0.44], [0.25] * 4, [0.3, 0.34, 0.18, 0.18], [0.02, 0.95, 0.01, 0.02]]
    )
    yield special("greedy is not best", trap, 0, 1, 2, 3, 0.0)
    sizes = [
        (3, 2, 3, 0.0),
        (4, 2, 4, 0.0),
        (5, 3, 4, 0.0),
        (4, 3, 5, 1.0),
        (5, 2, 6, 1.0),
        (6, 4, 4, 0.7),
    ]
    sizes += [(4, 1, 4, 0.0)] + [
        (V, width, most, 1.5) for V, width, most in ((3, 2, 4), (4, 3, 5), (5, 2, 4))
    ]
    sizes += [(5, 2, 7, 2.0), (6, 3, 6, 2.0)]
    for V, width, most, power in sizes * 3:
        start, end = (int(v) for v in rng.permutation(V)[:2])
        share = 3.0 if power == 1.5 else 0.6
        drawn = (table(rng, V, share, end), start, end, width, most, power)
        while tied(*drawn):
            drawn = (table(rng, V, share, end), *drawn[1:])
        yield drawn
    for rows in ("19 7 59 15, 45 9 21 25, 19 32 9 40, 2 58 37 3",
                 "8 15 61 16, 58 39 2 1, 17 5 41 37, 62 24 1 13"):  # fmt: skip
        step = np.log([[int(p) / 100 for p in row.split()] for row in rows.split(",")])
        yield special("a good last token on a bad path", step, 0, 1, 2, 3, 0.0)


def beam_by_heap(table, start, end, width, most, power):
    alive, done = [(0.0, (start,))], []
    for length in range(1, most + 1):
        grown = [
            (s + float(table[path[-1]][v]), (*path, v))
            for s, path in alive
            for v in range(len(table))
        ]
        alive = []
        for score, path in heapq.nlargest(width, grown):
            if path[-1] == end or length == most:
                done.append((score / length**power, path))
            if path[-1] != end:
                alive.append((score, path))
    score, path = max(done)
    return list(path[1:]), score


def beam_by_arrays(table, start, end, width, most, power):
    paths, scores, best = [[start]], np.zeros(1), (None, -np.inf)
    for length in range(1, most + 1):
        if not paths:
            break
        grown = scores[:, None] + table[[path[-1] for path in paths]]
        order = np.argsort(-grown, axis=None)[:width]
        picked = [(paths[k // len(table)] + [int(k % len(table))], grown.flat[k]) for k in order]
        for path, score in picked:
            if (path[-1] == end or length == most) and score / length**power > best[1]:
                best = (path[1:], score / length**power)
        paths = [path for path, _ in picked if path[-1] != end]
        scores = np.array([score for path, score in picked if path[-1] != end])
    return best


@exercise(
    "seq2seq.beam",
    trains="beam search with a length penalty",
    task="""
    beam(table, start, end, width, most, power) -> (tokens, score): beam search over
    log-probabilities table (V, V) as in seq2seq.greedy. At each step all beginnings that are
    alive are extended by every token, and the width most probable extensions (by the sum of
    log-probabilities) are kept; those that end with end are finished and leave the beam. What is
    still alive after most tokens counts as finished too. Answer: the finished sequence (without
    start) of the largest score = sum of log-probabilities / length^power, and that score.
    """,
    outputs=("tokens", "score"),
    cases=beam_cases,
    variants=(beam_by_heap, beam_by_arrays),
    hints=(
        "Keep pairs (tokens so far, sum of logs). All extensions of all beginnings compete in "
        "one list.",
        "score of an extension = score so far + table[last, v]; keep the best width; move those "
        "with v = end to the finished ones.",
        "grown = [((*tokens, v), score + ...) for tokens, score in alive for v in range(V)]\n"
        "grown.sort(key=lambda h: -h[1]); best = grown[:width]\n"
        "done += ...\n"
        "alive = ...",
    ),
    mistakes=r"""
    top_one_each | for v in range(V)] -> for v in [int(table[path[-1]].argmax())]] | Your search is
        greedy: each beginning is extended by its best token only (or one is kept). All extensions
        of all beginnings compete for width places.
    last_score | logp + table[path[-1], v] -> table[path[-1], v] | The score of an extension is the
        sum over the whole path; you keep the last token's log-probability only.
    first_finished | `        alive = [` -> `        if done:\n            break\n        alive = [`
        | You stop at the first finished sequence; a longer one may still score higher.
    no_length | logp / length**power -> logp | The score is not divided by length^power.
    exhaustive | grown[:width] -> grown | The width is ignored: you keep all beginnings.
    unfinished_lost | path[-1] == end or length == most -> path[-1] == end or (length == most and
        not done) | Sequences still alive after `most` tokens are lost; they count as finished.
    finished_extended | for path, logp in best if path[-1] != end] -> for path, logp in best] |
        Finished sequences are extended past their end token; they leave the beam.
    filled_again | for path, logp in best if path[-1] != end] -> for path, logp in grown if
        path[-1] != end][:width] | You fill the places of finished sequences again with extensions
        that were not among the width best.
    start_kept | list(path[1:]) -> list(path) | The start token is not part of the answer.
    worst | -h[1] -> h[1] | You keep the least probable extensions: sort from large to small.
    pointer_lost | ((*path, v), logp -> ((*alive[0][0], v), logp |
        The back-pointer is lost: the tokens come from the first beginning, whatever was extended.
    length_with_start | logp / length**power -> logp / (length + 1) ** power |
        The start token is counted in the length.
    raw_score | return list(path[1:]), score -> return list(path[1:]), score * (len(path) - 1) **
        power | The tokens are right, but the score returned is not divided by length^power.
    probability | return list(path[1:]), score -> return list(path[1:]), np.exp(score) |
        You return the probability; the score is the sum of logs.
    start_zero | [((start,), 0.0)] -> [((0,), 0.0)] |
        You begin at token 0; begin after the token start.
    end_one | path[-1] == end or -> path[-1] == 1 or ;; path[-1] != end] -> path[-1] != 1] |
        You stop at token 1; the end token is an argument.
    shrinks | best = grown[:width] -> best = grown[: width - len(done)] |
        The beam shrinks with each finished sequence; width places are filled at every step.
    power_times | length**power -> max(length * power, 1) |
        The score is divided by length^power, not by length times power.
    last_ranks | key=lambda h: -h[1]) -> key=lambda h: -table[h[0][-2], h[0][-1]]) | You keep the
        extensions with the best last token; those with the largest sum over the whole path are
        kept.
    chosen_by_sum | max(done, key=lambda h: h[1]) -> max(done, key=lambda h: h[1] * (len(h[0]) - 1)
        ** power) | You choose among the finished sequences by the sum alone; the largest sum
        divided by length^power wins.
    """,
)
def beam(table, start, end, width, most, power):
    V, alive, done = len(table), [((start,), 0.0)], []
    for length in range(1, most + 1):
        grown = [((*path, v), logp + table[path[-1], v]) for path, logp in alive for v in range(V)]
        grown.sort(key=lambda h: -h[1])
        best = grown[:width]
        done += [
            (path, logp / length**power) for path, logp in best if path[-1] == end or length == most
        ]
        alive = [(path, logp) for path, logp in best if path[-1] != end]
    path, score = max(done, key=lambda h: h[1])
    return list(path[1:]), score
