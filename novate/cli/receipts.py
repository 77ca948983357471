"""What became of an action, as commands tell it."""

import argparse
from typing import TYPE_CHECKING, Any

from novate.cli.command import Answer
from novate.cli.desk import plain, shown

if TYPE_CHECKING:
    from novate.client.models import Receipt

STAGES = ("open", "sealed", "committed", "proven", "settled")


def configure_wait(parser: argparse.ArgumentParser) -> None:
    """How long to stay with it."""
    parser.add_argument(
        "--wait", choices=STAGES[1:], metavar="STAGE", help="wait until sealed, committed, proven or settled"
    )
    parser.add_argument("--timeout", type=float, default=300.0, help="seconds to wait at most (%(default)s)")


def finished(client: Any, receipt: "Receipt", arguments: argparse.Namespace) -> Answer:
    """The receipt, once it is as final as was asked for."""
    if arguments.wait:
        receipt = client.wait(receipt, arguments.wait, arguments.timeout)
    return told(receipt)


def told(receipt: "Receipt") -> Answer:
    """The receipt as an answer."""
    return Answer({"receipt": plain(receipt)}, lambda: text_of(receipt))


def text_of(receipt: "Receipt") -> str:
    """The receipt for people: outcome, order, fills, items, how final it is."""
    again = ", sent before" if receipt.duplicate else ""
    lines = [f"{receipt.code}: {receipt.kind} of account {receipt.account}{again}"]
    order = receipt.order
    if order:
        what = f"{order.side} {shown(order.size)} {order.symbol} at {shown(order.price)}"
        lines.append(f"  order {order.order_id}: {what}, {shown(order.remaining)} left, {order.status}")
    for fill in receipt.fills:
        lines.append(f"  filled {shown(fill.size)} at {shown(fill.price)}, fee {shown(fill.fee)} ({fill.role})")
    for number, item in enumerate(receipt.items, 1):
        terms = ""
        if item.order:
            terms = f" {item.order.side} {shown(item.order.size)} at {shown(item.order.price)}: {item.order.order_id}"
        lines.append(f"  item {number}: {item.code}{terms}")
    for ended in receipt.ended:
        lines.append(f"  ended {ended}")
    lines.append(f"  batch {receipt.batch}, {receipt.stage}; sequence {receipt.seq}")
    if receipt.settle_tx:
        lines.append(f"  settled by {receipt.settle_tx}")
    lines.append(f"  hash {receipt.hash}")
    return "\n".join(lines)
