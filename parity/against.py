"""The same comparison with another version of Keras, beside the installed one.

The version is installed without its dependencies into a folder of its own, which then comes first
on Python's path: TensorFlow and everything else stay as they are.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path("out", "keras")


def run_with(requirement: str, arguments: list[str]) -> int:
    """`python -m parity` with these arguments but --against. Raises ValueError for anything but
    'keras==X', OSError where it cannot be installed."""
    if not re.fullmatch(r"keras==[\w.]+", requirement):
        raise ValueError(f"Write --against keras==3.12.0, for example; received {requirement!r}.")
    folder = FOLDER / requirement.partition("==")[2]
    if not folder.exists():
        install(requirement, folder)
    rest = [a for a in without(arguments, "--against") if a != f"--against={requirement}"]
    path = [str(folder.resolve()), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path)}
    return subprocess.run([sys.executable, "-m", "parity", *rest], env=environment).returncode


def install(requirement: str, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    done = subprocess.run([*command, "--target", str(folder), requirement])
    if done.returncode:
        raise OSError(f"pip could not install {requirement}: see its message above.")


def without(arguments: list[str], option: str) -> list[str]:
    """The arguments without this option and its value."""
    if option not in arguments:
        return arguments
    k = arguments.index(option)
    return arguments[:k] + arguments[k + 2 :]
