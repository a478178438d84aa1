"""The process of a contestant: reads what is asked, a JSON line each, and answers in the same way.

    python -m parity.speed.worker npslstm
    {"ask": "train", "workload": {...}, "seconds": 0.2}   ->   {"answer": 1.53}

It imports its framework once and keeps the models that it has built and warmed up.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .contestants import CONTESTANTS, Contestant
from .timing import WARM_UPS, in_loop, per_run
from .workloads import Workload

INSIDE = {"shares": "shares", "steady": "shares", "company": "company"}  # which module answers
FEW, MANY = 1, 101  # steps of the two fits whose difference is the time of the steps


class Worker:
    def __init__(self, contestant: Contestant) -> None:
        self.contestant = contestant
        self.models: dict[Any, Any] = {}

    def answer(self, ask: str, workload: dict[str, Any] | None, seconds: float) -> Any:
        if workload is None:
            return importlib.import_module(".machine", __package__).gigaflops()
        wanted = Workload(**workload | {"units": tuple(workload["units"])})
        if ask in INSIDE:  # asked of npslstm alone
            inside = importlib.import_module(f".{INSIDE[ask]}", __package__)
            return getattr(inside, ask)(wanted, seconds)
        return getattr(self, ask)(wanted, seconds)

    def model(self, workload: Workload, ready: Callable[[Any], None]) -> Any:
        """The workload as this framework has it, run until nothing is left to compile."""
        if (workload, ready) not in self.models:
            model = self.build(workload)
            for _ in range(WARM_UPS):
                ready(model)
            self.models[workload, ready] = model
        return self.models[workload, ready]

    def build(self, workload: Workload) -> Any:
        module = importlib.import_module(f".{self.contestant.module}", __package__)
        return module.Model(workload, self.contestant.imports)

    def train(self, workload: Workload, seconds: float) -> float:
        """Microseconds of a training step: a fit of many epochs, divided by its steps."""
        most, model = workload.epochs_a_fit, self.model(workload, trained)

        def run(epochs: int) -> None:
            for begin in range(0, epochs, most):
                model.train(min(most, epochs - begin))

        return per_run(run, seconds) / workload.steps_an_epoch

    def predict(self, workload: Workload, seconds: float) -> float:
        """Microseconds of one call for all samples."""
        return per_run(in_loop(self.model(workload, predicted).predict), seconds)

    def fit_call(self, workload: Workload, seconds: float) -> float:
        """Microseconds of a fit of one epoch beyond those of its steps."""
        few, many = (
            self.train(replace(workload, samples=steps * workload.batch, epochs_a_fit=1), seconds)
            * steps
            for steps in (FEW, MANY)
        )
        return few - (many - few) * FEW / (MANY - FEW)

    def outputs(self, workload: Workload, seconds: float) -> list[Any]:
        """Predictions of a new model, to check that all contestants do the same."""
        return self.build(workload).predict().tolist()

    def trained_outputs(self, workload: Workload, seconds: float) -> list[Any]:
        """Likewise, after an epoch's training."""
        model = self.build(workload)
        model.train(1)
        return model.predict().tolist()


def trained(model: Any) -> None:
    model.train(1)


def predicted(model: Any) -> None:
    model.predict()


def main(key: str) -> None:
    """Answers go to the standard output there was; whatever else prints is sent to the errors."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    worker = Worker(CONTESTANTS[key])
    for line in sys.stdin:
        try:
            reply = {"answer": worker.answer(**json.loads(line))}
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"}
        print(json.dumps(reply), file=answers)


if __name__ == "__main__":
    main(sys.argv[1])
