"""What is due is submitted: scheduled cancels, and those of sockets that are gone for longer than the grace.

A switch can die before it is due: its nonce is used by a later word of its lane, its cancels expire, or the account has
another key after a rewind. One that could never act is refused; of one that dies later the account's sockets are told,
and its owner signs another.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rollup.actions import CancelAll, decode, encode
from rollup.refusals import Code, Refused
from sequencer.errors import Problem, SequencerError
from sequencer.gateway import signed, wire
from sequencer.gateway.answers import hexed
from sequencer.gateway.problems import Own, Trouble, error_of
from sequencer.gateway.switch import LONGEST, SCHEDULED, SHORTEST, SOCKET, Switch, wall_clock
from sequencer.receipts import digest_of

if TYPE_CHECKING:
    from sequencer.gateway.gateway import Gateway

LOG = logging.getLogger(__name__)
GRACE = 5_000
"""Milliseconds that a socket may be gone."""
MARGIN = 600
"""Seconds that a cancel must live beyond its time: it may wait for a busy sequencer, or be sequenced once more under a
later clock."""
LAST_MARGIN = 60
"""Seconds before its end at which a cancel is told to be of no more use."""
LOOKS = 64
"""Switches that are looked at in one step."""
AT_ONCE = 256
"""Switches that are submitted together."""
NOT_NOW = {
    Problem.QUEUE_FULL,
    Problem.PROOFS_BEHIND,
    Problem.HALTED,
    Problem.STOPPED,
    Problem.UNCHECKED,
    Problem.JOURNAL_FAILED,
}
NOT_NOW.add(Problem.ENGINE_FAILED)
"""Problems after which a switch is tried again."""


def now() -> int:
    """Milliseconds since the epoch."""
    return wall_clock()


class DeadMan:
    """Arms and fires switches of one gateway."""

    def __init__(self, gateway: "Gateway") -> None:
        self._gateway = gateway
        self._switches = gateway.switches
        self._holders: dict[int, object] = {}
        self._told: dict[tuple[int, str], Switch] = {}
        """Switches that were said to be dead."""
        self._turn: list[Switch] = []

    # ------------------------------------------------------------------------------------------ setting
    async def schedule(self, request: wire.ScheduleCancel, is_reader: bool) -> wire.Scheduled:
        """Set, renew or clear an account's switch; ``is_reader``: the request carried the account's read token.

        Raises what ``checked`` does, TIME_OUT_OF_RANGE, and TOKEN_MISSING for a clearing that nobody authorised.
        """
        actions = await self.checked(request.account, request.cancels)
        if request.at is None:
            if not is_reader and not actions:
                raise Trouble(Own.TOKEN_MISSING)
            self._switches.disarm(request.account, SCHEDULED)
            return wire.Scheduled(request.account, None, [])
        ahead = request.at - now()
        if not SHORTEST <= ahead <= LONGEST:
            raise Trouble(Own.TIME_OUT_OF_RANGE, ahead_ms=ahead, least=SHORTEST, most=LONGEST)
        if not actions:
            raise Refused(Code.BAD_FIELD, cancels=0)
        self._require_lasting(actions, ahead, MARGIN)
        payloads = [encode(action) for action in actions]
        self._switches.arm(request.account, SCHEDULED, request.at, payloads)
        return wire.Scheduled(request.account, request.at, [hexed(digest_of(payload)) for payload in payloads])

    def hold(self, socket: object, account: int, actions: Sequence[CancelAll]) -> None:
        """Keep cancels for a socket, in place of those that another socket of the account left.

        They fire at once after a restart, since the socket is gone then. Raises SWITCH_EXPIRES.
        """
        self._require_lasting(actions, GRACE, MARGIN)
        self._switches.arm(account, SOCKET, None, [encode(action) for action in actions])
        self._holders[account] = socket

    async def checked(self, account: int, cancels: Sequence[signed.SignedCancelAll]) -> list[CancelAll]:
        """Cancel-alls that the account's key signed and that can act, one after the other.

        Raises BAD_SIGNATURE, BAD_FIELD, NONCE_USED.
        """
        actions = [signed.record(cancel) for cancel in cancels]
        if any(action.account != account for action in actions):
            raise Refused(Code.BAD_FIELD, account=account)
        key = self._gateway.sequencer.engine.key(account)
        checker = self._gateway.sequencer.checker
        if actions:
            claims = [checker.claim(key[0] if key else 1, action) for action in actions]
            verdicts = await self._gateway.loop.run_in_executor(None, checker.check, claims)
            if key is None or not all(verdicts):
                raise Refused(Code.BAD_SIGNATURE, account=account)
            self._require_unused(account, actions)
        return actions

    def _require_unused(self, account: int, actions: Sequence[CancelAll]) -> None:
        """A switch whose nonce is used could never fire, and whoever has old bytes could arm one.

        Raises NONCE_USED, also for one whose nonce an earlier one of the same switch would use up; UNKNOWN_ACCOUNT.
        """
        view = self._gateway.sequencer.engine.account(account)
        if view is None:
            raise Refused(Code.UNKNOWN_ACCOUNT, account=account)
        used = list(view.counters)
        for action in actions:
            if action.counter <= used[action.lane]:
                raise Refused(Code.NONCE_USED, lane=action.lane, counter=action.counter, used=used[action.lane])
            used[action.lane] = action.counter

    def _require_lasting(self, actions: Sequence[CancelAll], ahead: int, margin: int) -> None:
        """Cancels live for some seconds beyond their time, so many milliseconds ahead. Raises SWITCH_EXPIRES."""
        fires = self._gateway.sequencer.now() - (-max(0, ahead) // 1000)
        for action in actions:
            if action.expiry < fires + margin:
                raise Trouble(Own.SWITCH_EXPIRES, expiry=action.expiry, fires=fires, least=fires + margin)

    # ------------------------------------------------------------------------------------------ looking
    def listed(self, account: int) -> list[wire.Switch]:
        """An account's switches, with what has become of each."""
        return [self._shown(switch, self._death(switch)) for switch in self._switches.of(account)]

    @staticmethod
    def _shown(switch: Switch, death: Exception | None) -> wire.Switch:
        hashes = [hexed(digest_of(payload)) for payload in switch.payloads]
        return wire.Switch(switch.account, switch.kind, switch.at, hashes, error_of(death) if death else None)

    def _death(self, switch: Switch) -> Exception | None:
        """Why a switch cannot fire, or soon can no more."""
        actions = [decode(payload) for payload in switch.payloads]
        ahead = GRACE if switch.at is None else switch.at - now()
        try:
            self._require_unused(switch.account, actions)
            self._require_lasting(actions, ahead, LAST_MARGIN if switch.at is None else 0)
        except (Refused, Trouble) as death:
            return death
        return None

    def _look(self) -> None:
        """Look at some of the switches, by turns, and tell of those that died."""
        if not self._turn:
            self._turn = self._switches.all()
            armed = {(one.account, one.kind): one for one in self._turn}
            self._told = {key: one for key, one in self._told.items() if armed.get(key) is one}
        some, self._turn = self._turn[:LOOKS], self._turn[LOOKS:]
        for switch in some:
            key = (switch.account, switch.kind)
            death = None if self._told.get(key) is switch else self._death(switch)
            if death is not None:
                self._told[key] = switch
                self._tell(switch, death)

    def _tell(self, switch: Switch, death: Exception) -> None:
        """Tell the account's sockets that a switch is dead."""
        holder = self._holders.get(switch.account) if switch.kind == SOCKET else None
        push = wire.Push("switch", data=self._shown(switch, death))
        for session in {*self._gateway.feeds.readers(switch.account), *([holder] if holder else [])}:
            session.push(push)

    # ------------------------------------------------------------------------------------------ firing
    async def tick(self) -> None:
        """Submit what is due, all together, and look after the others."""
        firing = map(self._fire, self._switches.due()[:AT_ONCE])
        results = await asyncio.gather(*firing, return_exceptions=True)
        self._look()
        for problem in filter(None, results):
            raise problem

    async def _fire(self, switch: Switch) -> None:
        """Submit the cancels of one switch, one after the other: they may be of one lane."""
        if all([await self._submit(switch, payload) for payload in switch.payloads]):
            self._switches.fired(switch)

    async def _submit(self, switch: Switch, payload: bytes) -> bool:
        """Whether there is an outcome, be it a refusal."""
        try:
            await self._gateway.bridge.result(self._gateway.sequencer.submit(decode(payload)), 10)
        except Refused as refusal:
            LOG.warning("gateway.switch_refused", extra={"account": switch.account, "code": str(refusal.code)})
            self._tell(switch, refusal)
            return True
        except SequencerError as problem:
            return problem.code not in NOT_NOW
        except TimeoutError:
            return False
        return True

    def forget(self, socket: object) -> None:
        """A socket takes back the cancels that it left."""
        for account in self._held_by(socket):
            self._switches.disarm(account, SOCKET)
            del self._holders[account]

    def gone(self, socket: object) -> None:
        """A socket is gone: cancels that are still its own are due after the grace, whatever the disk does."""
        for account in self._held_by(socket):
            del self._holders[account]
            try:
                self._switches.time(account, SOCKET, now() + GRACE)
            except sqlite3.Error as error:
                LOG.warning("gateway.switch_not_kept", extra={"account": account, "reason": str(error)})

    def _held_by(self, socket: object) -> list[int]:
        return [account for account, holder in self._holders.items() if holder is socket]
