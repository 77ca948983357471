"""The page: whole, alone, and safe against what its data says."""

import json
import re

from novate.report.page import page
from tests.novate.report.outcomes import outcome

HTML = page(outcome())


def embedded() -> dict:
    """The data in the page, as its program reads it."""
    (found,) = re.findall(r'<script type="application/json" id="run">(.*?)</script>', HTML, re.DOTALL)
    return json.loads(found)


def test_it_loads_nothing() -> None:
    addresses = set(re.findall(r"https?://[^\s\"'<)]+", HTML))
    assert addresses == {"http://www.w3.org/2000/svg"}, "the namespace of drawings alone"
    assert not re.search(r"<(?:link|script|img|iframe)[^>]*\s(?:src|href)=(?!\"data:,\")", HTML)
    assert "@import" not in HTML
    assert "url(" not in HTML


def test_its_data_is_the_outcome() -> None:
    data, told = embedded(), outcome()
    assert [batch["number"] for batch in data["batches"]] == [batch.number for batch in told.batches]
    assert sum(len(market["fills"]) for market in data["markets"]) == len(told.tally.trades)
    for market, (bids, asks) in zip(data["markets"], told.depth):
        assert [len(market["bids"]), len(market["asks"])] == [len(bids), len(asks)]
    assert len(data["accounts"]) == len(told.accounts)
    assert data["forgery"]["refused"] is True


def test_no_name_can_end_the_data() -> None:
    assert "</script><b>" not in HTML
    assert embedded()["captures"][0]["file"] == "</script><b>.gz"


def test_every_section_has_a_heading_and_a_link() -> None:
    sections = re.findall(r'<section id="([a-z]+)" aria-labelledby="([a-z-]+)">', HTML)
    assert len(sections) == 8
    for name, heading in sections:
        assert f'<h2 id="{heading}">' in HTML
        assert f'<a href="#{name}">' in HTML


def test_both_themes_define_the_same_colours() -> None:
    light, dark = (set(re.findall(r"(--[a-z]+): #", block)) for block in re.findall(r":root[^{]*\{([^}]*)\}", HTML)[:2])
    assert light == dark
    assert len(light) > 15
