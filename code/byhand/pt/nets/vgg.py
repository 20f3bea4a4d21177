"""VGG from its table (Simonyan and Zisserman, arXiv:1409.1556, 2014):
3x3 convolutions only."""

from torch import nn

# 3x3 convolutions in each of the five stages; columns D and E of the paper's
# table 1
STAGES = {
    16: (2, 2, 3, 3, 3),
    19: (2, 2, 4, 4, 4),
}


def vgg(depth=16, classes=1000):
    """VGG-16 or VGG-19 for pictures (B, 3, 224,
    224). Raises ValueError for another depth."""
    if depth not in STAGES:
        raise ValueError(
            f"depth: expected one of {', '.join(map(str, STAGES))}, got {depth}"
        )
    layers, C_in = [], 3
    for stage, count in enumerate(STAGES[depth]):
        # twice the channels whenever the size is halved
        C_out = min(64 * 2**stage, 512)
        for _ in range(count):
            layers += [nn.Conv2d(C_in, C_out, 3, padding=1), nn.ReLU()]
            C_in = C_out
        layers.append(nn.MaxPool2d(2))
    layers += [
        nn.Flatten(),
        nn.Linear(512 * 7 * 7, 4096),
        nn.ReLU(),
        nn.Dropout(),
    ]
    layers += [
        nn.Linear(4096, 4096),
        nn.ReLU(),
        nn.Dropout(),
        nn.Linear(4096, classes),
    ]
    return nn.Sequential(*layers)
