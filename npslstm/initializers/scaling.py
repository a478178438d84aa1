"""Initializers whose width follows from the shape, so that signals keep their size across a layer.

    fan_in    inputs that feed one output       n = fan_in, fan_out or their mean, by `mode`
    fan_out   outputs that one input feeds      variance of the values = scale / n

The named ones (Glorot, He, Lecun) fix scale, mode and distribution.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np

from npslstm.arguments import axes, real_number, text
from npslstm.config import standardize_dtype
from npslstm.initializers.base import RandomInitializer, compute_fans, standardize_shape
from npslstm.initializers.random import draw_truncated_normal
from npslstm.seeding import SeedGenerator

MODES = ("fan_in", "fan_out", "fan_avg")
DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")

# Standard deviation of a unit normal cut off at +-2: sqrt(1 - 4 phi(2) / (Phi(2) - Phi(-2))),
# https://en.wikipedia.org/wiki/Truncated_normal_distribution (section "Moments").
TRUNCATED_STDDEV = 0.87962566103423978


class VarianceScaling(RandomInitializer):
    """Draws of mean 0 and variance `scale` / n.

    `mode` chooses n: 'fan_in', 'fan_out' or 'fan_avg'. `distribution` is 'truncated_normal' (also
    spelled 'normal'), 'untruncated_normal' or 'uniform'. `input_axes` and `output_axes` name the
    axes that count as inputs and outputs where the last two do not. Raises ValueError for a scale
    <= 0 and for other names.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | SeedGenerator | None = None,
        input_axes: Iterable[int] | None = None,
        output_axes: Iterable[int] | None = None,
    ) -> None:
        kind = type(self).__name__
        self.scale = real_number(scale, "scale", kind, low=0, above=True)
        self.mode = text(mode, "mode", kind, MODES)
        if isinstance(distribution, str):
            distribution = distribution.lower()
            distribution = "truncated_normal" if distribution == "normal" else distribution
        self.distribution = text(distribution, "distribution", kind, DISTRIBUTIONS)
        self.input_axes = several_axes(input_axes, "input_axes", kind)
        self.output_axes = several_axes(output_axes, "output_axes", kind)
        super().__init__(seed)

    def __call__(self, shape: Iterable[int], dtype: Any = None) -> np.ndarray:
        """A new array of draws."""
        shape = standardize_shape(shape)
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        stddev = math.sqrt(self.scale / max(1.0, n))
        rng = self._generator()
        if self.distribution == "uniform":
            limit = math.sqrt(3.0) * stddev
            values = rng.uniform(-limit, limit, shape)
        elif self.distribution == "untruncated_normal":
            values = stddev * rng.standard_normal(shape)
        else:
            # Dividing first restores the variance that cutting the tails takes away.
            values = stddev / TRUNCATED_STDDEV * draw_truncated_normal(rng, shape)
        return np.asarray(values, standardize_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "input_axes": self.input_axes,
            "output_axes": self.output_axes,
        }


def several_axes(given: Any, name: str, kind: str) -> list[int] | None:
    """Axes as a list, which a configuration can hold."""
    found = axes(given, name, kind)
    return [found] if isinstance(found, int) else found if found is None else list(found)


class _NamedScaling(VarianceScaling):
    """A VarianceScaling with its scale, mode and distribution fixed by its name."""

    fixed: ClassVar[tuple[float, str, str]]

    def __init__(
        self,
        seed: int | SeedGenerator | None = None,
        input_axes: Iterable[int] | None = None,
        output_axes: Iterable[int] | None = None,
    ) -> None:
        super().__init__(*self.fixed, seed, input_axes, output_axes)

    def get_config(self) -> dict[str, Any]:
        """`seed`, `input_axes` and `output_axes`."""
        arguments = super().get_config()
        return {key: arguments[key] for key in ("seed", "input_axes", "output_axes")}


class GlorotUniform(_NamedScaling):
    """Uniform within +-sqrt(6 / (fan_in + fan_out)).

    Glorot & Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html, section 4.2.1.
    """

    fixed = (1.0, "fan_avg", "uniform")


class GlorotNormal(_NamedScaling):
    """Truncated normal of standard deviation sqrt(2 / (fan_in + fan_out)); see GlorotUniform."""

    fixed = (1.0, "fan_avg", "truncated_normal")


class HeUniform(_NamedScaling):
    """Uniform within +-sqrt(6 / fan_in), for layers followed by relu.

    He, Zhang, Ren & Sun 2015, https://arxiv.org/abs/1502.01852, section 2.2.
    """

    fixed = (2.0, "fan_in", "uniform")


class HeNormal(_NamedScaling):
    """Truncated normal of standard deviation sqrt(2 / fan_in); see HeUniform."""

    fixed = (2.0, "fan_in", "truncated_normal")


class LecunUniform(_NamedScaling):
    """Uniform within +-sqrt(3 / fan_in).

    LeCun, Bottou, Orr & Mueller 1998, "Efficient BackProp", section 4.6,
    http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf.
    """

    fixed = (1.0, "fan_in", "uniform")


class LecunNormal(_NamedScaling):
    """Truncated normal of standard deviation sqrt(1 / fan_in); see LecunUniform."""

    fixed = (1.0, "fan_in", "truncated_normal")
