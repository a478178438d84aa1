"""A model in words: Keras's JSON description of its layers and of what `compile` was given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import layers, losses, metrics, optimizers
from ..identifiers import serialize

# What Keras writes for things that do not exist here, and the values that switch them off.
SWITCHED_OFF = {
    "quantization_config": None, "lora_rank": None, "lora_alpha": None,
    "renorm": False, "renorm_clipping": None, "renorm_momentum": 0.99,
    "use_ema": False, "ema_momentum": 0.99, "ema_overwrite_frequency": None,
    "loss_scale_factor": None, "gradient_accumulation_steps": None,
}  # fmt: skip
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


def make_model(kind: type, description: dict[str, Any], custom: Mapping[str, Any]) -> Any:
    """A new model of class `kind`. Raises ValueError if the description is of another kind."""
    known = LAYERS | dict(custom)
    found = description.get("class_name")
    if found != "Sequential":
        raise ValueError(
            f"The file holds a model of class {found!r}; npslstm has Sequential models only."
        )
    config = description["config"]
    if isinstance(config, list):  # as the first versions of Keras 3 wrote it
        config = {"layers": config}
    stack = [make_layer(layer, known) for layer in config["layers"]]
    model = kind(stack, name=config.get("name"))
    shape = config.get("build_input_shape")
    if shape is None:
        shape = (description.get("build_config") or {}).get("input_shape")
    if shape is not None and not model.built and model.layers:
        model.build(tuple(shape))
    return model


def make_layer(description: dict[str, Any], known: Mapping[str, Any]) -> Any:
    """A new layer. Raises ValueError for a class or a setting that is not known."""
    name = description["class_name"]
    if name not in known:
        raise ValueError(
            f"The file has a layer of class {name!r}, which is not known here. Known are: "
            f"{', '.join(sorted(known))}. Give your own in custom_objects={{{name!r}: its_class}}."
        )
    kind = known[name]
    settings = {
        key: make_layer(value, known) if is_layer(value) else value
        for key, value in switched_on(description["config"]).items()
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
    try:
        optimizer = config.get("optimizer", "rmsprop")
        if isinstance(optimizer, dict):
            optimizer = optimizer | {"config": switched_on(optimizer["config"])}
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
    except ValueError as error:
        raise ValueError(
            f"{error} The file was compiled with it: load_model(path, compile=False) reads the "
            "model without optimizer, loss and metrics."
        ) from error


def metrics_of(found: Any) -> Any:
    """A list of metrics in which descriptions have become objects."""
    if isinstance(found, (list, tuple)):
        return [metrics_of(one) for one in found]
    return metrics.get(found) if isinstance(found, dict) else found
