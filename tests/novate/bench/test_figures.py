"""The figures of the bench: keys that never change, defined, and computed from what they say."""

import re
from pathlib import Path

import pytest

from novate.bench import costs
from novate.bench.accounts import spread
from novate.bench.figures import FIGURES, PARTS
from novate.bench.machine import machine
from novate.bench.service.suite import FIGURES as SERVICES
from novate.cli import bench
from novate.cli.main import main

KEYS = """constraints_per_signature constraints_per_signer constraints_per_order constraints_per_sheet_order
constraints_per_fill constraints_per_page_dense constraints_per_page_sparse constraints_per_margin constraints_total
prove_seconds peak_rss_gib setup_seconds_per_million proven_actions_per_second gas_per_batch gas_per_word
engine_actions_per_second verify_python_seconds""".split()
DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "bench.md"


def test_the_keys_are_those_that_were_promised() -> None:
    assert sorted(figure.key for figure in FIGURES) == sorted(KEYS)
    assert {figure.part for figure in FIGURES} == set(PARTS) == set(bench.PARTS.split())


def test_every_figure_is_defined_under_its_part() -> None:
    rows = re.findall(r"^\| (`.*?) \| (\w+) \|", DOCUMENT.read_text(), re.MULTILINE)
    defined = {key: part for keys, part in rows for key in re.findall(r"`(\w+)`", keys)}
    assert defined == {figure.key: figure.part for figure in (*FIGURES, *SERVICES)}


def test_more_is_better_only_for_speeds() -> None:
    by_key = {figure.key: figure for figure in FIGURES}
    assert by_key["gas_per_word"].is_reached(130)
    assert not by_key["gas_per_word"].is_reached(130.5)
    assert by_key["proven_actions_per_second"].is_reached(50)
    assert not by_key["proven_actions_per_second"].is_reached(49)


def test_constraints_are_added_up_as_defined(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slot = {"signatures": 560, "signers": 771, "orders": 193, "sheets": 1_200, "quotes": 100, "collects": 57}
    slot |= {"fills": 92, "headers": 1_805, "nodes": 762}
    classes = [{"class": "M", "constraints": 2_000_000, "exact": True}]
    monkeypatch.setattr(costs, "table", lambda folder: {"costs": {"slot": slot, "margin": 316}, "classes": classes})
    monkeypatch.setattr(costs, "nodes_per_page", lambda native, among: 0.5 if among == costs.DENSE else 2.0)
    figures, details = costs.costs(tmp_path, lambda text: None)
    assert figures["constraints_per_order"] == 560 + 193
    assert figures["constraints_per_sheet_order"] == 1_200 / 24 + 100 + 57
    assert figures["constraints_per_page_dense"] == 1_805 + 381
    assert figures["constraints_per_page_sparse"] == 1_805 + 1_524
    assert figures["constraints_total"] == 2_000_000
    assert details["total_is_exact"] is True


def test_accounts_are_spread_the_same_way_every_time() -> None:
    accounts = spread(64, 10**6)
    assert accounts == spread(64, 10**6) == sorted(set(accounts))
    assert accounts[-1] - accounts[0] > 900_000


def test_an_unknown_part_is_wrong_usage(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["bench", "--only", "circuits,speed"])
    assert stopped.value.code == 2
    assert bench.part_names("prove,circuits") == ["circuits", "prove"]


def test_the_machine_is_named_with_versions() -> None:
    found = machine()
    assert found["cores"] >= 1
    assert {"novate", "python", "go", "anvil", "gnark", "gnark-crypto"} <= set(found["versions"])
