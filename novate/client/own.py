"""Reads of an account, by a token that its key signs."""

import time

from novate.client import errors, models
from novate.client.core import FIRST_PAUSE, Core
from novate.client.operation import Pause, Steps, operation
from sequencer.gateway import wire

STAGES = ("open", "sealed", "committed", "proven", "settled")
"""How final a batch is, least first."""
LONGEST_POLL = 10.0
"""Seconds for which the server is asked to hold an answer back."""


class OwnReads(Core):
    """Reads of this client's account. Every one raises ``InvalidInput`` (NO_ACCOUNT) and what public reads raise."""

    def _own(self, part: str = "") -> str:
        account, _ = self._authority()
        return f"/v1/accounts/{account}{part}"

    @operation
    def account(self) -> Steps[models.Account]:
        """Money, margin, positions and the last nonce of each lane."""
        return (yield from self._get(self._own(), models.Account, own=True))

    def _orders(
        self, market: str | None = None, status: str | None = "open", limit: int = 100, cursor: str | None = None
    ) -> Steps[models.Orders]:
        if market is not None:
            yield from self._instrument(market)
        query = {"market": market, "status": status, "limit": limit, "cursor": cursor}
        return (yield from self._get(self._own("/orders"), models.Orders, query, own=True))

    @operation
    def orders(
        self, market: str | None = None, status: str | None = "open", limit: int = 100, cursor: str | None = None
    ) -> Steps[models.Orders]:
        """Orders in the book, or with ``status`` None also those that ended."""
        return (yield from self._orders(market, status, limit, cursor))

    @operation
    def fills(self, market: str | None = None, limit: int = 100, cursor: str | None = None) -> Steps[models.Fills]:
        """Fills, newest first."""
        if market is not None:
            yield from self._instrument(market)
        query = {"market": market, "limit": limit, "cursor": cursor}
        return (yield from self._get(self._own("/fills"), models.Fills, query, own=True))

    @operation
    def positions(self) -> Steps[list[models.Position]]:
        """Positions of all markets."""
        return (yield from self._get(self._own("/positions"), models.Positions, own=True)).positions

    @operation
    def margin(self) -> Steps[models.Margin]:
        """What each market asks for, and what is left."""
        return (yield from self._get(self._own("/margin"), models.Margin, own=True))

    @operation
    def ledger(self, limit: int = 100, cursor: str | None = None) -> Steps[models.Ledger]:
        """Every change of the account's cash, newest first."""
        query = {"limit": limit, "cursor": cursor}
        return (yield from self._get(self._own("/ledger"), models.Ledger, query, own=True))

    @operation
    def switches(self) -> Steps[list[wire.Switch]]:
        """Dead-man switches that are set; one with an ``error`` cannot fire: set it again."""
        return (yield from self._get(self._own("/switches"), wire.Switches, own=True)).switches

    @operation
    def receipt(self, hash: str) -> Steps[models.Receipt]:
        """What became of an action, by its hash. Raises NotFound if none was sequenced so far."""
        return (yield from self._receipt(hash))

    def _receipt(self, hash: str, waits: float = 0, **query: object) -> Steps[models.Receipt]:
        return (yield from self._get(f"/v1/receipts/{hash}", models.Receipt, query, waits=waits))

    @operation
    def wait(
        self, receipt: models.Receipt | str, stage: str = "settled", timeout: float = 300.0
    ) -> Steps[models.Receipt]:
        """The receipt as soon as its batch is ``sealed``, ``committed``, ``proven`` or ``settled``.

        ``receipt``: one, or the hash of an action. Raises TimedOut, and InvalidInput (UNKNOWN_VALUE) for no stage.
        """
        if stage not in STAGES:
            raise errors.InvalidInput("UNKNOWN_VALUE", f"stage is one of {', '.join(STAGES)}", details={"stage": stage})
        hash = receipt if isinstance(receipt, str) else receipt.hash
        deadline = time.monotonic() + timeout
        last = None
        while True:
            left = max(0.0, min(deadline - time.monotonic(), LONGEST_POLL))
            try:
                last = yield from self._receipt(hash, waits=left, stage=stage, wait_ms=int(1000 * left))
            except errors.NotFound:
                last = None
            if last is not None and STAGES.index(last.stage) >= STAGES.index(stage):
                return last
            if time.monotonic() + FIRST_PAUSE > deadline:
                details = {"stage": last.stage if last else "unknown", "wanted": stage, "seconds": timeout}
                raise errors.TimedOut("NOT_YET", f"not {stage} after {timeout} s", hash=hash, details=details)
            yield Pause(FIRST_PAUSE)
