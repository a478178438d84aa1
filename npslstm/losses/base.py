"""What all losses share: reduction, weights, masks, and the way into a program.

A loss is the mean of one number a row, a row being a sample, or a time step of a sample. The rows'
formulas and their gradients stand in `kernels/losses`. After a softmax or sigmoid a crossentropy is
taken from the logits before it, which neither overflow nor saturate.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from .. import targets
from ..arguments import label, text
from ..arrays import as_numbers, require_entries, to_time_major
from ..config import standardize_dtype
from ..identifiers import snake_case
from ..kernels import data_movement, masking, metrics
from ..kernels import losses as kernels
from ..program import Program, Signal, rows
from ..watch import Watched

REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None)
SUMMED = ("sum", "none", None)  # training follows the gradient of the sum of the rows


class Loss(Watched):
    """What all losses share.

    reduction: 'sum_over_batch_size' (the sum over all rows by their number, also with weights),
    'sum', 'mean_with_sample_weight' (by the sum of the weights) or 'none' (one number a row, when
    called on arrays; a model trains on their sum, and reports their mean). Raises ValueError for
    others.
    """

    # Makes a loss of a function of arrays: `function`, which stands above this file, puts it here.
    of_function: ClassVar[Callable[..., Loss]]
    sparse = False
    takes_logits = False  # whether there are formulas for logits
    partner = ""  # the activation behind which dL/dlogits can be read off the outputs

    def __init__(
        self, name: str | None = None, reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:  # fmt: skip
        kind = type(self).__name__
        if reduction is not None:
            text(reduction, "reduction", kind, [r for r in REDUCTIONS if r is not None])
        self.name = label(name, kind) or snake_case(kind)
        self.reduction = reduction
        self.dtype = standardize_dtype(dtype).name

    # ---- the formulas --------------------------------------------------------------------------

    def formulas(self, on_logits: bool) -> tuple[Callable, Callable]:
        """The kernel of one row, and its mirror."""
        name = snake_case(type(self).__name__) + ("_from_logits" if on_logits else "")
        return getattr(kernels, name), getattr(kernels, f"d_{name}")

    def reads(self, y: Signal) -> tuple[Signal, bool]:
        """The signal that the loss is taken from, and whether that holds logits."""
        if self.takes_logits and y.logits is not None:
            return y.logits, True  # also a softmax's logits for binary_crossentropy: so does Keras
        return y, getattr(self, "from_logits", False)

    def smoothing(self, units: int) -> tuple[float, float] | None:
        """Targets become target * first + second; None to leave them as they are."""
        return None

    # ---- writing the loss into a program -------------------------------------------------------

    def write(
        self, program: Program, y: Signal, target: np.ndarray, weights: np.ndarray,
        factor: float = 1.0,
    ) -> np.ndarray:  # fmt: skip
        """Add the loss of output y to a program. Returns the array (1,) that will hold it.

        target (R, K) a row for each of y's rows; weights (R,) or size 0. factor: of the gradient,
        where this is one of several losses.
        """
        source, on_logits = self.reads(y)
        value, gradient = self.formulas(on_logits)
        seen = source.rows
        if source is y.logits and y.squashed_by == self.partner:
            name = f"d_{snake_case(type(self).__name__)}_before_{self.partner}"
            seen, gradient = y.rows, getattr(kernels, name)
        target = self.smoothed(program, target, y.shape[-1])
        weights = self.weighed(program, y, weights)
        divide = int(self.reduction != "sum")
        d_divide = int(self.reduction not in SUMMED)
        values, loss = program.zeros(source.rows.shape[0]), np.zeros(1)
        program.forward(kernels.forward, target, source.rows, values, value)
        program.forward(kernels.reduce, values, weights, divide, loss)
        if program.learns and source.gradient.size:
            arguments = target, seen, weights, d_divide
            self.write_backward(program, y, source, (*arguments, gradient), factor)
        return loss

    def write_backward(
        self, program: Program, y: Signal, source: Signal, arguments: Any, factor: float
    ) -> None:
        """Add the gradient with respect to `source`: y itself, or the logits before it."""
        *first, gradient = arguments

        def add_gradient(target: np.ndarray) -> None:
            if factor != 1.0:  # runs after it
                program.backward(data_movement.scale, np.array([factor], program.dtype), target)
            program.backward(kernels.backward, *first, target, gradient)

        if source is y:
            add_gradient(y.gradient_rows)
        elif program.backward_operations[-1] is y.squash_backward:
            program.backward_operations.pop()  # the way through the activation is not taken
            add_gradient(source.gradient_rows)
        else:  # something else pulls at the activation's output: both gradients meet at the logits
            own = program.zeros(*source.rows.shape)
            assert y.squash_backward is not None
            at = program.backward_operations.index(y.squash_backward)
            later = program.backward_operations[at:]
            del program.backward_operations[at:]
            program.backward(data_movement.add, own, source.gradient_rows)
            add_gradient(own)
            program.backward_operations += later
            program.backward(data_movement.clear, y.gradient)

    def smoothed(self, program: Program, target: np.ndarray, units: int) -> np.ndarray:
        change = self.smoothing(units)
        if change is None:
            return target
        smooth = program.zeros(*target.shape)
        program.forward(kernels.smooth, target, np.array(change), smooth)
        return smooth

    def weighed(self, program: Program, y: Signal, weights: np.ndarray) -> np.ndarray:
        """Row weights with the mask and the reduction taken in."""
        if y.mask.size:
            T, B = y.mask.shape
            given = weights.reshape(T, B) if weights.size else program.zeros(0, 0)
            masked = program.zeros(T, B)
            weigh = metrics.weigh_by_mask if self.reduction in SUMMED else masking.weigh
            program.forward(weigh, y.mask, given, masked)
            weights = masked.reshape(-1)
        if self.reduction == "mean_with_sample_weight" and weights.size:
            balanced = program.zeros(*weights.shape)
            program.forward(kernels.balance, weights, balanced)
            weights = balanced
        return weights

    # ---- on arrays -----------------------------------------------------------------------------

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The loss of outputs y_pred for targets y_true, as a float; an array for 'none'."""
        if hasattr(self, "call"):  # of a class of the user's
            own = self.of_function(self.call, self.name, self.reduction, self.dtype)
            return own(y_true, y_pred, sample_weight)
        output = as_numbers(y_pred, self.dtype, "y_pred")
        require_entries(output, "y_pred")
        output = output[:, None] if output.ndim == 1 else output
        target = targets.align(as_numbers(y_true, self.dtype, "y_true"), output.shape, self.sparse)
        if self.sparse:
            targets.check_labels(target, output.shape[-1])
        weights = np.zeros(0, output.dtype)
        if sample_weight is not None:
            weights = targets.align_weights(sample_weight, output.shape, self.dtype)
        program = Program(self.dtype)
        signal = Signal(np.ascontiguousarray(to_time_major(output)), np.zeros(0, output.dtype))
        flat = np.ascontiguousarray(rows(to_time_major(target)))
        flat_weights = np.ascontiguousarray(weights.T).reshape(-1)
        loss = self.write(program, signal, flat, flat_weights)
        program.steps().run()
        if self.reduction not in ("none", None):
            return output.dtype.type(loss[0])
        by_step = to_time_major(output).shape[:-1]
        values = program.forward_operations[-2].arguments[2].reshape(by_step)
        values = values * flat_weights.reshape(values.shape) if weights.size else values
        return np.array(values.T, order="C")  # (T, B) or (B,): samples first again

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loss:
        """The mirror of `get_config`."""
        return cls(**config)
