"""The examples in Jupyter, in a kernel of its own: each picture once, text that does not flood."""

import re
from pathlib import Path

import nbclient
import nbformat
import pytest

CELLS = (
    "import npslstm\nfrom examples import lifecycle\nresult = lifecycle.main(npslstm, epochs=2)",
    "%run -m examples lifecycle airline_regression",
)
pytestmark = pytest.mark.compiled_only


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """What each cell of a notebook shows, as Jupyter stores it."""
    folder = tmp_path_factory.mktemp("notebook")
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    resources = {"metadata": {"path": str(folder)}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
        patch.delenv("MPLBACKEND", raising=False)  # the kernel's own shows pictures inline
        for variable in ("IPYTHONDIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
            patch.setenv(variable, str(folder / variable.lower()))
        nbclient.NotebookClient(notebook, timeout=300, resources=resources).execute()
    return [cell.outputs for cell in notebook.cells]


def text(cell):
    """All that a cell prints, without the colours."""
    shown = (o.text if o.output_type == "stream" else o.data["text/plain"] + "\n" for o in cell)
    return re.sub(r"\x1b\[[0-9;]*m", "", "".join(shown))


@pytest.mark.parametrize(("cell", "pictures"), [(0, 1), (1, 2)], ids=["call", "run"])
def test_each_program_shows_its_picture_once(outputs, cell, pictures):
    shown = [output for output in outputs[cell] if "image/png" in output.get("data", {})]
    assert len(shown) == text(outputs[cell]).count("Picture: ") == pictures


@pytest.mark.parametrize("cell", [0, 1], ids=["call", "run"])
def test_text_is_short_and_not_rewritten(outputs, cell):
    assert len(text(outputs[cell]).splitlines()) <= 60
    assert "\r" not in text(outputs[cell])
    assert not any(output.get("name") == "stderr" for output in outputs[cell])


def test_what_a_program_redirects_is_not_shown(outputs):
    assert "verbose=1 prints 2 lines" in text(outputs[0])


def test_the_runner_ends_with_its_table(outputs):
    table = text(outputs[1]).partition("Tutorial programs")[2]
    assert "lifecycle" in table and "airline_regression" in table and "20 seeds" in table
