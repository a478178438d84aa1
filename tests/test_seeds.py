"""The same seed gives the same bits, in any process and on any number of threads."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

import npslstm
from tests.trained import fingerprint

ROOT = pathlib.Path(npslstm.__file__).parent.parent
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def in_a_process_of_its_own(seed: str, threads: int) -> str:
    return subprocess.run(
        [sys.executable, "-m", "tests.trained", *seed.split()],
        env=os.environ | dict.fromkeys(THREADS, str(threads)), cwd=ROOT, check=True,
        capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_one_seed_one_result_on_any_number_of_threads(threads):
    assert in_a_process_of_its_own("7", threads) == fingerprint(7)


def test_in_one_process_a_seed_begins_anew():
    assert fingerprint(7) == fingerprint(7)
    assert fingerprint(7) != fingerprint(8)


def test_without_a_seed_two_runs_differ():
    assert in_a_process_of_its_own("", 1) != in_a_process_of_its_own("", 1)
    assert fingerprint(None) != fingerprint(None)
