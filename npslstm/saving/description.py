"""A model in words: Keras's JSON description of its layers and of what `compile` was given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import cells, layers, losses, metrics, optimizers
from ..files.reading import Reading, reason
from ..identifiers import serialize
from ..layers import Layer
from ..layers.checks import Shape, checked_shape
from ..layers.input import InputLayer
from .settings import check_description, check_settings

# What Keras writes for things that do not exist here, and the values that switch them off.
SWITCHED_OFF = {
    "quantization_config": None, "lora_rank": None, "lora_alpha": None,
    "renorm": False, "renorm_clipping": None, "renorm_momentum": 0.99,
    "use_ema": False, "ema_momentum": 0.99, "ema_overwrite_frequency": None,
    "loss_scale_factor": None, "gradient_accumulation_steps": None,
}  # fmt: skip
MOST_LAYERS = 1000  # of a model in a file
STATES = 1 << 24  # numbers that stateful layers of a model in any file may keep
JSON: dict[Any, str] = {str: "a string", list: "a list", dict: "an object"}
LAYERS = {name: getattr(layers, name) for name in layers.__all__ if name not in ("Input", "Layer")}


# ---- writing ----------------------------------------------------------------------------------


def describe(model: Any) -> dict[str, Any]:
    """The model as Keras's config.json has it. Raises TypeError for objects without get_config."""
    description = serialize(model)
    if model.built:
        shape = list(model.batch_shape)
        description["config"]["build_input_shape"] = shape
        description["build_config"] = {"input_shape": shape}
    if model.compiled is not None:
        description["compile_config"] = describe_compile(model.compiled)
    return description


def describe_compile(compiled: Any) -> dict[str, Any]:
    return {
        "optimizer": serialize(compiled.optimizer),
        "loss": serialize(compiled.loss_argument),
        "loss_weights": None,
        "metrics": serialize(compiled.metric_arguments) or None,
        "weighted_metrics": serialize(compiled.weighted_arguments) or None,
        "run_eagerly": False,
        "steps_per_execution": 1,
        "jit_compile": False,
    }


# ---- reading ----------------------------------------------------------------------------------


def make_model(
    kind: type, description: dict[str, Any], custom: Mapping[str, Any], reading: Reading, size: int
) -> Any:
    """A new model of class `kind`, whose weights have `size` bytes in the file.

    Raises ValueError if the description is of another kind, or of a model of absurd size.
    """
    known = LAYERS | {k: v for k, v in custom.items() if not isinstance(v, cells.Cell)}
    for key, value in custom.items():
        if isinstance(value, cells.Cell):
            if value.name != key:
                raise ValueError(
                    f"custom_objects has under {key!r} the cell named {value.name!r}: files know a "
                    "cell by its own name."
                )
            cells.register(value)
    found = description.get("class_name")
    if found != "Sequential":
        raise ValueError(
            f"The file holds a model of class {found!r}; npslstm has Sequential models only."
        )
    config = entry(description, "config", dict, list)
    if isinstance(config, list):  # as the first versions of Keras 3 wrote it
        config = {"layers": config}
    listed, name = entry(config, "layers", list), entry(config, "name", str, default=None)
    if len(listed) > MOST_LAYERS:
        raise ValueError(f"it has {len(listed):,} layers; at most {MOST_LAYERS:,} are read.")
    where, stack = reading.part, []
    for number, one in enumerate(listed):
        reading.at(f"{where}, config.layers[{number}]")
        check_description(one)
        stack.append(make_layer(one, known))
    reading.at(where)
    shape = build_shape(description, config, stack)
    check_states(stack, shape, max(STATES, 4 * size))
    model = kind(stack, name=name)
    if shape is not None and not model.built and model.layers:
        model.build(shape)
    return model


def entry(config: Any, key: str, *kinds: type, **default: Any) -> Any:
    """An entry of an object in a file. Raises ValueError if it is missing or of another kind."""
    if not isinstance(config, dict):
        raise ValueError(f"an object with the key {key!r} is needed; here is {config!r}.")
    value = config.get(key, default.get("default"))
    if (default and value is None) or isinstance(value, kinds):
        return value
    wanted = " or ".join(JSON[kind] for kind in kinds)
    raise ValueError(f"the key {key!r} is needed with {wanted}; here is {value!r}.")


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


def check_states(stack: list[Any], shape: Shape | None, most: int) -> None:
    """Raise ValueError if stateful layers would keep more than `most` numbers between batches."""
    samples = (shape or (None,))[0] or 0
    numbers = sum(
        2 * samples * keeper.units for layer in stack if isinstance(layer, Layer)
        for keeper in layer.state_keepers
    )  # fmt: skip
    if numbers > most:
        raise ValueError(
            f"stateful layers would keep {numbers:,} numbers for batches of {samples:,} samples; "
            f"a file of this size may ask for {most:,}."
        )


def make_layer(description: Any, known: Mapping[str, Any]) -> Any:
    """A new layer. Raises ValueError for a class or a setting that is not known."""
    name, config = entry(description, "class_name", str), entry(description, "config", dict)
    if name not in known:
        raise ValueError(
            f"The file has a layer of class {name!r}, which is not known here. Known are: "
            f"{', '.join(sorted(known))}. Give your own in custom_objects={{{name!r}: its_class}}."
        )
    kind = known[name]
    if name in LAYERS and LAYERS[name] is kind:
        check_settings(kind, config)
    settings = {
        key: make_layer(value, known) if is_layer(value) else value
        for key, value in switched_on(config).items()
    }
    return kind.from_config(settings) if hasattr(kind, "from_config") else kind(**settings)


def is_layer(value: Any) -> bool:
    """Whether a setting is itself the description of a layer, as in a wrapper."""
    return isinstance(value, dict) and value.get("module") == "keras.layers"


def switched_on(config: dict[str, Any]) -> dict[str, Any]:
    """The settings without those of Keras that are switched off."""
    return {k: v for k, v in config.items() if k not in SWITCHED_OFF or v != SWITCHED_OFF[k]}


def compile_like(model: Any, config: dict[str, Any] | None) -> None:
    """Compile a model as its file says, if it says so. Raises ValueError for unknown names."""
    if not config:
        return
    entry({"compile_config": config}, "compile_config", dict)
    try:
        check_description(config)
        optimizer = config.get("optimizer", "rmsprop")
        if isinstance(optimizer, dict):
            settings = switched_on(entry(optimizer, "config", dict))
            optimizer = optimizer | {"config": settings}
        loss = config.get("loss")
        if isinstance(loss, (list, tuple)) and len(loss) == 1:
            loss = loss[0]
        model.compile(
            optimizer=optimizers.get(optimizer),
            loss=losses.get(loss) if isinstance(loss, dict) else loss,
            loss_weights=config.get("loss_weights"),
            metrics=metrics_of(config.get("metrics")),
            weighted_metrics=metrics_of(config.get("weighted_metrics")),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(
            f"{reason(error)} The file was compiled with it: load_model(path, compile=False) reads "
            "the model without optimizer, loss and metrics."
        ) from error


def metrics_of(found: Any) -> Any:
    """A list of metrics in which descriptions have become objects."""
    if isinstance(found, (list, tuple)):
        return [metrics_of(one) for one in found]
    return metrics.get(found) if isinstance(found, dict) else found
