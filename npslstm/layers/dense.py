"""The Dense layer: every feature to every unit."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import activations, constraints, initializers, regularizers
from ..arguments import flag
from ..kernels import dense as kernels
from ..program import Program, Signal
from .activation import squash
from .base import Layer, Shape
from .checks import check_units


class Dense(Layer):
    """activation(x kernel + bias) over the last axis.

    units: size of the output's last axis. activation: a name or None for linear. Inputs
    (samples, ..., features), outputs (samples, ..., units). Weights: kernel (features, units),
    bias (units,). Raises ValueError unless units is a positive integer.
    """

    mask_rule = "passes"
    fixed = Layer.fixed | {"units", "use_bias"}

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **options: Any,
    ) -> None:
        units = check_units(units, "Dense")
        super().__init__(activity_regularizer=activity_regularizer, **options)
        self.units = units
        self.activation = activations.get(activation, "activation")
        self.use_bias = flag(use_bias, "use_bias", "Dense")
        self.kernel_initializer = initializers.for_weight(kernel_initializer, "kernel_initializer")
        self.bias_initializer = initializers.for_weight(bias_initializer, "bias_initializer")
        self.kernel_regularizer = regularizers.get(kernel_regularizer, "kernel_regularizer")
        self.bias_regularizer = regularizers.get(bias_regularizer, "bias_regularizer")
        self.kernel_constraint = constraints.get(kernel_constraint, "kernel_constraint")
        self.bias_constraint = constraints.get(bias_constraint, "bias_constraint")

    def check_input(self, shape: Shape) -> None:
        if len(shape) < 2:
            raise ValueError(
                f"Dense layer '{self.name}' needs inputs (samples, features); received shape "
                f"{shape}. Write x.reshape(-1, 1) for one feature."
            )
        if self.built and shape[-1] != self.kernel.shape[0]:
            raise ValueError(
                f"Dense layer '{self.name}' was built for {self.kernel.shape[0]} features (the "
                f"last axis); received shape {shape} with {shape[-1]}."
            )

    def build(self, input_shape: Shape) -> None:
        features = input_shape[-1]
        self.kernel = self.add_weight(
            "kernel", (features, self.units), self.kernel_initializer,
            self.kernel_regularizer, self.kernel_constraint,
        )  # fmt: skip
        if self.use_bias:
            self.bias = self.add_weight(
                "bias", (self.units,), self.bias_initializer,
                self.bias_regularizer, self.bias_constraint,
            )  # fmt: skip

    def connect(self, program: Program, x: Signal) -> Signal:
        """One matrix product over all rows, then the activation."""
        y = program.signal(*x.shape[:-1], self.units, mask=x.mask)
        W = self.kernel.value
        if self.use_bias:
            b, db = self.bias.value, program.gradient_of(self.bias)
        else:
            b, db = np.zeros(self.units, W.dtype), np.zeros(self.units, W.dtype)
        program.forward(kernels.forward, x.rows, W, b, y.rows)
        program.backward(
            kernels.backward,
            x.rows, W, y.gradient_rows, x.gradient_rows, program.gradient_of(self.kernel), db,
        )  # fmt: skip
        return squash(program, y, self.activation)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "kernel_constraint": constraints.serialize(self.kernel_constraint),
            "bias_constraint": constraints.serialize(self.bias_constraint),
        }
