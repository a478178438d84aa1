"""The BatchNormalization layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import constraints, initializers, regularizers
from ..arguments import flag, real_number, whole_number
from ..kernels import normalization as kernels
from ..program import Program, Signal
from .base import Layer, Shape


class BatchNormalization(Layer):
    """Normalises each feature to mean beta and deviation gamma.

    In training with the mean and variance of the batch (over samples and time steps), which also
    move the moving ones by 1 - momentum; otherwise, and while frozen, with the moving ones. Weights
    (features,): gamma, beta, moving_mean, moving_variance; the latter two are not trained.
    """

    mask_rule, reads_mask = "passes", True
    fixed = Layer.fixed | {"axis", "center", "scale"}

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        synchronized: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        kind = "BatchNormalization"
        self.axis = whole_number(axis, "axis", kind, -64, 63)
        self.momentum = real_number(momentum, "momentum", kind, 0, 1, example=0.99)
        self.epsilon = real_number(epsilon, "epsilon", kind, 0, example=1e-3)
        self.center = flag(center, "center", kind)
        self.scale = flag(scale, "scale", kind)
        self.synchronized = flag(synchronized, "synchronized", kind)  # means nothing here
        get_initializer = initializers.for_weight
        self.beta_initializer = get_initializer(beta_initializer, "beta_initializer")
        self.gamma_initializer = get_initializer(gamma_initializer, "gamma_initializer")
        self.moving_mean_initializer = get_initializer(
            moving_mean_initializer, "moving_mean_initializer"
        )
        self.moving_variance_initializer = get_initializer(
            moving_variance_initializer, "moving_variance_initializer"
        )
        self.beta_regularizer = regularizers.get(beta_regularizer, "beta_regularizer")
        self.gamma_regularizer = regularizers.get(gamma_regularizer, "gamma_regularizer")
        self.beta_constraint = constraints.get(beta_constraint, "beta_constraint")
        self.gamma_constraint = constraints.get(gamma_constraint, "gamma_constraint")

    def check_input(self, shape: Shape) -> None:
        if len(shape) < 2 or self.axis not in (-1, len(shape) - 1):
            raise ValueError(
                f"BatchNormalization layer '{self.name}' normalises the last axis, features, of "
                f"(samples, ..., features); received axis={self.axis} and inputs of shape {shape}."
            )
        if self.built and shape[-1] != self.moving_mean.shape[0]:
            raise ValueError(
                f"BatchNormalization layer '{self.name}' was built for "
                f"{self.moving_mean.shape[0]} features; received shape {shape}."
            )

    def build(self, input_shape: Shape) -> None:
        """Make gamma and beta, where wanted, and the moving mean and variance."""
        shape = (input_shape[-1],)
        if self.scale:
            self.gamma = self.add_weight(
                "gamma",
                shape,
                self.gamma_initializer,
                self.gamma_regularizer,
                self.gamma_constraint,
            )
        if self.center:
            self.beta = self.add_weight(
                "beta", shape, self.beta_initializer, self.beta_regularizer, self.beta_constraint
            )
        self.moving_mean = self.add_weight(
            "moving_mean", shape, self.moving_mean_initializer, trainable=False
        )
        self.moving_variance = self.add_weight(
            "moving_variance", shape, self.moving_variance_initializer, trainable=False
        )

    def connect(self, program: Program, x: Signal) -> Signal:
        """With the batch's statistics in training, unless frozen; else with the moving ones."""
        y = program.signal(*x.shape, mask=x.mask)
        C = x.shape[-1]
        gamma, dgamma = np.ones(C, y.value.dtype), program.zeros(C)
        beta, dbeta = program.zeros(C), program.zeros(C)
        if self.scale:
            gamma, dgamma = self.gamma.value, program.gradient_of(self.gamma)
        if self.center:
            beta, dbeta = self.beta.value, program.gradient_of(self.beta)
        weights = kernels.Weights(gamma, beta)
        gradients = kernels.Gradients(dgamma, dbeta, program.zeros(C), program.zeros(C))
        moving = kernels.Moving(self.moving_mean.value, self.moving_variance.value)
        settings = np.array([self.momentum, self.epsilon])
        mask = x.mask.reshape(-1)
        fixed = not (program.training and self.trainable)
        mu, v = moving if fixed else (program.zeros(C), program.zeros(C))
        used = kernels.Statistics(mu, v, program.zeros(C))
        if fixed:
            program.forward(kernels.normalize, x.rows, weights, used, settings, y.rows)
        else:
            program.forward(kernels.forward, x.rows, mask, weights, used, moving, settings, y.rows)
        program.backward(
            kernels.backward,
            x.rows, mask, weights, used, y.gradient_rows, x.gradient_rows, gradients, fixed,
        )  # fmt: skip
        return y

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return super().get_config() | {
            "axis": self.axis,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            "moving_mean_initializer": initializers.serialize(self.moving_mean_initializer),
            "moving_variance_initializer": initializers.serialize(self.moving_variance_initializer),
            "beta_regularizer": regularizers.serialize(self.beta_regularizer),
            "gamma_regularizer": regularizers.serialize(self.gamma_regularizer),
            "beta_constraint": constraints.serialize(self.beta_constraint),
            "gamma_constraint": constraints.serialize(self.gamma_constraint),
            "synchronized": self.synchronized,
        }
