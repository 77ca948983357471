"""The small universe with real keys and hashes, whose batches the circuit judges."""

from collections.abc import Sequence
from random import Random

from circuits.native import Native
from circuits.prover import Checker
from rollup.actions import Deposit, Report
from rollup.batch import Batch
from rollup.engine import Engine
from rollup.hashing import domain_digest
from rollup.receipts import Receipt
from tests.properties.universe import DOMAIN, START, Universe
from tests.worlds.world import seed


class SigningEngine(Engine):
    """An engine whose actions and reports are signed on their way in, by keys named after their holders."""

    def __init__(self, native: Native, *deployment) -> None:
        super().__init__(*deployment)
        self._native = native
        self._digest = domain_digest(native, *DOMAIN)

    def apply(self, action) -> Receipt:
        """Sign, then apply. What no word could hold goes in unsigned and is refused at the door."""
        if isinstance(action, Deposit):
            return super().apply(self._keyed(action))
        if hasattr(action, "signature"):
            try:
                action = self._signed(action, action.account)
            except (OverflowError, ValueError, TypeError):
                return super().apply(action)
        return super().apply(action)

    def advance(self, clock: int, reports: Sequence[Report] = ()) -> None:
        """Sign the reports, then begin."""
        super().advance(clock, [self._signed(report, f"reporter {report.reporter}") for report in reports])

    def _keyed(self, deposit: Deposit) -> Deposit:
        if not deposit.new:
            return deposit
        key = self._native.public_key(seed(deposit.account))
        return deposit._replace(key=key.x, key_y=key.y)

    def _signed(self, action, holder):
        return action._replace(signature=tuple(self._native.sign(seed(holder), action.message(self._digest))))


class ProvenUniverse(Universe):
    """Every batch that is sealed is held against the circuit's rules."""

    def __init__(self, number: int, native: Native, checker: Checker, is_big: bool = False) -> None:
        super().__init__(number, "XS", is_big, checked=False)
        random = Random(number)
        reporters = native.public_keys([seed(f"reporter {reporter}") for reporter in range(7)])
        fees = native.public_key(seed(0))
        self.genesis = self.genesis._replace(
            reporters=tuple(map(tuple, reporters)),
            fee_account=self.genesis.fee_account._replace(x=fees.x, y=fees.y),
        )
        self.native, self.checker = native, checker
        self.engine = SigningEngine(native, self.genesis, DOMAIN, "XS")
        self.journal.clear()
        self._advance(START, random)

    def seal(self) -> Batch:
        """Seal, and let the circuit look at it."""
        batch = self.engine.seal(self.native)
        self.batches.append(batch)
        found = self.checker.check(batch.trace)
        assert not found.broken, f"breaks {sorted(found.broken)}: {found.unbalanced[:6]}"
        return batch
