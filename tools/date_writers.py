"""Train the encoder-decoders of chapter 12 on dates in 24 languages, and store their parameters
in code/byhand/data/date_writers.npz (half precision). About three minutes on one core.

    python tools/date_writers.py
"""

import numpy as np
import torch
from byhand.data import date_writers as store
from byhand.data.dates import TARGETS, source_vocabulary
from byhand.pt.seq2seq import Seq2seq
from byhand.pt.train_dates import exact_match, train_dates


def trained(seed, steps=store.STEPS):
    """One network, trained on the chapter's dates."""
    dates = store.the_dates()
    torch.manual_seed(seed)
    model = Seq2seq(len(source_vocabulary()), len(TARGETS), store.D, store.H)
    train_dates(model, dates.train, seed=seed, steps=steps, rate=store.RATE)
    print(f"seed {seed}: {100 * exact_match(model, dates.validation):.1f} %", flush=True)
    return {name: value.detach().numpy() for name, value in model.named_parameters()}


def main():
    arrays = {
        f"{k}/{name}": value.astype(np.float16)
        for k, seed in enumerate(store.SEEDS)
        for name, value in trained(seed).items()
    }
    np.savez_compressed(store.TABLE, **arrays)


if __name__ == "__main__":
    main()
