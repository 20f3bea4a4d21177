"""Exercises of chapter 4: reverse mode on a tape, broadcasting, and how a gradient changes."""

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
    A function takes 40 numbers and returns 3. How many runs does the cheaper of the two modes need
    for the whole Jacobian, all 120 slopes?
    """,
    variants=(lambda: 3.0, lambda: np.array(3)),
    why="""
    A run of reverse mode gives a row of the Jacobian, all slopes of one output, and there are 3
    outputs. Forward mode would need a run for each of the 40 inputs.
    """,
    hints=(
        "What does one run of each mode deliver: a row or a column of the Jacobian?",
        "The Jacobian has a row for each output and a column for each input. Forward mode needs "
        "n runs, reverse mode m.",
        "min(..., ...)",
    ),
    mistakes="""
    forward | = 40 | 40 runs is what forward mode needs, one for each input; the
        other mode is cheaper.
    differences | = 80 | 80 is the count for central differences, two passes for each input.
    one_run | = 1 | One run of reverse mode gives the slopes of one output only.
    entries | = 120 | 120 counts the slopes; each run delivers a whole row or column of them.
    both_ways | = 43 | 43 adds the runs of both modes; one of the two modes is enough.
    """,
)
def passes():
    return 3


def walks(rng):
    """A tape, the inputs, and a direction to walk in."""
    yield np.array([2.0, 3.0]), (("mul", 0, 1),), np.array([1.0, 0.5])
    yield special("a node used twice", np.array([3.0]), (("mul", 0, 0),), np.array([0.7]))
    cube = (("mul", 0, 0), ("mul", 1, 0))
    yield special("a node used twice", np.array([1.5]), cube, np.array([2.0]))
    pencil = (("mul", 0, 1), ("add", 2, 0), ("mul", 3, 3))
    yield np.array([2.0, 3.0]), pencil, np.array([1.0, 0.0])
    for n, m in [(2, 3), (3, 4), (3, 5), (4, 6), (2, 6)] * 3:
        kinds = ["mul", *rng.choice(["add", "mul", "sub"], m - 2), "mul"]
        steps = [(str(kinds[k]), int(rng.integers(0, n + k)), n + k - 1) for k in range(m)]
        yield normal(rng, n), tuple(steps), normal(rng, n)


def along_by_second_derivatives(x, tape, v):
    """Value, gradient and all second derivatives of each node, carried forward."""
    n = len(x)
    nodes = [(x[k], np.eye(n)[k], np.zeros((n, n))) for k in range(n)]
    for kind, i, j in tape:
        (a, da, dda), (b, db, ddb) = nodes[i], nodes[j]
        if kind == "mul":
            cross = np.outer(da, db) + np.outer(db, da)
            nodes.append((a * b, da * b + a * db, dda * b + a * ddb + cross))
        else:
            sign = 1 if kind == "add" else -1
            nodes.append((a + sign * b, da + sign * db, dda + sign * ddb))
    return nodes[-1][2] @ v


def along_by_complex_step(x, tape, v):
    """A tiny imaginary walk: exact, since nothing is subtracted."""
    values = [complex(a, 1e-20 * b) for a, b in zip(x, v, strict=True)]
    for kind, i, j in tape:
        a, b = values[i], values[j]
        values.append(a * b if kind == "mul" else a + b if kind == "add" else a - b)
    grads = [0j] * (len(values) - 1) + [1 + 0j]
    for k in reversed(range(len(tape))):
        kind, i, j = tape[k]
        g = grads[len(x) + k]
        left = values[j] if kind == "mul" else 1
        right = {"mul": values[i], "add": 1, "sub": -1}[kind]
        grads[i] += g * left
        grads[j] += g * right
    return [g.imag / 1e-20 for g in grads[: len(x)]]


@exercise(
    "autodiff.gradient_along",
    trains="forward mode through reverse mode",
    kind="transfer",
    task="""
    gradient_along(x, tape, v) -> rates (n,): how fast the gradient of the last node with respect to
    the inputs x (n,) changes when x walks along v (n,). That is the derivative of the gradient at
    x + t v with respect to t, at t = 0. The tape is that of exercise 3: ("add", i, j),
    ("sub", i, j) and ("mul", i, j), and i = j is possible. For f = x x at any x, along v = (1,),
    it is (2,).
    """,
    cases=walks,
    variants=(along_by_second_derivatives, along_by_complex_step),
    why="""
    One forward and one backward pass give it exactly, for any number of inputs, though the table of
    all second derivatives has n times n entries. PyTorch and JAX compute it in this way, too.
    """,
    hints=(
        "Give each value its rate on the way forward, as in forward mode. On the way back each "
        "share is a product of a gradient and a value: what is the rate of a product?",
        "Forward: a b has the rate a' b + a b'. Backward through a product: i receives g b with "
        "the rate g' b + g b'; j receives g a with the rate g' a + g a'. The last node: g = 1, "
        "g' = 0.",
        "values, dots = list(x), list(v)\n"
        "...                                  # forward: append to both\n"
        "grads, rates = np.zeros(len(values)), np.zeros(len(values)); grads[-1] = 1\n"
        "for k in reversed(range(len(tape))):\n"
        "    g, r = grads[len(x) + k], rates[len(x) + k]\n"
        "    ...                              # hand out shares of g and of r",
    ),
    mistakes="""
    gradient_itself | return rates[: len(x)] -> return grads[: len(x)] | You return the gradient
        itself; asked for is how fast it changes along v.
    times_v | return rates[: len(x)] -> return grads[: len(x)] * v | You multiply the gradient by v;
        asked for is how fast the gradient changes when x walks along v.
    frozen_values | r * values[j] + g * dots[j] -> r * values[j] ;; r * values[i] + g * dots[i] ->
        r * values[i] | The values of a product change along v,
        too: the rate of g b is g' b + g b', and the second part is missing.
    frozen_gradients | r * values[j] + g * dots[j] -> g * dots[j] ;; r * values[i] + g * dots[i] ->
        g * dots[i] | The gradient that arrives changes
        along v, too: the rate of g b is g' b + g b', and the first part is missing.
    half_product | dots.append(da * b + a * db) -> dots.append(da * b) | On the way forward the rate
        of a product has two parts, a' b + a b'.
    seed | grads[-1] = 1.0 -> grads[-1] = rates[-1] = 1.0 | The gradient of the last node by itself
        is 1 everywhere, so its rate is 0, not 1.
    sub_sign | sign = -1 if kind == "sub" else 1 -> sign = 1 | In i - j the second value enters
        with the sign -1, forward and backward.
    overwritten | rates[i] += r * values[j] -> rates[i] = r * values[j] ;; rates[j] += r * values[i]
        -> rates[j] = r * values[i] | A node that is used twice receives two shares of the rates,
        too: add them.
    every_node | return rates[: len(x)] -> return rates | You return a rate for every node; asked
        for are those of the inputs.
    """,
)
def gradient_along(x, tape, v):
    values, dots = list(x), list(v)
    for kind, i, j in tape:
        a, b, da, db = values[i], values[j], dots[i], dots[j]
        sign = 1 if kind == "add" else -1
        values.append(a * b if kind == "mul" else a + sign * b)
        if kind == "mul":
            dots.append(da * b + a * db)
        else:
            dots.append(da + sign * db)
    grads, rates = np.zeros(len(values)), np.zeros(len(values))
    grads[-1] = 1.0
    for k in reversed(range(len(tape))):
        kind, i, j = tape[k]
        g, r = grads[len(x) + k], rates[len(x) + k]
        if kind == "mul":
            grads[i] += g * values[j]
            grads[j] += g * values[i]
            rates[i] += r * values[j] + g * dots[j]
            rates[j] += r * values[i] + g * dots[i]
        else:
            sign = -1 if kind == "sub" else 1
            grads[i] += g
            grads[j] += sign * g
            rates[i] += r
            rates[j] += sign * r
    return rates[: len(x)]
