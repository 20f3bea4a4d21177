"""The checker in a notebook: what a reader's answer does there stays inside."""

import nbclient
import nbformat
import pytest
from conftest import ROOT

ANSWERS = """
from byhand import exercises

def leaves(z):
    exit()

exercises.check("activations_and_losses.softmax", leaves)
"""


@pytest.mark.slow
def test_exit_leaves_the_kernel_running(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "code"))
    monkeypatch.setenv("BYHAND_PROGRESS", "off")
    cells = [nbformat.v4.new_code_cell(s) for s in (ANSWERS, "print('still here')")]
    nb = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(nb, timeout=120, kernel_name="python3").execute()
    said = nb.cells[0].outputs[0]["data"]["text/plain"]
    assert "NOT YET" in said and "SystemExit" in said, said
    assert nb.cells[1].outputs[0]["text"] == "still here\n"
