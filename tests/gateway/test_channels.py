"""Channels of a socket step by step: what comes while a snapshot is made is told once, and nothing is kept (A14)."""

import asyncio
from types import SimpleNamespace

import pytest

from sequencer.gateway import channels as module
from sequencer.gateway import snapshots, wire
from sequencer.gateway.channels import Channels
from sequencer.gateway.feeds import Channel, Feeds
from sequencer.gateway.http import encode
from sequencer.gateway.problems import Own, Trouble
from sequencer.gateway.tokens import Grant

ORDERS, TRADES = Channel("orders", "orders", None, 1), Channel("trades.BTC-PERP", "trades", 0)
GRANT = Grant(1, 1 << 40, (5, 6))


class Tokens:
    """Says of grants what it is told to."""

    def __init__(self):
        self.good, self.over = True, False

    def holds(self, grant):
        return self.good

    def is_over(self, grant):
        return self.over


class Scene:
    """One socket's channels, with snapshots that are made when the test says so."""

    def __init__(self, monkeypatch):
        self.asked = []
        self.sent = []
        self.tasks = []
        self.open_door = asyncio.Event()
        self.open_door.set()
        self.tokens = Tokens()
        gateway = SimpleNamespace(tokens=self.tokens)
        gateway.feeds = self.feeds = Feeds(gateway)
        self.channels = Channels(gateway, self)
        monkeypatch.setattr(snapshots, "of", self._snapshot)

    # what a session is to its channels
    def push(self, push):
        self.sent.append((push.type, push.seq if push.data is None else push.data))

    def put(self, frame):
        self.sent.append(frame)

    async def room(self):
        await self.open_door.wait()

    def spawn(self, steps):
        self.tasks.append(asyncio.create_task(steps))
        return self.tasks[-1]

    def note(self, problem):
        pass

    def deliver(self, channel, seq, frame):
        if self.channels.deliver(channel, seq, frame):
            self.put(frame)

    # what the test does
    async def _snapshot(self, gateway, channel, since):
        made = asyncio.get_running_loop().create_future()
        self.asked.append((since, made))
        return await made

    async def begin(self, channel=ORDERS, since=None):
        """A subscription that waits for its snapshot."""
        grant = GRANT if channel.account else None
        task = asyncio.create_task(self.channels.subscribe(channel, grant, since))
        await asyncio.sleep(0)
        return task

    def tell(self, seq, channel=ORDERS):
        self.feeds._push(channel, wire.Push("event", channel.name, None, seq))

    async def settle(self):
        for _ in range(5):
            await asyncio.sleep(0)


def frame(seq, channel=ORDERS):
    return encode(wire.Push("event", channel.name, None, seq))


def played(test):
    """A test on a loop, with a scene."""

    def run(monkeypatch):
        async def inner():
            scene = Scene(monkeypatch)
            await test(scene)
            for task in scene.tasks:
                task.cancel()

        asyncio.run(inner())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


def snapshot(seq):
    return [wire.Push("snapshot", "orders", None, seq)], seq


@played
async def test_what_comes_while_a_snapshot_is_made_is_neither_lost_nor_doubled(scene):
    task = await scene.begin()
    for seq in (8, 9, 10, 11):
        scene.tell(seq)
    assert scene.sent == [] and scene.channels.held == 4 * len(frame(10)) - 2
    scene.asked[0][1].set_result(snapshot(9))
    scene.tell(12)
    await task
    scene.tell(13)
    assert scene.sent == [("snapshot", 9), *map(frame, (10, 11, 12, 13))]
    assert scene.channels.held == 0


@played
async def test_while_a_long_snapshot_waits_for_its_reader_what_comes_waits_behind_it(scene):
    task = await scene.begin(since=3)
    scene.open_door.clear()
    parts = [wire.Push("event", "orders", None, seq) for seq in (None, 4, 5)]
    scene.asked[0][1].set_result((parts, 5))
    await scene.settle()
    scene.tell(6)
    assert scene.sent == []
    scene.open_door.set()
    await task
    assert scene.sent == [("event", None), ("event", 4), ("event", 5), frame(6)] and not scene.channels.held


@played
async def test_who_comes_and_goes_quickly_holds_nothing_and_is_told_once(scene):
    first = await scene.begin()
    scene.tell(1)
    scene.channels.close(ORDERS)
    second = await scene.begin()
    scene.tell(2)
    third = await scene.begin()
    scene.tell(3)
    assert [since for since, _ in scene.asked] == [None] * 3
    scene.asked[2][1].set_result(snapshot(2))
    await third
    scene.asked[1][1].set_result(snapshot(2))
    scene.asked[0][1].set_exception(Trouble(Own.BUSY))
    await asyncio.gather(first, second)
    scene.tell(4)
    assert scene.sent == [("snapshot", 2), frame(3), frame(4)]
    assert scene.channels.held == 0 and len(scene.channels) == 1
    scene.channels.close(ORDERS)
    scene.tell(5)
    assert scene.sent[-1] == frame(4) and not scene.feeds._subscribed and not scene.feeds._accounts


@played
async def test_a_snapshot_that_fails_or_is_cut_off_gives_back_what_was_held(scene):
    task = await scene.begin()
    scene.tell(1)
    assert scene.channels.held
    scene.asked[0][1].set_exception(TimeoutError())
    with pytest.raises(Trouble) as told:
        await task
    assert told.value.code is Own.BUSY and scene.channels.held == 0 and not scene.feeds._subscribed
    task = await scene.begin()
    scene.tell(2)
    task.cancel()
    scene.feeds.leave(scene)
    for channel in scene.channels:
        scene.channels.close(channel)
    await asyncio.gather(task, return_exceptions=True)
    assert scene.channels.held == 0 and not scene.feeds._subscribed and not scene.feeds._accounts


@played
async def test_after_a_rewind_what_is_heard_waits_for_the_word_of_what_was_undone(scene):
    """It goes on from where its reader was told, also in the middle of a replay (D22)."""
    task = await scene.begin(since=3)
    scene.open_door.clear()
    scene.asked[0][1].set_result(([wire.Push("event", "orders", None, seq) for seq in (4, 5, 6)], 6))
    await scene.settle()
    scene.open_door.set()
    await task
    scene.tell(7)
    scene.channels.begin_again()
    scene.tell(21)  # heard in the same breath
    await scene.settle()
    assert scene.asked[1][0] == 7 and scene.sent[-1] == frame(7)
    scene.channels.begin_again()  # and again, before the first one is answered
    await scene.settle()
    assert scene.asked[2][0] == 7
    undone = wire.Push("undone", "orders", data="void")
    scene.asked[1][1].set_result(([undone, *snapshot(21)[0]], 21))
    await scene.settle()
    assert scene.sent[-1] == frame(7)
    scene.asked[2][1].set_result(([undone, *snapshot(40)[0]], 40))
    await scene.settle()
    assert scene.sent[-2:] == [("undone", "void"), ("snapshot", 40)] and scene.channels.held == 0


@played
async def test_a_replay_that_a_rewind_interrupts_goes_on_after_its_last_whole_action(scene):
    task = await scene.begin(since=3)
    parts = [wire.Push("event", "orders", None, seq) for seq in (4, None, 5, None, 6)]
    scene.asked[0][1].set_result((parts, 6))
    rooms = iter([True, True, False])

    async def room():
        if not next(rooms):
            scene.channels.begin_again()

    scene.room = room
    await task
    assert scene.sent == [("event", 4), ("event", None), ("event", 5)]
    await scene.settle()
    assert scene.asked[1][0] == 5


@played
async def test_a_channel_that_cannot_go_on_ends_and_says_so(scene):
    task = await scene.begin()
    scene.asked[0][1].set_result(snapshot(1))
    await task
    scene.channels.begin_again()
    await scene.settle()
    scene.asked[1][1].set_exception(Trouble(Own.TOO_FAR_BACK, since=1))
    await scene.settle()
    kind, error = scene.sent[-1]
    assert (kind, error.code) == ("ended", "TOO_FAR_BACK") and len(scene.channels) == 0


@played
async def test_private_channels_end_with_their_token_and_with_their_accounts_key(scene, monkeypatch=None):
    """A15."""
    module.GRANT_SECONDS, before = 0.01, module.GRANT_SECONDS
    try:
        for channel in (ORDERS, TRADES):
            task = await scene.begin(channel)
            scene.asked[-1][1].set_result(snapshot(1))
            await task
        scene.tokens.over = True
        await asyncio.sleep(0.05)
        assert [(kind, data.code) for kind, data in scene.sent[2:]] == [("ended", "TOKEN_EXPIRED")]
        assert list(scene.channels) == [TRADES], "what is public goes on"
        scene.tokens.over = False
        task = await scene.begin()
        scene.asked[-1][1].set_result(snapshot(1))
        await task
        scene.tokens.good = False
        scene.channels.begin_again()
        assert scene.sent[-1][0] == "ended" and scene.sent[-1][1].code == "TOKEN_INVALID"
        with pytest.raises(Trouble):
            await (await scene.begin())
        scene.tell(5)
        assert scene.sent[-1][0] == "ended"
    finally:
        module.GRANT_SECONDS = before


@pytest.mark.parametrize(
    ("since", "holds"), [(0, False), (99, False), (100, True), (2_000_100, True), (2_000_101, False)]
)
def test_what_the_history_has_forgotten_or_never_heard_of_is_refused_and_not_left_out(since, holds):
    upto = 100 + snapshots.KEPT
    try:
        snapshots._require_kept(since, upto)
        assert holds
    except Trouble as refusal:
        assert not holds and refusal.code is Own.TOO_FAR_BACK
        assert refusal.details == {"since": since, "least": 100, "last": upto}
