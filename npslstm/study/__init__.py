"""Study: see, change, question and watch what happens inside the gates of a trained model.

See with `trace`, `explain` and the pictures; change with `intervene` and `ablate`; question with
`reach`, `gradient_flow`, `check_gradients` and `verify`; watch training with `GateRecorder`.
"""

from .change.ablation import ablate
from .change.interventions import intervene, scale, transplant
from .models import lstm_layer, lstm_layers
from .question.checks import check_gradients
from .question.flow import gradient_flow
from .question.invariances import verify
from .question.reach import reach
from .see.explanation import Explanation, explain
from .see.pictures import (
    plot_difference,
    plot_gates,
    plot_saturation,
    plot_states,
    plot_unit,
    plot_weights,
    saturation,
)
from .see.trace import trace
from .see.traces import Trace
from .watch.recorder import GateRecorder

__all__ = [
    "Explanation", "GateRecorder", "Trace", "ablate", "check_gradients", "explain", "gradient_flow",
    "intervene", "lstm_layer", "lstm_layers", "plot_difference", "plot_gates", "plot_saturation",
    "plot_states", "plot_unit", "plot_weights", "reach", "saturation", "scale", "trace",
    "transplant", "verify",
]  # fmt: skip
