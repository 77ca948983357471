"""Encodings of actions that a typed decoder made: the bytes of ``rollup.actions.encode``, written in one go.

Every action that comes in over the API is encoded once, and its signature makes numbers of it that quick JSON encoders
do not take.
"""

from rollup.actions import SIGNED, Action, Sheet, encode, to_dict


def _form(kind: type) -> str:
    """The line of JSON with a place for every number."""
    fields = [f'"{name}":%d' for name in kind._fields[:-1]]
    name = to_dict(kind(*[0] * len(kind._fields)))["kind"]
    return "{" + ",".join([f'"kind":"{name}"', *fields, '"signature":[%d,%d]']) + "}"


_FORMS = {kind: _form(kind) for kind in SIGNED if kind is not Sheet}
"""Of actions that are numbers alone, the signature last."""


def encoded(action: Action) -> bytes:
    """The action in one line of JSON; its fields must be whole numbers, which is not looked at."""
    form = _FORMS.get(type(action))
    if form is None:
        return encode(action)
    *numbers, signature = action
    return (form % (*numbers, *signature)).encode()
