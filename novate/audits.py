"""The chain of a run, for whoever checks its batches: no sequencer, no journal, none of our Go."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from circuits.keyfolder import keys, pins
from novate import tools
from novate.errors import NovateError, Unreachable, VerificationFailed
from novate.home import Home, Run
from novate.service.past import ServiceRun, services_at
from verifier import keyrecord
from verifier.audit import Check, Report, verify_batch
from verifier.chain import Chain
from verifier.devnet import Devnet
from verifier.errors import BadInput, ProofRefused, VerifierError
from verifier.groth16 import VerifyingKey
from verifier.keyrecord import Found, Named
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
    found = (VerifyingKey.from_json(key.points) for key in keys(folder) if key.digest == named["digest"])
    return next(found, None)


class Trusted(NamedTuple):
    """What whoever believes a report believes beside it: that this key is of this circuit.

    ``by`` names where the key was compared: ``digest``, a file's or folder's name; empty where the contract's own word
    was taken. ``circuit`` is None where nothing at hand tells it, ``sources`` what these sources compile the class to.
    """

    size_class: str
    key: str
    label: str
    by: str
    circuit: str | None
    sources: str

    def as_dict(self) -> dict[str, object]:
        """For ``--json``."""
        return {
            "class": self.size_class,
            "key": self.key,
            "label": self.label,
            "compared_with": self.by or None,
            "circuit": self.circuit,
            "circuit_of_these_sources": self.sources,
        }

    def checks(self) -> list[Check]:
        """The circuit as one of a report's checks, if it is known."""
        if self.circuit is None:
            return []
        holds = self.circuit == self.sources
        what = "what these sources compile to" if holds else f"but these sources compile to {self.sources[:16]}..."
        return [Check("circuit", holds, f"{self.circuit[:16]}..., {what}", 0.0)]


def trusted(
    settlement: Settlement, number: int, wanted: Named | None, ours: VerifyingKey | None, data: Path
) -> Trusted:
    """What the report of a batch will rest on: ``wanted`` is the key that the reader names, ``ours`` the folder's.

    Raises ``ProofRefused`` (KEY_DIFFERS, CEREMONY_DIFFERS, CONTRACT_DIFFERS) where the contract has another than is
    wanted.
    """
    size_class = settlement.batch(number).statement.size_class
    has = built_on(settlement, size_class, is_strict=wanted is not None)
    known = {key.digest: key.system for key in keys(Home(data).keys)}
    circuit, by = known.get(has.digest), str(Home(data).keys) if ours else ""
    if wanted:
        keyrecord.compare(wanted, has, size_class)
        circuit, by = wanted.circuit or circuit, wanted.source
    return Trusted(size_class, has.digest, has.label, by, circuit, pins()[size_class])


def built_on(settlement: Settlement, size_class: str, is_strict: bool) -> Found:
    """The key in a verifier's code; of one that is not ours what it says of itself, unless ``is_strict``."""
    try:
        return keyrecord.found(settlement, size_class)
    except ProofRefused:
        if is_strict:
            raise
    key = settlement.verifying_key(size_class)
    ceremony = settlement.chain.call(settlement.verifier(size_class).functions.ceremony())
    return Found(key, keyrecord.digest_of(key), bytes(ceremony))


def named_key(text: str | None) -> Named | None:
    """The key that ``--key`` names. Raises ``NovateError``: KEY_RECORD_UNREADABLE, KEY_RECORD_FALSE."""
    try:
        return keyrecord.named(text) if text else None
    except BadInput as error:
        fix = "what 'novate keys show CLASS --json' prints, a ceremony's transcript, or a key's digest"
        raise NovateError(error.code, error.message, fix=fix, **error.details) from None


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
