"""What is due is submitted: scheduled cancels, and those of sockets that are gone for longer than the grace."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rollup.actions import CancelAll, decode, encode
from rollup.refusals import Code, Refused
from sequencer.errors import Problem, SequencerError
from sequencer.gateway import signed, wire
from sequencer.gateway.answers import hexed
from sequencer.gateway.problems import Own, Trouble
from sequencer.gateway.switch import LONGEST, SCHEDULED, SHORTEST, SOCKET
from sequencer.receipts import digest_of

if TYPE_CHECKING:
    from sequencer.gateway.gateway import Gateway

GRACE = 5_000
"""Milliseconds that a socket may be gone."""
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
    return time.time_ns() // 1_000_000


class DeadMan:
    """Arms and fires switches of one gateway."""

    def __init__(self, gateway: "Gateway") -> None:
        self._gateway = gateway
        self._switches = gateway.switches
        self._holders: dict[int, object] = {}

    async def schedule(self, request: wire.ScheduleCancel, is_reader: bool) -> wire.Scheduled:
        """Set, renew or clear an account's switch; ``is_reader``: the request carried the account's read token.

        Raises BAD_SIGNATURE, BAD_FIELD, TIME_OUT_OF_RANGE, and TOKEN_MISSING for a clearing that nobody authorised.
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
        payloads = [encode(action) for action in actions]
        self._switches.arm(request.account, SCHEDULED, request.at, payloads)
        return wire.Scheduled(request.account, request.at, [hexed(digest_of(payload)) for payload in payloads])

    async def checked(self, account: int, cancels: Sequence[signed.SignedCancelAll]) -> list[CancelAll]:
        """Cancel-alls that the account's key signed and that can act. Raises BAD_SIGNATURE, BAD_FIELD, NONCE_USED."""
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

    def _require_unused(self, account: int, actions: list[CancelAll]) -> None:
        """A switch whose nonce is used could never fire, and whoever has old bytes could arm one. Raises NONCE_USED."""
        counters = self._gateway.sequencer.engine.account(account).counters
        for action in actions:
            if action.counter <= counters[action.lane]:
                raise Refused(Code.NONCE_USED, lane=action.lane, counter=action.counter, used=counters[action.lane])

    async def tick(self) -> None:
        """Submit what is due."""
        for switch in self._switches.due(now()):
            if all([await self._submit(payload) for payload in switch.payloads]):
                self._switches.fired(switch)

    async def _submit(self, payload: bytes) -> bool:
        """Whether there is an outcome, be it a refusal."""
        try:
            await self._gateway.bridge.result(self._gateway.sequencer.submit(decode(payload)), 10)
        except Refused:
            return True
        except SequencerError as problem:
            return problem.code not in NOT_NOW
        except TimeoutError:
            return False
        return True

    def hold(self, socket: object, account: int, actions: Sequence[CancelAll]) -> None:
        """Keep cancels for a socket, in place of those that another socket of the account left.

        They fire at once after a restart, since the socket is gone then.
        """
        self._switches.arm(account, SOCKET, None, [encode(action) for action in actions])
        self._holders[account] = socket

    def forget(self, socket: object) -> None:
        """A socket takes back the cancels that it left."""
        for account in [account for account, holder in self._holders.items() if holder is socket]:
            del self._holders[account]
            self._switches.disarm(account, SOCKET)

    def gone(self, socket: object) -> None:
        """A socket is gone: cancels that are still its own are due after the grace."""
        for account in [account for account, holder in self._holders.items() if holder is socket]:
            del self._holders[account]
            self._switches.time(account, SOCKET, now() + GRACE)
