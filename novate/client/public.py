"""Reads that anyone may make."""

from typing import TYPE_CHECKING

from novate.client import models
from novate.client.chain import ChainAccess, verify
from novate.client.core import Core
from novate.client.operation import Steps, Work, operation

if TYPE_CHECKING:
    from verifier.audit import Report


class PublicReads(Core):
    """Health, markets, prices, batches. Every read raises ``Unreachable``, ``Throttled`` and ``ProtocolError``."""

    @operation
    def status(self) -> Steps[models.Status]:
        """Mode, heads with their ages, queues."""
        return (yield from self._get("/v1/status", models.Status))

    @operation
    def time(self) -> Steps[models.Time]:
        """The server's clock, and that of the batch in progress."""
        return (yield from self._get("/v1/time", models.Time))

    @operation
    def domain(self) -> Steps[models.Domain]:
        """What signatures are good for; its digest was worked out here, too."""
        yield from self._known_domain()
        assert self._domain is not None
        return self._domain[0]

    @operation
    def limits(self) -> Steps[models.Limits]:
        """Rates, costs and sizes."""
        return (yield from self._get("/v1/limits", models.Limits))

    @operation
    def errors(self) -> Steps[list[models.ErrorKind]]:
        """Every code there is."""
        return (yield from self._get("/v1/errors", models.Errors)).errors

    @operation
    def markets(self) -> Steps[list[models.Market]]:
        """The listed markets, asked for anew."""
        found = yield from self._get("/v1/markets", models.Markets)
        self._keep_markets(found.markets)
        return found.markets

    @operation
    def prices(self) -> Steps[models.Prices]:
        """Marks of the batch in progress, and the reports that they come from."""
        return (yield from self._get("/v1/prices", models.Prices))

    @operation
    def book(self, market: str, depth: int = 20) -> Steps[models.Book]:
        """Levels of both sides, best first. Raises InvalidInput (UNKNOWN_MARKET)."""
        yield from self._instrument(market)
        return (yield from self._get(f"/v1/markets/{market}/book", models.Book, {"depth": depth}))

    @operation
    def trades(self, market: str, limit: int = 100, cursor: str | None = None) -> Steps[models.Trades]:
        """Public trades, newest first; the answer's ``next`` is the cursor of older ones."""
        yield from self._instrument(market)
        query = {"limit": limit, "cursor": cursor}
        return (yield from self._get(f"/v1/markets/{market}/trades", models.Trades, query))

    @operation
    def candles(
        self, market: str, interval: str = "1m", limit: int = 100, cursor: str | None = None
    ) -> Steps[models.Candles]:
        """Candles, oldest first. ``interval`` from 1m to 1w."""
        yield from self._instrument(market)
        query = {"interval": interval, "limit": limit, "cursor": cursor}
        return (yield from self._get(f"/v1/markets/{market}/candles", models.Candles, query))

    @operation
    def tickers(self) -> Steps[list[models.Ticker]]:
        """Best prices, marks and the last 24 hours of each market."""
        return (yield from self._get("/v1/tickers", models.Tickers)).tickers

    @operation
    def batches(self, limit: int = 50, cursor: str | None = None) -> Steps[models.Batches]:
        """Batches and their stages, newest first."""
        return (yield from self._get("/v1/batches", models.Batches, {"limit": limit, "cursor": cursor}))

    @operation
    def batch(self, number: int) -> Steps[models.Batch]:
        """A batch with everything that is public of it. Raises NotFound."""
        return (yield from self._get(f"/v1/batches/{number}", models.Batch))

    @operation
    def verify(self, number: int, chain: ChainAccess | None = None) -> Steps["Report"]:
        """Check a settled batch from chain data alone: neither the API nor our prover is asked.

        The report's ``holds`` says whether it is what it claims to be. Raises InvalidInput (NO_CHAIN) and
        ``verifier.errors.VerifierError`` for a batch that cannot be read.
        """
        access = chain or self._access()
        return (yield Work(lambda: verify(access, number)))
