"""fit: epochs of steps, with callbacks, validation and progress around them."""

from __future__ import annotations

from typing import Any

from .. import seeding
from ..protocols import AnyModel
from .arguments import Schedule, batch_size_of, checked_schedule
from .batch_run import BatchRun, go_through
from .callbacks import CallbackList
from .calls import Call
from .data import (
    Data,
    batches,
    shapes_of,
    split,
    validation_of,
    weighted_by_class,
    with_targets,
)
from .fused_epochs import FusedEpochs
from .history import History
from .loop import test, warn_out_of_data
from .progress import Progress, verbosity

NOTHING: dict[str, float] = {}  # the results of no epoch


def fit(
    model: AnyModel, x: Any, y: Any, batch_size: Any, epochs: Any, verbose: Any, callbacks: Any,
    validation_split: Any, validation_data: Any, shuffle: Any, class_weight: Any,
    sample_weight: Any, initial_epoch: Any, steps_per_epoch: Any, validation_steps: Any,
    validation_batch_size: Any, validation_freq: Any,
) -> History:  # fmt: skip
    """What `Model.fit` does; its docstring says what the arguments mean."""
    model.require_compiled("fit")
    schedule = checked_schedule(
        epochs, initial_epoch, steps_per_epoch, shuffle, validation_split, validation_steps,
        validation_freq,
    )  # fmt: skip
    size = batch_size_of(batch_size)
    held_out_size = size
    if validation_batch_size is not None:
        held_out_size = batch_size_of(validation_batch_size, "validation_batch_size") or size
    verbose = verbosity(verbose)
    listeners = CallbackList(callbacks)
    with model.compiled.undecided():
        data, held_out = to_train_on(
            model, schedule, x, y, sample_weight, class_weight, validation_data
        )
        size = batches(model, data.samples, size, "x", schedule.steps)
        training, validation = BatchRun(model, "train", data, size), None
        if held_out is not None:
            validation = BatchRun(model, "test", held_out, batches(
                model, held_out.samples, held_out_size, "the validation data",
                schedule.validation_steps, size if model.stateful else None,
            ))  # fmt: skip
        model.build_for(data.xs, size)
        if held_out is not None:  # what could not be told before the layers were built
            shapes_of(model, held_out.xs)
    return Fit(model, schedule, training, validation, listeners, verbose).run()


def to_train_on(
    model: AnyModel, schedule: Schedule, x: Any, y: Any, sample_weight: Any, class_weight: Any,
    validation_data: Any,
) -> tuple[Data, Data | None]:  # fmt: skip
    """The samples to train on, and those to validate with. Weights of classes are for training."""
    data, held_out = with_targets(model, x, y, sample_weight), None
    if validation_data is not None:
        held_out = validation_of(model, data, validation_data)
    elif schedule.held_out:
        data, held_out = split(data, schedule.held_out)
    return data if class_weight is None else weighted_by_class(data, class_weight), held_out


class Fit:
    """One call of fit, everything checked.

    training, validation: batch runs over the samples to train on and to validate with, if any.
    """

    def __init__(
        self, model: AnyModel, schedule: Schedule, training: BatchRun, validation: BatchRun | None,
        listeners: CallbackList, verbose: int,
    ) -> None:  # fmt: skip
        self.model = model
        self.schedule = schedule
        self.training = training
        self.validation = validation
        self.listeners = listeners
        self.steps = schedule.steps or training.batches
        self.random = seeding.generator() if schedule.shuffle else None
        self.progress = Progress(verbose, schedule.epochs, self.steps)
        self.fused: FusedEpochs | None = None
        several = schedule.epochs - schedule.first > 1
        if several and not (listeners.given or validation or schedule.steps or verbose):
            self.fused = FusedEpochs(training, schedule.shuffle, self.random)
        own = [c for c in listeners if isinstance(c, History)]
        self.history = own[-1] if own else History()
        if not own:  # last, to keep what the others add to the logs
            listeners.callbacks.append(self.history)

    def run(self) -> History:
        """The whole call."""
        params = {
            "verbose": self.progress.verbose, "epochs": self.schedule.epochs, "steps": self.steps
        }  # fmt: skip
        try:
            with Call(self.model, "train", self.listeners, params) as call:
                self.train(call)
        finally:
            self.training.close()
            if self.validation is not None:
                self.validation.close()
            self.progress.close()
        return self.history

    def train(self, call: Call) -> None:
        """The training loop: epochs, each with its validation."""
        model, listeners, epoch = self.model, self.listeners, self.schedule.first
        model.history, logs = self.history, NOTHING
        self.training.restart(self.schedule.shuffle, self.random)
        listeners.on_train_begin()
        while epoch < self.schedule.epochs:
            fused = self.train_fused(epoch) if self.fused else 0  # how many, in one go
            if not fused:
                listeners.on_epoch_begin(epoch)
                logs = self.train_epoch(call, epoch)
                shown = dict(logs)
                listeners.on_epoch_end(epoch, shown)
                self.progress.epoch_end(shown)
            epoch += fused or 1
            if call.stopped:
                break
        listeners.on_train_end(dict(logs))
        assert self.training.results is not None
        self.training.results.publish()

    def train_fused(self, epoch: int) -> int:
        """Run as many epochs as possible in one go. Returns how many; 0 if this cannot be done."""
        assert self.fused is not None
        several = self.fused.possible(self.schedule.epochs - epoch)
        if several <= 1:
            return 0
        self.history.extend(epoch, self.fused.run(several))
        return several

    def train_epoch(self, call: Call, epoch: int) -> dict[str, float]:
        """All batches of an epoch, then the validation. Returns the results of both."""
        training, listeners = self.training, self.listeners
        assert training.results is not None
        training.results.reset()
        self.progress.epoch_begin(epoch)
        hooks = None
        if listeners.given and listeners.wants_train_batches:
            hooks = listeners.on_train_batch_begin, listeners.on_train_batch_end
        done = go_through(training, self.steps, hooks, self.progress, call)
        if done < self.steps and not call.stopped:
            warn_out_of_data(done, "steps_per_epoch", self.steps, 7)
        if training.exhausted:
            training.restart(self.schedule.shuffle, self.random)
        logs = training.results.values()
        if self.validation is not None and self.schedule.validates_after(epoch):
            logs |= self.validate(self.validation, call)
        return dict(sorted(logs.items()))

    def validate(self, validation: BatchRun, call: Call) -> dict[str, float]:
        """Results on the held-out samples."""
        call.check()
        tested = test(self.model, validation, self.listeners, self.schedule.validation_steps)
        return {f"val_{name}": value for name, value in tested.items()}
