"""Deployment of token, verifiers and settlement contract."""

from collections.abc import Mapping
from typing import NamedTuple

from eth_account.signers.local import LocalAccount

from rollup.layout import CLASSES
from verifier.chain import Chain
from verifier.compile import contract
from verifier.groth16 import VerifyingKey
from verifier.settlement import Settlement

NOBODY = "0x" + "00" * 20
DEVELOPMENT = b"\0" * 32
"""In place of the digest of a ceremony's transcript."""
WINDOW = 300
"""Seconds that a commitment may lag behind its T."""
PATIENCE = 86_400
"""Seconds after which an unsettled commitment may be voided."""
MINIMUM_DEPOSIT = 1_000_000
"""Micro-units: one token."""
DEPLOY_GAS = 6_000_000
SETTLED = tuple(sorted(CLASSES, key=lambda name: CLASSES[name].number))
"""Size classes that the contract settles, in the order of its constructor."""


class Terms(NamedTuple):
    """What is fixed for good when the settlement contract is deployed.

    ``verifiers``     address by name of size class
    ``genesis_root``  root of the state that the genesis file describes
    ``admin``         address of the cold key that names the operator; ``operator`` is nominated and has to accept
    ``window``        seconds that a commitment may lag behind its T: an hour at most, a day on development chains
    ``patience``      seconds after which an unsettled commitment may be voided
    ``minimum``       smallest deposit, micro-units
    """

    token: str
    verifiers: Mapping[str, str]
    genesis_root: int
    admin: str
    operator: str
    window: int = WINDOW
    patience: int = PATIENCE
    minimum: int = MINIMUM_DEPOSIT


def deploy_token(chain: Chain, sender: LocalAccount, decimals: int = 6) -> str:
    """Collateral for a development chain; returns its address."""
    compiled = contract("DevelopmentToken")
    return chain.deploy(compiled, sender, "Development Dollar", "DUSD", decimals, gas=DEPLOY_GAS).address


def deploy_verifier(chain: Chain, sender: LocalAccount, key: VerifyingKey, transcript: bytes = DEVELOPMENT) -> str:
    """A verifier with this key in its code; raises ``Reverted`` when a point of the key is not what it must be."""
    compiled = contract("Groth16Verifier")
    return chain.deploy(compiled, sender, key.for_contract(), transcript, gas=DEPLOY_GAS).address


def constructor(terms: Terms) -> tuple:
    """The terms as the settlement contract's constructor takes them."""
    classes = [terms.verifiers.get(name, NOBODY) for name in SETTLED]
    limits = (terms.window, terms.patience, terms.minimum)
    return (terms.token, terms.admin, terms.operator, terms.genesis_root, classes, *limits)


def deploy_settlement(chain: Chain, sender: LocalAccount, terms: Terms) -> Settlement:
    """The settlement contract; raises ``Reverted`` when a term is out of range."""
    deployed = chain.deploy(contract("Settlement"), sender, *constructor(terms), gas=DEPLOY_GAS)
    return Settlement(chain, deployed.address)
