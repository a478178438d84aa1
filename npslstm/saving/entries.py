"""Entries of the objects that a description in a file consists of."""

from __future__ import annotations

from typing import Any

# What Keras writes for things that do not exist here, and the values that switch them off.
SWITCHED_OFF = {
    "quantization_config": None, "lora_rank": None, "lora_alpha": None,
    "renorm": False, "renorm_clipping": None, "renorm_momentum": 0.99,
    "use_ema": False, "ema_momentum": 0.99, "ema_overwrite_frequency": None,
    "rms_scaling": False, "loss_scale_factor": None, "gradient_accumulation_steps": None,
}  # fmt: skip
MOST_LAYERS = 1000  # of a model in a file
JSON: dict[Any, str] = {str: "a string", list: "a list", dict: "an object"}


def entry(config: Any, key: str, *kinds: type, **default: Any) -> Any:
    """An entry of an object in a file. Raises ValueError if it is missing or of another kind."""
    if not isinstance(config, dict):
        raise ValueError(f"an object with the key {key!r} is needed; here is {config!r}.")
    value = config.get(key, default.get("default"))
    if (default and value is None) or isinstance(value, kinds):
        return value
    wanted = " or ".join(JSON[kind] for kind in kinds)
    raise ValueError(f"the key {key!r} is needed with {wanted}; here is {value!r}.")


def switched_on(config: dict[str, Any]) -> dict[str, Any]:
    """The settings without those of Keras that are switched off."""
    return {k: v for k, v in config.items() if k not in SWITCHED_OFF or v != SWITCHED_OFF[k]}
