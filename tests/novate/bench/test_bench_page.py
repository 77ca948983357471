"""docs/bench.md says of every figure what it is, under the part that measures it."""

import re
from pathlib import Path

import pytest

from novate.bench import figures
from novate.bench.service import kill, measures, suite
from novate.cli import bench
from novate.cli.main import main
from rollup.layout import CLASSES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "bench.md"


def rows() -> dict[str, tuple[str, str]]:
    """Key to part and definition, of all tables of the page."""
    found = {}
    for keys, part, text in re.findall(r"^\| (`.*?`) \| (\w+) \| (.*) \|$", PAGE.read_text(), re.MULTILINE):
        found |= dict.fromkeys(re.findall(r"`(\w+)`", keys), (part, text))
    return found


def test_every_figure_is_defined_under_its_part() -> None:
    told = rows()
    assert {key: part for key, (part, _) in told.items()} == {
        figure.key: figure.part for figure in (*figures.FIGURES, *suite.FIGURES)
    }
    below = PAGE.read_text().partition("## A maker's market, and class L")[2]
    for key, (_, text) in told.items():
        assert len(text) > 15 or (text == "see below" and f"`{key}`" in below), key


def test_what_the_page_says_of_the_services_is_what_is_done(capsys: pytest.CaptureFixture) -> None:
    """Loads, counts and defaults, against the code."""
    told = {key: text for key, (_, text) in rows().items()}
    load = f"{measures.CLIENTS} clients with an account each send {measures.RATE} orders a second"
    assert load in told["order_to_settled_seconds"]
    assert f"sealed every {measures.SEAL_EVERY} s" in told["order_to_settled_seconds"]
    assert f"{measures.TOGETHER} orders a request" in told["service_actions_per_second"]
    assert f"{measures.CHECKED:,} valid signatures" in told["signature_checks_per_second"]
    assert f"calls of {measures.CHECKED_TOGETHER}" in told["signature_checks_per_second"]
    sizes = [f"{CLASSES[name].slots['orders']:,}" for name in "MS"]
    assert "a batch of M takes {} orders, one of S {}".format(*sizes) in told["service_actions_per_second"]
    assert kill.PAUSE == 0.5 and kill.YOUNG == 0.35
    with pytest.raises(SystemExit):
        main(["bench", "--help"])
    helped = capsys.readouterr().out
    options = set(re.findall(r"`(--[a-z-]+)", PAGE.read_text()))
    assert all(option in helped for option in options), options
    for option, default in {"settle-class": "S", "rate-class": "M", "seconds": "60", "actions": "30000"}.items():
        assert re.search(rf"--{option} .*?\({default}\)", helped, re.DOTALL), option
    assert bench.SERVICE_PARTS.replace(" ", ",") in PAGE.read_text()
