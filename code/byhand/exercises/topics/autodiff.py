"""Exercises of chapter 4: reverse mode on a tape, and the gradient of a broadcast."""

import numpy as np

from byhand.exercises.checker.declare import exercise, special
from byhand.exercises.topics.cases import normal


def tapes(rng):
    yield np.array([2.0, 3.0]), (("mul", 0, 1),)
    yield special("a node used twice", np.array([3.0]), (("mul", 0, 0),))
    yield special("a node used twice", np.array([3.0, 1.5]), (("add", 0, 1), ("mul", 2, 0)))
    yield special("an unused input", np.array([2.0, 5.0]), (("add", 0, 0), ("mul", 2, 0)))
    for n, m in [(2, 2), (2, 3), (3, 4), (3, 5), (4, 6), (2, 7)] * 3:
        kinds = rng.choice(["add", "mul", "sub"], m)
        yield (
            normal(rng, n),
            tuple((str(kinds[k]), int(rng.integers(0, n + k)), n + k - 1) for k in range(m)),
        )


def tape_forward_mode(x, tape):
    rows = []
    for seed in range(len(x) + len(tape)):
        values, slopes = list(x), [float(k == seed) for k in range(len(x))]
        for k, (kind, i, j) in enumerate(tape):
            a, b, da, db = values[i], values[j], slopes[i], slopes[j]
            values.append(a * b if kind == "mul" else a + b if kind == "add" else a - b)
            slope = da * b + a * db if kind == "mul" else da + db if kind == "add" else da - db
            slopes.append(1.0 if len(x) + k == seed else slope)
        rows.append(slopes[-1])
    return rows


def tape_recursive(x, tape):
    values = list(x)
    for kind, i, j in tape:
        values.append(
            {
                "mul": values[i] * values[j],
                "add": values[i] + values[j],
                "sub": values[i] - values[j],
            }[kind]
        )

    def slope(node):  # over all later nodes that use this one
        if node == len(values) - 1:
            return 1.0
        total = 0.0
        for k, (kind, i, j) in enumerate(tape):
            left = {"mul": values[j], "add": 1.0, "sub": 1.0}[kind] if i == node else 0.0
            right = {"mul": values[i], "add": 1.0, "sub": -1.0}[kind] if j == node else 0.0
            if i == node or j == node:
                total += (left + right) * slope(len(x) + k)
        return total

    return [slope(node) for node in range(len(values))]


@exercise(
    "autodiff.backward",
    trains="the heart of a reverse-mode engine",
    kind="derive and code",
    task="""
    backward(x, tape) -> grads, one number for each node: reverse mode by hand. Nodes 0 to n-1 are
    the inputs x (n,); each entry ("add", i, j), ("sub", i, j) or ("mul", i, j) of the tape makes
    one more node from nodes i and j (i = j is possible). grads[k] = d(last node) / d(node k).
    """,
    cases=tapes,
    variants=(tape_forward_mode, tape_recursive),
    hints=(
        "Run the tape forward for the values, then go through it backwards and hand each node's "
        "gradient to its two parents.",
        "grads[last] = 1. For k = i + j: both parents receive g. For i - j: g and -g. For i * "
        "j: g times the other value. Contributions add up.",
        "for k in reversed(range(len(tape))):\n"
        "    kind, i, j = tape[k]; g = grads[len(x) + k]\n"
        '    if kind == "mul":\n'
        "        grads[i] += ...; grads[j] += ...   # and the others",
    ),
    mistakes="""
    overwritten | grads[i] += di -> grads[i] = di ;; grads[j] += dj -> grads[j] = dj |
        A node used twice receives two contributions: add them (+=), do not overwrite (=).
    forward_order | for k in reversed(range(len(tape))): -> for k in range(len(tape)): | You go
        through the tape in forward order; a node's gradient is complete only when all later nodes
        have been visited.
    own_value | g * values[j], g * values[i] -> g * values[i], g * values[j] |
        In a product each parent receives g times the other one's value, not its own.
    sub_sign | g, -g -> g, g | In i - j the second parent receives -g.
    no_chain | g * values[j], g * values[i] -> values[j], values[i] |
        The chain rule is missing: multiply by the gradient g that arrives at the node.
    no_seed | grads[-1] = 1.0 -> grads[-1] = 0.0 |
        The last node's own gradient is 1; it is where the backward pass starts.
    seed_value | grads[-1] = 1.0 -> grads[-1] = values[-1] |
        The backward pass starts with 1 (the slope of the last node by itself), not with its value.
    inputs_only | return grads -> return grads[: len(x)] |
        You return the inputs' gradients only; every node is asked for.
    same_node_once | grads[j] += dj -> grads[j] += dj * (i != j) | With i = j both contributions
        count: x x has the slope 2 x.
    """,
)
def backward(x, tape):
    values = list(x)
    for kind, i, j in tape:
        a, b = values[i], values[j]
        values.append(a * b if kind == "mul" else a + b if kind == "add" else a - b)
    grads = np.zeros(len(values))
    grads[-1] = 1.0
    for k in reversed(range(len(tape))):
        kind, i, j = tape[k]
        g = grads[len(x) + k]
        if kind == "mul":
            di, dj = g * values[j], g * values[i]
        elif kind == "add":
            di, dj = g, g
        else:
            di, dj = g, -g
        grads[i] += di
        grads[j] += dj
    return grads


def broadcasts(rng):
    yield np.array([1.0, 2.0]), ()
    yield np.array([[1.0, 2.0]]), (1, 1)
    shapes = [
        ((2, 3), (3,)),
        ((2, 3), (2, 1)),
        ((4, 2, 3), (2, 3)),
        ((4, 2, 3), (1, 3)),
        ((2, 3), ()),
        ((4, 2, 3), (2, 1)),
    ]
    shapes += [
        ((4, 2, 3), (3,)),
        ((2, 3), (2, 3)),
        ((2, 1), (2, 1)),
        ((4, 2, 3), (4, 1, 3)),
        ((5, 2), (1, 1)),
        ((4, 5, 2, 3), (2, 1)),
    ]
    for big, small in shapes + shapes[:6]:
        yield normal(rng, *big), small


def unbroadcast_by_loop(g, shape):
    out = np.zeros(shape)
    for index in np.ndindex(g.shape):
        tail = index[len(index) - len(shape) :]
        out[tuple(0 if n == 1 else i for i, n in zip(tail, shape, strict=True))] += g[index]
    return out


def unbroadcast_at_once(g, shape):
    padded = (1,) * (g.ndim - len(shape)) + tuple(shape)
    axes = tuple(k for k in range(g.ndim) if padded[k] == 1)
    return g.sum(axis=axes, keepdims=True).reshape(shape)


@exercise(
    "autodiff.unbroadcast",
    trains="the backward pass of broadcasting",
    kind="derive and code",
    task="""
    unbroadcast(g, shape) -> array of the given shape: in the forward pass an array of that shape
    was broadcast to g's shape; bring its gradient g back.
    """,
    cases=broadcasts,
    variants=(unbroadcast_by_loop, unbroadcast_at_once),
    hints=(
        "A number that was copied n times receives n gradients: they add up. Copies are made "
        "along new leading axes and along axes of size 1.",
        "Sum over the leading axes that the shape lacks; then over each axis of size 1, keeping "
        "it.",
        "while g.ndim > len(shape):\n"
        "    g = g.sum(axis=...)\n"
        "for k, n in enumerate(shape):\n"
        "    g = ... if n == 1 else g",
    ),
    mistakes="""
    mean | g = g.sum(axis=0) -> g = g.mean(axis=0) ;; g = g.sum(axis=k, keepdims=True) -> g =
        g.mean(axis=k, keepdims=True) | Gradients of copies add up; you average them.
    leading_only | if n == 1: -> if False: |
        Leading axes are summed, but axes of size 1 are not: they were copied too.
    no_keepdims | g.sum(axis=k, keepdims=True) -> g.sum(axis=k) |
        An axis of size 1 must stay: keepdims=True.
    first_copy | g = g.sum(axis=0) -> g = g[0] ;; g.sum(axis=k, keepdims=True) -> g.take([0],
        axis=k) | You keep the first copy's gradient only; they add up.
    trailing | g = g.sum(axis=0) -> g = g.sum(axis=-1) |
        Broadcasting adds new axes in front; you sum over the last ones.
    """,
)
def unbroadcast(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for k, n in enumerate(shape):
        if n == 1:
            g = g.sum(axis=k, keepdims=True)
    return g


@exercise(
    "autodiff.passes",
    trains="the cost of reverse and forward mode",
    task="""
    A function has 1000 inputs and 1 output. How many backward passes of reverse mode give its
    entire gradient?
    """,
    variants=(lambda: 1.0, lambda: np.array(1)),
    why="""
    Reverse mode needs one pass for each output, and there is one. Forward mode would need one for
    each of the 1000 inputs.
    """,
    hints=(
        "What does one pass of each mode deliver: a row or a column of the Jacobian?",
        "A pass of forward mode follows one input through all nodes. What does a pass of "
        "reverse mode follow?",
        "Forward mode: one pass for each input. Reverse mode: one pass for each ...",
    ),
    mistakes="""
    forward | = 1000 | 1000 is what forward mode needs: one pass for each input. Reverse mode needs
        one for each output.
    differences | = 2000 | 2000 is the count for central differences, two for each input.
    both | = 1001 | 1001 is one value plus one difference for each input; reverse mode needs one
        pass for each output.
    both_ways | = 2 | 2 counts the forward pass too; asked for are the backward passes.
    """,
)
def passes():
    return 1
