"""The other end of a `worker`: starts a contestant's process, asks it, ends it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from .contestants import Contestant
from .workloads import Workload

TOLD = 600  # characters of what a process that died has printed last


class Failed(Exception):
    """A contestant could not do what it was asked; the message is its own."""


class Conversation:
    def __init__(self, contestant: Contestant) -> None:
        self.contestant = contestant
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by `end`
        options = ["-P", "-W", "ignore"]  # -P: npslstm is looked for where the contestant says
        command = [sys.executable, *options, "-m", "parity.speed.worker", contestant.key]
        self.process = subprocess.Popen(
            command, env=contestant.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.errors, text=True, bufsize=1,
        )  # fmt: skip

    def ask(self, ask: str, workload: Workload | None = None, seconds: float = 0.0) -> Any:
        """Waits for the answer. Raises Failed."""
        assert self.process.stdin and self.process.stdout
        question = {"ask": ask, "workload": workload and asdict(workload), "seconds": seconds}
        try:
            self.process.stdin.write(json.dumps(question) + "\n")
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        reply = json.loads(line) if line else {"error": f"the process ended: {self.last_words()}"}
        if "error" in reply:
            raise Failed(f"{self.contestant.title}, {ask}: {reply['error']}")
        return reply["answer"]

    def last_words(self) -> str:
        self.errors.seek(0)
        return " ".join(self.errors.read()[-TOLD:].split())

    def end(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            assert self.process.stdin and self.process.stdout
            self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.errors.close()


@contextlib.contextmanager
def conversations(contestants: list[Contestant]) -> Iterator[dict[str, Conversation]]:
    """One with each, by key; all end with the block."""
    found: dict[str, Conversation] = {}
    try:
        for contestant in contestants:
            found[contestant.key] = Conversation(contestant)
        yield found
    finally:
        for conversation in found.values():
            conversation.end()
