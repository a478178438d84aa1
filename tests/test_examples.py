"""The example programs: their form, a few epochs of each, and the runner that compares them."""

import ast
import importlib
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt

import examples.__main__ as runner
import npslstm
from examples import PROGRAMS
from npslstm.datasets import mnist

ROOT = Path(__file__).parents[1]
NOT_PROGRAMS = {"__init__", "__main__", "distributions", "seeds"}
each_program = pytest.mark.parametrize("name", PROGRAMS)


def program(name):
    return importlib.import_module(f"examples.{name}")


def no_images(*arguments, **keywords):
    raise FileNotFoundError("There are no images here.")


@pytest.fixture(autouse=True)
def pictures_elsewhere_and_no_download(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(mnist, "load_data", no_images)
    monkeypatch.setattr(mnist, "load_idx", no_images)
    yield
    plt.close("all")


def test_every_file_is_a_program_of_the_list():
    files = {path.stem for path in (ROOT / "examples").glob("*.py")}
    assert files - NOT_PROGRAMS == set(PROGRAMS)


@each_program
def test_programs_have_the_same_anatomy(name):
    module = program(name)
    for part in ("data", "build", "train", "draw", "main"):
        assert inspect.isfunction(getattr(module, part))
    parameters = inspect.signature(module.main).parameters
    assert list(parameters) == ["nn", "seed", "epochs"]
    assert parameters["seed"].default == 7
    assert parameters["epochs"].default > 0
    assert "What it teaches: " in module.__doc__
    assert "Source" in module.__doc__ and "https://" in module.__doc__
    source = inspect.getsource(module)
    assert 60 <= len(source.splitlines()) <= 120
    imported = {
        name.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in node.names
    }
    assert not any(name.startswith("examples") or name == "argparse" for name in imported)


@each_program
@pytest.mark.compiled_only
def test_a_few_epochs_of_each_program(name, capsys):
    module = program(name)
    result = module.main(npslstm, epochs=2)
    assert result["program"] == name
    assert np.isfinite(list(result["score"].values())).all()
    assert set(result["published"]) <= set(result["score"])
    assert set(result["naive"]) <= set(result["score"])
    if name != "mnist":  # whose scores are named after the images that there are
        study = json.loads(runner.distributions.TABLE.read_text())
        assert list(study["programs"][name]) == list(result["score"])
    assert result["picture"] == Path("out", f"{name}.png")
    assert result["picture"].stat().st_size > 10_000
    assert f"Picture: {result['picture']}" in capsys.readouterr().out
    for axes in plt.gcf().axes:
        assert axes.get_xlabel() or axes.get_ylabel() or not axes.axison
    assert module.main(npslstm, epochs=2)["score"] == result["score"]  # the seed is the same


@pytest.mark.compiled_only
def test_the_examples_need_no_framework():
    code = (
        "import sys; sys.modules.update(keras=None, tensorflow=None, jax=None)\n"
        "import npslstm; from examples import airline_stateful, alphabet_variable\n"
        "airline_stateful.main(npslstm, epochs=1); alphabet_variable.main(npslstm, epochs=1)"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg"}
    subprocess.run(command, check=True, env=environment)


def test_the_runner_compares_all_programs_in_one_table(monkeypatch, capsys, tmp_path):
    picture = Path("out", "any.png")

    def main(nn):
        return {
            "program": "memory", "shows": "nothing", "score": {"Right of 8": 5, "Loss": 1.234},
            "published": {"Loss": 49}, "naive": {}, "seconds": 1.0, "picture": picture,
        }  # fmt: skip

    study = {"seeds": 20, "programs": {"memory": {"Right of 8": [7, 6, 8]}}}
    table = tmp_path / "seeds.json"
    table.write_text(json.dumps(study))
    monkeypatch.setattr(runner.distributions, "TABLE", table)
    for name in PROGRAMS:
        monkeypatch.setattr(program(name), "main", main)
    runner.main([])
    out = capsys.readouterr().out
    for text in ("published", "seconds", *PROGRAMS, str(picture.parent.resolve())):
        assert text in out
    lines = [line.split() for line in out.splitlines()]
    assert lines.count(["memory", "Right", "of", "8", "5", "7", "-", "-", "1.00"]) == len(PROGRAMS)
    assert lines.count(["nothing", "Loss", "1.23", "-", "49", "-"]) == len(PROGRAMS)


@pytest.mark.compiled_only
def test_the_runner_runs_named_programs_alone(capsys):
    runner.main(["airline_regression"])
    out = capsys.readouterr().out
    assert "airline_regression" in out and "memory" not in out
    assert Path("out", "airline_regression.png").exists()
    assert not plt.get_fignums()


def test_an_unknown_program_is_named_beside_the_known(capsys):
    with pytest.raises(SystemExit):
        runner.main(["airlines"])
    error = capsys.readouterr().err
    assert "'airlines'" in error and "airline_stacked" in error
