"""The batcher: when a batch begins, what is collected into it, and when it ends."""

import time
from collections.abc import Callable

from rollup.actions import Action, Advance
from rollup.batch import Batch
from rollup.engine import Engine
from rollup.hashing import Hasher
from rollup.layout import CLASSES
from rollup.refusals import Ending, Full
from sequencer.events import Sequenced
from sequencer.ledger import Ledger
from sequencer.oracle import Oracle
from sequencer.policy import Policy

SPARE_COLLECTS = 4
"""Collected on top of what an action voided, so that a backlog shrinks."""


class Batcher:
    """Drives the ledger's batches by the policy. Used by the single writer alone.

    ``clock`` tells the time in seconds; it is asked once for each decision, and the answer is in the journal.
    ``passed`` counts seconds whatever is done to the clock: where that is set back, batches end all the same.
    ``backlog`` tells how many proofs have to end before that of a batch sealed now can begin.
    """

    def __init__(
        self,
        ledger: Ledger,
        oracle: Oracle,
        hasher: Hasher,
        policy: Policy,
        clock: Callable[[], int],
        backlog: Callable[[], int],
        sealed: Callable[[Batch], None],
        passed: Callable[[], float] = time.monotonic,
    ) -> None:
        self.ledger = ledger
        self._oracle = oracle
        self.hasher = hasher
        self._policy = policy
        self._clock = clock
        self._backlog = backlog
        self._sealed = sealed
        self._passed = passed
        self._began = passed()
        self._collects = CLASSES[ledger.engine.size_class].slots["collects"]
        self._voided = 0
        """Void orders that wait for their collection, as far as was counted; met ones are still in it."""
        self._may_collect = True
        oracle.used(self._engine.system.round, self._engine.clock)

    @property
    def _engine(self) -> Engine:
        """A rewind puts another one in its place."""
        return self.ledger.engine

    def went_back(self) -> None:
        """The ledger took another state: what was counted holds no more."""
        self._voided = 0
        self._may_collect = True

    def apply(self, action: Action, digest: bytes | None, payload: bytes | None, amended: int = 0) -> Sequenced:
        """Apply an action to the batch in progress, or to the next one if it does not fit. Raises Refused."""
        if not self.ledger.is_open:
            self.begin()
        try:
            entry = self.ledger.apply(action, digest, payload, amended)
        except Full as full:
            self.seal(f"full: {full.column}")
            self.begin()
            entry = self.ledger.apply(action, digest, payload, amended)
        if entry.receipt.ended:
            self._collect_after(entry)
        return entry

    def _collect_after(self, entry: Sequenced) -> None:
        """Collect what an action voided, and a little of what others left."""
        voided = sum(ended.ending is Ending.VOID for ended in entry.receipt.ended)
        if voided:
            self._voided += voided
            self._collect(min(self._voided, voided + SPARE_COLLECTS))

    def begin(self) -> None:
        """Begin a batch now: at the newest round that has a quorum, else with the clock alone."""
        now, last = self._clock(), self._engine.clock
        round_ = self._oracle.newest(now)
        if round_ >= max(last, now - self._policy.round_age) and round_ > self._engine.system.round:
            advance = Advance(round_, self._oracle.choose(round_))
        else:
            advance = Advance(max(now, last))
        self.ledger.begin(advance)
        self._began = self._passed()
        self._oracle.used(self._engine.system.round, advance.clock)
        self._may_collect = True

    def due(self) -> str | None:
        """Why the batch in progress has to end now; None while it may go on."""
        if not self.ledger.is_open:
            return None
        now, policy = self._clock(), self._policy
        age = max(now - self._engine.clock, self._passed() - self._began)
        is_fresher = self._oracle.newest(now) >= self._engine.system.round + policy.round_interval
        reason = "age" if age >= policy.age else "price round" if is_fresher and not self._engine.is_empty else None
        is_held = reason and age < max(policy.age, policy.age_behind) and self._backlog() > policy.backlog
        return None if is_held else reason

    def seal(self, reason: str) -> Batch:
        """End the batch in progress, with as many dead orders collected as there is room for."""
        self._collect(self._collects - self._engine.used()["collects"])
        batch = self.ledger.seal(self.hasher, reason, self._clock())
        self._sealed(batch)
        return batch

    def _collect(self, limit: int) -> None:
        """Collect dead orders, void ones first and oldest first, until one does not fit."""
        if not self._may_collect:
            return
        found = self._engine.collectable(limit)
        if len(found) < limit:
            self._voided = len(found)
        for collect in found:
            try:
                self.ledger.apply(collect)
            except Full:
                self._may_collect = False
                return
            self._voided = max(0, self._voided - 1)
