"""What every layer can do. A layer says how it is built, and writes itself into a Program."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from .. import config, regularizers
from ..arguments import flag, label, naming
from ..arrays import as_numbers, require_entries
from ..gate import Gate
from ..naming import automatic_name
from ..parameters import Variable
from ..pool import Pool
from ..program import Program, Signal
from ..watch import Watched, changed, versions
from .checks import Shape, checked_shape, declared_shape
from .direct_call import DirectCall
from .settings import hand_on, refuse_fixed
from .weights import WeightKeeper


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


class Layer(WeightKeeper, DirectCall, Watched):
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

    def state(self) -> tuple[Any, ...]:
        """What a program of this layer is written from: another one after each change."""
        layers = [versions(layer) for layer in self.every_layer]
        return (*layers, *(v.state() for v in self.weights))

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

    # ---- use -----------------------------------------------------------------------------------

    def ensure_built(self, input_shape: Shape) -> None:
        """Check the input's shape and, the first time, make the weights."""
        self.check_input(input_shape)
        self.build(input_shape)

    def given(self, inputs: Any) -> np.ndarray:
        """The inputs of a call as an array. Raises ValueError if there are none, or do not fit."""
        x = as_numbers(inputs, self.dtype, f"inputs of layer '{self.name}'")
        with naming("inputs"):
            self.check_input(x.shape)
        require_entries(x, f"inputs of layer '{self.name}'")
        return x

    def build_for(self, x: np.ndarray, batch_size: int) -> None:
        """Build the layer for inputs such as x, if that was not done before."""
        if not self.built:
            with self.changing():  # of two threads only the first builds
                self.ensure_built((batch_size, *x.shape[1:]))

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
