"""The part of a model that users train: compile, fit, evaluate, predict, and single batches."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from ..arguments import flag
from ..identifiers import unknown_arguments
from ..protocols import AnyModel
from ..seqlock import SequenceLock
from . import cached_prediction, loop
from .arguments import count, refuse_unknown
from .compiled import Compiled
from .data import inputs, labelled
from .fit import fit
from .history import History

if TYPE_CHECKING:
    Base = AnyModel  # with which it is mixed
else:
    Base = object


class Trainer(Base):
    """Mixed into models. All arrays have the samples first: (samples, time steps, features).

    A model of several inputs or outputs takes lists of arrays, or dicts by name, wherever others
    take one.
    """

    compiled: Any
    if TYPE_CHECKING:  # what Model brings
        output_keys: list[str]

        @property
        def lock(self) -> SequenceLock: ...
        @property
        def stateful(self) -> bool: ...

    stop_training = False  # for callbacks: True ends the fit that is under way after the batch
    stop_evaluating = False  # evaluate, and the validation of an epoch
    stop_predicting = False  # predict

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
        **others: Any,
    ) -> None:
        """Say how to train: optimizer, loss and metrics, by name or as objects.

        weighted_metrics take sample weights into account. With several outputs, loss is one for
        all, a list with one for each, or a dict by name, None for an output without targets;
        loss_weights, what each counts for in their sum; metrics, a list or dict with a metric or a
        list of metrics for each. The last four arguments are Keras's and change nothing here.
        Raises ValueError for an unknown optimizer and for outputs that do not exist; unknown losses
        and metrics are found out by the first `fit`.
        """
        refuse_unknown(self.compile, others)
        require_known(run_eagerly, steps_per_execution, jit_compile, auto_scale_loss)
        self.compiled = Compiled(
            optimizer, loss, metrics, weighted_metrics, loss_weights, self.output_keys
        )
        self.forget_programs()

    def forget_programs(self) -> None:
        raise NotImplementedError

    def turn_of_states(self) -> AbstractContextManager[Any]:
        """Within this no other thread moves the states of a stateful model."""
        return self.lock.turn if self.stateful else nullcontext()

    def require_compiled(self, what: str) -> None:
        """Raise ValueError unless `compile` was called."""
        if self.compiled is None:
            raise ValueError(
                f"Call compile before {what}, for example "
                "model.compile(optimizer='adam', loss='mse')."
            )

    @property
    def optimizer(self) -> Any:
        return None if self.compiled is None else self.compiled.optimizer

    @property
    def loss(self) -> Any:
        return None if self.compiled is None else self.compiled.loss_argument

    @property
    def metrics(self) -> list[Any]:
        """The metrics in the order of `compile`; an empty list before the first batch."""
        return [] if self.compiled is None else list(self.compiled.metrics or ())

    @property
    def metrics_names(self) -> list[str]:
        """'loss' and the metrics' names, in the order in which `evaluate` returns them."""
        return ["loss"] if self.compiled is None else [r[0] for r in self.compiled.reported()]

    # ---- whole data ----------------------------------------------------------------------------

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: Any = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
        nb_epoch: int | None = None,
        **others: Any,
    ) -> History:
        """Train for `epochs` passes over the samples. Returns the History of loss and metrics.

        batch_size: samples a step, 32 by default (for stateful models, theirs). shuffle: a new
        order of samples every epoch; 'batch' only within batches. validation_split: the last share
        of the samples is held out; validation_data: (x, y) to evaluate after every
        `validation_freq` epochs, which also moves the states of stateful models. class_weight:
        {label: weight}. initial_epoch: where to count from. steps_per_epoch: batches an epoch.
        verbose: 0 silent, 1 or 'auto' progress, 2 a line an epoch. nb_epoch: Keras 1's `epochs`.

        Everything is checked first: ValueError leaves weights and states as they were.
        """
        if others:
            refuse_unknown(self.fit, others)
        with self.lock.turn:
            return fit(
                self, x, y, batch_size, epochs if nb_epoch is None else nb_epoch, verbose,
                callbacks, validation_split, validation_data, shuffle, class_weight, sample_weight,
                initial_epoch, steps_per_epoch, validation_steps, validation_batch_size,
                validation_freq,
            )  # fmt: skip

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **others: Any,
    ) -> Any:
        """Loss, as a float, or [loss, metrics...] over the samples, without training.

        steps: how many batches to use; without batch_size, in how many to divide the samples.
        """
        if others:
            raise ValueError(unknown_arguments(self.evaluate, others))
        as_dict = flag(return_dict, "return_dict", "evaluate")
        with self.turn_of_states():
            results = loop.evaluate(
                self, x, y, batch_size, verbose, sample_weight, steps, callbacks
            )  # fmt: skip
        return shown(results, as_dict)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
        **others: Any,
    ) -> Any:
        """Outputs for all samples, in their order. Advances the states of stateful layers.

        If a callback sets `model.stop_predicting = True`, those of the samples so far.
        """
        if others:
            refuse_unknown(self.predict, others)
        plain = callbacks is None and steps is None and type(verbose) is int and not verbose
        if plain and (known := cached_prediction.predicted(self, x, batch_size)) is not None:
            return known
        return loop.predict(self, x, batch_size, verbose, steps, callbacks, plain)

    # ---- one batch -----------------------------------------------------------------------------

    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None,
        return_dict: bool = False,
    ) -> Any:  # fmt: skip
        """One step on all samples given. Returns loss and metrics from before the step."""
        self.require_compiled("train_on_batch")
        as_dict = flag(return_dict, "return_dict", "train_on_batch")
        with self.lock.turn:
            data = labelled(self, x, y, sample_weight, class_weight)
            return shown(loop.on_batch(self, "train", data), as_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Loss and metrics of one batch."""
        self.require_compiled("test_on_batch")
        as_dict = flag(return_dict, "return_dict", "test_on_batch")
        with self.turn_of_states():
            data = labelled(self, x, y, sample_weight)
            return shown(loop.on_batch(self, "test", data), as_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """Outputs for one batch."""
        return self.predict(x, inputs(self, x).samples, 0)


def require_known(
    run_eagerly: Any, steps_per_execution: Any, jit_compile: Any, auto_scale_loss: Any
) -> None:
    """Raise ValueError unless what changes nothing here is what it is in Keras; None is false."""
    switches = {"run_eagerly": run_eagerly, "auto_scale_loss": auto_scale_loss}
    if not (isinstance(jit_compile, str) and jit_compile == "auto"):
        switches["jit_compile"] = jit_compile
    for name, value in switches.items():
        if value is not None:
            flag(value, name, "compile")
    count(steps_per_execution, "steps_per_execution", "how many batches one call may hold", 1, 1)


def shown(results: dict[str, float], return_dict: bool) -> Any:
    """Results as evaluate returns them: a dict, a list, or the loss alone if there is no more."""
    if return_dict:
        return dict(sorted(results.items()))
    values = list(results.values())
    return values[0] if len(values) == 1 else values
