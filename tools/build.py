"""Build the site from the stored outputs; warnings are errors.

python tools/build.py                       build what changed, into _build/html
python tools/build.py --all                 build everything anew
python tools/build.py --serve [--port N]    serve the built site on this computer
"""

import argparse
import collections
import functools
import http.server
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from suite import ROOT, Progress

PAGE = re.compile(r"(?:reading sources|writing output)\.*\s*\[\s*(\d+)%\]\s*(\S+)")
WARNING = re.compile(
    r"\b(WARNING|ERROR|CRITICAL|SEVERE)\b|^(Extension|Configuration|Theme) error|Error:"
)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"
Built = collections.namedtuple("Built", "html problems log")


def frame_of(source):
    """A fingerprint of what all pages share. Sphinx does not see when it changes."""
    shared = ("_config.yml", "_toc.yml", "_ext", "_static", "assets", "code/byhand/contents.py")
    files = [
        path
        for name in shared
        for path in [source / name, *(source / name).rglob("*")]
        if path.is_file()
    ]
    stats = [
        f"{path.relative_to(source)} {path.stat().st_mtime_ns} {path.stat().st_size}"
        for path in files
    ]
    return "\n".join(sorted(line for line in stats if "__pycache__" not in line))


def build(source=ROOT, out=ROOT, everything=False, progress=None):
    """Build the book in `source` to `out`/_build/html; return Built(html, problems, log).

    A failed build would leave half of what it read in Sphinx's cache,
    and the next one would not warn again of what it skips; so after a failure the cache is dropped.
    """
    source, out = pathlib.Path(source), pathlib.Path(out)
    mark, frame = out / "_build" / ".frame", frame_of(source)
    everything = everything or not mark.exists() or mark.read_text(encoding="utf-8") != frame
    command = [sys.executable, "-c", JUPYTER_BOOK, "build", str(source), "--path-output", str(out)]
    command += ["-W", "-n", "--keep-going", *(["--all"] if everything else [])]
    environment = {
        **os.environ,
        "PYTHONWARNINGS": "ignore",
        "NO_COLOR": "1",
        "PYTHONUNBUFFERED": "1",
    }
    log = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        for line in process.stdout:
            line = COLOUR.sub("", line).rstrip()
            log.append(line)
            page = PAGE.search(line)
            if page and progress:
                progress.show(f"{page[1]:>3} %  {page[2]}")
    html = out / "_build" / "html"
    problems = [shorten(line, source) for line in log if WARNING.search(line)]
    if process.returncode == 0 and (html / "index.html").exists():
        mark.write_text(frame, encoding="utf-8")
        return Built(html, [], log)
    shutil.rmtree(out / "_build" / ".doctrees", ignore_errors=True)
    mark.unlink(missing_ok=True)
    return Built(html, problems or log[-15:], log)


def shorten(line, source):
    return line.replace(str(source) + os.sep, "")


def report(built, seconds):
    """Say where the site is, or which page is at fault; return the exit status."""
    if built.problems:
        print(
            f"The site was not built: {len(built.problems)} warning(s) or error(s), and each "
            "counts."
        )
        for problem in dict.fromkeys(built.problems):
            print(f"  {problem}")
        return 1
    index = built.html / "index.html"
    print(f"The site is built ({seconds:.0f} s). Open it from the disk:")
    print(f"  {index}")
    print("or serve it at http://localhost:8000 with: make serve")
    return 0


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def make_server(folder, port=8000, tries=50):
    """A server for `folder` on this computer alone, at `port` or the next free one (0: any)."""
    handler = functools.partial(QuietHandler, directory=str(folder))
    for candidate in range(port, port + tries):
        try:
            return http.server.ThreadingHTTPServer(("127.0.0.1", candidate), handler)
        except OSError:
            continue
    raise SystemExit(f"No free port between {port} and {port + tries - 1}; name one: --port N")


def serve(html, port):
    """Serve the built site until Ctrl-C."""
    if not (html / "index.html").exists():
        raise SystemExit("There is no site to serve yet. Build it first: make book")
    with make_server(html, port) as server:
        print(
            f"The book is at http://localhost:{server.server_address[1]} (stop with Ctrl-C)",
            flush=True,
        )
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


def main():
    parser = argparse.ArgumentParser(description="Build the site from the stored outputs.")
    parser.add_argument("--all", action="store_true", help="build everything anew")
    parser.add_argument("--serve", action="store_true", help="serve the built site instead")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--source", type=pathlib.Path, default=ROOT, help="the book's folder")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT, help="where _build/html goes")
    options = parser.parse_args()
    if options.serve:
        serve(options.out.resolve() / "_build" / "html", options.port)
        return 0
    started, progress = time.time(), Progress()
    if not progress.live:
        print("Building the site ...", flush=True)
    built = build(options.source.resolve(), options.out.resolve(), options.all, progress)
    progress.clear()
    return report(built, time.time() - started)


if __name__ == "__main__":
    sys.exit(main())
