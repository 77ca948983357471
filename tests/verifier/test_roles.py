"""The admin names the operator in two steps, and can do nothing else."""

from tests.verifier.world import World, refused
from verifier.compile import contract
from verifier.deploy import NOBODY, deploy_settlement

EXTERNAL = {
    "nominate_operator": "admin",
    "accept_operator": "nominee",
    "commit": "operator",
    "settle_xs": "operator",
    "settle_s": "operator",
    "settle_m": "operator",
    "settle_q": "operator",
    "settle_l": "operator",
    "settle_many": "operator",
    "open_account": "anyone",
    "deposit": "anyone",
    "claim": "anyone",
    "void": "anyone",
}
"""Functions that change something, and who may call them."""


def test_no_function_is_left_out_of_the_table_of_roles() -> None:
    functions = [entry for entry in contract("Settlement").abi if entry["type"] == "function"]
    changing = {entry["name"] for entry in functions if entry["stateMutability"] not in ("view", "pure")}
    assert changing == EXTERNAL.keys()
    assert not any(entry["stateMutability"] == "payable" for entry in functions)
    assert not any(entry["type"] in ("fallback", "receive") for entry in contract("Settlement").abi)


def test_the_operator_changes_in_two_steps(world: World) -> None:
    ask = world.settlement.contract.functions
    other = world.owners[0]
    assert ask.operator().call() == world.operator.address
    world.settlement.nominate_operator(world.admin, other.address)
    assert (ask.operator().call(), ask.nominee().call()) == (world.operator.address, other.address)
    world.settlement.accept_operator(other)
    assert (ask.operator().call(), ask.nominee().call()) == (other.address, NOBODY)
    batch = world.prove(world.statement())
    assert refused(lambda: world.commit(batch)) == "roles: sender is not the operator"
    world.settlement.commit(other, batch.statement, batch.inputs.sponge)


def test_a_nomination_can_be_taken_back(world: World) -> None:
    world.settlement.nominate_operator(world.admin, world.owners[0].address)
    world.settlement.nominate_operator(world.admin, NOBODY)
    reason = refused(lambda: world.settlement.accept_operator(world.owners[0]))
    assert reason == "roles: sender is not the nominee"


def test_only_the_admin_nominates(world: World) -> None:
    for sender in (world.operator, world.owners[0]):
        reason = refused(lambda sender=sender: world.settlement.nominate_operator(sender, sender.address))
        assert reason == "roles: sender is not the admin"


def test_nobody_operates_before_the_nominee_accepts(world: World) -> None:
    fresh = deploy_settlement(world.chain, world.admin, world.terms)
    assert fresh.contract.functions.operator().call() == NOBODY
    assert refused(lambda: fresh.accept_operator(world.admin)) == "roles: sender is not the nominee"


def test_there_is_an_admin(world: World) -> None:
    assert refused(lambda: world.deploy(admin=NOBODY)) == "roles: no admin"


def test_what_was_deployed_does_not_change(world: World) -> None:
    ask = world.settlement.contract.functions
    assert ask.admin().call() == world.admin.address
    assert ask.token().call() == world.terms.token
    assert {ask[name]().call() for name in ("xs", "s", "m", "q", "l")} == {world.verifier}
    assert (ask.window().call(), ask.patience().call()) == (world.terms.window, world.terms.patience)
    assert (ask.minimum().call(), ask.scale().call()) == (world.terms.minimum, 1)
    assert ask.genesis_root().call() == world.terms.genesis_root == ask.root().call()
