"""Study: see, question and change what happens inside the gates of a trained model.

See with `trace`, `explain` and the pictures; question with `reach`, `gradient_flow`, `ablate`,
`check_gradients` and `verify`; change with `intervene`; watch training with `GateRecorder`.
"""

from .ablation import ablate
from .checks import check_gradients
from .explanation import Explanation, explain
from .flow import gradient_flow
from .interventions import intervene, scale, transplant
from .invariances import verify
from .models import lstm_layer, lstm_layers
from .pictures import (
    plot_difference,
    plot_gates,
    plot_saturation,
    plot_states,
    plot_unit,
    plot_weights,
    saturation,
)
from .reach import reach
from .recorder import GateRecorder
from .trace import trace
from .traces import Trace

__all__ = [
    "Explanation", "GateRecorder", "Trace", "ablate", "check_gradients", "explain", "gradient_flow",
    "intervene", "lstm_layer", "lstm_layers", "plot_difference", "plot_gates", "plot_saturation",
    "plot_states", "plot_unit", "plot_weights", "reach", "saturation", "scale", "trace",
    "transplant", "verify",
]  # fmt: skip
