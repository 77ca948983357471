"""kill -9 of chain, sequencer and prover at random moments, under load (D02, D03, D10, D20, D21, I18).

Nothing acknowledged is lost, the same bytes get the same answer, no batch is settled twice, and the contract's root is
the journal's, replayed from genesis and from a snapshot alike. ``novate bench service --only kill`` does 200 rounds.
"""

from pathlib import Path

from novate.bench.service.kill import rounds_of, wrong
from tests.keys import smallest_key

ROUNDS = 8


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    _, keys = smallest_key()
    done = rounds_of(tmp_path / "home", keys, ROUNDS, seed=3, say=print)
    assert wrong(done.found) == {}
    assert done.rounds == ROUNDS
    assert set(done.killed) == {"chain", "sequencer", "prover"}
    assert done.acknowledged >= ROUNDS
    assert done.batches >= 1
