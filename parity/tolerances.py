"""How far npslstm may be from Keras, in one table, each with the largest difference measured.

absolute: max |ours - Keras's|. relative: that, divided by the largest |Keras's| of the array: of a
gradient's small entries, float32 keeps only what the large ones leave. scaled: relative where the
largest is above 1, else absolute. All in units of the precision's epsilon, the gap between 1 and
the next number: 2^-23 = 1.2e-7 in float32, 2^-52 = 2.2e-16 in float64. Measured with keras 3.15.1
on tensorflow 2.21.0 and numpy 2.4, x86-64; `pytest parity` prints the figures of its own run.
"""

from __future__ import annotations

from typing import NamedTuple

FLOAT32, FLOAT64 = 2.0**-23, 2.0**-52


class Tolerance(NamedTuple):
    """kind: 'absolute', 'relative' or 'scaled'; allowed and measured: in units of epsilon.

    per_step: what is allowed in addition for each time step, or step of the optimizer, that stands
    between the numbers that were equal and those that are compared: rounding adds up.
    """

    kind: str
    allowed_epsilons: float
    measured_epsilons: float
    epsilon: float = FLOAT32
    per_step: float = 0.0

    def after(self, steps: int) -> Tolerance:
        """The tolerance for numbers that so many steps have led to."""
        return self._replace(allowed_epsilons=self.allowed_epsilons + self.per_step * steps)

    @property
    def allowed(self) -> float:
        return self.allowed_epsilons * self.epsilon


TOLERANCES = {
    # The LSTM layer: the equations, once more or less in another order of additions.
    "lstm output": Tolerance("absolute", 8, 3.5),
    "lstm output, float64": Tolerance("absolute", 24, 3, FLOAT64),
    "lstm gradient": Tolerance("relative", 40, 12.5),
    "lstm gradient, float64": Tolerance("relative", 48, 9.5, FLOAT64),
    "lstm growing output": Tolerance("relative", 8, 3.1),  # relu and others without a limit
    # Activations. TensorFlow keeps the constants of gelu and leaky_relu in float32, always.
    "activation": Tolerance("scaled", 8, 3.5),
    "activation, float64": Tolerance("scaled", 16, 1.5, FLOAT64),
    "activation gradient": Tolerance("relative", 24, 6.8),
    "activation gradient, float64": Tolerance("relative", 48, 8.1, FLOAT64),
    "activation of rounded constants, float64": Tolerance("scaled", 0.25, 0.125),
    "activation gradient of rounded constants, float64": Tolerance("relative", 0.25, 0.04),
    # Layers and stacks of them.
    "layer output": Tolerance("scaled", 8, 2.2),
    "layer output, float64": Tolerance("scaled", 16, 2.7, FLOAT64),
    "layer gradient": Tolerance("relative", 80, 28.7),
    "layer gradient, float64": Tolerance("relative", 48, 3.8, FLOAT64),
    "masked normalisation gradient": Tolerance("relative", 24, 2.9),
    "masked normalisation gradient, float64": Tolerance("relative", 80, 17, FLOAT64),
    "penalty": Tolerance("relative", 4, 0.5),
    # Training.
    "loss": Tolerance("scaled", 8, 1.5),
    "loss gradient": Tolerance("relative", 24, 7),
    "metric": Tolerance("scaled", 8, 1.3),
    "weights after ten steps": Tolerance("scaled", 32, 6.5),
    "slots after ten steps": Tolerance("scaled", 24, 2.9),
    "loss of a batch": Tolerance("scaled", 48, 14.3),
    "history": Tolerance("scaled", 32, 6),
    "history, float64": Tolerance("scaled", 16, 1.7, FLOAT64),
    "weights after training": Tolerance("scaled", 24, 3.7),
    "weights after training, float64": Tolerance("scaled", 16, 1, FLOAT64),
    "prediction": Tolerance("scaled", 16, 3.5),
    "prediction, float64": Tolerance("scaled", 16, 1, FLOAT64),
    # Graphs. A model's gradients beside the largest of them all: what attention leaves of a scale's
    # is a sum of larger terms.
    "graph output": Tolerance("scaled", 24, 8.8),
    "graph output, float64": Tolerance("scaled", 24, 7.5, FLOAT64),
    "graph gradient": Tolerance("relative", 32, 5.7),
    "graph gradient, float64": Tolerance("relative", 32, 10, FLOAT64),
    "states": Tolerance("absolute", 24, 6),
    "frozen": Tolerance("scaled", 8, 3.5),  # Keras beside its frozen answers: 0 without oneDNN
    # The tutorial programs, and any two models: what `observe` and `suite` name so.
    "outputs": Tolerance("scaled", 6, 2.5, per_step=3),
    "outputs, float64": Tolerance("scaled", 6, 2.5, FLOAT64, per_step=3),
    "state": Tolerance("absolute", 6, 2.3, per_step=3),
    "state, float64": Tolerance("absolute", 6, 2.3, FLOAT64, per_step=3),
    "loss and metrics": Tolerance("scaled", 12, 3.8),
    "loss and metrics, float64": Tolerance("scaled", 12, 3.8, FLOAT64),
    "gradients": Tolerance("relative", 48, 65.9, per_step=6),
    "gradients, float64": Tolerance("relative", 48, 65.9, FLOAT64, per_step=6),
    "optimizer": Tolerance("scaled", 24, 10.2, per_step=0.08),
    "optimizer, float64": Tolerance("scaled", 24, 10.2, FLOAT64, per_step=0.08),
    "result": Tolerance("scaled", 6, 4.5, per_step=3),
    "result, float64": Tolerance("scaled", 6, 4.5, FLOAT64, per_step=3),
    "training": Tolerance("scaled", 24, 38, per_step=0.02),
    "training, float64": Tolerance("scaled", 24, 115.5, FLOAT64, per_step=0.02),
    "tutorial": Tolerance("scaled", 24, 19, per_step=0.02),
    "tutorial, float64": Tolerance("scaled", 24, 50.5, FLOAT64, per_step=0.02),
    # Two trainings in which differences grow in both precisions: one epsilon in one weight does as
    # much to npslstm alone, as `python -m parity --full` remarks.
    "all epochs of airline_stacked": Tolerance("scaled", 4e5, 2.4e5),
    "all epochs of airline_stacked, float64": Tolerance("scaled", 4e5, 3.6e4, FLOAT64),
    "all epochs of alphabet_stateful": Tolerance("scaled", 2e4, 1.6e3),
    "all epochs of alphabet_stateful, float64": Tolerance("scaled", 2e4, 5.7e3, FLOAT64),
    "weights": Tolerance("absolute", 0, 0),
    "weights, float64": Tolerance("absolute", 0, 0, FLOAT64),
    "exact": Tolerance("absolute", 0, 0),
    # Random architectures. The largest of 2400 models; mostly after a BatchNormalization of numbers
    # that differ little, which enlarges their differences up to thirtyfold.
    "random output": Tolerance("scaled", 40, 11.7),
    "random output, float64": Tolerance("scaled", 40, 10.2, FLOAT64),
    "random state": Tolerance("scaled", 24, 7.5),
    "random state, float64": Tolerance("scaled", 24, 7.5, FLOAT64),
    "random loss": Tolerance("scaled", 16, 3.5),
    "random loss, float64": Tolerance("scaled", 16, 4.7, FLOAT64),
    "random gradient": Tolerance("scaled", 48, 11.8),
    "random gradient, float64": Tolerance("scaled", 48, 13, FLOAT64),
    "random weights after three steps": Tolerance("scaled", 64, 8.7),
    "random weights after three steps, float64": Tolerance("scaled", 64, 19, FLOAT64),
}


def named(name: str, dtype: str) -> str:
    """The tolerance of this name in this precision."""
    return name if dtype == "float32" else f"{name}, {dtype}"
