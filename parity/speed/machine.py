"""The machine: its name, its load, the versions on it, and the rate of its largest products."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import time
from pathlib import Path

import numpy as np

PACKAGES = (
    "numpy", "numba", "scipy", "keras", "tensorflow", "jax", "torch", "onnxruntime",
)  # fmt: skip
SIDE = 1024  # of the product's square matrices
REST = 0.5  # seconds after which BLAS's threads, which wait for more work, have gone to sleep
BEST_OF = 5


def ran_on() -> dict[str, str]:
    """Processor, cores, load before the run, and the versions of what is installed."""
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "processor": processor(),
        "cores": str(cores()),
        "load before": f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **versions,
    }


def processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or "unknown"


def cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def gigaflops() -> float:
    """GFLOP/s of a large float32 product on all cores, the best of several."""
    a = np.ones((SIDE, SIDE), np.float32)
    product, times = np.zeros_like(a), []
    for _ in range(BEST_OF):
        start = time.perf_counter()
        np.matmul(a, a, out=product)
        times.append(time.perf_counter() - start)
    time.sleep(REST)
    return 2 * SIDE**3 / min(times) / 1e9
