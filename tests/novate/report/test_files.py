"""The outcome as files: what is in them can be added up again."""

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

from novate.replay.tally import Tally
from novate.report import files
from tests.novate.report.outcomes import outcome


def rows(text: str) -> list[dict[str, str]]:
    """Rows of comma-separated values by their heads."""
    return list(csv.DictReader(io.StringIO(text)))


def test_every_fill_is_a_row_whose_price_and_size_are_exact() -> None:
    told = outcome()
    found = rows(files.sheet(files.FILL_HEAD, files.fills(told)))
    assert len(found) == len(told.tally.trades) > 80
    worth = sum(int(row["price_micro_per_lot"]) * int(row["lots"]) for row in found)
    assert worth == told.tally.summary().replayed
    for row in found:
        exact = Decimal(row["price"]) * Decimal(row["size"]) * 10**6
        assert exact == int(row["price_micro_per_lot"]) * int(row["lots"])
        assert row["taker_side"] in ("buy", "sell")


def test_every_batch_is_a_row_with_all_its_capacities() -> None:
    told = outcome()
    head, *body = files.batches(told.batches)
    found = rows(files.sheet(head, body))
    assert [int(row["number"]) for row in found] == [batch.number for batch in told.batches]
    assert sum(int(row["fills"]) for row in found) == len(told.tally.trades)
    for row, batch in zip(found, told.batches):
        assert int(row["root_after"], 16) == batch.root_after
        assert {name: int(row[f"used_{name}"]) for name in batch.share} == {n: batch.used[n] for n in batch.share}
        assert row["settled_at"].endswith("Z")


def test_the_manifest_names_seed_versions_key_and_result(tmp_path: Path) -> None:
    written = files.write(outcome(), tmp_path / "new" / "folder")
    assert [path.name for path in written] == ["fills.csv", "batches.csv", "manifest.json", "report.html"]
    manifest = json.loads((tmp_path / "new" / "folder" / "manifest.json").read_text())
    assert manifest["seed"] == 3
    assert manifest["key"]["digest"] == "d9" * 32
    assert {"python", "go", "node", "anvil"} <= set(manifest["versions"])
    assert all(check["holds"] for check in manifest["result"]["checks"])
    assert manifest["result"]["forgery"]["refused"] is True


def test_a_replay_without_trades_can_be_told() -> None:
    empty = outcome()._replace(tally=Tally(outcome().markets), batches=[])
    head, *body = files.batches(empty.batches)
    assert "number" in head
    assert body == []
    assert files.sheet(files.FILL_HEAD, files.fills(empty)).count("\n") == 1
    assert files.summary(empty)["all_markets"]["share"] == 0
