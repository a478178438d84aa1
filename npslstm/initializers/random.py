"""Initializers that draw from a distribution whose width does not depend on the shape.

All draw in float64 and round at the end: a model has the same first weights in float32 and
float64, up to that rounding.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from npslstm.arguments import real_number
from npslstm.config import standardize_dtype
from npslstm.initializers.base import RandomInitializer, standardize_shape
from npslstm.seeding import SeedGenerator

LARGEST = float(np.finfo(np.float32).max)


def draw_truncated_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Normal draws of mean 0 and deviation 1; those beyond 2 are drawn again."""
    values = np.asarray(rng.standard_normal(shape))
    outside = np.abs(values) > 2.0
    while outside.any():
        values[outside] = rng.standard_normal(np.count_nonzero(outside))
        outside = np.abs(values) > 2.0
    return values


class RandomNormal(RandomInitializer):
    """Normal distribution of the given mean and standard deviation."""

    def __init__(
        self, mean: float = 0.0, stddev: float = 0.05, seed: int | SeedGenerator | None = None
    ) -> None:
        kind = type(self).__name__
        self.mean = real_number(mean, "mean", kind, example=0.0)
        self.stddev = real_number(stddev, "stddev", kind, low=0, example=0.05)
        super().__init__(seed)

    def __call__(self, shape: Iterable[int], dtype: Any = None) -> np.ndarray:
        """A new array of draws."""
        values = self._generator().standard_normal(standardize_shape(shape))
        return np.asarray(self.mean + self.stddev * values, standardize_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        """`seed`, `mean` and `stddev`."""
        return {**super().get_config(), "mean": self.mean, "stddev": self.stddev}


class TruncatedNormal(RandomNormal):
    """Normal distribution cut off at two standard deviations from the mean.

    `stddev` is that of the normal before the cut; what remains has 0.88 of it.
    """

    def __call__(self, shape: Iterable[int], dtype: Any = None) -> np.ndarray:
        """A new array of draws."""
        values = draw_truncated_normal(self._generator(), standardize_shape(shape))
        return np.asarray(self.mean + self.stddev * values, standardize_dtype(dtype))


class RandomUniform(RandomInitializer):
    """Uniform distribution from `minval` to `maxval`."""

    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: int | SeedGenerator | None = None
    ) -> None:
        kind = "RandomUniform"
        self.minval = real_number(minval, "minval", kind, -LARGEST, LARGEST, example=-0.05)
        self.maxval = real_number(maxval, "maxval", kind, -LARGEST, LARGEST, example=0.05)
        if self.minval > self.maxval:
            raise ValueError(
                f"RandomUniform draws from minval up to maxval; received minval={minval!r} and "
                f"maxval={maxval!r}. Exchange them."
            )
        super().__init__(seed)

    def __call__(self, shape: Iterable[int], dtype: Any = None) -> np.ndarray:
        """A new array of draws."""
        values = self._generator().uniform(self.minval, self.maxval, standardize_shape(shape))
        return np.asarray(values, standardize_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        """`seed`, `minval` and `maxval`."""
        return {**super().get_config(), "minval": self.minval, "maxval": self.maxval}


class Orthogonal(RandomInitializer):
    """A random matrix with orthonormal rows or columns (whichever are fewer), times `gain`.

    An LSTM's recurrent kernel (U, 4U) thus begins with U orthonormal rows. Random orthogonal
    weights keep the length of what passes through them: Saxe, McClelland & Ganguli 2014,
    https://arxiv.org/abs/1312.6120.
    """

    def __init__(self, gain: float = 1.0, seed: int | SeedGenerator | None = None) -> None:
        self.gain = real_number(gain, "gain", "Orthogonal")
        super().__init__(seed)

    def __call__(self, shape: Iterable[int], dtype: Any = None) -> np.ndarray:
        """A new array; leading axes count as rows. Raises ValueError for fewer than two axes."""
        shape = standardize_shape(shape)
        if len(shape) < 2:
            raise ValueError(
                "Orthogonal makes matrices, shape (rows, columns), or arrays of more axes; "
                f"received shape={shape}."
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        tall = self._generator().standard_normal((max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(tall)
        # QR leaves the sign of each column open; a positive diagonal of R makes Q uniformly
        # distributed (Mezzadri 2007, https://arxiv.org/abs/math-ph/0609050, section 5).
        q *= np.sign(np.diag(r))
        matrix = q.T if rows < columns else q
        return np.ascontiguousarray(self.gain * matrix.reshape(shape), standardize_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        """`seed` and `gain`."""
        return {**super().get_config(), "gain": self.gain}
