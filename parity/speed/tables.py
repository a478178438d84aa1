"""The results as tables of texts, which the terminal and the document show alike."""

from __future__ import annotations

import math
from typing import NamedTuple

from .busy import MOST_BUSY
from .busy import WORKLOAD as BUSY
from .company import ALREADY, SHARED
from .contestants import CONTESTANTS
from .growth import SWEEPS
from .processes import PROCESS_ROUNDS
from .reference import slowness
from .results import Results
from .scaling import CORES, THREADS
from .targets import judged
from .workloads import PREDICTION, TRAINING

TITLES = {
    "predict_one": "predict, one sample", "predict_stateful": "predict, a stateful step",
    "predict_mnist": "predict, 64 images", "fit_call": "fit call, beyond steps",
    "import": "import", "process": "airline process, warm", "process_cold": "airline process, cold",
    "model_peak": "airline model alone, warm, peak", "peak": "airline process, warm, peak",
    "helpers_peak": "of which helpers", "own_peak": "the same without helpers",
    "peak_cold": "airline process, cold, peak",
    "tutorials": "thirteen programs", "tutorials_helpers": "their helpers",
}  # fmt: skip
KINDS = ("GEMM", "gates", "optimizer", "other", "Python")


class Table(NamedTuple):
    title: str
    note: str
    head: list[str]
    rows: list[list[str]]


def tables(results: Results) -> list[Table]:
    """Those that have rows."""
    found = (
        times(results), verdicts(results), where(results), busy(results), scaling(results),
        company(results), growth(results),
    )  # fmt: skip
    return [table for table in found if table.rows]


def title(subject: str) -> str:
    return TITLES.get(subject, subject.replace("_", " "))


def figure(number: float) -> str:
    """Three digits that count: '0.35', '12.3', '1,282'."""
    if math.isnan(number):
        return "–"
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"


def times(results: Results) -> Table:
    note = (
        "Medians over the rounds. Training: microseconds of a step. ±: interquartile range as a "
        "share of the median. In brackets: npslstm's time as a share of the peer's, the median of "
        "the rounds' ratios. A fit call: of the airline model. Warm: with its kernels on disk; "
        "cold: they are compiled first. Helpers: pandas, scikit-learn and matplotlib, which "
        "programs import; a time of the airline process is without these imports, a peak is with "
        "them, and 'of which helpers' is the peak of a process that does no more than import "
        "them. The thirteen programs: all of the tutorials' but mnist, with their own epochs, in "
        "one process; importing helpers and drawing pictures is not in their time, but in the row "
        f"below. Of whole processes there are at most {PROCESS_ROUNDS} rounds."
    )
    keys = results.contestants
    head = ["", "unit", *(CONTESTANTS[key].title for key in keys)]
    rows = []
    for subject, of in results.values.items():
        cells = [cell(results, subject, key) if key in of else "–" for key in keys]
        rows.append([title(subject), results.units[subject], *cells])
    return Table("Times", note, head, rows)


def cell(results: Results, subject: str, key: str) -> str:
    """'1,282 ±3% (0.0011)'; no spread of a single round, no ratio of npslstm to itself."""
    parts = [figure(results.median(subject, key))]
    if len(results.values[subject][key]) > 1:
        parts.append(f"±{results.spread(subject, key):.0%}")
    share = results.ratio(subject, key)
    if key != "npslstm" and not math.isnan(share):
        parts.append(f"({share:.2g})")
    return " ".join(parts)


def verdicts(results: Results) -> Table:
    note = "Above 1 the target is missed. "
    if (factor := slowness(results)) > 1:
        note += (
            "Limits in seconds and microseconds were set on a machine on which the peers took the "
            "times of `parity/speed/reference.py`. In this run each of them took "
            f"{factor:.2f} times as long or longer; what the limits would be here stands in "
            "brackets and decides nothing. "
        )
    note += (
        "The airline process's memory is judged as it is, of which its helpers alone may be more "
        "than the limit (see the table of times), and without them (and NumPy, which comes with "
        "them), as its start is; the model alone runs without them. All are judged warm: cold, "
        "Numba is in memory as well."
    )
    head = ["", "to reach", "measured", "share of it", "verdict"]
    rows = [
        [title(v.subject), v.target, v.measured, figure(v.share), v.verdict]
        for v in judged(results)
    ]
    return Table("Targets", note, head, rows)


def where(results: Results) -> Table:
    note = (
        "Shares of a training step's processor time. GEMM: the products alone; gates: the rest of "
        "the LSTM; other: Dense, loss, metrics, normalisation, data; Python: what fit takes beyond "
        "the compiled operations, which is most where each epoch is a fit of its own (memory, "
        "airline stacked). Each is measured by itself, and once: what is left for a kind may come "
        "out as 0. At once: processor time / time, of this measurement. Bound: "
        f"the products' operations at {figure(results.gigaflops)} GFLOP/s plus a copy of as many "
        "bytes as must move, both measured in this run. Steady: the most that 100 steps allocate, "
        "in bytes."
    )
    head = ["", "us", *KINDS, "at once", "bound, us", "step/bound", "steady"]
    rows = []
    for name, of in results.shares.items():
        whole = sum(of[kind] for kind in KINDS)
        step, bound = results.median(name), results.bound(name)
        rows.append([
            title(name), figure(step), *(f"{of[kind] / whole:.0%}" for kind in KINDS),
            f"{of['cpu'] / of['wall']:.1f}", figure(bound), figure(step / bound),
            figure(results.steady.get(name, math.nan)),
        ])  # fmt: skip
    return Table("Where the time goes", note, head, rows)


def busy(results: Results) -> Table:
    note = (
        f"A training step of {BUSY.name} beside processes that do nothing but compute, in "
        "microseconds: medians over the rounds, in each of which both are asked in turn. Share: of "
        f"the time of one thread, the median of the rounds' ratios; at most {MOST_BUSY:g} is "
        "wanted under any load."
    )
    head = ["busy processes", "one thread", "as many as cores", "share"]
    rows = [
        [str(row.processes), figure(row.one), figure(row.all), f"{row.share:.2f}"]
        for row in results.busy
    ]
    return Table("Beside busy processes", note, head, rows)


def scaling(results: Results) -> Table:
    cores = results.ran_on.get("cores", "some")
    note = (
        f"A training step in microseconds with so many threads, measured on {cores} cores: more "
        "threads than cores show that nobody waits for ever; all give the same bits. In brackets: "
        "what a machine of more cores is expected to need, which is not measured but follows from "
        "a model of the cost: the parts of a batch, equally long, are done in as many rounds as "
        "it takes, and the rest by one thread; how long parts and rest are follows from the times "
        "with one thread and with two. How many parts there are depends on the shapes alone."
    )
    head = ["", "parts", *(f"{n} threads" for n in THREADS), *(f"({c} cores)" for c in CORES)]
    head[2] = "1 thread"
    rows = [
        [
            f"{row.workload.name}, {row.workload.text}", str(row.parts),
            *(figure(row.measured[n]) for n in THREADS),
            *(f"({figure(row.expected[c])})" for c in CORES),
        ]
        for row in results.scaling
    ]  # fmt: skip
    return Table("With more threads", note, head, rows)


def company(results: Results) -> Table:
    note = (
        "Two Python threads that each call predict of one model, in microseconds for both calls: "
        "one after the other in one thread, and at the same time. A long sequence leaves a core "
        f"to the other thread ({SHARED:g} of the time, or less, is wanted); 64 images use both "
        f"cores already (at most {ALREADY:g})."
    )
    head = ["", "one after the other", "at the same time", "share"]
    rows = [
        [name, figure(of["in turn"]), figure(of["together"]), f"{of['share']:.2f}"]
        for name, of in results.company.items()
    ]
    return Table("Two threads with one model", note, head, rows)


def growth(results: Results) -> Table:
    note = (
        "Time of a training step, of an epoch where samples grow. Each in a model of its own: "
        f"{'; '.join(f'{s.name}, {s.base.text}' for s in SWEEPS)}. Exponent: p of time = a size^p, "
        "least squares through the logarithms of the larger half of the sizes. Steepest: the same "
        "between two neighbouring sizes; weights that no longer fit a cache show there."
    )
    head = ["with the", "sizes", "us", "exponent", "expected", "steepest"]
    rows = [
        [
            g.name, f"{g.sizes[0]:,.0f} to {g.sizes[-1]:,.0f}",
            f"{figure(g.times[0])} to {figure(g.times[-1])}", f"{g.exponent:.2f}",
            f"{g.expected:g}", g.steepest,
        ]
        for g in results.growth
    ]  # fmt: skip
    return Table("Growth", note, head, rows)


def workloads_of(results: Results) -> Table:
    """What the names stand for."""
    rows = []
    for name, w in (TRAINING | PREDICTION).items():
        if name in results.values:
            kept = ["stateful"] * w.stateful + ["normalised"] * w.normalized
            rows.append([title(name), w.text, w.loss.replace("_", " "), ", ".join(kept)])
    note = "B batch, T time steps, F features, H units."
    return Table("Workloads", note, ["", "sizes, optimizer", "loss", "also"], rows)
