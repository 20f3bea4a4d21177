"""A plugin for nbval (`-p nbval_numbers`): outputs are compared as bands.py says,
numbers within their bands.

Used by every run of the notebooks: `make test`, `make test-cpu`, `make test-colab`,
the nightly workflow.
"""

import bands
import pytest
from nbval import plugin

STRICT = {}  # {notebook: why its numbers, or some of them, are compared strictly}


def compare_outputs(item, test, ref, skip_compare=None):
    """In place of nbval's own method of a cell: True if the outputs agree;
    else it keeps the reason."""
    recorded = item.cell.metadata.get("bands")
    trouble = bands.broken(recorded)
    note = None
    if trouble:
        note = f"the bands of cell {item.cell_num} are broken ({trouble})"
    elif not any("bands" in cell.metadata for cell in item.parent.nb.cells):
        note = "it has no bands: 'make spread' measures them"
    if note:
        STRICT.setdefault(item.parent.path.name, note)
    problems = bands.compare(bands.texts(ref), bands.texts(test), None if trouble else recorded)
    item.comparison_traceback = [f"  {problem}" for problem in problems]
    if problems and note:
        item.comparison_traceback.append(f"  (compared strictly: {note})")
    return not problems


def pytest_configure(config):
    plugin.IPyNbCell.compare_outputs = compare_outputs


def pytest_report_header(config):
    numbers = "numbers must lie in their bands, and are strict where none is recorded"
    return f"nbval: words must be equal; {numbers}"


def pytest_sessionfinish(session):
    """Where tests run in several processes, each sends what it noticed to the first."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["strict"] = dict(STRICT)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    STRICT.update(getattr(node, "workeroutput", {}).get("strict", {}))


def pytest_terminal_summary(terminalreporter):
    for name, why in sorted(STRICT.items()):
        terminalreporter.write_line(f"{name}: numbers were compared strictly, because {why}.")
