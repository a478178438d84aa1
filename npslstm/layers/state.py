"""What a recurrent layer remembers between two batches, and how a user sees and changes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..arrays import as_numbers
from ..bundles import State
from ..seqlock import SequenceLock


class StateKeeper:
    """Mixed into recurrent layers that can be stateful. `carried` holds h and c (samples, units).

    Nothing but the user resets it: neither the end of an epoch nor fit, evaluate, predict, compile
    or set_weights.
    """

    name: str
    units: int
    dtype: str
    stateful: bool
    carried: State | None
    lock: SequenceLock
    changing: Callable[[], Any]

    @property
    def states(self) -> list[np.ndarray]:
        """[h, c] as they are now, each (samples, units); empty unless stateful and built."""
        return [] if self.carried is None else [state.view() for state in self.carried]

    def make_states(self, shape: tuple[int | None, ...]) -> None:
        """Zero states for batches of `shape[0]` samples."""
        samples = shape[0]
        if samples is None:
            raise ValueError(
                f"LSTM layer '{self.name}' is stateful, so it keeps a state for each sample of a "
                "batch and must know their number. Give the model "
                f"Input(batch_shape=(batch_size, {shape[1]}, {shape[2]})) with a number for "
                "batch_size, 1 for one sequence cut into pieces."
            )
        zeros = np.zeros((samples, self.units), self.dtype)
        self.carried = State(zeros, zeros.copy())

    def check_batch(self, shape: tuple[int | None, ...]) -> None:
        """Raise ValueError if a batch of this shape does not have the state's samples."""
        if self.carried is None or shape[0] is None:
            return
        samples = self.carried.h.shape[0]
        if shape[0] != samples:
            raise ValueError(
                f"LSTM layer '{self.name}' is stateful and keeps a state for each of {samples} "
                f"samples; it received a batch of {shape[0]} samples. Use batch_size={samples} and "
                f"a number of samples that {samples} divides; for another batch size make a second "
                "model with the same layers and give it set_weights(model.get_weights())."
            )

    def given_state(self, state: Any, samples: int, argument: str = "state") -> State:
        """[h, c] as arrays of (samples, units). Raises ValueError if they are not."""
        if not isinstance(state, (list, tuple)) or len(state) != 2:
            raise ValueError(
                f"{argument}: the state of LSTM layer '{self.name}' is a list of two arrays, [h, "
                f"c], each (samples, units) = {(samples, self.units)}."
            )
        arrays = [as_numbers(s, self.dtype, f"{argument} of layer '{self.name}'") for s in state]
        for letter, array in zip("hc", arrays, strict=True):
            if array.shape != (samples, self.units):
                raise ValueError(
                    f"{argument}: {letter} of LSTM layer '{self.name}' must be (samples, units) = "
                    f"{(samples, self.units)}; received shape {array.shape}."
                )
        return State(*arrays)

    def get_states(self) -> list[np.ndarray]:
        """Copies of [h, c]; an empty list unless stateful."""
        with self.lock.root():
            return [s.copy() for s in self.states]

    def set_states(self, state: Any) -> None:
        """Continue from the given [h, c]. Raises ValueError if the layer keeps no state."""
        mine = self.require_state()
        new = self.given_state(state, mine.h.shape[0])
        self.put(new)

    def put(self, new: State) -> None:
        """Continue from a state that fits."""
        mine = self.require_state()
        with self.changing():
            mine.h[...], mine.c[...] = new

    def reset_state(self) -> None:
        """Forget: h and c become zero. Raises ValueError if the layer keeps no state."""
        mine = self.require_state()
        with self.changing():
            mine.h[...] = 0
            mine.c[...] = 0

    def reset_states(self, states: Any = None) -> None:
        """`reset_state()`; with `states`, as Keras 2 had it, `set_states(states)`."""
        if states is None:
            self.reset_state()
        else:
            self.put(self.given_state(states, self.require_state().h.shape[0], "states"))

    def require_state(self) -> State:
        if self.carried is None:
            reason = "has not been built yet" if self.stateful else "is not stateful"
            fix = "call it on data first" if self.stateful else "make it with stateful=True"
            raise ValueError(f"LSTM layer '{self.name}' {reason}, so it keeps no state: {fix}.")
        return self.carried
