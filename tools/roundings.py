"""Other roundings of the same run: other kernels of OpenBLAS, oneDNN, MKL and ATen,
two threads, jitter.

MEASURED are the ones that give the bands. HELD_OUT are kept apart: the bands must hold there too.
"""

import pathlib

PLAIN_CPU = {
    "ATEN_CPU_CAPABILITY": "default",
    "MKL_CBWR": "COMPATIBLE",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "OPENBLAS_CORETYPE": "Sandybridge",
}
AVX2_CPU = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
}
NEHALEM = {
    "ATEN_CPU_CAPABILITY": "default",
    "MKL_CBWR": "SSE4_2",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "OPENBLAS_CORETYPE": "Nehalem",
}
AVX_CPU = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_CBWR": "AVX",
    "ONEDNN_MAX_CPU_ISA": "AVX",
    "OPENBLAS_CORETYPE": "Zen",
}
# In PyTorch. Waiting threads sleep, so that they do not starve the other worker; OpenBLAS has no
# such setting, and on a busy machine two of its threads take a hundred times as long as one.
TWO_THREADS = {"BYHAND_TORCH_THREADS": "2", "OMP_WAIT_POLICY": "PASSIVE"}


def jitter(seed):
    """Every random draw times 1 + 1e-6 noise: see tools/offline/rounding.py."""
    return {"BYHAND_JITTER": str(seed)}


MEASURED = {
    "this machine": {},
    "plain CPU": PLAIN_CPU,
    "AVX2 CPU": AVX2_CPU,
    "two threads": TWO_THREADS,
    "jitter 1": jitter(1),
    "jitter 2": jitter(2),
    "jitter 3 with OpenBLAS for Haswell": jitter(3) | {"OPENBLAS_CORETYPE": "Haswell"},
    "jitter 4 on an AVX2 CPU": jitter(4) | AVX2_CPU,
}
HELD_OUT = {
    "AVX CPU": AVX_CPU,
    "Nehalem": NEHALEM,
    "jitter 5": jitter(5),
    "jitter 6 on an AVX CPU": jitter(6) | AVX_CPU,
}
# What `make test-cpu` and the nightly workflow run.
OTHER_CPUS = {"plain CPU": PLAIN_CPU, "AVX2 CPU": AVX2_CPU}


def processor():
    """The processor's name, where the system tells it."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(
            line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")
        )
    except (OSError, StopIteration):
        import platform

        return platform.processor() or platform.machine()
