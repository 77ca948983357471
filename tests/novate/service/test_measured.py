"""Latency is measured of whatever is submitted, alone or with others."""

from concurrent.futures import Future
from types import SimpleNamespace

import pytest

from novate.observe.measured import Measured
from sequencer.sequencer import Sequencer


@pytest.fixture
def measured(monkeypatch) -> Measured:
    """A sequencer that answers at once; ``seen`` are the seconds that were observed."""
    future: Future = Future()
    future.set_result("known")
    monkeypatch.setattr(Sequencer, "submit", lambda self, action: future)
    monkeypatch.setattr(Sequencer, "submit_parsed", lambda self, actions, told: told(list(actions)))
    made = object.__new__(Measured)
    made.seen = []
    made.latency = SimpleNamespace(observe=made.seen.append)
    return made


def test_an_action_alone_is_measured(measured) -> None:
    assert measured.submit("one").result() == "known"
    assert len(measured.seen) == 1 and measured.seen[0] >= 0


def test_actions_of_a_request_are_measured_once_and_told(measured) -> None:
    told = []
    measured.submit_parsed(["one", "other"], told.append)
    assert told == [["one", "other"]] and len(measured.seen) == 1
