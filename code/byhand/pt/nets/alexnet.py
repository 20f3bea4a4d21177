"""AlexNet from its tables: eight weight layers,
in the three forms that go by its name."""

from torch import nn

# (filters, kernel, stride, padding, groups, pool after it?) of the five
# convolutions
FORMS = {
    # Krizhevsky, Sutskever and Hinton 2012: two columns, which meet in the
    # third convolution only
    "2012": ((96, 11, 4, 2, 1, True), (256, 5, 1, 2, 2, True), (384, 3, 1, 1, 1, False),
             (384, 3, 1, 1, 2, False), (256, 3, 1, 1, 2, True)),
    # Krizhevsky 2014, arXiv:1404.5997: one column
    "2014": ((64, 11, 4, 2, 1, True), (192, 5, 1, 2, 1, True), (384, 3, 1, 1, 1, False),
             (384, 3, 1, 1, 1, False), (256, 3, 1, 1, 1, True)),
    # torchvision: the same with 256 filters in the fourth, as in Krizhevsky's
    # own program (cuda-convnet2)
    "torchvision": ((64, 11, 4, 2, 1, True), (192, 5, 1, 2, 1, True), (384, 3, 1, 1, 1, False),
                    (256, 3, 1, 1, 1, False), (256, 3, 1, 1, 1, True)),
}  # fmt: skip


def alexnet(form="2012", classes=1000):
    """AlexNet for pictures (B, 3, 224, 224); returns scores (B,
    classes). Raises ValueError for another form.

    The normalisation between channels of 2012 has no parameters and is
    left out.
    """
    if form not in FORMS:
        raise ValueError(
            f"form: expected one of {', '.join(FORMS)}, got {form}"
        )
    layers, C_in = [], 3
    for C_out, k, stride, padding, groups, pool in FORMS[form]:
        layers += [
            nn.Conv2d(C_in, C_out, k, stride, padding, groups=groups),
            nn.ReLU(),
        ]
        layers += [nn.MaxPool2d(3, stride=2)] if pool else []
        C_in = C_out
    layers += [
        nn.Flatten(),
        nn.Dropout(),
        nn.Linear(256 * 6 * 6, 4096),
        nn.ReLU(),
    ]
    layers += [
        nn.Dropout(),
        nn.Linear(4096, 4096),
        nn.ReLU(),
        nn.Linear(4096, classes),
    ]
    return nn.Sequential(*layers)
