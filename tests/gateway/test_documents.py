"""The documents are those of the code, and the code holds to them under a fuzzer (A06)."""

import json

import msgspec
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from sequencer.gateway import document, openapi
from sequencer.gateway.app import SOCKETS
from sequencer.gateway.limits import Rate
from sequencer.gateway.routes import table
from tests.gateway.house import PLENTY, House

CASES = 30
"""For each operation; there are more than twenty."""


def test_the_page_is_what_the_code_says(capsys):
    assert document.main(["--check"]) == 0


def test_every_code_of_a_page_has_its_place(shared):
    page = document.PAGE.read_text()
    for row in shared.get("/v1/errors")["errors"]:
        assert f'id="errors-{row["num"]}"' in page and f"`{row['code']}`" in page
    for endpoint in table():
        assert f"### `{endpoint.method} {endpoint.path}`" in page
    for path in SOCKETS:
        assert path in page


def test_the_served_document_is_the_made_one(shared):
    served = shared.get("/v1/openapi.json")
    assert served == json.loads(msgspec.json.encode(openapi.document(shared.app.gateway.info.version)))
    assert served["openapi"].startswith("3.1") and len(served["paths"]) >= 24
    operations = [operation for path in served["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all(operation["summary"] for operation in operations)


def test_a_fuzzer_of_the_document_finds_no_answer_that_is_not_in_it(tmp_path):
    """A06: no 5xx, and every answer is of the documented shape."""
    house = House(tmp_path / "house", PLENTY._replace(address_reads=Rate(10**6, 10**6)))
    try:
        house.receipt(house.place(1, side=0, ticks=0, size=5))
        house.receipt(house.place(2, side=1, ticks=0, size=1))
        house.sequencer.seal().result(10)
        house.receipt(house.place(3))
        token = house.token(1)
        schema = schemathesis.openapi.from_url(f"{house.url}/v1/openapi.json")
        seen = set()

        for result in schema.get_all_operations():
            operation = result.ok()
            _checked(operation.as_strategy(), token, seen)()
        assert len(seen) == len(table())
        assert house.get("/v1/status")["mode"] == "normal" and house.sequencer.halt.reason is None
    finally:
        house.stop()


def _checked(strategy, token, seen):
    @given(case=strategy)
    @settings(
        max_examples=CASES,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=True,
    )
    def check(case):
        if isinstance((case.query or {}).get("wait_ms"), int) and case.query["wait_ms"] > 0:
            case.query["wait_ms"] = min(case.query["wait_ms"], 10)
        response = case.call(headers={"authorization": f"Bearer {token}"})
        assert response.status_code < 500, response.text
        # A whole number may be written as 1.0 for all that JSON Schema cares; for us it may not. And every case
        # carries a good token here.
        case.validate_response(response, excluded_checks=[positive_data_acceptance, ignored_auth])
        seen.add(case.operation.label)

    return check
