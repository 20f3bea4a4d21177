"""Twin of `byhand.lstm`."""

import torch
from torch import nn


class LSTM(nn.Module):
    """The gates stand side by side in the order i, f, g, o: W_x (D, 4H),
    W_h (H, 4H), b (4H,)."""

    def __init__(self, D, H, forget_bias=0.0):
        super().__init__()
        bound = H**-0.5
        self.W_x = nn.Parameter(torch.empty(D, 4 * H).uniform_(-bound, bound))
        self.W_h = nn.Parameter(torch.empty(H, 4 * H).uniform_(-bound, bound))
        self.b = nn.Parameter(torch.zeros(4 * H))
        self.b.data[H : 2 * H] = forget_bias

    def forward(self, x, h, c):
        """x (B, T, D), h and c (B, H). Returns all h (B, T, H),
        the last c (B, H)."""
        steps = []
        for x_t in x.unbind(1):
            z = x_t @ self.W_x + h @ self.W_h + self.b  # (B, 4H)
            z_i, z_f, z_g, z_o = z.chunk(4, dim=-1)
            i, f, o = torch.sigmoid(z_i), torch.sigmoid(z_f), torch.sigmoid(z_o)
            g = torch.tanh(z_g)
            c = f * c + i * g
            h = o * torch.tanh(c)
            steps.append(h)
        return torch.stack(steps, dim=1), c
