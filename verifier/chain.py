"""A connection to an EVM node that says plainly what went wrong: explicit gas, decoded reasons, typed errors."""

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from typing import Any, NamedTuple

from eth_abi import decode
from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import HTTPProvider, Web3
from web3.contract import Contract as Web3Contract
from web3.exceptions import BlockNotFound, ContractLogicError, TimeExhausted, Web3Exception, Web3RPCError
from web3.types import TxReceipt

from verifier.compile import Contract
from verifier.devnet import MNEMONIC
from verifier.errors import ChainUnreachable, Reverted, VerifierError
from verifier.recursion import bounded

bounded()

ERROR_STRING = bytes.fromhex("08c379a0")
DEVELOPMENT_CHAINS = frozenset({1337, 31337})
"""Chains on which nothing is worth anything."""
POLL, DEVELOPMENT_POLL = 1.0, 0.02
"""Seconds between looks at a transaction that is not mined."""
LOG_RANGE = 50_000
"""Blocks asked for at once when looking for events: public nodes refuse more."""


def development_account(index: int) -> LocalAccount:
    """One of the accounts that anvil fills with ether. Its key is public."""
    Account.enable_unaudited_hdwallet_features()
    return Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}")


def reason_of(error: ContractLogicError) -> str:
    """The reason that a contract gave, or an empty string."""
    data = error.data if isinstance(error.data, str) else ""
    raw = bytes.fromhex(data.removeprefix("0x")) if re.fullmatch(r"0x[0-9a-fA-F]*", data) else b""
    if raw[:4] == ERROR_STRING:
        return decode(["string"], raw[4:])[0]
    found = re.search(r"revert(?:ed)?:? (\w+: .*)", error.message or "")
    return found.group(1) if found else ""


def reverted(error: ContractLogicError, call: str) -> Reverted:
    """The typed error of a refusal; its code is the reason in capitals."""
    reason = reason_of(error)
    code = re.sub(r"\W+", "_", reason).strip("_").upper() or "REVERTED"
    return Reverted(code, reason or f"{call} reverted without a reason", call=call)


class Call(NamedTuple):
    """A call of a contract that can be sent: the function with its arguments, its gas, and a name for people."""

    function: Any
    gas: int
    name: str


class Block(NamedTuple):
    """A block as far as it is of interest; ``time`` in seconds, ``base_fee`` in wei a unit of gas."""

    number: int
    hash: bytes
    time: int
    base_fee: int = 0


class Chain:
    """A node and what it takes to use it."""

    def __init__(self, url: str, *, patience: float = 120, poll: float | None = None) -> None:
        """Connect; raises ``ChainUnreachable`` (RPC_UNREACHABLE).

        ``patience``: seconds to wait for a transaction. ``poll``: seconds between looks; a development chain is asked
        often where none are named.
        """
        self.url = url
        self.patience = patience
        self.web3 = Web3(HTTPProvider(url, request_kwargs={"timeout": 30}))
        try:
            self.id = self.web3.eth.chain_id
        except (OSError, Web3Exception) as error:
            raise ChainUnreachable("RPC_UNREACHABLE", f"no node answers at {url}: {error}", url=url) from error
        self.poll = poll or (DEVELOPMENT_POLL if self.id in DEVELOPMENT_CHAINS else POLL)

    @cached_property
    def _eth(self) -> Any:
        return self.web3.eth

    def latest(self) -> Block:
        """The last block."""
        found = self._eth.get_block("latest")
        return Block(found["number"], bytes(found["hash"]), found["timestamp"], found.get("baseFeePerGas", 0))

    def block_hash(self, number: int) -> bytes:
        """Hash of the block that has this number now; raises ``ChainUnreachable`` (BLOCK_MISSING)."""
        try:
            return bytes(self._eth.get_block(number)["hash"])
        except BlockNotFound as error:
            raise ChainUnreachable("BLOCK_MISSING", f"the node has no block {number}", block=number) from error

    def contract(self, compiled: Contract, address: str) -> Web3Contract:
        """A deployed contract; raises ``ChainUnreachable`` (NO_CONTRACT) if no code lies at the address."""
        if not self._eth.get_code(address):
            raise ChainUnreachable("NO_CONTRACT", f"no contract at {address} on chain {self.id}", address=address)
        return self._eth.contract(address=address, abi=compiled.abi)

    def deploy(self, compiled: Contract, sender: LocalAccount, *arguments: object, gas: int) -> Web3Contract:
        """Deploy a contract; raises as ``send``."""
        factory = self._eth.contract(abi=compiled.abi, bytecode=compiled.bytecode)
        receipt = self.send(factory.constructor(*arguments), sender, gas=gas, name="constructor")
        return self._eth.contract(address=receipt["contractAddress"], abi=compiled.abi)

    def call(self, function: Any, sender: str | None = None, block: str | int = "latest") -> Any:
        """Ask a contract; raises ``Reverted`` with the contract's reason."""
        try:
            return function.call({"from": sender} if sender else {}, block_identifier=block)
        except ContractLogicError as error:
            raise reverted(error, getattr(function, "fn_name", "call")) from error

    def send(self, function: Any, sender: LocalAccount, *, gas: int, name: str = "") -> TxReceipt:
        """Sign and send a call with this much gas and wait until it is mined.

        Raises ``Reverted`` with the contract's reason, or ``ChainUnreachable``: NOT_MINED when it takes longer than
        ``patience`` (it may still take effect), TRANSACTION_REFUSED when the node does not take it.
        """
        name = name or getattr(function, "fn_name", "call")
        try:
            fields = {"from": sender.address, "gas": gas, "chainId": self.id}
            nonce = self._eth.get_transaction_count(sender.address, "pending")
            transaction = function.build_transaction({**fields, "nonce": nonce})
            signed = sender.sign_transaction(transaction)
            sent = self._eth.send_raw_transaction(signed.raw_transaction)
            receipt = self._eth.wait_for_transaction_receipt(sent, timeout=self.patience, poll_latency=self.poll)
        except ContractLogicError as error:
            raise reverted(error, name) from error
        except TimeExhausted as error:
            raise ChainUnreachable("NOT_MINED", f"{name} was not mined in {self.patience} s", call=name) from error
        except Web3RPCError as error:
            raise ChainUnreachable("TRANSACTION_REFUSED", f"the node refused {name}: {error}", call=name) from error
        if receipt["status"] != 1:
            raise self.refusal(transaction, receipt, name)
        return receipt

    def send_call(self, call: Call, sender: LocalAccount) -> TxReceipt:
        """As ``send``."""
        return self.send(call.function, sender, gas=call.gas, name=call.name)

    def refusal(self, transaction: dict, receipt: TxReceipt, name: str) -> VerifierError:
        """Why a mined transaction failed: the same call again, on the state that it met."""
        if receipt["gasUsed"] >= transaction["gas"]:
            return Reverted("OUT_OF_GAS", f"{name} needs more than {transaction['gas']} gas", gas=transaction["gas"])
        again = {key: transaction[key] for key in ("from", "to", "data", "gas", "value") if key in transaction}
        with suppress(Web3RPCError):
            try:
                self._eth.call(again, block_identifier=receipt["blockNumber"])
            except ContractLogicError as error:
                return reverted(error, name)
        return Reverted("REVERTED", f"{name} reverted without a reason", call=name)

    def events(self, event: Any, first_block: int, last_block: int | None = None, **indexed: object) -> Iterator[Any]:
        """Events with these indexed fields, oldest first, a range of blocks at a time."""
        last = self._eth.block_number if last_block is None else last_block
        for start in range(first_block, last + 1, LOG_RANGE):
            end = min(start + LOG_RANGE - 1, last)
            yield from event.get_logs(from_block=start, to_block=end, argument_filters=indexed)

    def time_of(self, block: int) -> int:
        """Timestamp of a block."""
        return self._eth.get_block(block)["timestamp"]

    @property
    def now(self) -> int:
        """Timestamp of the latest block."""
        return self._eth.get_block("latest")["timestamp"]
