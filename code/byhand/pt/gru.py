"""Twin of `byhand.gru`, and its weights in torch's own layer."""

import torch
from torch import nn


class GRU(nn.Module):
    """h = (1 - z) n + z h_prev; side by side in the order r, z, n: W_x (D, 3H), W_h (H, 3H), b (3H,)."""

    def __init__(self, D, H, reset="after"):
        super().__init__()
        self.reset, bound = reset, H**-0.5
        self.W_x = nn.Parameter(torch.empty(D, 3 * H).uniform_(-bound, bound))
        self.W_h = nn.Parameter(torch.empty(H, 3 * H).uniform_(-bound, bound))
        self.b = nn.Parameter(torch.zeros(3 * H))
        if reset == "after":
            self.b_hn = nn.Parameter(torch.zeros(H))

    def forward(self, x, h):
        """x (B, T, D), h (B, H). Returns all h (B, T, H)."""
        W_hr, W_hz, W_hn = self.W_h.chunk(3, dim=1)
        steps = []
        for x_t in x.unbind(1):
            a_r, a_z, a_n = (x_t @ self.W_x + self.b).chunk(3, dim=-1)
            r = torch.sigmoid(a_r + h @ W_hr)
            z = torch.sigmoid(a_z + h @ W_hz)
            seen = r * (h @ W_hn + self.b_hn) if self.reset == "after" else (r * h) @ W_hn
            n = torch.tanh(a_n + seen)
            h = (1 - z) * n + z * h
            steps.append(h)
        return torch.stack(steps, dim=1)


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
