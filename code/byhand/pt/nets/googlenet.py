"""GoogLeNet from its table (Szegedy et al. 2014, arXiv:1409.4842):
22 weight layers, nine Inceptions."""

import torch
from torch import nn

# in, 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool projection: table 1 of the
# paper
BLOCKS = {
    "3a": (192, 64, 96, 128, 16, 32, 32),
    "3b": (256, 128, 128, 192, 32, 96, 64),
    "4a": (480, 192, 96, 208, 16, 48, 64),
    "4b": (512, 160, 112, 224, 24, 64, 64),
    "4c": (512, 128, 128, 256, 24, 64, 64),
    "4d": (512, 112, 144, 288, 32, 64, 64),
    "4e": (528, 256, 160, 320, 32, 128, 128),
    "5a": (832, 256, 160, 320, 32, 128, 128),
    "5b": (832, 384, 192, 384, 48, 128, 128),
}


def conv(C_in, C_out, k, stride=1):
    """Convolution that keeps the size at stride 1,
    batch norm (a later addition), ReLU."""
    layers = (
        nn.Conv2d(C_in, C_out, k, stride, padding=k // 2, bias=False),
        nn.BatchNorm2d(C_out, eps=0.001),
    )
    return nn.Sequential(*layers, nn.ReLU())


class Inception(nn.Module):
    """Four branches side by side; their channels are put one after another.

    `five` is the kernel of the third branch: 5 in the paper;
    torchvision's model has 3 there.
    """

    def __init__(
        self, C_in, one, reduce_3, three, reduce_5, fives, pool, five=5
    ):
        super().__init__()
        self.branches = nn.ModuleList([
            conv(C_in, one, 1),
            nn.Sequential(conv(C_in, reduce_3, 1), conv(reduce_3, three, 3)),
            nn.Sequential(conv(C_in, reduce_5, 1), conv(reduce_5, fives, five)),
            nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), conv(C_in, pool, 1)),
        ])  # fmt: skip

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], dim=1)


def googlenet(classes=1000, five=5):
    """GoogLeNet without its auxiliary heads, for pictures (B, 3, 224, 224)."""
    blocks = {
        name: Inception(*sizes, five=five) for name, sizes in BLOCKS.items()
    }
    half = lambda k=3: nn.MaxPool2d(k, stride=2, ceil_mode=True)  # noqa: E731
    layers = [
        conv(3, 64, 7, stride=2),
        half(),
        conv(64, 64, 1),
        conv(64, 192, 3),
        half(),
    ]
    layers += [blocks["3a"], blocks["3b"], half()]
    layers += [blocks[name] for name in ("4a", "4b", "4c", "4d", "4e")] + [
        half(2)
    ]
    layers += [
        blocks["5a"],
        blocks["5b"],
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    ]
    return nn.Sequential(*layers, nn.Dropout(0.2), nn.Linear(1024, classes))
