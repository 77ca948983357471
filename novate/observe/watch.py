"""Who watches a sequencer: events become log lines and counters, and whoever asks is told how far things got.

Nothing here stands in the way of trading: events are put into a queue and dealt with on a thread of the watcher's own,
and what breaks there is logged and forgotten.
"""

import shutil
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import TimeoutError as AskedTooLong
from contextlib import closing
from math import inf
from pathlib import Path
from queue import Empty, SimpleQueue

from novate.observe import heads
from novate.observe.heads import Head, Open
from novate.observe.liveness import liveness
from novate.observe.logs import Line, logger
from novate.observe.metrics import Metrics, Now
from novate.observe.pulse import Pulse
from rollup.engine import Engine
from sequencer.archive import Archive
from sequencer.errors import SequencerError
from sequencer.events import Began, Event, Moded, Rewound, Sequenced, Staged
from sequencer.halt import HALTED, NORMAL, REDUCED
from sequencer.sequencer import Sequencer
from sequencer.stages import COMMITTED, PROVEN, SEALED, SETTLED

SECOND = 1.0
BUSY_WINDOW = 300
"""Seconds over which the share of busy ones is told."""
ANSWER_SECONDS = 2
MODES = {NORMAL: 0, REDUCED: 1, HALTED: 2}
ROOTS = {"ROOT_DIFFERS", "CHAIN_DIFFERS"}
CELL = 32
MOST_LEVELS = 1000
CALLS = {COMMITTED: "commit", SETTLED: "settle"}


def milliseconds() -> int:
    """Since the epoch."""
    return time.time_ns() // 1_000_000


class Watch:
    """One for a sequencer. ``limits`` are seconds by stage; ``sockets`` tells open sockets and the longest queue."""

    def __init__(
        self,
        sequencer: Sequencer,
        limits: Mapping[str, float],
        line: Line | None = None,
        sockets: Callable[[], tuple[int, int]] = lambda: (0, 0),
    ) -> None:
        self.metrics = Metrics(self.look)
        self.limits = limits
        self._sequencer = sequencer
        self._line = line
        self.sockets = sockets
        self.pulse = Pulse(sequencer)
        self._events: SimpleQueue[Sequence[Event]] = SimpleQueue()
        self._busy: deque[bool] = deque(maxlen=BUSY_WINDOW)
        self._attempts: dict[int, int] = {}
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        sequencer.events.listen(self._events.put)

    def start(self) -> "Watch":
        """Watch from now on."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Deal with what is left, and end."""
        self._stopping = True
        if self._thread.ident is not None:
            self._thread.join()

    # ------------------------------------------------------------------------------------------------ events
    def _run(self) -> None:
        with closing(Archive(self._sequencer.directory)) as archive:
            looked = 0.0
            while not (self._stopping and self._events.empty()):
                try:
                    for event in self._events.get(timeout=SECOND / 4):
                        self._meet(event, archive)
                except Empty:
                    pass
                except Exception as error:
                    logger().error("watch.failed", exc_info=error)
                if time.monotonic() - looked >= SECOND:
                    looked = time.monotonic()
                    self._look_around()

    def _look_around(self) -> None:
        """Who answers, whether a prover is busy, and attempts that ended without a proof: a further one has begun."""
        try:
            self.pulse.look()
            self._busy.append(self._sequencer.status().proving is not None)
            for job in self.jobs():
                self._attempted(job.batch, job.attempt)
        except Exception as error:
            logger().warning("watch.failed", exc_info=error)

    def _attempted(self, batch: int, attempts: int) -> None:
        known = self._attempts.get(batch, 1)
        if attempts > known:
            self.metrics.attempts.labels("failed").inc(attempts - known)
            self._attempts[batch] = attempts

    def _meet(self, event: Event, archive: Archive) -> None:
        if isinstance(event, Sequenced):
            self._sequenced(event)
        elif isinstance(event, Staged):
            self._staged(event, archive)
        elif isinstance(event, Began):
            logger().info("batch.began", batch=event.batch, clock=event.clock, reports=len(event.reports))
        elif isinstance(event, Rewound):
            self.metrics.rewinds.labels(event.reason).inc()
            logger().warning("sequencer.rewound", batch=event.batch, reason=event.reason)
        elif isinstance(event, Moded):
            self._moded(event)

    def _sequenced(self, event: Sequenced) -> None:
        receipt = event.receipt
        kind = type(receipt.action).__name__.lower()
        is_result = getattr(receipt.code, "is_result", False)
        self.metrics.actions.labels(kind, "accepted" if is_result else "rejected").inc()
        fills = len(receipt.fills) + sum(len(item.fills) for item in receipt.items)
        if fills:
            self.metrics.trades.inc(fills)

    def _moded(self, event: Moded) -> None:
        self.metrics.faults.labels(event.mode, event.reason).inc()
        if event.reason in ROOTS:
            self.metrics.mismatches.inc()
        log = logger().info if event.mode == NORMAL else logger().error
        log("sequencer.mode", mode=event.mode, reason=str(event.reason))

    def _staged(self, event: Staged, archive: Archive) -> None:
        record = archive.batch(event.batch)
        told = {"batch": event.batch}
        if record is None:
            return
        if event.stage == SEALED:
            told |= {"actions": record.actions, "fills": record.fills, "reason": record.reason}
            self.metrics.batch_actions.observe(record.actions)
            self.metrics.batch_bytes.observe(CELL * len(record.words))
            self.metrics.match_latency.observe(record.execute_seconds / max(1, record.actions))
        else:
            seconds = max(0.0, event.time / 1000 - record.sealed_at)
            told["seconds"] = round(seconds, 3)
            self.metrics.stage_seconds.labels(event.stage).observe(seconds)
        if event.stage == PROVEN:
            told |= self._proven(archive, event.batch)
        if event.stage in CALLS:
            told |= self._sent(archive, event.batch, CALLS[event.stage])
        logger().info(f"batch.{event.stage}", **told)

    def _proven(self, archive: Archive, batch: int) -> dict[str, object]:
        job = archive.job(batch)
        if job is None or job.proof is None:
            return {}
        self.metrics.attempts.labels("proven").inc()
        self._attempted(batch, job.attempts)
        self._attempts.pop(batch, None)
        taken = job.proof.seconds
        self.metrics.witness.observe(taken.get("witness", 0.0))
        self.metrics.prove.observe(sum(taken.get(step, 0.0) for step in ("witness", "solve", "prove")))
        return {"attempts": job.attempts, "prove": round(taken.get("prove", 0.0), 3)}

    def _sent(self, archive: Archive, batch: int, call: str) -> dict[str, object]:
        sent = archive.settlement(batch)
        gas = sent.gas.get(call)
        if gas:
            self.metrics.gas.labels(call).set(gas)
        return {"gas": gas, "transaction": getattr(sent, call)}

    # ------------------------------------------------------------------------------------------------ looking
    def heads(self) -> list[Head]:
        """How far each stage got, now."""
        found = heads.times(self._sequencer.directory)
        return heads.heads(found, self._open(), self.limits, milliseconds())

    def _open(self) -> Open:
        """The batch in progress. Read beside the writer: the number of an instant."""
        engine = self._sequencer.engine
        return Open(engine.number + 1, 0 if engine.is_empty else engine.clock * 1000, self.pulse.silent)

    def jobs(self) -> list:
        """Batches that wait for their proof, as the provers' desk tells them."""
        return list(self._sequencer.jobs())

    def look(self) -> Now:
        """Everything that metrics tell and nobody counts."""
        status = self._sequencer.status()
        found, now = heads.times(self._sequencer.directory), milliseconds()
        stages = heads.heads(found, self._open(), self.limits, now)
        oracle, levels = self._markets()
        unproven = next(head for head in stages if head.stage == PROVEN)
        chain = self._sequencer.chain_heads
        sockets, lag = self.sockets()
        return Now(
            heads=stages,
            liveness=liveness(found, now),
            jobs=Counter(job.state for job in self.jobs()),
            oracle=oracle,
            levels=levels,
            plain={
                "oldest_unproven_seconds": unproven.age,
                "waiting_actions": status.waiting,
                "mode": MODES[status.mode],
                "chain_trouble": float(bool(status.trouble)),
                "chain_age_seconds": self.pulse.chain_age,
                "ws_clients": sockets,
                "ws_lag_messages": lag,
                "prover_busy_ratio": sum(self._busy) / max(1, len(self._busy)),
                "journal_sequence": status.sequence,
                "log_lines_missing": self._line.missing if self._line else 0,
                "disk_free_bytes": free(self._sequencer.directory),
                **({"l1_base_fee": chain.base_fee} if chain else {}),
            },
        )

    def _markets(self) -> tuple[dict[str, float], dict[str, int]]:
        """Ages of prices and levels of books by market; none while the writer does not answer."""
        names = [market.name for market in self._sequencer.engine.genesis.markets]
        try:
            return self._sequencer.ask(lambda ledger: marks_and_levels(ledger.engine, names)).result(ANSWER_SECONDS)
        except (SequencerError, AskedTooLong):
            return {}, {}


def marks_and_levels(engine: Engine, names: Sequence[str]) -> tuple[dict[str, float], dict[str, int]]:
    """By market: seconds since the round that its mark comes from, and levels of both sides of its book.

    A market that never had a price is infinitely old: as stale as can be, whatever an alert's limit is.
    """
    now = int(time.time())
    ages, levels = {}, {}
    for number, name in enumerate(names):
        priced = engine.markets[number].price_time
        ages[name] = float(max(0, now - priced)) if priced else inf
        levels[name] = sum(map(len, engine.book(number, MOST_LEVELS)))
    return ages, levels


def free(folder: Path) -> int:
    """Bytes left on the folder's disk."""
    return shutil.disk_usage(folder).free
