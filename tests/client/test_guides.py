"""The maker guide's numbers against the code and a running service; the pages name only operations that exist."""

import re
from pathlib import Path

from novate import AsyncClient, Client
from novate.client.nonces import SCHEDULE_LANE, SOCKET_LANE, TRADING_LANES
from novate.client.operation import operation
from novate.replay.people import ORDER_CAP
from novate.service.up import WINDOW
from rollup.layout import LANES, ORDER_LIFETIME, SHEET_ITEMS
from sequencer.gateway import board, deadman, switch
from sequencer.policy import DEFAULT
from tests.client.house import House

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_numbers_of_the_maker_guide(shared: House) -> None:
    with Client(shared.api) as client:
        limits = client.limits()
    buckets = {bucket.name: bucket for bucket in limits.buckets}
    costs = {(cost.request, cost.bucket): cost for cost in limits.costs}
    order = costs["order", "account_orders"]
    found = {
        "sheet_items": SHEET_ITEMS,
        "lanes": LANES,
        "trading_lanes": len(TRADING_LANES),
        "order_lifetime_days": ORDER_LIFETIME // 86_400,
        "order_cap": ORDER_CAP,
        "actions_per_request": limits.sizes["actions_per_request"],
        "account_orders_per_second": buckets["account_orders"].per_second,
        "action_credits": order.base,
        "item_credits": order.per_item,
        "under_way": limits.sizes["under_way"],
        "cancel_reserve": limits.sizes["reserve"],
        "under_way_per_address": limits.sizes["under_way_per_address"],
        "book_look_ms": int(1000 * board.LOOK),
        "disconnect_grace_seconds": deadman.GRACE // 1000,
        "schedule_least_seconds": switch.SHORTEST // 1000,
        "schedule_most_seconds": switch.LONGEST // 1000,
        "batch_age_seconds": DEFAULT.age,
        "window_seconds": WINDOW,
    }
    text = (DOCS / "maker-guide.md").read_text()
    assert dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", text, re.MULTILINE)) == {n: str(v) for n, v in found.items()}
    assert (SOCKET_LANE, SCHEDULE_LANE) == (6, 7)
    sheet = order.base + order.per_item * SHEET_ITEMS
    said = re.search(r"a sheet of 24 costs (\d+) credits, so an account can replace its quotes (\d+) times", text)
    assert said.groups() == (str(sheet), str(buckets["account_orders"].per_second // sheet))
    assert buckets["account_cancels"].per_second == buckets["account_orders"].per_second


def test_the_client_page_lists_every_operation() -> None:
    text = (DOCS / "client.md").read_text()
    operations = {name for name in dir(Client) if isinstance(getattr(Client, name), operation)}
    assert operations == {name for name in dir(AsyncClient) if isinstance(getattr(AsyncClient, name), operation)}
    table = text[text.index("## Operations") : text.index("## Outcomes")]
    listed = set(re.findall(r"`(\w+)`", table))
    assert operations - {"resend"} <= listed and "resend(error)" in text
    assert listed - operations <= {"cancel_on_disconnect", "verify", "slippage"}
    for name in operations:
        assert getattr(Client, name).__doc__, name
