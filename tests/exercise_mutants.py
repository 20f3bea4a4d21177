"""Operator mutants of an exercise's solution: one small change each, made on the syntax tree."""

import ast
import copy

SWAPS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Div,
}
FLIPS = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
SWAPS |= {ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}


def mutants(source):
    """Yield (name, source) for every single change;
    the name is "old -> new" in Python's own spelling."""
    tree = ast.parse(source)
    for index, node in enumerate(ast.walk(tree)):
        for change in changes(node):
            changed = copy.deepcopy(tree)
            twin = next(n for k, n in enumerate(ast.walk(changed)) if k == index)
            before = ast.unparse(node)
            after = change(twin)
            if after is not None:  # the node is replaced by one of its parts
                changed = Replace(twin, after).visit(changed)
            yield (
                f"{before} -> {ast.unparse(after if after is not None else twin)}",
                ast.unparse(changed),
            )


class Replace(ast.NodeTransformer):
    """Put `new` where `old` stands."""

    def __init__(self, old, new):
        self.old, self.new = old, new

    def visit(self, node):
        return self.new if node is self.old else super().generic_visit(node)


def changes(node):
    """Functions that change a node in place, or return the node to put in its place."""
    if isinstance(node, ast.BinOp):
        if type(node.op) in SWAPS:
            yield lambda n: setattr(n, "op", SWAPS[type(n.op)]())
        if isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div):
            yield lambda n: n.left
            yield lambda n: n.right
    if isinstance(node, ast.AugAssign) and type(node.op) in SWAPS:
        yield lambda n: setattr(n, "op", SWAPS[type(n.op)]())
    if isinstance(node, ast.Compare) and type(node.ops[0]) in FLIPS:
        yield lambda n: setattr(n, "ops", [FLIPS[type(n.ops[0])]()])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield lambda n: n.operand
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield lambda n: n.value
    if (
        isinstance(node, ast.keyword)
        and node.arg == "axis"
        and isinstance(node.value, ast.Constant)
    ):
        yield lambda n: setattr(n.value, "value", 1 if n.value.value == 0 else 0)
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield lambda n: setattr(n, "value", n.value + 1)
