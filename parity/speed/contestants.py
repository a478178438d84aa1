"""Who is timed: npslstm and its peers, each in a process of its own that imports one framework."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
ALL_ASKS = ("train", "predict", "fit_call")
QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu",
    "MPLBACKEND": "Agg",
}  # fmt: skip


# Without byte code on disk a source is compiled at every start; installed packages have it.
SLOWING = ("NUMBA_DISABLE_JIT", "PYTHONDONTWRITEBYTECODE")


class Contestant(NamedTuple):
    """`module` of this package has the class Model; `asks` are the measurements that it is fit for;
    `imports` is what a program of its user imports, `needs` the distributions that must be there.
    """

    key: str
    title: str
    module: str
    imports: str
    needs: tuple[str, ...]
    asks: tuple[str, ...] = ALL_ASKS
    backend: str = ""
    first: str = ""  # a folder that comes first on Python's path
    threads: str = ""  # how many, for npslstm

    @property
    def missing(self) -> list[str]:
        return [name for name in self.needs if importlib.util.find_spec(name) is None]

    @property
    def environment(self) -> dict[str, str]:
        """For its processes: nothing of the caller's settings that would slow one of them down."""
        kept = {k: v for k, v in os.environ.items() if k not in SLOWING}
        paths = [self.first, str(ROOT), os.environ.get("PYTHONPATH")]
        own = {"KERAS_BACKEND": self.backend, "NUMBA_NUM_THREADS": self.threads}
        own |= {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
        return kept | QUIET | {name: value for name, value in own.items() if value}


ENGINE = Contestant("npslstm", "npslstm", "on_keras", "npslstm", ("npslstm",))
PEERS = (
    Contestant(
        "keras_tf", "Keras, TensorFlow", "on_keras", "keras", ("keras", "tensorflow"),
        backend="tensorflow",
    ),
    Contestant("keras_jax", "Keras, JAX", "on_keras", "keras", ("keras", "jax"), backend="jax"),
    Contestant("pytorch", "PyTorch", "on_torch", "torch", ("torch",), ("train", "predict")),
    Contestant("jax_scan", "JAX, by hand", "on_jax", "jax", ("jax",), ("train", "predict")),
    Contestant(
        "onnxruntime", "ONNX Runtime", "on_onnx", "onnxruntime", ("onnxruntime",), ("predict",)
    ),
)  # fmt: skip
BEFORE = ENGINE._replace(key="before", title="npslstm before")  # with `first`, where that is
CONTESTANTS = {c.key: c for c in (ENGINE, BEFORE, *PEERS)}


def left_out() -> list[str]:
    """A line for each peer that is not installed."""
    return [
        f"{peer.title} is left out: {' and '.join(peer.missing)} not installed."
        for peer in PEERS
        if peer.missing
    ]


@contextlib.contextmanager
def version_before(checkout: Path) -> Iterator[Contestant]:
    """The engine of another checkout, timed by this benchmark. Raises ValueError if it has none."""
    package = checkout.resolve() / "npslstm"
    if not (package / "__init__.py").exists():
        raise ValueError(f"'{checkout}' is no checkout of npslstm: it has no folder npslstm.")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "npslstm").symlink_to(package)
        yield BEFORE._replace(first=folder)
