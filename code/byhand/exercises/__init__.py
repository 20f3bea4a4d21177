"""The exercise checker: it tells right from wrong, and names the mistake.

    from byhand import exercises
    exercises.check("neuron.perceptron_step", my_step)

`checker/` is the engine, `topics/` holds the exercises; `checker/declare.py` says how to add one.
"""

from byhand.exercises.checker.api import check, hint, names, progress, solution, task, use

__all__ = ["check", "hint", "names", "progress", "solution", "task", "use"]
