"""What every layer can do. A layer says how it is built, and writes itself into a Program."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from .. import config, constraints, initializers, regularizers
from ..arguments import entries, flag, label, naming, require_memory
from ..arrays import as_numbers, inward, inward_shape, outward, require_entries
from ..gate import Gate
from ..initializers.reserved import first_values
from ..naming import automatic_name
from ..parameters import Variable
from ..pool import Loan, Pool
from ..program import Program, Signal
from ..watch import Watched, changed, versions
from .checks import Shape, check_mask, checked_shape, declared_shape, in_training
from .experiments import experiment_of
from .settings import hand_on, refuse_fixed


def once(build: Callable[..., None]) -> Callable[..., None]:
    """A layer is built the first time only, and wholly or not at all."""

    @functools.wraps(build)
    def build_once(self: Any, input_shape: Shape) -> None:
        if self.built:
            return
        input_shape = checked_shape(input_shape, "input_shape")
        with naming("input_shape"):
            self.check_input(input_shape)
        try:
            build(self, input_shape)
        except Exception:
            self.drop_weights()
            raise
        self.built = True
        self.batch_input_shape = input_shape
        changed(self)

    return build_once


class Layer(Watched):
    """Base class of all layers.

    name: unique in a model; made from the class when None. dtype: 'float32' or 'float64', the
    configured one when None. trainable: False freezes the weights. activity_regularizer: a penalty
    on the outputs. input_shape, batch_input_shape, input_dim: as the first layer of a Sequential,
    instead of an Input (with and without the number of samples).

    A subclass defines `build(input_shape)`, `connect(program, x)` and `compute_output_shape`, and
    `sublayers` if it holds others. Settings may be changed later and act at once, but for those in
    `fixed`, on which weights and shapes depend. Raises ValueError for other keywords.
    """

    unwatched = frozenset({"built", "batch_input_shape", "own_weights", "gate", "pool", "kept"})
    fixed: ClassVar[frozenset[str]] = frozenset({"dtype"})  # once it is built

    def __init__(
        self,
        *,
        name: str | None = None,
        dtype: Any = None,
        trainable: bool = True,
        activity_regularizer: Any = None,
        **legacy: Any,
    ) -> None:
        kind = type(self).__name__
        self.name = label(name, kind) or automatic_name(type(self).__name__)
        self.dtype = config.standardize_dtype(dtype).name
        self.trainable = flag(trainable, "trainable", kind)
        self.activity_regularizer = regularizers.get(activity_regularizer, "activity_regularizer")
        self.declared_batch_shape = declared_shape(type(self), legacy)
        self.built = False
        self.own_weights: list[Variable] = []
        self.batch_input_shape: Shape | None = None
        self.have_own_programs()

    def have_own_programs(self) -> None:
        """Begin without programs, in use by nobody."""
        self.gate = Gate()
        self.pool = Pool(self.state)

    def __setattr__(self, name: str, value: Any) -> None:
        again = name in self.__dict__
        if again:
            refuse_fixed(self, name, value)
        super().__setattr__(name, value)
        if again:
            hand_on(self, name)

    def __getstate__(self) -> dict[str, Any]:
        """A copy has configuration, weights, states and random numbers, but no programs."""
        return {k: v for k, v in vars(self).items() if k not in ("gate", "pool", "changes")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.have_own_programs()
        for variable in self.own_weights:
            variable.guard = self.changing

    def __copy__(self) -> Any:
        """As Keras has it: a copy has weights of its own."""
        return copy.deepcopy(self)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "build" in vars(cls):
            cls.build = once(cls.build)  # type: ignore[method-assign]

    # ---- the layers within ---------------------------------------------------------------------

    @property
    def sublayers(self) -> list[Layer]:
        """The layers that a wrapper holds: their names, weights and states are among its own."""
        return []

    @property
    def every_layer(self) -> list[Layer]:
        """This layer and all within it."""
        return [self, *(one for inner in self.sublayers for one in inner.every_layer)]

    @property
    def names(self) -> list[str]:
        """Its name and those of the layers within, which must differ in a model too."""
        return [self.name, *(name for inner in self.sublayers for name in inner.names)]

    @property
    def state_keepers(self) -> list[Any]:
        """What keeps a state from batch to batch: a stateful layer itself, or those within."""
        if self.sublayers:
            return [keeper for inner in self.sublayers for keeper in inner.state_keepers]
        return [self] if getattr(self, "stateful", False) else []

    def state(self) -> tuple[Any, ...]:
        """What a program of this layer is written from: another one after each change."""
        layers = [versions(layer) for layer in self.every_layer]
        return (*layers, *(v.state() for v in self.weights))

    def changing(self) -> Any:
        """The context within which the layer's numbers may be changed."""
        return self.gate.root().change

    # ---- what subclasses define ----------------------------------------------------------------

    @once
    def build(self, input_shape: Shape) -> None:
        """Make the weights for inputs of shape (samples, ..., features); None = any number."""

    def connect(self, program: Program, x: Signal) -> Signal:
        """Add this layer's operations to a program. Returns the output signal."""
        raise NotImplementedError(f"{type(self).__name__} does not define connect(program, x).")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Shape of the output for inputs of this shape."""
        return tuple(input_shape)

    def check_input(self, shape: Shape) -> None:
        """Raise ValueError if inputs of this shape do not fit."""

    # ---- weights -------------------------------------------------------------------------------

    def add_weight(
        self,
        name: str,
        shape: Shape,
        initializer: Any,
        regularizer: Any = None,
        constraint: Any = None,
        trainable: bool = True,
    ) -> Variable:
        """A new weight of this layer, initialised."""
        sizes = [size for size in shape if size is not None]
        if len(sizes) < len(shape):
            raise ValueError(
                f"{type(self).__name__} layer '{self.name}' must know its number of features, the "
                "last axis: give the model Input(shape=(time_steps, features)) with a number there."
            )
        require_memory(
            sizes, 2 * np.dtype(self.dtype).itemsize,  # the weight and its gradient
            f"Weight '{name}' of layer '{self.name}', of shape {shape},",
            "Give the layer fewer units, or its input fewer time steps or features.",
        )  # fmt: skip
        value = self.first_values(initializer, shape, f"{name.removesuffix('_kernel')}_initializer")
        constraint, regularizer = constraints.get(constraint), regularizers.get(regularizer)
        variable = Variable(np.array(value), name, trainable, regularizer, constraint)
        variable.guard = self.changing
        self.own_weights.append(variable)
        return variable

    def drop_weights(self) -> None:
        """Have no weights, as before it was built."""
        own = {id(v) for v in self.own_weights}
        for name in [name for name, value in vars(self).items() if id(value) in own]:
            del vars(self)[name]
        self.own_weights.clear()

    def first_values(self, initializer: Any, shape: Shape, argument: str) -> np.ndarray:
        """What an initializer makes. Raises ValueError, naming the argument, if it does not fit."""
        what = f"{argument} of layer '{self.name}'"
        try:
            made = first_values(initializers.get(initializer), shape, self.dtype, "the weight")
        except ValueError as error:
            raise ValueError(f"{what}: {error}") from error
        value = as_numbers(made, self.dtype, f"What {argument} returned")
        if value.shape != tuple(shape):
            raise ValueError(
                f"{argument} of layer '{self.name}' made an array of shape {value.shape}; the "
                f"weight has shape {tuple(shape)}."
            )
        return value

    @property
    def weights(self) -> list[Variable]:
        """All weights, trainable kinds first, each kind in the order in which they were made."""
        found = [*self.own_weights, *(v for inner in self.sublayers for v in inner.weights)]
        return [v for v in found if v.trainable] + [v for v in found if not v.trainable]

    variables = weights

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that training changes: none of a layer that is frozen."""
        if not self.trainable:
            return []
        inner = [v for one in self.sublayers for v in one.trainable_weights]
        return [*(v for v in self.own_weights if v.trainable), *inner]

    @property
    def non_trainable_weights(self) -> list[Variable]:
        learning = {id(v) for v in self.trainable_weights}
        return [v for v in self.weights if id(v) not in learning]

    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all weights, in the order of `weights`."""
        with self.gate.root():
            return [v.numpy() for v in self.weights]

    def set_weights(self, weights: list[Any]) -> None:
        """Replace all weights. Raises ValueError, changing none, if number or shapes differ."""
        own, weights = self.weights, entries(weights, "weights", "set_weights", "arrays")
        if len(weights) != len(own):
            expected = ", ".join(f"{v.name} {v.shape}" for v in own) or "none"
            hint = "" if self.built else " The layer has not been built: call it on data first."
            raise ValueError(
                f"Layer '{self.name}' has {len(own)} weights ({expected}); set_weights was given "
                f"{len(weights)}.{hint}"
            )
        arrays = [as_numbers(w, self.dtype, f"weights: a weight of '{self.name}'") for w in weights]
        for variable, array in zip(own, arrays, strict=True):
            if array.shape != variable.shape:
                raise ValueError(
                    f"weights: '{variable.name}' of layer '{self.name}' has shape "
                    f"{variable.shape}; set_weights was given shape {array.shape}."
                )
        with self.changing():
            for variable, array in zip(own, arrays, strict=True):
                variable.assign(array)

    def count_params(self) -> int:
        """How many numbers the weights hold. Raises ValueError before the layer is built."""
        if not self.built:
            raise ValueError(
                f"Layer '{self.name}' has no weights to count yet: it does not know its number of "
                "features. Give the model Input(shape=(time_steps, features)), or call it on data."
            )
        return sum(v.value.size for v in self.weights)

    # ---- use -----------------------------------------------------------------------------------

    def ensure_built(self, input_shape: Shape) -> None:
        """Check the input's shape and, the first time, make the weights."""
        self.check_input(input_shape)
        self.build(input_shape)

    def write(self, program: Program, x: Signal, *more: Any) -> Signal:
        """`connect`, with the penalties of the layer's regularizers."""
        for variable in self.trainable_weights:  # first here, so last in the backward pass:
            if variable.regularizer is not None:  # they add to gradients that are written before
                gradient = program.gradient_of(variable)
                program.penalize(variable.value, gradient, variable.regularizer, 1.0)
        y = self.connect(program, x, *more)
        self.penalize_activity(program, y)
        return y

    def penalize_activity(self, program: Program, y: Signal) -> None:
        """The penalty on the outputs, if there is one."""
        if self.activity_regularizer is not None:
            batch = y.shape[1] if y.value.ndim >= 3 else y.shape[0]
            program.penalize(y.value, y.gradient, self.activity_regularizer, 1 / batch)

    def __call__(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        """The layer's output for an array (samples, ..., features), as a NumPy array.

        mask (samples, time steps): True where a step is to be used.
        """
        x = self.given(inputs)
        training = in_training(training)
        mask = None if mask is None else check_mask(mask, x.shape).T
        self.build_for_call(x.shape)
        loan = self.call_program(x.shape, training, mask is not None)
        program = loan.program

        def run() -> np.ndarray:
            program.source.value[...] = inward(x)
            if mask is not None:
                program.source.mask[...] = mask
            program.run(program.forward_steps)
            return outward(program.result.value)

        try:
            return self.run_call(run, program)
        finally:
            self.pool.put_back(loan)

    def build_for_call(self, shape: tuple[int, ...]) -> None:
        """Build the layer for inputs of this shape, if that was not done before."""
        if not self.built:
            with self.changing():  # of two threads only the first builds
                self.ensure_built(shape)

    def run_call(self, run: Callable[[], Any], program: Program) -> Any:
        """What `run()` returns: alone with the numbers if it changes any, such as states."""
        if not program.training and not self.state_keepers:
            return self.gate.root().read(run)
        with self.gate.root().turn, self.changing():
            return run()

    def given(self, inputs: Any) -> np.ndarray:
        """The inputs of a call as an array. Raises ValueError if there are none, or do not fit."""
        x = as_numbers(inputs, self.dtype, f"inputs of layer '{self.name}'")
        with naming("inputs"):
            self.check_input(x.shape)
        require_entries(x, f"inputs of layer '{self.name}'")
        return x

    @property
    def experiment(self) -> Any:
        """What an experimenter does to this layer in this thread: part of what names a program."""
        found = [experiment_of(layer) for layer in self.every_layer]
        return tuple(found) if any(f is not None for f in found) else None

    def call_program(self, shape: tuple[int, ...], training: bool, *variant: bool) -> Loan:
        """A program of this layer alone for inputs of this shape, to be put back into the pool."""
        key = (shape, training, self.experiment, *variant)
        return self.pool.take(
            key, lambda: self.write_call(Program(self.dtype, training), shape, *variant)
        )

    def write_call(self, program: Program, shape: tuple[int, ...], masked: bool) -> Program:
        """Write this layer alone into a program, with its input and output."""
        program.source = program.input(*inward_shape(shape), masked=masked)
        program.result = self.write(program, program.source)
        program.forward_steps = program.steps()
        return program

    # ---- description ---------------------------------------------------------------------------

    @property
    def input_shape(self) -> Shape:
        """(samples, ..., features), None for any number. Raises AttributeError before building."""
        if self.batch_input_shape is None:
            raise AttributeError(
                f"Layer '{self.name}' has not been built, so it has no shapes yet."
            )
        return self.batch_input_shape

    @property
    def output_shape(self) -> Shape:
        return self.compute_output_shape(self.input_shape)

    def get_config(self) -> dict[str, Any]:
        """What it takes to make the layer again, without its weights."""
        policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": self.dtype}}
        dtype = policy | {"registered_name": None}
        return {"name": self.name, "trainable": self.trainable, "dtype": dtype}

    @classmethod
    def from_config(cls, settings: dict[str, Any]) -> Layer:
        """A new layer from `get_config`'s answer."""
        settings = dict(settings)
        if isinstance(settings.get("dtype"), dict):
            settings["dtype"] = settings["dtype"]["config"]["name"]
        return cls(**settings)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"
