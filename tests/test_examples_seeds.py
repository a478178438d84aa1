"""The study over seeds: the same numbers with one worker, two, and on a Dask cluster."""

import json

import matplotlib
import pytest

matplotlib.use("Agg")

import examples.__main__ as runner
from examples import seeds

PROGRAMS = ["lifecycle", "airline_stateful"]


def scores(**options):
    summaries = dict(seeds.study(PROGRAMS, 3, epochs=2, **options))
    return {program: summary["scores"] for program, summary in summaries.items()}


@pytest.fixture(scope="module")
def alone():
    return scores(workers=1)


def result(score):
    return {"score": {"Test": score}, "published": {"Test": 49}, "naive": {}, "seconds": score}


def test_median_and_range():
    summary = seeds.summarize([result(3.0), result(1.0), result(8.0)])
    assert summary["seconds"] == 3.0
    assert summary["scores"]["Test"] == {
        "median": 3.0, "min": 1.0, "max": 8.0, "published": 49, "naive": None,
        "values": [3.0, 1.0, 8.0],
    }  # fmt: skip


@pytest.mark.compiled_only
def test_the_same_seeds_give_the_same_numbers_however_many_workers(alone):
    values = alone["airline_stateful"]["Test"]["values"]
    assert len(set(values)) == 3
    assert scores(workers=2) == alone


@pytest.mark.compiled_only
def test_the_study_runs_unchanged_on_a_dask_cluster(alone):
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 2, "threads_per_worker": 2, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster:
        on_cluster = scores(dask=cluster.scheduler_address)
    assert on_cluster == alone


@pytest.mark.compiled_only
def test_the_command_line_prints_a_table_and_writes_every_score(tmp_path, capsys):
    file = tmp_path / "out" / "seeds.json"
    options = ["--seeds", "2", "--epochs", "1", "--workers", "1", "--json", str(file)]
    runner.main([*options, "lifecycle"])
    out = capsys.readouterr().out
    assert "npslstm, 2 seeds" in out and "Largest error" in out and "0.016" in out
    report = json.loads(file.read_text())
    assert (report["engine"], report["backend"], report["seeds"]) == ("npslstm", "npslstm", 2)
    score = report["programs"]["lifecycle"]["scores"]["Largest error"]
    assert score["min"] <= score["median"] <= score["max"] and len(score["values"]) == 2
