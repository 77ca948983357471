"""The gateway: one sequencer, seen from outside. What the rooms share: reads, lookups, limits, and its life.

Everything here runs on one loop; the sequencer's threads are asked, and what they say comes over the bridge.
"""

import asyncio
import contextlib
import hashlib
import logging
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rollup.refusals import Code
from sequencer import receipts
from sequencer.archive import Archive
from sequencer.errors import SequencerError
from sequencer.events import Began, Event, Moded, Rewound, Sequenced, Staged
from sequencer.gateway import wire
from sequencer.gateway.answers import Answers
from sequencer.gateway.board import Board
from sequencer.gateway.bridge import Bridge
from sequencer.gateway.deadman import DeadMan
from sequencer.gateway.feeds import Feeds
from sequencer.gateway.info import Info
from sequencer.gateway.limits import Allowance, Gate
from sequencer.gateway.moments import Moments
from sequencer.gateway.numbers import Units
from sequencer.gateway.problems import Own, Trouble
from sequencer.gateway.submission import Submissions
from sequencer.gateway.switch import Switches
from sequencer.gateway.tokens import Grant, Tokens
from sequencer.history import History
from sequencer.instruments import Instrument
from sequencer.ledger import Ledger
from sequencer.receipts import Acknowledged
from sequencer.sequencer import Sequencer
from sequencer.tape import Facts

LOG = logging.getLogger(__name__)
ASK_SECONDS = 10
READERS = 2
READ_SECONDS = 2
"""Longest question of the history."""
PROGRESS_STEPS = 100_000
TICK = 0.05
GOODBYE_SECONDS = 1
STAGES = ("open", "sealed", "committed", "proven", "settled")


class Gateway:
    """Made before the loop runs, started on it, stopped on it."""

    def __init__(
        self,
        sequencer: Sequencer,
        instruments: Sequence[Instrument],
        info: Info,
        directory: Path,
        allowance: Allowance = Allowance(),  # noqa: B008 - it never changes
    ) -> None:
        """``directory`` is the sequencer's; history and switches lie beside the journal.

        Raises ValueError where instruments are not those of the deployment, in their order.
        """
        markets = sequencer.deployment.genesis.markets
        if [one.number for one in instruments] != list(range(len(markets))):
            raise ValueError(f"{len(markets)} markets need as many instruments, in order")
        self.sequencer = sequencer
        self.info = info
        self.allowance = allowance
        self.markets = markets
        self.units = [Units(instrument) for instrument in instruments]
        self.by_symbol = {units.symbol: number for number, units in enumerate(self.units)}
        self.answers = Answers(self.units, markets)
        self.domain = sequencer.checker.domain
        self.tokens = Tokens(sequencer, self.domain)
        self.gate = Gate(allowance)
        self.sockets = 0
        self.addresses: dict[str, int] = defaultdict(int)
        """Sockets by where they come from."""
        self.is_stopping = False
        self._directory = directory
        fingerprint = hashlib.sha256(sequencer.deployment.payload()).hexdigest()
        self.history = History(directory, markets, fingerprint)
        self.switches = Switches(directory)
        self._readers = ThreadPoolExecutor(READERS, "gateway-reader")
        self._local = threading.local()
        self._opened: list[tuple[Archive, sqlite3.Connection]] = []
        self._moved = asyncio.Event()
        self._awaited: dict[bytes, list[asyncio.Future]] = {}
        self._tasks: list[asyncio.Task] = []

    # ------------------------------------------------------------------------------------------ its life
    async def start(self) -> None:
        """Begin to follow the sequencer, on the loop that runs."""
        self.loop = asyncio.get_running_loop()
        self.bridge = Bridge(self.loop)
        self.submissions = Submissions(self.sequencer, self.bridge, self.gate, self.answers, self.domain)
        self.feeds = Feeds(self)
        self.board = Board(self.units, self.ask, self.feeds.book_changed)
        self.dead_man = DeadMan(self)
        self.moments = Moments(self)
        self.history.start(lambda facts: self.bridge.call(self._hear, facts), self.sequencer.follow)
        self._tasks = [
            asyncio.create_task(self._every(TICK, self.feeds.tick), name="feeds"),
            asyncio.create_task(self._every(0.25, self.dead_man.tick), name="dead man"),
        ]

    async def say_goodbye(self) -> None:
        """Let nothing in any more, and tell every socket; called before connections are closed."""
        self.is_stopping = True
        self.feeds.close()
        deadline = time.monotonic() + GOODBYE_SECONDS
        while self.sockets and time.monotonic() < deadline:
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Give files back; the sequencer is stopped by whoever has it."""
        self.is_stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self.history.stop)
        self._readers.shutdown()
        for archive, reader in self._opened:
            archive.close()
            reader.close()
        self.switches.close()

    async def _every(self, seconds: float, step: Callable) -> None:
        """Take a step again and again; one that fails is logged, and the next one taken."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await step()
            except (Trouble, SequencerError, TimeoutError) as trouble:
                LOG.debug("gateway.step_missed", extra={"reason": str(trouble)})
            except Exception:
                LOG.exception("gateway.step_failed")
                await asyncio.sleep(1)

    def _hear(self, heard: Sequence[Facts | Event]) -> None:
        """What happened, in order, on the loop."""
        for fact in heard:
            if type(fact) is Facts:
                digest = fact.event.digest
                if self._awaited and digest in self._awaited:
                    self._wake(self._awaited.pop(digest))
            elif type(fact) in (Staged, Rewound, Moded):
                self._moved.set()
                self._moved = asyncio.Event()
                if type(fact) is Rewound:
                    self.board.touch_all()
            elif type(fact) is Began:
                self.board.touch_all()
        self.feeds.hear(heard)

    @staticmethod
    def _wake(waiters: list[asyncio.Future]) -> None:
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    # ------------------------------------------------------------------------------------------ asking
    async def ask(self, function: Callable[[Ledger], object], seconds: float = ASK_SECONDS):
        """What a quick function says of the ledger, on the writer's thread. Raises what it does, and TimeoutError."""
        return await self.bridge.result(self.sequencer.ask(function), seconds)

    async def read(self, function: Callable[[Archive, sqlite3.Connection], object]):
        """What a function reads from the archive and the history, on a thread of its own."""
        return await self.loop.run_in_executor(self._readers, self._read, function)

    def _read(self, function: Callable[[Archive, sqlite3.Connection], object]):
        local = self._local
        pair = getattr(local, "pair", None)
        if pair is None:
            pair = local.pair = (Archive(self._directory), self.history.reader())
            self._opened.append(pair)
            pair[1].set_progress_handler(lambda: time.monotonic() > local.deadline, PROGRESS_STEPS)
        local.deadline = time.monotonic() + READ_SECONDS
        try:
            return function(*pair)
        except sqlite3.OperationalError as error:
            if time.monotonic() > local.deadline:
                raise Trouble(Own.BUSY, "the question takes too long") from error
            raise

    async def caught_up(self) -> int:
        """The last action that the history has in its file, when everything heard so far is in it."""
        waiter = self.loop.create_future()

        def answered() -> None:
            sequence = self.history.sequence
            self.bridge.call(lambda: waiter.done() or waiter.set_result(sequence))

        self.history.ask(answered)
        async with asyncio.timeout(ASK_SECONDS):
            return await waiter

    async def account_of(self, token: str) -> int:
        """The account that a read token is for. Raises TOKEN_INVALID."""
        return (await self.grant_of(token)).account

    async def grant_of(self, token: str) -> Grant:
        """What a read token allows. Raises TOKEN_INVALID."""
        known = self.tokens.known(token)
        return known if known is not None else await self.loop.run_in_executor(self._readers, self.tokens.check, token)

    def market(self, name: str) -> int:
        """Number of a market by its symbol or number. Raises UNKNOWN_MARKET."""
        number = self.by_symbol.get(name)
        if number is None and name.isascii() and name.isdigit() and len(name) < 4 and int(name) < len(self.units):
            number = int(name)
        if number is None:
            raise Trouble(Code.UNKNOWN_MARKET, market=name[:64])
        return number

    def stage(self, batch: int) -> wire.Stage:
        """The last stage that a batch has reached."""
        return self.submissions.stage(batch)

    # ------------------------------------------------------------------------------------------ receipts
    async def find(self, digest: bytes) -> Acknowledged | None:
        """What was acknowledged for an action, in the batch in progress or before."""
        fault = entry = None
        try:
            entry = await self.ask(lambda ledger: ledger.named.get(digest))
        except SequencerError as problem:  # sealed batches can be asked for all the same
            fault = problem
        if entry is not None:
            return receipts.acknowledged(entry)
        found = await self.read(lambda archive, _: archive.find(digest))
        if found is None and fault is not None:
            raise fault
        return found

    async def receipt(self, digest: bytes, stage: str = "open", wait: float = 0) -> wire.Receipt:
        """The receipt, as soon as its batch has reached a stage or ``wait`` seconds are over.

        Raises RECEIPT_UNKNOWN, and BUSY where too many wait.
        """
        if wait and self.gate.waiting >= self.allowance.waiters:
            raise Trouble(Own.BUSY, waiting=self.gate.waiting)
        self.gate.waiting += 1
        try:
            return await self._receipt(digest, stage, time.monotonic() + wait)
        finally:
            self.gate.waiting -= 1

    async def _receipt(self, digest: bytes, stage: str, deadline: float) -> wire.Receipt:
        while True:
            waiter = self.loop.create_future()
            self._awaited.setdefault(digest, []).append(waiter)
            moved = self._moved
            try:
                found = await self.find(digest)
                left = deadline - time.monotonic()
                if found is not None:
                    reached = self.stage(found.batch)
                    if left <= 0 or STAGES.index(reached) >= STAGES.index(stage):
                        return await self._told(found, reached)
                    await _patience(moved.wait(), left)
                elif left <= 0:
                    raise Trouble(Own.RECEIPT_UNKNOWN)
                else:
                    await _patience(waiter, left)
            finally:
                self._forget(digest, waiter)

    def _forget(self, digest: bytes, waiter: asyncio.Future) -> None:
        waiters = self._awaited.get(digest, [])
        if waiter in waiters:
            waiters.remove(waiter)
        if not waiters:
            self._awaited.pop(digest, None)

    def known_receipt(self, entry: Sequenced | None, found: Acknowledged | None) -> wire.Receipt:
        """The receipt of an entry of the batch in progress, or else of one of the archive, without transactions."""
        known = receipts.acknowledged(entry) if entry is not None else found._replace(duplicate=False)
        return self.answers.receipt(known, self.stage(known.batch))

    async def _told(self, found: Acknowledged, stage: str) -> wire.Receipt:
        commit = settle = None
        if stage not in ("open", "sealed"):
            sent = await self.read(lambda archive, _: archive.settlement(found.batch))
            commit, settle = sent.commit, sent.settle
        return self.answers.receipt(found._replace(duplicate=False), stage, commit, settle)


async def _patience(waiting, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await waiting
