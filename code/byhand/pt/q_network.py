"""Twin of `byhand.q_network` and of the loss in `byhand.q_learning`."""

import torch
import torch.nn.functional as F

from byhand.pt.mlp import MLP


class QNetwork(MLP):
    """Scores of A actions in a state of D numbers, two hidden layers of H."""

    def __init__(self, D, H, A):
        super().__init__((D, H, H, A))


def q_loss(q, actions, target):
    """Huber's loss at the actions taken, mean over the batch: q (B, A),
    actions (B,), target (B,)."""
    return F.huber_loss(q.gather(1, actions[:, None])[:, 0], target)


def loss(network, slow, drawn, gamma):
    """The loss of a batch s, a, r, t, ended; `slow` makes the targets, which
    get no gradient."""
    s, a, r, t, ended = drawn
    with torch.no_grad():
        y = r + gamma * torch.where(ended, 0, slow(t).amax(dim=1))
    return q_loss(network(s), a, y)
