"""The LayerNormalization layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import constraints, initializers, regularizers
from ..arguments import flag, is_whole, plain, real_number, shown
from ..kernels import layer_normalization as kernels
from ..program import Program, Signal
from .base import Layer, Shape


class LayerNormalization(Layer):
    """Normalises each row, a sample or a time step of one, to mean beta and deviation gamma.

    axis: -1, the features. Weights (features,): gamma if `scale`, beta if `center`. Raises
    ValueError for other axes. Source: https://arxiv.org/abs/1607.06450.
    """

    mask_rule = "passes"
    fixed = Layer.fixed | {"axis", "center", "scale"}

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        kind = "LayerNormalization"
        one = axis[0] if isinstance(axis, (list, tuple)) and len(axis) == 1 else axis
        if not is_whole(plain(one)) or not -64 <= plain(one) < 64:
            raise ValueError(
                "LayerNormalization normalises one axis, the last: axis=-1; received "
                f"{shown(axis)}."
            )
        self.axis = axis
        self.epsilon = real_number(epsilon, "epsilon", kind, 0, example=1e-3)
        self.center = flag(center, "center", kind)
        self.scale = flag(scale, "scale", kind)
        self.beta_initializer = initializers.for_weight(beta_initializer, "beta_initializer")
        self.gamma_initializer = initializers.for_weight(gamma_initializer, "gamma_initializer")
        self.beta_regularizer = regularizers.get(beta_regularizer, "beta_regularizer")
        self.gamma_regularizer = regularizers.get(gamma_regularizer, "gamma_regularizer")
        self.beta_constraint = constraints.get(beta_constraint, "beta_constraint")
        self.gamma_constraint = constraints.get(gamma_constraint, "gamma_constraint")

    def check_input(self, shape: Shape) -> None:
        axis = self.axis[0] if isinstance(self.axis, (list, tuple)) else self.axis
        if len(shape) < 2 or axis not in (-1, len(shape) - 1):
            raise ValueError(
                f"LayerNormalization layer '{self.name}' normalises the last axis, features, of "
                f"(samples, ..., features); received axis={self.axis} and inputs of shape {shape}."
            )
        size = self.own_weights[0].shape[0] if self.own_weights else shape[-1]
        if self.built and shape[-1] != size:
            raise ValueError(
                f"LayerNormalization layer '{self.name}' was built for {size} features; received "
                f"shape {shape}."
            )

    def build(self, input_shape: Shape) -> None:
        shape = (input_shape[-1],)
        if self.scale:
            self.gamma = self.add_weight(
                "gamma", shape, self.gamma_initializer, self.gamma_regularizer,
                self.gamma_constraint,
            )  # fmt: skip
        if self.center:
            self.beta = self.add_weight(
                "beta", shape, self.beta_initializer, self.beta_regularizer, self.beta_constraint
            )

    def connect(self, program: Program, x: Signal) -> Signal:
        """Each row to mean 0 and deviation 1, then times gamma plus beta."""
        y = program.signal(*x.shape, mask=x.mask)
        C = x.shape[-1]
        gamma, d_gamma = np.ones(C, y.value.dtype), program.zeros(C)
        beta, d_beta = program.zeros(C), program.zeros(C)
        if self.scale:
            gamma, d_gamma = self.gamma.value, program.gradient_of(self.gamma)
        if self.center:
            beta, d_beta = self.beta.value, program.gradient_of(self.beta)
        weights, epsilon = kernels.Weights(gamma, beta), np.array([self.epsilon])
        normed, s = program.zeros(*x.rows.shape), program.zeros(x.rows.shape[0])
        program.forward(kernels.forward, x.rows, weights, epsilon, normed, s, y.rows)
        program.backward(
            kernels.backward, y.gradient_rows, weights, normed, s, x.gradient_rows,
            kernels.Weights(d_gamma, d_beta),
        )  # fmt: skip
        return y

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "axis": self.axis,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            "beta_regularizer": regularizers.serialize(self.beta_regularizer),
            "gamma_regularizer": regularizers.serialize(self.gamma_regularizer),
            "beta_constraint": constraints.serialize(self.beta_constraint),
            "gamma_constraint": constraints.serialize(self.gamma_constraint),
        }
