"""Lanes: one holder each, and counters that only rise, for threads and processes alike."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from novate.client.nonces import SCHEDULE_LANE, SOCKET_LANE, TRADING_LANES, Lanes, folder_of
from rollup.layout import LANES

OTHER = """
import sys
from pathlib import Path
from novate.client.nonces import Lanes
lanes = Lanes(Path(sys.argv[1]))
print("ready", flush=True)
for _ in range(200):
    while (lane := lanes.take()) is None:
        pass
    print(lane.number, lane.next(1), flush=True)
    lane.release()
"""


def test_lanes_of_switches_are_not_traded_in() -> None:
    assert sorted((*TRADING_LANES, SOCKET_LANE, SCHEDULE_LANE)) == list(range(LANES))


def test_a_lane_has_one_holder(tmp_path: Path) -> None:
    first, second = Lanes(tmp_path), Lanes(tmp_path)
    held = [first.take() for _ in TRADING_LANES]
    assert sorted(lane.number for lane in held) == list(TRADING_LANES)
    assert second.take() is None and first.take() is None
    assert second.take(SCHEDULE_LANE).number == SCHEDULE_LANE
    held[3].release()
    assert second.take().number == held[3].number


def test_counters_rise_whatever_the_clock_does(tmp_path: Path) -> None:
    lanes = Lanes(tmp_path)
    lane = lanes.take(0)
    assert [lane.next(now) for now in (1000, 1000, 500, 2000)] == [1000, 1001, 1002, 2000]
    lane.release()
    again = Lanes(tmp_path).take(0)
    assert again.next(5) == 2001
    again.raise_to(3000)
    again.raise_to(10)
    assert again.next(5) == 3001


def test_a_lane_ends_rather_than_wrap(tmp_path: Path) -> None:
    lane = Lanes(tmp_path).take(0)
    lane.raise_to(2**48 - 1)
    with pytest.raises(OverflowError):
        lane.next()


def test_a_torn_file_is_no_counter(tmp_path: Path) -> None:
    (tmp_path / "lane-0").write_bytes(b"\0\0garbage")
    assert Lanes(tmp_path).take(0).next(7) == 7


def test_threads_never_share_a_nonce(tmp_path: Path) -> None:
    lanes, seen, lock = Lanes(tmp_path), [], threading.Lock()

    def work() -> None:
        for _ in range(60):
            while (lane := lanes.take()) is None:
                pass
            nonce = lane.number, lane.next(1)
            lane.release()
            with lock:
                seen.append(nonce)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(seen)) == len(seen) == 480


def test_processes_never_share_a_nonce(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OTHER, str(tmp_path)]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    seen = [line for child in children for line in child.communicate()[0].splitlines() if line != "ready"]
    assert len(set(seen)) == len(seen) == 600


def test_accounts_and_contracts_do_not_mix(tmp_path: Path) -> None:
    folders = {folder_of(tmp_path, domain, account) for domain in (1 << 200, 2 << 200) for account in (1, 2)}
    assert len(folders) == 4
