"""The Bidirectional layer: two LSTMs, one from the beginning of a sequence, one from its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arguments import shown
from ..arrays import as_numbers
from ..identifiers import serialize
from ..kernels import merging
from ..program import Program, Signal
from ..scan import NO_MASK
from .base import Layer, Shape
from .direct_call import tensors_in
from .lstm import LSTM
from .recurrent import turned_round

MERGE_MODES = ("concat", "sum", "ave", "mul")
ALIKE = ("stateful", "return_sequences", "return_state")


class Bidirectional(Layer):
    """Reads a sequence in both directions and merges what two LSTMs make of it, step by step.

    layer: an LSTM, from whose configuration both are made anew: forward_layer and backward_layer,
    each with weights of its own. backward_layer: an LSTM for the way back instead, with
    go_backwards=True. merge_mode: 'concat' (forward units first), 'sum', 'ave' or 'mul'; None for
    both outputs apart, forward's first. Where return_sequences is set, outputs are in time order
    and masked steps show zeros, else the result of each direction is that after its last step.
    return_state: also the last h and c of forward, then those of backward, each (samples, units).
    Weights: those of forward_layer, then those of backward_layer. A stateful layer keeps two
    states. Raises ValueError for other layers and modes, and for LSTMs that do not match.
    """

    mask_rule, reads_mask = "of sequences", True
    fixed = Layer.fixed | {"forward_layer", "backward_layer", "merge_mode"}

    def __init__(
        self, layer: LSTM, merge_mode: str | None = "concat", *, backward_layer: LSTM | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        for name, given in {"layer": layer, "backward_layer": backward_layer}.items():
            if not isinstance(given, LSTM) and (name == "layer" or given is not None):
                raise ValueError(
                    f"{name}: Bidirectional needs an LSTM, as in Bidirectional(LSTM(32)); received "
                    f"{shown(given)}."
                )
        known = isinstance(merge_mode, str) and merge_mode in MERGE_MODES
        if merge_mode is not None and not known:
            raise ValueError(
                f"merge_mode is one of {', '.join(map(repr, MERGE_MODES))}, or None for both "
                f"outputs apart; received {shown(merge_mode)}."
            )
        self.forward_layer = remade(layer, "forward")
        self.backward_layer = backward_layer or remade(layer, "backward", go_backwards=True)
        require_match(self.forward_layer, self.backward_layer)
        super().__init__(**{"dtype": layer.dtype} | options)
        self.merge_mode = merge_mode
        for one in self.both:
            one.zero_output_for_mask = one.return_sequences

    @property
    def both(self) -> tuple[LSTM, LSTM]:
        return self.forward_layer, self.backward_layer

    @property
    def sublayers(self) -> list[Layer]:
        return list(self.both)

    @property
    def return_sequences(self) -> bool:
        return self.forward_layer.return_sequences

    @property
    def return_state(self) -> bool:
        return self.forward_layer.return_state

    # ---- weights and states --------------------------------------------------------------------

    def check_input(self, shape: Shape) -> None:
        require_match(*self.both)  # settings of either may have changed
        for one in self.both:
            one.check_input(shape)

    def build(self, input_shape: Shape) -> None:
        for one in self.both:
            one.ensure_built(input_shape)

    @property
    def stateful(self) -> bool:
        return self.forward_layer.stateful

    @property
    def states(self) -> list[np.ndarray]:
        """[h, c] of the forward LSTM and [h, c] of the backward one; empty unless stateful."""
        return [state for one in self.both for state in one.states]

    def reset_state(self) -> None:
        """Forget, both ways. Raises ValueError if the layer keeps no state."""
        for one in self.both:
            one.reset_state()

    reset_states = reset_state

    # ---- writing the layer into a program ------------------------------------------------------

    def connect(self, program: Program, x: Signal, *initial: Signal) -> Any:
        """Both LSTMs on the same input, and the merging of their outputs in time order; with
        return_state also the last h and c of each. initial: forward's h and c, then backward's."""
        outputs: list[Signal] = []
        states: list[Signal] = []
        starts = initial[:2], initial[2:]
        for one, way, start in zip(self.both, program.fork(x, 2), starts, strict=True):
            made = one.connect(program, way, *start)  # not write: it has the weights' penalties
            y, *ends = made if isinstance(made, tuple) else (made,)
            for signal in (y, *ends):
                one.penalize_activity(program, signal)
            if one is self.backward_layer and one.return_sequences:
                y.mask = NO_MASK  # that of the output is in time order as it is
                y = turned_round(program, y)
                y.mask = x.mask
            outputs.append(y)
            states += ends
        if self.merge_mode is not None:
            outputs = [self.merged(program, *outputs)]
        return (*outputs, *states) if len(outputs) + len(states) > 1 else outputs[0]

    def merged(self, program: Program, first: Signal, second: Signal) -> Signal:
        """The outputs of both as one, masked where forward's is."""
        columns = first.shape[-1] * (2 if self.merge_mode == "concat" else 1)
        y = program.signal(*first.shape[:-1], columns, mask=first.mask)
        merge = merging.TABLE[str(self.merge_mode)]
        program.forward(merge.forward, first.rows, second.rows, y.rows)
        program.backward(
            merge.backward,
            y.gradient_rows, first.rows, second.rows, first.gradient_rows, second.gradient_rows,
        )  # fmt: skip
        return y

    # ---- use -----------------------------------------------------------------------------------

    def __call__(
        self, inputs: Any, training: bool = False, mask: Any = None, initial_state: Any = None
    ) -> Any:
        """The output for (samples, time steps, features); a tuple with merge_mode=None, (forward,
        backward), and with return_state, where h and c of both follow.

        initial_state: [h, c, h, c], forward's first, each (samples, units), instead of zeros or the
        carried states. mask (samples, time steps): True where a step is to be used. On Tensors,
        Tensors. Raises ValueError for other states.
        """
        tensors = tensors_in(inputs)
        if tensors:
            states = self.given_states(initial_state, tensors[0].shape[0], "Tensors")
            return self.connected([*tensors, *states], training, mask)
        xs = self.given(inputs)
        states = self.given_states(initial_state, xs[0].shape[0], "arrays")
        return self.answer((*xs, *states), training, self.masks(mask))

    def given_states(self, given: Any, samples: int | None, kind: str) -> list[Any]:
        """The states to begin with, 'Tensors' or 'arrays', if any. Raises ValueError unless there
        are four that fit."""
        if given is None:
            return []
        states: list[Any] = list(tensors_in(given))
        if kind == "arrays" and isinstance(given, (list, tuple)):
            what = f"initial_state of layer '{self.name}'"
            states = [as_numbers(one, self.dtype, what) for one in given]
        self.check_states([one.shape for one in states], samples, kind, given)
        return states

    def check_states(self, shapes: Any, samples: int | None, kind: str, given: Any = None) -> None:
        """Raise ValueError unless these are the shapes of four states, for as many samples."""
        units = self.forward_layer.units
        fit = [len(s) == 2 and s[1] == units and s[0] in (None, samples or s[0]) for s in shapes]
        if len(shapes) != 4 or not all(fit):
            received = f"{len(shapes)} of shapes {list(shapes)}" if shapes else shown(given)
            raise ValueError(
                f"initial_state of Bidirectional layer '{self.name}' is [h, c, h, c], the state of "
                f"forward, then that of backward: four {kind} of shape (samples, units) = "
                f"{(samples, units)}; received {received}."
            )

    def shapes_of_outputs(self, shapes: Sequence[Shape]) -> list[Shape]:
        """For the shape of the input, and those of four states if there are any."""
        first, *states = shapes
        if len(states) == 4:
            self.check_states(states, first[0], "Tensors")
            shapes = [first]
        return super().shapes_of_outputs(shapes)

    def found(self, program: Program) -> Any:
        outputs = super().found(program)
        return tuple(outputs) if isinstance(outputs, list) else outputs

    # ---- description ---------------------------------------------------------------------------

    def compute_output_shape(self, input_shape: Shape) -> Any:
        made = self.forward_layer.compute_output_shape(input_shape)
        shape, *states = made if self.return_state else (made,)
        outputs = [shape, shape]
        if self.merge_mode is not None:
            outputs = [(*shape[:-1], shape[-1] * (2 if self.merge_mode == "concat" else 1))]
        return (*outputs, *states, *states) if len(outputs) + len(states) > 1 else outputs[0]

    def get_config(self) -> dict[str, Any]:
        layers = {"layer": self.forward_layer, "backward_layer": self.backward_layer}
        own = {"merge_mode": self.merge_mode} | {n: serialize(one) for n, one in layers.items()}
        return super().get_config() | own


def remade(layer: LSTM, direction: str, **changed: Any) -> LSTM:
    """A new LSTM of the same configuration, named by its direction."""
    name = f"{direction}_{layer.name.removeprefix(f'{direction}_')}"
    own = {"name": name} if layer.cell.name == "lstm" else {"name": name, "cell": layer.cell}
    return type(layer).from_config(layer.get_config() | own | changed)  # type: ignore


def require_match(forward: LSTM, backward: LSTM) -> None:
    """Raise ValueError unless the two can work together."""
    if forward.go_backwards == backward.go_backwards:
        raise ValueError(
            "Of the two LSTMs of a Bidirectional layer one has go_backwards=True; both have "
            f"{forward.go_backwards}."
        )
    for name in ALIKE:
        pair = getattr(forward, name), getattr(backward, name)
        if pair[0] != pair[1]:
            raise ValueError(
                f"Both LSTMs of a Bidirectional layer have the same {name}; received {pair[0]} "
                f"for the forward one and {pair[1]} for the backward one."
            )
    if forward.units != backward.units:
        raise ValueError(
            f"Both LSTMs of a Bidirectional layer have as many units; received {forward.units} and "
            f"{backward.units}."
        )
