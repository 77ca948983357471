"""Dead-man switches: they fire once, whatever the clocks do, and who left one that cannot fire is told (A08, A09)."""

import asyncio
import sqlite3
import time
from concurrent.futures import Future

import pytest

from rollup.actions import encode
from sequencer.gateway import deadman
from sequencer.gateway.switch import FILE, SCHEDULED, SOCKET, Switches
from tests.gateway.house import House, carried, wait_until
from tests.gateway.test_socket import Connected, work


def live_orders(house, account):
    return len(house.get(f"/v1/accounts/{account}/orders", token=house.token(account), status="open")["orders"])


def test_cancels_left_with_a_socket_fire_after_the_grace_and_not_if_it_comes_back(house, monkeypatch):
    """A09."""
    monkeypatch.setattr(deadman, "GRACE", 700)
    house.receipt(house.place(1))
    house.receipt(house.place(2))

    async def leave(account):
        async with Connected(house) as socket:
            await socket.say(op="cancel_on_disconnect", id=1, cancels=[carried(house.cancel_all(account, expiry=3600))])
            assert await socket.next(type="ack", id=1)

    async def test():
        await leave(1)
        await leave(2)
        async with Connected(house) as back:
            await back.say(op="cancel_on_disconnect", id=1, cancels=[carried(house.cancel_all(2, expiry=3600))])
            await back.next(type="ack", id=1)
            await work(wait_until, lambda: live_orders(house, 1) == 0)
            await asyncio.sleep(0.5)
            assert await work(live_orders, house, 2) == 1
            await back.say(op="cancel_on_disconnect", id=2, cancels=[carried(house.cancel_all(2)._replace(counter=99))])
            assert (await back.next(type="error", id=2))["data"]["code"] == "BAD_SIGNATURE"
        await work(wait_until, lambda: live_orders(house, 2) == 0)

    asyncio.run(test())


class FullDisk:
    """A connection whose disk is full while ``is_full``."""

    def __init__(self, connection):
        self._connection, self.is_full = connection, False

    def execute(self, statement, *values):
        if self.is_full:
            raise sqlite3.OperationalError("database or disk is full")
        return self._connection.execute(statement, *values)

    def close(self):
        self._connection.close()


def test_a_full_disk_keeps_no_place_of_a_socket_that_is_gone_and_no_cancel_from_firing(house, monkeypatch):
    """A09, A12."""
    monkeypatch.setattr(deadman, "GRACE", 300)
    gateway = house.app.gateway
    disk = gateway.switches._connection = FullDisk(gateway.switches._connection)
    house.receipt(house.place(1))

    async def test():
        async with Connected(house) as socket:
            await socket.say(op="cancel_on_disconnect", id=1, cancels=[carried(house.cancel_all(1, expiry=3600))])
            assert await socket.next(type="ack", id=1)
            disk.is_full = True
            await socket.say(op="cancel_on_disconnect", id=2, cancels=[])
            assert (await socket.next(type="error", id=2))["data"]["outcome"] == "unknown", "it stays set"

    asyncio.run(test())
    wait_until(lambda: live_orders(house, 1) == 0)
    assert (gateway.sockets, dict(gateway.addresses), gateway.switches.all()) == (0, {}, [])
    house.receipt(house.place(2))
    disk.is_full = False
    armed(house, house.cancel_all(2, expiry=3600), account=2)
    assert [one.account for one in gateway.switches.all()] == [2]


def test_switches_that_are_due_do_not_wait_for_one_another(house, monkeypatch):
    """A09: one that hangs holds up itself."""
    monkeypatch.setattr(deadman, "SHORTEST", 100)
    real, slow = house.sequencer.submit, Future()
    monkeypatch.setattr(house.sequencer, "submit", lambda action: slow if action.account == 1 else real(action))
    house.receipt(house.place(2))
    for account in (1, 2):
        armed(house, house.cancel_all(account, expiry=3600), ahead=300 + account, account=account)
    wait_until(lambda: live_orders(house, 2) == 0, 5)
    slow.set_result(None)


def test_a_scheduled_cancel_fires_once_also_after_a_restart(house, monkeypatch):
    """A09: due while nobody ran."""
    monkeypatch.setattr(deadman, "SHORTEST", 100)
    house.receipt(house.place(1))
    cancel = house.cancel_all(1, expiry=3600)
    request = {"account": 1, "at": deadman.now() + 600, "cancels": [carried(cancel)]}
    told = house.post("/v1/schedule_cancel", request)
    assert len(told["hashes"]) == 1 and told["at"] == request["at"]
    house.get(f"/v1/receipts/{told['hashes'][0]}", 404)
    house.stop()
    time.sleep(0.7)
    other = House(house.directory, is_new=False, clock=house.clock)
    try:
        receipt = other.get(f"/v1/receipts/{told['hashes'][0]}", wait_ms=5000)
        assert receipt["code"] == "APPLIED" and len(receipt["ended"]) == 1
        assert live_orders(other, 1) == 0
        other._counters = dict(house._counters)
        other.receipt(other.place(1))
        time.sleep(0.6)
        assert live_orders(other, 1) == 1
        assert other.receipt(cancel)["duplicate"]
    finally:
        other.stop()


def test_a_switch_is_renewed_cleared_and_refused(house):
    """A08: the edges of 5 s and 24 h; A09."""

    def schedule(ahead, want=200, token=None, cancels=None, account=1):
        at = None if ahead is None else deadman.now() + ahead
        body = {"account": account, "at": at, "cancels": [carried(one) for one in cancels or ()]}
        return house.post("/v1/schedule_cancel", body, want, token)

    cancel = house.cancel_all(1, expiry=2 * 24 * 3600)
    for ahead in (4_000, 24 * 3600 * 1000 + 1_000):
        assert schedule(ahead, 422, cancels=[cancel])["error"]["code"] == "TIME_OUT_OF_RANGE"
    assert schedule(6_000, cancels=[cancel])["at"]
    assert schedule(24 * 3600 * 1000 - 1_000, cancels=[cancel])["at"]
    assert schedule(6_000, 422)["error"]["code"] == "BAD_FIELD"
    assert schedule(6_000, 422, cancels=[house.cancel_all(2)])["error"]["code"] == "BAD_FIELD"
    assert schedule(6_000, 401, cancels=[cancel._replace(counter=50)])["error"]["code"] == "BAD_SIGNATURE"
    assert schedule(None, 401)["error"]["code"] == "TOKEN_MISSING"
    assert schedule(None, 401, token=house.token(2))["error"]["code"] == "TOKEN_MISSING"
    assert house.app.gateway.switches.all() != []
    assert schedule(None, token=house.token(1)) == {"account": 1, "at": None, "hashes": []}
    house.receipt(cancel)
    assert schedule(6_000, 409, cancels=[cancel])["error"]["code"] == "NONCE_USED"
    assert house.app.gateway.switches.all() == []


def armed(house, *cancels, ahead=60_000, account=1, want=200):
    body = {"account": account, "at": deadman.now() + ahead, "cancels": [carried(one) for one in cancels]}
    return house.post("/v1/schedule_cancel", body, want)


def switches(house, account=1):
    return house.get(f"/v1/accounts/{account}/switches", token=house.token(account))["switches"]


def test_a_cancel_that_expires_before_its_time_is_refused_with_the_numbers(house):
    """A switch that could not act is no switch. The edge is ten minutes after its time, by the sequencer's clock."""
    fires = house.clock.now + 60
    error = armed(house, house.cancel_all(1, expiry=60 + 599), want=422)["error"]
    assert (error["code"], error["num"], error["retry"]) == ("SWITCH_EXPIRES", 2113, "never")
    assert error["details"] == {"expiry": fires + 599, "fires": fires, "least": fires + 600}
    assert switches(house) == []
    told = armed(house, house.cancel_all(1, expiry=60 + 601))
    (one,) = switches(house)
    assert one == {"account": 1, "kind": "schedule", "at": told["at"], "hashes": told["hashes"], "error": None}

    async def test():
        async with Connected(house) as socket:
            await socket.say(op="cancel_on_disconnect", id=1, cancels=[carried(house.cancel_all(1, expiry=604))])
            assert (await socket.next(type="error", id=1))["data"]["code"] == "SWITCH_EXPIRES"

    asyncio.run(test())


def test_cancels_of_one_switch_do_not_use_up_one_anothers_nonces(house):
    first, second = [house.cancel_all(1, market=market, counter=5 - market, expiry=3600) for market in (0, 1)]
    error = armed(house, first, second, want=409)["error"]
    assert error["code"] == "NONCE_USED" and error["details"] == {"lane": 7, "counter": 4, "used": 5}
    assert len(armed(house, second, first)["hashes"]) == 2


def test_of_a_switch_that_died_the_sockets_of_its_account_are_told_once(house):
    """A later word of its lane uses its nonce up: the owner is told, and leaves another."""

    async def test():
        async with Connected(house) as socket, Connected(house) as other, Connected(house) as stranger:
            await stranger.subscribe("orders", token=house.token(2))
            await other.subscribe("orders", token=house.token(1))
            cancels = [carried(house.cancel_all(1, lane=6, expiry=3600))]
            await socket.say(op="cancel_on_disconnect", id=1, cancels=cancels)
            await socket.next(type="ack", id=1)
            await work(armed, house, house.cancel_all(1, expiry=3600))
            assert [one["error"] for one in await work(switches, house)] == [None, None]
            for lane in (6, 7):
                await work(house.receipt, house.place(1, lane=lane))
            told = await other.next(type="switch")
            both = [told["data"], (await other.next(type="switch"))["data"]]
            assert {one["kind"]: one["error"]["code"] for one in both} == {
                "schedule": "NONCE_USED",
                "socket": "NONCE_USED",
            }
            numbers = {one["kind"]: one["error"]["details"] for one in both}
            assert numbers["socket"] == {"lane": 6, "counter": 1, "used": 2}
            mine = await socket.next(type="switch")
            assert mine["data"]["kind"] == "socket", "who holds it is told without a subscription"
            assert [one["error"]["code"] for one in await work(switches, house)] == ["NONCE_USED"] * 2
            cancels = [carried(house.cancel_all(1, lane=6, expiry=3600))]
            await socket.say(op="cancel_on_disconnect", id=2, cancels=cancels)
            await socket.next(type="ack", id=2)
            assert [one["error"] and one["error"]["code"] for one in await work(switches, house)] == [
                "NONCE_USED",
                None,
            ]
            await asyncio.sleep(0.8)
            for quiet in (other, stranger):
                with pytest.raises(TimeoutError):
                    await quiet.next(type="switch", timeout=0.1)

    asyncio.run(test())


def test_an_undone_action_gives_a_switch_its_nonce_back(house):
    """After a rewind what used it up may not hold: the switch is as alive as the state says."""
    house.sequencer.seal().result(10)
    armed(house, house.cancel_all(1, expiry=3600))
    house.receipt(house.place(1, lane=7, expiry=house.clock.now + 30))
    assert switches(house)[0]["error"]["code"] == "NONCE_USED"
    house.clock.now += 100
    house.sequencer.rewind(1, "COMMITMENT_TOO_LATE")
    assert switches(house)[0]["error"] is None


def test_a_switch_that_fired_fires_again_in_the_batch_that_takes_the_place_of_its_own(house, monkeypatch):
    """The cancel lives on for ten minutes, and a batch is sequenced again sooner than that."""
    monkeypatch.setattr(deadman, "SHORTEST", 100)
    house.sequencer.seal().result(10)
    house.receipt(house.place(1))
    told = armed(house, house.cancel_all(1, expiry=700), ahead=200)
    wait_until(lambda: live_orders(house, 1) == 0)
    house.clock.now += 590
    house.sequencer.rewind(1, "COMMITMENT_TOO_LATE")
    receipt = house.get(f"/v1/receipts/{told['hashes'][0]}", wait_ms=5000)
    assert (receipt["code"], receipt["amended"]) == ("APPLIED", 1)
    assert live_orders(house, 1) == 0 and switches(house) == []


class Clocks:
    """The machine's clock, which may be set, in milliseconds; and one that only runs, in seconds."""

    def __init__(self):
        self.wall, self.ran = 1_000_000_000, 50.0

    def run(self, seconds):
        self.wall += int(1000 * seconds)
        self.ran += seconds

    def open(self, directory):
        return Switches(directory, lambda: self.wall, lambda: self.ran)


def test_a_clock_that_is_set_back_delays_no_switch(tmp_path):
    clocks = Clocks()
    switches = clocks.open(tmp_path)
    switches.arm(1, SCHEDULED, clocks.wall + 30_000, [b"one"])
    clocks.run(10)
    clocks.wall -= 3_600_000
    clocks.run(19)
    assert switches.due() == []
    clocks.run(1)
    assert [one.payloads for one in switches.due()] == [(b"one",)]
    switches.time(1, SCHEDULED, clocks.wall + 5_000)
    assert switches.due() == []
    clocks.wall += 5_000  # set forward: nobody knows that it was, and early is the safe side
    assert len(switches.due()) == 1
    switches.close()


def test_after_a_restart_with_a_clock_set_back_it_waits_no_longer_than_at_first(tmp_path):
    clocks = Clocks()
    switches = clocks.open(tmp_path)
    switches.arm(1, SCHEDULED, clocks.wall + 30_000, [b"one"])
    switches.arm(2, SOCKET, None, [b"two"])
    switches.close()
    clocks.wall -= 3_600_000
    clocks.ran = 3.0
    switches = clocks.open(tmp_path)
    assert [one.account for one in switches.due()] == [2], "its socket is gone"
    clocks.run(29)
    assert [one.account for one in switches.due()] == [2]
    clocks.run(1)
    assert {one.account for one in switches.due()} == {1, 2}
    switches.close()


def test_what_is_set_anew_while_it_fires_stays_set(tmp_path):
    clocks = Clocks()
    switches = clocks.open(tmp_path)
    at = clocks.wall
    switches.arm(1, SCHEDULED, at, [b"one"])
    (firing,) = switches.due()
    switches.arm(1, SCHEDULED, at, [b"other"])
    switches.fired(firing)
    assert [one.payloads for one in switches.of(1)] == [(b"other",)]
    switches.close()
    again = clocks.open(tmp_path)
    assert [one.payloads for one in again.of(1)] == [(b"other",)]
    again.fired(again.of(1)[0])
    assert again.all() == []
    again.close()


def test_a_file_of_before_is_read(tmp_path, house):
    """One without the time at which a switch was set."""
    cancel = encode(house.cancel_all(1)).decode()
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute(
            "CREATE TABLE switches (account INTEGER NOT NULL, kind TEXT NOT NULL, at INTEGER,"
            " payloads TEXT NOT NULL, PRIMARY KEY (account, kind))"
        )
        connection.execute("INSERT INTO switches VALUES (1, 'schedule', 5, json_array(?))", (cancel,))
    switches = Clocks().open(tmp_path)
    assert [one.payloads for one in switches.due()] == [(cancel.encode(),)]
    switches.close()
