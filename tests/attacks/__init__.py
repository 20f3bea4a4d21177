"""Wrong and right answers written from the task texts alone; `python -m attacks` grades them."""

from attacks import (  # noqa: F401  (each module fills the table)
    attention,
    by_hand,
    constants,
    convolution,
    decoding,
    first_table,
    gates,
    losses,
    masks,
    neuron,
    norms,
    optim,
    pooling,
    regularisation,
    right_attention,
    right_basics,
    right_sequences,
    right_training,
    rnn,
    second_edition,
    self_attention,
    training,
    transformer,
)
from attacks.table import KEPT, KINDS, RIGHT, WRONG, explanation, grade  # noqa: F401
