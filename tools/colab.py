"""Run every notebook as Colab would: alone in an empty folder,
with Colab's versions of the libraries.

The notebook's setup cell then fetches the book's code. Here it fetches it
from a local copy of this working
tree: git is told to read that copy wherever the notebook names the book's address,
so that not one byte of the notebook changes. Outputs are compared with the stored ones,
apart from pictures. `--share 4` runs a quarter of the notebooks, another one each day.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import environment
import nbformat
from chapter import SETUP, book_url
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from suite import ROOT, Result, nbval_command, notebooks, offline, run_pytest, run_stages, share

VENV = ROOT / ".venv-colab"
KERNEL = "colab-like"
# What Colab's runtime holds (its published list of August 2026). torch: see torch_version.
PACKAGES = {
    "ipython": "7.34.0",
    "ipykernel": "6.17.1",
    "numpy": "2.1.3",
    "scipy": "1.16.3",
    "matplotlib": "3.10.0",
    "scikit-learn": "1.6.1",
}
COLAB_TORCH = "2.11.0"
FROM_LOCK = ("Babel", "tqdm", "nltk", "gymnasium")
NAME = book_url().rsplit("/", 1)[1]


def choose():
    """(Python, torch version, pip options): Colab's torch where its CPU build can be had,
    else the lock's."""
    if environment.answers(environment.TORCH_CPU + "/torch/"):
        options = ["--extra-index-url", environment.TORCH_CPU]
        for name in ("python3.13", "python3.12"):
            if (
                shutil.which(name)
                and subprocess.run([name, "-c", "import ensurepip"]).returncode == 0
            ):
                return shutil.which(name), COLAB_TORCH, options
        return sys.executable, COLAB_TORCH, options
    return sys.executable, environment.locked()["torch"], []


def make_environment():
    """Make .venv-colab, unless it is there; return None or what went wrong."""
    python, torch, options = choose()
    lock = {name.lower(): version for name, version in environment.locked().items()}
    wanted = {**PACKAGES, "torch": torch, **{name: lock[name.lower()] for name in FROM_LOCK}}
    key = json.dumps([python, wanted])
    stamp = VENV / ".ready"
    if stamp.exists() and stamp.read_text() == key:
        return None
    made = subprocess.run(
        [python, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True
    )
    if made.returncode:
        return environment.reason(made.stdout + made.stderr)
    pins = [f"{name}=={version}" for name, version in wanted.items()]
    problem = environment.pip(VENV, [*options, *pins])
    if problem is None:
        stamp.write_text(key)
    return problem


def prepare():
    """The first stage: the environment, and what is in it."""
    problem = make_environment()
    if problem:
        return Result(ok=False, first=f"the environment is not finished: {problem}")
    have = environment.installed(VENV)
    names = {name.lower(): version for name, version in have.items()}
    shown = ", ".join(f"{name} {names[name]}" for name in (*PACKAGES, "torch"))
    version = [str(environment.python_of(VENV)), "--version"]
    print(subprocess.run(version, capture_output=True, text=True).stdout.strip() + ", " + shown)
    if not names["torch"].startswith(COLAB_TORCH):
        print(
            f"(Colab has torch {COLAB_TORCH}; its CPU build could not be had here, so the lock's "
            "is used)"
        )
    return Result(ok=True)


def copy_of_the_book(folder):
    """A git repository that holds the working tree as it is, uncommitted changes too."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True).stdout.splitlines()
    for name in names or [path.relative_to(ROOT) for path in (ROOT / "code").rglob("*.py")]:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    who = ["-c", "user.name=book", "-c", "user.email=book@localhost"]
    for command in (
        ["init", "-q"],
        ["add", "-A"],
        [*who, "commit", "-q", "-m", "the working tree"],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def settings(work, remote):
    """Environment variables: our kernel, and git reading `remote` in
    place of the book's address."""
    return {
        **{
            name: value
            for name, value in os.environ.items()
            if name not in ("PYTHONPATH", "VIRTUAL_ENV")
        },
        "JUPYTER_PATH": str(work / "jupyter"),
        "BYHAND_PROGRESS": "off",
        "BYHAND_BAR": "0",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{remote.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": book_url(),
        "GIT_TERMINAL_PROMPT": "0",
        **offline(),
    }


def write_kernel(work):
    folder = work / "jupyter" / "kernels" / KERNEL
    folder.mkdir(parents=True)
    command = [
        str(environment.python_of(VENV)),
        "-m",
        "ipykernel_launcher",
        "-f",
        "{connection_file}",
    ]
    spec = {"argv": command, "display_name": "Like Colab", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))


def run_alone(work, remote, parts=1):
    """Every notebook, or today's share of them, alone in its folder; outputs compared."""
    copies, files = [], share(notebooks(), parts)
    if parts > 1:
        print("Today's share: " + ", ".join(path.stem for path in files), flush=True)
    for path in files:
        folder = work / "alone" / path.stem
        folder.mkdir(parents=True)
        copies.append(shutil.copy(path, folder))
    command = [part for part in nbval_command(copies) if part != "--nbval-current-env"]
    command += [
        "--nbval-kernel-name",
        KERNEL,
        "--rootdir",
        str(work),
        "-c",
        str(ROOT / "pyproject.toml"),
    ]
    result = run_pytest(command, settings(work, remote), "Colab's versions")
    missing = [
        copy
        for copy in copies
        if not (pathlib.Path(copy).parent / NAME / "code" / "byhand").is_dir()
    ]
    if missing:
        return result._replace(
            ok=False, failed=result.failed + 1, first=f"no copy was fetched by {missing[0]}"
        )
    return result


def run_cells(folder, environment_variables, *sources):
    """Run cells in a kernel of their own in `folder`; return what they printed,
    or the error's text."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    client = NotebookClient(
        nb, timeout=120, kernel_name=KERNEL, resources={"metadata": {"path": str(folder)}}
    )
    try:
        client.execute(env=environment_variables)
    except CellExecutionError as error:
        return f"{error.ename}: {error.evalue}"
    outputs = [output.get("text", "") for cell in nb.cells for output in cell.outputs]
    return "".join(outputs).strip()


# Run after the setup cell: how often the code is on the path, and the clone's age to tell a second
# clone.
REPORT = (
    "print(sys.path.count(str(root / 'code')), "
    "(root / '.git' / 'HEAD').stat().st_mtime_ns, root.name)"
)


def setup_cases(work, remote):
    """The setup cell elsewhere, twice, without a network, and in the book: [(case,
    problem or None)]."""
    fetching, no_network = settings(work, remote), settings(work, work / "nowhere")
    twice, none = work / "twice", work / "none"
    twice.mkdir()
    (none / f"{NAME}.part").mkdir(parents=True)
    once = run_cells(twice, fetching, SETUP, REPORT)
    again = run_cells(twice, no_network, SETUP, SETUP, REPORT)
    offline = run_cells(none, no_network, SETUP)
    inside = run_cells(remote / "chapters", no_network, SETUP, "print(root)")
    left = sorted(path.name for path in none.iterdir())
    return [
        ("fetches the code once", None if once.startswith("1 ") and once.endswith(NAME) else once),
        (
            "a second run, and a second kernel, fetch nothing",
            None if again == once else f"{once} / {again}",
        ),
        (
            "no network: one sentence",
            None if offline.startswith("SystemExit: Could not") else offline,
        ),
        ("no network: nothing is left behind", f"left: {left}" if left else None),
        ("inside the repository: does nothing", None if inside == str(remote) else inside),
    ]


def run_setup(work, remote):
    cases = setup_cases(work, remote)
    for case, problem in cases:
        print(
            f"  {'ok' if problem is None else 'FAILED'}  {case}"
            + (f": {problem}" if problem else "")
        )
    bad = [f"{case}: {problem}" for case, problem in cases if problem is not None]
    return Result(not bad, len(cases) - len(bad), len(bad), 0, bad[0] if bad else "")


def main():
    parser = argparse.ArgumentParser(description="Run every notebook as Colab would.")
    parser.add_argument("--share", type=int, default=1, help="only each n-th notebook, by day")
    parts = parser.parse_args().share
    if shutil.which("git") is None:
        raise SystemExit("git is needed for this test, and is not installed.")
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder).resolve()
        (work / "remote").mkdir()
        remote = copy_of_the_book(work / "remote")
        write_kernel(work)
        os.environ["JUPYTER_PATH"] = str(work / "jupyter")
        return run_stages(
            [
                ("Colab's versions", prepare),
                ("Setup cell", lambda: run_setup(work, remote)),
                ("Notebooks alone in an empty folder", lambda: run_alone(work, remote, parts)),
            ]
        )


if __name__ == "__main__":
    sys.exit(main())
