"""The LSTM layer: the border between Keras's words and those of `cell` and `scan`.

kernel = W (features, 4 units)    recurrent_kernel = U (units, 4 units)    bias = b (4 units,)
gate order in every axis of 4 units: input i, forget f, candidate g (Keras: c), output o; another
cell may have more or fewer gates, and weights of its own: cell_kernel = p
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import activations, cells, constraints, initializers, regularizers
from ..arguments import counted, flag, plain, shown, whole_number
from ..bundles import State
from ..changes import no_changes
from ..kernels import data_movement
from ..program import Program, Signal
from ..scan import squash_of
from ..seeding import SeedGenerator
from ..tensors import Tensor
from . import recurrent
from .base import Layer, Shape
from .checks import as_share, check_units
from .direct_call import tensors_in
from .experiments import Experiment, experiment_of
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
    implementation=1 draws a dropout mask for each gate. cell: what happens at a step, see
    `npslstm.cells`; weights of the cell's own are `cell_kernel` (its weights, units), at first 0.

    Raises ValueError for units that are not a positive integer, and for inputs of other ranks.
    Source: https://doi.org/10.1162/neco.1997.9.8.1735 (see `cell`); options as in
    https://keras.io/api/layers/recurrent_layers/lstm.
    """

    mask_rule, reads_mask = "of sequences", True
    fixed = Layer.fixed | {
        "units", "use_bias", "unit_forget_bias", "seed", "stateful",
        "return_sequences", "return_state", "go_backwards", "cell",
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
        cell: Any = "lstm",
        **options: Any,
    ) -> None:
        units = plain(units)
        if not isinstance(units, (int, float, np.integer)):
            raise TypeError(f"LSTM(units) needs a number of units; received {shown(units)}.")
        whole = isinstance(units, float) and float(units).is_integer()
        units = check_units(int(units) if whole else units, "LSTM")
        super().__init__(activity_regularizer=activity_regularizer, **options)
        self.units = units
        self.cell = cells.get(cell)
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
        self.carried: State | None = None  # h and c between batches, when stateful
        self.changes: Experiment | None = None

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state | {"changes": None})

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {"changes": None}

    @property
    def columns(self) -> int:
        """Of kernel, recurrent_kernel and bias: a block of units for each gate."""
        return len(self.cell.gates) * self.units

    # ---- building ------------------------------------------------------------------------------

    def check_input(self, shape: Shape) -> None:
        if len(shape) != 3:
            raise ValueError(recurrent.rank_message(self, shape))
        if self.built and shape[2] != self.kernel.shape[0]:
            built_for = counted(self.kernel.shape[0], "feature")
            raise ValueError(
                f"LSTM layer '{self.name}' was built for {built_for}; received (samples, time "
                f"steps, features) = {shape} with {shape[2]}. Give x with {built_for} in its last "
                f"axis, or make a model for {shape[2]}."
            )
        self.check_batch(shape)

    def build(self, input_shape: Shape) -> None:
        """Make kernel, recurrent_kernel and bias, and zero states if stateful."""
        features, units, columns = input_shape[2], self.units, self.columns
        self.kernel = self.add_weight(
            "kernel", (features, columns), self.kernel_initializer,
            self.kernel_regularizer, self.kernel_constraint,
        )  # fmt: skip
        self.recurrent_kernel = self.add_weight(
            "recurrent_kernel", (units, columns), self.recurrent_initializer,
            self.recurrent_regularizer, self.recurrent_constraint,
        )  # fmt: skip
        if self.use_bias:
            self.bias = self.add_weight(
                "bias", (columns,), self.initial_bias, self.bias_regularizer, self.bias_constraint
            )
        if self.cell.own:
            shape = len(self.cell.own), units
            self.cell_kernel = self.add_weight("cell_kernel", shape, initializers.Zeros())
        if self.stateful:
            self.make_states(input_shape)

    def initial_bias(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        """bias_initializer; with unit_forget_bias the forget gate starts at 1, open."""
        gates, H = self.cell.gates, self.units
        if not self.unit_forget_bias or "f" not in gates:
            return self.first_values(self.bias_initializer, shape, "bias_initializer")
        before, after = gates.index("f") * H, (len(gates) - gates.index("f") - 1) * H
        first = self.first_values(self.bias_initializer, (before,), "bias_initializer")
        rest = self.first_values(self.bias_initializer, (after,), "bias_initializer")
        return np.concatenate([first, np.ones(H, dtype), rest])

    # ---- writing the layer into a program ------------------------------------------------------

    def connect(self, program: Program, x: Signal, *initial: Signal) -> Any:
        """The scan over x, from `initial` h and c, the carried state, or zeros; see the base class.
        With return_state also the last h and c."""
        T, B, _ = x.shape
        experiment = experiment_of(self)
        mask_of_outputs = x.mask  # as Keras has it, also when read backwards
        if self.go_backwards:
            x = recurrent.turned_round(program, x)
        x, drops = recurrent.dropped_out(program, x, self)
        weights, d_weights = recurrent.weights_of(program, self)
        tape = recurrent.new_tape(program, self, T, B)
        program.tapes.setdefault(id(self), []).append(tape)
        changes = experiment(T, B) if experiment else no_changes(program.dtype)

        first, last = State(tape.h[0], tape.c[0]), State(tape.h[T], tape.c[T])
        carried_in = State(*(s.value for s in initial)) if initial else self.carried
        if program.starts is not None:
            carried_in = State(program.zeros(B, self.units), program.zeros(B, self.units))
            program.starts.setdefault(id(self), []).append(carried_in)
        if carried_in is not None:
            program.forward(data_movement.copy, carried_in.h, first.h)
            program.forward(data_movement.copy, carried_in.c, first.c)
        given = Scan(
            x, weights, drops, tape, changes, int(carried_in is not None), int(bool(initial)),
            self.cell, squash_of(self.activation.kernels, self.recurrent_activation.kernels),
        )  # fmt: skip
        write_forward(program, given)
        if self.carried is not None:
            program.forward(data_movement.copy, last.h, self.carried.h)
            program.forward(data_movement.copy, last.c, self.carried.c)

        dh_out = program.zeros(T, B, self.units) if program.learns else program.zeros(0, 0, 0)
        ends = recurrent.ends(program, last) if self.return_state else ()
        if program.learns:
            write_backward(program, given, dh_out, d_weights, initial, ends)
        y = recurrent.visible(program, self, x, tape, dh_out)
        if self.return_sequences:
            y.mask = mask_of_outputs
        return (y, *ends) if self.return_state else y

    # ---- use -----------------------------------------------------------------------------------

    def __call__(
        self, inputs: Any, training: bool = False, mask: Any = None, initial_state: Any = None
    ) -> Any:
        """The output for (samples, time steps, features); with return_state (output, h, c).

        initial_state: [h, c], each (samples, units), instead of zeros or the carried states. mask
        (samples, time steps): True where a step is to be used. On Tensors, Tensors.
        """
        tensors = tensors_in(inputs)
        if tensors:
            return self.connected([*tensors, *self.given_tensors(initial_state)], training, mask)
        if tensors_in(initial_state):
            raise ValueError(
                f"LSTM layer '{self.name}' is called on an array, and initial_state on Tensors: "
                "give both as arrays, or both as Tensors of a model to come."
            )
        xs = self.given(inputs)
        if initial_state is not None:
            xs += tuple(self.given_state(initial_state, xs[0].shape[0], "initial_state"))
        return self.answer(xs, training, self.masks(mask))

    def given_tensors(self, initial_state: Any) -> list[Tensor]:
        """The state to begin with in a model to come. Raises ValueError unless it is h and c."""
        if initial_state is None:
            return []
        states = tensors_in(initial_state)
        if len(states) != 2 or any(s.ndim != 2 or s.shape[1] != self.units for s in states):
            raise ValueError(
                f"initial_state of LSTM layer '{self.name}' is [h, c], two Tensors of shape "
                f"(samples, units) = (None, {self.units}), such as an LSTM with return_state=True "
                f"gives; received {shown(initial_state)}."
            )
        return states

    def shapes_of_outputs(self, shapes: Sequence[Shape]) -> list[Shape]:
        states = [tuple(shape)[1:] for shape in shapes[1:]]
        if states != [(self.units,)] * 2:  # else h and c
            return super().shapes_of_outputs(shapes)
        return super().shapes_of_outputs(shapes[:1])

    def found(self, program: Program) -> Any:
        outputs = super().found(program)
        return tuple(outputs) if self.return_state else outputs

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
        own = {name: recurrent.described(name, getattr(self, name)) for name in names}
        if self.cell.name != "lstm":  # Keras has no other
            own["cell"] = self.cell.name
        return super().get_config() | own
