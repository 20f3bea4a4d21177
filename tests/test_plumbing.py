"""show, show_figure, check_gradients, validate and plots."""

import re

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

matplotlib.use("Agg")

from byhand import attention, neuron, plots, show, validate  # noqa: E402
from byhand.check import check_gradients, numerical_gradient  # noqa: E402


@pytest.fixture
def shown(monkeypatch):
    """Everything that `display` would have published: (data, metadata)."""
    outputs = []
    record = lambda data, raw, metadata=None: outputs.append((data, metadata))  # noqa: E731
    monkeypatch.setattr(show, "display", record)
    return outputs


def test_show_publishes_the_installed_source(shown):
    show.show(neuron.step, neuron.PerceptronRun)
    data = shown[0][0]
    assert (
        data["text/plain"].startswith("def step(z):")
        and "class PerceptronRun" in data["text/plain"]
    )
    assert data["text/markdown"].startswith("```python\ndef step(z):")
    assert "`code/byhand/neuron.py`" in data["text/markdown"]


def test_a_listing_is_signature_and_mathematics_its_documentation_is_folded(shown):
    show.show(attention.scaled_dot_product_attention)
    code, rest = shown[0][0]["text/markdown"].split("```\n", 1)
    assert '"""' not in code and "@shapes" not in code and "softmax" in code
    assert "<details><summary>What it takes and returns</summary>" in rest and "(..., T, S)" in rest


@pytest.mark.parametrize(
    ("thing", "error", "message"),
    [
        (3, TypeError, "objects: expected functions or classes of byhand, got int 3"),
        (np.mean, TypeError, "objects: expected functions or classes"),
        (
            re.compile,
            ValueError,
            "objects: expected functions or classes of byhand, got one of 're'",
        ),
    ],
)
def test_show_refuses_what_is_not_tested_code(thing, error, message):
    with pytest.raises(error, match=message):
        show.show(thing)


def test_show_needs_something():
    with pytest.raises(TypeError, match="got none"):
        show.show()


def test_figure_carries_its_alt_text_and_is_closed(shown):
    plots.use_book_style()
    fig, ax = plt.subplots(figsize=(5, 3))
    ax.plot([1, 2])
    show.show_figure(fig, alt="The line rises from one to two.")
    data, metadata = shown[0]
    assert data["text/plain"] == "The line rises from one to two."
    # 500 pixels become the nearest of the three widths
    assert metadata["image/png"] == {"alt": "The line rises from one to two.", "width": 460}
    assert set(data) == {"image/png", "text/plain", show.FIGURE}
    assert not plt.fignum_exists(fig.number)


@pytest.mark.parametrize("alt", ["", "figure.png", "two words", None])
def test_figure_needs_a_sentence(alt):
    fig, _ = plt.subplots()
    with pytest.raises(ValueError, match="alt: expected a sentence"):
        show.show_figure(fig, alt=alt)
    plt.close(fig)


def test_figure_needs_a_figure():
    with pytest.raises(TypeError, match="fig: expected a Matplotlib figure"):
        show.show_figure([1, 2], alt="This is no figure at all.")


def product(A, x):
    return A @ x, (A, x)


def product_backward(dy, cache):
    A, x = cache
    return np.outer(dy, x), A.T @ dy


def test_check_gradients_accepts_the_right_and_names_the_wrong(capsys):
    rng = np.random.default_rng(1)
    A, x = rng.standard_normal((3, 4)), rng.standard_normal(4)
    errors = check_gradients(product, product_backward, A, x, names=["A", "x"])
    assert set(errors) == {"A", "x"} and max(errors.values()) < 1e-8
    assert capsys.readouterr().out.count("True") == 2

    def wrong_sign(dy, cache):
        dA, dx = product_backward(dy, cache)
        return dA, -dx

    with pytest.raises(AssertionError, match=r"disagree on: x \(relative error 2.0e\+00\)"):
        check_gradients(product, wrong_sign, A, x, names=["A", "x"], verbose=False)
    with pytest.raises(ValueError, match="expected 2 gradients, one per argument, got 1"):
        check_gradients(product, lambda dy, cache: dy, A, x, verbose=False)
    with pytest.raises(
        ValueError, match=r"gradient of argument 0: expected shape \(3, 4\), got \(4, 3\)"
    ):
        check_gradients(
            product, lambda dy, c: (product_backward(dy, c)[0].T, c[1]), A, x, verbose=False
        )


def test_check_gradients_sees_a_gradient_that_is_zero_by_mistake():
    rng = np.random.default_rng(2)
    A, x = rng.standard_normal((3, 4)), rng.standard_normal(4)
    with pytest.raises(AssertionError, match="argument 1"):
        check_gradients(
            product, lambda dy, c: (np.outer(dy, c[1]), np.zeros(4)), A, x, verbose=False
        )


def test_check_gradients_compares_a_vanishing_gradient_on_the_scale_of_the_others():
    def shifted(x, b):  # softmax does not feel a common shift: the gradient of b is exactly 0
        e = np.exp(x + b)
        return e / e.sum(), e / e.sum()

    def backward(dp, p):
        dx = p * (dp - dp @ p)
        return dx, np.zeros(1)

    x, b = np.random.default_rng(0).standard_normal(5), np.array([0.3])
    check_gradients(shifted, backward, x, b, verbose=False)
    with pytest.raises(AssertionError, match="argument 1"):
        check_gradients(
            shifted, lambda dp, p: (backward(dp, p)[0], np.full(1, 1e-6)), x, b, verbose=False
        )


def test_numerical_gradient_restores_its_input():
    x = np.array([1.0, -2.0])
    gradient = numerical_gradient(lambda: float((x**3).sum()), x)
    np.testing.assert_allclose(gradient, [3.0, 12.0], rtol=1e-6)
    assert x.tolist() == [1.0, -2.0]
    with pytest.raises(TypeError, match="x: expected a float64 array, got an array of shape"):
        numerical_gradient(lambda: 0.0, np.ones(2, dtype=np.float32))


@pytest.mark.parametrize(
    ("value", "shape", "error", "message"),
    [
        ("text", None, TypeError, "x: expected an array of numbers, got str 'text'"),
        ([[1, 2], [3]], None, TypeError, "x: expected an array of numbers, got list"),
        (np.ones((2, 3)), ("B", 4), ValueError, r"x: expected shape \(B, 4\), got \(2, 3\)"),
        (np.ones((2, 3)), ("D", "D"), ValueError, r"x: expected shape \(D, D\), got \(2, 3\)"),
        (np.ones(3), (None, 3), ValueError, r"x: expected shape \(any, 3\), got \(3,\)"),
        ([1.0, np.nan], None, ValueError, "x: expected finite numbers, got NaN or infinity"),
        ([True], None, TypeError, "x: expected an array of numbers, got list"),
    ],
)
def test_as_array_says_what_came_and_what_was_expected(value, shape, error, message):
    with pytest.raises(error, match=message):
        validate.as_array("x", value, shape)


def test_scalar_validators():
    assert validate.as_count("n", np.int64(3)) == 3
    assert validate.as_choice("kind", "max", ("max", "mean")) == "max"
    for bad in (True, 2.0, "2", None):
        with pytest.raises(TypeError, match="n: expected a whole number"):
            validate.as_count("n", bad)
    with pytest.raises(
        TypeError, match=r"rng: expected a generator such as np.random.default_rng\(0\), got int 0"
    ):
        validate.as_rng("rng", 0)
    with pytest.raises(ValueError, match="kind: expected one of 'max', 'mean', got str 'min'"):
        validate.as_choice("kind", "min", ("max", "mean"))


@pytest.mark.parametrize(("b", "says"), [(1.0, "always"), (-1.0, "never")])
def test_boundary_without_a_line_says_so(b, says):
    fig, ax = plt.subplots()
    plots.draw_boundary(ax, np.zeros(2), b, -1, 1)
    assert f"no line: {says} fires" in [t.get_text() for t in ax.texts]
    plt.close(fig)
