"""Loss and metrics of one call of fit, evaluate or train_on_batch, which belong to it alone."""

from __future__ import annotations

from typing import Any

import numpy as np


class Results:
    """Sums over the batches so far. Steps add to them through `totals`.

    totals (1 + metrics, 2): the sum of what each batch or row contributes, and the sum of weights;
    the loss in row 0, then the metrics in the order of `compile`.
    """

    def __init__(self, compiled: Any) -> None:
        self.metrics = list(compiled.metrics or ())
        self.totals = np.zeros((1 + len(self.metrics), 2))

    def reset(self) -> None:
        """Begin again."""
        self.totals.fill(0)

    def values(self) -> dict[str, float]:
        """Loss and metrics so far, the loss first."""
        (total, count), *others = self.totals.tolist()
        found = {"loss": total / count if count else 0.0}
        for metric, totals in zip(self.metrics, others, strict=True):
            found[metric.name] = metric.value(*totals)
        return found

    def publish(self) -> None:
        """Let the metric objects of the model show these results, as Keras's do after a call."""
        for k, metric in enumerate(self.metrics, 1):
            metric.totals[...] = self.totals[k]
