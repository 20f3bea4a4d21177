"""The drawing of chapter 20: one step of a machine with an external memory."""

from byhand.plots.diagram import Sheet
from byhand.plots.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE

LEFT, RIGHT = 52, 588
ROWS = {"memory": 50, "writing": 140, "reading": 230, "read": 320}


def draw_machine(ax):
    """Forward in black, and in orange the roads that lead back to the step
    before: through the memory, the places of both heads, and what was read."""
    sheet = Sheet(ax, 640, 400)
    draw_states(sheet)
    draw_parts(sheet)


def draw_states(sheet):
    """What is handed from step to step, and the roads back."""
    states = {
        "memory": ("$M$", GREEN),
        "writing": ("$w^{write}$", BLUE),
        "reading": ("$w^{read}$", PURPLE),
        "read": ("$r$", BLACK),
    }
    for name, (sign, colour) in states.items():
        y = ROWS[name]
        for x in (LEFT, RIGHT):
            sheet.block((x, y), (76, 36), sign, colour, fontsize=14)
        sheet.flow((RIGHT - 40, y + 11), (LEFT + 40, y + 11), color=ORANGE)
    for x, word in ((LEFT, "step t - 1"), (RIGHT, "step t")):
        sheet.label((x, 16), word, fontsize=12)


def draw_parts(sheet):
    """What computes within a step, and what goes where."""
    parts = {
        "write": ((452, ROWS["memory"]), "write", GREEN),
        "first": ((310, ROWS["writing"]), "address", BLUE),
        "second": ((310, ROWS["reading"]), "address", PURPLE),
        "read": ((452, ROWS["read"]), "read", BLACK),
        "network": ((180, ROWS["read"]), "controller", GREY),
    }
    for place, word, colour in parts.values():
        sheet.block(place, (94, 42), word, colour, fontsize=13)
    for name, ways in (
        ("memory", ((91, 405), (499, 549))),
        ("writing", ((91, 262), (357, 549))),
        ("reading", ((91, 262), (357, 549))),
        ("read", ((91, 132), (499, 549))),
    ):
        for start, end in ways:
            y = ROWS[name] - 9
            sheet.flow((start, y), (end, y), color=BLACK)
    for way in (
        ((180, 298), (180, 148), (262, 148)),  # what to look for
        ((180, 260), (180, 238), (262, 238)),
        ((310, 41), (310, 118)),  # the memory is looked through
        ((430, 131), (430, 72)),  # where to write
        ((430, 221), (430, 298)),  # where to read
        ((474, 72), (474, 298)),  # the memory after writing
        ((180, 386), (180, 342)),
    ):
        sheet.flow(*way, color=BLACK)
    sheet.label((196, 384), "input $x_t$", ha="left", fontsize=13)
