"""A workload on PyTorch, eager: its LSTM module, its optimizers, and the usual loop over batches.

Unlike the loops of Keras and npslstm it adds up neither loss nor metrics.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn import functional

from .workloads import BINARY, CATEGORICAL, LABELS, SQUARED, Workload, data, weights

LOSSES = {
    SQUARED: functional.mse_loss,
    BINARY: functional.binary_cross_entropy_with_logits,
    CATEGORICAL: functional.cross_entropy,
    LABELS: functional.cross_entropy,
}
OPTIMIZERS: dict[str, Any] = {
    "adam": lambda parameters: torch.optim.Adam(parameters, lr=0.001, eps=1e-7),
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=0.01),
}


class Network(torch.nn.Module):
    """Keras's defaults; the layers of a stack must have equal sizes, which is faster in PyTorch."""

    def __init__(self, workload: Workload) -> None:
        super().__init__()
        (H,) = set(workload.units)
        self.lstm = torch.nn.LSTM(workload.features, H, len(workload.units), batch_first=True)
        self.norm = torch.nn.BatchNorm1d(H, eps=1e-3, momentum=0.01)
        self.dense = torch.nn.Linear(H, workload.outputs)
        self.normalized = workload.normalized

    def forward(self, x: Any, state: Any) -> Any:
        h, state = self.lstm(x, state)
        h = h[:, -1]
        return self.dense(self.norm(h) if self.normalized else h), state

    def set_weights(self, arrays: list[np.ndarray]) -> None:
        left = iter(arrays)
        for layer in range(self.lstm.num_layers):
            for name, to in (("weight_ih", "T"), ("weight_hh", "T"), ("bias_ih", "")):
                array = next(left).T if to else next(left)
                fill(getattr(self.lstm, f"{name}_l{layer}"), array)
            fill(getattr(self.lstm, f"bias_hh_l{layer}"), np.zeros(4 * self.lstm.hidden_size))
        if self.normalized:
            norm = self.norm
            for tensor in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
                fill(tensor, next(left))
        fill(self.dense.weight, next(left).T)
        fill(self.dense.bias, next(left))


def fill(tensor: Any, array: np.ndarray) -> None:
    with torch.no_grad():
        tensor.copy_(torch.from_numpy(np.array(array)))


class Model:
    def __init__(self, workload: Workload, framework: str) -> None:
        self.workload, self.state = workload, None
        self.network = Network(workload)
        self.network.set_weights(weights(workload))
        self.x, y = map(torch.from_numpy, data(workload))
        self.batches = list(zip(self.x.split(workload.batch), y.split(workload.batch), strict=True))
        self.loss = LOSSES[workload.loss]
        self.optimizer = OPTIMIZERS[workload.optimizer](self.network.parameters())

    def keep(self, state: Any) -> None:
        if self.workload.stateful:
            self.state = tuple(s.detach() for s in state)

    def train(self, epochs: int) -> None:
        self.network.train()
        for _ in range(epochs):
            for x, y in self.batches:
                self.optimizer.zero_grad()
                output, state = self.network(x, self.state)
                self.loss(output, y).backward()
                self.optimizer.step()
                self.keep(state)

    @torch.inference_mode()
    def predict(self) -> np.ndarray:
        self.network.eval()
        output, state = self.network(self.x, self.state)
        self.keep(state)
        if self.workload.loss == BINARY:
            output = torch.sigmoid(output)
        if self.workload.loss == CATEGORICAL:
            output = torch.softmax(output, dim=-1)
        return output.numpy()
