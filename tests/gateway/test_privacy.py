"""What an error says of others (A14, A19)."""

from sequencer.culprit import Culprit
from sequencer.errors import Problem, SequencerError
from sequencer.gateway.info import Info
from sequencer.progress import JobStatus
from tests.gateway.house import House

RETURNED = JobStatus(1, "S", "waiting", "far", 2, None, 0, None, None, None, "")


def test_nobody_is_told_whose_action_does_not_prove(house):
    """The name of an action opens its receipt, so only the operator hears it."""
    receipt = house.receipt(house.place(1, side=1, ticks=5))
    house.sequencer.seal().result(10)
    house.sequencer.halt.reduce(SequencerError(Problem.TRACE_NOT_PROVEN, batch=1))
    blamed = Culprit(1, 9, receipt["seq"], receipt["hash"][2:], "place", "a rule", {"match: fee": 1}, 4)
    house.sequencer._is_blamed(blamed)
    assert house.sequencer.halt.cause.numbers["digest"] == receipt["hash"][2:]
    error = house.refused(house.place(2), 503)
    assert error["code"] == "REDUCED" and error["details"] == {"reason": "TRACE_NOT_PROVEN", "batch": 1}
    shown = house.http.get("/v1/status").text
    assert receipt["hash"][2:] not in shown and '"culprit"' not in shown


def test_what_a_prover_said_as_it_died_is_the_operators(tmp_path):
    """Its last lines name folders and machines; anyone sees the code alone."""
    said = {
        "": "",
        "PROVER_DIED: exit code 2: panic: /var/keys/s.bin": "PROVER_DIED",
        "UNSATISFIED: match: fee": "UNSATISFIED",
        "OSError(2, 'No such file', '/var/keys')": "PROVER_FAILED",
    }
    info = Info(jobs=lambda: [RETURNED._replace(error=error) for error in said])
    house = House(tmp_path / "house", info=info)
    try:
        assert [job["error"] for job in house.get("/v1/status")["jobs"]] == list(said.values())
    finally:
        house.stop()
