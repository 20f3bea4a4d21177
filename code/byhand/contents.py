"""The chapters of the book in order: what each makes possible,
and what it still cannot do.

Read by the road on the landing page, the links between pages and the list
of exercises; a test holds it against _toc.yml.
"""

from typing import NamedTuple


class Station(NamedTuple):
    """A chapter on the road."""

    slug: str
    title: str
    what: str  # what the chapter makes possible
    # what it still cannot do, which the next one cures: "This cannot ..."
    cannot: str


STATIONS = (
    Station(
        "neuron",
        "Neuron",
        "a rule nobody wrote",
        'compute XOR, settle where no plane separates, or answer "probably"',
    ),
    Station(
        "activations_and_losses",
        "Activation, loss",
        "how wrong, which way",
        "cut with more than one line or plane, so XOR stays out of reach",
    ),
    Station(
        "mlp",
        "Multilayer perceptron",
        "XOR and digits",
        "derive its own backward pass: each new network needs a new one by "
        "hand",
    ),
    Station(
        "autodiff",
        "Autodiff",
        "gradients of anything",
        "say how far to go: it finds which way is down, not the step",
    ),
    Station(
        "optimisation",
        "Optimisation",
        "down the slope",
        "promise anything about data that it has not seen",
    ),
    Station(
        "generalisation",
        "Generalisation",
        "data never seen",
        "carry what it learned at one pixel to the next: each digit is learned "
        "again at each place",
    ),
    Station(
        "cnn",
        "Convolution",
        "pictures that move",
        "be stacked at will: beyond some depth even the training error rises",
    ),
    Station(
        "deep_cnns",
        "Deep CNNs",
        "deeper, not worse",
        "remember: it forgets each input when the next one comes",
    ),
    Station(
        "rnn",
        "Recurrent nets",
        "words in order",
        "remember for long: after 50 steps next to nothing of the gradient is "
        "left",
    ),
    Station(
        "lstm",
        "LSTM",
        "a longer memory",
        "say which of its three gates and two states it needs",
    ),
    Station(
        "gru",
        "GRU",
        "with fewer gates",
        "answer in another length or another order than the input's",
    ),
    Station(
        "seq2seq",
        "Encoder-decoder",
        "sequence to sequence",
        "keep a long source in one vector of fixed length",
    ),
    Station(
        "attention",
        "Attention",
        "look back at the source",
        "do without the recurrent networks around it, which work step by step",
    ),
    Station(
        "self_attention",
        "Self-attention",
        "all words at once",
        "keep from looking at padding, and at words still to come",
    ),
    Station(
        "masks",
        "Masks",
        "no peeking",
        "be a model yet: attention mixes vectors, and many such layers do not "
        "train well as they "
        "are",
    ),
    Station(
        "transformer",
        "Transformer",
        "all of it, trained",
        "know a word before a task has taught it: each task begins with random "
        "vectors",
    ),
    Station(
        "pretraining",
        "Pretraining",
        "words before labels",
        "read a picture: a pixel is not a word, and a picture has far too many "
        "of them",
    ),
    Station(
        "vision_transformer",
        "Vision Transformer",
        "a picture is words",
        "escape the square: time and memory grow with the square of the number "
        "of tokens",
    ),
    Station(
        "efficient_attention",
        "Efficient attention",
        "longer for less",
        "keep what has left its reach: a store that is written and read at "
        "will is missing",
    ),
    Station(
        "memory",
        "Memory",
        "found by content, or by place",
        "say how likely a picture is, or make a new one of its kind: it gives "
        "back what was put in",
    ),
    Station(
        "rbm",
        "The restricted Boltzmann machine",
        "how likely is a picture?",
        "draw a picture in one go: its chains take many rounds, and its "
        "gradient is only as good as their dreams",
    ),
    Station(
        "gan",
        "Generative adversarial networks",
        "a forger and an expert",
        "learn from what its own actions bring: all examples were collected "
        "by somebody else",
    ),
    Station(
        "dqn",
        "Deep Q-networks",
        "rewards that come late",
        "do with few steps what a rule of thumb does at once",
    ),
)
PARTS = {
    1: "Part I: neurons",
    7: "Part II: images",
    9: "Part III: sequences",
    13: "Part IV: attention",
    17: "Part V: after 2017",
}
