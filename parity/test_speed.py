"""The benchmark runs, compares like with like, and reports what it finds. No time is asserted."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest

from parity import speed
from parity.speed import contestants, processes, reference, tables, targets, timing
from parity.speed.contestants import CONTESTANTS, ENGINE, PEERS, Contestant
from parity.speed.conversation import Conversation, Failed, conversations
from parity.speed.document import as_markdown, write_document
from parity.speed.growth import SWEEPS, Growth
from parity.speed.plot import write_plot
from parity.speed.results import Results, write_json
from parity.speed.run import SUBJECTS, Effort, run
from parity.speed.terminal import show
from parity.speed.workloads import PREDICTION, TRAINING

TINY = Effort(rounds=1, seconds=0.0, epochs=1, batches=2)
IMAGINARY = Contestant("imaginary", "Imaginary", "on_keras", "keras", ("no_such_framework",))


@pytest.fixture
def only(monkeypatch):
    """Leave only these contestants, beside npslstm."""

    def leave(*keys):
        monkeypatch.setattr("parity.speed.run.PEERS", tuple(CONTESTANTS[key] for key in keys))

    return leave


# ---- what runs -----------------------------------------------------------------------------------


@pytest.mark.benchmark
def test_every_workload_runs_for_a_round(only):
    only()
    results = run((*TRAINING, *PREDICTION, "fit_call"), TINY, lambda _: None)
    assert set(results.values) == {*TRAINING, *PREDICTION, "fit_call"}
    assert set(results.shares) == set(results.steady) == set(TRAINING)


@pytest.mark.benchmark
def test_the_engine_and_keras_are_asked_in_turn(only):
    only("keras_tf")
    told = []
    subjects = ("airline_stacked", "predict_one", "fit_call")
    results = run(subjects, TINY, told.append)
    assert [line for line in results.remarks if "left out" not in line] == []
    assert set(results.values) == set(subjects)
    for subject, of in results.values.items():
        assert set(of) == {"npslstm", "keras_tf"} and any(subject in line for line in told)
        assert all(math.isfinite(time) for times in of.values() for time in times)
    assert set(results.shares) == set(results.steady) == {"airline_stacked"}
    for name, shares in results.shares.items():
        assert all(shares[kind] >= 0 for kind in tables.KINDS)
        assert shares["GEMM"] > 0 and shares["gates"] + shares["optimizer"] > 0
        assert results.bound(name) > 0
    assert results.gigaflops > 0


@pytest.mark.benchmark
@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.key)
def test_all_contestants_do_the_same(peer):
    if peer.missing:
        pytest.skip(f"{peer.missing} not installed")
    names = ["lifecycle", "airline_stacked", "mnist"]
    asked = [("outputs", workload) for workload in PREDICTION.values()]
    if "train" in peer.asks:
        asked += [("trained_outputs", TRAINING[name].shortened(1)) for name in names]
    with conversations([ENGINE, peer]) as partners:
        for ask, workload in asked:
            ours, theirs = (np.array(p.ask(ask, workload)) for p in partners.values())
            if ask == "trained_outputs" and peer.key == "keras_jax" and workload.stateful:
                continue  # its predict forgets the state: see `python -m parity backends`
            second_bias = ask == "trained_outputs" and peer.key == "pytorch"
            assert abs(ours - theirs).max() < (0.01 if second_bias else 2e-6), workload.name
            assert abs(ours).max() > 0.01


@pytest.mark.benchmark
def test_growth_is_measured_over_every_sweep(only):
    only()
    results = run(["growth"], TINY._replace(batches=None), lambda _: None)
    assert [g.name for g in results.growth] == [sweep.name for sweep in SWEEPS]
    for growth in results.growth:
        assert len(growth.sizes) == len(growth.times) >= 4 and math.isfinite(growth.exponent)


@pytest.mark.benchmark
def test_a_program_is_timed_as_a_process():
    done = processes.program(ENGINE, processes.AIRLINE, epochs=1)
    (program,), (drawing,) = done["programs"].values(), done["drawing"].values()
    assert done["seconds"] > done["helpers"] + program > program > drawing > 0
    assert done["peak"] is None or done["peak"] >= done["helpers_peak"] > 10
    assert processes.import_seconds(ENGINE) > 0


@pytest.mark.benchmark
def test_the_airline_model_by_itself_needs_none_of_the_helpers():
    done = processes.program(ENGINE, (), epochs=1)
    assert done["programs"] == {} and 0 <= done["helpers"] < 0.1
    assert done["peak"] is None or done["peak"] > 10


# ---- what cannot run -----------------------------------------------------------------------------


def test_a_peer_that_is_not_installed_gets_a_line(monkeypatch):
    monkeypatch.setattr(contestants, "PEERS", (IMAGINARY,))
    line = "Imaginary is left out: no_such_framework not installed."
    assert contestants.left_out() == [line]
    assert line in text_of(Results({}, remarks=[line]))


def test_what_a_contestant_cannot_do_becomes_a_remark(monkeypatch, only):
    only()
    strange = replace(PREDICTION["predict_one"], loss="strange")
    monkeypatch.setitem(PREDICTION, "predict_one", strange)
    results = run(["predict_one", "predict_stateful"], TINY, lambda _: None)
    assert set(results.values) == {"predict_stateful"}
    assert "npslstm, predict: KeyError: 'strange'" in results.remarks


def test_a_process_that_dies_says_so_and_does_not_hang():
    partner = Conversation(ENGINE._replace(key="nobody"))
    with pytest.raises(Failed, match="the process ended.*KeyError"):
        partner.ask("predict", TRAINING["airline"])
    partner.end()


def test_unknown_workloads_are_refused(capsys):
    with pytest.raises(SystemExit):
        speed.main(["--workloads", "airline,nonsense"])
    assert "no workload 'nonsense'; known: lifecycle, airline" in capsys.readouterr().err


# ---- what is computed ----------------------------------------------------------------------------


@pytest.mark.parametrize("power", [1.0, 1.7, 2.0])
def test_the_exponent_of_a_power_law_is_found_whatever_small_sizes_cost(power):
    sizes = [2**k for k in range(10)]
    times = [max(3e-3 * size**power, 0.05) for size in sizes]
    assert Growth("", power, sizes, times).exponent == pytest.approx(power, abs=1e-9)


def test_median_spread_and_ratio_of_rounds():
    assert timing.median([3.0, 1.0, 2.0]) == 2 and timing.spread([7.0]) == 0
    assert timing.spread([1.0, 2.0, 3.0, 4.0, 5.0]) == pytest.approx(2 / 3)
    disturbed = [1.0, 10.0, 1.0], [2.0, 20.0, 2.0]  # the second round, both sides of it
    assert timing.ratio(*disturbed) == 0.5


# ---- what is shown -------------------------------------------------------------------------------


def sample():
    results = Results({"processor": "x", "command": "python -m parity speed"}, gigaflops=100.0)
    for subject in ("airline", "mnist"):
        for key, time in (("npslstm", 2.0), ("keras_tf", 1500.0), ("jax_scan", 4.0)):
            for round_ in range(3):
                results.add(subject, key, "us", time + 0.1 * round_)
    results.add("mnist", "pytorch", "us", 1.0)
    results.add("import", "npslstm", "s", 0.5)
    inside = dict.fromkeys(tables.KINDS, 0.4) | {"cpu": 2.0, "wall": 2.0, "copying": 0.1}
    results.shares, results.steady = {"airline": inside}, {"airline": 336}
    results.growth = [Growth("units", 2.0, [1, 2, 4, 8], [1.0, 4.0, 16.0, 64.0])]
    results.remarks = ["Imaginary is left out: no_such_framework not installed."]
    return results


def text_of(results):
    from rich.console import Console

    console = Console(width=160, force_terminal=False, color_system=None)
    with console.capture() as captured:
        show(results, console)
    return captured.get()


def test_targets_are_met_or_missed_and_those_without_a_peer_are_not_judged():
    found = {(v.subject, v.target): v for v in targets.judged(sample())}
    assert found["airline", "at most JAX, by hand"].verdict == "met"
    assert found["airline", "at most JAX, by hand"].share == pytest.approx(2.1 / 4.1)
    assert found["mnist", "at most PyTorch"].verdict == "not measured"  # it lacks two rounds
    assert found["steady state", "no buffers: under 4,096 bytes"].verdict == "met"
    assert found["growth, units", "exponent at most 2.1"].verdict == "met"
    assert {t.subject for t in targets.TARGETS} <= {*SUBJECTS, *tables.TITLES}


@pytest.mark.parametrize("times", [1.0, 2.0])
def test_limits_in_seconds_say_what_they_would_be_here_and_stay_what_they_are(times):
    results = Results({})
    for subject, there in reference.TIMES.items():
        for peer, time in zip(reference.PEERS, there, strict=True):
            if time is not None and (subject, peer) != ("airline", "pytorch"):
                results.add(subject, peer, "us", times * time)
    results.add("airline", "pytorch", "us", 1e9)  # a disturbed one counts for nothing
    results.add("import", "npslstm", "s", 0.5)
    results.add("model_peak", "npslstm", "MB", 170)
    assert reference.slowness(results) == pytest.approx(times)
    found = {v.subject: v for v in targets.judged(results)}
    here = f" (here {0.35 * times:.3g})" if times > 1 else ""
    assert found["import"].target == f"at most 0.35 s{here}"
    assert found["import"].verdict == "missed"
    assert found["import"].share == pytest.approx(0.5 / 0.35)
    assert found["model_peak"].share == pytest.approx(170 / 160)  # of memory there is no slow one
    results.add("airline", "jax_scan", "us", 1e-9)
    results.values["airline"]["jax_scan"].pop(0)  # a newer peer may be faster than it was
    assert reference.slowness(results) == 1


def test_memory_is_judged_with_the_helpers_and_without():
    results = Results({})
    for subject, peaks in (("peak", [250.0, 260.0, 500.0]), ("helpers_peak", [180.0, 185.0])):
        for peak in peaks:
            results.add(subject, "npslstm", "MB", peak)
    whole, own = targets.judged(results)
    assert (whole.subject, whole.measured, whole.verdict) == ("peak", "260 MB", "missed")
    assert (own.subject, own.measured, own.verdict) == ("own_peak", "77.5 MB", "met")
    assert own.share == pytest.approx(77.5 / 160)


def test_the_steepest_part_of_a_growth_is_shown():
    growth = Growth("units", 2.0, [64, 128, 256, 512], [1.0, 4.0, 32.0, 128.0])
    assert growth.steepest == "3.00, 128 to 256"


def test_terminal_and_document_show_the_same_cells():
    results = sample()
    texts = text_of(results), as_markdown(results)
    for table in tables.tables(results):
        for cell in (cell for row in table.rows for cell in row):
            assert all(cell in text for text in texts), cell
    assert all("no_such_framework" in text for text in texts)
    assert "1,500 ±0% (0.0014)" in texts[0] and "2.1 ±5%" in texts[0]
    for line in re.findall(r"^\|.*\|$", texts[1], re.MULTILINE):
        assert line.count("|") > 2


def test_json_keeps_every_round_and_knows_no_nan(tmp_path):
    write_json(sample(), tmp_path / "speed.json")
    text = (tmp_path / "speed.json").read_text()
    read = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    times = {(m["subject"], m["contestant"]): m for m in read["measured"]}
    assert times["airline", "npslstm"]["rounds"] == [2.0, 2.1, 2.2]
    assert times["mnist", "pytorch"]["npslstm_is"] is None
    assert read["growth"][0]["exponent"] == pytest.approx(2.0)


def test_the_plot_is_drawn_of_times_of_growth_and_of_both(tmp_path):
    pixels = pytest.importorskip("matplotlib.image")
    both, times, growth = sample(), sample(), sample()
    times.growth, growth.values, growth.units = [], {}, {}
    for name, results in (("both", both), ("times", times), ("growth", growth)):
        write_plot(results, tmp_path / f"{name}.png")
        image = pixels.imread(tmp_path / f"{name}.png")
        assert (image[..., :3] < 0.5).any() and (image[..., :3] == 1).any()


def test_the_command_writes_all_it_is_asked_for(only, tmp_path, capsys):
    only()
    outputs = {
        option: tmp_path / "new" / name
        for option, name in (("--json", "a.json"), ("--plot", "a.svg"), ("--document", "a.md"))
    }
    options = [text for option, path in outputs.items() for text in (option, str(path))]
    assert speed.main(["--quick", "--workloads", "lifecycle,predict_one", *options]) == 0
    printed = capsys.readouterr().out
    assert "lifecycle" in printed and "predict, one sample" in printed and "Targets" in printed
    assert all(path.stat().st_size > 500 for path in outputs.values())
    assert json.loads(outputs["--json"].read_text())["ran_on"]["rounds"] == "1"
    write_document(sample(), outputs["--document"])
    assert "# How fast npslstm is" in outputs["--document"].read_text()
