"""Setting the services up: keys, contracts on a chain, accounts with money on development chains.

Every step can be repeated: what is there already stays, so an ``up`` that was interrupted goes on.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from circuits.native import Native, PublicKey
from circuits.prover import Key
from novate.client.accounts import KeyFile, KeyFolder, new_key
from novate.errors import NovateError
from novate.feed.market import Market
from novate.screen import Screen
from novate.service import listing
from novate.service.cast import Funded
from novate.service.folder import Folder, Service
from novate.service.roles import DEVELOPMENT_CHAINS, Roles, check_key, keep_operator
from rollup.batch import Domain
from rollup.engine import Engine
from rollup.genesis import Genesis
from verifier.chain import Chain
from verifier.deploy import Terms, deploy_settlement, deploy_token, deploy_verifier
from verifier.devnet import HARDFORK, rpc
from verifier.errors import ChainUnreachable
from verifier.groth16 import VerifyingKey
from verifier.settlement import Settlement

NO_CONTRACT = 1
"""Any contract will do to work out the genesis root: it is no part of the state."""
ETHER = 10**18
GAS_MONEY = 10 * ETHER


class Plan(NamedTuple):
    """What is deployed: by whom, of which markets, with which proving keys (the first is that of the size class)."""

    roles: Roles
    markets: Sequence[Market]
    keys: Sequence[Key]
    token: str = ""
    reporters: Sequence[PublicKey] = ()


def deploy(folder: Folder, service: Service, plan: Plan, screen: Screen) -> Service:
    """Contracts, and service.json with their addresses. Raises ``NovateError`` and ``VerifierError``."""
    for key in plan.keys:
        check_key(service.chain.id, key.development)
    with Native() as native, screen.step("deploy token, verifiers and settlement"):
        genesis = genesis_for(folder, service, plan, native)
        root = Engine(genesis, Domain(service.chain.id, NO_CONTRACT), service.size_class).root(native)
        chain = Chain(service.chain.url)
        first_block = chain.web3.eth.block_number
        settlement, token = contracts(chain, service, plan, root)
    keep_operator(folder, plan.roles.operator)
    deployed = replace(service, genesis_root=f"0x{root:064x}").with_chain(
        settlement=settlement.address,
        token=token,
        first_block=first_block,
        hardfork=HARDFORK if service.chain.embedded else "",
        admin=plan.roles.admin.address,
        operator=plan.roles.operator.address,
    )
    folder.write(deployed)
    return deployed


def genesis_for(folder: Folder, service: Service, plan: Plan, native: Native) -> Genesis:
    """The deployment's genesis, kept in its file."""
    fees = fee_key(folder, plan.roles.fees)
    (key,) = native.public_keys([fees.seed])
    reporters = plan.reporters or listing.seeds_and_keys(folder, native)[1]
    owner = int(plan.roles.fees, 16)
    return listing.kept_genesis(folder, listing.genesis_of(plan.markets, service.size_class, reporters, key, owner))


def fee_key(folder: Folder, owner: str) -> KeyFile:
    """The key of the fee account, number 0; of an ``up`` that deployed nothing there may be one with another owner."""
    keys = KeyFolder(folder.accounts)
    known = listing.FEES in keys.names()
    key = keys.read(listing.FEES) if known else new_key(listing.FEES, with_owner=False)
    if key.owner != owner:
        keys.write(replace(key, account=0, owner=owner))
    return keys.read(listing.FEES)


def contracts(chain: Chain, service: Service, plan: Plan, root: int) -> tuple[Settlement, str]:
    """Token unless one is named, a verifier for each key, and the settlement contract; the operator accepts."""
    admin, operator = plan.roles.admin, plan.roles.operator
    token = plan.token or deploy_token(chain, admin)
    verifiers = {
        key.class_name: deploy_verifier(chain, admin, VerifyingKey.from_json(key.points), key.transcript)
        for key in plan.keys
    }
    terms = Terms(
        token=token,
        verifiers=verifiers,
        genesis_root=root,
        admin=admin.address,
        operator=operator.address,
        window=service.window,
        patience=service.patience,
    )
    settlement = deploy_settlement(chain, admin, terms)
    settlement.accept_operator(operator)
    return settlement, token


def fund(folder: Folder, service: Service, cast: Sequence[Funded], screen: Screen) -> list[KeyFile]:
    """Accounts with money, on a development chain; those that there are already are left as they are."""
    if service.chain.id not in DEVELOPMENT_CHAINS:
        return []
    keys = KeyFolder(folder.accounts)
    known = {name: keys.read(name) for name in keys.names()}
    waiting = [one for one in cast if one.name not in known or known[one.name].account is None]
    if waiting:
        with Native() as native, screen.step(f"fund {len(waiting)} accounts"):
            settlement = Settlement(Chain(service.chain.url), service.chain.settlement)
            for one in waiting:
                keys.write(opened(settlement, native, known.get(one.name) or new_key(one.name), one.deposit))
    return [keys.read(one.name) for one in cast]


def opened(settlement: Settlement, native: Native, key: KeyFile, deposit: int) -> KeyFile:
    """The key file with the number that its first deposit got."""
    owner = key.owner_account()
    give_ether(settlement.chain.url, owner.address)
    settlement.mint(owner, deposit)
    settlement.approve(owner, deposit)
    (point,) = native.public_keys([key.seed])
    number, _ = settlement.open_account(owner, deposit, tuple(point))
    return key.with_account(number)


def give_ether(url: str, address: str) -> None:
    """Ether for gas, out of nothing; raises ``NovateError`` (NO_ETHER) where the node does not do that."""
    try:
        rpc(url, "anvil_setBalance", address, hex(GAS_MONEY))
    except ChainUnreachable as error:
        raise NovateError(
            "NO_ETHER", f"the node gives no ether to development accounts: {error}", fix="use anvil", url=url
        ) from error
