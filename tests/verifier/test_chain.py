"""The connection to a node: reasons, gas, and contracts that are not there."""

from pathlib import Path

import pytest

from tests.verifier.world import KEY, TOKEN, World
from verifier import compile
from verifier.chain import Chain, development_account
from verifier.compile import contract
from verifier.errors import ChainUnreachable, Reverted
from verifier.settlement import Settlement


def test_a_refusal_carries_the_contracts_reason_as_its_code(world: World) -> None:
    with pytest.raises(Reverted) as refused:
        world.settlement.claim(world.owners[0])
    assert refused.value.code == "CLAIM_NOTHING_IS_OWED"
    assert refused.value.message == "claim: nothing is owed"
    assert refused.value.details == {"call": "claim"}


def test_a_question_is_refused_like_a_transaction(world: World) -> None:
    batch = world.prove(world.statement())
    with pytest.raises(Reverted, match="settle: not committed"):
        world.settlement.try_settle(world.operator.address, batch.statement, batch.inputs.sponge, batch.proof)
    world.commit(batch)
    world.settlement.try_settle(world.operator.address, batch.statement, batch.inputs.sponge, batch.proof)


def test_too_little_gas_is_named(world: World) -> None:
    function = world.settlement.contract.functions.open_account(2 * TOKEN, *KEY)
    with pytest.raises(Reverted, match="OUT_OF_GAS"):
        world.chain.send(function, world.owners[0], gas=60_000)


def test_less_gas_than_a_transaction_costs_is_named(world: World) -> None:
    with pytest.raises(ChainUnreachable, match="TRANSACTION_REFUSED"):
        world.chain.send(world.settlement.contract.functions.claim(), world.owners[0], gas=20_000)


def test_a_contract_that_is_not_there_is_named(world: World) -> None:
    with pytest.raises(ChainUnreachable, match="NO_CONTRACT"):
        Settlement(world.chain, world.owners[0].address)


def test_events_are_found_in_ranges(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.open_accounts(3)
    monkeypatch.setattr("verifier.chain.LOG_RANGE", 2)
    assert [deposit.account for deposit in world.settlement.deposits(1, 3)] == [1, 2, 3]


def test_a_transaction_that_is_not_mined_is_named(world: World) -> None:
    impatient = Chain(world.chain.url, patience=0.2)
    world.net.call("evm_setAutomine", False)
    try:
        with pytest.raises(ChainUnreachable, match="NOT_MINED"):
            Settlement(impatient, world.settlement.address).mint(world.owners[0], 1)
    finally:
        world.net.call("evm_setAutomine", True)
        world.net.call("evm_mine")


def test_development_accounts_are_anvils(world: World) -> None:
    assert [development_account(i).address.lower() for i in range(10)] == world.net.call("eth_accounts")


def test_contracts_are_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOVATE_CONTRACTS", str(tmp_path))
    contract.cache_clear()
    first = contract("DevelopmentToken")
    (kept,) = tmp_path.iterdir()
    contract.cache_clear()
    monkeypatch.setattr(compile, "_compiled", None)
    assert contract("DevelopmentToken") == first
    assert kept.name.startswith("DevelopmentToken-")
    contract.cache_clear()


def test_contracts_fit_their_limit() -> None:
    for name in ("Settlement", "Groth16Verifier"):
        assert len(contract(name).runtime) // 2 < 24_576
