"""Sequential: layers one after the other, trained, evaluated and used as one model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .arrays import as_numbers, inward, inward_shape, outward
from .layers.checks import check_mask
from .naming import automatic_name
from .parameters import Variable
from .program import Program, Signal
from .stack import Stack
from .training.compiled import Compiled
from .training.data import Data
from .training.step import Step
from .training.trainer import Trainer

REMEMBERED_STEPS = 16  # batch shapes (and purposes) whose buffers a model keeps, the latest


class Sequential(Stack, Trainer):
    """A stack of layers.

    layers: a list, also of an Input in front. With an Input, or `input_shape=` on the first layer,
    weights are made as layers are added; without, at the first call. Raises ValueError for layers
    that do not fit on each other, and leaves the model as it was.
    """

    def __init__(self, layers: Any = None, trainable: bool = True, name: str | None = None) -> None:
        super().__init__(layers, name or automatic_name("Sequential"))
        self.cursor = np.zeros(1, np.int64)
        self.compiled: Compiled | None = None
        self.stop_training = False
        self.history: Any = None
        if not trainable:
            self.trainable = False

    def write(self, program: Program, x: Signal) -> Signal:
        """All layers' operations, in order."""
        for layer in self.layers:
            x = layer.write(program, x)
        return x

    def step(self, purpose: str, size: int, data: Data) -> Step:
        """The step for a purpose and a batch shape: made once, then remembered."""
        self.parameters  # noqa: B018 - brings the weights home if another model borrowed them
        shapes = (None if a is None else a.shape[1:] for a in data)
        key = (purpose, size, self.experiments, *shapes)
        found = self.remembered.pop(key, None) or Step(self, purpose, size, data)
        return self.remember(key, found)

    @property
    def experiments(self) -> tuple[Any, ...]:
        """What experimenters do to the layers: a program without it is another one."""
        return tuple([layer.experiment for layer in self.layers])

    def remember(self, key: Any, found: Any) -> Any:
        self.remembered[key] = found
        while len(self.remembered) > REMEMBERED_STEPS:
            del self.remembered[next(iter(self.remembered))]
        return found

    def __call__(self, inputs: Any, training: bool = False, mask: Any = None) -> np.ndarray:
        """The output for an array (samples, ..., features); advances the states of stateful layers.

        mask (samples, time steps): True where a step is to be used.
        """
        x = self.fit_rank(as_numbers(inputs, self.dtype, "The model's input"))
        self.shape_after(x.shape)
        self.build_for(x, len(x))
        self.parameters  # noqa: B018
        variant = x.shape, bool(training), mask is not None
        key = ("call", self.experiments, *variant)
        found = self.remembered.pop(key, None) or self.write_call(*variant)
        program, steps, source, result = self.remember(key, found)
        if mask is not None:
            source.mask[...] = check_mask(mask, x.shape).T
        source.value[...] = inward(x)
        program.run(steps)
        return outward(result.value)

    def write_call(self, shape: tuple[int, ...], training: bool, masked: bool) -> Any:
        program = Program(self.dtype, training=training)
        source = program.input(*inward_shape(shape), masked=masked)
        result = self.write(program, source)
        return program, program.steps(), source, result

    def fit_rank(self, x: np.ndarray) -> np.ndarray:
        """x with the number of axes the model expects, if only a last axis of size 1 differs."""
        expected = self.batch_shape
        if expected is None or x.ndim == len(expected):
            return x
        if x.ndim == len(expected) - 1 and expected[-1] == 1:
            return x[..., None]
        if x.ndim == len(expected) + 1 and x.shape[-1] == 1:
            return np.ascontiguousarray(x[..., 0])
        if len(expected) == 3:
            self.layers[0].check_input(x.shape) if self.layers else None
        raise ValueError(
            f"The model takes inputs of shape {expected}, {len(expected)} axes; received "
            f"{x.shape}. Bring x into that shape with x.reshape(...)."
        )

    def constraint_actions(self) -> list[Callable[[], None]]:
        """What restores the weights' constraints after a step."""
        return [constrain(v) for v in self.trainable_weights if v.constraint is not None]

    def summary(
        self, line_length: int | None = None, positions: Any = None,
        print_fn: Callable[[str], Any] | None = None, **others: Any,
    ) -> None:  # fmt: skip
        """Print layers, shapes and numbers of weights; print_fn receives the text instead."""
        from .utils.summary import summary

        summary(self, line_length, positions, print_fn)

    # ---- files ---------------------------------------------------------------------------------

    def save(self, filepath: Any, overwrite: bool = True, zipped: Any = None) -> None:
        """Write the model to a `.keras` file: layers, weights, and what `compile` was given.

        Keras reads it, and `npslstm.models.load_model`. States of stateful layers are not kept.
        Raises ValueError for another ending, and FileExistsError with overwrite=False.
        """
        from . import saving

        saving.save_model(self, filepath, overwrite)

    def save_weights(self, filepath: Any, overwrite: bool = True) -> None:
        """Write weights and the optimizer's memory to a `.weights.h5` file."""
        from . import saving

        saving.save_weights(self, filepath, overwrite)

    def load_weights(self, filepath: Any, skip_mismatch: bool = False) -> None:
        """Take the weights of a `.weights.h5` or `.keras` file, written here or by Keras.

        Raises ValueError, changing nothing, if they do not fit; with skip_mismatch only warns and
        leaves those layers as they are. Raises FileNotFoundError.
        """
        from . import saving

        saving.load_weights(self, filepath, skip_mismatch)

    def get_config(self) -> dict[str, Any]:
        """What it takes to make the model again, without weights and `compile`."""
        from .identifiers import serialize

        layers: list[Any] = [serialize(self.input_layer)] if self.input_layer else []
        return {"name": self.name, "layers": layers + [serialize(layer) for layer in self.layers]}

    def __repr__(self) -> str:
        return f"<Sequential name={self.name}, built={self.built}>"


def constrain(variable: Variable) -> Callable[[], None]:
    def action() -> None:
        variable.value[...] = variable.constraint(variable.value)

    return action
