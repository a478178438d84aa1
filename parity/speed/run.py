"""The benchmark: every subject on every contestant, one after the other, round after round."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from . import busy, company, growth, processes, scaling
from .contestants import CONTESTANTS, ENGINE, PEERS, Contestant, left_out
from .conversation import Conversation, Failed, conversations
from .machine import ran_on
from .results import Results
from .timing import median
from .workloads import PREDICTION, TRAINING, Workload

FIT_CALL = TRAINING["airline"]
GROWTH_ROUNDS = 3
SUBJECTS = (
    *TRAINING, *PREDICTION, "fit_call", "busy", "scaling", "company", "start", "tutorials", "growth"
)  # fmt: skip


class Effort(NamedTuple):
    """How long to measure: rounds, seconds a time, epochs of whole programs (None: their own), and
    after how many batches an epoch ends (None: after all)."""

    rounds: int = 7
    seconds: float = 0.2
    epochs: int | None = None
    batches: int | None = None


THOROUGH, QUICK = Effort(), Effort(rounds=1)


def run(
    subjects: Sequence[str] = SUBJECTS,
    effort: Effort = THOROUGH,
    tell: Callable[[str], None] = print,
    others: Sequence[Contestant] = (),
) -> Results:
    """Peers that are not installed, and what a contestant fails to do, become remarks. `others`
    are timed besides."""
    present = [ENGINE, *others, *(c for c in PEERS if not c.missing)]
    with conversations(present) as partners:
        benchmark = Benchmark(partners, effort, tell)
        for number in range(effort.rounds):
            for subject in subjects:
                tell(f"round {number + 1} of {effort.rounds}: {subject} ...")
                benchmark.contest(subject)
                if number < processes.PROCESS_ROUNDS:
                    benchmark.whole_processes(subject)
            benchmark.measure_rate()
        for subject in subjects:
            tell(f"npslstm from inside: {subject} ...")
            benchmark.look_inside(subject)
    return benchmark.results


class Benchmark:
    def __init__(
        self, partners: dict[str, Conversation], effort: Effort, tell: Callable[[str], None]
    ) -> None:
        self.partners = partners
        self.engine = partners[ENGINE.key]
        self.effort = effort
        self.tell = tell
        self.results = Results(ran_on(), remarks=left_out())

    def attempt(self, action: Callable[..., Any], *arguments: Any) -> list[Any]:
        """What an action gives, or nothing: then its failure is a remark."""
        try:
            return [action(*arguments)]
        except Failed as failure:
            if str(failure) not in self.results.remarks:
                self.results.remarks.append(str(failure))
            return []

    def measure_rate(self) -> None:
        """The machine's best, in whichever round it was least disturbed."""
        rate = self.engine.ask("gigaflops")
        self.results.gigaflops = max(rate, self.results.gigaflops)

    def short(self, workload: Workload) -> Workload:
        return workload.shortened(self.effort.batches) if self.effort.batches else workload

    # ---- against each other ----------------------------------------------------------------------

    def contest(self, subject: str) -> None:
        """A time of each contestant."""
        if subject in TRAINING:
            ask, workload = "train", TRAINING[subject]
        elif subject in PREDICTION:
            ask, workload = "predict", PREDICTION[subject]
        elif subject == "fit_call":
            ask, workload = "fit_call", FIT_CALL
        else:
            return
        asked = ask, self.short(workload), self.effort.seconds
        for key, partner in self.partners.items():
            if ask in partner.contestant.asks:
                for value in self.attempt(partner.ask, *asked):
                    self.results.add(subject, key, "us", value)

    # ---- whole processes -------------------------------------------------------------------------

    def whole_processes(self, subject: str) -> None:
        if subject == "start":
            for partner in self.partners.values():
                self.time_import(partner.contestant)
            self.weigh_model(ENGINE)
            self.time_airline(ENGINE, "process")
            self.time_airline(ENGINE, "process_cold", cold=True)
            if "keras_tf" in self.partners:  # it keeps nothing compiled: each start is a cold one
                self.weigh_model(CONTESTANTS["keras_tf"])
                self.time_airline(CONTESTANTS["keras_tf"], "process", "process_cold")
        if subject == "tutorials":
            processes.warm_up(ENGINE, processes.TUTORIALS)
            asked = ENGINE, processes.TUTORIALS, self.effort.epochs
            for done in self.attempt(processes.program, *asked):
                helpers = done["helpers"] + sum(done["drawing"].values())
                self.results.add(subject, ENGINE.key, "s", done["seconds"] - helpers)
                self.results.add("tutorials_helpers", ENGINE.key, "s", helpers)

    def time_import(self, contestant: Contestant) -> None:
        for seconds in self.attempt(processes.import_seconds, contestant):
            self.results.add("import", contestant.key, "s", seconds)

    def time_airline(self, contestant: Contestant, *subjects: str, cold: bool = False) -> None:
        """The airline program as a process, without the imports of its helpers; its memory."""
        processes.warm_up(contestant, processes.AIRLINE)
        asked = contestant, processes.AIRLINE, self.effort.epochs, cold
        for done in self.attempt(processes.program, *asked):
            for subject in subjects:
                seconds = done["seconds"] - done["helpers"]
                self.results.add(subject, contestant.key, "s", seconds)
            peaks = {"peak_cold" if cold else "peak": done["peak"]}
            if not cold:
                peaks["helpers_peak"] = done["helpers_peak"]
            for subject, peak in peaks.items():
                if peak is not None:
                    self.results.add(subject, contestant.key, "MB", peak)

    def weigh_model(self, contestant: Contestant) -> None:
        """The peak memory of a process that trains the airline program's model and nothing else."""
        for done in self.attempt(processes.program, contestant, (), self.effort.epochs):
            if done["peak"] is not None:
                self.results.add("model_peak", contestant.key, "MB", done["peak"])

    # ---- npslstm alone ---------------------------------------------------------------------------

    def look_inside(self, subject: str) -> None:
        """Where the time of a training goes, and its memory; how time grows."""
        if subject in TRAINING:
            workload = self.short(TRAINING[subject])
            for shares in self.attempt(self.engine.ask, "shares", workload, self.effort.seconds):
                self.results.shares[subject] = shares
            for steady in self.attempt(self.engine.ask, "steady", workload):
                self.results.steady[subject] = steady
        if subject == "busy":
            self.results.busy = busy.measure(self.effort.rounds, self.effort.seconds, self.tell)
        if subject == "scaling":
            self.results.scaling = scaling.measure(
                self.effort.rounds, self.effort.seconds, self.tell
            )
        if subject == "company":
            for name, workload in company.WORKLOADS.items():
                for times in self.attempt(
                    self.engine.ask, "company", workload, self.effort.seconds
                ):
                    self.results.company[name] = times
        if subject == "growth":
            for sweep in growth.SWEEPS:
                self.tell(f"growth with the {sweep.name} ...")
                self.results.growth += self.attempt(self.grow, sweep)

    def grow(self, sweep: growth.Sweep) -> growth.Growth:
        """Medians of a few rounds."""
        shorter = self.effort.rounds == 1
        rounds = [
            [
                sweep.time(workload, self.engine.ask("train", workload, self.effort.seconds))
                for workload in sweep.workloads(shorter)
            ]
            for _ in range(min(self.effort.rounds, GROWTH_ROUNDS))
        ]
        times = [median(of_size) for of_size in zip(*rounds, strict=True)]
        return growth.Growth(sweep.name, sweep.expected, list(sweep.shown(shorter)), times)
