"""The client's answers have the fields of the API's, and no number in them is a float."""

import subprocess
import sys
import types
from decimal import Decimal
from typing import Union, get_args, get_origin, get_type_hints

import msgspec
import pytest

from novate.client import models
from sequencer.gateway import wire

MIRRORED = [kind for kind in vars(models).values() if isinstance(kind, type) and issubclass(kind, models.Model)]
MIRRORED = [kind for kind in MIRRORED if kind is not models.Model]


@pytest.mark.parametrize("kind", MIRRORED, ids=lambda kind: kind.__name__)
def test_fields_are_those_of_the_wire(kind: type) -> None:
    assert msgspec.structs.fields(kind)
    assert kind.__struct_fields__ == getattr(wire, kind.__name__).__struct_fields__


def leaves(hint: object) -> set:
    """The plain types in a type."""
    if get_origin(hint) in (Union, types.UnionType, list, dict):
        return set().union(*(leaves(part) for part in get_args(hint)))
    return {hint}


@pytest.mark.parametrize("kind", MIRRORED, ids=lambda kind: kind.__name__)
def test_decimal_strings_are_decimals(kind: type) -> None:
    """Whatever the wire calls a ``Num`` is a Decimal; nothing else is."""
    source = getattr(wire, kind.__name__)
    annotations = {name: str(hint) for name, hint in source.__annotations__.items()}
    for name, hint in get_type_hints(kind).items():
        found = leaves(hint)
        if "float" in annotations[name]:
            assert kind.__name__ == "Batch" and name == "seconds"
        else:
            assert float not in found
        theirs = leaves(get_type_hints(source)[name])
        if Decimal in found:
            assert str in theirs, name
        else:
            assert found == theirs or any(isinstance(part, type) and issubclass(part, models.Model) for part in found)


def test_importing_the_package_is_quick_and_the_client_is_there_when_asked_for() -> None:
    text = "import sys, novate; assert 'novate.client' not in sys.modules; novate.Client; novate.AsyncClient; "
    text += "assert 'httpx2' not in sys.modules and 'web3' not in sys.modules and 'websockets' not in sys.modules"
    subprocess.run([sys.executable, "-c", text], check=True)
