"""Measure what chapter 19's attentions cost forward and backward, and store it in
code/byhand/data/attention_costs.csv.

    python tools/attention_costs.py

One head of width 64, float32, one thread, random numbers: the cost does not depend on them. Time is
the shortest of several runs on one core; memory is the peak of what NumPy held beyond the
inputs. torch's fused kernel stands beside (time only). About two minutes.
"""

import csv
import time
import tracemalloc

import numpy as np
import torch
from byhand import attention, chunked, linear_attention, windowed
from byhand.data import attention_costs as table

WIDTH, CHUNK, WINDOW, ROWS = 64, 128, 32, 128


def forms(rng, n):
    """Each form as a function that runs forward and backward once."""
    Q, K, V, dout = (rng.standard_normal((n, WIDTH)).astype(np.float32) for _ in range(4))
    p = linear_attention.init_projection(rng, n, ROWS, np.float32)
    pairs = {
        table.FULL: (attention.scaled_dot_product_attention, (Q, K, V)),
        table.CHUNKS: (chunked.chunked_attention, (Q, K, V, CHUNK)),
        table.WINDOW: (windowed.windowed_attention, (Q, K, V, WINDOW)),
        table.PROJECTED: (linear_attention.projected_attention, (p, Q, K, V)),
        table.LINEAR: (linear_attention.linear_attention, (Q, K, V)),
        table.RUNNING: (linear_attention.causal_linear_attention, (Q, K, V)),
    }

    def both(forward, args):
        backward = getattr(__import__(forward.__module__, fromlist=["x"]), back(forward))
        _, cache = forward(*args)
        backward(dout, cache)

    runs = {name: (lambda f=f, a=a: both(f, a)) for name, (f, a) in pairs.items()}
    leaves = [torch.tensor(x[None, None], requires_grad=True) for x in (Q, K, V)]

    def fused():
        out = torch.nn.functional.scaled_dot_product_attention(*leaves)
        torch.autograd.grad(out, leaves, torch.tensor(dout[None, None]))

    return runs | {table.FUSED: fused}


def back(forward):
    return forward.__name__ + "_backward"


def seconds(run, least=3, most=0.6):
    """The shortest of at least `least` runs, more while they are quick."""
    found, begun = [], time.process_time()
    while len(found) < least or (time.process_time() - begun < most and len(found) < 50):
        start = time.process_time()
        run()
        found.append(time.process_time() - start)
    return min(found)


def peak(run):
    """Bytes that NumPy held at most."""
    tracemalloc.start()
    run()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def main():
    torch.set_num_threads(1)
    rows = []
    for n in table.LENGTHS:
        for name, run in forms(np.random.default_rng(0), n).items():
            run()  # once to warm up
            mib = "" if name == table.FUSED else round(peak(run) / 2**20, 2)
            rows.append((name, n, round(1000 * seconds(run), 2), mib))
            print(*rows[-1], flush=True)
    with open(table.TABLE, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("form", "n", "ms", "mib"), *rows])


if __name__ == "__main__":
    main()
