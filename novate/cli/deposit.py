"""``novate deposit``: collateral from the owner's address into the account, on chain."""

import argparse
import time
from typing import TYPE_CHECKING

from novate.cli.command import Answer
from novate.cli.desk import configure_account, folder_of, key_of, number

if TYPE_CHECKING:
    from novate.client import Client
    from novate.client.accounts import KeyFile

POLL = 0.2


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("amount", type=number, metavar="AMOUNT", help="collateral; made out of nothing on a devnet")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds to wait for its credit (%(default)s)")
    parser.add_argument("--no-wait", action="store_true", help="be done when it is mined")
    configure_account(parser)


def run(arguments: argparse.Namespace) -> Answer:
    """Deposit, write the account's number down, and wait until the engine has it."""
    from novate.client import building, chain
    from novate.client.accounts import KeyFolder
    from novate.client.local import chain_of, service_of
    from novate.client.signing.schnorr import keys_of
    from sequencer.instruments import amount

    folder = folder_of(arguments)
    access = chain_of(folder, service_of(folder))
    key = key_of(arguments)
    public = keys_of(key.seed)
    units = building.micro(arguments.amount)
    before = count_of(arguments, key)
    done = chain.deposit(access, key.owner_account(), units, key.account, (public.x, public.y))
    if key.account is None:
        KeyFolder(folder.accounts).write(key.with_account(done.account))
    credited = not arguments.no_wait and is_credited(arguments, before)
    data = {"account": done.account, "name": key.name, "amount": f"{amount(units):f}"}
    data |= {"transaction": done.transaction, "block": done.block, "credited": credited}
    state = "credited" if credited else "mined; credited as soon as it is deep enough"
    return Answer(data, f"{amount(units):f} into account {done.account} ({key.name}): {state}\n  {done.transaction}")


def count_of(arguments: argparse.Namespace, key: "KeyFile") -> int:
    """Deposits that the account's ledger shows."""
    from novate.cli.desk import trader
    from novate.client.errors import NotFound, Rejected

    if key.account is None or arguments.no_wait:
        return 0
    with trader(arguments) as client:
        try:
            return deposits_in(client)
        except (NotFound, Rejected):
            return 0


def deposits_in(client: "Client") -> int:
    """How many of the account's movements are deposits."""
    count, cursor = 0, None
    while True:
        page = client.ledger(limit=100, cursor=cursor)
        count += sum(movement.kind == "deposit" for movement in page.movements)
        cursor = page.next
        if cursor is None:
            return count


def is_credited(arguments: argparse.Namespace, before: int) -> bool:
    """Wait until the ledger shows one more deposit. Raises TimedOut; the deposit is made all the same."""
    from novate.cli.desk import trader
    from novate.client.errors import NotFound, Rejected, TimedOut

    deadline = time.monotonic() + arguments.timeout
    while time.monotonic() < deadline:
        with trader(arguments) as client:
            try:
                if deposits_in(client) > before:
                    return True
            except (NotFound, Rejected):
                pass  # the account is not there yet
        time.sleep(POLL)
    text = f"mined, but not credited after {arguments.timeout} s"
    raise TimedOut("NOT_CREDITED", text, outcome="accepted", fix="novate status")
