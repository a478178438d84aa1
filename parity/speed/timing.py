"""How a time is taken, and what is said of several: median, spread, ratio."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

MICROSECONDS = 1e6
WARM_UPS = 2  # the first compiles; JAX compiles once more when its results come back as arguments


def per_run(
    run: Callable[[int], None], seconds: float, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Microseconds of one of so many runs as fill `seconds`, which `run(n)` runs without a pause.

    The number is doubled until they do: a guess from a single run would take its overhead, or an
    interruption, for its length.
    """
    number = 1
    while True:
        start, begin = time.perf_counter(), clock()
        run(number)
        used, elapsed = clock() - begin, time.perf_counter() - start
        if elapsed >= 0.7 * seconds:
            return used / number * MICROSECONDS
        number = max(2 * number, int(number * min(100, 0.9 * seconds / max(elapsed, 1e-9))))


def in_loop(action: Callable[[], object]) -> Callable[[int], None]:
    """An action as a function that runs it n times."""

    def run(number: int) -> None:
        for _ in range(number):
            action()

    return run


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def spread(values: Sequence[float]) -> float:
    """The interquartile range as a share of the median; 0 for a single value."""
    if len(values) < 2:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return (high - low) / median(values)


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios round by round: what disturbs a round disturbs both of its sides."""
    return median([a / b for a, b in zip(ours, theirs, strict=True)])
