"""evaluate, predict and single batches, with callbacks and progress around them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..forms import like
from ..protocols import AnyModel
from . import cached_prediction
from .arguments import batch_count, batch_size_of
from .batch_run import BatchRun, go_through
from .callbacks import CallbackList
from .calls import Call
from .data import Data, batches, inputs, labelled
from .progress import Progress, verbosity


def test(
    model: AnyModel, testing: BatchRun, listeners: CallbackList, steps: int | None,
    progress: Progress | None = None, params: dict[str, Any] | None = None,
) -> dict[str, float]:  # fmt: skip
    """One pass without training: loss and metrics. params: see Call."""
    quiet = progress or Progress(0, 1, testing.batches)
    with Call(model, "test", listeners, params) as call:
        assert testing.results is not None
        testing.restart()
        listeners.on_test_begin()
        testing.results.reset()
        hooks = None
        if listeners.wants_test_batches:
            hooks = listeners.on_test_batch_begin, listeners.on_test_batch_end
        done = go_through(testing, steps or testing.batches, hooks, quiet, call)
        if steps is not None and done < steps and not call.stopped:
            name, caller = ("steps", 5) if params else ("validation_steps", 8)
            warn_out_of_data(done, name, steps, caller)
        testing.results.publish()
        results = testing.results.values()
        listeners.on_test_end(dict(sorted(results.items())))
    return results


def warn_out_of_data(done: int, name: str, steps: int, caller: int) -> None:
    """caller: how many functions further out the user's program stands."""
    warnings.warn(
        f"The data ran out after {done} of {name}={steps} batches. Leave {name} out to use all "
        "samples once.",
        UserWarning,
        stacklevel=caller,
    )


def evaluate(
    model: AnyModel, x: Any, y: Any, batch_size: Any, verbose: Any, sample_weight: Any, steps: Any,
    callbacks: Any,
) -> dict[str, float]:  # fmt: skip
    """The loop behind `Model.evaluate`."""
    model.require_compiled("evaluate")
    steps, verbose = batch_count(steps, "steps"), verbosity(verbose)
    size = batch_size_of(batch_size)
    listeners = CallbackList(callbacks)
    with model.compiled.undecided():
        data = labelled(model, x, y, sample_weight)
        size = batches(model, data.samples, size, "x", steps)
        model.build_for(data.xs, size)
    count = steps or -(-data.samples // size)
    params = {"verbose": verbose, "epochs": 1, "steps": count}
    with (
        Progress(verbose, 1, count, "evaluate") as progress,
        BatchRun(model, "test", data, size) as testing,
    ):
        progress.epoch_begin(0)
        results = test(model, testing, listeners, steps, progress, params)
        progress.epoch_end(dict(sorted(results.items())))
    return results


def predict(
    model: AnyModel, x: Any, batch_size: Any, verbose: Any, steps: Any, callbacks: Any, plain: bool
) -> Any:
    """The loop behind `Model.predict`. plain: nobody looks while it runs."""
    steps, verbose = batch_count(steps, "steps"), verbosity(verbose)
    size = batch_size_of(batch_size)
    listeners = CallbackList(callbacks)
    data = inputs(model, x)
    size = batches(model, data.samples, size, "x", steps)
    model.build_for(data.xs, size)
    shapes = model.shapes_after([(None, *array.shape[1:]) for array in data.xs])
    with model.turn_of_states(), BatchRun(model, "predict", data, size) as predicting:
        predicting.outs = [
            np.zeros((data.samples, *shape[1:]), model.dtype) for shape in shapes
        ]  # fmt: skip
        run_predict(model, predicting, listeners, verbose, steps)
        if plain and data.samples <= size:
            cached_prediction.remember(model, x, batch_size, predicting)
        return like(model.output_form, [out[: predicting.used] for out in predicting.outs])


def run_predict(
    model: AnyModel, predicting: BatchRun, listeners: CallbackList, verbose: int, steps: int | None
) -> None:
    """One pass that fills in `predicting.outs`."""
    count = steps or predicting.batches
    params = {"verbose": verbose, "epochs": 1, "steps": count}
    hooks = None
    with (
        Progress(verbose, 1, count, "predict") as progress,
        Call(model, "predict", listeners, params) as call,
    ):
        progress.epoch_begin(0)
        listeners.on_predict_begin()
        if listeners.wants_predict_batches:
            hooks = listeners.on_predict_batch_begin, listeners.on_predict_batch_end
        done = go_through(predicting, count, hooks, progress, call)
        if done < count and not call.stopped:
            warn_out_of_data(done, "steps", count, 5)
        listeners.on_predict_end()
        progress.epoch_end({})


def on_batch(model: AnyModel, purpose: str, data: Data) -> dict[str, float]:
    """Train or test on one batch; loss and metrics of that batch."""
    size = batches(model, data.samples, data.samples, "the batch")
    model.build_for(data.xs, size)
    with BatchRun(model, purpose, data, size) as single:
        single.run(1)
        assert single.results is not None
        single.results.publish()
        return single.results.values()
