"""The services' bench in miniature: every figure that was asked for has its part, and parts measure."""

from pathlib import Path

import pytest

from novate.bench.service import measures
from novate.bench.service.suite import FIGURES, PARTS
from novate.cli import bench
from novate.cli.main import main
from novate.observe.heads import Times
from tests.keys import smallest_key

ASKED = (
    "order_to_settled_seconds ack_ms_p50 ack_ms_p99 service_actions_per_second signature_checks_per_second"
    " proven_quotes_per_second class_l_prove_seconds class_l_rss_gib kill_rounds lost_actions recovery_seconds"
)


def test_every_figure_has_a_part() -> None:
    assert [figure.key for figure in FIGURES] == ASKED.split()
    assert {figure.part for figure in FIGURES} == set(PARTS)
    assert bench.SERVICE_PARTS.split() == list(PARTS)


def test_a_part_of_the_other_bench_is_refused(capsys: pytest.CaptureFixture) -> None:
    assert main(["bench", "service", "--only", "gas"]) == 1
    assert main(["bench", "--only", "kill"]) == 1
    assert capsys.readouterr().err.count("NO_SUCH_PART") == 2


def test_what_a_batch_waited_for_is_told_apart() -> None:
    """The second proof begins when the prover is free, the third when its batch is sealed."""
    reached = Times(
        {
            "sealed": {1: 10_000, 2: 20_000, 3: 50_000},
            "proven": {1: 23_000, 2: 36_000, 3: 61_000},
            "settled": {1: 23_100, 2: 36_500, 3: 61_000},
        }
    )
    assert measures.paces(reached, 3) == {
        "seals": [10.0, 30.0],
        "proofs": [13.0, 13.0, 11.0],
        "settlements": [0.1, 0.5, 0.0],
    }


def test_signatures_are_checked() -> None:
    figures, details = measures.checks(print, count=600)
    assert figures["signature_checks_per_second"] > 100
    assert details["count"] == 600


def test_a_crash_with_a_long_journal_is_recovered_from() -> None:
    _, keys = smallest_key()
    figures, details = measures.recovery(Path(keys), "XS", 3_000, print)
    assert details["records"] > 3_000
    assert 0 < figures["recovery_seconds"] < 120
