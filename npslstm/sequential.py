"""Sequential: layers one after the other, trained, evaluated and used as one model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .arguments import flag, label, naming
from .arrays import as_array, as_numbers, require_entries
from .layers.direct_call import DirectCall
from .layers.experiments import UNDER_WAY
from .naming import automatic_name
from .parameters import Variable
from .program import Program, Signal
from .stack import Stack
from .training.compiled import Compiled
from .training.trainer import Trainer


class Sequential(Stack, Trainer, DirectCall):
    """A stack of layers.

    layers: a list, also of an Input in front. With an Input, or `input_shape=` on the first layer,
    weights are made as layers are added; without, at the first call. Raises ValueError for layers
    that do not fit on each other, and leaves the model as it was.
    """

    def __init__(self, layers: Any = None, trainable: bool = True, name: str | None = None) -> None:
        trainable = flag(trainable, "trainable", "Sequential")
        self.compiled: Compiled | None = None
        super().__init__(layers, label(name, "Sequential") or automatic_name("Sequential"))
        self.stop_training = False
        self.history: Any = None
        if not trainable:
            self.trainable = False

    def write(self, program: Program, x: Signal) -> Signal:
        """All layers' operations, in order."""
        for layer in self.stacked:
            x = layer.write(program, x)
        return x

    @property
    def experiments(self) -> tuple[Any, ...] | None:
        """What experimenters do to the layers: a program without it is another one."""
        if UNDER_WAY.get() is None:
            return None
        return tuple([layer.experiments for layer in self.stacked])

    def numbers(self) -> tuple[Any, ...]:
        """Copies of all that training and predicting change, the optimizer's memory included."""
        memory = None if self.compiled is None else self.compiled.optimizer.numbers()
        return (*super().numbers(), memory)

    def take_over(self, weights: Any, states: Any, memory: Any = None) -> None:
        super().take_over(weights, states)
        if memory is not None and self.compiled is not None:
            self.compiled.optimizer.take_over(memory)

    def state(self) -> tuple[Any, ...]:
        """What programs are written from: another one after each change."""
        return (*super().state(), None if self.compiled is None else self.compiled.state())

    def given(self, inputs: Any) -> np.ndarray:
        """The inputs of a call as an array. Raises ValueError if there are none, or do not fit."""
        x = as_numbers(inputs, self.dtype, "inputs of the model")
        require_entries(x, "inputs of the model")
        with naming("inputs"):
            x = self.fit_rank(x)
            self.shape_after(x.shape)
        return x

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
            f"the model takes inputs of shape {expected}, {len(expected)} axes; received "
            f"{x.shape}. Bring them into that shape, for example with np.reshape."
        )

    def constraint_actions(self) -> list[Callable[[], None]]:
        """What restores the weights' constraints after a step."""
        return [constrain(v) for v in self.trainable_weights if v.constraint is not None]

    def summary(
        self, line_length: int | None = None, positions: Any = None,
        print_fn: Callable[[str], Any] | None = None, **others: Any,
    ) -> None:  # fmt: skip
        """Print layers, shapes and numbers of weights; print_fn receives the text instead.

        expand_nested, show_trainable and layer_range are Keras's and change nothing here.
        """
        from .utils.summary import LATER, summary

        unknown = [option for option in others if option not in LATER]
        if unknown:
            raise ValueError(
                f"summary has no argument {', '.join(unknown)}; write model.summary(line_length=, "
                "positions=, print_fn=)."
            )
        summary(self, line_length, positions, print_fn)

    # ---- files ---------------------------------------------------------------------------------

    def save(self, filepath: Any, overwrite: bool = True, zipped: Any = None) -> None:
        """Write the model to a `.keras` file: layers, weights, and what `compile` was given.

        Keras reads it, and `npslstm.models.load_model`. States of stateful layers are not kept.
        Raises ValueError for another ending and for zipped=False, which in Keras writes a folder,
        and FileExistsError with overwrite=False.
        """
        from . import saving

        saving.save_model(self, filepath, overwrite, zipped)

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
    """What brings a weight back within its constraint. Raises ValueError, before any step, if that
    makes something else of it than a weight."""
    constrained(variable, variable.value.copy())

    def action() -> None:
        variable.value[...] = constrained(variable, variable.value)

    return action


def constrained(variable: Variable, value: np.ndarray) -> np.ndarray:
    """The nearest value that a weight may have."""
    what = f"What the constraint of weight '{variable.name}' returns"
    nearest = as_array(variable.constraint(value), what)
    if nearest.shape != value.shape:
        raise ValueError(
            f"{what} has shape {nearest.shape}; it must be a new value of the weight, of shape "
            f"{value.shape}."
        )
    return nearest
