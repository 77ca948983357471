"""Which action is to blame for a batch whose trace does not prove: bisection over the prefixes of the batch.

Engine and circuit disagree about the batch; they agree about its first actions, or about none. The state before it is
rebuilt from the journal, and a prefix of its actions makes a batch of its own, whose trace is examined. A prefix that
holds a disagreement is refused, so binary search finds the shortest one, and its last action is the one to look at.
"""

import json
import sqlite3
import tempfile
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from circuits.prover import TraceRefused
from rollup.actions import decode
from rollup.engine import Engine
from rollup.hashing import Hasher
from sequencer import store
from sequencer.journal import Kind, Record
from sequencer.recovery import Deployment, History

Examine = Callable[[Path], TraceRefused | None]
"""Why a trace in a file does not prove; None if it does."""


class Culprit(NamedTuple):
    """The first action of a batch that the circuit does not agree with, and the rules it breaks there.

    ``place``     among the actions of the batch, from 1; 0 for its clock and prices, -1 if the batch that is made from
                  the journal proves: then its trace in the file is not what the engine makes of it
    ``sequence``  of its record, and its name and kind; a batch's own begin is an ``advance``
    ``rules``     how often each rule is broken, and ``reason`` in words
    ``examined``  prefixes that were looked at
    """

    batch: int
    place: int
    sequence: int
    digest: str
    kind: str
    reason: str
    rules: dict[str, int]
    examined: int


class Search:
    """One batch. ``connection`` may be one that only reads."""

    def __init__(
        self, connection: sqlite3.Connection, deployment: Deployment, hasher: Hasher, examine: Examine, every: int = 8
    ) -> None:
        self._connection = connection
        self._deployment = deployment
        self._hasher = hasher
        self._examine = examine
        self._history = History(connection, deployment, hasher, every)
        self._seen: dict[int, TraceRefused | None] = {}

    def find(self, batch: int) -> Culprit:
        """The culprit of a sealed batch. Raises KeyError for no batch, and what replaying raises."""
        ledger, _, found = self._history.before(batch)
        self._before = ledger.engine.snapshot()
        self._advance = decode(next(record.payload for record in found if record.kind == Kind.ADVANCE))
        self._actions = [record for record in found if record.kind == Kind.ACTION]
        low, high = 0, len(self._actions)
        if self._refusal(high) is None:
            return Culprit(batch, -1, 0, "", "", "the batch made from the journal proves", {}, len(self._seen))
        while low < high:
            middle = (low + high) // 2
            if self._refusal(middle) is None:
                low = middle + 1
            else:
                high = middle
        begin = next(record for record in found if record.kind == Kind.ADVANCE)
        return self._told(batch, high, self._actions[high - 1] if high else begin)

    def _told(self, batch: int, place: int, record: Record) -> Culprit:
        refused = self._refusal(place)
        rules = refused.findings.broken if refused.findings else {}
        query = "SELECT digest FROM receipts WHERE sequence = ?"
        (digest,) = self._connection.execute(query, (record.sequence,)).fetchone() or (None,)
        kind = json.loads(record.payload)["kind"]
        name = digest.hex() if digest else ""
        return Culprit(batch, place, record.sequence, name, kind, str(refused), dict(rules), len(self._seen))

    def _refusal(self, count: int) -> TraceRefused | None:
        """What the circuit says of a batch of the first actions."""
        if count not in self._seen:
            engine = Engine.restore(*self._deployment, self._before)
            engine.advance(self._advance.clock, self._advance.reports)
            for record in self._actions[:count]:
                engine.apply(decode(record.payload))
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "prefix.json"
                path.write_text(json.dumps(engine.seal(self._hasher).trace, separators=(",", ":")))
                self._seen[count] = self._examine(path)
        return self._seen[count]


class Detective:
    """Looks for the culprit beside everything else, and keeps what it found; ``found`` hears of it."""

    def __init__(
        self,
        directory: Path,
        deployment: Deployment,
        hasher: Hasher,
        examine: Examine,
        found: Callable[[Culprit], None],
    ) -> None:
        self._directory = directory
        self._search = (deployment, hasher, examine)
        self._found = found
        self.trouble = ""
        """Why the last search led nowhere."""

    def begin(self, batch: int) -> threading.Thread:
        """Look at a batch on a thread of its own."""
        thread = threading.Thread(target=self._work, args=(batch,), name="culprit", daemon=True)
        thread.start()
        return thread

    def _work(self, batch: int) -> None:
        try:
            with closing(store.connect(self._directory / store.FILE)) as connection:
                culprit = kept(connection, batch)
                if culprit is None:
                    culprit = Search(connection, *self._search).find(batch)
                    values = (batch, json.dumps(culprit._asdict()))
                    keep = (
                        "INSERT OR REPLACE INTO culprits SELECT number, trace_digest, ? FROM batches WHERE number = ?"
                    )
                    connection.execute(keep, values[::-1])
            self._found(culprit)
        except Exception as error:
            self.trouble = repr(error)


def kept(connection: sqlite3.Connection, batch: int) -> Culprit | None:
    """What was found before, if the batch is still the same."""
    query = "SELECT found FROM culprits JOIN batches USING (trace_digest) WHERE batch = ? AND number = batch"
    row = connection.execute(query, (batch,)).fetchone()
    return Culprit(**json.loads(row[0])) if row else None
