"""Who trades: key files ``maker-N`` and ``taker-N`` of a development chain, opened and funded where missing."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from novate.client import AsyncClient, chain
from novate.client.accounts import KeyFile, KeyFolder, new_key
from novate.client.errors import NotFound, Rejected
from novate.client.local import base, chain_of, service_of
from novate.errors import NovateError
from novate.market.cast import MAKER_MONEY, TAKER_MONEY
from novate.screen import Screen
from novate.service.folder import Folder

CREDIT_SECONDS = 120
"""Longest wait until deposits are in the state."""
POLL = 0.25


class Company(NamedTuple):
    """Clients of everyone, by account, and the accounts by what they do; makers by market."""

    clients: dict[int, AsyncClient]
    makers: tuple[tuple[int, ...], ...]
    takers: tuple[int, ...]

    async def close(self) -> None:
        """Give all connections back."""
        await asyncio.gather(*(client.close() for client in self.clients.values()))


def wanted(markets: int, makers: int, takers: int) -> dict[str, int]:
    """Names, and what each deposits, in micro-units."""
    names = {f"maker-{number}": MAKER_MONEY for number in range(1, markets * makers + 1)}
    return names | {f"taker-{number}": TAKER_MONEY for number in range(1, takers + 1)}


def opened(folder: Folder, money: dict[str, int], screen: Screen) -> list[KeyFile]:
    """Key files of everyone, with accounts in the contract.

    Raises ``NovateError`` (NO_SERVICE, NOT_A_DEVNET) and ``verifier.errors.VerifierError``.
    """
    from novate.client.signing.schnorr import keys_of

    service = service_of(folder)
    access, keys = chain_of(folder, service), KeyFolder(folder.accounts)
    known = set(keys.names())
    missing = [name for name in money if name not in known or keys.read(name).account is None]
    if missing and not access.is_development:
        names = ", ".join(missing)
        raise NovateError("NOT_A_DEVNET", f"no accounts of {names}; they are only opened on a devnet of our own")
    if missing:
        with screen.step(f"{len(missing)} accounts deposit on chain"):
            for name in missing:
                key = keys.read(name) if name in known else new_key(name)
                keys.write(key)  # before money goes to it
                public = keys_of(key.seed)
                done = chain.deposit(access, key.owner_account(), money[name], None, (public.x, public.y))
                keys.write(key.with_account(done.account))
    return [keys.read(name) for name in money]


async def company(folder: Folder, files: Sequence[KeyFile], markets: int, makers: int) -> Company:
    """Clients of all, once the engine knows their accounts. Raises ``NovateError`` (NOT_CREDITED)."""
    arguments = base(folder)
    clients = {
        key.account: AsyncClient(**arguments, account=key.account, key=key.seed)
        for key in files
        if key.account is not None
    }
    accounts = list(clients)
    split = markets * makers
    by_market = tuple(tuple(accounts[number * makers : (number + 1) * makers]) for number in range(markets))
    found = Company(clients, by_market, tuple(accounts[split:]))
    try:
        async with asyncio.timeout(CREDIT_SECONDS):
            for client in clients.values():
                await credited(client)
    except TimeoutError:
        await found.close()
        text = f"deposits are not credited after {CREDIT_SECONDS} s"
        raise NovateError("NOT_CREDITED", text, outcome="accepted", fix="novate status") from None
    except BaseException:
        await found.close()
        raise
    return found


async def credited(client: AsyncClient) -> None:
    """Wait until the engine knows the account."""
    while True:
        try:
            await client.account()
            return
        except (NotFound, Rejected):
            await asyncio.sleep(POLL)
