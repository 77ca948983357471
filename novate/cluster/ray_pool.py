"""The same jobs on a cluster of Ray: a worker for every prover, the provers wherever the cluster has room.

Workers and their leases stay in this process, beside its one door to the desk; only traces travel out and proofs back.
So the desk judges what the cluster says as it judges anyone, and a node that dies costs its job one attempt. Nodes need
the package with its tools and a copy of the key folder at the same path.
"""

import os
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import ray
from ray.exceptions import GetTimeoutError, RayError

from circuits.prover import Findings, Key, KeyUnusable, Proof, Prover, ProverDied, ProverError, Steps, TraceRefused
from novate.cluster.serving import tell
from novate.errors import NovateError, Unreachable
from sequencer.judge import KeyName
from sequencer.worker import Door, Worker

LOOK = 0.25
"""Seconds between two looks at a proof under way."""
STARTS = 3
"""Of a cluster of this machine."""
START_SECONDS = 300
"""For room in the cluster, and for the keys to be loaded."""


class Bench:
    """A prover on a node: an actor with two threads, so that its step can be asked for while it proves."""

    def __init__(self, size_class: str, keys: str, cores: int) -> None:
        self._prover = Prover(size_class, Path(keys), cores=cores)
        self._step = "load"

    def start(self) -> dict[str, object]:
        """Load the keys; their record, or the error."""
        try:
            return {"key": self._prover.start().points}
        except ProverError as error:
            return {"error": _plain(error)}

    def prove(self, trace: bytes) -> dict[str, object]:
        """The proof, or the error: errors travel as what they say, not as objects."""
        self._step = "load"
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            file.write(trace)
            file.flush()
            try:
                return {"proof": self._prover.prove(Path(file.name), self._at).to_json()}
            except ProverError as error:
                return {"error": _plain(error)}

    def _at(self, step: str, seconds: float) -> None:
        self._step = step

    def step(self) -> str:
        """What it is at."""
        return self._step


KINDS = {kind.__name__: kind for kind in (TraceRefused, KeyUnusable, ProverDied)}


def _plain(error: ProverError) -> dict[str, object]:
    findings = getattr(error, "findings", None)
    about = {"kind": type(error).__name__, "code": str(error.code), "message": error.message, "at": error.at}
    return {**about, "findings": findings._asdict() if findings else None}


def _error(about: dict) -> ProverError:
    """Undo ``_plain``."""
    arguments = (about["code"], about["message"], about["at"])
    if about["kind"] == TraceRefused.__name__:
        return TraceRefused(*arguments, Findings(**about["findings"]) if about["findings"] else None)
    return KINDS.get(about["kind"], ProverError)(*arguments)


class RayMachine:
    """A ``Machine`` whose prover is an actor, made when it is needed, and made anew after it died."""

    def __init__(self, size_class: str, keys: Path, cores: int) -> None:
        self._arguments = (size_class, str(keys), cores)
        options = {"num_cpus": cores, "max_concurrency": 2, "max_restarts": 0}
        self._remote = ray.remote(**options)(Bench)
        self._actor = None
        self._lock = threading.Lock()
        self.node = ""
        """Where the actor is."""

    def start(self) -> Key:
        """Find room and load the keys; raises ``KeyUnusable``, ``ProverDied`` (NO_ROOM, PROVER_DIED)."""
        actor = self._remote.remote(*self._arguments)
        with self._lock:
            self._actor = actor
        try:
            answer = ray.get(actor.start.remote(), timeout=START_SECONDS)
        except GetTimeoutError as error:
            self.kill()
            raise ProverDied("NO_ROOM", f"the cluster has no room for {self._arguments[2]} cores") from error
        except RayError as error:
            self.kill()
            raise ProverDied("PROVER_DIED", _first_line(error)) from error
        if "error" in answer:
            self.kill()
            raise _error(answer["error"])
        return Key.from_json(answer["key"])

    def prove(self, trace: Path, steps: Steps | None = None, timeout: float | None = None) -> Proof:
        """See ``circuits.prover.Prover.prove``; a death is not made up for here but told."""
        if self._actor is None:
            self.start()
        actor = self._actor
        try:
            answer = self._answer(actor, ray.put(trace.read_bytes()), steps, timeout)
        except (RayError, AttributeError) as error:
            self.kill()
            raise ProverDied("PROVER_DIED", _first_line(error)) from error
        if "error" in answer:
            raise _error(answer["error"])
        return Proof.from_json(answer["proof"])

    def _answer(self, actor, trace, steps: Steps | None, timeout: float | None) -> dict:
        """Wait for it, and tell of its steps meanwhile."""
        asked, began = actor.prove.remote(trace), time.monotonic()
        step, since = "", began
        while True:
            done, _ = ray.wait([asked], timeout=LOOK)
            if done:
                return ray.get(asked)
            now = ray.get(actor.step.remote(), timeout=START_SECONDS)
            if now != step:
                step, since = now, time.monotonic()
            elif timeout is not None and time.monotonic() - since > timeout:
                self.kill()
                raise ProverDied("PROVER_TIMEOUT", f"{step} took longer than {timeout} seconds")
            if steps is not None:
                steps(step, time.monotonic() - began)

    def kill(self) -> None:
        """End the actor; its cores are free for others."""
        with self._lock:
            actor, self._actor = self._actor, None
        if actor is not None:
            with suppress(RayError, ValueError):
                ray.kill(actor)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [repr(error)])[0]


class Pool:
    """Machines for so many workers, and the keys that they were seen to have."""

    def __init__(self, provers: int, classes: Sequence[str], keys: Path, cores: int) -> None:
        self.sets = [{name: RayMachine(name, keys, cores) for name in classes} for _ in range(provers)]
        self.names: dict[str, KeyName] = {}

    def start(self) -> None:
        """Load each class once. Raises ``NovateError``: KEY_MISSING and the like, NO_ROOM."""
        for name, machine in self.sets[0].items():
            try:
                key = machine.start()
            except ProverError as error:
                fix = "the sequencer's key folder at the same path on every node; --cores for less room"
                raise NovateError(str(error.code), error.message, fix=fix, size_class=name) from error
            self.names[name] = KeyName(key.system, key.digest)
            tell("ready", size_class=name, circuit=key.system, key=key.digest, development=key.development)
            if len(self.sets[0]) > 1:
                machine.kill()

    def close(self) -> None:
        """End all actors."""
        for machines in self.sets:
            for machine in machines.values():
                machine.kill()


@contextmanager
def opened(
    address: str | None, provers: int, classes: Sequence[str], keys: Path, cores: int, **options: object
) -> Iterator[Pool]:
    """Join a cluster, or start one on this machine for the time being. Nothing is told to anybody outside of it.

    Raises ``NovateError``: NO_CLUSTER, and what ``Pool.start`` raises.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    quiet = {"include_dashboard": False, "log_to_driver": False} if address is None else {"log_to_driver": False}
    _join(address, {**quiet, **options})
    pool = Pool(provers, classes, keys.absolute(), cores)
    try:
        pool.start()
        yield pool
    finally:
        pool.close()
        ray.shutdown()


def _join(address: str | None, options: dict[str, object]) -> None:
    """Ray gives a node of its own half a minute to come up, which a busy machine may miss: then it is begun again."""
    for start in range(1, STARTS + 1):
        try:
            ray.init(address=address, logging_level="warning", **options)
            return
        except Exception as error:  # Ray raises bare ones
            ray.shutdown()
            if start == STARTS or address is not None:
                where = address or "a cluster of this machine"
                raise Unreachable("NO_CLUSTER", f"{where}: {_first_line(error)}") from error


def workers(door: Door, pool: Pool, name: str) -> list[Worker]:
    """A worker for every prover of the pool."""
    return [Worker(door, machines, pool.names, f"{name}/{place}", tell) for place, machines in enumerate(pool.sets, 1)]
