"""What all metrics share: the mean of one number a row over an epoch."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import targets
from ..arguments import label
from ..arrays import as_numbers, require_entries, to_time_major
from ..config import standardize_dtype
from ..identifiers import snake_case
from ..kernels import metrics as kernels
from ..program import Program, Signal, rows
from ..watch import Watched


class Metric(Watched):
    """What all metrics share: `totals` = [sum of the rows' numbers, sum of their weights]."""

    unwatched = frozenset({"name", "totals"})
    sparse = False
    direction: str | None = "down"  # which way is better; None where nobody knows

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        kind = type(self).__name__
        self.name = label(name, kind, in_paths=False) or snake_case(kind)
        self.dtype = standardize_dtype(dtype).name
        self.totals = np.zeros(2)

    def values(self, program: Program, y: Signal, target: np.ndarray) -> np.ndarray:
        """Add the operations that compute one number a row. Returns the array that holds them."""
        raise NotImplementedError(f"{type(self).__name__} does not define values().")

    def write(
        self, program: Program, y: Signal, target: np.ndarray, weights: np.ndarray,
        totals: np.ndarray,
    ) -> None:  # fmt: skip
        """Have a program gather this metric in `totals`. target (R, K), weights (R,) or size 0."""
        values = self.values(program, y, target)
        program.forward(kernels.accumulate, values, weights, totals)

    def align(self, target: np.ndarray, output_shape: tuple[Any, ...], what: str) -> np.ndarray:
        """Targets as it takes them. Raises ValueError if they do not fit the outputs."""
        return targets.align(target, output_shape, self.sparse, what)

    def value(self, total: float, count: float) -> float:
        """The metric that such totals stand for; 0 before the first row."""
        return total / count if count else 0.0

    def result(self) -> float:
        """The value so far; 0 before the first row."""
        return self.value(*self.totals.tolist())

    def reset_state(self) -> None:
        """Begin again."""
        self.totals[:] = 0

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in targets and outputs (samples, ..., units). ValueError if they do not fit."""
        output = as_numbers(y_pred, self.dtype, "y_pred")
        require_entries(output, "y_pred")
        output = output[:, None] if output.ndim == 1 else output
        target = self.align(as_numbers(y_true, self.dtype, "y_true"), output.shape, "y_true")
        if self.sparse:
            targets.check_labels(target, output.shape[-1])
        weights = np.zeros(0, output.dtype)
        if sample_weight is not None:
            given = targets.align_weights(sample_weight, output.shape, self.dtype)
            weights = np.ascontiguousarray(given.T).reshape(-1)
        program = Program(self.dtype)
        signal = Signal(np.ascontiguousarray(to_time_major(output)), np.zeros(0, output.dtype))
        target = np.ascontiguousarray(rows(to_time_major(target)))
        totals = self.totals.copy()  # of this thread alone, until they are complete
        self.write(program, signal, target, weights, totals)
        program.steps().run()
        self.totals[:] = totals

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        """`update_state`, then `result`."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Metric:
        """The mirror of `get_config`."""
        return cls(**config)
