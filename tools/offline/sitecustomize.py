"""Python without a network: what the tests put on PYTHONPATH, so that every kernel starts with it.

A chapter must run with the cable pulled out. Any attempt to look up or
reach another computer raises an OSError, as it would without a network; this computer itself can be
reached (kernels talk to pytest).

Where BYHAND_JITTER or BYHAND_TORCH_THREADS is set, it computes with another rounding (rounding.py).
"""

import os
import sys

LOCAL = ("localhost", "127.", "::1", "0.0.0.0")


def is_local(host):
    """True for this computer, for no host at all, and for sockets that are files."""
    if isinstance(host, bytes):
        host = host.decode("latin-1")
    return not host or str(host).startswith(LOCAL)


def refuse(event, args):
    """An audit hook: Python calls it before anything that leaves the computer, in C code too."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = args[1]
        # else a file, or connected
        host = address[0] if isinstance(address, tuple) and address else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = args[0]
    else:
        return
    if not is_local(host):
        raise OSError(f"the network is blocked while the book is tested (asked for: {host})")


sys.addaudithook(refuse)

settings = [os.environ.get(name) for name in ("BYHAND_JITTER", "BYHAND_TORCH_THREADS")]
if any(settings):
    import rounding

    rounding.install(*(int(value) if value else None for value in settings))
