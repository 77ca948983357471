"""The parts of the bench that prove, on the smallest class."""

import json
from pathlib import Path

import pytest

from novate.bench.figures import FIGURES
from novate.cli.main import main


def test_gas_and_proofs_are_measured(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    parts = ("gas", "verify", "setup", "prove")
    words = ["--only", ",".join(parts), "--class", "XS", "--chain-class", "XS", "--data", str(tmp_path), "--json"]
    assert main(["bench", *words]) == 0
    answer = json.loads(capsys.readouterr().out)
    expected = {figure.key for figure in FIGURES if figure.part in parts}
    assert expected == set(answer) - {"machine", "details"}
    assert 300_000 < answer["gas_per_batch"] < 430_000
    assert 100 < answer["gas_per_word"] <= 130
    assert all(answer[key] > 0 for key in expected)
    gas, setup, prove = (answer["details"][part] for part in ("gas", "setup", "prove"))
    assert gas["deposits"] == gas["withdrawals"] == 2
    assert gas["commit"] + gas["settle"] == answer["gas_per_batch"]
    assert all(reason.startswith("full: ") for reason in prove["full"]), "batches end when they are full"
    assert 5 <= prove["actions_a_batch"] <= 10
    assert prove["class"] == setup["class"] == "XS"
