"""Where all randomness comes from: one global generator, and independent ones derived from it.

After `set_random_seed(s)` everything random that is made in the same order is the same to the last
bit. Without it the global generator starts from the operating system's entropy.
"""

from __future__ import annotations

import contextlib
import os
import random
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from .arguments import is_whole, label, plain, shown

_global = np.random.default_rng()
_lock = threading.RLock()  # a stream is drawn from by one thread at a time


def check_seed(seed: Any) -> int:
    """`seed` as a Python int. Raises ValueError unless it is an int >= 0."""
    if not is_whole(plain(seed)) or seed < 0:
        raise ValueError(
            f"seed: a seed must be an int that is not negative; received {shown(seed)} "
            f"of type {type(seed).__name__}. Write, for example, seed=42."
        )
    return int(seed)


def set_random_seed(seed: int) -> None:
    """Seed Python's `random`, NumPy's `np.random` functions and this package's generator.

    Call it first, before any layer is made: weights are drawn in the order of construction.
    Raises ValueError unless `seed` is an int from 0 to 2**32 - 1 (the range of `np.random.seed`).
    """
    global _global
    seed = check_seed(seed)
    if seed >= 2**32:
        raise ValueError(f"The random seed must be below 2**32 = {2**32}; received {shown(seed)}.")
    with _lock:
        random.seed(seed)
        np.random.seed(seed)
        _global = np.random.default_rng(seed)


@contextlib.contextmanager
def aside() -> Iterator[None]:
    """Within this nothing is drawn from the global generator: for objects that are made only to
    see whether they can be."""
    global _global
    with _lock:
        kept, _global = _global, np.random.default_rng(0)
        try:
            yield
        finally:
            _global = kept


def make_default_seed() -> int:
    """A fresh seed from 0 to 2**32 - 1, drawn from the global generator."""
    with _lock:
        return int(_global.integers(2**32))


def generator(seed: int | None = None) -> np.random.Generator:
    """A new generator: the stream of `seed`, or, for None, one spawned from the global generator.

    Spawned generators are statistically independent of each other:
    https://numpy.org/doc/stable/reference/random/parallel.html (section "Spawning").
    """
    if seed is None:
        with _lock:
            return _global.spawn(1)[0]
    return np.random.default_rng(check_seed(seed))


class SeedGenerator:
    """A stream of random numbers that goes on from call to call.

    `seed` is None (a stream of its own), an int (always the same stream), or another SeedGenerator,
    whose stream is then shared. Draw from `.generator`, an `np.random.Generator`.
    """

    def __init__(
        self, seed: int | SeedGenerator | None = None, name: str = "seed_generator"
    ) -> None:
        self.name = label(name, "SeedGenerator") or "seed_generator"
        self.seed: int | None
        self.generator: np.random.Generator
        if isinstance(seed, SeedGenerator):
            self.seed, self.generator = seed.seed, seed.generator
        else:
            self.generator = generator(seed)
            self.seed = None if seed is None else check_seed(seed)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; the position reached in the stream is not part of them."""
        return {"seed": self.seed, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        """A generator at the beginning of the stream that `config` describes."""
        if not isinstance(config, dict) or not set(config) <= {"seed", "name"}:
            raise ValueError(
                f"The config of a seed is a dict with the keys 'seed' and 'name'; received "
                f"{shown(config)}."
            )
        return cls(**config)


def _after_fork() -> None:
    """A thread that was drawing in the parent process is not in this one."""
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
