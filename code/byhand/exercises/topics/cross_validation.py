"""An exercise of chapter 6: cross-validation with the choice inside the folds."""

import numpy as np

from byhand.exercises.checker.declare import exercise


def validation_cases(rng):
    for B, D, k, parts in (
        (6, 2, 1, 2),
        (9, 4, 2, 3),
        (14, 30, 3, 4),
        (20, 60, 5, 3),
        (17, 5, 4, 5),
    ):
        for signal in (1.5, 0.0):
            y = rng.permutation(np.resize([-1, 1], B))
            X = rng.standard_normal((B, D)) + 0.7
            X[:, 0] += signal * y
            X[:, -1] -= signal * y
            yield X, y, folds_with_both(rng, y, parts), k


def folds_with_both(rng, y, parts):
    """A fold's number for each row, such that both classes are among the other rows of each."""
    while True:
        fold = rng.permutation(np.minimum(np.arange(len(y)) // 2, parts - 1))
        if all(len(np.unique(y[fold != number])) == 2 for number in range(parts)):
            return fold


def validation_by_row(X, y, fold, k):
    right = []
    for i in range(len(y)):
        means = {c: X[(fold != fold[i]) & (y == c)].mean(axis=0) for c in (-1, 1)}
        far = np.abs(means[1] - means[-1])
        chosen = sorted(range(X.shape[1]), key=lambda j: -far[j])[:k]
        away = {c: sum((X[i, j] - means[c][j]) ** 2 for j in chosen) for c in (-1, 1)}
        right.append(min(away, key=away.get) == y[i])
    return sum(right) / len(right)


def validation_by_score(X, y, fold, k):
    said = np.zeros(len(y))
    for number in set(fold.tolist()):
        out = fold == number
        high, low = (X[~out][y[~out] == c].mean(axis=0) for c in (1, -1))
        w = high - low
        w[np.argsort(-np.abs(w))[k:]] = 0
        said[out] = np.sign((X[out] - (high + low) / 2) @ w)
    return np.mean(said == y)


@exercise(
    "generalisation.cross_validate",
    trains="a choice is part of the training, and belongs inside the folds",
    kind="derive and code",
    task="""
    cross_validate(X, y, fold, k) -> share: cross-validation of a classifier that first chooses
    features. X (B, D); y (B,) with the labels -1 and +1; fold (B,) holds the number of each row's
    fold, and the folds may differ in size. For each fold in turn, from the rows of the other
    folds alone: find the mean of each class, (D,); choose the k features in which the two means
    are farthest apart; give each row of the fold the class whose mean is nearer (squared distance
    in the k features). Return the share of all B rows that got their own label. No ties occur, and
    both classes are always among the other rows.
    """,
    shapes={"X": "B D", "y": "B", "fold": "B"},
    cases=validation_cases,
    variants=(validation_by_row, validation_by_score),
    why="""
    Whatever looks at the labels is training. Chosen before the split, the features have seen the
    held-out labels, and with many features some of them fit any labels by chance.
    """,
    hints=(
        "In each turn pretend that the fold does not exist: means and choice come from the rest.",
        "Choose by |mean of +1 - mean of -1| over the rest; compare squared distances to both "
        "means; count, and divide by B at the end.",
        "for number in np.unique(fold):\n"
        "    rest = fold != number\n"
        "    low = X[rest & (y < 0)].mean(axis=0); high = ...\n"
        "    keep = np.argsort(...)[-k:]\n"
        "    ...\n"
        "    right += ...\n"
        "return right / ...",
    ),
    mistakes=r"""
    chosen_before | np.argsort(np.abs(high - low)) ->
        np.argsort(np.abs(X[y > 0].mean(axis=0) - X[y < 0].mean(axis=0))) |
        A leak: you choose the features with the fold's labels in view. Choose them again in each
        turn, from the other rows.
    means_of_all | X[rest & (y < 0)] -> X[y < 0] ;; X[rest & (y > 0)] -> X[y > 0] |
        A leak: the means contain the rows of the fold. Use the other rows only.
    folds_swapped | out, rest = fold == number, fold != number -> rest, out = fold == number, fold
        != number | You learn from the fold and measure on the others; it is the other way round.
    mean_of_folds | right += np.sum( -> right += len(X) / len(np.unique(fold)) * np.mean( |
        You average the shares of the folds; they differ in size. Count the rows, divide by B.
    no_abs | np.abs(high - low) -> (high - low) |
        Far apart counts in both directions: the absolute value of the difference.
    smallest | [-k:] -> [:k] | You keep the k features that differ least.
    all_features | [-k:] -> [:] | You use all features; the distance counts the k chosen ones only.
    turned | d_high < d_low -> d_high > d_low | You give
        the class whose mean is farther away, or return the share that is wrong.
    count | return right / len(X) -> return right | You return a count; asked is a share.
    """,
    equivalent={
        "0 -> 1": "the labels are -1 and +1: y < 1 means y < 0",
        "y < 0 -> y <= 0": "no label is 0",
        "y > 0 -> y >= 0": "no label is 0",
        "y[out] > 0 -> y[out] >= 0": "no label is 0",
        "d_high < d_low -> d_high <= d_low": "no ties occur",
    },
)
def cross_validate(X, y, fold, k):
    right = 0
    for number in np.unique(fold):
        out, rest = fold == number, fold != number
        low = X[rest & (y < 0)].mean(axis=0)
        high = X[rest & (y > 0)].mean(axis=0)
        keep = np.argsort(np.abs(high - low))[-k:]
        d_low = ((X[out][:, keep] - low[keep]) ** 2).sum(axis=1)
        d_high = ((X[out][:, keep] - high[keep]) ** 2).sum(axis=1)
        right += np.sum((d_high < d_low) == (y[out] > 0))
    return right / len(X)
