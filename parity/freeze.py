"""Writes the frozen references: what Keras answers to the cases of `parity.references`.

`freeze("tests/golden")` runs every case on Keras and the tensorflow backend, and writes one .npz
file a subject and versions.json. On the same machine with the same versions the files come out
with the same bytes. `parity/test_golden_is_keras.py` asks the installed Keras again.
"""

from __future__ import annotations

import argparse
import json
import pathlib

from .environment import prepare
from .references import CASES, golden, run
from .versions import ran_on


def freeze(folder: str | pathlib.Path = golden.FOLDER) -> list[pathlib.Path]:
    """Run every case on Keras and write the files into `folder`. Returns their paths."""
    prepare()
    import keras

    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.npz"):
        old.unlink()
    golden.write(folder, {name: run(name, keras) for name in CASES})
    text = json.dumps(versions(), indent=2) + "\n"
    (folder / "versions.json").write_text(text, encoding="utf-8")
    return sorted(path for path in folder.iterdir() if path.suffix in (".npz", ".json"))


def versions() -> dict[str, str]:
    """What answers come from."""
    found = ran_on()
    return {name: found[name] for name in ("keras", "backend", "tensorflow", "numpy")}


def main(arguments: list[str] | None = None) -> int:
    """python -m parity freeze [folder]"""
    parser = argparse.ArgumentParser(prog="python -m parity freeze", description=__doc__)
    parser.add_argument("folder", nargs="?", default=str(golden.FOLDER))
    paths = freeze(parser.parse_args(arguments).folder)
    size = sum(path.stat().st_size for path in paths)
    print(f"{len(CASES)} cases in {len(paths)} files, {size / 1000:.0f} kB, in {paths[0].parent}")
    return 0
