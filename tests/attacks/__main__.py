"""Print the grades of all planted answers: by class, by chapter, then each that is not named.

cd tests && PYTHONPATH=../code BYHAND_PROGRESS=off python -m attacks [part of a name]
"""

import collections
import sys
import time

from byhand import exercises
from byhand.exercises.checker.declare import REGISTRY

from attacks import KEPT, RIGHT, WRONG, explanation, grade

GRADES = ("named", "facts", "misnamed", "accepted", "problem")


def table(rows, key):
    """Lines of a table: one for each value of `key`, with the numbers of each grade."""
    groups = collections.defaultdict(collections.Counter)
    for planted, found, _ in rows:
        groups[key(planted)][found] += 1
        groups["all"][found] += 1
    yield f"{'':24}" + "".join(f"{name:>10}" for name in (*GRADES, "sum"))
    for name, count in sorted(groups.items(), key=lambda item: item[0] == "all"):
        numbers = (*(count[grade] for grade in GRADES), sum(count.values()))
        yield f"{name:24}" + "".join(f"{n:10}" for n in numbers)


def main(part=""):
    """Check every planted answer whose exercise holds `part` in its name; print the grades."""
    exercises.names()
    rows, slow = [], (0.0, "")
    for planted in WRONG:
        if part in planted.exercise:
            KEPT.clear()
            begun = time.perf_counter()
            result = exercises.check(planted.exercise, planted.answer)
            slow = max(slow, (time.perf_counter() - begun, planted.title))
            ids = {m.id for m in REGISTRY[planted.exercise].mistakes}
            rows.append((planted, grade(planted, result, ids), explanation(result)))
    for key in (lambda p: p.kind, lambda p: p.exercise.partition(".")[0]):
        print(*table(rows, key), "", sep="\n")
    for found in GRADES[1:]:
        for planted, grade_, said in rows:
            if grade_ == found:
                print(f"{found}: {planted.exercise}, {planted.title} ({planted.kind}): {said}")
    for planted in RIGHT:
        if part in planted.exercise:
            result = exercises.check(planted.exercise, planted.answer)
            if result.outcome != "passed":
                print(f"rejected: {planted.exercise}, {planted.title}: {result.message}")
    print(f"slowest check: {slow[0]:.2f} s ({slow[1]})")


main(*sys.argv[1:])
