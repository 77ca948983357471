"""``novate circuits`` and ``novate keys``: what the prover's program tells, as tables and as objects."""

import json
from pathlib import Path

import pytest

from novate.cli.main import main
from rollup.layout import CLASSES
from tests.keys import smallest_key

CLONE = Path(__file__).resolve().parents[3]


def test_rules_are_listed_with_the_tests_that_forge_them(capsys: pytest.CaptureFixture) -> None:
    assert main(["circuits", "rules", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert len(answer["rules"]) > 200
    assert answer["unforged"] == sum(not rule["forgery"] for rule in answer["rules"])
    for rule in answer["rules"]:
        assert rule["name"]
        assert rule["chip"]
        assert rule["times"] >= 1
        assert all((CLONE / test.partition("::")[0]).exists() for test in rule["forgery"])
    assert main(["circuits", "rules", "--chip", "fill"]) == 0
    text = capsys.readouterr().out
    assert "match: prices cross" in text
    assert "signature" not in text


def test_the_table_adds_up(capsys: pytest.CaptureFixture) -> None:
    assert main(["circuits", "table", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [one["class"] for one in answer["classes"]] == [*CLASSES]
    for one in answer["classes"]:
        assert one["constraints"] <= one["step"]
        if not one["exact"]:
            assert abs(sum(one["chips"].values()) + answer["costs"]["shared"] - one["constraints"]) < 2


def test_keys_at_hand_are_shown(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    assert main(["keys", "show", "--data", str(tmp_path)]) == 0
    assert "no keys" in capsys.readouterr().out
    key, folder = smallest_key()
    (tmp_path / "keys").symlink_to(folder.absolute(), target_is_directory=True)
    assert main(["keys", "show", "--data", str(tmp_path), "--json"]) == 0
    (shown,) = [one for one in json.loads(capsys.readouterr().out)["keys"] if one["digest"] == key.digest]
    assert shown["development"] is True
    assert shown["proving_bytes"] > 10**7


def test_keys_that_fit_are_not_made_again(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    key, folder = smallest_key()
    (tmp_path / "keys").symlink_to(folder.absolute(), target_is_directory=True)
    assert main(["keys", "dev", "--class", "XS", "--data", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["keys"][0]["digest"] == key.digest
