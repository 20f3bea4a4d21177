"""Compare a by-hand layer with torch: outputs and gradients, in float64 and float32."""

import numpy as np
import torch

TOLERANCE = {np.float64: 1e-12, np.float32: 1e-5}


def relative(ours, theirs, least=1e-30):
    """Largest difference, relative to the largest element, or to `least` if that is larger."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape, f"shape {ours.shape}, expected {theirs.shape}"
    return float(
        np.max(np.abs(ours - theirs), initial=0) / max(np.max(np.abs(theirs), initial=0), least)
    )


def cast(arg, dtype):
    if isinstance(arg, dict):
        return {name: value.astype(dtype) for name, value in arg.items()}
    return arg.astype(dtype)


def to_torch(arg):
    if isinstance(arg, dict):
        return {name: torch.tensor(value, requires_grad=True) for name, value in arg.items()}
    return torch.tensor(arg, requires_grad=True)


def assert_equals_torch(
    forward, backward, torch_forward, *args, dtypes=(np.float64, np.float32), slack=1, floor=0.0
):
    """Run both on the same random inputs; outputs and gradients must
    agree to 1e-12 (float64) and 1e-5 (float32).

    `forward` and `backward` follow the book's rule;
    `torch_forward(*args)` returns one tensor or a tuple. floor: a share of the largest gradient's
    size, which serves for gradients that are smaller (that of a key bias is 0 but for rounding).
    """
    for dtype in dtypes:
        rng = np.random.default_rng(1)
        mine = [cast(arg, dtype) for arg in args]
        theirs = [to_torch(arg) for arg in mine]
        *outputs, cache = forward(*mine)
        expected = torch_forward(*theirs)
        expected = expected if isinstance(expected, tuple) else (expected,)
        douts = [rng.standard_normal(out.shape).astype(dtype) for out in expected]
        total = sum(
            (out * torch.tensor(dout)).sum() for out, dout in zip(expected, douts, strict=True)
        )
        total.backward()
        grads = backward(*douts, cache)
        grads = grads if isinstance(grads, tuple) else (grads,)
        pairs = [
            (f"output {k}", o, e.detach())
            for k, (o, e) in enumerate(zip(outputs, expected, strict=True))
        ]
        for k, (grad, tensor) in enumerate(zip(grads, theirs, strict=True)):
            if isinstance(tensor, dict):
                assert grad.keys() == tensor.keys()
                pairs += [
                    (f"gradient {k}[{name}]", grad[name], tensor[name].grad) for name in tensor
                ]
            else:
                pairs.append((f"gradient {k}", grad, tensor.grad))
        size = max(float(np.abs(np.asarray(wanted)).max()) for _, _, wanted in pairs)
        for name, ours, wanted in pairs:
            assert np.asarray(ours).dtype == dtype, (
                f"{name} is {np.asarray(ours).dtype}, expected {dtype.__name__}"
            )
            error = relative(ours, wanted, max(floor * size, 1e-30))
            assert error <= slack * TOLERANCE[dtype], (
                f"{name} in {dtype.__name__}: relative error {error:.1e}"
            )
