"""Study from the command line: python -m npslstm.study trace, plot, check.

    python -m npslstm.study trace model.keras data.npy -o trace.npz
    python -m npslstm.study plot trace.npz -o picture.png --kind unit --unit 3
    python -m npslstm.study plot trace.npz -o picture.png --kind difference --sample 0 --other 1
    python -m npslstm.study check model.keras data.npy targets.npy

model.keras is a file of npslstm or of Keras; data.npy an array (samples, time steps, features) and
targets.npy one for each sample, as np.save writes them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..files.arrays import read_npy
from ..files.writing import replacing
from ..models import load_model
from .question.checks import check_gradients
from .question.invariances import verify
from .see.pictures import (
    plot_difference,
    plot_gates,
    plot_saturation,
    plot_states,
    plot_unit,
    plot_weights,
)
from .see.trace import trace
from .see.traces import Trace

# Each kind of picture, from a trace, a layer and the options of the command line.
KINDS: dict[str, Callable[[Trace, Any, argparse.Namespace], Any]] = {
    "gates": lambda t, layer, o: plot_gates(t, o.sample, layer, o.labels),
    "unit": lambda t, layer, o: plot_unit(t, unit_of(t, layer, o.unit), o.sample, layer, o.labels),
    "saturation": lambda t, layer, _: plot_saturation(t, layer),
    "weights": lambda t, layer, _: plot_weights(t, layer),
    "states": lambda t, layer, o: plot_states(t, layer, o.labels),
    "difference": lambda t, layer, o: plot_difference(t, (o.sample, o.other), layer, o.labels),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns 0, or 1 if a check fails; other mistakes end with a message."""
    options = parser().parse_args(arguments)
    try:
        return options.run(options)
    except (ValueError, OSError, ImportError) as error:
        print(f"npslstm.study: {error}", file=sys.stderr)
        return 2


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    found = argparse.ArgumentParser("python -m npslstm.study", description=__doc__)
    found.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = found.add_subparsers(required=True, metavar="trace, plot or check")

    one = commands.add_parser("trace", help="keep what the gates do on data")
    one.add_argument("model", help="a .keras file")
    one.add_argument("data", help="an .npy file (samples, time steps, features)")
    one.add_argument("-o", "--output", required=True, help="the .npz file to write")
    one.add_argument("--layer", help="an LSTM by name or position; by default all")
    one.add_argument("--samples", type=numbers, help="such as 0,3 or 0:10; by default all")
    one.add_argument("--steps", type=numbers, help="likewise")
    one.add_argument("--units", type=numbers, help="likewise")
    one.add_argument("--batch-size", type=int, help="as for predict; by default 32")
    one.set_defaults(run=run_trace)

    two = commands.add_parser("plot", help="draw a trace")
    two.add_argument("trace", help="the .npz file of the command trace")
    two.add_argument("-o", "--output", required=True, help="the picture to write: png, pdf, svg")
    two.add_argument("--kind", choices=KINDS, default="gates", help="by default gates")
    two.add_argument("--layer", help="an LSTM by name or position; by default the first")
    two.add_argument("--sample", type=int, default=0, help="which one; by default 0")
    two.add_argument("--other", type=int, default=1, help="a difference's other sample; 1")
    two.add_argument("--unit", type=int, help="which one; by default the first that was kept")
    two.add_argument("--labels", type=labels, help="letters, or words between commas: one a step")
    two.set_defaults(run=run_plot)

    three = commands.add_parser("check", help="check gradients and what holds for any LSTM")
    three.add_argument("model", help="a .keras file that was saved compiled")
    three.add_argument("data", help="an .npy file (samples, time steps, features)")
    three.add_argument("targets", help="an .npy file with what fit takes as y")
    three.add_argument("--samples", type=int, default=4, help="how many to use, 4 by default")
    three.add_argument("--fast", action="store_true", help="gradients along random directions")
    three.set_defaults(run=run_check)
    return found


# ---- the commands -----------------------------------------------------------------------------


def run_trace(options: argparse.Namespace) -> int:
    model, data = load_model(options.model, compile=False), array(options.data)
    found = trace(
        model, data, layer_of(options.layer), options.samples, options.steps, options.units,
        options.batch_size,
    )  # fmt: skip
    found.save(options.output)
    print(f"{found!r}\nWritten: {options.output}")
    return 0


def run_plot(options: argparse.Namespace) -> int:
    if options.unit is not None and options.kind != "unit":
        raise ValueError("--unit is for --kind unit; the other pictures show all units.")
    picture = KINDS[options.kind](Trace.load(options.trace), layer_of(options.layer), options)
    path = Path(options.output)
    with replacing(path) as file:
        picture.savefig(file, dpi=150, format=path.suffix[1:] or None)
    print(f"Written: {options.output}")
    return 0


def run_check(options: argparse.Namespace) -> int:
    model = load_model(options.model)
    count = model.state_batch_size or options.samples
    x, y = (array(path)[:count] for path in (options.data, options.targets))
    gradients = check_gradients(model, x, y, options.fast)
    print(gradients, end="\n\n")
    invariances = verify(model, x, show=True)
    return 0 if gradients and invariances else 1


# ---- reading arguments ------------------------------------------------------------------------


def array(path: str) -> np.ndarray:
    """An array of an .npy file. Raises ValueError if that is none, OSError if there is no file."""
    if Path(path).suffix != ".npy":
        raise ValueError(f"Data come in an .npy file, as np.save(path, x) writes it; got {path}.")
    return read_npy(Path(path))


def numbers(text: str) -> Any:
    """'0,3' as [0, 3] and '2:5' as slice(2, 5)."""
    try:
        if ":" in text:
            return slice(*(int(part) if part else None for part in text.split(":")))
        return [int(part) for part in text.split(",")]
    except ValueError:
        message = f"write numbers such as 0,3 or a range such as 2:5; received {text}"
        raise argparse.ArgumentTypeError(message) from None


def unit_of(trace: Trace, layer: int | str | None, unit: int | None) -> int:
    """The unit to draw: the first that the trace keeps if none is named."""
    return int(trace[layer].units[0]) if unit is None else unit


def labels(text: str) -> list[str]:
    """'a,b,c' and 'abc' as ['a', 'b', 'c']."""
    return text.split(",") if "," in text else list(text)


def layer_of(text: str | None) -> int | str | None:
    """A position or a name."""
    return int(text) if text is not None and text.lstrip("-").isdigit() else text


if __name__ == "__main__":
    sys.exit(main())
