"""Every exercise of every chapter, solved in a real kernel with the
solution that the page shows."""

import ast
import re

import chapter
import nbformat
import pytest
from conftest import ROOT
from nbclient import NotebookClient

CHAPTERS = sorted((ROOT / "chapters").glob("[0-9][0-9]_*.ipynb"))
CHECK = re.compile(r'^exercises\.check\("([\w.]+)", (\w+)\)$')
SOLUTION = re.compile(r"<summary>Solution</summary>\n\n(.*?)\n\n</details>", re.S)


def exercises_of(nb):
    """(name, variable, stub cell, check cell, answer cell) of each checked exercise, in order."""
    found = []
    for k, cell in enumerate(nb.cells):
        asked = CHECK.match(cell.source) if cell.cell_type == "code" else None
        if asked:
            found.append((*asked.groups(), nb.cells[k - 1], cell, nb.cells[k + 1]))
    return found


def solving_code(name, variable, answer):
    """Code that gives the page's own solution to `variable`."""
    shown = SOLUTION.search(answer.source)[1]
    code = re.fullmatch(r"```python\n(.*)\n```", shown, re.S)
    if code:
        functions = [
            node.name for node in ast.parse(code[1]).body if isinstance(node, ast.FunctionDef)
        ]
        return f"{code[1]}\n\n\n{variable} = {functions[-1]}"
    return f"{variable} = {re.match(r'One right answer: `(.*?)`', shown)[1]}"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_page_shows_the_registered_exercises(path):
    nb = nbformat.read(path, 4)
    found = exercises_of(nb)
    assert len(found) >= 4, "a chapter has at least four exercises that are checked"
    for name, variable, stub, check, answer in found:
        assert answer.metadata.get("tags") == [f"answer:{name}"], (
            f"{name}: its hints should follow the check"
        )
        assert answer.source == chapter.folded_answers(name), (
            f"{name}: run 'make chapter' to renew the hints"
        )
        assert re.search(rf"^(def {variable}\(|{variable} = \.\.\.)", stub.source, re.M), (
            f"{name}: no stub"
        )
        assert "NOT ATTEMPTED" in check.outputs[0].data["text/plain"], name


@pytest.mark.slow
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_page_solutions_pass(path, monkeypatch, tmp_path):
    """The page's solutions, run in a fresh kernel: setup, first imports, then stub,
    solution and check."""
    monkeypatch.setenv("BYHAND_PROGRESS", str(tmp_path / "progress.json"))
    nb = nbformat.read(path, 4)
    found = exercises_of(nb)
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    cells = [code[0], nbformat.v4.new_code_cell("import numpy as np\nfrom byhand import exercises")]
    for name, variable, stub, check, answer in found:
        cells += [stub, nbformat.v4.new_code_cell(solving_code(name, variable, answer)), check]
    short = nbformat.v4.new_notebook(cells=cells, metadata=nb.metadata)
    where = {"metadata": {"path": str(path.parent)}}
    NotebookClient(short, timeout=120, resources=where).execute()
    for name, _, _, check, _ in found:
        assert check.outputs[0].data["text/plain"].startswith(f"PASSED  {name}"), name
    assert all(name in (tmp_path / "progress.json").read_text() for name, *_ in found)
