"""The arguments of `compile`, output by output: lists in order, dicts by name, one for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..arguments import real_number
from ..forms import quoted
from .arguments import received


def by_output(given: dict[str, Any], outputs: Sequence[str], what: str) -> list[Any]:
    """The entries of a dict by output name. Raises ValueError for other names."""
    unknown = [name for name in given if name not in outputs]
    if unknown:
        raise ValueError(
            f"{what} names {quoted(unknown)}; the outputs of the model are {quoted(outputs)}."
        )
    return [given.get(name) for name in outputs]


def losses_of(loss: Any, outputs: Sequence[str]) -> list[Any]:
    """The loss of each output."""
    if isinstance(loss, dict) and "class_name" not in loss:
        found = by_output(loss, outputs, "loss")
        missing = [name for name in outputs if name not in loss]
        if missing:
            raise ValueError(
                f"loss has none for {quoted(missing)}. Write loss={{{missing[0]!r}: None, ...}} "
                "for an output that has no targets."
            )
        return found
    if not isinstance(loss, (list, tuple)):
        return [loss] * len(outputs)
    if len(loss) != len(outputs):
        raise ValueError(
            f"loss is a list of {len(loss)} for a model of {len(outputs)} outputs "
            f"({quoted(outputs)}): give one loss for each, None where there are no targets."
        )
    return list(loss)


def factors_of(loss_weights: Any, outputs: Sequence[str]) -> list[float | None]:
    """What each output's loss counts for."""
    if loss_weights is None:
        return [None] * len(outputs)
    given = loss_weights
    if isinstance(given, dict):
        missing = [name for name in outputs if name not in given]
        given = by_output(given, outputs, "loss_weights")
        if missing:
            raise ValueError(
                f"loss_weights has none for {quoted(missing)}: give a number for each of the "
                f"outputs {quoted(outputs)}, 1.0 for what counts as it is."
            )
    elif not isinstance(given, (list, tuple)):
        given = [given]
    if len(given) != len(outputs):
        raise ValueError(
            f"loss_weights: give a number for each of the {len(outputs)} outputs "
            f"({quoted(outputs)}), as a list or a dict by name; {received(loss_weights)}."
        )
    return [None if f is None else real_number(f, "loss_weights", "compile") for f in given]


def metrics_of(metrics: Any, outputs: Sequence[str], what: str) -> list[list[Any]]:
    """The metrics of each output, as lists."""
    if metrics is None:
        return [[] for _ in outputs]
    if isinstance(metrics, dict):
        return [as_list(one) for one in by_output(metrics, outputs, what)]
    if not isinstance(metrics, (list, tuple)):
        raise ValueError(
            f"{what} is a list, for example {what}=['accuracy']; {received(metrics)}."
        )
    if len(outputs) == 1:
        return [[m for one in metrics for m in (one if isinstance(one, (list, tuple)) else [one])]]
    if metrics and len(metrics) != len(outputs):
        raise ValueError(
            f"{what} is a list of {len(metrics)} for a model of {len(outputs)} outputs "
            f"({quoted(outputs)}): give an entry for each, itself a metric or a list of metrics, "
            f"or a dict by name, {what}={{{outputs[0]!r}: ['mae']}}."
        )
    return [as_list(one) for one in metrics] or [[] for _ in outputs]


def as_list(given: Any) -> list[Any]:
    if given is None:
        return []
    return list(given) if isinstance(given, (list, tuple)) else [given]
