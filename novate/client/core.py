"""What every operation builds on: requests and their answers, the signing domain, markets, tokens."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from novate.client import building, errors
from novate.client.chain import ChainAccess
from novate.client.models import Domain, Market, Markets, Time
from novate.client.nonces import Lanes, folder_of, state_folder
from novate.client.operation import Exchange, Lost, Pause, Reply, Steps
from novate.client.signing.schnorr import domain_digest
from novate.client.signing.signer import Signer, signer_of
from sequencer.instruments import Instrument

T = TypeVar("T")
TOKEN_SECONDS = 3600
"""How long a read token is good for."""
TOKEN_MARGIN = 60
"""Seconds before its end at which a token is replaced."""
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0
"""Seconds between attempts."""


class Core:
    """One API, and the account under which it is used, if any."""

    def __init__(
        self,
        url: str,
        *,
        account: int | None = None,
        key: str | bytes | None = None,
        patience: float = 10.0,
        timeout: float = 5.0,
        contract: str | None = None,
        chain: ChainAccess | None = None,
        nonces: Path | None = None,
    ) -> None:
        """``key``: the seed of the trading key, 32 bytes or hexadecimal.

        ``timeout``: seconds that one answer may take, ``patience``: seconds over which a request is tried again.
        ``contract``: the address that must be the API's, if known; ``chain``: how the chain is reached, for deposits,
        claims and verification; ``nonces``: folder of the lanes' files. Raises ``InvalidInput`` (BAD_KEY, NO_ACCOUNT).
        """
        if (account is None) != (key is None):
            raise errors.InvalidInput("NO_ACCOUNT", "an account goes with its key, and a key with its account")
        self.url = url.rstrip("/")
        self.account_number = account
        self.patience = patience
        self.timeout = timeout
        self.chain = chain
        self._contract = contract
        self._signer = _signer(key) if key is not None else None
        self._nonces = nonces
        self._lanes: Lanes | None = None
        self._domain: tuple[Domain, int] | None = None
        self._markets: dict[str, Market] = {}
        self._instruments: dict[str, Instrument] = {}
        self._token: tuple[str, int] | None = None

    # -------------------------------------------------------------------------------------------- requests
    def _get(
        self,
        path: str,
        kind: type[T],
        query: Mapping[str, object] | None = None,
        *,
        own: bool = False,
        waits: float = 0,
    ) -> Steps[T]:
        """A read: asked again while it may help. ``own`` reads carry a token; the server ``waits`` so many seconds."""
        said = {name: str(value) for name, value in (query or {}).items() if value is not None}
        exchange = Exchange("GET", path, said, timeout=self.timeout + waits)
        reply = yield from (self._authorised(exchange) if own else self._persist(exchange))
        return decoded(reply, kind)

    def _post(
        self, path: str, body: bytes, kind: type[T], hashes: tuple[str, ...] = (), *, own: bool = False
    ) -> Steps[T]:
        """A write: the same bytes are sent again while it may help. Raises UnknownOutcome where nobody answers."""
        headers = {"content-type": "application/json"}
        exchange = Exchange("POST", path, body=body, headers=headers, timeout=self.timeout)
        reply = yield from (self._authorised(exchange) if own else self._persist(exchange, hashes))
        return decoded(reply, kind)

    def _authorised(self, exchange: Exchange) -> Steps[Reply]:
        """The answer to a request that carries a read token; one that is refused is replaced, once."""
        for is_last in (False, True):
            token = yield from self._read_token(is_fresh=is_last)
            try:
                carried = {**exchange.headers, "authorization": f"Bearer {token}"}
                return (yield from self._persist(replace(exchange, headers=carried)))
            except errors.Unauthorised as refused:
                if is_last or refused.num not in errors.TOKENS:
                    raise
        raise AssertionError

    def _persist(self, exchange: Exchange, hashes: tuple[str, ...] = ()) -> Steps[Reply]:
        """The answer to a request, after as many attempts as patience allows."""
        deadline = time.monotonic() + self.patience
        was_sent = False
        for pause in pauses():
            outcome: Reply | Lost = yield exchange
            if isinstance(outcome, Lost):
                was_sent = was_sent or outcome.sent
                failure = self._lost(exchange, outcome.reason, was_sent, hashes)
            elif outcome.status < 300:
                return outcome
            else:
                failure = refusal(outcome)
                if failure.retry == "never" or isinstance(failure, errors.NotFound):
                    raise failure
                was_sent = was_sent or failure.outcome == "unknown"
            wait = max(pause, (failure.retry_after_ms or 0) / 1000)
            if time.monotonic() + wait > deadline:
                if was_sent and hashes:
                    raise self._lost(exchange, failure.message, True, hashes)
                raise failure
            yield Pause(wait)
        raise AssertionError

    def _lost(self, exchange: Exchange, reason: str, sent: bool, hashes: tuple[str, ...]) -> errors.ClientError:
        if hashes and sent:
            return errors.UnknownOutcome(f"no answer from {self.url}: {reason}", hashes, exchange.body or b"")
        fix = "novate status"
        return errors.Unreachable("API_UNREACHABLE", f"{self.url} does not answer: {reason}", retry="after", fix=fix)

    # -------------------------------------------------------------------------------------------- what is signed
    def _known_domain(self) -> Steps[int]:
        """D of this API's contract, worked out here and not taken on trust."""
        if self._domain is None:
            found = yield from self._get("/v1/domain", Domain)
            contract = int(found.verifying_contract, 16)
            digest = domain_digest(found.chain_id, contract, found.version)
            if digest != int(found.digest, 16):
                raise errors.ProtocolError("DOMAIN_DIFFERS", "the API's domain digest is not that of its contract")
            if self._contract is not None and int(self._contract, 16) != contract:
                details = {"wanted": self._contract, "found": found.verifying_contract}
                raise errors.ProtocolError("CONTRACT_DIFFERS", "the API serves another contract", details=details)
            self._domain = found, digest
        return self._domain[1]

    def _authority(self) -> tuple[int, Signer]:
        """Account and key. Raises InvalidInput (NO_ACCOUNT)."""
        if self.account_number is None or self._signer is None:
            raise errors.InvalidInput("NO_ACCOUNT", "this client has no account: give account and key, or use local()")
        return self.account_number, self._signer

    def _account_lanes(self) -> Steps[Lanes]:
        if self._lanes is None:
            account, _ = self._authority()
            domain = yield from self._known_domain()
            self._lanes = Lanes(folder_of(self._nonces or state_folder(), domain, account))
        return self._lanes

    def _read_token(self, is_fresh: bool = False) -> Steps[str]:
        """A token that is good for a while; ``is_fresh``: another than the last one, which the server has refused."""
        now = int(time.time())
        if is_fresh or self._token is None or self._token[1] - TOKEN_MARGIN < now:
            account, signer = self._authority()
            domain = yield from self._known_domain()
            expires = now + TOKEN_SECONDS
            if is_fresh:  # it may be that our clock is behind the server's
                told = yield from self._get("/v1/time", Time)
                expires = max(now, told.time // 1000) + TOKEN_SECONDS
            self._token = building.read_token(account, expires, signer, domain), expires
        return self._token[0]

    # -------------------------------------------------------------------------------------------- markets
    def _known_markets(self) -> Steps[dict[str, Market]]:
        if not self._markets:
            found = yield from self._get("/v1/markets", Markets)
            self._keep_markets(found.markets)
        return self._markets

    def _keep_markets(self, found: list[Market]) -> None:
        self._markets = {market.symbol: market for market in found}
        self._instruments = {market.symbol: building.instrument_of(market) for market in found}

    def _instrument(self, symbol: str) -> Steps[Instrument]:
        """Units of a market. Raises InvalidInput (UNKNOWN_MARKET)."""
        yield from self._known_markets()
        if symbol not in self._instruments:
            details = {"market": symbol, "known": sorted(self._instruments)}
            raise errors.InvalidInput("UNKNOWN_MARKET", f"no market is called {symbol!r}", details=details)
        return self._instruments[symbol]

    def _access(self) -> ChainAccess:
        """How the chain is reached. Raises InvalidInput (NO_CHAIN)."""
        if self.chain is None:
            raise errors.InvalidInput("NO_CHAIN", "this client knows no node: give chain=ChainAccess(url, contract)")
        return self.chain


def _signer(key: str | bytes) -> Signer:
    try:
        return signer_of(bytes.fromhex(key.removeprefix("0x")) if isinstance(key, str) else key)
    except ValueError:
        raise errors.InvalidInput("BAD_KEY", "a key is 32 bytes, or 64 hexadecimal digits") from None


def pauses() -> Iterator[float]:
    """Seconds to wait after each attempt."""
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE)


def decoded(reply: Reply, kind: type[T]) -> T:
    """The object of an answer. Raises ProtocolError."""
    try:
        return msgspec.json.decode(reply.body, type=kind)
    except msgspec.DecodeError as wrong:
        raise errors.ProtocolError("BAD_ANSWER", f"an answer that is no {kind.__name__}: {wrong}") from wrong


def refusal(reply: Reply) -> errors.ClientError:
    """The exception of an answer that is not 2xx."""
    try:
        told: Any = msgspec.json.decode(reply.body)
        return errors.of_answer(reply.status, told["error"])
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
        code, text = f"HTTP_{reply.status}", f"an answer of status {reply.status} without an error object"
        retry, outcome = ("same_bytes", "unknown") if reply.status in (502, 503, 504) else ("never", "rejected")
        return errors.ProtocolError(code, text, retry=retry, outcome=outcome)
