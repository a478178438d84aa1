"""Pictures of a trace, one a file. Each is one call that returns a matplotlib Figure.

They are drawn in shades of grey, and lines differ in their dashes, so that they can be printed.
Save one with figure.savefig("picture.png"). matplotlib is needed.
"""

from .difference import plot_difference
from .gates import plot_gates
from .saturation import plot_saturation, saturation
from .states import plot_states
from .unit import plot_unit
from .weights import plot_weights

__all__ = [
    "plot_difference", "plot_gates", "plot_saturation", "plot_states", "plot_unit", "plot_weights",
    "saturation",
]  # fmt: skip
