"""Exercises of chapter 18: patches, their matrix and its gradient, gaps, counts."""

import numpy as np

from byhand.exercises.checker.declare import exercise, special
from byhand.exercises.topics.cases import normal


@exercise(
    "vision_transformer.tokens",
    trains="how many tokens a picture makes",
    task="""
    A picture of 96 x 64 pixels with three channels is cut into patches of 8 x 8. How many tokens
    does the first layer of a vision Transformer with a class token get?
    """,
    variants=(lambda: 97.0, lambda: np.int64(97)),
    why="12 rows and 8 columns of patches are 96 pieces, and one class token; channels lie inside.",
    hints=(
        "Count patches along each side first. Channels lie inside a patch.",
        "(96 / 8) (64 / 8) patches, and what is put before them.",
        "tokens = (96 // 8) * ... + ...",
    ),
    mistakes="""
    no_class | = 96 | You count the patches alone; the class token is a token, too.
    channels | = 289 | Channels make no tokens of their own: all three lie in the same patch.
    one_side | = 769 | You divide by 8 once; a patch is 8 pixels high and 8 wide.
    pixels | = 6145 | You count every pixel; a token is a patch.
    added | = 21 | Rows and columns are multiplied, not added.
    """,
)
def tokens():
    return 97


def kernel_cases(rng):
    for D, C, p in [(1, 1, 2), (2, 3, 2), (3, 2, 3), (5, 2, 2), (2, 3, 4), (4, 3, 2)] * 4:
        yield (normal(rng, D, C, p, p),)


def matrix_by_loop(K):
    D, C, p, _ = K.shape
    W = np.zeros((p * p * C, D))
    for i in range(p):
        for j in range(p):
            for c in range(C):
                W[(i * p + j) * C + c] = K[:, c, i, j]
    return W


def matrix_by_columns(K):
    return np.stack([np.moveaxis(kernel, 0, 2).ravel() for kernel in K], axis=1)


@exercise(
    "vision_transformer.from_kernel",
    trains="a convolution's kernels as the matrix of patches, and the order inside a patch",
    task="""
    as_matrix(K) -> W (p p C, D): the matrix W whose patch @ W equals what the convolution with
    kernels K (D, C, p, p) and stride p gives at that patch. Here patches were flattened with the
    channels last: row by row, pixel by pixel, and the C numbers of a pixel side by side.
    """,
    shapes={"K": "D C p p"},
    cases=kernel_cases,
    variants=(matrix_by_loop, matrix_by_columns),
    hints=(
        "Bring the axes of K into the order in which a patch was flattened, with D last.",
        "(D, C, p, p) -> (p, p, C, D) -> (p p C, D)",
        "return K.transpose(2, 3, ..., ...).reshape(K[0].size, ...)",
    ),
    mistakes="""
    channels_first | K.transpose(2, 3, 1, 0) -> K.transpose(1, 2, 3, 0) | You flatten channel by
        channel, as this book's own patches are. Here the channels of a pixel stand side by side.
    columns_first | K.transpose(2, 3, 1, 0) -> K.transpose(3, 2, 1, 0) | You go through a patch
        column by column; it was flattened row by row.
    not_moved | K.transpose(2, 3, 1, 0).reshape(K[0].size, len(K)) ->
        K.reshape(K[0].size, len(K)) | You reshape without moving the axes: the numbers end up in
        other kernels.
    transposed | K.transpose(2, 3, 1, 0).reshape(K[0].size, len(K)) ->
        K.transpose(0, 2, 3, 1).reshape(len(K), -1) | Your matrix is transposed: one column for
        each kernel.
    flipped | K.transpose -> K[:, :, ::-1, ::-1].transpose | Kernels are not flipped: chapter 7's
        convolution, and every library's, multiplies them as they are.
    """,
)
def as_matrix(K):
    return K.transpose(2, 3, 1, 0).reshape(K[0].size, len(K))


def unpatch_cases(rng):
    sizes = [(1, 1, 1, 2, 2), (1, 2, 2, 3, 2), (2, 3, 3, 2, 2), (3, 2, 2, 3, 3), (2, 1, 4, 2, 3)]
    for B, C, rows, columns, p in sizes * 5:
        flat = normal(rng, B, rows * columns, C * p * p)
        yield flat, (rows * p, columns * p), C


def unpatch_by_loop(flat, size, C):
    B, M, width = flat.shape
    p = round((width // C) ** 0.5)
    X = np.zeros((B, C, *size))
    for m in range(M):
        i, j = divmod(m, size[1] // p)
        piece = flat[:, m].reshape(B, C, p, p)
        X[:, :, i * p : i * p + p, j * p : j * p + p] = piece
    return X


def unpatch_by_blocks(flat, size, C):
    p = int((flat.shape[2] // C) ** 0.5 + 0.5)
    pieces = flat.reshape(len(flat), -1, C, p, p)
    columns = size[1] // p
    rows = [
        np.concatenate([pieces[:, i + j] for j in range(columns)], axis=3)
        for i in range(0, pieces.shape[1], columns)
    ]
    return np.concatenate(rows, axis=2)


@exercise(
    "vision_transformer.unpatch",
    trains="laying the pieces back, and so the backward pass of cutting",
    task="""
    unpatch(flat, size, C) -> X (B, C, H, W): the pictures of which flat (B, M, C p p) are the
    patches. size = (H, W). The patches come row by row; inside each, channel by channel, then row
    by row. p is not given, but follows from the widths.
    """,
    shapes={"flat": "B M d"},
    cases=unpatch_cases,
    variants=(unpatch_by_loop, unpatch_by_blocks),
    hints=(
        "Give every number its six coordinates: picture, patch row, patch column, channel, pixel.",
        "(B, H/p, W/p, C, p, p) -> (B, C, H/p, p, W/p, p) -> (B, C, H, W)",
        "p = round((flat.shape[2] / C) ** 0.5)\ncut = flat.reshape(B, H // p, W // p, C, p, p)\n"
        "return cut.transpose(0, 3, 1, ..., 2, ...).reshape(...)",
    ),
    mistakes="""
    reshaped | .transpose(0, 3, 1, 4, 2, 5) -> .transpose(0, 3, 1, 2, 4, 5) | Your patches lie one
        after the other instead of side by side: a row of the picture goes through several patches.
    columns_first | .transpose(0, 3, 1, 4, 2, 5) -> .transpose(0, 3, 1, 5, 2, 4) | Each of your
        patches is mirrored at its diagonal.
    plain | cut.transpose(0, 3, 1, 4, 2, 5).reshape(B, C, H, W) -> flat.reshape(B, C, H, W) | A
        reshape alone keeps the order of the numbers, and that is the order of patches.
    grid_turned | flat.reshape(B, H // p, W // p, C, p, p) ->
        flat.reshape(B, W // p, H // p, C, p, p).swapaxes(1, 2) | You lay the patches column by
        column; they come row by row.
    channels_last | flat.reshape(B, H // p, W // p, C, p, p) ->
        np.moveaxis(flat.reshape(B, H // p, W // p, p, p, C), 5, 3) | You read
        the channels of a pixel side by side; here they come one after the other.
    """,
)
def unpatch(flat, size, C):
    (B, _, width), (H, W) = flat.shape, size
    p = round((width / C) ** 0.5)
    cut = flat.reshape(B, H // p, W // p, C, p, p)
    return cut.transpose(0, 3, 1, 4, 2, 5).reshape(B, C, H, W)


def embed_cases(rng):
    for B, M, d, D in [(1, 2, 3, 2), (2, 3, 4, 5), (3, 4, 2, 3), (2, 5, 3, 4), (4, 3, 5, 2)] * 5:
        hidden = rng.random((B, M)) < 0.4
        hidden[0, 0], hidden[-1, -1] = True, False
        yield normal(rng, B, M, d), normal(rng, d, D), normal(rng, B, 1 + M, D), hidden


def embed_by_loop(g, W, dx, hidden):
    dW, dgap, dc, dg = np.zeros(W.shape), 0, 0, np.zeros(g.shape)
    for b in range(len(g)):
        dc = dc + dx[b, 0]
        for m in range(g.shape[1]):
            now = dx[b, m + 1]
            if hidden[b, m]:
                dgap = dgap + now
            else:
                dW += np.outer(g[b, m], now)
                dg[b, m] = W @ now
    return dW, dgap, dc, dg


def embed_by_rows(g, W, dx, hidden):
    dc, dt = dx[:, 0].sum(axis=0), dx[:, 1:]
    dg = np.zeros_like(g)
    dg[~hidden] = dt[~hidden] @ W.T
    return g[~hidden].T @ dt[~hidden], dt[hidden].sum(axis=0), dc, dg


@exercise(
    "vision_transformer.embed_backward",
    trains="who collects from whom: patches, stand-in and class token",
    kind="derive and code",
    task="""
    embed_backward(g, W, dx, hidden) -> (dW, dgap, dc, dg): back through the first step of a model
    with a class token AND hidden patches. Forward: x_0 = c, and x_m = gap (D,) where hidden (B, M)
    is True, else g_m W. g (B, M, d), W (d, D); dx (B, 1 + M, D) comes back, the class token's row
    first. Return the gradients of W, gap, c and g, with their shapes.
    """,
    shapes={"g": "B M d", "W": "d D"},
    outputs=("dW", "dgap", "dc", "dg"),
    cases=embed_cases,
    variants=(embed_by_loop, embed_by_rows),
    hints=(
        "Sort the rows of dx into three heaps: class token, hidden, seen. Each is used once.",
        "dW = sum over seen of g_m^T dx_m; dgap = sum over hidden; dc = sum of rows 0; "
        "dg_m = dx_m W^T where seen, else 0.",
        "dt = dx[:, 1:]\nseen = np.where(hidden[:, :, None], 0, dt)\n"
        'dW = np.einsum("bmi,bmd->id", g, ...)\nreturn dW, dt[...].sum(axis=0), ..., seen @ ...',
    ),
    mistakes="""
    learns_from_hidden | np.where(hidden[:, :, None], 0, dt) -> dt | Hidden patches were not read:
        they give W nothing and get nothing back.
    W_from_hidden | np.einsum("bmi,bmd->id", g, seen) -> np.einsum("bmi,bmd->id", g, dt) | A hidden
        patch was not read, so W learns nothing from it.
    gap_mean | dt[hidden].sum(axis=0) -> dt[hidden].mean(axis=0) | The stand-in is one vector used
        at several places: its shares add up.
    gap_from_seen | dt[hidden] -> dt[~hidden] | The stand-in collects from the hidden places.
    gap_from_all | dt[hidden].sum(axis=0) -> dt.sum(axis=(0, 1)) | The stand-in stood at the hidden
        places only.
    class_last | dx[:, 0].sum -> dx[:, -1].sum ;; dt = dx[:, 1:] -> dt = dx[:, :-1] | The class
        token stands first, not last.
    class_mean | dx[:, 0].sum(axis=0) -> dx[:, 0].mean(axis=0) | The class token is the same vector
        in all pictures: its shares add up.
    class_first | dx[:, 0].sum(axis=0) -> dx[0, 0] | You take the first picture's share; all
        pictures used the class token.
    not_turned | seen @ W.T -> seen @ np.linalg.pinv(W) | The way back through a product is the
        transpose, not the inverse.
    hidden_pixels | seen @ W.T -> dt @ W.T | What stands in a hidden patch changed nothing, so its
        gradient is 0.
    """,
)
def embed_backward(g, W, dx, hidden):
    dt = dx[:, 1:]
    seen = np.where(hidden[:, :, None], 0, dt)
    dW = np.einsum("bmi,bmd->id", g, seen)
    return dW, dt[hidden].sum(axis=0), dx[:, 0].sum(axis=0), seen @ W.T


def loss_cases(rng):
    for B, M, d in [(1, 2, 3), (2, 3, 4), (3, 4, 2), (2, 5, 3), (4, 3, 5)] * 5:
        hidden = rng.random((B, M)) < 0.4
        hidden[0, 0], hidden[-1, -1] = True, False
        g = rng.permuted(np.tile(np.arange(d), (B, M, 1)), axis=2) + 0.2 * rng.random((B, M, d))
        g = g * rng.uniform(0.5, 2, (B, M, 1)) + normal(rng, B, M, 1)
        yield normal(rng, B, M, d), g, hidden
    flat = np.array([[[2.0, 2.0, 2.0], [1.0, 2.0, 4.0]]])
    yield special("a patch of one colour", np.ones((1, 2, 3)), flat, np.array([[True, True]]))


def loss_by_loop(y, g, hidden):
    total, dy, n = 0.0, np.zeros(y.shape), int(hidden.sum()) * y.shape[2]
    for b, m in np.argwhere(hidden):
        piece = g[b, m]
        centred = piece - sum(piece) / len(piece)
        target = centred / np.sqrt(centred @ centred / len(piece) + 1e-6)
        total += ((y[b, m] - target) ** 2).sum() / n
        dy[b, m] = 2 * (y[b, m] - target) / n
    return total, dy


def loss_of_rows(y, g, hidden):
    some = g[hidden]
    some = (some - some.mean(axis=1, keepdims=True)) / np.sqrt(some.var(axis=1) + 1e-6)[:, None]
    dy = np.zeros_like(y)
    dy[hidden] = y[hidden] - some
    return (dy[hidden] ** 2).mean(), 2 * dy / some.size


@exercise(
    "vision_transformer.normalised_loss",
    trains="a loss at hidden places, with targets of each patch's own scale",
    kind="derive and code",
    task="""
    filled_loss(y, g, hidden) -> (loss, dy): as (18.5), but each target patch is first brought to
    mean 0 and deviation 1 (He et al. 2021 found that better): t = (g - mean) / sqrt(var + 1e-6),
    mean and biased variance over the patch's own d numbers. y, g (B, M, d), hidden (B, M), at least
    one True. loss: mean of (y - t)^2 over the numbers of the hidden patches. dy (B, M, d).
    """,
    shapes={"y": "B M d"},
    outputs=("loss", "dy"),
    cases=loss_cases,
    variants=(loss_by_loop, loss_of_rows),
    hints=(
        "Only the target changes; loss and gradient are those of (18.5) with t for g.",
        "n = d times the number of hidden patches;  dy = 2 (y - t) / n where hidden, else 0.",
        "t = (g - g.mean(axis=2, keepdims=True)) / np.sqrt(...)\n"
        "error = hidden[:, :, None] * (...)\nn = hidden.sum() * ...\n"
        "return (error**2).sum() / n, ...",
    ),
    mistakes="""
    raw | t = (g - g.mean(axis=2, keepdims=True)) / np.sqrt(g.var(axis=2, keepdims=True) + 1e-6) ->
        t = g | Your targets are the raw patches; each is to be brought to mean 0, deviation 1.
    not_centred | (g - g.mean(axis=2, keepdims=True)) -> g | You divide by the deviation, but leave
        the mean in.
    not_scaled | / np.sqrt(g.var(axis=2, keepdims=True) + 1e-6) -> / 1 | You take the mean away, but
        do not divide by the deviation.
    variance | np.sqrt(g.var(axis=2, keepdims=True) + 1e-6) ->
        (g.var(axis=2, keepdims=True) + 1e-6) | You divide by the variance, not by its root.
    over_patches | g.mean(axis=2, keepdims=True) -> g.mean(axis=1, keepdims=True) ;;
        g.var(axis=2, keepdims=True) -> g.var(axis=1, keepdims=True) | You normalise over the
        patches; each patch has its own mean and variance.
    everywhere | hidden[:, :, None] * (y - t) -> (y - t) | You count all patches. Only hidden ones
        count.
    seen | hidden[:, :, None] * (y - t) -> ~hidden[:, :, None] * (y - t) | You count the patches
        that were seen.
    all_in_mean | int(hidden.sum()) * y.shape[2] -> y.size | You divide by all numbers; the mean is
        over those of hidden patches.
    patches_in_mean | int(hidden.sum()) * y.shape[2] -> int(hidden.sum()) | You divide by the
        number of hidden patches; the mean is over their numbers, d each.
    no_two | 2 * error / n -> error / n | The derivative of a square has a factor 2.
    sign | 2 * error / n -> -2 * error / n | The gradient has the wrong sign: y - t, not t - y.
    raw_gradient | 2 * error / n -> 2 * hidden[:, :, None] * (y - g) / n | The gradient has t in it,
        too, not g.
    unbiased | g.var(axis=2, keepdims=True) -> g.var(axis=2, keepdims=True, ddof=1) | Biased
        variance: divide by d, not by d - 1.
    """,
)
def filled_loss(y, g, hidden):
    t = (g - g.mean(axis=2, keepdims=True)) / np.sqrt(g.var(axis=2, keepdims=True) + 1e-6)
    error = hidden[:, :, None] * (y - t)
    n = int(hidden.sum()) * y.shape[2]
    return (error**2).sum() / n, 2 * error / n


def hide_cases(rng):
    for B, M, n in [(1, 3, 1), (2, 4, 2), (3, 5, 2), (2, 7, 3), (4, 6, 5)] * 5:
        yield rng.permuted(np.tile(np.arange(M) / M, (B, 1)), axis=1) + rng.normal(0, 2, (B, 1)), n


def hide_by_loop(scores, n):
    hidden = np.zeros(scores.shape, bool)
    for row, out in zip(scores, hidden, strict=True):
        for m in sorted(range(len(row)), key=lambda m: row[m])[:n]:
            out[m] = True
    return hidden


def hide_by_limit(scores, n):
    return scores <= np.sort(scores, axis=1)[:, n - 1 : n]


@exercise(
    "vision_transformer.hide",
    trains="ranks from argsort",
    task="""
    hide(scores, n) -> hidden (B, M), True for the n patches of smallest score in each picture.
    scores (B, M), no two equal in a picture; 1 <= n < M.
    """,
    shapes={"scores": "B M"},
    cases=hide_cases,
    variants=(hide_by_loop, hide_by_limit),
    hints=(
        "You need the rank of each patch within its picture.",
        "argsort gives the places in order of rank; the argsort of that gives each place's rank.",
        "rank = scores.argsort(axis=1)....\nreturn rank < ...",
    ),
    mistakes="""
    once | .argsort(axis=1).argsort(axis=1) -> .argsort(axis=1) | One argsort gives, for each rank,
        the place; you need for each place its rank. (The number of hidden patches is right either
        way.)
    largest | < n -> >= scores.shape[1] - n | You hide the largest scores.
    one_more | < n -> <= n | You hide one patch too many: ranks begin at 0.
    over_batch | .argsort(axis=1).argsort(axis=1) -> .argsort(axis=0).argsort(axis=0) | You rank
        over the pictures; each picture has its own ranks.
    shown | < n -> >= n | True means hidden; you mark the patches that are seen.
    one_limit | rank = scores.argsort(axis=1).argsort(axis=1) ->
        rank = scores.ravel().argsort().argsort().reshape(scores.shape) // len(scores) | You draw
        one limit for all pictures; each has its own n smallest.
    absolute | scores.argsort(axis=1).argsort -> np.abs(scores).argsort(axis=1).argsort | A score
        may be negative, and then it is small: do not take its absolute value.
    """,
)
def hide(scores, n):
    rank = scores.argsort(axis=1).argsort(axis=1)
    return rank < n


@exercise(
    "vision_transformer.parameters",
    trains="counting a small vision Transformer from its shapes",
    task="""
    How many numbers does a vision Transformer learn that reads pictures of 8 x 8 pixels, one
    channel, in patches of 4 x 4, with class token, learned positions, D = 16, one pre-norm layer
    with F = 32, a last norm and 10 classes? All products have biases.
    """,
    variants=(lambda: 2794.0, lambda: np.int64(2794)),
    why="""
    Patches 16 * 16 + 16 = 272, class token 16, positions 5 * 16 = 80; the layer 4 (256 + 16) + 512
    + 32 + 512 + 16 + 64 = 2224; norm 32; classes 16 * 10 + 10 = 170.
    """,
    hints=(
        "Two small tables at the entrance, the layer of chapter 16, norm and classes at the exit.",
        "p p D + D, D, (1 + M) D;  4 (D D + D) + 2 D F + F + D + 4 D;  2 D;  10 D + 10",
        "272 + 16 + 5 * 16 + (4 * 272 + ...) + 32 + ...",
    ),
    mistakes="""
    sixteen | = 2778 | 16 are missing: the class token, its position, or a bias (of the patches, or
        the second of the dense layers).
    no_class | = 2762 | 32 are missing: the class token with its position, or the last norm.
    sixty_four | = 2730 | 64 are missing: the biases of attention, or the two norms of the layer.
    no_norms | = 2698 | The three norms are missing, 32 numbers each.
    no_biases | = 2656 | Your products have no biases.
    positions | = 2714 | The positions are missing: 5 rows of 16 numbers.
    no_head | = 2624 | The matrix and biases of the classes are missing.
    """,
)
def parameters():
    return 2794


@exercise(
    "vision_transformer.slip",
    trains="what patches, positions and class token do",
    kind="diagnose",
    task="The number of the false line among the six lines of notes in chapter 18, exercise 8.",
    variants=(lambda: 3.0, lambda: np.array(3)),
    why="""
    Line 3: the stand-in, too, gets its place's position added, so P_m collects from a hidden patch
    like from any other; only W and b learn nothing from it.
    """,
    hints=(
        "Five of the lines can be read off (18.1) to (18.5).",
        "What has been added to a token that the layers read gets a gradient.",
        "What is added to the stand-in of a hidden patch?",
    ),
    mistakes="""
    convolution | = 1 | Line 1 is true: a convolution whose stride equals its kernel's side.
    order | = 2 | Line 2 is true: without positions the tokens are a set.
    same | = 4 | Line 4 is true: the same learned vector stands before the patches of each picture.
    seen | = 5 | Line 5 is true: the hidden places have looked at the seen ones, so those learn.
    size | = 6 | Line 6 is true: W works on one patch, whatever the picture's size.
    """,
)
def slip_line():
    return 3
