"""The chain as the sequencer's process sees it: reached when it is first needed, so that nobody waits for it to trade.

Loading what talks to a node takes seconds, and a node may be away while orders are taken all the same.
"""

import threading
from collections.abc import Callable

from circuits.native import Native
from novate.observe.logs import logger
from novate.service.folder import Folder, Service
from sequencer.contract import ChainUnreachable


class LateChain:
    """Everything that ``novate.bridge.SettlementChain`` is, from the first call on that finds the node."""

    def __init__(
        self, folder: Folder, service: Service, native: Native, may_begin: Callable[[], bool] = lambda: True
    ) -> None:
        """``may_begin`` is asked before the chain is first looked at: see ``House``."""
        self.window: int = service.window
        self._may_begin = may_begin
        self._folder = folder
        self._service = service
        self._native = native
        self._found: object | None = None
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> object:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._reached(), name)

    def _reached(self) -> object:
        """The chain; raises ``sequencer.settling.ChainUnreachable``."""
        with self._lock:
            if self._found is None:
                if not self._may_begin():
                    raise ChainUnreachable("waiting for the first prices")
                self._found = self._reach()
                logger().info("chain.reached", url=self._service.chain.url, contract=self._service.chain.settlement)
            return self._found

    def _reach(self) -> object:
        from novate.bridge import SettlementChain, in_their_terms
        from novate.service.roles import operator_of
        from verifier.chain import Chain
        from verifier.fees import GIGA, FeePolicy
        from verifier.settlement import Settlement

        record = self._service.chain
        with in_their_terms():
            settlement = Settlement(Chain(record.url), record.settlement, record.first_block)
            sent = self._folder.sequencer / "transactions.sqlite"
            policy = FeePolicy(cap=self._service.gas_cap * GIGA)
            return SettlementChain(settlement, operator_of(self._folder), self._native, sent, policy)
