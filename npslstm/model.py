"""Model: a graph of layers between inputs and outputs, trained and used as one."""

from __future__ import annotations

import collections
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .arguments import flag, label, naming
from .arrays import as_numbers, require_entries
from .described import Described
from .forms import each, like, quoted
from .graph import Plan, plan
from .holder import Holder
from .layers.direct_call import DirectCall, tensors_in
from .layers.experiments import UNDER_WAY
from .layers.input import InputLayer
from .model_arguments import (
    FORM,
    beginning_at,
    flat_tensors,
    names_of,
    require_one_dtype,
    require_one_of_each,
)
from .naming import automatic_name
from .program import Program, Signal
from .shaped import Shaped
from .tensors import Call, Tensor
from .training.compiled import Compiled
from .training.trainer import Trainer
from .weight_constraints import constraint_actions


class Model(Holder, Shaped, Trainer, Described, DirectCall):
    """Layers that were called on Tensors, from `inputs` to `outputs`.

    inputs, outputs: a Tensor, or a list or a dict of them; what is given to fit and predict, and
    what predict returns, has the same form. A layer that was called several times shares its
    weights with itself. A model may be called, and be part of another one, like a layer. Raises
    ValueError for outputs that need other inputs and for two layers of one name, TypeError for a
    class with a `call` of its own, which would have to be run to know what it does.
    """

    def __init__(
        self, inputs: Any = None, outputs: Any = None, trainable: bool = True,
        name: str | None = None,
    ) -> None:  # fmt: skip
        trainable = flag(trainable, "trainable", "Model")
        ins, self.input_form = flat_tensors(inputs, "inputs")
        outs, self.output_form = flat_tensors(outputs, "outputs")
        ins, outs, found = plan(ins, outs, beginning_at)
        require_one_of_each(found)
        require_one_dtype(ins, found)
        self.tensors: tuple[list[Tensor], list[Tensor]] | None = (ins, outs)
        self.plan: Plan = found
        self.input_names = names_of(ins, self.input_form)
        self.output_keys = names_of(outs, self.output_form)  # of losses, targets and results
        self.output_names = names_of(outs, None)
        self.stacked = [one for one in found.layers if not isinstance(one, InputLayer)]
        self.begin(label(name, "Model") or automatic_name("Functional"))
        if not trainable:
            self.trainable = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "call" in vars(cls):
            raise TypeError(
                f"{cls.__name__} defines `call`: a model here is a graph of layers, which is "
                f"known before it runs. {FORM}"
            )

    def begin(self, name: str) -> None:
        """Be a model that nobody has compiled or used."""
        self.name = name
        self.calls: list[Call] = []  # on Tensors, of models that it belongs to
        self.within_another = False  # in a Sequential, or a wrapper
        self.compiled: Compiled | None = None
        self.stop_training = False
        self.history: Any = None
        self.have_own_programs()

    # ---- structure -----------------------------------------------------------------------------

    @property
    def several(self) -> bool:  # type: ignore[override]
        """Whether it is called on a list."""
        return len(self.input_names) > 1

    @property
    def layers(self) -> list[Any]:
        """All layers in Keras's order, the Inputs among them; a list of its own."""
        return list(self.plan.layers)

    @property
    def named_layers(self) -> list[Any]:
        return self.plan.layers

    @property
    def sublayers(self) -> list[Any]:
        """The layers within, without the Inputs."""
        return list(self.stacked)

    @property
    def names(self) -> list[str]:
        """Its name, as a layer of another model; its layers' names may be there as well."""
        return [self.name]

    @property
    def built(self) -> bool:
        return True

    @property
    def dtype(self) -> str:
        return self.stacked[0].dtype if self.stacked else self.plan.dtype

    @property
    def trainable(self) -> bool:
        return any(layer.trainable for layer in self.stacked)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in self.stacked:
            layer.trainable = value

    # ---- programs ------------------------------------------------------------------------------

    def write(self, program: Program, *xs: Signal) -> Any:
        """All calls, in an order in which each finds what it reads. A signal with several readers
        is forked: its gradients add up."""
        graph = self.plan
        readers = collections.Counter(graph.outputs)
        for call in graph.calls:
            readers.update(call.sources)
        ways = {
            number: program.fork(x, readers[number])
            for number, x in zip(graph.inputs, xs, strict=True)
        }
        for call in graph.calls:
            signals = written(call.layer, program, [ways[one].pop(0) for one in call.sources])
            for target, signal in zip(call.targets, signals, strict=True):
                ways[target] = program.fork(signal, readers[target])
        outputs = tuple(ways[number].pop(0) for number in graph.outputs)
        return outputs if len(outputs) > 1 else outputs[0]

    connect = write

    @property
    def experiments(self) -> tuple[Any, ...] | None:
        """What experimenters do to the layers: a program without it is another one."""
        if UNDER_WAY.get() is None:
            return None
        return tuple([layer.experiments for layer in self.stacked])

    def constraint_actions(self) -> list[Callable[[], None]]:
        """What restores the weights' constraints after a step."""
        return constraint_actions(self.trainable_weights)

    # ---- numbers -------------------------------------------------------------------------------

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

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {"tensors": None, "calls": [], "within_another": False}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.follow_calls()

    def follow_calls(self) -> None:
        """Make the Tensors of inputs and outputs anew, for a copy."""
        self.tensors = self.plan.tensors()

    # ---- inputs and outputs --------------------------------------------------------------------

    def tensors_for(self, inputs: Any) -> list[Tensor]:
        if isinstance(inputs, dict) and any(isinstance(one, Tensor) for one in inputs.values()):
            inputs = each(inputs, self.input_names, "inputs", "inputs")
        tensors = tensors_in(inputs)
        if tensors and len(tensors) != len(self.input_names):
            raise ValueError(
                f"Model '{self.name}' has {len(self.input_names)} inputs "
                f"({quoted(self.input_names)}) and was called on {len(tensors)} Tensors."
            )
        return tensors

    def in_form(self, values: Sequence[Any]) -> Any:
        """Outputs as the caller gets them: as the model was made."""
        return values[0] if self.output_form is None else like(self.output_form, values)

    def given(self, inputs: Any) -> tuple[np.ndarray, ...]:
        """The inputs of a call as arrays. Raises ValueError if there are none, or do not fit."""
        if type(inputs) is np.ndarray and not self.several:  # the usual case
            x = as_numbers(inputs, self.dtype, "inputs of the model")
            require_entries(x, "inputs of the model")
            with naming("inputs"):
                x = self.fit_rank(x)
                self.shapes_after((x.shape,))
            return (x,)
        names, dtype = self.input_names, self.dtype
        xs = []
        for name, one in zip(names, each(inputs, names, "inputs", "inputs"), strict=True):
            what = "inputs of the model" if len(names) == 1 else f"inputs: '{name}' of the model"
            x = as_numbers(one, dtype, what)
            require_entries(x, what)
            xs.append(x)
        with naming("inputs"):
            xs = [self.fit_rank(x, position) for position, x in enumerate(xs)]
            self.require_one_batch(xs)
            self.shapes_after([x.shape for x in xs])
        return tuple(xs)

    def build_on(self, xs: tuple[np.ndarray, ...]) -> None:
        """Build for the inputs of a call."""
        self.build_for(xs, len(xs[0]))

    # ---- description ---------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """What it takes to make the model again, without weights and `compile`."""
        from .saving.graphs import describe_graph

        return describe_graph(self)

    def __repr__(self) -> str:
        return f"<Model name={self.name}, inputs={self.input_names}, outputs={self.output_names}>"


def written(layer: Any, program: Program, xs: Sequence[Signal]) -> tuple[Signal, ...]:
    """A layer written into a program: its outputs.

    A layer that is given a state to begin with uses masked steps like any others: Keras hands an
    automatic mask to a layer that is called on one tensor, and otherwise to those behind it alone.
    """
    first, mask = xs[0], xs[0].mask
    ignored = len(xs) > 1 and not layer.several and bool(mask.size)
    if ignored:
        first = Signal(first.value, first.gradient)
    made = layer.write(program, first, *xs[1:])
    signals = made if isinstance(made, tuple) else (made,)
    if ignored and signals[0].shape[:2] == mask.shape and signals[0].value.ndim == 3:
        signals[0].mask = mask
    return signals
