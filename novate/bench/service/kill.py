"""kill -9 at random moments: of chain, sequencer and prover, one or all, again and again, under load.

Afterwards nothing that was acknowledged is lost, the same bytes were answered the same way, no batch is settled twice,
and the contract's root is that of the journal, replayed from genesis and from a snapshot alike.
"""

import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from typing import NamedTuple

from circuits.native import Native
from novate.bench.service.stage import Stage
from novate.bench.service.trader import Connection, Orders, Trader
from novate.service.house import deployment_of
from novate.service.listing import kept_genesis
from novate.service.processes import NAMES
from sequencer import recovery
from sequencer.archive import Archive
from sequencer.journal import Journal

PAUSE = 0.5
"""Seconds between two orders of a client."""
BACKLOG = 40
"""Sealed batches without a proof at which clients rest: a prover that is killed all the time proves little."""
YOUNG = 0.35
"""Share of rounds that end while what was killed still starts."""
LONGEST_ROUND = 60.0
LANE = 3


class Found(NamedTuple):
    """What is wrong afterwards: nothing of it should be."""

    lost: list[str]
    changed: list[str]
    differing: list
    twice: list[int]
    roots: dict[str, str]


class Rounds(NamedTuple):
    """What was done: ``killed`` by process, ``down`` the seconds from each kill of the sequencer to its next answer."""

    rounds: int
    killed: dict[str, int]
    acknowledged: int
    repeated: int
    amended: int
    batches: int
    seconds: float
    down: list[float]
    found: Found


class Killing:
    """Rounds on a stage that is up."""

    def __init__(self, stage: Stage, native: Native, seed: int, say: Callable[[str], None] = lambda text: None) -> None:
        self._stage = stage
        self._native = native
        self._random = Random(seed)
        self._say = say
        self._deployment = deployment_of(stage.service, kept_genesis(stage.folder))
        self._domain = self._deployment.domain.digest(native)
        self._down: list[float] = []
        self._killed_sequencer = False
        self.traders = [self._trader(key) for key in stage.accounts()]

    def _trader(self, key) -> Trader:
        service = self._stage.service
        orders = Orders(service, self._native, self._domain, key.account, key.seed, LANE)
        orders.aim([market.reference_price for market in self._deployment.genesis.markets])
        return Trader(service, orders, PAUSE, self._has_room)

    def _has_room(self) -> bool:
        """Whether provers keep up. Asked of the file, since processes come and go."""
        with closing(Archive(self._stage.folder.sequencer)) as archive:
            last = archive.batches(archive.last_proven())
        return len(last) < BACKLOG

    def run(self, rounds: int) -> Rounds:
        """So many rounds, then the reckoning."""
        began = time.monotonic()
        killed: Counter[str] = Counter()
        self._stage.unattended()
        self._until_credited()
        for trader in self.traders:
            trader.start()
        try:
            for number in range(rounds):
                killed.update(self._round(number))
            self._stage.start()
            self._stage.wait(NAMES, LONGEST_ROUND)
            self._until_told(self._acknowledged() + 1)
        finally:
            for trader in self.traders:
                trader.stop()
        self._say(f"{rounds} rounds, {self._acknowledged()} acknowledged; settling what is left")
        batches = self._settle_all()
        found, amended = self._reckon(batches)
        repeated = sum(trader.repeated for trader in self.traders)
        seconds = time.monotonic() - began
        return Rounds(
            rounds, dict(killed), self._acknowledged(), repeated, amended, batches, seconds, self._down, found
        )

    def _round(self, number: int) -> list[str]:
        """Let them live for a while, kill some, start them again."""
        self._stage.start()
        before = self._acknowledged()
        began = time.monotonic()
        if self._random.random() < YOUNG:
            time.sleep(self._random.uniform(0.0, 1.0))
        else:
            self._until_told(before + 1)
            if self._killed_sequencer:
                self._down.append(time.monotonic() - began)
            time.sleep(self._random.uniform(0.0, 0.5))
        victims = self._victims()
        self._killed_sequencer = "sequencer" in victims
        return self._stage.kill(victims)

    def _victims(self) -> Sequence[str]:
        draw = self._random.randrange(4)
        return NAMES if draw == 3 else (NAMES[draw],)

    def _acknowledged(self) -> int:
        return sum(len(trader.told) for trader in self.traders)

    def _until_told(self, count: int) -> None:
        """Wait for acknowledgements; a process that died by itself is started again meanwhile."""
        deadline = time.monotonic() + LONGEST_ROUND
        while self._acknowledged() < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"no acknowledgement in {LONGEST_ROUND} s; see {self._stage.folder.logs}")
            time.sleep(0.02)
            self._stage.start()

    def _until_credited(self) -> None:
        """Deposits come from the chain."""
        connection = Connection(self._stage.service.api)
        waiting = {key.account for key in self._stage.accounts()}
        deadline = time.monotonic() + LONGEST_ROUND
        while waiting:
            status, answer = connection.ask("GET", "/v1/status")
            if status == 200 and answer["seq"] > len(waiting):
                break
            if time.monotonic() > deadline:
                raise TimeoutError("deposits did not arrive")
            time.sleep(0.1)
        connection.close()

    def _settle_all(self) -> int:
        """Seal, and wait until everything is settled; returns the last batch."""
        from novate.service.ask import ask

        self._stage.wait(NAMES, LONGEST_ROUND)
        try:
            ask(self._stage.folder, "/operator/batches/seal", {}, timeout=60)
        except Exception as nothing:
            self._say(f"seal: {nothing}")
        deadline = time.monotonic() + 600
        while True:
            heads = {head["stage"]: head["batch"] for head in ask(self._stage.folder, "/operator/status")["heads"]}
            if heads["settled"] == heads["sealed"]:
                return heads["settled"]
            if time.monotonic() > deadline:
                raise TimeoutError(f"not settled: {heads}")
            time.sleep(0.2)

    # ------------------------------------------------------------------------------------------------ reckoning
    def _reckon(self, batches: int) -> tuple[Found, int]:
        """Compare what clients were told with journal, API and contract."""
        lost, changed, amended = self._receipts()
        twice, chain_root = self._on_chain(batches)
        self._stage.down()
        roots = {"contract": chain_root, **self._replayed(batches)}
        differing = [pair for trader in self.traders for pair in trader.differing]
        return Found(lost, changed, differing, twice, roots), amended

    def _receipts(self) -> tuple[list[str], list[str], int]:
        """Acknowledged actions without a receipt, those with another one, and how many were amended in order."""
        connection = Connection(self._stage.service.api)
        lost, changed, amended = [], [], 0
        for told in [told for trader in self.traders for told in trader.told.values()]:
            status, answer = connection.ask("GET", f"/v1/receipts/{told.hash}")
            if status != 200:
                lost.append(told.hash)
            elif answer["amended"]:
                amended += 1
            elif (answer["seq"], answer["status"], answer["code"]) != told[1:4]:
                changed.append(told.hash)
        connection.close()
        return lost, changed, amended

    def _on_chain(self, batches: int) -> tuple[list[int], str]:
        """Batches that were settled more than once, and the contract's root."""
        from verifier.chain import Chain
        from verifier.settlement import Settlement

        record = self._stage.service.chain
        settlement = Settlement(Chain(record.url), record.settlement, record.first_block)
        events = settlement.chain.events(settlement.contract.events.Settled(), record.first_block)
        counted = Counter(event["args"]["number"] for event in events)
        if settlement.state().settled != batches:
            raise RuntimeError(f"the contract settled {settlement.state().settled} of {batches} batches")
        missing = [number for number in range(1, batches + 1) if number not in counted]
        return [number for number, times in counted.items() if times > 1] + missing, hex(settlement.state().root)

    def _replayed(self, batches: int) -> dict[str, str]:
        """Roots after the last sealed batch, by replaying a copy of the journal with and without snapshots."""
        roots = {}
        for name, use_snapshots in (("genesis", False), ("snapshot", True)):
            copy = self._stage.folder.root / f"replayed-{name}"
            shutil.copytree(self._stage.folder.sequencer, copy)
            with closing(Archive(copy)) as archive:
                roots["journal"] = hex(archive.batch(batches).root_after)
            journal = Journal(copy)
            try:
                ledger = recovery.recover(
                    journal, self._deployment, self._native, copy, snapshot_every=8, use_snapshots=use_snapshots
                )
                roots[name] = hex(ledger.engine.root(self._native)) if ledger.engine.is_empty else roots["journal"]
            finally:
                journal.close()
            shutil.rmtree(copy)
        return roots


def wrong(found: Found) -> dict[str, object]:
    """What does not hold; empty if all does."""
    said = {
        "lost": found.lost,
        "changed": found.changed,
        "differing": found.differing,
        "settled twice": found.twice,
        "roots": sorted(set(found.roots.values()))[1:] and found.roots,
    }
    return {name: value for name, value in said.items() if value}


def rounds_of(home: Path, keys: Path, rounds: int, seed: int, say: Callable[[str], None]) -> Rounds:
    """Set services of the smallest class up, and kill them so many times."""
    ages = {"age": 4, "round_interval": 4, "round_age": 4}
    with Stage(home, keys, "XS", ages) as stage, Native() as native:
        return Killing(stage, native, seed, say).run(rounds)
