"""``novate replay --no-prove``: any capture through the engine alone; refusals with code and fix."""

import json
from pathlib import Path

import pytest

from novate.cli.main import main
from novate.data import demo_captures
from novate.errors import Exit

BTC, ETH = map(str, demo_captures())


def test_two_markets_through_the_engine_alone(capsys: pytest.CaptureFixture) -> None:
    words = ["replay", "--no-prove", BTC, ETH, "--seconds", "8", "--json"]
    assert main(words) == 0
    first = json.loads(capsys.readouterr().out)
    assert [market["name"] for market in first["markets"]] == ["BTC-PERP", "ETH-PERP"]
    assert first["all_markets"]["fills"] == sum(batch["fills"] for batch in first["batches"]) > 0
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["root"] == first["root"], "the same recording, the same root"


def test_people_get_tables(capsys: pytest.CaptureFixture) -> None:
    assert main(["replay", "--no-prove", BTC, "--seconds", "3"]) == 0
    text = capsys.readouterr().out
    assert "BTC-PERP" in text
    assert "root 0x" in text


@pytest.mark.parametrize(
    "words, code", [(["/no/such/capture.gz"], "FEED_NOT_FOUND"), ([BTC, "--out", "x"], "NOTHING_PROVEN")]
)
def test_what_cannot_be_replayed_is_refused(words: list[str], code: str, capsys: pytest.CaptureFixture) -> None:
    assert main(["replay", "--no-prove", *words, "--json"]) == Exit.FAILED_CHECK
    assert json.loads(capsys.readouterr().out)["error"]["code"] == code


@pytest.mark.parametrize("words", [["--speed", "0"], ["--seconds", "0"], ["--speed", "fast"], ["--class", "XL"]])
def test_wrong_numbers_are_wrong_usage(words: list[str]) -> None:
    for command in (["demo"], ["replay", BTC]):
        with pytest.raises(SystemExit) as stopped:
            main([*command, *words])
        assert stopped.value.code == Exit.USAGE


def test_a_folder_without_runs_says_how_to_get_one(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    for part in (["list"], ["show", "1"], ["verify", "1"]):
        assert main(["batch", *part, "--data", str(tmp_path), "--json"]) == Exit.FAILED_CHECK
        error = json.loads(capsys.readouterr().out)["error"]
        assert error["code"] == "NO_RUN"
        assert error["fix"] == "novate demo"
