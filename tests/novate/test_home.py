"""Where keys and runs are kept."""

from pathlib import Path

import pytest

from novate.errors import NovateError
from novate.home import KEPT_RUNS, Home


def finished(home: Home) -> int:
    """A run with a record; its number."""
    run = home.new_run()
    run.write({"seed": run.number})
    return run.number


def test_the_last_run_is_meant_unless_one_is_named(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert [finished(home), finished(home)] == [1, 2]
    assert home.run().number == 2
    assert home.run(1).read() == {"seed": 1}


def test_old_runs_go_and_numbers_go_on(tmp_path: Path) -> None:
    home = Home(tmp_path)
    numbers = [finished(home) for _ in range(KEPT_RUNS + 2)]
    assert numbers == [1, 2, 3, 4, 5]
    assert [run.number for run in home.runs()] == numbers[-KEPT_RUNS:]


def test_a_run_without_a_record_is_none(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.new_run()
    with pytest.raises(NovateError) as refused:
        home.run()
    assert refused.value.code == "NO_RUN"
    with pytest.raises(NovateError, match="no run 7"):
        home.run(7)


def test_a_torn_record_is_named(tmp_path: Path) -> None:
    run = Home(tmp_path).new_run()
    (run.folder / "run.json").write_text("{")
    with pytest.raises(NovateError) as refused:
        Home(tmp_path).run().read()
    assert refused.value.code == "RUN_UNREADABLE"
