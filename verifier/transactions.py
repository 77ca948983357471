"""Transactions of one key: explicit nonces, a gas cap, a dry run before every send, and a record that outlives a crash.

A call ends in a receipt or in an error that says what is known. ``ChainUnreachable`` with NOT_MINED or after a crash
means that it may still take effect: the record knows it, and the next call resumes it. Whoever sends through here
must be able to send twice, as every batch can be: the contract takes each once.

What a reorganisation takes out of its block is pending again before anything else is sent (``pending.Record`` has the
states). ``cancel`` returns once every nonce that was ever signed for, however it ended, is used on the chain as it is
then: nothing that was sent before can take effect on it any more.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from eth_account.signers.local import LocalAccount
from web3.exceptions import BlockNotFound, ContractLogicError, TransactionNotFound, Web3RPCError
from web3.types import TxReceipt

from verifier.chain import Call, Chain, reverted
from verifier.errors import ChainUnreachable, Reverted
from verifier.fees import DEFAULT, FeePolicy, Fees, bumped, current
from verifier.pending import Attempt, Record

NOTHING = "nothing"
"""Name of a transaction that only uses up a nonce, in place of one that must not take effect any more."""
NOTHING_GAS = 21_000
KNOWN = ("already known", "alreadyknown", "already imported", "known transaction")
USED = ("nonce too low", "nonce is too low", "oldnonce")
RIVAL = ("replacement", "could not replace")
"""Words of nodes that have another transaction with the same nonce, and take none for so little in its place."""
CHEAP = (
    "underpriced",
    "less than block base fee",
    "fee too low",
    "feetoolow",
    "fee cap less than",
    "tip too low",
    *RIVAL,
)
TRIES = 4
"""Times that one send is tried anew, with another nonce or higher fees."""
LAG = 3
"""Looks that a node may take from counting a transaction to knowing its receipt."""
UNMINED, GIVEN_UP = ("mined", "overtaken"), "dropped"
"""States that end with the block that they are about, and the one that nothing is waited for in."""


def says(error: Exception, texts: Sequence[str]) -> bool:
    """Whether a node's refusal has one of these texts."""
    return any(text in str(error).lower() for text in texts)


class Ended(NamedTuple):
    """A transaction in a block, and the attempt that it is."""

    attempt: Attempt
    receipt: TxReceipt


class Transactions:
    """Sends for one key on one chain. Used by one thread at a time, and by one process for each key."""

    def __init__(
        self,
        chain: Chain,
        account: LocalAccount,
        record: Path | None = None,
        policy: FeePolicy = DEFAULT,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``record`` is a SQLite file of this key and chain, without which a crash forgets.

        ``clock`` tells seconds since the epoch.
        """
        self.chain = chain
        self.account = account
        self.policy = policy
        self._record = Record(record, f"{chain.id}:{account.address}")
        self._clock = clock
        self._waited: dict[str, int] = {}  # latest block when an attempt was found waiting too long
        self._eth: Any = chain.web3.eth

    def pending(self) -> list[Attempt]:
        """What may still be mined, one attempt a nonce."""
        return [attempts[-1] for attempts in self._record.pending().values()]

    def sent(self, name: str) -> list[Attempt]:
        """What was sent under a name, however it ended, back to some time ago."""
        return self._record.named(name)

    def disown(self, transactions: Sequence[str]) -> None:
        """Remember that these transactions are not meant any more, should they be mined nevertheless."""
        self._record.disown(transactions)

    def disowns(self, transaction: str) -> bool:
        """Whether a transaction was sent here and is not meant any more."""
        return self._record.disowns(transaction)

    def send(self, call: Call) -> TxReceipt:
        """Send a call and wait until it is mined.

        Raises ``Reverted`` with the contract's reason, in the dry run before anything is sent or for what was mined,
        and ``ChainUnreachable``: GAS_CAP, NOT_MINED, NONCE_OVERTAKEN (another transaction of this key was mined in
        its place), NO_FUNDS, TRANSACTION_REFUSED.
        """
        return self.send_all([call])[0]

    def send_all(self, calls: Sequence[Call]) -> list[TxReceipt]:
        """Send calls that follow each other without waiting for each, and wait for all; raises as ``send``.

        Where a later call does not pass its dry run, what comes before it is waited for and returned alone: a node may
        not see the one in the other.
        """
        self.resume()
        sent: list[tuple[int, dict[str, Any]]] = []
        for call in calls:
            try:
                sent.append(self._begin(call))
            except (Reverted, ChainUnreachable):
                if not sent:
                    raise
                break
        return [self._wait(nonce, template) for nonce, template in sent]

    def resume(self) -> None:
        """See to what is pending, of an earlier run too: ended, sent again where it vanished, replaced where stuck."""
        self._record.reopen(self._count(), UNMINED)
        for nonce in self._record.pending():
            with suppress(Reverted):
                self._look(nonce)
        self._fill()

    def cancel(self) -> None:
        """End everything that may take effect: replaced by nothing, or mined meanwhile. Raises as ``send``."""
        mined = self._count()
        self._record.reopen(mined, (*UNMINED, GIVEN_UP))
        for nonce, attempts in self._record.pending().items():
            if nonce >= mined and attempts[-1].name != NOTHING:
                self._replace(nonce, attempts[-1], self._nothing())
        self._fill()
        for nonce in self._record.pending():
            try:
                self._wait(nonce)
            except Reverted:
                continue
            except ChainUnreachable as error:
                if error.code != "NONCE_OVERTAKEN":
                    raise

    def close(self) -> None:
        """Give the record back."""
        self._record.close()

    # ------------------------------------------------------------------------------------------------- beginning
    def _begin(self, call: Call) -> tuple[int, dict[str, Any]]:
        """Send a call unless it is under way already; returns its nonce, and what was sent."""
        template = self._template(call)
        for nonce, attempts in self._record.pending().items():
            if is_of(attempts[-1], template):
                return nonce, template
        fees = current(self._eth, self.policy)
        self._dry_run(template, call.name)
        for _ in range(TRIES):
            nonce = self._next_nonce()
            attempt = self._signed(nonce, template, call.name, fees)
            try:
                self._send(attempt)
                return nonce, template
            except Web3RPCError as error:
                if says(error, USED) and self._is_mined(attempt):
                    return nonce, template  # the answer was lost on the way, and it was sent again
                self._record.end(nonce, GIVEN_UP)
                if says(error, CHEAP):
                    fees = bumped(fees, current(self._eth, self.policy), self.policy)
                elif not says(error, USED):
                    raise self._not_taken(call.name, error) from error
        raise ChainUnreachable("TRANSACTION_REFUSED", f"the node refused {call.name} {TRIES} times", call=call.name)

    def _template(self, call: Call) -> dict[str, Any]:
        """Target, data and gas of a call."""
        data = call.function._encode_transaction_data()
        return {"to": call.function.address, "data": data, "gas": call.gas}

    def _nothing(self) -> dict[str, Any]:
        return {"to": self.account.address, "data": "0x", "gas": NOTHING_GAS}

    def _dry_run(self, template: dict[str, Any], name: str) -> None:
        """Ask what the call would do on what is pending; raises ``Reverted``."""
        try:
            self._eth.call({**template, "from": self.account.address}, "pending")
        except ContractLogicError as error:
            raise reverted(error, name) from error
        except Web3RPCError as error:
            raise self._not_taken(name, error) from error

    @staticmethod
    def _not_taken(name: str, error: Web3RPCError) -> ChainUnreachable:
        code = "NO_FUNDS" if "insufficient funds" in str(error).lower() else "TRANSACTION_REFUSED"
        return ChainUnreachable(code, f"the node refused {name}: {error}", call=name)

    def _count(self, at: str = "latest") -> int:
        """Nonces that are used in the last block, or in what is pending too."""
        return self._eth.get_transaction_count(self.account.address, at)

    def _next_nonce(self) -> int:
        """The lowest that is neither mined, nor pending here, nor in the node's pool."""
        mined, pooled = self._count(), self._count("pending")
        used = self._record.pending().keys() | set(range(mined, pooled))
        return next(nonce for nonce in range(mined, mined + len(used) + 1) if nonce not in used)

    def _signed(self, nonce: int, template: dict[str, Any], name: str, fees: Fees) -> Attempt:
        fields = {"nonce": nonce, "chainId": self.chain.id, "type": 2, "value": 0}
        fields |= {"maxFeePerGas": fees.most, "maxPriorityFeePerGas": fees.tip}
        signed = self.account.sign_transaction({**template, **fields})
        raw, target, data, gas = bytes(signed.raw_transaction), template["to"], template["data"], template["gas"]
        return Attempt(signed.hash.to_0x_hex(), nonce, raw, target, data, gas, name, fees, self._clock())

    def _send(self, attempt: Attempt) -> None:
        """Record an attempt, then send it; one that the node knows is as good as sent. Raises ``Web3RPCError``."""
        self._record.add(attempt)
        try:
            self._eth.send_raw_transaction(attempt.raw)
        except Web3RPCError as error:
            if not says(error, KNOWN):
                raise

    # ------------------------------------------------------------------------------------------------- ending
    def _wait(self, nonce: int, template: dict[str, Any] | None = None) -> TxReceipt:
        """Until a nonce is used, by what was to be sent if that is named; raises as ``send``."""
        deadline = time.monotonic() + self.chain.patience
        name = self._record.pending()[nonce][-1].name if nonce in self._record.pending() else "call"
        while (ended := self._look(nonce)) is None:
            if nonce not in self._record.pending():
                raise ChainUnreachable("NONCE_OVERTAKEN", f"{name} was given up or overtaken", call=name, nonce=nonce)
            if time.monotonic() > deadline:
                raise ChainUnreachable("NOT_MINED", f"{name} was not mined in {self.chain.patience} s", call=name)
            time.sleep(self.chain.poll)
        if template is not None and not is_of(ended.attempt, template):
            taken = ended.attempt.name
            raise ChainUnreachable("NONCE_OVERTAKEN", f"{taken} was mined in place of {name}", call=name, nonce=nonce)
        return ended.receipt

    def _look(self, nonce: int) -> Ended | None:
        """One look at a pending nonce, and what follows: what was mined, or None and it may have ended without that.

        Raises ``Reverted`` for what was mined and failed.
        """
        attempts = self._record.pending().get(nonce)
        if attempts is None:
            return None
        for look in range(LAG):
            ended = next(filter(None, map(self._mined, attempts)), None)
            if ended is not None:
                return self._ended(nonce, ended)
            if self._count() <= nonce:
                self._nurse(nonce, attempts)
                return None
            time.sleep(self.chain.poll * look)
        self._record.end(nonce, "overtaken")
        return None

    def _mined(self, attempt: Attempt) -> Ended | None:
        """An attempt in a block of the chain as it is now: a node may know receipts of another fork."""
        try:
            receipt = self._eth.get_transaction_receipt(attempt.hash)
            is_here = self._eth.get_block(receipt["blockNumber"])["hash"] == receipt["blockHash"]
        except (TransactionNotFound, BlockNotFound):
            return None
        return Ended(attempt, receipt) if is_here else None

    def _is_mined(self, attempt: Attempt) -> bool:
        """Whether an attempt is in a block, or will be known to be shortly."""
        for look in range(LAG):
            if self._mined(attempt):
                return True
            time.sleep(self.chain.poll * look)
        return False

    def _ended(self, nonce: int, ended: Ended) -> Ended:
        self._record.end(nonce, "mined")
        mined, receipt = ended
        if receipt["status"] != 1:
            asked = {"from": self.account.address, "to": mined.target, "data": mined.data, "gas": mined.gas}
            raise self.chain.refusal(asked, receipt, mined.name)
        return ended

    def _nurse(self, nonce: int, attempts: list[Attempt]) -> None:
        """Send again what vanished, and replace what is stuck; one that would fail by now is replaced by nothing."""
        attempt = attempts[-1]
        is_pooled = self._is_pooled(attempt)
        is_stuck = self._is_stuck(attempt)
        if is_pooled and not is_stuck:
            return
        template = {"to": attempt.target, "data": attempt.data, "gas": attempt.gas}
        try:
            self._dry_run_alone(template, attempt)
        except Reverted:
            if not any(map(self._is_pooled, attempts)):
                self._record.end(nonce, GIVEN_UP)
                return
            self._replace(nonce, attempt, self._nothing())
            return
        if is_stuck:
            self._replace(nonce, attempt, template)
            return
        try:
            self._send(attempt)
        except Web3RPCError as error:
            if says(error, USED):
                return  # the next look tells by whom
            if says(error, RIVAL) and not any(map(self._is_pooled, attempts)):
                return  # this key is at work elsewhere: whoever is mined first, and no race to the cap
            self._replace(nonce, attempt, template)

    def _is_stuck(self, attempt: Attempt) -> bool:
        """Whether it waits too long, and a block came without it: where none comes, a dearer one waits as well."""
        if self._clock() - attempt.sent_at <= self.policy.stuck:
            return False
        block = self._eth.block_number
        return block > self._waited.setdefault(attempt.hash, block)

    def _dry_run_alone(self, template: dict[str, Any], attempt: Attempt) -> None:
        """Dry run on the last block: on what is pending the attempt would meet itself. Only the lowest nonce says."""
        if attempt.name == NOTHING or attempt.nonce != min(self._record.pending()):
            return
        try:
            self._eth.call({**template, "from": self.account.address}, "latest")
        except ContractLogicError as error:
            raise reverted(error, attempt.name) from error

    def _is_pooled(self, attempt: Attempt) -> bool:
        try:
            self._eth.get_transaction(attempt.hash)
        except TransactionNotFound:
            return False
        return True

    def _replace(self, nonce: int, attempt: Attempt, template: dict[str, Any]) -> None:
        """Another attempt at a nonce, dearer. What it costs too much for stays as it is; raises GAS_CAP, NO_FUNDS."""
        name = attempt.name if template["data"] == attempt.data else NOTHING
        fees = attempt.fees
        for _ in range(TRIES):
            fees = bumped(fees, current(self._eth, self.policy), self.policy)
            dearer = self._signed(nonce, template, name, fees)
            try:
                self._send(dearer)
                return
            except Web3RPCError as error:
                if says(error, USED):
                    return  # the next look tells by whom
                if not says(error, CHEAP):
                    raise self._not_taken(name, error) from error
        raise ChainUnreachable("TRANSACTION_REFUSED", f"no replacement of {attempt.name} was taken", call=attempt.name)

    def _fill(self) -> None:
        """Use up a nonce that is missing below what is pending: after a reorganisation what is above would wait on."""
        pending = self._record.pending()
        if not pending:
            return
        mined, pooled = self._count(), self._count("pending")
        for nonce in range(mined, max(pending)):
            if nonce not in pending and nonce >= pooled:
                fees = current(self._eth, self.policy)
                self._send(self._signed(nonce, self._nothing(), NOTHING, fees))


def is_of(attempt: Attempt, template: dict[str, Any]) -> bool:
    """Whether an attempt is at this call."""
    return (attempt.target, attempt.data) == (template["to"], template["data"])
