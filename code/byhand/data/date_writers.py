"""Three encoder-decoders of chapter 12 that were trained on dates, as
`tools/date_writers.py` stored them."""

import pathlib

import numpy as np

from byhand.data.dates import split_dates

TABLE = pathlib.Path(__file__).parent / "date_writers.npz"
SEEDS, STEPS, RATE = (0, 1, 2), 1500, 0.01
D, H = 24, 64


def the_dates(train=30000):
    """The split that they were trained and are tested on (DateSplit)."""
    rng = np.random.default_rng(2)
    return split_dates(rng, train, 500, 2000, unseen_formats=("yMEd",))


def load(path=TABLE):
    """The parameters of each network, a list of dicts of float32 arrays, named
    as in `byhand.seq2seq.init_seq2seq`."""
    with np.load(path) as file:
        stored = {name: file[name].astype(np.float32) for name in file.files}
    nets = [{} for _ in SEEDS]
    for name, value in stored.items():
        k, part = name.split("/")
        nets[int(k)][part] = value
    return nets
