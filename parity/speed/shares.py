"""Where the time of npslstm's training step goes, and what memory it takes: asked of the engine.

Every operation of the step is timed by itself; so are the products alone, as `cost` counts them, in
the shapes of the step. All times are processor time of all threads together, in microseconds: a
share does not depend on how many threads worked, nor on who else did.

    GEMM         the products          gates   the rest of the operations of the LSTM
    optimizer    its operations        other   Dense, loss, metrics, normalisation, data movement
    Python       what fit takes beyond the operations
"""

from __future__ import annotations

import time
import tracemalloc
from typing import Any

import numpy as np

from npslstm import primitives
from npslstm.machine.operations import Operation
from npslstm.machine.steps import Steps
from npslstm.training.batch_run import BatchRun
from npslstm.training.data import labelled

from .cost import BYTES, Product, products, traffic
from .on_keras import Model
from .timing import in_loop, per_run
from .workloads import Workload

STEADY_STEPS = 100


def shares(workload: Workload, seconds: float) -> dict[str, float]:
    """Microseconds of a step, by kind; 'cpu' and 'wall' of the whole step; 'copying' its bytes."""
    model = Model(workload, "npslstm")
    fit = fits(model)
    fit(2)
    wall = per_run(fit, seconds) / workload.steps_an_epoch
    cpu = per_run(fit, seconds, time.process_time) / workload.steps_an_epoch
    parts = max(1, round(cpu / wall))
    by_kind = {"gates": 0.0, "optimizer": 0.0, "other": 0.0}
    step = training_step(model)
    for operation in step.steps.operations:
        by_kind[kind(operation)] += alone(step, operation, seconds / 10)
    of_lstm, gemm = 0.0, 0.0
    for product in products(workload, parts):
        cost = product.times * time_of(product, seconds / 10)
        gemm += cost
        of_lstm += cost * (product.columns != workload.outputs)
    dense = gemm - of_lstm
    python = max(0.0, cpu - sum(by_kind.values()))
    by_kind["gates"] = max(0.0, by_kind["gates"] - of_lstm)
    by_kind["other"] = max(0.0, by_kind["other"] - dense)
    whole = {"cpu": cpu, "wall": wall, "copying": copying(traffic(workload), seconds / 10)}
    return {"GEMM": gemm, **by_kind, "Python": python, **whole}


def fits(model: Model) -> Any:
    """Any number of epochs, in calls of fit that are as long as the workload allows."""
    most = model.workload.epochs_a_fit

    def run(epochs: int) -> None:
        for begin in range(0, epochs, most):
            model.train(min(most, epochs - begin))

    return run


def training_step(model: Model) -> Any:
    """The engine's own step for the workload's batches, which the first fit has made, on the
    workload's data. Nobody else may use it."""
    data = labelled(model.model, model.x, model.y)
    training = BatchRun(model.model, "train", data, model.workload.batch)
    step = training.step(model.workload.batch)
    step.bind(training.data, training.order)
    return step


def kind(operation: Operation) -> str:
    module = operation.kernel.__module__.rpartition(".")[2]
    kinds = {"scan": "gates", "products": "gates", "optimizers": "optimizer"}
    return kinds.get(module, "other")


def alone(step: Any, operation: Operation, seconds: float) -> float:
    """One operation by itself, again and again on the first batch."""
    steps = Steps([operation])

    def run(number: int) -> None:
        step.cursor[0] = 0
        steps.run(number)

    run(1)
    return per_run(run, seconds, time.process_time)


def time_of(product: Product, seconds: float) -> float:
    arrays = [np.full(shape, 1e-3, np.float32) for shape in product.shapes]
    steps = Steps([Operation(getattr(primitives, product.kind), *arrays)])
    steps.run()
    return per_run(steps.run, seconds, time.process_time)


def copying(moved: int, seconds: float) -> float:
    """A copy that reads half of so many bytes and writes the other half."""
    source = np.ones(moved // 2 // BYTES, np.float32)
    steps = Steps([Operation(primitives.copy, np.zeros_like(source), source)])
    steps.run()
    return per_run(steps.run, seconds, time.process_time)


def steady(workload: Workload, seconds: float) -> int:
    """What Python and NumPy allocate at the most during STEADY_STEPS steps, after a warm-up."""
    model = Model(workload, "npslstm")
    model.train(2)
    step = training_step(model)

    def run() -> None:
        step.cursor[0] = 0
        step.run()

    in_loop(run)(STEADY_STEPS)
    tracemalloc.start()
    begin = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    in_loop(run)(STEADY_STEPS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak - begin
