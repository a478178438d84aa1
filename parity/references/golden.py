"""The frozen references: one compressed file a subject, written and read, and compared with."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..differences import difference
from ..tolerances import TOLERANCES
from .cases import run, tolerance_of

Answers = dict[str, np.ndarray]
FOLDER = pathlib.Path(__file__).parents[2] / "tests" / "golden"


class Compared(NamedTuple):
    """One answer of a case: its largest difference and what is allowed, in epsilons."""

    case: str
    key: str
    measured: float
    allowed: float

    @property
    def agrees(self) -> bool:
        return self.measured <= self.allowed


def write(folder: pathlib.Path, references: Mapping[str, Answers]) -> None:
    """Write '<subject>.npz' for cases named '<subject>.<case>'. The same arrays give the same
    bytes: NumPy stamps every entry with the year 1980."""
    subjects: dict[str, Answers] = {}
    for name, answers in references.items():
        subject, _, case = name.partition(".")
        of_case = {f"{case}/{key}": array for key, array in answers.items()}
        subjects.setdefault(subject, {}).update(of_case)
    for subject, arrays in subjects.items():
        np.savez_compressed(folder / f"{subject}.npz", **arrays)  # type: ignore[arg-type]


def read(folder: pathlib.Path = FOLDER) -> dict[str, Answers]:
    """{case: {key: array}} of all files in a folder."""
    references: dict[str, Answers] = {}
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as arrays:
            for entry in arrays.files:
                case, _, key = entry.partition("/")
                references.setdefault(f"{path.stem}.{case}", {})[key] = arrays[entry]
    return references


def compare(name: str, nn: Any, references: Answers) -> Iterator[Compared]:
    """The answers of a case by `nn` beside the references, one after the other.

    A case that fails, or answers in other shapes, differs infinitely.
    """
    try:
        answers = run(name, nn)
    except Exception as error:
        yield Compared(name, f"{type(error).__name__}: {error}".splitlines()[0], np.inf, 0.0)
        return
    for key in references | answers:
        tolerance = TOLERANCES[tolerance_of(key)]
        worst = np.inf
        if key in answers and key in references and answers[key].shape == references[key].shape:
            worst = difference(answers[key], references[key], tolerance.kind)
        yield Compared(name, key, worst / tolerance.epsilon, tolerance.allowed_epsilons)
