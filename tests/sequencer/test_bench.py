"""The bench drives the same rooms as the sequencer; how fast they are is no test."""

from novate.bench.flow import Flow
from sequencer.bench import Bench
from tests.sequencer.house import HASHER, START, deployment, key, sign


def test_the_bench_sequences_the_flow_into_a_journal_that_replays(tmp_path):
    bench = Bench(tmp_path, deployment("S", 2), HASHER, START, group=64)
    source = Flow(bench.engine, list(range(1, 9)), key, sign)
    bench.prepare(source.reports(START, key, sign), source.deposits())
    speed = bench.run(source.actions(400), source.note)
    assert speed.actions == 400 and speed.batches >= 1
    assert 0 < speed.seal_seconds < speed.seconds and speed.actions_per_second == 400 / speed.seconds
    accounts = [bench.engine.account(account) for account in range(9)]
    bench.close()
    again = Bench(tmp_path, deployment("S", 2), HASHER, START)
    assert [again.engine.account(account) for account in range(9)] == accounts
    again.close()
