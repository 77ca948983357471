"""Signed words lie as docs and clients expect them, to the bit, and actions survive the journal."""

import pytest

from rollup.actions import (
    Advance,
    Cancel,
    CancelAll,
    CancelItem,
    Collect,
    Deposit,
    Place,
    PlaceItem,
    Report,
    Sheet,
    Transfer,
    Withdraw,
    decode,
    encode,
    from_dict,
    to_dict,
)
from rollup.refusals import Code, Refused
from rollup.words import body

HEAD = {"account": 0xABCDEF, "lane": 5, "counter": 0x123456789ABC}
HEAD_BITS = (0xABCDEF << 4) + (5 << 28) + (0x123456789ABC << 31)
SIGNATURE = (2**253 + 1, 2**250 + 3)

PLACE = Place(
    **HEAD,
    market=7,
    side=1,
    tif=2,
    post_only=1,
    reduce_only=1,
    price=3,
    size=5,
    expiry=9,
    client=11,
    signature=SIGNATURE,
)
CANCEL = Cancel(**HEAD, market=7, side=1, slot=33, epoch=4, index=6, expiry=9, signature=SIGNATURE)
ITEMS = (PlaceItem(1, 0, 1, 0, 3, 5), CancelItem(1, 33, 4, 6), PlaceItem(0, 2, 0, 1, 7, 9))
SHEET = Sheet(**HEAD, market=7, replace=1, expiry=9, items=ITEMS, signature=SIGNATURE)

WORDS = [
    (
        PLACE,
        1,
        7 + (1 << 12) + (2 << 13) + (1 << 15) + (1 << 16) + (3 << 17) + (5 << 53) + (9 << 101) + (11 << 137),
    ),
    (CANCEL, 2, 7 + (1 << 12) + (33 << 13) + (4 << 37) + (6 << 73) + (9 << 97)),
    (CancelAll(**HEAD, market=7, expiry=9), 3, 7 + (9 << 12)),
    (Transfer(**HEAD, to=8, amount=10, expiry=9), 4, 8 + (10 << 24) + (9 << 84)),
    (Withdraw(**HEAD, amount=10, expiry=9), 5, 10 + (9 << 60)),
    (SHEET, 6, 7 + (1 << 12) + (9 << 13)),
]


@pytest.mark.parametrize("action, kind, expected", WORDS)
def test_a_word_is_kind_account_lane_counter_and_body(action, kind: int, expected: int) -> None:
    assert action.word() == kind + HEAD_BITS + (expected << 79)
    assert body(action.word()) == expected
    assert action.word() < 1 << 253


def test_single_words_sign_word_and_domain() -> None:
    assert PLACE.message(77) == (PLACE.word(), 77)


def test_a_sheet_signs_its_head_and_twelve_cells_of_two_items() -> None:
    place = 1 + (0 << 1) + (1 << 3) + (0 << 4) + (3 << 5) + (5 << 41)
    cancel = 1 + (33 << 1) + (4 << 25) + (6 << 61)
    last = 0 + (2 << 1) + (0 << 3) + (1 << 4) + (7 << 5) + (9 << 41)
    assert SHEET.bits() == ((0, place), (1, cancel), (0, last))
    message = SHEET.message(77)
    assert message[:2] == (77, SHEET.word())
    assert message[2:] == (2 * place + ((2 * cancel + 1) << 126), 2 * last, *[0] * 10)


def test_a_report_signs_its_head_and_four_cells_of_seven_prices() -> None:
    report = Report(6, 1_000, (1, 2, 3, 4, 5, 6, 7, 8))
    assert report.word() == 7 + (6 << 4) + (1_000 << 79)
    first = sum(price << (36 * place) for place, price in enumerate(range(1, 8)))
    assert report.message(77) == (77, report.word(), first, 8, 0, 0)


ACTIONS = [
    PLACE,
    CANCEL,
    SHEET,
    SHEET._replace(collects=2, no_room=(0, 2)),
    SHEET._replace(items=()),
    CancelAll(**HEAD, market=7, expiry=9),
    Transfer(**HEAD, to=8, amount=10, expiry=9),
    Withdraw(**HEAD, amount=10, expiry=9),
    Deposit(9, 1, 1, 2, 3, 4),
    Collect(1, 0, 33),
    Advance(1_000, (Report(6, 1_000, (1, 2, 3, 4, 5, 6, 7, 8), SIGNATURE),)),
    Advance(1_000),
]


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: type(action).__name__)
def test_an_action_survives_the_journal(action) -> None:
    line = encode(action)
    assert decode(line) == action
    assert type(decode(line)) is type(action)
    assert encode(decode(line)) == line
    assert from_dict(to_dict(action)) == action


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"1",
        b"{}",
        b'{"kind":"swap"}',
        b'{"kind":"collect","market":0,"side":0}',
        b'{"kind":"collect","market":0,"side":0,"slot":1.0}',
        b'{"kind":"collect","market":0,"side":0,"slot":true}',
        b'{"kind":"collect","market":0,"side":0,"slot":null}',
        b'{"kind":"collect","market":0,"side":0,"slot":"1"}',
        b'{"kind":"collect","market":0,"side":0,"slot":1,"x":1}',
        b'{"kind":"withdraw","account":1,"lane":0,"counter":1,"amount":1,"expiry":1,"signature":[1]}',
        b'{"kind":"withdraw","account":1,"lane":0,"counter":1,"amount":1,"expiry":1,"signature":[1,true]}',
        b'{"kind":"sheet","account":1,"lane":0,"counter":1,"market":0,"replace":1,"expiry":1,"items":[{"kind":"sheet"}]}',
        b'{"kind":"sheet","account":1,"lane":0,"counter":1,"market":0,"replace":1,"expiry":1,"items":[3]}',
        b'{"kind":"advance","clock":1,"reports":[{"reporter":1,"round":1,"prices":[1.5],"signature":[1,2]}]}',
        b"\xff",
    ],
)
def test_what_is_no_action_is_refused(line: bytes) -> None:
    with pytest.raises(Refused) as refused:
        decode(line)
    assert refused.value.code is Code.BAD_FIELD
