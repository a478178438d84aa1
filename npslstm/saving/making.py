"""Models made of their description in a file, before their weights are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .. import cells, layers
from ..files.reading import Reading
from ..layers.checks import Shape, checked_shape
from ..layers.input import InputLayer
from .entries import MOST_LAYERS, entry, switched_on
from .graphs import make_graph
from .settings import check_description, check_settings

CHAIN = "Sequential"
MODELS = (CHAIN, "Functional", "Model")
STATES = 1 << 24  # numbers that stateful layers of a model in any file may keep
LAYERS = {
    name: getattr(layers, name) for name in layers.__all__
    if name[0].isupper() and name not in ("Input", "Layer")
}  # fmt: skip


class Maker:
    """Makes the layers and models of a file.

    kinds: Sequential and Model. custom: the user's custom_objects. size: bytes of the weights in
    the file. Raises ValueError for a cell under another name than its own.
    """

    def __init__(
        self, kinds: tuple[type, type], custom: Mapping[str, Any], reading: Reading, size: int
    ) -> None:
        self.sequential, self.functional = kinds
        self.known = LAYERS | {k: v for k, v in custom.items() if not isinstance(v, cells.Cell)}
        self.reading = reading
        self.most_states = max(STATES, 4 * size)
        for key, value in custom.items():
            if isinstance(value, cells.Cell):
                if value.name != key:
                    raise ValueError(
                        f"custom_objects has under {key!r} the cell named {value.name!r}: files "
                        "know a cell by its own name."
                    )
                cells.register(value)

    # ---- models --------------------------------------------------------------------------------

    def model(self, description: Any) -> Any:
        """A new model. Raises ValueError if the description is of another kind, or of a model of
        absurd size."""
        kind = entry(description, "class_name", str)
        if kind not in MODELS:
            raise ValueError(
                f"The file holds a model of class {kind!r}; npslstm reads Sequential and "
                "functional models."
            )
        config = entry(description, "config", dict, list)
        if isinstance(config, list):  # as the first versions of Keras 3 wrote it
            config = {"layers": config}
        listed, name = entry(config, "layers", list), entry(config, "name", str, default=None)
        if len(listed) > MOST_LAYERS:
            raise ValueError(f"it has {len(listed):,} layers; at most {MOST_LAYERS:,} are read.")
        where = self.reading.part
        if kind == CHAIN:
            made = self.chain(description, config, name)
        else:
            make = self.each_of(samples_of(listed))
            made = make_graph(config, make, self.functional, name)
        self.reading.at(where)
        return made

    def each_of(self, samples: int) -> Callable[[Any], Any]:
        """A function that makes one layer after the other, and knows what their states take."""
        stack: list[Any] = []
        where = self.reading.part

        def make(description: Any) -> Any:
            self.reading.at(f"{where}, config.layers[{len(stack)}]")
            stack.append(self.layer_or_model(description))
            self.check_states(stack, samples)
            return stack[-1]

        return make

    def chain(self, description: Any, config: dict[str, Any], name: str | None) -> Any:
        where = self.reading.part
        make = self.each_of(0)
        stack = [make(one) for one in config["layers"]]
        self.reading.at(where)
        shape = build_shape(description, config, stack)
        self.check_states(stack, (shape or (None,))[0] or 0)
        model = self.sequential(stack, name=name)
        if shape is not None and not model.built and model.stacked:
            model.build(shape)
        return model

    def check_states(self, stack: list[Any], samples: int) -> None:
        """Raise ValueError if stateful layers would keep too many numbers between batches."""
        keepers = [one for layer in stack for one in getattr(layer, "state_keepers", ())]
        numbers = sum(2 * samples * keeper.units for keeper in keepers)
        if numbers > self.most_states:
            raise ValueError(
                f"stateful layers would keep {numbers:,} numbers for batches of {samples:,} "
                f"samples; a file of this size may ask for {self.most_states:,}."
            )

    # ---- layers --------------------------------------------------------------------------------

    def layer_or_model(self, description: Any) -> Any:
        if is_model(description):
            return self.model(description)
        check_description(description)
        return self.layer(description)

    def layer(self, description: Any) -> Any:
        """A new layer. Raises ValueError for a class or a setting that is not known."""
        name, config = entry(description, "class_name", str), entry(description, "config", dict)
        if name not in self.known:
            raise ValueError(
                f"The file has a layer of class {name!r}, which is not known here. Known are: "
                f"{', '.join(sorted(self.known))}. Give your own in "
                f"custom_objects={{{name!r}: its_class}}."
            )
        kind = self.known[name]
        if name in LAYERS and LAYERS[name] is kind:
            check_settings(kind, config)
        settings = {
            key: self.within(value) for key, value in switched_on(config).items()
        }
        return kind.from_config(settings) if hasattr(kind, "from_config") else kind(**settings)

    def within(self, value: Any) -> Any:
        """A setting, made a layer or a model if it describes one, as in a wrapper."""
        if is_model(value):
            return self.model(value)
        return self.layer(value) if is_layer(value) else value


def is_layer(value: Any) -> bool:
    return isinstance(value, dict) and value.get("module") == "keras.layers"


def is_model(value: Any) -> bool:
    return isinstance(value, dict) and value.get("class_name") in MODELS and "config" in value


def samples_of(listed: list[Any]) -> int:
    """The largest number of samples that the inputs of a graph declare; 0 if they declare none."""
    shapes = [
        (one.get("config") or {}).get("batch_shape") for one in listed
        if isinstance(one, dict) and isinstance(one.get("config"), dict)
    ]  # fmt: skip
    declared = [checked_shape(shape, "batch_shape")[0] for shape in shapes if shape is not None]
    return max((number or 0 for number in declared), default=0)


def build_shape(
    description: dict[str, Any], config: dict[str, Any], stack: list[Any]
) -> Shape | None:
    """The shape that the model was built for, (samples or None, ..., features), if it says so."""
    for layer in stack[:1]:
        declared = layer.batch_shape if isinstance(layer, InputLayer) else None
        declared = declared or getattr(layer, "declared_batch_shape", None)
        if declared is not None:
            return checked_shape(declared, "batch_shape")
    found = config.get("build_input_shape")
    if found is None:
        found = (entry(description, "build_config", dict, default=None) or {}).get("input_shape")
    return None if found is None else checked_shape(found, "input_shape")
