"""Twin of `byhand.gru`."""

import torch
from torch import nn


class GRU(nn.Module):
    """h = (1 - z) n + z h_prev; side by side in the order r, z, n: W_x (D,
    3H), W_h (H, 3H), b (3H,)."""

    def __init__(self, D, H, reset="after"):
        super().__init__()
        self.reset = reset
        self.W_x = nn.Parameter((torch.rand(D, 3 * H) * 2 - 1) * H**-0.5)
        self.W_h = nn.Parameter((torch.rand(H, 3 * H) * 2 - 1) * H**-0.5)
        self.b = nn.Parameter(torch.zeros(3 * H))
        if reset == "after":
            self.b_hn = nn.Parameter(torch.zeros(H))

    def step(self, a, h_prev):
        """One step from a = x W_x + b (B, 3H)."""
        H = h_prev.shape[1]
        if self.reset == "after":
            u = h_prev @ self.W_h  # (B, 3H)
            r, z = torch.sigmoid(a[:, : 2 * H] + u[:, : 2 * H]).chunk(2, dim=1)
            n = torch.tanh(a[:, 2 * H :] + r * (u[:, 2 * H :] + self.b_hn))
        else:
            u = h_prev @ self.W_h[:, : 2 * H]  # (B, 2H)
            r, z = torch.sigmoid(a[:, : 2 * H] + u).chunk(2, dim=1)
            n = torch.tanh(a[:, 2 * H :] + (r * h_prev) @ self.W_h[:, 2 * H :])
        return n + z * (h_prev - n)  # (1 - z) n + z h_prev

    def forward(self, x, h):
        """x (B, T, D), h (B, H). Returns all h (B, T, H)."""
        a = x @ self.W_x + self.b  # (B, T, 3H)
        states = []
        for a_t in a.unbind(dim=1):
            h = self.step(a_t, h)
            states.append(h)
        return torch.stack(states, dim=1)
