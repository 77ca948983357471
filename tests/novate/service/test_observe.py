"""Watching: logs that never stand in the way (D30), ages of heads, intervals, alerts that name what is there."""

import json
import os
import re
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace

import pytest
import structlog
import yaml
from prometheus_client.parser import text_string_to_metric_families

from novate.observe import heads, liveness, logs
from novate.observe.heads import Head, Open, Times
from novate.observe.metrics import Metrics, Now
from novate.observe.pulse import Pulse
from novate.observe.watch import marks_and_levels
from sequencer.errors import Problem, SequencerError

ROOT = Path(__file__).resolve().parents[3]
STAGES = ("sequenced", "sealed", "committed", "proven", "settled")


@pytest.fixture(autouse=True)
def quiet():
    """Logs of other tests are theirs."""
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_a_line_is_one_object_with_one_event(tmp_path: Path) -> None:
    logs.set_up("sequencer", tmp_path / "log")
    logs.logger().info("batch.sealed", batch=3, reason="age")
    (line,) = (tmp_path / "log").read_text().splitlines()
    told = json.loads(line)
    assert (told["event"], told["batch"], told["reason"], told["process"]) == ("batch.sealed", 3, "age", "sequencer")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no device that is always full")  # noqa: PTH110
def test_a_full_disk_costs_log_lines_and_nothing_else(tmp_path: Path) -> None:
    """D30"""
    path = tmp_path / "log"
    path.symlink_to("/dev/full")
    line = logs.set_up("sequencer", path)
    for batch in range(3):
        logs.logger().info("batch.sealed", batch=batch)
    assert line.missing == 3
    path.unlink()
    logs.logger().info("batch.sealed", batch=3)
    told = json.loads(path.read_text())
    assert (told["batch"], told["lines_missing"]) == (3, 3)
    assert line.missing == 0


def found() -> Times:
    """Four batches; the third is committed and not proven, the fourth only sealed."""
    sealed = {number: number * 10_000 for number in (1, 2, 3, 4)}
    committed = {number: number * 10_000 + 500 for number in (1, 2, 3)}
    proven = {1: 15_000, 2: 26_000}
    return Times({"sealed": sealed, "committed": committed, "proven": proven, "settled": {1: 16_000}})


def test_the_oldest_batch_that_waits_gives_a_head_its_age() -> None:
    limits = dict.fromkeys(STAGES, 25.0)
    told = {head.stage: head for head in heads.heads(found(), Open(5, 41_000), limits, now=50_000)}
    assert [told[stage].batch for stage in STAGES] == [5, 4, 3, 2, 1]
    assert [told[stage].age for stage in STAGES] == [0, 9, 10, 20, 30]
    assert [told[stage].waiting for stage in STAGES] == [0, 1, 1, 2, 3]
    assert [stage for stage in STAGES if told[stage].is_late] == ["settled"]
    assert told["proven"].time == 26_000


def test_a_batch_by_hand_may_wait_for_the_window() -> None:
    by_hand = heads.limits(86_400, 20, True)
    assert {by_hand[stage] for stage in STAGES[1:]} == {86_400.0}
    assert by_hand["sequenced"] == 10, "the writer answers, by hand too"
    by_itself = heads.limits(300, 20, False)
    assert by_itself["committed"] == 150
    assert by_itself["sealed"] == 70


def test_intervals_as_an_outsider_measures_them() -> None:
    reached = {number: number * 10_000 for number in range(1, 21)}
    reached[21] = reached[20] + 90_000
    sealed = {number: time - 4_000 for number, time in reached.items()}
    told = liveness.intervals(reached, sealed, now=reached[21] + 4_000)
    assert (told.count, told.shortest, told.longest, told.open) == (20, 10, 90, 4)
    assert told.average == pytest.approx(14)
    assert liveness.intervals({}, {}, 5).count == 0
    assert liveness.intervals({1: 1_000}, {}, 3_000).open == 2


def regular(batches: int) -> tuple[dict[int, int], dict[int, int]]:
    """Batches that get there every ten seconds, four seconds after they were sealed."""
    reached = {number: number * 10_000 for number in range(1, batches + 1)}
    return reached, {number: time - 4_000 for number, time in reached.items()}


def test_a_quiet_hour_is_not_out_of_line_and_a_batch_that_waits_is() -> None:
    reached, sealed = regular(20)
    reached[21], sealed[21] = reached[20] + 2_000_000, reached[20] + 1_996_000
    quiet = liveness.intervals(reached, sealed, now=reached[21])
    assert quiet.longest == 2_000 and quiet.anomalies == {}, "nothing waited in that time"
    reached[22], sealed[22] = reached[21] + 90_000, reached[21] + 1_000
    assert liveness.intervals(reached, sealed, now=reached[22]).anomalies == {22: 89}
    an_hour_on = reached[22] + 3_600_000
    assert liveness.intervals(reached, sealed, now=an_hour_on).anomalies == {}, "told for an hour"


def test_a_wait_that_goes_on_is_out_of_line_before_it_ends() -> None:
    reached, sealed = regular(20)
    assert liveness.intervals(reached, sealed, now=reached[20] + 3_000_000).anomalies == {}, "nothing is sealed"
    sealed |= {21: reached[20] + 1_000, 22: reached[20] + 11_000}
    assert liveness.intervals(reached, sealed, now=reached[20] + 11_000).anomalies == {}
    assert liveness.intervals(reached, sealed, now=reached[20] + 12_000).anomalies == {21: 11}
    few, none = regular(5)
    none[6] = few[5]
    assert liveness.intervals(few, none, now=few[5] + 10**6).anomalies == {}, "too few to compare with"


def fires(alert: str, told: Metrics) -> bool:
    """Whether an expression of the form METRIC > NUMBER holds for some sample, as Prometheus reads the answer."""
    (expr,) = (rule["expr"] for rule in rules() if rule["alert"] == alert)
    name, above, limit = expr.split()
    assert above == ">"
    families = text_string_to_metric_families(told.text().decode())
    return any(one.value > float(limit) for family in families for one in family.samples if one.name == name)


class Unpriced:
    """An engine of two markets, the second of which never had a price."""

    def __init__(self) -> None:
        self.markets = (SimpleNamespace(price_time=int(time.time())), SimpleNamespace(price_time=0))

    def book(self, number: int, most: int) -> tuple[list, list]:
        return [], []


def test_a_market_that_was_never_priced_is_as_stale_as_can_be() -> None:
    ages, _ = marks_and_levels(Unpriced(), ["BTC-PERP", "ETH-PERP"])
    assert not fires("NovateOracleStale", metrics(oracle={"BTC-PERP": ages["BTC-PERP"]}))
    assert fires("NovateOracleStale", metrics(oracle=ages))


def test_liveness_alerts_by_what_waited() -> None:
    reached, sealed = regular(60)
    for number in (61, 62, 63):
        reached[number] = reached[number - 1] + 90_000
        sealed[number] = reached[number - 1] + 1_000
    series = dict.fromkeys(("committed", "proven", "settled"), reached)
    found = liveness.liveness(Times({"sealed": sealed, **series}), reached[63])
    assert fires("NovateLivenessOdd", metrics(every=found))
    quiet = {number: time - 4_000 for number, time in reached.items()}
    found = liveness.liveness(Times({"sealed": quiet, **series}), reached[63])
    assert not fires("NovateLivenessOdd", metrics(every=found)), "long intervals in which nothing waited"


def metrics(oracle: dict | None = None, every: dict | None = None) -> Metrics:
    """Everything that is told, with something in it."""
    some = [Head(stage, 1, 1, 0, 0.0, 1.0) for stage in STAGES]
    every, oracle = every or liveness.liveness(found(), 60_000), oracle or {"BTC-PERP": 1.0}
    from novate.observe.metrics import PLAIN

    plain = dict.fromkeys(PLAIN, 0.0)
    made = Metrics(lambda: Now(some, every, {"failed": 1}, oracle, {"BTC-PERP": 2}, plain))
    made.actions.labels("place", "accepted").inc()
    made.attempts.labels("failed").inc()
    made.rewinds.labels("COMMITMENT_TOO_LATE").inc()
    made.faults.labels("halted", "JOURNAL_FAILED").inc()
    made.gas.labels("settle").set(300_000)
    made.stage_seconds.labels("settled").observe(3)
    return made


def names(text: str) -> set[str]:
    """Of the metrics in an answer."""
    return {re.split(r"[{ ]", line, maxsplit=1)[0] for line in text.splitlines() if line and not line.startswith("#")}


def test_the_usual_metrics_are_there() -> None:
    told = names(metrics().text().decode())
    usual = (
        "actions_total sequence_latency_seconds_bucket match_latency_seconds_bucket ws_clients ws_lag_messages"
        " book_levels batch_actions_bucket batch_bytes_bucket batch_stage_seconds_bucket batch_head batch_age_seconds"
        " oldest_unproven_seconds proof_jobs proof_attempts_total prover_busy_ratio witness_seconds_bucket verify_gas"
        " l1_base_fee oracle_age_seconds state_root_mismatch_total"
    )
    assert set(usual.split()) <= told


def rules() -> list[dict]:
    """Alerts that ship."""
    (group,) = yaml.safe_load((ROOT / "docs" / "alerts.yml").read_text())["groups"]
    return group["rules"]


FUNCTIONS = {"histogram_quantile", "rate", "increase", "and", "or", "for"}


def test_an_alert_asks_for_metrics_that_there_are() -> None:
    told = names(metrics().text().decode())
    for rule in rules():
        bare = re.sub(r'\{[^}]*\}|\[[^]]*\]|"[^"]*"', "", rule["expr"])
        asked = set(re.findall(r"[a-z][a-z_0-9]+", bare)) - FUNCTIONS - {"e9"}
        assert asked, rule["alert"]
        assert asked <= told, rule["alert"]
        assert rule["labels"]["severity"] in ("page", "warn")
        assert rule["annotations"]["summary"]


def test_an_alert_has_a_section_in_the_runbook() -> None:
    sections = re.split(r"^## ", (ROOT / "docs" / "runbook.md").read_text(), flags=re.MULTILINE)[1:]
    by_name = {section.splitlines()[0]: section for section in sections}
    alerts = [rule["alert"] for rule in rules()]
    assert set(by_name) == set(alerts)
    for name, section in by_name.items():
        assert all(part in section for part in ("**Meaning.**", "**Look.**", "**Do.**")), name


def state(**changed: object) -> dict:
    """What the operator's listener tells while all is well."""
    told = [{**head._asdict(), "is_late": head.is_late} for head in (Head("settled", 3, 1, 1, 5.0, 10.0),)]
    chain = {"chain_trouble": "", "chain_age": 0.4, "chain_limit": 40.0, "proof_trouble": ""}
    return {"mode": "normal", "reason": None, "heads": told, **chain, **changed}


def test_status_complains_of_ages_modes_and_processes() -> None:
    from novate.cli.status import problems_of

    well = [{"name": name, "state": "ready"} for name in ("supervisor", "sequencer")]
    assert problems_of(state(), well) == []
    late = Head("settled", 3, 1, 1, 11.0, 10.0)
    heads_late = [{**late._asdict(), "is_late": late.is_late}]
    assert problems_of(state(heads=heads_late), well) == ["settled: 11 s behind, the limit is 10 s"]
    reason = {"text": "JOURNAL_FAILED: no space"}
    assert problems_of(state(mode="halted", reason=reason), well) == [
        "the sequencer is halted: JOURNAL_FAILED: no space"
    ]
    assert problems_of(state(), [{"name": "prover", "state": "down"}]) == ["prover is down: novate up starts it again"]


def test_status_complains_of_a_chain_that_is_away_or_hangs_and_of_provers_that_die() -> None:
    from novate.cli.status import problems_of

    gone = "RPC_UNREACHABLE: http://127.0.0.1:7402 does not answer"
    assert problems_of(state(chain_trouble=gone, chain_age=12.0), []) == [f"chain: {gone}, for 12 s"]
    assert problems_of(state(chain_trouble="a batch ended meanwhile", chain_age=0.6), []) == []
    hangs = "chain: no look at it came back for 45 s, the limit is 40 s"
    assert problems_of(state(chain_age=45.0), []) == [hangs]
    died = "batch 3: provers died 3 times: killed"
    assert problems_of(state(proof_trouble=died), []) == [f"proofs: {died}"]


class Still:
    """A sequencer whose writer answers, and whose chain is seen, when told to."""

    def __init__(self) -> None:
        self.chain_heads, self.trouble, self.questions = object(), "", []

    def status(self) -> SimpleNamespace:
        return SimpleNamespace(trouble=self.trouble)

    def ask(self, function: Callable) -> Future:
        self.questions.append(Future())
        return self.questions[-1]


def test_a_writer_that_owes_an_answer_and_a_look_that_hangs_grow_old() -> None:
    sequencer, now = Still(), [0.0]
    pulse = Pulse(sequencer, lambda: now[0])
    for second in range(15):
        now[0] = float(second)
        pulse.look()
    assert (pulse.silent, pulse.chain_age, len(sequencer.questions)) == (14, 14, 1)
    sequencer.questions[0].set_exception(SequencerError(Problem.HALTED))
    assert pulse.silent == 0, "a refusal is an answer"
    sequencer.chain_heads = object()
    pulse.look()
    assert (pulse.chain_age, len(sequencer.questions)) == (0, 2)
    sequencer.chain_heads, sequencer.trouble, now[0] = object(), "NO_CONTRACT", 20.0
    pulse.look()
    assert pulse.chain_age == 6, "a look that led nowhere saw nothing"
    late = heads.heads(found(), Open(5, 41_000, pulse.silent), heads.limits(300, 20, True), now=50_000)[0]
    assert (late.stage, late.age, late.is_late) == ("sequenced", 6, False)
