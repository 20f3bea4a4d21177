"""The tape as a graph of nodes and arrows, for a drawing."""

import numpy as np

from byhand.autodiff import Var, gradients, tape, vars_in


def graph(loss, leaves):
    """Nodes {key: (label, value, gradient, level)} and edges [(key,
    key)] of a computation, for a drawing.

    leaves: {name: leaf Var}. The level is the longest way from a leaf.
    For entries with one output each.
    """
    nodes = {
        var.key: (name, var.value, gradients(loss, var), 0)
        for name, var in leaves.items()
    }
    edges = []
    for entry in tape(loss):
        parents = [
            var.key
            for given in entry.inputs
            for var in vars_in(given)
            if var.key in nodes
        ]
        # stands for the output: only its key is used
        out = Var(np.zeros(entry.shapes[0]), entry)
        level = 1 + max((nodes[parent][3] for parent in parents), default=0)
        nodes[out.key] = (entry.name, None, gradients(loss, out), level)
        edges += [(parent, out.key) for parent in parents]
    return nodes, edges
