"""The operator's listener as the command line asks it: standard library alone, so that answers come at once."""

import json
import urllib.error
import urllib.request

from novate.errors import NovateError, Unreachable
from novate.service.folder import Folder
from novate.service.tokens import of_operator

TIMEOUT = 15.0


def ask(folder: Folder, path: str, body: dict | None = None, timeout: float = TIMEOUT) -> dict:
    """Answer of the operator's listener; a POST if there is a body.

    Raises ``Unreachable`` (SEQUENCER_UNREACHABLE) and the refusals that it answers.
    """
    service = folder.read()
    content = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {of_operator(folder).newest()}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"http://{service.operator}{path}", content, headers)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        raise refusal(error) from None
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "reason", error)
        raise Unreachable(
            "SEQUENCER_UNREACHABLE", f"no sequencer answers at {service.operator}: {reason}", fix="novate up"
        ) from error


def refusal(error: urllib.error.HTTPError) -> NovateError:
    """What was answered instead of 200, as the same refusal here."""
    try:
        told = json.loads(error.read())["error"]
        return NovateError(
            told["code"], told["message"], fix=told.get("fix", ""), outcome=told["outcome"], **told["details"]
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return NovateError("OPERATOR_REFUSED", f"the operator's listener answers {error.code}")
