"""The chain of a run, for whoever checks its batches: no sequencer, no journal, none of our Go."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from pathlib import Path

from novate import tools
from novate.errors import Unreachable, VerificationFailed
from novate.home import Home, Run
from novate.service.past import ServiceRun, services_at
from verifier.audit import Report, verify_batch
from verifier.chain import Chain
from verifier.devnet import Devnet
from verifier.errors import VerifierError
from verifier.groth16 import VerifyingKey
from verifier.settlement import Settlement

AT_ONCE = 2
"""Batches that are audited at the same time, each in a process of its own."""

Opened = tuple[Settlement, VerifyingKey | None]


@contextmanager
def open_settlement(data: Path, run_number: int | None, rpc: str | None, address: str | None) -> Iterator[Opened]:
    """A settlement contract, and the verifying key that it should use if that is at hand.

    Without ``rpc`` the services' chain is asked, or the run's own is started again from its dump. Raises
    ``NovateError`` (NO_RUN), ``Unreachable`` (CHAIN_MISSING) and ``verifier.errors.ChainUnreachable``.
    """
    if rpc and address:
        yield Settlement(Chain(rpc), address), None
        return
    run = run_at(data, run_number)
    record = run.read()
    first_block = run.first_block() if isinstance(run, ServiceRun) else 0
    address = address or record["chain"]["settlement"]
    with ExitStack() as stack:
        if rpc is None and isinstance(run, ServiceRun):
            rpc = run.running_chain()
        if rpc is None:
            rpc = stack.enter_context(restarted(run.chain, record["chain"]["id"])).url
        yield Settlement(Chain(rpc), address, first_block), expected_key(Home(data).keys, record["key"])


def run_at(data: Path, number: int | None) -> Run | ServiceRun:
    """The run with this number; without one the services where there are any, else the last run."""
    services = services_at(data) if number is None else None
    return services or Home(data).run(number)


def restarted(folder: Path, chain_id: int) -> Devnet:
    """The chain as it was dumped last."""
    if not (folder / f"chain-{chain_id}.json").exists():
        raise Unreachable("CHAIN_MISSING", f"{folder} holds no dump of the run's chain", fix="name a node by --rpc")
    tools.announce()
    return Devnet(state=folder, chain_id=chain_id)


def expected_key(folder: Path, named: dict) -> VerifyingKey | None:
    """The verifying key that the run was set up with, out of the folder of keys; None if it is gone."""
    path = folder / f"{named['class']}-{named['circuit'][:16]}.json"
    if not path.exists():
        return None
    record = json.loads(path.read_text())
    return VerifyingKey.from_json(record) if record["digest"] == named["digest"] else None


def audited(url: str, address: str, numbers: Sequence[int]) -> list[Report]:
    """Reports of settled batches, in order; raises ``VerificationFailed`` for one that cannot be read."""
    work = [(url, address, number) for number in numbers]
    reports = []
    with ProcessPoolExecutor(min(AT_ONCE, max(1, len(work))), mp_context=get_context("spawn")) as pool:
        for number, found in zip(numbers, pool.map(audit, work)):
            if isinstance(found, str):
                raise VerificationFailed("BATCH_UNREADABLE", f"batch {number}: {found}")
            reports.append(found)
    return reports


def audit(work: tuple[str, str, int]) -> Report | str:
    """One batch, in a process that knows the node and the contract's address alone; a text where it cannot be read."""
    url, address, number = work
    try:
        return verify_batch(Settlement(Chain(url), address), number)
    except VerifierError as error:
        return str(error)
