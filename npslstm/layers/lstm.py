"""The LSTM layer: the border between Keras's words and those of `cell` and `scan`.

kernel = W (features, 4 units)    recurrent_kernel = U (units, 4 units)    bias = b (4 units,)
gate order in every axis of 4 units: input i, forget f, candidate g (Keras: c), output o
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import activations, constraints, initializers, regularizers
from ..arguments import flag, plain, shown, whole_number
from ..arrays import inward, inward_shape, outward
from ..kernels import masking, movement
from ..kernels.changes import no_changes
from ..program import Program, Signal
from ..scan import State, Tape, Weights, tape_shapes
from ..seeding import SeedGenerator
from .base import Layer, Shape
from .checks import as_share, check_mask, check_units, in_training
from .experiments import Experiment, experiment_of
from .recurrent import described, dropped_out, turned_round
from .scanning import Scan, write_backward, write_forward
from .state import StateKeeper


class LSTM(StateKeeper, Layer):
    """Long short-term memory over sequences (samples, time steps, features).

    Output: (samples, units), the last step's; with return_sequences (samples, time steps, units).
    return_state: also the last h and c, each (samples, units). go_backwards: read the sequence from
    its end (sequences come out in the order of reading). stateful: begin each batch where the last
    one ended, sample by sample, until `reset_state()`; needs a fixed batch size. activation serves
    the candidate and the cell state, recurrent_activation the gates. dropout on inputs and
    recurrent_dropout on h, in training. A masked step leaves the states as they are and repeats the
    last output, or shows 0 with zero_output_for_mask. seed: an int for the same dropout in every
    run. unroll, use_cudnn and implementation are accepted and change no result, except that
    implementation=1 draws a dropout mask for each gate.

    Raises ValueError for units that are not a positive integer, and for inputs of other ranks.
    Source: https://doi.org/10.1162/neco.1997.9.8.1735 (see `cell`); options as in
    https://keras.io/api/layers/recurrent_layers/lstm.
    """

    fixed = Layer.fixed | {
        "units", "use_bias", "unit_forget_bias", "seed", "stateful",
        "return_sequences", "go_backwards",
    }  # fmt: skip

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        use_cudnn: Any = "auto",
        implementation: int = 2,
        zero_output_for_mask: bool = False,
        **options: Any,
    ) -> None:
        units = plain(units)
        if not isinstance(units, (int, float, np.integer)):
            raise TypeError(f"LSTM(units) needs a number of units; received {shown(units)}.")
        whole = isinstance(units, float) and float(units).is_integer()
        units = check_units(int(units) if whole else units, "LSTM")
        super().__init__(activity_regularizer=activity_regularizer, **options)
        self.units = units
        get_initializer, get_penalty = initializers.for_weight, regularizers.get
        self.activation = activations.get(activation, "activation")
        self.recurrent_activation = activations.get(recurrent_activation, "recurrent_activation")
        self.kernel_initializer = get_initializer(kernel_initializer, "kernel_initializer")
        self.recurrent_initializer = get_initializer(recurrent_initializer, "recurrent_initializer")
        self.bias_initializer = get_initializer(bias_initializer, "bias_initializer")
        self.kernel_regularizer = get_penalty(kernel_regularizer, "kernel_regularizer")
        self.recurrent_regularizer = get_penalty(recurrent_regularizer, "recurrent_regularizer")
        self.bias_regularizer = get_penalty(bias_regularizer, "bias_regularizer")
        self.kernel_constraint = constraints.get(kernel_constraint, "kernel_constraint")
        self.recurrent_constraint = constraints.get(recurrent_constraint, "recurrent_constraint")
        self.bias_constraint = constraints.get(bias_constraint, "bias_constraint")
        self.dropout = as_share(dropout, "dropout")
        self.recurrent_dropout = as_share(recurrent_dropout, "recurrent_dropout")
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)
        self.use_bias = flag(use_bias, "use_bias", "LSTM")
        self.unit_forget_bias = flag(unit_forget_bias, "unit_forget_bias", "LSTM")
        self.return_sequences = flag(return_sequences, "return_sequences", "LSTM")
        self.return_state = flag(return_state, "return_state", "LSTM")
        self.go_backwards = flag(go_backwards, "go_backwards", "LSTM")
        self.stateful = flag(stateful, "stateful", "LSTM")
        self.unroll = flag(unroll, "unroll", "LSTM")
        implementation = whole_number(implementation, "implementation", "LSTM", 0, 2)
        self.implementation = 1 if self.recurrent_dropout else implementation
        self.zero_output_for_mask = flag(zero_output_for_mask, "zero_output_for_mask", "LSTM")
        if not isinstance(use_cudnn, str) or use_cudnn != "auto":
            flag(use_cudnn, "use_cudnn", "LSTM")
        self.kept: State | None = None  # h and c between batches, when stateful
        self.changes: Experiment | None = None

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state | {"changes": None})

    # ---- building ------------------------------------------------------------------------------

    def check_input(self, shape: Shape) -> None:
        if len(shape) != 3:
            raise ValueError(self.rank_message(shape))
        if self.built and shape[2] != self.kernel.shape[0]:
            raise ValueError(
                f"LSTM layer '{self.name}' was built for {self.kernel.shape[0]} features; received "
                f"(samples, time steps, features) = {shape} with {shape[2]} features. Give x with "
                f"{self.kernel.shape[0]} features in its last axis, or make a model for {shape[2]}."
            )
        self.check_batch(shape)

    def rank_message(self, shape: Shape) -> str:
        """What is said of inputs without three axes, and how to give them three."""
        message = (
            f"LSTM layer '{self.name}' needs inputs of 3 axes (samples, time steps, features); "
            f"received shape {shape}. "
        )
        if len(shape) == 1:
            return message + "For one sequence of one feature write x.reshape(1, -1, 1)."
        if len(shape) != 2:
            return message + "In an Input leave the number of samples out: (time steps, features)."
        n, f = -1 if shape[0] is None else shape[0], shape[1]
        if self.built and f == self.kernel.shape[0]:
            message += f"If this is one sample of {n} time steps, write x[np.newaxis]. "
        return message + (
            f"For data, write x.reshape({n}, {f}, 1) for {f} time steps of one feature, or "
            f"x.reshape({n}, 1, {f}) for one time step of {f} features. If the layer before is an "
            "LSTM, give that one return_sequences=True."
        )

    def build(self, input_shape: Shape) -> None:
        """Make kernel, recurrent_kernel and bias, and zero states if stateful."""
        features, units = input_shape[2], self.units
        self.kernel = self.add_weight(
            "kernel", (features, 4 * units), self.kernel_initializer,
            self.kernel_regularizer, self.kernel_constraint,
        )  # fmt: skip
        self.recurrent_kernel = self.add_weight(
            "recurrent_kernel", (units, 4 * units), self.recurrent_initializer,
            self.recurrent_regularizer, self.recurrent_constraint,
        )  # fmt: skip
        if self.use_bias:
            self.bias = self.add_weight(
                "bias", (4 * units,), self.initial_bias, self.bias_regularizer, self.bias_constraint
            )
        if self.stateful:
            self.make_states(input_shape)

    def initial_bias(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        """bias_initializer; with unit_forget_bias the forget gate starts at 1, open."""
        if not self.unit_forget_bias:
            return self.first_values(self.bias_initializer, shape, "bias_initializer")
        H = self.units
        first = self.first_values(self.bias_initializer, (H,), "bias_initializer")
        rest = self.first_values(self.bias_initializer, (2 * H,), "bias_initializer")
        return np.concatenate([first, np.ones(H, dtype), rest])

    # ---- writing the layer into a program ------------------------------------------------------

    def connect(self, program: Program, x: Signal, initial: State | None = None) -> Signal:
        """The scan over x, from `initial`, the kept state, or zeros; see the base class."""
        T, B, _ = x.shape
        experiment = experiment_of(self)
        mask_of_outputs = x.mask  # as Keras has it, also when read backwards
        if self.go_backwards:
            x = turned_round(program, x)
        x, drops = dropped_out(program, x, self)
        weights, d_weights = self.weights_of(program)
        tape = self.new_tape(program, T, B)
        program.tapes[self.name] = tape
        changes = experiment(T, B) if experiment else no_changes(program.dtype)

        first, last = State(tape.h[0], tape.c[0]), State(tape.h[T], tape.c[T])
        carried_in = initial or self.kept
        if carried_in is not None:
            program.forward(movement.copy, carried_in.h, first.h)
            program.forward(movement.copy, carried_in.c, first.c)
        given = Scan(
            x, weights, drops, tape, changes, int(carried_in is not None), int(initial is not None),
            self.activation.kernels, self.recurrent_activation.kernels,
        )  # fmt: skip
        write_forward(program, given)
        if self.kept is not None:
            program.forward(movement.copy, last.h, self.kept.h)
            program.forward(movement.copy, last.c, self.kept.c)

        dh_out = program.zeros(T, B, self.units) if program.learns else program.zeros(0, 0, 0)
        if program.learns:
            write_backward(program, given, dh_out, d_weights)
        y = self.outputs(program, x, tape, dh_out)
        if self.return_sequences:
            y.mask = mask_of_outputs
        return y

    def outputs(self, program: Program, x: Signal, tape: Tape, dh_out: np.ndarray) -> Signal:
        """What the next layer sees of h: every step or the last, and what masked steps show."""
        y, dy = tape.h[1:], dh_out
        if x.mask.size:
            y, dy = program.zeros(*y.shape), program.zeros(*dh_out.shape)
            hide = int(self.zero_output_for_mask)
            program.forward(masking.forward, tape.h, x.mask, hide, y)
            if program.learns:
                held = program.zeros(*y.shape[1:])
                program.backward(masking.backward, dy, x.mask, hide, held, dh_out)
        if self.return_sequences:
            return Signal(y, dy)
        return Signal(y[-1], dy[-1] if program.learns else program.zeros(0, 0))

    def new_tape(self, program: Program, T: int, B: int) -> Tape:
        """Buffers for one forward pass; z is kept only if a derivative needs it, or a reader, and
        the gates unless the program forgets."""
        derivatives = self.activation.kernels, self.recurrent_activation.kernels
        keep_z = program.keeps_z or any(function.needs_x for function in derivatives)
        shapes = tape_shapes(T, B, self.units, keep_z, not program.forgets)
        return Tape(*(program.zeros(*shape) for shape in shapes))

    def weights_of(self, program: Program) -> tuple[Weights, Weights]:
        """The weights as the scan has them, and where their gradients go."""
        W, U = self.kernel, self.recurrent_kernel
        if self.use_bias:
            b, db = self.bias.value, program.gradient_of(self.bias)
        else:
            b, db = program.zeros(4 * self.units), program.zeros(4 * self.units)
        gradients = Weights(program.gradient_of(W), program.gradient_of(U), db)
        return Weights(W.value, U.value, b), gradients

    # ---- use -----------------------------------------------------------------------------------

    def __call__(
        self, inputs: Any, training: bool = False, mask: Any = None, initial_state: Any = None
    ) -> Any:
        """The output for (samples, time steps, features); with return_state (output, h, c).

        initial_state: [h, c], each (samples, units), instead of zeros or the kept states. mask
        (samples, time steps): True where a step is to be used.
        """
        x, initial = self.given(inputs), None
        training = in_training(training)
        if initial_state is not None:
            initial = self.given_state(initial_state, x.shape[0], "initial_state")
        mask = None if mask is None else check_mask(mask, x.shape).T
        self.build_for_call(x.shape)
        key = training, mask is not None, initial is not None
        loan = self.call_program(x.shape, *key)
        program = loan.program

        def run() -> Any:
            program.source.value[...] = inward(x)
            if mask is not None:
                program.source.mask[...] = mask
            if initial is not None:
                program.start.h[...], program.start.c[...] = initial
            program.run(program.forward_steps)
            output = outward(program.result.value)
            if not self.return_state:
                return output
            tape = program.tapes[self.name]
            return output, tape.h[-1].copy(), tape.c[-1].copy()

        try:
            return self.run_call(run, program)
        finally:
            self.pool.put_back(loan)

    def write_call(
        self, program: Program, shape: tuple[int, ...], masked: bool, started: bool = False
    ) -> Program:
        program.source = program.input(*inward_shape(shape), masked=masked)
        B = shape[0]
        program.start = State(program.zeros(B, self.units), program.zeros(B, self.units))
        initial = program.start if started else None
        program.result = self.write(program, program.source, initial)
        program.forward_steps = program.steps()
        return program

    def compute_output_shape(self, input_shape: Shape) -> Any:
        samples, steps = input_shape[:2]
        state = (samples, self.units)
        output = (samples, steps, self.units) if self.return_sequences else state
        return (output, state, state) if self.return_state else output

    def get_config(self) -> dict[str, Any]:
        """In the order of Keras, which leaves `implementation` out."""
        names = (
            "return_sequences return_state go_backwards stateful unroll zero_output_for_mask units "
            "activation recurrent_activation use_bias kernel_initializer recurrent_initializer "
            "bias_initializer unit_forget_bias kernel_regularizer recurrent_regularizer "
            "bias_regularizer activity_regularizer kernel_constraint recurrent_constraint "
            "bias_constraint dropout recurrent_dropout seed"
        ).split()
        return super().get_config() | {name: described(name, getattr(self, name)) for name in names}
