"""The table of twins: every pair of the book with what computes the same in torch.

A row names the backward function, gives the arguments, the forward function of them, and one or
more torch functions of the same arguments: the book's own twin (byhand.pt), torch's layer, or where
there is neither the formula. Inputs are random, not zero, and all their dimensions differ.
"""

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from byhand import (
    activations,
    arithmetic,
    attention,
    attention_tagger,
    blocks,
    chunked,
    conv,
    deep,
    elmo,
    embedding,
    external_memory,
    gru,
    inpainting,
    kernel_regression,
    language_model,
    lenet,
    linear_attention,
    losses,
    lstm,
    lstm_fast,
    mlp,
    neuron,
    norm,
    padded,
    pool,
    position,
    q_learning,
    recurrent,
    regularise,
    rnn,
    segments,
    self_attention,
    seq2seq,
    side_by_side,
    since_2017,
    skipgram,
    tagger,
    transformer,
    turing_machine,
    vision,
    windowed,
)
from byhand.masks import causal_mask, combine, padding_mask
from byhand.params import take
from byhand.pt import attention as pt_attention
from byhand.pt import efficient as pt_efficient
from byhand.pt import elmo as pt_elmo
from byhand.pt import external_memory as pt_external_memory
from byhand.pt import gru as pt_gru
from byhand.pt import language_model as pt_language_model
from byhand.pt import lenet as pt_lenet
from byhand.pt import lstm as pt_lstm
from byhand.pt import mlp as pt_mlp
from byhand.pt import position as pt_position
from byhand.pt import q_network as pt_q
from byhand.pt import rnn as pt_rnn
from byhand.pt import self_attention as pt_self_attention
from byhand.pt import seq2seq as pt_seq2seq
from byhand.pt import since_2017 as pt_since_2017
from byhand.pt import skipgram as pt_skipgram
from byhand.pt import transformer as pt_transformer
from byhand.pt import turing_machine as pt_turing_machine
from byhand.pt import vision as pt_vision

B, T, S, D, H, N = 2, 4, 5, 6, 3, 3
X = np.array([[5, 6, 7, 8, 9], [5, 6, 0, 0, 0]])  # (B, S) source tokens, 0 where padded
Y = np.array([[1, 5, 4, 6, 2], [1, 3, 2, 0, 0]])  # (B, T + 1) target tokens
LENGTHS = np.array([5, 2])
MASK = combine(causal_mask(T, S), padding_mask(X))


class Row(NamedTuple):
    """One backward function of `byhand`, and everything to compare it with torch."""

    backward: str  # "module.function"
    forward: object  # of args; returns the outputs and the cache
    args: tuple  # arrays and dicts of arrays, float64
    torch: dict  # what it is -> function of the same arguments, as tensors
    slack: float = 1.0  # times the tolerance
    given: tuple = ()  # what the backward function takes before the gradients


def normal(*shapes, seed=0):
    """Random arrays of these shapes."""
    rng = np.random.default_rng([seed, *map(len, shapes)])
    return [rng.standard_normal(shape) for shape in shapes]


def shaken(params):
    """The same names and shapes, all values random: no bias is zero, no scale is one."""
    rng = np.random.default_rng(len(params))
    return {name: 0.5 * rng.standard_normal(w.shape) for name, w in params.items()}


def drawn(init, *args, **options):
    """The parameters that an `init_*` function draws, shaken."""
    return shaken(init(np.random.default_rng(0), *args, **options))


def of(module):
    """A torch module as a function of its parameters and inputs."""
    return lambda p, *inputs: torch.func.functional_call(module.to(dtype_of(p)), p, inputs)


def dtype_of(params):
    return next(iter(params.values())).dtype


def bools(mask):
    return torch.tensor(mask)


def part(p, name):
    return {key[len(name) + 1 :]: w for key, w in p.items() if key.startswith(name + ".")}


# --- torch's recurrent layers, with the book's names ---


def run_torch(layer, p, x, *states):
    """A torch layer with one bias of zero; p holds the book's W_x, W_h, b."""
    second = torch.zeros_like(p["b"])
    if "b_hn" in p:
        second = torch.cat([second[: -len(p["b_hn"])], p["b_hn"]])
    weights = {"weight_ih_l0": p["W_x"].T, "weight_hh_l0": p["W_h"].T, "bias_ih_l0": p["b"]}
    weights |= {"bias_hh_l0": second}
    given = states[0][None] if len(states) == 1 else tuple(s[None] for s in states)
    return torch.func.functional_call(layer.to(x.dtype), weights, (x, given))


def torch_rnn(p, x, h):
    return run_torch(torch.nn.RNN(x.shape[2], h.shape[1], batch_first=True), p, x, h)[0]


def torch_gru(p, x, h):
    return run_torch(torch.nn.GRU(x.shape[2], h.shape[1], batch_first=True), p, x, h)[0]


def torch_lstm(p, x, h, c):
    out, (_, last) = run_torch(torch.nn.LSTM(x.shape[2], h.shape[1], batch_first=True), p, x, h, c)
    return out, last[0]


TORCH_LAYERS = {"rnn": torch_rnn, "gru": torch_gru, "lstm": torch_lstm}


def from_zero(kind, p, x):
    """A torch layer that starts at zero."""
    h = x.new_zeros(len(x), p["W_h"].shape[0])
    out = TORCH_LAYERS[kind](p, x, *[h] * (1 + (kind == "lstm")))
    return out[0] if kind == "lstm" else out


def first_step(torch_layer):
    """A layer over one step as a cell."""

    def cell(p, x, *states):
        out = torch_layer(p, x[:, None], *states)
        return (out[0][:, 0], out[1]) if isinstance(out, tuple) else out[:, 0]

    return cell


def turned(x):
    """Each sequence turned around within its length (LENGTHS), the padding where it is."""
    t = torch.arange(x.shape[1])
    lengths = bools(LENGTHS)[:, None]
    places = torch.where(t < lengths, lengths - 1 - t, t)
    return x[torch.arange(len(x))[:, None], places]


def both_ways(kind, p, x):
    there = from_zero(kind, part(p, "there"), x)
    return torch.cat([there, turned(from_zero(kind, part(p, "back"), turned(x)))], dim=-1)


def torch_window(p, x):
    """A window of three places as a convolution over time."""
    W = p["W"].reshape(3, x.shape[2], -1).permute(2, 1, 0)  # (H, D, 3)
    return torch.tanh(F.conv1d(x.mT, W, p["b"], padding=1)).mT


def torch_tagger(core):
    def run(p, *features):
        table = features[0] @ p["embed.E"] if features else p["embed.E"]
        real = (torch.arange(S) < bools(LENGTHS)[:, None])[:, :, None]
        x = table[bools(X)] * real
        return core(part(p, "core"), x) @ p["out.W"] + p["out.b"]

    return run


# --- attention ---


def torch_multi_head(mask):
    """torch.nn.MultiheadAttention with the book's names."""

    def run(p, x_q, x_k, x_v):
        layer = torch.nn.MultiheadAttention(
            p["W_q"].shape[1], N, kdim=x_k.shape[2], vdim=x_v.shape[2], batch_first=True
        ).to(x_q.dtype)
        weights = {"in_proj_bias": torch.cat([p["b_q"], p["b_k"], p["b_v"]])}
        weights |= {f"{n}_proj_weight": p[f"W_{n}"].T for n in "qkv"}
        weights |= {"out_proj.weight": p["W_o"].T, "out_proj.bias": p["b_o"]}
        hide = None if mask is None else ~bools(np.broadcast_to(mask, (B, T, S)).copy())
        hide = None if hide is None else hide.repeat_interleave(N, dim=0)
        return torch.func.functional_call(layer, weights, (x_q, x_k, x_v), {"attn_mask": hide})[0]

    return run


def layer_weights(p, attentions):
    """The weights of torch's encoder or decoder layer from the book's."""
    weights = {}
    for k, block in enumerate([*attentions, "ffn"], start=1):
        weights |= {f"norm{k}.weight": p[f"{block}.norm.gamma"]}
        weights |= {f"norm{k}.bias": p[f"{block}.norm.beta"]}
    for ours, theirs in attentions.items():
        weights |= {f"{theirs}.in_proj_weight": torch.cat([p[f"{ours}.W_{k}"].T for k in "qkv"])}
        weights |= {f"{theirs}.in_proj_bias": torch.cat([p[f"{ours}.b_{k}"] for k in "qkv"])}
        weights |= {f"{theirs}.out_proj.weight": p[f"{ours}.W_o"].T}
        weights |= {f"{theirs}.out_proj.bias": p[f"{ours}.b_o"]}
    for k in "12":
        weights |= {f"linear{k}.weight": p[f"ffn.W_{k}"].T, f"linear{k}.bias": p[f"ffn.b_{k}"]}
    return weights


def torch_layer(kind, attentions, order, **masks):
    """torch's own encoder or decoder layer."""

    def run(p, *inputs):
        options = {"dropout": 0.0, "batch_first": True, "norm_first": order == "pre"}
        layer = kind(*p["ffn.W_1"].shape[:1], N, p["ffn.W_1"].shape[1], **options)
        weights = layer_weights(p, attentions)
        given = {name: ~bools(mask) for name, mask in masks.items()}
        return torch.func.functional_call(layer.to(inputs[0].dtype), weights, inputs, given)

    return run


def additive_formula(p, Q, K, V):
    scores = torch.tanh((Q @ p["W_q"])[:, :, None] + (K @ p["W_k"])[:, None]) @ p["w_u"]
    return scores.masked_fill(~bools(MASK), -torch.inf).softmax(dim=-1) @ V


def rotary_formula(x):
    T, K = x.shape[1:]
    i = torch.arange(0, K, 2, dtype=torch.float64)
    angle = torch.arange(T)[:, None] * 10000.0 ** (-i / K)
    points = torch.complex(x[..., : K // 2], x[..., K // 2 :])
    points = points * torch.polar(torch.ones_like(angle), angle).to(points.dtype)
    return torch.cat([points.real, points.imag], dim=2)


def attention_tagger_formula(p):
    fixed = torch.tensor(position.sinusoids(S, D)).to(dtype_of(p))
    x = p["embedding.E"][bools(X)] * D**0.5 + (
        p["positions.P"][:S] if "positions.P" in p else fixed
    )
    found = of(pt_self_attention.MultiHead(D, N))(
        part(p, "attention"), x, x, bools(padding_mask(X))
    )
    return of(pt_mlp.MLP((D, 7, 4)))(part(p, "head"), x + found)


class Method(torch.nn.Module):
    """A module whose forward is another method: functional_call can reach it then."""

    def __init__(self, module, call):
        super().__init__()
        self.inner, self.call = module, call

    def forward(self, *inputs):
        return self.call(self.inner, *inputs)


def by(module, call):
    """A call of a torch module as a function of the parameters (some or all) and the inputs."""

    def run(p, *inputs):
        named = {f"inner.{name}": w for name, w in p.items()}
        return torch.func.functional_call(Method(module.to(dtype_of(p)), call), named, inputs)

    return run


def model(order="pre"):
    return pt_transformer.Transformer(10, 7, D, N, 5, layers=(2, 2), norm=order)


def read(twin):
    return twin.encode(bools(X))[0]


def written(twin, memory):
    """What the twin's decoder hands to the output layer."""
    y, mask = twin.target(bools(Y[:, :-1])), bools(padding_mask(X))
    for layer in twin.decoder:
        y = layer(y, memory, bools(causal_mask(T)), mask)
    return twin.decoder_norm(y)


def smoothed(twin):
    logits = twin(bools(X), None, bools(Y[:, :-1]))
    labels = bools(Y[:, 1:]).flatten()
    return F.cross_entropy(logits.flatten(0, 1), labels, ignore_index=0, label_smoothing=0.1)


# --- the rows ---


def activation_rows():
    (z,) = normal((3, 4, 5))
    theirs = {
        "identity": lambda z: 1 * z,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "leaky_relu": F.leaky_relu,
        "gelu": F.gelu,
        "gelu_tanh": lambda z: F.gelu(z, approximate="tanh"),
        "softmax": lambda z: F.softmax(z, dim=-1),
        "log_softmax": lambda z: F.log_softmax(z, dim=-1),
    }
    return [
        Row(f"activations.{name}_backward", getattr(activations, name), (2 * z,), {"torch": f})
        for name, f in theirs.items()
    ]


def arithmetic_rows():
    a, b, row = normal((3, 4), (3, 4), (1, 4))
    A, C = normal((2, 3, 4), (4, 5))
    positive = (np.abs(a) + 0.5,)
    return [
        Row("arithmetic.add_backward", arithmetic.add, (a, row), {"torch": torch.add}),
        Row("arithmetic.multiply_backward", arithmetic.multiply, (row, b), {"torch": torch.mul}),
        Row("arithmetic.matmul_backward", arithmetic.matmul, (A, C), {"torch": torch.matmul}),
        Row(
            "arithmetic.power_backward",
            lambda a: arithmetic.power(a, 3),
            (a,),
            {"torch": lambda a: a**3},
        ),
        Row("arithmetic.exp_backward", arithmetic.exp, (a,), {"torch": torch.exp}),
        Row("arithmetic.log_backward", arithmetic.log, positive, {"torch": torch.log}),
        Row("arithmetic.total_backward", arithmetic.total, (a,), {"torch": torch.sum}),
    ]


def loss_rows():
    y, t, z = normal((3, 5), (3, 5), (2, 4, 5))
    sign = np.array([1, -1, 1, 1, -1])
    labels = np.array([[0, 4, 2, -1], [3, -1, -1, 1]])
    p, q = (np.abs(v) + 0.1 for v in (y, t))
    p, q = p / p.sum(axis=1, keepdims=True), q / q.sum(axis=1, keepdims=True)

    def target(y):
        return torch.tensor(t).to(y.dtype)

    def cross(z):
        return F.cross_entropy(
            z.flatten(0, 1), bools(labels).flatten(), ignore_index=-1, label_smoothing=0.1
        )

    return [
        Row(
            "losses.mse_backward",
            lambda y: losses.mse(y, t.astype(y.dtype)),
            (y,),
            {"torch": lambda y: F.mse_loss(y, target(y))},
        ),
        Row(
            "losses.mae_backward",
            lambda y: losses.mae(y, t.astype(y.dtype)),
            (y,),
            {"torch": lambda y: F.l1_loss(y, target(y))},
        ),
        Row(
            "losses.hinge_backward",
            lambda s: losses.hinge(s, sign),
            (2 * y[0],),
            {"formula": lambda s: (1 - bools(sign) * s).clamp(min=0).mean()},
        ),
        Row(
            "losses.cross_entropy_backward",
            lambda z: losses.cross_entropy(z, labels, labels >= 0, 0.1),
            (z,),
            {"torch": cross},
        ),
        Row(
            "losses.kl_backward",
            losses.kl,
            (p, q),
            {"formula": lambda p, q: (p * (p / q).log()).sum(-1).mean()},
        ),
    ]


def dense_rows():
    p, x = drawn(mlp.init_linear, 4, 5), normal((2, 3, 4))[0]
    sizes = (4, 5, 3, 2)
    net, flat = drawn(mlp.init_mlp, sizes), normal((7, 4))[0]

    def torch_mlp(phi):
        def run(p, a):
            for k in "012":
                z = F.linear(a, p[f"{k}.W"].T, p[f"{k}.b"])
                a = phi(z)
            return z

        return run

    neuron_args = ({"w": normal((4,))[0], "b": np.array(0.3)}, flat)
    sign = np.array([1, -1, 1, 1, -1, -1, 1])
    penalised = {"0.W": p["W"], "0.b": p["b"]}
    mask = normal((3, 4))[0] > 0
    return [
        Row(
            "mlp.linear_backward",
            mlp.linear,
            (p, x),
            {"twin": of(pt_mlp.Linear(4, 5)), "torch": lambda p, x: F.linear(x, p["W"].T, p["b"])},
        ),
        *(
            Row(
                "mlp.mlp_backward",
                lambda p, x, phi=phi: mlp.mlp(p, x, phi),
                (net, flat),
                {"twin": of(pt_mlp.MLP(sizes, phi)), "torch": torch_mlp(f)},
            )
            for phi, f in pt_mlp.PHI.items()
        ),
        Row(
            "neuron.score_backward",
            neuron.score,
            neuron_args,
            {"formula": lambda p, X: X @ p["w"] + p["b"]},
        ),
        Row(
            "neuron.criterion_backward",
            lambda z: neuron.criterion(z, sign.astype(z.dtype)),
            (flat[:, 0],),
            {"formula": lambda z: torch.relu(-bools(sign) * z).sum()},
        ),
        Row(
            "regularise.dropout_backward",
            lambda x: regularise.dropout(x, mask, 0.4),
            normal((3, 4)),
            {"formula": lambda x: x * bools(mask) / (1 - 0.4)},
        ),
        Row(
            "regularise.l2_backward",
            lambda p: regularise.l2(p, 0.3),
            (penalised,),
            {"formula": lambda p: 0.15 * (p["0.W"] ** 2).sum() + 0 * p["0.b"].sum()},
        ),
        Row(
            "regularise.l1_backward",
            lambda p: regularise.l1(p, 0.3),
            (penalised,),
            {"formula": lambda p: 0.3 * p["0.W"].abs().sum() + 0 * p["0.b"].sum()},
        ),
        Row(
            "embedding.embedding_backward",
            lambda p: embedding.embedding(p, X),
            ({"E": normal((10, 3))[0]},),
            {
                "twin": lambda p: of(pt_seq2seq.Embedding(10, 3))(p, bools(X)),
                "torch": lambda p: F.embedding(bools(X), p["E"]),
            },
        ),
        Row(
            "position.rotary_backward",
            position.rotary,
            (normal((2, 5, 6))[0],),
            {"twin": pt_position.rotary, "formula": rotary_formula},
        ),
        Row(
            "position.learned_positions_backward",
            position.learned_positions,
            ({"P": normal((7, 3))[0]}, *normal((2, 4, 3))),
            {"formula": lambda p, x: x + p["P"][:4]},
        ),
        Row(
            "kernel_regression.kernel_regression_backward",
            kernel_regression.kernel_regression,
            (
                {"W_q": normal((2, 5))[0], "W_k": normal((2, 5), seed=1)[0]},
                *normal((3, 2), (4, 2), (4,)),
            ),
            {
                "formula": lambda p, x, s, y: (
                    torch.softmax(-(torch.cdist(x @ p["W_q"], s @ p["W_k"]) ** 2) / 2, dim=1) @ y
                )
            },
            20,
        ),
    ]


def image_rows():
    p, x = drawn(conv.init_conv, 3, 4, 2), normal((2, 3, 7, 5))[0]
    twin = pt_lenet.Lenet(10, 3, 1, (2, 3, 4), (6, 5), "tanh", "average")
    theirs = {"torch": lambda p, x: F.conv2d(x, p["W"], p["b"], stride=2, padding=1)}
    image = {"gamma": 1 + normal((3,))[0], "beta": normal((3,), seed=1)[0]}
    rows = [
        Row(
            f"conv.{name}_backward",
            lambda p, x, f=name: getattr(conv, f)(p, x, 2, 1),
            (p, x),
            theirs,
        )
        for name in ("conv2d", "conv2d_by_chunks")
    ]
    rows += [
        Row(
            f"pool.{name}_backward",
            lambda x, f=name: getattr(pool, f)(x, 3, 2),
            (x,),
            {"torch": lambda x, f=pooled: f(x, 3, 2)},
        )
        for name, pooled in {"max_pool": F.max_pool2d, "average_pool": F.avg_pool2d}.items()
    ]
    return rows + [
        Row(
            "lenet.lenet_backward",
            lambda p, x: lenet.lenet(p, x, 1, "tanh", "average"),
            (drawn(lenet.init_lenet, 10, 3, 1, (2, 3, 4), (6, 5)), *normal((3, 2, 10, 10))),
            {"twin": of(twin)},
        ),
        Row(
            "norm.batch_norm_backward",
            norm.batch_norm,
            (image, x),
            {
                "torch": lambda p, x: F.batch_norm(
                    x, None, None, p["gamma"], p["beta"], training=True
                )
            },
            5,
        ),
        Row(
            "norm.layer_norm_backward",
            norm.layer_norm,
            (image, *normal((2, 4, 3))),
            {
                "twin": of(pt_transformer.LayerNorm(3)),
                "torch": lambda p, x: F.layer_norm(x, (3,), p["gamma"], p["beta"]),
            },
        ),
    ]


def recurrent_rows():
    x, h, c = normal((B, T, D), (B, H), (B, H))
    one, padded_x = x[:, 0], normal((B, S, D))[0]
    p = {kind: drawn(recurrent.init_layer, kind, D, H) for kind in recurrent.KINDS}
    before = drawn(gru.init_gru, D, H, "before")
    out = drawn(recurrent.init_recurrent, "gru", D, H, 7)
    deep = drawn(recurrent.init_stack, "lstm", D, H, 2)
    two = drawn(recurrent.init_bidirectional, "lstm", D, H)
    window = drawn(tagger.init_tagger, 10, D, H, 4, "window", 1)
    letters = np.abs(normal((10, 8))[0])

    def before_cell(p, x, h):
        return of(pt_gru.GRU(D, H, "before"))(p, x[:, None], h)[:, 0]

    return [
        Row(
            "rnn.rnn_cell_backward",
            rnn.rnn_cell,
            (p["rnn"], one, h),
            {"torch": first_step(torch_rnn)},
        ),
        Row(
            "rnn.rnn_backward",
            rnn.rnn,
            (p["rnn"], x, h),
            {"twin": of(pt_rnn.Rnn(D, H)), "torch": torch_rnn},
        ),
        Row(
            "lstm.lstm_cell_backward",
            lstm.lstm_cell,
            (p["lstm"], one, h, c),
            {"twin": first_step(of(pt_lstm.LSTM(D, H))), "torch": first_step(torch_lstm)},
        ),
        *(
            Row(
                name,
                forward,
                (p["lstm"], x, h, c),
                {"twin": of(pt_lstm.LSTM(D, H)), "torch": torch_lstm},
            )
            for name, forward in (
                ("lstm.lstm_backward", lstm.lstm),
                ("lstm_fast.lstm_fast_backward", lstm_fast.lstm_fast),
            )
        ),
        Row(
            "gru.gru_cell_backward",
            gru.gru_cell,
            (p["gru"], one, h),
            {"twin": first_step(of(pt_gru.GRU(D, H))), "torch": first_step(torch_gru)},
        ),
        Row(
            "gru.gru_cell_backward",
            lambda p, x, h: gru.gru_cell(p, x, h, "before"),
            (before, one, h),
            {"twin": before_cell},
        ),
        Row(
            "gru.gru_backward",
            gru.gru,
            (p["gru"], x, h),
            {"twin": of(pt_gru.GRU(D, H)), "torch": torch_gru},
        ),
        Row(
            "gru.gru_backward",
            lambda p, x, h: gru.gru(p, x, h, "before"),
            (before, x, h),
            {"twin": of(pt_gru.GRU(D, H, "before"))},
        ),
        *(
            Row(
                "recurrent.layer_backward",
                lambda p, x, k=kind: recurrent.layer(k, p, x),
                (p[kind], x),
                {"torch": lambda p, x, k=kind: from_zero(k, p, x)},
                given=(kind,),
            )
            for kind in recurrent.KINDS
        ),
        Row(
            "recurrent.recurrent_backward",
            lambda p, x: recurrent.recurrent("gru", p, x),
            (out, x),
            {"torch": lambda p, x: from_zero("gru", part(p, "layer"), x) @ p["out.W"] + p["out.b"]},
        ),
        Row(
            "recurrent.stack_backward",
            lambda p, x: recurrent.stack("lstm", p, x),
            (deep, x),
            {
                "torch": lambda p, x: from_zero(
                    "lstm", part(p, "1"), from_zero("lstm", part(p, "0"), x)
                )
            },
        ),
        Row(
            "recurrent.bidirectional_backward",
            lambda p, x: recurrent.bidirectional("lstm", p, x, LENGTHS),
            (two, padded_x),
            {"torch": lambda p, x: both_ways("lstm", p, x)},
        ),
        Row(
            "padded.reverse_padded_backward",
            lambda x: padded.reverse_padded(x, LENGTHS),
            (padded_x,),
            {"formula": turned},
        ),
        Row(
            "padded.last_states_backward",
            lambda h: padded.last_states(h, LENGTHS),
            (padded_x,),
            {"formula": lambda h: h[torch.arange(B), bools(LENGTHS) - 1]},
        ),
        Row(
            "tagger.window_backward",
            tagger.window,
            (take(window, "core"), x),
            {"torch": torch_window},
        ),
        Row(
            "tagger.tagger_backward",
            lambda p: tagger.tagger(p, X, LENGTHS, "window"),
            (window,),
            {"torch": torch_tagger(torch_window)},
        ),
        Row(
            "tagger.tagger_backward",
            lambda p: tagger.tagger(p, X, LENGTHS, "rnn"),
            (drawn(tagger.init_tagger, 10, D, H, 4, "rnn"),),
            {"torch": torch_tagger(lambda p, x: from_zero("rnn", p, x))},
        ),
        Row(
            "tagger.tagger_backward",
            lambda p: tagger.tagger(p, X, LENGTHS, "birnn", letters.astype(dtype_of(p))),
            (drawn(tagger.init_tagger, 8, D, 4, 7, "birnn"),),
            {
                "torch": lambda p: torch_tagger(lambda p, x: both_ways("rnn", p, x))(
                    p, torch.tensor(letters).to(dtype_of(p))
                )
            },
        ),
    ]


def deep_rows():
    """Three networks of four blocks' kinds at once, against torch's own layers one by one."""
    x = normal((B, D))[0]

    def alone(p, m, normed, skip):
        a, last = torch.tensor(x).to(dtype_of(p)), len(p) // 3 - 1
        for l in range(last + 1):
            W, gamma, beta = (p[f"{l}.{k}"][m] for k in ("W", "gamma", "beta"))
            if l % 2:
                start = a
            z = a @ W
            if normed and l < last:
                z = torch.nn.functional.batch_norm(z, None, None, gamma[0], beta[0], training=True)
            else:
                z = z + beta + 0 * gamma  # not used here
            if skip and l % 2 == 0 and 0 < l < last:
                z = z + start
            a = torch.relu(z)
        return z

    def three(rng):
        nets = [deep.init_deep(rng, 2, H, D, C=3) for _ in range(3)]
        return side_by_side.stacked(nets)

    return [
        Row(
            "deep.deep_backward",
            lambda p, on=on: deep.deep(p, x.astype(dtype_of(p)), *on),
            (drawn(three),),
            {"torch": lambda p, on=on: torch.stack([alone(p, m, *on) for m in range(3)])},
        )
        for on in ((True, True), (True, False), (False, True))
    ]


def side_by_side_rows():
    """Three networks of each kind at once, against torch's layer on each of them alone."""
    x = normal((T, 3, B, 2))[0]

    def torch_relu(p, x, h):
        layer = torch.nn.RNN(x.shape[2], h.shape[1], nonlinearity="relu", batch_first=True)
        return run_torch(layer, p, x, h)[0]

    def answer(kind, net, x):
        net, h = net | {"b": net["b"][0]}, x.new_zeros(B, H)
        out = torch_relu(net, x, h) if kind == "relu" else from_zero(kind, net, x)
        return out[:, -1] @ net["w"] + net["w_0"]

    def alone(kind, p):
        xs = torch.tensor(x).to(dtype_of(p)).permute(1, 2, 0, 3)
        nets = [{name: w[m] for name, w in p.items()} for m in range(3)]
        return torch.stack([answer(kind, net, x) for net, x in zip(nets, xs, strict=True)])

    def three(rng, kind):
        return side_by_side.stacked([side_by_side.init_net(rng, kind, H) for _ in range(3)])

    return [
        Row(
            "side_by_side.answers_backward",
            lambda p, k=kind: side_by_side.answers(k, p, x.astype(dtype_of(p))),
            (drawn(three, kind),),
            {"torch": lambda p, k=kind: alone(k, p)},
        )
        for kind in side_by_side.KINDS
    ]


def attention_rows():
    Q, K, V = normal((B, T, D), (B, S, D), (B, S, 7))
    heads = [a[:, None] * np.array([1.0, -0.5, 0.3])[:, None, None] for a in (Q, K, V)]
    mask = MASK[:, None]
    many = drawn(self_attention.init_multi_head, D, N, D_kv=7)
    own = drawn(self_attention.init_multi_head, D, N)
    q, kv = normal((B, T, D), (B, S, 7))
    tags = {
        kind: drawn(attention_tagger.init_attention_tagger, 10, D, N, 4, 7, kind, T_max=9)
        for kind in ("learned", "sinusoids")
    }

    def hidden(mask):
        return lambda Q, K, V: F.scaled_dot_product_attention(Q, K, V, bools(mask))

    def to_memory(p, x, memory):
        return of(pt_self_attention.MultiHead(D, N, D_kv=7))(p, x, memory, bools(MASK))

    def to_itself(p, x):
        return of(pt_self_attention.MultiHead(D, N))(p, x, x, bools(causal_mask(T)))

    return [
        Row(
            "attention.scaled_dot_product_attention_backward",
            lambda *a: attention.scaled_dot_product_attention(*a, MASK),
            (Q, K, V),
            {
                "twin": lambda *a: pt_self_attention.attend(*a, bools(MASK))[0],
                "torch": hidden(MASK),
            },
        ),
        Row(
            "attention.attention_by_heads_backward",
            lambda *a: attention.attention_by_heads(*a, mask),
            heads,
            {"torch": hidden(mask)},
        ),
        Row(
            "attention.additive_attention_backward",
            lambda *a: attention.additive_attention(*a, MASK),
            (drawn(attention.init_additive, D, 7, 8), q, kv, normal((B, S, 9))[0]),
            {
                "twin": lambda p, *a: of(pt_attention.AdditiveAttention(D, 7, 8))(
                    p, *a, bools(MASK)
                )[0],
                "formula": additive_formula,
            },
        ),
        Row(
            "self_attention.multi_head_backward",
            lambda p, *a: self_attention.multi_head(p, *a, N, MASK),
            (many, q, kv, normal((B, S, 7), seed=9)[0]),
            {"torch": torch_multi_head(MASK)},
        ),
        Row(
            "self_attention.cross_attention_backward",
            lambda p, x, memory: self_attention.cross_attention(p, x, memory, N, MASK),
            (many, q, kv),
            {"twin": to_memory, "torch": lambda p, x, m: torch_multi_head(MASK)(p, x, m, m)},
        ),
        Row(
            "self_attention.self_attention_backward",
            lambda p, x: self_attention.self_attention(p, x, N, causal_mask(T)),
            (own, q),
            {"twin": to_itself},
        ),
        *(
            Row(
                "attention_tagger.attention_tagger_backward",
                lambda p, k=kind: attention_tagger.attention_tagger(p, X, N, padding_mask(X), k),
                (p,),
                {"twin": attention_tagger_formula},
            )
            for kind, p in tags.items()
        ),
    ]


def block_rows(order):
    x, memory = normal((B, T, D), (B, S, D))
    encoder, decoder = (
        drawn(init, D, N, 5) for init in (blocks.init_encoder_layer, blocks.init_decoder_layer)
    )
    ffn = take(encoder, "ffn")
    causal, pads = causal_mask(T), padding_mask(X)
    around = (blocks.feed_forward, blocks.feed_forward_backward)

    def twin_residual(p, x):
        block = pt_transformer.normed(pt_transformer.FeedForward(D, 5), D)
        return by(block, lambda f, x: pt_transformer.residual(f, x, f, order))(p, x)

    def twin_decoder(p, y, memory):
        layer = pt_transformer.DecoderLayer(D, N, 5, order)
        return of(layer)(p, y, memory, bools(causal), bools(pads))

    return [
        Row(
            "blocks.residual_backward",
            lambda p, x: blocks.residual(p, x, around, order),
            (ffn, x),
            {"twin": twin_residual},
        ),
        Row(
            "blocks.encoder_layer_backward",
            lambda p, x: blocks.encoder_layer(p, x, N, causal, order),
            (encoder, x),
            {
                "twin": lambda p, x: of(pt_transformer.EncoderLayer(D, N, 5, order))(
                    p, x, bools(causal)
                ),
                "torch": torch_layer(
                    torch.nn.TransformerEncoderLayer, {"attn": "self_attn"}, order, src_mask=causal
                ),
            },
            5,
        ),
        Row(
            "blocks.decoder_layer_backward",
            lambda p, y, m: blocks.decoder_layer(p, y, m, N, causal, pads, order),
            (decoder, x, memory),
            {
                "twin": twin_decoder,
                "torch": torch_layer(
                    torch.nn.TransformerDecoderLayer,
                    {"attn": "self_attn", "cross": "multihead_attn"},
                    order,
                    tgt_mask=causal,
                    memory_key_padding_mask=pads[:, 0],
                ),
            },
            5,
        ),
    ]


def model_rows(order):
    p = drawn(transformer.init_transformer, 10, 7, D, N, 5, layers=(2, 2), norm=order)
    of_encoder = {n: w for n, w in p.items() if n.startswith(("source", "encoder"))}
    of_decoder = {n: w for n, w in p.items() if n.startswith(("target", "decoder"))}
    memory = normal((B, S, D))[0]
    return [
        Row(
            "transformer.encode_backward",
            lambda p: transformer.encode(p, X, N, order),
            (of_encoder,),
            {"twin": by(model(order), read)},
            10,
        ),
        Row(
            "transformer.decode_backward",
            lambda p, m: transformer.decode(p, Y[:, :-1], m, X, N, order),
            (of_decoder, memory),
            {"twin": by(model(order), written)},
            10,
        ),
        Row(
            "transformer.transformer_backward",
            lambda p: transformer.transformer(p, X, Y[:, :-1], N, order),
            (p,),
            {"twin": by(model(order), lambda twin: twin(bools(X), None, bools(Y[:, :-1])))},
            10,
        ),
        Row(
            "transformer.sequence_loss_backward",
            lambda p: transformer.sequence_loss(p, X, Y, N, order),
            (p,),
            {"twin": by(model(order), smoothed)},
            10,
        ),
    ]


def sequence_rows():
    p = drawn(seq2seq.init_seq2seq, 10, 7, D, H)
    of_encoder = {n: w for n, w in p.items() if n.startswith(("source", "encoder"))}
    of_decoder = {n: w for n, w in p.items() if n.startswith(("target", "decoder", "out"))}
    twin, c = pt_seq2seq.Seq2seq(10, 7, D, H), normal((B, H))[0]
    lengths, Y_in = bools(LENGTHS), bools(Y[:, :-1])

    def read_by_ours(q):
        H_of = {"out.W": p["out.W"].astype(dtype_of(q))}  # its first axis says how wide a state is
        return seq2seq.encode(q | H_of, X, LENGTHS)

    def read_by_torch(q):
        h = from_zero("gru", part(q, "encoder"), q["source.E"][bools(X)])
        return h[torch.arange(B), lengths - 1]

    ffn = take(drawn(blocks.init_encoder_layer, D, N, 5), "ffn")
    plain = {name: w for name, w in ffn.items() if not name.startswith("norm")}
    return [
        Row("seq2seq.encode_backward", read_by_ours, (of_encoder,), {"torch": read_by_torch}),
        Row(
            "seq2seq.decode_backward",
            lambda p, c: seq2seq.decode(p, c, Y[:, :-1]),
            (of_decoder, c),
            {"twin": by(twin, lambda twin, c: twin.out(twin.decoder(twin.target(Y_in), c)))},
        ),
        Row(
            "seq2seq.seq2seq_backward",
            lambda p: seq2seq.seq2seq(p, X, LENGTHS, Y[:, :-1]),
            (p,),
            {"twin": by(twin, lambda twin: twin(bools(X), lengths, Y_in))},
        ),
        Row(
            "blocks.feed_forward_backward",
            blocks.feed_forward,
            (plain, *normal((B, T, D))),
            {"twin": of(pt_transformer.FeedForward(D, 5))},
        ),
        Row(
            "transformer.embed_backward",
            lambda p: transformer.embed(p, X),
            ({"E": normal((10, D))[0]},),
            {"twin": lambda p: of(pt_transformer.Embed(10, D))(p, bools(X))},
        ),
    ]


def pretraining_rows():
    """Chapter 17: word vectors, the joined language models, GPT and BERT in small."""
    word_pairs = np.array([1, 4, 1]), np.array([2, 3, 1]), np.array([[0, 2], [3, 3], [5, 1]])
    texts, asked = X + (X > 0), np.array([[0, 1, 1, 0, 1], [1, 0, 0, 0, 0]], bool)
    targets = np.where(texts > 0, texts - 3, 0)
    lm = drawn(language_model.init_language_model, 11, 7, D, N, 5, layers=2)
    lm_twin = pt_language_model.LanguageModel(11, 7, D, N, 5, 2)
    joined, joined_twin = drawn(elmo.init_elmo, 11, D, H), pt_elmo.Elmo(11, D, H)
    mixing = {"s": normal((3,))[0], "gamma": np.array(0.7)}
    rows = [
        Row(
            "skipgram.skipgram_backward",
            lambda p: skipgram.skipgram(p, *word_pairs),
            (drawn(skipgram.init_skipgram, 6, D),),
            {"twin": by(pt_skipgram.Skipgram(6, D), lambda twin: twin(*map(bools, word_pairs)))},
        ),
        Row(
            "elmo.states_backward",
            lambda p: elmo.states(p, texts),
            ({n: w for n, w in joined.items() if not n.startswith("out")},),
            {"twin": by(joined_twin, lambda twin: twin.states(bools(texts)))},
        ),
        Row(
            "elmo.elmo_loss_backward",
            lambda p: elmo.elmo_loss(p, texts),
            (joined,),
            {"twin": by(joined_twin, lambda twin: twin(bools(texts)))},
        ),
        Row("elmo.mix_backward", elmo.mix, (mixing, *normal((3, B, D))), {"twin": pt_elmo.mix}),
    ]
    for causal in (True, False):
        rows += [
            Row(
                "language_model.contextual_backward",
                lambda p, c=causal: language_model.contextual(p, texts, N, c),
                (lm,),
                {"twin": by(lm_twin, lambda twin, c=causal: twin.contextual(bools(texts), c))},
                10,
            ),
            Row(
                "language_model.language_loss_backward",
                lambda p, c=causal: language_model.language_loss(p, texts, targets, asked, N, c),
                (lm,),
                {
                    "twin": by(
                        lm_twin,
                        lambda twin, c=causal: twin(*map(bools, (texts, targets, asked)), c),
                    )
                },
                10,
            ),
        ]
    return rows


def vision_rows():
    """Chapter 18: patches, class token or mean, hidden patches."""
    (pictures,) = normal((3, 2, 4, 6), seed=18)
    sizes = (2, (4, 6), 2, D, N, 5, 2)
    hidden = np.arange(18).reshape(3, 6) % 4 == 1
    filler = drawn(inpainting.init_filler, *sizes)
    filler_twin = pt_vision.Filler(*sizes)
    rows = [
        Row(
            "vision.patches_backward",
            lambda x: vision.patches(x, 2),
            (pictures,),
            {"twin": lambda x: pt_vision.patches(x, 2)},
        ),
        Row(
            "vision.embed_backward",
            lambda p, x: vision.embed(p, x, 2, hidden),
            ({n: filler[n] for n in ("patch.W", "patch.b", "P", "gap")}, pictures),
            {
                "formula": lambda p, x: (
                    torch.where(
                        bools(hidden)[:, :, None],
                        p["gap"],
                        pt_vision.patches(x, 2) @ p["patch.W"] + p["patch.b"],
                    )
                    + p["P"]
                )
            },
        ),
        Row(
            "inpainting.fill_backward",
            lambda p, x: inpainting.fill(p, x, hidden, 2, N),
            (filler, pictures),
            {"twin": by(filler_twin, lambda twin, x: twin(x, bools(hidden)))},
            10,
        ),
        Row(
            "inpainting.fill_loss_backward",
            lambda p: inpainting.fill_loss(p, pictures.astype(p["P"].dtype), hidden, 2, N),
            (filler,),
            {
                "twin": by(
                    filler_twin,
                    lambda twin: twin.loss(torch.tensor(pictures).to(twin.P.dtype), bools(hidden)),
                )
            },
            10,
        ),
    ]
    for read in vision.READS:
        p = drawn(vision.init_vit, *sizes, 4, read)
        twin = pt_vision.Vit(*sizes, classes=4, cls=read == "class")
        body = {n: w for n, w in p.items() if not n.startswith("head")}
        rows += [
            Row(
                "vision.vit_backward",
                lambda p, x: vision.vit(p, x, 2, N),
                (p, pictures),
                {"twin": of(twin)},
                10,
            ),
            Row(
                "vision.encode_backward",
                lambda p, x: vision.encode(p, x, 2, N),
                (body, pictures),
                {"twin": by(twin, lambda twin, x: twin.encode(x))},
                10,
            ),
        ]
    return rows


def since_2017_rows():
    """Side road 17s: RMS norm, gated feed-forward block, shared key heads."""
    x, Q = normal((B, T, D), (B, 2 * N, T, H), seed=17)
    K, V = normal((B, N, S, H), (B, N, S, D), seed=18)
    gated = dict(zip(("W_1", "W_3", "W_2"), normal((D, H), (D, H), (H, D), seed=16), strict=True))

    def torchs_norm(p, x):
        return F.rms_norm(x, x.shape[-1:], p["gamma"], 1e-5)

    def torchs_groups(Q, K, V):
        return F.scaled_dot_product_attention(Q, K, V, enable_gqa=True)

    return [
        Row(
            "since_2017.rms_norm_backward",
            since_2017.rms_norm,
            ({"gamma": normal((D,), seed=15)[0]}, x),
            {"twin": pt_since_2017.rms_norm, "torch": torchs_norm},
        ),
        Row(
            "since_2017.gated_feed_forward_backward",
            since_2017.gated_feed_forward,
            (gated, x),
            {"twin": pt_since_2017.gated_feed_forward},
        ),
        Row(
            "since_2017.grouped_attention_backward",
            since_2017.grouped_attention,
            (Q, K, V),
            {"twin": pt_since_2017.grouped_attention, "torch": torchs_groups},
        ),
    ]


def efficient_rows():
    """Chapter 19: pieces, windows, projected keys, sums instead of maps, segments."""
    qkv = normal((B, N, 7, D), (B, N, 7, D), (B, N, 7, H), seed=19)
    apart = normal((B, N, T, D), (B, N, S, D), (B, N, S, H), seed=19)
    (memory,) = normal((B, T, D), seed=20)
    scaled = torch.nn.functional.scaled_dot_product_attention
    rows = []
    for causal in (False, True):

        def chunks(Q, K, V, causal=causal):
            return chunked.chunked_attention(Q, K, V, 3, causal)

        def chunks_twin(Q, K, V, causal=causal):
            return pt_efficient.chunked_attention(Q, K, V, 3, causal)

        def fused(Q, K, V, causal=causal):
            mask = torch.ones(Q.shape[-2], K.shape[-2], dtype=torch.bool)
            return scaled(Q, K, V, mask.tril(K.shape[-2] - Q.shape[-2]) if causal else mask)

        def window(Q, K, V, causal=causal):
            return windowed.windowed_attention(Q, K, V, 2, 1, causal)

        def window_twin(Q, K, V, causal=causal):
            return pt_efficient.windowed_attention(Q, K, V, 2, 1, causal)

        theirs = {"twin": chunks_twin, "torch": fused}
        rows += [
            Row("chunked.chunked_attention_backward", chunks, tuple(qkv), theirs, 2),
            Row("chunked.chunked_attention_backward", chunks, tuple(apart), theirs, 2),
            Row(
                "windowed.windowed_attention_backward", window, tuple(qkv), {"twin": window_twin}, 2
            ),
        ]
    return [
        *rows,
        Row(
            "linear_attention.projected_attention_backward",
            linear_attention.projected_attention,
            (drawn(linear_attention.init_projection, 9, T), *qkv),
            {"twin": pt_efficient.projected_attention},
            2,
        ),
        Row(
            "linear_attention.linear_attention_backward",
            linear_attention.linear_attention,
            tuple(apart),
            {"twin": pt_efficient.linear_attention},
            2,
        ),
        Row(
            "linear_attention.causal_linear_attention_backward",
            linear_attention.causal_linear_attention,
            tuple(qkv),
            {"twin": pt_efficient.causal_linear_attention},
            2,
        ),
        Row(
            "segments.segment_attention_backward",
            lambda p, X: segments.segment_attention(p, X, memory.astype(X.dtype)),
            (drawn(segments.init_segment, D, 4, H), *normal((B, S, D), seed=21)),
            {
                "twin": lambda p, X: pt_efficient.segment_attention(
                    p, X, torch.tensor(memory).to(X.dtype)
                )
            },
            2,
        ),
    ]


def memory_rows():
    """Chapters 20 and 23: the steps of an external memory, and a Q-network's loss."""
    rng = np.random.default_rng(20)
    M, k, e, a = rng.standard_normal((B, S, D)), *rng.standard_normal((3, B, D))
    w, before = rng.dirichlet(np.ones(S), (2, B))
    s, e = rng.dirichlet(np.ones(3), B), rng.random((B, D))
    beta, gamma = rng.uniform(1, 3, (2, B, 1))
    g = rng.random((B, 1))
    arguments = {
        "by_content": (M, k, beta),
        "gated": (w, before, g),
        "shifted": (w, s),
        "sharpened": (w, gamma),
        "address": (M, before, k, beta, g, s, gamma),
        "read": (M, w),
        "write": (M, w, e, a),
    }
    rows = [
        Row(
            f"external_memory.{name}_backward",
            getattr(external_memory, name),
            args,
            {"twin": getattr(pt_external_memory, name)},
            2,
        )
        for name, args in arguments.items()
    ]
    q, actions, target = rng.standard_normal((7, 3)), rng.integers(0, 3, 7), rng.normal(0, 2, 7)

    def picked(q):
        chosen = q[torch.arange(7), torch.as_tensor(actions)]
        return torch.nn.functional.huber_loss(chosen, torch.tensor(target).to(q.dtype))

    loss = Row(
        "q_learning.q_loss_backward",
        lambda q: q_learning.q_loss(q, actions, target.astype(q.dtype)),
        (q,),
        {
            "torch": picked,
            "twin": lambda q: pt_q.q_loss(
                q, torch.as_tensor(actions), torch.tensor(target).to(q.dtype)
            ),
        },
    )
    numbers = rng.standard_normal((B, T, D))
    machine = Row(
        "turing_machine.turing_machine_backward",
        lambda p: turing_machine.turing_machine(p, numbers.astype(p["b"].dtype), S),
        (drawn(turing_machine.init_turing_machine, D, H, 2, 3),),
        {
            "twin": lambda p: pt_turing_machine.turing_machine(
                p, torch.as_tensor(numbers).to(p["b"].dtype), S
            )
        },
        4,
    )
    return [*rows, loss, machine]


ROWS = [
    *activation_rows(),
    *arithmetic_rows(),
    *loss_rows(),
    *dense_rows(),
    *image_rows(),
    *recurrent_rows(),
    *deep_rows(),
    *side_by_side_rows(),
    *attention_rows(),
    *sequence_rows(),
    *pretraining_rows(),
    *vision_rows(),
    *since_2017_rows(),
    *efficient_rows(),
    *memory_rows(),
    *(row for order in ("pre", "post") for row in block_rows(order) + model_rows(order)),
]
