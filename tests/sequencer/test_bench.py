"""The bench drives the same rooms as the sequencer; how fast they are is no test."""

from novate.bench.flow import Flow
from sequencer.archive import Archive
from sequencer.bench import Bench, age
from tests.sequencer.house import HASHER, START, Clock, deployment, flow, fund, key, price, sequencer, sign


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


def test_a_start_with_a_long_past_looks_at_its_end_alone(tmp_path):
    house = sequencer(tmp_path / "house", clock := Clock())
    price(house, START)
    fund(house, flow(house))
    house.stop()
    last = age(tmp_path / "house", deployment(), HASHER, 30_000)
    assert last > 30_000
    house = sequencer(tmp_path / "house", clock)
    assert house.status().sequence == last and house.status().sealed == 1 and len(house.engine.accounts()) == 9
    (action,) = flow(house).resting(1)
    acknowledged = house.submit(action).result(10)
    assert acknowledged.batch == 2 and house._journal.verify() == acknowledged.sequence
    house.stop()
    archive = Archive(tmp_path / "house")
    assert archive.batch(2).first_sequence > last
    archive.close()
