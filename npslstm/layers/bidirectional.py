"""The Bidirectional layer: two LSTMs, one from the beginning of a sequence, one from its end."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import shown
from ..identifiers import serialize
from ..kernels import merging, movement
from ..program import Program, Signal
from ..scan import NO_MASK
from .base import Layer, Shape
from .lstm import LSTM
from .recurrent import turned_round

MERGE_MODES = ("concat", "sum", "ave", "mul")
ALIKE = ("stateful", "return_sequences", "return_state")


class Bidirectional(Layer):
    """Reads a sequence in both directions and merges what two LSTMs make of it, step by step.

    layer: an LSTM, from whose configuration both are made anew: forward_layer and backward_layer,
    each with weights of its own. backward_layer: an LSTM for the way back instead, with
    go_backwards=True. merge_mode: 'concat' (forward units first), 'sum', 'ave' or 'mul'. Where
    return_sequences is set masked steps show zeros, else the result of each direction is that after
    its last step. Weights: those of forward_layer, then those of backward_layer. A stateful layer
    keeps two states. Raises ValueError for other layers and modes, for LSTMs that do not match, and
    for return_state=True, since a layer here has one output.
    """

    fixed = Layer.fixed | {"forward_layer", "backward_layer", "merge_mode"}

    def __init__(
        self, layer: LSTM, merge_mode: str = "concat", *, backward_layer: LSTM | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        for name, given in {"layer": layer, "backward_layer": backward_layer}.items():
            if not isinstance(given, LSTM) and (name == "layer" or given is not None):
                raise ValueError(
                    f"{name}: Bidirectional needs an LSTM, as in Bidirectional(LSTM(32)); received "
                    f"{shown(given)}."
                )
        if not isinstance(merge_mode, str) or merge_mode not in MERGE_MODES:
            raise ValueError(
                f"merge_mode is one of {', '.join(map(repr, MERGE_MODES))}; received "
                f"{shown(merge_mode)}. For both outputs apart use 'concat': the first half is "
                "forward's."
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

    # ---- weights and states --------------------------------------------------------------------

    def check_input(self, shape: Shape) -> None:
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

    def connect(self, program: Program, x: Signal) -> Signal:
        """Both LSTMs on the same input, and the merging of their outputs in time order."""
        outputs = []
        for one, way in zip(self.both, self.two_ways(program, x), strict=True):
            y = one.connect(program, way)  # not write: penalties on weights are the wrapper's
            one.penalize_activity(program, y)
            if one is self.backward_layer and one.return_sequences:
                y.mask = NO_MASK  # that of the merged output is in time order as it is
                y = turned_round(program, y)
            outputs.append(y)
        first, second = outputs
        columns = first.shape[-1] * (2 if self.merge_mode == "concat" else 1)
        mask = x.mask if self.return_sequences else NO_MASK
        y = program.signal(*first.shape[:-1], columns, mask=mask)
        merge = merging.TABLE[self.merge_mode]
        program.forward(merge.forward, first.rows, second.rows, y.rows)
        program.backward(
            merge.backward,
            y.gradient_rows, first.rows, second.rows, first.gradient_rows, second.gradient_rows,
        )  # fmt: skip
        return y

    def two_ways(self, program: Program, x: Signal) -> list[Signal]:
        """x twice, with gradients of their own, which add up in that of x."""
        if not x.gradient.size:
            return [x, x]
        ways = [Signal(x.value, program.zeros(*x.shape), x.mask) for _ in self.both]
        program.backward(movement.add, ways[1].gradient_rows, x.gradient_rows)  # runs last
        program.backward(movement.copy, ways[0].gradient_rows, x.gradient_rows)
        return ways

    # ---- description ---------------------------------------------------------------------------

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        shape = self.forward_layer.compute_output_shape(input_shape)
        return (*shape[:-1], shape[-1] * (2 if self.merge_mode == "concat" else 1))

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
    if forward.return_state:
        raise ValueError(
            "Bidirectional has one output: leave return_state=True out, and read the states of a "
            "stateful layer from `states`."
        )
    if forward.units != backward.units:
        raise ValueError(
            f"Both LSTMs of a Bidirectional layer have as many units; received {forward.units} and "
            f"{backward.units}."
        )
