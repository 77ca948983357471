"""The engine: the single door to the state. Begin a batch, apply actions one by one, seal it.

    engine = Engine(genesis, domain, "S")
    engine.advance(clock, reports)        # begins a batch
    receipt = engine.apply(action)        # Refused: never sequenced; Full: seal, and apply it to the next batch
    batch = engine.seal(hasher)           # root, public words, receipts, trace

Signatures are not checked here: that is done at the sequencer's door, and again in the circuit.
"""

from collections.abc import Callable, Sequence
from itertools import chain

from rollup import batch, pages, snapshot, views
from rollup.actions import RULES, Action, Advance, Collect, Report, advance, burn
from rollup.batch import Batch, Domain
from rollup.book import why_dead
from rollup.footprint import capacity
from rollup.genesis import Genesis
from rollup.hashing import Hasher
from rollup.layout import CLASSES, book_of
from rollup.receipts import Receipt
from rollup.refusals import Code, Full, Refused
from rollup.state import Market, State, System
from rollup.tree import Tree
from rollup.views import AccountView, Level, Order, Position


class Misuse(RuntimeError):
    """The caller's order of calls is wrong: a batch must be begun before it is used, and sealed before the next."""


class Engine:
    """State, and at most one batch in progress. ``size_class`` is a name of ``CLASSES``.

    A deployment's quorum and sweeps must suit its class: raises ValueError where they do not.
    """

    def __init__(self, genesis: Genesis, domain: Domain, size_class: str) -> None:
        self._setup(genesis, domain, size_class, State.at_genesis(genesis, CLASSES[size_class]))
        self._unhashed = pages.all_pages(self._state)

    def _setup(self, genesis: Genesis, domain: Domain, size_class: str, state: State) -> None:
        size = CLASSES[size_class]
        reports = size.slots["reports"]
        if genesis.quorum != reports:
            raise ValueError(f"class {size_class} takes {reports} reports, the quorum is {genesis.quorum}")
        sweep = max(market.sweep for market in genesis.markets)
        if sweep > size.sweep:
            raise ValueError(f"class {size_class} fits sweeps of {size.sweep}, a market has {sweep}")
        self.genesis = genesis
        self.domain = domain
        self.size_class = size_class
        self.number = 0
        """Number of the last sealed batch; genesis is 0."""
        self._state = state
        self._tree = Tree()
        self._unhashed: dict = {}
        self._advanced: advance.Advanced | None = None
        self._receipts: list[Receipt] = []
        self._expired: list[Collect] | None = None

    # ------------------------------------------------------------------------------------------ a batch
    def advance(self, clock: int, reports: Sequence[Report] = ()) -> None:
        """Begin a batch at ``clock`` (seconds), with the reports of a round or none.

        Reports are of exactly a quorum, by rising number, all of the round ``clock``.
        Raises Refused (CLOCK_RUNS_BACK, NOT_A_QUORUM, ROUND_IS_NOT_THE_CLOCK, ROUND_IS_NOT_NEWER, BAD_FIELD).
        """
        if self._advanced is not None:
            raise Misuse("seal the batch in progress first")
        action = Advance(clock, tuple(reports))
        advance.check(self._state, action)
        self._advanced = advance.apply(self._state, action)
        self._receipts = []
        self._expired = None

    def apply(self, action: Action) -> Receipt:
        """Apply one action to the batch in progress.

        The receipt says whether it took effect or was refused and burned; ``receipt.action`` is what to journal.
        Raises Refused for what is never sequenced, and Full for what does not fit the rest of the batch; in both
        cases the state is as before.
        """
        receipt = self._attempt(action)
        self._state.stand()
        self._receipts.append(receipt)
        return receipt

    def fits(self, action: Action) -> Full | None:
        """None if ``apply`` would take the action now, else the capacity that it lacks. Raises Refused alike."""
        mark = self._state.mark()
        try:
            self._attempt(action)
        except Full as full:
            return full
        self._state.back_to(mark)
        return None

    def rehearse(self, action: Action, look: Callable[[], object]) -> tuple[Receipt, object]:
        """What ``apply`` would answer now, and what ``look`` sees afterwards; the state is as before, whatever happens.

        Also between two batches, at the clock and the marks of the last one. Raises Refused and Full as ``apply`` does.
        """
        state, rules = self._state, RULES[type(action)]
        rules.check(state, action)
        mark = state.mark()
        try:
            return self._sequence(action, rules.apply), look()
        finally:
            state.back_to(mark)

    def _attempt(self, action: Action) -> Receipt:
        """Apply, or raise with the state as it was."""
        if self._advanced is None:
            raise Misuse("advance first")
        state = self._state
        try:
            rules = RULES[type(action)]
        except KeyError:
            raise Misuse(f"not an action: {type(action).__name__}") from None
        rules.check(state, action)
        mark = state.mark()
        try:
            return self._sequence(action, rules.apply)
        except Full as full:
            state.back_to(mark)
            raise self._too_large(full) from None
        except BaseException:
            # Not sequenced after all, interrupted, or a fault of ours: half an action must not stand.
            state.back_to(mark)
            raise

    def _sequence(self, action: Action, apply: Callable[[State, Action], Receipt]) -> Receipt:
        """Apply, or burn what is refused. Raises what is no refusal of a sequenced action."""
        mark = self._state.mark()
        try:
            return apply(self._state, action)
        except Refused as refusal:
            if not refusal.code.is_refusal:
                raise
            self._state.back_to(mark)
            return burn.apply(self._state, action, refusal)

    def _too_large(self, full: Full) -> Full | Refused:
        """What fits no empty batch will never fit; its number is what the class has of the lacking capacity."""
        if self._state.ticks:
            return full
        return Refused(Code.TOO_LARGE, **{full.column: capacity(self._state.size, full.column)})

    def seal(self, hasher: Hasher) -> Batch:
        """End the batch in progress: its roots, public words, receipts and trace. An empty one is a batch too.

        If the hasher fails, the batch is still in progress and can be sealed again.
        """
        if self._advanced is None:
            raise Misuse("advance first")
        self.root(hasher)
        state = self._state
        number = self.number + 1
        mark = state.mark()
        try:
            words, trace, used = batch.seal(
                state, self.size_class, number, self.domain, self._advanced, self._tree, hasher
            )
        except BaseException:
            state.back_to(mark)
            raise
        sealed = Batch(
            number=number,
            size_class=self.size_class,
            clock=state.clock,
            root_before=words[batch.PublicWord.ROOT_BEFORE],
            root_after=self._tree.root,
            words=words,
            receipts=self._receipts,
            trace=trace,
            used=used,
        )
        self.number = number
        self._advanced = None
        self._receipts = []
        state.begin()
        return sealed

    def root(self, hasher: Hasher) -> int:
        """Root of the last sealed batch, or of genesis."""
        if self._unhashed:
            self._tree.update(hasher, self._unhashed)
            self._unhashed = {}
        return self._tree.root

    # ------------------------------------------------------------------------------------------ snapshots
    def snapshot(self) -> bytes:
        """The whole state between two batches; equal states have equal bytes."""
        if self._advanced is not None:
            raise Misuse("seal the batch in progress first")
        return snapshot.dump(self._state, self._tree, self._unhashed, self.number)

    @classmethod
    def restore(cls, genesis: Genesis, domain: Domain, size_class: str, data: bytes) -> "Engine":
        """An engine that goes on where a snapshot of the same deployment was taken. Raises ValueError for others."""
        engine = cls.__new__(cls)
        state, tree, unhashed, number = snapshot.load(genesis, CLASSES[size_class], data)
        engine._setup(genesis, domain, size_class, state)
        engine._tree, engine._unhashed, engine.number = tree, unhashed, number
        return engine

    # ------------------------------------------------------------------------------------------ reading
    @property
    def clock(self) -> int:
        """Clock of the batch in progress, or of the last one; seconds."""
        return self._state.clock

    @property
    def system(self) -> System:
        """Clock, round, most age of a mark and quorum."""
        return self._state.system

    @property
    def markets(self) -> tuple[Market, ...]:
        """Cells of the listed markets."""
        return tuple(self._state.markets[: len(self.genesis.markets)])

    @property
    def open_markets(self) -> tuple[bool, ...]:
        """Which listed markets have a fresh mark and are open; the others are reduce-only."""
        return tuple(map(bool, self._state.open[: len(self.genesis.markets)]))

    @property
    def is_empty(self) -> bool:
        """The batch in progress has no operation yet."""
        return self._state.ticks == 0

    def used(self) -> dict[str, int]:
        """Slots used of every capacity by the batch in progress."""
        if self._advanced is None:
            raise Misuse("advance first")
        return batch.used(self._state, self._advanced)

    def key(self, account: int) -> tuple[int, int] | None:
        """Trading key (x, y) of an account."""
        return self._state.keys.get(account)

    def accounts(self) -> list[int]:
        """Numbers of all accounts, rising."""
        return sorted(self._state.keys)

    def account(self, account: int) -> AccountView | None:
        """What an account holds and what it is worth at the marks."""
        return views.account(self._state, account)

    def position(self, account: int, market: int) -> Position:
        """An account's row in a market; zeros if it never had one."""
        return views.position(self._state, account, market)

    def order(self, market: int, side: int, slot: int) -> Order | None:
        """The order in a slot."""
        return views.order(self._state, market, side, slot)

    def orders(self, account: int, market: int) -> list[Order]:
        """Live orders of an account in a market, buys first, best first."""
        return views.orders(self._state, account, market)

    def book(self, market: int, depth: int = 10) -> tuple[list[Level], list[Level]]:
        """Best price levels of bids and of asks, dead orders left out."""
        return views.levels(self._state, market, 0, depth), views.levels(self._state, market, 1, depth)

    def collectable(self, limit: int | None = None) -> list[Collect]:
        """What ``Collect`` would sweep out of the books now: void orders, oldest first, then expired and idle ones.

        Expired and idle orders are looked for once a batch, when this is first asked.
        """
        state = self._state
        if self._expired is None:
            self._expired = views.expired(state)
        found: dict[Collect, None] = {}
        for collect in chain(views.voided(state), self._expired):
            if limit is not None and len(found) >= limit:
                break
            if why_dead(state, book_of(collect.market, collect.side), collect.slot):
                found[collect] = None
        return list(found)
