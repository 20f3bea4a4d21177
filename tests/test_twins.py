"""The twins: every pair equals torch forward, and autograd backward (twin_table.py)."""

import importlib
import inspect
import pkgutil

import byhand
import pytest
from layer_checks import assert_equals_torch
from twin_table import ROWS

# Functions that are no pairs of their own, with the reason.
PARTS = {
    "gru.gru_step_backward": "a part of gru_cell_backward and gru_backward",
    "turing_machine.heads_backward": "a part of turing_machine_backward",
    "turing_machine.squash_backward": "a part of turing_machine_backward",
    "self_attention.project_backward": "a part of multi_head_backward",
}
ROOMS = ("exercises", "pt", "data", "plots")


def backward_functions():
    """The public functions `*_backward` of the modules of byhand, as "module.function"."""
    found = set()
    for module in pkgutil.iter_modules(byhand.__path__):
        if module.name not in ROOMS:
            loaded = importlib.import_module(f"byhand.{module.name}")
            found |= {
                f"{module.name}.{name}"
                for name, value in inspect.getmembers(loaded, inspect.isfunction)
                if name.endswith("_backward") and not name.startswith("_")
                if value.__module__ == loaded.__name__
            }
    return found


def test_every_backward_function_has_a_row():
    found, rows = backward_functions(), {row.backward for row in ROWS}
    assert found - rows - PARTS.keys() == set(), "without a row in twin_table.py"
    assert rows | PARTS.keys() <= found, "rows of functions that are not there any more"


CASES = [
    pytest.param(row, what, id=f"{row.backward.removesuffix('_backward')}-{what}")
    for row in ROWS
    for what in row.torch
]


@pytest.mark.parametrize(("row", "what"), CASES)
def test_twin(row, what):
    module, name = row.backward.split(".")
    function = getattr(importlib.import_module(f"byhand.{module}"), name)

    def backward(*douts_and_cache):
        grads = function(*row.given, *douts_and_cache)
        kept = grads if isinstance(grads, tuple) else (grads,)
        return tuple(grad for grad in kept if grad is not None)  # None: labels, tokens, lengths

    assert_equals_torch(
        row.forward, backward, row.torch[what], *row.args, slack=row.slack, floor=0.1
    )
