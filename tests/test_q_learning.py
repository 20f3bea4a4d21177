"""Chapter 23's small world against its exact solution, and the Q-network's loss."""

import numpy as np
import pytest
import torch
from byhand import q_learning as ql
from byhand.check import check_gradients
from layer_checks import relative

RNG = np.random.default_rng
MAP = ["S..+", ".#.-", "...."]


def test_a_corridor_by_hand():
    """Three steps before the goal: 1, gamma, gamma^2."""
    Q, _ = ql.solve(ql.world(["S..+"]), 0.9)
    assert Q[:3, 1] == pytest.approx([0.81, 0.9, 1])
    assert Q[0, 3] == pytest.approx(0.9 * 0.81)  # a bump costs a step
    assert (Q[3] == 0).all()


@pytest.mark.parametrize("slip", [0.0, 0.3])
def test_the_solution_is_the_policys_value(slip):
    """Q solved by sweeps = the linear equations of its own best policy, solved exactly."""
    place, gamma = ql.world(MAP, slip, cost=0.04), 0.95
    Q, _ = ql.solve(place, gamma)
    best = Q.argmax(axis=1)
    rows = np.arange(len(best))
    P = place.P[rows, best] * ~place.ends  # nothing follows after an end
    V = np.linalg.solve(np.eye(len(best)) - gamma * P, place.R[rows, best])
    assert Q[rows, best] == pytest.approx(V)
    assert place.P.sum(axis=2) == pytest.approx(1)


def test_bellman_brings_any_two_tables_nearer():
    place, rng = ql.world(MAP, 0.2), RNG(0)
    for _ in range(20):
        Q, other = rng.standard_normal((2, 12, 4))
        gap = np.abs(Q - other).max()
        after = np.abs(ql.bellman(Q, place, 0.9) - ql.bellman(other, place, 0.9)).max()
        assert after <= 0.9 * gap + 1e-12


def test_learning_by_acting_comes_to_the_solution():
    place, rng, gamma = ql.world(MAP, cost=0.04), RNG(1), 0.9
    right, _ = ql.solve(place, gamma)
    Q, seen = np.zeros((12, 4)), set()
    for _ in range(3000):
        s = place.start
        for _ in range(60):
            a = ql.greedy(Q[s], 1.0, rng)
            t, r, ended = ql.step(place, s, a, rng)
            Q[s, a] += 0.5 * ql.td_error(Q, s, a, r, t, ended, gamma)
            seen.add((s, a))
            s = t
            if ended:
                break
    here = tuple(np.array(sorted(seen)).T)
    assert len(seen) >= 36 and np.abs(Q[here] - right[here]).max() < 1e-3


def test_one_table_believes_in_luck_and_two_do_not():
    """All ten actions of the next state are worth 0 with noise: the best of ten looks good."""
    rng, one, two = RNG(2), [], []
    for _ in range(400):
        Q, other = np.zeros((2, 2, 10))
        Q[1], other[1] = rng.standard_normal((2, 10))
        one.append(ql.td_error(Q, 0, 0, 0.0, 1, False, 1.0))
        two.append(ql.double_td_error(Q, other, 0, 0, 0.0, 1, False, 1.0))
    assert np.mean(one) > 1.4 and abs(np.mean(two)) < 0.15


def test_loss_equals_differences_and_torch():
    rng = RNG(3)
    q, actions, target = rng.standard_normal((6, 3)), rng.integers(0, 3, 6), rng.normal(0, 2, 6)
    check_gradients(lambda q: ql.q_loss(q, actions, target), ql.q_loss_backward, q, verbose=False)
    theirs = torch.tensor(q, requires_grad=True)
    picked = theirs[torch.arange(6), torch.as_tensor(actions)]
    loss = torch.nn.functional.huber_loss(picked, torch.tensor(target))
    loss.backward()
    ours, cache = ql.q_loss(q, actions, target)
    assert ours == pytest.approx(loss.item())
    assert relative(ql.q_loss_backward(1.0, cache), theirs.grad.numpy()) < 1e-12


def test_target():
    q, choice = np.array([[1.0, 3], [5, 2]]), np.array([[9.0, 0], [0, 1]])
    reward, ended = np.array([0.5, 1.0]), np.array([False, True])
    assert ql.q_target(q, reward, ended, 0.5).tolist() == [2.0, 1.0]
    assert ql.q_target(q, reward, ended, 0.5, choice).tolist() == [1.0, 1.0]


def test_replay_forgets_the_oldest():
    kept = ql.Replay(3, 1)
    for k in range(5):
        kept.add([k], k, float(k), [k + 1], k == 4)
    s, a, r, t, ended = kept.draw(RNG(0), 200)
    assert set(a) == {2, 3, 4} and len(kept) == 3
    assert (s[:, 0] == a).all() and (t[:, 0] == a + 1).all() and (ended == (a == 4)).all()
    assert (r == a).all()


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="rows: expected equally long"):
        ql.world(["S.", "+"])
    with pytest.raises(ValueError, match="rows: expected one S"):
        ql.world(["..", ".+"])
    with pytest.raises(ValueError, match="slip: expected a number from 0 to 1"):
        ql.world(MAP, slip=1.5)
    with pytest.raises(ValueError, match="gamma: expected a number from 0 to 1"):
        ql.solve(ql.world(MAP), 1.1)
    with pytest.raises(ValueError, match="nothing has been kept"):
        ql.Replay(3, 1).draw(RNG(0), 1)
    with pytest.raises(ValueError, match="most: expected at least 1"):
        ql.Replay(0, 1)
    with pytest.raises(ValueError, match="target: expected shape"):
        ql.q_loss(np.zeros((2, 3)), np.zeros(2, int), np.zeros(3))
