"""AlexNet from its table, in the one-column form (Krizhevsky 2014, arXiv:1404.5997): eight weight layers."""

from torch import nn

# (filters, kernel, stride, padding, pool after it?) of the five convolutions
CONVOLUTIONS = ((64, 11, 4, 2, True), (192, 5, 1, 2, True), (384, 3, 1, 1, False),
                (256, 3, 1, 1, False), (256, 3, 1, 1, True))  # fmt: skip


def alexnet(classes=1000):
    """AlexNet for pictures (B, 3, 224, 224); returns scores (B, classes)."""
    layers, C_in = [], 3
    for C_out, k, stride, padding, pool in CONVOLUTIONS:
        layers += [nn.Conv2d(C_in, C_out, k, stride, padding), nn.ReLU()]
        layers += [nn.MaxPool2d(3, stride=2)] if pool else []
        C_in = C_out
    layers += [nn.Flatten(), nn.Dropout(), nn.Linear(256 * 6 * 6, 4096), nn.ReLU()]
    layers += [nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, classes)]
    return nn.Sequential(*layers)
