"""Preview: an action is applied and undone on the writer's thread, between two groups, and everything is told of it."""

from typing import TYPE_CHECKING

from rollup.actions import UNSIGNED, Action, Sheet, encode
from rollup.receipts import Receipt
from rollup.refusals import Code, Full, Refused
from rollup.views import AccountView
from sequencer.gateway import signed, wire
from sequencer.gateway.answers import hexed
from sequencer.gateway.numbers import amount
from sequencer.gateway.views import cell, now
from sequencer.ledger import Ledger
from sequencer.receipts import Acknowledged, digest_of

if TYPE_CHECKING:
    from sequencer.gateway.gateway import Gateway

Rehearsed = tuple[int, int, Receipt | Exception, AccountView | None, AccountView | None]


def rehearse(ledger: Ledger, action: Action) -> Rehearsed:
    """Sequence number and batch that are next, what would be answered, the account before and after.

    To be called on the writer's thread.
    """
    engine = ledger.engine
    before = engine.account(action.account)
    place = (ledger.sequence + 1, ledger.number)
    try:
        receipt, after = engine.rehearse(action, lambda: engine.account(action.account))
    except (Refused, Full) as refusal:
        return *place, refusal, before, before
    return *place, receipt, before, after


async def preview(gateway: "Gateway", request: signed.Signed, reader: int | None) -> wire.Previewed:
    """What would become of an action, and all that its signer needs to compare.

    ``reader``: the account whose read token was shown. The rest is for whoever holds the account's key or token.
    """
    action = signed.record(request)
    if type(action) is Sheet:
        action = action.undecided()
    checker = gateway.sequencer.checker
    key = gateway.sequencer.engine.key(action.account)
    claim = checker.claim(key[0] if key else 1, action)
    verdict = "absent"
    if action.signature != UNSIGNED:
        holds = await gateway.loop.run_in_executor(None, checker.check, [claim])
        verdict = "valid" if key and holds[0] else "invalid"
    if verdict == "valid" or reader == action.account:
        sequence, batch, outcome, before, after = await gateway.ask(lambda ledger: rehearse(ledger, action))
    else:  # what would become of it tells of the account, so only its owner hears that
        sequence, batch, outcome, before, after = 0, 0, Refused(Code.BAD_SIGNATURE, account=action.account), None, None
    payload = encode(action)
    digest = digest_of(payload)
    would_be = refusal = None
    if isinstance(outcome, Exception):
        refusal = gateway.answers.error(outcome, action, hexed(digest))
    else:
        acknowledged = Acknowledged(sequence, batch, digest, outcome, False, now(), 0)
        would_be = gateway.answers.receipt(acknowledged, "open")
    return wire.Previewed(
        hash=hexed(digest),
        payload=payload.decode(),
        message=[cell(part) for part in claim.message],
        domain=cell(gateway.domain),
        key=cell(key[0]) if key else None,
        signature=verdict,
        would_be=would_be,
        refusal=refusal,
        equity_before=_amount(before and before.equity),
        equity_after=_amount(after and after.equity),
        required_before=_amount(before and before.required),
        required_after=_amount(after and after.required),
    )


def _amount(units: int | None) -> str | None:
    return None if units is None else amount(units)
