"""Where all randomness comes from: one global generator, and independent ones derived from it.

After `set_random_seed(s)` everything random that is made in the same order is the same to the last
bit. Without it the global generator starts from the operating system's entropy.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

_global = np.random.default_rng()


def check_seed(seed: Any) -> int:
    """`seed` as a Python int. Raises ValueError unless it is an int >= 0."""
    if not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ValueError(
            f"A seed must be an int that is not negative; received {seed!r} "
            f"of type {type(seed).__name__}. Write, for example, 42."
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
        raise ValueError(f"The random seed must be below 2**32 = {2**32}; received {seed}.")
    random.seed(seed)
    np.random.seed(seed)
    _global = np.random.default_rng(seed)


def make_default_seed() -> int:
    """A fresh seed from 0 to 2**32 - 1, drawn from the global generator."""
    return int(_global.integers(2**32))


def generator(seed: int | None = None) -> np.random.Generator:
    """A new generator: the stream of `seed`, or, for None, one spawned from the global generator.

    Spawned generators are statistically independent of each other:
    https://numpy.org/doc/stable/reference/random/parallel.html (section "Spawning").
    """
    if seed is None:
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
        self.name = name
        self.seed: int | None
        self.generator: np.random.Generator
        if isinstance(seed, SeedGenerator):
            self.seed, self.generator = seed.seed, seed.generator
        else:
            self.seed, self.generator = seed, generator(seed)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; the position reached in the stream is not part of them."""
        return {"seed": self.seed, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        """A generator at the beginning of the stream that `config` describes."""
        return cls(**config)
