"""Layers and models called directly on arrays: layer(x), model(x)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays import inward, inward_shape, outward
from ..pool import Loan, Pool
from ..program import Program, Signal
from .checks import check_mask, in_training

if TYPE_CHECKING:
    from ..gate import Gate


class DirectCall:
    """Mixed into layers and models. One that takes more than inputs, such as a state to begin with,
    or gives more than outputs, says so in `fill`, `write_call` and `results`."""

    pool: Pool
    write: Callable[..., Signal]
    if TYPE_CHECKING:  # what layers and models bring

        @property
        def dtype(self) -> str: ...
        @property
        def gate(self) -> Gate: ...
        @property
        def state_keepers(self) -> list[Any]: ...
        @property
        def experiments(self) -> Any: ...
        def given(self, inputs: Any) -> np.ndarray: ...
        def build_for(self, x: np.ndarray, batch_size: int) -> None: ...

    def __call__(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        """The output for an array (samples, ..., features), as a NumPy array; stateful layers move
        their states.

        mask (samples, time steps): True where a step is to be used.
        """
        return self.answer(self.given(inputs), training, mask)

    def answer(self, x: np.ndarray, training: bool, mask: Any, *more: Any) -> Any:
        """The output for inputs that fit; None stands for what is not given."""
        training = in_training(training)
        mask = None if mask is None else check_mask(mask, x.shape).T
        variant: Any = x.shape, training, mask is not None, *[given is not None for given in more]
        self.build_for(x, len(x))
        gate = self.gate.root()

        def run() -> Any:
            loan = self.call_program(*variant)
            program = loan.program
            try:
                program.source.value[...] = inward(x)
                if mask is not None:
                    program.source.mask[...] = mask
                self.fill(program, *more)
                program.run(program.forward_steps)
                return self.results(program)
            finally:
                self.pool.put_back(loan)

        if not training and not self.state_keepers:
            return gate.read(run)
        with gate.turn, gate.change:  # alone with the numbers: it changes some
            return run()

    def fill(self, program: Program, *more: Any) -> None:
        """Copy what is given besides the inputs into the program."""

    def results(self, program: Program) -> Any:
        """What a program's run has made, as the caller gets it."""
        return outward(program.result.value)

    def call_program(self, shape: tuple[int, ...], training: bool, *given: bool) -> Loan:
        """A program for inputs of this shape, to be put back into the pool."""
        key = ("call", self.experiments, shape, training, *given)
        return self.pool.take(
            key, lambda: self.write_call(Program(self.dtype, training), shape, *given)
        )

    def write_call(
        self, program: Program, shape: tuple[int, ...], masked: bool, *more: Any
    ) -> Program:
        """Write this alone into a program, with its input and output. more: for `connect`."""
        program.source = program.input(*inward_shape(shape), masked=masked)
        program.result = self.write(program, program.source, *more)
        program.forward_steps = program.steps()
        return program
