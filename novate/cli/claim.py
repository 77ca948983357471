"""``novate claim``: fetch what the contract owes the account's owner."""

import argparse

from novate.cli.command import Answer
from novate.cli.desk import configure_account, folder_of, key_of


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    configure_account(parser)


def run(arguments: argparse.Namespace) -> Answer:
    """Ask the contract, and fetch. The sequencer is not needed for it."""
    from novate.client import chain
    from novate.client.local import chain_of, service_of
    from sequencer.instruments import amount

    folder = folder_of(arguments)
    owner = key_of(arguments).owner_account()
    done = chain.claim(chain_of(folder, service_of(folder)), owner)
    data = {"owner": owner.address, "amount": f"{amount(done.amount):f}", "transaction": done.transaction}
    if not done.amount:
        return Answer(data, f"nothing is owed to {owner.address}")
    return Answer(data, f"{amount(done.amount):f} to {owner.address}\n  {done.transaction}")
