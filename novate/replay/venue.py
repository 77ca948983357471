"""Where a replay trades: at the engine alone, or through a running sequencer."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from novate.market.intents import Leave, Quotes, Reading, Retreat, Take
from novate.market.reporters import readings
from novate.replay.people import People
from rollup.actions import Action, Advance, Deposit
from rollup.batch import Batch
from rollup.engine import Engine
from rollup.hashing import Hasher
from rollup.receipts import Receipt
from rollup.refusals import Full, Refused
from sequencer.sequencer import Sequencer

Intent = Quotes | Retreat | Take | Leave
LIFETIME = 60
"""Seconds after which an action, and the orders of it, expire."""
PRICES_EVERY = 10
"""Recorded seconds after which the engine alone begins a batch, for fresher prices."""
PATIENCE = 120
"""Seconds that an acknowledgement may take."""


class Done(NamedTuple):
    """An action, the batch that it went into, and its receipt, or why it was not sequenced."""

    action: Action
    batch: int
    outcome: Receipt | Exception


class Venue(Protocol):
    """What a session wants of the place where it trades."""

    def now(self) -> float:
        """Seconds since 1970 by the venue's clock."""
        ...

    def price(self, recorded: int, mids: Sequence[int]) -> None:
        """What the market is worth now: micro-units per lot by market, 0 where nobody knows."""
        ...

    def send(self, intents: Sequence[Intent]) -> list[Done]:
        """Nonce, expiry and signature for each intent, and what became of it, in order."""
        ...


class Nonces:
    """Counters of accounts, all in lane 0."""

    def __init__(self) -> None:
        self._used: Counter[int] = Counter()

    def action(self, intent: Intent, now: int) -> Action:
        """The unsigned action of an intent."""
        self._used[intent.account] += 1
        return intent.action(0, self._used[intent.account], now + LIFETIME)


class EngineAlone:
    """An engine without signatures, journal, proof and chain. Its clock is the recording's, so runs repeat exactly."""

    def __init__(self, engine: Engine, hasher: Hasher, seed: int) -> None:
        self.engine = engine
        self.batches: list[Batch] = []
        self._hasher = hasher
        self._seed = seed
        self._nonces = Nonces()
        self._readings: list[Reading] = []
        self._recorded = 0
        self._begun = False

    def now(self) -> float:
        """The recorded second."""
        return float(self._recorded)

    def price(self, recorded: int, mids: Sequence[int]) -> None:
        """Keep the reporters' prices for the batch that begins next."""
        self._recorded = recorded
        self._readings = readings(recorded, mids, self._seed)
        if self._begun and recorded >= self.engine.clock + PRICES_EVERY:
            self.seal()
        if not self._begun:
            self._begin()

    def _begin(self) -> None:
        is_newer = self._recorded > self.engine.system.round
        chosen = self._readings[: self.engine.genesis.quorum] if is_newer else []
        advance = Advance(self._recorded, tuple(reading.action(self._recorded) for reading in chosen))
        self.engine.advance(advance.clock, advance.reports)
        self._begun = True

    def seal(self) -> None:
        """End the batch."""
        self.batches.append(self.engine.seal(self._hasher))
        self._begun = False

    def apply(self, action: Action) -> Done:
        """Apply an action, in the next batch if this one is full."""
        try:
            outcome: Receipt | Exception = self._apply(action)
        except Refused as refusal:
            outcome = refusal
        return Done(action, self.engine.number + 1, outcome)

    def _apply(self, action: Action) -> Receipt:
        try:
            return self.engine.apply(action)
        except Full:
            self.seal()
            self._begin()
            return self.engine.apply(action)

    def deposit(self, account: int, key: tuple[int, int], amount: int) -> Receipt:
        """Money out of nowhere. Raises ``Refused``."""
        return self._apply(Deposit(account, amount, new=1, key=key[0], key_y=key[1], owner=account))

    def send(self, intents: Sequence[Intent]) -> list[Done]:
        """Apply the intents, then sweep up what they made void."""
        done = [self.apply(self._nonces.action(intent, self._recorded)) for intent in intents]
        for collect in self.engine.collectable():
            self.apply(collect)
        return done


class Trading:
    """A running sequencer, and traders and reporters who sign what they send it."""

    def __init__(
        self, sequencer: Sequencer, people: People, domain: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._sequencer = sequencer
        self._people = people
        self._domain = domain
        self._clock = clock
        self._nonces = Nonces()
        self.rounds: dict[int, tuple[int, ...]] = {}
        """What the markets were worth in each round that was reported, as ``price`` was told."""

    def now(self) -> float:
        """The wall clock."""
        return self._clock()

    def price(self, recorded: int, mids: Sequence[int]) -> None:
        """All seven reporters sign a round a second, the two that lie among them."""
        now = int(self._clock())
        if now in self.rounds:
            return
        self.rounds[now] = tuple(mids)
        said = [reading.action(now) for reading in readings(recorded, mids, self._people.seed)]
        for report in self._people.signed(said, self._domain):
            self._sequencer.report(report)

    def send(self, intents: Sequence[Intent]) -> list[Done]:
        """Sign and submit everything, then wait for the acknowledgements.

        Raises ``SequencerError`` where the sequencer itself fails.
        """
        now = int(self._clock())
        unsigned = [self._nonces.action(intent, now) for intent in intents]
        actions = self._people.signed(unsigned, self._domain)
        futures = [self._sequencer.submit(action) for action in actions]
        return [self._done(action, future) for action, future in zip(actions, futures)]

    @staticmethod
    def _done(action: Action, future) -> Done:
        try:
            acknowledged = future.result(PATIENCE)
        except Refused as refusal:
            return Done(action, 0, refusal)
        return Done(action, acknowledged.batch, acknowledged.receipt)
