"""Deep networks from their tables: exact parameter counts and output shapes;
batch norm in a small net; the stored table of chapter 8 can be made again."""

import sys

import numpy as np
import pytest
import torch
from byhand.data import depths as table
from byhand.deep import deep, init_deep, train_deep
from byhand.pt.nets.alexnet import alexnet
from byhand.pt.nets.googlenet import BLOCKS, Inception, googlenet
from byhand.pt.nets.resnet import Block, resnet, small_net
from byhand.pt.nets.side_by_side import Nets, train_nets
from byhand.pt.nets.vgg import vgg
from byhand.side_by_side import stacked
from conftest import ROOT

sys.path.append(str(ROOT / "tools"))

import depths as command  # noqa: E402

COUNTS = {  # from the papers' tables; where torchvision builds another form, that as well
    "alexnet, 2012": (alexnet, {}, 60_965_224),
    "alexnet, 2014": (alexnet, {"form": "2014"}, 61_838_248),
    "alexnet, torchvision": (alexnet, {"form": "torchvision"}, 61_100_840),
    "vgg16": (vgg, {"depth": 16}, 138_357_544),
    "vgg19": (vgg, {"depth": 19}, 143_667_240),
    # batch norm has two numbers, a bias one
    "googlenet, paper": (googlenet, {}, 6_998_552 + 7_280),
    "googlenet, torchvision": (googlenet, {"five": 3}, 6_624_904),
    "resnet18": (resnet, {"depth": 18}, 11_689_512),
    "resnet34": (resnet, {"depth": 34}, 21_797_672),
    "resnet50": (resnet, {"depth": 50}, 25_557_032),
}


@pytest.mark.parametrize("name", COUNTS)
def test_parameter_count_and_output_shape(name):
    build, options, count = COUNTS[name]
    with torch.device("meta"):  # shapes without memory or work
        net = build(**options)
        scores = net(torch.empty(2, 3, 224, 224))
    assert sum(p.numel() for p in net.parameters()) == count
    assert scores.shape == (2, 1000)


def weight_layers(net):
    return sum(isinstance(m, torch.nn.Conv2d | torch.nn.Linear) for m in net.modules())


def test_weight_layers():
    with torch.device("meta"):
        assert (
            weight_layers(alexnet()) == 8
            and weight_layers(vgg(16)) == 16
            and weight_layers(vgg(19)) == 19
        )
        shortcuts = 3  # 1x1 convolutions of the skips are not counted in the name
        assert (
            weight_layers(resnet(18)) - shortcuts == 18
            and weight_layers(resnet(34)) - shortcuts == 34
        )


def test_inception_channels_fit_the_next_block():
    out = {
        name: one + three + fives + pool
        for name, (_, one, _, three, _, fives, pool) in BLOCKS.items()
    }
    names = list(BLOCKS)
    for name, following in zip(names[:-1], names[1:], strict=True):
        assert out[name] == BLOCKS[following][0]
    assert out["5b"] == 1024
    x = torch.randn(1, 192, 7, 7)
    assert Inception(*BLOCKS["3a"])(x).shape == (1, 256, 7, 7)


def test_block_without_f_is_relu_of_the_skip():
    block = Block(4, 4).eval()
    with torch.no_grad():
        for p in block.f.parameters():
            p.zero_()
        x = torch.randn(2, 4, 5, 5)
        assert torch.equal(block(x), torch.relu(x))


@pytest.mark.parametrize("kind", ["basic", "bottleneck"])
def test_block_with_stride_changes_the_shape(kind):
    y = Block(6, 8, stride=2, kind=kind)(torch.randn(2, 6, 9, 9))
    assert y.shape == (2, 8 if kind == "basic" else 32, 5, 5)


def test_small_net_plain_and_residual_have_the_same_parameters():
    counts = {
        skip: sum(p.numel() for p in small_net(3, skip=skip).parameters()) for skip in (False, True)
    }
    assert counts[False] == counts[True]
    assert small_net(3)(torch.randn(2, 1, 8, 8)).shape == (2, 10)


def test_bad_depth_is_named():
    with pytest.raises(ValueError, match="depth: expected one of 18, 34, 50, got 20"):
        resnet(20)
    with pytest.raises(ValueError, match="depth: expected one of 16, 19, got 11"):
        vgg(11)
    with pytest.raises(ValueError, match="form: expected one of 2012, 2014, torchvision, got 2013"):
        alexnet("2013")


def test_option_a_of_the_paper_is_an_identity_with_stride_and_channels_of_zeros():
    x = torch.randn(2, 6, 9, 9)
    shortcut = torch.nn.functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, 2))
    assert shortcut.shape == Block(6, 8, stride=2)(x).shape
    assert torch.equal(shortcut[:, :6], x[:, :, ::2, ::2]) and not shortcut[:, 6:].any()


def test_blocks_that_start_at_zero_are_the_identity():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((7, 64)).astype(np.float32)
    for normed in (False, True):
        net = init_deep(rng, 5, start="zero", normed=normed)
        shallow = {
            f"{l}.{k}": net[f"{m}.{k}"]
            for l, m in ((0, 0), (1, 11))
            for k in ("W", "gamma", "beta")
        }
        one, _ = deep(stacked([net]), x, normed=normed, skip=True)
        other, _ = deep(stacked([shallow]), x, normed=normed, skip=True)
        assert np.allclose(one, other, atol=1e-5)


def test_deep_networks_side_by_side_learn_as_alone():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((40, 64)).astype(np.float32), rng.integers(0, 10, 40)
    pair = [init_deep(rng, 1) for _ in range(2)]
    both, losses, wrong = train_deep(stacked(pair), x, y, (0.01, 0.1), 5, batch=20)
    assert losses.shape == wrong.shape == (5, 2) and losses[-1, 1] < losses[0, 1]
    for m, rate in enumerate((0.01, 0.1)):
        alone, own, _ = train_deep(stacked(pair[m : m + 1]), x, y, (rate,), 5, batch=20)
        assert np.allclose(losses[:, m], own[:, 0], rtol=1e-3)
        assert np.allclose(both["0.W"][m], alone["0.W"][0], atol=1e-3)


def test_convolutional_networks_side_by_side_do_not_see_each_other():
    torch.manual_seed(0)
    net, x, y = Nets(2, 1), torch.randn(20, 1, 8, 8), torch.randint(0, 10, (20,))
    before = [p.detach().clone() for p in net.parameters()]
    wrong = train_nets(net, x, y, [0.0, 0.1], 2, batch=10)
    assert wrong.shape == (2, 2)
    for old, new in zip(before, net.parameters(), strict=True):
        half = len(old) // 2  # the first network's rate is 0
        assert torch.equal(old[:half], new[:half]) and not torch.equal(old, new)


def test_the_stored_table_holds_every_setting_of_its_command():
    stored = table.load()
    assert list(stored) == list(command.settings())
    for setting, wrong in stored.items():
        starts = 2 if setting.rule == "convolutions" else table.STARTS
        assert wrong.shape == (len(table.RATES), starts)
        assert (wrong >= 0).all() and (wrong <= 100).all()


def test_an_entry_made_again_is_near_the_stored_one():
    """A setting that learns so well that roundings do not move it."""
    setting = table.Setting("normalised, with skips", 20, H=64)
    again = command.train(setting, rates=(0.03,))
    assert np.allclose(again[0], table.load()[setting][table.RATES.index(0.03)], atol=2)


@pytest.mark.parametrize("rule", command.RULES)
def test_every_rule_lowers_the_loss_of_a_network_and_moves_it_as_it_moves_alone(rule):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((40, 64)).astype(np.float32), rng.integers(0, 10, 40)
    pair = [init_deep(rng, 1) for _ in range(2)]
    options = {"batch": 20, "update": command.RULES[rule]}
    both, losses, _ = train_deep(stacked(pair), x, y, (0.003, 0.01), 10, **options)
    assert (losses[-1] < losses[0]).all()
    alone = train_deep(stacked(pair[1:]), x, y, (0.01,), 10, **options)[0]
    assert np.allclose(both["1.W"][1], alone["1.W"][0], atol=1e-3)


def test_scaled_gradients_have_the_size_that_their_rule_says():
    rng = np.random.default_rng(0)
    nets = stacked([init_deep(rng, 2) for _ in range(2)])
    grads = {k: rng.standard_normal(w.shape).astype(np.float32) for k, w in nets.items()}
    for rule, goal in (("size", command.length(nets["1.W"])), ("layer", None)):
        moved = {k: w.copy() for k, w in nets.items()}
        command.RULES[rule](moved, grads, np.float32(1), {})
        step = command.length(moved["1.W"] - nets["1.W"])
        goal = command.length(grads["4.W"]) if goal is None else goal
        assert np.allclose(step, goal, rtol=1e-4), rule
