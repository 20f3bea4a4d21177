"""Run an answer on the cases of an exercise: on copies, twice, within the time,
and note what happened."""

import copy
import dataclasses
import inspect
import linecache
import sys
import time
import zlib

import numpy as np

from byhand.exercises.checker import sandbox
from byhand.exercises.checker.compare import same, unlike
from byhand.exercises.checker.declare import Case
from byhand.exercises.checker.values import Unfinished, Unreadable, leaves

SECONDS = 2.0  # for one call; an import is not counted
TOGETHER = 8.0  # for all calls of one check together: a slow right answer gets its time
CHATTY = 1000  # lines printed in one call


@dataclasses.dataclass
class Run:
    """One case: arguments, the right answer, and what the reader's function made of it."""

    number: int
    case: Case
    right: dict  # {output name: array}
    value: object  # the reference's value, for its structure
    status: str = "ok"  # or "raised", "slow", "unreadable", "unfinished", "chatty"
    yours: dict = None
    sentence: str = ""
    wrong: dict = None  # {output name: Difference}
    changed: str = ""  # name of an argument that was edited in place
    again: dict = None  # the second call's answer
    kept: object = None  # the very object that the first call returned
    shared: bool = False  # that object changed in later calls, or is that of an earlier case
    printed: str = ""

    @property
    def passed(self):
        """True if the answer came and agrees with the right one."""
        return self.status == "ok" and not self.wrong


def default_seed(name):
    """A fixed seed for each exercise, so that the same answer reads the same text."""
    return zlib.crc32(name.encode()) % 10000


def prepare(exercise, seed):
    """The cases of an exercise with their right answers, smallest first."""
    if exercise.is_value:
        cases = [Case(())]
    else:
        made = exercise.cases(np.random.default_rng(seed))
        cases = [item if isinstance(item, Case) else Case(tuple(item)) for item in made]
    prepared = []
    for number, case in enumerate(cases, 1):
        with np.errstate(all="ignore"):
            value = exercise.reference(*fresh(case.args))
        prepared.append(Run(number, case, leaves(value, names=exercise.outputs), value))
    return prepared


def fresh(args):
    """A deep copy of the arguments; functions stay themselves."""
    return tuple(arg if inspect.isroutine(arg) else copy.deepcopy(arg) for arg in args)


def single(args):
    """A copy of the arguments with float32 for float64, inside dicts too."""

    def narrow(arg):
        if isinstance(arg, dict):
            return {key: narrow(item) for key, item in arg.items()}
        return arg.astype("f") if isinstance(arg, np.ndarray) and arg.dtype == float else arg

    return tuple(map(narrow, fresh(args)))


def answer_all(exercise, answer, runs):
    """Run the answer on every case until something ends it; returns the runs that were made."""
    until = time.monotonic() + TOGETHER
    for made, run in enumerate(runs, 1):
        started, known = time.monotonic(), len(sys.modules)
        answer_one(exercise, answer, run, until)
        if run.status in ("slow", "unfinished", "chatty"):
            return runs[:made]
        if not run.passed and time.monotonic() > until - TOGETHER + SECONDS:
            return runs[:made]  # wrong already: these cases will do
        if len(sys.modules) > known:  # a library was imported: that is not the answer's time
            until += time.monotonic() - started
    remember(exercise, answer, runs, until)
    return runs


def remember(exercise, answer, runs, until):
    """After the last case: the objects returned first must still hold what they held,
    the first call too."""
    seen = set()
    with sandbox.quiet():
        for run in (run for run in runs if run.status == "ok"):
            held = call(exercise, lambda run=run: run.kept, (), run.value, until)[1]
            again = not run.passed and isinstance(run.kept, np.ndarray) and id(run.kept) in seen
            run.shared = again or (held is not None and not same(run.yours, held, 0))
            seen.add(id(run.kept))
        if runs[0].status == "ok" and exercise.exact:
            status, again, _ = call(
                exercise, answer, fresh(runs[0].case.args), runs[0].value, until
            )
            runs[0].again = runs[0].again if status == "slow" else again


def answer_one(exercise, answer, run, until):
    """Fill in one run: the first call's value, edits of the arguments, the second call's value."""
    args = fresh(run.case.args)

    def keeping(*args):
        run.kept = answer(*args)
        return run.kept

    with sandbox.quiet() as sink:
        status, run.yours, run.sentence = call(exercise, keeping, args, run.value, until, answer)
    run.status, run.printed = status, sink.text
    if sink.lines > CHATTY:
        run.status = "chatty"
        run.sentence = f"Your function prints {sink.lines} lines in one call. "
        run.sentence += "Take the prints out, then check again."
    if run.status != "ok":
        return
    run.wrong = unlike(run.right, run.yours, exercise.tolerance)
    if not exercise.exact:
        run.wrong = {name: gap for name, gap in run.wrong.items() if gap.kind != "value"}
    run.changed = next(
        (
            n
            for n, a, b in zip(exercise.parameters, args, run.case.args, strict=True)
            if not equal(a, b)
        ),
        "",
    )
    with sandbox.quiet():
        again, run.again, _ = call(exercise, answer, fresh(run.case.args), run.value, until)
    if again == "slow":
        run.status, run.sentence = "slow", too_slow(until)


def call(exercise, answer, args, like, until, written=None):
    """One guarded call: (status, {name: array} or None, sentence);
    `written` is the reader's own function."""
    work = _reader(exercise, answer, args, like)
    status, value = sandbox.run(work, min(until - time.monotonic(), SECONDS))
    if status == "slow":
        return "slow", None, too_slow(until)
    if status == "ok":
        return "ok", value, ""
    if isinstance(value, Unfinished):
        return "unfinished", None, ""
    if isinstance(value, Unreadable):
        return "unreadable", None, str(value)
    return "raised", None, raised(written or answer, value)


def _reader(exercise, answer, args, like):
    def work():
        value = answer(*args)
        try:
            return leaves(value, like, exercise.outputs)
        except (Unfinished, Unreadable):
            raise
        except Exception as error:
            kind = type(value).__name__
            raise Unreadable(
                f"Your output (a {kind}) cannot be read as an array: {short(error)}."
            ) from None

    return work


def too_slow(until):
    """The sentence for an answer that ran out of time: one call, or all together."""
    if time.monotonic() >= until:
        taken = f"the calls up to this case took more than {TOGETHER:.0f} seconds"
        return f"Your function is too slow: {taken}."
    return (
        f"Your function had not finished after {SECONDS:.0f} seconds: is there a loop that never "
        "ends? "
        "(On these small cases a right answer takes a few milliseconds.)"
    )


def raised(answer, error):
    """Say what the reader's code raised, and at which of its lines."""
    name = type(error).__name__
    if isinstance(error, RecursionError):
        return "Your function calls itself without end (RecursionError)."
    if isinstance(error, SystemExit | KeyboardInterrupt):
        return f"Your function stopped the program ({name}) instead of returning a value."
    line = _line_of(answer, error)
    return f"Your function raised {name}: {short(error)}" + (
        f"\nat your line:  {line}" if line else ""
    )


def short(error, room=160):
    """An exception's text on one line, whatever its `__str__` does."""
    status, text = sandbox.run(lambda: " ".join(str(error).split()), 0.2)
    text = text if status == "ok" else ""
    return (text if len(text) <= room else text[: room - 3] + "...").rstrip(".") or "no message"


def _line_of(answer, error):
    code = getattr(answer, "__code__", None)
    line, trace = "", error.__traceback__
    while code is not None and trace is not None:
        if trace.tb_frame.f_code.co_filename == code.co_filename:
            line = linecache.getline(code.co_filename, trace.tb_lineno).strip()
        trace = trace.tb_next
    return line if len(line) <= 120 else line[:117] + "..."


def equal(a, b):
    """True if two arguments hold the same values: arrays (NaN too), dicts, sequences, numbers."""
    if isinstance(b, dict):
        return (
            isinstance(a, dict) and a.keys() == b.keys() and all(equal(a[key], b[key]) for key in b)
        )
    if isinstance(b, list | tuple):
        return isinstance(a, list | tuple) and len(a) == len(b) and all(map(equal, a, b))
    if isinstance(b, np.ndarray):
        return a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(b, np.random.Generator) or callable(b) or b is None:
        return True
    return a == b


def repeats(run):
    """True if a later call gave what the first gave, and the first call's object was left alone."""
    return run.again is not None and same(run.yours, run.again, 1e-12) and not run.shared


def size(run):
    """How many numbers a case holds: the reader sees the smallest one that fails."""
    return sum(
        np.size(arg) if not isinstance(arg, dict) else sum(map(np.size, arg.values()))
        for arg in run.case.args
    )
