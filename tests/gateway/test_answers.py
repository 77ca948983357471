"""Receipts: the short way from an acknowledgement says what the tape says."""

from types import SimpleNamespace

import pytest

from rollup.actions import Cancel, Place, Withdraw
from rollup.layout import GTC, IOC
from rollup.receipts import Ended, Fill, OrderId, Receipt
from rollup.refusals import Code, Ending
from sequencer.events import Sequenced
from sequencer.gateway.answers import Answers
from sequencer.gateway.numbers import Units
from sequencer.receipts import Acknowledged
from sequencer.tape import Tape
from tests.gateway.house import INSTRUMENTS

MARKETS = [SimpleNamespace(taker_fee=rate) for rate in (500, 333)]
OWN = OrderId(5, 1, 0, 7)
FILLS = tuple(Fill(OrderId(6, 1, 0, place), 5, 1, 0, 3_333_000 + place, 7, 3) for place in range(3))


def place(tif: int = GTC, reduce_only: int = 0) -> Place:
    return Place(5, 2, 9, 1, 0, tif, 0, reduce_only, 3_333_003, 30, 1_900_000_000, 77, (1, 2))


OUTCOMES = {
    "rested": Receipt(Code.RESTED, place(), 3, order=OWN, slot=4, size=30, remaining=30),
    "rested in part": Receipt(
        Code.RESTED, place(), 3, order=OWN, slot=4, size=30, remaining=9, fills=FILLS, fee=11, cost=69_993_063
    ),
    "filled": Receipt(Code.FILLED, place(), 3, size=21, remaining=0, ending=Ending.FILLED, fills=FILLS, fee=11),
    "dropped": Receipt(
        Code.DROPPED, place(IOC), 3, size=30, remaining=23, ending=Ending.IOC_REMAINDER, fills=FILLS[:1]
    ),
    "ended others": Receipt(
        Code.DROPPED,
        place(IOC),
        3,
        size=30,
        remaining=30,
        ending=Ending.IOC_REMAINDER,
        ended=(Ended(OWN, 0, 4, 1, Ending.VOID), Ended(OrderId(6, 1, 0, 1), 1, 2, 3, Ending.FILLED)),
    ),
    "trimmed": Receipt(Code.FILLED, place(IOC, 1), 3, size=7, remaining=0, ending=Ending.FILLED, fills=FILLS[:1]),
    "burned": Receipt(Code.MARGIN, place(), 3, {"equity": 1 << 60, "initial": -5}),
    "cancelled": Receipt(
        Code.CANCELLED,
        Cancel(5, 2, 9, 1, 0, 4, 0, 7, 1_900_000_000, (1, 2)),
        3,
        ended=(Ended(OWN, 0, 4, 30, Ending.CANCELLED),),
    ),
    "withdrawn": Receipt(Code.APPLIED, Withdraw(5, 2, 9, 1_000_000, 1_900_000_000, (1, 2)), 3),
}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_receipt_says_the_same_at_once_and_from_the_tape(outcome: str) -> None:
    answers = Answers([Units(instrument) for instrument in INSTRUMENTS], MARKETS)
    acknowledged = Acknowledged(1_000, 12, bytes(range(32)), OUTCOMES[outcome], False, 1_700_000_000_000, 1)
    event = Sequenced(1_000, 1_700_000_000_000, 12, bytes(range(32)), OUTCOMES[outcome], 1)
    said = answers.receipt(acknowledged, "open")
    assert said == answers.event_receipt(Tape(MARKETS).read(event), "open")
    assert len(said.fills) == len(OUTCOMES[outcome].fills)
    assert sum(float(fill.fee) for fill in said.fills) * 1e6 == pytest.approx(
        -(-sum(fill.price * fill.size for fill in OUTCOMES[outcome].fills) * 333 // 1_000_000)
    )
