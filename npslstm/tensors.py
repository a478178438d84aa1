"""What layers called on each other note: which call makes which array, before there are numbers.

A Tensor stands for an array that a model will compute; a Call is one call of a layer, from Tensors
to Tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .naming import automatic_name

Shape = tuple[int | None, ...]
MERGES: dict[str, Callable[..., Any]] = {}  # what is behind +, - and *: of `layers.merging`


class Tensor:
    """An array to come, of a model that is being put together: what `Input` returns, and layers
    that are called on one.

    shape: samples first, None for any number. It has no numbers: give it to layers, and to
    npslstm.Model(inputs, outputs).
    """

    def __init__(self, shape: Shape, dtype: str, call: Call, index: int = 0) -> None:
        self.shape = tuple(shape)
        self.dtype = dtype
        self.call = call
        self.index = index
        self.masked = False  # whether some of its steps may be hidden

    @property
    def name(self) -> str:
        """The name of the layer that makes it."""
        return self.call.layer.name

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __repr__(self) -> str:
        return f"<Tensor shape={self.shape}, dtype={self.dtype}, from '{self.name}'>"

    def no_numbers(self, what: str) -> TypeError:
        return TypeError(
            f"{self!r} stands for an array that a model will compute, and has no numbers yet, so "
            f"it cannot be {what}. Give it to a layer, or make a model of it: "
            "npslstm.Model(inputs, outputs).predict(x)."
        )

    def __array__(self, *options: Any, **more: Any) -> Any:
        raise self.no_numbers("made an array")

    def __bool__(self) -> bool:
        raise self.no_numbers("true or false")

    def __float__(self) -> float:
        raise self.no_numbers("made a number")

    def __len__(self) -> int:
        raise self.no_numbers("counted")

    def __iter__(self) -> Iterator[Any]:
        raise self.no_numbers("gone through")

    def __getitem__(self, place: Any) -> Any:
        raise self.no_numbers("cut: layers take whole arrays")

    def combined(self, kind: str, other: Any) -> Any:
        """This tensor and another one through a merge layer, as `+` writes it."""
        if not isinstance(other, Tensor):
            raise self.no_numbers(f"combined with {type(other).__name__}; with a Tensor it can be")
        return MERGES[kind](dtype=self.dtype)([self, other])

    def __add__(self, other: Any) -> Any:
        return self.combined("Add", other)

    def __sub__(self, other: Any) -> Any:
        return self.combined("Subtract", other)

    def __mul__(self, other: Any) -> Any:
        return self.combined("Multiply", other)

    def __radd__(self, other: Any) -> Any:
        return self if type(other) is int and other == 0 else self.combined("Add", other)  # `sum`

    def refused(self, *others: Any) -> Any:
        """Any other operator."""
        raise TypeError(
            f"{self!r}: of Tensors there are a + b, a - b and a * b. For numbers and other "
            "functions use layers, or compute them in the data."
        )

    __rsub__ = __rmul__ = __truediv__ = __rtruediv__ = __pow__ = __neg__ = __abs__ = refused
    __matmul__ = __rmatmul__ = __lt__ = __le__ = __gt__ = __ge__ = __int__ = refused


class Call:
    """One call of a layer: `inputs` and `outputs` are Tensors, in order."""

    def __init__(
        self, layer: Any, inputs: Sequence[Tensor], shapes: Sequence[Shape], dtype: str
    ) -> None:
        self.layer = layer
        self.inputs = tuple(inputs)
        self.outputs = tuple(Tensor(s, dtype, self, k) for k, s in enumerate(shapes))
        self.outputs[0].masked = is_masked(layer, self.inputs)
        self.number = len(layer.calls)  # among all calls of the layer
        layer.calls.append(self)

    def reads(self, tensors: Sequence[Tensor]) -> bool:
        """Whether these are its inputs."""
        return [id(one) for one in self.inputs] == [id(one) for one in tensors]


def is_masked(layer: Any, inputs: Sequence[Tensor]) -> bool:
    """Whether a layer's output has a mask; see `mask_order` for the rules."""
    rule, masked = getattr(layer, "mask_rule", ""), [x.masked for x in inputs]
    if rule == "of all" and any(masked):
        automatic_name("Concatenate")  # which Keras gives to an operation of the mask
    return bool(
        rule == "makes"
        or (rule == "passes" and masked[0])
        or (rule == "of sequences" and masked[0] and layer.return_sequences)
        or (rule == "of queries" and masked[0])
        or (rule == "of any" and all(masked))
        or (rule == "of all" and any(masked))
    )
