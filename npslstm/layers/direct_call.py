"""Layers and models called directly: layer(x), on arrays, or on Tensors of a model to come."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays import time_major_shape, to_batch_major, to_time_major
from ..pool import Loan, Pool
from ..program import Program
from ..tensors import Call, Tensor
from .checks import Shape, check_mask, in_training

if TYPE_CHECKING:
    from ..seqlock import SequenceLock

Arrays = tuple[np.ndarray, ...]


class DirectCall:
    """Mixed into layers and models. `several`: whether it is called on a list, of inputs that are
    merged, or of a model's."""

    several = False
    pool: Pool
    write: Callable[..., Any]
    if TYPE_CHECKING:  # what layers and models bring
        name: str

        @property
        def dtype(self) -> str: ...
        @property
        def every_layer(self) -> list[Any]: ...
        @property
        def names(self) -> list[str]: ...
        @property
        def lock(self) -> SequenceLock: ...
        @property
        def state_keepers(self) -> list[Any]: ...
        @property
        def experiments(self) -> Any: ...
        def given(self, inputs: Any) -> Arrays: ...
        def build_on(self, xs: Arrays) -> None: ...
        def shapes_of_outputs(self, shapes: Sequence[Shape]) -> list[Shape]: ...

    def __call__(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        """The output for an array (samples, ..., features), as a NumPy array; stateful layers move
        their states. For a Tensor, such as `Input` returns, the Tensor of the output.

        mask (samples, time steps): True where a step is to be used.
        """
        tensors = self.tensors_for(inputs)
        if tensors:
            return self.connected(tensors, training, mask)
        masks = [] if mask is None else self.masks(mask)
        return self.answer(self.given(inputs), training, masks)

    # ---- on tensors ----------------------------------------------------------------------------

    def tensors_for(self, inputs: Any) -> list[Tensor]:
        """The Tensors among the inputs of a call, in order; none if it is made on arrays."""
        return tensors_in(inputs)

    def connected(
        self, tensors: Sequence[Tensor], training: Any = False, mask: Any = None
    ) -> Any:
        """One call more in the graph: the Tensors of its outputs, one by itself."""
        if mask is not None or in_training(training):
            raise ValueError(
                f"'{self.name}' is called on a Tensor: mask= and training= are for arrays. A mask "
                "comes from a Masking layer, training from fit."
            )
        for tensor in tensors:
            if tensor.dtype != self.dtype:
                raise ValueError(
                    f"'{self.name}' computes in {self.dtype} and was called on {tensor!r}: all "
                    "layers of a model compute in one precision. Give all the same dtype=."
                )
        shapes = self.shapes_of_outputs([tensor.shape for tensor in tensors])
        call = Call(self, tensors, shapes, self.dtype)
        return self.in_form(call.outputs)

    def in_form(self, values: Sequence[Any]) -> Any:
        """Outputs as the caller gets them: one by itself, or a list."""
        return values[0] if len(values) == 1 else list(values)

    # ---- on arrays -----------------------------------------------------------------------------

    def masks(self, mask: Any) -> list[Any]:
        """A mask, or None, for each input."""
        if self.several and mask is not None and not isinstance(mask, (list, tuple)):
            raise ValueError(
                f"'{self.name}' takes several inputs, so mask= is a list with a mask or None for "
                "each of them."
            )
        if mask is None:
            return []
        return list(mask) if self.several else [mask]

    def require_one_batch(self, xs: Sequence[np.ndarray], masks: Sequence[Any] = ()) -> None:
        """Raise ValueError unless all inputs have the same samples, and no more have masks."""
        if len(xs) == 1 and len(masks) <= 1:
            return
        sizes = [len(x) for x in xs]
        if min(sizes) != max(sizes):
            raise ValueError(
                f"inputs of '{self.name}': they have {sizes} samples; sample by sample they belong "
                "together, so give as many of each."
            )
        if len(masks) > len(xs):
            raise ValueError(
                f"mask: '{self.name}' was given {len(masks)} masks for {len(xs)} inputs; give one "
                "for each, or None."
            )

    def answer(self, xs: Arrays, training: bool, masks: list[Any]) -> Any:
        """The outputs for inputs that fit."""
        training = in_training(training)
        masked: tuple[bool, ...] = ()
        if len(xs) > 1 or masks:
            self.require_one_batch(xs, masks)
            masks = [
                None if mask is None else check_mask(mask, x.shape).T
                for x, mask in zip(xs, masks, strict=False)
            ]
            masked = tuple([mask is not None for mask in masks])
        variant = tuple([x.shape for x in xs]), training, masked
        self.build_on(xs)
        lock = self.lock.root()

        def run() -> Any:
            loan = self.call_program(*variant)
            program = loan.program
            try:
                for source, x in zip(program.sources, xs):  # noqa: B905 - as long: by its key
                    source.value[...] = to_time_major(x)
                if masks:
                    for source, mask in zip(program.sources, masks, strict=False):
                        if mask is not None:
                            source.mask[...] = mask
                program.forward_steps.run()
                return self.found(program)
            finally:
                self.pool.put_back(loan)

        if not training and not self.state_keepers:
            return lock.read(run)
        with lock.turn, lock.change:  # alone with the numbers: it changes some
            return run()

    def found(self, program: Program) -> Any:
        """What a program's run has made, as the caller gets it."""
        if len(program.results) == 1:
            return self.in_form((to_batch_major(program.results[0].value),))
        return self.in_form([to_batch_major(signal.value) for signal in program.results])

    def call_program(self, shapes: tuple[Any, ...], training: bool, masked: Any) -> Loan:
        """A program for inputs of these shapes, to be put back into the pool."""
        key = ("call", self.experiments, shapes, training, masked)
        return self.pool.take(
            key, lambda: self.write_call(Program(self.dtype, training), shapes, masked)
        )

    def write_call(self, program: Program, shapes: tuple[Any, ...], masked: Any) -> Program:
        """Write this alone into a program, with its inputs and outputs."""
        program.sources = [
            program.input(*time_major_shape(shape), masked=bool(hidden))
            for shape, hidden in itertools.zip_longest(shapes, masked)
        ]
        outputs = self.write(program, *program.sources)
        program.results = outputs if isinstance(outputs, tuple) else (outputs,)
        program.forward_steps = program.steps()
        return program


def tensors_in(inputs: Any) -> list[Tensor]:
    """The Tensors that something is called on; none if it is called on arrays. Raises ValueError
    for Tensors in a dict, or beside other things."""
    if isinstance(inputs, Tensor):
        return [inputs]
    if isinstance(inputs, dict) and holds_tensor(inputs.values()):
        raise ValueError(
            "A layer is called on a Tensor, or on a list of Tensors if it takes several; a dict by "
            "name is for models."
        )
    if not isinstance(inputs, (list, tuple)):
        return []
    if any(isinstance(one, (list, tuple)) and holds_tensor(one) for one in inputs):
        raise ValueError("A layer is called on a list of Tensors, not on a list within a list.")
    if holds_tensor(inputs):
        for one in inputs:
            if not isinstance(one, Tensor):
                raise ValueError(
                    "A layer is called on Tensors or on arrays, not on both: an array among the "
                    "inputs of a model to come would always be the same. Make it an Input."
                )
        return list(inputs)
    return []


def taken(layer: Any, another: bool = True) -> None:
    """Note that a layer belongs to another one, or no longer: a model changes no more then."""
    if hasattr(layer, "within_another"):
        layer.within_another = another


def holds_tensor(given: Any) -> bool:
    return any(isinstance(one, Tensor) for one in given)
