"""Sessions at random (A06): whatever is sent in whatever order, outcomes, orders and money agree with the engine."""

import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.gateway.house import House, carried
from tests.sequencer.house import key, sign

ACCOUNTS, SIDES, TICKS, SIZES = st.integers(1, 3), st.integers(0, 1), st.integers(-3, 3), st.integers(1, 5)
LEVELS = st.lists(st.tuples(SIDES, TICKS, SIZES), max_size=4)


def lasting(receipt):
    """What of a receipt stays as it is."""
    rest = {name: value for name, value in receipt.items() if name not in ("duplicate", "stage")}
    return {**rest, "items": [lasting(item) for item in receipt["items"]]}


class Sessions(RuleBasedStateMachine):
    """Three accounts trade over the API; what they were told is kept and held against what is read later."""

    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.house = House(Path(self.folder.name) / "house")
        self.sent = []
        self.told = {}
        self.open = {}

    def teardown(self):
        if hasattr(self, "house"):
            self.house.stop()
            self.folder.cleanup()

    def send(self, action):
        (result,) = self.house.submit(action)["results"]
        receipt = result["receipt"]
        assert receipt["hash"] not in self.told and not receipt["duplicate"]
        self.sent.append(action)
        self.told[receipt["hash"]] = receipt
        for one in (receipt, *receipt["items"]):
            if one["order"] and one["code"] == "RESTED":
                self.open[one["order"]["order_id"]] = one
            for ended in one["ended"]:
                self.open.pop(ended, None)
        return receipt

    @rule(
        account=ACCOUNTS,
        side=st.integers(0, 1),
        ticks=st.integers(-3, 3),
        size=st.integers(1, 5),
        tif=st.integers(0, 2),
    )
    def place(self, account, side, ticks, size, tif):
        self.send(self.house.place(account, side, ticks, size, tif=tif))

    @rule(
        account=ACCOUNTS,
        levels=st.lists(st.tuples(st.integers(0, 1), st.integers(-3, 3), st.integers(1, 4)), max_size=4),
    )
    def quote(self, account, levels):
        receipt = self.send(self.house.sheet(account, *levels))
        assert len(receipt["items"]) == len(levels)

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def cancel(self, data):
        placed = self.open[data.draw(st.sampled_from(sorted(self.open)))]
        assert self.send(self.house.cancel(placed))["code"] in ("CANCELLED", "CANCEL_MISSED")
        self.open.pop(placed["order"]["order_id"], None)

    @rule(account=ACCOUNTS)
    def cancel_all(self, account):
        self.send(self.house.cancel_all(account, lane=0))
        for order in [order for order in self.open if order.startswith(f"{account}-0-")]:
            del self.open[order]

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def send_again(self, data):
        action = data.draw(st.sampled_from(self.sent))
        (result,) = self.house.submit(action)["results"]
        receipt = result["receipt"]
        assert receipt["duplicate"]
        assert lasting(receipt) == lasting(self.told[receipt["hash"]])

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def forge(self, data):
        action = data.draw(st.sampled_from(self.sent))
        counter = action.counter + 1000
        assert self.house.refused(action._replace(counter=counter), 401)["code"] == "BAD_SIGNATURE"
        stale = sign(action._replace(expiry=action.expiry + 1), key(action.account))
        assert self.house.refused(stale, 409)["code"] == "NONCE_USED"

    @rule(account=ACCOUNTS, side=SIDES, size=SIZES)
    def preview(self, account, side, size):
        before = self.house.sequencer.status().sequence
        counter = self.house._counters.get((account, 0), 0) + 1
        action = self.house.place(account, side, 0, size, counter=counter)
        assert self.house.post("/v1/actions/preview", {"action": carried(action)})["signature"] == "valid"
        assert self.house.sequencer.status().sequence == before

    @rule()
    def seal(self):
        self.house.sequencer.seal().result(10)

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def look_up(self, data):
        first = self.told[data.draw(st.sampled_from(sorted(self.told)))]
        now = self.house.get(f"/v1/receipts/{first['hash']}")
        assert lasting(now) == lasting(first)

    @invariant()
    def everything_agrees(self):
        if not hasattr(self, "house"):
            return
        engine = self.house.sequencer.engine
        for account in (1, 2, 3):
            token = self.house.token(account)
            orders = self.house.get(f"/v1/accounts/{account}/orders", token=token, status="open")["orders"]
            live = {order.id.index: order.remaining for order in engine.orders(account, 0)}
            told = {int(one["order_id"].split("-")[3]): Decimal(one["remaining"]) * 1000 for one in orders}
            assert told == live
            ledger = self.house.get(f"/v1/accounts/{account}/ledger", token=token, limit=500)["movements"]
            assert sum(Decimal(move["amount"]) for move in ledger) * 10**6 == engine.account(account).cash


Sessions.TestCase.settings = settings(
    max_examples=6,
    stateful_step_count=20,
    phases=[Phase.generate],
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestSessions = Sessions.TestCase
