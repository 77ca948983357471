"""The chain of a run: a node of our own, the contracts, and the owners who deposit, withdraw and claim."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from eth_account import Account
from eth_account.signers.local import LocalAccount

from circuits.prover import Key
from novate.replay.people import secret
from verifier.chain import Chain, development_account
from verifier.deploy import Terms, deploy_settlement, deploy_token, deploy_verifier
from verifier.devnet import Devnet
from verifier.groth16 import VerifyingKey
from verifier.settlement import Settlement

ETHER = 10**18
WINDOW = 300
"""Seconds that a commitment may lag behind its batch's clock."""
PATIENCE = 86_400
"""Seconds after which an unsettled commitment may be voided."""
HANDS = 4
"""Owners who talk to the node at once."""


class Cold(NamedTuple):
    """Accounts that are no traders: who deploys and names the operator, who operates, whom fees belong to."""

    admin: LocalAccount
    operator: LocalAccount
    fees: LocalAccount


def cold() -> Cold:
    """The first three of the development chain's own accounts."""
    return Cold(*[development_account(number) for number in range(3)])


def fund(devnet: Devnet, accounts: Iterable[LocalAccount]) -> None:
    """Give accounts ether for gas; a development node can."""
    for account in accounts:
        devnet.call("anvil_setBalance", account.address, hex(ETHER))


def owners(seed: int, accounts: Sequence[int]) -> dict[int, LocalAccount]:
    """Who owns which account: an address each, made from the seed."""
    return {number: Account.from_key(secret(seed, "owner", number)) for number in accounts}


def deploy(chain: Chain, roles: Cold, key: Key, genesis_root: int) -> Settlement:
    """Token, verifier of one class and settlement contract; the operator accepts."""
    token = deploy_token(chain, roles.admin)
    verifier = deploy_verifier(chain, roles.admin, VerifyingKey.from_json(key.points), key.transcript)
    terms = Terms(
        token=token,
        verifiers={key.class_name: verifier},
        genesis_root=genesis_root,
        admin=roles.admin.address,
        operator=roles.operator.address,
        window=WINDOW,
        patience=PATIENCE,
    )
    settlement = deploy_settlement(chain, roles.admin, terms)
    settlement.accept_operator(roles.operator)
    return settlement


def open_accounts(
    settlement: Settlement,
    holders: dict[int, LocalAccount],
    keys: dict[int, tuple[int, int]],
    money: Callable[[int], int],
    each: Callable[[int], None] = lambda account: None,
) -> None:
    """Collateral for every owner, then their first deposits in the order of the accounts' numbers.

    The contract numbers accounts as they come; raises ``ValueError`` where a number is not the one that was meant.
    """

    def provide(account: int) -> None:
        settlement.mint(holders[account], money(account))
        settlement.approve(holders[account], money(account))

    with ThreadPoolExecutor(HANDS) as hands:
        provided = [(account, hands.submit(provide, account)) for account in holders]
        for account, done in provided:
            done.result()
            number, _ = settlement.open_account(holders[account], money(account), tuple(keys[account]))
            if number != account:
                raise ValueError(f"the contract calls account {account} {number}")
            each(account)
