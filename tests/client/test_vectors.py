"""The published vectors of the API: made by the twins, signed alike by the client, verified by the compiled program."""

import json
from itertools import islice

import pytest

from circuits.native import Native, Signature, Signed
from novate.client import building
from novate.client.signing import schnorr
from novate.client.signing.signer import PureSigner
from rollup import actions
from rollup.actions import Report
from sequencer.receipts import digest_of
from tests.twins import api_vectors

VECTORS = json.loads(api_vectors.FILE.read_text())
DIGESTS = {known["name"]: int(known["digest"], 16) for known in VECTORS["domains"]}


def test_there_are_enough_of_them() -> None:
    kinds = {case["kind"] for case in VECTORS["cases"]}
    assert kinds == {"place", "cancel", "cancel_all", "transfer", "withdraw", "sheet", "report", "read"}
    assert len(VECTORS["cases"]) >= 60
    page = (api_vectors.FILE.parents[2] / "docs" / "signing.md").read_text()
    assert f"holds {len(VECTORS['cases'])} signed messages" in page and len(VECTORS["domains"]) == 6
    assert {len(case["values"]["items"]) for case in VECTORS["cases"] if case["kind"] == "sheet"} >= {0, 1, 24}


def test_the_file_is_what_its_generator_makes() -> None:
    for made, found in islice(zip(api_vectors.plan(), VECTORS["cases"], strict=True), 0, None, 9):
        assert api_vectors.case(*made) == found
    for name, chain_id, contract, version in (*api_vectors.DOMAINS, *api_vectors.OTHER_DOMAINS):
        assert schnorr.domain_digest(chain_id, contract, version) == DIGESTS[name]


@pytest.mark.parametrize("kind", ["place", "cancel", "cancel_all", "transfer", "withdraw", "sheet"])
def test_the_client_signs_and_names_actions_alike(kind: str) -> None:
    for case in (case for case in VECTORS["cases"] if case["kind"] == kind):
        values = {**case["values"], "signature": [0, 0]}
        action = actions.from_dict({"kind": kind, **values})
        signer = PureSigner(bytes.fromhex(case["seed"]))
        assert hex(signer.x) == case["key"][0]
        signed = building.signed(action, signer, DIGESTS[case["domain"]], action.lane, action.counter)
        assert [hex(cell) for cell in signed.message(DIGESTS[case["domain"]])] == case["message"], case["name"]
        assert [hex(part) for part in signed.signature] == case["signature"], case["name"]
        assert building.hash_of(signed) == case["hash"] == "0x" + digest_of(case["payload"].encode()).hex()
        assert actions.encode(signed).decode() == case["payload"]


def test_reports_and_tokens_too() -> None:
    for case in VECTORS["cases"]:
        signer = PureSigner(bytes.fromhex(case["seed"]))
        domain = DIGESTS[case["domain"]]
        if case["kind"] == "report":
            values = case["values"]
            report = Report(values["reporter"], values["round"], tuple(values["prices"]))
            assert [hex(cell) for cell in report.message(domain)] == case["message"], case["name"]
            assert [hex(part) for part in signer.sign(report.message(domain))] == case["signature"]
        if case["kind"] == "read":
            token = building.read_token(case["values"]["account"], case["values"]["expiry"], signer, domain)
            assert token == case["token"], case["name"]


def test_the_compiled_program_verifies_every_one() -> None:
    claims = []
    for case in VECTORS["cases"]:
        r_x, s = (int(part, 16) for part in case["signature"])
        message = tuple(int(cell, 16) for cell in case["message"])
        claims.append(Signed(int(case["key"][0], 16), Signature(r_x, s), message))
    with Native() as native:
        assert all(native.verify_many(claims))
        wrong = [
            claim._replace(message=(claim.message[0], claim.message[1] ^ 1, *claim.message[2:])) for claim in claims
        ]
        assert not any(native.verify_many(wrong))
