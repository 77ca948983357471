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


@deploy
def __init__(xs_: address, s_: address, m_: address):
    for verifier: address in [xs_, s_, m_]:
        assert verifier == empty(address) or verifier.is_contract, "class: verifier is no contract"
    xs = xs_
    s = s_
    m = m_


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
    assert verifier != empty(address), "class: not in use"
    return verifier
