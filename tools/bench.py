"""Time the by-hand layers beside torch's: forward and backward, float32, one thread.

python tools/bench.py                 every case: the ratio by hand / torch, the aim, the error
python tools/bench.py --only LSTM     the cases whose name holds a word
python tools/bench.py --tiny          tiny sizes and two rounds: shows that it runs, not how fast
python tools/bench.py --record        keep the numbers in back/bench.json, for the page (then:
make pages)

The two sides take turns in rounds, and the ratio is the median over the rounds,
so that a busy machine slows both. The error is the largest difference between float32 and float64,
relative to the largest element.
"""

import argparse
import os
import statistics
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy and torch are loaded

import numpy as np
import pages_bench
import torch
from bench_cases import CASES

SHORTEST = 0.02  # seconds that one timing lasts at least


def cast(value, dtype):
    """An argument in another precision: an array, or a dict of arrays."""
    if isinstance(value, dict):
        return {name: array.astype(dtype) for name, array in value.items()}
    return np.asarray(value).astype(dtype)


def flat(values):
    """All arrays of nested tuples and dicts, in order."""
    for value in values:
        if isinstance(value, dict):
            yield from flat(value.values())
        elif isinstance(value, tuple | list):
            yield from flat(value)
        elif value is not None:
            yield np.asarray(value)


def by_hand(sides, dtype, rng):
    """A function that runs the by-hand pair once and returns its outputs and gradients."""
    args = [cast(arg, dtype) for arg in sides.args]
    *outputs, _ = sides.forward(*args)
    # The first output carries the loss; a further one (a last state) gets a gradient of zeros, as
    # in torch.
    douts = [np.zeros(np.shape(output)) for output in outputs]
    douts[0] = rng.standard_normal(np.shape(outputs[0]))
    douts = [dout.astype(dtype) for dout in douts]

    def run():
        *outputs, cache = sides.forward(*args)
        return outputs, sides.backward(*douts, cache)

    return run


def by_torch(sides, rng):
    """A function that runs torch's layer, forward and backward, once."""
    inputs = [torch.tensor(cast(x, np.float32), requires_grad=True) for x in sides.data]
    leaves = [*inputs, *sides.layer.parameters()]
    shape = sides.layer(*inputs).shape
    dout = torch.tensor(rng.standard_normal(shape).astype(np.float32))
    return lambda: torch.autograd.grad(sides.layer(*inputs), leaves, dout)


def seconds(run, times):
    started = time.perf_counter()
    for _ in range(times):
        run()
    return (time.perf_counter() - started) / times


def ratio(ours, theirs, rounds):
    """Median of our time over theirs, the two timed in turns."""
    ours(), theirs()
    times = max(1, round(SHORTEST / max(seconds(theirs, 1), 1e-6))) if rounds > 2 else 1
    return statistics.median(seconds(ours, times) / seconds(theirs, times) for _ in range(rounds))


def error(sides):
    """Largest difference of the float32 results from the float64 ones,
    relative to the largest element.

    An array that is zero but for rounding, as the gradient of the keys' bias in attention,
    is measured against the largest element of all.
    """
    single, double = (
        by_hand(sides, kind, np.random.default_rng(1))() for kind in (np.float32, np.float64)
    )
    pairs = list(zip(flat(single), flat(double), strict=True))
    sizes = [float(np.max(np.abs(b))) for _, b in pairs]
    top = max(*sizes, 1e-30)
    return max(
        float(np.max(np.abs(a - b))) / (size if size > 1e-9 * top else top)
        for (a, b), size in zip(pairs, sizes, strict=True)
    )


def measure(case, tiny=False, rounds=15):
    """(ratio, error) of one case."""
    sides = case.make(np.random.default_rng(0), **(case.tiny if tiny else case.full))
    sides.layer.float()
    ours = by_hand(sides, np.float32, np.random.default_rng(1))
    theirs = sides.theirs or by_torch(sides, np.random.default_rng(1))
    return ratio(ours, theirs, 2 if tiny else rounds), error(sides)


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Time the by-hand layers beside torch's.")
    parser.add_argument("--tiny", action="store_true", help="tiny sizes: shows that it runs")
    parser.add_argument("--only", default="", help="cases whose name holds this word")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--record", action="store_true", help="keep the numbers for the page")
    options = parser.parse_args(arguments)
    if options.record and (options.tiny or options.only):
        parser.error("--record keeps a whole run at full size")
    torch.set_num_threads(1)
    chosen = [case for case in CASES if options.only.lower() in case.name.lower()]
    if not chosen:
        print(
            f"No case holds {options.only!r}."
            if CASES
            else "There is no case yet: tools/bench_cases.py"
        )
        return 1 if CASES else 0
    print(
        "Forward + backward, float32, one thread; ratio = by hand / torch, below 1 is faster than "
        "torch"
    )
    print(f"{'case':<44} {'ratio':>6} {'aim':>6} {'':<6} {'error':>8}")
    rows = []
    for case in chosen:
        value, deviation = measure(case, options.tiny, options.rounds)
        judged = not options.tiny and case.aim is not None
        verdict = ("ok" if value <= case.aim else "above") if judged else ""
        aim = "-" if case.aim is None else f"{case.aim:.2f}"
        print(f"{case.name:<44} {value:>6.2f} {aim:>6} {verdict:<6} {deviation:>8.1e}", flush=True)
        rows.append({"case": case.name, "ratio": value, "aim": case.aim, "error": deviation})
    if options.record:
        pages_bench.record(rows, options.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
