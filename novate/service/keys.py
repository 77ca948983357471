"""The proving keys of the services: those that the contract was deployed with."""

from circuits.keyfolder import keys
from circuits.records import Key
from novate.errors import NovateError
from novate.service.folder import Folder, Service


def keys_of(folder: Folder, service: Service) -> list[Key]:
    """Out of the folder of keys. Raises ``NovateError`` (KEY_MISSING)."""
    found = [key for key in keys(folder.keys) if key.digest == service.key["digest"]]
    if not found:
        raise NovateError("KEY_MISSING", "the proving key of the contract is gone", digest=service.key["digest"])
    return found[:1]
