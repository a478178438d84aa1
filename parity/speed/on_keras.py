"""A workload on npslstm, or on Keras: the same program, as a tutorial would write it."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from .workloads import BINARY, CATEGORICAL, LABELS, SQUARED, Workload, data, weights

SQUASH = {SQUARED: None, BINARY: "sigmoid", CATEGORICAL: "softmax", LABELS: None}


def build(nn: Any, workload: Workload) -> Any:
    shape = workload.steps, workload.features
    model = nn.Sequential()
    model.add(nn.Input(batch_shape=(workload.batch if workload.stateful else None, *shape)))
    for k, units in enumerate(workload.units, 1):
        last = k == len(workload.units)
        model.add(nn.layers.LSTM(units, stateful=workload.stateful, return_sequences=not last))
    if workload.normalized:
        model.add(nn.layers.BatchNormalization())
    model.add(nn.layers.Dense(workload.outputs, activation=SQUASH[workload.loss]))
    loss, metrics = workload.loss, []
    if loss == LABELS:
        loss = nn.losses.SparseCategoricalCrossentropy(from_logits=True)
    if workload.loss in (CATEGORICAL, LABELS):
        metrics = ["accuracy"]
    model.compile(loss=loss, optimizer=workload.optimizer, metrics=metrics)
    model.set_weights(weights(workload))
    return model


class Model:
    """framework: the name of the module that a user imports, 'npslstm' or 'keras'."""

    def __init__(self, workload: Workload, framework: str) -> None:
        self.workload = workload
        self.model = build(importlib.import_module(framework), workload)
        self.x, self.y = data(workload)

    def train(self, epochs: int) -> None:
        options = {"batch_size": self.workload.batch, "shuffle": False, "verbose": 0}
        self.model.fit(self.x, self.y, epochs=epochs, **options)

    def predict(self) -> np.ndarray:
        return self.model.predict(self.x, batch_size=self.workload.batch, verbose=0)
