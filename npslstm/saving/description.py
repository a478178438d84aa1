"""A model in words: Keras's JSON description of its layers and of what `compile` was given."""

from __future__ import annotations

import collections
from collections.abc import Callable, Mapping
from typing import Any

from .. import losses, metrics, optimizers
from ..files.reading import reason
from ..identifiers import serialize
from ..protocols import AnyModel
from .entries import MOST_LAYERS, entry, switched_on
from .settings import check_description

# ---- writing ----------------------------------------------------------------------------------


def describe(model: AnyModel) -> dict[str, Any]:
    """The model as Keras's config.json has it. Raises TypeError for objects without get_config."""
    layers = len(model.layers)
    if layers > MOST_LAYERS:
        raise ValueError(
            f"A file of a model holds at most {MOST_LAYERS:,} layers; this one has {layers:,}. "
            "Save its weights with save_weights, and keep the program that makes the model."
        )
    places = collections.Counter(
        id(one) for layer in model.layers for one in getattr(layer, "every_layer", ())
    )
    shared = next((one for one in model.every_layer if places[id(one)] > 1), None)
    if shared is not None:
        raise ValueError(
            f"Layer '{shared.name}' is in the model and in a model within it, which a file cannot "
            "say: it would become two layers. Save the weights with save_weights, and keep the "
            "program that makes the model."
        )
    description = serialize(model)
    shape = description["config"].get("build_input_shape")
    if shape is not None:
        description["build_config"] = {"input_shape": shape}
    if model.compiled is not None:
        description["compile_config"] = describe_compile(model.compiled)
    return description


def describe_compile(compiled: Any) -> dict[str, Any]:
    return {
        "optimizer": serialize(compiled.optimizer),
        "loss": serialize(compiled.loss_argument),
        "loss_weights": serialize(compiled.loss_weights),
        "metrics": serialize(compiled.metric_arguments) or None,
        "weighted_metrics": serialize(compiled.weighted_arguments) or None,
        "run_eagerly": False,
        "steps_per_execution": 1,
        "jit_compile": False,
    }


# ---- reading ----------------------------------------------------------------------------------


def compile_like(
    model: AnyModel, config: dict[str, Any] | None, custom: Mapping[str, Any] | None = None
) -> None:
    """Compile a model as its file says, if it says so. custom: the user's custom_objects, losses
    and metrics among them. Raises ValueError for unknown names."""
    custom = custom or {}
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
            loss=each_made(loss, losses.get, custom),
            loss_weights=config.get("loss_weights"),
            metrics=each_made(config.get("metrics"), metrics.get, custom),
            weighted_metrics=each_made(config.get("weighted_metrics"), metrics.get, custom),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(
            f"{reason(error)} The file was compiled with it: load_model(path, compile=False) reads "
            "the model without optimizer, loss and metrics."
        ) from error


def each_made(found: Any, get: Callable[[Any], Any], custom: Mapping[str, Any]) -> Any:
    """What `compile` takes, a list or a dict by output too, with objects for their descriptions."""
    if isinstance(found, (list, tuple)):
        return [each_made(one, get, custom) for one in found]
    if not isinstance(found, dict):
        return custom.get(found, found) if isinstance(found, str) else found
    if "class_name" not in found:
        return {name: each_made(one, get, custom) for name, one in found.items()}
    name, config = found["class_name"], found.get("config")
    if name == "function" and isinstance(config, str) and config in custom:
        return custom[config]
    if isinstance(name, str) and name in custom:
        kind = custom[name]
        return kind.from_config(config) if hasattr(kind, "from_config") else kind(**(config or {}))
    return get(found)
