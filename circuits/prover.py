"""The door to the prover: set up keys, prove batches, check traces rule by rule, list rules, costs and keys.

The prover is a Go program in a process of its own; it loads a key once and proves one job after another. If it dies, it
is started again and the job repeated. A trace that does not prove is refused with the rules that it breaks.
"""

import json
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from circuits.build import program
from circuits.checker import Checker, Trace, source
from circuits.lines import Died, LineProcess
from circuits.records import (
    Findings,
    Key,
    KeyUnusable,
    Progress,
    Proof,
    ProverDied,
    ProverError,
    Rule,
    TraceRefused,
    error_from,
    error_of_death,
)

__all__ = [
    "Checker",
    "Findings",
    "Key",
    "KeyUnusable",
    "Progress",
    "Proof",
    "Prover",
    "ProverDied",
    "ProverError",
    "Rule",
    "Steps",
    "Trace",
    "TraceRefused",
    "digest",
    "followed",
    "rules",
    "setup",
    "table",
    "verify",
]

Steps = Callable[[str, float], None]
"""Hears that a step of a job begins, and the seconds since the job began.

Steps are load, witness, solve, prove, verify, and explain where the trace does not prove.
"""


def setup(
    class_name: str, key_dir: Path, progress: Callable[[Progress], None] | None = None, *, again: bool = False
) -> Key:
    """Make development keys of a size class, unless the folder has some that fit; ``again`` makes new ones.

    Half a minute for a million constraints on two cores. Files appear whole or not at all; after an interruption only
    the compiled circuit is kept. Raises ``ProverError``.
    """
    return Key.from_json(
        followed(["setup", "--class", class_name, "--dir", str(key_dir), *(["--again"] if again else [])], progress)
    )


def followed(arguments: Sequence[str], progress: Callable[[Progress], None] | None = None):
    """What a command of the prover prints, which tells its progress meanwhile; raises ``ProverError``."""
    with subprocess.Popen(
        [str(program("prover")), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            failure = _follow(process.stderr, progress)
            printed = process.stdout.read()
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise error_from(failure) if failure else ProverDied("PROVER_DIED", f"exit code {process.returncode}")
    return json.loads(printed)


def digest(class_name: str) -> str:
    """Digest of a class's constraint system, compiled from the sources at hand; takes a minute for class M."""
    return _run("digest", "--class", class_name)["system"]


def _follow(stream, progress: Callable[[Progress], None] | None) -> dict | None:
    """Tell progress line by line; the error, if a line holds one."""
    failure = None
    for line in stream:
        with suppress(ValueError):
            fields = json.loads(line)
            if "error" in fields:
                failure = fields["error"]
            elif progress is not None:
                progress(Progress(**fields))
    return failure


FORGERIES = Path(__file__).resolve().parent / "forgeries.json"
"""Tests by the rule that their forged batch breaks: written by ``python -m tests.forgeries``."""


def rules(class_name: str) -> list[Rule]:
    """The rules of a size class's circuit, in the order in which they are stated first."""
    forgeries = json.loads(FORGERIES.read_text())
    stated = _run("rules", "--class", class_name)
    return [Rule(**fields, forgery=forgeries.get(fields["name"], [])) for fields in stated]


def table(key_dir: Path | None = None) -> dict:
    """Constraints of a slot of every chip (``costs``), and every size class with its capacities (``classes``).

    Totals are exact for circuits that ``setup`` compiled into the folder, else added up.
    """
    return _run("table", "--json", *(["--dir", str(key_dir)] if key_dir else []))


def verify(proof: Proof, key_dir: Path) -> bool:
    """Check a proof with gnark's verifier and the folder's key; its public inputs must be those of its words."""
    command = [str(program("prover")), "verify", "--dir", str(key_dir)]
    done = subprocess.run(command, input=json.dumps(proof.to_json()), capture_output=True, text=True)
    if done.returncode not in (0, 4):
        raise _error_of(done)
    return done.returncode == 0


def _run(*arguments: str):
    """What a command of the prover prints; raises ``ProverError``."""
    done = subprocess.run([str(program("prover")), *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise _error_of(done)
    return json.loads(done.stdout)


def _error_of(done: subprocess.CompletedProcess) -> ProverError:
    return error_of_death(Died(done.returncode, done.stderr.splitlines()))


class Prover:
    """A prover of one size class, in a process that is started when it is first needed.

    ``prove`` may be called by several threads; one job runs at a time. ``cores`` bounds what it computes with.
    """

    def __init__(self, class_name: str, key_dir: Path, *, attempts: int = 3, cores: int | None = None) -> None:
        self.class_name = class_name
        self._arguments = ["serve", "--class", class_name, "--dir", str(key_dir)]
        self._environment = {"GOMAXPROCS": str(cores)} if cores else {}
        self._attempts = attempts
        self._busy = threading.Lock()
        self._process: LineProcess | None = None
        self._jobs = 0
        self.restarts = 0
        """How often the process was found dead and started again."""
        self.key: Key | None = None
        """The key in use, once the process has started."""
        self.preparation: dict[str, float] = {}
        """Seconds that the last start took, by phase."""

    def __enter__(self) -> "Prover":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Number of the process, if there is one."""
        process = self._process
        return process.pid if process else None

    def start(self) -> Key:
        """Load circuit and key now, not with the first job; raises ``ProverError``."""
        with self._busy:
            try:
                self._ready()
            except Died as died:
                raise error_of_death(died) from None
            return self.key

    def prove(self, trace: Trace, steps: Steps | None = None, timeout: float | None = None) -> Proof:
        """Prove a batch; the proof has been verified before it is returned.

        ``timeout`` bounds every step, in seconds. Raises ``TraceRefused`` for a trace that does not prove,
        ``KeyUnusable``, and ``ProverDied`` when the process died ``attempts`` times or a step took too long.
        """
        with self._busy:
            for attempt in range(self._attempts):
                try:
                    return self._prove(trace, steps, timeout)
                except Died as died:
                    self._discard()
                    error = error_of_death(died)
                    if not isinstance(error, ProverDied) or attempt + 1 == self._attempts:
                        raise error from None
                    self.restarts += 1
                except TimeoutError as error:
                    self._discard()
                    raise ProverDied("PROVER_TIMEOUT", str(error)) from None
        raise ProverDied("PROVER_DIED", "no attempt was allowed")

    def _prove(self, trace: Trace, steps: Steps | None, timeout: float | None) -> Proof:
        process = self._ready()
        self._jobs += 1
        process.ask({"job": self._jobs, **source(trace)})
        for event in process.answers(timeout):
            if event.get("job") != self._jobs:
                continue
            if event["event"] == "proof":
                return Proof.from_json(event["proof"])
            if event["event"] == "error":
                raise error_from(event["error"])
            if steps is not None:
                steps(event["step"], event.get("seconds", 0.0))
        raise AssertionError("the answers of a process end by an exception")

    def _ready(self) -> LineProcess:
        """The running process; starts one if need be."""
        if self._process is not None and self._process.alive:
            return self._process
        self._discard()
        self._process = LineProcess(self._arguments, self._environment)
        ready = self._process.answer()
        self.key = Key.from_json(ready["record"])
        self.preparation = ready["preparation"]
        return self._process

    def _discard(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.stop()

    def close(self) -> None:
        """End the process once its job, if it has one, is done."""
        with self._busy:
            self._discard()

    def kill(self) -> None:
        """End the process now: a job in progress is attempted again by whoever waits for it."""
        process = self._process
        if process is not None:
            process.stop()
