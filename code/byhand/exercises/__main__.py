"""`python -m byhand.exercises list` and `... table`."""

import sys

from byhand.exercises import registry
from byhand.exercises.table import table

USAGE = """usage: python -m byhand.exercises list    the exercises
       python -m byhand.exercises table   planted mistakes x named"""


def main(words):
    """Print what is asked for; returns the exit status."""
    if words == ["list"]:
        print("\n".join(registry.all_names()))
    elif words == ["table"]:
        print("\n".join(table()))
    else:
        print(USAGE)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
