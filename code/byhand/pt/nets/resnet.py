"""Residual networks from their tables (He et al., arXiv:1512.03385,
December 2015; CVPR 2016)."""

from torch import nn

# blocks in each of the four stages, and the kind of block: table 1 of the paper
STAGES = {
    18: ((2, 2, 2, 2), "basic"),
    34: ((3, 4, 6, 3), "basic"),
    50: ((3, 4, 6, 3), "bottleneck"),
}


def conv_norm(C_in, C_out, k, stride=1):
    """Convolution without bias (the norm has one), then batch norm;
    keeps the size if stride is 1."""
    return [
        nn.Conv2d(C_in, C_out, k, stride, padding=k // 2, bias=False),
        nn.BatchNorm2d(C_out),
    ]


class Block(nn.Module):
    """y = ReLU(f(x) + x). Where f changes the shape,
    the skip is a 1x1 convolution with the same stride and a batch norm (option
    B of the paper; option A pads x with channels of zeros instead).

    kind "basic": two 3x3 convolutions. "bottleneck": 1x1 down to `width`,
    3x3, 1x1 up to 4 `width`. skip=False leaves x out:
    the plain network of the paper's comparison.
    """

    def __init__(self, C_in, width, stride=1, kind="basic", skip=True):
        super().__init__()
        C_out = width if kind == "basic" else 4 * width
        if kind == "basic":
            layers = [
                *conv_norm(C_in, width, 3, stride),
                nn.ReLU(),
                *conv_norm(width, width, 3),
            ]
        else:
            layers = [
                *conv_norm(C_in, width, 1),
                nn.ReLU(),
                *conv_norm(width, width, 3, stride),
                nn.ReLU(),
            ]
            layers += conv_norm(width, C_out, 1)
        self.f = nn.Sequential(*layers)
        self.skip = None
        if skip:
            same = stride == 1 and C_in == C_out
            self.skip = (
                nn.Identity()
                if same
                else nn.Sequential(*conv_norm(C_in, C_out, 1, stride))
            )
        self.relu = nn.ReLU()

    def forward(self, x):
        y = self.f(x) if self.skip is None else self.f(x) + self.skip(x)
        return self.relu(y)


def resnet(depth, classes=1000):
    """ResNet-18, -34 or -50 for pictures (B, 3, 224,
    224). Raises ValueError for another depth."""
    if depth not in STAGES:
        raise ValueError(
            f"depth: expected one of {', '.join(map(str, STAGES))}, got {depth}"
        )
    counts, kind = STAGES[depth]
    layers = [
        *conv_norm(3, 64, 7, stride=2),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2, padding=1),
    ]
    C_in = 64
    for stage, count in enumerate(counts):
        width = 64 * 2**stage
        for k in range(count):
            layers.append(
                Block(
                    C_in,
                    width,
                    stride=2 if stage > 0 and k == 0 else 1,
                    kind=kind,
                )
            )
            C_in = width if kind == "basic" else 4 * width
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(C_in, classes)
    )


def small_net(blocks, width=16, skip=True, classes=10):
    """A network for digits (B, 1, 8, 8): a convolution with stride 2,
    then `blocks` blocks of two layers."""
    first = [*conv_norm(1, width, 3, stride=2), nn.ReLU()]
    body = [Block(width, width, skip=skip) for _ in range(blocks)]
    return nn.Sequential(
        *first,
        *body,
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(width, classes),
    )
