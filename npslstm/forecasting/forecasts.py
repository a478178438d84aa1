"""Forecasts beyond the data: recursive, one value at a time, or direct, all of them at once.

A stateless model sees the last look_back values. A stateful one begins with zero states, sees every
window of the history in order, and so warms up; after the call its states are as before.
Models are npslstm's or Keras's. Terms: S. Ben Taieb et al., A review and comparison of strategies
for multi-step ahead time series forecasting, 2012, https://doi.org/10.1016/j.eswa.2012.01.039
(whose name for a direct forecast by one model is MIMO).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .checks import as_count, as_model, as_series, check_scaler
from .framing import check_target, windows
from .states import fresh_states, is_stateful

MOST_STEPS = 1_000_000


def recursive_forecast(
    model: Any, history: Any, steps: int, *, look_back: int | None = None, scaler: Any = None
) -> np.ndarray:
    """The next `steps` values, each forecast from those before it, forecasts included.

    model: takes (samples, look_back, features) and gives the next value of every feature,
    (samples, features). history: (values,) or (values, features), oldest first, at least look_back
    of them. look_back: needed only if the model takes any number of time steps. scaler: with
    transform and inverse_transform, fitted on the training data, as scikit-learn has them; history
    and forecast are then in the units of the data, and only the model sees scaled values.

    Returns (steps,) or (steps, features), like history. Errors add up from step to step.
    Raises ValueError if the history is too short or does not fit the model.
    """
    as_model(model)
    given = as_series(history, "history")
    steps = as_count(steps, "steps")
    if steps > MOST_STEPS:
        raise ValueError(
            f"steps={steps}: a recursive forecast takes one prediction a step, and at most "
            f"{MOST_STEPS:,} here; its errors have long added up by then. Write fewer steps."
        )
    past = scaled(scaler, given)
    look_back = window_length(model, past, look_back)
    window, forecasts = past[-look_back:], []
    with fresh_states(model):
        warm_up(model, past, look_back)
        for _ in range(steps):
            value = next_value(model, window)
            forecasts.append(value)
            window = np.concatenate([window[1:], value[None]])
    forecast = unscaled(scaler, np.array(forecasts))
    return forecast.reshape(steps, *given.shape[1:])


def direct_forecast(
    model: Any,
    history: Any,
    *,
    look_back: int | None = None,
    scaler: Any = None,
    target: int | None = None,
) -> np.ndarray:
    """The next values, as many as the model forecasts at once.

    model: takes (samples, look_back, features) and gives (samples, horizon) for one feature or
    (samples, horizon, features) for all. target: which of several features it forecasts, as for
    `windows`. history, look_back, scaler: as for `recursive_forecast`; the scaler is the one of all
    features, also with a target.

    Returns (horizon,), or (horizon, features) if the history has that axis and no target is given.
    Raises ValueError if the history is too short or does not fit the model.
    """
    as_model(model)
    given = as_series(history, "history")
    past = scaled(scaler, given)
    features = past.shape[1]
    look_back = window_length(model, past, look_back)
    with fresh_states(model):
        warm_up(model, past, look_back)
        output = predict(model, past[None, -look_back:])[0]
    output = output.reshape(len(output), -1)  # (horizon, features forecast)
    check_output(output, features, target)
    if target is None:
        return unscaled(scaler, output).reshape(len(output), *given.shape[1:])
    # A scaler knows only whole rows: the other features are filled up with anything.
    rows = np.zeros((len(output), features), output.dtype)
    rows[:, target] = output[:, 0]
    return unscaled(scaler, rows)[:, target]


# ---- the model ---------------------------------------------------------------------------------


def predict(model: Any, x: np.ndarray) -> np.ndarray:
    return np.asarray(model.predict(x, batch_size=1, verbose=0))


def warm_up(model: Any, past: np.ndarray, look_back: int) -> None:
    """Show a stateful model every window but the last, in order."""
    if is_stateful(model) and len(past) > look_back:
        earlier, _ = windows(past, look_back)
        predict(model, earlier)


def next_value(model: Any, window: np.ndarray) -> np.ndarray:
    """The value (features,) that the model expects after a window (look_back, features)."""
    output = predict(model, window[None])
    features = window.shape[1]
    if output.size != features:
        raise ValueError(
            f"A recursive forecast feeds outputs back as inputs, so a model of {features} features "
            f"must give one value for each, (samples, {features}); its output has shape "
            f"{('samples', *output.shape[1:])}. For a model with `horizon` outputs write "
            "direct_forecast(model, history)."
        )
    return output.reshape(features)


def window_length(model: Any, past: np.ndarray, look_back: int | None) -> int:
    """How many values the model takes. Raises ValueError if the history does not fit it."""
    if getattr(model, "input_shape", None) is None:
        raise ValueError(
            "model has not been built, so it does not say what it takes: train it first, or begin "
            "it with Input((time_steps, features))."
        )
    samples, steps, features = three_axes(model.input_shape)
    if steps is None and look_back is None:
        raise ValueError("The model takes any number of time steps: say how many, look_back=...")
    length = as_count(steps if look_back is None else look_back, "look_back")
    if steps not in (None, length):
        raise ValueError(f"The model takes {steps} time steps; received look_back={length}.")
    if features not in (None, past.shape[1]):
        raise ValueError(
            f"The model takes {features} features; the history has {past.shape[1]}, its shape "
            "being (values,) or (values, features)."
        )
    if len(past) < length:
        raise ValueError(
            f"The model takes {length} values to forecast the next; the history has {len(past)}."
        )
    if samples not in (None, 1):
        raise ValueError(
            f"The model takes batches of {samples} samples; a forecast continues one series. Build "
            "the model with batch size 1 once more and give it set_weights(model.get_weights())."
        )
    return length


def three_axes(shape: Any) -> Any:
    if len(shape) != 3:
        raise ValueError(
            "Forecasts are for models that take (samples, time steps, features); this one takes "
            f"inputs of shape {shape}."
        )
    return shape


def check_output(output: np.ndarray, features: int, target: int | None) -> None:
    """Raise ValueError unless the output (horizon, ...) has all features, or the target alone."""
    if target is not None:
        check_target(target, features)
    expected = features if target is None else 1
    if output.shape[1] != expected:
        raise ValueError(
            f"The model forecasts {output.shape[1]} of the {features} features, as its output "
            f"(samples, horizon, features) says; expected were {expected}. target=... names the "
            "feature that a model forecasts alone; without it, it forecasts all."
        )


# ---- units -------------------------------------------------------------------------------------


def scaled(scaler: Any, series: np.ndarray) -> np.ndarray:
    """A series as the model sees it, floats (values, features)."""
    check_scaler(scaler)
    table = series.reshape(len(series), -1)
    table = table.astype(np.result_type(table, np.float32))
    return table if scaler is None else np.asarray(scaler.transform(table))


def unscaled(scaler: Any, table: np.ndarray) -> np.ndarray:
    """What the model says, (values, features), in the units of the data."""
    return table if scaler is None else np.asarray(scaler.inverse_transform(table))
