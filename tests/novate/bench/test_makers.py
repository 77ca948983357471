"""The maker's market: what it is, and that class Q holds it."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from circuits.native import Native
from novate.bench import proving
from novate.bench.accounts import BENCHES, MAKERS_BENCH, SPARSE, spread
from novate.bench.filled import full_batches, key, unsigned
from novate.bench.flow import Flow, bench_genesis
from novate.bench.makers import TAKERS, MakersMarket
from rollup.actions import Sheet
from rollup.batch import Batch, Domain
from rollup.engine import Engine
from rollup.layout import CLASSES, SHEET_ITEMS


def batches(size_class: str, bench, make_flow: type[Flow], count: int) -> list[Batch]:
    """Full batches of a flow, unsigned."""
    engine = Engine(bench_genesis(size_class, key, bench.markets), Domain(31337, 1), size_class)
    flow = make_flow(engine, spread(bench.accounts, SPARSE), key, unsigned)
    with Native() as native:
        return full_batches(engine, native, flow, bench.resting, count, key, unsigned)


@pytest.fixture(scope="module")
def quoted() -> list[Batch]:
    """Three full batches of class Q."""
    return batches("Q", MAKERS_BENCH, MakersMarket, 3)


def test_nine_actions_in_ten_are_quotes_of_full_replacing_sheets(quoted: list[Batch]) -> None:
    for batch in quoted:
        sheets = [receipt for receipt in batch.receipts if type(receipt.action) is Sheet]
        assert all(len(sheet.items) == SHEET_ITEMS and sheet.action.replace for sheet in sheets)
        rested = sum(item.order is not None for sheet in sheets for item in sheet.items)
        assert rested == batch.used["quotes"]
        assert rested >= 0.98 * SHEET_ITEMS * len(sheets)
        assert 0.88 < rested / (rested + batch.used["signatures"]) < 0.92
        assert len({sheet.action.account for sheet in sheets}) > 0.85 * (MAKERS_BENCH.accounts - TAKERS)


def test_class_q_is_filled_evenly(quoted: list[Batch]) -> None:
    slots = CLASSES["Q"].slots
    for batch in quoted:
        assert batch.used["quotes"] > 0.95 * slots["quotes"]
        for chip in ("signatures", "sheets", "signers", "collects", "headers"):
            assert batch.used[chip] > 0.9 * slots[chip], chip
        for chip in ("orders", "fills", "books"):
            assert batch.used[chip] > 0.75 * slots[chip], chip


def test_class_l_is_filled_evenly_by_the_mixed_flow() -> None:
    (batch,) = batches("L", BENCHES["L"], Flow, 1)
    for chip in ("signatures", "orders", "signers", "headers"):
        assert batch.used[chip] > 0.9 * CLASSES["L"].slots[chip], chip
    assert batch.used["fills"] > 0.8 * CLASSES["L"].slots["fills"]


def test_quotes_a_second_are_those_at_rest_in_the_time_of_their_proofs(monkeypatch: pytest.MonkeyPatch) -> None:
    record = SimpleNamespace(
        size_class="Q",
        used={"quotes": 4_700, "sheets": 196},
        fills=500,
        execute_seconds=1.0,
        seal_seconds=0.5,
        reason="full: quotes",
    )
    proof = SimpleNamespace(seconds={"prove": 20.0, "witness": 0.5}, peak_rss_bytes=2**32, constraints=2_087_995)
    found = proving.Steady([record] * 3, [proof] * 3, 3 * 724, 60.0)
    monkeypatch.setattr(proving, "steady", lambda *_: found)
    figures, about = proving.quotes(Path("keys"), print)
    assert figures == {"proven_quotes_per_second": 235.0}
    assert (about["quotes_a_batch"], about["prove_seconds"], about["class"]) == (4_700, 20.0, "Q")


def test_a_batch_alone_is_measured() -> None:
    """On the smallest class, with keys that other tests have made."""
    from tests.keys import smallest_key

    _, folder = smallest_key()
    figures, about = proving.alone(folder, print, "XS")
    assert figures.keys() == {"class_l_prove_seconds", "class_l_rss_gib"}
    assert all(value > 0 for value in figures.values())
    assert about["constraints"] <= CLASSES["XS"].step
    assert about["actions"] >= 5
