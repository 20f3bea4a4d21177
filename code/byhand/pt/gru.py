"""Twin of `byhand.gru`, and its weights in torch's own layer."""

import torch
from torch import nn


class GRU(nn.Module):
    """h = (1 - z) n + z h_prev; side by side in the order r, z, n: W_x (D, 3H), W_h (H, 3H), b (3H,)."""

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


def as_torch_gru(params):
    """Return torch.nn.GRU with the weights of `params`, which must be of the kind reset="after".

    torch has a second bias for r and z too; it is zero here. Raises ValueError for reset="before".
    """
    if "b_hn" not in params:
        raise ValueError('params: expected b_hn: torch has only reset="after"')
    W_x, W_h, b, b_hn = (torch.as_tensor(params[name]).detach() for name in ("W_x", "W_h", "b", "b_hn"))
    theirs = nn.GRU(W_x.shape[0], W_h.shape[0], batch_first=True, dtype=W_x.dtype)
    second = torch.cat([torch.zeros(2 * len(b_hn), dtype=b.dtype), b_hn])
    theirs.load_state_dict(
        {"weight_ih_l0": W_x.T, "weight_hh_l0": W_h.T, "bias_ih_l0": b, "bias_hh_l0": second}
    )
    return theirs
