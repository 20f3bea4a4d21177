"""The exercise checker: it tells right from wrong, and names the mistake.

    from byhand import exercises
    exercises.check("neuron.perceptron_step", my_step)

Exercises are declared in one module per chapter; `declare.py` says how to add one.
"""

from byhand.exercises.api import check, hint, names, progress, solution, task

__all__ = ["check", "hint", "names", "progress", "solution", "task"]
