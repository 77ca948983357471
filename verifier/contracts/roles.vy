# pragma version 0.4.3
"""
@title Who may commit and settle
@license Apache-2.0
@notice The admin, a cold key fixed at deployment, nominates an operator; the nominee accepts. That is all an admin can
        do. The operator commits and settles.
"""

event OperatorNominated:
    nominee: indexed(address)

event OperatorChanged:
    operator: indexed(address)

admin: public(immutable(address))
operator: public(address)
# Who becomes operator by accepting.
nominee: public(address)


@deploy
def __init__(admin_: address, nominee_: address):
    assert admin_ != empty(address), "roles: no admin"
    admin = admin_
    self._nominate(nominee_)


@external
def nominate_operator(nominee_: address):
    """
    @notice Offer the operator's role. The present operator stays until the nominee accepts.
    """
    assert msg.sender == admin, "roles: sender is not the admin"
    self._nominate(nominee_)


@external
def accept_operator():
    """
    @notice Become the operator.
    """
    assert msg.sender == self.nominee, "roles: sender is not the nominee"
    self.nominee = empty(address)
    self.operator = msg.sender
    log OperatorChanged(operator=msg.sender)


@internal
def _nominate(nominee_: address):
    self.nominee = nominee_
    log OperatorNominated(nominee=nominee_)


@internal
@view
def only_operator():
    assert msg.sender == self.operator, "roles: sender is not the operator"
