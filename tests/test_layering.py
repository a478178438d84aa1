"""Imports point one way. ORDER holds the way as data, and doubles as the map of the package."""

from __future__ import annotations

import ast
import graphlib
import pathlib
import subprocess
import sys

import pytest

import npslstm

PACKAGE = pathlib.Path(npslstm.__file__).parent

# A module may import from the rows above its own, and its neighbours within its own entry (a
# folder stands for all that is in it).
ORDER = [
    ["primitives"],  # the array operations that kernels are written in
    ["changes"],  # what an experimenter does to a cell
    ["bundles"],  # what a cell works with
    ["cell"],  # the equations
    ["kernels"],  # the other functions of arrays, forward and backward
    ["machine"],  # how they become machine code and run
    ["scan"],  # the loop over time
    ["version", "arguments"],  # what users write, checked
    ["cells"],  # other cells than the LSTM's
    ["identifiers", "config", "files"],
    ["arrays", "naming", "seeding", "forms"],
    ["tensors"],  # which layer's call makes what
    ["mask_order"],
    ["graph"],  # the order of calls
    ["seqlock", "watch"],  # who may change what, and how programs notice
    ["pool"],
    ["activations", "initializers", "regularizers", "constraints"],  # what layers are given
    ["expressions"],  # what a function of arrays computes
    ["parameters"],
    ["weight_constraints"],
    ["program"],  # operations and buffers
    ["protocols"],  # what others know of a model
    ["layers"],
    ["targets", "optimizers", "datasets"],
    ["losses"],
    ["metrics"],
    ["utils"],
    ["preprocessing"],
    ["training"],  # knows models; layers do not know it
    ["saving"],  # files of models and weights
    ["holder"],  # weights, states, programs of a model
    ["model_arguments"],
    ["described"],
    ["shaped"],
    ["model"],  # a graph of layers
    ["stack"],
    ["sequential"],  # the graph that is a chain
    ["ops"],
    ["models", "callbacks", "backend"],  # Keras's names for what is above
    ["forecasting", "study"],  # use models
    [""],  # the package itself: the public names
]
LEVEL = {name: level for level, row in enumerate(ORDER) for name in row}

# The shelves of `study`, in their order; what stands beside them is below all.
SHELVES = ["see", "change", "question", "watch"]

# Who may import which third party. Everything else stands on NumPy and the standard library.
ALLOWED = {
    "numba": {"machine"},
    "llvmlite": {"machine"},
    "scipy": {"machine", "primitives"},
    "threadpoolctl": {"machine"},
    "IPython": {"training"},
    "rich": {"datasets", "training", "utils"},
    "h5py": {"saving"},
    "matplotlib": {"study"},
    "pandas": {"study"},
}
HEAVY = ["rich", "pandas", "matplotlib", "sklearn", "h5py", "scipy.linalg", "scipy.special",
         "tensorflow", "keras", "torch", "jax", "pytest"]  # fmt: skip


def entry(module: str) -> str:
    """The entry of ORDER that a module belongs to: 'npslstm.layers.lstm' is of 'layers'."""
    return (module + "..").split(".")[1]


def is_module(name: str) -> bool:
    path = PACKAGE.parent.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def imports_of(path: pathlib.Path) -> tuple[str, set[str]]:
    """A module's name and the names of all modules that its text imports, also inside functions."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    package = parts[:-1]
    module = ".".join(package if parts[-1] == "__init__" else parts)
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*base, *([node.module] if node.module else [])])
            names = {f"{base}.{alias.name}" for alias in node.names}
            found |= {name if is_module(name) else base for name in names}
    return module, found


IMPORTS = dict(imports_of(path) for path in sorted(PACKAGE.rglob("*.py")))


def test_every_module_has_its_place():
    homeless = sorted(module for module in IMPORTS if entry(module) not in LEVEL)
    assert not homeless, f"{homeless} stand in no row of ORDER in {__name__}: put them in"


@pytest.mark.parametrize("module", IMPORTS)
def test_imports_point_one_way(module):
    own = entry(module)
    for other in IMPORTS[module]:
        if other.partition(".")[0] == "npslstm" and entry(other) != own:
            assert LEVEL[entry(other)] < LEVEL[own], (
                f"{module} imports {other}, but '{entry(other)}' does not stand above '{own}' in "
                "ORDER: what both need belongs into a module above both"
            )


def test_no_module_imports_itself_by_way_of_others():
    graph = {module: {o for o in others if o in IMPORTS} for module, others in IMPORTS.items()}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])) + ": that is a circle")


def shelf(module: str) -> int:
    """The number of a module's shelf in `study`; -1 for what stands beside the shelves."""
    name = (module + "...").split(".")[2]
    return SHELVES.index(name) if name in SHELVES else -1


@pytest.mark.parametrize("module", [m for m in IMPORTS if m.startswith("npslstm.study.")])
def test_shelves_of_study_stand_in_order(module):
    if module == "npslstm.study.__main__":  # the command shows all of them
        return
    for other in IMPORTS[module]:
        if other.startswith("npslstm.study."):
            assert shelf(other) <= shelf(module), f"{module} imports {other}"


@pytest.mark.parametrize("module", IMPORTS)
def test_third_parties_stay_where_they_belong(module):
    for other in {name.partition(".")[0] for name in IMPORTS[module]}:
        if other not in ("npslstm", "numpy", *sys.stdlib_module_names):
            assert entry(module) in ALLOWED.get(other, ()), f"{module} imports {other}"


def test_importing_the_package_loads_nothing_heavy():
    command = "import sys, npslstm; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", command], cwd=PACKAGE.parent, capture_output=True, text=True,
        check=True,
    ).stdout.split()  # fmt: skip
    assert "npslstm" in loaded and "npslstm.layers" in loaded
    assert [name for name in npslstm.LATER if f"npslstm.{name}" in loaded] == []
    assert [name for name in HEAVY if name in loaded] == []


def test_what_is_imported_later_is_there_like_the_rest():
    assert set(npslstm.LATER) <= {*dir(npslstm), *npslstm.__all__}
    for name in npslstm.LATER:
        assert getattr(npslstm, name).__name__ == f"npslstm.{name}"
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        npslstm.nonsense  # noqa: B018
