"""Fixtures: the built site, a server for it, a browser."""

import os
import pathlib
import sys
import threading

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
# At the end, so that no tool's name hides a library's.
sys.path.append(str(ROOT / "tools"))

import build as book_build  # noqa: E402
import suite  # noqa: E402


@pytest.fixture(autouse=True)
def fresh_numbers(request, monkeypatch):
    """A module's generator `rng` starts anew for each test: none depends on those before it."""
    if isinstance(getattr(request.module, "rng", None), np.random.Generator):
        monkeypatch.setattr(request.module, "rng", np.random.default_rng(0))


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the built site: the one `make test` has just built, or a new one."""
    ready = os.environ.get("BOOK_SITE")
    if ready:
        return pathlib.Path(ready)
    built = book_build.build(ROOT, tmp_path_factory.mktemp("site"), everything=True)
    assert not built.problems, "\n".join(built.problems)
    return built.html


@pytest.fixture(scope="session")
def serve():
    """A function that serves a folder until the end of the tests, and returns its address."""
    servers = []

    def start(folder):
        server = book_build.make_server(folder, port=0)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://localhost:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def browser():
    """One headless Chromium for all tests. Where there is none: skipped, but in CI a failure."""
    path = suite.find_browser()
    if path is None:
        why = (
            "no browser was found, so the pages are not tested in one: 'make browser' installs one"
        )
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    from browser_checks import launch

    with launch(path) as running:
        yield running
