"""Run a reader's code so that nothing it does escapes: endless loops, output, exits,
global random state."""

import contextlib
import ctypes
import io
import itertools
import random
import signal
import sys
import threading
import time
import warnings

import numpy as np

# After the deadline the alarm repeats, at changing distances (seconds), so that a bare `except:`
# cannot swallow it for ever: sooner or later one rings outside the `try`.
TICK = 2e-4
AGAIN = tuple(k * 4e-6 for k in range(1, 33))
# what np.empty holds while a reader's function runs: memory that nothing has written
UNWRITTEN = 7.7e27


class OutOfTime(BaseException):
    """Raised inside the reader's function when its time is up."""


class Sink(io.TextIOBase):
    """Takes what is printed: keeps the beginning, counts the lines."""

    def __init__(self, room=2000):
        self.room, self.text, self.lines = room, "", 0

    def write(self, text):
        self.lines += text.count("\n")
        if len(self.text) < self.room:
            self.text += text[: self.room - len(self.text)]
        return len(text)

    def writable(self):
        return True


def _marked(make):
    """`np.empty` whose numbers are UNWRITTEN, so that entries never written are seen each time."""

    def empty(*args, **options):
        array = make(*args, **options)
        if array.dtype.kind in "fc" and array.dtype.itemsize > 2:
            array.fill(UNWRITTEN)
        return array

    return empty


@contextlib.contextmanager
def exits_raise():
    """In a notebook `exit()` stops the kernel: here it raises SystemExit, as in a program."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    names = getattr(shell, "user_ns", {})
    kept = {name: names[name] for name in ("exit", "quit") if name in names}
    names.update(dict.fromkeys(kept, sys.exit))
    try:
        yield
    finally:
        names.update(kept)


@contextlib.contextmanager
def quiet():
    """Capture output and warnings; put global random and floating-point state back afterwards."""
    sink = Sink()
    numpy_state, python_state = np.random.get_state(), random.getstate()  # noqa: NPY002
    makers = np.empty, np.empty_like
    np.empty, np.empty_like = map(_marked, makers)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), exits_raise():
            warnings.simplefilter("ignore")
            with contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
                yield sink
    finally:
        np.random.set_state(numpy_state)  # noqa: NPY002
        random.setstate(python_state)
        np.empty, np.empty_like = makers


def run(work, seconds):
    """Call `work()` for at most `seconds`. Returns ("ok", value), ("raised",
    exception) or ("slow", None)."""
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        return _with_alarm(work, seconds)
    return _with_thread(work, seconds)


def _enter(work):
    return work()


def _with_alarm(work, seconds):
    rung = itertools.count()

    def ring(_, frame):
        if _importing(frame):  # an import cut in half would break the library; it gets its time
            signal.setitimer(signal.ITIMER_REAL, seconds, TICK)
        elif _inside(frame):
            signal.setitimer(signal.ITIMER_REAL, AGAIN[next(rung) % len(AGAIN)], TICK)
            raise OutOfTime

    handler, hook = signal.signal(signal.SIGALRM, ring), sys.unraisablehook
    sys.unraisablehook = _unraisable
    remaining, interval = signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-3), TICK)
    started = time.monotonic()
    try:
        return _outcome(lambda: _enter(work))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.unraisablehook = hook
        signal.signal(signal.SIGALRM, signal.SIG_DFL if handler is None else handler)
        if remaining:
            left = max(remaining - (time.monotonic() - started), 1e-3)
            signal.setitimer(signal.ITIMER_REAL, left, interval)


def _unraisable(_):
    """An alarm that rang in a `__del__` or a weak reference's callback is lost;
    the next one rings soon. (Ours, so that no alarm cuts the report of it.)"""


def _inside(frame):
    """True in a frame below `_enter`: only there may the alarm raise."""
    if frame is None or frame.f_code is _enter.__code__:
        return False
    while frame is not None and frame.f_code is not _enter.__code__:
        if frame.f_code.co_filename == __file__:  # an alarm within the alarm
            return False
        frame = frame.f_back
    return frame is not None


def _importing(frame):
    while frame is not None and frame.f_code is not _enter.__code__:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _with_thread(work, seconds):
    """Elsewhere than in the main thread: a worker that is told to stop,
    and abandoned if it will not."""
    lock, box = threading.Lock(), []
    worker = threading.Thread(target=_body, args=(work, lock, box), daemon=True)
    try:
        worker.start()
    except RuntimeError:  # no threads here (Pyodide): run without a deadline
        _body(work, lock, box)
        return box[0]
    worker.join(seconds)
    while worker.is_alive() and _importing(sys._current_frames().get(worker.ident)):
        worker.join(seconds)
    until = time.monotonic() + 0.5
    while worker.is_alive() and time.monotonic() < until:
        with lock:
            if not box:
                _raise_in(worker.ident, OutOfTime)
        worker.join(1e-3)
    return box[0] if box else ("slow", None)


def _body(work, lock, box):
    """Run the work and note its outcome, though OutOfTime may come at any
    moment until it is noted."""
    found = ("slow", None)
    try:
        found = _outcome(work)
    except OutOfTime:
        pass
    while not box:
        with contextlib.suppress(OutOfTime), lock:
            box.append(found)
    with contextlib.suppress(OutOfTime):
        _raise_in(threading.get_ident(), None)  # one that was sent and has not come: taken back


def _outcome(work):
    try:
        return "ok", work()
    except OutOfTime:
        return "slow", None
    except BaseException as error:  # SystemExit and KeyboardInterrupt of the reader's code too
        return "raised", error


def _raise_in(thread, exception):
    what = ctypes.py_object(exception) if exception else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), what)
