"""What models say of themselves: their layers by name, a summary, files."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .arguments import shown, whole_number
from .forms import Form, as_made
from .graph import Plan
from .identifiers import unknown_arguments
from .layers.checks import Shape
from .model_arguments import alone_or_list
from .protocols import AnyModel
from .tensors import Tensor

if TYPE_CHECKING:
    Base = AnyModel  # with which it is mixed
else:
    Base = object


class Described(Base):
    """Mixed into models."""

    if TYPE_CHECKING:  # what Model brings
        name: str
        input_form: Form
        output_form: Form
        tensors: tuple[list[Tensor], list[Tensor]] | None

        @property
        def layers(self) -> list[Any]: ...
        @property
        def plan(self) -> Plan: ...

    @property
    def input_shapes(self) -> list[Shape]:
        """(samples, ..., features) of each input, None for any number."""
        return [self.plan.shapes[number] for number in self.plan.inputs]

    @property
    def input_shape(self) -> Any:
        """That of the only input, or a list."""
        return alone_or_list(self.input_shapes)

    @property
    def output_shape(self) -> Any:
        """(samples, ..., units) of the only output, or a list."""
        return alone_or_list([self.plan.shapes[number] for number in self.plan.outputs])

    @property
    def inputs(self) -> list[Tensor]:
        """The Tensors that it was made of; those of a copy or a loaded model are its own."""
        return self.own_tensors()[0]

    @property
    def outputs(self) -> list[Tensor]:
        return self.own_tensors()[1]

    def own_tensors(self) -> tuple[list[Tensor], list[Tensor]]:
        if self.tensors is None:
            raise AttributeError(f"Model '{self.name}' was not built, so it has no Tensors yet.")
        return self.tensors

    @property
    def input(self) -> Any:
        """The Tensors of the inputs, as the model was made of them."""
        return as_made(self.input_form, self.inputs)

    @property
    def output(self) -> Any:
        """The Tensors of the outputs, as the model was made of them."""
        return as_made(self.output_form, self.outputs)

    def get_layer(self, name: str | None = None, index: int | None = None) -> Any:
        """A layer by its name or its position. Raises ValueError, listing the names there are."""
        if name is not None and index is not None:
            raise ValueError("Give get_layer either a name or an index, not both.")
        if name is None and index is None:
            raise ValueError("Give get_layer a name or an index, as in model.get_layer(index=0).")
        if index is not None:
            index = whole_number(index, "index", "get_layer", -len(self.layers))
            if not -len(self.layers) <= index < len(self.layers):
                raise ValueError(
                    f"There is no layer of index={shown(index)}: the model has {len(self.layers)} "
                    "layers."
                )
            return self.layers[index]
        for layer in self.layers:
            if isinstance(name, str) and layer.name == name:
                return layer
        known = ", ".join(repr(layer.name) for layer in self.layers)
        raise ValueError(
            f"There is no layer of name={shown(name)}. The names of the layers: {known}."
        )

    def summary(
        self, line_length: int | None = None, positions: Any = None,
        print_fn: Callable[[str], Any] | None = None, expand_nested: bool = False,
        show_trainable: bool = False, layer_range: Any = None, **unknown: Any,
    ) -> None:  # fmt: skip
        """Print layers, shapes, numbers of weights and, for a graph, what each layer is connected
        to; see `utils.summary.summary`."""
        from .utils.summary import summary

        if unknown:
            raise ValueError(unknown_arguments(self.summary, unknown))
        summary(
            self, line_length, positions, print_fn, expand_nested, show_trainable, layer_range
        )

    def save(self, filepath: Any, overwrite: bool = True, zipped: Any = None) -> None:
        """Write the model to a `.keras` file: layers, weights, and what `compile` was given.

        Keras reads it, and `npslstm.models.load_model`. States of stateful layers are not kept.
        Raises ValueError for another ending and for zipped=False, which in Keras writes a folder,
        and FileExistsError with overwrite=False.
        """
        from . import saving

        saving.save_model(self, filepath, overwrite, zipped)

    def save_weights(self, filepath: Any, overwrite: bool = True) -> None:
        """Write weights and the optimizer's memory to a `.weights.h5` file."""
        from . import saving

        saving.save_weights(self, filepath, overwrite)

    def load_weights(self, filepath: Any, skip_mismatch: bool = False) -> None:
        """Take the weights of a `.weights.h5` or `.keras` file, written here or by Keras.

        Raises ValueError, changing nothing, if they do not fit; with skip_mismatch only warns and
        leaves those layers as they are. Raises FileNotFoundError.
        """
        from . import saving

        saving.load_weights(self, filepath, skip_mismatch)
