"""Monitor: whether a number in the logs got better, for EarlyStopping and ReduceLROnPlateau."""

from __future__ import annotations

import warnings

import numpy as np

from ..arguments import shown
from ..protocols import AnyModel
from .arguments import number_for, received
from .callbacks import Callback, Logs

MODES = ("auto", "min", "max")

# mode="auto" for metrics that do not say themselves (`metric.direction`) which way is better.
HIGHER_IS_BETTER = {
    "acc", "accuracy", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy",
    "top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy", "cosine_similarity",
    "r2_score", "auc", "precision", "recall", "f1_score",
}  # fmt: skip
LOWER_IS_BETTER = {
    "loss", "mse", "mean_squared_error", "mae", "mean_absolute_error", "root_mean_squared_error",
    "mape", "mean_absolute_percentage_error", "msle", "mean_squared_logarithmic_error",
    "huber", "log_cosh", "logcosh", "binary_crossentropy", "categorical_crossentropy",
    "sparse_categorical_crossentropy", "kl_divergence", "kullback_leibler_divergence", "poisson",
    "hinge", "squared_hinge", "categorical_hinge",
}  # fmt: skip


class Monitor(Callback):
    """Watches one entry of the logs.

    monitor: its name, e.g. "val_loss".
    mode: "min" if lower is better, "max" if higher is, "auto" to tell from the name.
    min_delta: a change smaller than this is no improvement.
    Raises ValueError for other types, and at the end of the first epoch if "auto" cannot tell the
    direction.
    """

    def __init__(self, monitor: str, mode: str, min_delta: float) -> None:
        if not isinstance(monitor, str):
            raise ValueError(
                f"monitor of {type(self).__name__} is a name in the logs, such as 'val_loss'; "
                f"{received(monitor)}."
            )
        min_delta = number_for(self, min_delta, "min_delta", 0.001)
        if not isinstance(mode, str) or mode not in MODES:
            warnings.warn(
                f"{type(self).__name__}: mode={shown(mode)} is unknown, using 'auto'; "
                f"the modes are {', '.join(map(repr, MODES))}.",
                stacklevel=3,
            )
            mode = "auto"
        self.monitor = monitor
        self.mode = mode
        self.min_delta = abs(min_delta)
        self.best: float | None = None

    def value(self, logs: Logs, consequence: str) -> float | None:
        """The watched number; None, and a warning that names those there are, if it is missing."""
        if self.mode == "auto":
            self.mode = self._direction()
        value = logs.get(self.monitor)
        if value is None:
            hint = ""
            if self.monitor.removeprefix("val_") in logs:
                hint = " For 'val_' values, give fit() validation_data= or validation_split=."
            warnings.warn(
                f"{type(self).__name__} watches {self.monitor!r}, which this epoch did not report, "
                f"so {consequence}. Reported were: {', '.join(logs) or 'none'}.{hint}",
                stacklevel=2,
            )
        return value

    def improves(self, value: float, reference: float | None) -> bool:
        """Whether `value` beats `reference` by more than `min_delta`; anything beats None."""
        if reference is None:
            return True
        # Keras compares in float32, where 0.9 (from a model) does not exceed a baseline of 0.9.
        if self.mode == "max":
            return bool(np.float32(value - self.min_delta) > np.float32(reference))
        return bool(np.float32(value + self.min_delta) < np.float32(reference))

    def _direction(self) -> str:
        name = self.monitor.removeprefix("val_")
        direction = _declared_directions(self.model).get(name)
        if direction == "up" or (direction is None and name in HIGHER_IS_BETTER):
            return "max"
        if direction == "down" or name in LOWER_IS_BETTER:
            return "min"
        raise ValueError(
            f"{type(self).__name__}(monitor={self.monitor!r}): cannot tell from the name whether "
            "higher or lower is better. Add mode='max' if higher is better, mode='min' if lower is."
        )


def _declared_directions(model: AnyModel) -> dict[str, str | None]:
    """Which way is better, by the names that results have."""
    compiled = getattr(model, "compiled", None)
    if compiled is not None:
        return compiled.directions()
    metrics = getattr(model, "metrics", None) or []
    return {getattr(m, "name", ""): getattr(m, "direction", None) for m in metrics}
