"""What every layer can do. A layer says how it is built, and writes itself into a Program."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import config, constraints, initializers, regularizers
from ..arrays import as_numbers, inward, inward_shape, outward
from ..initializers.reserved import first_values
from ..naming import automatic_name
from ..parameters import Variable
from ..program import Program, Signal
from .checks import Shape, check_mask, declared_shape


def once(build: Callable[..., None]) -> Callable[..., None]:
    """A layer is built the first time only, and wholly or not at all."""

    @functools.wraps(build)
    def build_once(self: Any, input_shape: Shape) -> None:
        if self.built:
            return
        try:
            build(self, tuple(input_shape))
        except Exception:
            self.own_weights.clear()
            raise
        self.built = True
        self.batch_input_shape = tuple(input_shape)

    return build_once


REMEMBERED_CALLS = 8  # programs kept for layers that are called alone, the latest shapes


class Layer:
    """Base class of all layers.

    name: unique in a model; made from the class when None. dtype: 'float32' or 'float64', the
    configured one when None. trainable: False freezes the weights. activity_regularizer: a penalty
    on the outputs. input_shape, batch_input_shape, input_dim: as the first layer of a Sequential,
    instead of an Input (with and without the number of samples).

    A subclass defines `build(input_shape)`, `connect(program, x)` and `compute_output_shape`.
    Raises ValueError for other keywords.
    """

    def __init__(
        self,
        *,
        name: str | None = None,
        dtype: Any = None,
        trainable: bool = True,
        activity_regularizer: Any = None,
        **legacy: Any,
    ) -> None:
        self.name = name or automatic_name(type(self).__name__)
        self.dtype = config.standardize_dtype(dtype).name
        self.trainable = trainable
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.declared_batch_shape = declared_shape(type(self), legacy)
        self.built = False
        self.own_weights: list[Variable] = []
        self.batch_input_shape: Shape | None = None
        self.calls: dict[Any, Any] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "build" in vars(cls):
            cls.build = once(cls.build)  # type: ignore[method-assign]

    @property
    def names(self) -> list[str]:
        """Its name; a wrapper adds those of the layers within, which must differ in a model too."""
        return [self.name]

    @property
    def state_keepers(self) -> list[Any]:
        """What keeps a state from batch to batch: a stateful layer itself, or those within."""
        return [self] if getattr(self, "stateful", False) else []

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
        if None in shape:
            raise ValueError(
                f"{type(self).__name__} layer '{self.name}' must know its number of features, the "
                "last axis: give the model Input(shape=(time_steps, features)) with a number there."
            )
        what = f"Weight '{name}' of layer '{self.name}'"
        value = first_values(initializers.get(initializer), shape, self.dtype, what)
        value = np.asarray(value, dtype=self.dtype)
        if value.shape != tuple(shape):
            raise ValueError(
                f"The initializer of weight '{name}' of layer '{self.name}' made an array of shape "
                f"{value.shape}; the weight has shape {tuple(shape)}."
            )
        constraint, regularizer = constraints.get(constraint), regularizers.get(regularizer)
        variable = Variable(np.array(value), name, trainable, regularizer, constraint)
        self.own_weights.append(variable)
        return variable

    @property
    def weights(self) -> list[Variable]:
        """All weights, trainable kinds first, each kind in the order in which they were made."""
        kinds = [v for v in self.own_weights if v.trainable]
        return kinds + [v for v in self.own_weights if not v.trainable]

    variables = weights

    @property
    def trainable_weights(self) -> list[Variable]:
        return [v for v in self.own_weights if v.trainable] if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Variable]:
        learning = {id(v) for v in self.trainable_weights}
        return [v for v in self.weights if id(v) not in learning]

    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all weights, in the order of `weights`."""
        return [v.numpy() for v in self.weights]

    def set_weights(self, weights: list[Any]) -> None:
        """Replace all weights. Raises ValueError, changing none, if number or shapes differ."""
        own = self.weights
        if len(weights) != len(own):
            expected = ", ".join(f"{v.name} {v.shape}" for v in own) or "none"
            hint = "" if self.built else " The layer has not been built: call it on data first."
            raise ValueError(
                f"Layer '{self.name}' has {len(own)} weights ({expected}); set_weights was given "
                f"{len(weights)}.{hint}"
            )
        arrays = [as_numbers(w, self.dtype, f"a weight of layer '{self.name}'") for w in weights]
        for variable, array in zip(own, arrays, strict=True):
            if array.shape != variable.shape:
                raise ValueError(
                    f"Weight '{variable.name}' of layer '{self.name}' has shape {variable.shape}; "
                    f"set_weights was given shape {array.shape}."
                )
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
        x = as_numbers(inputs, self.dtype, f"The input of layer '{self.name}'")
        self.ensure_built(x.shape)
        program, source, result = self.call_program(x.shape, bool(training), mask is not None)
        source.value[...] = inward(x)
        if mask is not None:
            source.mask[...] = check_mask(mask, x.shape).T
        program.run(program.steps())
        return outward(result.value)

    @property
    def experiment(self) -> Any:
        """What an experimenter does to this layer: part of what names a remembered program."""
        return None

    def call_program(self, shape: tuple[int, ...], training: bool, *variant: bool) -> Any:
        """The program of this layer alone for inputs of this shape: made once, then remembered."""
        key = (shape, training, self.trainable, self.experiment, *variant)
        arrays = [v.value for v in self.own_weights]
        known = self.calls.pop(key, None)
        if known is None or any(a is not b for a, b in zip(known[0], arrays, strict=True)):
            known = arrays, self.write_call(Program(self.dtype, training), shape, *variant)
        self.calls[key] = known
        while len(self.calls) > REMEMBERED_CALLS:
            del self.calls[next(iter(self.calls))]
        return known[1]

    def write_call(self, program: Program, shape: tuple[int, ...], masked: bool) -> Any:
        """Write this layer alone into a program: the program, its input, and its output."""
        source = program.input(*inward_shape(shape), masked=masked)
        return program, source, self.write(program, source)

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
