"""How fast the machine is, told by the peers: limits in seconds were set on a machine on which they
took these times. It tells what the limits would be here; they are judged as they are."""

from __future__ import annotations

from .results import Results

# Microseconds of a training step on two cores of that machine, in float32: Keras 3.15.1 on
# TensorFlow and on JAX, PyTorch 2.13, JAX by hand.
PEERS = ("keras_tf", "keras_jax", "pytorch", "jax_scan")
TIMES = {
    "lifecycle": (25_900, 436, 527, 4.5),
    "airline": (1_282, 122, 486, 1.1),
    "airline_stacked": (1_594, 147, 725, None),
    "memory": (6_670, 216, None, None),
    "alphabet": (1_383, 134, 497, 4.0),
    "alphabet_batch": (17_000, 463, 542, 13.8),
    "alphabet_variable": (775, 104, 517, 15.3),
    "mnist": (4_913, 2_533, 1_486, 2_277),
    "large": (90_100, 79_800, 55_400, 68_400),
}


def slowness(results: Results) -> float:
    """How many times as long as there the peers took in this run: the least of them all, as what
    slows a framework down need not slow down a compiled loop. 1 without peers, and never less."""
    found = [
        results.median(subject, peer) / there
        for subject, times in TIMES.items()
        for peer, there in zip(PEERS, times, strict=True)
        if there is not None and peer in results.values.get(subject, {})
    ]
    return max(1.0, min(found, default=1.0))
