"""The page "How fast is it": the benchmark's last recorded run, from back/bench.json."""

import json
import time

from pages_tested import machine
from suite import ROOT

DATA = ROOT / "back" / "bench.json"
TEXT = """# How fast is it?

The layers of this book are written to be read. How much slower than PyTorch's does that make
them? Each is timed beside the layer of torch that does the same, forward and backward, in
float32, with one thread. The two take turns, so that a busy machine slows both, and the number is
the median of the ratios over {rounds} rounds: **1.00 is as fast as torch, below 1 is faster**.
The *aim* was set before, from what a careful NumPy form had reached. The *error* is the largest
difference between the float32 results (outputs and gradients) and the same computation in
float64, relative to the largest element.

{table}

{reached} Measured on {date}, {machine}.

## Measure it yourself

`make bench` prints this table for your machine, `make bench ONLY=LSTM` some rows of it. Ratios
differ from machine to machine, since NumPy and torch use different libraries for matrix products,
and from run to run: mostly by some percent, in single rows by a factor of two when the machine
has other work. A ratio says nothing about a GPU, and little about larger sizes or more threads.

What makes the fast forms fast: one matrix product over all steps before a recurrent loop, and one
after it for the gradients of the weights; windows of pictures copied in chunks that fit the
cache, then one matrix product; pooling as four strided views; one tanh for all gates. Where a
chapter's fast form differs from the plain one, a cell shows that both give the same.
"""  # noqa: E501
NOTHING = """# How fast is it?

No run has been recorded yet: `make bench` measures, `make bench RECORD=1` keeps the numbers for
this page.
"""


def record(rows, rounds):
    """Keep a whole run."""
    for row in rows:
        row.update(ratio=round(row["ratio"], 3), error=float(f"{row['error']:.1e}"))
    data = {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": machine(),
        "rounds": rounds,
    }
    DATA.write_text(json.dumps(data | {"rows": rows}, indent=1) + "\n", encoding="utf-8")
    print(f"kept in {DATA.relative_to(ROOT)}; 'make pages' writes the page")


def page():
    """The page as Markdown."""
    if not DATA.exists():
        return NOTHING
    data = json.loads(DATA.read_text(encoding="utf-8"))
    lines = ["| forward + backward | by hand / torch | aim | | error |", "|:--|--:|--:|:--|--:|"]
    for row in data["rows"]:
        aim = "" if row["aim"] is None else f"{row['aim']:.2f}"
        verdict = "" if row["aim"] is None else "reached" if row["ratio"] <= row["aim"] else "above"
        lines.append(
            f"| {row['case']} | {row['ratio']:.2f} | {aim} | {verdict} | {row['error']:.0e} |"
        )
    aimed = [row for row in data["rows"] if row["aim"] is not None]
    count = sum(row["ratio"] <= row["aim"] for row in aimed)
    return TEXT.format(
        table="\n".join(lines),
        reached=f"{count} of {len(aimed)} aims were reached in this run.",
        **{key: data[key] for key in ("rounds", "date", "machine")},
    )
