"""Which exercises there are. A chapter's module is imported when one of its names is first used."""

import difflib
import importlib

from byhand.exercises.declare import REGISTRY

CHAPTERS = (
    "neuron activations_and_losses mlp autodiff optimisation generalisation cnn deep_cnns "
    "rnn lstm gru seq2seq attention self_attention masks transformer"
).split()

MORE = {  # chapters in two modules
    "activations_and_losses": ["losses", "paper"],
    "mlp": ["paper"],
    "autodiff": ["paper"],
    "optimisation": ["paper"],
    "generalisation": ["paper"],
    "deep_cnns": ["paper"],
    "cnn": ["pooling", "paper_images"],
    "rnn": ["paper_rnn"],
    "gru": ["paper_gru"],
    "lstm": ["paper_lstm"],
    "transformer": ["paper_transformer"],
    "attention": ["kernels", "paper_attention"],
    "self_attention": ["paper_self_attention"],
    "masks": ["paper_masks"],
    "seq2seq": ["decoding", "paper_seq2seq"],
}


def load(chapter):
    """Import a chapter's exercises; return their names in order."""
    for module in [chapter, *MORE.get(chapter, [])]:
        importlib.import_module(f"byhand.exercises.{module}")
    return [name for name in REGISTRY if name.partition(".")[0] == chapter]


def all_names():
    """Names of all exercises, in the order of the book."""
    return [name for chapter in CHAPTERS for name in load(chapter)]


def find(name):
    """Return (exercise, "") or (None, a sentence that helps) for any `name` whatsoever."""
    if type(name) is not str:
        return (
            None,
            'The first argument is the exercise\'s name in quotes, for example "neuron.perceptron_step".',
        )
    chapter = name.partition(".")[0]
    if chapter in CHAPTERS and name in load(chapter):
        return REGISTRY[name], ""
    near = difflib.get_close_matches(name, all_names(), n=1, cutoff=0.6)
    short = name if len(name) <= 60 else name[:57] + "..."
    guess = f' Did you mean "{near[0]}"?' if near else " exercises.names() lists them all."
    return None, f'There is no exercise "{short}".{guess}'


def following(name):
    """The next exercise of the same chapter, or None."""
    names = load(name.partition(".")[0])
    place = names.index(name) + 1
    return names[place] if place < len(names) else None
