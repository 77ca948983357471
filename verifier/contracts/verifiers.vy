# pragma version 0.4.3
"""
@title One verifier per size class
@license Apache-2.0
@notice Fixed at deployment. A class whose verifier is zero is not in use.
"""
import layout

xs: public(immutable(address))
s: public(immutable(address))
m: public(immutable(address))
q: public(immutable(address))
l: public(immutable(address))


@deploy
def __init__(classes: address[5]):
    for verifier: address in classes:
        assert verifier == empty(address) or verifier.is_contract, "class: verifier is no contract"
    xs = classes[0]
    s = classes[1]
    m = classes[2]
    q = classes[3]
    l = classes[4]


@internal
@view
def of(size_class: uint256) -> address:
    """
    @return The verifier of a class in use.
    """
    verifier: address = empty(address)
    if size_class == layout.XS_NUMBER:
        verifier = xs
    elif size_class == layout.S_NUMBER:
        verifier = s
    elif size_class == layout.M_NUMBER:
        verifier = m
    elif size_class == layout.Q_NUMBER:
        verifier = q
    elif size_class == layout.L_NUMBER:
        verifier = l
    assert verifier != empty(address), "class: not in use"
    return verifier


@internal
@pure
def sections(size_class: uint256) -> (uint256, uint256, uint256):
    """
    @return Of a class: deposits and withdrawals that a batch may have, and the place of the first withdrawal's word.
    """
    if size_class == layout.XS_NUMBER:
        return layout.XS_DEPOSITS, layout.XS_WITHDRAWALS, layout.XS_WITHDRAWAL_OFFSET
    if size_class == layout.S_NUMBER:
        return layout.S_DEPOSITS, layout.S_WITHDRAWALS, layout.S_WITHDRAWAL_OFFSET
    if size_class == layout.M_NUMBER:
        return layout.M_DEPOSITS, layout.M_WITHDRAWALS, layout.M_WITHDRAWAL_OFFSET
    if size_class == layout.Q_NUMBER:
        return layout.Q_DEPOSITS, layout.Q_WITHDRAWALS, layout.Q_WITHDRAWAL_OFFSET
    assert size_class == layout.L_NUMBER, "class: unknown"
    return layout.L_DEPOSITS, layout.L_WITHDRAWALS, layout.L_WITHDRAWAL_OFFSET
