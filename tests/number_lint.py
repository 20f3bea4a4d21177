"""Checks on what a page prints: results are numbers with measured bands,
claims are asserts in folded cells.

As in notebook_lint: each takes a notebook and its name, and returns a list of problems in words.
"""

import ast
import re
from types import SimpleNamespace

import bands_record
from bands_record import bands

# Chapters whose findings are numbers; the others are held to it once they are converted.
CONVERTED = {
    "01_neuron",
    "01s_margins",
    "02_activations_and_losses",
    "02s_hinge_and_practice",
    "03_mlp",
    "04_autodiff",
    "05_optimisation",
    "06_generalisation",
    "06s_dropout_and_gaps",
    "07_cnn",
    "07s_shifts_and_variants",
    "08_deep_cnns",
    "08s_gallery",
    "09_rnn",
    "09s_more_recurrence",
    "10_lstm",
    "10s_lstm_variants",
    "12_seq2seq",
    "12s_decoding",
    "13_attention",
    "13s_hard_local_pointing",
    "14_self_attention",
    "14s_convolution_speech_graphs",
    "15_masks",
    "15s_masks_in_torch",
    "16_transformer",
    "16s_dates",
    "17_pretraining",
    "17s_since_2017",
    "18_vision_transformer",
    "19_efficient_attention",
    "20_memory",
    "21_rbm",
    "22_gan",
    "23_dqn",
    "11_gru",
}
# Notebooks whose numbers are still compared strictly, since no run under eight roundings was made.
UNMEASURED = set()
VERDICT = re.compile(r"\b(?:True|False|yes|no|ok|holds|passed|failed)\W*$")
THRESHOLD = re.compile(
    r"\b(?:below|above|under|over|within|beyond|at least|at most|(?:more|less|fewer|better|worse) than)\s+"
    r"(?:a |an |one |two |\d)|[<>]=?\s*\d"
)


def check_bands(nb, name):
    """Each cell's bands are the ones that `make spread` measured, and its numbers lie in them."""
    if name in UNMEASURED and bands_record.read(SimpleNamespace(stem=name)) is None:
        typed = [i for i, cell in enumerate(nb.cells) if "bands" in cell.metadata]
        return [f"{name}, cell {i}: a band that was not measured" for i in typed]
    return bands_record.check(SimpleNamespace(stem=name), nb, name)


def check_verdicts(nb, name):
    """No printed line is a verdict on a finding. A logical fact may be
    True in a cell tagged `fact`."""
    if name not in CONVERTED:
        return []
    problems = []
    for i, cell in enumerate(nb.cells):
        if cell.cell_type != "code" or "exercises.check(" in cell.source:
            continue
        fact = "fact" in cell.metadata.get("tags", [])
        for line in printed_lines(cell):
            if is_verdict(line) and (not fact or THRESHOLD.search(line)):
                problems.append(
                    f"{name}, cell {i}: a verdict where a number belongs: {line.strip()!r}"
                )
        for text in printed_strings(cell.source):
            if THRESHOLD.search(text):
                problems.append(
                    f"{name}, cell {i}: prints a threshold that somebody typed: {text.strip()!r}"
                )
    return problems


def is_verdict(line):
    """True for words that end in a verdict; rows of booleans, such as a mask, are data."""
    said = re.sub(r"\b(?:True|False)\b", "", line)
    return bool(VERDICT.search(line)) and bool(re.search(r"[A-Za-z]", said))


def printed_lines(cell):
    """The lines that a cell shows as text; code listings and descriptions
    of figures are not among them."""
    for output in cell.outputs:
        if any(kind.startswith("image/") for kind in output.get("data", {})):
            continue
        for text in bands.texts([output]):
            if not text.exact:
                yield from text.text.splitlines()


def printed_strings(source):
    """The words that a cell's calls of print hold, as they stand in its source."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a line for IPython
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print":
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def check_claims(nb, name):
    """What the text claims of its numbers is asserted: in folded cells that print nothing,
    with a message."""
    if name not in CONVERTED:
        return []
    problems = []
    for i, cell in enumerate(nb.cells):
        if cell.cell_type != "code":
            continue
        where, tags = f"{name}, cell {i}", cell.metadata.get("tags", [])
        asserts = top_level_asserts(cell.source)
        if "claims" in tags and (not asserts or cell.outputs or "hide-input" not in tags):
            problems.append(
                f"{where}: a cell of claims holds asserts, is folded, and prints nothing"
            )
        if asserts and "claims" not in tags:
            problems.append(f"{where}: an assert outside a cell tagged 'claims'")
        if any(statement.msg is None for statement in asserts):
            problems.append(f"{where}: an assert without a message that names the value")
    return problems


def top_level_asserts(source):
    """The assert statements of a cell that stand in no function."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return []
    found = []
    for statement in body:
        if isinstance(statement, ast.Assert):
            found.append(statement)
        elif isinstance(statement, ast.For | ast.With | ast.If):
            found += [node for node in ast.walk(statement) if isinstance(node, ast.Assert)]
    return found


EVERYWHERE = [check_bands, check_verdicts, check_claims]
