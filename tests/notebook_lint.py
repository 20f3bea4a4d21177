"""Checks on notebook files that nbval does not make. Each returns a list of problems, in words;
[] is good.

A check takes a notebook and the name to call it by, and never raises for a bad notebook.
"""

import copy
import re

import chapter  # tools/chapter.py: the setup cell and the canonical form
import fold_titles
import nbformat
import number_lint

# The sections of a chapter, in order: see CONTRIBUTING.md. The opening, before the first, has no
# heading.
SECTIONS = [
    "What fails",
    "By hand",
    "The idea, forward",
    "Backward",
    "Check",
    "In PyTorch",
    "Experiment",
    "When it breaks",
    "Exercises",
    "Summary",
]
# The second edition's, and the chapters that follow it.
SECTIONS_2 = [
    "What fails",
    "The idea",
    "Backward",
    "Build it",
    "Does it work?",
    "When it breaks",
    "In practice",
    "Exercises",
    "Summary",
]
SECOND_EDITION = {
    "01_neuron",
    "02_activations_and_losses",
    "03_mlp",
    "04_autodiff",
    "05_optimisation",
    "06_generalisation",
    "07_cnn",
    "08_deep_cnns",
    "09_rnn",
    "10_lstm",
    "11_gru",
    "12_seq2seq",
    "13_attention",
    "14_self_attention",
    "15_masks",
    "16_transformer",
    "17_pretraining",
    "18_vision_transformer",
    "19_efficient_attention",
    "20_memory",
    "21_rbm",
    "22_gan",
    "23_dqn",
}
# Sections that a chapter truly has no content for: {chapter: {section: reason}}.
WITHOUT_SECTION = {}
# Cells whose output nbval may ignore (timings): {chapter: number of such cells}.
IGNORED_OUTPUTS = {
    "16s_dates": 1,  # the seconds of the training on dates
}
IGNORED_SHARE = 0.05

LONGEST_CELL = 28  # of 80 columns: one idea; the number of lines follows from that
LONGEST_FIGURE = 34  # or another folded cell
LONGEST_PROGRAM = 40  # the plain program that a reader types
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")
ABSOLUTE_PATH = re.compile(
    r"(?<![\w.:/~-])/(?:home|root|tmp|usr|opt|var|work|mnt|media|private|Users|content|builds)/[\w.-]|\b[A-Z]:\\\w"
)
NBVAL_MARK = re.compile(r"(?:#\s*(?:NBVAL|PYTEST_VALIDATE)_\w+|^nbval-[\w-]+$|^raises-exception$)")
MYST_ONLY = {
    "a colon fence": r"^\s*:::",
    "a directive": r"^\s*`{3,}\{",
    "a role": r"\{[a-z][\w:+-]*\}`",
    "a label": r"^\([\w:-]+\)=\s*$",
    "a footnote": r"\[\^[\w-]+\]",
    "a substitution": r"\{\{\s*\w+\s*\}\}",
    "a GitHub alert; write '> **Note.** ...'": r"^\s*>\s*\[!",
    "a task list": r"^\s*[-*+]\s+\[[ xX]\]\s",
    "a numbered align; write $$\\begin{aligned}...\\tag{}$$": r"\\begin\{align\}",
}
FILE_NAME = re.compile(r"\.(png|svg|jpe?g|gif|webp)\b|^[\w./-]+$", re.I)
FENCE = re.compile(r"^(`{3,}|~{3,})[^{`]*\n.*?^\1\s*$", re.M | re.S)
INLINE_CODE = re.compile(r"(?<!\})`[^`\n]+`")  # not what follows {ref}: that is a role


def code_cells(nb):
    """Yield (number in the notebook, cell) for each code cell."""
    return ((i, cell) for i, cell in enumerate(nb.cells) if cell.cell_type == "code")


def prose(nb):
    """Yield (number, text) for each Markdown cell."""
    return ((i, cell.source) for i, cell in enumerate(nb.cells) if cell.cell_type == "markdown")


def tags(cell):
    return cell.metadata.get("tags", [])


def is_setup(cell):
    return "setup" in tags(cell)


def without_code(text):
    """The text with fenced and inline code blanked out, line by line."""
    text = FENCE.sub(lambda m: "\n" * m[0].count("\n"), text)
    return INLINE_CODE.sub("code", text)


def check_run_in_order(nb, name):
    """Every code cell has been run, from the top, in one fresh kernel."""
    problems = []
    for wanted, (i, cell) in enumerate(code_cells(nb), start=1):
        if cell.execution_count is None:
            problems.append(f"{name}, cell {i}: not run")
        elif cell.execution_count != wanted:
            problems.append(
                f"{name}, cell {i}: run as number {cell.execution_count}, expected {wanted}"
            )
    return problems


def output_texts(output):
    """Yield each text that an output shows."""
    if "text" in output:
        yield output.text
    for kind, value in output.get("data", {}).items():
        if kind.startswith("text/") or kind == "image/svg+xml":
            yield value if isinstance(value, str) else "".join(value)


def check_outputs(nb, name):
    """No errors, no stderr, no widgets, no memory addresses,
    no paths of the machine it was run on."""
    problems = []
    for i, cell in code_cells(nb):
        for output in cell.outputs:
            where = f"{name}, cell {i}"
            if output.output_type == "error":
                problems.append(f"{where}: stored error {output.ename}: {output.evalue}")
            if output.get("name") == "stderr":
                problems.append(f"{where}: stderr output: {output.text.strip()[:80]!r}")
            if any("widget" in kind for kind in output.get("data", {})):
                problems.append(f"{where}: widget output, which no page can show")
            for text in output_texts(output):
                if ADDRESS.search(text):
                    problems.append(
                        f"{where}: memory address in the output: {ADDRESS.search(text)[0]}"
                    )
                if ABSOLUTE_PATH.search(text):
                    problems.append(f"{where}: absolute path in the output: {path_in(text)}")
    return problems


def path_in(text):
    start = ABSOLUTE_PATH.search(text).start()
    return text[start:].split()[0][:80]


def check_metadata(nb, name):
    """Kernel and language as every notebook has them, and no traces of a run:
    `make chapter` writes this."""
    problems = []
    for key, wanted in chapter.METADATA.items():
        if nb.metadata.get(key) != wanted:
            problems.append(f"{name}: {key} is {nb.metadata.get(key)}, expected {wanted}")
    if not problems and chapter.normalise(copy.deepcopy(nb)) != nb:
        problems.append(
            f"{name}: not in its canonical form; run: make chapter N={name.split('_')[0]}"
        )
    return problems


def bad_alt(alt):
    """Say what is wrong with an alternative text, or return None."""
    if not alt:
        return "no alternative text"
    if FILE_NAME.search(alt):
        return f"a file name as alternative text: {alt!r}"
    if len(alt.split()) < 4 or alt.rstrip()[-1] not in ".!?":
        return f"an alternative text that is not a sentence: {alt!r}"
    return None


def check_figures(nb, name):
    """Every figure says what it shows."""
    problems = []
    for i, cell in code_cells(nb):
        for output in cell.outputs:
            for kind in output.get("data", {}):
                if kind.startswith("image/"):
                    alt = output.metadata.get(kind, {}).get("alt")
                    problem = bad_alt(alt)
                    if problem is None and output.data.get("text/plain") != alt:
                        problem = "a figure whose plain text is not its alternative text"
                    if problem:
                        problems.append(f"{name}, cell {i}: {problem}")
    for i, text in prose(nb):
        for alt in re.findall(r"!\[(.*?)\]\(", without_code(text)):
            if bad_alt(alt):
                problems.append(f"{name}, cell {i}: {bad_alt(alt)}")
    return problems


def headings(nb, level):
    """The headings of one level: [(cell, text)]."""
    pattern = re.compile(rf"^{'#' * level} (.+?)\s*$", re.M)
    return [(i, m[1]) for i, text in prose(nb) for m in pattern.finditer(without_code(text))]


def check_title(nb, name):
    titles = headings(nb, 1)
    if len(titles) != 1 or titles[0][0] != 0:
        return [
            f"{name}: expected one title (# ...), in the first cell, got {[t for _, t in titles]}"
        ]
    return []


def check_sections(nb, name):
    """The sections of the chapter standard, in order, none missing without a reason."""
    found = [text for _, text in headings(nb, 2)]
    sections = SECTIONS_2 if name in SECOND_EDITION else SECTIONS
    excused = WITHOUT_SECTION.get(name, {})
    missing = [text for text in sections if text not in found and text not in excused]
    unknown = [text for text in found if text not in sections]
    problems = [f"{name}: section missing: {text!r}" for text in missing]
    problems += [
        f"{name}: not a section of the chapter standard: {text!r} (use ###)" for text in unknown
    ]
    problems += [
        f"{name}: excused for lacking {text!r}, and has it" for text in excused if text in found
    ]
    known = [text for text in found if text in sections]
    if known != sorted(known, key=sections.index) or len(set(known)) != len(known):
        problems.append(f"{name}: sections out of order or twice: {known}")
    return problems


def check_setup(nb, name):
    """The first code cell is the setup cell, the same in every notebook."""
    cells = [cell for _, cell in code_cells(nb)]
    if not cells or not is_setup(cells[0]):
        return [f"{name}: the first code cell is not the setup cell (tag 'setup')"]
    problems = []
    if sum(map(is_setup, cells)) > 1:
        problems.append(f"{name}: more than one setup cell")
    if cells[0].source != chapter.SETUP:
        problems.append(
            f"{name}: the setup cell differs from the one in tools/chapter.py; run: make chapter"
        )
    return problems


def check_length(nb, name):
    """Cells short enough to hold one idea; blank lines are free,
    and a folded figure may be longer."""
    problems = []
    for i, cell in code_cells(nb):
        lines = fold_titles.without_title(cell.source).splitlines()
        count = sum(bool(line.strip()) for line in lines)
        tags = cell.metadata.get("tags", [])
        most = LONGEST_FIGURE if "hide-input" in tags else LONGEST_CELL
        most = LONGEST_PROGRAM if "program" in tags else most
        if count > most and not is_setup(cell):
            problems.append(f"{name}, cell {i}: {count} lines, expected at most {most}")
    return problems


def check_silence(nb, name):
    """No semicolon at a cell's end: it silences a value in JupyterLab, but not in nbval's runs."""
    ends = [(i, cell.source.rstrip()) for i, cell in code_cells(nb)]
    return [
        f"{name}, cell {i}: ends in ';', which nbval does not heed; write '_ = ...'"
        for i, source in ends
        if source.endswith(";")
    ]


def check_portable(nb, name):
    """Nothing that JupyterLab, Colab or GitHub would show as raw text."""
    problems = []
    for i, source in prose(nb):
        text = without_code(source)
        for what, pattern in MYST_ONLY.items():
            # Directives and alerts open with backticks or brackets of their own, so look at the
            # source too.
            found = re.search(pattern, source if what == "a directive" else text, re.M)
            if found:
                problems.append(f"{name}, cell {i}: {what}: {found[0].strip()!r}")
    return problems


def check_details(nb, name):
    """Folded blocks: balanced, and with the blank lines without which Markdown inside stays raw."""
    problems = []
    for i, source in prose(nb):
        where, text = f"{name}, cell {i}", without_code(source)
        for tag in ("details", "summary"):
            if len(re.findall(rf"<{tag}\b", text)) != len(re.findall(rf"</{tag}>", text)):
                problems.append(f"{where}: <{tag}> and </{tag}> do not balance")
        if re.search(r"</summary>[^\n]*\n[^\n]*\S", text) or re.search(r"</summary>[ \t]*\S", text):
            problems.append(f"{where}: a blank line is missing after </summary>")
        if re.search(r"\S[^\n]*\n[^\S\n]*</details>", text):
            problems.append(f"{where}: a blank line is missing before </details>")
    return problems


def nbval_marks(nb):
    """The cells that ask nbval for something else than a strict comparison: [(cell, mark)]."""
    marks = []
    for i, cell in code_cells(nb):
        marks += [(i, m[0]) for m in NBVAL_MARK.finditer(cell.source)]
        marks += [(i, tag) for tag in tags(cell) if NBVAL_MARK.search(tag)]
    return marks


def check_marks(nb, name):
    """Only cells on the list escape the comparison, and only by having their output ignored."""
    marks = nbval_marks(nb)
    problems = [
        f"{name}, cell {i}: {mark} is not allowed"
        for i, mark in marks
        if mark.replace("-", "_").upper().removeprefix("# ").removeprefix("#")
        != "NBVAL_IGNORE_OUTPUT"
    ]
    allowed = IGNORED_OUTPUTS.get(name, 0)
    if len(marks) != allowed:
        problems.append(
            f"{name}: {len(marks)} cells with ignored output, the list allows {allowed}"
        )
    return problems


EVERYWHERE = [
    check_run_in_order,
    check_outputs,
    check_metadata,
    check_figures,
    check_title,
    check_setup,
    check_length,
    check_silence,
    check_portable,
    check_details,
    check_marks,
    *number_lint.EVERYWHERE,
]
CHECKS = {check.__name__.removeprefix("check_"): check for check in [*EVERYWHERE, check_sections]}


def lint(nb, name, chapter_like=True):
    """All problems of one notebook; the landing page has no sections."""
    checks = [*EVERYWHERE, check_sections] if chapter_like else EVERYWHERE
    return [problem for check in checks for problem in check(nb, name)]


def ignored_share(notebooks):
    """The share of cells with output, in the whole book, whose output nbval ignores."""
    with_output = sum(bool(cell.outputs) for nb in notebooks for _, cell in code_cells(nb))
    return sum(len(nbval_marks(nb)) for nb in notebooks) / max(with_output, 1)


def read(path):
    return nbformat.read(path, 4)
