"""Make the book's environment, or write its lock file. Runs under the system's Python;
standard library only.

python tools/environment.py .venv           make the environment, or finish one that was interrupted
python tools/environment.py --lock .venv    write the installed versions to requirements-lock.txt
"""

import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements-lock.txt"
TORCH_CPU = "https://download.pytorch.org/whl/cpu"
OLDEST = (3, 11)
SPACE_NEEDED = 2.2e9  # bytes: what the environment takes, with room for the largest download

# What pip says, and what it means for the reader.
REASONS = [
    (
        r"No space left on device|Errno 28|not enough space",
        "the disk is full (about 2 GB are needed)",
    ),
    (
        r"NewConnectionError|NameResolutionError|name resolution|getaddrinfo|Network is unreachable"
        r"|ConnectTimeout|ReadTimeout|ProxyError|Max retries exceeded"
        r"|Connection (?:refused|reset|aborted|broken)",
        "the package index cannot be reached: no network, or a proxy in between. Run it again "
        "later",
    ),
    (
        r"SSLError|CERTIFICATE_VERIFY_FAILED",
        "the package index's certificate is not trusted by this Python",
    ),
    (r"Permission denied|Errno 13", "a folder cannot be written to"),
    (
        r"No matching distribution found for (\S+)",
        "this Python or this kind of computer has no package for {0}",
    ),
]


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "--lock":
        return write_lock(pathlib.Path(arguments[1]))
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(__doc__)
        return 2
    return make(pathlib.Path(arguments[0]))


def make(venv):
    """Make or finish the environment in the folder `venv`; return the exit status."""
    started = time.time()
    problem = missing_in_python()
    if problem:
        return fail(problem)
    print(f"Environment for the book, in {venv} (once; a few minutes and about 2 GB)", flush=True)
    free = shutil.disk_usage(ROOT).free
    if not venv.exists() and free < SPACE_NEEDED:
        print(f"  Careful: only {free / 1e9:.1f} GB are free on this disk.")
    (venv / ".ready").unlink(missing_ok=True)
    for step in (create_venv, install_torch, install_lock, install_book):
        problem = step(venv)
        if problem:
            return fail(problem)
    (venv / ".ready").touch()
    print(f"  ready after {time.time() - started:.0f} s")
    return 0


def fail(problem):
    print(f"\nThe environment is not finished: {problem}.", file=sys.stderr)
    return 1


def missing_in_python():
    """Return what this Python lacks, in words, or None."""
    if sys.version_info < OLDEST:
        return (
            f"Python 3.11 or newer is needed, and {sys.executable} is {platform.python_version()}"
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return (
            f"{sys.executable} comes without its venv module. On Debian and Ubuntu: "
            f"apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        )
    return None


def python_of(venv):
    return venv / "bin" / "python" if os.name != "nt" else venv / "Scripts" / "python.exe"


def create_venv(venv):
    """Make an empty environment, unless a sound one of this Python's version is there."""
    if healthy(venv):
        remove_half_installed(venv)
        return None
    command = [sys.executable, "-m", "venv", "--clear", str(venv)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        return reason(result.stdout + result.stderr)
    return None


def healthy(venv):
    """Say whether `venv` is a working environment, with pip,
    of the version of Python that runs this."""
    probe = "import sys, pip; print(*sys.version_info[:2])"
    try:
        answer = subprocess.run([str(python_of(venv)), "-c", probe], capture_output=True, text=True)
    except OSError:
        return False
    return answer.stdout.split() == [str(part) for part in sys.version_info[:2]]


def remove_half_installed(venv):
    """Forget packages whose installation was cut short: pip writes RECORD last,
    and trusts what lacks it."""
    for packages in [*venv.glob("lib/python*/site-packages"), *venv.glob("Lib/site-packages")]:
        for info in packages.glob("*.dist-info"):
            if not (info / "RECORD").exists():
                shutil.rmtree(info)
        for remains in packages.glob("~*"):
            shutil.rmtree(remains, ignore_errors=True)


def locked():
    """Return {name: version} of the lock file."""
    lines = (line.partition("#")[0].strip() for line in LOCK.read_text().splitlines())
    return dict(line.split("==") for line in lines if line)


def installed(venv):
    """Return {name: version} of what the environment holds."""
    code = (
        "import json, importlib.metadata as m;"
        "print(json.dumps({d.metadata['Name']: d.version for d in m.distributions()}))"
    )
    answer = subprocess.run([str(python_of(venv)), "-c", code], capture_output=True, text=True)
    return json.loads(answer.stdout)


def install_torch(venv):
    """On Linux take torch's CPU build where its index answers:
    a fifth of the size of the default one."""
    wanted = locked()["torch"]
    if installed(venv).get("torch", "").partition("+")[0] == wanted:
        return None
    if platform.system() == "Linux" and answers(TORCH_CPU + "/torch/"):
        # --no-deps: what torch needs is in the lock, and comes from the usual index.
        options = ["--no-deps", "--index-url", TORCH_CPU, f"torch=={wanted}"]
        if pip(venv, options) is None:
            return None
    return pip(venv, [f"torch=={wanted}"])


def answers(url, seconds=3):
    try:
        with urllib.request.urlopen(url, timeout=seconds):
            return True
    except (OSError, ValueError):
        return False


def install_lock(venv):
    return pip(venv, ["-r", str(LOCK)])


def install_book(venv):
    """Install `byhand` from code/, editable, unless it is."""
    code = (
        "import json, importlib.metadata as m;"
        "print(json.loads(m.distribution('byhand').read_text('direct_url.json'))['url'])"
    )
    answer = subprocess.run([str(python_of(venv)), "-c", code], capture_output=True, text=True)
    if answer.stdout.strip() == ROOT.as_uri():
        return None
    return pip(venv, ["--no-deps", "-e", str(ROOT)])


def pip(venv, options):
    """Run `pip install`, which shows how far it is; return None, or what went wrong."""
    command = [str(python_of(venv)), "-m", "pip", "install", "--disable-pip-version-check"]
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "pip.log"
        command += ["--no-input", "--retries", "3", "--log", str(log), *options]
        try:
            failed = subprocess.run(command).returncode
        except KeyboardInterrupt:
            return "it was interrupted. The next run goes on from here"
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return reason(text) if failed else None


def reason(log):
    """Return in a sentence why pip or venv failed."""
    for pattern, words in REASONS:
        found = re.search(pattern, log)
        if found:
            return words.format(*found.groups())
    last = [line.strip() for line in log.splitlines() if line.strip()][-3:]
    return "pip stopped with: " + " / ".join(last)


def write_lock(venv):
    """Write the environment's versions to the lock file, keeping the comment at its top."""
    command = [str(python_of(venv)), "-m", "pip", "freeze", "--exclude-editable"]
    frozen = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    header = [line for line in LOCK.read_text().splitlines() if line.startswith("#")]
    LOCK.write_text("\n".join(header + lock_lines(frozen)) + "\n")
    print(f"{LOCK.name}: {len(lock_lines(frozen))} packages")
    return 0


def lock_lines(frozen):
    """Keep the `name==version` lines; a package from a file is pinned by its version alone."""
    lines = []
    for line in frozen.splitlines():
        wheel = re.match(r"(\S+) @ \S*/[^-/]+-([^-]+)-[^/]*\.whl", line)
        if wheel:
            line = f"{wheel[1]}=={wheel[2]}"
        line = line.replace("%2B", "+")
        if re.fullmatch(r"[\w.\-]+==[\w.!+\-]+", line):
            lines.append(line.partition("+")[0])
    return sorted(lines, key=lambda line: line.partition("==")[0].lower())


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(fail("it was interrupted. The next run goes on from here"))
