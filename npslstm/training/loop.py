"""fit, evaluate and predict: epochs of steps, with callbacks and progress around them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import seeding
from . import prompt
from .callbacks import CallbackList
from .data import Data, batches, inputs, labelled, passes, split
from .epochs import Unseen
from .history import History
from .passing import Pass, run_pass
from .progress import Progress

# ---- fit --------------------------------------------------------------------------------------


def fit(
    model: Any, x: Any, y: Any, batch_size: int | None, epochs: int, verbose: Any, callbacks: Any,
    validation_split: float, validation_data: Any, shuffle: Any, class_weight: Any,
    sample_weight: Any, initial_epoch: int, steps_per_epoch: int | None,
    validation_steps: int | None, validation_batch_size: int | None, validation_freq: int,
) -> History:  # fmt: skip
    """The loop behind `Sequential.fit`; its docstring says what the arguments mean."""
    model.require_compiled("fit")
    epochs = passes(epochs)
    data = labelled(model, x, y, sample_weight, class_weight)
    held_out: Data | None = None
    if validation_data is not None:
        held_out = labelled(model, *unpack_validation(validation_data))
    elif validation_split:
        data, held_out = split(data, validation_split)
    if steps_per_epoch is not None and batch_size is None and model.state_batch_size is None:
        batch_size = -(-data.samples // steps_per_epoch)
    batch_size = batches(model, data.samples, batch_size, "x")
    if held_out is not None:
        wanted = validation_batch_size or batch_size
        validation_batch = batches(model, held_out.samples, wanted, "the validation data")
    model.build_for(data.x, batch_size)

    training = Pass(model, "train", data, batch_size)
    steps = steps_per_epoch or training.batches
    progress = Progress(verbose, epochs, steps)
    history = History()
    listeners = CallbackList([*as_list(callbacks), history], model)  # it keeps what others add
    listeners.set_params({"verbose": progress.verbose, "epochs": epochs, "steps": steps})
    random = seeding.generator() if shuffle else None
    hooks = None
    if listeners.wants_train_batches:
        hooks = listeners.on_train_batch_begin, listeners.on_train_batch_end
    validation = None if held_out is None else Pass(model, "test", held_out, validation_batch)

    model.stop_training = False
    logs: dict[str, float] = {}
    training.restart(shuffle, random)
    unseen = None
    if not callbacks and validation is None and steps_per_epoch is None and not progress.verbose:
        unseen = Unseen(training, shuffle, random)
    try:
        listeners.on_train_begin()
        epoch = initial_epoch
        while epoch < epochs:
            if unseen is not None and (several := unseen.possible(epochs - epoch)) > 1:
                history.extend(epoch, unseen.run(several))
                epoch += several
                continue
            model.compiled.reset()
            listeners.on_epoch_begin(epoch)
            progress.epoch_begin(epoch)
            done = run_pass(training, steps, hooks, progress)
            if done < steps and not model.stop_training:
                warn_out_of_data(done, steps)
            if training.exhausted:
                training.restart(shuffle, random)
            logs = dict(sorted(model.compiled.results().items()))
            if validation is not None and (epoch + 1) % validation_freq == 0:
                tested = test(model, validation, listeners, validation_steps, None)
                logs |= {f"val_{name}": value for name, value in sorted(tested.items())}
            listeners.on_epoch_end(epoch, logs)
            progress.epoch_end(logs)
            epoch += 1
            if model.stop_training:
                break
        listeners.on_train_end(logs)
    finally:
        progress.close()
    return model.history


def warn_out_of_data(done: int, steps: int) -> None:
    warnings.warn(
        f"The data ran out after {done} of steps_per_epoch={steps} batches, so the epoch ended "
        "there. Leave steps_per_epoch out to use all samples once an epoch.",
        UserWarning,
        stacklevel=4,
    )


def unpack_validation(given: Any) -> tuple[Any, ...]:
    if not isinstance(given, (tuple, list)) or len(given) not in (2, 3):
        raise ValueError("validation_data is a tuple (x, y) or (x, y, sample_weight).")
    return tuple(given)


def as_list(callbacks: Any) -> list[Any]:
    if callbacks is None:
        return []
    return list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]


# ---- evaluate and predict ---------------------------------------------------------------------


def test(
    model: Any, testing: Pass, listeners: CallbackList, steps: int | None, progress: Any
) -> dict[str, float]:
    """One pass without training: loss and metrics."""
    quiet = progress or Progress(0, 1, testing.batches)
    testing.restart()
    model.compiled.reset()
    listeners.on_test_begin()
    hooks = None
    if listeners.wants_test_batches:
        hooks = listeners.on_test_batch_begin, listeners.on_test_batch_end
    run_pass(testing, steps or testing.batches, hooks, quiet)
    results = model.compiled.results()
    listeners.on_test_end(results)
    return results


def evaluate(
    model: Any, x: Any, y: Any, batch_size: int | None, verbose: Any, sample_weight: Any,
    steps: int | None, callbacks: Any,
) -> dict[str, float]:  # fmt: skip
    """The loop behind `Sequential.evaluate`."""
    model.require_compiled("evaluate")
    data = labelled(model, x, y, sample_weight)
    batch_size = batches(model, data.samples, batch_size, "x")
    model.build_for(data.x, batch_size)
    testing = Pass(model, "test", data, batch_size)
    progress = Progress(verbose, 1, steps or testing.batches, "evaluate")
    listeners = CallbackList(callbacks, model)
    model.stop_training = False
    progress.epoch_begin(0)
    try:
        results = test(model, testing, listeners, steps, progress)
        progress.epoch_end(dict(sorted(results.items())))
    finally:
        progress.close()
    return results


def predict(
    model: Any, x: Any, batch_size: int | None, verbose: Any, steps: int | None, callbacks: Any
) -> np.ndarray:
    """The loop behind `Sequential.predict`."""
    unseen = not verbose and callbacks is None and steps is None
    if unseen and (known := prompt.answer(model, x, batch_size)) is not None:
        return known
    given = batch_size
    data = inputs(model, x)
    batch_size = batches(model, data.samples, batch_size, "x")
    model.build_for(data.x, batch_size)
    predicting = Pass(model, "predict", data, batch_size)
    progress = Progress(verbose, 1, steps or predicting.batches, "predict")
    listeners = CallbackList(callbacks, model)
    samples = min(data.samples, (steps or predicting.batches) * batch_size)
    shape = model.shape_after((None, *data.x.shape[1:]))
    predicting.out = np.zeros((data.samples, *shape[1:]), model.dtype)
    hooks = None
    if listeners.wants_predict_batches:
        hooks = listeners.on_predict_batch_begin, listeners.on_predict_batch_end
    model.stop_training = False
    progress.epoch_begin(0)
    try:
        listeners.on_predict_begin()
        run_pass(predicting, steps or predicting.batches, hooks, progress)
        listeners.on_predict_end()
        progress.epoch_end({})
    finally:
        progress.close()
    if unseen and samples <= batch_size:
        prompt.prepare(model, x, given, model.step("predict", samples, data))
    return predicting.out[:samples]


# ---- single batches ---------------------------------------------------------------------------


def on_batch(model: Any, purpose: str, data: Data) -> dict[str, float]:
    """Train or test on one batch; loss and metrics of that batch."""
    size = batches(model, data.samples, data.samples, "the batch")
    model.build_for(data.x, size)
    model.compiled.reset()
    Pass(model, purpose, data, size).run(1)
    return model.compiled.results()
