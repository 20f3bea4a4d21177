"""Exercises of chapter 12 whose answer is a number or a choice, worked with a pencil."""

import numpy as np

from byhand.exercises.checker.declare import exercise


@exercise(
    "seq2seq.parameters",
    trains="all parts of an encoder-decoder, counted",
    task="""
    A source vocabulary of 20 tokens and a target vocabulary of 10, vectors of D = 4, two GRUs
    (reset after the product) with H = 6 units, an output layer with a bias. How many parameters
    does the encoder-decoder of this chapter have?
    """,
    variants=(lambda: 598.0, lambda: np.int64(598)),
    why="""
    Tables 20 * 4 + 10 * 4 = 120. Each GRU 4 * 18 + 6 * 18 + 18 + 6 = 204, twice 408. Output 6 *
    10 + 10 = 70.
    """,
    hints=(
        "Five parts: two tables, two GRUs, one output layer.",
        "Tables V D; a GRU D 3H + H 3H + 3H + H (W_x, W_h, b, b_hn); output H V + V.",
        "20 * 4 + 10 * 4 + 2 * (4 * 18 + ... + 18 + 6) + ...",
    ),
    mistakes="""
    one_gru | = 394 | You count one GRU; encoder and decoder have weights of their own.
    one_gate | = 322 |
        That is an encoder-decoder of simple RNNs: a GRU has three times their matrices, and b_hn.
    no_b_hn | = 586 | The bias b_hn (6 numbers in each GRU) is missing.
    no_tables | = 478 | The two tables of vectors are missing; they are learned too.
    no_output | = 528 | The output layer is missing.
    no_output_bias | = 588 | The bias of the output layer is missing.
    one_b_hn | = 592 | 592 counts b_hn once; each of the two GRUs has its own.
    one_gru_two_biases | = 406 | You count one GRU, and two biases for each of its parts; encoder
        and decoder have weights of their own, and only the candidate has a second bias, b_hn.
    two_biases | = 622 | 622 gives all three parts of a GRU two biases; only the candidate has a
        second one, b_hn.
    row_for_start | = 602 |
        602 has a row too many: the 10 tokens of the target hold the start token already.
    one_bias_too_many | = 610 | 610 has 6 numbers too many in each GRU: of its three parts only the
        candidate has a second bias, b_hn.
    """,
)
def parameters():
    return 598


@exercise(
    "seq2seq.beam_by_hand",
    trains="why the greedy sequence need not be the best",
    task="""
    First token: a 0.5, b 0.4, end 0.1. After a: a 0.35, b 0.2, end 0.45. After b: a 0.1, b 0.1,
    end 0.8. At most two tokens. Give two numbers: the probability of the sequence that greedy
    decoding writes, and of the best one that a beam of width 2 finds.
    """,
    tolerance=1e-3,
    variants=(lambda: (0.225, 0.32), lambda: [0.225, 0.32]),
    why="""
    Greedy takes a (0.5), then end: 0.5 * 0.45 = 0.225. The beam keeps a and b, and b, end has 0.4
    * 0.8 = 0.32.
    """,
    hints=(
        "Greedy decides the first token without looking further. The beam keeps two beginnings.",
        "The probability of a sequence is the product over its tokens.",
        "Greedy: 0.5 * ... Beam: the largest of 0.5 * 0.45, 0.5 * 0.35, 0.4 * ..., ...",
    ),
    mistakes="""
    last_only | = np.array([0.45, 0.8]) |
        Those are the probabilities of the last tokens; multiply by that of the first.
    first_only | = np.array([0.5, 0.4]) |
        Those are the probabilities of the first tokens; multiply by that of the second.
    same | = np.array([0.32, 0.32]) | Greedy does not find this sequence: its first choice is a.
    no_gain | = np.array([0.225, 0.225]) |
        The beam keeps b as well, and b, end is better than what greedy writes.
    sum | = np.array([0.95, 1.2]) |
        You add probabilities. Probabilities of a sequence multiply; their logarithms add.
    exchanged | = np.array([0.32, 0.225]) | Greedy first, then the beam.
    second_best | = np.array([0.175, 0.32]) | After a, greedy decoding writes the most probable
        token, and that is end, not a.
    """,
)
def beam_by_hand():
    return np.array([0.5 * 0.45, 0.4 * 0.8])


@exercise(
    "seq2seq.bleu_by_hand",
    trains="what BLEU counts",
    task="""
    The reference is 2024-11-02, written was 2024-02-11: day and month exchanged. Characters are
    the tokens. Give two numbers: the clipped precision of single characters, p1, and of pairs of
    neighbours, p2.
    """,
    tolerance=2e-3,
    variants=(lambda: (1.0, 8 / 9), lambda: [1, 0.889]),
    why="""
    All ten characters are also in the reference, as often: p1 = 10/10. Of the nine pairs 20 02 24
    4- -0 02 2- -1 11 only 2- is not in it: p2 = 8/9.
    """,
    hints=(
        "The place does not matter, the number of times does.",
        "Ten characters have nine pairs of neighbours.",
        "The pairs written are 20 02 24 4- -0 02 2- -1 11. Which of them does the reference not "
        "have?",
    ),
    mistakes="""
    by_place | = np.array([0.6, 8 / 9]) |
        You compare place by place. BLEU does not ask where an n-gram stands.
    over_ten | = np.array([1, 0.8]) | Ten characters have nine pairs, not ten.
    no_repeat | = np.array([1, 7 / 9]) |
        02 stands twice in what was written and twice in the reference: it counts twice.
    distinct | = np.array([1, 7 / 8]) | You count different pairs; each occurrence counts.
    wrong_date | = np.array([0.0, 0.0]) |
        The date is wrong, and its exact match is 0; the precisions are not.
    exchanged | = np.array([8 / 9, 1]) | p1 first, then p2.
    all_pairs | = np.array([1.0, 1.0]) | p1 is right. One of the pairs written does not stand in the
        reference: where the order changed.
    """,
)
def bleu_by_hand():
    return np.array([1, 8 / 9])


@exercise(
    "seq2seq.slip",
    trains="training, decoding and scores told apart",
    kind="diagnose",
    task="The number of the false line among the five lines of exercise 5 on side road 12s.",
    variants=(lambda: 3.0, lambda: np.array(3)),
    why="""
    A beam keeps some beginnings and drops the others; the most probable sequence may begin with
    one that was dropped. A search is sure of it only when every sequence that is left is known to
    be less probable.
    """,
    hints=(
        "One line promises more than a search can keep that throws beginnings away.",
        "What happens to a beginning that is in place k + 1?",
        "Compare the section on beam search with what exhaustive search does.",
    ),
    mistakes="""
    forcing | = 1 | Line 1 is true: the right token is fed, whatever the network would have written.
    gradient | = 2 |
        Line 2 is true: the decoder knows the source through c only, so dc is all that comes back.
    temperature | = 4 | Line 4 is true: dividing by a small temperature lets the largest logit win.
    bleu | = 5 | Line 5 is true: one wrong character makes a wrong date and costs little BLEU.
    """,
)
def slip_line():
    return 3
