"""What every layer can do. A layer says how it is built, and writes itself into a Program."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from .. import config, regularizers
from ..arguments import flag, label, naming, shown
from ..arrays import as_numbers, require_entries
from ..naming import automatic_name
from ..parameters import Variable
from ..pool import Pool
from ..program import Program, Signal
from ..seqlock import SequenceLock
from ..tensors import Call
from ..watch import Watched, changed, versions
from .checks import Shape, checked_shape, declared_shape
from .direct_call import DirectCall
from .settings import hand_on, refuse_fixed
from .weights import WeightKeeper


def once(build: Callable[..., None]) -> Callable[..., None]:
    """A layer is built the first time only, and wholly or not at all."""

    @functools.wraps(build)
    def build_once(self: Any, input_shape: Any) -> None:
        if self.built:
            return
        if self.several and isinstance(input_shape, (list, tuple)):
            input_shape = [checked_shape(one, "input_shape") for one in input_shape]
        else:
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
    `sublayers` if it holds others. One that is called on a list of inputs says `several = True`,
    and has a list of shapes wherever others have one, and Signals one after the other. Settings may
    be changed later and act at once, but for those in `fixed`, on which weights and shapes depend.
    Raises ValueError for other keywords.
    """

    unwatched = frozenset({
        "built", "batch_input_shape", "own_weights", "lock", "pool", "carried", "calls",
    })  # fmt: skip
    fixed: ClassVar[frozenset[str]] = frozenset({"dtype"})  # once it is built
    mask_rule = ""  # what becomes of a mask, and whether it takes one: see `mask_order`
    reads_mask = False

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
        self.calls: list[Call] = []  # on Tensors, of models that it belongs to
        self.batch_input_shape: Shape | None = None
        self.have_own_programs()

    def have_own_programs(self) -> None:
        """Begin without programs, in use by nobody."""
        self.lock = SequenceLock()
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
        own = {k: v for k, v in vars(self).items() if k not in ("lock", "pool")}
        return own | {"calls": []}

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

    def unbuild(self) -> None:
        """Be as before it was built."""
        self.drop_weights()
        self.built, self.batch_input_shape = False, None
        changed(self)

    def connect(self, program: Program, x: Signal) -> Signal:
        """Add this layer's operations to a program. Returns the output signal."""
        raise NotImplementedError(f"{type(self).__name__} does not define connect(program, x).")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Shape of the output for inputs of this shape."""
        return tuple(input_shape)

    def check_input(self, shape: Any) -> None:
        """Raise ValueError if inputs of this shape do not fit."""

    # ---- use -----------------------------------------------------------------------------------

    def ensure_built(self, input_shape: Any) -> None:
        """Check the input's shape and, the first time, make the weights."""
        self.check_input(input_shape)
        self.build(input_shape)

    def given(self, inputs: Any) -> tuple[np.ndarray, ...]:
        """The inputs of a call as arrays. Raises ValueError if there are none, or do not fit."""
        what = f"inputs of layer '{self.name}'"
        several = inputs if self.several else [inputs]
        if not isinstance(several, (list, tuple)):
            raise ValueError(
                f"{what}: {type(self).__name__} is called on a list, "
                f"{type(self).__name__}()([a, b]); received {shown(inputs)}."
            )
        xs = tuple(as_numbers(x, self.dtype, what) for x in several)
        if xs and all(x.ndim for x in xs):
            self.require_one_batch(xs)
        with naming("inputs"):
            self.check_input([x.shape for x in xs] if self.several else xs[0].shape)
        for x in xs:
            require_entries(x, what)
        return xs

    def build_on(self, xs: tuple[np.ndarray, ...]) -> None:
        """Build the layer for such inputs, if that was not done before."""
        if not self.built:
            shapes = [x.shape for x in xs]
            with self.changing():  # of two threads only the first builds
                self.ensure_built(shapes if self.several else shapes[0])

    def shapes_of_outputs(self, shapes: Sequence[Shape]) -> list[Shape]:
        """The shapes of what it makes of Tensors of these shapes; builds it. Raises ValueError."""
        shape: Any = list(shapes) if self.several else shapes[0]
        if not self.several and len(shapes) > 1:
            raise ValueError(
                f"Layer '{self.name}' takes one input and was called on {len(shapes)}: put them "
                "together with Concatenate()([a, b]) before."
            )
        self.ensure_built(shape)
        found = self.compute_output_shape(shape)
        return list(found) if found and isinstance(found[0], tuple) else [found]

    def write(self, program: Program, x: Signal, *more: Any) -> Any:
        """`connect`, with the penalties of the layer's regularizers."""
        # Written first, so run last in the backward pass: penalties add to gradients that are
        # there by then. A layer that is used twice is penalised once.
        for variable in self.trainable_weights:
            if variable.regularizer is None or id(variable) in program.penalized:
                continue
            program.penalized.add(id(variable))
            gradient = variable.gradient if variable.gradient is not None else program.zeros(0)
            program.penalize(variable.value, gradient, variable.regularizer, 1.0)
        y = self.connect(program, x, *more)
        for one in y if isinstance(y, tuple) else (y,):
            self.penalize_activity(program, one)
        return y

    def penalize_activity(self, program: Program, y: Signal) -> None:
        """The penalty on the outputs, if there is one."""
        if self.activity_regularizer is not None:
            batch = y.shape[1] if y.value.ndim >= 3 else y.shape[0]
            share = program.steps_in_batch / batch
            program.penalize(y.value, y.gradient, self.activity_regularizer, share)

    # ---- description ---------------------------------------------------------------------------

    @property
    def input(self) -> Any:
        """The Tensor that it was called on, or a list. Raises AttributeError unless that was done
        once."""
        inputs = list(self.only_call().inputs)
        return inputs[0] if len(inputs) == 1 else inputs

    @property
    def output(self) -> Any:
        """The Tensor that it made, or a list. Raises AttributeError unless it was called once."""
        outputs = list(self.only_call().outputs)
        return outputs[0] if len(outputs) == 1 else outputs

    def only_call(self) -> Call:
        if len(self.calls) != 1:
            raise AttributeError(
                f"Layer '{self.name}' was called on Tensors {len(self.calls)} times, so there is "
                "not one input and one output. Keep what it returned: y = layer(x)."
            )
        return self.calls[0]

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
