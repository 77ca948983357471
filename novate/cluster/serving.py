"""Workers of this process, from their first job to a signal that ends them."""

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from circuits.prover import KeyUnusable, Prover
from novate.errors import NovateError, Unreachable
from novate.observe.logs import logger
from novate.service.tokens import TokenFile
from sequencer.doors.remote import RemoteDoor
from sequencer.jobs import JobProblem, JobRefused
from sequencer.judge import KeyName
from sequencer.worker import Worker

STOP_POLL = 0.1
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def token_of(path: Path) -> Callable[[], str]:
    """The token that a file holds, read anew at every use: the last one while it holds none.

    Raises ``NovateError`` (NO_TOKEN) where it holds none at first.
    """
    tokens = TokenFile(path)
    seen = tokens.good()[:1]
    if not seen:
        why = "no token in it" if path.exists() else "no such file"
        raise NovateError("NO_TOKEN", f"{path}: {why}", fix="--token-file FILE", file=str(path))

    def newest() -> str:
        seen[:] = tokens.good()[:1] or seen
        return seen[0]

    return newest


def tell(event: str, **fields: object) -> None:
    """A line of the log for what a worker tells."""
    logger().info(f"prover.{event}", **{"process": "prover", **fields})


class Machines:
    """Provers of some classes with the keys of a folder, each started once to see that it works."""

    def __init__(self, classes: Sequence[str], keys: Path, cores: int | None = None) -> None:
        """Raises ``NovateError`` (KEY_MISSING, KEY_CORRUPT, KEY_MISMATCH)."""
        self.provers = {name: Prover(name, keys.absolute(), cores=cores) for name in classes}
        self.names: dict[str, KeyName] = {}
        for name, prover in self.provers.items():
            try:
                key = prover.start()
            except KeyUnusable as error:
                fix = f"copy the sequencer's key folder to {keys}; keys made anew are others"
                raise NovateError(error.code, error.message, fix=fix, size_class=name, folder=str(keys)) from error
            self.names[name] = KeyName(key.system, key.digest)
            tell("ready", size_class=name, circuit=key.system, key=key.digest, development=key.development)
            if len(classes) > 1:
                prover.close()

    def close(self) -> None:
        """End their processes."""
        for prover in self.provers.values():
            prover.kill()


def serve(workers: Sequence[Worker], once: bool = False) -> int:
    """Run the workers until a signal comes, or each has had a job; how many had one.

    Raises ``NovateError`` where the desk will never give them one: wrong token, wrong keys.
    """
    ended: list[BaseException | bool] = []
    threads = [threading.Thread(target=_run, args=(worker, once, ended), daemon=True) for worker in workers]
    with _stopped_by_signals() as stopping:
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            if stopping.wait(STOP_POLL) or any(isinstance(one, BaseException) for one in ended):
                for worker in workers:
                    worker.stop()
                for thread in threads:
                    thread.join(STOP_POLL)
    for error in ended:
        if isinstance(error, BaseException):
            raise _told(error) from error
    tell("ended", jobs=sum(map(bool, ended)) if once else None)
    return sum(map(bool, ended))


def _run(worker: Worker, once: bool, ended: list) -> None:
    try:
        worker.run(once)
        ended.append(once and not worker.is_stopping)
    except BaseException as error:
        ended.append(error)


def _told(error: BaseException) -> BaseException:
    if not isinstance(error, JobRefused):
        return error
    if error.code == JobProblem.UNAUTHORISED:
        return Unreachable("UNAUTHORISED", error.message, fix="--token-file: prover.token of the sequencer's folder")
    fix = "copy the sequencer's key folder; keys made anew are others"
    return NovateError(str(error.code), error.message, fix=fix, **error.numbers)


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    """An event that the signals of an orderly end set; one that comes again ends the process as ever."""
    stopping = threading.Event()
    before = {}

    def stop(number: int, _: object) -> None:
        stopping.set()
        signal.signal(number, before[number])

    if threading.current_thread() is threading.main_thread():
        before = {number: signal.signal(number, stop) for number in SIGNALS}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def worker(door: RemoteDoor, machines: Machines, name: str) -> Worker:
    """A worker with provers of this machine."""
    return Worker(door, machines.provers, machines.names, name, tell)
